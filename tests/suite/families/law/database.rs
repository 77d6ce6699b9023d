//! The rows of the model in a database, and the comparison of both.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

use sea_orm::prelude::Uuid;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult, SqlErr, Statement,
    TransactionTrait, TryGetable, Value,
};
use sea_orm_soft_delete::{Purge, Scopable, SoftDeleteError};

use super::model::{Model, Outcome, Refusal, Row, RowId};
use super::purges::{Left, PurgeStep, Told, instant_by_hand};
use super::steps::{Assigned, Step};
use super::table::{Marker, Shape};
use super::verbs::Which;

pub(super) struct Rows<'a> {
    db: &'a DatabaseConnection,
    shape: &'static Shape,
    /// The schema with a dot, or an empty text if the tables are in the default schema.
    schema: String,
    select: String,
    /// The operation id that the rows of each operation hold.
    ids: Texts,
    instants: Texts,
}

/// Maps each operation of the model to exactly one text in the database.
#[derive(Default)]
struct Texts {
    of: HashMap<u32, String>,
    whose: HashMap<String, u32>,
}

impl<'a> Rows<'a> {
    /// Creates the tables without any row.
    pub(super) async fn none(
        shape: &'static Shape,
        db: &'a DatabaseConnection,
        schema: &str,
    ) -> Result<Self, DbErr> {
        for sql in shape.clear(schema) {
            db.execute_unprepared(&sql).await?;
        }
        Ok(Self {
            db,
            shape,
            schema: schema.to_owned(),
            select: shape.select(db.get_database_backend(), schema),
            ids: Texts::default(),
            instants: Texts::default(),
        })
    }

    /// Runs the step. Returns `Err` for an error that must never happen.
    pub(super) async fn apply(&self, step: &Step, by_hand: u32) -> Result<Outcome, String> {
        let done = self.run(step, by_hand).await;
        done.map_or_else(|error| refusal(error).map(Err), |rows| Ok(Ok(rows)))
    }

    async fn run(&self, step: &Step, by_hand: u32) -> Result<u64, SoftDeleteError> {
        let (tables, schema) = (self.shape.tables, &self.schema);
        match step {
            Step::Insert((at, _), values) => {
                let table = &tables[*at];
                let columns: Vec<_> = table.all_columns().collect();
                let values: Vec<_> = values
                    .iter()
                    .map(|value| value.map_or("NULL".to_owned(), |value| value.to_string()))
                    .collect();
                let sql = format!(
                    "INSERT INTO {schema}{} ({}) VALUES ({})",
                    table.name,
                    columns.join(", "),
                    values.join(", ")
                );
                self.execute(&sql).await
            }
            Step::Move((at, key), columns) => {
                let table = &tables[*at];
                let columns: Vec<_> = columns.iter().map(|it| Assigned(it).to_string()).collect();
                let sql = format!(
                    "UPDATE {schema}{} SET {}{}",
                    table.name,
                    columns.join(", "),
                    Which::Row(key.clone()).sql(table.key)
                );
                self.execute(&sql).await?;
                // MariaDB does not count rows that already have the new values.
                Ok(1)
            }
            Step::TrashByHand((at, key)) => {
                let table = &tables[*at];
                let here = Which::Row(key.clone()).sql(table.key);
                let is_bool = table
                    .soft
                    .as_ref()
                    .is_some_and(|soft| soft.marker == Marker::Bool);
                if is_bool {
                    let sql = format!("UPDATE {schema}{} SET is_deleted = TRUE{here}", table.name);
                    return self.execute(&sql).await;
                }
                let at = instant_by_hand(by_hand);
                let at = chrono::DateTime::from_timestamp_micros(at.unix_micros());
                let backend = self.db.get_database_backend();
                let parameter = if backend == DbBackend::Postgres {
                    "$1"
                } else {
                    "?"
                };
                let sql = format!(
                    "UPDATE {schema}{} SET deleted_at = {parameter}{here}",
                    table.name
                );
                let update = Statement::from_sql_and_values(backend, sql, [Value::from(at)]);
                Ok(self.db.execute_raw(update).await?.rows_affected())
            }
            Step::RestoreOperation {
                operation,
                with_ancestors,
            } => {
                let id = self.ids.of.get(operation).map(|id| id.parse());
                let id = id.expect("a delete is known of it").expect("it is a UUID");
                let soft = tables[0].soft.as_ref();
                let verbs = soft.expect("the first is soft-deletable").verbs;
                verbs.restore_operation(id, *with_ancestors, self.db).await
            }
            Step::Purge(_) => Ok(0),
            Step::PlainDelete { at, which } => {
                let table = &tables[*at];
                let sql = format!("DELETE FROM {schema}{}{}", table.name, which.sql(table.key));
                let deleted = self.db.scoped().execute_unprepared(&sql).await?;
                Ok(deleted.rows_affected())
            }
            Step::Verb {
                at,
                verb,
                which,
                is_scoped,
                is_slim,
            } => {
                let soft = tables[*at].soft.as_ref();
                let soft = soft.expect("verbs are for soft-deletable entities");
                let slim = tables[*at].slim.filter(|_| *is_slim);
                slim.unwrap_or(soft.verbs)
                    .run(*verb, which, *is_scoped, self.db)
                    .await
            }
        }
    }

    async fn execute(&self, sql: &str) -> Result<u64, SoftDeleteError> {
        Ok(self.db.execute_unprepared(sql).await?.rows_affected())
    }

    /// Runs a purge, and its preview before it.
    pub(super) async fn purge(&self, step: &PurgeStep) -> Result<Told, String> {
        let soft = |at: usize| self.shape.tables[at].soft.as_ref();
        let families = 0..self.shape.tables.len();
        let families = families.filter(|at| step.family.is_none_or(|family| family == *at));
        let purge = Purge::of_all().older_than(step.age());
        let mut purge = families
            .filter_map(soft)
            .fold(purge, |purge, soft| soft.verbs.add_family(purge));
        if let Some(rows) = step.rows_per_transaction {
            purge = purge.rows_per_transaction(rows);
        }
        if let Some(rows) = step.at_most_rows {
            purge = purge.at_most_rows(rows);
        }
        let told = match step.is_scoped {
            true => purge_and_tell(&purge, step, &self.db.scoped()).await,
            false => purge_and_tell(&purge, step, self.db).await,
        };
        told.map_err(|error| error.to_string())
    }

    /// The rows that are left, and the operations of which a row carries the mark of a purge.
    pub(super) async fn left(&self) -> Result<Left, String> {
        let mut left = Left {
            rows: BTreeSet::new(),
            marked: BTreeSet::new(),
        };
        for row in self.found().await? {
            if let Some((id, true)) = row.operation {
                let operation = self.ids.whose.get(&id).copied();
                left.marked.extend(operation);
            }
            left.rows.insert(row.id);
        }
        Ok(left)
    }

    async fn found(&self) -> Result<Vec<Found>, String> {
        let backend = self.db.get_database_backend();
        let select = Statement::from_string(backend, &self.select);
        let rows = self.db.query_all_raw(select).await;
        let rows = rows.and_then(|rows| rows.iter().map(|row| self.read(row)).collect());
        rows.map_err(|error| error.to_string())
    }

    fn read(&self, row: &QueryResult) -> Result<Found, DbErr> {
        let at: i64 = get(row, "of_table")?;
        let at = at as usize;
        let table = &self.shape.tables[at];
        let mut values = Vec::new();
        for index in 0..table.all_columns().count() {
            let value: Option<i64> = get(row, &format!("c{index}"))?;
            values.push(value.map(|value| value as i32));
        }
        let key = values[..table.key.len()].iter().flatten().copied();
        let operation: Option<String> = get(row, "operation")?;
        Ok(Found {
            id: (at, key.collect()),
            marker: get(row, "marker")?,
            operation: operation.map(|id| without_mark(&id)),
            values,
        })
    }

    /// Compares all rows with the model, and describes the differences.
    pub(super) async fn compare(&mut self, model: &Model) -> Result<(), String> {
        let rows = self.found().await?;
        if rows.len() != model.rows.len() {
            let (here, there) = (rows.len(), model.rows.len());
            return Err(format!("there are {here} rows, and should be {there}"));
        }
        for row in rows {
            let Found {
                id,
                values,
                marker,
                operation,
            } = row;
            let table = &self.shape.tables[id.0];
            let told = Which::Row(id.1.clone()).sql(table.key);
            let told = format!("{}{told}", table.name);
            let Some(Row {
                values: expected,
                operation: trashed_by,
            }) = model.rows.get(&id)
            else {
                return Err(format!("{told} should be gone"));
            };
            if *expected != values {
                return Err(format!(
                    "{told} has {values:?}, and should have {expected:?}"
                ));
            }
            match (trashed_by, marker) {
                (None, None) if operation.is_none() => {}
                (None, marker) => {
                    return Err(format!("{told} should be live: {marker:?}, {operation:?}"));
                }
                (Some(_), None) => return Err(format!("{told} should be trashed")),
                (Some(trashed_by), Some(marker)) => {
                    let marker = (marker != "true").then_some(marker);
                    self.instants.check(*trashed_by, marker, &told)?;
                    let is_marked = operation.as_ref().is_some_and(|(_, is_marked)| *is_marked);
                    if is_marked && !model.being_purged.contains(trashed_by) {
                        return Err(format!("{told} carries the mark of a purge"));
                    }
                    let id = operation.map(|(id, _)| id);
                    self.ids.check(*trashed_by, id, &told)?;
                }
            }
        }
        Ok(())
    }
}

/// A row of the database.
struct Found {
    id: RowId,
    values: Vec<Option<i32>>,
    marker: Option<String>,
    /// The operation's id, and whether the row carries the mark of a purge.
    operation: Option<(String, bool)>,
}

/// The id of the operation, and whether it carries the mark of a purge: it is of version 8 then.
fn without_mark(id: &str) -> (String, bool) {
    let id: Uuid = id.parse().expect("it is a UUID");
    let mut bytes = id.into_bytes();
    bytes[6] = 0x70 | bytes[6] & 0x0f;
    let is_marked = id.get_version_num() == 8;
    (Uuid::from_bytes(bytes).to_string(), is_marked)
}

async fn purge_and_tell<C>(purge: &Purge, step: &PurgeStep, db: &C) -> Result<Told, SoftDeleteError>
where
    C: ConnectionTrait + TransactionTrait,
{
    // Only what is not bounded removes all that a preview says.
    let preview = match step.is_bounded() {
        true => None,
        false => Some(purge.preview(db).await?),
    };
    let mut calls = 0;
    let between = |_| {
        calls += 1;
        std::future::ready(match step.transactions.is_some_and(|most| calls >= most) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    };
    let report = purge.run_with(between, db).await?;
    Ok(Told {
        preview,
        report,
        calls,
    })
}

impl Texts {
    fn check(&mut self, operation: u32, text: Option<String>, row: &str) -> Result<(), String> {
        let Some(text) = text else { return Ok(()) };
        let known = self.of.entry(operation).or_insert_with(|| text.clone());
        let whose = *self.whose.entry(text.clone()).or_insert(operation);
        if *known == text && whose == operation {
            return Ok(());
        }
        Err(format!(
            "{row} carries {text}, of operation {whose}, and should carry {known}, of {operation}"
        ))
    }
}

fn get<T: TryGetable>(row: &QueryResult, column: &str) -> Result<T, DbErr> {
    row.try_get("", column)
}

fn refusal(error: SoftDeleteError) -> Result<BTreeSet<Refusal>, String> {
    let error = SoftDeleteError::from(DbErr::from(error));
    let kind = match &error {
        SoftDeleteError::Restricted { .. } => Refusal::Restricted,
        SoftDeleteError::ParentTrashed { .. } => Refusal::ParentTrashed,
        SoftDeleteError::ParentGone { .. } => Refusal::ParentGone,
        SoftDeleteError::UniqueViolation { .. } => Refusal::Clash,
        SoftDeleteError::FamilyNotDeclared { .. } => Refusal::Undeclared,
        SoftDeleteError::BeingPurged { .. } => Refusal::BeingPurged,
        SoftDeleteError::NotTrashed { .. } => Refusal::NotTrashed,
        SoftDeleteError::HeldByForeignKey { .. } => Refusal::ForeignKey,
        SoftDeleteError::Db(db) => match db.sql_err() {
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => Refusal::ForeignKey,
            _ => return Err(error.to_string()),
        },
        _ => return Err(error.to_string()),
    };
    Ok([kind].into())
}
