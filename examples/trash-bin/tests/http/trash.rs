//! `/trash`: list, restore, force delete, empty.

use sea_orm::EntityTrait;
use serde_json::{Value, json};
use trash_bin::{folder, note};

use crate::client::in_trash;
use crate::service::{on_every_database, path, titles};

on_every_database! {
    async fn the_trash_lists_operations_newest_first_and_by_page(service: &Service) {
        let folder = service.folder("Garden").await;
        for number in 0..40 {
            service.trashed_note(&folder, &format!("{number}")).await;
        }
        service.delete_folder(&folder).await.is(200);

        let mut page = json!({ "next": "/api/trash" });
        let mut names = Vec::new();
        while let Some(next) = page["next"].as_str() {
            page = service.get(next.strip_prefix("/api").unwrap()).await.is(200);
            assert!(page["operations"].as_array().unwrap().len() <= 20);
            names.extend(titles(&page["operations"]));
        }
        assert_eq!(names.len(), 41);
        assert_eq!((&names[0], &names[1], &names[40]), (&json!("Garden"), &json!("39"), &json!("0")));
    }

    async fn the_trash_lists_the_actor_instant_reason_and_counts_of_an_operation(service: &Service) {
        let garden = service.folder("Garden").await;
        let beds = service.folder_in(&garden, "Beds").await;
        service.note(&beds, "Peas").await;
        let trashed = service.delete_folder(&beds).await.is(200);
        let listed = service.trash().await;
        assert_eq!(
            listed,
            json!([{
                "id": trashed["operation_id"],
                "at": listed[0]["at"],
                "deleted_by": "alice",
                "reason": null,
                "purge_at": listed[0]["purge_at"],
                "members": [
                    { "entity": "folder", "count": 1, "archived": 0, "roots": 1 },
                    { "entity": "note", "count": 1, "archived": 0, "roots": 0 },
                ],
                "count": 2,
                "roots": [{ "entity": "folder", "key": beds["id"], "title": "Beds" }],
            }])
        );
    }

    async fn a_restored_folder_comes_back_with_exactly_the_rows_of_its_operation(service: &Service) {
        let garden = service.folder("Garden").await;
        let beds = service.folder_in(&garden, "Beds").await;
        let peas = service.note(&beds, "Peas").await;
        service.trashed_note(&beds, "Radishes").await;
        let trashed = service.delete_folder(&garden).await.is(200);

        let restored = service.restore(&trashed).await.is(200);
        assert_eq!(restored, json!({ "restored": 3 }));
        assert_eq!(service.get("/folders").await.is(200), json!([beds, garden]));
        let mut back = service.get(&path("/notes", &peas)).await.is(200);
        assert_ne!(back["updated_at"], peas["updated_at"]);
        back["updated_at"] = peas["updated_at"].clone();
        assert_eq!(back, peas);
        assert_eq!(service.trashed_names().await, ["Radishes"]);
        service.restore(&trashed).await.refuses(404, "there is no operation");
    }

    async fn a_note_is_restored_after_its_folder_or_together_with_it(service: &Service) {
        let garden = service.folder("Garden").await;
        let beds = service.folder_in(&garden, "Beds").await;
        let note = service.trashed_note(&beds, "Peas").await;
        let trashed = service.delete_folder(&garden).await.is(200);

        let both = format!("{}/restore?with_ancestors=true", in_trash(&note));
        let first = format!("{}/restore", in_trash(&trashed));
        for offered in ["its folder is in the trash since Garden was deleted", &both, &first] {
            service.restore(&note).await.refuses(409, offered);
        }
        assert_eq!(service.trashed_names().await, ["Garden", "Peas"]);
        service.post(&both, Value::Null).await.is(200);
        assert_eq!(service.trash().await, json!([]));

        let (note, trashed) = {
            let note = service.delete(&path("/notes", &note)).await.is(200);
            (note, service.delete_folder(&garden).await.is(200))
        };
        service.restore(&trashed).await.is(200);
        service.restore(&note).await.is(200);
    }

    async fn an_operation_is_shown_with_the_previews_of_its_restore_and_force_delete(service: &Service) {
        let garden = service.folder("Garden").await;
        let note = service.trashed_note(&garden, "Pond").await;
        let trashed = service.delete_folder(&garden).await.is(200);

        let shown = service.get(&in_trash(&trashed)).await.is(200);
        let restore = ["restore", "folder: 1 row", "└─ note: 0 rows"];
        let destroy = ["force delete", "folder: 1 row", "└─ note: 1 row"];
        assert_eq!(shown["restore"][0]["tree"], json!(restore));
        assert_eq!(shown["destroy"][0]["tree"], json!(destroy));
        let shown = service.get(&in_trash(&note)).await.is(200);
        let tree = shown["restore"][0]["tree"].to_string();
        assert!(tree.contains("belongs to trashed rows of `folder`"), "{tree}");
    }

    async fn a_force_delete_removes_the_rows_for_good(service: &Service) {
        let garden = service.folder("Garden").await;
        let beds = service.folder_in(&garden, "Beds").await;
        service.note(&beds, "Peas").await;
        service.trashed_note(&beds, "Radishes").await;
        let attic = service.folder("Attic").await;
        let mice = service.trashed_note(&attic, "Mice").await;
        let trashed = service.delete_folder(&garden).await.is(200);

        let destroyed = service.delete(&in_trash(&trashed)).await.is(200);
        assert_eq!(destroyed, json!({ "destroyed": 4 }));
        assert_eq!(service.trashed_names().await, ["Mice"]);
        service.delete(&in_trash(&trashed)).await.refuses(404, "there is no operation");
        service.delete(&in_trash(&mice)).await.is(200);
        // SeaORM's own trait reads trashed rows too.
        let notes = <note::Entity as EntityTrait>::find().all(&service.db).await;
        assert_eq!(notes.unwrap(), []);
        let folders = <folder::Entity as EntityTrait>::find().all(&service.db).await;
        assert_eq!(folders.unwrap().len(), 1);
    }

    async fn an_invalid_operation_id_is_422_and_an_unknown_operation_is_404(service: &Service) {
        for id in ["0197f3b2-8c5d-7a3e-9b1f-2d4c6e8f0a1b", "2025-07-10T09:37:34.301641Z"] {
            let never = json!({ "operation_id": id });
            service.get(&in_trash(&never)).await.refuses(404, "there is no operation");
            service.restore(&never).await.refuses(404, "there is no operation");
            service.delete(&in_trash(&never)).await.refuses(404, "there is no operation");
            let page = service.get(&format!("/trash?before={id}")).await.is(200);
            assert_eq!(page["operations"], json!([]));
        }
        for id in ["1", "99999999999999999999", "x%00", "0197f3b2"] {
            let none = json!({ "operation_id": id });
            service.get(&in_trash(&none)).await.refuses(422, "is no operation");
            service.restore(&none).await.refuses(422, "is no operation");
            service.delete(&in_trash(&none)).await.refuses(422, "is no operation");
            let page = service.get(&format!("/trash?before={id}")).await;
            page.refuses(422, "before: ");
        }
    }

    async fn emptying_the_trash_keeps_live_rows(service: &Service) {
        let garden = service.folder("Garden").await;
        let attic = service.folder_in(&garden, "Attic").await;
        let live = service.note(&garden, "Pool").await;
        service.trashed_note(&garden, "Pond").await;
        service.note(&attic, "Boxes").await;
        service.delete_folder(&attic).await.is(200);

        assert_eq!(service.delete("/trash").await.is(200), json!({ "destroyed": 3 }));
        assert_eq!(service.delete("/trash").await.is(200), json!({ "destroyed": 0 }));
        assert_eq!(service.get("/folders").await.is(200), json!([garden]));
        let left = <note::Entity as EntityTrait>::find().all(&service.db).await;
        assert_eq!(left.unwrap().len(), 1);
        assert_eq!(service.get("/notes").await.is(200)["items"], json!([live]));
    }
}
