//! Parses how long trash is kept: `30 days`, `12 hours`, `forever`.

/// How long the trashed rows of an entity are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Retain {
    Seconds(u64),
    Forever,
}

pub(crate) fn parse(text: &str) -> Option<Retain> {
    if text == "forever" {
        return Some(Retain::Forever);
    }
    let (number, unit) = text.split_once(' ')?;
    let number: u64 = number.parse().ok()?;
    let seconds = match unit.strip_suffix('s').unwrap_or(unit) {
        "hour" => 3_600,
        "day" => 86_400,
        "week" => 7 * 86_400,
        _ => return None,
    };
    // A purge of what was trashed just now is no retention, but a mistake.
    let seconds = number.checked_mul(seconds).filter(|seconds| *seconds > 0);
    seconds.map(Retain::Seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_of_hours_days_and_weeks() {
        assert_eq!(parse("30 days"), Some(Retain::Seconds(30 * 86_400)));
        assert_eq!(parse("1 day"), Some(Retain::Seconds(86_400)));
        assert_eq!(parse("12 hours"), Some(Retain::Seconds(12 * 3_600)));
        assert_eq!(parse("2 weeks"), Some(Retain::Seconds(14 * 86_400)));
        assert_eq!(parse("forever"), Some(Retain::Forever));
        let mistakes = [
            "", "30", "days", "0 days", "-1 days", "1.5 days", "1 month", "never", "30  days",
        ];
        for mistake in mistakes {
            assert_eq!(parse(mistake), None, "{mistake}");
        }
    }
}
