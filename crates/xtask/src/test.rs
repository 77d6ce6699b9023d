//! `cargo xtask test`: every test of the workspace, on every database.

use std::{
    io::{self, BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    time::Instant,
};

use crate::{
    Result,
    browser::Browser,
    caretaker::Caretaker,
    cargo, libtest,
    servers::{Database, Purpose, Servers},
    totals::Totals,
};

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Options {
    /// Leave out the tests that need a server.
    pub(crate) sqlite_only: bool,
    /// Fail if there is no server for the tests that take several.
    pub(crate) with_clusters: bool,
    /// The arguments for the test binaries.
    pub(crate) libtest: Vec<String>,
}

impl Options {
    /// Whether a run without this database counts as complete.
    fn permit_without(&self, database: Database) -> bool {
        self.sqlite_only || (database.is_cluster() && !self.with_clusters)
    }
}

/// Runs every test and prints the totals. Returns true if nothing failed, and if nothing is missing except by
/// choice.
pub(crate) fn test(options: &Options) -> Result<bool> {
    println!("==> test");
    let start = Instant::now();
    let mut servers = if options.sqlite_only {
        Servers::none()
    } else {
        Servers::provide(Purpose::Tests)
    };
    let browser = match options.sqlite_only {
        true => Browser::find(),
        false => Browser::provide(),
    };
    let left_out: Vec<Database> = Database::ALL
        .into_iter()
        .filter(|&one| servers.url(one).is_none())
        .collect();

    let mut totals = Totals::default();
    let mut command = with_servers(test_command(options, &left_out), &servers);
    browser.name_in(&mut command);
    let (success, died) = servers.watched(|| run(&mut command, &mut totals));
    let mut success = success?;

    println!();
    for database in died {
        warn(&format!(
            "{database} DIED DURING THE TESTS. Those that say \"the server died\" ran at that time; \
             the end of its log is above, at each death."
        ));
        if totals.overall().failed == 0 {
            totals.fail_without_test();
        }
        success = false;
    }
    if let Some(message) = totals.disagreement() {
        warn(&message);
    }
    if !success && totals.overall().failed == 0 {
        warn("cargo test failed though no test did: see above. This counts as one failure.");
        totals.fail_without_test();
    }
    if !left_out.is_empty() {
        // This comes after the run, when everything is compiled.
        let listed = list(options)?;
        for &database in &left_out {
            let tests = listed.as_ref().map(|tests| needing(database, tests));
            totals.leave_out(database, tests.unwrap_or(0));
            let tests = tests.map_or("unknown, as they do not compile".to_owned(), |tests| {
                tests.to_string()
            });
            warn(&format!(
                "{database} WAS NOT TESTED. Tests left out: {tests}."
            ));
            match servers.missing(database) {
                Some(reason) => eprintln!("{}", remedies(database, &reason)),
                None => eprintln!("    --sqlite-only was given."),
            }
        }
    }
    if let Some(message) = browser.missing() {
        warn(&message);
    }
    let is_complete = left_out.iter().all(|&one| options.permit_without(one));
    let success = success && is_complete;
    let verdict = if success { "ok" } else { "FAILED" };
    println!(
        "==> test {verdict} after {:.1} s\n",
        start.elapsed().as_secs_f32()
    );
    // Print nothing after the totals: a person who reads the end of a log must find the totals there.
    println!("{totals}");
    Ok(success)
}

fn test_command(options: &Options, left_out: &[Database]) -> Command {
    let mut command = cargo::cargo([
        "test",
        "--workspace",
        "--all-features",
        "--no-fail-fast",
        "--",
    ]);
    for database in left_out {
        command.args(["--skip", database.test_suffix()]);
    }
    command.args(&options.libtest);
    command
}

pub(crate) fn with_servers(mut command: Command, servers: &Servers) -> Command {
    for database in Database::ALL {
        match servers.url(database) {
            Some(url) => command.env(database.variable(), url),
            None => command.env_remove(database.variable()),
        };
        match servers.deaths(database) {
            Some(path) => command.env(database.deaths_variable(), path),
            None => command.env_remove(database.deaths_variable()),
        };
    }
    command
}

/// Runs the command and counts the tests. Passes the output on line by line.
fn run(command: &mut Command, totals: &mut Totals) -> Result<bool> {
    let mut caretaker = Caretaker::of_processes("TERM")?;
    // The process group is its own, so that the caretaker also stops the test binaries.
    command.process_group(0).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    caretaker.watch(child.id())?;
    let mut output = BufReader::new(child.stdout.take().ok_or("cargo test has no output")?);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        io::stdout().write_all(&line)?;
        io::stdout().flush()?;
        totals.read(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    let status = child.wait()?;
    caretaker.forget()?;
    Ok(status.success())
}

/// The names of the tests that would run if every database were there; `None` if the tests do not compile.
/// Documentation tests have no database.
fn list(options: &Options) -> Result<Option<Vec<String>>> {
    let mut command = cargo::cargo([
        "test",
        "--quiet",
        "--workspace",
        "--all-features",
        "--tests",
        "--",
        "--list",
    ]);
    let output = command
        .args(&options.libtest)
        .stderr(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Ok(None);
    }
    let output = String::from_utf8_lossy(&output.stdout);
    let names = output.lines().filter_map(libtest::parse_listed);
    Ok(Some(names.map(str::to_owned).collect()))
}

/// How many tests `--skip` leaves out: it looks for the text anywhere in the name, not only at the end.
fn needing(database: Database, tests: &[String]) -> usize {
    tests
        .iter()
        .filter(|name| name.contains(database.test_suffix()))
        .count()
}

fn remedies(database: Database, reason: &str) -> String {
    let (variable, url) = (database.variable(), database.example_url());
    let installation = database.installation();
    let without = match database.is_cluster() {
        true => "do without these tests: only --with-clusters asks for them",
        false => "leave such tests out on purpose: cargo xtask test --sqlite-only",
    };
    format!(
        "    {reason}\n    \
         There are three ways out:\n    \
         - set {variable}={url}, for a user who may create databases;\n    \
         - install the server, into PATH or its usual place ({installation});\n    \
         - {without}."
    )
}

fn warn(message: &str) {
    eprintln!("!!! {message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_of_a_missing_database_are_left_out_by_their_suffix() {
        let options = Options {
            libtest: vec!["restore".to_owned()],
            ..Options::default()
        };
        assert_eq!(
            cargo::line(&test_command(&options, &[Database::Mariadb])),
            "cargo test --workspace --all-features --no-fail-fast -- --skip ::mariadb restore"
        );
        assert_eq!(
            cargo::line(&test_command(&options, &[])),
            "cargo test --workspace --all-features --no-fail-fast -- restore"
        );
    }

    #[test]
    fn the_left_out_tests_are_the_tests_that_skip_matches() {
        let tests = [
            "delete::twice::sqlite",
            "delete::twice::postgres",
            "sql::postgres::quotes",
        ]
        .map(str::to_owned);
        assert_eq!(needing(Database::Postgres, &tests), 2);
        assert_eq!(needing(Database::Mariadb, &tests), 0);
    }

    #[test]
    fn a_run_without_a_cluster_is_complete_unless_it_is_asked_for() {
        let [plain, with_clusters] = [false, true].map(|with_clusters| Options {
            with_clusters,
            ..Options::default()
        });
        assert!(plain.permit_without(Database::Galera));
        assert!(!plain.permit_without(Database::Mariadb));
        assert!(!with_clusters.permit_without(Database::Galera));
    }

    #[test]
    fn the_message_for_a_missing_server_lists_the_ways_to_get_it() {
        let text = remedies(Database::Postgres, "No server was found.");
        for part in [
            "No server was found.",
            "TEST_POSTGRES_URL=postgres://",
            "apt-get install",
            "--sqlite-only",
        ] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
    }
}
