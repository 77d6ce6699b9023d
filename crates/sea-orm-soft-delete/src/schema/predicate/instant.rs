//! Instants as databases print them.

use crate::operation::timestamp::Timestamp;

/// The instant in a literal such as `9999-12-31 00:00:00+00`; a literal without a zone is in UTC.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim_matches('\'');
    let day = text.get(..10)?;
    let of_day = match text.len() {
        10 => "00:00:00",
        _ => text.get(11..)?,
    };
    let zone_at = of_day.find(['+', '-', 'Z', 'z']).unwrap_or(of_day.len());
    let (time, zone) = of_day.split_at(zone_at);
    let time = time.trim_end();
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let at = Timestamp::parse(&format!("{day}T{time}.{fraction:0<6.6}Z"))?;
    Timestamp::from_unix_micros(at.unix_micros() - offset(zone)? * 60_000_000)
}

/// The minutes in a zone such as `+02` or `-05:30`.
fn offset(zone: &str) -> Option<i64> {
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i64>().ok();
    match zone.chars().next() {
        Some(sign @ ('+' | '-')) => {
            let minutes = number(0..2)? * 60 + number(2..4).unwrap_or(0);
            Some(if sign == '-' { -minutes } else { minutes })
        }
        _ => Some(0),
    }
}
