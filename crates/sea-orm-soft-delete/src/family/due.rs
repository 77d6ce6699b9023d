//! Which trash a purge may remove now.

use std::time::Duration;

use crate::entity::retention::Retention;
use crate::family::graph::{Graph, NodeId};
use crate::operation::timestamp::Timestamp;

/// The trash that a purge may remove now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) now: Timestamp,
    /// The age that takes the place of every retention.
    pub(crate) older_than: Option<Duration>,
    /// Whether the `purge_at` of a row says when.
    pub(crate) by_purge_at: bool,
}

impl Due {
    /// The instant with which the `purge_at` of a row is compared.
    pub(crate) fn passed(&self) -> Option<Timestamp> {
        self.by_purge_at.then_some(self.now)
    }

    /// The instant until which rows of this entity were trashed whose retention has passed. `None` if the entity
    /// keeps its rows, or declares no retention.
    pub(crate) fn cutoff(&self, node: NodeId) -> Option<Timestamp> {
        let retention = match self.older_than {
            Some(age) => Retention::For(age),
            None => Graph::registered().retention(node)?,
        };
        match retention {
            Retention::For(age) => Some(self.now.saturating_sub(age)),
            Retention::Forever => None,
        }
    }
}
