//! The entities whose trashed rows tell of operations.

use sea_orm::DbErr;

use crate::error::SoftDeleteError;
use crate::family::graph::NodeId;
use crate::family::member::SoftMember;

pub(super) type Entity = (NodeId, &'static dyn SoftMember);

/// One statement reads the rows of the operations of this many instants.
pub(super) const AT_ONCE: usize = 100;

const CREATE: &str =
    "create it with `SoftDeleteSchema::of::<Entity>().archive_table().create(&db)`";

pub(super) fn not_read(member: &dyn SoftMember, error: DbErr) -> SoftDeleteError {
    if matches!(error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_)) {
        return error.into();
    }
    match SoftDeleteError::inside(&error) {
        Some(typed) => typed.clone(),
        None if member.is_in_archive() => SoftDeleteError::NotArchivable {
            entity: member.name(),
            why: format!("its archive cannot be read ({error})"),
            remedy: CREATE,
        },
        None => SoftDeleteError::ListFailed {
            entity: member.name(),
            source: Box::new(error),
        },
    }
}
