//! Reads SQLite's catalogue from its schema table and its pragmas.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};

use super::{Column, ForeignKey, Index, OnDelete, Place, Table, Tables, get, rows};
use crate::error::SoftDeleteError;
use crate::schema::create_text::{parentheses, parts, text_of, tokens};
use crate::schema::sql::quote;

const MAIN: &str = "main";

pub(super) async fn read<C: ConnectionTrait>(
    schemas: &[String],
    db: &C,
) -> Result<Vec<Table>, SoftDeleteError> {
    let mut tables = Tables::new(DbBackend::Sqlite);
    read_schema(MAIN, &mut tables, db).await?;
    if schemas.is_empty() {
        return Ok(tables.tables);
    }
    // A schema that is not attached has no tables.
    for row in rows("SELECT name FROM pragma_database_list", Vec::new(), db).await? {
        let attached: String = get(&row, "name")?;
        let is_asked_for = schemas
            .iter()
            .any(|schema| schema.eq_ignore_ascii_case(&attached));
        if is_asked_for && attached != MAIN {
            read_schema(&attached, &mut tables, db).await?;
        }
    }
    Ok(tables.tables)
}

async fn read_schema<C: ConnectionTrait>(
    schema: &str,
    tables: &mut Tables,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let schema_table = format!("{}.sqlite_master", quote(DbBackend::Sqlite, schema));
    let one = || -> Vec<Value> { vec![schema.into()] };
    let place = |row: &QueryResult| -> Result<Place, SoftDeleteError> {
        Ok(Place {
            schema: schema.to_owned(),
            is_visible: schema == MAIN,
            name: get(row, "table_name")?,
        })
    };

    let columns = format!(
        "SELECT t.name AS table_name, t.sql, c.name, c.type, c.\"notnull\" AS is_not_null, \
                c.dflt_value, c.pk, c.hidden \
         FROM {schema_table} AS t, pragma_table_xinfo(t.name, ?) AS c \
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' \
         ORDER BY t.name, c.cid"
    );
    let mut keys: Vec<(Place, i64, String)> = Vec::new();
    for row in rows(&columns, one(), db).await? {
        let place = place(&row)?;
        let table = tables.add(place.clone(), get(&row, "sql")?);
        let name: String = get(&row, "name")?;
        let type_name: String = get::<String>(&row, "type")?.to_ascii_lowercase();
        let key: i64 = get(&row, "pk")?;
        if key > 0 {
            keys.push((place, key, name.clone()));
        }
        table.columns.push(Column {
            is_written_on_update: false,
            // An INTEGER PRIMARY KEY is the row id. A column of a composite key is not; corrected below.
            is_auto_increment: key > 0 && type_name == "integer",
            comment: None,
            name,
            type_name,
            is_nullable: get::<i64>(&row, "is_not_null")? == 0 && key == 0,
            default: get(&row, "dflt_value")?,
            generated: (get::<i64>(&row, "hidden")? >= 2).then(String::new),
        });
    }

    let indexes = format!(
        "SELECT t.name AS table_name, l.name, l.\"unique\" AS is_unique, l.origin, l.partial, \
                x.name AS part, COALESCE(x.coll, '') AS rule, x.seqno, i.sql \
         FROM {schema_table} AS t \
         JOIN pragma_index_list(t.name, ?) AS l \
         JOIN pragma_index_xinfo(l.name, ?) AS x \
         LEFT JOIN {schema_table} AS i ON i.type = 'index' AND i.name = l.name \
         WHERE t.type = 'table' AND x.key = 1 \
         ORDER BY t.name, l.seq, x.seqno"
    );
    for row in rows(&indexes, vec![schema.into(), schema.into()], db).await? {
        let Some(table) = tables.find(&place(&row)?) else {
            continue;
        };
        let origin: String = get(&row, "origin")?;
        let sql: Option<String> = get(&row, "sql")?;
        let is_partial = get::<i64>(&row, "partial")? != 0;
        let index = Index {
            backend: DbBackend::Sqlite,
            name: get(&row, "name")?,
            is_unique: get::<i64>(&row, "is_unique")? != 0,
            is_primary: origin == "pk",
            is_constraint: origin != "c",
            parts: Vec::new(),
            expressions: Vec::new(),
            is_null_equal: false,
            rules: Vec::new(),
            predicate: is_partial.then(|| predicate(sql.as_deref().unwrap_or_default())),
        };
        let part: Option<String> = get(&row, "part")?;
        let expression = match &part {
            Some(_) => None,
            None => index_parts(sql.as_deref().unwrap_or_default())
                .into_iter()
                .nth(usize::try_from(get::<i64>(&row, "seqno")?).unwrap_or_default()),
        };
        table.add_part(index, part, get(&row, "rule")?);
        table.add_expression(expression);
    }

    let dependents = format!(
        "SELECT t.tbl_name AS table_name, t.sql FROM {schema_table} AS t \
         WHERE t.type IN ('index', 'trigger') AND t.sql IS NOT NULL ORDER BY t.rowid"
    );
    for row in rows(&dependents, Vec::new(), db).await? {
        if let Some(table) = tables.find(&place(&row)?) {
            table.dependents.push(get(&row, "sql")?);
        }
    }

    // A primary key that is the row id has no index, so an entry is added for it.
    keys.sort_by_key(|(_, position, _)| *position);
    for (place, position, column) in keys {
        let Some(table) = tables.find(&place) else {
            continue;
        };
        if position > 1 {
            for column in &mut table.columns {
                column.is_auto_increment = false;
            }
        }
        if table
            .indexes
            .iter()
            .any(|index| index.is_primary && index.name != ROW_ID)
        {
            continue;
        }
        let index = Index {
            backend: DbBackend::Sqlite,
            name: ROW_ID.to_owned(),
            is_unique: true,
            is_primary: true,
            is_constraint: true,
            parts: Vec::new(),
            expressions: Vec::new(),
            is_null_equal: false,
            rules: Vec::new(),
            predicate: None,
        };
        table.add_part(index, Some(column), String::new());
    }

    let foreign_keys = format!(
        "SELECT t.name AS table_name, f.seq, f.\"table\" AS parent, f.\"from\" AS child_column, \
                f.\"to\" AS parent_column, f.on_delete, f.on_update \
         FROM {schema_table} AS t JOIN pragma_foreign_key_list(t.name, ?) AS f \
         WHERE t.type = 'table' ORDER BY t.name, f.id, f.seq"
    );
    for row in rows(&foreign_keys, one(), db).await? {
        let parent = Place {
            schema: schema.to_owned(),
            is_visible: schema == MAIN,
            name: get(&row, "parent")?,
        };
        let position: i64 = get(&row, "seq")?;
        let named: Option<String> = get(&row, "parent_column")?;
        let parent_column = named.or_else(|| primary_key(tables, &parent, position));
        let key = ForeignKey {
            name: String::new(),
            columns: Vec::new(),
            parent,
            parent_columns: Vec::new(),
            on_delete: OnDelete::of_rule(&get::<String>(&row, "on_delete")?),
            on_update: OnDelete::of_rule(&get::<String>(&row, "on_update")?),
            definition: None,
        };
        if let Some(table) = tables.find(&place(&row)?) {
            let column = get(&row, "child_column")?;
            table.add_pair(
                key,
                position == 0,
                column,
                parent_column.unwrap_or_default(),
            );
        }
    }
    Ok(())
}

/// The name of the entry for a primary key that has no index.
const ROW_ID: &str = "PRIMARY KEY";

/// The primary-key column that a foreign key without named columns points at.
fn primary_key(tables: &mut Tables, parent: &Place, position: i64) -> Option<String> {
    let table = tables.find(parent)?;
    let key = table.indexes.iter().find(|index| index.is_primary)?;
    key.parts.get(usize::try_from(position).ok()?)?.clone()
}

/// The condition after the WHERE of a CREATE INDEX.
fn predicate(sql: &str) -> String {
    match parentheses(&tokens(sql)) {
        Some((_, [_where, condition @ ..])) => text_of(sql, condition).to_owned(),
        _ => String::new(),
    }
}

/// The parts of a CREATE INDEX.
fn index_parts(sql: &str) -> Vec<String> {
    let tokens = tokens(sql);
    let within = parentheses(&tokens).map(|(within, _)| parts(within));
    let parts = within.into_iter().flatten();
    parts.map(|part| text_of(sql, part).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{index_parts, predicate};

    #[test]
    fn the_parts_are_what_is_between_the_commas() {
        for (sql, expected) in [
            ("CREATE INDEX i ON t (a)", vec!["a"]),
            (
                "CREATE UNIQUE INDEX \"i(\" ON t(lower(a), coalesce(b, ',)') DESC) WHERE (c)",
                vec!["lower(a)", "coalesce(b, ',)') DESC"],
            ),
            ("nothing", vec![]),
        ] {
            assert_eq!(index_parts(sql), expected, "of {sql}");
        }
    }

    #[test]
    fn the_predicate_is_what_follows_where() {
        for (sql, expected) in [
            ("CREATE INDEX i ON t (a) WHERE b IS NULL", "b IS NULL"),
            (
                "CREATE UNIQUE INDEX \"i)\" ON \"t\" (lower(a), \"b(\") \n where\tb = ')'",
                "b = ')'",
            ),
            ("CREATE INDEX i ON t(a)WHERE(b)", "(b)"),
            ("CREATE INDEX i ON t (a)", ""),
            (
                "CREATE INDEX i ON t (a -- it's ) \n) WHERE b /* ( */ > 0",
                "b /* ( */ > 0",
            ),
        ] {
            assert_eq!(predicate(sql), expected, "of {sql}");
        }
    }
}
