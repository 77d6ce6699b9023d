//! How ids and instants that are kept as text are told from other text, and sort.
//!
//! SQLite compares date-times as the text that they are: an operation's rows are found by it, so an
//! instant in another spelling, which only a statement by hand writes, is of no operation.

use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{DbBackend, Value};

/// A UUID with hyphens.
pub(super) const UUID: &str = "________-____-____-____-____________";

/// The condition that a marker, which holds values such as `kind`, is spelt as a delete spells it:
/// in UTC, to the microsecond. `None` where that is no question.
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

/// The marker as what sorts as its instants do.
///
/// The `time` crate leaves zeros at the end of a fraction out, and ends in a Z, which sorts after
/// digits: `.24Z` would come after `.245Z`. In chrono's spelling it is a `+`, which sorts before.
pub(super) fn sortable(expr: Expr, kind: &Value, backend: DbBackend) -> Expr {
    match (backend, kind) {
        #[cfg(feature = "with-time")]
        (DbBackend::Sqlite, Value::TimeDateTimeWithTimeZone(_)) => {
            Expr::expr(Func::cust("RTRIM").args([expr, Expr::Constant("Z".into())]))
        }
        _ => expr,
    }
}
