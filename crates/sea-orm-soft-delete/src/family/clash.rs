//! Rows that cannot be restored, because live rows have their unique values.

use sea_orm::sea_query::{DynIden, Expr, ExprTrait, IntoIden, Query};
use sea_orm::{Condition, ConnectionTrait};

use crate::error::SoftDeleteError;
use crate::family::as_of_now::as_of_now;
use crate::family::follow_up::FollowUp;
use crate::family::member::SoftMember;
use crate::family::plan::Family;
use crate::family::row_set::tuple;
use crate::family::trashed_rows::IsRestored;
use crate::report::{TakenValue, UniqueClash};
use crate::value_text;

/// Refuses if a row to restore has a unique value that a live row has.
pub(crate) async fn refuse<C: ConnectionTrait>(
    family: &Family,
    is_restored: &IsRestored<'_>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let clashes = find(family, is_restored, db).await?;
    let Some(first) = clashes.first() else {
        return Ok(());
    };
    Err(SoftDeleteError::UniqueViolation {
        entity: first.entity.clone(),
        key: (clashes.len() == 1).then(|| first.key.clone()),
        constraint: None,
        clashes,
        source: None,
    })
}

/// Every row to restore that has a unique value which a live row has.
///
/// It checks the unique keys that the entities declare. The database itself enforces an index that they do
/// not declare.
pub(crate) async fn find<C: ConnectionTrait>(
    family: &Family,
    is_restored: &IsRestored<'_>,
    db: &C,
) -> Result<Vec<UniqueClash>, SoftDeleteError> {
    let mut clashes = Vec::new();
    for node in family.nodes() {
        let Some(member) = family.graph.soft(node) else {
            continue;
        };
        for key in member.unique_keys() {
            let is_restored = is_restored(node, member.alias());
            clashes.extend(of_key(member, &key, is_restored, Twins::Live, db).await?);
        }
    }
    Ok(clashes)
}

/// Every row to restore that has a unique value which another row of the same restore has, with a lesser key.
/// `are_restored` tells the other rows.
pub(crate) async fn among<C: ConnectionTrait>(
    family: &Family,
    is_restored: &IsRestored<'_>,
    are_restored: &IsRestored<'_>,
    db: &C,
) -> Result<Vec<UniqueClash>, SoftDeleteError> {
    let mut clashes = Vec::new();
    for node in family.nodes() {
        let Some(member) = family.graph.soft(node) else {
            continue;
        };
        let twin: DynIden = TWIN.into_iden();
        let primary_key = member.primary_key();
        let is_before = tuple(&twin, &primary_key).lt(tuple(&member.alias(), &primary_key));
        let is_twin = are_restored(node, twin).and(is_before);
        for key in member.unique_keys() {
            let is_restored = is_restored(node, member.alias());
            let twins = Twins::Restored(is_twin.clone());
            clashes.extend(of_key(member, &key, is_restored, twins, db).await?);
        }
    }
    Ok(clashes)
}

const TWIN: &str = "soft_delete_twin";

/// Rows that have the values of a row to restore.
enum Twins {
    Live,
    /// Rows of the same restore: the condition of one under its alias.
    Restored(Expr),
}

async fn of_key<C: ConnectionTrait>(
    member: &dyn SoftMember,
    key: &[DynIden],
    is_restored: Expr,
    are_twins: Twins,
    db: &C,
) -> Result<Vec<UniqueClash>, SoftDeleteError> {
    let backend = db.get_database_backend();
    let twin: DynIden = TWIN.into_iden();
    let alias = member.alias();
    let (is_twin, are_live) = match are_twins {
        Twins::Live => (member.is_live(twin.clone()), true),
        Twins::Restored(is_twin) => (is_twin, false),
    };
    let mut twins = Query::select();
    twins
        .from_as(member.table(), twin.clone())
        .and_where(is_twin)
        .and_where(member.lift());
    for column in key {
        let theirs = Expr::col((twin.clone(), column.clone()));
        twins.and_where(theirs.equals((alias.clone(), column.clone())));
    }
    let mut same_key = twins.clone();
    same_key.expr(Expr::Constant(1.into()));
    let mut rows = member.select(
        Condition::all()
            .add(is_restored)
            .add(member.is_trashed(alias))
            .add(Expr::exists(same_key)),
    );
    if are_live {
        // Subqueries of the same statement, which lock no row of the table.
        member.select_first(&twins, &twin, &mut rows, backend);
    }
    as_of_now(&mut rows, backend);
    let names: Vec<String> = key.iter().map(ToString::to_string).collect();
    let rows = db.query_all(&FollowUp(rows)).await?;
    rows.iter()
        .map(|row| {
            let live_row = are_live.then(|| member.read_first(row)).flatten();
            let row = member.read(row)?;
            let values = row.values.iter();
            let taken = values.filter(|(name, _)| names.iter().any(|of_key| of_key == name));
            let spelt: Vec<String> = taken
                .clone()
                .map(|(name, value)| format!("{name} = {}", value_text::spell(value)))
                .collect();
            let values = taken.map(|(name, value)| TakenValue {
                column: (*name).to_owned(),
                text: value_text::text_of(value),
            });
            Ok(UniqueClash {
                entity: member.name(),
                key: row.key,
                taken: spelt.join(", "),
                values: values.collect(),
                live_row,
            })
        })
        .collect()
}
