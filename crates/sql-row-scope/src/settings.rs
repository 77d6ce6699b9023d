//! Settings that change how a database reads text. After such a change, a string in the eyes of this crate
//! may not be a string to the database.
//!
//! Only settings that are known to do no harm pass. A computed value, a number, a variable and an unknown
//! name are refused. A construct that hides the name of the setting is refused, too.

use super::create::{Object, created, is_word};
use super::refusal::{ANY_TABLE, ON_PURPOSE, Refusal};
use super::source::Source;
use super::token::{Keyword, Kind};

/// The modes of the MySQL family that do not change strings and names. All other modes are refused, such as
/// ANSI_QUOTES, NO_BACKSLASH_ESCAPES, and the modes that include them: ANSI, ORACLE, MSSQL, DB2, MAXDB,
/// POSTGRESQL.
const MODES: &[&str] = &[
    "",
    "allow_invalid_dates",
    "empty_string_is_null",
    "error_for_division_by_zero",
    "ignore_space",
    "no_auto_create_user",
    "no_auto_value_on_zero",
    "no_dir_in_create",
    "no_engine_substitution",
    "no_field_options",
    "no_key_options",
    "no_table_options",
    "no_unsigned_subtraction",
    "no_zero_date",
    "no_zero_in_date",
    "only_full_group_by",
    "pad_char_to_full_length",
    "pipes_as_concat",
    "real_as_float",
    "simultaneous_assignment",
    "strict_all_tables",
    "strict_trans_tables",
    "time_round_fractional",
    "time_truncate_fractional",
    "traditional",
];

/// Character sets of a client in which an ASCII byte is never part of another character.
const CHARACTER_SETS: &[&str] = &["ascii", "binary", "latin1", "utf8", "utf8mb3", "utf8mb4"];

/// The same character sets in PostgreSQL, which also accepts `utf-8`.
const ENCODINGS: &[&str] = &["sql_ascii", "unicode", "utf-8", "utf8"];

/// The settings that matter.
const SETTINGS: &[(&str, &[&str])] = &[
    ("sql_mode", MODES),
    ("character_set_client", CHARACTER_SETS),
    // The server runs the text of this setting in every new connection.
    ("init_connect", &[""]),
    ("standard_conforming_strings", &["1", "on", "true", "yes"]),
    ("client_encoding", ENCODINGS),
    // With this setting, a statement can write to sqlite_schema: it can give a table another name, or a view
    // another query.
    ("writable_schema", &["0", "off", "false", "no"]),
];

/// Refuses a change of a setting in the statement from `start` to `end`.
pub(super) fn check(source: &Source<'_>, start: usize, end: usize) -> Result<(), Refusal> {
    if source.is_postgres() {
        return postgres(source, start, end);
    }
    if source.is_sqlite() {
        return pragma(source, start, end);
    }
    // `UPDATE t SET sql_mode = …` writes to a column.
    let writes_rows = matches!(
        source.keyword(start),
        Keyword::Update | Keyword::Insert | Keyword::Replace | Keyword::With
    );
    // CHARACTER SET and SET(…) are parts of types.
    let sets = |at: &usize| {
        source.is(*at, Keyword::Set)
            && source.kind(*at + 1) != Kind::Open
            && !at
                .checked_sub(1)
                .is_some_and(|before| is_word(source, before, "character"))
    };
    match (start..end).find(sets) {
        Some(set) if !writes_rows => assignments(source, set, end),
        _ => Ok(()),
    }
}

/// Checks `SET a = x, NAMES y`, wherever the SET stands.
fn assignments(source: &Source<'_>, set: usize, end: usize) -> Result<(), Refusal> {
    let mut at = set + 1;
    while at < end {
        let names_client = (is_word(source, at, "names") || is_word(source, at, "charset"))
            && !is_assignment(source, at + 1);
        let character_set = is_word(source, at, "character") && source.is(at + 1, Keyword::Set);
        if names_client || character_set {
            at += 1 + usize::from(character_set);
            if !is_literal(source, at, CHARACTER_SETS) {
                return refuse("the character set");
            }
        } else if is_assignment(source, at + 1)
            && let Some((name, known)) = setting(source, at)
        {
            at += 3;
            let is_alone = matches!(source.kind(at), Kind::Semicolon | Kind::Comma)
                || source.is(at, Keyword::For);
            if !is_alone || !is_literal(source, at - 1, known) {
                return refuse(name);
            }
        }
        at = source.after(at);
    }
    Ok(())
}

fn is_assignment(source: &Source<'_>, at: usize) -> bool {
    source.kind(at) == Kind::Operator && matches!(source.text(at..at + 1), "=" | ":=")
}

/// The setting that a name means: `sql_mode`, `@@sql_mode`, `@@session.sql_mode`. A list of variables is one
/// token; the value is assigned to the last variable.
fn setting(source: &Source<'_>, at: usize) -> Option<(&'static str, &'static [&'static str])> {
    let (name, _) = match source.kind(at) {
        Kind::Word | Kind::Quoted => source.name(at),
        Kind::Literal => (source.text(at..at + 1).into(), false),
        _ => return None,
    };
    let name = name.to_ascii_lowercase();
    let is_it = |known: &str| match source.kind(at) {
        Kind::Literal => name
            .strip_suffix(known)
            .is_some_and(|before| before.ends_with("@@")),
        _ => name == known,
    };
    SETTINGS
        .iter()
        .find(|(known, _)| is_it(known))
        .map(|(known, harmless)| (*known, *harmless))
}

/// Whether a value is one word, or one string without escapes, and every part of the value is known.
fn is_literal(source: &Source<'_>, at: usize, known: &[&str]) -> bool {
    let text = source.text(at..at + 1);
    let value = match source.kind(at) {
        Kind::Word | Kind::Literal => text,
        Kind::Text if text.starts_with(['\'', '"']) && !text.contains('\\') => {
            text.get(1..text.len() - 1).unwrap_or("\\")
        }
        _ => return false,
    };
    let parts = value
        .split(',')
        .map(|part| part.trim().to_ascii_lowercase());
    let mut parts = parts;
    parts.all(|part| known.contains(&part.as_str()))
}

/// Checks SET, set_config, pg_settings, and the settings of roles, databases, functions and the server.
fn postgres(source: &Source<'_>, start: usize, end: usize) -> Result<(), Refusal> {
    let names = start + 1 + usize::from(is_scope(source, start + 1));
    if source.is(start, Keyword::Set)
        && is_word(source, names, "names")
        && !is_literal(source, names + 1, ENCODINGS)
    {
        return refuse("the character set");
    }
    let mut reads_settings = false;
    for at in start..end {
        if !matches!(source.kind(at), Kind::Word | Kind::Quoted) {
            continue;
        }
        let (name, _) = source.name(at);
        // The lengths of the names below: most words have another length.
        match name.len() {
            10 if name.eq_ignore_ascii_case("set_config") && source.kind(at + 1) == Kind::Open => {
                set_config(source, at + 1)?;
            }
            11 if name.eq_ignore_ascii_case("pg_settings") => reads_settings = true,
            18 if name.eq_ignore_ascii_case("pg_db_role_setting") => reads_settings = true,
            15 | 27 => assignment(source, at)?,
            _ => {}
        }
    }
    // A view of pg_settings is as writable as pg_settings itself.
    let writes = |at| match source.keyword(at) {
        Keyword::Update => !source.is(at.wrapping_sub(1), Keyword::For),
        Keyword::Insert => source.is(at + 1, Keyword::Into),
        Keyword::Create => created(source, at).object == Object::View,
        keyword => keyword == Keyword::Merge,
    };
    if reads_settings && (start..end).any(writes) {
        return refuse("pg_settings");
    }
    routine(source, start, end)
}

/// Refuses a routine whose text names a setting that matters, or the C function behind `set_config`: the
/// routine would change the setting for its caller.
fn routine(source: &Source<'_>, start: usize, end: usize) -> Result<(), Refusal> {
    let is_routine = source.is(start, Keyword::Create)
        && matches!(
            created(source, start).object,
            Object::Function | Object::Procedure
        );
    if !is_routine {
        return Ok(());
    }
    let text = source.text(start..end).to_ascii_lowercase();
    let named = SETTINGS.iter().map(|(name, _)| *name);
    match named
        .chain(["set_config_by_name"])
        .find(|name| text.contains(name))
    {
        Some(name) => refuse(name),
        None => Ok(()),
    }
}

/// Checks `SET LOCAL name TO value`, at this name.
fn assignment(source: &Source<'_>, at: usize) -> Result<(), Refusal> {
    let before = at.wrapping_sub(1);
    let is_set = source.is(before, Keyword::Set) || is_scope(source, before);
    if !is_set || !(is_assignment(source, at + 1) || source.is(at + 1, Keyword::To)) {
        return Ok(());
    }
    match setting(source, at) {
        Some((name, known))
            if source.kind(at + 3) != Kind::Semicolon || !is_literal(source, at + 2, known) =>
        {
            refuse(name)
        }
        _ => Ok(()),
    }
}

fn is_scope(source: &Source<'_>, at: usize) -> bool {
    is_word(source, at, "session") || is_word(source, at, "local")
}

/// Checks `set_config('name', …)`. The name must be a plain string.
fn set_config(source: &Source<'_>, open: usize) -> Result<(), Refusal> {
    let name = open + 1;
    let text = source.text(name..name + 1);
    let is_spelt = source.kind(name) == Kind::Text
        && text.starts_with('\'')
        && source.kind(name + 1) == Kind::Comma;
    if !is_spelt {
        return refuse_construct("`set_config` of a setting that is not spelt out");
    }
    let setting = text.trim_matches('\'').to_ascii_lowercase();
    let known = SETTINGS.iter().find(|(known, _)| *known == setting);
    let value = open + 3;
    match known {
        Some((name, known))
            if source.kind(value + 1) != Kind::Comma || !is_literal(source, value, known) =>
        {
            refuse(name)
        }
        _ => Ok(()),
    }
}

/// Checks `PRAGMA writable_schema = 1`, or `(1)`.
fn pragma(source: &Source<'_>, start: usize, end: usize) -> Result<(), Refusal> {
    if !is_word(source, start, "pragma") {
        return Ok(());
    }
    for at in start..end {
        if source.is_name(at)
            && let Some((name, known)) = setting(source, at)
        {
            let sets = is_assignment(source, at + 1) || source.kind(at + 1) == Kind::Open;
            if sets && !is_literal(source, at + 2, known) {
                return refuse(name);
            }
        }
    }
    Ok(())
}

fn refuse(setting: &str) -> Result<(), Refusal> {
    refuse_construct(&format!(
        "a change of {setting}, which changes how text is read,"
    ))
}

fn refuse_construct(construct: &str) -> Result<(), Refusal> {
    Err(Refusal {
        table: ANY_TABLE.to_owned(),
        construct: construct.to_owned(),
        remedy: ON_PURPOSE,
    })
}

/// Whether the database, with this value of the setting, reads text in the way that this crate does.
pub fn is_harmless(setting: &str, value: &str) -> bool {
    let known = SETTINGS.iter().find(|(known, _)| *known == setting);
    let mut parts = value
        .split(',')
        .map(|part| part.trim().to_ascii_lowercase());
    known.is_none_or(|(_, harmless)| parts.all(|part| harmless.contains(&part.as_str())))
}
