//! The law: a scoped connection answers every statement as if the trashed rows had been deleted.
//!
//! The test fills random tables: in one database with trashed rows, and in another database without them.
//! It runs random statements on both, through a scoped connection on the first and a plain connection on
//! the second, and the answers must be equal. A failing statement and its rows are shrunk before they are
//! printed.
//!
//! In half of the worlds, tables have two more scopes: a tenant, whose rows the connection is within, and a
//! condition. The second database then has only the rows that are in every scope. Some statements write a
//! tenant themselves: they are refused, or do what they do where there is one tenant alone. Some statements run
//! through a connection without a tenant: they are refused, unless they name no table of a tenant.
//!
//! `SCOPED_LAW_SEED=7` repeats one world, `SCOPED_LAW_SEED=0..500` runs 500 worlds, `SCOPED_LAW_CASES=…` sets
//! the number of statements for each database, `SCOPED_LAW_SURVEY=1` continues after failures and prints one
//! failure of each kind, and `SCOPED_LAW_OPEN=1` also generates the known failures.
//!
//! Half of the names are SQL keywords. A second schema has a table of the same name. The statements use
//! system tables, rowid, ctid, invisible columns, sequences, hints, SQLite's `IN t`, views and tables that
//! were created through the connection, routines, dynamic SQL, and settings that change where a string
//! ends.

mod answers;
mod blocks;
mod changes;
mod choices;
mod ctes;
mod dress;
mod expressions;
mod from;
mod inserts;
mod joins;
mod made;
mod markers;
mod oracle;
mod queries;
mod schema;
mod scopes;
mod scripts;
mod settings;
mod statements;
mod totals;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sea_orm_soft_delete::{Scope, ScopeValues};

use self::choices::Choices;
use self::oracle::{Dressed, Outcome, Side, Sides};
use self::schema::World;
use self::scopes::{TENANT, Tenant};
use self::statements::{Case, Generator, Kind};
use self::totals::Totals;
use self::words::Words;
use crate::harness::{self, Server, TestDb, TestResult, on_every_database};

/// The number of statements for each set of tables, because creating tables takes the most time on a
/// server.
const STATEMENTS: u64 = 100;
const CASES: u64 = 2000;
/// How long the test looks for a simpler statement, and then for fewer rows.
const SHRINKING: Duration = Duration::from_secs(5);
/// How many failures are printed at most.
const MOST_TOLD: usize = 5;

/// The choices for the syntax of a statement, and the choices for its content.
type Numbers = (Vec<u16>, Vec<u16>);

fn seeds() -> std::ops::Range<u64> {
    let number = |text: &str| {
        text.parse::<u64>()
            .unwrap_or_else(|_| panic!("{text} is a number"))
    };
    if let Ok(seeds) = std::env::var("SCOPED_LAW_SEED") {
        return match seeds.split_once("..") {
            Some((first, end)) => number(first)..number(end),
            None => number(&seeds)..number(&seeds) + 1,
        };
    }
    let cases = std::env::var("SCOPED_LAW_CASES");
    0..cases
        .map_or(CASES, |cases| number(&cases))
        .div_ceil(STATEMENTS)
}

/// Whether to print one failure of each kind.
fn is_survey() -> bool {
    std::env::var_os("SCOPED_LAW_SURVEY").is_some()
}

/// The failure without names and numbers, which is equal for failures of one kind.
fn likeness(case: &Case, how: &str) -> String {
    let how = how.lines().next().unwrap_or_default();
    let letters = how.chars().filter(|c| c.is_ascii_alphabetic() || *c == ' ');
    let words = letters.collect::<String>();
    let words: Vec<&str> = words.split(' ').filter(|word| word.len() > 3).collect();
    format!("{:?}: {}", case.kind, words.join(" "))
}

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(
        Config::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, &bytes),
    )
}

fn numbers(count: usize) -> impl Strategy<Value = Vec<u16>> {
    proptest::collection::vec(proptest::num::u16::ANY, count..=count)
}

/// One world, and the details that a failure prints.
struct Law<'a> {
    sides: &'a Sides<'a>,
    server: Server,
    world: World,
    scope: Scope,
    seed: u64,
}

impl Law<'_> {
    fn case(&self, (look, statement): &Numbers) -> (Case, Dressed) {
        let case = Generator::new(&self.world, &mut Choices::new(statement)).case();
        let look = &mut Choices::new(look);
        let World { backend, words, .. } = &self.world;
        // MySQL gives no type to a parameter in a query that its optimizer drops. SQLx does not know such a
        // type, loses the answer, and waits for it for ever.
        let is_spelt = self.server == Server::MySql;
        let plain = case.plain.as_ref().map(|(text, params)| {
            dress::dress(*backend, words, text, params, is_spelt, &mut look.clone())
        });
        let statement = dress::dress(*backend, words, &case.text, &case.params, is_spelt, look);
        let before = case.before.iter();
        let before =
            before.map(|it| dress::dress(*backend, words, &it.text, &[], is_spelt, look).sql);
        let before = before.collect();
        let dressed = Dressed {
            before,
            plain: plain.unwrap_or_else(|| statement.clone()),
            statement,
        };
        (case, dressed)
    }

    /// MariaDB 10.11.19 crashes when it executes some prepared statements that change rows and have an
    /// unused WITH, and when it prepares some recursive CTEs within the body of another CTE. MySQL 9.7 crashes when it prepares some chains of set operations with an EXCEPT. Both
    /// crash without this crate, too.
    fn kills_the_server(&self, case: &Case) -> bool {
        match self.server {
            Server::MariaDb => {
                let mut before = case.before.iter();
                let has_with =
                    case.text.contains("WITH") || before.any(|it| it.text.contains("WITH"));
                let is_nested = case.text.contains("(WITH RECURSIVE");
                is_nested || (case.kind != Kind::Select && has_with)
            }
            Server::MySql => {
                let count = |operator| case.text.matches(operator).count();
                let others = count("UNION") + count("INTERSECT");
                count("EXCEPT") > 1 || (count("EXCEPT") == 1 && others > 0)
            }
            _ => false,
        }
    }

    /// Drops its tables, when the server answers again.
    async fn drop_world(&self) -> Result<(), DbErr> {
        let mut tries = 0;
        loop {
            match self.sides.drop(&self.world).await {
                Err(error) if tries < 60 => {
                    println!("the tables are not dropped yet: {error}");
                    tries += 1;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                dropped => return dropped,
            }
        }
    }

    async fn outcome(&self, numbers: &Numbers) -> Result<Outcome, DbErr> {
        let (case, dressed) = self.case(numbers);
        if self.kills_the_server(&case) {
            return Ok(Outcome::Skipped("it can kill the server".to_owned()));
        }
        self.sides
            .check(&self.world, &self.scope, &case, &dressed)
            .await
    }

    /// Shrinks a failure as far as possible, and prints it.
    async fn tell(
        &mut self,
        at: u64,
        mut tree: impl ValueTree<Value = Numbers>,
    ) -> Result<String, DbErr> {
        let mut simplest = tree.current();
        let mut is_broken = true;
        let end = Instant::now() + SHRINKING;
        while Instant::now() < end {
            if !(if is_broken {
                tree.simplify()
            } else {
                tree.complicate()
            }) {
                break;
            }
            is_broken = matches!(self.outcome(&tree.current()).await?, Outcome::Broken(_));
            if is_broken {
                simplest = tree.current();
            }
        }
        if !is_survey() {
            self.drop_rows(&simplest).await?;
        }
        let dressed = self.case(&simplest).1;
        let statement = self.sides.trash.statement(&dressed.statement);
        let Outcome::Broken(how) = self.outcome(&simplest).await? else {
            return Ok(format!("What broke the law once holds now: {statement:?}"));
        };
        let sent = async { self.scope.rewrite(statement.clone()) };
        let sent = ScopeValues::of(Tenant, TENANT.into()).scope(sent).await;
        let sent = sent.map(|sent| sent.to_string());
        let Self { world, seed, .. } = &*self;
        let mut tables = world.create(false);
        tables.extend(world.tables.iter().filter_map(|table| table.insert(false)));
        let before = dressed.before.iter().map(|sql| format!("{sql};\n"));
        Ok(format!(
            "SCOPED_LAW_SEED={seed} on {:?}, after {at} others\n\n{};\n\n{}{}\n  with {:?}\nsent as\n{}\n\n{how}\n",
            world.server,
            tables.join(";\n"),
            before.collect::<String>(),
            statement.sql,
            statement.values.map(|values| values.0).unwrap_or_default(),
            sent.unwrap_or_else(|error| error.to_string()),
        ))
    }

    /// Removes every row that the failure does not need.
    async fn drop_rows(&mut self, numbers: &Numbers) -> Result<(), DbErr> {
        let end = Instant::now() + SHRINKING;
        for table in 0..self.world.tables.len() {
            let mut at = 0;
            while Instant::now() < end && at < self.world.tables[table].rows.len() {
                let row = self.world.tables[table].rows.remove(at);
                self.sides.drop(&self.world).await?;
                self.sides.create(&self.world).await?;
                if !matches!(self.outcome(numbers).await?, Outcome::Broken(_)) {
                    self.world.tables[table].rows.insert(at, row);
                    at += 1;
                }
            }
        }
        self.sides.drop(&self.world).await?;
        self.sides.create(&self.world).await
    }
}

async fn schema_of(db: &TestDb) -> Result<String, DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT CAST(current_schema() AS TEXT)",
        DbBackend::MySql => "SELECT DATABASE()",
        _ => return Ok("main".to_owned()),
    };
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?;
    row.expect("a function has a value").try_get_by_index(0)
}

/// MariaDB crashes at some statements, without this crate, too, and is started again.
fn is_of_a_lost_server(outcome: &Result<Outcome, DbErr>) -> bool {
    let told = match outcome {
        Ok(Outcome::Broken(how)) => how.clone(),
        Ok(_) => return false,
        Err(error) => error.to_string(),
    };
    told.contains("error communicating with database")
}

/// A database with a second schema.
async fn side(db: &TestDb) -> Result<Side<'_>, DbErr> {
    let schema = schema_of(db).await?;
    let other = db.create_other_schema().await?;
    Ok(Side { db, schema, other })
}

/// The failures in a number of worlds.
async fn broken(db: &TestDb, sides: &Sides<'_>, totals: &mut Totals) -> Result<Vec<String>, DbErr> {
    let backend = db.get_database_backend();
    let words = Arc::new(Words::of(&**db).await);
    let mut broken = Vec::new();
    let mut likenesses = BTreeMap::<String, u32>::new();
    for seed in seeds() {
        if broken.len() == MOST_TOLD && !is_survey() {
            break;
        }
        let mut runner = runner(seed);
        let choices = numbers(400)
            .new_tree(&mut runner)
            .expect("any number will do")
            .current();
        let choices = &mut Choices::new(&choices);
        let world = World::generate(db.server(), backend, Arc::clone(&words), choices);
        sides.create(&world).await?;
        let scope = world.scope(&sides.trash.schema, &sides.trash.other);
        let mut law = Law {
            sides,
            server: db.server(),
            world,
            scope,
            seed,
        };
        for at in 0..STATEMENTS {
            let tree = (numbers(150), numbers(250));
            let tree = tree.new_tree(&mut runner).expect("any number will do");
            let (case, dressed) = law.case(&tree.current());
            if law.kills_the_server(&case) {
                continue;
            }
            let outcome = law.outcome(&tree.current()).await;
            if is_of_a_lost_server(&outcome) {
                println!("the server ended: {}", dressed.statement.sql);
                break;
            }
            let outcome = outcome?;
            let what = (law.world.has_more_scopes(), case.kind);
            totals.count(what, &dressed.statement.sql, &outcome);
            let Outcome::Broken(how) = outcome else {
                continue;
            };
            let alike = likenesses.entry(likeness(&case, &how)).or_default();
            *alike += 1;
            if *alike <= 2 {
                let told = law.tell(at, tree).await?;
                // A long survey can end before its last world, by the death of the server.
                if is_survey() {
                    println!("{told}");
                }
                broken.push(told);
            }
            if !is_survey() {
                break;
            }
        }
        law.drop_world().await?;
        if is_survey() && seed % 50 == 49 {
            println!("worlds up to {seed}: {} failures", broken.len());
        }
    }
    for (likeness, count) in likenesses {
        println!("{count} times broken, {likeness}");
    }
    Ok(broken)
}

async fn hold(db: &TestDb, pruned: &TestDb) -> TestResult {
    let sides = Sides {
        trash: side(db).await?,
        pruned: side(pruned).await?,
    };
    let mut totals = Totals::default();
    let broken = broken(db, &sides, &mut totals).await?;
    totals.print(db.get_database_backend());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    totals.assess(db.get_database_backend());
    Ok(())
}

on_every_database! {
    async fn a_scoped_connection_answers_as_if_the_trashed_rows_had_been_deleted(db: &TestDb) {
        harness::run(db.server(), async |pruned: &TestDb| hold(db, pruned).await).await;
    }
}
