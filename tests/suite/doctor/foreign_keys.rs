//! Foreign keys that remove rows, foreign keys without a declared relation, and missing foreign keys.

use sea_orm::ConnectionTrait;
use sea_orm_soft_delete::doctor::{Doctor, FindingCode, Severity};

use super::cabinet::{LAMP, examine as examine_alone, lamp};
use super::library::{examine, library, remark};
use super::{mend, nothing, only, run, the};
use crate::harness::{Server, TestDb, on_every_database};

async fn lamp_of_a_house(db: &TestDb, rule: &str) {
    let house = "CREATE TABLE house (id {id})";
    let lamp = LAMP.replace("is_deleted", "house_id {int} DEFAULT 1, is_deleted");
    let reference = format!(
        "DEFAULT FALSE, CONSTRAINT lamp_house FOREIGN KEY (house_id) REFERENCES house (id) \
         ON UPDATE CASCADE ON DELETE {rule})"
    );
    run(db, [house, &lamp.replace("DEFAULT FALSE)", &reference)]).await;
}

on_every_database! {
    async fn a_foreign_key_that_destroys_rows(db: &TestDb) {
        lamp_of_a_house(db, "CASCADE").await;
        let finding = only(
            &examine_alone(db, lamp::Entity).await,
            Severity::Error,
            FindingCode::ForeignKeyDestroys,
            "doctor_lamp",
            &["`house_id`", "`house`", "ON DELETE CASCADE"],
        );
        if db.server() == Server::Sqlite {
            assert!(finding.remedy.advice.contains("make the table anew"));
            return Ok(());
        }
        assert!(finding.message.contains("`lamp_house`"), "{finding}");
        assert!(finding.remedy.statements.iter().any(|sql| sql.contains("ON UPDATE CASCADE")));
        mend(db, &finding).await;
        nothing(&examine_alone(db, lamp::Entity).await.allowing(FindingCode::TrashHoldsParent));
        run(db, [
            "INSERT INTO house (id) VALUES (7)",
            "INSERT INTO doctor_lamp (label, house_id) VALUES ('a', 7)",
            "UPDATE house SET id = 8",
        ])
        .await;
        assert!(db.execute_unprepared("DELETE FROM house").await.is_err());
    }

    async fn a_foreign_key_that_unlinks_rows(db: &TestDb) {
        lamp_of_a_house(db, "SET NULL").await;
        let finding = only(
            &examine_alone(db, lamp::Entity).await,
            Severity::Warning,
            FindingCode::ForeignKeyUnlinks,
            "doctor_lamp",
            &["`house_id`", "ON DELETE SET NULL"],
        );
        if db.server() != Server::Sqlite {
            mend(db, &finding).await;
            nothing(&examine_alone(db, lamp::Entity).await.allowing(FindingCode::TrashHoldsParent));
        }
    }

    async fn a_foreign_key_that_refuses_is_fine(db: &TestDb) {
        lamp_of_a_house(db, "RESTRICT").await;
        let diagnosis = examine_alone(db, lamp::Entity).await;
        diagnosis.assert_healthy();
        // But the foreign key keeps a house from being removed while a trashed lamp refers to it.
        only(
            &diagnosis,
            Severity::Note,
            FindingCode::TrashHoldsParent,
            "doctor_lamp",
            &["`house_id`", "`house`"],
        );
        run(db, [
            "INSERT INTO house (id) VALUES (7)",
            "INSERT INTO doctor_lamp (label, house_id, is_deleted) VALUES ('a', 7, TRUE)",
        ])
        .await;
        assert!(db.execute_unprepared("DELETE FROM house").await.is_err());
        lamp::Entity::force_delete_many().exec(&**db).await?;
        run(db, ["DELETE FROM house"]).await;
    }

    async fn a_foreign_key_without_a_declared_policy(db: &TestDb) {
        library(db).await;
        run(db, ["CREATE TABLE doctor_remark (id {id}, shelf_id {int} NOT NULL, deleted_at {zoned} NULL, \
             FOREIGN KEY (shelf_id) REFERENCES doctor_shelf (id))"]).await;
        let diagnosis = examine(&**db).await;
        let finding = only(
            &diagnosis,
            Severity::Warning,
            FindingCode::RelationUndeclared,
            "doctor_shelf",
            &["`doctor_remark`", "`shelf_id`"],
        );
        assert!(finding.remedy.advice.contains("`crate::doctor::library::remark::Entity`: `cascade`"), "{finding}");
        assert_eq!(
            finding.remedy.declaration.as_deref(),
            Some("#[soft_delete(keep(crate::doctor::library::remark::Entity))]")
        );
        // SeaORM may know the relation from the child only, or not at all.
        assert!(
            finding.remedy.advice.ends_with(
                "`on Relation::…`; if only the other has it, `on crate::doctor::library::remark::Relation::…`; if neither \
                 has, `on RelationDef::from(crate::doctor::library::remark::Entity::belongs_to(Entity)\
                 .from(crate::doctor::library::remark::Column::ShelfId).to(Column::Id))`"
            ),
            "{finding}"
        );
        // The shelf has to declare the policy, so the doctor finds nothing for the remark.
        nothing(&Doctor::new().of(remark::Entity).examine(&**db).await?);
    }

    async fn a_policy_that_needs_an_operation_column_first(db: &TestDb) {
        run(db, [LAMP, "CREATE TABLE doctor_bulb (id {id}, lamp_id {int} NOT NULL, \
             FOREIGN KEY (lamp_id) REFERENCES doctor_lamp (id))"]).await;
        let diagnosis = Doctor::new().of(lamp::Entity).examine(&**db).await?;
        let finding = the(&diagnosis, FindingCode::RelationUndeclared);
        assert!(
            finding.remedy.advice.contains(
                "Before any other than `keep`, add `#[soft_delete(operation)] pub operation_id: Option<Uuid>` to `doctor_lamp`"
            ),
            "{finding}"
        );
        // The marker of a shelf holds the instant, and it has the column too.
        library(db).await;
        run(db, ["CREATE TABLE receipt (id {id}, shelf_id {int}, FOREIGN KEY (shelf_id) REFERENCES doctor_shelf (id))"]).await;
        let diagnosis = examine(&**db).await;
        let finding = the(&diagnosis, FindingCode::RelationUndeclared);
        assert!(!finding.remedy.advice.contains("operation_id"), "{finding}");
    }

    async fn undeclared_relation_from_plain_table_is_a_note(db: &TestDb) {
        library(db).await;
        run(db, ["CREATE TABLE receipt (id {id}, shelf_id {int}, FOREIGN KEY (shelf_id) REFERENCES doctor_shelf (id))"]).await;
        let diagnosis = examine(&**db).await;
        let finding = only(
            &diagnosis,
            Severity::Note,
            FindingCode::RelationUndeclared,
            "doctor_shelf",
            &["`receipt`", "`shelf_id`"],
        );
        diagnosis.assert_healthy();
        // The doctor does not know the path of the table's entity, or whether the table has one.
        assert!(finding.remedy.advice.contains("the entity of `receipt`, by its path: `destroy`"), "{finding}");
        assert_eq!(finding.remedy.call, None);
        run(db, ["DROP TABLE receipt"]).await;
        // A foreign key with an action of the database gives another finding.
        run(db, ["CREATE TABLE receipt (id {id}, shelf_id {int}, FOREIGN KEY (shelf_id) \
             REFERENCES doctor_shelf (id) ON DELETE CASCADE)"]).await;
        only(
            &examine(&**db).await,
            Severity::Warning,
            FindingCode::RelationUndeclared,
            "doctor_shelf",
            &["`receipt`", "ON DELETE CASCADE"],
        );
    }

    async fn another_foreign_key_of_the_same_table_is_another_relation(db: &TestDb) {
        library(db).await;
        // Books already have a foreign key to shelves; this is a second one.
        run(db, [match db.server() {
            Server::Sqlite => "ALTER TABLE doctor_book ADD COLUMN second_id {int} REFERENCES doctor_shelf (id)",
            _ => "ALTER TABLE doctor_book ADD COLUMN second_id {int}, \
                  ADD FOREIGN KEY (second_id) REFERENCES doctor_shelf (id)",
        }])
        .await;
        only(
            &examine(&**db).await,
            Severity::Warning,
            FindingCode::RelationUndeclared,
            "doctor_shelf",
            &["`doctor_book`", "`second_id`"],
        );
    }

    async fn a_relation_without_a_foreign_key(db: &TestDb) {
        library(db).await;
        run(db, [
            "DROP TABLE doctor_page",
            "CREATE TABLE doctor_page (id {id}, book_id {int} NOT NULL)",
            "CREATE INDEX doctor_page_book ON doctor_page (book_id)",
        ])
        .await;
        let diagnosis = examine(&**db).await;
        let finding = only(
            &diagnosis,
            Severity::Note,
            FindingCode::ForeignKeyMissing,
            "doctor_page",
            &["`book_id`", "`doctor_book`"],
        );
        diagnosis.assert_healthy();
        if db.server() != Server::Sqlite {
            mend(db, &finding).await;
            nothing(&examine(&**db).await);
        }
    }

    async fn the_foreign_keys_of_a_family_that_removes_physically(db: &TestDb) {
        library(db).await;
        run(db, [
            "DROP TABLE doctor_book_tag",
            "CREATE TABLE doctor_book_tag (book_id {int} NOT NULL, tag {int} NOT NULL, \
             is_deleted boolean NOT NULL DEFAULT FALSE, operation_id {uuid} NULL, \
             PRIMARY KEY (book_id, tag), \
             FOREIGN KEY (book_id) REFERENCES doctor_book (id) ON DELETE CASCADE)",
        ])
        .await;
        // A force delete of a book removes its links in any case.
        let finding = the(&examine(&**db).await, FindingCode::ForeignKeyDestroys);
        assert_eq!((finding.severity, finding.entity.as_str()), (Severity::Note, "doctor_book_tag"));
        if db.server() != Server::Sqlite {
            mend(db, &finding).await;
            nothing(&examine(&**db).await);
        }
    }

    async fn a_foreign_key_that_removes_rows_without_a_declared_cascade(db: &TestDb) {
        library(db).await;
        run(db, ["CREATE TABLE doctor_remark (id {id}, shelf_id {int} NOT NULL, deleted_at {zoned} NULL, \
             FOREIGN KEY (shelf_id) REFERENCES doctor_shelf (id) ON DELETE CASCADE)"]).await;
        only(
            &Doctor::new().of(remark::Entity).examine(&**db).await?,
            Severity::Warning,
            FindingCode::ForeignKeyDestroys,
            "doctor_remark",
            &["`doctor_shelf` is force-deleted"],
        );
    }
}
