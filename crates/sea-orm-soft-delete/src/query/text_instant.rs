//! Instants that SQLite keeps as text, in whatever spelling.
//!
//! SQLite has no date-times. A driver writes `2025-07-10T09:37:34.301641+00:00`, a statement by hand
//! `datetime('now')`, which is `2025-07-10 09:37:34`. Compared as text, a day's rows of the second spelling
//! come before all of the first. These expressions say the same of both.

use sea_orm::sea_query::Expr;
use sea_orm::{DbBackend, Value};

use crate::deletion::timestamp::Timestamp;

/// Whether such a value is kept as text.
pub(crate) fn is_text(value: &Value, backend: DbBackend) -> bool {
    backend == DbBackend::Sqlite && spelling(value).is_some()
}

/// The instant in UTC to the microsecond, as `2025-07-10 09:37:34.301641`; NULL of what is no such text.
/// It sorts as instants do.
pub(crate) fn in_utc(column: &str) -> String {
    let (seconds, fraction) = (seconds(column, "%Y-%m-%d %H:%M:%S"), fraction(column));
    format!("{seconds} || '.' || {fraction}")
}

/// The same of an expression.
pub(crate) fn in_utc_of(column: &Expr) -> Expr {
    let sql = in_utc("?");
    let columns = vec![column.clone(); sql.matches('?').count()];
    Expr::cust_with_exprs(format!("({sql})"), columns)
}

/// An instant as [`in_utc`] has it.
pub(crate) fn spelt_in_utc(at: Timestamp) -> String {
    at.to_string()
        .replace('T', " ")
        .trim_end_matches('Z')
        .to_owned()
}

/// A text that is after that of each instant before this one, in every spelling and zone.
pub(crate) fn bound_after(at: Timestamp) -> String {
    // No zone is further than 14 hours from UTC, and a day is before what is said of its hours.
    let days = std::time::Duration::from_secs(2 * 86_400);
    let bound = at.checked_add(days).unwrap_or(Timestamp::MAX).to_string();
    bound.split('T').next().unwrap_or_default().to_owned()
}

/// The text that the driver would write of the instant in this column, which holds values such as `kind`.
/// `None` if the driver's own depends on where the program runs.
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
    /// `None` if it is that of the program.
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

/// The instant in UTC without its fraction: SQLite rounds one to milliseconds.
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
