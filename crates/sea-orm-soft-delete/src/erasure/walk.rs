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
use crate::entity::key;
use crate::entity::member::archive_of;
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

/// A table, or its archive.
type Place = (NodeId, bool);

/// The rows of one table, or of its archive.
pub(super) struct Reached {
    pub(super) node: NodeId,
    pub(super) is_archive: bool,
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
    fn new((node, is_archive): Place) -> Self {
        Self {
            node,
            is_archive,
            rows: Vec::new(),
            removed: HashSet::new(),
            destroyed: 0,
        }
    }

    fn place(&self) -> Place {
        (self.node, self.is_archive)
    }

    /// The entity, in its archive if these are rows of the archive.
    pub(super) fn member(&self) -> Option<&'static dyn SoftMember> {
        at(self.place())
    }

    /// The name of the table.
    pub(super) fn name(&self) -> String {
        let member = Graph::registered().member(self.node);
        if !self.is_archive {
            return member.name();
        }
        let (schema, table) = archive_of(&member.key());
        key::table_name(schema.as_deref(), &table)
    }

    /// The keys of the rows that are removed.
    pub(super) fn removed(&self) -> impl Iterator<Item = &ValueTuple> {
        self.removed.iter()
    }

    pub(super) fn rules(&self) -> &'static Rules {
        Subjects::registered().rules(self.node)
    }

    /// The rows that stay, and are overwritten if the entity declares it.
    pub(super) fn staying(&self) -> impl Iterator<Item = &ValueTuple> {
        let keys = self.rows.iter().map(|row| &row.key);
        keys.filter(|key| !self.removed.contains(*key))
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.destroyed == 0
    }

    /// Adds rows to remove. Returns the keys of those that were not removed before.
    fn remove(&mut self, rows: Vec<Row>) -> Vec<ValueTuple> {
        let known: HashSet<ValueTuple> = self.rows.iter().map(|it| it.key.clone()).collect();
        let mut further = Vec::new();
        for row in rows {
            if self.removed.insert(row.key.clone()) {
                further.push(row.key.clone());
                if !known.contains(&row.key) {
                    self.rows.push(row);
                }
            }
        }
        further
    }

    /// The rows that change.
    pub(super) fn changing(&self) -> Vec<ValueTuple> {
        let is_overwritten = !self.rules().columns.is_empty();
        let keys = self.rows.iter().map(|row| &row.key);
        let changing = keys.filter(|key| is_overwritten || self.removed.contains(*key));
        changing.cloned().collect()
    }

    fn report(&self) -> ErasureTable {
        let trashed = self.rows.iter().filter(|row| row.is_trashed).count() as u64;
        let columns = self.rules().columns.iter();
        ErasureTable {
            entity: self.name(),
            live: self.rows.len() as u64 - trashed + self.destroyed,
            trashed,
            removed: self.removed.len() as u64 + self.destroyed,
            columns: columns.map(|it| it.column.to_string()).collect(),
        }
    }

    /// The rows that a legal hold keeps.
    fn on_hold(&self) -> Option<EntityRows> {
        let is_overwritten = !self.rules().columns.is_empty();
        let held = self
            .rows
            .iter()
            .filter(|row| row.is_held && (is_overwritten || self.removed.contains(&row.key)));
        let count = held.count() as u64;
        (count > 0).then(|| EntityRows {
            entity: self.name(),
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
            tables: nodes
                .into_iter()
                .flat_map(places)
                .map(Reached::new)
                .collect(),
            removals: Vec::new(),
            left_behind: Vec::new(),
        };
        walk.find(subject, locks, db).await?;
        walk.plan_removals(db).await?;
        walk.plan_archives(db).await?;
        walk.find_left_behind(db).await?;
        Ok(walk)
    }

    pub(super) fn preview(&self, subject: &Subject) -> ErasurePreview {
        let tables = self.tables.iter();
        let is_told = |table: &&Reached| !table.is_archive || !table.is_empty();
        let tables = tables.filter(is_told);
        ErasurePreview {
            entity: subject.member.name(),
            key: subject.spell(),
            tables: tables.clone().map(Reached::report).collect(),
            on_hold: tables.filter_map(Reached::on_hold).collect(),
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
        let mut known: HashMap<Place, HashSet<ValueTuple>> = HashMap::new();
        let mut next: HashMap<Place, Vec<ValueTuple>> = HashMap::new();
        for place in places(subject.node) {
            if let Some(member) = at(place) {
                let is_subject = is_among(member, [&subject.key]);
                let rows = read_rows(member, is_subject.into(), locks, db).await?;
                self.add(place, rows, &mut known, &mut next);
            }
        }
        if next.is_empty() {
            return Err(SoftDeleteError::NotFound {
                entity: subject.member.name(),
                key: subject.spell(),
            });
        }
        while let Some((place, keys)) = self.take_first(&mut next) {
            for edge in Subjects::registered().about(place.0) {
                for below in places(edge.child) {
                    let (Some(parent), Some(child)) = (at(place), at(below)) else {
                        continue;
                    };
                    for keys in keys.chunks(KEYS_AT_ONCE) {
                        let belongs = belongs(edge, parent, child.alias(), keys, db);
                        let rows = read_rows(child, belongs.into(), locks, db).await?;
                        self.add(below, rows, &mut known, &mut next);
                    }
                }
            }
        }
        Ok(())
    }

    /// The keys from which the walk goes on, of the first table that has some.
    fn take_first(
        &self,
        next: &mut HashMap<Place, Vec<ValueTuple>>,
    ) -> Option<(Place, Vec<ValueTuple>)> {
        let mut tables = self.tables.iter();
        tables.find_map(|table| next.remove_entry(&table.place()))
    }

    fn add(
        &mut self,
        place: Place,
        rows: Vec<Row>,
        known: &mut HashMap<Place, HashSet<ValueTuple>>,
        next: &mut HashMap<Place, Vec<ValueTuple>>,
    ) {
        let known = known.entry(place).or_default();
        for row in rows {
            if known.insert(row.key.clone()) {
                next.entry(place).or_default().push(row.key.clone());
                self.table(place).rows.push(row);
            }
        }
    }

    /// The rows of this table; added if there are none yet.
    fn table(&mut self, place: Place) -> &mut Reached {
        let known = self.tables.iter().position(|it| it.place() == place);
        let index = known.unwrap_or_else(|| {
            self.tables.push(Reached::new(place));
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
            .filter(|table| table.rules().removes_rows && !table.is_archive);
        let removing: Vec<NodeId> = removing
            .filter(|table| !table.rows.is_empty())
            .map(|table| table.node)
            .collect();
        for node in removing.into_iter().rev() {
            let Some(member) = graph.soft(node) else {
                continue;
            };
            let keys: Vec<ValueTuple> = {
                let rows = self.table((node, false)).rows.iter();
                rows.map(|row| row.key.clone()).collect()
            };
            let rows: Condition = Condition::all().add(is_among(member, &keys));
            let family = Family::of(graph, node)?;
            self.table((node, false)).removed.extend(keys);
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
            let table = self.table((node, false));
            table.remove(found);
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
                self.table((edge.child, false)).destroyed += count;
            }
        }
        Ok(())
    }

    /// Finds what is removed of archives: the rows of entities with `erase_rows`, and everything that belongs to rows
    /// that are removed.
    async fn plan_archives<C: ConnectionTrait>(&mut self, db: &C) -> Result<(), SoftDeleteError> {
        let graph = Graph::registered();
        let mut next: Vec<(Place, Vec<ValueTuple>)> = Vec::new();
        for table in &mut self.tables {
            if table.is_archive && table.rules().removes_rows {
                table.removed = table.rows.iter().map(|row| row.key.clone()).collect();
            }
            next.push((table.place(), table.removed.iter().cloned().collect()));
        }
        while let Some((place, keys)) = next.pop() {
            let Some(parent) = at(place) else { continue };
            for edge in graph.down(place.0) {
                for keys in keys.chunks(KEYS_AT_ONCE) {
                    let below = (edge.child, true);
                    if let (Policy::Cascade, Some(child)) = (edge.policy, at(below)) {
                        let belongs = belongs(edge, parent, child.alias(), keys, db);
                        let rows = read_rows(child, belongs.into(), true, db).await?;
                        let further = self.table(below).remove(rows);
                        if !further.is_empty() {
                            next.push((below, further));
                        }
                    }
                }
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
        let tables = self.tables.iter().filter(|table| !table.is_archive);
        for table in tables.filter(|table| !table.removed.is_empty()) {
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
            let table = children.find(|table| table.place() == (edge.child, false));
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

/// The table of an entity, and its archive if it has one.
fn places(node: NodeId) -> impl Iterator<Item = Place> {
    let archive = Graph::registered().archive(node);
    std::iter::once((node, false)).chain(archive.map(|_| (node, true)))
}

/// The entity at a place; `None` if it is not soft-deletable.
fn at((node, is_archive): Place) -> Option<&'static dyn SoftMember> {
    let graph = Graph::registered();
    match is_archive {
        true => graph.archive(node),
        false => graph.soft(node),
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
