//! Reads the root rows of operations: the rows on which deletes were called.

use std::collections::HashSet;

use sea_orm::sea_query::{IntoIden, Query};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::error::SoftDeleteError;
use crate::family::graph::{Graph, NodeId};
use crate::family::member::SoftMember;
use crate::family::operations::Operation;
use crate::family::operations::entities::{AT_ONCE, Entity, not_read};
use crate::family::row_set::{PARENT, belongs_to, is_not_true};
use crate::operation::id::OperationId;

/// How many root rows of each entity an operation lists.
const MOST: u64 = 5;

/// Reads the root rows of these operations, with one statement for each entity that has some.
pub(super) async fn read<C: ConnectionTrait>(
    operations: &mut [Operation],
    entities: &[Entity],
    db: &C,
) -> Result<(), SoftDeleteError> {
    let graph = Graph::registered();
    let backend = db.get_database_backend();
    for (node, member) in entities {
        let name = member.name();
        let failed = |error| not_read(*member, error);
        let mut of_entity: Vec<&mut Operation> = operations
            .iter_mut()
            .filter(|operation| has_roots(operation, *node, &name, entities, graph))
            .collect();
        let mut counted: HashSet<OperationId> = HashSet::new();
        for operations in of_entity.chunks_mut(AT_ONCE) {
            let is_root = operations.iter().fold(Condition::any(), |any, operation| {
                any.add(is_root(*node, *member, operation.id, graph, backend))
            });
            let roots = member.roots(is_root, MOST, backend);
            for row in db.query_all(&roots).await.map_err(failed)? {
                let Some(found) = member.read_root(&row).map_err(failed)? else {
                    continue;
                };
                for operation in &mut *operations {
                    if found.id.is_part_of(operation.id) {
                        operation.add_root(&found, counted.insert(operation.id));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Whether rows of this entity are roots: no other entity of the operation has deletes that reach it.
fn has_roots(
    operation: &Operation,
    node: NodeId,
    name: &str,
    entities: &[Entity],
    graph: &Graph,
) -> bool {
    let members = || operation.members.iter();
    let is_of = |other: &&Entity| members().any(|member| member.entity == other.1.name());
    members().any(|member| member.entity == name)
        && !entities
            .iter()
            .filter(|other| other.0 != node && is_of(other))
            .any(|other| graph.reaches(other.0, node) && !graph.reaches(node, other.0))
}

/// The condition that this operation trashed a row of the entity, and did not trash a parent of the row.
pub(crate) fn is_root(
    node: NodeId,
    member: &dyn SoftMember,
    operation: OperationId,
    graph: &Graph,
    backend: DbBackend,
) -> Condition {
    let mut all = Condition::all().add(member.is_of(member.alias(), operation, backend));
    for edge in graph.falls_with(node) {
        let archive = graph
            .archive(edge.parent)
            .filter(|_| member.is_in_archive());
        for parent in graph.soft(edge.parent).into_iter().chain(archive) {
            let alias = PARENT.into_iden();
            let mut parents = Query::select();
            parents
                .from_as(parent.table(), alias.clone())
                .and_where(parent.is_of(alias.clone(), operation, backend))
                .and_where(parent.is_trashed(alias))
                .and_where(parent.lift());
            all = all.add(is_not_true(belongs_to(edge, parents, member.alias())));
        }
    }
    all
}
