//! Permissions: a user who may delete the root of a family may delete the whole family.

use sea_orm::prelude::*;
use sea_orm::rbac::{RbacContext, RbacUserId, schema};
use sea_orm::{RestrictedConnection, TransactionTrait};
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::notebooks::*;
use super::rows::{refusal, run};
use super::staff::employee;
use crate::harness::{TestDb, on_every_database};

const READER: RbacUserId = RbacUserId(1);
/// This user may only delete notebooks and employees.
const CLEANER: RbacUserId = RbacUserId(2);
/// This user may only update them, which is what the verbs do.
const EDITOR: RbacUserId = RbacUserId(3);
/// This user may select and delete them.
const KEEPER: RbacUserId = RbacUserId(4);

async fn restricted(db: &TestDb, user: RbacUserId) -> Result<RestrictedConnection, DbErr> {
    two_notebooks(db).await;
    db.create_table(employee::Entity).await;
    run(
        db,
        &["INSERT INTO family_employee (id, manager_id) VALUES (1, NULL), (2, 1), (3, 2)"],
    )
    .await;
    schema::create_tables(&**db, Default::default()).await?;
    let mut rbac = RbacContext::load(&**db).await?;
    let roots = ["family_notebook", "family_employee"];
    rbac.add_tables(&**db, &["family_folder"]).await?;
    rbac.add_tables(&**db, &roots).await?;
    rbac.add_crud_permissions(&**db).await?;
    rbac.add_roles(&**db, &["reader", "cleaner", "editor", "keeper"])
        .await?;
    rbac.add_role_permissions(&**db, "reader", &["select"], &roots)
        .await?;
    rbac.add_role_permissions(&**db, "cleaner", &["delete"], &roots)
        .await?;
    rbac.add_role_permissions(&**db, "editor", &["update"], &roots)
        .await?;
    rbac.add_role_permissions(&**db, "keeper", &["select", "delete"], &roots)
        .await?;
    let users = [
        (READER.0, "reader"),
        (CLEANER.0, "cleaner"),
        (EDITOR.0, "editor"),
        (KEEPER.0, "keeper"),
    ];
    rbac.assign_user_role(&**db, &users).await?;
    db.load_rbac().await?;
    db.restricted_for(user)
}

#[track_caller]
fn is_denied(refused: SoftDeleteError) {
    let SoftDeleteError::Db(DbErr::AccessDenied { .. }) = &refused else {
        panic!("{refused}");
    };
}

on_every_database! {
    async fn a_plain_delete_needs_only_the_permission_to_delete_the_root(db: &TestDb) {
        let scoped = restricted(db, CLEANER).await?.scoped();
        <notebook::Entity as EntityTrait>::delete_by_id(1).exec(&scoped).await?;
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
        let txn = scoped.begin().await?;
        <employee::Entity as EntityTrait>::delete_by_id(1).exec(&txn).await?;
        txn.commit().await?;
        assert_eq!(employee::Entity::find().count(&**db).await?, 0);
        is_denied(refusal(<folder::Entity as EntityTrait>::delete_many().exec(&scoped).await));
    }

    async fn the_verbs_need_only_the_permission_to_update_the_root(db: &TestDb) {
        let restricted = restricted(db, EDITOR).await?;
        notebook::Entity::delete_by_id(1).exec(&restricted).await?;
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
        let scoped = restricted.scoped();
        notebook::Entity::delete_by_id(2).exec(&scoped).await?;
        employee::Entity::delete_by_id(2).exec(&scoped).await?;
        assert_eq!(live(db).await, [0; 6]);
        assert_eq!(employee::Entity::find().count(&**db).await?, 1);
        is_denied(refusal(folder::Entity::delete_many().exec(&scoped).await));
    }

    async fn a_preview_reads_without_the_catalogue_and_a_force_delete_is_confirmed(db: &TestDb) {
        let restricted = restricted(db, KEEPER).await?;
        let delete = notebook::Entity::force_delete_by_id(1);
        let preview = delete.preview(&restricted).await?;
        assert_eq!(preview, delete.preview(&**db).await?);
        delete.confirm(&preview, &restricted).await?;
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
    }

    async fn a_user_who_may_not_delete_the_root_deletes_nothing(db: &TestDb) {
        let restricted = restricted(db, READER).await?;
        is_denied(refusal(notebook::Entity::delete_by_id(1).exec(&restricted).await));
        let scoped = restricted.scoped();
        let plain = <notebook::Entity as EntityTrait>::delete_by_id(1);
        is_denied(refusal(plain.exec(&scoped).await));
        assert_eq!(live(db).await, ALL);
    }
}
