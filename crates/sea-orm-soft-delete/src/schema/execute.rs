//! Runs the statements of a schema change in order.

use sea_orm::ConnectionTrait;

use crate::error::SoftDeleteError;

pub(crate) async fn run<C: ConnectionTrait>(
    statements: Vec<String>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    for statement in statements {
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}
