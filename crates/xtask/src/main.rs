//! Automation of this workspace, run as `cargo xtask`.
//!
//! `test` finds or provisions the database servers and runs every test, `ci` runs every gate,
//! `bench` runs the benchmarks, `cost` measures what the derive costs an application. Unix only: it handles
//! processes by signals and process groups.

mod browser;
mod caretaker;
mod cargo;
mod ci;
mod command_line;
mod cost;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod layers;
mod libtest;
mod publish;
mod servers;
mod test;
mod totals;

use std::process::ExitCode;

use command_line::Command;
use servers::{Purpose, Servers};

/// Every error here ends in a message for the person at the terminal, so an error is only its text.
type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Error>;

fn main() -> ExitCode {
    let outcome = match command_line::parse(std::env::args().skip(1)) {
        Ok(Command::Test(options)) => test::test(&options),
        Ok(Command::Ci(options)) => ci::ci(&options),
        Ok(Command::Bench(arguments)) => bench(&arguments),
        Ok(Command::Cost(rounds)) => cost::cost(rounds),
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the benchmarks on every database that has a server, and passes `arguments` to `cargo bench`.
fn bench(arguments: &[String]) -> Result<bool> {
    let servers = Servers::provide(Purpose::Benchmarks);
    let command = cargo::cargo(["bench", "-p", "soft-delete-tests"]);
    let mut command = test::with_servers(command, &servers);
    Ok(command.args(arguments).status()?.success())
}
