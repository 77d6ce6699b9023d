//! Code that is generic in the entity says whose `find` it means.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait};
use sea_orm_soft_delete::SoftDelete;

pub async fn live_and_all<E: SoftDelete>(
    db: &impl ConnectionTrait,
) -> Result<(usize, usize), DbErr> {
    let live = <E as SoftDelete>::find().all(db).await?;
    let all = E::with_trashed().all(db).await?;
    let _ = <E as EntityTrait>::find();
    Ok((live.len(), all.len()))
}

fn main() {}
