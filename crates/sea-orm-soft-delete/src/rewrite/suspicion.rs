//! Texts that could name a soft-deletable table without a token that shows it.

use super::Rewritten;
use super::catalog::Catalog;
use super::refusal::{ANY_TABLE, ON_PURPOSE, Refusal, Unreadable};
use super::source::Source;
use super::statement::statement_of_setting;
use super::token::{Keyword, Kind};

/// PostgreSQL's functions that run a query given as text, or read tables by name.
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
    "query_to_xml",
    "query_to_xml_and_xmlschema",
    "query_to_xmlschema",
    "schema_to_xml",
    "schema_to_xml_and_xmlschema",
    "table_to_xml",
    "table_to_xml_and_xmlschema",
    "ts_rewrite",
    "ts_stat",
    "xpath_table",
];

/// A text that cannot be cut into tokens: the database would refuse it, too, unless it reads it
/// otherwise.
pub(super) fn unreadable(
    sql: &str,
    catalog: &Catalog,
    error: Unreadable,
) -> Result<Rewritten, Refusal> {
    let table = match catalog.mentioned_in(sql) {
        Some(table) => table.name.clone(),
        None if error == Unreadable::UnicodeName => ANY_TABLE.to_owned(),
        None => return Ok(Rewritten::Untouched),
    };
    Err(Refusal {
        table,
        construct: error.construct(),
        remedy: ON_PURPOSE,
    })
}

/// Refuses what hides the tables that it is about.
pub(super) fn check(source: &Source<'_>) -> Result<(), Refusal> {
    executable_comments(source)?;
    functions_that_run_text(source)?;
    let mut begins = true;
    for at in 0..source.lexed.tokens.len() {
        // In a compound statement it need not be the first word.
        if source.is(at, Keyword::Execute) && source.is(at + 1, Keyword::Immediate) {
            return refuse(ANY_TABLE, "EXECUTE IMMEDIATE");
        }
        if begins {
            statement(source, at)?;
        }
        begins = source.kind(at) == Kind::Semicolon;
    }
    Ok(())
}

/// A dot with nothing behind it would take what is inserted there for a name; and `FROM .t` is
/// `FROM t` to MySQL, where to the scanner the dot makes a name of the word before.
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

/// `/*! … */`, which MySQL executes.
fn executable_comments(source: &Source<'_>) -> Result<(), Refusal> {
    if source.lexed.executable_comments.is_empty() {
        return Ok(());
    }
    match source.catalog.mentioned_in(source.sql) {
        Some(table) => refuse(&table.name, "a comment that MySQL executes (`/*! … */`)"),
        None => Ok(()),
    }
}

fn functions_that_run_text(source: &Source<'_>) -> Result<(), Refusal> {
    if !source.is_postgres() {
        return Ok(());
    }
    let tokens = source.lexed.tokens.iter().enumerate();
    for (at, _) in tokens.filter(|(_, token)| token.kind == Kind::Open) {
        let Some(before) = at.checked_sub(1).filter(|before| source.is_name(*before)) else {
            continue;
        };
        let (name, _) = source.name(before);
        // The shortest and the longest of them; most names of functions are none of these.
        if !(6..=29).contains(&name.len()) {
            continue;
        }
        if name.eq_ignore_ascii_case("set_config") {
            if source.kind(at + 1) != Kind::Text || source.kind(at + 2) != Kind::Comma {
                return refuse(ANY_TABLE, "`set_config` of a setting that is not spelt out");
            }
            let arguments = source.text(at..source.after(at)).to_ascii_lowercase();
            changes_how_text_is_read(&arguments)?;
        }
        if let Some(known) = RUN_TEXT
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

/// Statements that run text, or change how text is read.
fn statement(source: &Source<'_>, first: usize) -> Result<(), Refusal> {
    if source.is(first, Keyword::Set) {
        let text = source.text(first..source.end_of_level(first));
        changes_how_text_is_read(&text.to_ascii_lowercase())?;
    }
    let at = statement_of_setting(source, first);
    match source.keyword(at) {
        Keyword::Do => mentioned(source, at, "DO"),
        Keyword::Prepare if source.is_mysql() => refuse(ANY_TABLE, "PREPARE"),
        Keyword::Prepare => mentioned(source, at, "PREPARE"),
        Keyword::Begin if source.is(at + 1, Keyword::Not) => {
            mentioned(source, at, "BEGIN NOT ATOMIC")
        }
        _ => Ok(()),
    }
}

/// `standard_conforming_strings`, and the modes of MySQL that turn on ANSI_QUOTES or
/// NO_BACKSLASH_ESCAPES.
fn changes_how_text_is_read(text: &str) -> Result<(), Refusal> {
    const MODES: &[&str] = &[
        "ansi",
        "db2",
        "maxdb",
        "mssql",
        "no_backslash_escapes",
        "oracle",
        "postgresql",
    ];
    /// Whose characters may end in a backslash.
    const CHARACTER_SETS: &[&str] = &["big5", "cp932", "gb18030", "gb2312", "gbk", "sjis"];
    let has_one_of = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let setting = if text.contains("standard_conforming_strings") {
        "standard_conforming_strings"
    } else if text.contains("sql_mode")
        // A number is a set of modes, too, and an expression can be any.
        && (has_one_of(MODES) || text.contains(|c: char| c == '(' || c.is_ascii_digit()))
    {
        "sql_mode"
    } else if has_one_of(&["names", "character", "charset"]) && has_one_of(CHARACTER_SETS) {
        "the character set"
    } else {
        return Ok(());
    };
    refuse(
        ANY_TABLE,
        &format!("a change of {setting}, which changes how text is read,"),
    )
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
