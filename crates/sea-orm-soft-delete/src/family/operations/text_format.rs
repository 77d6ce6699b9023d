//! Tells ids and instants that are stored as text from other text, and sorts them.
//!
//! SQLite compares date-times as text, and this comparison finds an operation's rows. An instant in another
//! spelling, which only a handwritten statement writes, therefore belongs to no operation.

use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{DbBackend, Value};

/// A UUID with hyphens.
pub(super) const UUID: &str = "________-____-____-____-____________";

/// The condition that a marker, with values such as `kind`, has the spelling that a delete writes: in UTC,
/// to the microsecond. `None` where the spelling does not matter.
pub(super) fn is_ours(column: &Expr, kind: &Value, backend: DbBackend) -> Option<Expr> {
    let spelling: Option<(&str, i32)> = match (backend, kind) {
        #[cfg(feature = "with-chrono")]
        (DbBackend::Sqlite, Value::ChronoDateTimeUtc(_) | Value::ChronoDateTimeWithTimeZone(_)) => {
            Some(("____-__-__T__:__:__%+00:00", 32))
        }
        #[cfg(feature = "with-chrono")]
        (DbBackend::Sqlite, Value::ChronoDateTimeLocal(_)) => Some(("____-__-__T__:__:__%:__", 32)),
        #[cfg(feature = "with-chrono")]
        (DbBackend::Sqlite, Value::ChronoDateTime(_)) => Some(("____-__-__ __:__:__%", 26)),
        #[cfg(feature = "with-time")]
        (DbBackend::Sqlite, Value::TimeDateTimeWithTimeZone(_)) => {
            Some(("____-__-__T__:__:__%Z", 27))
        }
        #[cfg(feature = "with-time")]
        (DbBackend::Sqlite, Value::TimeDateTime(_)) => Some(("____-__-__ __:__:__.%", 26)),
        _ => None,
    };
    let (like, length) = spelling?;
    let text_length = Expr::expr(Func::char_length(column.clone()));
    Some(column.clone().like(like).and(text_length.lte(length)))
}

/// The marker in a form that sorts as its instants do.
///
/// The `time` crate omits zeros at the end of a fraction and ends in a Z, which sorts after digits: `.24Z`
/// would come after `.245Z`. chrono ends in a `+`, which sorts before digits.
pub(super) fn sortable(expr: Expr, kind: &Value, backend: DbBackend) -> Expr {
    match (backend, kind) {
        #[cfg(feature = "with-time")]
        (DbBackend::Sqlite, Value::TimeDateTimeWithTimeZone(_)) => {
            Expr::expr(Func::cust("RTRIM").args([expr, Expr::Constant("Z".into())]))
        }
        _ => expr,
    }
}
