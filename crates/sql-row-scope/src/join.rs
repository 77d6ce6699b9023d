//! Joins: where the condition of each table goes, so that the join gives the same rows as if the trashed rows
//! did not exist.

use super::block::{Instance, Place};

/// A table reference, or a join of two. It refers to other nodes by their position.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    /// A table, which is scoped if it has an instance.
    Table(Option<usize>),
    /// A join in parentheses under an alias. The alias hides the tables of the join from the text outside.
    Sealed(usize),
    Join(Join),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Join {
    pub(super) kind: JoinKind,
    pub(super) left: usize,
    pub(super) right: usize,
    /// The condition; none if the join has no condition, or has USING or NATURAL.
    pub(super) condition: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
}

/// Sets the place of the condition for every instance below `root`.
///
/// A condition may move from a table up to the join around it, as long as it drops the same rows there:
/// through either side of an inner join, and through the side of an outer join that keeps its rows. From the
/// other side of an outer join, the condition goes into the ON, because there it must drop the match and not
/// the kept row.
pub(super) fn place(nodes: &[Node], root: usize, instances: &mut [Instance]) {
    let mut todo = vec![(root, Place::Filter)];
    while let Some((node, place)) = todo.pop() {
        match nodes.get(node) {
            Some(Node::Table(Some(instance))) => {
                if let Some(instance) = instances.get_mut(*instance) {
                    instance.place = if instance.renames_columns {
                        Place::Swap
                    } else {
                        place
                    };
                }
            }
            Some(Node::Table(None)) | None => {}
            Some(Node::Sealed(inner)) => todo.push((*inner, Place::Swap)),
            Some(Node::Join(join)) => {
                let optional = join.condition.map_or(Place::Swap, Place::Condition);
                let (left, right) = match join.kind {
                    JoinKind::Inner => (place, place),
                    JoinKind::Left => (place, optional),
                    JoinKind::Right => (optional, place),
                    JoinKind::Full => (Place::Swap, Place::Swap),
                };
                todo.push((join.left, left));
                todo.push((join.right, right));
            }
        }
    }
}
