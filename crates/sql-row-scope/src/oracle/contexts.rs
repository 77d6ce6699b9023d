//! The places where a query can stand: every shape of FROM is tested in every one of these places.

use crate::Dialect::{self, MySql, Postgres, Sqlite};

use super::shapes;

/// The placeholder for a list of tables.
const PLACE: &str = "{}";

/// Contexts in every dialect.
const COMMON: &[&str] = &[
    "SELECT * FROM {}",
    "SELECT DISTINCT a, b AS c FROM {} WHERE a = 1 OR b = 'x''y' AND NOT c",
    "SELECT a FROM {} WHERE x = ? GROUP BY a HAVING count(*) > 1 ORDER BY a DESC LIMIT 10 OFFSET 5",
    "SELECT a, count(*) FROM {} GROUP BY a, b HAVING a = 1 OR b = 2",
    "SELECT a FROM {} ORDER BY (SELECT max(x) FROM tag t) LIMIT 3",
    "SELECT (SELECT max(x) FROM {} WHERE a OR b) AS m, 1 FROM tag WHERE x OR y",
    "SELECT * FROM tag t WHERE t.id IN (SELECT id FROM {}) OR t.x = 1",
    "SELECT * FROM tag t WHERE NOT EXISTS (SELECT 1 FROM {} WHERE x = t.id OR y)",
    "SELECT * FROM tag t WHERE t.a = (SELECT a FROM {} LIMIT 1) GROUP BY a HAVING count(*) > (SELECT count(*) FROM {})",
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM {}) THEN (SELECT a FROM {}) ELSE coalesce((SELECT b FROM {}), 0) END",
    "SELECT * FROM tag t ORDER BY (SELECT a FROM {}), t.a",
    "SELECT * FROM (SELECT * FROM {}) AS d WHERE d.a = 1 OR d.b = 2",
    "SELECT * FROM tag t LEFT JOIN (SELECT * FROM {} WHERE a OR b) AS d ON d.x = t.x OR d.y",
    "SELECT a FROM {} UNION SELECT b FROM tag UNION ALL SELECT c FROM {} WHERE x OR y ORDER BY 1 LIMIT 2",
    "SELECT a FROM book EXCEPT SELECT b FROM {} INTERSECT SELECT c FROM {}",
    "WITH w AS (SELECT * FROM {} WHERE a OR b) SELECT * FROM w, tag WHERE w.x OR w.y",
    "WITH w AS (SELECT * FROM {}), v AS (SELECT * FROM w JOIN tag ON true) SELECT * FROM v, {}",
    "WITH tag AS (SELECT * FROM {}) SELECT * FROM tag t JOIN comment c2 ON c2.id = t.id",
    "WITH RECURSIVE r AS (SELECT id FROM {} UNION ALL SELECT t.id FROM tag t JOIN r ON r.id = t.x) SELECT * FROM r",
    "INSERT INTO book (a, b) SELECT a, b FROM {} WHERE x OR y",
    "INSERT INTO book (a) VALUES (1), ((SELECT a FROM {}))",
    "INSERT INTO post (a) SELECT a FROM {}",
    "UPDATE book SET a = (SELECT a FROM {}), b = 2 WHERE x = 1 OR y IN (SELECT y FROM {})",
    "UPDATE tag SET a = (SELECT a FROM {} WHERE q OR r) WHERE x = 1 OR y",
    "UPDATE tag AS t SET a = 1, b = ?",
    "DELETE FROM book WHERE a IN (SELECT a FROM {}) OR b",
    "DELETE FROM tag WHERE a IN (SELECT a FROM {}) OR b = ?",
    "EXPLAIN SELECT * FROM {}",
    "SELECT sum(a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM {} WHERE x OR y",
    "SELECT row_number() OVER w FROM {} WINDOW w AS (PARTITION BY a ORDER BY b)",
    "CREATE TABLE copy AS SELECT * FROM {} WHERE a OR b",
    "SELECT /* FROM x */ a, 'FROM y', \"from\" -- FROM z\n FROM {} -- the end\n WHERE a /* OR */ OR b",
    "SELECT * FROM {}; SELECT 1; SELECT a FROM tag WHERE x OR y",
];

const POSTGRES: &[&str] = &[
    "SELECT * FROM {} WHERE a OR b FOR UPDATE",
    "SELECT DISTINCT ON (a) * FROM {} WHERE a OR b FETCH FIRST 5 ROWS ONLY",
    "SELECT extract(year FROM x), substring(a FROM 1 FOR 2), trim(both 'x' FROM y) FROM {} WHERE a OR b",
    "SELECT count(*) FILTER (WHERE x OR y), percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM {}",
    "SELECT a IS DISTINCT FROM b, c IS NOT DISTINCT FROM d FROM {} WHERE a IS DISTINCT FROM b OR c",
    "SELECT ARRAY(SELECT a FROM {}), ARRAY[1, 2], a[1:2], array_agg(x ORDER BY y) FROM tag",
    "SELECT $$FROM post$$, $q$it's$q$, E'a\\'b', U&'\\0061', a ->> 'b', c #>> '{x}' FROM {} WHERE a @> '{x}' OR b ?| ARRAY['x']",
    "UPDATE tag t SET a = 1 FROM {} WHERE t.id = 1 OR x",
    "UPDATE book b SET a = 1 FROM {} WHERE b.id = $1 RETURNING (SELECT count(*) FROM {})",
    "DELETE FROM tag t USING {} WHERE t.id = 1 OR x RETURNING *",
    "DELETE FROM book b USING {} WHERE b.id = 1 OR x",
    "WITH d AS (DELETE FROM tag WHERE a IN (SELECT a FROM {}) RETURNING *) SELECT * FROM d",
    "WITH u AS (UPDATE tag SET a = 1 WHERE x OR y RETURNING *) INSERT INTO book SELECT * FROM u, {}",
    "INSERT INTO tag (a) SELECT a FROM {} ON CONFLICT DO NOTHING RETURNING (SELECT max(a) FROM {})",
    "SELECT * FROM {} WHERE sentinel = $3 AND x = $1",
];

const MYSQL: &[&str] = &[
    "SELECT * FROM {} WHERE a OR b FOR UPDATE",
    "SELECT SQL_CALC_FOUND_ROWS a FROM {} WHERE a OR b LIMIT 5, 10",
    "SELECT a, 'it\\'s', \"x\\\"y\", 'a''b' # FROM z\n FROM {} WHERE a || b",
    "SELECT a FROM {} WHERE a OR b GROUP BY a WITH ROLLUP",
    "SELECT group_concat(DISTINCT a ORDER BY b SEPARATOR ','), extract(YEAR FROM x) FROM {}",
    "SELECT a->>'$.x', b->'$.y', c << 1 FROM {} WHERE NOT a XOR b",
    "SELECT @a, @@version, a FROM {} WHERE x <=> NULL OR y",
    "INSERT IGNORE INTO book (a) SELECT a FROM {}",
    "REPLACE INTO book (a) SELECT a FROM {}",
    "SELECT a FROM {} WHERE MATCH (a) AGAINST ('x' IN BOOLEAN MODE) OR b",
];

const SQLITE: &[&str] = &[
    "SELECT a FROM {} WHERE a IS NOT NULL OR b NOTNULL",
    "SELECT a, 'it''s', [from], `x` FROM {} WHERE a MATCH 'x' OR b GLOB 'y'",
    "SELECT a FROM {} WHERE a -> '$.x' ->> 'y' = 1 OR b NOT LIKE 'x' ESCAPE '!'",
    "UPDATE tag SET a = 1 FROM {} WHERE tag.id = 1 OR x",
    "UPDATE OR IGNORE tag SET a = (SELECT a FROM {}) WHERE x OR y RETURNING id",
    "DELETE FROM tag WHERE a IN (SELECT a FROM {}) OR b RETURNING *",
    "INSERT OR IGNORE INTO book (a) SELECT a FROM {} WHERE true ON CONFLICT DO NOTHING",
];

/// The statements of a dialect.
pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    let (contexts, shapes) = match dialect {
        MySql => (MYSQL, [shapes::MYSQL, &[]]),
        Postgres => (POSTGRES, [shapes::POSTGRES, shapes::FULL]),
        _ => (SQLITE, [shapes::SQLITE, shapes::FULL]),
    };
    let shapes: Vec<&str> = shapes::COMMON
        .iter()
        .chain(shapes.into_iter().flatten())
        .copied()
        .collect();
    let combine = |context: &str| {
        let context = spell(dialect, context);
        let one = |shape: &&str| context.replace(PLACE, &spell(dialect, shape));
        shapes.iter().map(one).collect::<Vec<String>>()
    };
    let contexts = COMMON.iter().chain(contexts);
    contexts.flat_map(|context| combine(context)).collect()
}

/// A statement with the quotes and placeholders of the dialect.
pub(super) fn spell(dialect: Dialect, sql: &str) -> String {
    match dialect {
        // A statement with strings in the syntax of MySQL stays unchanged.
        MySql if sql.contains('\\') => sql.to_owned(),
        MySql => sql
            .replace("\"\"", "\u{1}")
            .replace('"', "`")
            .replace('\u{1}', "\""),
        Postgres => sql.replace("= ?", "= $1"),
        Sqlite => sql.to_owned(),
    }
}
