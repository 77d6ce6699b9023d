//! `/folders/{id}/delete`: GET shows a preview, and POST confirms it and trashes exactly the shown rows.

use serde_json::{Value, json};

use crate::service::{fields, on_every_database, path};

/// The path that previews and confirms the delete of a folder.
fn delete_of(folder: &Value) -> String {
    format!("{}/delete", path("/folders", folder))
}

on_every_database! {
    async fn a_delete_trashes_a_folder_with_its_content_as_the_preview_showed(service: &Service) {
        let garden = service.folder("Garden").await;
        let beds = service.folder_in(&garden, "Beds").await;
        service.note(&garden, "Pond").await;
        service.note(&beds, "Peas").await;
        service.trashed_note(&beds, "Radishes").await;
        let attic = service.folder("Attic").await;
        let boxes = service.note(&attic, "Boxes").await;

        let mut shown = service.get(&delete_of(&garden)).await.is(200);
        let tree = ["delete", "folder: 2 rows", "└─ note: 2 rows"];
        assert_eq!(shown["tree"], json!(tree));
        shown["reason"] = json!("we moved");
        let trashed = service.post(&delete_of(&garden), shown).await.is(200);
        assert_eq!((&trashed["deleted_by"], &trashed["reason"]), (&json!("alice"), &json!("we moved")));

        assert_eq!(service.get("/folders").await.is(200), json!([attic]));
        assert_eq!(service.get("/notes").await.is(200)["items"], json!([boxes]));
        assert_eq!(service.trashed_names().await, ["Garden", "Radishes"]);
    }

    async fn a_delete_of_a_folder_that_changed_since_the_preview_is_refused_with_a_new_preview(service: &Service) {
        let garden = service.folder("Garden").await;
        service.note(&garden, "Pond").await;
        let shown = service.get(&delete_of(&garden)).await.is(200);
        service.note(&garden, "Peas").await;

        let mut refused = service.post(&delete_of(&garden), shown).await.is(409);
        let error = refused.as_object_mut().unwrap().remove("error").unwrap();
        assert!(error.as_str().unwrap().contains("nothing was deleted"), "{error}");
        assert_eq!(refused["tree"], json!(["delete", "folder: 1 row", "└─ note: 2 rows"]));
        assert_eq!(service.get("/notes").await.is(200)["total"], 2);
        assert_eq!(service.trash().await, json!([]));

        service.post(&delete_of(&garden), refused).await.is(200);
        assert_eq!(service.get("/notes").await.is(200)["total"], 0);
    }

    async fn a_missing_folder_is_404(service: &Service) {
        let missing = json!({ "id": 7 });
        service.get(&delete_of(&missing)).await.refuses(404, "there is no folder 7");
        let garden = service.folder("Garden").await;
        let shown = service.get(&delete_of(&garden)).await.is(200);
        service.post(&delete_of(&missing), shown.clone()).await.refuses(404, "there is no folder 7");
        service.post(&delete_of(&garden), shown.clone()).await.is(200);
        service.post(&delete_of(&garden), shown).await.refuses(404, "may be in the trash");
    }

    async fn an_invalid_preview_is_422_and_a_preview_of_other_rows_is_409(service: &Service) {
        let garden = service.folder("Garden").await;
        let shown = service.get(&delete_of(&garden)).await.is(200);
        let with = |pointer: &str, value: Value| {
            let mut changed = shown.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            changed
        };
        let mut deep = json!([]);
        for _ in 0..200 {
            deep = json!([{ "entity": "folder", "count": 1, "is_destroyed": false, "members": deep }]);
        }
        for (unreadable, why) in [
            (json!({}), "missing field `preview`"),
            (json!({ "preview": "all of it" }), "preview: invalid type: string"),
            (json!({ "preview": {} }), "missing field `verb`"),
            (with("/preview/verb", json!("Burn")), "unknown variant `Burn`"),
            (with("/preview/affects/count", json!(-1)), "invalid value: integer `-1`"),
            (with("/preview/affects/count", json!(1e30)), "invalid type: floating point"),
            (with("/preview/affects/members", deep), "recursion limit exceeded"),
            (json!({ "preview": shown["preview"], "reason": "" }), "reason: must not be empty"),
            (json!({ "preview": shown["preview"], "force": true }), "unknown field `force`"),
        ] {
            service.post(&delete_of(&garden), unreadable).await.refuses(422, why);
        }
        for other in [
            with("/preview/verb", json!("force_delete")),
            with("/preview/affects/entity", json!("note")),
            with("/preview/affects/count", json!(u64::MAX)),
            with("/preview/affects/members/0/count", json!(u64::MAX)),
        ] {
            service.post(&delete_of(&garden), other).await.refuses(409, "nothing was deleted");
        }
        assert_eq!(fields("id", &service.get("/folders").await.is(200)), [garden["id"].clone()]);
    }

    async fn no_concurrent_call_leaves_a_live_note_in_a_trashed_folder(service: &Service) {
        for round in 0..10 {
            let folder = service.folder(&format!("{round}")).await;
            let trashed = service.trashed_note(&folder, "Pond").await;
            let shown = service.get(&delete_of(&folder)).await.is(200);
            let new = json!({ "folder_id": folder["id"], "title": "Pool" });
            let delete = delete_of(&folder);
            let (deleted, created, restored) = tokio::join!(
                service.post(&delete, shown),
                service.post("/notes", new),
                service.restore(&trashed),
            );
            let answers = format!("{deleted:?} {created:?} {restored:?}");
            let notes = service.get(&format!("/notes?folder={}", folder["id"])).await;
            let notes = &notes.is(200)["total"];
            match deleted.status() {
                200 => assert_eq!(notes, 0, "{answers}"),
                // The folder's rows changed since the preview, or the database is busy.
                409 | 503 => assert_ne!(notes, 0, "{answers}"),
                _ => panic!("{answers}"),
            }
        }
    }
}
