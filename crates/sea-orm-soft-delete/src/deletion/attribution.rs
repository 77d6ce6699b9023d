//! Who deletes, and why.

use std::future::Future;

use sea_orm::Value;

tokio::task_local! {
    static AMBIENT: Attribution;
}

/// Who deletes, and why: what goes into the `deleted_by` and `reason` columns.
///
/// Said once for a whole request, it reaches every delete that the request makes:
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
/// and a single call can say otherwise: `note.delete_with(Attribution::by(7), &db)` on a row,
/// `.by(7).because("spam")` on a builder. What a call leaves unsaid stays what the request said.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "it says nothing until a delete runs in its `scope` or is given it"]
pub struct Attribution {
    who: Option<Value>,
    why: Option<String>,
}

impl Attribution {
    /// Attributes deletes to `who`: a user's key, of whatever type, or a name.
    ///
    /// It is written into the `deleted_by` column as that column's own type. Integers fit any
    /// integer column that can hold them, and integers and UUIDs are spelt out for a text
    /// column; anything else is refused when the delete runs, with
    /// [`SoftDeleteError::AttributionType`](crate::SoftDeleteError::AttributionType).
    ///
    /// NULL, such as the `None` of a request without a user, says nothing.
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

    pub(crate) fn and_by(mut self, who: impl Into<Value>) -> Self {
        let who = who.into();
        if who != who.as_null() {
            self.who = Some(who);
        }
        self
    }

    /// Runs `future` with this as the ambient attribution of every delete in it.
    ///
    /// Scopes nest: what the inner one leaves unsaid, the outer one still says. What `future`
    /// spawns onto other tasks is not covered; take [`Attribution::current`] along.
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
        }
    }

    /// Who deletes, if it is said.
    pub fn who(&self) -> Option<&Value> {
        self.who.as_ref()
    }

    /// Why, if it is said.
    pub fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }
}
