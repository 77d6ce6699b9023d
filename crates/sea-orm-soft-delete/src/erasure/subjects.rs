//! Which entities an erasure reaches from a subject, and what each declares.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use sea_orm::sea_query::ConditionType;
use sea_orm::{Identity, RelationDef};

use crate::entity::erasure::{EraseColumn, EraseRule};
use crate::entity::member::{Member, columns_of, table_of};
use crate::entity::relation::{Policy, Subject};
use crate::error::SoftDeleteError;
use crate::family::registry;
use crate::family::{Edge, EdgeCondition, Graph, NodeId, SoftMember};

/// The declarations of every registered entity, by the node of its table.
pub(super) struct Subjects {
    rules: HashMap<NodeId, Rules>,
    /// The relations by which rows are about others. The parent is the subject.
    about: Vec<Arc<Edge>>,
    mistakes: Vec<Mistake>,
}

/// A wrong declaration.
struct Mistake {
    /// The entity that declares it.
    of: NodeId,
    /// The parent that it names, from which no erasure reaches the entity.
    parent: NodeId,
    error: SoftDeleteError,
}

/// What the entities of one table declare.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) columns: Vec<EraseColumn>,
    pub(super) removes_rows: bool,
}

impl Subjects {
    pub(super) fn registered() -> &'static Self {
        static SUBJECTS: LazyLock<Subjects> = LazyLock::new(|| Subjects::of(Graph::registered()));
        &SUBJECTS
    }

    fn of(graph: &Graph) -> Self {
        let mut this = Self {
            rules: HashMap::new(),
            about: Vec::new(),
            mistakes: Vec::new(),
        };
        for member in registry::members() {
            let Some(node) = graph.node_of(&member.key()) else {
                continue;
            };
            this.add_rules(node, member);
            for subject in member.subjects() {
                this.relate(graph, node, member, &subject);
            }
        }
        this
    }

    fn add_rules(&mut self, node: NodeId, member: &dyn SoftMember) {
        let declared = member.erasure();
        let rules = self.rules.entry(node).or_default();
        rules.removes_rows |= declared.removes_rows;
        for column in declared.columns {
            if rules.columns.iter().all(|it| it.column != column.column) {
                rules.columns.push(column);
            }
        }
    }

    fn relate(&mut self, graph: &Graph, child: NodeId, member: &dyn SoftMember, subject: &Subject) {
        let Some(parent) = graph.node_of(&subject.parent.key()) else {
            return;
        };
        let Some(edge) = edge(parent, child, member, subject) else {
            let error = SoftDeleteError::InvalidRelation {
                entity: member.name(),
                mistake: format!(
                    "`subject({})` needs a relation between the two tables that holds on its columns, and not on a \
                     condition instead of them",
                    subject.parent.name()
                ),
            };
            self.mistakes.push(Mistake {
                of: child,
                parent,
                error,
            });
            return;
        };
        let is_known = |known: &Arc<Edge>| {
            (known.parent, known.child) == (parent, child)
                && known.parent_columns == edge.parent_columns
                && known.child_columns == edge.child_columns
                && known.condition.is_none()
                && edge.condition.is_none()
        };
        if !self.about.iter().any(is_known) {
            self.about.push(Arc::new(edge));
        }
    }

    /// What is wrong with the declarations of this entity.
    pub(super) fn mistakes_of(&self, node: NodeId) -> Vec<String> {
        let relations = self.mistakes.iter().filter(|it| it.of == node);
        let relations = relations.map(|it| it.error.to_string());
        let columns = self.rules(node).columns.iter();
        let literals = columns.filter_map(|it| match &it.rule {
            EraseRule::Literal(Err(why)) => Some(format!(
                "`{}` cannot be overwritten, because {why}",
                it.column
            )),
            _ => None,
        });
        relations.chain(literals).collect()
    }

    pub(super) fn rules(&self, node: NodeId) -> &Rules {
        static NONE: Rules = Rules {
            columns: Vec::new(),
            removes_rows: false,
        };
        self.rules.get(&node).unwrap_or(&NONE)
    }

    /// The relations by which rows are about rows of this entity.
    pub(super) fn about(&self, node: NodeId) -> impl Iterator<Item = &Arc<Edge>> {
        self.about.iter().filter(move |edge| edge.parent == node)
    }

    /// The entities that an erasure reaches from this one: a parent before its children, unless they are about one
    /// another.
    pub(super) fn reached_from(&self, root: NodeId) -> Result<Vec<NodeId>, SoftDeleteError> {
        let mut reached = Vec::new();
        self.visit(root, &mut vec![root], &mut reached);
        reached.reverse();
        let mut mistakes = self.mistakes.iter();
        match mistakes.find(|it| reached.contains(&it.parent)) {
            Some(mistake) => Err(mistake.error.clone()),
            None => Ok(reached),
        }
    }

    fn visit(&self, node: NodeId, seen: &mut Vec<NodeId>, children_first: &mut Vec<NodeId>) {
        for edge in self.about(node) {
            if !seen.contains(&edge.child) {
                seen.push(edge.child);
                self.visit(edge.child, seen, children_first);
            }
        }
        children_first.push(node);
    }
}

/// The relation from the parent to the child, whichever way it is declared.
fn edge(parent: NodeId, child: NodeId, member: &dyn SoftMember, subject: &Subject) -> Option<Edge> {
    let def = &subject.def;
    if def.condition_type == ConditionType::Any && def.on_condition.is_some() {
        return None;
    }
    let ends = (table_of(&def.from_tbl), table_of(&def.to_tbl));
    let (child_table, parent_table) = (Some(member.key()), Some(subject.parent.key()));
    let is_upwards = ends == (child_table.clone(), parent_table.clone());
    let is_downwards = ends == (parent_table, child_table);
    let begins_at_child = match (is_upwards, is_downwards) {
        (true, true) => !is_from_parent(def, subject.parent),
        (true, false) => true,
        (false, true) => false,
        (false, false) => return None,
    };
    let (from, to) = (columns_of(&def.from_col), columns_of(&def.to_col));
    let condition = def.on_condition.clone();
    Some(match begins_at_child {
        true => Edge {
            policy: Policy::Keep,
            parent,
            child,
            parent_columns: to,
            child_columns: from,
            condition: condition.map(|condition| -> EdgeCondition {
                Arc::new(move |parent, child| condition(child, parent))
            }),
        },
        false => Edge {
            policy: Policy::Keep,
            parent,
            child,
            parent_columns: from,
            child_columns: to,
            condition,
        },
    })
}

/// Whether a relation between rows of one table begins at the parent: at the primary key.
fn is_from_parent(def: &RelationDef, parent: &dyn Member) -> bool {
    let key = parent.primary_key();
    let is_key = |columns: &Identity| columns_of(columns).iter().all(|it| key.contains(it));
    match (is_key(&def.from_col), is_key(&def.to_col)) {
        (true, false) => true,
        (false, true) => false,
        _ => def.is_owner,
    }
}
