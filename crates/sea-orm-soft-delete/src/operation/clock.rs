//! Where the instant of an operation comes from.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::operation::timestamp::Timestamp;

tokio::task_local! {
    static CLOCK: Clock;
}

/// The clock that stamps deletes: the system's clock, unless a test sets another one.
///
/// A clock applies for the length of a future, so tests that run in parallel do not affect each other:
///
/// ```
/// # use sea_orm_soft_delete::{Clock, Timestamp};
/// # async fn delete_a_note() {}
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let noon = Timestamp::from_unix_seconds(1_700_000_000).unwrap();
/// Clock::fixed(noon).scope(async {
///     delete_a_note().await; // stamped with noon
/// }).await;
/// # });
/// ```
#[derive(Clone)]
#[must_use = "it changes nothing until a delete runs in its `scope`"]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Fixed(Timestamp),
    Custom(Arc<dyn Fn() -> Timestamp + Send + Sync>),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Source::Fixed(at))
    }

    /// A clock that asks `now` each time.
    pub fn custom(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Source::Custom(Arc::new(now)))
    }

    /// Runs `future` with this clock. It does not apply to tasks that `future` spawns.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CLOCK.scope(self, future).await
    }

    /// The clock in force here, for timestamps that an application writes itself.
    ///
    /// ```
    /// # use sea_orm_soft_delete::{Clock, Timestamp};
    /// let now: Timestamp = Clock::current().now();
    /// let now: chrono::DateTime<chrono::Utc> = now.into(); // in microseconds, as databases keep it
    /// ```
    pub fn current() -> Self {
        CLOCK
            .try_with(Clone::clone)
            .unwrap_or_else(|_| Self::system())
    }

    /// The time by this clock.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            Source::Fixed(at) => *at,
            Source::Custom(now) => now(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::System => f.write_str("Clock::system()"),
            Source::Fixed(at) => write!(f, "Clock::fixed({at})"),
            Source::Custom(_) => f.write_str("Clock::custom(..)"),
        }
    }
}
