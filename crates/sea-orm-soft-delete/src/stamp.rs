//! What each verb writes beside the marker: the stamps of an operation, and their undoing.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, IdenStatic, Value};

use crate::attribution::Attribution;
use crate::clock::Clock;
use crate::columns::SoftDeleteColumns;
use crate::companion::DeletedByColumn;
use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::key;
use crate::operation::Operation;

/// Columns, and what is written into them.
pub(crate) type Stamps<E> = Vec<(<E as EntityTrait>::Column, Value)>;

/// What a delete writes into a row: every stamp of the operation.
pub(crate) fn trashing<E: SoftDeleteEntity>(
    explicit: &Attribution,
) -> Result<Stamps<E>, SoftDeleteError> {
    let columns = E::soft_delete();
    refuse_what_cannot_be_recorded::<E>(&columns, explicit)?;
    let operation = Operation::begin(explicit.clone());

    let marker = columns.marker;
    let trashed = marker.trashed_value(operation.at);
    if !marker.says_trashed(&trashed) {
        return Err(SoftDeleteError::InstantIsLive {
            entity: key::entity_name::<E>(),
            column: marker.column().as_str(),
            at: operation.at,
        });
    }

    let mut stamps = vec![(marker.column(), trashed)];
    if let Some(to) = columns.operation {
        stamps.push((to.column, (to.value)(operation.new_id())));
    }
    if let Some(to) = columns.deleted_by {
        stamps.push((to.column, who::<E>(&to, &operation.attribution)?));
    }
    if let Some(column) = columns.reason {
        stamps.push((
            column,
            operation.attribution.why().map(str::to_owned).into(),
        ));
    }
    if let Some(to) = columns.updated_at {
        stamps.push((to.column, (to.value)(operation.at)));
    }
    Ok(stamps)
}

/// The marker alone, for a statement that is only shown.
pub(crate) fn trashing_by_nobody<E: SoftDeleteEntity>() -> Stamps<E> {
    let marker = E::soft_delete().marker;
    vec![(
        marker.column(),
        marker.trashed_value(Clock::current().now()),
    )]
}

/// What a restore writes into a row: every stamp undone.
pub(crate) fn restoring<E: SoftDeleteEntity>() -> Stamps<E> {
    let columns = E::soft_delete();
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
    stamps
}

/// Stamps as the assignments of an UPDATE, each cast as its column asks for.
pub(crate) fn assignments<C: ColumnTrait>(
    stamps: Vec<(C, Value)>,
    backend: DbBackend,
) -> impl Iterator<Item = (C, Expr)> {
    stamps.into_iter().map(move |(column, value)| {
        let value = match backend {
            DbBackend::MySql => without_timestamp_type(value),
            _ => value,
        };
        (column, column.save_as(Expr::val(value)))
    })
}

/// The same instant, kept from travelling as MySQL's type TIMESTAMP.
///
/// sqlx sends a `DateTimeUtc` so, and MariaDB makes NULL of a TIMESTAMP after January 2038: a
/// delete would leave its row live and report success. As a DATETIME it arrives.
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

fn who<E: SoftDeleteEntity>(
    to: &DeletedByColumn<E::Column>,
    attribution: &Attribution,
) -> Result<Value, SoftDeleteError> {
    let Some(who) = attribution.who() else {
        return Ok((to.null)());
    };
    (to.value)(who).ok_or_else(|| SoftDeleteError::AttributionType {
        entity: key::entity_name::<E>(),
        column: to.column.as_str(),
        who: who.to_string(),
        expected: (to.type_name)(),
    })
}

/// The ambient attribution is for every entity, so one without the columns passes it by. What a
/// call says itself would be lost.
fn refuse_what_cannot_be_recorded<E: SoftDeleteEntity>(
    columns: &SoftDeleteColumns<E::Column>,
    explicit: &Attribution,
) -> Result<(), SoftDeleteError> {
    let refuse = |what, key| {
        Err(SoftDeleteError::AttributionNotRecorded {
            entity: key::entity_name::<E>(),
            what,
            key,
        })
    };
    if explicit.who().is_some() && columns.deleted_by.is_none() {
        return refuse("who deletes", "deleted_by");
    }
    if explicit.why().is_some() && columns.reason.is_none() {
        return refuse("why", "reason");
    }
    Ok(())
}
