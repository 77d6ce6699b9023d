//! `/search`, and the consumer that keeps its index in step with the trash.

use sea_orm::{ColumnTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use sea_orm_soft_delete::deletion_log::{self, Batch};
use serde_json::{Value, json};
use trash_bin::search::{apply, catch_up, entry};
use trash_bin::{Options, note, purge};

use crate::client::in_trash;
use crate::service::{Service, fields, on_every_database, path};

const NO_OPERATION: &str = "0197f3b2-8c5d-7a3e-9b1f-2d4c6e8f0a1b";
const NOTHING: [Value; 0] = [];

on_every_database! {
    async fn a_note_is_found_by_its_title_or_body_as_soon_as_it_is_written(service: &Service) {
        let garden = service.folder("Garden").await;
        let new = json!({ "folder_id": garden["id"], "title": "Äpfel", "body": "100% sour_" });
        let note = service.post("/notes", new).await.is(201);
        service.note(&garden, "Pond").await;

        let hits = [json!({ "note_id": note["id"], "title": "Äpfel", "body": "100% sour_" })];
        for text in ["%C3%84pfel", "PFEL", "100%25", "Sour_", "0%25%20s"] {
            assert_eq!(found(service, text).await, hits, "{text}");
        }
        for text in ["pears", "%25sour", "s_ur", "1%25", "!"] {
            assert_eq!(found(service, text).await, NOTHING, "{text}");
        }
        service.patch(&path("/notes", &note), json!({ "title": "Pears" })).await.is(200);
        assert_eq!(found(service, "pfel").await, NOTHING);
        assert_eq!(found(service, "pears").await.len(), 1);
        service.get("/search").await.refuses(422, "missing field `q`");
        service.get("/search?q=%20").await.refuses(422, "q: must not be empty");
    }

    async fn a_restore_shows_what_its_delete_hid(service: &Service) {
        let garden = service.folder("Garden").await;
        let beds = service.folder_in(&garden, "Beds").await;
        service.note(&garden, "pond").await;
        service.note(&beds, "pea").await;
        let radish = service.trashed_note(&beds, "radish").await;
        let trashed = service.delete_folder(&garden).await.is(200);

        in_step(service).await;
        assert_eq!(found(service, "p").await, NOTHING);
        service.restore(&trashed).await.is(200);
        in_step(service).await;
        assert_eq!(fields("title", &found(service, "…").await.into()), ["pond", "pea"]);
        service.restore(&radish).await.is(200);
        in_step(service).await;
        assert_eq!(found(service, "…").await.len(), 3);
    }

    async fn after_a_restore_of_a_part_the_rest_stays_hidden(service: &Service) {
        let garden = service.folder("Garden").await;
        let pea = service.note(&garden, "pea").await;
        service.note(&garden, "pear").await;
        note::Entity::delete_many().exec(&service.db).await.unwrap();
        in_step(service).await;
        assert_eq!(found(service, "pea").await, NOTHING);

        let pea = i32::try_from(pea["id"].as_i64().unwrap()).unwrap();
        note::Entity::restore_by_id(pea).exec(&service.db).await.unwrap();
        in_step(service).await;
        assert_eq!(fields("title", &found(service, "pea").await.into()), ["pea"]);
        let rest = service.trash().await[0].clone();
        let restore = format!("/trash/{}/restore", rest["id"].as_str().unwrap());
        service.post(&restore, Value::Null).await.is(200);
        in_step(service).await;
        assert_eq!(found(service, "pea").await.len(), 2);
    }

    async fn a_purge_and_a_force_delete_remove_entries(service: &Service) {
        let garden = service.folder("Garden").await;
        let pea = service.trashed_note(&garden, "pea").await;
        service.trashed_note(&garden, "pear").await;
        service.note(&garden, "plum").await;
        in_step(service).await;

        service.delete(&in_trash(&pea)).await.is(200);
        in_step(service).await;
        let everything = Options { older_than_days: Some(0), ..Options::default() };
        purge(&everything, &service.db).await.unwrap();
        in_step(service).await;
        let left = entry::Entity::find().all(&service.db).await.unwrap();
        assert_eq!(left.len(), 1);

        let plum = left[0].note_id; // It is live.
        note::Entity::force_delete_by_id(plum).exec(&service.db).await.unwrap();
        in_step(service).await;
    }

    async fn a_late_consumer_removes_what_it_never_saw_trashed(service: &Service) {
        let garden = service.folder("Garden").await;
        let beds = service.folder_in(&garden, "Beds").await;
        service.note(&beds, "pea").await;
        service.trashed_note(&beds, "pear").await;
        let plum = service.note(&garden, "plum").await;
        let trashed = service.delete_folder(&beds).await.is(200);
        service.delete(&in_trash(&trashed)).await.is(200);
        let trashed = service.delete(&path("/notes", &plum)).await.is(200);
        service.restore(&trashed).await.is(200);
        service.delete(&path("/notes", &plum)).await.is(200);
        assert_eq!(found(service, "p").await.len(), 3);
        in_step(service).await;
        assert_eq!(found(service, "p").await, NOTHING);
    }

    async fn a_consumer_that_dies_in_the_middle_repeats(service: &Service) {
        let garden = service.folder("Garden").await;
        service.note(&garden, "pea").await;
        let trashed = service.delete_folder(&garden).await.is(200);
        let entries = indexed(service).await;

        let batch = Batch::take(100, &service.db).await.unwrap().unwrap();
        apply(batch.deeds(), batch.transaction()).await.unwrap();
        drop(batch);
        assert_eq!(indexed(service).await, entries);
        in_step(service).await;
        assert_ne!(indexed(service).await, entries);

        service.delete(&in_trash(&trashed)).await.is(200);
        let batch = Batch::take(100, &service.db).await.unwrap().unwrap();
        apply(batch.deeds(), batch.transaction()).await.unwrap();
        drop(batch);
        assert_eq!(indexed(service).await.len(), 1);
        in_step(service).await;
    }

    async fn consumers_that_apply_deeds_in_another_order_do_no_harm(service: &Service) {
        if service.db.get_database_backend() == DbBackend::Sqlite {
            return; // The second consumer waits for the first.
        }
        let garden = service.folder("Garden").await;
        service.note(&garden, "pea").await;
        let trashed = service.delete_folder(&garden).await.is(200);
        let slow = Batch::take(100, &service.db).await.unwrap().unwrap();
        service.restore(&trashed).await.is(200);
        catch_up(&service.db).await.unwrap();
        apply(slow.deeds(), slow.transaction()).await.unwrap();
        slow.done().await.unwrap();
        in_step(service).await;
        assert_eq!(found(service, "pea").await.len(), 1);

        // The slow one has applied its deed; the other one waits until it is done.
        let trashed = service.delete_folder(&garden).await.is(200);
        let slow = Batch::take(100, &service.db).await.unwrap().unwrap();
        apply(slow.deeds(), slow.transaction()).await.unwrap();
        service.restore(&trashed).await.is(200);
        let (fast, ()) = tokio::join!(catch_up(&service.db), async {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            slow.done().await.unwrap();
        });
        fast.unwrap();
        in_step(service).await;
        assert_eq!(found(service, "pea").await.len(), 1);
    }

    async fn two_consumers_and_many_requests_end_in_step(service: &Service) {
        let mut folders = Vec::new();
        for number in 0..6 {
            let folder = service.folder(&format!("{number}")).await;
            for title in ["pea", "pear"] {
                service.note(&folder, title).await;
            }
            folders.push(folder);
        }
        // A pool of their own: sqlx 0.9.0 returns a connection to its pool with an open transaction if a future is
        // dropped while it begins one (https://github.com/transact-rs/sqlx/issues/4393).
        let own_pool = match service.db.get_database_backend() {
            DbBackend::Sqlite => None,
            _ => Some(trash_bin::connect(&service.url).await.unwrap()),
        };
        let db = own_pool.as_ref().unwrap_or(&service.db);
        let consumer = async || loop {
            // MariaDB may end one of them as a deadlock; its deeds are taken again.
            let _ = catch_up(db).await;
            tokio::task::yield_now().await;
        };
        let user = async {
            for folder in folders.iter().cycle().take(24) {
                let trashed = service.delete_folder(folder).await.is(200);
                service.restore(&trashed).await.is(200);
            }
        };
        // Wherever they are when the requests end, they die.
        tokio::select! {
            ((), ()) = async { tokio::join!(consumer(), consumer()) } => {}
            () = user => {}
        }
        if let Some(pool) = own_pool {
            pool.close().await.unwrap();
        }
        service.delete_folder(&folders[0]).await.is(200);
        in_step(service).await;
        assert_eq!(found(service, "pea").await.len(), 10);
    }

    async fn the_index_ends_in_step_whatever_is_done_and_whenever_the_consumer_runs(service: &Service) {
        let mut dice = Dice(20_260_101);
        let top = service.folder("top").await;
        let folders = [top.clone(), service.folder_in(&top, "in it").await, service.folder("other").await];
        for step in 0..120 {
            let notes = note::Entity::with_trashed().order_by_asc(note::Column::Id);
            let notes = notes.all(&service.db).await.unwrap();
            let operations = service.trash().await.as_array().unwrap().clone();
            let note = dice.pick(&notes).map_or(0, |note| note.id);
            let trashed = dice.pick(&operations).map_or(&Value::Null, |it| &it["id"]);
            let trashed = format!("/trash/{}", trashed.as_str().unwrap_or(NO_OPERATION));
            let folder = dice.pick(&folders).unwrap();
            // Some of these are refused, because a folder or a note is not there.
            match dice.roll(9) {
                0..=2 => {
                    let new = json!({ "folder_id": folder["id"], "title": format!("{step}") });
                    service.post("/notes", new).await
                }
                3 => service.patch(&format!("/notes/{note}"), json!({ "body": "x" })).await,
                4 => service.delete(&format!("/notes/{note}")).await,
                5 => {
                    let delete = path("/folders", folder) + "/delete";
                    let shown = service.get(&delete).await.body();
                    service.post(&delete, shown).await
                }
                6 => service.post(&format!("{trashed}/restore?with_ancestors=true"), Value::Null).await,
                7 => {
                    let part = note::Entity::restore_by_id(note).with_ancestors();
                    let _ = part.exec(&service.db).await;
                    continue;
                }
                _ if dice.roll(2) == 0 => service.delete(&trashed).await,
                _ => {
                    catch_up(&service.db).await.unwrap();
                    continue;
                }
            };
            if dice.roll(20) == 0 {
                in_step(service).await;
            }
        }
        in_step(service).await;
    }

    async fn the_migration_indexes_the_notes_that_there_are(service: &Service) {
        use sea_orm_migration::MigratorTrait;
        let garden = service.folder("Garden").await;
        service.trashed_note(&garden, "pea").await;
        service.note(&garden, "pear").await;
        trash_bin::Migrator::down(&service.db, Some(2)).await.unwrap();
        trash_bin::Migrator::up(&service.db, None).await.unwrap();
        assert_eq!(fields("title", &found(service, "pea").await.into()), ["pear"]);
        in_step(service).await;
    }
}

/// The hits on the first page.
async fn found(service: &Service, text: &str) -> Vec<Value> {
    let found = service.get(&format!("/search?q={text}")).await.is(200);
    found["items"].as_array().unwrap().clone()
}

async fn indexed(service: &Service) -> Vec<entry::Model> {
    let entries = entry::Entity::find().order_by_asc(entry::Column::NoteId);
    entries.all(&service.db).await.unwrap()
}

/// A batch that was dropped gives its deeds back a little later.
async fn untaken(service: &Service) -> u64 {
    let deeds = deletion_log::Entity::find().filter(deletion_log::Column::IsTaken.eq(false));
    deeds.count(&service.db).await.unwrap()
}

/// Runs the consumer, and compares the whole index with the notes.
async fn in_step(service: &Service) {
    while untaken(service).await > 0 {
        catch_up(&service.db).await.unwrap();
    }
    let notes = note::Entity::with_trashed().order_by_asc(note::Column::Id);
    let notes = notes.all(&service.db).await.unwrap().into_iter();
    let expected: Vec<_> = notes
        .map(|note| entry::Model {
            note_id: note.id,
            workspace_id: note.workspace_id,
            title: note.title,
            body: note.body,
            operation_id: note.operation_id,
        })
        .collect();
    assert_eq!(indexed(service).await, expected);
}

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % sides
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(from.len()).unwrap().max(1);
        from.get(usize::try_from(self.roll(count)).unwrap())
    }
}
