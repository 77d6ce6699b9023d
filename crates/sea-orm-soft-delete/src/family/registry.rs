//! The soft-deletable tables of this program.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use crate::entity::SoftDeleteEntity;
use crate::entity::any_entity::{AnyColumn, Typed};
use crate::entity::any_soft_entity::AnySoftEntity;
use crate::entity::member::{Place, TableKey};
use crate::entity::one_table::{most_telling, says_all_of};
use crate::error::SoftDeleteError;
use crate::family::graph::Graph;
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

/// Every registered table in the form that a scoped connection needs, in the order of [`tables`].
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

/// The registered entities of one table, for verbs that affect no other table and need no [`Graph`].
struct OfTable {
    /// The entity that describes most.
    described_by: &'static dyn AnySoftEntity,
    /// What checks the declarations, if an entity declares relations.
    check: Option<Check>,
}

type Check = fn(&dyn AnySoftEntity) -> Result<(), SoftDeleteError>;

impl OfTable {
    fn of(soft: &dyn AnySoftEntity) -> Option<&'static Self> {
        static ALL: LazyLock<HashMap<TableKey, OfTable>> = LazyLock::new(|| {
            let mut by_table: HashMap<_, Vec<&Registration>> = HashMap::new();
            for registration in inventory::iter::<Registration>() {
                let of_table = by_table.entry(registration.soft.key());
                of_table.or_default().push(registration);
            }
            let all = by_table.into_iter();
            all.filter_map(|(table, all)| Some((table, OfTable::among(&all)?)))
                .collect()
        });
        ALL.get(&soft.key())
    }

    fn among(registrations: &[&Registration]) -> Option<Self> {
        let all: Vec<_> = registrations.iter().map(|it| it.soft).collect();
        Some(Self {
            described_by: all[most_telling(&all)?],
            check: registrations.iter().find_map(|it| it.check),
        })
    }
}

/// The description to use for the table of this entity: the entity's own, or the one of another entity of the table
/// that describes more.
pub(crate) fn describing(soft: &'static dyn AnySoftEntity) -> &'static dyn AnySoftEntity {
    let described_by = OfTable::of(soft).map(|of_table| of_table.described_by);
    described_by
        .filter(|other| says_all_of(*other, soft))
        .unwrap_or(soft)
}

/// [`Graph::check_declared`], for an entity whose deletes affect only its own rows.
pub(crate) fn check_alone(soft: &dyn AnySoftEntity) -> Result<(), SoftDeleteError> {
    match OfTable::of(soft).and_then(|of_table| of_table.check) {
        Some(check) => check(soft),
        None => Ok(()),
    }
}

/// What the derive registers: everything is data, so that the derive makes the compiler build little for an
/// entity whose verbs are not called.
pub struct Registration {
    soft: &'static dyn AnySoftEntity,
    check: Option<Check>,
}

impl Registration {
    /// The registration of an entity.
    pub const fn of<E: SoftDeleteEntity>() -> Self {
        Self {
            soft: Typed::<E>::SOFT,
            check: Some(|soft| Graph::registered().check_declared(soft)),
        }
    }

    /// The same for an entity that declares no relation and no log. A program that registers no other entities does not
    /// link the code for families.
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
