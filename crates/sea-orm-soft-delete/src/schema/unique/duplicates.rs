//! Rows that share the values of a unique index.

use sea_orm::{ConnectionTrait, DbBackend};

use super::UniqueAmongLive;
use crate::error::SoftDeleteError;
use crate::report::Duplicate;
use crate::schema::catalogue::{get, rows};

impl UniqueAmongLive {
    pub(super) fn refuse_duplicates(
        &self,
        duplicates: Vec<Duplicate>,
        among: &'static str,
    ) -> Result<(), SoftDeleteError> {
        if duplicates.is_empty() {
            return Ok(());
        }
        let columns = self.columns.iter().chain(&self.expressions).cloned();
        Err(SoftDeleteError::Duplicates {
            entity: self.schema.name(),
            columns: columns.collect(),
            among,
            duplicates,
        })
    }

    pub(super) async fn duplicates_where<C: ConnectionTrait>(
        &self,
        condition: &str,
        db: &C,
    ) -> Result<Vec<Duplicate>, SoftDeleteError> {
        let backend = db.get_database_backend();
        let parts = self.parts(backend);
        let names: Vec<String> = (0..parts.len()).map(|at| format!("part_{at}")).collect();
        // A subquery names the parts first: under ONLY_FULL_GROUP_BY, MySQL does not recognise an
        // expression repeated within another.
        let named = parts
            .iter()
            .zip(&names)
            .map(|(part, name)| format!("{part} AS {name}"));
        let spelt = names.iter().map(|name| match backend {
            // The bytes of a BLOB, such as an id, may not be valid text.
            DbBackend::Sqlite => format!(
                "CASE typeof({name}) WHEN 'blob' THEN hex({name}) ELSE CAST({name} AS TEXT) END \
                     AS spelt_{name}"
            ),
            DbBackend::MySql => format!("CAST({name} AS CHAR) AS spelt_{name}"),
            _ => format!("CAST({name} AS TEXT) AS spelt_{name}"),
        });
        let not_null = names.iter().map(|name| format!("{name} IS NOT NULL"));
        let sql = format!(
            "SELECT {}, COUNT(*) AS duplicates FROM (SELECT {} FROM {} WHERE {condition}) AS parts \
             WHERE {} GROUP BY {} HAVING COUNT(*) > 1 ORDER BY COUNT(*) DESC, {} LIMIT 10",
            spelt.collect::<Vec<_>>().join(", "),
            named.collect::<Vec<_>>().join(", "),
            self.schema.path(backend),
            not_null.collect::<Vec<_>>().join(" AND "),
            names.join(", "),
            names.join(", "),
        );
        let mut duplicates = Vec::new();
        for row in rows(&sql, Vec::new(), db).await? {
            let values = names.iter().map(|name| get(&row, &format!("spelt_{name}")));
            let count: i64 = get(&row, "duplicates")?;
            duplicates.push(Duplicate {
                values: values.collect::<Result<_, _>>()?,
                rows: count.unsigned_abs(),
            });
        }
        Ok(duplicates)
    }
}
