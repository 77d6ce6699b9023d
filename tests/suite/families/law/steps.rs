//! The steps of a sequence, and the change of the model by each step.

use std::collections::BTreeSet;
use std::fmt;

use super::model::{Model, Outcome, Refusal, Row, RowId};
use super::purges::PurgeStep;
use super::table::Shape;
use super::verbs::{Verb, Which};

#[derive(Clone, Debug)]
pub(super) enum Step {
    Insert(RowId, Vec<Option<i32>>),
    /// Writes the foreign keys of a live or trashed row.
    Move(RowId, Vec<(&'static str, Option<i32>)>),
    /// Sets only the marker of a live row, by a handwritten UPDATE.
    TrashByHand(RowId),
    Verb {
        at: usize,
        verb: Verb,
        which: Which,
        is_scoped: bool,
        /// Whether the verb is of the table's second entity, which declares no relation.
        is_slim: bool,
    },
    /// Restores all rows of an operation, whatever their parent rows are now.
    RestoreOperation {
        operation: u32,
        with_ancestors: bool,
    },
    /// `DELETE FROM …` through a scoped connection.
    PlainDelete {
        at: usize,
        which: Which,
    },
    Purge(PurgeStep),
}

impl Step {
    /// Applies the step to the model.
    pub(super) fn apply(&self, model: &mut Model) -> Outcome {
        let outcome = self.change(model);
        model.recount();
        outcome
    }

    fn change(&self, model: &mut Model) -> Outcome {
        match self {
            Self::Insert(id, values) => {
                let row = Row {
                    values: values.clone(),
                    operation: None,
                };
                model.rows.insert(id.clone(), row);
                Ok(1)
            }
            Self::Move(id, columns) => {
                let table = model.table(id);
                if let Some(row) = model.rows.get_mut(id) {
                    for (column, value) in columns {
                        row.values[table.position(column)] = *value;
                    }
                }
                Ok(1)
            }
            Self::TrashByHand(id) => {
                model.operations += 1;
                let operation = Some(model.operations);
                model.by_hand.insert(model.operations);
                if let Some(row) = model.rows.get_mut(id) {
                    row.operation = operation;
                }
                Ok(1)
            }
            Self::RestoreOperation { with_ancestors, .. } => {
                model.restore(&self.roots(model), *with_ancestors)
            }
            Self::PlainDelete { .. } => model.delete(&self.roots(model)),
            // What a purge may remove is judged when it has run.
            Self::Purge(_) => Ok(0),
            Self::Verb { verb, which, .. } => {
                let roots = self.roots(model);
                match *verb {
                    Verb::Delete => model.delete(&roots),
                    Verb::Restore { with_ancestors } => model.restore(&roots, with_ancestors),
                    Verb::ForceDelete { only_trashed } => {
                        let is_refused = only_trashed && matches!(which, Which::Row(_));
                        if is_refused && roots.is_empty() {
                            return Err([Refusal::NotTrashed].into());
                        }
                        model.force_delete(&roots)
                    }
                }
            }
        }
    }

    /// The rows that match the verb's filter and are in the state that the verb expects.
    pub(super) fn roots(&self, model: &Model) -> BTreeSet<RowId> {
        if let Self::RestoreOperation { operation, .. } = self {
            return model.of_operation(*operation);
        }
        let (at, which, is_for): (_, _, fn(bool) -> bool) = match self {
            Self::PlainDelete { at, which } => (*at, which, |is_live| is_live),
            Self::Verb {
                at, verb, which, ..
            } => (
                *at,
                which,
                match verb {
                    Verb::Delete => |is_live| is_live,
                    Verb::ForceDelete {
                        only_trashed: false,
                    } => |_| true,
                    _ => |is_live| !is_live,
                },
            ),
            _ => return BTreeSet::new(),
        };
        let rows = model.rows.keys().filter(|id| id.0 == at);
        rows.filter(|id| is_for(model.is_live(id)))
            .filter(|id| {
                let color = model.value(id, "color");
                match which {
                    Which::Row(key) => id.1 == *key,
                    Which::Color(of) => color == Some(*of),
                    Which::NotColor(of) => color != Some(*of),
                    Which::All => true,
                }
            })
            .cloned()
            .collect()
    }

    /// Whether the step is a verb of a table's second entity.
    pub(super) fn is_slim(&self) -> bool {
        matches!(self, Self::Verb { is_slim: true, .. })
    }

    /// Whether the step may leave a live row under a trashed parent row.
    pub(super) fn is_by_hand(&self) -> bool {
        matches!(
            self,
            Self::Insert(..) | Self::Move(..) | Self::TrashByHand(_)
        )
    }

    /// The step as text for a printed sequence.
    pub(super) fn tell(&self, shape: &Shape) -> String {
        let key_of = |at: usize| shape.tables[at].key;
        let name = |at: usize| shape.tables[at].name;
        match self {
            Self::Insert(id, values) => {
                let table = &shape.tables[id.0];
                let columns = table.all_columns().zip(values);
                let columns: Vec<_> = columns
                    .filter_map(|(column, value)| Some(format!("{column} = {}", (*value)?)))
                    .collect();
                format!("insert {}: {}", table.name, columns.join(", "))
            }
            Self::Move(id, columns) => {
                let which = Which::Row(id.1.clone()).sql(key_of(id.0));
                let columns: Vec<_> = columns
                    .iter()
                    .map(Assigned)
                    .map(|it| it.to_string())
                    .collect();
                format!("update {} set {}{which}", name(id.0), columns.join(", "))
            }
            Self::TrashByHand(id) => {
                let which = Which::Row(id.1.clone()).sql(key_of(id.0));
                format!("trash by a handwritten UPDATE {}{which}", name(id.0))
            }
            Self::RestoreOperation {
                operation,
                with_ancestors,
            } => match with_ancestors {
                true => format!("restore operation {operation} with ancestors"),
                false => format!("restore operation {operation}"),
            },
            Self::Purge(purge) => purge.tell(shape),
            Self::PlainDelete { at, which } => {
                format!("DELETE FROM {}{}", name(*at), which.sql(key_of(*at)))
            }
            Self::Verb {
                at,
                verb,
                which,
                is_scoped,
                is_slim,
            } => {
                let through = if *is_scoped { ", scoped" } else { "" };
                let of = if *is_slim { ", of the slim entity" } else { "" };
                let which = which.sql(key_of(*at));
                format!("{verb:?} {}{which}{through}{of}", name(*at))
            }
        }
    }
}

/// A column and the value that a statement writes into it.
pub(super) struct Assigned<'a>(pub(super) &'a (&'static str, Option<i32>));

impl fmt::Display for Assigned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            (column, Some(value)) => write!(f, "{column} = {value}"),
            (column, None) => write!(f, "{column} = NULL"),
        }
    }
}
