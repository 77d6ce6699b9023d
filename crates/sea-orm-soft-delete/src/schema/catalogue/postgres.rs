//! Reads PostgreSQL's catalogue from `pg_catalog`, which, unlike the information schema, includes partial
//! indexes.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};

use super::{Column, ForeignKey, Index, OnDelete, Place, Table, Tables, get, rows};
use crate::error::SoftDeleteError;
use crate::schema::sql::kept;

/// The condition for the tables `c` in schemas `n` to read; `$1` lists further schemas.
const LOOKED_AT: &str = "c.relkind IN ('r', 'p') \
     AND (pg_catalog.pg_table_is_visible(c.oid) OR n.nspname::text = ANY ($1)) \
     AND n.nspname NOT IN ('pg_catalog', 'information_schema')";

const PLACE: &str = "n.nspname::text AS table_schema, c.relname::text AS table_name, \
     pg_catalog.pg_table_is_visible(c.oid) AS is_visible";

pub(super) async fn read<C: ConnectionTrait>(
    schemas: &[String],
    db: &C,
) -> Result<Vec<Table>, SoftDeleteError> {
    // Bound as the text of an array, since a program may not enable SeaORM's arrays.
    let quoted: Vec<String> = schemas
        .iter()
        .map(|schema| kept(schema, DbBackend::Postgres))
        .map(|schema| format!("\"{}\"", schema.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    let schemas = || -> Vec<Value> { vec![format!("{{{}}}", quoted.join(",")).into()] };
    let looked_at = LOOKED_AT.replace("ANY ($1)", "ANY ($1::text::text[])");
    let mut tables = Tables::new(DbBackend::Postgres);

    let columns = format!(
        "SELECT {PLACE}, a.attname::text AS name, \
                pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, \
                a.attnotnull AS is_not_null, \
                pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression, \
                a.attgenerated <> '' AS is_generated, a.attidentity <> '' AS is_identity \
         FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_attribute a \
           ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
         WHERE {looked_at} ORDER BY n.nspname, c.relname, a.attnum"
    );
    for row in rows(&columns, schemas(), db).await? {
        let table = tables.add(place(&row)?, None);
        let expression: Option<String> = get(&row, "expression")?;
        let is_generated: bool = get(&row, "is_generated")?;
        let is_serial = expression
            .as_ref()
            .is_some_and(|default| !is_generated && default.starts_with("nextval("));
        let (generated, default) = match is_generated {
            true => (Some(expression.unwrap_or_default()), None),
            false => (None, expression),
        };
        table.columns.push(Column {
            is_written_on_update: false,
            name: get(&row, "name")?,
            type_name: get::<String>(&row, "type")?.to_ascii_lowercase(),
            is_nullable: !get::<bool>(&row, "is_not_null")?,
            default,
            generated,
            is_auto_increment: is_serial || get(&row, "is_identity")?,
            comment: None,
        });
    }

    let indexes = format!(
        "SELECT {PLACE}, i.relname::text AS name, x.indisunique AS is_unique, \
                x.indisprimary AS is_primary, \
                pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS predicate, \
                EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k \
                        WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x')) \
                  AS is_constraint, \
                COALESCE((pg_catalog.to_jsonb(x) ->> 'indnullsnotdistinct')::boolean, FALSE) \
                  AS is_null_equal, \
                a.attname::text AS part, \
                concat(x.indcollation[part.position::int - 1], \
                       to_jsonb(x) ->> 'indnullsnotdistinct') AS rule, \
                CASE WHEN part.attnum = 0 \
                     THEN pg_catalog.pg_get_indexdef(i.oid, part.position::int, FALSE) END \
                  AS expression \
         FROM pg_catalog.pg_index x \
         JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
         JOIN pg_catalog.pg_class c ON c.oid = x.indrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS part (attnum, position) \
         LEFT JOIN pg_catalog.pg_attribute a \
           ON a.attrelid = c.oid AND a.attnum = part.attnum AND part.attnum <> 0 \
         WHERE {looked_at} AND x.indisvalid AND part.position <= x.indnkeyatts \
         ORDER BY n.nspname, c.relname, i.relname, part.position"
    );
    for row in rows(&indexes, schemas(), db).await? {
        let Some(table) = tables.find(&place(&row)?) else {
            continue;
        };
        let index = Index {
            backend: DbBackend::Postgres,
            name: get(&row, "name")?,
            is_unique: get(&row, "is_unique")?,
            is_primary: get(&row, "is_primary")?,
            is_constraint: get(&row, "is_constraint")?,
            parts: Vec::new(),
            expressions: Vec::new(),
            // Since PostgreSQL 15.
            is_null_equal: get(&row, "is_null_equal")?,
            rules: Vec::new(),
            predicate: get(&row, "predicate")?,
        };
        table.add_part(index, get(&row, "part")?, get(&row, "rule")?);
        table.add_expression(get(&row, "expression")?);
    }

    let foreign_keys = format!(
        "SELECT {PLACE}, k.conname::text AS name, k.confdeltype::text AS on_delete, \
                k.confupdtype::text AS on_update, pg_catalog.pg_get_constraintdef(k.oid) AS sql, \
                pn.nspname::text AS parent_schema, p.relname::text AS parent_name, \
                pg_catalog.pg_table_is_visible(p.oid) AS is_parent_visible, \
                pair.position, a.attname::text AS child_column, pa.attname::text AS parent_column \
         FROM pg_catalog.pg_constraint k \
         JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_class p ON p.oid = k.confrelid \
         JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace \
         CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY \
           AS pair (child, parent, position) \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = pair.child \
         JOIN pg_catalog.pg_attribute pa ON pa.attrelid = p.oid AND pa.attnum = pair.parent \
         WHERE {looked_at} AND k.contype = 'f' AND k.conparentid = 0 \
         ORDER BY n.nspname, c.relname, k.conname, pair.position"
    );
    for row in rows(&foreign_keys, schemas(), db).await? {
        let Some(table) = tables.find(&place(&row)?) else {
            continue;
        };
        let key = ForeignKey {
            name: get(&row, "name")?,
            columns: Vec::new(),
            parent: Place {
                schema: get(&row, "parent_schema")?,
                is_visible: get(&row, "is_parent_visible")?,
                name: get(&row, "parent_name")?,
            },
            parent_columns: Vec::new(),
            on_delete: action(&get::<String>(&row, "on_delete")?),
            on_update: action(&get::<String>(&row, "on_update")?),
            definition: get(&row, "sql")?,
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

fn action(letter: &str) -> OnDelete {
    match letter {
        "c" => OnDelete::Cascade,
        "n" => OnDelete::SetNull,
        "d" => OnDelete::SetDefault,
        "r" => OnDelete::Restrict,
        _ => OnDelete::Refuse,
    }
}

fn place(row: &QueryResult) -> Result<Place, SoftDeleteError> {
    Ok(Place {
        schema: get(row, "table_schema")?,
        is_visible: get(row, "is_visible")?,
        name: get(row, "table_name")?,
    })
}
