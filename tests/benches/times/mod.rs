//! Two implementations of one task on each database, timed in turns.

use std::future::Future;
use std::time::{Duration, Instant};

/// The databases and their URLs; `None` for a database without a server.
pub(crate) fn databases() -> [(&'static str, Option<String>); 4] {
    let server = |variable: &str| std::env::var(variable).ok();
    [
        ("SQLite", Some("sqlite::memory:".to_owned())),
        ("PostgreSQL", server("TEST_POSTGRES_URL")),
        ("MariaDB", server("TEST_MARIADB_URL")),
        ("MySQL", server("TEST_MYSQL_URL")),
    ]
}

pub(crate) async fn timed(work: impl Future<Output = ()>) -> Duration {
    let start = Instant::now();
    work.await;
    start.elapsed()
}

/// The first side alternates, so that neither side always finds warm caches.
pub(crate) async fn in_turn<T, A: Future<Output = T>, B: Future<Output = T>>(
    round: usize,
    ours: impl FnOnce() -> A,
    by_hand: impl FnOnce() -> B,
) -> (T, T) {
    if round.is_multiple_of(2) {
        let ours = ours().await;
        (ours, by_hand().await)
    } else {
        let by_hand = by_hand().await;
        (ours().await, by_hand)
    }
}

/// The measured times by name, in the order of the first round.
#[derive(Default)]
pub(crate) struct Times(Vec<(&'static str, Vec<(f64, f64)>)>);

impl Times {
    pub(crate) fn push(&mut self, name: &'static str, ours: Duration, by_hand: Duration) {
        let pair = (ours.as_secs_f64(), by_hand.as_secs_f64());
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, pairs)) => pairs.push(pair),
            None => self.0.push((name, vec![pair])),
        }
    }

    pub(crate) fn report(&self, database: &str) {
        for (name, pairs) in &self.0 {
            let mut ratios: Vec<f64> = pairs.iter().map(|(ours, by_hand)| ours / by_hand).collect();
            ratios.sort_by(f64::total_cmp);
            let mut ours: Vec<f64> = pairs.iter().map(|(ours, _)| *ours).collect();
            ours.sort_by(f64::total_cmp);
            let at = |share: f64| ratios[(share * (ratios.len() - 1) as f64) as usize];
            println!(
                "{database:<11} {name:<34} {:.3}  ({:.3} to {:.3}), ours {:.1} ms",
                at(0.5),
                at(0.25),
                at(0.75),
                ours[ours.len() / 2] * 1_000.0,
            );
        }
    }
}
