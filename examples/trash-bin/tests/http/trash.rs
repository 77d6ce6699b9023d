//! `/trash`: list, restore, destroy, empty.

use sea_orm::EntityTrait;
use serde_json::json;
use trash_bin::{folder, note};

use crate::service::{fields, on_every_database, path};

on_every_database! {
    async fn the_trash_lists_the_newest_first_and_by_page(service: &Service) {
        let folder = service.folder("Garden").await;
        let mut notes = Vec::new();
        for number in 0..21 {
            notes.push(service.note(&folder, &format!("{number}")).await);
        }
        for note in notes.iter().rev() {
            service.delete(&path("/notes", note)).await.is(204);
        }
        let titles = service.trashed_titles().await;
        assert_eq!(titles.len(), 20);
        assert_eq!((&titles[0], &titles[19]), (&json!("0"), &json!("19")));
        let rest = service.get("/trash?page=2").await.is(200);
        assert_eq!(fields("title", &rest["notes"]["items"]), ["20"]);
        assert_eq!(rest["notes"]["total"], 21);
    }

    async fn a_restored_note_is_as_it_was(service: &Service) {
        let folder = service.folder("Garden").await;
        let note = service.trashed_note(&folder, "Pond").await;
        let mut restored = service.restore(&path("/notes", &note)).await.is(200);
        assert_ne!(restored["updated_at"], note["updated_at"]);
        restored["updated_at"] = note["updated_at"].clone();
        assert_eq!(restored, note);
        assert_eq!(service.trashed_titles().await.len(), 0);
    }

    async fn what_is_live_is_not_restored(service: &Service) {
        let folder = service.folder("Garden").await;
        let note = service.note(&folder, "Pond").await;
        service
            .restore(&path("/notes", &note))
            .await
            .refuses(409, "not in the trash");
        service
            .restore(&path("/folders", &folder))
            .await
            .refuses(409, "not in the trash");
    }

    async fn what_never_was_is_neither_restored_nor_destroyed(service: &Service) {
        for row in ["/notes/7", "/folders/7"] {
            service.restore(row).await.refuses(404, "there is no");
            service
                .delete(&format!("/trash{row}"))
                .await
                .refuses(404, "there is no");
        }
    }

    async fn a_note_waits_for_its_folder(service: &Service) {
        let folder = service.folder("Garden").await;
        let note = service.trashed_note(&folder, "Pond").await;
        let (folder, note) = (path("/folders", &folder), path("/notes", &note));
        service.delete(&folder).await.is(204);

        let restore =
            format!("Garden, is in the trash; restore it first: POST /trash{folder}/restore");
        service.restore(&note).await.refuses(409, &restore);
        service.restore(&folder).await.is(200);
        assert_eq!(service.trashed_titles().await, ["Pond"]);
        service.restore(&note).await.is(200);
    }

    async fn a_destroyed_note_is_gone_for_good(service: &Service) {
        let folder = service.folder("Garden").await;
        let live = service.note(&folder, "Pool").await;
        let trashed = service.trashed_note(&folder, "Pond").await;

        let live = path("/notes", &live);
        service
            .delete(&format!("/trash{live}"))
            .await
            .refuses(409, "not in the trash");
        service.get(&live).await.is(200);
        service
            .delete(&path("/trash/notes", &trashed))
            .await
            .is(204);
        service
            .restore(&path("/notes", &trashed))
            .await
            .refuses(404, "there is no note");
        assert_eq!(
            note::Entity::with_trashed()
                .all(&service.db)
                .await
                .unwrap()
                .len(),
            1
        );
    }

    async fn a_folder_is_destroyed_when_nothing_is_in_it(service: &Service) {
        let folder = service.folder("Garden").await;
        let note = service.trashed_note(&folder, "Pond").await;
        let in_trash = path("/trash/folders", &folder);

        // The note in it does not matter yet, as the folder is live.
        service
            .delete(&in_trash)
            .await
            .refuses(409, "not in the trash");
        service.delete(&path("/folders", &folder)).await.is(204);
        service
            .delete(&in_trash)
            .await
            .refuses(409, "notes are still in it, live or trashed");
        service.delete(&path("/trash/notes", &note)).await.is(204);
        service.delete(&in_trash).await.is(204);
        assert_eq!(
            folder::Entity::with_trashed()
                .all(&service.db)
                .await
                .unwrap(),
            []
        );
    }

    async fn the_database_itself_keeps_the_notes_of_a_destroyed_folder(service: &Service) {
        let folder = service.folder("Garden").await;
        service.trashed_note(&folder, "Pond").await;
        let destroyed = folder::Entity::force_delete_many().exec(&service.db).await;
        assert!(destroyed.is_err(), "{destroyed:?}");
        assert_eq!(service.trashed_titles().await, ["Pond"]);
    }

    async fn emptying_the_trash_leaves_folders_whose_notes_were_kept(service: &Service) {
        let (garden, attic) = (
            service.folder("Garden").await,
            service.folder("Attic").await,
        );
        let boxes = service.note(&attic, "Boxes").await;
        service.trashed_note(&attic, "Mice").await;
        service.keep_notes_of(&attic).await;
        service.delete(&path("/folders", &garden)).await.is(204);

        let emptied = service.delete("/trash").await.is(200);
        assert_eq!(emptied, json!({ "notes": 1, "folders": 1 }));
        service.restore(&path("/folders", &attic)).await.is(200);
        assert_eq!(service.get("/notes").await.is(200)["items"], json!([boxes]));
    }

    async fn emptying_the_trash_leaves_what_is_live(service: &Service) {
        let (garden, attic) = (
            service.folder("Garden").await,
            service.folder("Attic").await,
        );
        let live = service.note(&garden, "Pool").await;
        service.trashed_note(&garden, "Pond").await;
        service.trashed_note(&attic, "Boxes").await;
        service.delete(&path("/folders", &attic)).await.is(204);
        let trash = service.get("/trash").await.is(200);
        assert_eq!(fields("name", &trash["folders"]), ["Attic"]);

        let emptied = service.delete("/trash").await.is(200);
        assert_eq!(emptied, json!({ "notes": 2, "folders": 1 }));
        let emptied = service.delete("/trash").await.is(200);
        assert_eq!(emptied, json!({ "notes": 0, "folders": 0 }));
        assert_eq!(service.get("/folders").await.is(200), json!([garden]));
        assert_eq!(service.get("/notes").await.is(200)["items"], json!([live]));
        // Through SeaORM's own trait, so that nothing of the trash can hide.
        let left = <note::Entity as EntityTrait>::find().all(&service.db).await;
        assert_eq!(left.unwrap().len(), 1);
    }
}
