//! Permissions: a user who may delete the root of a family may delete the whole family.

use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::rbac::{RbacContext, RbacUserId, schema};
use sea_orm::{RestrictedConnection, TransactionTrait};
use sea_orm_soft_delete::builders::Operations;
use sea_orm_soft_delete::{Operation, Purge, Scopable, SoftDeleteError};

use super::notebooks::*;
use super::rows::{refusal, run};
use super::staff::employee;
use crate::harness::{TestDb, on_every_database};

/// This user may only read.
const READER: RbacUserId = RbacUserId(1);
/// This user may only delete notebooks and employees.
const CLEANER: RbacUserId = RbacUserId(2);
/// This user may only update them, which is what the verbs do.
const EDITOR: RbacUserId = RbacUserId(3);
/// This user may read the whole family, and delete notebooks and employees.
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
    let family = [
        "family_notebook",
        "family_folder",
        "family_note",
        "family_attachment",
        "family_note_tag",
        "family_tag",
        "family_employee",
    ];
    rbac.add_tables(&**db, &family).await?;
    rbac.add_crud_permissions(&**db).await?;
    rbac.add_roles(&**db, &["reader", "cleaner", "editor", "keeper"])
        .await?;
    for role in ["reader", "keeper"] {
        rbac.add_role_permissions(&**db, role, &["select"], &family)
            .await?;
    }
    rbac.add_role_permissions(&**db, "cleaner", &["delete"], &roots)
        .await?;
    rbac.add_role_permissions(&**db, "editor", &["update"], &roots)
        .await?;
    rbac.add_role_permissions(&**db, "keeper", &["delete"], &roots)
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

fn operations() -> Operations {
    Operation::list().in_family_of(notebook::Entity)
}

fn purge() -> Purge {
    let purge = Purge::of_all().in_family_of(notebook::Entity);
    purge.older_than(Duration::ZERO)
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

    async fn a_user_who_may_only_read_changes_no_trash(db: &TestDb) {
        let restricted = restricted(db, READER).await?;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let trashed = notebook::Entity::with_trashed().all(&**db).await?;
        let operation = operations().all(&restricted).await?.remove(0);
        for scoped in [false, true] {
            let refused = match scoped {
                false => [
                    refusal(operation.restore(&restricted).await),
                    refusal(operation.restore_with_ancestors(&restricted).await),
                    refusal(operation.force_delete(&restricted).await),
                    refusal(purge().run(&restricted).await),
                    refusal(purge().rows_per_transaction(1).run(&restricted).await),
                    refusal(notebook::Entity::restore_by_id(1).exec(&restricted).await),
                    refusal(notebook::Entity::force_delete_by_id(1).exec(&restricted).await),
                ],
                true => {
                    let scoped = restricted.clone().scoped();
                    [
                        refusal(operation.restore(&scoped).await),
                        refusal(operation.restore_with_ancestors(&scoped).await),
                        refusal(operation.force_delete(&scoped).await),
                        refusal(purge().run(&scoped).await),
                        refusal(purge().rows_per_transaction(1).run(&scoped).await),
                        refusal(notebook::Entity::restore_by_id(1).exec(&scoped).await),
                        refusal(notebook::Entity::force_delete_by_id(1).exec(&scoped).await),
                    ]
                }
            };
            refused.into_iter().for_each(is_denied);
        }
        assert_eq!(notebook::Entity::with_trashed().all(&**db).await?, trashed);
        assert_eq!(operations().all(&**db).await?, [operation]);
    }

    async fn a_user_who_may_delete_the_root_may_purge_the_family(db: &TestDb) {
        let restricted = restricted(db, KEEPER).await?;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let [operation] = &operations().all(&restricted).await?[..] else { panic!() };
        for rows in [2, 1_000] {
            let purge = purge().rows_per_transaction(rows);
            assert_eq!(purge.preview(&restricted).await?.rows(), operation.count());
            let txn = restricted.begin().await?;
            let report = purge.run(&txn).await?;
            assert_eq!((report.operations, report.rows()), (1, operation.count()), "{report}");
            txn.rollback().await?;
            let txn = restricted.clone().scoped().begin().await?;
            assert_eq!(purge.run(&txn).await?.rows(), operation.count());
            txn.rollback().await?;
        }
        assert_eq!(operation.force_delete(&restricted).await?, operation.count());
        // The permission to delete notebooks does not hold for what begins with a folder.
        folder::Entity::delete_by_id(4).exec(&**db).await?;
        is_denied(refusal(purge().run(&restricted).await));
        assert_eq!(operations().all(&restricted).await?.len(), 1);
        assert_eq!(live(db).await, [1, 0, 0, 0, 0, 0]);
    }
}
