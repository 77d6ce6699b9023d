//! The law of families: deletes, restores, force deletes and purges change the rows of a family exactly
//! as follows, and change nothing else.
//!
//! - **A delete of live rows** trashes them as one operation, and with them every live child row of
//!   policy `cascade`, its live child rows, and so on. Rows that are already trashed do not change. Child
//!   rows of policy `destroy` of a trashed row are removed. If a live child row of policy `restrict`
//!   exists that the same delete would not trash, the delete changes nothing.
//! - **A restore of trashed rows** brings back each row with its child rows of the same operation, their
//!   child rows of the same operation, and so on. If a parent row of policy `cascade` or `restrict` would stay
//!   trashed, the restore changes nothing; `with_ancestors` also restores that parent row, in the same way. If
//!   such a parent row was removed, or if two live rows would hold the same unique value, the restore changes
//!   nothing. A row that was trashed outside of an operation is restored alone.
//! - **A restore of an operation** brings back all rows that the operation trashed, even if they have
//!   other parent rows now, or refuses for the same reasons as a restore of rows.
//! - **A force delete** removes the rows, all their descendants of policy `cascade`, trashed or live, and
//!   the child rows of policy `destroy` of all of them. If a live child row of policy `restrict` would
//!   not be removed too, or if a foreign key of a remaining row forbids the removal, the force delete
//!   changes nothing.
//! - **A purge** removes operations whose age has passed: all rows of the operation, and the child rows of
//!   policy `destroy` of all of them. An operation stays if a row that stays belongs to one of its rows, if
//!   a live row restricts one, or if a foreign key forbids it. A run that ends before an operation is gone
//!   leaves it whole, or, if it is a large one, leaves a rest that every restore refuses and that a later run
//!   removes. Runs that are repeated remove every operation that is due and free. A preview says what an
//!   unbounded run then removes.
//! - **The entity** of a table on which a verb is called makes no difference, unless the verb is refused.
//! - **The schema** that a DELETE names limits its effect: tables of the same names in the default schema
//!   do not change.
//! - No verb leaves a live row under a trashed parent row. Inserts and updates of foreign keys can.
//! - At the end, every trashed row whose parent rows exist can be restored.
//!
//! Each test runs random sequences of steps on families of fixed shapes. After each step it compares the
//! database with a model that applies the rules above row by row. A sequence that breaks the law is
//! shrunk before it is printed. `FAMILY_LAW_SEED=…` repeats one sequence, `FAMILY_LAW_CASES=…` sets the
//! number of sequences for each database.

mod choices;
mod database;
mod model;
mod purges;
mod shapes;
mod steps;
mod table;
mod totals;
mod verbs;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sea_orm::{ConnectionTrait, DbErr};

use self::choices::Numbers;
use self::database::Rows;
use self::model::{Keys, Model, Refusal};
use self::purges::PurgeStep;
use self::shapes::SHAPES;
use self::steps::Step;
use self::table::Shape;
use self::totals::Totals;
use self::verbs::{Verb, Which};
use crate::harness::{TestDb, on_every_database};

const CASES: u64 = 200;
const CASES_WITH_PURGES: u64 = 50;
/// The most steps of a sequence.
const STEPS: usize = 60;
/// The timeout of one step.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the test looks for a simpler sequence.
const SHRINKING: Duration = Duration::from_secs(30);
/// How many broken sequences are printed at most.
const MOST_TOLD: usize = 4;

fn seeds(cases: u64) -> std::ops::Range<u64> {
    let number = |variable: &str| {
        let number = std::env::var(variable).ok()?;
        Some(
            number
                .parse::<u64>()
                .unwrap_or_else(|_| panic!("{variable} is a number")),
        )
    };
    match number("FAMILY_LAW_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("FAMILY_LAW_CASES").unwrap_or(cases),
    }
}

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(
        Config::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, &bytes),
    )
}

fn sequences() -> impl Strategy<Value = Vec<Numbers>> {
    let numbers = proptest::array::uniform12(proptest::num::u16::ANY);
    proptest::collection::vec(numbers, 1..=STEPS)
}

/// The steps of a sequence that breaks the law, and the difference.
struct Broken {
    steps: Vec<Step>,
    how: String,
}

impl Broken {
    fn tell(&self, shape: &Shape) -> String {
        let steps: Vec<_> = self.steps.iter().map(|step| step.tell(shape)).collect();
        format!("{}\n=> {}\n", steps.join("\n"), self.how)
    }
}

/// A sequence while it runs.
struct Sequence<'a> {
    model: Model,
    rows: Rows<'a>,
    steps: Vec<Step>,
    /// The same tables in the default schema, if the sequence runs in another schema.
    decoy: Option<(Model, Rows<'a>)>,
}

impl Sequence<'_> {
    async fn step(&mut self, step: Step, totals: &mut Totals) -> Result<(), String> {
        self.model.step += 1;
        if let Step::Purge(purge) = step {
            return self.purge(purge, totals).await;
        }
        let before = self.model.clone();
        let mut expected = step.apply(&mut self.model);
        let by_hand = self.model.operations;
        self.steps.push(step.clone());
        let clock = purges::clock(self.model.step);
        let outcome = clock.scope(self.rows.apply(&step, by_hand));
        let outcome = tokio::time::timeout(PATIENCE, outcome);
        let outcome = outcome.await.map_err(|_| "takes too long".to_owned())??;
        let is_undeclared = |refusal: &BTreeSet<Refusal>| refusal.contains(&Refusal::Undeclared);
        if step.is_slim() && outcome.as_ref().is_err_and(is_undeclared) {
            // The verb was refused, so no row may have changed.
            self.model = before.clone();
            expected.clone_from(&outcome);
        }
        let is_as_expected = match (&outcome, &expected) {
            (Ok(rows), Ok(expected)) => rows == expected,
            (Err(refusal), Err(allowed)) => refusal.is_subset(allowed),
            _ => false,
        };
        if !is_as_expected {
            return Err(format!("{outcome:?}, and should be {expected:?}"));
        }
        self.rows.compare(&self.model).await?;
        if let Some((model, rows)) = &mut self.decoy {
            // The insert may fail in the default schema, which still holds the unique values that were
            // deleted in the other schema.
            if matches!(step, Step::Insert(..))
                && let Ok(Ok(_)) = rows.apply(&step, by_hand).await
            {
                drop(step.apply(model));
            }
            let untouched = rows.compare(model).await;
            untouched.map_err(|how| format!("in the schema that was not named, {how}"))?;
        }
        let live_under_trashed = self.model.live_under_trashed();
        if step.is_by_hand() {
            self.model.put_under = live_under_trashed;
        } else if let Some(pair) = live_under_trashed.difference(&before.put_under).next() {
            return Err(format!("{:?} is left live under {:?}", pair.0, pair.1));
        } else {
            self.model.put_under = live_under_trashed;
        }
        totals.count(&step, &before, &self.model, &expected);
        Ok(())
    }

    /// Purges, and judges what is gone.
    async fn purge(&mut self, purge: PurgeStep, totals: &mut Totals) -> Result<(), String> {
        let before = self.model.clone();
        self.steps.push(Step::Purge(purge.clone()));
        let clock = purges::clock(self.model.step);
        let told = tokio::time::timeout(PATIENCE, clock.scope(self.rows.purge(&purge)));
        let told = told.await.map_err(|_| "takes too long".to_owned())??;
        let left = self.rows.left().await?;
        let judged = purge.judge(&mut self.model, &told, &left)?;
        self.rows.compare(&self.model).await?;
        self.model.put_under = self.model.live_under_trashed();
        totals.count_purge(&purge, &before, &judged);
        Ok(())
    }

    /// Purges until nothing more goes, with bounds that differ from sequence to sequence, and without bounds.
    /// Whatever is due and free has to be gone then.
    async fn purge_all(&mut self, totals: &mut Totals) -> Result<(), String> {
        let unbounded = PurgeStep::default();
        let bounded = match self.steps.len() % 4 {
            0 => PurgeStep {
                rows_per_transaction: Some(1),
                ..PurgeStep::default()
            },
            1 => PurgeStep {
                at_most_rows: Some(4),
                rows_per_transaction: Some(2),
                ..PurgeStep::default()
            },
            2 => PurgeStep {
                rows_per_transaction: Some(3),
                transactions: Some(1),
                ..PurgeStep::default()
            },
            _ => unbounded.clone(),
        };
        for purge in [bounded, unbounded] {
            self.purge_while_rows_go(&purge, totals).await?;
            let left = self.model.removable(&purge.due(&self.model), Keys::All);
            let most = purge.at_most_rows.unwrap_or(u64::MAX);
            let is_too_large =
                |operation: &u32| self.model.of_operation(*operation).len() as u64 > most;
            // A transaction that the database refuses may be the only one of its run.
            let is_excused = purge.transactions.is_some() || left.iter().any(is_too_large);
            if !left.is_empty() && !is_excused {
                return Err(format!("no run removes the operations {left:?}"));
            }
        }
        Ok(())
    }

    async fn purge_while_rows_go(
        &mut self,
        purge: &PurgeStep,
        totals: &mut Totals,
    ) -> Result<(), String> {
        while !purge.due(&self.model).is_empty() {
            let rows = self.model.rows.len();
            let begun = self.model.being_purged.clone();
            self.step(Step::Purge(purge.clone()), totals).await?;
            if self.model.rows.len() == rows && self.model.being_purged == begun {
                break;
            }
        }
        Ok(())
    }

    /// Restores every trashed row.
    async fn end(&mut self, totals: &mut Totals) -> Result<(), String> {
        if self.model.has_purges && self.steps.len().is_multiple_of(3) {
            self.purge_all(totals).await?;
        }
        let trashed = |model: &Model| {
            let rows = model.rows.keys();
            let trashed = rows.filter(|id| !model.is_live(id));
            trashed.cloned().collect::<Vec<_>>()
        };
        if self.steps.len().is_multiple_of(4) {
            let operations = choices::operations(&self.model);
            for operation in operations.into_iter().collect::<BTreeSet<_>>() {
                if choices::operations(&self.model).contains(&operation) {
                    let with_ancestors = false;
                    let step = Step::RestoreOperation {
                        operation,
                        with_ancestors,
                    };
                    self.step(step, totals).await?;
                }
            }
        }
        let mut clashes = false;
        for id in trashed(&self.model) {
            for with_ancestors in [false, true] {
                if self.model.is_live(&id) {
                    break;
                }
                let step = Step::Verb {
                    at: id.0,
                    verb: Verb::Restore { with_ancestors },
                    which: Which::Row(id.1.clone()),
                    is_scoped: false,
                    is_slim: false,
                };
                self.step(step, totals).await?;
            }
            clashes |= !self.model.is_live(&id);
        }
        let left = trashed(&self.model);
        if !clashes && !left.is_empty() {
            return Err(format!("{left:?} are left in the trash"));
        }
        match self.model.being_purged.is_empty() {
            true => Ok(()),
            false => self.purge_all(totals).await,
        }
    }
}

async fn run(
    shape: &'static Shape,
    numbers: &[Numbers],
    db: &TestDb,
    elsewhere: Option<&str>,
    has_purges: bool,
    totals: &mut Totals,
) -> Result<Result<(), Broken>, DbErr> {
    let decoy = match elsewhere {
        Some(_) => Some((Model::new(shape, false), Rows::none(shape, db, "").await?)),
        None => None,
    };
    let mut sequence = Sequence {
        model: Model::new(shape, elsewhere.is_some()),
        rows: Rows::none(shape, db, elsewhere.unwrap_or_default()).await?,
        steps: Vec::new(),
        decoy,
    };
    sequence.model.has_purges = has_purges;
    totals.begin();
    for numbers in numbers {
        let step = choices::step(numbers, &sequence.model);
        if let Err(how) = sequence.step(step, totals).await {
            let steps = sequence.steps;
            return Ok(Err(Broken { steps, how }));
        }
    }
    if elsewhere.is_some() {
        return Ok(Ok(()));
    }
    if let Err(how) = sequence.end(totals).await {
        let steps = sequence.steps;
        return Ok(Err(Broken { steps, how }));
    }
    Ok(Ok(()))
}

/// Looks for the simplest sequence that still breaks the law.
async fn shrink(
    shape: &'static Shape,
    mut broken: Broken,
    mut tree: impl ValueTree<Value = Vec<Numbers>>,
    db: &TestDb,
    elsewhere: Option<&str>,
    has_purges: bool,
) -> Result<Broken, DbErr> {
    let mut is_broken = true;
    let end = Instant::now() + SHRINKING;
    while Instant::now() < end {
        let is_simpler = match is_broken {
            true => tree.simplify(),
            false => tree.complicate(),
        };
        if !is_simpler {
            break;
        }
        let outcome = run(
            shape,
            &tree.current(),
            db,
            elsewhere,
            has_purges,
            &mut Totals::default(),
        )
        .await?;
        is_broken = outcome.is_err();
        if let Err(simpler) = outcome {
            broken = simpler;
        }
    }
    Ok(broken)
}

/// Runs a sequence for each seed, and fails if one breaks the law.
async fn hold(has_purges: bool, seeds: std::ops::Range<u64>, db: &TestDb) -> Result<(), DbErr> {
    let other = format!("{}.", db.create_other_schema().await?);
    let backend = db.get_database_backend();
    for shape in SHAPES {
        let mut create = shape.create(backend, "");
        if shape.counters.is_empty() {
            create.extend(shape.create(backend, &other));
        }
        for sql in create {
            db.execute_unprepared(&sql).await?;
        }
    }
    let mut totals = Totals::default();
    let mut told = Vec::new();
    for seed in seeds {
        let shape = SHAPES[seed as usize % SHAPES.len()];
        let is_elsewhere =
            !has_purges && shape.counters.is_empty() && seed / SHAPES.len() as u64 % 5 == 4;
        let elsewhere = is_elsewhere.then_some(other.as_str());
        let tree = sequences()
            .new_tree(&mut runner(seed))
            .expect("any numbers will do");
        let numbers = tree.current();
        let broken = run(shape, &numbers, db, elsewhere, has_purges, &mut totals);
        if let Err(broken) = broken.await? {
            let broken = shrink(shape, broken, tree, db, elsewhere, has_purges).await?;
            let server = db.server();
            told.push(format!(
                "FAMILY_LAW_SEED={seed} on {server:?}, of the {}:\n{}",
                shape.name,
                broken.tell(shape)
            ));
        }
        if told.len() == MOST_TOLD {
            break;
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
    totals.assess(has_purges, backend);
    Ok(())
}

on_every_database! {
    async fn verbs_change_a_family_as_the_law_says_and_change_nothing_else(db: &TestDb) {
        hold(false, seeds(CASES), db).await?;
    }

    async fn purges_between_verbs_remove_what_the_law_says_and_nothing_else(db: &TestDb) {
        hold(true, seeds(CASES_WITH_PURGES), db).await?;
    }

    async fn no_verb_crashes_the_server(db: &TestDb) {
        for shape in SHAPES {
            for sql in shape.create(db.get_database_backend(), "") {
                db.execute_unprepared(&sql).await?;
            }
            for (at, table) in shape.tables.iter().enumerate() {
                let Some(soft) = &table.soft else { continue };
                let verbs = [
                    Verb::Delete,
                    Verb::Restore { with_ancestors: false },
                    Verb::Restore { with_ancestors: true },
                    Verb::ForceDelete { only_trashed: false },
                    Verb::ForceDelete { only_trashed: true },
                ];
                for (verb, is_scoped) in verbs.into_iter().flat_map(|it| [(it, false), (it, true)]) {
                    for which in [Which::All, Which::Row(vec![1; table.key.len()])] {
                        let rows = Rows::none(shape, db, "").await?;
                        insert_everywhere(shape, db).await?;
                        if !matches!(verb, Verb::Delete | Verb::ForceDelete { only_trashed: false }) {
                            let is_slim = false;
                            let delete = Step::Verb { at, verb: Verb::Delete, which: which.clone(), is_scoped, is_slim };
                            drop(rows.apply(&delete, 0).await.expect("a delete runs or is refused"));
                        }
                        soft.verbs.preview(&which, db).await?;
                        let step = Step::Verb { at, verb, which, is_scoped, is_slim: false };
                        let done = rows.apply(&step, 0).await;
                        if let Err(error) = done {
                            panic!("{}: {error}", step.tell(shape));
                        }
                    }
                }
            }
        }
    }
}

/// Inserts two rows into each table. Each row belongs to the first row of every table.
async fn insert_everywhere(shape: &Shape, db: &TestDb) -> Result<(), DbErr> {
    for table in shape.tables {
        for number in 1..=2 {
            let columns: Vec<_> = table.all_columns().collect();
            let values: Vec<_> = columns
                .iter()
                .enumerate()
                .map(|(index, column)| match table.unique {
                    _ if index < table.key.len() => number.to_string(),
                    Some(unique) if unique == *column => number.to_string(),
                    _ => "1".to_owned(),
                })
                .collect();
            let (columns, values) = (columns.join(", "), values.join(", "));
            let sql = format!("INSERT INTO {} ({columns}) VALUES ({values})", table.name);
            db.execute_unprepared(&sql).await?;
        }
    }
    Ok(())
}
