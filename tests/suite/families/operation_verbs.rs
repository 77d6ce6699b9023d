//! Verbs that restore or remove a whole operation.

use sea_orm::TransactionTrait;
use sea_orm::prelude::*;
use sea_orm_soft_delete::preview::Preview;
use sea_orm_soft_delete::{Clock, Operation, OperationId, Scopable, SoftDeleteError};

use super::notebooks::*;
use crate::entities::NOON;
use crate::harness::{TestDb, on_databases, on_every_database};

/// The newest operation of the family.
async fn newest(db: &TestDb) -> Operation {
    let list = Operation::list().in_family_of(notebook::Entity).limit(1);
    list.all(&**db).await.unwrap().pop().expect("there is one")
}

/// The new preview in the error of a verb that was not confirmed.
#[track_caller]
fn changed(refused: Result<u64, SoftDeleteError>) -> Preview {
    match refused {
        Err(SoftDeleteError::PreviewChanged { now, .. }) => *now,
        other => panic!("{other:?}"),
    }
}

on_every_database! {
    async fn several_operations_are_restored_together_the_newest_first(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        attachment::Entity::delete_by_id(1).exec(&**db).await?;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        notebook::Entity::delete_by_id(2).exec(&**db).await?;
        let before = live(db).await;
        let trash = Operation::list().in_family_of(notebook::Entity).all(&**db).await?;
        assert_eq!(trash.len(), 4);
        let total = trash.iter().map(Operation::count).sum::<u64>();

        // The oldest first: their parents are in the trash, and come back with them.
        let mut chosen = trash.clone();
        chosen.reverse();
        let transaction = db.begin().await?;
        assert_eq!(Operation::restore_all(&chosen, &transaction).await?, total);
        assert_eq!(Operation::restore_all(&chosen, &transaction).await?, 0);
        transaction.rollback().await?;

        // Without the notebook, nothing comes back.
        let [.., of_note] = trash.as_slice() else { unreachable!() };
        let refused = Operation::restore_all(&[trash[0].clone(), of_note.clone()], &**db).await;
        let refused = refused.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::ParentTrashed { .. }), "{refused}");
        assert_eq!(live(db).await, before);
        assert_eq!(Operation::restore_all(&[], &**db).await?, 0);

        assert_eq!(Operation::restore_all(&chosen, &db.scoped()).await?, total);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 0]);
    }

    async fn several_operations_are_removed_together(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(4).exec(&**db).await?;
        folder::Entity::delete_by_id(4).exec(&**db).await?;
        folder::Entity::delete_by_id(2).exec(&**db).await?;
        let list = || Operation::list().in_family_of(notebook::Entity);
        let trash = list().all(&**db).await?;
        let removed = Operation::force_delete_all(&trash[1..], &db.scoped()).await?;
        assert!(removed >= 3, "the folder, its note, and what the note had: {removed}");
        assert_eq!(list().all(&**db).await?, trash[..1]);
        assert_eq!(live(db).await, [2, 1, 2, 3, 2, 1]);
    }

    async fn a_restore_of_several_operations_is_previewed_and_confirmed(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?; // with attachment 3
        attachment::Entity::delete_by_id(1).exec(&**db).await?;
        folder::Entity::delete_by_id(2).exec(&**db).await?; // with folder 3 and note 3
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let trash = Operation::list().in_family_of(notebook::Entity).all(&**db).await?;
        let previews = Operation::preview_restore_all(&trash, &**db).await?;
        let shown: Vec<_> = previews.iter().map(|it| (it.affects.entity.as_str(), it.affects.total())).collect();
        let each = [("family_notebook", 6), ("family_folder", 3), ("family_note", 2), ("family_attachment", 1)];
        assert_eq!(shown, each);
        assert!(previews.iter().all(Preview::is_allowed), "{previews:?}");
        assert_eq!(Operation::preview_restore_all(&trash, &db.scoped()).await?, previews);

        // Without the notebook, the others have no parents; but the attachment has.
        let above = |it: &Preview| it.orphans.iter().map(|it| (it.count, it.parents[0].to_string())).collect::<Vec<_>>();
        let without = Operation::preview_restore_all(&trash[1..], &**db).await?;
        let orphans: Vec<_> = without.iter().map(above).collect();
        let of_notebook = |count, name: &str| vec![(count, name.to_owned())];
        assert_eq!(orphans, [of_notebook(1, "family_folder 1"), of_notebook(1, "family_folder 1"), of_notebook(1, "family_note 1")]);
        let refused = Operation::confirm_restore_all(&trash[1..], &without, &**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::ParentTrashed { .. }), "{refused}");

        note::Entity::force_delete_by_id(3).exec(&**db).await?;
        let before = live(db).await;
        let now = changed(Operation::confirm_restore_all(&trash, &previews, &**db).await);
        assert_eq!((now.affects.entity.as_str(), now.count()), ("family_folder", 2));
        assert_eq!(live(db).await, before);
        let mut chosen = trash.clone();
        chosen.reverse();
        let previews = Operation::preview_restore_all(&chosen, &**db).await?;
        assert_eq!(Operation::confirm_restore_all(&trash, &previews, &db.scoped()).await?, 11);
        assert_eq!(live(db).await, [2, 4, 3, 4, 3, 1]);
        assert_eq!(Operation::confirm_restore_all(&[], &[], &**db).await?, 0);
        assert_eq!(Operation::preview_restore_all(&[], &**db).await?, []);
    }

    async fn a_removal_of_several_operations_is_previewed_and_confirmed(db: &TestDb) {
        two_notebooks(db).await;
        attachment::Entity::delete_by_id(4).exec(&**db).await?; // of note 4
        note::Entity::delete_by_id(2).exec(&**db).await?; // in folder 1
        note::Entity::delete_by_id(4).exec(&**db).await?; // elsewhere
        folder::Entity::delete_by_id(2).exec(&**db).await?; // in folder 1, with folder 3 and note 3
        folder::Entity::delete_by_id(1).exec(&**db).await?; // with note 1, and what that has
        let trash = Operation::list().in_family_of(notebook::Entity).all(&**db).await?;
        assert_eq!(trash.len(), 5);
        for scoped in [false, true] {
            let previews = match scoped {
                true => Operation::preview_force_delete_all(&trash, &db.scoped()).await?,
                false => Operation::preview_force_delete_all(&trash, &**db).await?,
            };
            let shown: Vec<_> = previews.iter().map(|it| (it.affects.entity.as_str(), it.affects.total())).collect();
            // What is in the folders counts with them: notes 1, 2 and 3, the attachments and the tags.
            assert_eq!(shown, [("family_folder", 11), ("family_note", 3), ("family_attachment", 0)], "{previews:#?}");
        }
        let previews = Operation::preview_force_delete_all(&trash, &**db).await?;
        db.execute_unprepared("INSERT INTO family_attachment (id, note_id) VALUES (9, 3)").await?;
        let now = changed(Operation::confirm_force_delete_all(&trash, &previews, &**db).await);
        assert_eq!((now.affects.entity.as_str(), now.count()), ("family_folder", 12));
        let previews = Operation::preview_force_delete_all(&trash, &**db).await?;
        let total: u64 = previews.iter().map(Preview::count).sum();
        assert_eq!(Operation::confirm_force_delete_all(&trash, &previews, &db.scoped()).await?, total);
        assert_eq!(folder::Entity::with_trashed().count(&**db).await?, 1);
        assert_eq!(note::Entity::with_trashed().count(&**db).await?, 0);
        let none = Operation::preview_force_delete_all(&[], &**db).await?;
        assert_eq!(none, []);
    }

    /// The links of notes to tags go with both, and are in both previews.
    async fn operations_that_have_rows_in_common_are_removed_as_previewed(db: &TestDb) {
        two_notebooks(db).await;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        tag::Entity::delete_by_id(1).exec(&**db).await?;
        let list = || Operation::list().in_family_of(notebook::Entity).in_family_of(tag::Entity);
        let trash = list().all(&**db).await?;
        let previews = Operation::preview_force_delete_all(&trash, &**db).await?;
        assert_eq!(previews.len(), 2);
        assert_eq!(Operation::confirm_force_delete_all(&trash, &previews, &**db).await?, 14);
        assert_eq!(list().all(&**db).await?, []);
    }

    async fn two_rows_of_a_restore_with_one_unique_value_clash(db: &TestDb) {
        use crate::families::preview::seat;
        db.create_table(seat::Entity).await;
        for place in ["a", "b", "c"] {
            db.execute_unprepared(&format!(
                "INSERT INTO family_seat (hall, place, day, name) VALUES (1, '{place}', '2026-05-01', 'x')"
            ))
            .await?;
            seat::Entity::delete_many().exec(&**db).await?;
        }
        let trash = Operation::list().in_family_of(seat::Entity).all(&**db).await?;
        let previews = Operation::preview_restore_all(&trash, &**db).await?;
        let clashes: Vec<_> = previews[0].clashes.iter().map(|it| (it.key.as_str(), it.taken.as_str(), it.live_row.is_none())).collect();
        let taken = "day = '2026-05-01', name = 'x'";
        assert_eq!(clashes, [("hall = 1, place = 'b'", taken, true), ("hall = 1, place = 'c'", taken, true)]);
        assert_eq!(Operation::preview_restore_all(&trash, &db.scoped()).await?, previews);
        let refused = Operation::confirm_restore_all(&trash, &previews, &**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::UniqueViolation { .. }), "{refused}");
        assert_eq!(seat::Entity::find().count(&**db).await?, 0);
        for operation in &trash {
            assert!(operation.preview_restore(&**db).await?[0].is_allowed());
        }
    }

    async fn operations_are_found_by_their_ids(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        attachment::Entity::delete_by_id(1).exec(&**db).await?;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let trash = Operation::list().in_family_of(notebook::Entity).all(&**db).await?;
        let [first, second, third] = trash.as_slice() else { panic!("{trash:#?}") };
        let ids = [third.id(), first.id(), third.id(), OperationId::Instant(NOON), OperationId::Instant(first.at())];
        let found = Operation::list().in_family_of(notebook::Entity).find_all(ids, &**db).await?;
        assert_eq!(found, [first.clone(), third.clone()]);
        let found = Operation::list().in_family_of(notebook::Entity).find_all([second.id()], &**db).await?;
        assert_eq!(&found, std::slice::from_ref(second));
        let none = Operation::list().in_family_of(notebook::Entity).find_all([], &**db).await?;
        assert_eq!(none, []);
    }

    async fn a_confirmed_restore_of_an_operation_restores_what_was_previewed(db: &TestDb) {
        two_notebooks(db).await;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let operation = newest(db).await;
        let previews = operation.preview_restore(&**db).await?;
        folder::Entity::force_delete_by_id(2).exec(&**db).await?; // with folder 3 and its note
        let before = live(db).await;
        let now = changed(operation.confirm_restore(&previews, &**db).await);
        assert_eq!((previews[0].count(), now.count()), (12, 9));
        assert_eq!(live(db).await, before);
        assert_eq!(operation.confirm_restore(std::slice::from_ref(&now), &db.scoped()).await?, 9);
        assert_eq!(live(db).await, [2, 2, 3, 4, 3, 1]);

        // Somebody else has restored everything.
        let now = changed(operation.confirm_restore(&[now], &**db).await);
        assert_eq!(now.count(), 0);
        assert_eq!(operation.confirm_restore(&[now], &**db).await?, 0);
    }

    async fn a_confirmed_restore_is_refused_for_the_reason_that_its_preview_shows(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        let of_note = newest(db).await;
        let previews = of_note.preview_restore(&**db).await?;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let now = changed(of_note.confirm_restore(&previews, &**db).await);
        assert_eq!(now.orphans.len(), 1);
        let refused = of_note.confirm_restore(&[now], &**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::ParentTrashed { .. }), "{refused}");
    }

    async fn a_confirmed_force_delete_of_an_operation_removes_what_was_previewed(db: &TestDb) {
        two_notebooks(db).await;
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        let operation = newest(db).await;
        let previews = operation.preview_force_delete(&**db).await?;
        assert_eq!(previews[0].count(), 11);
        db.execute_unprepared("INSERT INTO family_attachment (id, note_id) VALUES (9, 3)").await?;
        let now = changed(operation.confirm_force_delete(&previews, &db.scoped()).await);
        assert_eq!(now.count(), 12);
        assert_eq!(folder::Entity::with_trashed().count(&**db).await?, 4);
        assert_eq!(operation.confirm_force_delete(&[now], &db.scoped()).await?, 12);
        assert_eq!(folder::Entity::with_trashed().count(&**db).await?, 1);
        assert_eq!(attachment::Entity::with_trashed().count(&**db).await?, 1);
    }

    /// The links of notes to tags fall with both, and are in both previews.
    async fn an_operation_that_began_in_two_entities_is_confirmed_by_both_previews(db: &TestDb) {
        two_notebooks(db).await;
        let at_once = async {
            notebook::Entity::delete_by_id(1).exec(&**db).await?;
            // It has no operation column, so the instant alone says that it belongs to both deletes.
            tag::Entity::delete_by_id(1).exec(&**db).await
        };
        Clock::fixed(NOON).scope(at_once).await?;
        let note = note::Entity::with_trashed_by_id(1).one(&**db).await?.unwrap();
        let list = Operation::list().in_family_of(notebook::Entity).in_family_of(tag::Entity);
        let operation = list.find(note.operation().unwrap(), &**db).await?.unwrap();

        let previews = operation.preview_restore(&**db).await?;
        let counts: Vec<u64> = previews.iter().map(Preview::count).collect();
        assert_eq!(counts, [12, 3]);
        let now = changed(operation.confirm_restore(&previews[..1], &**db).await);
        assert!(now == previews[1], "{now}");
        assert_eq!(operation.confirm_restore(&previews, &**db).await?, 13);

        let again = notebook::Entity::delete_by_id(1).exec_returning_operation(&**db).await?;
        let list = Operation::list().in_family_of(notebook::Entity);
        let operation = list.find(again.operation.unwrap(), &**db).await?.unwrap();
        let previews = operation.preview_force_delete(&**db).await?;
        assert_eq!(operation.confirm_force_delete(&previews, &**db).await?, 12);
    }

    async fn an_operation_is_restored_as_a_whole(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        let of_note = newest(db).await;
        notebook::Entity::delete_many().exec(&**db).await?;
        let of_notebooks = newest(db).await;
        assert_eq!(of_notebooks.count(), 2 + 4 + 3 + 3 + 3);
        let preview = of_notebooks.preview_restore(&db.scoped()).await?;
        assert_eq!((preview.len(), preview[0].count()), (1, 15));

        let refused = of_note.restore(&**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::ParentTrashed { .. }), "{refused}");
        assert_eq!(of_note.preview_restore(&**db).await?[0].orphans.len(), 1);
        assert_eq!(of_notebooks.restore(&db.scoped()).await?, 15);
        assert_eq!(live(db).await, [2, 4, 3, 3, 3, 0]);
        assert_eq!(of_note.restore(&**db).await?, 2);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 0]);
        assert_eq!(of_note.restore(&**db).await?, 0);
    }

    async fn an_operation_is_restored_with_its_ancestors(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        let of_note = newest(db).await;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let before = live(db).await;
        let previews = of_note.preview_restore_with_ancestors(&**db).await?;
        let [preview] = &previews[..] else { panic!("{previews:?}") };
        assert_eq!((preview.is_allowed(), preview.affects.total(), preview.count()), (true, 2, 12), "{preview}");
        assert_eq!(of_note.preview_restore_with_ancestors(&db.scoped()).await?, previews);
        assert_eq!(live(db).await, before);

        let transaction = db.begin().await?;
        assert_eq!(of_note.confirm_restore_with_ancestors(&previews, &transaction).await?, 2);
        transaction.rollback().await?;
        assert_eq!(live(db).await, before);
        attachment::Entity::force_delete_by_id(1).exec(&**db).await?;
        let now = changed(of_note.confirm_restore_with_ancestors(&previews, &**db).await);
        assert_eq!(now.count(), 11);
        db.execute_unprepared("INSERT INTO family_attachment (id, note_id) VALUES (1, 1)").await?;
        assert_eq!(of_note.restore_with_ancestors(&**db).await?, 2);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    async fn an_operation_is_restored_with_its_ancestors_on_a_scoped_connection(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        let of_note = newest(db).await;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(of_note.restore_with_ancestors(&db.scoped()).await?, 2);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    async fn a_force_delete_of_an_operation_removes_its_rows_and_their_children(db: &TestDb) {
        two_notebooks(db).await;
        attachment::Entity::delete_by_id(1).exec(&**db).await?;
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        let operation = newest(db).await;
        let preview = operation.preview_force_delete(&**db).await?;
        assert_eq!(preview[0].count(), 11); // including the attachment that was trashed before
        assert_eq!(operation.force_delete(&db.scoped()).await?, 11);
        assert_eq!(folder::Entity::with_trashed().count(&**db).await?, 1);
        assert_eq!(attachment::Entity::with_trashed().count(&**db).await?, 1);
        assert_eq!(live(db).await, [2, 1, 1, 1, 1, 1]);
    }
}

on_databases! {
    [sqlite: Sqlite]

    /// A trigger stands for another transaction, which changes rows behind the check.
    async fn a_confirmed_restore_is_undone_if_it_restored_fewer_rows_than_previewed(db: &TestDb) {
        two_notebooks(db).await;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let operation = newest(db).await;
        let previews = operation.preview_restore(&**db).await?;
        db.execute_unprepared(
            "CREATE TRIGGER family_hand AFTER UPDATE ON family_notebook BEGIN \
             UPDATE family_note SET deleted_at = NULL, operation_id = NULL WHERE id = 1; END",
        )
        .await?;
        let before = live(db).await;
        let now = changed(operation.confirm_restore(&previews, &**db).await);
        assert_eq!((previews[0].count(), now.count()), (12, 11));
        assert_eq!(live(db).await, before);
    }
}
