//! Uses every keyword of a database as the name of a table, a column and a label. A keyword of one database
//! is a plain name in another database, or in another place of a statement.
//!
//! The tests ask the server for its keywords. A statement with a keyword may be refused or may fail. Its
//! answer must not show a trashed row. If the database accepts the keyword as a name, the answer must equal
//! the answer to the same statement with a plain name.

use std::collections::BTreeSet;

use sea_orm::sqlx::{AssertSqlSafe, Row, raw_sql};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{SECRET, a_vault, trash};
use crate::harness::{TestDb, on_every_database};

/// `#` is the keyword, `?` is the quoted keyword.
const EVERYWHERE: &[&str] = &[
    "SELECT v.title FROM door #, vault v",
    "SELECT v.title FROM door AS #, vault v",
    "SELECT v.title FROM door # JOIN vault v ON v.id > 0",
    "SELECT v.title FROM door AS # LEFT JOIN vault v ON v.id > 0",
    "SELECT v.title FROM door # CROSS JOIN vault v",
    "SELECT v.title FROM (door #), vault v",
    "SELECT v.title FROM door d LEFT JOIN (door # CROSS JOIN vault v) ON v.id > 0",
    "SELECT v.title FROM (SELECT 1 AS a) #, vault v",
    "SELECT v.title FROM (SELECT 1) # (a), vault v",
    "SELECT v.title FROM (SELECT 1) AS # (a) JOIN vault v ON v.id > 0",
    "SELECT title FROM vault #",
    "SELECT #.title FROM vault # WHERE #.id > 0 OR #.id < 0",
    "SELECT title FROM vault # UNION ALL SELECT title FROM guard",
    "SELECT v.title FROM (SELECT title FROM vault # ORDER BY id LIMIT 2) v",
    "WITH # AS (SELECT 1 AS a) SELECT v.title FROM #, vault v",
    "WITH # (a) AS (SELECT 1) SELECT v.title FROM # JOIN vault v ON v.id >= #.a",
    "SELECT title # FROM vault",
    "SELECT 1 #, title FROM vault",
    "SELECT 1 AS #, title FROM vault",
    "SELECT (SELECT max(id) # FROM vault) AS a, title FROM vault",
    "SELECT v.title FROM (SELECT 1 AS ?) d, vault v WHERE # = 1 OR # = 2",
    "SELECT v.title FROM (SELECT 1 AS ?) d, vault v WHERE 1 = # ORDER BY v.id",
    "SELECT v.title FROM (SELECT 1 AS ?) d JOIN vault v ON 1 = #",
    "SELECT v.title FROM (SELECT 1 AS ?) d LEFT JOIN vault v ON 1 = # WHERE 1 = # OR # = 1",
    "SELECT v.title FROM (SELECT 1 AS ?) d JOIN door ON 1 = # JOIN vault v ON 1 = #",
    "SELECT v.title FROM (SELECT 1 AS ?) d, vault v WHERE # BETWEEN # AND #",
    "SELECT v.title FROM (SELECT 1 AS ?) d, vault v WHERE # IN (#, 1) AND NOT # IS NULL",
    "SELECT v.title FROM (SELECT 1 AS ?) d, vault v WHERE CASE WHEN # = 1 THEN # ELSE # END = #",
    "SELECT v.title FROM (SELECT 1 AS ?) d, vault v ORDER BY #",
    "SELECT #, v.title FROM (SELECT 1 AS ?) d, vault v",
    "SELECT - #, v.title FROM (SELECT 1 AS ?) d, vault v",
    "SELECT title FROM vault WHERE id IN (SELECT # FROM (SELECT 1 AS ?) d UNION SELECT 2) OR id = 2",
];

const MYSQL: &[&str] = &[
    "SELECT v.title FROM door # USE INDEX (PRIMARY), vault v",
    "SELECT v.title FROM door # FORCE INDEX (PRIMARY) JOIN vault v ON v.id > 0",
    "SELECT v.title FROM door # IGNORE KEY FOR JOIN (PRIMARY), vault v",
    "SELECT v.title FROM door # STRAIGHT_JOIN vault v",
    "SELECT v.title FROM door # NATURAL JOIN door d, vault v",
    "SELECT v.title FROM vault # LOCK IN SHARE MODE",
    "SELECT v.title FROM (SELECT 1) # (a), vault v FOR UPDATE",
];

const POSTGRES: &[&str] = &[
    "SELECT v.title FROM ONLY (door) AS #, vault v",
    "SELECT v.title FROM door # TABLESAMPLE SYSTEM (100), vault v",
    "SELECT v.title FROM door # (a, b, c), vault v",
    "SELECT v.title FROM unnest(ARRAY[1]) WITH ORDINALITY # (a, b), vault v",
    "SELECT v.title FROM door d JOIN door e USING (id) AS # JOIN vault v ON true",
    "SELECT max(v.title) # FROM (SELECT 1 AS ?) d, vault v WHERE # = 1 FOR UPDATE OF d",
    "SELECT v.title FROM (SELECT true AS ?) d JOIN vault v ON # WHERE # OR NOT #",
    "SELECT v.title FROM (SELECT true AS ?) d LEFT JOIN vault v ON NOT #",
    "SELECT v.title FROM (SELECT 1 AS ?) d, vault v OFFSET # - #",
];

const SQLITE: &[&str] = &[
    "SELECT v.title FROM door # NOT INDEXED, vault v",
    "SELECT v.title FROM (SELECT 1 AS ?) d LEFT JOIN vault v ON NOT # OR #",
    "SELECT v.title FROM (SELECT 1 AS ?) d, vault v LIMIT 2 OFFSET 0",
];

/// Keywords that the rewriter knows.
const KEYWORDS: &str = "all analyze and as atomic begin between by cascaded case character charset check conflict constraint \
    create cross current cycle data delayed delete desc describe distinct div do duplicate each else end \
    escape except execute exists explain fetch first for force format from full glob group handler \
    having high_priority if ignore ilike immediate in index indexed inner insert intersect into is join \
    key label lateral left like limit local lock loop low_priority match materialized merge mod names \
    natural no none not nothing offset on only or order ordinality outer partition prepare procedure \
    quick read recursive regexp repeat repeatable replace returning right rlike row rows search select \
    session set share similar skip statement straight_join system system_time table tablesample then to \
    trigger truncate union until update use using value values when where while window with within xor";

/// Keywords that only a database knows. The rewriter treats them as plain names.
const WORDS: &str = "abort action add after alter always any array asc asymmetric attach autoincrement before both \
    cascade cast collate column columns commit cube current_date current_time current_timestamp cursor \
    database default deferrable deferred detach distinctrow drop dual elseif empty event exclude \
    exclusive fail filter following foreign function generated grant groups initially instead interval \
    isnull kill last leading library lines load localtime manual minus notnull null nulls of off ordinal \
    others out over overlaps package parallel path plan position pragma preceding precision primary \
    purge qualify query raise range references reindex release rename require restrict return rollback \
    rollup savepoint schema separator show some sql symmetric tablespace temp temporary ties trailing \
    transaction unbounded unique unlock usage user vacuum variable variadic vector view virtual without \
    work write";

/// Column names that the rewriter reads as keywords, so that the database refuses the rewritten statement.
/// WITH begins common table expressions, and only SQLite accepts it as a column name.
const FAILING: &[&str] = &["with"];

/// The keywords of the databases that the rewriter treats as plain names.
async fn other_words(db: &TestDb) -> BTreeSet<String> {
    let mut words: BTreeSet<String> = WORDS.split_whitespace().map(str::to_owned).collect();
    let own = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT word FROM pg_get_keywords()",
        DbBackend::MySql => "SELECT lower(word) AS word FROM information_schema.keywords",
        _ => return words,
    };
    let known: BTreeSet<&str> = KEYWORDS.split_whitespace().collect();
    let own = Statement::from_string(db.get_database_backend(), own);
    for row in db.query_all_raw(own).await.unwrap() {
        words.insert(row.try_get("", "word").unwrap());
    }
    words.retain(|word| {
        let is_word = word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_word && !known.contains(word.as_str())
    });
    words
}

/// The number of rows of an answer, and their titles.
type Answer = (usize, Vec<String>);

/// Sends text without preparing it, because there are many statements and each is sent once.
async fn send(db: &TestDb, sql: &str) -> Option<Answer> {
    macro_rules! rows {
        ($pool:expr) => {{
            let rows = raw_sql(AssertSqlSafe(sql)).fetch_all($pool).await.ok()?;
            let mut titles = Vec::new();
            for row in &rows {
                for at in 0..row.columns().len() {
                    if let Ok(Some(title)) = row.try_get::<Option<String>, _>(at) {
                        titles.push(title);
                    }
                }
            }
            titles.sort();
            (rows.len(), titles)
        }};
    }
    Some(match db.get_database_backend() {
        DbBackend::Postgres => rows!(db.get_postgres_connection_pool()),
        DbBackend::MySql => rows!(db.get_mysql_connection_pool()),
        _ => rows!(db.get_sqlite_connection_pool()),
    })
}

fn with(template: &str, word: &str, backend: DbBackend) -> String {
    let quote = match backend {
        DbBackend::MySql => '`',
        _ => '"',
    };
    template
        .replace('#', word)
        .replace('?', &format!("{quote}{word}{quote}"))
}

on_every_database! {
    async fn no_keyword_as_a_name_shows_a_trashed_row(db: &TestDb) {
        let scoped = a_vault(db).await;
        let backend = db.get_database_backend();
        let own = match backend {
            DbBackend::Postgres => POSTGRES,
            DbBackend::MySql => MYSQL,
            _ => SQLITE,
        };
        let others = other_words(db).await;
        let (mut answered, mut refused, mut needless) = (0, 0, Vec::new());
        let (mut leaking, mut misread) = (Vec::new(), Vec::new());
        for (index, template) in EVERYWHERE.iter().chain(own).enumerate() {
            let statement = |word: &str| {
                Statement::from_string(backend, with(template, word, backend))
            };
            let plain_name = scoped.scope().rewrite(statement("zzz"))?.sql;
            let plain_name = send(db, &plain_name).await;
            let everything = send(db, &with(template, "zzz", backend)).await;
            // Words that are plain names on every database are tried in some of the places only.
            let others = others.iter().filter(|_| index % 5 == 0).map(String::as_str);
            for word in KEYWORDS.split_whitespace().chain(others) {
                let statement = statement(word);
                let sql = statement.sql.clone();
                let Ok(sent) = scoped.scope().rewrite(statement) else {
                    refused += 1;
                    if std::env::var_os("KEYWORDS_REPORT").is_some() && send(db, &sql).await == everything {
                        needless.push(sql);
                    }
                    continue;
                };
                let answer = send(db, &sent.sql).await;
                if let Some((_, titles)) = &answer {
                    answered += 1;
                    let leaks = titles.iter().any(|title| title.contains(SECRET));
                    if leaks {
                        leaking.push(format!("{sql}\n  is sent as {}", sent.sql));
                    }
                }
                // The database accepts the word as a name, so the scoped statement must not fail.
                let fails = answer.is_none() && FAILING.contains(&word);
                if answer != plain_name && everything.is_some() && !fails {
                    let is_name = send(db, &sql).await == everything;
                    if is_name {
                        misread.push(format!("{sql}\n  is sent as {}", sent.sql));
                    }
                }
            }
        }
        assert!(leaking.is_empty(), "{}", leaking.join("\n"));
        assert!(misread.is_empty(), "{}", misread.join("\n"));
        assert!(answered > 2_000, "{answered} answered, {refused} refused");
        if !needless.is_empty() {
            println!("{answered} answered, {refused} refused\n{}", needless.join("\n"));
        }
    }

    async fn no_keyword_as_a_name_changes_a_trashed_row(db: &TestDb) {
        let scoped = a_vault(db).await;
        let before = trash(db).await;
        for word in KEYWORDS.split_whitespace() {
            for template in [
                "DELETE FROM vault # WHERE #.id = 2",
                "UPDATE vault # SET title = 'x' WHERE #.id = 2",
                "UPDATE vault AS # SET title = 'x' WHERE 2 = #.id",
                "UPDATE vault SET title = 'x' WHERE id = (SELECT # FROM (SELECT 2 AS ?) d) OR id = 2",
            ] {
                let sql = with(template, word, db.get_database_backend());
                let _ = scoped.execute_unprepared(&sql).await;
            }
        }
        assert_eq!(trash(db).await, before);
    }
}
