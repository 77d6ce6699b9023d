//! Which entities a delete reaches, and in which order.

use std::collections::HashMap;
use std::sync::Arc;

use crate::entity::SoftDeleteEntity;
use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::graph::{Edge, Graph, NodeId};

/// An entity and the entities that its deletes cascade to.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) graph: &'static Graph,
    pub(crate) root: NodeId,
    /// Parents before children, except within one component.
    pub(crate) components: Vec<Component>,
}

/// Entities that all cascade to each other. Most components have one entity.
#[derive(Clone, Debug)]
pub(crate) struct Component {
    pub(crate) nodes: Vec<NodeId>,
    /// Whether its entities cascade to one another, or its only entity to itself.
    pub(crate) is_cyclic: bool,
}

impl Family {
    /// The family of an entity.
    pub(crate) fn of(graph: &'static Graph, root: NodeId) -> Result<Self, SoftDeleteError> {
        let mut search = Search {
            graph,
            state: HashMap::new(),
            stack: Vec::new(),
            components: Vec::new(),
        };
        search.visit(root);
        let mut components = search.components;
        components.reverse();
        let family = Self {
            graph,
            root,
            components,
        };
        for node in family.nodes() {
            graph.check(node)?;
        }
        Ok(family)
    }

    /// The family of an entity by its type.
    pub(crate) fn for_entity<E: SoftDeleteEntity>() -> Result<Self, SoftDeleteError> {
        let graph = Graph::registered();
        Self::of(graph, graph.node_for::<E>()?)
    }

    /// The family of the root and of the entities in a cycle with it.
    pub(crate) fn of_root(&self) -> Self {
        let mut components = self.components.iter();
        let component = components.find(|component| component.nodes.contains(&self.root));
        Self {
            graph: self.graph,
            root: self.root,
            components: component.into_iter().cloned().collect(),
        }
    }

    /// Every entity whose rows a delete trashes, parents first.
    pub(crate) fn nodes(&self) -> impl DoubleEndedIterator<Item = NodeId> {
        self.components
            .iter()
            .flat_map(|component| component.nodes.iter().copied())
    }

    pub(crate) fn contains(&self, node: NodeId) -> bool {
        self.nodes().any(|other| other == node)
    }

    /// The relations with this policy from entities of the family, in the order of [`nodes`](Self::nodes).
    pub(crate) fn edges(&self, policy: Policy) -> impl Iterator<Item = &'static Arc<Edge>> {
        let graph = self.graph;
        let nodes: Vec<NodeId> = self.nodes().collect();
        nodes
            .into_iter()
            .flat_map(move |node| graph.down(node).iter())
            .filter(move |edge| edge.policy == policy)
    }

    /// The relations by which a delete within the family reaches this entity.
    pub(crate) fn into(&self, node: NodeId) -> impl Iterator<Item = &'static Arc<Edge>> {
        let nodes: Vec<NodeId> = self.nodes().collect();
        let falls_with = self.graph.falls_with(node);
        falls_with.filter(move |edge| nodes.contains(&edge.parent))
    }
}

/// Tarjan's search for strongly connected components.
struct Search {
    graph: &'static Graph,
    state: HashMap<NodeId, State>,
    stack: Vec<NodeId>,
    /// Children before parents.
    components: Vec<Component>,
}

#[derive(Clone, Copy)]
struct State {
    /// The first node of the stack that this node reaches.
    low: usize,
    is_on_stack: bool,
}

impl Search {
    fn visit(&mut self, node: NodeId) -> usize {
        let index = self.state.len();
        let mut low = index;
        self.state.insert(
            node,
            State {
                low,
                is_on_stack: true,
            },
        );
        self.stack.push(node);
        let mut has_loop = false;
        for edge in self.graph.down(node) {
            if edge.policy != Policy::Cascade {
                continue;
            }
            has_loop |= edge.child == node;
            let reached = match self.state.get(&edge.child) {
                None => self.visit(edge.child),
                Some(state) if state.is_on_stack => state.low,
                Some(_) => continue,
            };
            low = low.min(reached);
            if let Some(state) = self.state.get_mut(&node) {
                state.low = low;
            }
        }
        if low == index {
            let at = self.stack.iter().position(|other| *other == node);
            let nodes = self.stack.split_off(at.unwrap_or_default());
            for node in &nodes {
                if let Some(state) = self.state.get_mut(node) {
                    state.is_on_stack = false;
                }
            }
            self.components.push(Component {
                is_cyclic: has_loop || nodes.len() > 1,
                nodes,
            });
        }
        low
    }
}
