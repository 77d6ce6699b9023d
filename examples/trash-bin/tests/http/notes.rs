//! `/notes`: list, create, show, edit, delete.

use serde_json::json;

use crate::service::{fields, on_every_database, path, titles};

on_every_database! {
    async fn a_note_is_created_and_shown(service: &Service) {
        let folder = service.folder("Garden").await;
        let new =
            json!({ "folder_id": folder["id"], "title": " Äpfel 🍏 ", "body": "Two\nlines." });
        let note = service.post("/notes", new).await.is(201);
        assert_eq!(note["title"], "Äpfel 🍏");
        assert_eq!(note["body"], "Two\nlines.");
        assert_eq!(note["folder_id"], folder["id"]);
        assert_eq!(note.as_object().unwrap().len(), 5, "{note:#}");
        assert_eq!(service.get(&path("/notes", &note)).await.is(200), note);
    }

    async fn a_note_needs_no_body(service: &Service) {
        let folder = service.folder("Garden").await;
        let new = json!({ "folder_id": folder["id"], "title": "Pond" });
        assert_eq!(service.post("/notes", new).await.is(201)["body"], "");
    }

    async fn notes_are_listed_by_page_and_by_folder(service: &Service) {
        let garden = service.folder("Garden").await;
        let attic = service.folder("Attic").await;
        for number in 0..20 {
            service.note(&garden, &format!("{number}")).await;
        }
        service.note(&attic, "Boxes").await;
        service.trashed_note(&attic, "Mice").await;

        let all = service.get("/notes").await.is(200);
        assert_eq!(all["items"].as_array().unwrap().len(), 20);
        assert_eq!(
            (&all["page"], &all["pages"], &all["total"]),
            (&json!(1), &json!(2), &json!(21))
        );
        let rest = service.get("/notes?page=2").await.is(200);
        assert_eq!(fields("title", &rest["items"]), ["Boxes"]);
        let beyond = service.get("/notes?page=4294967295").await.is(200);
        assert_eq!(beyond["items"], json!([]));

        let attic = format!("/notes?folder={}", attic["id"]);
        let of_attic = service.get(&attic).await.is(200);
        assert_eq!(fields("title", &of_attic["items"]), ["Boxes"]);
        assert_eq!(
            (&of_attic["pages"], &of_attic["total"]),
            (&json!(1), &json!(1))
        );
    }

    async fn an_edit_changes_the_given_fields_and_the_time(service: &Service) {
        let (garden, attic) = (
            service.folder("Garden").await,
            service.folder("Attic").await,
        );
        let note = service.note(&garden, "Pond").await;
        let changes = json!({ "title": "Pool", "folder_id": attic["id"] });
        let edited = service.patch(&path("/notes", &note), changes).await.is(200);
        assert_eq!(edited["title"], "Pool");
        assert_eq!(edited["folder_id"], attic["id"]);
        assert_eq!(edited["body"], note["body"]);
        assert_ne!(edited["updated_at"], note["updated_at"]);
        assert_eq!(service.get(&path("/notes", &note)).await.is(200), edited);
    }

    async fn an_edit_without_fields_changes_nothing(service: &Service) {
        let folder = service.folder("Garden").await;
        let note = service.note(&folder, "Pond").await;
        let edited = service
            .patch(&path("/notes", &note), json!({}))
            .await
            .is(200);
        assert_eq!(edited, note);
    }

    async fn a_trashed_note_is_404_and_listed_in_the_trash(service: &Service) {
        let folder = service.folder("Garden").await;
        let note = service.trashed_note(&folder, "Pond").await;
        let note = &path("/notes", &note);
        let before = service.trash().await;

        service.get(note).await.refuses(404, "trash");
        service
            .patch(note, json!({ "title": "Pool" }))
            .await
            .refuses(404, "trash");
        service.patch(note, json!({})).await.refuses(404, "trash");
        service
            .delete(&format!("{note}?reason=again"))
            .await
            .refuses(404, "trash");

        assert_eq!(service.get("/notes").await.is(200)["total"], 0);
        assert_eq!(service.trash().await, before);
        assert_eq!(titles(&before), ["Pond"]);
    }

    async fn a_note_that_never_existed_is_404(service: &Service) {
        service.get("/notes/7").await.refuses(404, "note 7");
        service
            .patch("/notes/7", json!({ "title": "Pool" }))
            .await
            .refuses(404, "not there");
        service.delete("/notes/7").await.refuses(404, "note 7");
    }
}
