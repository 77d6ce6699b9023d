//! Long lists, page by page.

use std::num::NonZeroU32;

use sea_orm::{ConnectionTrait, DbErr, PaginatorTrait, SelectorTrait};
use serde::{Deserialize, Serialize};

const ITEMS_PER_PAGE: u64 = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    pub(crate) page: Option<NonZeroU32>,
}

#[derive(Serialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) page: u32,
    pub(crate) pages: u64,
    pub(crate) total: u64,
}

/// Returns one page of the rows that the query selects. The default is the first page.
///
/// The same query counts the total, so a query that selects live rows counts live rows.
pub(crate) async fn page<'db, C, Q>(
    query: Q,
    page: Option<NonZeroU32>,
    db: &'db C,
) -> Result<Page<<Q::Selector as SelectorTrait>::Item>, DbErr>
where
    C: ConnectionTrait,
    Q: PaginatorTrait<'db, C>,
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

impl<T> Page<T> {
    pub(crate) fn has_next(&self) -> bool {
        u64::from(self.page) < self.pages
    }

    /// The same page, with each item mapped.
    pub(crate) fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(make).collect(),
            page: self.page,
            pages: self.pages,
            total: self.total,
        }
    }
}
