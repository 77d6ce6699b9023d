//! What the derive costs an application: the time of its builds and the size of its binary.
//!
//! Writes an application of 20 entities below `target/cost` in several [`Variant`]s that differ in little but the
//! derive, builds them in turns and compares each with the first. The CPU time of the compiler is the measure,
//! because it depends less than the time on the clock on what else the machine does.

mod application;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use crate::{Result, cargo};
use application::{Variant, touched};

/// What one build took.
#[derive(Clone, Copy)]
struct Seconds {
    cpu: f64,
    clock: f64,
}

#[derive(Default)]
struct Measured {
    clean: Vec<Seconds>,
    touched: Vec<Seconds>,
    release: Vec<Seconds>,
    bytes: u64,
}

/// Prints what the derive costs, after this many rounds.
pub(crate) fn cost(rounds: usize) -> Result<bool> {
    let folder = cargo::root().join("target/cost");
    application::write(&folder, &cargo::root())?;
    println!("building the dependencies");
    for variant in Variant::ALL {
        build(&folder, variant, &[])?;
        build(&folder, variant, &["--release"])?;
        run(&folder, variant)?;
    }
    let mut measured = Variant::ALL.map(|_| Measured::default());
    for round in 1..=rounds {
        println!("round {round} of {rounds}");
        for (variant, measured) in Variant::ALL.into_iter().zip(&mut measured) {
            clean(&folder, variant, &[])?;
            measured.clean.push(build(&folder, variant, &[])?);
            let (entity, source) = touched(variant, round);
            fs::write(variant.folder(&folder).join("src").join(entity), source)?;
            measured.touched.push(build(&folder, variant, &[])?);
        }
        // A release build takes long, and differs little from one round to the next.
        if round == 1 {
            for (variant, measured) in Variant::ALL.into_iter().zip(&mut measured) {
                clean(&folder, variant, &["--release"])?;
                measured
                    .release
                    .push(build(&folder, variant, &["--release"])?);
                measured.bytes = fs::metadata(binary(&folder, variant, "release"))?.len();
            }
        }
    }
    report(&measured);
    Ok(true)
}

fn report(measured: &[Measured]) {
    println!(
        "\n{:<10} {:>24} {:>24} {:>24} {:>16}",
        "", "clean build", "one entity touched", "clean release build", "release binary",
    );
    let Some(first) = measured.first() else {
        return;
    };
    for (variant, of) in Variant::ALL.iter().zip(measured) {
        println!(
            "{:<10} {:>24} {:>24} {:>24} {:>9.2} MB {:.3}",
            variant.name(),
            compared(&of.clean, &first.clean),
            compared(&of.touched, &first.touched),
            compared(&of.release, &first.release),
            of.bytes as f64 / 1e6,
            of.bytes as f64 / first.bytes as f64,
        );
    }
    println!(
        "\nseconds of CPU time, their ratio (and that of the time on the clock); medians of all rounds"
    );
}

fn compared(of: &[Seconds], to: &[Seconds]) -> String {
    let ratio =
        |part: fn(&Seconds) -> f64| median(of.iter().zip(to).map(|(of, to)| part(of) / part(to)));
    format!(
        "{:.2} s {:.3} ({:.2})",
        median(of.iter().map(|it| it.cpu)),
        ratio(|it| it.cpu),
        ratio(|it| it.clock)
    )
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}

fn clean(folder: &Path, variant: Variant, arguments: &[&str]) -> Result<()> {
    cargo_at(folder, variant, "clean", arguments).map(drop)
}

fn build(folder: &Path, variant: Variant, arguments: &[&str]) -> Result<Seconds> {
    cargo_at(folder, variant, "build", arguments)
}

/// The application calls its queries, so that it cannot differ from what runs.
fn run(folder: &Path, variant: Variant) -> Result<()> {
    let status = Command::new(binary(folder, variant, "debug")).status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("the application `{}` fails: {status}", variant.name()).into()),
    }
}

fn cargo_at(folder: &Path, variant: Variant, verb: &str, arguments: &[&str]) -> Result<Seconds> {
    let mut command = cargo::cargo([verb, "--quiet", "--package", variant.name()]);
    command.args(arguments).current_dir(folder);
    command.env_remove("CARGO_TARGET_DIR").stdin(Stdio::null());
    let (cpu, began) = (cpu_of_children()?, Instant::now());
    let status = command.status()?;
    if !status.success() {
        return Err(format!("{} fails: {status}", cargo::line(&command)).into());
    }
    Ok(Seconds {
        cpu: cpu_of_children()? - cpu,
        clock: began.elapsed().as_secs_f64(),
    })
}

fn binary(folder: &Path, variant: Variant, profile: &str) -> PathBuf {
    folder.join("target").join(profile).join(variant.name())
}

/// The seconds of CPU time of all programs that this one has run, and theirs in turn.
fn cpu_of_children() -> Result<f64> {
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields 16 and 17, in hundredths of a second. The
    // second field is a name in parentheses and may contain spaces.
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields
        .split_whitespace()
        .skip(13)
        .take(2)
        .map(str::parse::<f64>)
        .sum::<std::result::Result<f64, _>>()?;
    Ok(ticks / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_between_the_two_in_the_middle() {
        assert_eq!(median([4.0, 1.0, 3.0, 2.0].into_iter()), 2.5);
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
    }
}
