//! The input and the state of the checks.

mod required;

use std::sync::Arc;

use sea_orm::{DbBackend, Value};

use crate::doctor::finding::Finding;
use crate::entity::member::Member;
use crate::entity::relation::Policy;
use crate::family::{Edge, Graph, NodeId, SoftMember};
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;
use crate::schema::SoftDeleteSchema;
use crate::schema::catalogue::{Catalogue, Column, Place, Table};
use crate::schema::predicate::MarkerNamed;
use crate::schema::sql::kept;

pub(super) use self::required::Required;

/// The examined entities, and the database's catalogue of their tables.
pub(super) struct Examination<'a> {
    pub(super) graph: &'static Graph,
    pub(super) subjects: &'a [NodeId],
    pub(super) catalogue: &'a Catalogue,
    /// The required scopes of all tables that exist, examined or not.
    pub(super) required: &'a [Required<'a>],
    pub(super) backend: DbBackend,
    /// The indexes that replication uses to identify rows: schema and name.
    pub(super) replica_identities: Vec<(String, String)>,
    pub(super) findings: Vec<Finding>,
}

/// An entity whose table exists.
#[derive(Clone)]
pub(super) struct Subject<'a> {
    pub(super) node: NodeId,
    pub(super) member: &'static dyn SoftMember,
    pub(super) schema: SoftDeleteSchema,
    pub(super) table: &'a Table,
}

/// A relation whose two tables exist.
pub(super) struct Relation<'a> {
    pub(super) edge: Arc<Edge>,
    pub(super) parent: &'static dyn Member,
    pub(super) child: &'static dyn Member,
    pub(super) parent_table: &'a Table,
    pub(super) child_table: &'a Table,
}

impl<'a> Examination<'a> {
    pub(super) fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// The examined entities whose tables exist.
    pub(super) fn present(&self) -> Vec<Subject<'a>> {
        let subjects = self.subjects.iter();
        subjects
            .filter_map(|node| Subject::of(self.graph, *node, self.catalogue))
            .collect()
    }

    /// The relations from or to the examined entities, except those with the policy `keep`.
    pub(super) fn edges(&self) -> Vec<Arc<Edge>> {
        let mut edges: Vec<Arc<Edge>> = Vec::new();
        for node in self.subjects {
            let near = self.graph.down(*node).iter().chain(self.graph.up(*node));
            for edge in near.filter(|edge| edge.policy != Policy::Keep) {
                if !edges.iter().any(|known| Arc::ptr_eq(known, edge)) {
                    edges.push(Arc::clone(edge));
                }
            }
        }
        edges
    }

    /// The relations from `edges` whose tables and columns exist.
    pub(super) fn relations(&self) -> Vec<Relation<'a>> {
        let edges = self.edges().into_iter();
        let relations = edges.filter_map(|edge| self.relation(edge).ok());
        let is_whole = |relation: &Relation<'_>| relation.missing_columns().is_empty();
        relations.filter(is_whole).collect()
    }

    /// The relation of an edge, or the entity whose table does not exist.
    pub(super) fn relation(&self, edge: Arc<Edge>) -> Result<Relation<'a>, &'static dyn Member> {
        let (graph, catalogue) = (self.graph, self.catalogue);
        let (parent, child) = (graph.member(edge.parent), graph.member(edge.child));
        Ok(Relation {
            child_table: catalogue.table(&child.key()).ok_or(child)?,
            parent_table: catalogue.table(&parent.key()).ok_or(parent)?,
            parent,
            child,
            edge,
        })
    }

    /// The soft-deletable entity of the table at this place.
    pub(super) fn entity_at(&self, place: &Place) -> Option<&'static dyn SoftMember> {
        let mut all = self.graph.soft_nodes();
        all.find(|(_, member)| self.catalogue.is_at(place, &member.key()))
            .map(|(_, member)| member)
    }
}

impl<'a> Subject<'a> {
    /// `None` if the entity is not soft-deletable, or if its table does not exist.
    pub(super) fn of(
        graph: &'static Graph,
        node: NodeId,
        catalogue: &'a Catalogue,
    ) -> Option<Self> {
        let member = graph.soft(node)?;
        Some(Self {
            node,
            member,
            schema: SoftDeleteSchema::of_member(member),
            table: catalogue.table(&member.key())?,
        })
    }

    pub(super) fn name(&self) -> String {
        self.member.name()
    }

    /// The marker, under the name that the database keeps.
    pub(super) fn marker(&self) -> MarkerNamed<'_> {
        self.schema.marker_in(self.table)
    }

    /// Finds a column by its name, as the database compares names.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        column(self.table, name)
    }

    /// The helper's constructor in source: `SoftDeleteSchema::of::<app::note::Entity>()`.
    pub(super) fn helper(&self) -> String {
        helper(self.member)
    }
}

impl Relation<'_> {
    pub(super) fn parent_columns(&self) -> Vec<String> {
        names(&self.edge.parent_columns)
    }

    pub(super) fn child_columns(&self) -> Vec<String> {
        names(&self.edge.child_columns)
    }

    /// The relation's columns that its tables lack, each with the name of its table.
    pub(super) fn missing_columns(&self) -> Vec<(String, String)> {
        let missing = |member: &dyn Member, table: &Table, columns: Vec<String>| {
            let columns = columns.into_iter();
            let missing = columns.filter(|name| column(table, name).is_none());
            missing
                .map(|column| (member.name(), column))
                .collect::<Vec<_>>()
        };
        let mut all = missing(self.parent, self.parent_table, self.parent_columns());
        all.extend(missing(self.child, self.child_table, self.child_columns()));
        all
    }
}

/// Whether the marker holds the instant of a delete to the microsecond.
pub(super) fn keeps_microseconds(member: &dyn SoftMember) -> bool {
    // An instant whose digits are all odd, so that rounding to any unit changes it.
    Timestamp::from_unix_micros(1_111_111_111_111_111)
        .is_some_and(|at| member.tells_apart(OperationId::Instant(at)))
}

/// The call that constructs a migration helper for this entity.
pub(super) fn helper(member: &dyn SoftMember) -> String {
    format!("SoftDeleteSchema::of::<{}>()", type_name(member))
}

/// The path of an entity's type, starting at its crate: `app::note::Entity`.
pub(super) fn type_name(member: &dyn Member) -> String {
    match member.type_name() {
        Some(path) => path.to_owned(),
        None => format!("{}::Entity", member.key().1),
    }
}

/// The path of an entity's type in the source of another entity: `crate::note::Entity`.
pub(super) fn path_from(other: &dyn Member, member: &dyn Member) -> String {
    let path = type_name(member);
    let krate = |path: &str| path.split("::").next().map(str::to_owned);
    let is_same = other.type_name().and_then(krate) == krate(&path);
    match path.split_once("::") {
        Some((_, rest)) if is_same => format!("crate::{rest}"),
        _ => path,
    }
}

/// Finds a column by its name, as the database compares names: PostgreSQL distinguishes `Deleted_At` from
/// `deleted_at`.
pub(super) fn column<'a>(table: &'a Table, name: &str) -> Option<&'a Column> {
    let found = table.column(kept(name, table.backend))?;
    let is_it = table.backend != DbBackend::Postgres || found.name == kept(name, table.backend);
    is_it.then_some(found)
}

/// The condition that a table `c` in a schema `n` of PostgreSQL's catalogue is one of these, and its values.
pub(super) fn places<'a>(subjects: impl Iterator<Item = &'a Subject<'a>>) -> (String, Vec<Value>) {
    let (mut any, mut values) = (Vec::new(), Vec::<Value>::new());
    for place in subjects.map(|subject| &subject.table.place) {
        values.extend([place.schema.as_str().into(), place.name.as_str().into()]);
        let (schema, name) = (values.len() - 1, values.len());
        any.push(format!(
            "(n.nspname::text = ${schema} AND c.relname::text = ${name})"
        ));
    }
    (any.join(" OR "), values)
}

pub(super) fn names(columns: &[sea_orm::sea_query::DynIden]) -> Vec<String> {
    columns.iter().map(ToString::to_string).collect()
}

/// Lists names for a message: `a` and `b`.
pub(super) fn spelled<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
