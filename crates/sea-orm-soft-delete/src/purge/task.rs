//! A purge that runs again and again, as a task of `tokio`.

use std::future::ready;
use std::ops::ControlFlow;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::error::SoftDeleteError;
use crate::purge::Purge;
use crate::purge::report::PurgeReport;

/// A purge that runs at an interval; made by [`Purge::every`].
#[derive(Clone, Debug)]
#[must_use = "nothing runs until `run_until`"]
pub struct PurgeTask {
    purge: Purge,
    interval: Duration,
    jitter: Duration,
}

impl Purge {
    /// Runs the purge at this interval, with a random delay of up to a tenth of the interval, so that
    /// programs which start together do not purge together.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use std::time::Duration;
    /// use sea_orm_soft_delete::Purge;
    ///
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// let task = Purge::of_all().at_most(Duration::from_secs(60)).every(Duration::from_secs(3_600));
    /// let (connection, shutdown) = (db.clone(), async { drop(stopped.await) });
    /// let task = tokio::spawn(async move {
    ///     task.run_until(shutdown, &connection, |run| println!("{run:?}")).await;
    /// });
    /// // At the end of the program:
    /// stop.send(()).unwrap();
    /// task.await.unwrap();
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn every(self, interval: Duration) -> PurgeTask {
        PurgeTask {
            purge: self,
            interval,
            jitter: interval / 10,
        }
    }
}

impl PurgeTask {
    /// The longest random delay that is added to the interval; by default, a tenth of the interval.
    pub fn jitter(mut self, longest: Duration) -> Self {
        self.jitter = longest;
        self
    }

    /// Waits for the delay, runs the purge, waits for the interval, and so on, until `shutdown` ends. Then the
    /// transaction that runs is completed, and nothing else begins. `after_run` is called with what each
    /// run did. A run that fails ends no task: the next run tries again.
    pub async fn run_until<C, S>(
        self,
        shutdown: S,
        db: &C,
        mut after_run: impl FnMut(Result<PurgeReport, SoftDeleteError>),
    ) where
        C: ConnectionTrait + TransactionTrait,
        S: Future<Output = ()>,
    {
        let mut shutdown = pin!(shutdown);
        let mut wait = self.delay();
        while tokio::time::timeout(wait, shutdown.as_mut()).await.is_err() {
            let mut is_over = false;
            let between = |_| {
                // Nothing waits for the shutdown here, so nothing has to be woken.
                let mut context = Context::from_waker(Waker::noop());
                is_over = is_over || shutdown.as_mut().poll(&mut context).is_ready();
                ready(match is_over {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                })
            };
            let run = self.purge.run_with(between, db).await;
            if let Err(error) = &run {
                tracing::warn!(%error, "a purge failed");
            }
            after_run(run);
            if is_over {
                break;
            }
            wait = self.interval + self.delay();
        }
    }

    fn delay(&self) -> Duration {
        let random = uuid::Uuid::new_v4().as_u64_pair().1 >> 32;
        self.jitter.mul_f64(random as f64 / f64::from(u32::MAX))
    }
}
