//! Several entities of one table: the relations that one entity declares hold for all of them.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, TransactionTrait};
use sea_orm_soft_delete::{Inserted, Operation, Scopable, SoftDeleteError};

use super::rows::{live, refusal};
use super::shelves::{book, label, labelled_shelf, shelf, shelves, slim_book, slim_shelf};
use crate::harness::on_every_database;

on_every_database! {
    async fn a_verb_of_an_entity_without_the_relations_of_its_table_is_refused(db: &TestDb) {
        shelves(db).await;
        shelf::Entity::delete_by_id(2).exec(&**db).await?;
        let one = slim_shelf::Entity::find_by_id(1).one(&**db).await?.unwrap();
        let two = slim_shelf::Entity::only_trashed().one(&**db).await?.unwrap();
        let txn = db.begin().await?;
        for refused in [
            refusal(slim_shelf::Entity::delete_by_id(1).exec(&txn).await),
            refusal(slim_shelf::Entity::delete_by_id(1).exec_with_returning(&txn).await),
            refusal(slim_shelf::Entity::delete_many().exec(&txn.scoped()).await),
            refusal(one.clone().delete(&txn).await),
            refusal(slim_shelf::Entity::restore_by_id(2).exec(&txn).await),
            refusal(slim_shelf::Entity::restore_many().exec(&txn).await),
            refusal(two.restore(&txn).await),
            refusal(slim_shelf::Entity::force_delete_by_id(1).exec(&txn).await),
            refusal(slim_shelf::Entity::force_delete_many().exec(&txn).await),
            refusal(one.force_delete(&txn).await),
        ] {
            let SoftDeleteError::FamilyNotDeclared { entity, undeclared, declared_by, .. } = &refused else {
                panic!("{refused}");
            };
            assert_eq!(entity, "two_shelf");
            assert!(undeclared.ends_with("slim_shelf::Entity"), "{undeclared}");
            assert!(declared_by.contains("shelf::Entity"), "{declared_by}");
        }
        txn.commit().await?;
        assert_eq!(live(db, "two_shelf").await, [1]);
        assert_eq!(live(db, "two_book").await, [1, 2]);
    }

    async fn the_relations_of_every_entity_of_a_table_are_trashed_and_restored(db: &TestDb) {
        shelves(db).await;
        labelled_shelf::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "two_book").await, [3]);
        assert_eq!(live(db, "two_label").await, [0; 0]);
        labelled_shelf::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "two_book").await, [1, 2, 3]);
        assert_eq!(live(db, "two_label").await, [1]);

        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "two_label").await, [0; 0]);
        labelled_shelf::Entity::force_delete_by_id(1).exec(&**db).await?;
        assert_eq!(book::Entity::with_trashed().count(&**db).await?, 1);
        assert_eq!(label::Entity::with_trashed().count(&**db).await?, 0);
    }

    async fn a_preview_counts_the_relations_of_every_entity_of_a_table(db: &TestDb) {
        shelves(db).await;
        let preview = slim_shelf::Entity::delete_by_id(1).preview(&**db).await?;
        assert_eq!(preview.count(), 4, "{preview}");
        // A confirmed verb takes a connection with transactions.
        slim_shelf::Entity::delete_by_id(1).confirm(&preview, &**db).await?;
        assert_eq!(live(db, "two_book").await, [3]);
        let preview = slim_shelf::Entity::restore_by_id(1).preview(&**db).await?;
        assert_eq!(preview.count(), 4, "{preview}");
        slim_shelf::Entity::restore_by_id(1).confirm(&preview, &**db).await?;
        assert_eq!(live(db, "two_book").await, [1, 2, 3]);
    }

    async fn an_insert_by_key_brings_back_or_removes_the_family_of_the_table(db: &TestDb) {
        shelves(db).await;
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        let new = slim_shelf::ActiveModel { id: Set(1), ..Default::default() };
        let revived = slim_shelf::Entity::insert_or_revive(new).exec(&**db).await?;
        assert!(matches!(revived, Inserted::Revived(_)), "{revived:?}");
        assert_eq!(live(db, "two_book").await, [1, 2, 3]);
        assert_eq!(live(db, "two_label").await, [1]);

        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        let new = shelf::ActiveModel { id: Set(1), name: Set("n".into()), ..Default::default() };
        shelf::Entity::insert_or_replace_trashed(new).exec(&**db).await?;
        assert_eq!(book::Entity::with_trashed().count(&**db).await?, 1);
        assert_eq!(label::Entity::with_trashed().count(&**db).await?, 0);
    }

    async fn a_delete_through_a_slim_model_is_an_operation_like_any_other(db: &TestDb) {
        shelves(db).await;
        slim_book::Entity::delete_many().filter(slim_book::Column::ShelfId.eq(1)).exec(&**db).await?;
        let trash = book::Entity::only_trashed().all(&**db).await?;
        assert!(trash[0].operation_id.is_some() && trash[0].operation_id == trash[1].operation_id, "{trash:?}");
        let operations = Operation::list().in_family_of(book::Entity).all(&**db).await?;
        assert_eq!(operations.iter().map(Operation::count).collect::<Vec<_>>(), [2]);

        slim_book::Entity::restore_by_id(1).exec(&**db).await?;
        let book = book::Entity::find_by_id(1).one(&**db).await?.unwrap();
        assert_eq!(book.operation_id, None);
        assert_eq!(operations[0].restore(&**db).await?, 1);
        assert_eq!(live(db, "two_book").await, [1, 2, 3]);
    }

    async fn a_slim_entity_makes_no_statement_about_its_table_ambiguous(db: &TestDb) {
        shelves(db).await;
        let scoped = db.scoped();
        scoped.execute_unprepared("DELETE FROM two_book WHERE id = 1").await?;
        let row = book::Entity::only_trashed().one(&**db).await?.unwrap();
        assert!(row.operation_id.is_some());
        assert_eq!(<slim_book::Entity as EntityTrait>::find().count(&scoped).await?, 2);
        scoped.execute_unprepared("DELETE FROM two_shelf WHERE id = 2").await?;
        assert_eq!(live(db, "two_book").await, [2]);
    }
}
