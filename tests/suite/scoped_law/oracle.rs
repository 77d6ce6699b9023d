//! The law itself: runs the same statement through a scoped connection, and on a copy of the tables without
//! trashed rows.

use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, SqlErr, Statement, TransactionTrait,
};
use sea_orm_soft_delete::{Scope, ScopedConnection, SoftDeleteError};

use super::answers::Answer;
use super::dress::{OTHER, SCHEMA, plain};
use super::schema::{UNSEEN, World};
use super::scopes::{TENANT, Tenant};
use super::statements::{Case, Kind};

/// A case in the syntax of a database: the statements before it, and the statement itself.
#[derive(Clone)]
pub(super) struct Dressed {
    pub(super) before: Vec<String>,
    /// The statement for the copy, where it differs only in the tenants that it writes.
    pub(super) plain: Statement,
    pub(super) statement: Statement,
}

/// A database and its schema, which replaces the placeholder in statements.
pub(super) struct Side<'a> {
    pub(super) db: &'a DatabaseConnection,
    pub(super) schema: String,
    pub(super) other: String,
}

/// The tables of a world, with and without trashed rows.
pub(super) struct Sides<'a> {
    pub(super) trash: Side<'a>,
    pub(super) pruned: Side<'a>,
}

pub(super) enum Outcome {
    /// The answers are equal. Also says whether a plain connection would have given another answer.
    Held {
        would_differ: bool,
    },
    Refused(String),
    /// Refused as it must be.
    Withheld,
    /// The database itself rejects the statement.
    Skipped(String),
    Broken(String),
}

/// The rows of a table.
#[derive(PartialEq, Eq)]
struct Rows {
    in_scope: Answer,
    /// The trashed rows that are in the other scopes.
    trashed: Answer,
    /// The rows that are not in the other scopes, live and trashed.
    outside: Answer,
}

/// With semijoins, MySQL 9.7 loses rows of outer joins, without this crate, too: `LEFT JOIN … ON EXISTS (…) WHERE EXISTS
/// (…)`, or `LEFT JOIN view … WHERE EXISTS (…)`.
const WITHOUT_SEMIJOINS: &str = "SET optimizer_switch = 'semijoin=off'";
const WITH_SEMIJOINS: &str = "SET optimizer_switch = 'semijoin=on'";

/// The rows of every table.
type State = Vec<Rows>;

impl Side<'_> {
    pub(super) fn statement(&self, statement: &Statement) -> Statement {
        let mut statement = statement.clone();
        statement.sql = self.text(&statement.sql);
        statement
    }

    pub(super) fn text(&self, sql: &str) -> String {
        sql.replace(SCHEMA, &self.schema)
            .replace(OTHER, &self.other)
    }

    /// The answer without the names of the schemas, which may be part of a text value.
    fn neutral(&self, answer: Answer) -> Answer {
        answer.map(|text| {
            let text = text.replace(&self.other, OTHER);
            text.replace(&self.schema, SCHEMA)
        })
    }

    /// Runs all statements in one round trip.
    async fn run(&self, world: &World, statements: &[String]) -> Result<(), DbErr> {
        let sql = plain(world.backend, &statements.join("; "));
        self.db.execute_unprepared(&self.text(&sql)).await.map(drop)
    }

    async fn state(&self, db: &impl ConnectionTrait, world: &World) -> Result<State, DbErr> {
        let mut state = Vec::new();
        for table in &world.tables {
            let columns = table.all_columns();
            let columns: Vec<_> = columns
                .iter()
                .map(|(name, _)| format!("\"{name}\""))
                .collect();
            let select = format!("SELECT {} FROM {}", columns.join(", "), table.path());
            let (is_live, is_in_others) = table.scoping.conditions(world.backend);
            let read = async |condition: String| {
                let sql = plain(world.backend, &format!("{select} WHERE {condition}"));
                let statement = Statement::from_string(world.backend, self.text(&sql));
                Ok::<_, DbErr>(Answer::of_query(db, statement).await?.sorted())
            };
            state.push(Rows {
                in_scope: read(format!("{is_live} AND {is_in_others}")).await?,
                trashed: read(format!("NOT ({is_live}) AND {is_in_others}")).await?,
                outside: read(format!("NOT ({is_in_others})")).await?,
            });
        }
        Ok(state)
    }
}

impl Sides<'_> {
    /// Creates the tables of a world on both sides.
    pub(super) async fn create(&self, world: &World) -> Result<(), DbErr> {
        for (side, is_pruned) in [(&self.trash, false), (&self.pruned, true)] {
            let mut statements = world.create(is_pruned);
            let inserts = world.tables.iter();
            statements.extend(inserts.filter_map(|table| table.insert(is_pruned)));
            side.run(world, &statements).await?;
        }
        Ok(())
    }

    pub(super) async fn drop(&self, world: &World) -> Result<(), DbErr> {
        for side in [&self.trash, &self.pruned] {
            side.run(world, &world.drop()).await?;
        }
        Ok(())
    }

    pub(super) async fn check(
        &self,
        world: &World,
        scope: &Scope,
        case: &Case,
        dressed: &Dressed,
    ) -> Result<Outcome, DbErr> {
        let scoped = ScopedConnection::with_scope(self.trash.db.clone(), scope.clone());
        let scoped = match case.has_no_tenant {
            true => scoped,
            false => scoped.within(Tenant, TENANT.into()),
        };
        let mut dressed = dressed.clone();
        if world.backend == DbBackend::Sqlite && matches!(case.kind, Kind::Select | Kind::Setting) {
            dressed.statement = numbered(dressed.statement);
            if case.plain.is_none() {
                dressed.plain = dressed.statement.clone();
            }
        }
        let outcome = match case.kind {
            Kind::Select => self.check_query(&scoped, case, &dressed.statement).await?,
            _ => self.check_change(&scoped, world, case, &dressed).await?,
        };
        Ok(match (outcome, world.tenant_table_in(case)) {
            (Outcome::Held { .. }, _) if case.must_be_refused => {
                Outcome::Broken("it writes another tenant, and is not refused".to_owned())
            }
            (Outcome::Held { .. }, Some(table)) if case.has_no_tenant => {
                Outcome::Broken(format!("it reads {table} without a tenant"))
            }
            (outcome, _) => outcome,
        })
    }

    async fn check_query(
        &self,
        scoped: &ScopedConnection<DatabaseConnection>,
        case: &Case,
        statement: &Statement,
    ) -> Result<Outcome, DbErr> {
        let sorted = |answer: Answer| {
            if case.is_ordered {
                answer
            } else {
                answer.sorted()
            }
        };
        let pruned = Answer::of_query(self.pruned.db, self.pruned.statement(statement)).await;
        let expected = match pruned {
            Ok(expected) => sorted(expected),
            Err(error) => return Ok(Outcome::Skipped(error.to_string())),
        };
        let answer = match Answer::of_query(scoped, self.trash.statement(statement)).await {
            Ok(answer) => sorted(answer),
            Err(error) => return Ok(refused_or_broken(&error, case, &expected)),
        };
        if answer != expected {
            if scoped.get_database_backend() == DbBackend::MySql {
                let (answer, expected) = self.without_semijoins(scoped, statement).await?;
                if sorted(answer) == sorted(expected) {
                    return Ok(Outcome::Skipped(
                        "it answers otherwise without semijoins".to_owned(),
                    ));
                }
            }
            return Ok(Outcome::Broken(unequal("the answers", &answer, &expected)));
        }
        let unscoped = Answer::of_query(self.trash.db, self.trash.statement(statement)).await;
        let would_differ = unscoped.is_ok_and(|unscoped| sorted(unscoped) != expected);
        Ok(Outcome::Held { would_differ })
    }

    /// Both answers without semijoins.
    async fn without_semijoins(
        &self,
        scoped: &ScopedConnection<DatabaseConnection>,
        statement: &Statement,
    ) -> Result<(Answer, Answer), DbErr> {
        let (scoped, pruned) = (scoped.begin().await?, self.pruned.db.begin().await?);
        for db in [scoped.unscoped(), &pruned] {
            db.execute_unprepared("SET optimizer_switch = 'semijoin=off'")
                .await?;
        }
        let answer = Answer::of_query(&scoped, self.trash.statement(statement)).await;
        let expected = Answer::of_query(&pruned, self.pruned.statement(statement)).await;
        for db in [scoped.unscoped(), &pruned] {
            db.execute_unprepared("SET optimizer_switch = DEFAULT")
                .await?;
        }
        scoped.rollback().await?;
        pruned.rollback().await?;
        Ok((answer?, expected?))
    }

    async fn check_change(
        &self,
        scoped: &ScopedConnection<DatabaseConnection>,
        world: &World,
        case: &Case,
        dressed: &Dressed,
    ) -> Result<Outcome, DbErr> {
        let is_mysql = world.backend == DbBackend::MySql;
        let (scoped, pruned) = (scoped.begin().await?, self.pruned.db.begin().await?);
        let beneath = scoped.unscoped();
        let before = self.trash.state(beneath, world).await?;
        let pruned_before = self.pruned.state(&pruned, world).await?;
        if is_mysql && case.kind == Kind::Setting {
            for db in [beneath, &pruned] {
                db.execute_unprepared("SET @kept_mode = @@sql_mode").await?;
            }
        }
        if is_mysql {
            for db in [beneath, &pruned] {
                db.execute_unprepared(WITHOUT_SEMIJOINS).await?;
            }
        }
        let outcome = self
            .compare_changes(&scoped, &pruned, world, case, dressed, &before)
            .await;
        // On the other databases, a rollback is enough.
        if is_mysql {
            for (side, db) in [(&self.trash, beneath), (&self.pruned, &pruned)] {
                for sql in &case.after {
                    let sql = side.text(&plain(world.backend, sql));
                    drop(db.execute_unprepared(&sql).await);
                }
            }
        }
        if is_mysql {
            for db in [beneath, &pruned] {
                db.execute_unprepared(WITH_SEMIJOINS).await?;
            }
        }
        scoped.rollback().await?;
        pruned.rollback().await?;
        let commits = matches!(case.kind, Kind::Script | Kind::Dynamic | Kind::Made);
        if is_mysql && commits {
            let is_as_before = self.trash.state(self.trash.db, world).await? == before
                && self.pruned.state(self.pruned.db, world).await? == pruned_before;
            if !is_as_before {
                self.drop(world).await?;
                self.create(world).await?;
            }
        }
        outcome
    }

    /// Runs the statements before the case's statement. Returns the outcome if the case ends there.
    async fn prepare(
        &self,
        scoped: &impl ConnectionTrait,
        pruned: &impl ConnectionTrait,
        case: &Case,
        dressed: &Dressed,
    ) -> Option<Outcome> {
        for (before, sql) in case.before.iter().zip(&dressed.before) {
            let there = scoped.execute_unprepared(&self.trash.text(sql)).await;
            if let Err(error) = &there
                && case.has_no_tenant
                && is_out_of_scope(error)
            {
                return Some(Outcome::Withheld);
            }
            if let Err(error) = &there
                && (is_refusal(error) || is_unseen(error))
            {
                if before.is_optional {
                    continue;
                }
                return Some(Outcome::Refused(format!("{error}\n  {sql}")));
            }
            let here = pruned.execute_unprepared(&self.pruned.text(sql)).await;
            match (there, here) {
                (Ok(_), Ok(_)) => {}
                (Err(error), Ok(_)) => {
                    return Some(Outcome::Broken(format!("an error: {error}, of\n{sql}")));
                }
                (_, Err(error)) => return Some(Outcome::Skipped(format!("{error}\n  {sql}"))),
            }
        }
        None
    }

    async fn compare_changes(
        &self,
        scoped: &ScopedConnection<sea_orm::DatabaseTransaction>,
        pruned: &sea_orm::DatabaseTransaction,
        world: &World,
        case: &Case,
        dressed: &Dressed,
        before: &State,
    ) -> Result<Outcome, DbErr> {
        let beneath = scoped.unscoped();
        let statement = &dressed.statement;
        if let Some(outcome) = self.prepare(scoped, pruned, case, dressed).await {
            return Ok(outcome);
        }
        let plain = self.pruned.statement(&dressed.plain);
        let expected = match run(pruned, case, plain).await {
            Ok(expected) => expected,
            Err(error) => return Ok(Outcome::Skipped(error.to_string())),
        };
        let answer = match run(scoped, case, self.trash.statement(statement)).await {
            Ok(answer) => answer,
            Err(error) => return Ok(refused_or_broken(&error, case, &expected)),
        };
        let (answer, expected) = (self.trash.neutral(answer), self.pruned.neutral(expected));
        if answer != expected {
            return Ok(Outcome::Broken(unequal("the answers", &answer, &expected)));
        }
        if case.kind == Kind::Setting || (case.kind == Kind::Made && case.returns_rows) {
            return Ok(Outcome::Held {
                would_differ: false,
            });
        }
        let after = self.trash.state(beneath, world).await?;
        let expected = self.pruned.state(pruned, world).await?;
        for (at, table) in world.tables.iter().enumerate() {
            let (before, after) = (&before[at], &after[at]);
            if after.in_scope != expected[at].in_scope {
                let what = format!("the rows in scope of {} afterwards", table.name);
                let how = unequal(&what, &after.in_scope, &expected[at].in_scope);
                return Ok(Outcome::Broken(how));
            }
            if before.outside.rows != after.outside.rows {
                return Ok(Outcome::Broken(format!(
                    "rows out of scope of {} have changed:\nbefore\n{}\nafter\n{}",
                    table.name,
                    before.outside.print(),
                    after.outside.print()
                )));
            }
            let has_marker = table.scoping.marker.is_some();
            if let Some(what) = trash_differs(before, after, has_marker, case.kind) {
                return Ok(Outcome::Broken(format!(
                    "{what} of {}:\nbefore\n{}\nafter\n{}",
                    table.name,
                    before.trashed.print(),
                    after.trashed.print()
                )));
            }
        }
        Ok(Outcome::Held {
            would_differ: false,
        })
    }
}

/// Describes a wrong change of the trash: it may gain only the rows that a DELETE matched, and lose none.
fn trash_differs(
    before: &Rows,
    after: &Rows,
    has_marker: bool,
    kind: Kind,
) -> Option<&'static str> {
    let mut added = after.trashed.rows.clone();
    for row in &before.trashed.rows {
        match added.iter().position(|other| other == row) {
            Some(at) => drop(added.swap_remove(at)),
            None => return Some("a trashed row has changed: the trash"),
        }
    }
    if !has_marker {
        return None;
    }
    if !matches!(kind, Kind::Update | Kind::Delete | Kind::Insert) {
        let count = |of: &Rows| of.in_scope.rows.len() + of.trashed.rows.len();
        return (count(after) < count(before)).then_some("rows are gone: the trash");
    }
    if added.is_empty() {
        return None;
    }
    if kind != Kind::Delete {
        return Some("a statement that deletes nothing added to the trash");
    }
    // The marker is the last column, and a delete writes no other column.
    let without_marker = |rows: &[Vec<String>]| -> Vec<Vec<String>> {
        let mut rows: Vec<_> = rows
            .iter()
            .map(|row| row[..row.len() - 1].to_vec())
            .collect();
        rows.sort();
        rows
    };
    let gained = [after.in_scope.rows.clone(), added].concat();
    (without_marker(&gained) != without_marker(&before.in_scope.rows))
        .then_some("not every deleted row is in the trash as it was: the trash")
}

/// The same statement with a number of its own: a prepared statement of SQLx does not notice that a view, or
/// SQLite's table of another world, has other columns now.
fn numbered(mut statement: Statement) -> Statement {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    statement.sql.push_str(&format!(" /* {number} */"));
    statement
}

async fn run(
    db: &impl ConnectionTrait,
    case: &Case,
    mut statement: Statement,
) -> Result<Answer, DbErr> {
    if case.kind == Kind::Made {
        statement = numbered(statement);
    }
    if matches!(case.kind, Kind::Script | Kind::Dynamic) {
        Answer::of_text(db, &statement.sql).await
    } else if case.returns_rows {
        Ok(Answer::of_query(db, statement).await?.sorted())
    } else {
        Answer::of_change(db, statement).await
    }
}

fn is_refusal(error: &DbErr) -> bool {
    matches!(
        SoftDeleteError::inside(error),
        Some(SoftDeleteError::NotScopable { .. })
    )
}

/// The database took a name or a label for the beginning of a statement.
fn is_mistaken(error: &DbErr) -> bool {
    error.to_string().contains("where no statement begins")
}

/// A derived table has no invisible columns (see Limits).
fn is_unseen(error: &DbErr) -> bool {
    let error = error.to_string();
    error.contains("Unknown column") && error.to_lowercase().contains(UNSEEN)
}

/// The statement writes another tenant, or the connection carries none.
fn is_out_of_scope(error: &DbErr) -> bool {
    matches!(
        SoftDeleteError::inside(error),
        Some(SoftDeleteError::OutOfScope { .. } | SoftDeleteError::ScopeRequired { .. })
    )
}

fn refused_or_broken(error: &DbErr, case: &Case, expected: &Answer) -> Outcome {
    let is_of_a_key = matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)));
    let moves = case.kind == Kind::Move || case.text.contains("\"moved\" AS (DELETE");
    if moves && is_of_a_key {
        return Outcome::Skipped("a row out of scope has the primary key".to_owned());
    }
    // A connection has kept the plan of the same text over tables of an earlier world.
    if error.to_string().contains("cached plan must not change") {
        return Outcome::Skipped("the tables have changed".to_owned());
    }
    let is_refused = is_refusal(error) && !is_mistaken(error);
    let may_be_withheld = case.plain.is_some() || case.has_no_tenant;
    if may_be_withheld && (is_refused || is_out_of_scope(error)) {
        return Outcome::Withheld;
    }
    // Where the column is missing, MySQL takes it from the query around, and may not aggregate there.
    let is_taken_from_around = error
        .to_string()
        .contains("In aggregated query without GROUP BY")
        && case.text.contains(UNSEEN);
    match is_refused || is_unseen(error) || is_taken_from_around {
        true => Outcome::Refused(error.to_string()),
        false => Outcome::Broken(format!(
            "an error: {error}\ninstead of\n{}",
            expected.print()
        )),
    }
}

fn unequal(what: &str, answer: &Answer, expected: &Answer) -> String {
    format!(
        "{what}, scoped\n{}\nand without the trash\n{}",
        answer.print(),
        expected.print()
    )
}
