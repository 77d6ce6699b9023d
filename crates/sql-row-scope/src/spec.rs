//! The rewriter's specification: statement in, statement out.
//!
//! `UPDATE_EXPECT=1 cargo test -p sql-row-scope spec` writes the results into the tests. Read them before
//! you commit.

mod added_rows;
mod binds;
mod definitions;
mod deletes;
mod inserts;
mod joins;
mod lifting;
mod marker_uses;
mod names;
mod nesting;
mod refusals;
mod returning;
mod routines;
mod scopes;
mod settings;
mod swaps;
mod text;
mod updates;
mod words;

use crate::Dialect::{self, MySql, Postgres, Sqlite};
use expect_test::Expect;

use super::{
    Catalog, Column, Lifted, Live, Options, Plan, Refusal, Rewritten, Rule, ScopeId, Table, Trash,
    rewrite,
};

/// The scope of the live rows.
const LIVE: ScopeId = 0;

/// `post` has an operation column. `post`, `author`, `comment` and `tag` have a nullable marker, `flag` has
/// a bool, `epoch` a nullable integer, and `sentinel` a marker that is never NULL.
pub(super) fn catalog(dialect: Dialect) -> Catalog {
    let stamp = |name: &str| Column {
        name: name.to_owned(),
        cast: Default::default(),
    };
    let columns = |name: &str| match name {
        "post" => vec!["id".to_owned(), "only_post".to_owned()],
        _ => Vec::new(),
    };
    let table = |name: &str, live: Live, stamps: &[&str]| Table {
        schema: None,
        name: name.to_owned(),
        scopes: vec![(
            LIVE,
            Rule::Live(Trash {
                marker: stamps[0].to_owned(),
                live,
                stamps: stamps.iter().copied().map(stamp).collect(),
            }),
        )],
        columns: columns(name),
        removable: None,
    };
    let mut archived = table("note", Live::Null, &["gone_at"]);
    archived.schema = Some("archive".to_owned());
    let mut ledger = table("ledger", Live::Null, &["deleted_at"]);
    ledger.removable = Some(vec!["(".to_owned(), ".held) = 0".to_owned()]);
    let tables = vec![
        table("post", Live::Null, &["deleted_at", "operation_id"]),
        table("author", Live::Null, &["deleted_at"]),
        table("comment", Live::Null, &["deleted_at"]),
        table("tag", Live::Null, &["deleted_at"]),
        table("flag", Live::False, &["deleted"]),
        table("epoch", Live::NullOrZero, &["deleted"]),
        table("sentinel", Live::Value, &["deleted"]),
        table("Odd \"name\"", Live::Null, &["deleted_at"]),
        archived,
        ledger,
    ];
    Catalog::new(dialect, tables)
}

pub(super) fn run(
    dialect: Dialect,
    sql: &str,
    lifted: &Lifted,
    explicit_marker_wins: bool,
) -> Result<Rewritten, Refusal> {
    let catalog = catalog(dialect);
    rewrite(
        sql,
        &Options {
            dialect,
            catalog: &catalog,
            lifted,
            explicit_marker_wins,
        },
    )
}

fn plan(dialect: Dialect, sql: &str) -> Option<Plan> {
    match run(dialect, sql, &Lifted::NOTHING, false).unwrap() {
        Rewritten::Untouched => None,
        Rewritten::Scoped(plan) => Some(plan),
    }
}

/// Checks that the rewriter turns the statement into `expected` in this dialect.
#[track_caller]
fn check(dialect: Dialect, sql: &str, expected: Expect) {
    match run(dialect, sql, &Lifted::NOTHING, false) {
        Ok(Rewritten::Untouched) => expected.assert_eq("(untouched)"),
        Ok(Rewritten::Scoped(plan)) => expected.assert_eq(&plan.sql),
        Err(refusal) => expected.assert_eq(&format!(
            "(refused) {}: {}; {}",
            refusal.table, refusal.construct, refusal.remedy
        )),
    }
}

/// Checks that the rewriter turns the statement into `expected` in every dialect.
#[track_caller]
fn check_all(sql: &str, expected: Expect) {
    let outcomes = [Sqlite, Postgres, MySql].map(|dialect| {
        let quote = |text: &str| match dialect {
            MySql => text.replace('"', "`"),
            _ => text.to_owned(),
        };
        match run(dialect, &quote(sql), &Lifted::NOTHING, false) {
            Ok(Rewritten::Untouched) => "(untouched)".to_owned(),
            Ok(Rewritten::Scoped(plan)) => plan.sql.replace('`', "\""),
            Err(refusal) => format!("(refused) {}: {}", refusal.table, refusal.construct),
        }
    });
    assert_eq!(outcomes[0], outcomes[1], "SQLite and PostgreSQL");
    assert_eq!(outcomes[0], outcomes[2], "SQLite and MySQL");
    expected.assert_eq(&outcomes[0]);
}
