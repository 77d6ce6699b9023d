//! Session settings that make the database read texts differently from the rewriter.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult};

use crate::doctor::examination::Examination;
use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::error::SoftDeleteError;
use crate::query::literal::quoted;
use crate::schema::catalogue::{get, rows};
use crate::schema::sql::quote;

/// The name that groups findings about a session, in place of a table.
const CONNECTION: &str = "(connection)";

pub(super) async fn check<C: ConnectionTrait>(
    examination: &mut Examination<'_>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let findings = match examination.backend {
        DbBackend::MySql => of_mysql(db).await?,
        DbBackend::Postgres => of_postgres(db).await?,
        _ => Vec::new(),
    };
    examination.findings.extend(findings);
    Ok(())
}

fn finding(message: String, remedy: Remedy) -> Finding {
    let code = FindingCode::TextReadOtherwise;
    let message = format!("{message}: a scoped connection takes one part of a text for another");
    code.error(CONNECTION.to_owned(), message, remedy)
}

/// The modes that change where MySQL and MariaDB end a string.
const MODES: &[&str] = &["ANSI_QUOTES", "NO_BACKSLASH_ESCAPES"];

/// The character sets whose characters can end in the byte of a backslash.
const CHARACTER_SETS: &[&str] = &["big5", "cp932", "gb18030", "gbk", "sjis"];

async fn of_mysql<C: ConnectionTrait>(db: &C) -> Result<Vec<Finding>, SoftDeleteError> {
    let sql = "SELECT CAST(@@SESSION.sql_mode AS CHAR) AS of_session, \
                      CAST(@@GLOBAL.sql_mode AS CHAR) AS of_server, \
                      CAST(@@SESSION.character_set_client AS CHAR) AS character_set";
    let mut findings = Vec::new();
    for row in rows(sql, Vec::new(), db).await? {
        for (column, whose, scope) in [
            ("of_session", "this session", "SESSION"),
            ("of_server", "new sessions of this server", "GLOBAL"),
        ] {
            let mode: String = row.try_get("", column)?;
            findings.extend(of_modes(&mode, whose, scope));
        }
        let set: String = get(&row, "character_set")?;
        if CHARACTER_SETS.contains(&set.to_ascii_lowercase().as_str()) {
            findings.push(finding(
                format!(
                    "the client's character set is `{set}`, whose characters can end in a backslash"
                ),
                Remedy::advice("let the client speak UTF-8, as SeaORM's connections do")
                    .statements(["SET NAMES utf8mb4".to_owned()]),
            ));
        }
    }
    Ok(findings)
}

fn of_modes(mode: &str, whose: &str, scope: &str) -> Option<Finding> {
    let is_harmful = |mode: &&str| MODES.contains(&mode.to_ascii_uppercase().as_str());
    let harmful: Vec<&str> = mode.split(',').filter(is_harmful).collect();
    if harmful.is_empty() {
        return None;
    }
    // ANSI combines several modes, including ANSI_QUOTES, and would restore it.
    let is_kept = |mode: &&str| !is_harmful(mode) && !mode.eq_ignore_ascii_case("ANSI");
    let kept: Vec<&str> = mode.split(',').filter(is_kept).collect();
    let kept = quoted(&kept.join(","), DbBackend::MySql);
    let advice = match scope {
        "GLOBAL" => "take it out of the server's sql_mode, in its configuration file too",
        _ => "take it out of sql_mode, in each session: in the options of the connection",
    };
    Some(finding(
        format!("the sql_mode of {whose} has {}", harmful.join(" and ")),
        Remedy::advice(advice).statements([format!("SET {scope} sql_mode = {kept}")]),
    ))
}

/// The encodings of clients whose characters can end in the byte of a backslash.
const ENCODINGS: &[&str] = &[
    "BIG5",
    "GB18030",
    "GBK",
    "JOHAB",
    "SHIFT_JIS_2004",
    "SJIS",
    "UHC",
];

async fn of_postgres<C: ConnectionTrait>(db: &C) -> Result<Vec<Finding>, SoftDeleteError> {
    let sql = "SELECT 'session' AS origin, NULL::text AS role, NULL::text AS database, \
                      current_setting('standard_conforming_strings') AS value \
               UNION ALL SELECT 'encoding', NULL, NULL, current_setting('client_encoding') \
               UNION ALL \
               SELECT 'default', r.rolname::text, d.datname::text, split_part(said, '=', 2) \
               FROM pg_catalog.pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS said \
               LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole \
               LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase \
               WHERE split_part(said, '=', 1) = 'standard_conforming_strings' \
                 AND (s.setdatabase = 0 OR d.datname = current_database()) \
                 AND (s.setrole = 0 OR r.rolname = session_user)";
    let mut findings = Vec::new();
    for row in rows(sql, Vec::new(), db).await? {
        let (origin, value): (String, String) = (get(&row, "origin")?, get(&row, "value")?);
        let is_conforming = ["on", "true", "yes", "1"].contains(&value.as_str());
        match origin.as_str() {
            "encoding" if ENCODINGS.contains(&value.to_ascii_uppercase().as_str()) => {
                findings.push(finding(
                    format!(
                        "the client's encoding is `{value}`, whose characters can end in a backslash"
                    ),
                    Remedy::advice("let the client speak UTF-8, as SeaORM's connections do")
                        .statements(["SET client_encoding = 'UTF8'".to_owned()]),
                ));
            }
            "session" if !is_conforming => findings.push(finding(
                "standard_conforming_strings is off in this session".to_owned(),
                Remedy::advice(
                    "turn it on where it is turned off: in the server's configuration, of the role or the \
                     database, in the options of the connection; and here",
                )
                .statements(["SET standard_conforming_strings = on".to_owned()]),
            )),
            "default" if !is_conforming => findings.push(default(&row)?),
            _ => {}
        }
    }
    Ok(findings)
}

/// The finding for a default of a role, a database, or a role in a database.
fn default(row: &QueryResult) -> Result<Finding, SoftDeleteError> {
    let quote = |name: String| quote(DbBackend::Postgres, &name);
    let role: Option<String> = get(row, "role")?;
    let database: Option<String> = get(row, "database")?;
    let (whose, alter) = match (role.map(quote), database.map(quote)) {
        (Some(role), None) => (format!("the role {role}"), format!("ROLE {role}")),
        (Some(role), Some(database)) => (
            format!("the role {role} in the database {database}"),
            format!("ROLE {role} IN DATABASE {database}"),
        ),
        (None, Some(database)) => (
            format!("the database {database}"),
            format!("DATABASE {database}"),
        ),
        (None, None) => ("every role".to_owned(), "ROLE ALL".to_owned()),
    };
    Ok(finding(
        format!("standard_conforming_strings is off in new sessions of {whose}"),
        Remedy::advice("take the default off")
            .statements([format!("ALTER {alter} RESET standard_conforming_strings")]),
    ))
}
