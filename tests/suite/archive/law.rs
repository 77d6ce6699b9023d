//! After any sequence of deletes, archives, restores, purges, force deletes and erasures, the tables and archives hold
//! exactly the rows that a model of the rules has, each in one place.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use fastrand::Rng;
use sea_orm::prelude::*;
use sea_orm::{ActiveValue, Set};
use sea_orm_soft_delete::{Erasure, OperationId, Purge, SoftDeleteError};

use super::library::*;
use super::{archive, find, newest, rows_of, trash};
use crate::families::rows::run;
use crate::harness::{TestDb, on_every_database};

/// Depth in the family: a shelf, a book, a page.
type Key = (usize, i32);

#[derive(Clone, Debug)]
struct Row {
    parent: Option<Key>,
    reader: bool,
    operation: Option<OperationId>,
    planted: bool,
}

#[derive(Clone, Debug, Default)]
struct Model {
    rows: BTreeMap<Key, Row>,
    next: i32,
}

/// A row as the database has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    archived: bool,
    live: bool,
    planted: bool,
}

impl Model {
    fn live(&self) -> Vec<Key> {
        let live = self.rows.iter().filter(|(_, row)| row.operation.is_none());
        live.map(|(key, _)| *key).collect()
    }

    fn of(&self, operation: OperationId) -> BTreeSet<Key> {
        let of = self
            .rows
            .iter()
            .filter(|(_, row)| row.operation == Some(operation));
        of.map(|(key, _)| *key).collect()
    }

    fn operations(&self) -> Vec<OperationId> {
        let mut all: Vec<OperationId> = Vec::new();
        for id in self.rows.values().filter_map(|row| row.operation) {
            if !all.contains(&id) {
                all.push(id);
            }
        }
        all
    }

    /// These rows and the rows below them for which the condition holds.
    fn with_below(
        &self,
        roots: &BTreeSet<Key>,
        joins: impl Fn(&Key, &Row) -> bool,
    ) -> BTreeSet<Key> {
        let mut all = roots.clone();
        loop {
            let below = self.rows.iter().filter(|(key, row)| {
                row.parent.is_some_and(|parent| all.contains(&parent))
                    && !all.contains(key)
                    && joins(key, row)
            });
            let below: Vec<Key> = below.map(|(key, _)| *key).collect();
            if below.is_empty() {
                return all;
            }
            all.extend(below);
        }
    }

    /// What a restore of these rows restores with them; `None` if a parent forbids it.
    fn restored(&self, mut rows: BTreeSet<Key>, with_ancestors: bool) -> Option<BTreeSet<Key>> {
        loop {
            let mut above = BTreeSet::new();
            for parent in rows.iter().filter_map(|key| self.rows[key].parent) {
                match self.rows.get(&parent)?.operation {
                    _ if rows.contains(&parent) => {}
                    None => {}
                    Some(operation) if with_ancestors => above.extend(self.of(operation)),
                    Some(_) => return None,
                }
            }
            if above.is_empty() {
                return Some(rows);
            }
            rows.extend(above);
        }
    }

    fn mark(&mut self, rows: &BTreeSet<Key>, operation: Option<OperationId>) {
        for key in rows {
            self.rows.get_mut(key).unwrap().operation = operation;
        }
    }

    fn expected(&self, found: &BTreeMap<Key, Found>) -> BTreeMap<Key, Found> {
        let rows = self.rows.iter().map(|(key, row)| {
            let live = row.operation.is_none();
            let archived = !live && found.get(key).is_some_and(|found| found.archived);
            (
                *key,
                Found {
                    archived,
                    live,
                    planted: row.planted,
                },
            )
        });
        rows.collect()
    }
}

/// Every row of the tables and the archives.
async fn found(db: &TestDb) -> BTreeMap<Key, Found> {
    let mut all = BTreeMap::new();
    for (depth, table) in TABLES.iter().enumerate() {
        for (archived, table) in [
            (false, (*table).to_owned()),
            (true, format!("{table}_archive")),
        ] {
            for text in rows_of(db, &table).await {
                let row: Json = serde_json::from_str(&text).unwrap();
                let id = i32::try_from(row["id"].as_i64().unwrap()).unwrap();
                let live = row["deleted_at"].is_null();
                let planted = text.contains("planted");
                let before = all.insert(
                    (depth, id),
                    Found {
                        archived,
                        live,
                        planted,
                    },
                );
                assert_eq!(before, None, "{table}: {text} is in two places");
            }
        }
    }
    all
}

async fn insert(model: &mut Model, rng: &mut Rng, db: &TestDb) -> Result<(), DbErr> {
    model.next += 1;
    let id = model.next;
    let live = model.live();
    let parents: Vec<Key> = live.into_iter().filter(|(depth, _)| *depth < 2).collect();
    let parent = rng.choice(&parents).copied().filter(|_| rng.u8(..) < 200);
    let reader = rng.bool();
    let (key, reader) = match parent {
        Some((0, above)) if rng.bool() => {
            let isbn = Set(format!("planted {id}"));
            book::ActiveModel {
                isbn,
                ..a_book(id, above)
            }
            .insert(&**db)
            .await?;
            ((1, id), false)
        }
        Some((1, above)) => {
            let page = page::ActiveModel {
                book_id: Set(above),
                body: Set("planted".into()),
                ..Default::default()
            };
            // PostgreSQL generates the key.
            let page = page.insert(&**db).await?;
            ((2, page.id), false)
        }
        parent => {
            let shelf = shelf::ActiveModel {
                id: Set(id),
                parent_id: Set(parent.map(|(_, above)| above)),
                reader_id: Set(reader.then_some(1)),
                name: Set("planted".into()),
                reason: ActiveValue::NotSet,
                ..Default::default()
            };
            shelf.insert(&**db).await?;
            ((0, id), reader)
        }
    };
    let row = Row {
        parent,
        reader,
        operation: None,
        planted: true,
    };
    assert!(model.rows.insert(key, row).is_none());
    Ok(())
}

async fn delete(key: Key, db: &TestDb) -> Result<(), SoftDeleteError> {
    let (depth, id) = key;
    match depth {
        0 => shelf::Entity::delete_by_id(id)
            .exec(&**db)
            .await
            .map(drop)?,
        1 => book::Entity::delete_by_id(id).exec(&**db).await.map(drop)?,
        _ => page::Entity::delete_by_id(id).exec(&**db).await.map(drop)?,
    }
    Ok(())
}

async fn restore(key: Key, db: &TestDb) -> Result<(), SoftDeleteError> {
    let (depth, id) = key;
    match depth {
        0 => shelf::Entity::restore_by_id(id)
            .exec(&**db)
            .await
            .map(drop)?,
        1 => book::Entity::restore_by_id(id)
            .exec(&**db)
            .await
            .map(drop)?,
        _ => page::Entity::restore_by_id(id)
            .exec(&**db)
            .await
            .map(drop)?,
    }
    Ok(())
}

/// One random deed, in the database and in the model. Returns what it was.
async fn step(model: &mut Model, rng: &mut Rng, db: &TestDb) -> Result<String, SoftDeleteError> {
    let places = found(db).await;
    let is_archived = |key: &Key| places.get(key).is_some_and(|found| found.archived);
    let operation = rng.choice(model.operations());
    match rng.u8(..16) {
        0..=3 => {
            insert(model, rng, db).await?;
            Ok("insert".into())
        }
        4..=6 => {
            let Some(key) = rng.choice(model.live()) else {
                return Ok("nothing is live".into());
            };
            delete(key, db).await?;
            let id = newest(db).await?.id();
            let rows = model.with_below(&[key].into(), |_, row| row.operation.is_none());
            model.mark(&rows, Some(id));
            Ok(format!("delete {key:?} as {id}"))
        }
        7..=9 => {
            let run = archive().rows_per_transaction(rng.u64(1..6));
            let run = match rng.bool() {
                true => run.at_most_rows(rng.u64(1..8)),
                false => run,
            };
            let report = run.run(&**db).await?;
            assert!(report.blocked.iter().all(|it| it.by.is_empty()), "{report}");
            Ok(format!("archive: {report}"))
        }
        10..=12 => {
            let Some(id) = operation else {
                return Ok("nothing is trashed".into());
            };
            let with_ancestors = rng.bool();
            let rows = model.restored(model.of(id), with_ancestors);
            let found = find(id, db).await?.unwrap();
            let done = match with_ancestors {
                true => found.restore_with_ancestors(&**db).await,
                false => found.restore(&**db).await,
            };
            let what = format!("restore {id}, with ancestors: {with_ancestors}: {done:?}");
            assert_eq!(done.is_ok(), rows.is_some(), "{what}\n{model:#?}");
            model.mark(&rows.unwrap_or_default(), None);
            Ok(what)
        }
        13 => {
            let trashed = model.rows.iter().filter(|(_, row)| row.operation.is_some());
            let trashed: Vec<Key> = trashed.map(|(key, _)| *key).collect();
            let Some(key) = rng.choice(trashed) else {
                return Ok("nothing is trashed".into());
            };
            let of = model.rows[&key].operation;
            let rows = model.with_below(&[key].into(), |_, row| row.operation == of);
            let rows = model.restored(rows, false).filter(|_| !is_archived(&key));
            let done = restore(key, db).await;
            let what = format!("restore {key:?}: {done:?}");
            assert_eq!(done.is_ok(), rows.is_some(), "{what}\n{model:#?}");
            model.mark(&rows.unwrap_or_default(), None);
            Ok(what)
        }
        14 => {
            let Some(id) = operation.filter(|_| rng.bool()) else {
                let purge = Purge::of_all()
                    .in_family_of(shelf::Entity)
                    .older_than(Duration::ZERO);
                let report = purge.rows_per_transaction(rng.u64(1..9)).run(&**db).await?;
                assert!(report.blocked.is_empty(), "{report}");
                model.rows.retain(|_, row| row.operation.is_none());
                return Ok(format!("purge: {report}"));
            };
            let found = find(id, db).await?.unwrap();
            found.force_delete(&**db).await?;
            let own = model.of(id);
            let in_table = own
                .iter()
                .copied()
                .filter(|key| !is_archived(key))
                .collect();
            let removed = model.with_below(&in_table, |key, _| !is_archived(key));
            model
                .rows
                .retain(|key, _| !own.contains(key) && !removed.contains(key));
            Ok(format!("force delete {id}"))
        }
        _ => {
            let erasure = || Erasure::of(reader::Entity, 1);
            let preview = erasure().preview(&**db).await?;
            erasure()
                .confirm(&preview, b"a secret of the receipts", &**db)
                .await?;
            let of_reader = model.rows.iter().filter(|(_, row)| row.reader);
            let of_reader: BTreeSet<Key> = of_reader.map(|(key, _)| *key).collect();
            let erased = model.with_below(&of_reader, |_, _| true);
            for key in &erased {
                model.rows.get_mut(key).unwrap().planted = false;
            }
            Ok(format!("erase {erased:?}"))
        }
    }
}

on_every_database! {
    async fn every_row_is_in_one_place_after_any_deeds(db: &TestDb) {
        library(db).await?;
        run(db, &["UPDATE archive_shelf SET parent_id = NULL"]).await;
        for table in ["archive_book_tag", "archive_page", "archive_book", "archive_shelf"] {
            run(db, &[&format!("DELETE FROM {table} WHERE 1 = 1")]).await;
        }
        run(db, &["INSERT INTO archive_reader (id, name) VALUES (1, 'planted')"]).await;
        let seed = std::env::var("ARCHIVE_SEED").map_or(db.server() as u64, |it| it.parse().unwrap());
        let mut rng = Rng::with_seed(seed);
        let mut model = Model { next: 100, ..Model::default() };
        let mut told = vec![format!("ARCHIVE_SEED={seed}")];
        for _ in 0..120 {
            told.push(step(&mut model, &mut rng, db).await.inspect_err(|_| println!("{told:#?}"))?);
            let found = found(db).await;
            assert_eq!(found, model.expected(&found), "{told:#?}");
            let trash = trash(db).await?;
            let listed: HashMap<OperationId, u64> = trash.iter().map(|it| (it.id(), it.count())).collect();
            for id in model.operations() {
                let count = u64::try_from(model.of(id).len()).unwrap();
                assert_eq!(listed.get(&id), Some(&count), "{id}: {told:#?}");
            }
            assert_eq!(listed.len(), model.operations().len(), "{listed:?} {told:#?}");
        }
    }
}
