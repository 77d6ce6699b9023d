//! `/folders`: list, create, rename, move.

use serde_json::{Value, json};

use crate::service::{fields, on_every_database, path};

fn into(parent: &Value) -> Value {
    json!({ "parent_id": parent["id"] })
}

on_every_database! {
    async fn folders_are_listed_by_name(service: &Service) {
        let garden = service.folder("Garden").await;
        assert_eq!(garden.as_object().unwrap().len(), 3, "{garden:#}");
        let attic = service.folder_in(&garden, "Attic").await;
        assert_eq!(attic["parent_id"], garden["id"]);
        assert_eq!(
            service.get("/folders").await.is(200),
            json!([attic, garden])
        );
    }

    async fn a_folder_is_renamed_and_moved_into_and_out_of_another(service: &Service) {
        let garden = service.folder("Garden").await;
        let attic = service.folder("Attic").await;
        let attic_path = path("/folders", &attic);
        let moved = service.patch(&attic_path, into(&garden)).await.is(200);
        assert_eq!(moved["parent_id"], garden["id"]);
        let loft = json!({ "name": "Loft" });
        let renamed = service.patch(&attic_path, loft).await.is(200);
        assert_eq!((&renamed["parent_id"], &renamed["name"]), (&garden["id"], &json!("Loft")));
        let out = json!({ "parent_id": null });
        assert_eq!(service.patch(&attic_path, out).await.is(200)["parent_id"], Value::Null);
        service.patch("/folders/4711", json!({ "name": "Loft" })).await.refuses(404, "not there");
    }

    async fn a_folder_is_not_moved_into_itself_or_its_descendants(service: &Service) {
        let top = service.folder("Top").await;
        let middle = service.folder_in(&top, "Middle").await;
        let bottom = service.folder_in(&middle, "Bottom").await;
        for to in [&top, &middle, &bottom] {
            let moved = service.patch(&path("/folders", &top), into(to)).await;
            moved.refuses(422, "itself, or in it");
        }
        service.patch(&path("/folders", &bottom), into(&top)).await.is(200);
        let folders = service.get("/folders").await.is(200);
        let top = top["id"].clone();
        assert_eq!(fields("parent_id", &folders), [top.clone(), top, Value::Null]);
    }

    async fn of_two_concurrent_moves_that_make_a_cycle_one_succeeds(service: &Service) {
        for round in 0..10 {
            let one = service.folder(&format!("one {round}")).await;
            let two = service.folder(&format!("two {round}")).await;
            let (one_path, two_path) = (path("/folders", &one), path("/folders", &two));
            let (first, second) = tokio::join!(
                service.patch(&one_path, into(&two)),
                service.patch(&two_path, into(&one)),
            );
            let mut statuses = [first.status(), second.status()];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 422], "{first:?} {second:?}");
        }
    }

    async fn a_trashed_or_missing_folder_accepts_no_rows(service: &Service) {
        let garden = service.folder("Garden").await;
        let note = service.note(&garden, "Pond").await;
        let trashed = service.folder("Attic").await;
        service.delete_folder(&trashed).await.is(200);

        for folder in [trashed["id"].clone(), json!(4711)] {
            let new = json!({ "folder_id": folder, "title": "Boxes" });
            let created = service.post("/notes", new).await;
            created.refuses(422, "folder_id: there is no folder");
            let moved = json!({ "folder_id": folder });
            let moved = service.patch(&path("/notes", &note), moved).await;
            moved.refuses(422, "folder_id: there is no folder");

            let new = json!({ "parent_id": folder, "name": "Boxes" });
            let created = service.post("/folders", new).await;
            created.refuses(422, "parent_id: there is no folder");
            let moved = json!({ "parent_id": folder });
            let moved = service.patch(&path("/folders", &garden), moved).await;
            moved.refuses(422, "parent_id: there is no folder");
        }
        let notes = service.get("/notes").await.is(200);
        assert_eq!(fields("folder_id", &notes["items"]), [garden["id"].clone()]);
    }
}
