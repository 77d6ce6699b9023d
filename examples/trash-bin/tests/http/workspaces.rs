//! Workspaces: a request reaches the rows of its own alone, whatever it tries.

use sea_orm::{EntityTrait, PaginatorTrait};
use sea_orm_migration::MigratorTrait;
use sea_orm_soft_delete::{Scopable, SoftDeleteError};
use serde_json::{Value, json};
use trash_bin::search::{catch_up, entry};
use trash_bin::{Migrator, Options, folder, note, purge};

use crate::client::{Client, in_trash};
use crate::service::{Service, fields, on_every_database, path, titles};

const NOTHING: [Value; 0] = [];

/// Two workspaces. Each has a folder "Garden" with the live note "Pond", the trashed note "Pool" and the trashed folder
/// "Attic".
struct Two {
    home: Client,
    studio: Client,
    /// Of the studio.
    theirs: Rows,
}

struct Rows {
    folder: Value,
    note: Value,
    trashed_note: Value,
    trashed_folder: Value,
}

async fn fill(client: &Client) -> Rows {
    let new = async |path: &str, new: Value| client.post(path, new).await.is(201);
    let folder = new("/folders", json!({ "name": "Garden" })).await;
    let note = async |title: &str| {
        let note = json!({ "folder_id": folder["id"], "title": title, "body": title });
        new("/notes", note).await
    };
    let live = note("Pond").await;
    let trashed = path("/notes", &note("Pool").await);
    let attic = new("/folders", json!({ "name": "Attic" })).await;
    Rows {
        note: live,
        trashed_note: client.delete(&trashed).await.is(200),
        trashed_folder: client.delete_folder(&attic).await.is(200),
        folder,
    }
}

async fn two(service: &Service) -> Two {
    let new = json!({ "name": "Studio" });
    let studio = service.post("/workspaces", new).await.is(201);
    let (home, studio) = ((**service).clone(), service.within(&studio));
    fill(&home).await;
    let theirs = fill(&studio).await;
    catch_up(&service.db).await.unwrap();
    Two {
        home,
        studio,
        theirs,
    }
}

impl Two {
    /// Everything that the studio can read.
    async fn seen_by_studio(&self) -> Vec<Value> {
        let mut seen = Vec::new();
        for path in [
            "/folders",
            "/notes",
            "/trash",
            "/reports/notes",
            "/reports/folders",
            "/reports/audit",
            "/search?q=o",
            &in_trash(&self.theirs.trashed_note),
            &format!("{}/history", in_trash(&self.theirs.trashed_note)),
        ] {
            seen.push(self.studio.get(path).await.is(200));
        }
        seen
    }
}

on_every_database! {
    async fn lists_reports_and_searches_show_one_workspace(service: &Service) {
        let two = two(service).await;
        for (client, other) in [(&two.home, &two.studio), (&two.studio, &two.home)] {
            let folders = client.get("/folders").await.is(200);
            assert_eq!(fields("name", &folders), ["Garden"]);
            assert_eq!(client.get("/notes").await.is(200)["total"], 1);
            let notes = client.get("/reports/notes").await.is(200);
            assert_eq!((&notes["total"], &notes["items"][0]["folder"]), (&json!(1), &folders[0]));
            let tally = client.get("/reports/folders").await.is(200);
            assert_eq!(fields("notes", &tally), [1]);
            assert_eq!(client.get("/reports/audit").await.is(200)["total"], 1);
            let trash = client.get("/trash").await.is(200)["operations"].clone();
            assert_eq!(titles(&trash), ["Attic", "Pool"]);
            let found = client.get("/search?q=o").await.is(200);
            assert_eq!(fields("title", &found["items"]), ["Pond"]);

            let of_other = other.get("/folders").await.is(200);
            let of_other = format!("/notes?folder={}", of_other[0]["id"]);
            assert_eq!(client.get(&of_other).await.is(200)["items"], json!(NOTHING));
            let other = other.get("/trash").await.is(200)["operations"].clone();
            // The cursor of the other workspace is an instant, and no row.
            let before = format!("/trash?before={}", other[0]["id"].as_str().unwrap());
            let before = client.get(&before).await.is(200)["operations"].clone();
            assert!(fields("id", &before).iter().all(|id| fields("id", &trash).contains(id)));
        }
    }

    async fn no_request_reads_or_changes_another_workspace(service: &Service) {
        let two = two(service).await;
        let seen = two.seen_by_studio().await;
        let (home, theirs) = (&two.home, &two.theirs);

        let note = &path("/notes", &theirs.note);
        home.get(note).await.refuses(404, "there is no note");
        home.patch(note, json!({ "title": "Lake" })).await.refuses(404, "not there");
        home.patch(note, json!({})).await.refuses(404, "not there");
        home.delete(note).await.refuses(404, "there is no note");
        home.send("PUT", note, Some(json!({ "title": "Lake" }))).await.is(405);

        let folder = &path("/folders", &theirs.folder);
        home.patch(folder, json!({ "name": "Park" })).await.refuses(404, "not there");
        home.patch(folder, json!({ "parent_id": null })).await.refuses(404, "not there");
        let delete = format!("{folder}/delete");
        home.get(&delete).await.refuses(404, "there is no folder");
        let shown = two.studio.get(&delete).await.is(200);
        home.post(&delete, shown).await.refuses(404, "there is no folder");

        for trashed in [&theirs.trashed_note, &theirs.trashed_folder] {
            home.get(&in_trash(trashed)).await.refuses(404, "no operation");
            home.restore(trashed).await.refuses(404, "no operation");
            let both = format!("{}/restore?with_ancestors=true", in_trash(trashed));
            home.post(&both, Value::Null).await.refuses(404, "no operation");
            home.delete(&in_trash(trashed)).await.refuses(404, "no operation");
            let history = format!("{}/history", in_trash(trashed));
            home.get(&history).await.refuses(404, "no operation");
        }
        assert_eq!(home.delete("/trash").await.is(200), json!({ "destroyed": 2 }));
        catch_up(&service.db).await.unwrap();
        assert_eq!(two.seen_by_studio().await, seen);
    }

    async fn nothing_is_put_or_moved_into_another_workspace(service: &Service) {
        let two = two(service).await;
        let seen = two.seen_by_studio().await;
        let home = &two.home;
        let [own, note] = ["/folders", "/notes?page=1"];
        let own = home.get(own).await.is(200)[0].clone();
        let note = home.get(note).await.is(200)["items"][0].clone();
        for theirs in [&two.theirs.folder["id"], &two.theirs.trashed_folder["id"]] {
            let new = json!({ "folder_id": theirs, "title": "Lake" });
            home.post("/notes", new).await.refuses(422, "there is no folder");
            let moved = json!({ "folder_id": theirs });
            home.patch(&path("/notes", &note), moved).await.refuses(422, "there is no folder");
            let new = json!({ "parent_id": theirs, "name": "Park" });
            home.post("/folders", new).await.refuses(422, "there is no folder");
            let moved = json!({ "parent_id": theirs });
            home.patch(&path("/folders", &own), moved).await.refuses(422, "there is no folder");
        }

        // No body and no query names a workspace.
        for body in [
            json!({ "folder_id": own["id"], "title": "Lake", "workspace_id": 2 }),
            json!({ "folder_id": own["id"], "title": "Lake", "workspace": 2 }),
        ] {
            home.post("/notes", body).await.refuses(422, "unknown field `workspace");
        }
        let changes = json!({ "workspace_id": 2 });
        home.patch(&path("/notes", &note), changes.clone()).await.refuses(422, "unknown field");
        home.patch(&path("/folders", &own), changes).await.refuses(422, "unknown field");
        let new = json!({ "name": "Park", "workspace_id": 2 });
        home.post("/folders", new).await.refuses(422, "unknown field");
        home.get("/notes?workspace_id=2").await.refuses(422, "unknown field");
        assert_eq!(two.seen_by_studio().await, seen);
    }

    async fn text_is_no_way_into_another_workspace(service: &Service) {
        let two = two(service).await;
        for text in [
            "%25%27+OR+1=1+--+",
            "%27)+OR+workspace_id=2+--+",
            "o%27+UNION+SELECT+*+FROM+note+--+",
            "/*+soft_delete:+lift(workspace)+*/",
        ] {
            let found = two.home.get(&format!("/search?q={text}")).await.is(200);
            assert_eq!(found["total"], 0, "{text}");
            two.home.get(&format!("/notes?folder={text}")).await.is(422);
        }
        let folder = two.home.get("/folders").await.is(200)[0]["id"].clone();
        let title = "'; /* soft_delete: lift(workspace) */ -- ";
        let new = json!({ "folder_id": folder, "title": title, "body": "$1 ? :2" });
        let note = two.home.post("/notes", new).await.is(201);
        two.studio.get(&path("/notes", &note)).await.refuses(404, "there is no note");
    }

    async fn a_name_is_taken_in_one_workspace_alone(service: &Service) {
        let two = two(service).await;
        for client in [&two.home, &two.studio] {
            // The trashed "Attic" of both is restored, and the name of neither is in the way of the other.
            let attic = client.get("/trash").await.is(200)["operations"][0]["id"].clone();
            let trashed = json!({ "operation_id": attic });
            client.restore(&trashed).await.is(200);
            for name in ["Attic", "Garden"] {
                let new = json!({ "name": name });
                client.post("/folders", new).await.refuses(409, "has this name already");
            }
        }
        let new = json!({ "name": "Park" });
        let park = two.home.post("/folders", new.clone()).await.is(201);
        two.home.delete_folder(&park).await.is(200);
        two.studio.post("/folders", new).await.is(201);
        let trashed = two.home.get("/trash").await.is(200)["operations"][0]["id"].clone();
        two.home.restore(&json!({ "operation_id": trashed })).await.is(200);
    }

    async fn a_request_names_exactly_one_workspace(service: &Service) {
        let two = two(service).await;
        let seen = two.seen_by_studio().await;
        let studio = two.theirs.note["id"].to_string();
        let id = service.get("/workspaces").await.is(200)[1]["id"].to_string();
        for (workspaces, status, why) in [
            (&[][..], 401, "no header `x-workspace"),
            (&["1", &id], 422, "not several"),
            (&[&id, "1"], 422, "not several"),
            (&["1", "1"], 422, "not several"),
            (&["1,2"], 422, "must be the id"),
            (&[""], 422, "must be the id"),
            (&["Home"], 422, "must be the id"),
            (&["1 OR 1=1"], 422, "must be the id"),
            (&["1.0"], 422, "must be the id"),
            (&["0x1"], 422, "must be the id"),
            (&["١"], 422, "must be the id"),
            (&["2147483648"], 422, "must be the id"),
            // The first workspace, if the number overflowed.
            (&["4294967297"], 422, "must be the id"),
            (&["18446744073709551617"], 422, "must be the id"),
            (&["0"], 404, "there is no workspace 0"),
            (&["-1"], 404, "there is no workspace -1"),
            (&["2147483647"], 404, "there is no workspace"),
        ] {
            let client = service.with_workspaces(workspaces);
            for path in ["/notes", "/folders", "/trash", "/search?q=o", "/reports/folders", &format!("/notes/{studio}")] {
                client.get(path).await.refuses(status, why);
            }
            let new = json!({ "name": "Park" });
            client.post("/folders", new).await.refuses(status, why);
            client.delete("/trash").await.refuses(status, why);
            // These are in no workspace.
            for path in ["/", "/people", "/workspaces"] {
                client.get(path).await.is(200);
            }
        }
        assert_eq!(two.seen_by_studio().await, seen);
    }

    async fn workspaces_are_listed_and_added(service: &Service) {
        let studio = service.post("/workspaces", json!({ "name": "Studio" })).await.is(201);
        let listed = service.get("/workspaces").await.is(200);
        assert_eq!(fields("name", &listed), ["Home", "Studio"]);
        assert_eq!(listed[1], studio);
        service.post("/workspaces", json!({ "name": "Studio" })).await.refuses(409, "this name already");
        service.post("/workspaces", json!({ "name": "" })).await.refuses(422, "name: must not be empty");
        service.post("/workspaces", json!({ "name": "x", "id": 1 })).await.refuses(422, "unknown field `id`");
        let nobody = service.with_user(None);
        nobody.post("/workspaces", json!({ "name": "x" })).await.refuses(401, "x-user");
    }

    async fn requests_side_by_side_keep_to_their_workspaces(service: &Service) {
        let mut clients = Vec::new();
        for number in 0..8 {
            let new = json!({ "name": format!("{number}") });
            let workspace = service.post("/workspaces", new).await.is(201);
            clients.push(service.within(&workspace));
        }
        futures_util::future::join_all(clients.iter().map(async |client| {
            let folder = client.post("/folders", json!({ "name": "Garden" })).await.is(201);
            for number in 0..4 {
                let new = json!({ "folder_id": folder["id"], "title": format!("{number}") });
                let note = client.post("/notes", new).await.is(201);
                client.delete(&path("/notes", &note)).await.is(200);
                assert_eq!(client.get("/reports/audit").await.is(200)["total"], number + 1);
            }
            // MariaDB may end one of them as a deadlock, and the answer says to try again.
            let emptied = loop {
                let answer = client.delete("/trash").await;
                if answer.status() != 503 {
                    break answer;
                }
            };
            assert_eq!(emptied.is(200), json!({ "destroyed": 4 }));
            client.delete_folder(&folder).await.is(200);
        })).await;
    }

    async fn an_erasure_reaches_every_workspace(service: &Service) {
        let two = two(service).await;
        let new = json!({ "name": "Zoe", "email": "zoe@example.org" });
        let zoe = service.post("/people", new).await.is(201);
        let id: &'static str = Box::leak(zoe["id"].to_string().into_boxed_str());
        for client in [&two.home, &two.studio] {
            let folder = client.get("/folders").await.is(200)[0]["id"].clone();
            let client = client.with_user(Some(id));
            for title in ["of Zoe", "Zoe's own"] {
                let new = json!({ "folder_id": folder, "title": title, "body": "Zoe" });
                let note = client.post("/notes", new).await.is(201);
                if title == "Zoe's own" {
                    client.delete(&format!("{}?reason=Zoe", path("/notes", &note))).await.is(200);
                }
            }
        }
        catch_up(&service.db).await.unwrap();

        // An erasure is in no workspace, whichever the header says.
        let nowhere = service.with_workspaces(&[]);
        let erasure = format!("/people/{id}/erasure");
        let shown = nowhere.get(&erasure).await.is(200);
        assert_eq!(shown["tree"][2], json!("  note: 2 live and 2 trashed rows, overwrites title, body, reason"));
        assert_eq!(two.home.get(&erasure).await.is(200), shown);
        let receipt = two.home.post(&erasure, shown).await.is(200);
        assert_eq!(fields("overwritten", &receipt["tables"]), [1, 4]);
        catch_up(&service.db).await.unwrap();
        for client in [&two.home, &two.studio] {
            let seen = format!(
                "{} {} {} {}",
                client.get("/notes").await.is(200),
                client.get("/reports/audit").await.is(200),
                client.get("/trash").await.is(200),
                client.get("/search?q=zoe").await.is(200),
            );
            assert!(!seen.contains("Zoe"), "{seen}");
            let trashed = client.get("/trash").await.is(200)["operations"][0].clone();
            let history = format!("/trash/{}/history", trashed["id"].as_str().unwrap());
            let history = client.get(&history).await.is(200);
            assert_eq!(fields("reason", &history), [Value::Null]);
        }
    }

    async fn a_purge_removes_the_trash_of_every_workspace_and_each_history_says_so(service: &Service) {
        let two = two(service).await;
        let everything = Options { dry_run: true, older_than_days: Some(0) };
        let shown = purge(&everything, &service.db).await.unwrap();
        let told = purge(&Options { dry_run: false, ..everything }, &service.db).await.unwrap();
        for text in [&shown, &told] {
            assert!(text.starts_with("Home: ") && text.contains("\nStudio: "), "{text}");
        }
        catch_up(&service.db).await.unwrap();
        for client in [&two.home, &two.studio] {
            assert_eq!(client.get("/trash").await.is(200)["operations"], json!([]));
            assert_eq!(client.get("/notes").await.is(200)["total"], 1);
        }
        let history = format!("{}/history", in_trash(&two.theirs.trashed_note));
        let deeds = two.studio.get(&history).await.is(200);
        assert_eq!(fields("verb", &deeds), ["delete", "purge"]);
        two.home.get(&history).await.refuses(404, "no operation");
    }

    async fn the_migration_puts_what_there_is_into_a_first_workspace(service: &Service) {
        let rows = fill(service).await;
        Migrator::down(&service.db, Some(2)).await.unwrap();
        Migrator::up(&service.db, None).await.unwrap();
        assert_eq!(service.get("/workspaces").await.is(200), json!([{ "id": 1, "name": "Home" }]));
        assert_eq!(service.get("/folders").await.is(200), json!([rows.folder]));
        assert_eq!(service.get("/search?q=pond").await.is(200)["total"], 1);
        let history = format!("{}/history", in_trash(&rows.trashed_note));
        assert_eq!(fields("verb", &service.get(&history).await.is(200)), ["delete"]);
        service.restore(&rows.trashed_note).await.is(200);
        service.restore(&rows.trashed_folder).await.is(200);
    }

    async fn the_migration_is_not_reverted_if_a_name_would_then_be_taken_twice(service: &Service) {
        let two = two(service).await;
        let refused = Migrator::down(&service.db, Some(2)).await.unwrap_err();
        assert!(refused.to_string().contains("Garden"), "{refused}");
        Migrator::up(&service.db, None).await.unwrap();
        assert_eq!(two.home.get("/folders").await.is(200).as_array().unwrap().len(), 1);
    }

    async fn a_connection_in_no_workspace_refuses_what_belongs_to_one(service: &Service) {
        two(service).await;
        let db = service.db.scoped();
        let refused = [
            note::Entity::find().count(&db).await,
            folder::Entity::with_trashed().count(&db).await,
            entry::Entity::find().count(&db).await,
            note::Entity::delete_many().exec(&db).await.map(|done| done.rows_affected),
        ];
        for refused in refused {
            let error = SoftDeleteError::from(refused.unwrap_err());
            assert!(matches!(error, SoftDeleteError::ScopeRequired { scope: "workspace", .. }), "{error}");
        }
    }
}
