//! The law itself: the same statement, scoped and on a copy without the trash.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement, TransactionTrait};
use sea_orm_soft_delete::{Scope, ScopedConnection, SoftDeleteError};

use super::answers::Answer;
use super::dress::{SCHEMA, plain};
use super::schema::World;
use super::statements::{Case, Kind};

/// A database in the name of its schema, which replaces the placeholder in statements.
pub(super) struct Side<'a> {
    pub(super) db: &'a DatabaseConnection,
    pub(super) schema: String,
}

/// The tables of a world, with their trash and without.
pub(super) struct Sides<'a> {
    pub(super) trash: Side<'a>,
    pub(super) pruned: Side<'a>,
}

pub(super) enum Outcome {
    /// The answers are equal; and whether one without a scope would have been, too.
    Held {
        would_differ: bool,
    },
    Refused(String),
    /// The database itself does not take the statement.
    Skipped(String),
    Broken(String),
}

/// The rows of every table: those that count, and the trashed.
type State = Vec<(Answer, Answer)>;

impl Side<'_> {
    pub(super) fn statement(&self, statement: &Statement) -> Statement {
        let mut statement = statement.clone();
        statement.sql = statement.sql.replace(SCHEMA, &self.schema);
        statement
    }

    /// Runs all of these in one go.
    async fn run(&self, world: &World, statements: &[String]) -> Result<(), DbErr> {
        let sql = plain(world.backend, &statements.join("; "));
        self.db.execute_unprepared(&sql).await.map(drop)
    }

    async fn state(&self, db: &impl ConnectionTrait, world: &World) -> Result<State, DbErr> {
        let mut state = Vec::new();
        for table in &world.tables {
            let columns = table.all_columns();
            let columns: Vec<_> = columns
                .iter()
                .map(|(name, _)| format!("\"{name}\""))
                .collect();
            let select = format!("SELECT {} FROM \"{}\"", columns.join(", "), table.name);
            let is_live = match table.marker {
                Some(marker) => marker.is_live(world.backend),
                None => "TRUE".to_owned(),
            };
            let read = async |condition: String| {
                let sql = plain(world.backend, &format!("{select} WHERE {condition}"));
                let statement = Statement::from_string(world.backend, sql);
                Ok::<_, DbErr>(Answer::of_query(db, statement).await?.sorted())
            };
            state.push((
                read(is_live.clone()).await?,
                read(format!("NOT ({is_live})")).await?,
            ));
        }
        Ok(state)
    }
}

impl Sides<'_> {
    /// Creates the tables of a world on both sides.
    pub(super) async fn create(&self, world: &World) -> Result<(), DbErr> {
        for (side, is_pruned) in [(&self.trash, false), (&self.pruned, true)] {
            let mut statements = Vec::new();
            for table in &world.tables {
                let create = table.create(world.backend, is_pruned);
                statements.extend(create.into_iter().chain(table.insert(is_pruned)));
            }
            side.run(world, &statements).await?;
        }
        Ok(())
    }

    pub(super) async fn drop(&self, world: &World) -> Result<(), DbErr> {
        for side in [&self.trash, &self.pruned] {
            let drop = world
                .tables
                .iter()
                .map(|table| format!("DROP TABLE \"{}\"", table.name));
            side.run(world, &drop.collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    pub(super) async fn check(
        &self,
        world: &World,
        scope: &Scope,
        case: &Case,
        statement: &Statement,
    ) -> Result<Outcome, DbErr> {
        let scoped = ScopedConnection::with_scope(self.trash.db.clone(), scope.clone());
        let outcome = match case.kind {
            Kind::Select => self.check_query(&scoped, case, statement).await,
            _ => self.check_change(&scoped, world, case, statement).await?,
        };
        Ok(outcome)
    }

    async fn check_query(
        &self,
        scoped: &impl ConnectionTrait,
        case: &Case,
        statement: &Statement,
    ) -> Outcome {
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
            Err(error) => return Outcome::Skipped(error.to_string()),
        };
        let answer = match Answer::of_query(scoped, self.trash.statement(statement)).await {
            Ok(answer) => sorted(answer),
            Err(error) => return refused_or_broken(&error, &expected),
        };
        if answer != expected {
            return Outcome::Broken(unequal("the answers", &answer, &expected));
        }
        let unscoped = Answer::of_query(self.trash.db, self.trash.statement(statement)).await;
        let would_differ = unscoped.is_ok_and(|unscoped| sorted(unscoped) != expected);
        Outcome::Held { would_differ }
    }

    async fn check_change(
        &self,
        scoped: &ScopedConnection<DatabaseConnection>,
        world: &World,
        case: &Case,
        statement: &Statement,
    ) -> Result<Outcome, DbErr> {
        let (scoped, pruned) = (scoped.begin().await?, self.pruned.db.begin().await?);
        let outcome = self
            .compare_changes(&scoped, &pruned, world, case, statement)
            .await;
        scoped.rollback().await?;
        pruned.rollback().await?;
        outcome
    }

    async fn compare_changes(
        &self,
        scoped: &ScopedConnection<sea_orm::DatabaseTransaction>,
        pruned: &sea_orm::DatabaseTransaction,
        world: &World,
        case: &Case,
        statement: &Statement,
    ) -> Result<Outcome, DbErr> {
        let beneath = scoped.unscoped();
        let before = self.trash.state(beneath, world).await?;
        let expected = match run(pruned, case, self.pruned.statement(statement)).await {
            Ok(expected) => expected,
            Err(error) => return Ok(Outcome::Skipped(error.to_string())),
        };
        let answer = match run(scoped, case, self.trash.statement(statement)).await {
            Ok(answer) => answer,
            Err(error) => return Ok(refused_or_broken(&error, &expected)),
        };
        if answer != expected {
            return Ok(Outcome::Broken(unequal("the answers", &answer, &expected)));
        }
        let after = self.trash.state(beneath, world).await?;
        let expected = self.pruned.state(pruned, world).await?;
        for (at, table) in world.tables.iter().enumerate() {
            if after[at].0 != expected[at].0 {
                let what = format!("the live rows of {} afterwards", table.name);
                return Ok(Outcome::Broken(unequal(
                    &what,
                    &after[at].0,
                    &expected[at].0,
                )));
            }
            let has_marker = table.marker.is_some();
            if let Some(what) = trash_differs(&before[at], &after[at], has_marker, case.kind) {
                return Ok(Outcome::Broken(format!(
                    "{what} of {}:\nbefore\n{}\nafter\n{}",
                    table.name,
                    before[at].1.print(),
                    after[at].1.print()
                )));
            }
        }
        Ok(Outcome::Held {
            would_differ: false,
        })
    }
}

/// What is wrong with the trash: it may only gain rows, and only those that a DELETE took.
fn trash_differs(
    before: &(Answer, Answer),
    after: &(Answer, Answer),
    has_marker: bool,
    kind: Kind,
) -> Option<&'static str> {
    let mut added = after.1.rows.clone();
    for row in &before.1.rows {
        match added.iter().position(|other| other == row) {
            Some(at) => drop(added.swap_remove(at)),
            None => return Some("a trashed row has changed: the trash"),
        }
    }
    if !has_marker || added.is_empty() {
        return None;
    }
    if kind != Kind::Delete {
        return Some("a statement that deletes nothing added to the trash");
    }
    // The marker is the last column, and the only one that a delete writes.
    let without_marker = |rows: &[Vec<String>]| -> Vec<Vec<String>> {
        let mut rows: Vec<_> = rows
            .iter()
            .map(|row| row[..row.len() - 1].to_vec())
            .collect();
        rows.sort();
        rows
    };
    let gained = [after.0.rows.clone(), added].concat();
    (without_marker(&gained) != without_marker(&before.0.rows))
        .then_some("not every deleted row is in the trash as it was: the trash")
}

async fn run(
    db: &impl ConnectionTrait,
    case: &Case,
    statement: Statement,
) -> Result<Answer, DbErr> {
    if case.returns_rows {
        Ok(Answer::of_query(db, statement).await?.sorted())
    } else {
        Answer::of_change(db, statement).await
    }
}

fn refused_or_broken(error: &DbErr, expected: &Answer) -> Outcome {
    match SoftDeleteError::inside(error) {
        Some(SoftDeleteError::NotScopable { .. }) => Outcome::Refused(error.to_string()),
        _ => Outcome::Broken(format!(
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
