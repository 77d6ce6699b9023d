//! Every remedy that the doctor prints: each fault is made, its remedy is carried out as printed, and the finding is gone,
//! no other has come, and the rows are intact.
//!
//! A code without a case fails [`every_code_has_a_case`].

mod columns;
mod declared;
mod entities;
mod relations;
mod rows;
mod scopes;
mod uniqueness;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{DatabaseConnection, FromQueryResult, JsonValue, Statement};
use sea_orm_soft_delete::SoftDeleteError;
use sea_orm_soft_delete::doctor::{Diagnosis, Doctor, Finding, FindingCode};

use super::{run, typed};
use crate::harness::TestDb;

/// A fault in a database, and what mends it besides the printed statements.
#[derive(Default)]
struct Fault {
    doctor: Doctor,
    /// Selects the rows that must be the same before and after.
    rows: &'static str,
    call: Option<Call>,
    /// What the advice says, in SQL, where no statement is printed.
    by_hand: Vec<String>,
    /// The printed declaration, and the doctor of entities like these that declare it.
    declared: Option<(&'static str, Doctor)>,
    /// Whether the advice concerns the source or each later call, so that the finding stays.
    only_advice: bool,
    /// The finding that the remedy brings in place of this one.
    then: Option<FindingCode>,
}

/// A call in source, and what it does.
type Call = (&'static str, Run);
type Run = for<'a> fn(&'a DatabaseConnection) -> Running<'a>;
type Running<'a> = Pin<Box<dyn Future<Output = Result<(), SoftDeleteError>> + 'a>>;

/// A call as the doctor prints it, with `crate` for the name of the program.
macro_rules! call {
    (|$db:ident| $($call:tt)+) => {
        {
            fn run(db: &sea_orm::DatabaseConnection) -> crate::doctor::every_remedy::Running<'_> {
                Box::pin(async move {
                    let $db = db.clone();
                    let _ = { $($call)+ };
                    Ok(())
                })
            }
            (stringify!($($call)+), run as crate::doctor::every_remedy::Run)
        }
    };
}
use call;

impl Fault {
    fn of(doctor: Doctor, rows: &'static str) -> Option<Self> {
        Some(Self {
            doctor,
            rows,
            ..Self::default()
        })
    }
}

/// The ways in which a remedy can be carried out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Statements,
    Call,
    /// By hand, or by a declaration.
    Otherwise,
}

/// Cases of findings: the code, and what makes the fault; `None` where the database cannot have it.
macro_rules! remedies {
    ($($code:ident: async fn $name:ident($db:ident: &TestDb) $body:block)*) => {
        pub(super) const CODES: &[FindingCode] = &[$(FindingCode::$code),*];

        $(mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[allow(unused_variables)]
            async fn fault($db: &TestDb) -> Option<Fault> $body

            async fn body(db: &TestDb) -> crate::harness::TestResult {
                let mut ways = 0;
                for way in [Way::Statements, Way::Call, Way::Otherwise] {
                    let made = async |db: &TestDb| {
                        ways += super::super::prove(db, FindingCode::$code, way, fault(db).await).await;
                        Ok(())
                    };
                    crate::harness::run(db.server(), made).await;
                }
                assert!(ways > 0 || fault(db).await.is_none(), "nothing was carried out");
                Ok(())
            }

            crate::harness::run_body_on! { [sqlite: Sqlite, postgres: Postgres, mariadb: MariaDb, mysql: MySql] }
        })*
    };
}
use remedies;

#[test]
fn every_code_has_a_case() {
    let mut with_case = [
        columns::CODES,
        declared::CODES,
        relations::CODES,
        rows::CODES,
        scopes::CODES,
        // `doctor::settings` carries out its remedies in the session of a transaction.
        &[FindingCode::TextReadOtherwise],
        // `live_schema::doctor` carries out its remedies on PostgreSQL.
        &[
            FindingCode::LiveViewMissing,
            FindingCode::LiveViewChanged,
            FindingCode::LiveViewOutdated,
            FindingCode::LiveSchemaNotFirst,
        ],
        // `tenants::row_level_security::doctor` does the same.
        &[
            FindingCode::RowSecurityMissing,
            FindingCode::RowSecurityDiffers,
        ],
        uniqueness::CODES,
    ]
    .concat();
    with_case.sort();
    with_case.dedup();
    assert_eq!(with_case, FindingCode::ALL);
}

/// Carries out the remedy in one way, and returns 1 if there is this way.
async fn prove(db: &TestDb, code: FindingCode, way: Way, fault: Option<Fault>) -> u32 {
    let Some(fault) = fault else { return 0 };
    let before = fault.doctor.examine(&**db).await.unwrap();
    let mut found = before.findings().iter().filter(|it| it.code == code);
    let Some(finding) = found.next() else {
        panic!("the fault is not found:\n{before}");
    };
    let remedy = &finding.remedy;
    if fault.only_advice {
        return u32::from(way == Way::Otherwise);
    }
    let rows = select(db, fault.rows).await;
    match way {
        Way::Statements if !remedy.statements.is_empty() => {
            run(db, &remedy.statements).await;
        }
        Way::Call if remedy.call.is_some() => make_call(db, &fault, finding).await,
        Way::Otherwise if remedy.statements.is_empty() && remedy.call.is_none() => {
            if let Some(query) = &remedy.query {
                assert!(!select(db, query).await.is_empty(), "{finding}");
            }
            if let Some((declaration, doctor)) = &fault.declared {
                assert_eq!(remedy.declaration.as_deref(), Some(*declaration));
                let declared = doctor.examine(&**db).await.unwrap();
                assert!(
                    declared.findings().iter().all(|it| it.code != code),
                    "{declared}"
                );
                return 1;
            }
            assert_eq!(remedy.declaration, None, "the case does not declare it");
            assert!(!fault.by_hand.is_empty(), "nothing mends it: {finding}");
            run(db, &fault.by_hand).await;
        }
        _ => return 0,
    }
    let after = fault.doctor.examine(&**db).await.unwrap();
    assert!(
        !has(&after, finding),
        "the remedy did not mend it:\n{after}"
    );
    for new in after.findings() {
        let is_known = has(&before, new) || fault.then == Some(new.code);
        assert!(is_known, "the remedy brought another finding:\n{new}");
    }
    assert_eq!(
        select(db, fault.rows).await,
        rows,
        "the remedy changed rows:\n{finding}"
    );
    1
}

/// Makes the printed call.
async fn make_call(db: &TestDb, fault: &Fault, finding: &Finding) {
    let program = format!("{}::", module_path!().split("::").next().unwrap());
    // The formatting of this file adds commas.
    let bare = |text: &str| {
        text.replace(char::is_whitespace, "")
            .replace(",>", ">")
            .replace(",)", ")")
    };
    let printed = finding
        .remedy
        .call
        .as_deref()
        .unwrap()
        .replace(&program, "crate::");
    let printed = printed.replace(&schema(db).await, "");
    let (source, run) = fault
        .call
        .unwrap_or_else(|| panic!("the case has no call: {printed}"));
    assert_eq!(bare(&printed), bare(source));
    run(db)
        .await
        .unwrap_or_else(|error| panic!("{printed}\n{error}"));
}

/// The qualification of a name in a text with escapes, which is another in each test.
async fn schema(db: &TestDb) -> String {
    if db.server() != crate::harness::Server::Postgres {
        return "no schema".to_owned();
    }
    let schema = &select(db, "SELECT current_schema()::text AS name").await[0]["name"];
    format!("\\\"{}\\\".", schema.as_str().unwrap())
}

fn has(diagnosis: &Diagnosis, finding: &Finding) -> bool {
    let same = |other: &Finding| {
        (other.code, &other.entity, &other.message)
            == (finding.code, &finding.entity, &finding.message)
    };
    diagnosis.findings().iter().any(same)
}

async fn select(db: &TestDb, query: &str) -> Vec<JsonValue> {
    // Each a statement of its own, because PostgreSQL does not run a prepared one after a change of the table.
    static READS: AtomicU32 = AtomicU32::new(0);
    let read = READS.fetch_add(1, Ordering::Relaxed);
    let query = format!("{} /* {read} */", typed(db.server(), query));
    let statement = Statement::from_string(db.get_database_backend(), &query);
    let rows = JsonValue::find_by_statement(statement).all(&**db).await;
    rows.unwrap_or_else(|error| panic!("{query}\n{error}"))
}

/// The instant of a trashed row, as this database spells it.
fn gone(db: &TestDb) -> &'static str {
    match db.server() {
        crate::harness::Server::Sqlite => "'2024-02-03T04:05:06+00:00'",
        _ => "'2024-02-03 04:05:06'",
    }
}
