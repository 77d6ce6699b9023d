//! The rows that are about a subject, by their keys.
//!
//! An erasure overwrites columns that lead to the subject, so that no condition finds the rows afterwards. Therefore
//! their keys are read before anything is written.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{
    DynIden, Expr, ExprTrait, IntoIden, LockType, Query, SelectStatement, ValueTuple,
};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::entity::erasure::EraseRule;
use crate::entity::relation::Policy;
use crate::erasure::Subject;
use crate::erasure::subjects::{Rules, Subjects};
use crate::error::SoftDeleteError;
use crate::family::{
    self, Edge, Family, FollowUp, Graph, NodeId, PARENT, SoftMember, count_rows, tuple,
};
use crate::report::erasure::{ErasurePreview, ErasureTable};
use crate::report::{EntityRows, RestrictingRows};

/// How many keys one statement looks for.
const KEYS_AT_ONCE: usize = 1_000;

/// The rows that an erasure of a subject reaches.
pub(super) struct Walk {
    /// The subject's table before all, and a parent before its children.
    pub(super) tables: Vec<Reached>,
    /// The families of the entities with rows to remove, children before parents.
    pub(super) removals: Vec<Removal>,
    left_behind: Vec<RestrictingRows>,
}

/// The rows of one table.
pub(super) struct Reached {
    pub(super) node: NodeId,
    pub(super) rows: Vec<Row>,
    /// The keys of the rows that are removed.
    removed: HashSet<ValueTuple>,
    /// How many more rows are removed, of an entity that is not soft-deletable.
    destroyed: u64,
}

/// Rows to remove, with everything that belongs to them.
pub(super) struct Removal {
    pub(super) family: Family,
    pub(super) rows: Condition,
}

pub(super) struct Row {
    pub(super) key: ValueTuple,
    is_trashed: bool,
    is_held: bool,
}

impl Reached {
    fn new(node: NodeId) -> Self {
        Self {
            node,
            rows: Vec::new(),
            removed: HashSet::new(),
            destroyed: 0,
        }
    }

    pub(super) fn rules(&self) -> &'static Rules {
        Subjects::registered().rules(self.node)
    }

    /// The rows that stay, and are overwritten if the entity declares it.
    pub(super) fn staying(&self) -> impl Iterator<Item = &ValueTuple> {
        let keys = self.rows.iter().map(|row| &row.key);
        keys.filter(|key| !self.removed.contains(*key))
    }

    /// The rows that change.
    pub(super) fn changing(&self) -> Vec<ValueTuple> {
        let is_overwritten = !self.rules().columns.is_empty();
        let keys = self.rows.iter().map(|row| &row.key);
        let changing = keys.filter(|key| is_overwritten || self.removed.contains(*key));
        changing.cloned().collect()
    }

    fn report(&self, graph: &Graph) -> ErasureTable {
        let trashed = self.rows.iter().filter(|row| row.is_trashed).count() as u64;
        let columns = self.rules().columns.iter();
        ErasureTable {
            entity: graph.member(self.node).name(),
            live: self.rows.len() as u64 - trashed + self.destroyed,
            trashed,
            removed: self.removed.len() as u64 + self.destroyed,
            columns: columns.map(|it| it.column.to_string()).collect(),
        }
    }

    /// The rows that a legal hold keeps.
    fn on_hold(&self, graph: &Graph) -> Option<EntityRows> {
        let is_overwritten = !self.rules().columns.is_empty();
        let held = self
            .rows
            .iter()
            .filter(|row| row.is_held && (is_overwritten || self.removed.contains(&row.key)));
        let count = held.count() as u64;
        (count > 0).then(|| EntityRows {
            entity: graph.member(self.node).name(),
            count,
        })
    }
}

impl Walk {
    /// Finds the rows. With `locks` nobody else changes them until the transaction ends.
    pub(super) async fn read<C: ConnectionTrait>(
        subject: &Subject,
        locks: bool,
        db: &C,
    ) -> Result<Self, SoftDeleteError> {
        let subjects = Subjects::registered();
        let nodes = subjects.reached_from(subject.node)?;
        let mut walk = Self {
            tables: nodes.into_iter().map(Reached::new).collect(),
            removals: Vec::new(),
            left_behind: Vec::new(),
        };
        walk.find(subject, locks, db).await?;
        walk.plan_removals(db).await?;
        walk.find_left_behind(db).await?;
        Ok(walk)
    }

    pub(super) fn preview(&self, subject: &Subject) -> ErasurePreview {
        let graph = Graph::registered();
        let tables = self.tables.iter();
        ErasurePreview {
            entity: subject.member.name(),
            key: subject.spell(),
            tables: tables.clone().map(|it| it.report(graph)).collect(),
            on_hold: tables.filter_map(|it| it.on_hold(graph)).collect(),
            left_behind: self.left_behind.clone(),
        }
    }

    /// Follows the relations from the subject, until they lead to no new row.
    async fn find<C: ConnectionTrait>(
        &mut self,
        subject: &Subject,
        locks: bool,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let graph = Graph::registered();
        let is_subject = is_among(subject.member, [&subject.key]);
        let rows = read_rows(subject.member, is_subject.into(), locks, db).await?;
        if rows.is_empty() {
            return Err(SoftDeleteError::NotFound {
                entity: subject.member.name(),
                key: subject.spell(),
            });
        }
        let mut known: HashMap<NodeId, HashSet<ValueTuple>> = HashMap::new();
        let mut next: HashMap<NodeId, Vec<ValueTuple>> = HashMap::new();
        self.add(subject.node, rows, &mut known, &mut next);
        while let Some((node, keys)) = self.take_first(&mut next) {
            for edge in Subjects::registered().about(node) {
                let (Some(parent), Some(child)) = (graph.soft(edge.parent), graph.soft(edge.child))
                else {
                    continue;
                };
                for keys in keys.chunks(KEYS_AT_ONCE) {
                    let belongs = belongs(edge, parent, child.alias(), keys, db);
                    let rows = read_rows(child, belongs.into(), locks, db).await?;
                    self.add(edge.child, rows, &mut known, &mut next);
                }
            }
        }
        Ok(())
    }

    /// The keys from which the walk goes on, of the first table that has some.
    fn take_first(
        &self,
        next: &mut HashMap<NodeId, Vec<ValueTuple>>,
    ) -> Option<(NodeId, Vec<ValueTuple>)> {
        let mut tables = self.tables.iter();
        tables.find_map(|table| next.remove_entry(&table.node))
    }

    fn add(
        &mut self,
        node: NodeId,
        rows: Vec<Row>,
        known: &mut HashMap<NodeId, HashSet<ValueTuple>>,
        next: &mut HashMap<NodeId, Vec<ValueTuple>>,
    ) {
        let known = known.entry(node).or_default();
        for row in rows {
            if known.insert(row.key.clone()) {
                next.entry(node).or_default().push(row.key.clone());
                self.table(node).rows.push(row);
            }
        }
    }

    /// The rows of this table; added if there are none yet.
    fn table(&mut self, node: NodeId) -> &mut Reached {
        let known = self.tables.iter().position(|table| table.node == node);
        let index = known.unwrap_or_else(|| {
            self.tables.push(Reached::new(node));
            self.tables.len() - 1
        });
        &mut self.tables[index]
    }

    /// Finds what is removed: the rows of entities with `erase_rows`, and everything that belongs to them.
    async fn plan_removals<C: ConnectionTrait>(&mut self, db: &C) -> Result<(), SoftDeleteError> {
        let graph = Graph::registered();
        let removing = self
            .tables
            .iter()
            .filter(|table| table.rules().removes_rows);
        let removing: Vec<NodeId> = removing
            .filter(|table| !table.rows.is_empty())
            .map(|table| table.node)
            .collect();
        for node in removing.into_iter().rev() {
            let Some(member) = graph.soft(node) else {
                continue;
            };
            let keys: Vec<ValueTuple> = {
                let rows = self.table(node).rows.iter();
                rows.map(|row| row.key.clone()).collect()
            };
            let rows: Condition = Condition::all().add(is_among(member, &keys));
            let family = Family::of(graph, node)?;
            self.table(node).removed.extend(keys);
            self.plan_family(&family, &rows, db).await?;
            self.removals.push(Removal { family, rows });
        }
        Ok(())
    }

    /// Finds the rows that are removed with these rows of the root.
    async fn plan_family<C: ConnectionTrait>(
        &mut self,
        family: &Family,
        rows: &Condition,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let graph = family.graph;
        let sets = family::everything(family, rows);
        let is_alone = family.nodes().count() == 1 && !graph.reaches_itself(family.root);
        for node in family.nodes().filter(|_| !is_alone) {
            let Some(member) = graph.soft(node) else {
                continue;
            };
            let mut select = rows_of(member, Condition::all().add(sets.contains(node)));
            select.with_cte(sets.clause([node]));
            let found = read(member, select, db).await?;
            if found.is_empty() {
                continue;
            }
            let table = self.table(node);
            let known: HashSet<ValueTuple> = table.rows.iter().map(|it| it.key.clone()).collect();
            for row in found {
                table.removed.insert(row.key.clone());
                if !known.contains(&row.key) {
                    table.rows.push(row);
                }
            }
        }
        for edge in family.edges(Policy::Destroy) {
            let child = graph.member(edge.child);
            let mut belonging = Query::select();
            belonging
                .from(child.table())
                .and_where(sets.belongs(edge, child.alias()))
                .with_cte(sets.clause([edge.parent]));
            let count = count_rows(belonging, db).await?;
            if count > 0 {
                self.table(edge.child).destroyed += count;
            }
        }
        Ok(())
    }

    /// Finds live rows that belong to rows to remove, and would stay.
    async fn find_left_behind<C: ConnectionTrait>(
        &mut self,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let graph = Graph::registered();
        let mut left_behind: Vec<RestrictingRows> = Vec::new();
        for table in self.tables.iter().filter(|table| !table.removed.is_empty()) {
            let Some(parent) = graph.soft(table.node) else {
                continue;
            };
            let removed: Vec<ValueTuple> = table.removed.iter().cloned().collect();
            let down = graph.down(table.node).iter();
            let restricting = down.filter(|edge| edge.policy == Policy::Restrict);
            for edge in restricting.chain(Subjects::registered().about(table.node)) {
                let count = self.count_left(edge, parent, &removed, db).await?;
                let rows = RestrictingRows {
                    entity: graph.member(edge.child).name(),
                    count,
                    of: parent.name(),
                };
                if count > 0 && !left_behind.contains(&rows) {
                    left_behind.push(rows);
                }
            }
        }
        self.left_behind = left_behind;
        Ok(())
    }

    async fn count_left<C: ConnectionTrait>(
        &self,
        edge: &Edge,
        parent: &dyn SoftMember,
        removed: &[ValueTuple],
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        let graph = Graph::registered();
        let child = graph.member(edge.child);
        if self.unlinks(edge) {
            return Ok(0);
        }
        let mut count = 0;
        for keys in removed.chunks(KEYS_AT_ONCE) {
            let belongs = belongs(edge, parent, child.alias(), keys, db);
            let Some(soft) = graph.soft(edge.child) else {
                let rows = Query::select()
                    .from(child.table())
                    .and_where(belongs)
                    .to_owned();
                count += count_rows(rows, db).await?;
                continue;
            };
            let mut children = self.tables.iter();
            let table = children.find(|table| table.node == edge.child);
            let is_removed = |key| table.is_some_and(|table| table.removed.contains(key));
            let rows = read_rows(soft, belongs.into(), false, db).await?;
            let left = rows
                .iter()
                .filter(|it| !it.is_trashed && !is_removed(&it.key));
            count += left.count() as u64;
        }
        Ok(count)
    }

    /// Whether the erasure overwrites the children's reference to the parent with NULL.
    fn unlinks(&self, edge: &Edge) -> bool {
        let mut columns = Subjects::registered().rules(edge.child).columns.iter();
        let is_in_walk = self.tables.iter().any(|table| table.node == edge.child);
        let is_unlinked = columns.any(|it| {
            matches!(it.rule, EraseRule::Null(_)) && edge.child_columns.contains(&it.column)
        });
        is_in_walk && is_unlinked
    }
}

/// The condition that a row of the child, under this alias, belongs to a row of the parent with one of these keys.
fn belongs<C: ConnectionTrait>(
    edge: &Edge,
    parent: &dyn SoftMember,
    child: DynIden,
    keys: &[ValueTuple],
    db: &C,
) -> Expr {
    let alias: DynIden = PARENT.into_iden();
    let mut parents = Query::select();
    parents
        .from_as(parent.table(), alias.clone())
        .and_where(is_one_of(&alias, parent, keys))
        .and_where(parent.lift());
    if db.get_database_backend() == DbBackend::MySql {
        // A plain SELECT would read the snapshot of the transaction.
        parents.lock(LockType::Share);
    }
    family::belongs_to(edge, parents, child)
}

/// The condition that a row of the entity has one of these keys.
pub(super) fn is_among<'a>(
    member: &dyn SoftMember,
    keys: impl IntoIterator<Item = &'a ValueTuple>,
) -> Expr {
    is_one_of(&member.alias(), member, keys)
}

fn is_one_of<'a>(
    alias: &DynIden,
    member: &dyn SoftMember,
    keys: impl IntoIterator<Item = &'a ValueTuple>,
) -> Expr {
    let keys = keys.into_iter().map(values_of);
    tuple(alias, &member.primary_key()).is_in(keys)
}

/// The values of a key: one value, or several as a row value.
pub(super) fn values_of(key: &ValueTuple) -> Expr {
    let mut values: Vec<Expr> = key.clone().into_iter().map(Expr::val).collect();
    match values.len() {
        1 => values.remove(0),
        _ => Expr::tuple(values),
    }
}

async fn read_rows<C: ConnectionTrait>(
    member: &dyn SoftMember,
    rows: Condition,
    locks: bool,
    db: &C,
) -> Result<Vec<Row>, SoftDeleteError> {
    let mut select = rows_of(member, rows);
    if locks && db.get_database_backend() != DbBackend::Sqlite {
        select.lock(LockType::Update);
    }
    read(member, select, db).await
}

const IS_TRASHED: &str = "soft_delete_is_trashed";
const IS_HELD: &str = "soft_delete_is_held";

/// Selects the keys of these rows, live and trashed, and whether they are held.
fn rows_of(member: &dyn SoftMember, rows: Condition) -> SelectStatement {
    let alias = member.alias();
    let one_if = |condition: Expr| {
        Expr::case(condition, Expr::Constant(1.into())).finally(Expr::Constant(0.into()))
    };
    let key = member.primary_key().into_iter();
    let held = member.is_held(alias.clone());
    Query::select()
        .columns(key.map(|column| (alias.clone(), column)))
        .expr_as(one_if(member.is_trashed(alias.clone())), IS_TRASHED)
        .expr_as(
            held.map_or(Expr::Constant(0.into()), |held| one_if(held).into()),
            IS_HELD,
        )
        .from(member.table())
        .cond_where(rows)
        .and_where(member.lift())
        .to_owned()
}

async fn read<C: ConnectionTrait>(
    member: &dyn SoftMember,
    select: SelectStatement,
    db: &C,
) -> Result<Vec<Row>, SoftDeleteError> {
    let mut rows = Vec::new();
    for row in db.query_all(&FollowUp(select)).await? {
        rows.push(Row {
            key: member.read_key(&row)?,
            is_trashed: row.try_get::<i32>("", IS_TRASHED)? == 1,
            is_held: row.try_get::<i32>("", IS_HELD)? == 1,
        });
    }
    Ok(rows)
}
