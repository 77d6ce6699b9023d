//! Long lists, page by page.

use std::num::NonZeroU32;

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, Select};
use serde::Serialize;

const ITEMS_PER_PAGE: u64 = 20;

#[derive(Serialize)]
pub(crate) struct Page<T> {
    items: Vec<T>,
    page: u32,
    pages: u64,
    total: u64,
}

/// One page of what the query selects: the first, if none is asked for.
///
/// The total is counted by the same query, so it counts live rows if the query selects those.
pub(crate) async fn page<E>(
    query: Select<E>,
    page: Option<NonZeroU32>,
    db: &impl ConnectionTrait,
) -> Result<Page<E::Model>, DbErr>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    let page = page.map_or(1, NonZeroU32::get);
    let paginator = query.paginate(db, ITEMS_PER_PAGE);
    let count = paginator.num_items_and_pages().await?;
    Ok(Page {
        items: paginator.fetch_page(u64::from(page) - 1).await?,
        page,
        pages: count.number_of_pages,
        total: count.number_of_items,
    })
}
