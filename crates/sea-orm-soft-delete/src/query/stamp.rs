//! What each verb writes beside the marker: the stamps of an operation, and how a restore clears them.

use sea_orm::sea_query::{DynIden, Expr};
use sea_orm::{DbBackend, Value};

use crate::entity::any_entity::AnyColumn;
use crate::entity::any_soft_entity::AnySoftEntity;
use crate::error::SoftDeleteError;
use crate::operation::attribution::Attribution;
use crate::operation::clock::Clock;
use crate::operation::id::NewOperation;
use crate::operation::timestamp::Timestamp;
use crate::value_text;

/// Columns, and the values to write into them.
pub(crate) type Stamps = Vec<(AnyColumn, Value)>;

/// Begins a delete of rows of this entity.
pub(crate) fn begin(
    entity: &dyn AnySoftEntity,
    explicit: &Attribution,
) -> Result<NewOperation, SoftDeleteError> {
    refuse_what_cannot_be_recorded(entity, explicit)?;
    Ok(NewOperation::begin(explicit.clone()))
}

/// What a delete writes into a row: every stamp of the operation.
pub(crate) fn of_operation(
    entity: &dyn AnySoftEntity,
    operation: &NewOperation,
) -> Result<Stamps, SoftDeleteError> {
    refuse_an_instant_that_means_live(entity, operation.at)?;
    let who = who(entity, &operation.attribution)?;
    Ok(stamps(entity, operation, who))
}

/// The same where no error can be returned: writes NULL for who deletes if the column cannot hold the
/// value.
pub(crate) fn trashing_as_far_as_recorded(
    entity: &dyn AnySoftEntity,
    explicit: &Attribution,
) -> Stamps {
    let operation = NewOperation::begin(explicit.clone());
    let who = who(entity, &operation.attribution).unwrap_or(None);
    stamps(entity, &operation, who)
}

/// The values to bind that a delete writes into each of
/// [`SoftDeleteColumns::written`](crate::describe::SoftDeleteColumns).
pub(crate) fn values_of(
    entity: &dyn AnySoftEntity,
    operation: &NewOperation,
    backend: DbBackend,
) -> Result<Vec<Value>, SoftDeleteError> {
    let stamps = of_operation(entity, operation)?.into_iter();
    Ok(stamps.map(|(_, value)| bindable(value, backend)).collect())
}

/// What a restore writes into a row: it clears every stamp.
pub(crate) fn restoring(entity: &dyn AnySoftEntity) -> Stamps {
    let columns = entity.columns();
    let marker = columns.marker;
    let mut stamps = vec![(marker.column(), marker.live_value())];
    if let Some(to) = columns.operation {
        stamps.push((to.column, (to.null)()));
    }
    if let Some(to) = columns.deleted_by {
        stamps.push((to.column, (to.null)()));
    }
    if let Some(column) = columns.reason {
        stamps.push((column, Value::String(None)));
    }
    if let Some(to) = columns.updated_at {
        stamps.push((to.column, (to.value)(Clock::current().now())));
    }
    if let Some(to) = columns.purge_at {
        stamps.push((to.column, (to.null)()));
    }
    stamps
}

/// Stamps as the assignments of an UPDATE, each cast as its column requires.
pub(crate) fn assignments(stamps: Stamps, backend: DbBackend) -> Vec<(DynIden, Expr)> {
    let assignments = stamps.into_iter().map(|(column, value)| {
        let value = bindable(value, backend);
        (column.as_column_ref().1, column.save_as(Expr::val(value)))
    });
    assignments.collect()
}

/// A value in the form to send to this database.
pub(crate) fn bindable(value: Value, backend: DbBackend) -> Value {
    match backend {
        DbBackend::MySql => without_timestamp_type(value),
        _ => value,
    }
}

/// The same instant, in a form that the driver does not send as MySQL's type TIMESTAMP.
///
/// sqlx sends a `DateTimeUtc` as a TIMESTAMP, and MariaDB turns a TIMESTAMP after January 2038 into NULL: a
/// delete would leave its row live and report success. A DATETIME arrives unchanged.
fn without_timestamp_type(value: Value) -> Value {
    match value {
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTimeUtc(at) => Value::ChronoDateTime(at.map(|at| at.naive_utc())),
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTimeLocal(at) => Value::ChronoDateTime(at.map(|at| at.naive_utc())),
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTimeWithTimeZone(at) => Value::ChronoDateTime(at.map(|at| at.naive_utc())),
        #[cfg(feature = "with-time")]
        Value::TimeDateTimeWithTimeZone(at) => Value::TimeDateTime(at.map(|at| {
            let utc = at.to_offset(time::UtcOffset::UTC);
            time::PrimitiveDateTime::new(utc.date(), utc.time())
        })),
        value => value,
    }
}

fn stamps(entity: &dyn AnySoftEntity, operation: &NewOperation, who: Option<Value>) -> Stamps {
    let columns = entity.columns();
    let marker = columns.marker;
    let mut stamps = vec![(marker.column(), marker.trashed_value(operation.at))];
    if let Some(to) = columns.operation {
        stamps.push((to.column, (to.value)(operation.id)));
    }
    if let Some(to) = columns.deleted_by {
        stamps.push((to.column, who.unwrap_or_else(to.null)));
    }
    if let Some(column) = columns.reason {
        let why = operation.attribution.why();
        stamps.push((column, why.map(str::to_owned).into()));
    }
    if let Some(to) = columns.updated_at {
        stamps.push((to.column, (to.value)(operation.at)));
    }
    if let Some(to) = columns.purge_at {
        let purge_at = operation.purge_at();
        stamps.push((to.column, purge_at.map_or_else(to.null, to.value)));
    }
    stamps
}

/// Who deletes, as the type of the entity's column; `None` if nobody is set or there is no column.
fn who(
    entity: &dyn AnySoftEntity,
    attribution: &Attribution,
) -> Result<Option<Value>, SoftDeleteError> {
    let (Some(to), Some(who)) = (entity.columns().deleted_by, attribution.who()) else {
        return Ok(None);
    };
    match (to.value)(who) {
        Some(value) => Ok(Some(value)),
        None => Err(SoftDeleteError::AttributionType {
            entity: entity.entity().name(),
            column: to.column.as_str(),
            who: value_text::spell(who),
            expected: (to.type_name)(),
        }),
    }
}

fn refuse_an_instant_that_means_live(
    entity: &dyn AnySoftEntity,
    at: Timestamp,
) -> Result<(), SoftDeleteError> {
    let marker = entity.columns().marker;
    if marker.says_trashed(&marker.trashed_value(at)) {
        return Ok(());
    }
    Err(SoftDeleteError::ClockHitsLiveValue {
        entity: entity.entity().name(),
        column: marker.column().as_str().to_owned(),
        at,
    })
}

/// Refuses an attribution of the call that the entity has no columns for, because it would be lost. The
/// ambient attribution is for every entity, so an entity without the columns ignores it. The log of deletions records
/// who and why too.
fn refuse_what_cannot_be_recorded(
    entity: &dyn AnySoftEntity,
    explicit: &Attribution,
) -> Result<(), SoftDeleteError> {
    let columns = entity.columns();
    let refuse = |what, key| {
        Err(SoftDeleteError::AttributionNotRecorded {
            entity: entity.entity().name(),
            what,
            key,
        })
    };
    let is_in_log = entity.declared().is_logged;
    if !is_in_log && explicit.who().is_some() && columns.deleted_by.is_none() {
        return refuse("who deletes", "deleted_by");
    }
    if !is_in_log && explicit.why().is_some() && columns.reason.is_none() {
        return refuse("why", "reason");
    }
    if explicit.purges_after().is_some() && columns.purge_at.is_none() {
        return refuse("when to purge", "purge_at");
    }
    Ok(())
}
