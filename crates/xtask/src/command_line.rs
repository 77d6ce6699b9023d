//! The arguments that the person typed after `cargo xtask`.

use crate::test::Options;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

Commands:
  test [OPTION] [-- ARGS]   run every test on SQLite, PostgreSQL, MariaDB and MySQL, on a replica of
                            PostgreSQL and on a Galera cluster; ARGS go to the test binaries, such
                            as a part of a test's name
  ci [OPTION]               run every gate: fmt, clippy, docs, each feature alone, packages, the
                            oldest compiler, semver, deny, test
  bench [ARGS]              run the benchmarks; ARGS go to cargo bench
  cost [ROUNDS]             measure what the derive adds to the builds and the binary of an application
                            of 20 entities, in 5 rounds

Options:
  --sqlite-only             leave out the tests that need a server
  --with-clusters           fail if the replica or the Galera cluster is missing; without this, the
                            run only says so

The servers are taken from TEST_POSTGRES_URL, TEST_MARIADB_URL, TEST_MYSQL_URL, TEST_REPLICA_URLS
(of the primary and the replica) and TEST_GALERA_URLS (of three nodes) if these are set; otherwise
installed servers are started in throw-away directories; otherwise, on Debian, PostgreSQL, MariaDB
and Galera are installed with apt-get, which takes root, and MySQL is unpacked into a cache, which
does not.

The pages of the example are tested in a browser: TEST_CHROMEDRIVER names its driver, TEST_AXE the file
axe.min.js. Otherwise an installed chromedriver is taken, or Chromium is installed with apt-get, and
axe-core is fetched into target/. Without them, the run says so and goes on.";

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Test(Options),
    Ci(Options),
    Bench(Vec<String>),
    Cost(usize),
}

/// Reads the arguments after the program's name.
///
/// # Errors
///
/// The fault in the arguments, if there are any, and the usage.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter();
    match arguments.next().as_deref() {
        Some("test") => options(arguments).map(Command::Test),
        Some("ci") => match options(arguments)? {
            Options { libtest, .. } if !libtest.is_empty() => Err(wrong(
                "`ci` runs every test and takes no arguments for the test binaries",
            )),
            options => Ok(Command::Ci(options)),
        },
        Some("bench") => Ok(Command::Bench(arguments.collect())),
        Some("cost") => rounds(arguments).map(Command::Cost),
        Some(unknown) => Err(wrong(&format!("there is no command `{unknown}`"))),
        None => Err(USAGE.to_owned()),
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--sqlite-only" => options.sqlite_only = true,
            "--with-clusters" => options.with_clusters = true,
            "--" => options.libtest = arguments.by_ref().collect(),
            _ => {
                return Err(wrong(&format!(
                    "`{argument}` is not an option; arguments for the test binaries come after `--`"
                )));
            }
        }
    }
    if options.sqlite_only && options.with_clusters {
        return Err(wrong(
            "--sqlite-only and --with-clusters exclude each other",
        ));
    }
    Ok(options)
}

fn rounds(mut arguments: impl Iterator<Item = String>) -> Result<usize, String> {
    match (arguments.next(), arguments.next()) {
        (None, _) => Ok(5),
        (Some(rounds), None) if rounds.parse() != Ok(0) => rounds
            .parse()
            .map_err(|_| wrong(&format!("`{rounds}` is not a number of rounds"))),
        _ => Err(wrong("`cost` takes one number of rounds, at least 1")),
    }
}

fn wrong(what: &str) -> String {
    format!("error: {what}\n\n{USAGE}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        super::parse(line.split_whitespace().map(str::to_owned))
    }

    fn options(sqlite_only: bool, libtest: &[&str]) -> Options {
        Options {
            sqlite_only,
            libtest: libtest.iter().map(|&word| word.to_owned()).collect(),
            ..Options::default()
        }
    }

    #[test]
    fn options_of_test_come_before_the_dashes_and_options_of_libtest_after_them() {
        assert_eq!(parse("test"), Ok(Command::Test(options(false, &[]))));
        assert_eq!(
            parse("test --sqlite-only -- restore --test-threads=1"),
            Ok(Command::Test(options(
                true,
                &["restore", "--test-threads=1"]
            )))
        );
        assert_eq!(
            parse("test -- --sqlite-only"),
            Ok(Command::Test(options(false, &["--sqlite-only"])))
        );
    }

    #[test]
    fn a_filter_without_the_dashes_is_refused_with_a_hint() {
        assert!(parse("test restore").is_err_and(|message| message.contains("after `--`")));
    }

    #[test]
    fn ci_runs_every_test() {
        assert_eq!(
            parse("ci --sqlite-only"),
            Ok(Command::Ci(options(true, &[])))
        );
        assert!(parse("ci -- restore").is_err());
    }

    #[test]
    fn clusters_can_be_asked_for_and_not_left_out_together() {
        let options = Options {
            with_clusters: true,
            ..Options::default()
        };
        assert_eq!(parse("test --with-clusters"), Ok(Command::Test(options)));
        assert!(parse("test --with-clusters --sqlite-only").is_err());
    }

    #[test]
    fn bench_passes_its_arguments_on() {
        assert_eq!(
            parse("bench -- --quick"),
            Ok(Command::Bench(vec!["--".to_owned(), "--quick".to_owned()]))
        );
    }

    #[test]
    fn cost_takes_a_number_of_rounds() {
        assert_eq!(parse("cost"), Ok(Command::Cost(5)));
        assert_eq!(parse("cost 9"), Ok(Command::Cost(9)));
        for wrong in ["cost 0", "cost many", "cost 1 2"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_command_and_an_unknown_command_show_the_usage() {
        assert_eq!(parse(""), Err(USAGE.to_owned()));
        assert!(
            parse("tset")
                .is_err_and(|message| message.contains("`tset`") && message.contains(USAGE))
        );
    }
}
