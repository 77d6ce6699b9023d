//! A title is unique among the live notes of its folder, and a name is unique among all live folders.

use serde_json::json;

use crate::service::{on_every_database, path};

on_every_database! {
    async fn the_title_of_a_live_note_is_409(service: &Service) {
        let folder = service.folder("Garden").await;
        service.note(&folder, "Pond").await;
        let again = json!({ "folder_id": folder["id"], "title": "Pond" });
        service
            .post("/notes", again)
            .await
            .refuses(409, "has this name already");

        let other = service.note(&folder, "Pool").await;
        let rename = json!({ "title": "Pond" });
        service
            .patch(&path("/notes", &other), rename)
            .await
            .refuses(409, "has this name already");
        assert_eq!(service.get(&path("/notes", &other)).await.is(200), other);
    }

    async fn a_title_in_another_folder_or_another_case_is_another_title(service: &Service) {
        let (garden, attic) = (
            service.folder("Garden").await,
            service.folder("Attic").await,
        );
        service.note(&garden, "Pond").await;
        service.note(&attic, "Pond").await;
        service.note(&garden, "pond").await;
        service.note(&garden, "Pönd").await;
    }

    async fn the_title_of_trashed_notes_is_free(service: &Service) {
        let folder = service.folder("Garden").await;
        service.trashed_note(&folder, "Pond").await;
        service.trashed_note(&folder, "Pond").await;
        service.note(&folder, "Pond").await;
        assert_eq!(service.trashed_names().await, ["Pond", "Pond"]);
    }

    async fn a_note_whose_title_was_taken_is_restored_when_the_title_is_free_again(service: &Service) {
        let folder = service.folder("Garden").await;
        let trashed = service.trashed_note(&folder, "Pond").await;
        let live = service.note(&folder, "Pond").await;

        service.restore(&trashed).await.refuses(409, "title = 'Pond' is taken");
        assert_eq!(service.trashed_names().await, ["Pond"]);

        let rename = json!({ "title": "New pond" });
        service.patch(&path("/notes", &live), rename).await.is(200);
        service.restore(&trashed).await.is(200);
    }

    async fn a_folder_whose_name_was_taken_is_restored_when_the_name_is_free_again(service: &Service) {
        let old = service.folder("Garden").await;
        let again = json!({ "name": "Garden" });
        service
            .post("/folders", again)
            .await
            .refuses(409, "has this name already");
        let trashed = service.delete_folder(&old).await.is(200);
        let new = service.folder("Garden").await;

        service.restore(&trashed).await.refuses(409, "name = 'Garden' is taken");
        service.delete_folder(&new).await.is(200);
        service.restore(&trashed).await.is(200);
        assert_eq!(service.get("/folders").await.is(200), json!([old]));
    }
}
