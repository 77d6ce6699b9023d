//! `/reports`: joins and raw SQL, which see live rows only.

use serde_json::{Value, json};

use crate::service::{fields, on_every_database, path};

on_every_database! {
    async fn a_note_is_shown_in_its_folder_unless_that_is_trashed(service: &Service) {
        let garden = service.folder("Garden").await;
        let attic = service.folder("Attic").await;
        let pond = service.note(&garden, "Pond").await;
        let boxes = service.note(&attic, "Boxes").await;
        service.trashed_note(&garden, "Pool").await;
        service.keep_notes_of(&attic).await;

        let notes = service.get("/reports/notes").await.is(200);
        let loose = json!({ "note": boxes, "folder": null });
        assert_eq!(
            notes["items"],
            json!([{ "note": pond, "folder": garden }, loose])
        );
        service.restore(&path("/folders", &attic)).await.is(200);
        let notes = service.get("/reports/notes").await.is(200);
        assert_eq!(fields("folder", &notes["items"]), [garden, attic]);
    }

    async fn the_notes_with_folders_are_as_many_as_the_notes(service: &Service) {
        let garden = service.folder("Garden").await;
        let attic = service.folder("Attic").await;
        for number in 0..20 {
            service.note(&garden, &format!("{number}")).await;
        }
        service.note(&attic, "Boxes").await;
        for title in ["Pool", "Pond"] {
            service.trashed_note(&garden, title).await;
        }
        service.keep_notes_of(&attic).await;

        for page in 1..=3 {
            let notes = service.get(&format!("/notes?page={page}")).await.is(200);
            let joined = service.get(&format!("/reports/notes?page={page}")).await;
            let mut joined = joined.is(200);
            joined["items"] = fields("note", &joined["items"]).into();
            assert_eq!(joined, notes);
            assert_eq!((&joined["total"], &joined["pages"]), (&json!(21), &json!(2)));
        }
    }

    async fn the_tally_of_folders_counts_what_is_live(service: &Service) {
        let garden = service.folder("Garden").await;
        let attic = service.folder("Attic").await;
        let cellar = service.folder("Cellar").await;
        service.note(&garden, "Pond").await;
        service.note(&garden, "Apple tree").await;
        service.trashed_note(&garden, "Pool").await;
        let mice = service.trashed_note(&attic, "Mice").await;
        service.note(&cellar, "Wine").await;
        service.keep_notes_of(&cellar).await;

        let tally = |folder: &Value, notes: u64, latest: Value| {
            json!({ "id": folder["id"], "name": folder["name"], "notes": notes, "latest": latest })
        };
        let garden = tally(&garden, 2, json!("Apple tree"));
        assert_eq!(
            service.get("/reports/folders").await.is(200),
            json!([tally(&attic, 0, Value::Null), garden])
        );
        service.restore(&path("/notes", &mice)).await.is(200);
        assert_eq!(
            service.get("/reports/folders").await.is(200),
            json!([tally(&attic, 1, json!("Mice")), garden])
        );
    }

    async fn the_audit_shows_live_notes_beside_their_trashed_folder(service: &Service) {
        let garden = service.folder("Garden").await;
        let attic = service.folder("Attic").await;
        service.note(&garden, "Pond").await;
        let boxes = service.note(&attic, "Boxes").await;
        service.trashed_note(&attic, "Mice").await;
        assert_eq!(service.get("/reports/audit").await.is(200)["total"], 0);
        service.keep_notes_of(&attic).await;

        let audit = service.get("/reports/audit").await.is(200);
        assert_eq!(audit["total"], 1);
        assert_eq!(audit["items"][0]["note"], boxes);
        let folder = &audit["items"][0]["folder"];
        assert_eq!(folder["name"], "Attic");
        assert_eq!(folder["deleted_by"], "alice");
        assert!(folder["deleted_at"].is_string(), "{folder:#}");

        let moved = json!({ "folder_id": garden["id"] });
        service.patch(&path("/notes", &boxes), moved).await.is(200);
        assert_eq!(service.get("/reports/audit").await.is(200)["total"], 0);
    }
}
