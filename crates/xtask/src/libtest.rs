//! The lines that Rust's test harness and rustdoc print.

/// The result of one test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    Passed,
    Failed,
    Ignored,
}

/// The number of tests for each result.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Line<'a> {
    /// `test delete::a_row_goes::sqlite ... ok`
    Test { name: &'a str, verdict: Verdict },
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; …`, which ends each test binary.
    Summary(Counts),
}

/// Reads one line of output; `None` if the line reports no test.
pub(crate) fn parse(line: &str) -> Option<Line<'_>> {
    let rest = line.strip_prefix("test ")?;
    match rest.strip_prefix("result: ") {
        Some(summary) => parse_summary(summary).map(Line::Summary),
        None => {
            let (name, ending) = rest.split_once(" ... ")?;
            let name = name.strip_suffix(" - should panic").unwrap_or(name);
            Some(Line::Test {
                name,
                verdict: parse_verdict(ending)?,
            })
        }
    }
}

/// The name in a line of `--list`: `delete::a_row_goes::sqlite: test`.
pub(crate) fn parse_listed(line: &str) -> Option<&str> {
    line.strip_suffix(": test")
}

/// Reads the verdict. The first word decides; an ignored test may give a reason, and a timed test its
/// duration.
fn parse_verdict(ending: &str) -> Option<Verdict> {
    match ending.split([' ', ',']).next()? {
        "ok" => Some(Verdict::Passed),
        "FAILED" => Some(Verdict::Failed),
        "ignored" => Some(Verdict::Ignored),
        _ => None,
    }
}

fn parse_summary(summary: &str) -> Option<Counts> {
    let (_verdict, counts) = summary.split_once(". ")?;
    let count = |label: &str| {
        counts
            .split("; ")
            .find_map(|part| part.strip_suffix(label)?.trim_end().parse::<usize>().ok())
    };
    Some(Counts {
        passed: count("passed")?,
        failed: count("failed")?,
        skipped: count("ignored")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, name: &str, verdict: Verdict) {
        assert_eq!(parse(line), Some(Line::Test { name, verdict }));
    }

    #[test]
    fn each_verdict_is_read() {
        check(
            "test delete::twice::mariadb ... ok",
            "delete::twice::mariadb",
            Verdict::Passed,
        );
        check(
            "test delete::twice::mariadb ... FAILED",
            "delete::twice::mariadb",
            Verdict::Failed,
        );
        check("test slow ... ignored", "slow", Verdict::Ignored);
        check(
            "test slow ... ignored, takes an hour",
            "slow",
            Verdict::Ignored,
        );
        check("test timed ... ok <0.012s>", "timed", Verdict::Passed);
    }

    #[test]
    fn a_test_that_should_panic_keeps_its_own_name() {
        check(
            "test guard::drops::sqlite - should panic ... ok",
            "guard::drops::sqlite",
            Verdict::Passed,
        );
    }

    #[test]
    fn doctests_are_read() {
        let name = "crates/sea-orm-soft-delete/src/lib.rs - find (line 12)";
        check(&format!("test {name} ... ok"), name, Verdict::Passed);
        let name = "crates/sea-orm-soft-delete/src/lib.rs - (line 3) - compile fail";
        check(&format!("test {name} ... FAILED"), name, Verdict::Failed);
    }

    #[test]
    fn a_summary_is_read() {
        let line = "test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 4 filtered out";
        assert_eq!(
            parse(line),
            Some(Line::Summary(Counts {
                passed: 3,
                failed: 1,
                skipped: 2
            }))
        );
    }

    #[test]
    fn other_lines_report_no_test() {
        for line in [
            "",
            "running 3 tests",
            "test delete::slow has been running for over 60 seconds",
            "    test indented ... ok",
            "test printed ... okay then",
            "all doctests ran in 0.31s; merged doctests compilation took 0.30s",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }

    #[test]
    fn a_listed_test_is_read() {
        assert_eq!(
            parse_listed("delete::twice::sqlite: test"),
            Some("delete::twice::sqlite")
        );
        assert_eq!(parse_listed("delete: benchmark"), None);
        assert_eq!(parse_listed("2 tests, 0 benchmarks"), None);
    }
}
