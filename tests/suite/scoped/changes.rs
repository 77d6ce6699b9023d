//! Checks the law for writes: a scoped connection on tables with trashed rows makes the same changes as a
//! plain connection after the trashed rows were physically removed. It changes no trashed row, and loses no
//! row.

use std::collections::BTreeSet;

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, ExecResult, Statement};

use super::blog::{author, category, comment, country, follow, post, post_tag, profile, tag};
use super::rows::plain;

/// The name of a write, what it returned, and the rows after it.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) name: &'static str,
    pub(crate) result: String,
    /// Rows that are not trashed.
    pub(crate) live: BTreeSet<String>,
    /// Trashed rows that the answer shows.
    pub(crate) shown: Vec<String>,
    /// The rows that were trashed before the write.
    pub(crate) trash: BTreeSet<String>,
    /// Every row of the tables.
    pub(crate) keys: BTreeSet<(&'static str, String)>,
}

impl Change {
    /// After an error, the transaction can run no more queries.
    pub(crate) fn failed(name: &'static str, error: DbErr) -> Self {
        Self {
            name,
            result: error.to_string(),
            ..Self::default()
        }
    }
}

/// Runs each write in its own transaction, which is rolled back.
macro_rules! changes {
    ($db:ident, |$txn:ident| $($name:literal: $write:expr,)*) => {{
        let mut changes = Vec::new();
        $({
            let begun = $db.begin().await?;
            let $txn = &begun;
            let result = format!("{:?}", $write.await);
            changes.push($crate::scoped::changes::look($txn, $name, result).await?);
            sea_orm::TransactionSession::rollback(begun).await?;
        })*
        changes
    }};
}
pub(crate) use changes;

/// Runs the writes on the blog through a scoped connection, and through a plain connection after the
/// trashed rows are removed.
macro_rules! change_as_if_deleted {
    ($db:ident, $write:ident) => {{
        let scoped = $crate::scoped::rows::blog($db).await;
        let before = $crate::scoped::changes::look(&scoped, "before", String::new()).await?;
        let changes = $write(&scoped).await?;
        let in_a_transaction = $write(&scoped.begin().await?).await?;
        $crate::scoped::rows::prune($db).await;
        let expected = $write(&**$db).await?;
        $crate::scoped::changes::compare(&before, &expected, &changes);
        $crate::scoped::changes::compare(&before, &expected, &in_a_transaction);
    }};
}
pub(crate) use change_as_if_deleted;

#[track_caller]
pub(crate) fn compare(before: &Change, expected: &[Change], got: &[Change]) {
    let mut wrong = String::new();
    for (expected, got) in expected.iter().zip(got) {
        let name = expected.name;
        if expected.live.is_empty() {
            wrong += &format!("\n{name}: fails without a trash: {}\n", expected.result);
        }
        if expected.result != got.result {
            wrong += &format!(
                "\n{name}:\n  expected {}\n       got {}\n",
                expected.result, got.result
            );
        }
        for row in &got.shown {
            wrong += &format!("\n{name}: shown from the trash: {row}");
        }
        for row in expected.live.difference(&got.live) {
            wrong += &format!("\n{name}: not there: {row}");
        }
        for row in got.live.difference(&expected.live) {
            wrong += &format!("\n{name}: there: {row}");
        }
        for row in before.trash.difference(&got.trash) {
            wrong += &format!("\n{name}: was written to in the trash: {row}");
        }
        for (table, key) in before.keys.difference(&got.keys) {
            wrong += &format!("\n{name}: lost {key} of {table}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(expected.len(), got.len());
}

/// The number of rows that a statement changed.
pub(crate) async fn affected(
    done: impl Future<Output = Result<ExecResult, DbErr>>,
) -> Result<u64, DbErr> {
    Ok(done.await?.rows_affected())
}

/// Reads every table twice: through the scoped connection and through a plain one.
pub(crate) async fn look<C: ConnectionTrait>(
    db: &C,
    name: &'static str,
    result: String,
) -> Result<Change, DbErr> {
    let mut change = Change {
        name,
        result,
        ..Change::default()
    };
    for row in plain(country::Entity).all(db).await? {
        change.live.insert(new_keys(&format!("{row:?}")));
    }
    look_at(db, author::Entity, &mut change).await?;
    look_at(db, profile::Entity, &mut change).await?;
    look_at(db, category::Entity, &mut change).await?;
    look_at(db, post::Entity, &mut change).await?;
    look_at(db, comment::Entity, &mut change).await?;
    look_at(db, tag::Entity, &mut change).await?;
    look_at(db, post_tag::Entity, &mut change).await?;
    look_at(db, follow::Entity, &mut change).await?;
    Ok(change)
}

async fn look_at<C, E>(db: &C, entity: E, change: &mut Change) -> Result<(), DbErr>
where
    C: ConnectionTrait,
    E: EntityTrait,
{
    let table = entity.table_name();
    for row in plain(entity).all(db).await? {
        let row = format!("{table}: {row:?}");
        if row.contains("deleted_at: Some") {
            change.shown.push(row);
        } else {
            change.live.insert(new_keys(&row));
        }
    }
    let all = format!("/* soft_delete: with_trashed */ SELECT * FROM {table}");
    let all = Statement::from_string(db.get_database_backend(), all);
    for row in plain(entity).from_raw_sql(all).all(db).await? {
        change
            .keys
            .insert((table, format!("{:?}", row.get_primary_key_value())));
        let text = format!("{table}: {row:?}");
        // The write under test deletes at another instant than the fixture.
        if text.contains("2023-11-14") {
            change.trash.insert(text);
        }
    }
    Ok(())
}

/// Replaces the keys that a sequence generated, because a rollback does not reset the sequence.
pub(crate) fn new_keys(text: &str) -> String {
    let mut text = text.to_owned();
    for key in ["id: ", "id: Some("] {
        let parts: Vec<String> = text
            .split(key)
            .enumerate()
            .map(|(n, part)| {
                let end = part
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(part.len());
                match part[..end].parse::<i32>() {
                    Ok(number) if n > 0 && number > 100 => format!("new{}", &part[end..]),
                    _ => part.to_owned(),
                }
            })
            .collect();
        text = parts.join(key);
    }
    text
}
