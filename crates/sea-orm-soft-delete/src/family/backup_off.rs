//! What verbs call where the feature `backup` is off: nothing is written.

use std::future::Future;

use sea_orm::sea_query::{Expr, WithClause};
use sea_orm::{Condition, ConnectionTrait};

use crate::entity::member::Member;
use crate::error::SoftDeleteError;
use crate::family::member::SoftMember;
use crate::operation::id::OperationId;

/// How many rows were written.
pub(crate) struct Written;

impl Written {
    pub(crate) fn covers(&self, _: u64, _: &dyn Member) -> Result<(), SoftDeleteError> {
        Ok(())
    }
}

pub(crate) const fn is_on() -> bool {
    false
}

pub(crate) async fn within<D>(
    work: impl Future<Output = Result<D, SoftDeleteError>>,
) -> Result<D, SoftDeleteError> {
    work.await
}

pub(crate) async fn write<C: ConnectionTrait>(
    _: &dyn Member,
    _: Option<&dyn SoftMember>,
    _: Option<OperationId>,
    _: impl FnOnce() -> (Condition, Option<WithClause>),
    _: &C,
) -> Result<Written, SoftDeleteError> {
    Ok(Written)
}

#[cfg(feature = "erasure")]
pub(crate) async fn write_overwritten<C: ConnectionTrait>(
    _: &dyn SoftMember,
    _: impl FnOnce() -> Condition,
    _: &C,
) -> Result<(), SoftDeleteError> {
    Ok(())
}

/// Batches of rows that are not locked.
pub(crate) struct Batches;

impl Batches {
    pub(crate) fn of(_: &'static dyn SoftMember, _: Condition) -> Self {
        Self
    }

    pub(crate) async fn next<C: ConnectionTrait>(
        &mut self,
        _: &C,
    ) -> Result<Option<Expr>, SoftDeleteError> {
        Ok(None)
    }

    pub(crate) fn removed(&mut self, _: u64) -> Result<(), SoftDeleteError> {
        Ok(())
    }
}
