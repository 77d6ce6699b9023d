//! Instants that SQLite stores as text, in several spellings.
//!
//! SQLite has no date-times. A driver writes `2025-07-10T09:37:34.301641+00:00`. A handwritten statement
//! writes `datetime('now')`, which is `2025-07-10 09:37:34`. As text, all rows of a day in the second
//! spelling sort before all rows in the first. These expressions give the same result for both spellings.

use sea_orm::sea_query::Expr;
use sea_orm::{DbBackend, Value};

use crate::operation::timestamp::Timestamp;

/// Whether the database stores such a value as text.
pub(crate) fn is_text(value: &Value, backend: DbBackend) -> bool {
    backend == DbBackend::Sqlite && spelling(value).is_some()
}

/// The instant in UTC to the microsecond, as `2025-07-10 09:37:34.301641`; NULL for any other text. The
/// result sorts in the order of the instants.
pub(crate) fn in_utc(column: &str) -> String {
    let (seconds, fraction) = (seconds(column, "%Y-%m-%d %H:%M:%S"), fraction(column));
    format!("{seconds} || '.' || {fraction}")
}

/// The same for an expression.
pub(crate) fn in_utc_of(column: &Expr) -> Expr {
    let sql = in_utc("?");
    let columns = vec![column.clone(); sql.matches('?').count()];
    Expr::cust_with_exprs(format!("({sql})"), columns)
}

/// An instant in the spelling of [`in_utc`].
pub(crate) fn spelt_in_utc(at: Timestamp) -> String {
    at.to_string()
        .replace('T', " ")
        .trim_end_matches('Z')
        .to_owned()
}

/// A text that sorts after every earlier instant, in every spelling and time zone.
pub(crate) fn bound_after(at: Timestamp) -> String {
    // No zone is more than 14 hours from UTC, and a date sorts before the same date with a time.
    let days = std::time::Duration::from_secs(2 * 86_400);
    let bound = at.checked_add(days).unwrap_or(Timestamp::MAX).to_string();
    bound.split('T').next().unwrap_or_default().to_owned()
}

/// The instant of this column in the driver's spelling, for a column of values such as `kind`. `None` if
/// the driver's spelling depends on where the program runs.
pub(crate) fn respelt(column: &str, kind: &Value) -> Option<String> {
    let Spelling {
        separator,
        zone,
        digits,
    } = spelling(kind)?;
    let seconds = seconds(column, &format!("%Y-%m-%d{separator}%H:%M:%S"));
    let micros = fraction(column);
    let shortest = format!("'.' || rtrim({micros}, '0')");
    let fraction = match digits {
        Digits::NoneThreeOrSix => format!(
            "CASE WHEN {micros} = '000000' THEN '' \
             WHEN substr({micros}, 4) = '000' THEN '.' || substr({micros}, 1, 3) \
             ELSE '.' || {micros} END"
        ),
        Digits::Shortest => format!("CASE WHEN {micros} = '000000' THEN '' ELSE {shortest} END"),
        Digits::OneOrMore => format!("CASE WHEN {micros} = '000000' THEN '.0' ELSE {shortest} END"),
    };
    zone.map(|zone| format!("{seconds} || {fraction} || '{zone}'"))
}

/// How the driver spells a type (`sqlx-sqlite`, `types/chrono.rs` and `types/time.rs`).
struct Spelling {
    separator: char,
    /// `None` if the driver uses the program's time zone.
    zone: Option<&'static str>,
    digits: Digits,
}

#[cfg_attr(
    not(all(feature = "with-chrono", feature = "with-time")),
    allow(dead_code, reason = "each type has one of them")
)]
enum Digits {
    NoneThreeOrSix,
    Shortest,
    OneOrMore,
}

#[cfg_attr(
    not(all(feature = "with-chrono", feature = "with-time")),
    allow(unused_variables, reason = "each type needs some of them")
)]
#[cfg_attr(
    not(any(feature = "with-chrono", feature = "with-time")),
    allow(unreachable_code, reason = "no type is known then")
)]
fn spelling(value: &Value) -> Option<Spelling> {
    let (separator, zone, digits) = match value {
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTimeUtc(_) | Value::ChronoDateTimeWithTimeZone(_) => {
            ('T', Some("+00:00"), Digits::NoneThreeOrSix)
        }
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTimeLocal(_) => ('T', None, Digits::NoneThreeOrSix),
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTime(_) => (' ', Some(""), Digits::NoneThreeOrSix),
        #[cfg(feature = "with-time")]
        Value::TimeDateTimeWithTimeZone(_) => ('T', Some("Z"), Digits::Shortest),
        #[cfg(feature = "with-time")]
        Value::TimeDateTime(_) => (' ', Some(""), Digits::OneOrMore),
        _ => return None,
    };
    Some(Spelling {
        separator,
        zone,
        digits,
    })
}

/// The instant in UTC without its fraction, because SQLite rounds a fraction to milliseconds.
fn seconds(column: &str, format: &str) -> String {
    format!(
        "strftime('{format}', CASE typeof({column}) WHEN 'text' THEN \
         substr({column}, 1, 19) || CASE WHEN substr({column}, -6, 1) IN ('+', '-') \
         AND substr({column}, -3, 1) = ':' THEN substr({column}, -6) ELSE '' END END)"
    )
}

/// The six digits of the fraction.
fn fraction(column: &str) -> String {
    format!(
        "substr(CASE WHEN substr({column}, 20, 1) = '.' THEN rtrim(CASE WHEN \
         substr({column}, -6, 1) IN ('+', '-') THEN substr({column}, 21, length({column}) - 26) \
         ELSE substr({column}, 21) END, 'Zz ') ELSE '' END || '000000', 1, 6)"
    )
}
