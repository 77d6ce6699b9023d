//! The soft-deletable tables of this program.

use std::fmt;
use std::sync::LazyLock;

use crate::default_scope::entity::ScopesOfEntity;
use crate::entity::SoftDeleteEntity;
use crate::entity::any_entity::{AnyColumn, Typed};
use crate::entity::any_soft_entity::AnySoftEntity;
use crate::entity::member::Place;
use crate::error::SoftDeleteError;
use crate::family::member::{AnySoftMember, SoftMember};
use crate::query::scoped_table::ScopedTable;

/// A soft-deletable table, as its entity describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SoftDeleteTable {
    /// The schema, if the entity names one.
    pub schema: Option<String>,
    /// The table.
    pub name: &'static str,
    /// The column that records whether a row is live or trashed.
    pub marker: &'static str,
    /// The column that holds the id of the operation that trashed a row.
    pub operation: Option<&'static str>,
    /// The column that records who trashed a row.
    pub deleted_by: Option<&'static str>,
    /// The column that records why a row was trashed.
    pub reason: Option<&'static str>,
    /// The column that a delete and a restore set to the current time.
    pub updated_at: Option<&'static str>,
    /// The column that says when a purge may remove a row.
    pub purge_at: Option<&'static str>,
    /// The column that says whether a legal hold keeps a row.
    pub hold: Option<&'static str>,
}

impl SoftDeleteTable {
    /// The table of this entity.
    pub fn of<E: SoftDeleteEntity>() -> Self {
        Self::of_any(Typed::<E>::SOFT)
    }

    fn of_any(soft: &dyn AnySoftEntity) -> Self {
        let (columns, entity) = (soft.columns(), soft.entity());
        Self {
            schema: entity.schema(),
            name: entity.table_name(),
            marker: columns.marker.column().as_str(),
            operation: columns.operation.map(|to| to.column.as_str()),
            deleted_by: columns.deleted_by.map(|to| to.column.as_str()),
            reason: columns.reason.map(AnyColumn::as_str),
            updated_at: columns.updated_at.map(|to| to.column.as_str()),
            purge_at: columns.purge_at.map(|to| to.column.as_str()),
            hold: columns.hold.map(|to| to.column.as_str()),
        }
    }
}

/// Every soft-deletable table that is linked into this program, by schema and name.
///
/// The derive registers the tables; there is nothing to call at start.
///
/// ```
/// for table in sea_orm_soft_delete::tables() {
///     println!("{} marks its trash in {}", table.name, table.marker);
/// }
/// ```
pub fn tables() -> Vec<SoftDeleteTable> {
    let mut tables: Vec<_> = inventory::iter::<Registration>()
        .map(|registration| SoftDeleteTable::of_any(registration.soft))
        .collect();
    tables.sort_by(|a, b| (&a.schema, a.name).cmp(&(&b.schema, b.name)));
    tables.dedup();
    tables
}

/// Every registered table in the form that a scoped connection needs, with every scope of its rows.
pub(crate) fn all_scoped_tables() -> Vec<ScopedTable> {
    let mut tables = scoped_tables();
    for registered in inventory::iter::<ScopesOfEntity>() {
        let scoped = ScopedTable::of_scoped(registered);
        let mut is_known = false;
        for table in tables
            .iter_mut()
            .filter(|table| table.key() == scoped.key())
        {
            is_known = true;
            *table = table.clone().held_to(scoped.scopes().to_vec());
        }
        if !is_known {
            tables.push(scoped);
        }
    }
    tables.sort_by(|a, b| a.key().cmp(&b.key()));
    tables
}

/// Every table of a soft-deletable entity in that form, without other scopes, in the order of [`tables`].
///
/// If several entities share a table, an entity that covers the description of another replaces it.
/// Entities that contradict each other stay: a scoped connection then refuses statements that name the
/// table, because it cannot know which entity is right.
pub(crate) fn scoped_tables() -> Vec<ScopedTable> {
    let mut tables: Vec<ScopedTable> = inventory::iter::<Registration>()
        .map(|registration| ScopedTable::of(registration.soft))
        .collect();
    tables.sort_by(|a, b| a.key().cmp(&b.key()));
    let mut all: Vec<ScopedTable> = Vec::with_capacity(tables.len());
    for table in tables {
        let says_more = |a: &ScopedTable, b: &ScopedTable| a.key() == b.key() && a.says_all_of(b);
        if all.iter().rev().any(|known| says_more(known, &table)) {
            continue;
        }
        all.retain(|known| !says_more(&table, known));
        all.push(table);
    }
    all
}

/// Every registered entity.
pub(crate) fn members() -> impl Iterator<Item = &'static dyn SoftMember> {
    static MEMBERS: LazyLock<Vec<AnySoftMember>> = LazyLock::new(|| {
        let all = inventory::iter::<Registration>();
        all.map(|it| AnySoftMember::at(Place::Table, it.soft))
            .collect()
    });
    MEMBERS.iter().map(|member| member as &dyn SoftMember)
}

/// What the derive registers: everything is data, so that the derive makes the compiler build little for an
/// entity whose verbs are not called.
pub struct Registration {
    pub(super) soft: &'static dyn AnySoftEntity,
    /// What checks the declarations, if the entity declares relations.
    pub(super) check: Option<Check>,
}

pub(super) type Check = fn(&dyn AnySoftEntity) -> Result<(), SoftDeleteError>;

impl Registration {
    /// The registration of an entity that declares no relation and no log. A program that registers no other entities
    /// does not link the code for families.
    pub const fn alone<E: SoftDeleteEntity>() -> Self {
        Self {
            soft: Typed::<E>::SOFT,
            check: None,
        }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.soft.fmt(f)
    }
}

inventory::collect!(Registration);
