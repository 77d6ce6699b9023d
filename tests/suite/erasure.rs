//! Erasures: what they overwrite, remove and keep, what stops them, and their receipts.

pub(crate) mod people;
mod shop;

use std::sync::{Arc, Mutex};

use sea_orm::prelude::*;
use sea_orm::rbac::{RbacContext, RbacUserId, schema};
use sea_orm::sea_query::ValueTuple;
use sea_orm::{ConnectionTrait, DatabaseConnection, Set};
use sea_orm_soft_delete::doctor::{Doctor, FindingCode};
use sea_orm_soft_delete::erased::{ErasurePreview, ErasureReceipt};
use sea_orm_soft_delete::{
    Clock, Erasure, Operation, Scopable, SoftDeleteError, Timestamp, deletion_log,
};

use self::people::{
    Rows, attachment, comment, create, draft, mention, note, run, two_users, user, vote,
};
use self::shop::{customer, misled, order, parcel, wrong};
use crate::harness::sqlite_file::SqliteFile;
use crate::harness::{Server, TestDb, on_databases, on_every_database, on_every_server};
use crate::watched::{Crash, Watched};

const KEY: &[u8] = b"a secret of the receipts";

fn erasure() -> Erasure {
    Erasure::of(user::Entity, 1)
}

async fn erase(db: &DatabaseConnection) -> Result<ErasureReceipt, SoftDeleteError> {
    let preview = erasure().preview(db).await?;
    erasure().confirm(&preview, KEY, db).await
}

/// Checks that nothing about user 1 is left, and that what is about others is as before.
async fn check_erased(db: &TestDb, before: &Rows) -> Result<(), SoftDeleteError> {
    let rows = Rows::of(db).await?;
    assert_eq!(rows.count("planted"), 0, "{rows:#?}");
    // Comment 1 of user 2 is on an attachment of user 1.
    assert_eq!(rows.count("other"), before.count("other") - 1, "{rows:#?}");
    Ok(())
}

const PREVIEW: &str = "\
erasure of `erase_user` id = 1
  erase_user: 1 live row, overwrites email, phone, nickname, born, is_public, reason
";

on_every_database! {
    async fn an_erasure_overwrites_and_removes_live_and_trashed_rows_and_leaves_those_of_others(db: &TestDb) {
        two_users(db).await?;
        let before = Rows::of(db).await?;
        assert_eq!(before.count("planted"), 19);
        let receipt = erase(db).await?;
        check_erased(db, &before).await?;
        let user = user::Entity::find_by_id(1).one(&**db).await?.unwrap();
        assert_eq!(user.email, "deleted_1@removed.invalid");
        assert_eq!(user.nickname.as_deref(), Some("user 1"));
        assert_eq!((user.phone, user.born, user.is_public, user.plan.as_str()), (None, 0, false, "free"));
        let notes = note::Entity::with_trashed().filter(note::Column::AuthorId.eq(1)).all(&**db).await?;
        let mut slugs: Vec<&str> = notes.iter().map(|note| note.slug.as_str()).collect();
        slugs.sort_unstable();
        assert_eq!(slugs, ["note-1", "note-2", "note-3"]);
        assert_eq!(attachment::Entity::with_trashed().count(&**db).await?, 1);
        let comment = comment::Entity::only_trashed().one(&**db).await?.unwrap();
        assert_eq!((comment.id, comment.author_id, comment.text.as_str()), (3, None, "removed"));
        let draft = draft::Entity::only_trashed().one(&**db).await?.unwrap();
        assert_eq!(draft.text, "draft 1-de");
        assert_eq!(vote::Entity::find().count(&**db).await?, 2);
        assert_eq!(mention::Entity::with_trashed().filter(mention::Column::Text.is_null()).count(&**db).await?, 3);
        assert_eq!(receipt.rows(), 1 + 3 + 2 + 2 + 1 + 1 + 2 + 3, "{receipt}");
    }

    async fn a_preview_shows_what_the_erasure_does_and_what_it_keeps(db: &TestDb) {
        two_users(db).await?;
        let before = Rows::of(db).await?;
        let preview = erasure().preview(&**db).await?;
        assert_eq!(Rows::of(db).await?, before);
        assert!(preview.is_allowed());
        let text = preview.to_string();
        assert!(text.starts_with(PREVIEW), "{text}");
        for line in [
            "  erase_note: 1 live and 2 trashed rows, overwrites slug, text\n",
            "  erase_attachment: 1 live and 1 trashed rows, removes 2\n",
            // Comments 1 and 2 are removed with their attachments.
            "  erase_comment: 1 live and 2 trashed rows, removes 2, overwrites author_id, text\n",
            "  erase_copy: 1 live row, removes 1\n",
            "  erase_draft: 1 live and 1 trashed rows, overwrites text\n",
            "  erase_vote: 1 live row, kept: it declares nothing to erase\n",
            "  erase_mention: 2 live and 1 trashed rows, overwrites text\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        let json = serde_json::to_string(&preview).unwrap();
        assert_eq!(serde_json::from_str::<ErasurePreview>(&json).unwrap(), preview);
        let receipt = erasure().confirm(&preview, KEY, &**db).await?;
        for table in &preview.tables {
            let erased = receipt.tables.iter().find(|it| it.entity == table.entity);
            let (overwritten, removed) = erased.map_or((0, 0), |it| (it.overwritten, it.removed));
            assert_eq!((overwritten, removed), (table.overwritten(), table.removed), "{table}");
        }
    }

    async fn an_erasure_on_a_scoped_connection_reaches_trashed_rows_too(db: &TestDb) {
        two_users(db).await?;
        let before = Rows::of(db).await?;
        let scoped = db.scoped();
        let preview = erasure().preview(&scoped).await?;
        assert_eq!(preview, erasure().preview(&**db).await?);
        erasure().confirm(&preview, KEY, &scoped).await?;
        check_erased(db, &before).await?;
    }

    async fn a_preview_that_is_out_of_date_is_not_confirmed(db: &TestDb) {
        two_users(db).await?;
        let preview = erasure().preview(&**db).await?;
        run(&**db, &["INSERT INTO erase_note (id, author_id, slug, text) VALUES (9, 1, 'planted', 'planted')"]).await;
        let before = Rows::of(db).await?;
        let refused = erasure().confirm(&preview, KEY, &**db).await.unwrap_err();
        assert!(refused.to_string().contains("2 live and 2 trashed rows"), "{refused}");
        let SoftDeleteError::ErasureChanged { now, .. } = refused else { panic!("{refused}") };
        assert_eq!(Rows::of(db).await?, before);
        let other = Erasure::of(user::Entity, 2).confirm(&now, KEY, &**db).await;
        assert!(matches!(other, Err(SoftDeleteError::ErasureChanged { .. })), "{other:?}");
        erasure().confirm(&now, KEY, &**db).await?;
    }

    async fn a_legal_hold_on_one_row_stops_the_whole_erasure(db: &TestDb) {
        two_users(db).await?;
        for (hold, rows) in [
            ("UPDATE erase_note SET case_number = 7 WHERE id = 3", "1 row of `erase_note`"),
            ("UPDATE erase_user SET is_held = TRUE WHERE id = 1", "1 row of `erase_user`; 3 rows of `erase_note`"),
        ] {
            run(&**db, &[hold]).await;
            let before = Rows::of(db).await?;
            let preview = erasure().preview(&**db).await?;
            assert!(!preview.is_allowed());
            assert!(preview.to_string().contains("forbidden by a legal hold: 1 row of"), "{preview}");
            let refused = erasure().confirm(&preview, KEY, &**db).await.unwrap_err();
            assert!(matches!(refused, SoftDeleteError::Held { .. }), "{refused:?}");
            assert!(refused.to_string().contains(rows), "{refused}");
            assert_eq!(Rows::of(db).await?, before);
        }
        run(&**db, &["UPDATE erase_note SET case_number = NULL", "UPDATE erase_user SET is_held = FALSE"]).await;
        erase(db).await?;
    }

    async fn an_erasure_that_fails_at_any_statement_changes_nothing(db: &TestDb) {
        two_users(db).await?;
        let before = Rows::of(db).await?;
        let preview = erasure().preview(&**db).await?;
        let mut crashes = 0;
        for number in 1.. {
            let watched = Watched::new((**db).clone(), Crash::at(number));
            match erasure().confirm(&preview, KEY, &watched).await {
                Ok(_) => break,
                Err(error) => assert!(error.to_string().contains("crashed"), "{error}"),
            }
            assert_eq!(Rows::of(db).await?, before, "crashed at statement {number}");
            crashes += 1;
        }
        assert!(crashes > 15, "{crashes}");
        check_erased(db, &before).await?;
    }

    async fn a_trashed_row_that_was_erased_can_be_restored_and_holds_what_was_overwritten(db: &TestDb) {
        two_users(db).await?;
        user::Entity::delete_by_id(1).because("planted").exec(&**db).await?;
        let before = Rows::of(db).await?;
        // The delete destroyed a copy; the row and the log hold its reason.
        assert_eq!(before.count("planted"), 19 - 1 + 2);
        erase(db).await?;
        check_erased(db, &before).await?;
        let user = user::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!((user.email.as_str(), user.reason), ("deleted_1@removed.invalid", None));
        let operation = Operation::list().in_family_of(note::Entity).all(&**db).await?;
        let of_note = operation.iter().find(|it| it.roots().iter().any(|root| root.key == ValueTuple::One(2.into())));
        assert_eq!(of_note.unwrap().restore(&**db).await?, 1, "its attachment and comment are gone");
        assert_eq!(note::Entity::find_by_id(2).one(&**db).await?.unwrap().slug, "note-2");
    }

    async fn an_erasure_can_be_repeated_and_its_subject_has_to_exist(db: &TestDb) {
        two_users(db).await?;
        let first = erase(db).await?;
        let rows = Rows::of(db).await?.without_log();
        let log = deletion_log::Entity::find().all(&**db).await?;
        assert!(log.iter().any(|deed| deed.to_string().ends_with("erase of 1 `erase_user`")), "{log:?}");
        let second = erase(db).await?;
        assert_eq!(Rows::of(db).await?.without_log(), rows);
        assert_eq!(second.subject, first.subject);
        assert!(second.tables.iter().all(|table| table.removed == 0), "{second}");
        let nobody = Erasure::of(user::Entity, 404).preview(&**db).await.unwrap_err();
        assert!(nobody.to_string().contains("`erase_user` has no row with id = 404"), "{nobody}");
    }

    async fn a_receipt_holds_no_personal_data_and_its_hash_needs_the_key(db: &TestDb) {
        two_users(db).await?;
        let noon = Timestamp::from_unix_seconds(1_700_000_000).unwrap();
        let preview = erasure().preview(&**db).await?;
        let receipt = Clock::fixed(noon).scope(erasure().confirm(&preview, KEY, &**db)).await?;
        assert_eq!((receipt.entity.as_str(), receipt.at), ("erase_user", noon));
        // echo -ne 'erase_user\0''1' | openssl dgst -sha256 -hmac 'a secret of the receipts'
        assert_eq!(receipt.subject.to_string(), HASH);
        let notes = receipt.tables.iter().find(|table| table.entity == "erase_note").unwrap();
        assert_eq!((notes.overwritten, notes.removed, notes.columns.as_slice()), (3, 0, ["slug".to_owned(), "text".to_owned()].as_slice()));
        let json = serde_json::to_string(&receipt).unwrap();
        assert!(!json.contains("planted"), "{json}");
        assert_eq!(serde_json::from_str::<ErasureReceipt>(&json).unwrap(), receipt);
        let weak = erasure().confirm(&preview, b"secret", &**db).await.unwrap_err();
        assert!(weak.to_string().contains("has 6 bytes; give at least 16 random bytes"), "{weak}");
    }

    async fn a_replay_erases_again_after_a_restore_from_a_backup(db: &TestDb) {
        two_users(db).await?;
        let backup = Rows::of(db).await?;
        let receipt = erase(db).await?;
        backup.clone().put_back(db).await?;
        assert_eq!(Rows::of(db).await?, backup);
        let mut nobody = receipt.clone();
        nobody.entity = "erase_note".into();
        let receipts = [receipt.clone(), nobody.clone(), receipt.clone()];
        let other_key = Erasure::replay(&receipts).run(b"another secret of receipts", &**db).await?;
        assert_eq!((other_key.receipts.len(), other_key.unmatched.len()), (0, 3));
        assert_eq!(Rows::of(db).await?, backup);
        let replayed = Erasure::replay(&receipts).run(KEY, &**db).await?;
        check_erased(db, &backup).await?;
        assert_eq!((replayed.unmatched, replayed.failed.len()), (vec![nobody], 0));
        let [again] = replayed.receipts.as_slice() else { panic!("{:?}", replayed.receipts) };
        assert_eq!((&again.subject, &again.tables), (&receipt.subject, &receipt.tables));
        let rows = Rows::of(db).await?.without_log();
        let replayed = Erasure::replay(&receipts).run(KEY, &db.scoped()).await?;
        assert_eq!((replayed.receipts.len(), Rows::of(db).await?.without_log()), (1, rows));
        run(&**db, &["UPDATE erase_user SET is_held = TRUE WHERE id = 1"]).await;
        let replayed = Erasure::replay(&receipts).run(KEY, &**db).await?;
        assert!(matches!(replayed.failed.as_slice(), [(_, SoftDeleteError::Held { .. })]), "{replayed:?}");
    }

    async fn a_function_gets_the_keys_before_rows_are_erased_and_stops_the_erasure_if_it_fails(db: &TestDb) {
        two_users(db).await?;
        let before = Rows::of(db).await?;
        let preview = erasure().preview(&**db).await?;
        let refusing = erasure().before(attachment::Entity, |_| async { Err("the disk is gone".into()) });
        let refused = refusing.confirm(&preview, KEY, &**db).await.unwrap_err();
        assert!(refused.to_string().contains("before rows of `erase_attachment` are erased failed: the disk is gone"), "{refused}");
        assert_eq!(Rows::of(db).await?, before);
        let seen: Arc<Mutex<Vec<i32>>> = Arc::default();
        let drafts: Arc<Mutex<Vec<(i32, String)>>> = Arc::default();
        let (ids, keys) = (Arc::clone(&seen), Arc::clone(&drafts));
        let erasure = erasure()
            .before(attachment::Entity, move |found: Vec<i32>| {
                let ids = Arc::clone(&ids);
                async move {
                    ids.lock().unwrap().extend(found);
                    Ok(())
                }
            })
            .before(draft::Entity, move |found| {
                keys.lock().unwrap().extend(found);
                async { Ok(()) }
            })
            .before(vote::Entity, |_| async { Err("nothing of it changes".into()) });
        fn for_a_task<T: Send>(future: T) -> T {
            future
        }
        for_a_task(erasure.confirm(&preview, KEY, &**db)).await?;
        seen.lock().unwrap().sort_unstable();
        drafts.lock().unwrap().sort_unstable();
        assert_eq!(*seen.lock().unwrap(), [1, 2]);
        assert_eq!(*drafts.lock().unwrap(), [(1, "de".to_owned()), (1, "en".to_owned())]);
    }

    async fn rows_that_would_be_left_behind_stop_the_erasure(db: &TestDb) {
        let ann = shop(db).await?;
        let erasure = Erasure::of(customer::Entity, ann);
        let preview = erasure.preview(&**db).await?;
        let line = "forbidden by 1 live row of `erase_parcel`, which belongs to `erase_order`";
        assert!(preview.to_string().contains(line), "{preview}");
        let refused = erasure.confirm(&preview, KEY, &**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
        parcel::Entity::force_delete_by_id(1).exec(&**db).await?;
        let preview = erasure.preview(&**db).await?;
        erasure.confirm(&preview, KEY, &**db).await?;
        assert_eq!(order::Entity::with_trashed().count(&**db).await?, 1);
    }

    async fn a_value_that_is_not_unique_is_refused_with_the_remedy(db: &TestDb) {
        let ann = shop(db).await?;
        run(&**db, &["DELETE FROM erase_parcel", "UPDATE erase_customer SET email = 'removed' WHERE email = 'bob'"]).await;
        let erasure = Erasure::of(customer::Entity, ann);
        let preview = erasure.preview(&**db).await?;
        let refused = erasure.confirm(&preview, KEY, &**db).await.unwrap_err();
        assert!(refused.to_string().contains("cannot erase rows of `erase_customer`"), "{refused}");
        assert!(refused.to_string().contains("put `{key}` into the literal"), "{refused}");
        assert_eq!(order::Entity::find().count(&**db).await?, 2);
    }

    async fn mistakes_in_declarations_are_refused(db: &TestDb) {
        db.create_table(misled::Entity).await;
        db.create_table(wrong::Entity).await;
        run(&**db, &["INSERT INTO erase_misled (id) VALUES (1)", "INSERT INTO erase_wrong (id, number) VALUES (1, 2)"]).await;
        let relation = Erasure::of(misled::Entity, 1).preview(&**db).await.unwrap_err();
        assert!(relation.to_string().contains("`subject(erase_misled)` needs a relation between the two tables"), "{relation}");
        let erasure = Erasure::of(wrong::Entity, 1);
        let preview = erasure.preview(&**db).await?;
        let literal = erasure.confirm(&preview, KEY, &**db).await.unwrap_err();
        assert!(literal.to_string().contains("`number` cannot be overwritten, because `many` is no value of the type `i32`"), "{literal}");
    }

    async fn many_rows_are_overwritten_in_batches(db: &TestDb) {
        two_users(db).await?;
        for from in 0..4 {
            let values: Vec<String> = (0..500)
                .map(|it| 100 + from * 500 + it)
                .map(|id| format!("({id}, 1, 'planted-{id}', 'planted')"))
                .collect();
            run(&**db, &[&format!("INSERT INTO erase_note (id, author_id, slug, text) VALUES {}", values.join(", "))]).await;
        }
        run(&**db, &[
            "INSERT INTO erase_attachment (id, note_id, path) SELECT id, id, slug FROM erase_note WHERE id >= 100",
            "INSERT INTO erase_draft (note_id, lang, text) SELECT id, 'en', slug FROM erase_note WHERE id >= 100",
        ]).await;
        let before = Rows::of(db).await?;
        let receipt = erase(db).await?;
        check_erased(db, &before).await?;
        let of = |entity: &str| receipt.tables.iter().find(|table| table.entity == entity).unwrap();
        assert_eq!((of("erase_note").overwritten, of("erase_draft").overwritten), (2_003, 2_002));
        assert_eq!(of("erase_attachment").removed, 2_002);
    }

    async fn a_restricted_connection_needs_the_permissions_to_update_and_to_delete(db: &TestDb) {
        two_users(db).await?;
        let before = Rows::of(db).await?;
        schema::create_tables(&**db, Default::default()).await?;
        let mut rbac = RbacContext::load(&**db).await?;
        let overwritten = ["erase_user", "erase_note", "erase_comment", "erase_draft", "erase_mention"];
        let removed = ["erase_attachment"];
        rbac.add_tables(&**db, &[&overwritten[..], &removed].concat()).await?;
        rbac.add_crud_permissions(&**db).await?;
        rbac.add_roles(&**db, &["writer", "remover"]).await?;
        for role in ["writer", "remover"] {
            rbac.add_role_permissions(&**db, role, &["update"], &overwritten).await?;
        }
        rbac.add_role_permissions(&**db, "remover", &["delete"], &removed).await?;
        rbac.assign_user_role(&**db, &[(1, "writer"), (2, "remover")]).await?;
        db.load_rbac().await?;
        let preview = erasure().preview(&**db).await?;
        let writer = db.restricted_for(RbacUserId(1))?;
        let denied = erasure().confirm(&preview, KEY, &writer).await.unwrap_err();
        assert!(matches!(denied, SoftDeleteError::Db(DbErr::AccessDenied { .. })), "{denied}");
        assert_eq!(Rows::of(db).await?, before);
        let remover = db.restricted_for(RbacUserId(2))?;
        erasure().confirm(&preview, KEY, &remover.scoped()).await?;
        check_erased(db, &before).await?;
    }

    async fn the_doctor_names_mistakes_in_declarations(db: &TestDb) {
        db.create_table(misled::Entity).await;
        db.create_table(wrong::Entity).await;
        let diagnosis = Doctor::new().of(wrong::Entity).examine(&**db).await?;
        let findings = diagnosis.findings().iter().filter(|it| it.code == FindingCode::RelationMisdeclared);
        let found: Vec<&str> = findings.map(|it| it.message.as_str()).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("`many` is no value of the type `i32`"), "{found:?}");
    }

    async fn the_doctor_names_columns_that_seem_personal_and_have_no_rule(db: &TestDb) {
        shop(db).await?;
        create(db).await;
        let examine = Doctor::new().of(customer::Entity).of(parcel::Entity).of(user::Entity);
        let diagnosis = examine.examine(&**db).await?;
        let findings = diagnosis.findings().iter().filter(|it| it.code == FindingCode::EraseMissing);
        let found: Vec<String> = findings.map(|it| format!("{} {}", it.entity, it.message)).collect();
        let [finding] = found.as_slice() else { panic!("{found:?}") };
        assert!(finding.starts_with("erase_customer an erasure overwrites other columns of it and leaves `phone_number`; going by the names, which is a guess"), "{finding}");
    }
}

const HASH: &str = "2f3b47f426ae9733366ffc5ef9b02c992a95556dcf90a9ebe4d9ba5f7ecf857f";

/// Two customers with an order each; the order of the first has a parcel. Returns the key of the first.
async fn shop(db: &TestDb) -> Result<Uuid, SoftDeleteError> {
    db.create_table(customer::Entity).await;
    db.create_table(order::Entity).await;
    db.create_table(parcel::Entity).await;
    let ann = Uuid::from_u128(7);
    for (id, customer, email) in [(1, ann, "ann"), (2, Uuid::from_u128(8), "bob")] {
        let model = customer::ActiveModel {
            id: Set(customer),
            email: Set(email.to_owned()),
            ..Default::default()
        };
        customer::Entity::insert(model)
            .exec_without_returning(&**db)
            .await?;
        let model = order::ActiveModel {
            id: Set(id),
            customer_id: Set(customer),
            ..Default::default()
        };
        order::Entity::insert(model)
            .exec_without_returning(&**db)
            .await?;
    }
    run(
        &**db,
        &["INSERT INTO erase_parcel (id, order_id, address) VALUES (1, 1, 'planted')"],
    )
    .await;
    Ok(ann)
}

/// A file of SQLite, where the bytes of a row can stay after it is gone.
#[tokio::test]
async fn the_file_of_sqlite_holds_nothing_of_the_subject_after_vacuum() {
    let file = SqliteFile::new().await.unwrap();
    two_users(&file.db).await.unwrap();
    assert!(file.contains("planted"));
    erase(&file.db).await.unwrap();
    file.vacuum().await.unwrap();
    assert!(file.contains("other") && !file.contains("planted"));
}

// A schema of MariaDB is seen by concurrent tests.
on_databases! {
    [sqlite: Sqlite, postgres: Postgres]

    async fn an_erasure_works_in_the_schema_that_an_entity_names(db: &TestDb) {
        use self::shop::{card, wallet};
        use sea_orm::TransactionTrait;

        db.create_table(wallet::Entity).await;
        run(&**db, &["INSERT INTO erase_wallet (id) VALUES (7)"]).await;
        match db.server() {
            Server::Sqlite => {
                run(&**db, &["ATTACH ':memory:' AS soft_delete_erase_vault"]).await;
                vault(db, &**db).await?;
            }
            Server::Postgres => {
                let txn = db.begin().await?;
                run(&txn, &["CREATE SCHEMA soft_delete_erase_vault"]).await;
                vault(db, &txn).await?;
                txn.rollback().await?;
            }
            server => panic!("{server:?}"),
        }

        async fn vault<C>(db: &TestDb, on: &C) -> Result<(), SoftDeleteError>
        where
            C: ConnectionTrait + TransactionTrait,
        {
            let instant = match db.server() {
                Server::Postgres => "TIMESTAMP WITH TIME ZONE",
                _ => "TEXT",
            };
            run(on, &[&format!(
                "CREATE TABLE soft_delete_erase_vault.erase_card (id INT PRIMARY KEY, wallet_id INT NOT NULL, \
                 number VARCHAR(30) NOT NULL, deleted_at {instant} NULL)"
            )]).await;
            let card = card::ActiveModel {
                id: Set(3),
                wallet_id: Set(7),
                number: Set("planted".to_owned()),
                ..Default::default()
            };
            card::Entity::insert(card).exec_without_returning(on).await?;
            card::Entity::delete_by_id(3).exec(on).await?;
            let erasure = Erasure::of(wallet::Entity, 7);
            let preview = erasure.preview(on).await?;
            erasure.confirm(&preview, KEY, on).await?;
            let card = card::Entity::only_trashed().one(on).await?.unwrap();
            assert_eq!(card.number, "card 3");
            Ok(())
        }
    }
}

on_every_server! {
    async fn of_two_erasures_beside_one_another_one_is_refused(db: &TestDb) {
        two_users(db).await?;
        let before = Rows::of(db).await?;
        let preview = erasure().preview(&**db).await?;
        let confirm = || async {
            loop {
                match erasure().confirm(&preview, KEY, &**db).await {
                    Err(error) if error.is_retryable() => {}
                    done => return done,
                }
            }
        };
        // It waits for the erasure before it, or the erasure for it.
        let insert = async {
            let insert = "INSERT INTO erase_note (id, author_id, slug, text) VALUES (9, 1, 'planted', 'planted')";
            loop {
                match db.execute_unprepared(insert).await.map_err(SoftDeleteError::from) {
                    Err(error) if error.is_retryable() => {}
                    done => return done,
                }
            }
        };
        let (first, second, inserted) = tokio::join!(confirm(), confirm(), insert);
        inserted?;
        let mut done = 0;
        for result in [first, second] {
            match result {
                Ok(_) => done += 1,
                Err(SoftDeleteError::ErasureChanged { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        assert!(done <= 1, "{done}");
        if done == 1 {
            // The note came before or after: an erasure that did not see it has left it.
            let left = note::Entity::find_by_id(9).one(&**db).await?.unwrap();
            assert_eq!(left.text, "planted");
        }
        erase(db).await?;
        check_erased(db, &before).await?;
    }
}
