//! Who deletes, and why.

use std::future::Future;
use std::time::Duration;

use sea_orm::Value;

tokio::task_local! {
    static AMBIENT: Attribution;
}

/// Who deletes, and why: what goes into the `deleted_by` and `reason` columns.
///
/// Set it once for a whole request, and it reaches every delete that the request makes:
///
/// ```
/// # use sea_orm_soft_delete::Attribution;
/// # async fn handle_the_request() {}
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// Attribution::by(42).because("closed the account").scope(async {
///     handle_the_request().await;
/// }).await;
/// # });
/// ```
///
/// A single call can override it: `note.delete_with(Attribution::by(7), &db)` on a row,
/// `.by(7).because("spam")` on a builder. What the call does not set comes from the request.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "it says nothing until a delete runs in its `scope` or is given it"]
pub struct Attribution {
    who: Option<Value>,
    why: Option<String>,
    purge_after: Option<Duration>,
}

impl Attribution {
    /// Attributes deletes to `who`: a user's key, of whatever type, or a name.
    ///
    /// The delete converts it to the type of the `deleted_by` column. Integers fit any integer column that
    /// can hold them, and a text column takes integers and UUIDs as text. The delete refuses every other
    /// value with [`SoftDeleteError::AttributionType`](crate::SoftDeleteError::AttributionType).
    ///
    /// NULL, such as the `None` of a request without a user, sets nothing.
    pub fn by(who: impl Into<Value>) -> Self {
        Self::default().and_by(who)
    }

    /// Gives deletes the reason `why`.
    pub fn reason(why: impl Into<String>) -> Self {
        Self::default().because(why)
    }

    /// Adds the reason.
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Lets a purge remove the rows after this time, whatever retention their entity declares. It goes into
    /// the `purge_at` column.
    pub fn purge_after(mut self, time: Duration) -> Self {
        self.purge_after = Some(time);
        self
    }

    pub(crate) fn and_by(mut self, who: impl Into<Value>) -> Self {
        let who = who.into();
        if who != who.as_null() {
            self.who = Some(who);
        }
        self
    }

    /// Runs `future` with this as the ambient attribution of every delete in it.
    ///
    /// Scopes nest: what the inner scope does not set comes from the outer scope. The scope does not cover
    /// tasks that `future` spawns; pass [`Attribution::current`] to them.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        AMBIENT.scope(self.or(Self::current()), future).await
    }

    /// The attribution in force here.
    pub fn current() -> Self {
        AMBIENT.try_with(Clone::clone).unwrap_or_default()
    }

    pub(crate) fn or(self, outer: Self) -> Self {
        Self {
            who: self.who.or(outer.who),
            why: self.why.or(outer.why),
            purge_after: self.purge_after.or(outer.purge_after),
        }
    }

    /// Who deletes, if it is set.
    pub fn who(&self) -> Option<&Value> {
        self.who.as_ref()
    }

    /// After which time a purge may remove the rows, if it is set.
    pub fn purges_after(&self) -> Option<Duration> {
        self.purge_after
    }

    /// The reason, if it is set.
    pub fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }
}
