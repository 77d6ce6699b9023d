//! Whether a row is live, trashed, archived or gone.

use std::fmt;

use sea_orm::sea_query::ValueTuple;
use sea_orm::{Condition, ConnectionTrait, DbErr, EntityTrait, PrimaryKeyTrait, Value};

use crate::entity::any_entity::Typed;
use crate::entity::any_soft_entity::AnySoftEntity;
use crate::entity::key;
use crate::entity::member::Place;
use crate::entity::one_table;
use crate::error::SoftDeleteError;
use crate::family::registry;
use crate::family::{Row, SoftMember};
use crate::query::find_by_key;
use crate::scoped::{Scopable, Scope};
use crate::value_text;

type KeyOf<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

/// Reads the state of the row with this primary key, to assert it.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm_soft_delete::testing;
///
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// note::Entity::delete_by_id(1).exec(db).await?;
/// note::Entity::force_delete_by_id(2).exec(db).await?;
///
/// testing::row(note::Entity, 1, db).await?.assert_trashed();
/// testing::row(note::Entity, 2, db).await?.assert_gone();
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
///
/// A composite key is a tuple, as for `find_by_id`. The entity may be one without the derive: its rows are live or
/// gone.
///
/// On a scoped connection it reads through the inner connection, so no scope hides the row, neither that of the live
/// rows nor a tenant. Policies of row-level security still do. A connection of a type of your own is scoped by
/// `ScopedConnection::new(ConnectionRef::new(&db))`.
///
/// # Errors
///
/// Database errors.
pub async fn row<E, C>(_: E, key: impl Into<KeyOf<E>>, db: &C) -> Result<RowState, SoftDeleteError>
where
    E: EntityTrait,
    C: Scopable,
{
    let entity = Typed::<E>::ENTITY;
    let Some(key) = key::of_values::<E>(key.into()) else {
        let lacks = format!(
            "the key type of `{}` lacks columns of its key",
            entity.name()
        );
        return Err(DbErr::Type(lacks).into());
    };
    let db = db.scoped_with(&Scope::registered()).into_inner();
    let found = match member_of::<E>() {
        Some(member) => found(member, &key, &db).await?,
        None => match db.query_one(&find_by_key::any(entity, Some(&key))).await? {
            Some(_) => Found::Plain,
            None => Found::Nothing,
        },
    };
    Ok(RowState {
        row: format!("{} with {}", entity.name(), key::spell::<E>(Some(&key))),
        found,
    })
}

/// The description of the table of `E`: its own or, if it has none, that of another entity of the table.
fn member_of<E: EntityTrait>() -> Option<&'static dyn SoftMember> {
    let entity = Typed::<E>::ENTITY;
    let is_its = |member: &&dyn SoftMember| {
        let other = member.soft().entity();
        other.table_name() == entity.table_name() && other.schema() == entity.schema()
    };
    let mut members: Vec<_> = registry::members().filter(is_its).collect();
    let own = |member: &&dyn SoftMember| member.type_name() == Some(entity.type_name());
    let place = members.iter().position(own).or_else(|| {
        let all: Vec<&'static dyn AnySoftEntity> = members.iter().map(|it| it.soft()).collect();
        one_table::most_telling(&all)
    });
    place.map(|place| members.swap_remove(place))
}

async fn found(
    member: &dyn SoftMember,
    key: &ValueTuple,
    db: &impl ConnectionTrait,
) -> Result<Found, SoftDeleteError> {
    if let Some(row) = read(member, key, db).await? {
        return Ok(match says_trashed(member, &row) {
            true => Found::Trashed(describe(member, &row)),
            false => Found::Live,
        });
    }
    if member.is_archived() {
        let archive = member.soft_at(Place::Archive);
        if let Some(row) = read(&*archive, key, db).await? {
            return Ok(Found::Archived(describe(member, &row)));
        }
    }
    Ok(Found::Nothing)
}

async fn read(
    member: &dyn SoftMember,
    key: &ValueTuple,
    db: &impl ConnectionTrait,
) -> Result<Option<Row>, SoftDeleteError> {
    let is_it = key::is_of(member.soft().entity(), Some(key));
    let select = member.select(Condition::all().add(is_it));
    let row = db.query_one(&select).await?;
    row.map(|row| member.read(&row)).transpose()
}

fn value<'a>(row: &'a Row, column: &str) -> Option<&'a Value> {
    let (_, value) = row.values.iter().find(|(name, _)| *name == column)?;
    (*value != value.as_null()).then_some(value)
}

fn says_trashed(member: &dyn SoftMember, row: &Row) -> bool {
    let marker = member.soft().columns().marker;
    let mut values = row.values.iter();
    let marked = values.find(|(name, _)| *name == marker.column().as_str());
    marked.is_some_and(|(_, value)| marker.says_trashed(value))
}

/// When, by whom, why and by which operation a row was trashed, as far as it records that.
fn describe(member: &dyn SoftMember, row: &Row) -> String {
    let columns = member.soft().columns();
    let marker = columns.marker;
    let marked = value(row, marker.column().as_str()).and_then(|value| marker.instant_in(value));
    let at = marked.or(row.operation.map(|operation| operation.instant()));
    let by = columns
        .deleted_by
        .and_then(|to| value(row, to.column.as_str()));
    let reason = columns.reason.and_then(|to| value(row, to.as_str()));
    let mut text = String::new();
    if let Some(at) = at {
        text += &format!(" at {at}");
    }
    if let Some(by) = by {
        text += &format!(" by {}", value_text::spell(by));
    }
    if let Some(reason) = reason {
        text += &format!(" because {}", value_text::spell(reason));
    }
    match row.operation.and_then(|operation| operation.uuid()) {
        Some(operation) => text += &format!(", operation {operation}"),
        None if columns.operation.is_some() => text += ", without an operation, as by hand",
        None => {}
    }
    text
}

/// The state of one row, when it was read. It prints as `note with id = 1 is live`.
#[derive(Clone, Debug)]
#[must_use = "it asserts nothing by itself"]
pub struct RowState {
    /// Its table and key.
    row: String,
    found: Found,
}

#[derive(Clone, Debug)]
enum Found {
    Live,
    /// In the table of an entity that is not soft-deletable.
    Plain,
    /// With the circumstances.
    Trashed(String),
    Archived(String),
    Nothing,
}

impl RowState {
    /// Asserts that the row is there and not trashed.
    ///
    /// # Panics
    ///
    /// If it is not. The message names the table, the key and the state of the row.
    #[track_caller]
    pub fn assert_live(&self) {
        self.assert(matches!(self.found, Found::Live | Found::Plain), "live");
    }

    /// Asserts that the row is in the trash.
    ///
    /// # Panics
    ///
    /// If it is not.
    #[track_caller]
    pub fn assert_trashed(&self) {
        self.assert(matches!(self.found, Found::Trashed(_)), "trashed");
    }

    /// Asserts that the row is in the [archive](crate::Archive) of its table.
    ///
    /// # Panics
    ///
    /// If it is not.
    #[track_caller]
    pub fn assert_archived(&self) {
        self.assert(matches!(self.found, Found::Archived(_)), "archived");
    }

    /// Asserts that the row is physically gone, from the table and from its archive.
    ///
    /// # Panics
    ///
    /// If it is not.
    #[track_caller]
    pub fn assert_gone(&self) {
        self.assert(matches!(self.found, Found::Nothing), "gone");
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a test is to fail")]
    fn assert(&self, holds: bool, expected: &str) {
        if !holds {
            panic!(
                "expected {} to be {expected}, but it {}",
                self.row, self.found
            );
        }
    }
}

impl fmt::Display for RowState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.row, self.found)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live => f.write_str("is live"),
            Self::Plain => f.write_str("exists, in a table that is not soft-deletable"),
            Self::Trashed(how) => write!(f, "is trashed{how}"),
            Self::Archived(how) => write!(f, "is archived, trashed{how}"),
            Self::Nothing => f.write_str("does not exist"),
        }
    }
}
