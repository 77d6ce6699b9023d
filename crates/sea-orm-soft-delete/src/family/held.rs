//! Refuses to remove rows that a legal hold keeps.

use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr};

use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::as_of_now::as_of_now;
use crate::family::cascade;
use crate::family::follow_up::count_rows;
use crate::family::graph::NodeId;
use crate::family::member::SoftMember;
use crate::family::plan::Family;
use crate::family::row_set::RowSets;
use crate::operation::id::OperationId;
use crate::report::EntityRows;

/// Refuses if a legal hold keeps rows of the set.
pub(crate) async fn check<C: ConnectionTrait>(
    family: &Family,
    sets: &RowSets<'_>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let mut held = Vec::new();
    for node in family.nodes() {
        held.extend(of_entity(family, sets, node, db).await?);
    }
    refuse(family, held)
}

/// The same for one entity of the family.
pub(crate) async fn check_entity<C: ConnectionTrait>(
    family: &Family,
    sets: &RowSets<'_>,
    node: NodeId,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let held = of_entity(family, sets, node, db).await?;
    refuse(family, held.into_iter().collect())
}

/// The rows of the set that a legal hold keeps.
pub(crate) async fn find<C: ConnectionTrait>(
    family: &Family,
    sets: &RowSets<'_>,
    db: &C,
) -> Result<Vec<EntityRows>, DbErr> {
    let mut held = Vec::new();
    for node in family.nodes() {
        held.extend(of_entity(family, sets, node, db).await?);
    }
    Ok(held)
}

/// Refuses if a delete would destroy rows that belong to held rows of the operation.
pub(crate) async fn check_destroyed<C: ConnectionTrait>(
    family: &Family,
    operation: OperationId,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let backend = db.get_database_backend();
    let mut held = Vec::new();
    for edge in family.edges(Policy::Destroy) {
        let child = family.graph.member(edge.child);
        let Some(parent) = family.graph.soft(edge.parent) else {
            continue;
        };
        let Some(belongs) =
            cascade::belongs_to_held(edge, parent, child.alias(), operation, backend)
        else {
            continue;
        };
        let mut rows = Query::select();
        rows.from(child.table()).and_where(belongs);
        as_of_now(&mut rows, backend);
        let count = count_rows(rows, db).await?;
        held.push(EntityRows {
            entity: child.name(),
            count,
        });
    }
    held.retain(|held| held.count > 0);
    refuse(family, held)
}

fn refuse(family: &Family, held: Vec<EntityRows>) -> Result<(), SoftDeleteError> {
    match held.is_empty() {
        true => Ok(()),
        false => Err(SoftDeleteError::Held {
            entity: family.graph.member(family.root).name(),
            held,
        }),
    }
}

async fn of_entity<C: ConnectionTrait>(
    family: &Family,
    sets: &RowSets<'_>,
    node: NodeId,
    db: &C,
) -> Result<Option<EntityRows>, DbErr> {
    let Some((member, mut rows)) = held_rows(family, node) else {
        return Ok(None);
    };
    rows.and_where(sets.contains(node))
        .with_cte(sets.clause([node]));
    let count = count_rows(rows, db).await?;
    Ok((count > 0).then(|| EntityRows {
        entity: member.name(),
        count,
    }))
}

/// Selects from the held rows of the entity; `None` if it declares no hold.
fn held_rows(family: &Family, node: NodeId) -> Option<(&'static dyn SoftMember, SelectStatement)> {
    let member = family.graph.soft(node)?;
    let is_held = member.is_held(member.alias())?;
    let mut rows = Query::select();
    rows.from(member.table())
        .and_where(is_held)
        .and_where(member.lift());
    Some((member, rows))
}
