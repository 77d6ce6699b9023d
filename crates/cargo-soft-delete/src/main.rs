//! `cargo soft-delete`: finds the code of a SeaORM application that matters when it moves to
//! `sea-orm-soft-delete`. It reads the sources and builds nothing.

mod allow;
mod application;
mod bounds;
mod chain;
mod code;
mod command_line;
mod entities;
mod finding;
mod functions;
mod marker;
mod model;
mod names;
mod report;
mod scan;
mod sources;
mod sql;
#[cfg(test)]
mod tests;
mod tokens;

use std::io::{self, Write};
use std::process::ExitCode;

use command_line::{Command, Format, Options};
use finding::Finding;
use marker::MarkerNames;

fn main() -> ExitCode {
    // An argument that is not UTF-8 names no option, and as a path it is reported as missing.
    let arguments = std::env::args_os().skip(1);
    let arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    let outcome = match command_line::parse(arguments) {
        Ok(Command::Inspect(options)) => inspect(&options),
        Ok(Command::Print(text)) => print(&format!("{text}\n")).map(|()| false),
        Err(mistake) => Err(mistake),
    };
    match outcome {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Prints the report, and returns whether it holds a finding that is denied.
fn inspect(options: &Options) -> Result<bool, String> {
    let files = sources::read(&options.paths)?;
    let inspection = application::inspect(&files, &MarkerNames::new(&options.markers));
    match options.format {
        Format::Text => print(&report::text(&inspection))?,
        Format::Json => print(&report::json(&inspection).map_err(|error| error.to_string())?)?,
    }
    if inspection.is_empty() && !options.denied.is_empty() {
        return Err(
            "--deny checks nothing, because the paths hold no soft-deletable entity".to_owned(),
        );
    }
    let is_denied = |finding: &Finding| options.denied.contains(&finding.code);
    Ok(inspection.findings.iter().any(is_denied))
}

fn print(text: &str) -> Result<(), String> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        // `| head` closes the pipe.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}
