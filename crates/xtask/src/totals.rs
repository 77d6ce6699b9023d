//! How many tests passed on each database.

use std::fmt;

use crate::{
    libtest::{self, Counts, Line, Verdict},
    servers::Database,
};

/// The totals of a test run, counted from its output line by line.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    sqlite: Counts,
    postgres: Counts,
    mariadb: Counts,
    mysql: Counts,
    replica: Counts,
    galera: Counts,
    other: Counts,
    /// The counts that the test binaries report themselves, to check our counting.
    summaries: Counts,
}

impl Totals {
    /// Counts the test that this line reports, if the line reports one.
    pub(crate) fn read(&mut self, line: &str) {
        match libtest::parse(line) {
            Some(Line::Test { name, verdict }) => {
                let row = self.row(name);
                match verdict {
                    Verdict::Passed => row.passed += 1,
                    Verdict::Failed => row.failed += 1,
                    Verdict::Ignored => row.skipped += 1,
                }
            }
            Some(Line::Summary(counts)) => add(&mut self.summaries, counts),
            None => {}
        }
    }

    /// Counts tests that did not run because their database is not there.
    pub(crate) fn leave_out(&mut self, database: Database, tests: usize) {
        match database {
            Database::Postgres => self.postgres.skipped += tests,
            Database::Mariadb => self.mariadb.skipped += tests,
            Database::Mysql => self.mysql.skipped += tests,
            Database::Replica => self.replica.skipped += tests,
            Database::Galera => self.galera.skipped += tests,
        }
    }

    /// Counts a failure that no test reported: code that did not compile, or a test binary that died.
    pub(crate) fn fail_without_test(&mut self) {
        self.other.failed += 1;
    }

    /// The sum over all databases.
    pub(crate) fn overall(&self) -> Counts {
        let mut sum = Counts::default();
        for (_, counts) in self.rows() {
            add(&mut sum, counts);
        }
        sum
    }

    /// Reports a difference between the lines per test and the summaries of the test binaries. They differ
    /// when a test binary dies or when `--nocapture` breaks lines. Call this before counting anything that no
    /// line reported.
    pub(crate) fn disagreement(&self) -> Option<String> {
        let counted = self.overall();
        (counted != self.summaries).then(|| {
            format!(
                "the totals are not exact: \
                 the lines of the tests say {}, the `test result:` lines say {}",
                sentence(counted),
                sentence(self.summaries)
            )
        })
    }

    fn rows(&self) -> [(&'static str, Counts); 7] {
        [
            ("sqlite", self.sqlite),
            ("postgres", self.postgres),
            ("mariadb", self.mariadb),
            ("mysql", self.mysql),
            ("replica", self.replica),
            ("galera", self.galera),
            ("other", self.other),
        ]
    }

    /// The name of a test that runs on a database ends in the database's name.
    fn row(&mut self, test: &str) -> &mut Counts {
        match test.rsplit_once("::") {
            Some((_, "sqlite")) => &mut self.sqlite,
            Some((_, "postgres")) => &mut self.postgres,
            Some((_, "mariadb")) => &mut self.mariadb,
            Some((_, "mysql")) => &mut self.mysql,
            Some((_, "replica")) => &mut self.replica,
            Some((_, "galera")) => &mut self.galera,
            _ => &mut self.other,
        }
    }
}

/// Prints one line per database and, alone on the last line, the sum.
impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (
            name,
            Counts {
                passed,
                failed,
                skipped,
            },
        ) in self.rows()
        {
            write!(f, "{name:<8}{passed:>6} passed, {failed} failed")?;
            if skipped > 0 {
                write!(f, ", {skipped} skipped")?;
            }
            writeln!(f)?;
        }
        write!(f, "{}", sentence(self.overall()))
    }
}

fn sentence(
    Counts {
        passed,
        failed,
        skipped,
    }: Counts,
) -> String {
    format!("{passed} passed, {failed} failed, {skipped} skipped")
}

fn add(sum: &mut Counts, counts: Counts) {
    sum.passed += counts.passed;
    sum.failed += counts.failed;
    sum.skipped += counts.skipped;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(output: &str) -> Totals {
        let mut totals = Totals::default();
        output.lines().for_each(|line| totals.read(line));
        totals
    }

    const OUTPUT: &str = "\
running 7 tests
test delete::twice::sqlite ... ok
test delete::twice::postgres ... FAILED
test delete::twice::mariadb ... ok
test delete::twice::mysql ... ok
test delete::twice::galera ... ok
test sql::postgres::quotes ... ok
test slow::sqlite ... ignored, takes an hour

test result: FAILED. 5 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s

test crates/sea-orm-soft-delete/src/lib.rs - (line 3) ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.30s
";

    #[test]
    fn tests_are_counted_per_database_and_overall() {
        let mut totals = totals(OUTPUT);
        assert_eq!(totals.disagreement(), None);
        totals.leave_out(Database::Mariadb, 7);
        assert_eq!(
            totals.to_string(),
            "\
sqlite       1 passed, 0 failed, 1 skipped
postgres     0 passed, 1 failed
mariadb      1 passed, 0 failed, 7 skipped
mysql        1 passed, 0 failed
replica      0 passed, 0 failed
galera       1 passed, 0 failed
other        2 passed, 0 failed
6 passed, 1 failed, 8 skipped"
        );
    }

    #[test]
    fn a_run_that_died_disagrees_with_its_summaries() {
        let totals = totals("test delete::twice::sqlite ... ok\n");
        assert_eq!(
            totals.disagreement().as_deref(),
            Some(
                "the totals are not exact: the lines of the tests say 1 passed, 0 failed, 0 skipped, \
                 the `test result:` lines say 0 passed, 0 failed, 0 skipped"
            )
        );
    }

    #[test]
    fn a_failure_without_a_test_is_counted() {
        let mut totals = Totals::default();
        totals.fail_without_test();
        assert_eq!(totals.overall().failed, 1);
    }
}
