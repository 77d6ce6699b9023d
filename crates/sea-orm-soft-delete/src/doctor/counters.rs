//! Counter caches: whether their columns exist, and whether they hold the right numbers.

use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Value};

use crate::doctor::examination::{Examination, Subject, column, names, spelled, type_name};
use crate::doctor::families::is_unreadable;
use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::error::SoftDeleteError;
use crate::family::{Counter, Recount, SoftMember, count_rows};
use crate::query::literal::literal;
use crate::schema::sql::statement_text;

/// Counts the parents with wrong counts, with one statement for each counter.
pub(super) async fn check<C: ConnectionTrait>(
    examination: &mut Examination<'_>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    for subject in examination.present() {
        // Other checks have reported a column with the wrong form already.
        if is_unreadable(examination, subject.member) {
            continue;
        }
        for counter in examination.graph.counters(subject.node) {
            if let Some(finding) = missing(examination, &subject, counter) {
                examination.find(finding);
                continue;
            }
            let recount = recount(counter, subject.member, examination.backend);
            match count_rows(recount.wrong(), db).await {
                Ok(0) => {}
                Ok(rows) => examination.find(wrong(&recount, rows, examination.backend)),
                Err(error @ (DbErr::Conn(_) | DbErr::ConnectionAcquire(_))) => {
                    return Err(error.into());
                }
                Err(error) => examination.find(not_counted(&recount, &error)),
            }
        }
    }
    Ok(())
}

/// Writes instants as literals in the database's own spelling, so that the printed statement equals the executed one.
fn recount<'a>(
    counter: &'a Counter,
    child: &'static dyn SoftMember,
    backend: DbBackend,
) -> Recount<'a> {
    let (marker, storage) = child.marker();
    let marker = Expr::col((child.alias(), marker));
    let spell = |value: Value| Expr::cust(literal(value, backend));
    let (is_live, is_trashed) = (
        storage.is_live(&marker, spell),
        storage.is_trashed(&marker, spell),
    );
    Recount::with(counter, child, is_live, is_trashed)
}

/// A table or column that does not exist.
fn missing(
    examination: &Examination<'_>,
    subject: &Subject<'_>,
    counter: &Counter,
) -> Option<Finding> {
    let parent = counter.parent;
    let table = examination.catalogue.table(&parent.key());
    let columns: Vec<String> = counter.columns().map(ToString::to_string).collect();
    let is_missing =
        |name: &&String| table.is_none_or(|table| column(table, name.as_str()).is_none());
    let missing: Vec<&String> = columns.iter().filter(is_missing).collect();
    let of_relation = [
        (table, names(&counter.parent_columns)),
        (Some(subject.table), names(&counter.child_columns)),
    ];
    let mut of_relation = of_relation.iter().flat_map(|(table, columns)| {
        let is_there = |name: &String| table.is_some_and(|it| column(it, name).is_some());
        columns.iter().map(is_there)
    });
    if missing.is_empty() && of_relation.all(|is_there| is_there) {
        return None;
    }
    let what = match (table, missing.as_slice()) {
        (None, _) => "the table is not there".to_owned(),
        (_, []) => "a column of the relation is not there".to_owned(),
        (_, missing) => format!("{} is not there", spelled(missing)),
    };
    Some(
        FindingCode::CounterMissing.error(
            subject.name(),
            format!(
                "`{}` counts its rows, and {what}: its deletes and restores fail",
                parent.name()
            ),
            Remedy::advice(format!(
                "add the columns in a migration, as integers that are 0 by default, and recount with `{}`",
                repair(subject.member)
            )),
        ),
    )
}

fn wrong(recount: &Recount<'_>, rows: u64, backend: DbBackend) -> Finding {
    let (child, parent) = (recount.child, recount.counter.parent);
    let columns: Vec<String> = recount.counter.columns().map(ToString::to_string).collect();
    let (rows, hold) = match rows {
        1 => ("1 row".to_owned(), "holds"),
        _ => (format!("{rows} rows"), "hold"),
    };
    let update = recount.update(sea_orm::Condition::all());
    FindingCode::CountWrong.warning(
        child.name(),
        format!(
            "{rows} of `{}` {hold} a wrong count of its rows in {}",
            parent.name(),
            spelled(&columns)
        ),
        Remedy::advice(
            "recount; and count each INSERT, with `Counters::add` in `ActiveModelBehavior::after_save` for example",
        )
        .call(repair(child))
        .statements([statement_text(&update, backend)]),
    )
}

fn not_counted(recount: &Recount<'_>, error: &DbErr) -> Finding {
    let (child, parent) = (recount.child.name(), recount.counter.parent.name());
    FindingCode::NotExamined.warning(
        child.clone(),
        format!("whether `{parent}` counts its rows rightly is not known: {error}"),
        Remedy::advice(format!(
            "let the connection read `{child}` and `{parent}`, and the columns of the relation be of one type"
        )),
    )
}

fn repair(child: &dyn SoftMember) -> String {
    format!("Counters::of::<{}>().recount(&db).await?", type_name(child))
}
