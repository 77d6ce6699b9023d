//! Previews count the rows of a verb, and a confirmed verb changes exactly those rows.

use sea_orm::QueryFilter;
use sea_orm::prelude::*;
use sea_orm_soft_delete::preview::Preview;
use sea_orm_soft_delete::{Operation, Scopable, SoftDeleteError};

use super::notebooks::*;
use super::rows::run;
use crate::harness::on_every_database;

/// Has a key of two columns, a unique key of two, and a title that may be NULL.
pub(crate) mod seat {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_seat")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub hall: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: String,
        #[sea_orm(unique_key = "name_at")]
        pub day: Date,
        #[sea_orm(unique_key = "name_at")]
        pub name: String,
        #[soft_delete(title)]
        pub guest: Option<i64>,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Asserts that the preview prints exactly these lines.
#[track_caller]
fn reads(preview: &Preview, lines: &[&str]) {
    let text = preview.to_string();
    assert_eq!(text.lines().collect::<Vec<_>>(), lines, "{text}");
}

const NOTEBOOK: [&str; 7] = [
    "delete",
    "family_notebook: 1 row",
    "└─ family_folder: 3 rows",
    "   └─ family_note: 3 rows",
    "      ├─ family_attachment: 3 rows",
    "      ├─ family_note_tag: 2 rows",
    "      └─ family_index_entry: 1 row, destroyed for good",
];

on_every_database! {
    async fn a_preview_of_a_delete_counts_the_rows_that_it_would_trash(db: &TestDb) {
        two_notebooks(db).await;
        let delete = notebook::Entity::delete_by_id(1);
        let preview = delete.preview(&**db).await?;
        reads(&preview, &NOTEBOOK);
        assert_eq!((preview.count(), preview.is_allowed()), (13, true));
        assert_eq!(delete.preview(&db.scoped()).await?, preview);
        assert_eq!(live(db).await, ALL);

        let confirmed = delete.confirm(&preview, &**db).await?;
        assert_eq!(confirmed.rows_affected, 1);
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
    }

    async fn a_confirmed_delete_returns_the_operation_that_undoes_it(db: &TestDb) {
        two_notebooks(db).await;
        let delete = notebook::Entity::delete_by_id(1);
        let preview = delete.preview(&**db).await?;
        let confirmed = delete.confirm(&preview, &**db).await?;
        let rows: u64 = confirmed.by_entity.iter().map(|rows| rows.count).sum();
        assert_eq!((confirmed.by_entity[0].entity.as_str(), rows), ("family_notebook", preview.count()));
        let trashed = note::Entity::with_trashed_by_id(1).one(&**db).await?.unwrap();
        assert_eq!(confirmed.operation, trashed.operation());
        let list = Operation::list().in_family_of(notebook::Entity);
        let operation = list.find(confirmed.operation.unwrap(), &**db).await?.unwrap();
        assert_eq!(operation.restore(&**db).await?, 12);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    async fn a_delete_returns_its_operation_without_a_preview_too(db: &TestDb) {
        two_notebooks(db).await;
        let delete = notebook::Entity::delete_many().filter(notebook::Column::Id.eq(1));
        let deleted = delete.clone().exec_returning_operation(&db.scoped()).await?;
        let trashed = folder::Entity::with_trashed_by_id(1).one(&**db).await?.unwrap();
        assert_eq!((deleted.rows_affected, deleted.operation), (1, trashed.operation()));
        assert!(deleted.operation.is_some());
        let nothing = delete.exec_returning_operation(&**db).await?;
        assert_eq!((nothing.rows_affected, nothing.operation, nothing.by_entity.len()), (0, None, 0));

        // An entity without an `operation` column records the instant.
        let deleted = attachment::Entity::delete_by_id(4).exec_returning_operation(&**db).await?;
        let trashed = attachment::Entity::with_trashed_by_id(4).one(&**db).await?.unwrap();
        assert_eq!(deleted.operation, trashed.operation());
        let list = Operation::list().in_family_of(attachment::Entity);
        let operation = list.find(deleted.operation.unwrap(), &**db).await?.unwrap();
        assert_eq!(operation.restore(&**db).await?, 1);
        let unset: attachment::ActiveModel = Default::default();
        let refused = attachment::Entity::delete(unset).exec_returning_operation(&**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::Db(DbErr::PrimaryKeyNotSet { .. })), "{refused:?}");
    }

    async fn a_preview_is_serialized_in_snake_case(db: &TestDb) {
        two_notebooks(db).await;
        let preview = folder::Entity::force_delete_by_id(3).preview(&**db).await?;
        let (entity, members) = (&preview.affects.entity, preview.affects.members.len());
        assert_eq!((entity.as_str(), members), ("family_folder", 1));
        let mut text = serde_json::to_value(&preview).unwrap();
        assert_eq!(serde_json::from_value::<Preview>(text.clone()).unwrap(), preview);
        text["affects"]["members"] = serde_json::json!([]);
        assert_eq!(
            text,
            serde_json::json!({
                "verb": "force_delete",
                "affects": { "entity": "family_folder", "count": preview.affects.count, "is_destroyed": false, "members": [] },
                "ancestors": [],
                "forbids": [],
                "clashes": [],
                "orphans": [],
                "gone": [],
                "held": [],
                "on_hold": [],
            })
        );
    }

    async fn a_confirmed_verb_is_refused_if_the_rows_changed_since_the_preview(db: &TestDb) {
        two_notebooks(db).await;
        let delete = notebook::Entity::delete_by_id(1);
        let preview = delete.preview(&**db).await?;
        db.execute_unprepared("INSERT INTO family_attachment (id, note_id) VALUES (9, 3)").await?;
        let refused = delete.clone().confirm(&preview, &**db).await.unwrap_err();
        let SoftDeleteError::PreviewChanged { now, .. } = refused else {
            panic!("{refused}");
        };
        assert_eq!(now.count(), 14);
        assert_eq!(live(db).await, [2, 4, 4, 5, 3, 2]);
        delete.confirm(&now, &**db).await?;
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
    }

    async fn a_preview_names_the_rows_that_forbid_a_delete(db: &TestDb) {
        two_notebooks(db).await;
        let delete = notebook::Entity::delete_by_id(1);
        assert!(!delete.is_forbidden(&**db).await?);
        db.execute_unprepared("INSERT INTO family_loan (id, note_id) VALUES (1, 1), (2, 3)").await?;
        assert!(delete.is_forbidden(&**db).await?);
        let preview = delete.preview(&db.scoped()).await?;
        assert!(!preview.is_allowed());
        let text = preview.to_string();
        assert_eq!(
            text.lines().last(),
            Some("forbidden by 2 live rows of `family_loan`, which belong to `family_note`")
        );
        let refused = delete.confirm(&preview, &**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
        assert!(!notebook::Entity::delete_by_id(2).is_forbidden(&db.scoped()).await?);
    }

    async fn a_preview_of_a_restore_counts_the_rows_that_it_would_restore(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(1).exec(&**db).await?;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let restore = notebook::Entity::restore_by_id(1);
        let preview = restore.preview(&**db).await?;
        reads(
            &preview,
            &[
                "restore",
                "family_notebook: 1 row",
                "└─ family_folder: 3 rows",
                "   └─ family_note: 2 rows",
                "      ├─ family_attachment: 1 row",
                "      └─ family_note_tag: 0 rows",
            ],
        );
        assert_eq!(restore.preview(&db.scoped()).await?, preview);

        let orphan = note::Entity::restore_many().preview(&db.scoped()).await?;
        assert_eq!(orphan.affects.count, 3);
        assert_eq!(
            orphan.orphans[0].to_string(),
            "3 rows of `family_note` belong to trashed rows of `family_folder`"
        );
        restore.confirm(&preview, &**db).await?;
        assert_eq!(live(db).await, [2, 4, 3, 2, 1, 1]);
    }

    async fn a_preview_of_a_restore_names_the_parents_that_are_in_the_way(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_many().exec(&**db).await?;
        folder::Entity::delete_by_id(4).exec(&**db).await?;
        folder::Entity::delete_by_id(2).exec(&**db).await?; // with folder 3
        let operation = |id| async move {
            folder::Entity::with_trashed_by_id(id).one(&**db).await.unwrap().unwrap().operation()
        };
        let (of_two, of_four) = (operation(2).await, operation(4).await);
        let restore = note::Entity::restore_many();
        let preview = restore.preview(&**db).await?;
        let [orphans] = &preview.orphans[..] else { panic!("{preview}") };
        let parents: Vec<_> = orphans.parents.iter().collect();
        let named: Vec<_> = parents.iter().map(|it| (it.to_string(), it.operation)).collect();
        assert_eq!(orphans.count, 2);
        assert_eq!(named, [("family_folder 3".to_owned(), of_two), ("family_folder 4".to_owned(), of_four)]);
        assert_eq!((parents[0].entity.as_str(), &parents[0].key), ("family_folder", &3.into()));
        assert_eq!(restore.preview(&db.scoped()).await?, preview);
        let text = serde_json::to_string(&preview).unwrap();
        assert!(text.contains(r#""parents":[{"entity":"family_folder","key":3,"title":null,"operation":""#), "{text}");
        assert_eq!(serde_json::from_str::<Preview>(&text).unwrap(), preview);

        // The folder of another delete, which went with the same operation as nothing of these.
        let one = note::Entity::restore_by_id(3).preview(&**db).await?;
        assert_eq!(one.orphans[0].parents, orphans.parents[..1]);
        let refused = note::Entity::restore_by_id(3).exec(&**db).await.unwrap_err();
        let SoftDeleteError::ParentTrashed { parent_row, .. } = &refused else { panic!("{refused}") };
        assert_eq!(**parent_row, orphans.parents[0]);
    }

    async fn a_clash_names_the_first_live_row_that_has_the_values(db: &TestDb) {
        db.create_table(seat::Entity).await;
        run(
            db,
            &[
                "INSERT INTO family_seat (hall, place, day, name, guest) VALUES (1, 'a', '2026-05-01', 'o''x', 5)",
                "INSERT INTO family_seat (hall, place, day, name, guest) VALUES (2, 'a', '2026-05-02', 'y', NULL)",
            ],
        )
        .await;
        seat::Entity::delete_many().exec(&**db).await?;
        run(
            db,
            &[
                "INSERT INTO family_seat (hall, place, day, name, guest) VALUES \
                 (1, 'c', '2026-05-01', 'o''x', 8), (1, 'b', '2026-05-01', 'o''x', 7), (9, 'a', '2026-05-01', 'y', 9), \
                 (2, 'b', '2026-05-02', 'y', NULL)",
            ],
        )
        .await;
        let preview = seat::Entity::restore_many().preview(&**db).await?;
        let told: Vec<_> = preview.clashes.iter().map(|clash| {
            let values: Vec<_> = clash.values.iter().map(|it| format!("{}={}", it.column, it.text)).collect();
            let live = clash.live_row.as_ref().unwrap();
            (clash.key.as_str(), values.join(" "), live.title.clone(), live.to_string(), live.key.clone())
        }).collect();
        let key = |hall: i32, place: &str| sea_orm::sea_query::ValueTuple::Two(hall.into(), place.into());
        assert_eq!(
            told,
            [
                ("hall = 1, place = 'a'", "day=2026-05-01 name=o'x".to_owned(), Some("7".to_owned()), "7".to_owned(), key(1, "b")),
                ("hall = 2, place = 'a'", "day=2026-05-02 name=y".to_owned(), None, "family_seat (2, 'b')".to_owned(), key(2, "b")),
            ]
        );
        assert_eq!(seat::Entity::restore_many().preview(&db.scoped()).await?, preview);
        let text = serde_json::to_string(&preview).unwrap();
        assert_eq!(serde_json::from_str::<Preview>(&text).unwrap(), preview);
    }

    async fn a_preview_names_five_parents_at_most(db: &TestDb) {
        two_notebooks(db).await;
        for id in 10..17 {
            db.execute_unprepared(&format!("INSERT INTO family_folder (id, notebook_id) VALUES ({id}, 1)")).await?;
            db.execute_unprepared(&format!("INSERT INTO family_note (id, folder_id, slug) VALUES ({id}, {id}, 's{id}')")).await?;
            // Each note by an operation of its own, so that the preview reads each alone.
            note::Entity::delete_by_id(id).exec(&**db).await?;
        }
        folder::Entity::delete_many().filter(folder::Column::Id.gte(10)).exec(&**db).await?;
        let preview = note::Entity::restore_many().preview(&**db).await?;
        let [orphans] = &preview.orphans[..] else { panic!("{preview}") };
        assert_eq!((orphans.count, orphans.parents.len()), (7, 5));
        let one = note::Entity::restore_many().filter(note::Column::Id.is_in([10, 11]));
        assert_eq!(one.preview(&**db).await?.orphans[0].parents.len(), 2);
    }

    async fn a_restore_with_ancestors_is_previewed_and_confirmed(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?; // with attachment 3
        attachment::Entity::delete_by_id(1).exec(&**db).await?; // stays in the trash
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let before = live(db).await;
        let stored = || async { note::Entity::with_trashed().all(&**db).await.unwrap() };
        let trashed = stored().await;

        let restore = || note::Entity::restore_by_id(2).with_ancestors();
        let preview = restore().preview(&**db).await?;
        let lines = [
            "restore",
            "family_note: 1 row",
            "├─ family_attachment: 1 row",
            "└─ family_note_tag: 0 rows",
            "with ancestors, family_folder: 3 rows",
            "└─ family_note: 2 rows",
            "   ├─ family_attachment: 1 row",
            "   └─ family_note_tag: 2 rows",
            "with ancestors, family_notebook: 1 row",
            "└─ family_folder: 0 rows",
            "   └─ family_note: 0 rows",
            "      ├─ family_attachment: 0 rows",
            "      └─ family_note_tag: 0 rows",
        ];
        reads(&preview, &lines);
        assert_eq!((preview.is_allowed(), preview.count()), (true, 11));
        assert_eq!(restore().preview(&db.scoped()).await?, preview);
        let text = serde_json::to_string(&preview).unwrap();
        assert_eq!(serde_json::from_str::<Preview>(&text).unwrap(), preview);
        assert_eq!((live(db).await, stored().await), (before, trashed), "a preview writes nothing");
        let many = note::Entity::restore_many().filter(note::Column::Id.eq(2)).with_ancestors();
        assert_eq!(many.preview(&**db).await?, preview);

        folder::Entity::force_delete_by_id(3).exec(&**db).await?; // with its note
        let changed = |refused| match refused {
            SoftDeleteError::PreviewChanged { now, .. } => *now,
            other => panic!("{other}"),
        };
        let after = (live(db).await, stored().await);
        let now = changed(restore().confirm(&preview, &**db).await.unwrap_err());
        let same = changed(many.clone().confirm(&preview, &**db).await.unwrap_err());
        assert_eq!((now.count(), &same), (9, &now));
        assert_eq!((live(db).await, stored().await), after);
        let restored = restore().confirm(&now, &db.scoped()).await?;
        assert_eq!((restored.id, restored.deleted_at), (2, None));
        assert_eq!(live(db).await, [2, 3, 3, 3, 3, 1]);

        // Somebody has restored it.
        let gone = changed(restore().confirm(&now, &**db).await.unwrap_err());
        assert_eq!(gone.count(), 0);
        let error = restore().confirm(&gone, &**db).await.unwrap_err();
        assert!(matches!(error, SoftDeleteError::NotTrashed { .. }), "{error}");
        let count = many.preview(&**db).await?;
        assert_eq!(many.confirm(&count, &**db).await?.rows_affected, 0);
    }

    async fn a_confirmed_restore_of_many_with_ancestors_counts_the_rows_asked_for(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        note::Entity::delete_by_id(4).exec(&**db).await?;
        notebook::Entity::delete_many().exec(&**db).await?;
        let restore = note::Entity::restore_many().filter_by_ids([2, 4]).with_ancestors();
        let preview = restore.preview(&**db).await?;
        assert_eq!((preview.affects.count, preview.ancestors.len()), (2, 2), "{preview}");
        assert_eq!(restore.confirm(&preview, &**db).await?.rows_affected, 2);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 0]);
    }

    async fn a_preview_of_a_force_delete_counts_trashed_rows_too(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(1).exec(&**db).await?;
        let remove = folder::Entity::force_delete_by_id(1);
        let preview = remove.preview(&**db).await?;
        reads(
            &preview,
            &[
                "force delete",
                "family_folder: 3 rows",
                "└─ family_note: 3 rows",
                "   ├─ family_attachment: 3 rows",
                "   ├─ family_note_tag: 2 rows",
                "   └─ family_index_entry: 0 rows",
            ],
        );
        remove.confirm(&preview, &db.scoped()).await?;
        assert_eq!(live(db).await, [2, 1, 1, 1, 1, 1]);
    }

    async fn an_entity_without_a_family_has_previews_too(db: &TestDb) {
        two_notebooks(db).await;
        let delete = attachment::Entity::delete_many().filter(attachment::Column::NoteId.eq(1));
        let preview = delete.preview(&**db).await?;
        reads(&preview, &["delete", "family_attachment: 2 rows"]);
        assert_eq!(delete.confirm(&preview, &**db).await?.rows_affected, 2);
        let restore = attachment::Entity::restore_many();
        let preview = restore.preview(&**db).await?;
        reads(&preview, &["restore", "family_attachment: 2 rows"]);
        assert_eq!(restore.confirm(&preview, &**db).await?.rows_affected, 2);
    }
}
