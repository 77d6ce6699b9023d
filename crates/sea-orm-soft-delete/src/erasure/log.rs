//! The reasons that the log of deletions holds about the rows that are erased.

use sea_orm::sea_query::{Expr, Query, UpdateStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityName};

use crate::deletion_log::{Column, Entity};
use crate::entity::any_columns::Role;
use crate::erasure::walk::{Reached, Walk};
use crate::error::SoftDeleteError;
use crate::family::{FollowUp, Graph, SoftMember, key_text};

const KEYS_AT_ONCE: usize = 500;

/// Removes the reasons of the deletes that were called on these rows, from the log too.
pub(super) async fn erase_reasons<C: ConnectionTrait>(
    walk: &Walk,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let graph = Graph::registered();
    for table in walk.tables.iter().filter(|it| graph.is_logged(it.node)) {
        let Some(member) = graph.soft(table.node) else {
            continue;
        };
        if !erases_reason(member, table) {
            continue;
        }
        for keys in table.changing().chunks(KEYS_AT_ONCE) {
            let keys = keys.iter().map(|key| key_text(key.clone()));
            let is_of_rows = Condition::all()
                .add(Column::Entity.eq(member.name()))
                .add(Column::RootKey.is_in(keys));
            erase_in(is_of_rows, db).await?;
        }
    }
    Ok(())
}

/// Whether the entity declares that the reason is personal: by a rule for its own column, or by removing the rows.
fn erases_reason(member: &dyn SoftMember, table: &Reached) -> bool {
    let columns = member.described_columns();
    let reason = columns.iter().find(|column| column.role == Role::Reason);
    let rules = table.rules();
    let has_rule = |name: &str| rules.columns.iter().any(|it| it.column.to_string() == name);
    rules.removes_rows || reason.is_some_and(|reason| has_rule(&reason.name))
}

/// Removes the reasons of these deeds, and of the others of their operations, which repeat them.
async fn erase_in<C: ConnectionTrait>(deeds: Condition, db: &C) -> Result<(), SoftDeleteError> {
    let mut operations = Query::select();
    operations
        .distinct()
        .column(Column::Operation)
        .from(Entity.table_ref())
        .cond_where(deeds.clone().add(Column::Operation.is_not_null()));
    let mut found: Vec<String> = Vec::new();
    for row in db.query_all(&FollowUp(operations)).await? {
        found.push(row.try_get("", "operation")?);
    }
    db.execute(&FollowUp(without_reason(deeds))).await?;
    for operations in found.chunks(KEYS_AT_ONCE) {
        let of_operations = Column::Operation.is_in(operations.iter().cloned());
        let update = without_reason(Condition::all().add(of_operations));
        db.execute(&FollowUp(update)).await?;
    }
    Ok(())
}

fn without_reason(deeds: Condition) -> UpdateStatement {
    Query::update()
        .table(Entity.table_ref())
        .value(Column::Reason, Expr::val(None::<String>))
        .cond_where(deeds)
        .to_owned()
}
