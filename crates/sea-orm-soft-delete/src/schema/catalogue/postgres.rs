//! Reads PostgreSQL's catalogue from `pg_catalog`, which, unlike the information schema, includes partial
//! indexes.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult};

use super::rows::flag;
use super::{Catalogue, Column, Index, Place, get, rows};
use crate::error::SoftDeleteError;
use crate::schema::sql::kept;

pub(super) async fn read<C: ConnectionTrait>(
    schemas: &[String],
    catalogue: &mut Catalogue,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let reader = Reader { schemas, db };
    reader.read_columns(catalogue).await?;
    reader.read_indexes(catalogue).await?;
    reader.read_foreign_keys(catalogue).await
}

struct Reader<'a, C> {
    /// The schemas to read besides those of the search path.
    schemas: &'a [String],
    db: &'a C,
}

impl<C: ConnectionTrait> Reader<'_, C> {
    async fn read_columns(&self, catalogue: &mut Catalogue) -> Result<(), SoftDeleteError> {
        // Nondeterministic collations exist since PostgreSQL 12.
        let columns = "a.attname::text AS name, \
             pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, \
             (NOT a.attnotnull)::int::bigint AS is_nullable, \
             CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS dflt, \
             CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END \
               AS generated, \
             (a.attidentity <> '')::int::bigint AS is_identity, \
             c.relispartition::int::bigint AS table_is_partition, \
             (NOT COALESCE((pg_catalog.to_jsonb(o) ->> 'collisdeterministic')::boolean, TRUE))::int::bigint \
               AS is_collated_loosely";
        let from = "JOIN pg_catalog.pg_attribute a \
               ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
             LEFT JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation";
        for row in self.rows(columns, from, "a.attnum").await? {
            let table = catalogue.add(Place::read(&row, "table")?, None);
            table.is_partition = flag(&row, "table_is_partition")?;
            let default: Option<String> = get(&row, "dflt")?;
            let is_serial = |default: &String| default.starts_with("nextval(");
            table.columns.push(Column {
                name: get(&row, "name")?,
                declared: get(&row, "type")?,
                type_name: get::<String>(&row, "type")?.to_ascii_lowercase(),
                is_nullable: flag(&row, "is_nullable")?,
                is_auto_increment: default.as_ref().is_some_and(is_serial)
                    || flag(&row, "is_identity")?,
                declared_default: default.clone(),
                default,
                generated: get(&row, "generated")?,
                is_collated_loosely: flag(&row, "is_collated_loosely")?,
                ..Column::default()
            });
        }
        Ok(())
    }

    async fn read_indexes(&self, catalogue: &mut Catalogue) -> Result<(), SoftDeleteError> {
        // NULLS NOT DISTINCT exists since PostgreSQL 15.
        let columns = "i.relname::text AS name, x.indisunique::int::bigint AS is_unique, \
             x.indisprimary::int::bigint AS is_primary, \
             pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS predicate, \
             EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k \
                     WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))::int::bigint \
               AS is_constraint, \
             COALESCE((pg_catalog.to_jsonb(x) ->> 'indnullsnotdistinct')::boolean, FALSE)::int::bigint \
               AS is_null_equal, \
             a.attname::text AS part, \
             concat(x.indcollation[part.position::int - 1], \
                    to_jsonb(x) ->> 'indnullsnotdistinct') AS rule, \
             CASE WHEN part.attnum = 0 \
                  THEN pg_catalog.pg_get_indexdef(i.oid, part.position::int, FALSE) END \
               AS expression";
        let from = "JOIN pg_catalog.pg_index x ON x.indrelid = c.oid AND x.indisvalid \
             JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
             JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS part (attnum, position) \
               ON part.position <= x.indnkeyatts \
             LEFT JOIN pg_catalog.pg_attribute a \
               ON a.attrelid = c.oid AND a.attnum = part.attnum AND part.attnum <> 0";
        for row in self.rows(columns, from, "i.relname, part.position").await? {
            let index = Index {
                is_null_equal: flag(&row, "is_null_equal")?,
                predicate: get(&row, "predicate")?,
                ..Index::read(&row, DbBackend::Postgres)?
            };
            catalogue.add_part(&row, index, get(&row, "expression")?)?;
        }
        Ok(())
    }

    async fn read_foreign_keys(&self, catalogue: &mut Catalogue) -> Result<(), SoftDeleteError> {
        let columns = "k.conname::text AS name, k.confdeltype::text AS on_delete, \
             k.confupdtype::text AS on_update, pg_catalog.pg_get_constraintdef(k.oid) AS definition, \
             pn.nspname::text AS parent_schema, p.relname::text AS parent_name, \
             pg_catalog.pg_table_is_visible(p.oid)::int::bigint AS parent_is_visible, \
             pair.position, a.attname::text AS child_column, pa.attname::text AS parent_column";
        let from = "JOIN pg_catalog.pg_constraint k \
               ON k.conrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0 \
             JOIN pg_catalog.pg_class p ON p.oid = k.confrelid \
             JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace \
             CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY \
               AS pair (child, parent, position) \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = pair.child \
             JOIN pg_catalog.pg_attribute pa ON pa.attrelid = p.oid AND pa.attnum = pair.parent";
        for row in self.rows(columns, from, "k.conname, pair.position").await? {
            catalogue.add_pair(&row)?;
        }
        Ok(())
    }

    /// Queries for the place of a table `c` and these columns, table by table.
    async fn rows(
        &self,
        columns: &str,
        joins: &str,
        order: &str,
    ) -> Result<Vec<QueryResult>, SoftDeleteError> {
        let sql = format!(
            "SELECT n.nspname::text AS table_schema, c.relname::text AS table_name, \
                    pg_catalog.pg_table_is_visible(c.oid)::int::bigint AS table_is_visible, {columns} \
             FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace {joins} \
             WHERE c.relkind IN ('r', 'p') \
               AND (pg_catalog.pg_table_is_visible(c.oid) \
                    OR n.nspname::text = ANY ($1::text::text[])) \
               AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
             ORDER BY n.nspname, c.relname, {order}"
        );
        // Bound as the text of an array, since a program may not enable SeaORM's arrays.
        let schemas = self.schemas.iter().map(|schema| {
            let schema = kept(schema, DbBackend::Postgres);
            format!("\"{}\"", schema.replace('\\', "\\\\").replace('"', "\\\""))
        });
        let schemas = format!("{{{}}}", schemas.collect::<Vec<_>>().join(","));
        rows(&sql, vec![schemas.into()], self.db).await
    }
}
