//! `/people/{id}/erasure`, and the commands `erase` and `replay`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Value, json};
use trash_bin::Receipts;
use trash_bin::search::catch_up;

use crate::client::Client;
use crate::service::{KEY, fields, on_every_database, path, sqlite_file};

/// What is known about the person, and must be nowhere afterwards.
const PLANTED: [&str; 7] = [
    "Zwetschgenmus",
    "zoe@example.org",
    "a title of hers",
    "a body of hers",
    "an edited body",
    "a trashed title",
    "a reason of hers",
];

/// Adds the person, who writes two notes and trashes one of them, as the user that their id names.
async fn plant(client: &Client) -> Value {
    let [name, email, title, body, edited, trashed, reason] = PLANTED;
    let new = json!({ "name": name, "email": email });
    let person = client.post("/people", new).await.is(201);
    let id: &'static str = Box::leak(person["id"].to_string().into_boxed_str());
    let zoe = client.with_user(Some(id));
    let folder = client
        .post("/folders", json!({ "name": "Jam" }))
        .await
        .is(201);
    let note = async |title: &str| {
        let new = json!({ "folder_id": folder["id"], "title": title, "body": edited });
        zoe.post("/notes", new).await.is(201)
    };
    let live = note(title).await;
    assert_eq!(live["author_id"], person["id"]);
    zoe.patch(&path("/notes", &live), json!({ "body": body }))
        .await
        .is(200);
    let gone = path("/notes", &note(trashed).await);
    let reason = reason.replace(' ', "+");
    zoe.delete(&format!("{gone}?reason={reason}")).await.is(200);
    let kept = json!({ "folder_id": folder["id"], "title": "a note of Alice" });
    client.post("/notes", kept).await.is(201);
    person
}

/// Adds a note of the person to another workspace.
async fn plant_note(client: &Client, person: &str) {
    let folder = client
        .post("/folders", json!({ "name": "Jam" }))
        .await
        .is(201);
    let zoe = client.with_user(Some(Box::leak(person.to_owned().into_boxed_str())));
    let new = json!({ "folder_id": folder["id"], "title": PLANTED[2], "body": PLANTED[3] });
    zoe.post("/notes", new).await.is(201);
}

on_every_database! {
    async fn a_person_is_erased_as_previewed_with_a_receipt(service: &Service) {
        let person = plant(service).await;
        catch_up(&service.db).await.unwrap();
        let erasure = format!("{}/erasure", path("/people", &person));
        let shown = service.get(&erasure).await.is(200);
        assert_eq!(shown["tree"], json!([
            format!("erasure of `person` id = {}", person["id"]),
            "  person: 1 live row, overwrites name, email, password_hash",
            "  note: 1 live and 1 trashed rows, overwrites title, body, reason",
        ]));

        let receipt = service.post(&erasure, shown).await.is(200);
        assert_eq!(fields("overwritten", &receipt["tables"]), [1, 2]);
        let written = fs::read_to_string(&service.receipts).unwrap();
        let written: Value = serde_json::from_str(&written).unwrap();
        assert_eq!(written, receipt);

        let erased = service.get("/people").await.is(200);
        assert_eq!(erased[0]["name"], format!("erased person {}", person["id"]));
        assert_eq!(service.get("/search?q=title+of+hers").await.is(200)["total"], 1);
        catch_up(&service.db).await.unwrap();
        assert_eq!(service.get("/search?q=hers").await.is(200)["total"], 0);
        assert_eq!(service.get("/search?q=alice").await.is(200)["total"], 1);
        let trashed = service.trash().await[0].clone();
        assert_eq!(trashed["reason"], Value::Null);
        assert_eq!(trashed["deleted_by"], json!(person["id"].to_string()));
        let restore = format!("/trash/{}/restore", trashed["id"].as_str().unwrap());
        service.post(&restore, Value::Null).await.is(200);
        catch_up(&service.db).await.unwrap();
    }

    async fn nothing_is_erased_that_the_preview_did_not_show(service: &Service) {
        let person = plant(service).await;
        let erasure = format!("{}/erasure", path("/people", &person));
        let shown = service.get(&erasure).await.is(200);
        let id: &'static str = Box::leak(person["id"].to_string().into_boxed_str());
        let folder = service.folder("Attic").await;
        let new = json!({ "folder_id": folder["id"], "title": "one more" });
        service.with_user(Some(id)).post("/notes", new).await.is(201);

        let refused = service.post(&erasure, shown).await.is(409);
        assert!(refused["error"].as_str().unwrap().starts_with("nothing was erased"));
        assert_eq!(fs::read_to_string(&service.receipts).unwrap(), "");
        assert_eq!(service.get("/people").await.is(200)[0]["name"], PLANTED[0]);
        let now = json!({ "preview": refused["preview"], "tree": refused["tree"] });
        service.post(&erasure, now).await.is(200);
        service.get("/people/999/erasure").await.refuses(404, "there is no person");
    }

    async fn without_a_key_an_erasure_is_previewed_and_refused(service: &Service) {
        let person = plant(service).await;
        let receipts = Receipts::new(&service.receipts, None);
        let client = Client::in_process(trash_bin::app(service.db.clone(), receipts, trash_bin::cookie_key(None).unwrap()));
        let erasure = format!("{}/erasure", path("/people", &person));
        let shown = client.get(&erasure).await.is(200);
        client.post(&erasure, shown).await.refuses(503, "set ERASURE_KEY");
        assert_eq!(client.get("/people").await.is(200)[0]["name"], PLANTED[0]);
    }

    async fn a_person_who_is_unknown_writes_notes_without_an_author(service: &Service) {
        let garden = service.folder("Garden").await;
        for user in ["bob", "999"] {
            let new = json!({ "folder_id": garden["id"], "title": user });
            let note = service.with_user(Some(user)).post("/notes", new).await.is(201);
            assert_eq!(note.get("author_id"), None);
        }
    }
}

/// The commands, in a directory of their own, and a database file in it.
struct Desk(tempfile::TempDir);

impl Desk {
    fn file(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, database: &str, key: Option<&str>, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trash-bin"));
        command
            .env("DATABASE_URL", sqlite_file(&self.file(database)))
            .env("ERASURE_RECEIPTS", self.file("erasures.jsonl"))
            .env_remove("ERASURE_KEY")
            .args(arguments);
        if let Some(key) = key {
            command.env("ERASURE_KEY", key);
        }
        command.output().unwrap()
    }

    #[track_caller]
    fn succeeds(&self, database: &str, arguments: &[&str]) -> String {
        let output = self.run(database, Some(KEY), arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn fails(&self, key: Option<&str>, arguments: &[&str], mentioning: &str) {
        let output = self.run("trash.sqlite", key, arguments);
        assert!(!output.status.success(), "{output:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(mentioning), "{error}");
    }

    async fn open(&self, database: &str) -> DatabaseConnection {
        trash_bin::connect(&sqlite_file(&self.file(database)))
            .await
            .unwrap()
    }

    /// The planted values that the tables of the database or the bytes of its file hold.
    async fn scan(&self, database: &str) -> Vec<&'static str> {
        let db = self.open(database).await;
        db.execute_unprepared("VACUUM").await.unwrap();
        let mut found = Vec::new();
        for (table, column) in columns(&db).await {
            for planted in PLANTED {
                let sql = format!(
                    r#"SELECT 1 FROM "{table}" WHERE instr(CAST("{column}" AS TEXT), '{planted}')"#
                );
                let hit = Statement::from_string(db.get_database_backend(), sql);
                if db.query_one_raw(hit).await.unwrap().is_some() {
                    found.push(planted);
                }
            }
        }
        db.close().await.unwrap();
        let bytes = fs::read(self.file(database)).unwrap();
        let is_in = |text: &str| bytes.windows(text.len()).any(|it| it == text.as_bytes());
        found.extend(PLANTED.into_iter().filter(|planted| is_in(planted)));
        found
    }
}

/// Every column of every table.
async fn columns(db: &DatabaseConnection) -> Vec<(String, String)> {
    let sql = "SELECT m.name AS t, c.name AS c FROM sqlite_master m, pragma_table_info(m.name) c \
               WHERE m.type = 'table'";
    let sql = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(sql).await.unwrap();
    rows.iter()
        .map(|row| (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap()))
        .collect()
}

#[tokio::test]
async fn nothing_about_an_erased_person_is_left_and_a_replay_forgets_them_again() {
    let desk = Desk(tempfile::tempdir().unwrap());
    let db = desk.open("trash.sqlite").await;
    trash_bin::migrate(&db).await.unwrap();
    let nobody = Receipts::new("", None);
    let client = Client::in_process(trash_bin::app(
        db.clone(),
        nobody,
        trash_bin::cookie_key(None).unwrap(),
    ));
    let person = plant(&client).await["id"].to_string();
    let studio = client
        .post("/workspaces", json!({ "name": "Studio" }))
        .await;
    plant_note(&client.within(&studio.is(201)), &person).await;
    catch_up(&db).await.unwrap();
    db.close().await.unwrap();
    fs::copy(desk.file("trash.sqlite"), desk.file("backup.sqlite")).unwrap();
    let planted = desk.scan("trash.sqlite").await;
    for value in PLANTED
        .into_iter()
        .filter(|value| *value != "an edited body")
    {
        assert!(planted.contains(&value), "{value} was not planted");
    }

    desk.fails(None, &["erase", &person], "set ERASURE_KEY");
    desk.fails(
        Some("short"),
        &["erase", &person],
        "at least 16 random bytes",
    );
    desk.fails(Some(KEY), &["erase", "999"], "person");
    desk.fails(Some(KEY), &["replay"], "usage: trash-bin replay RECEIPTS");
    for mistaken in [
        &[][..],
        &["--dry-run"],
        &["Ann"],
        &["7", "8"],
        &["--force", "7"],
    ] {
        let arguments = [&["erase"], mistaken].concat();
        desk.fails(Some(KEY), &arguments, "usage: trash-bin erase");
    }
    let shown = desk.succeeds("trash.sqlite", &["erase", &person, "--dry-run"]);
    assert!(shown.contains("note: 2 live and 1 trashed rows, overwrites title, body, reason"));
    assert_eq!(desk.scan("trash.sqlite").await, planted);

    let receipt = desk.succeeds("trash.sqlite", &["erase", &person]);
    assert!(
        receipt.contains("note: 3 overwritten (title, body, reason)"),
        "{receipt}"
    );
    let none: [&str; 0] = [];
    assert_eq!(desk.scan("trash.sqlite").await, none);
    let receipts = desk.file("erasures.jsonl");
    assert_eq!(held_by(&receipts), none);

    // The database is restored from the backup, and the receipts are replayed, twice.
    assert_ne!(desk.scan("backup.sqlite").await, none);
    let replay = ["replay", receipts.to_str().unwrap()];
    for _ in 0..2 {
        let replayed = desk.succeeds("backup.sqlite", &replay);
        assert!(
            replayed.starts_with("erased again: 1; not in this database, or with another key: 0"),
            "{replayed}"
        );
        assert_eq!(desk.scan("backup.sqlite").await, none);
    }
    fs::write(&receipts, "{}").unwrap();
    desk.fails(Some(KEY), &replay, "line 1: missing field");
}

/// The planted values that this file holds.
fn held_by(file: &Path) -> Vec<&'static str> {
    let text = fs::read_to_string(file).unwrap();
    PLANTED
        .into_iter()
        .filter(|planted| text.contains(planted))
        .collect()
}
