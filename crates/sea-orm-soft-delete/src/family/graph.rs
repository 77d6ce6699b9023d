//! The relations of every registered entity, by table.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use sea_orm::sea_query::{ConditionType, DynIden, IntoTableRef, TableRef, ValueTuple};
use sea_orm::{Condition, DbErr, QueryResult, RelationDef, Value};

use crate::entity::SoftDeleteEntity;
use crate::entity::any_entity::Typed;
use crate::entity::any_soft_entity::AnySoftEntity;
use crate::entity::member::{Member, Place, TableKey, columns_of, is_key, table_of};
use crate::entity::one_table::{contradiction, most_telling, says_all_of};
use crate::entity::relation::{FamilyRelation, Policy};
use crate::entity::retention::Retention;
use crate::error::SoftDeleteError;
use crate::family::counter::Counter;
use crate::family::member::SoftMember;
use crate::family::registry;
use crate::report::EntityRows;

/// The index of a node of the graph.
pub(crate) type NodeId = usize;

/// The entities of the program, and what happens to the rows of one entity when a row of another is
/// deleted. All entities of one table share a node.
#[derive(Debug)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    by_table: HashMap<TableKey, NodeId>,
    /// The soft-deletable entities.
    by_name: OnceLock<HashMap<String, NodeId>>,
}

#[derive(Debug)]
struct Node {
    /// The entity of the table that describes most.
    member: NodeMember,
    /// The relations from this entity to its children.
    down: Vec<Arc<Edge>>,
    /// The relations from this entity to its parents.
    up: Vec<Arc<Edge>>,
    /// What is wrong with a relation that an entity of the table declares.
    mistake: Option<String>,
    /// Why the entities of the table contradict each other.
    conflict: Option<String>,
    /// An entity of the table that is logged or counted, or that declares a relation with a policy other than `keep`.
    declared_by: Option<&'static str>,
    /// The longest retention that an entity of the table declares.
    retention: Option<Retention>,
    /// Whether an entity of the table refuses to restore what a purge may remove.
    restore_until_due: bool,
    /// Whether an entity of the table records its deeds in the log of deletions.
    is_logged: bool,
    /// The entity in its archive, if an entity of the table declares one.
    archive: Option<&'static dyn SoftMember>,
    /// The columns of parents that count the rows.
    counters: Vec<Counter>,
}

#[derive(Clone, Copy, Debug)]
enum NodeMember {
    Soft(&'static dyn SoftMember),
    Plain(&'static dyn Member),
}

/// A relation from a parent to a child.
pub(crate) struct Edge {
    pub(crate) policy: Policy,
    pub(crate) parent: NodeId,
    pub(crate) child: NodeId,
    /// The columns to which the child's columns refer.
    pub(crate) parent_columns: Vec<DynIden>,
    pub(crate) child_columns: Vec<DynIden>,
    /// A further condition, made from the parent's alias and the child's.
    pub(crate) condition: Option<EdgeCondition>,
}

pub(crate) type EdgeCondition = Arc<dyn Fn(DynIden, DynIden) -> Condition + Send + Sync>;

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {}", self.policy, self.parent, self.child)
    }
}

impl Graph {
    /// The graph of the entities that are linked into this program.
    pub(crate) fn registered() -> &'static Self {
        static GRAPH: LazyLock<Graph> = LazyLock::new(|| Graph::of(registry::members()));
        &GRAPH
    }

    pub(crate) fn of(members: impl Iterator<Item = &'static dyn SoftMember>) -> Self {
        let mut graph = Self {
            nodes: Vec::new(),
            by_table: HashMap::new(),
            by_name: OnceLock::new(),
        };
        let mut declared = Vec::new();
        let mut entities_by_node: Vec<Vec<&'static dyn SoftMember>> = Vec::new();
        for member in members {
            let id = graph.add(member.key(), NodeMember::Soft(member));
            if id == entities_by_node.len() {
                entities_by_node.push(Vec::new());
            }
            entities_by_node[id].push(member);
            let relations = member.relations().into_iter();
            declared.extend(relations.map(|relation| (id, member, relation)));
        }
        for (node, of_table) in graph.nodes.iter_mut().zip(&entities_by_node) {
            let soft: Vec<_> = of_table.iter().map(|it| it.soft()).collect();
            if let Some(member) = most_telling(&soft).map(|place| of_table[place]) {
                node.member = NodeMember::Soft(member);
                node.conflict = contradiction(member.soft(), &soft);
                let is_archived = of_table.iter().any(|it| it.is_archived());
                node.archive = is_archived.then(|| &*Box::leak(member.soft_at(Place::Archive)));
            }
            node.retention = of_table.iter().filter_map(|it| it.retention()).max();
            node.restore_until_due = of_table.iter().any(|it| it.restore_until_due());
            let logged = of_table.iter().find(|it| it.is_logged());
            node.is_logged = logged.is_some();
            node.declared_by = logged.and_then(|it| it.type_name());
            let mut wrong = of_table.iter().filter_map(|it| it.hold_mistake());
            node.mistake = wrong.next();
        }
        for (node, of_table) in entities_by_node.iter().enumerate() {
            for member in of_table {
                graph.count(node, *member);
            }
        }
        for (parent, member, relation) in declared {
            if relation.policy != Policy::Keep {
                let declared_by = &mut graph.nodes[parent].declared_by;
                *declared_by = declared_by.or(member.type_name());
            }
            if let Err(mistake) = graph.relate(parent, relation) {
                let node = &mut graph.nodes[parent];
                node.mistake.get_or_insert(mistake);
            }
        }
        graph
    }

    /// Adds the counters that an entity of the table declares.
    fn count(&mut self, node: NodeId, member: &'static dyn SoftMember) {
        for declared in member.counted_in() {
            let parent = self.node_of(&declared.parent.key());
            let soft_parent = parent.and_then(|parent| self.soft(parent));
            let counter = Counter::of(member, &declared, soft_parent).and_then(|counter| {
                let is_known = self.nodes[node].counters.contains(&counter);
                let mut counters = self.nodes.iter().flat_map(|it| &it.counters);
                match counters.find(|other| !is_known && other.has_column_of(&counter)) {
                    None => Ok((!is_known).then_some(counter)),
                    Some(_) => Err(counter.shares_a_column()),
                }
            });
            let to = &mut self.nodes[node];
            to.declared_by = to.declared_by.or(member.type_name());
            match counter {
                Ok(counter) => to.counters.extend(counter),
                Err(mistake) => {
                    to.mistake.get_or_insert(mistake);
                }
            }
        }
    }

    /// The numbers of rows of each entity, without entities that have none.
    pub(crate) fn by_entity(&self, counts: &[(NodeId, u64)]) -> Vec<EntityRows> {
        let mut all = Vec::new();
        for (node, count) in counts {
            EntityRows::add(&mut all, self.member(*node).name(), *count);
        }
        all
    }

    /// The node of this table, if the graph has one.
    pub(crate) fn node_of(&self, table: &TableKey) -> Option<NodeId> {
        self.by_table.get(table).copied()
    }

    /// The node of this entity.
    pub(crate) fn node_for<E: SoftDeleteEntity>(&self) -> Result<NodeId, SoftDeleteError> {
        self.node_of_soft(Typed::<E>::SOFT)
    }

    /// The same for an entity without its type.
    pub(crate) fn node_of_soft(&self, soft: &dyn AnySoftEntity) -> Result<NodeId, SoftDeleteError> {
        self.node_of(&soft.key())
            .ok_or_else(|| SoftDeleteError::InvalidRelation {
                entity: soft.entity().name(),
                mistake: "it is not registered: let `#[derive(SoftDelete)]` describe it".into(),
            })
    }

    pub(crate) fn member(&self, id: NodeId) -> &'static dyn Member {
        match self.nodes[id].member {
            NodeMember::Soft(member) => member,
            NodeMember::Plain(member) => member,
        }
    }

    /// The entity, if it is soft-deletable.
    pub(crate) fn soft(&self, id: NodeId) -> Option<&'static dyn SoftMember> {
        match self.nodes[id].member {
            NodeMember::Soft(member) => Some(member),
            NodeMember::Plain(_) => None,
        }
    }

    pub(crate) fn soft_nodes(&self) -> impl Iterator<Item = (NodeId, &'static dyn SoftMember)> {
        let all = 0..self.nodes.len();
        all.filter_map(|id| Some((id, self.soft(id)?)))
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        0..self.nodes.len()
    }

    /// The relations from this entity to its children.
    pub(crate) fn down(&self, id: NodeId) -> &[Arc<Edge>] {
        &self.nodes[id].down
    }

    /// The relations from this entity to its parents.
    pub(crate) fn up(&self, id: NodeId) -> &[Arc<Edge>] {
        &self.nodes[id].up
    }

    /// The relations by which rows of this entity are trashed with their parents.
    pub(crate) fn falls_with(&self, id: NodeId) -> impl Iterator<Item = &Arc<Edge>> {
        let up = self.up(id).iter();
        up.filter(|edge| edge.policy == Policy::Cascade)
    }

    /// The relations to parents that have to be live while rows of this entity are: with the policy `cascade` or
    /// `restrict`.
    pub(crate) fn lives_below(&self, id: NodeId) -> impl Iterator<Item = &Arc<Edge>> {
        let up = self.up(id).iter();
        up.filter(|edge| edge.policy.requires_live_parent())
    }

    /// Whether a delete of this entity writes other rows too, those of the log and counters included, or has to be
    /// refused because of a wrong declaration.
    pub(crate) fn concerns_others(&self, id: NodeId) -> bool {
        let mut down = self.down(id).iter();
        down.any(|edge| edge.policy != Policy::Keep)
            || self.nodes[id].mistake.is_some()
            || self.is_logged(id)
            || !self.counters(id).is_empty()
    }

    /// What a DELETE of the entity is, if it writes other rows too.
    pub(crate) fn names_delete(&self, id: NodeId) -> &'static str {
        let mut down = self.down(id).iter();
        match (
            down.any(|edge| edge.policy != Policy::Keep),
            self.is_logged(id),
        ) {
            (true, _) => "a DELETE that cascades",
            (false, true) => "a DELETE that the log records",
            (false, false) => "a DELETE that counters count",
        }
    }

    /// The columns of parents that count the rows of the entity.
    pub(crate) fn counters(&self, id: NodeId) -> &[Counter] {
        &self.nodes[id].counters
    }

    /// The counters in rows of this entity, each with the entity whose rows it counts.
    pub(crate) fn counters_in(
        &self,
        parent: &TableKey,
    ) -> impl Iterator<Item = (&'static dyn SoftMember, &Counter)> {
        self.soft_nodes().flat_map(move |(node, member)| {
            let counters = self.counters(node).iter();
            let of_parent = counters.filter(move |it| it.parent.key() == *parent);
            of_parent.map(move |counter| (member, counter))
        })
    }

    /// Whether deeds on rows of the entity are recorded in the log of deletions.
    pub(crate) fn is_logged(&self, id: NodeId) -> bool {
        self.nodes[id].is_logged
    }

    /// The entity in its archive, if an entity of its table declares one.
    pub(crate) fn archive(&self, id: NodeId) -> Option<&'static dyn SoftMember> {
        self.nodes[id].archive
    }

    /// An entity, and the entities that its deletes cascade to, in any number of steps.
    pub(crate) fn reached_from(&self, root: NodeId) -> HashSet<NodeId> {
        self.reached_by(root, |edge| edge.policy == Policy::Cascade)
    }

    fn reached_by(&self, root: NodeId, is_followed: impl Fn(&Edge) -> bool) -> HashSet<NodeId> {
        let mut reached = HashSet::from([root]);
        let mut next = vec![root];
        while let Some(node) = next.pop() {
            for edge in self.down(node) {
                if is_followed(edge) && reached.insert(edge.child) {
                    next.push(edge.child);
                }
            }
        }
        reached
    }

    /// The entities that one operation can have rows of, if it has rows of this entity.
    pub(crate) fn related(&self, id: NodeId) -> HashSet<NodeId> {
        let roots = self.nodes().filter(|root| self.reaches(*root, id));
        roots.flat_map(|root| self.reached_from(root)).collect()
    }

    /// Whether rows of `to` are trashed with rows of `from`, in any number of steps.
    pub(crate) fn reaches(&self, from: NodeId, to: NodeId) -> bool {
        self.reached_from(from).contains(&to)
    }

    /// Whether live rows of `to` need live rows of `from`, in any number of steps.
    pub(crate) fn lives_above(&self, from: NodeId, to: NodeId) -> bool {
        let reached = self.reached_by(from, |edge| edge.policy.requires_live_parent());
        reached.contains(&to)
    }

    /// Whether rows of `to` refer to rows of `from`, by relations of any policy, in any number of steps.
    pub(crate) fn leads_to(&self, from: NodeId, to: NodeId) -> bool {
        self.reached_by(from, |_| true).contains(&to)
    }

    /// The entities in an order in which foreign keys allow inserting their rows, for relations of every policy.
    /// Entities that are parents of one another form one group.
    pub(crate) fn parents_first(&self, mut rest: Vec<NodeId>) -> Vec<Vec<NodeId>> {
        let mut groups = Vec::new();
        while let Some(mut first) = rest.first().copied() {
            // Each step leads to an entity above, until all entities above are parents of one another.
            let is_above = |a: NodeId, b: NodeId| self.leads_to(a, b) && !self.leads_to(b, a);
            while let Some(above) = rest.iter().find(|other| is_above(**other, first)) {
                first = *above;
            }
            let (group, others) = rest.into_iter().partition(|other| {
                *other == first || (self.leads_to(*other, first) && self.leads_to(first, *other))
            });
            groups.push(group);
            rest = others;
        }
        groups
    }

    /// How long the trashed rows of the entity are kept, if an entity of its table declares it.
    pub(crate) fn retention(&self, id: NodeId) -> Option<Retention> {
        self.nodes[id].retention
    }

    /// Whether rows of the entity are not restored once a purge may remove them.
    pub(crate) fn restores_until_due(&self, id: NodeId) -> bool {
        self.nodes[id].restore_until_due
    }

    /// The soft-deletable entity of this name.
    pub(crate) fn soft_of_name(&self, name: &str) -> Option<(NodeId, &'static dyn SoftMember)> {
        let by_name = self.by_name.get_or_init(|| {
            let nodes = self.soft_nodes();
            nodes.map(|(node, member)| (member.name(), node)).collect()
        });
        let node = *by_name.get(name)?;
        Some((node, self.soft(node)?))
    }

    /// Whether rows of the entity refer to other rows of the entity, by a relation of any policy.
    pub(crate) fn reaches_itself(&self, id: NodeId) -> bool {
        self.down(id).iter().any(|edge| edge.child == id)
    }

    /// Refuses an entity whose relations are declared wrongly, and entities of one table that contradict
    /// each other.
    pub(crate) fn check(&self, id: NodeId) -> Result<(), SoftDeleteError> {
        let node = &self.nodes[id];
        match node.mistake.as_ref().or(node.conflict.as_ref()) {
            None => Ok(()),
            Some(mistake) => Err(SoftDeleteError::InvalidRelation {
                entity: self.member(id).name(),
                mistake: mistake.clone(),
            }),
        }
    }

    /// What is wrong with the declaration of a relation of this entity.
    pub(crate) fn mistake(&self, id: NodeId) -> Option<&str> {
        self.nodes[id].mistake.as_deref()
    }

    /// Refuses an entity whose verbs run in no transaction, if another entity of its table declares a policy
    /// by which deletes from this table affect other rows.
    pub(crate) fn check_declared(&self, soft: &dyn AnySoftEntity) -> Result<(), SoftDeleteError> {
        let Some(id) = self.node_of(&soft.key()) else {
            return Ok(());
        };
        if soft.declared().runs_in_transactions || !self.concerns_others(id) {
            return Ok(());
        }
        self.check(id)?;
        Err(SoftDeleteError::FamilyNotDeclared {
            entity: soft.entity().name(),
            undeclared: soft.entity().type_name(),
            declared_by: self.nodes[id].declared_by.unwrap_or_default(),
        })
    }

    /// The description to use for the table of this entity: the entity's own, or the one of another entity
    /// of the table that describes more.
    pub(crate) fn describing(&self, member: &'static dyn SoftMember) -> &'static dyn SoftMember {
        let node = self.node_of(&member.key());
        let soft = node.and_then(|id| self.soft(id));
        soft.filter(|soft| says_all_of(soft.soft(), member.soft()))
            .unwrap_or(member)
    }

    /// The same graph, with this schema for the entities that name none.
    ///
    /// It is made once for each schema that the text of a DELETE names, and kept as long as the program
    /// runs, as the entities themselves are.
    pub(crate) fn in_schema(&'static self, schema: &str) -> &'static Self {
        static IN_SCHEMAS: LazyLock<Mutex<HashMap<String, &'static Graph>>> =
            LazyLock::new(Mutex::default);
        let mut known = IN_SCHEMAS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(graph) = known.get(schema) {
            return graph;
        }
        let name: &'static str = schema.to_owned().leak();
        let mut graph = self.with_members(|node| match node.member {
            NodeMember::Soft(member) => {
                NodeMember::Soft(member.soft_in_schema(name).unwrap_or(member))
            }
            NodeMember::Plain(member) => {
                NodeMember::Plain(member.in_schema(name).unwrap_or(member))
            }
        });
        for counter in graph.nodes.iter_mut().flat_map(|it| &mut it.counters) {
            *counter = counter.clone().in_schema(name);
        }
        let graph: &'static Self = Box::leak(Box::new(graph));
        known.insert(name.to_owned(), graph);
        graph
    }

    /// The same graph, to read the rows of archived entities in their tables and their archives.
    pub(crate) fn with_archives() -> &'static Self {
        static WITH_ARCHIVES: LazyLock<Graph> = LazyLock::new(|| {
            Graph::registered().with_members(|node| match node.member {
                NodeMember::Soft(member) if node.archive.is_some() => {
                    NodeMember::Soft(Box::leak(member.soft_at(Place::Both)))
                }
                member => member,
            })
        });
        &WITH_ARCHIVES
    }

    /// The same graph with other members.
    fn with_members(&self, member: impl Fn(&Node) -> NodeMember) -> Self {
        let mut graph = Self {
            nodes: Vec::with_capacity(self.nodes.len()),
            // The nodes keep their ids, so callers look up a table in `self`.
            by_table: HashMap::new(),
            by_name: OnceLock::new(),
        };
        for node in &self.nodes {
            graph.nodes.push(Node {
                member: member(node),
                down: node.down.clone(),
                up: node.up.clone(),
                mistake: node.mistake.clone(),
                conflict: node.conflict.clone(),
                declared_by: node.declared_by,
                retention: node.retention,
                restore_until_due: node.restore_until_due,
                is_logged: node.is_logged,
                archive: node.archive,
                counters: node.counters.clone(),
            });
        }
        graph
    }

    fn add(&mut self, table: TableKey, member: NodeMember) -> NodeId {
        let next = self.nodes.len();
        let id = *self.by_table.entry(table).or_insert(next);
        if id == next {
            self.nodes.push(Node {
                member,
                down: Vec::new(),
                up: Vec::new(),
                mistake: None,
                conflict: None,
                declared_by: None,
                retention: None,
                restore_until_due: false,
                is_logged: false,
                archive: None,
                counters: Vec::new(),
            });
        }
        id
    }

    fn relate(&mut self, parent: NodeId, relation: FamilyRelation) -> Result<(), String> {
        let FamilyRelation {
            policy,
            def,
            named,
            is_link,
        } = relation;
        let def = self.downwards(parent, def, named, is_link)?;
        let Some(table) = table_of(&def.to_tbl) else {
            return Err(format!(
                "{policy}({}) leads to something that is no table",
                named.name()
            ));
        };
        let child = match self.by_table.get(&table) {
            Some(child) => *child,
            None if is_link => {
                let link: &'static dyn Member = Box::leak(Box::new(LinkTable {
                    key: table.clone(),
                    table: def.to_tbl.clone(),
                    columns: columns_of(&def.to_col),
                }));
                self.add(table, NodeMember::Plain(link))
            }
            None => self.add(table, NodeMember::Plain(named)),
        };
        self.tell_apart_links(child, &def, named, is_link);
        // The columns of a relation do not tell the links that meet its condition from the others. Another
        // relation may have added the table before.
        if is_link && def.on_condition.is_some() && self.member(child).type_name().is_none() {
            return Err(format!(
                "the links between here and `{}` are rows of a table without an entity, and the relation to \
                 them has a condition: name the entity of the links in `{policy}`",
                named.name()
            ));
        }
        self.check_child(policy, child, named, is_link)?;
        let edge = Arc::new(Edge {
            policy,
            parent,
            child,
            parent_columns: columns_of(&def.from_col),
            child_columns: columns_of(&def.to_col),
            condition: def.on_condition.clone(),
        });
        let is_known = |other: &Arc<Edge>| {
            other.child == child
                && other.parent_columns == edge.parent_columns
                && other.child_columns == edge.child_columns
                && other.condition.is_none()
                && edge.condition.is_none()
        };
        let known = self.nodes[parent].down.iter().find(|other| is_known(other));
        if let Some(other) = known {
            return match other.policy == policy {
                true => Ok(()),
                false => Err(format!(
                    "the relation to `{}` is said to {} and to {policy}: leave one of the two",
                    named.name(),
                    other.policy,
                )),
            };
        }
        self.nodes[parent].down.push(Arc::clone(&edge));
        self.nodes[child].up.push(edge);
        Ok(())
    }

    /// Lets the key of a link table without an entity tell its rows apart, as far as its relations show them: a
    /// second relation to it adds its columns, and an entity of the table has the key.
    fn tell_apart_links(
        &mut self,
        child: NodeId,
        def: &RelationDef,
        named: &'static dyn Member,
        is_link: bool,
    ) {
        let known = self.member(child);
        if known.type_name().is_some() {
            return;
        }
        if !is_link {
            self.nodes[child].member = NodeMember::Plain(named);
            return;
        }
        let mut columns = known.primary_key();
        let more = columns_of(&def.to_col).into_iter();
        let more: Vec<DynIden> = more.filter(|column| !columns.contains(column)).collect();
        if more.is_empty() {
            return;
        }
        columns.extend(more);
        columns.sort_by_key(|column| column.to_string());
        self.nodes[child].member = NodeMember::Plain(Box::leak(Box::new(LinkTable {
            key: known.key(),
            table: known.table(),
            columns,
        })));
    }

    /// The relation as it leads from the parent to the child, whichever way the entity declares it.
    fn downwards(
        &self,
        parent: NodeId,
        def: RelationDef,
        named: &dyn Member,
        is_link: bool,
    ) -> Result<RelationDef, String> {
        let parent = self.member(parent);
        let parent_table = Some(parent.key());
        let (from, to) = (table_of(&def.from_tbl), table_of(&def.to_tbl));
        if def.condition_type == ConditionType::Any && def.on_condition.is_some() {
            return Err(format!(
                "the relation to `{}` holds on its columns OR on a condition, which is not \
                 supported: use a condition of type `all`",
                named.name()
            ));
        }
        let child_table = Some(named.key());
        let begins_here = from == parent_table && (is_link || to == child_table);
        let ends_here = to == parent_table && from == child_table;
        if !begins_here && !ends_here {
            return Err(format!(
                "the relation that is named for `{}` is one between other tables: name one from \
                 `{}` to `{}`",
                named.name(),
                parent.name(),
                named.name()
            ));
        }
        // The relation uses the primary key of the parent row. If that does not tell which of the two rows
        // is the parent, the side that SeaORM calls the owner is.
        let is_self = begins_here && ends_here;
        let points_up = |def: &RelationDef| {
            let leads_from_key = is_key(&def.from_col, parent);
            let leads_to_key = is_key(&def.to_col, named);
            !leads_from_key && (!def.is_owner || (is_self && leads_to_key))
        };
        if begins_here && (is_link || !points_up(&def)) {
            return Ok(def);
        }
        if ends_here {
            let reversed = reversed(def);
            if !points_up(&reversed) {
                return Ok(reversed);
            }
        }
        Err(format!(
            "rows of `{}` belong to rows of `{}`, and not the other way round: say on the entity of \
             `{}` what becomes of these",
            parent.name(),
            named.name(),
            named.name(),
        ))
    }

    /// Checks what the compiler cannot: the policy for link rows, and for a table that another entity makes
    /// soft-deletable.
    fn check_child(
        &self,
        policy: Policy,
        child: NodeId,
        named: &dyn Member,
        is_link: bool,
    ) -> Result<(), String> {
        let name = self.member(child).name();
        match (policy, self.soft(child)) {
            (Policy::Cascade, None) => Err(format!(
                "the link rows between here and `{}` are in `{name}`, which is not soft-deletable: \
                 add `SoftDelete` to the derives of its model, or say `destroy({})` or `keep({})`",
                named.name(),
                named.name(),
                named.name()
            )),
            (Policy::Destroy, Some(_)) if is_link => Err(format!(
                "the link rows between here and `{}` are in `{name}`, which is soft-deletable: \
                 say `cascade({})`",
                named.name(),
                named.name()
            )),
            (Policy::Destroy, Some(soft)) => Err(format!(
                "`destroy` removes rows for good, and `{name}` is soft-deletable, as `{}` says: \
                 name that entity, and write `cascade` to trash them or `keep` to leave them",
                soft.type_name().unwrap_or_default()
            )),
            _ => Ok(()),
        }
    }
}

/// The same relation from its other side.
fn reversed(def: RelationDef) -> RelationDef {
    let mut def = def.rev();
    // SeaORM keeps the condition, whose first argument is the side where the original relation begins.
    if let Some(condition) = def.on_condition.take() {
        def.on_condition = Some(Arc::new(move |from, to| condition(to, from)));
    }
    def
}

/// Reads a column of unknown type: a number, a text or bytes, as keys are.
fn read_any_key(row: &QueryResult, column: &str) -> Result<Value, DbErr> {
    let number = row.try_get::<i64>("", column).map(Value::from);
    let unsigned = number.or_else(|_| row.try_get::<u64>("", column).map(Value::from));
    let text = unsigned.or_else(|_| row.try_get::<String>("", column).map(Value::from));
    text.or_else(|_| row.try_get::<Vec<u8>>("", column).map(Value::from))
}

/// A link table without an entity of its own. The columns of its relations serve as its primary key.
struct LinkTable {
    key: TableKey,
    table: TableRef,
    columns: Vec<DynIden>,
}

impl Member for LinkTable {
    fn key(&self) -> TableKey {
        self.key.clone()
    }

    fn table(&self) -> TableRef {
        self.table.clone()
    }

    fn primary_key(&self) -> Vec<DynIden> {
        self.columns.clone()
    }

    fn read_key(&self, row: &QueryResult) -> Result<ValueTuple, DbErr> {
        let columns = self.columns.iter().map(|column| column.to_string());
        let values = columns.map(|column| read_any_key(row, &column));
        Ok(ValueTuple::Many(values.collect::<Result<_, _>>()?))
    }

    fn in_schema(&self, schema: &'static str) -> Option<&'static dyn Member> {
        let (None, table) = &self.key else {
            return None;
        };
        Some(Box::leak(Box::new(Self {
            key: (Some(schema.to_owned()), table.clone()),
            table: (schema, table.clone()).into_table_ref(),
            columns: self.columns.clone(),
        })))
    }
}
