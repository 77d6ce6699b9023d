//! Texts that try to reach another tenant.

use sea_orm::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{DbBackend, Statement};
use sea_orm_soft_delete::SoftDeleteError;

use super::entities::{line, projects};
use crate::harness::on_every_database;

on_every_database! {
    async fn no_text_reaches_another_tenant(db: &TestDb) {
        let seven = projects(db).await?;
        let before = line::Entity::find().all(&**db).await?;
        let texts = [
            "SELECT * FROM tenant_line WHERE id = 2 OR 1 = 1",
            "SELECT * FROM tenant_line WHERE tenant_id = 8",
            "SELECT * FROM tenant_line WHERE 1 = 1 -- ",
            "SELECT * FROM tenant_line WHERE 1 = 1 /* ",
            "SELECT * FROM tenant_line -- /* soft_delete: with_trashed */",
            "/* soft_delete: with_trashed */ SELECT * FROM tenant_line",
            "/* soft_delete: lift(tenant) */ SELECT * FROM tenant_line",
            "/* soft_delete: across(tenant) */ SELECT * FROM tenant_line",
            "/* soft_delete: force_delete */ SELECT * FROM tenant_line",
            "SELECT * FROM tenant_line UNION SELECT * FROM tenant_line WHERE tenant_id = 8",
            "SELECT * FROM (SELECT * FROM tenant_line) AS tenant_line WHERE tenant_id = 8",
            "SELECT * FROM tenant_line AS a JOIN tenant_line AS b ON b.id = 2 OR a.id = b.id",
            "SELECT * FROM tenant_line a LEFT JOIN tenant_line b ON b.tenant_id = 8 WHERE b.id IS NOT NULL",
            "WITH tenant_lines AS (SELECT * FROM tenant_line) SELECT * FROM tenant_lines WHERE tenant_id = 8",
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM tenant_line WHERE tenant_id = 8) THEN 8 END AS tenant_id",
            "UPDATE tenant_line SET amount = 0 WHERE tenant_id = 8",
            "UPDATE tenant_line SET tenant_id = 8 WHERE id = 1",
            "UPDATE tenant_line SET tenant_id = 7 + 1 WHERE id = 1",
            "UPDATE tenant_line SET tenant_id = NULL",
            "UPDATE tenant_line SET amount = 1, tenant_id = (SELECT 8)",
            "DELETE FROM tenant_line WHERE tenant_id = 8 OR id = 3",
            "DELETE FROM tenant_line WHERE id = 2",
            "INSERT INTO tenant_line (id, tenant_id, amount) VALUES (9, 8, 1)",
            "INSERT INTO tenant_line (id, tenant_id, amount) VALUES (9, 7 + 1, 1)",
            "INSERT INTO tenant_line (id, tenant_id, amount) SELECT 9, 8, 1",
            "INSERT INTO tenant_line (id, TENANT_ID, amount) VALUES (9, 8, 1)",
            "INSERT INTO tenant_line VALUES (9, 8, 1)",
            "INSERT INTO tenant_line SELECT 9, 8, 1",
            "CREATE VIEW v AS SELECT * FROM tenant_line",
            "TRUNCATE TABLE tenant_line",
        ];
        for sql in texts {
            let statement = Statement::from_string(db.get_database_backend(), sql);
            let is_read = sql.contains("SELECT") && !sql.contains("INTO") && !sql.contains("UPDATE") && !sql.contains("VIEW");
            if is_read {
                // It is refused, or it is no SQL, or it finds nothing of the others.
                for row in seven.query_all_raw(statement).await.unwrap_or_default() {
                    let tenant: Option<i64> = row.try_get("", "tenant_id")?;
                    assert!(tenant.is_none_or(|tenant| tenant == 7) || row.column_names().len() == 1, "{sql}");
                    if row.column_names().len() == 1 {
                        assert_eq!(tenant, None, "{sql}");
                    }
                }
            } else {
                let _ = seven.execute_raw(statement).await;
                let _ = seven.execute_unprepared(sql).await;
            }
            let others = line::Entity::find().filter(line::Column::TenantId.ne(7).or(line::Column::TenantId.is_null()));
            let others = others.all(&**db).await?;
            assert_eq!(others, before[1..], "{sql}");
        }
    }

    async fn a_bound_value_reaches_no_other_tenant(db: &TestDb) {
        let seven = projects(db).await?;
        let backend = db.get_database_backend();
        let evil = ["8", "7 OR 1=1", "' OR ''='", "/* soft_delete: with_trashed */", "\\' OR 1=1 -- "];
        for text in evil {
            let sql = match backend {
                DbBackend::Postgres => "SELECT * FROM tenant_line WHERE CAST(amount AS TEXT) <> $1",
                DbBackend::MySql => "SELECT * FROM tenant_line WHERE CAST(amount AS CHAR) <> ?",
                _ => "SELECT * FROM tenant_line WHERE CAST(amount AS TEXT) <> ?",
            };
            let statement = Statement::from_sql_and_values(backend, sql, [text.into()]);
            let rows = seven.query_all_raw(statement).await?;
            assert_eq!(rows.len(), 1, "{text}");
        }
        let sql = match backend {
            DbBackend::Postgres => "UPDATE tenant_line SET tenant_id = $1, amount = $2",
            _ => "UPDATE tenant_line SET tenant_id = ?, amount = ?",
        };
        for (tenant, is_own) in [(7_i64, true), (8, false)] {
            let statement = Statement::from_sql_and_values(backend, sql, [tenant.into(), 1.into()]);
            let done = seven.execute_raw(statement).await;
            match done {
                Ok(done) => assert!(is_own && done.rows_affected() <= 1),
                Err(error) => {
                    let error = SoftDeleteError::from(error);
                    assert!(!is_own && matches!(error, SoftDeleteError::OutOfScope { .. }), "{error}");
                }
            }
        }
    }
}
