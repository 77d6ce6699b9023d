//! Names and conditions in the SQL text of a schema.

use sea_orm::sea_query::{DynIden, Expr, IntoIden, Query};
use sea_orm::{DbBackend, StatementBuilder};

use crate::entity::marker::MarkerStorage;
use crate::entity::member::TableKey;
use crate::query::literal::literal;

/// Quotes a name.
pub(crate) fn quote(backend: DbBackend, name: &str) -> String {
    match backend {
        DbBackend::MySql => format!("`{}`", name.replace('`', "``")),
        _ => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// Quotes names and joins them with commas.
pub(crate) fn list<S: AsRef<str>>(backend: DbBackend, names: &[S]) -> String {
    let quoted = names.iter().map(|name| quote(backend, name.as_ref()));
    quoted.collect::<Vec<_>>().join(", ")
}

/// Qualifies a name with the table's schema, if it has one.
pub(crate) fn beside(backend: DbBackend, table: &TableKey, name: &str) -> String {
    match &table.0 {
        Some(schema) => format!("{}.{}", quote(backend, schema), quote(backend, name)),
        None => quote(backend, name),
    }
}

/// The quoted path of a table.
pub(crate) fn path(backend: DbBackend, table: &TableKey) -> String {
    beside(backend, table, &table.1)
}

/// The condition that a row is live, for a marker of this name, which may be qualified.
pub(crate) fn is_live(storage: MarkerStorage, marker: &Named<'_>, backend: DbBackend) -> String {
    let spell = |value| Expr::cust(literal(value, backend));
    text(storage.is_live(&marker.expr(), spell), backend)
}

/// The condition that a row is trashed.
pub(crate) fn is_trashed(storage: MarkerStorage, marker: &Named<'_>, backend: DbBackend) -> String {
    let spell = |value| Expr::cust(literal(value, backend));
    text(storage.is_trashed(&marker.expr(), spell), backend)
}

/// A column's name, with or without a qualifier.
pub(crate) enum Named<'a> {
    Column(&'a str),
    Of(&'static str, &'a str),
}

impl Named<'_> {
    fn expr(&self) -> Expr {
        let iden = |name: &str| -> DynIden { name.to_owned().into_iden() };
        match self {
            Self::Column(column) => Expr::col(iden(column)),
            // OLD and NEW of a trigger must not be quoted.
            Self::Of(row, column) => Expr::col(((*row).into_iden(), iden(column))),
        }
    }

    pub(crate) fn sql(&self, backend: DbBackend) -> String {
        text(self.expr(), backend)
    }
}

/// The text of an expression, with `NEW` and `OLD` unquoted.
fn text(expression: Expr, backend: DbBackend) -> String {
    let select = Query::select().expr(expression).to_owned();
    let sql = StatementBuilder::build(&select, &backend).to_string();
    let expression = sql.strip_prefix("SELECT ").unwrap_or(&sql);
    ["NEW", "OLD"]
        .iter()
        .fold(expression.to_owned(), |text, row| {
            text.replace(&format!("{}.", quote(backend, row)), &format!("{row}."))
        })
}

/// `CREATE … INDEX … ON …`, with the schema where each database expects it.
pub(crate) fn create_index(
    what: &str,
    table: &TableKey,
    name: &str,
    parts: &str,
    backend: DbBackend,
) -> String {
    let (name, table) = match backend {
        DbBackend::Sqlite => (beside(backend, table, name), quote(backend, &table.1)),
        _ => (quote(backend, name), path(backend, table)),
    };
    format!("CREATE {what} {name} ON {table} ({parts})")
}

/// The text of a statement.
pub(crate) fn statement_text<S: StatementBuilder>(statement: &S, backend: DbBackend) -> String {
    statement.build(&backend).to_string()
}

/// Quotes the body of a PostgreSQL function in dollar quotes that the body does not contain.
pub(crate) fn dollar_quoted(body: &str) -> String {
    let mut tag = "$soft_delete$".to_owned();
    while body.contains(&tag) {
        tag.insert(tag.len() - 1, '_');
    }
    format!("{tag} {body} {tag}")
}

/// The name as the database stores it: PostgreSQL truncates it to 63 bytes.
pub(crate) fn kept(name: &str, backend: DbBackend) -> &str {
    match backend {
        DbBackend::Postgres => &name[..name.floor_char_boundary(LONGEST)],
        _ => name,
    }
}

// PostgreSQL truncates names to 63 bytes; MySQL refuses names of more than 64 characters.
const LONGEST: usize = 63;

/// A name for an object over a table and some columns, short enough for every database.
pub(crate) fn name_of<S: AsRef<str>>(table: &str, columns: &[S], suffix: &str) -> String {
    let columns: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
    let name = format!("{table}_{}_{suffix}", columns.join("_"));
    if name.len() <= LONGEST {
        return name;
    }
    // A hash of the whole name keeps truncated names distinct.
    let tail = format!("_{}_{suffix}", hash_of(&name));
    let mut head = name;
    let mut at = LONGEST.saturating_sub(tail.len());
    while !head.is_char_boundary(at) {
        at -= 1;
    }
    head.truncate(at);
    head + &tail
}

/// Eight hex digits that distinguish texts. Databases store these digits, so the hash is FNV-1a: the
/// standard library's hash may change.
pub(crate) fn hash_of(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{:08x}", hash as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_quoted_by_a_tag_that_it_does_not_contain() {
        assert_eq!(
            dollar_quoted("a $soft_delete$ b"),
            "$soft_delete_$ a $soft_delete$ b $soft_delete_$"
        );
    }

    #[test]
    fn names_are_short_enough_and_differ() {
        let columns = |last| {
            [
                "a_rather_long_name_of_a_column",
                "another_name_of_a_column",
                last,
            ]
        };
        let one = name_of("note", &columns("x"), "live");
        let other = name_of("note", &columns("y"), "live");
        assert_eq!(name_of("note", &["title"], "live"), "note_title_live");
        assert!(one.len() <= 63 && one.ends_with("_live"), "{one}");
        assert_ne!(one, other);
        assert!(name_of("ü".repeat(40).as_str(), &["x"], "live").len() <= 63);
    }
}
