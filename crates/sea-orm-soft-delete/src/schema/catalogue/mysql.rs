//! Reads the catalogue of MySQL and MariaDB from the information schema.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult};

use super::{Catalogue, Column, Index, Place, get, rows};
use crate::error::SoftDeleteError;
use crate::query::literal::literal;
use crate::schema::mysql_version::Version;

/// The place of a table. CAST, since MySQL returns these texts in several types, which drivers read
/// differently.
const PLACE: &str = "CAST(c.table_schema AS CHAR) AS table_schema, \
     CAST(c.table_name AS CHAR) AS table_name, c.table_schema = DATABASE() AS table_is_visible";

pub(super) async fn read<C: ConnectionTrait>(
    schemas: &[String],
    catalogue: &mut Catalogue,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let reader = Reader {
        schemas,
        version: Version::read(db).await?,
        db,
    };
    reader.read_columns(catalogue).await?;
    reader.read_indexes(catalogue).await?;
    reader.read_foreign_keys(catalogue).await
}

struct Reader<'a, C> {
    /// The schemas to read besides the connection's own.
    schemas: &'a [String],
    version: Version,
    db: &'a C,
}

impl<C: ConnectionTrait> Reader<'_, C> {
    async fn read_columns(&self, catalogue: &mut Catalogue) -> Result<(), SoftDeleteError> {
        let columns = "CAST(c.column_name AS CHAR) AS name, CAST(c.column_type AS CHAR) AS type, \
             CAST(c.is_nullable AS CHAR) AS nullable, CAST(c.column_default AS CHAR) AS dflt, \
             CAST(c.extra AS CHAR) AS extra, CAST(c.column_comment AS CHAR) AS comment, \
             CAST(c.generation_expression AS CHAR) AS expression, \
             CAST(CONCAT(c.column_type, COALESCE(CONCAT(' CHARACTER SET ', c.character_set_name, \
             ' COLLATE ', c.collation_name), '')) AS CHAR) AS declared";
        let from = "information_schema.columns c JOIN information_schema.tables t \
             ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
             AND t.table_type = 'BASE TABLE'";
        for row in self.rows(columns, from, "c.ordinal_position").await? {
            let table = catalogue.add(Place::read(&row, "table")?, None);
            let extra = get::<String>(&row, "extra")?.to_ascii_lowercase();
            let expression: Option<String> = get(&row, "expression")?;
            // MySQL reports `DEFAULT_GENERATED` for a default that is an expression.
            let is_generated =
                extra.contains("virtual generated") || extra.contains("stored generated");
            // MariaDB reports the text `NULL` for a column without a default.
            let default = get::<Option<String>>(&row, "dflt")?.filter(|default| default != "NULL");
            let is_expression = extra.contains("default_generated");
            let declared_default =
                default
                    .clone()
                    .map(|default| match (self.version.is_mariadb(), is_expression) {
                        (true, _) => default,
                        (false, true) => format!("({})", said(default, self.version)),
                        (false, false) if default.starts_with("b'") => default,
                        (false, false) => literal(default.into(), DbBackend::MySql),
                    });
            table.columns.push(Column {
                name: get(&row, "name")?,
                declared: get(&row, "declared")?,
                type_name: get::<String>(&row, "type")?.to_ascii_lowercase(),
                is_nullable: get::<String>(&row, "nullable")?.eq_ignore_ascii_case("YES"),
                default,
                declared_default,
                generated: is_generated.then(|| said(expression.unwrap_or_default(), self.version)),
                is_auto_increment: extra.contains("auto_increment"),
                is_written_on_update: extra.contains("on update"),
                is_collated_loosely: false,
                comment: Some(get(&row, "comment")?).filter(|comment: &String| !comment.is_empty()),
            });
        }
        Ok(())
    }

    async fn read_indexes(&self, catalogue: &mut Catalogue) -> Result<(), SoftDeleteError> {
        // MySQL has indexes over expressions since 8.0.13, and reports the expressions.
        let expression = match self.version.has_indexes_over_expressions() {
            true => "c.expression",
            false => "NULL",
        };
        let columns = format!(
            "CAST(c.index_name AS CHAR) AS name, CAST(c.non_unique = 0 AS SIGNED) AS is_unique, \
             CAST(c.index_name = 'PRIMARY' AS SIGNED) AS is_primary, 0 AS is_constraint, \
             CAST(c.column_name AS CHAR) AS part, \
             CAST(COALESCE(c.sub_part, '') AS CHAR) AS rule, \
             CAST({expression} AS CHAR) AS expression"
        );
        let from = "information_schema.statistics c";
        for row in self
            .rows(&columns, from, "c.index_name, c.seq_in_index")
            .await?
        {
            let expression: Option<String> = get(&row, "expression")?;
            let expression = expression.map(|expression| said(expression, self.version));
            catalogue.add_part(&row, Index::read(&row, DbBackend::MySql)?, expression)?;
        }
        Ok(())
    }

    async fn read_foreign_keys(&self, catalogue: &mut Catalogue) -> Result<(), SoftDeleteError> {
        let columns = "CAST(c.constraint_name AS CHAR) AS name, \
             CAST(c.column_name AS CHAR) AS child_column, \
             CAST(c.referenced_table_schema AS CHAR) AS parent_schema, \
             CAST(c.referenced_table_name AS CHAR) AS parent_name, \
             c.referenced_table_schema = DATABASE() AS parent_is_visible, \
             CAST(c.referenced_column_name AS CHAR) AS parent_column, \
             CAST(c.ordinal_position AS SIGNED) AS position, \
             CAST(r.delete_rule AS CHAR) AS on_delete, CAST(r.update_rule AS CHAR) AS on_update, \
             CAST(NULL AS CHAR) AS definition";
        let from = "information_schema.key_column_usage c \
             JOIN information_schema.referential_constraints r \
               ON r.constraint_schema = c.constraint_schema AND r.table_name = c.table_name \
              AND r.constraint_name = c.constraint_name \
              AND c.referenced_table_name IS NOT NULL";
        for row in self
            .rows(columns, from, "c.constraint_name, c.ordinal_position")
            .await?
        {
            catalogue.add_pair(&row)?;
        }
        Ok(())
    }

    /// Queries for the place of a table and these columns, table by table.
    async fn rows(
        &self,
        columns: &str,
        from: &str,
        order: &str,
    ) -> Result<Vec<QueryResult>, SoftDeleteError> {
        let further = ", ?".repeat(self.schemas.len());
        let sql = format!(
            "SELECT {PLACE}, {columns} FROM {from} WHERE c.table_schema IN (DATABASE(){further}) \
             ORDER BY c.table_schema, c.table_name, {order}"
        );
        let schemas = self.schemas.iter().map(Into::into);
        rows(&sql, schemas.collect(), self.db).await
    }
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
