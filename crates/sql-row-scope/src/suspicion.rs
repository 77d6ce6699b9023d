//! Texts that could name a scoped table without a token that shows the name.

use crate::Dialect;

use super::catalog::Catalog;
use super::refusal::{ANY_TABLE, ON_PURPOSE, Refusal, Unreadable};
use super::source::Source;
use super::statement::{prepared_query, statement_of_setting};
use super::token::{Keyword, Kind};
use super::{Rewritten, create, settings};

/// PostgreSQL's functions that run a query from a text, or read tables by name.
const RUN_TEXT: &[&str] = &[
    "connectby",
    "crosstab",
    "crosstab2",
    "crosstab3",
    "crosstab4",
    "crosstabn",
    "cursor_to_xml",
    "cursor_to_xmlschema",
    "database_to_xml",
    "database_to_xml_and_xmlschema",
    "dblink",
    "dblink_build_sql_insert",
    "dblink_build_sql_update",
    "dblink_exec",
    "dblink_open",
    "dblink_send_query",
    "pg_background_launch",
    "query_to_xml",
    "query_to_xml_and_xmlschema",
    "query_to_xmlschema",
    "schedule_in_database",
    "schema_to_xml",
    "schema_to_xml_and_xmlschema",
    "table_to_xml",
    "table_to_xml_and_xmlschema",
    "ts_rewrite",
    "ts_stat",
    "xpath_table",
];

/// Procedures in the `sys` schema of MySQL and MariaDB that run text, or make views of all tables.
const RUN_TEXT_OF_SYS: &[&str] = &[
    "create_synonym_db",
    "execute_prepared_stmt",
    "statement_performance_analyzer",
];

/// Decides about a text that cannot be cut into tokens. The database would refuse the text, too, unless it
/// reads the text differently. SQLite and the MySQL family run the statements before the place that they do
/// not understand.
pub(super) fn unreadable(
    sql: &str,
    dialect: Dialect,
    catalog: &Catalog,
    error: Unreadable,
) -> Result<Rewritten, Refusal> {
    let hides = match error {
        // PostgreSQL reads all of a text before it runs any part of it.
        Unreadable::Unterminated(_) | Unreadable::Unbalanced => {
            dialect != Dialect::Postgres && (sql.contains(';') || sql.contains("/*"))
        }
        // The database may be able to read the text.
        _ => true,
    };
    let table = match catalog.mentioned_in(sql) {
        Some(table) => table.name.clone(),
        None if hides => ANY_TABLE.to_owned(),
        None => return Ok(Rewritten::Untouched),
    };
    Err(Refusal {
        table,
        construct: error.construct(),
        remedy: ON_PURPOSE,
    })
}

/// Refuses a text that hides its tables, or that hides how it is read.
pub(super) fn check(source: &Source<'_>) -> Result<(), Refusal> {
    executable_comments(source)?;
    functions_that_run_text(source)?;
    let tokens = source.lexed.tokens.as_slice();
    let mut start = 0;
    // A semicolon may stand in a body, so this check also looks at each place where a statement can begin.
    for part in tokens.split_inclusive(|token| token.kind == Kind::Semicolon) {
        let end = start + part.len();
        settings::check(source, start, end)?;
        statement(source, start)?;
        for at in start..end {
            prepared(source, at)?;
        }
        start = end;
    }
    Ok(())
}

/// Checks EXECUTE IMMEDIATE and PREPARE of the MySQL family, which may stand anywhere in a block.
fn prepared(source: &Source<'_>, at: usize) -> Result<(), Refusal> {
    if source.is(at, Keyword::Execute) && source.is(at + 1, Keyword::Immediate) {
        return refuse(ANY_TABLE, "EXECUTE IMMEDIATE");
    }
    if !source.is_mysql() || !source.is(at, Keyword::Prepare) {
        return Ok(());
    }
    // `SELECT prepare p FROM t` reads a column.
    let is_operand = at.checked_sub(1).is_some_and(|before| {
        source.kind(before) == Kind::Comma
            || matches!(
                source.keyword(before),
                Keyword::Select | Keyword::Distinct | Keyword::All | Keyword::By
            )
    });
    if source.is(at + 2, Keyword::From) && !is_operand {
        return refuse(ANY_TABLE, "PREPARE");
    }
    Ok(())
}

/// Refuses a dot with no name after it: the dot would take inserted text for a name. MySQL reads `FROM .t` as
/// `FROM t`, but to the scanner the dot makes the word before it a name.
pub(super) fn loose_dots(source: &Source<'_>) -> Result<(), Refusal> {
    let tokens = &source.lexed.tokens;
    let dots = tokens.iter().enumerate();
    for (at, dot) in dots.filter(|(_, token)| token.kind == Kind::Dot) {
        let ends = matches!(
            source.kind(at + 1),
            Kind::Close | Kind::CloseBracket | Kind::Comma | Kind::Semicolon
        );
        let before = at.checked_sub(1).map(|before| source.token(before));
        let leads = before.is_none_or(|before| match before.kind {
            Kind::Word => before.keyword != Keyword::None && before.end != dot.start,
            Kind::Quoted | Kind::Text | Kind::Literal => false,
            _ => true,
        });
        if ends || (leads && source.is_mysql()) {
            return source.refuse_here("a name that begins or ends with a dot");
        }
    }
    Ok(())
}

/// Checks `/*! … */`, which MySQL executes. The content of such a comment is no token here, so the content
/// must not name a table, change how the rest is read, or run text.
fn executable_comments(source: &Source<'_>) -> Result<(), Refusal> {
    const HARMFUL: &[&str] = &[
        "'",
        "\"",
        "`",
        "#",
        "--",
        "/*",
        ";",
        "$",
        "(",
        ")",
        "sql_mode",
        "names",
        "char",
        "init_connect",
        "prepare",
        "execute",
        "begin",
    ];
    const CONSTRUCT: &str = "a comment that MySQL executes (`/*! … */`)";
    if source.lexed.executable_comments.is_empty() {
        return Ok(());
    }
    if let Some(table) = source.catalog.mentioned_in(source.sql) {
        return refuse(&table.name, CONSTRUCT);
    }
    for (start, end) in &source.lexed.executable_comments {
        let comment = source
            .sql
            .get(*start as usize..*end as usize)
            .unwrap_or_default();
        let inside = comment
            .get(3..comment.len() - 2)
            .unwrap_or("'")
            .to_ascii_lowercase();
        if HARMFUL.iter().any(|harmful| inside.contains(harmful)) {
            return refuse(ANY_TABLE, CONSTRUCT);
        }
    }
    Ok(())
}

fn functions_that_run_text(source: &Source<'_>) -> Result<(), Refusal> {
    let functions = match source.dialect {
        Dialect::Postgres => RUN_TEXT,
        Dialect::MySql => RUN_TEXT_OF_SYS,
        _ => return Ok(()),
    };
    let tokens = source.lexed.tokens.iter().enumerate();
    for (at, _) in tokens.filter(|(_, token)| token.kind == Kind::Open) {
        let Some(before) = at.checked_sub(1).filter(|before| source.is_name(*before)) else {
            continue;
        };
        let (name, _) = source.name(before);
        // The shortest and the longest of these names; most function names are not among them.
        if !(6..=30).contains(&name.len()) {
            continue;
        }
        if let Some(known) = functions
            .iter()
            .find(|known| name.eq_ignore_ascii_case(known))
        {
            return refuse(
                ANY_TABLE,
                &format!("`{known}`, which runs text as a query,"),
            );
        }
    }
    Ok(())
}

/// Refuses statements that run text.
fn statement(source: &Source<'_>, first: usize) -> Result<(), Refusal> {
    let at = statement_of_setting(source, first);
    match source.keyword(at) {
        Keyword::Do => {
            mentioned(source, at, "DO")?;
            if source.is_postgres() {
                code_block(source, at)?;
            }
            Ok(())
        }
        Keyword::Prepare if source.is_mysql() => refuse(ANY_TABLE, "PREPARE"),
        Keyword::Prepare if prepared_query(source, at).is_some() => Ok(()),
        Keyword::Prepare => mentioned(source, at, "PREPARE"),
        _ => Ok(()),
    }
}

/// Checks DO of PostgreSQL, whose code can build a statement. Only PL/pgSQL uses words that show it.
fn code_block(source: &Source<'_>, at: usize) -> Result<(), Refusal> {
    const RUNS_TEXT: &[&str] = &[
        "execute",
        "set_config",
        "pg_settings",
        "standard_conforming_strings",
        "client_encoding",
        "u&\"",
    ];
    let end = source.end_of_level(at);
    let mut language = at + 1;
    while language < end {
        let text = source.text(language..language + 1);
        let is_code = source.kind(language) == Kind::Text && text.starts_with(['$', '\'']);
        let names_language = create::is_word(source, language, "language")
            && create::is_word(source, language + 1, "plpgsql");
        if !is_code && !names_language {
            return refuse(ANY_TABLE, "DO with other code than PL/pgSQL");
        }
        language += 1 + usize::from(names_language);
    }
    let code = source.text(at..end).to_ascii_lowercase();
    let runs = |word: &&str| code.contains(*word);
    match RUNS_TEXT.iter().chain(RUN_TEXT).find(|word| runs(word)) {
        Some(word) => refuse(ANY_TABLE, &format!("DO with `{word}` in it")),
        None => Ok(()),
    }
}

/// Refuses a statement whose text mentions a table anywhere, strings included.
fn mentioned(source: &Source<'_>, at: usize, construct: &str) -> Result<(), Refusal> {
    let text = source.text(at..source.end_of_level(at));
    match source.catalog.mentioned_in(text) {
        Some(table) => refuse(&table.name, construct),
        None => Ok(()),
    }
}

fn refuse(table: &str, construct: &str) -> Result<(), Refusal> {
    Err(Refusal {
        table: table.to_owned(),
        construct: construct.to_owned(),
        remedy: ON_PURPOSE,
    })
}
