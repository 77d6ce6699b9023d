//! The permissions of a `RestrictedConnection` for the verbs of an operation.
//!
//! Whoever may change the rows in which an operation began may change all of its rows: these follow, as with a
//! foreign key ON DELETE CASCADE. So a statement that changes no row of the entity asks for the permission.

use sea_orm::ConnectionTrait;
#[cfg(feature = "rbac")]
use sea_orm::sea_query::{Expr, Query};

use crate::error::SoftDeleteError;
#[cfg(feature = "rbac")]
use crate::family::follow_up::update_of_nothing;
use crate::family::member::SoftMember;

/// Fails unless the connection permits an UPDATE of this entity.
pub(crate) async fn to_update<C: ConnectionTrait>(
    member: &dyn SoftMember,
    db: &C,
) -> Result<(), SoftDeleteError> {
    #[cfg(feature = "rbac")]
    {
        db.execute(&update_of_nothing(member)).await?;
    }
    #[cfg(not(feature = "rbac"))]
    let _ = (member, db);
    Ok(())
}

/// Fails unless the connection permits a DELETE from this entity.
pub(crate) async fn to_delete<C: ConnectionTrait>(
    member: &dyn SoftMember,
    db: &C,
) -> Result<(), SoftDeleteError> {
    #[cfg(feature = "rbac")]
    {
        let nothing = Query::delete()
            .from_table(member.table())
            .and_where(Expr::Constant(false.into()))
            .and_where(member.may_be_removed())
            .to_owned();
        db.execute(&nothing).await?;
    }
    #[cfg(not(feature = "rbac"))]
    let _ = (member, db);
    Ok(())
}
