//! A DELETE that names a schema cascades within that schema.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_soft_delete::Scopable;

use super::rows::live;
use super::shelves::{another_schema, leave, shelf, shelves};
use crate::harness::on_every_database;

on_every_database! {
    async fn a_delete_cascades_in_the_schema_that_it_names(db: &TestDb) {
        shelves(db).await;
        let other = another_schema(db).await;
        let tables = |name: &str| format!("{other}.{name}");
        let restock = [
            format!("DELETE FROM {other}.two_shelf"),
            format!("DELETE FROM {other}.two_book"),
            format!("INSERT INTO {other}.two_shelf (id, name) VALUES (1, 'a'), (2, 'b')"),
            format!("INSERT INTO {other}.two_book (id, shelf_id, title) VALUES (1, 1, 'x'), (4, 2, 'y')"),
        ];
        let scoped = db.scoped();
        let backend = db.get_database_backend();
        let mut deletes = vec![
            format!("DELETE FROM {other}.two_shelf WHERE id = 1"),
            format!("DELETE FROM {other} . two_shelf WHERE id IN (SELECT shelf_id FROM {other}.two_book WHERE id = 1)"),
        ];
        match backend {
            DbBackend::MySql => deletes.extend([
                format!("DELETE FROM `{other}`.`two_shelf` WHERE id = 1"),
                format!("DELETE s FROM {other}.two_shelf AS s WHERE s.id = 1"),
                format!("DELETE FROM s USING {other}.two_shelf AS s JOIN two_book b ON b.id = s.id WHERE s.id = 1"),
            ]),
            _ => deletes.extend([
                format!("DELETE FROM \"{other}\".\"two_shelf\" AS s WHERE s.id = 1"),
                format!("DELETE FROM {}.two_shelf WHERE id = 1", other.to_uppercase()),
            ]),
        }
        for delete in deletes {
            for sql in &restock {
                db.execute_unprepared(sql).await?;
            }
            for prepared in [false, true] {
                match prepared {
                    false => scoped.execute_unprepared(&delete).await?,
                    true => scoped.execute_raw(Statement::from_string(backend, delete.clone())).await?,
                };
                assert_eq!(live(db, &tables("two_shelf")).await, [2], "{delete}");
                assert_eq!(live(db, &tables("two_book")).await, [4], "{delete}");
                assert_eq!(live(db, "two_shelf").await, [1, 2], "{delete}");
                assert_eq!(live(db, "two_book").await, [1, 2, 3], "{delete}");
            }
        }
        // The delete is one operation, and a connection into that schema restores it.
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "two_book").await, [3]);
        assert_eq!(live(db, &tables("two_book")).await, [4]);
        leave(db, &other).await?;
    }

    async fn a_delete_of_tables_in_two_schemas_is_refused(db: &TestDb) {
        shelves(db).await;
        if db.get_database_backend() == DbBackend::MySql {
            let other = another_schema(db).await;
            let delete = format!("DELETE a, b FROM two_shelf a, {other}.two_shelf b");
            let refused = db.scoped().execute_unprepared(&delete).await.unwrap_err();
            assert!(refused.to_string().contains("from several tables at once"), "{refused}");
            leave(db, &other).await?;
        }
    }
}
