//! Rows that cannot be restored, because live rows have their unique values.

use sea_orm::sea_query::{DynIden, Expr, ExprTrait, IntoIden, Query};
use sea_orm::{Condition, ConnectionTrait};

use crate::error::SoftDeleteError;
use crate::family::as_of_now::as_of_now;
use crate::family::follow_up::FollowUp;
use crate::family::member::SoftMember;
use crate::family::plan::Family;
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
            clashes.extend(of_key(member, &key, is_restored(node, member.alias()), db).await?);
        }
    }
    Ok(clashes)
}

async fn of_key<C: ConnectionTrait>(
    member: &dyn SoftMember,
    key: &[DynIden],
    is_restored: Expr,
    db: &C,
) -> Result<Vec<UniqueClash>, SoftDeleteError> {
    let backend = db.get_database_backend();
    let twin: DynIden = "soft_delete_twin".into_iden();
    let alias = member.alias();
    let mut twins = Query::select();
    twins
        .from_as(member.table(), twin.clone())
        .and_where(member.is_live(twin.clone()))
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
    // Subqueries of the same statement, which lock no row of the table.
    member.select_first(&twins, &twin, &mut rows, backend);
    as_of_now(&mut rows, backend);
    let names: Vec<String> = key.iter().map(ToString::to_string).collect();
    let rows = db.query_all(&FollowUp(rows)).await?;
    rows.iter()
        .map(|row| {
            let live_row = member.read_first(row);
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
