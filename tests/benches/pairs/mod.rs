//! Two implementations of one task, timed in turns.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion};

const ROUNDS: usize = 101;

/// Comparisons and their results.
pub(crate) struct Pairs<'a> {
    criterion: &'a mut Criterion,
    ratios: Vec<String>,
}

impl<'a> Pairs<'a> {
    pub(crate) fn new(criterion: &'a mut Criterion) -> Self {
        Self {
            criterion,
            ratios: Vec::new(),
        }
    }

    pub(crate) fn report(&self) {
        println!("\nours / by hand, median of {ROUNDS} rounds (quarter to three-quarter of them)");
        for ratio in &self.ratios {
            println!("{ratio}");
        }
    }

    pub(crate) fn compare<A, B>(
        &mut self,
        name: &str,
        calls_a_round: u32,
        mut ours: impl FnMut() -> A,
        mut by_hand: impl FnMut() -> B,
    ) {
        let mut group = self.criterion.benchmark_group(name);
        group.bench_function(BenchmarkId::from_parameter("ours"), |b| b.iter(&mut ours));
        group.bench_function(BenchmarkId::from_parameter("by hand"), |b| {
            b.iter(&mut by_hand)
        });
        group.finish();

        let mut ratios: Vec<f64> = (0..ROUNDS)
            .map(|round| {
                // The first side alternates, so that neither side always finds warm caches.
                let (ours, by_hand) = if round % 2 == 0 {
                    let ours = time(calls_a_round, &mut ours);
                    (ours, time(calls_a_round, &mut by_hand))
                } else {
                    let by_hand = time(calls_a_round, &mut by_hand);
                    (time(calls_a_round, &mut ours), by_hand)
                };
                ours.as_secs_f64() / by_hand.as_secs_f64()
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        let at = |share: f64| ratios[(share * (ROUNDS - 1) as f64) as usize];
        self.ratios.push(format!(
            "{name:<28} {:.3}  ({:.3} to {:.3})",
            at(0.5),
            at(0.25),
            at(0.75),
        ));
    }
}

fn time<T>(calls: u32, call: &mut impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        black_box(call());
    }
    start.elapsed()
}
