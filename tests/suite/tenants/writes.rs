//! Writes on a connection within a tenant.

use sea_orm::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, DbBackend, IntoActiveModel, Statement};
use sea_orm_soft_delete::{Scopable, Scope, ScopedTable, SoftDeleteError};

use super::entities::{Published, Tenant, line, page, project, projects, task};
use crate::harness::on_every_database;

/// The lines of every tenant, as `(id, tenant, amount)`.
async fn lines(db: &DatabaseConnection) -> Result<Vec<(i32, Option<i64>, i32)>, DbErr> {
    use sea_orm::QueryOrder;
    let lines = line::Entity::find()
        .order_by_asc(line::Column::Id)
        .all(db)
        .await?;
    Ok(lines
        .iter()
        .map(|line| (line.id, line.tenant_id, line.amount))
        .collect())
}

fn line(id: i32) -> line::ActiveModel {
    line::ActiveModel {
        id: Set(id),
        amount: Set(1),
        ..Default::default()
    }
}

#[track_caller]
fn out_of_scope(error: impl Into<SoftDeleteError>) {
    let error = error.into();
    assert!(
        matches!(
            error,
            SoftDeleteError::OutOfScope {
                scope: "tenant",
                ..
            }
        ),
        "{error}"
    );
}

on_every_database! {
    async fn an_insert_gets_the_tenant(db: &TestDb) {
        let seven = projects(db).await?;
        let made = project::ActiveModel {
            name: Set("three".to_owned()),
            ..Default::default()
        };
        assert_eq!(made.insert(&seven).await?.tenant_id, 7);
        // Another tenant's name is free.
        let again = project::ActiveModel {
            name: Set("three".to_owned()),
            ..Default::default()
        };
        assert_eq!(again.insert(&seven.clone().within(Tenant, 8)).await?.tenant_id, 8);

        line::Entity::insert_many([line(11), line(12)]).exec(&seven).await?;
        let null = line::ActiveModel { tenant_id: Set(None), ..line(13) };
        line::Entity::insert(null).exec(&seven).await?;
        seven.execute_unprepared("INSERT INTO tenant_line (id, amount) VALUES (14, 1), (15, 1)").await?;
        seven.execute_unprepared("INSERT INTO tenant_line (id, amount) SELECT id + 15, amount FROM tenant_line WHERE id < 11").await?;
        let copied = "INSERT INTO tenant_line (id, tenant_id, amount) SELECT id + 20, tenant_id, 1 FROM tenant_task";
        seven.execute_unprepared(copied).await?;
        let written = lines(db).await?;
        let ids: Vec<i32> = written.iter().filter(|line| line.1 == Some(7)).map(|line| line.0).collect();
        assert_eq!(ids, [1, 11, 12, 13, 14, 15, 16, 21, 22, 23, 24]);
        assert_eq!(written.len(), 13);
    }

    async fn a_value_of_another_tenant_is_refused(db: &TestDb) {
        let seven = projects(db).await?;
        let before = lines(db).await?;
        let of = |tenant| line::ActiveModel { tenant_id: Set(Some(tenant)), ..line(11) };
        out_of_scope(line::Entity::insert(of(8)).exec(&seven).await.unwrap_err());
        out_of_scope(line::Entity::insert_many([of(7), of(8)]).exec(&seven).await.unwrap_err());
        let named = "INSERT INTO tenant_line (id, tenant_id, amount) VALUES (11, 8, 1)";
        out_of_scope(seven.execute_unprepared(named).await.unwrap_err());
        out_of_scope(seven.execute_unprepared("UPDATE tenant_line SET tenant_id = 8").await.unwrap_err());
        let mut moved = line::Entity::find_by_id(1).one(&seven).await?.unwrap().into_active_model();
        moved.tenant_id = Set(Some(8));
        out_of_scope(moved.clone().update(&seven).await.unwrap_err());
        moved.tenant_id = Set(None);
        out_of_scope(moved.clone().update(&seven).await.unwrap_err());
        // The tenant would become the amount, too.
        let backend = seven.get_database_backend();
        if let Some(placeholder) = match backend {
            DbBackend::Postgres => Some("$1"),
            DbBackend::Sqlite => Some("?1"),
            _ => None,
        } {
            let twice = format!(
                "INSERT INTO tenant_line (id, tenant_id, amount) VALUES (11, {placeholder}, {placeholder})"
            );
            let twice = Statement::from_sql_and_values(backend, twice, [None::<i64>.into()]);
            out_of_scope(seven.execute_raw(twice).await.unwrap_err());
        }
        assert_eq!(lines(db).await?, before);

        moved.tenant_id = Set(Some(7));
        moved.amount = Set(5);
        assert_eq!(moved.update(&seven).await?.amount, 5);
        line::Entity::insert(of(7)).exec(&seven).await?;
        let eight = seven.across(Tenant);
        let other = line::ActiveModel { id: Set(12), ..of(8) };
        line::Entity::insert(other).exec(&eight).await?;
        assert_eq!(lines(db).await?.len(), 5);
    }

    async fn an_update_or_delete_reaches_no_other_tenant(db: &TestDb) {
        let seven = projects(db).await?;
        let all = line::Entity::update_many().col_expr(line::Column::Amount, Expr::value(0));
        assert_eq!(all.exec(&seven).await?.rows_affected, 1);
        let other = line::ActiveModel { id: Set(2), amount: Set(0), ..Default::default() };
        assert!(matches!(other.update(&seven).await, Err(DbErr::RecordNotUpdated)));
        assert_eq!(line::Entity::delete_by_id(2).exec(&seven).await?.rows_affected, 0);
        assert_eq!(line::Entity::delete_many().exec(&seven).await?.rows_affected, 1);
        assert_eq!(lines(db).await?, [(2, Some(8), 20), (3, None, 30)]);
        assert_eq!(project::Entity::delete_by_id(3).exec(&seven).await?.rows_affected, 0);
        let renamed = "UPDATE tenant_task SET title = 'x' WHERE id IN (SELECT id FROM tenant_project) OR id > 4";
        let renamed = Statement::from_string(seven.get_database_backend(), renamed);
        assert_eq!(seven.execute_raw(renamed).await?.rows_affected(), 2);
    }

    async fn an_upsert_meets_the_rows_of_its_tenant_alone(db: &TestDb) {
        let seven = projects(db).await?;
        let named = |name: &str| project::ActiveModel {
            name: Set(name.to_owned()),
            ..Default::default()
        };
        if db.get_database_backend() == DbBackend::MySql {
            // A row of another tenant in the way stays as it is.
            let sql = "INSERT INTO tenant_line (id, amount) VALUES (1, 5), (2, 5) ON DUPLICATE KEY UPDATE amount = 6";
            seven.execute_unprepared(sql).await?;
            assert_eq!(lines(db).await?, [(1, Some(7), 6), (2, Some(8), 20), (3, None, 30)]);
            return Ok(());
        }
        let key = [project::Column::TenantId, project::Column::Name];
        let on_conflict = OnConflict::columns(key).update_column(project::Column::ArchivedAt).to_owned();
        // The schema of this test has a whole unique key, as the table of an application may have before its conversion.
        let done = <project::Entity as EntityTrait>::insert(named("one")).on_conflict(on_conflict).exec(&seven).await;
        assert!(done.is_err(), "the key is not among live rows alone");
        let by_id = OnConflict::column(line::Column::Id).update_column(line::Column::Amount).to_owned();
        let error = line::Entity::insert(line(2)).on_conflict(by_id).exec(&seven).await.unwrap_err();
        let error = SoftDeleteError::from(error).to_string();
        assert!(error.contains("`tenant_id` in its target"), "{error}");
        let nothing = OnConflict::new().do_nothing().to_owned();
        let nothing = line::Entity::insert(line(2)).on_conflict(nothing);
        let _ = nothing.exec_without_returning(&seven).await;
        assert_eq!(lines(db).await?.len(), 3);
        assert_eq!(task::Entity::find().count(&**db).await?, 7);
    }

    /// A condition hides the row that holds the key, and it is not trashed.
    async fn an_upsert_of_a_row_that_a_condition_hides(db: &TestDb) {
        let seven = projects(db).await?;
        db.create_table(page::Entity).await;
        let draft = page::ActiveModel { id: Set(1), state: Set("draft".to_owned()) };
        page::Entity::insert(draft.clone()).exec_without_returning(&**db).await?;
        let by_id = OnConflict::column(page::Column::Id).update_column(page::Column::State).to_owned();
        let upsert = || page::Entity::insert(draft.clone()).on_conflict(by_id.clone());
        let of_current = "INSERT INTO tenant_project (tenant_id, name) VALUES (7, 'two') \
             ON CONFLICT (tenant_id, name) DO UPDATE SET archived_at = NULL";
        let archived = "UPDATE tenant_project SET archived_at = '2024-02-03 04:05:06' WHERE name = 'two'";
        if db.get_database_backend() == DbBackend::MySql {
            // It counts a row that the upsert found and did not change.
            assert_eq!(upsert().exec_without_returning(&seven).await?, 1);
            return Ok(());
        }
        let hides = |error: DbErr, table: &str, hiding: &[&str], trash: bool| {
            let text = error.to_string();
            match SoftDeleteError::from(error) {
                SoftDeleteError::UpsertOfHidden { entity, scopes, may_be_trashed, .. } => {
                    assert_eq!((entity.as_str(), scopes.as_slice(), may_be_trashed), (table, hiding, trash));
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(text.contains("trashed"), trash, "{text}");
            assert_eq!(text.contains("insert_or_revive"), trash, "{text}");
        };
        hides(upsert().exec_without_returning(&seven).await.unwrap_err(), "tenant_page", &["published"], false);
        hides(upsert().exec(&seven).await.unwrap_err(), "tenant_page", &["published"], false);
        assert_eq!(upsert().exec_without_returning(&seven.lift(Published)).await?, 1);

        // It counts trashed rows, as a key does before its conversion.
        db.execute_unprepared("CREATE UNIQUE INDEX of_name ON tenant_project (tenant_id, name)").await?;
        db.execute_unprepared(archived).await?;
        hides(seven.execute_unprepared(of_current).await.unwrap_err(), "tenant_project", &["current"], true);
        let lifting = of_current.replace("INSERT", "INSERT /* soft_delete: lift(current) */");
        assert_eq!(seven.execute_unprepared(&lifting).await?.rows_affected(), 1);
        db.execute_unprepared("UPDATE tenant_project SET deleted_at = '2024-02-03 04:05:06' WHERE name = 'two'").await?;
        let error = seven.execute_unprepared(&lifting).await.unwrap_err();
        let error = SoftDeleteError::from(error);
        assert!(matches!(error, SoftDeleteError::UpsertOfTrashed { .. }), "{error:?}");
    }

    /// The rows of a required scope are never hidden from an upsert that names its column.
    async fn an_upsert_that_a_trigger_leaves_out_is_not_of_hidden_rows(db: &TestDb) {
        let trigger: &[&str] = match db.get_database_backend() {
            DbBackend::MySql => return Ok(()), // It tells nothing of rows that it did not write.
            DbBackend::Postgres => &[
                "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
                "CREATE TRIGGER skip BEFORE INSERT ON tenant_ledger FOR EACH ROW EXECUTE FUNCTION skip()",
            ],
            _ => &["CREATE TRIGGER skip BEFORE INSERT ON tenant_ledger BEGIN SELECT RAISE(IGNORE); END"],
        };
        db.execute_unprepared("CREATE TABLE tenant_ledger (tenant_id bigint, no integer, UNIQUE (tenant_id, no))").await?;
        for sql in trigger {
            db.execute_unprepared(sql).await?;
        }
        let ledger = ScopedTable::without_trash("tenant_ledger").required(Tenant, "tenant_id");
        let seven = db.scoped_with(&Scope::builder().table(ledger).build()).within(Tenant, 7);
        let upsert = "INSERT INTO tenant_ledger (no) VALUES (1) ON CONFLICT (tenant_id, no) DO UPDATE SET no = 1";
        assert_eq!(seven.execute_unprepared(upsert).await?.rows_affected(), 0);
    }
}
