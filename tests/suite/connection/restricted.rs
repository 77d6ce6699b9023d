//! A restricted connection inside a scoped connection: permissions are checked on the statement before the
//! rewrite.

use sea_orm::prelude::*;
use sea_orm::rbac::{RbacContext, RbacUserId, schema};
use sea_orm::{ActiveValue::Set, DbErr, RestrictedConnection, Statement, TransactionTrait};
use sea_orm_soft_delete::{Scopable, Scope};

use super::tag;
use crate::entities::{ids, note, one_trashed_one_live, row};
use crate::harness::{TestDb, on_every_database};
use crate::tenants::entities::Tenant;

/// Two roles: a reader may select, a cleaner may select and delete. Neither may update.
pub(super) const READER: RbacUserId = RbacUserId(1);
pub(super) const CLEANER: RbacUserId = RbacUserId(2);

/// Creates the notes, and a connection that is restricted for this user.
pub(super) async fn restricted(
    db: &TestDb,
    user: RbacUserId,
) -> Result<RestrictedConnection, DbErr> {
    one_trashed_one_live(db).await;
    db.create_table(tag::Entity).await;
    schema::create_tables(&**db, Default::default()).await?;
    let mut rbac = RbacContext::load(&**db).await?;
    rbac.add_tables(&**db, &["note", "*"]).await?;
    rbac.add_crud_permissions(&**db).await?;
    rbac.add_roles(&**db, &["reader", "cleaner"]).await?;
    rbac.add_role_permissions(&**db, "reader", &["select"], &["*"])
        .await?;
    rbac.add_role_permissions(&**db, "cleaner", &["select", "delete"], &["note"])
        .await?;
    let users = [(READER.0, "reader"), (CLEANER.0, "cleaner")];
    rbac.assign_user_role(&**db, &users).await?;
    db.load_rbac().await?;
    db.restricted_for(user)
}

fn is_denied<T>(outcome: Result<T, DbErr>) -> bool {
    matches!(outcome, Err(DbErr::AccessDenied { .. }))
}

on_every_database! {
    async fn a_reader_may_only_read(db: &TestDb) {
        let restricted = restricted(db, READER).await?.scoped();
        assert_eq!(ids(&note::Entity::find().all(&restricted).await?), [2]);
        assert_eq!(ids(&note::Entity::with_trashed().all(&restricted).await?).len(), 2);
        let update = <note::Entity as EntityTrait>::update_many()
            .col_expr(note::Column::Views, 9.into());
        assert!(is_denied(update.exec(&restricted).await));
        let delete = <note::Entity as EntityTrait>::delete_many();
        assert!(is_denied(delete.exec(&restricted).await));
        let insert = note::ActiveModel { slug: Set("new".to_owned()), ..Default::default() };
        assert!(is_denied(note::Entity::insert(insert).exec(&restricted).await));
        assert_eq!(row(db, 2).await.unwrap().views, 2);
    }

    async fn a_transaction_of_a_restricted_connection_is_restricted(db: &TestDb) {
        let restricted = restricted(db, READER).await?.scoped();
        let txn = restricted.begin().await?;
        assert_eq!(ids(&note::Entity::find().all(&txn).await?), [2]);
        let nested = txn.begin().await?;
        let delete = <note::Entity as EntityTrait>::delete_many();
        assert!(is_denied(delete.exec(&nested).await));
        nested.rollback().await?;
        txn.commit().await?;
        let plain = restricted.unscoped().begin().await?;
        assert_eq!(ids(&note::Entity::find().all(&plain.scoped()).await?), [2]);
        plain.rollback().await?;
    }

    async fn a_lifted_handle_is_restricted_too(db: &TestDb) {
        let restricted = restricted(db, READER).await?.scoped();
        let lifted = restricted.with_trashed();
        assert_eq!(ids(&note::Entity::with_trashed().all(&lifted).await?).len(), 2);
        let delete = <note::Entity as EntityTrait>::delete_many();
        assert!(is_denied(delete.exec(&lifted).await));
    }

    // On PostgreSQL it sends settings too.
    async fn a_restricted_connection_gives_its_values_to_policies(db: &TestDb) {
        let scope = Scope::builder().row_level_security().build();
        let restricted = restricted(db, CLEANER).await?;
        let seven = restricted.scoped_with(&scope).within(Tenant, 7);
        assert_eq!(ids(&note::Entity::find().all(&seven).await?), [2]);
        let delete = <note::Entity as EntityTrait>::delete_many();
        assert_eq!(delete.exec(&seven).await?.rows_affected, 1);
        let txn = seven.begin().await?;
        assert_eq!(note::Entity::with_trashed().count(&txn).await?, 2);
        txn.commit().await?;
    }

    async fn raw_sql_stays_refused(db: &TestDb) {
        let restricted = restricted(db, READER).await?.scoped();
        let raw = || Statement::from_string(db.get_database_backend(), "SELECT 1");
        let is_refused = |error: DbErr| assert!(matches!(error, DbErr::RbacError(_)), "{error}");
        is_refused(restricted.execute_raw(raw()).await.unwrap_err());
        is_refused(restricted.query_one_raw(raw()).await.unwrap_err());
        is_refused(restricted.query_all_raw(raw()).await.unwrap_err());
        is_refused(restricted.execute_unprepared("SELECT 1").await.unwrap_err());
    }
}
