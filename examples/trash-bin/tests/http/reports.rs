//! `/reports`: joins and raw SQL, which see live rows only.

use serde_json::{Value, json};

use crate::service::{fields, on_every_database};

on_every_database! {
    async fn live_notes_are_shown_in_their_folders(service: &Service) {
        let garden = service.folder("Garden").await;
        let attic = service.folder("Attic").await;
        let pond = service.note(&garden, "Pond").await;
        service.note(&attic, "Boxes").await;
        service.trashed_note(&garden, "Pool").await;
        let trashed = service.delete_folder(&attic).await.is(200);

        let notes = service.get("/reports/notes").await.is(200);
        assert_eq!(notes["items"], json!([{ "note": pond, "folder": garden }]));
        service.restore(&trashed).await.is(200);
        let notes = service.get("/reports/notes").await.is(200);
        assert_eq!(fields("folder", &notes["items"]), [garden, attic]);
    }

    async fn the_report_of_notes_with_folders_has_as_many_rows_as_there_are_notes(service: &Service) {
        let garden = service.folder("Garden").await;
        let attic = service.folder("Attic").await;
        for number in 0..20 {
            service.note(&garden, &format!("{number}")).await;
        }
        service.note(&attic, "Boxes").await;
        for title in ["Pool", "Pond"] {
            service.trashed_note(&garden, title).await;
        }

        for page in 1..=3 {
            let notes = service.get(&format!("/notes?page={page}")).await.is(200);
            let joined = service.get(&format!("/reports/notes?page={page}")).await;
            let mut joined = joined.is(200);
            joined["items"] = fields("note", &joined["items"]).into();
            assert_eq!(joined, notes);
            assert_eq!((&joined["total"], &joined["pages"]), (&json!(21), &json!(2)));
        }
    }

    async fn the_tally_of_folders_counts_live_notes(service: &Service) {
        let garden = service.folder("Garden").await;
        let attic = service.folder("Attic").await;
        let cellar = service.folder("Cellar").await;
        service.note(&garden, "Pond").await;
        service.note(&garden, "Apple tree").await;
        service.trashed_note(&garden, "Pool").await;
        let mice = service.trashed_note(&attic, "Mice").await;
        service.note(&cellar, "Wine").await;
        service.delete_folder(&cellar).await.is(200);

        let tally = |folder: &Value, notes: u64, latest: Value| {
            json!({ "id": folder["id"], "name": folder["name"], "notes": notes, "latest": latest })
        };
        let garden = tally(&garden, 2, json!("Apple tree"));
        assert_eq!(
            service.get("/reports/folders").await.is(200),
            json!([tally(&attic, 0, Value::Null), garden])
        );
        service.restore(&mice).await.is(200);
        assert_eq!(
            service.get("/reports/folders").await.is(200),
            json!([tally(&attic, 1, json!("Mice")), garden])
        );
    }

    async fn the_audit_shows_trashed_notes_with_their_folders(service: &Service) {
        let garden = service.folder("Garden").await;
        let attic = service.folder("Attic").await;
        let pond = service.trashed_note(&garden, "Pond").await;
        service.note(&garden, "Pool").await;
        service.note(&attic, "Boxes").await;
        let trashed = service.delete_folder(&attic).await.is(200);

        let audit = service.get("/reports/audit").await.is(200);
        assert_eq!(audit["total"], 2);
        assert_eq!(audit["items"][0], json!({ "note": pond, "folder": garden }));
        let boxes = &audit["items"][1];
        assert_eq!((&boxes["note"]["title"], &boxes["folder"]), (&json!("Boxes"), &trashed));
    }
}
