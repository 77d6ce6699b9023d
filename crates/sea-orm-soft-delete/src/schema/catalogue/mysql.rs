//! Reads the catalogue of MySQL and MariaDB from the information schema.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};

use super::{Column, ForeignKey, Index, OnDelete, Place, Table, Tables, get, rows};
use crate::error::SoftDeleteError;
use crate::schema::mysql_version::Version;

pub(super) async fn read<C: ConnectionTrait>(
    schemas: &[String],
    db: &C,
) -> Result<Vec<Table>, SoftDeleteError> {
    // CAST, since MySQL returns these texts in several types, which drivers read differently.
    let place = "CAST(c.table_schema AS CHAR) AS in_schema, CAST(c.table_name AS CHAR) AS in_table, \
                 c.table_schema = DATABASE() AS is_visible";
    let further = ", ?".repeat(schemas.len());
    let looked_at = format!("c.table_schema IN (DATABASE(){further})");
    let schemas = || -> Vec<Value> { schemas.iter().map(Into::into).collect() };
    let version = Version::read(db).await?;
    let mut tables = Tables::new(DbBackend::MySql);

    let columns = format!(
        "SELECT {place}, CAST(c.column_name AS CHAR) AS name, \
                CAST(c.column_type AS CHAR) AS type, CAST(c.is_nullable AS CHAR) AS nullable, \
                CAST(c.column_default AS CHAR) AS dflt, CAST(c.extra AS CHAR) AS extra, \
                CAST(c.column_comment AS CHAR) AS comment, \
                CAST(c.generation_expression AS CHAR) AS expression \
         FROM information_schema.columns c \
         JOIN information_schema.tables t \
           ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
         WHERE {looked_at} AND t.table_type = 'BASE TABLE' \
         ORDER BY c.table_schema, c.table_name, c.ordinal_position"
    );
    for row in rows(&columns, schemas(), db).await? {
        let table = tables.add(self::place(&row)?, None);
        let extra = get::<String>(&row, "extra")?.to_ascii_lowercase();
        let expression: Option<String> = get(&row, "expression")?;
        // MySQL reports `DEFAULT_GENERATED` for a default that is an expression.
        let is_generated =
            extra.contains("virtual generated") || extra.contains("stored generated");
        table.columns.push(Column {
            is_written_on_update: extra.contains("on update"),
            name: get(&row, "name")?,
            type_name: get::<String>(&row, "type")?.to_ascii_lowercase(),
            is_nullable: get::<String>(&row, "nullable")?.eq_ignore_ascii_case("YES"),
            // MariaDB reports the text `NULL` for a column without a default.
            default: get::<Option<String>>(&row, "dflt")?.filter(|default| default != "NULL"),
            generated: is_generated.then(|| said(expression.unwrap_or_default(), version)),
            is_auto_increment: extra.contains("auto_increment"),
            comment: Some(get(&row, "comment")?).filter(|comment: &String| !comment.is_empty()),
        });
    }

    // MySQL has indexes over expressions since 8.0.13, and reports the expressions.
    let expression = match version.has_indexes_over_expressions() {
        true => "c.expression",
        false => "NULL",
    };
    let indexes = format!(
        "SELECT {place}, CAST(c.index_name AS CHAR) AS name, \
                CAST(c.non_unique AS SIGNED) AS is_not_unique, \
                CAST(c.column_name AS CHAR) AS part, \
                CAST(COALESCE(c.sub_part, '') AS CHAR) AS rule, \
                CAST({expression} AS CHAR) AS expression \
         FROM information_schema.statistics c WHERE {looked_at} \
         ORDER BY c.table_schema, c.table_name, c.index_name, c.seq_in_index"
    );
    for row in rows(&indexes, schemas(), db).await? {
        let Some(table) = tables.find(&self::place(&row)?) else {
            continue;
        };
        let name: String = get(&row, "name")?;
        let index = Index {
            backend: DbBackend::MySql,
            is_unique: get::<i64>(&row, "is_not_unique")? == 0,
            is_primary: name == "PRIMARY",
            is_constraint: false,
            name,
            parts: Vec::new(),
            expressions: Vec::new(),
            is_null_equal: false,
            rules: Vec::new(),
            predicate: None,
        };
        table.add_part(index, get(&row, "part")?, get(&row, "rule")?);
        let expression: Option<String> = get(&row, "expression")?;
        table.add_expression(expression.map(|expression| said(expression, version)));
    }

    let foreign_keys = format!(
        "SELECT {place}, CAST(c.constraint_name AS CHAR) AS name, \
                CAST(c.column_name AS CHAR) AS child_column, \
                CAST(c.referenced_table_schema AS CHAR) AS parent_schema, \
                CAST(c.referenced_table_name AS CHAR) AS parent_name, \
                c.referenced_table_schema = DATABASE() AS is_parent_visible, \
                CAST(c.referenced_column_name AS CHAR) AS parent_column, \
                CAST(c.ordinal_position AS SIGNED) AS position, \
                CAST(r.delete_rule AS CHAR) AS on_delete, \
                CAST(r.update_rule AS CHAR) AS on_update \
         FROM information_schema.key_column_usage c \
         JOIN information_schema.referential_constraints r \
           ON r.constraint_schema = c.constraint_schema AND r.table_name = c.table_name \
          AND r.constraint_name = c.constraint_name \
         WHERE {looked_at} AND c.referenced_table_name IS NOT NULL \
         ORDER BY c.table_schema, c.table_name, c.constraint_name, c.ordinal_position"
    );
    for row in rows(&foreign_keys, schemas(), db).await? {
        let Some(table) = tables.find(&self::place(&row)?) else {
            continue;
        };
        let key = ForeignKey {
            name: get(&row, "name")?,
            columns: Vec::new(),
            parent: Place {
                schema: get(&row, "parent_schema")?,
                is_visible: get::<i64>(&row, "is_parent_visible")? != 0,
                name: get(&row, "parent_name")?,
            },
            parent_columns: Vec::new(),
            on_delete: OnDelete::of_rule(&get::<String>(&row, "on_delete")?),
            on_update: OnDelete::of_rule(&get::<String>(&row, "on_update")?),
            definition: None,
        };
        let is_first = get::<i64>(&row, "position")? == 1;
        table.add_pair(
            key,
            is_first,
            get(&row, "child_column")?,
            get(&row, "parent_column")?,
        );
    }
    Ok(tables.tables)
}

/// Turns a reported expression back into SQL: MySQL escapes quotes, backslashes and some blanks with a
/// backslash.
fn said(expression: String, version: Version) -> String {
    if version.is_mariadb() {
        return expression;
    }
    let mut said = String::with_capacity(expression.len());
    let mut characters = expression.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => said.extend(characters.next().map(|escaped| match escaped {
                'n' => '\n',
                'r' => '\r',
                '0' => '\0',
                'Z' => '\u{1a}',
                other => other,
            })),
            other => said.push(other),
        }
    }
    said
}

fn place(row: &QueryResult) -> Result<Place, SoftDeleteError> {
    Ok(Place {
        schema: get(row, "in_schema")?,
        is_visible: get::<i64>(row, "is_visible")? != 0,
        name: get(row, "in_table")?,
    })
}
