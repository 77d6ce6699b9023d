//! How many rows there are and how many a verb changed, by entity and by operation.

use sea_orm::prelude::*;
use sea_orm_soft_delete::preview::EntityRows;
use sea_orm_soft_delete::{RowCount, Scopable};

use crate::families::notebooks::*;
use crate::harness::on_every_database;

fn numbers(rows: &[EntityRows]) -> Vec<(&str, u64)> {
    let rows = rows.iter();
    rows.map(|it| (it.entity.as_str(), it.count)).collect()
}

on_every_database! {
    async fn rows_are_counted_with_and_without_the_trash(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(1).exec(&**db).await?;
        note::Entity::delete_many().filter(note::Column::Id.gte(3)).exec(&**db).await?;
        let total = RowCount::of(note::Entity).total(&**db).await?;
        assert_eq!((total.live, total.trashed, total.all()), (1, 3, 4));
        let some = RowCount::of(note::Entity).filter(note::Column::FolderId.eq(1)).total(&db.scoped()).await?;
        assert_eq!((some.live, some.trashed), (1, 1));
        let by_folder = RowCount::of(note::Entity).by::<i32, _>(note::Column::FolderId, &**db).await?;
        let by_folder: Vec<_> = by_folder.into_iter().map(|(id, it)| (id, it.live, it.trashed)).collect();
        assert_eq!(by_folder, [(1, 1, 1), (3, 0, 1), (4, 0, 1)]);
        let by_operation = RowCount::of(note::Entity).by_operation(&**db).await?;
        let mut numbers: Vec<_> = by_operation.iter().map(|(id, it)| (id.is_some(), it.live, it.trashed)).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [(false, 1, 0), (true, 0, 1), (true, 0, 2)]);
        let nothing = RowCount::of(note::Entity).filter(note::Column::Id.eq(99)).total(&**db).await?;
        assert_eq!(nothing.all(), 0);
    }

    async fn verbs_tell_how_many_rows_of_each_entity_they_changed(db: &TestDb) {
        two_notebooks(db).await;
        let family = [("family_notebook", 1), ("family_folder", 3), ("family_note", 3), ("family_attachment", 3)];
        let deleted = notebook::Entity::delete_by_id(1).exec_by_entity(&**db).await?;
        let deleted = numbers(&deleted);
        assert_eq!(deleted[0], ("family_notebook", 1));
        for rows in family {
            assert!(deleted.contains(&rows), "{deleted:?}");
        }
        assert!(deleted.contains(&("family_index_entry", 1)), "destroyed rows count: {deleted:?}");
        let restored = notebook::Entity::restore_by_id(1).exec_by_entity(&**db).await?;
        let restored = numbers(&restored);
        assert_eq!(restored[0], ("family_notebook", 1));
        for rows in family {
            assert!(restored.contains(&rows), "{restored:?}");
        }
        assert_eq!(numbers(&attachment::Entity::delete_many().exec_by_entity(&**db).await?), [("family_attachment", 4)]);
        assert_eq!(numbers(&attachment::Entity::restore_many().exec_by_entity(&**db).await?), [("family_attachment", 4)]);
        let removed = notebook::Entity::force_delete_by_id(1).exec_by_entity(&**db).await?;
        let removed = numbers(&removed);
        assert_eq!(removed[0], ("family_notebook", 1));
        for rows in family {
            assert!(removed.contains(&rows), "{removed:?}");
        }
        assert_eq!(numbers(&notebook::Entity::delete_by_id(99).exec_by_entity(&**db).await?), []);
    }
}
