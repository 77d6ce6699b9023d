//! A clock that a test advances.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::operation::clock::Clock;
use crate::operation::timestamp::Timestamp;

/// A clock that stands still until a test advances it.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm_soft_delete::Purge;
/// use sea_orm_soft_delete::testing::TestClock;
/// use std::time::Duration;
///
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// const DAY: Duration = Duration::from_secs(86_400);
/// let purge = Purge::of_all().older_than(30 * DAY);
///
/// let clock = TestClock::at(Timestamp::now());
/// clock.scope(async {
///     note::Entity::delete_by_id(1).exec(db).await?;
///     clock.advance(29 * DAY);
///     assert_eq!(purge.run(db).await?.operations, 0);
///     clock.advance(2 * DAY);
///     assert_eq!(purge.run(db).await?.operations, 2);
///     Ok(())
/// })
/// .await
/// # }
/// # fn main() { run(example) }
/// ```
///
/// As [`Clock::scope`], it does not reach tasks that the future spawns. A clone is the same clock.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that shows this instant.
    pub fn at(instant: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(instant.unix_micros())))
    }

    /// Advances the clock. It stops at [`Timestamp::MAX`].
    pub fn advance(&self, by: Duration) {
        let later = |micros| Some(instant(micros).saturating_add(by).unix_micros());
        // The closure always returns a value.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
    }

    /// Runs `future` with this clock.
    pub async fn scope<F: Future>(&self, future: F) -> F::Output {
        let now = Arc::clone(&self.0);
        let clock = Clock::custom(move || instant(now.load(Ordering::Relaxed)));
        clock.scope(future).await
    }
}

/// The value was an instant when it was stored.
fn instant(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros).unwrap_or(Timestamp::MAX)
}
