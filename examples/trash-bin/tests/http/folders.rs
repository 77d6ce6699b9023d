//! `/folders`: list, create, delete.

use serde_json::json;

use crate::service::{fields, on_every_database, path};

on_every_database! {
    async fn folders_are_listed_by_name(service: &Service) {
        let garden = service.folder("Garden").await;
        assert_eq!(garden.as_object().unwrap().len(), 2, "{garden:#}");
        let attic = service.folder("Attic").await;
        assert_eq!(
            service.get("/folders").await.is(200),
            json!([attic, garden])
        );
    }

    async fn a_folder_goes_when_its_last_live_note_has_gone(service: &Service) {
        let folder = service.folder("Garden").await;
        let note = service.note(&folder, "Pond").await;
        service.trashed_note(&folder, "Pool").await;

        let folder = path("/folders", &folder);
        service
            .delete(&folder)
            .await
            .refuses(409, "Garden has 1 live note");
        service.delete(&path("/notes", &note)).await.is(204);
        service.delete(&folder).await.is(204);
        service
            .delete(&folder)
            .await
            .refuses(404, "there is no folder");
        assert_eq!(service.get("/folders").await.is(200), json!([]));
    }

    async fn a_folder_whose_notes_are_kept_comes_back_with_them(service: &Service) {
        let folder = service.folder("Garden").await;
        let note = service.note(&folder, "Pond").await;
        service.keep_notes_of(&folder).await;
        assert_eq!(service.get("/folders").await.is(200), json!([]));
        assert_eq!(service.get(&path("/notes", &note)).await.is(200), note);

        service
            .delete(&path("/trash/folders", &folder))
            .await
            .refuses(409, "notes are still in it, live or trashed");
        service.restore(&path("/folders", &folder)).await.is(200);
        let notes = service.get(&format!("/notes?folder={}", folder["id"])).await;
        assert_eq!(notes.is(200)["items"], json!([note]));
    }

    async fn a_folder_that_never_was_is_404(service: &Service) {
        service
            .delete("/folders/7")
            .await
            .refuses(404, "there is no folder 7");
    }

    async fn nothing_is_put_into_a_trashed_or_missing_folder(service: &Service) {
        let garden = service.folder("Garden").await;
        let note = service.note(&garden, "Pond").await;
        let trashed = service.folder("Attic").await;
        service.delete(&path("/folders", &trashed)).await.is(204);

        for folder in [trashed["id"].clone(), json!(4711)] {
            let new = json!({ "folder_id": folder, "title": "Boxes" });
            service
                .post("/notes", new)
                .await
                .refuses(422, "folder_id: there is no folder");
            let moved = json!({ "folder_id": folder });
            let moved = service.patch(&path("/notes", &note), moved).await;
            moved.refuses(422, "folder_id: there is no folder");
        }
        let notes = service.get("/notes").await.is(200);
        assert_eq!(fields("folder_id", &notes["items"]), [garden["id"].clone()]);
    }

    async fn a_note_and_the_end_of_its_folder_never_both_happen(service: &Service) {
        for round in 0..10 {
            let folder = service.folder(&format!("{round}")).await;
            let trashed = service.trashed_note(&folder, "Pond").await;
            let (folder_path, trashed) = (path("/folders", &folder), path("/notes", &trashed));
            let new = json!({ "folder_id": folder["id"], "title": "Pool" });
            let (deleted, created, restored) = tokio::join!(
                service.delete(&folder_path),
                service.post("/notes", new),
                service.restore(&trashed),
            );
            let answers = format!("{deleted:?} {created:?} {restored:?}");
            match deleted.status() {
                204 => assert_eq!(
                    (created.status(), restored.status()),
                    (422, 409),
                    "{answers}"
                ),
                409 => assert!(
                    created.status() == 201 || restored.status() == 200,
                    "{answers}"
                ),
                _ => panic!("{answers}"),
            }
        }
    }
}
