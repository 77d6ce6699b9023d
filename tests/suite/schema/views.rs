//! A view of the live rows.

use sea_orm::prelude::*;
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::{new_user, number, user};
use crate::harness::on_every_database;

on_every_database! {
    async fn a_view_shows_live_rows_alone(db: &TestDb) {
        db.create_table(user::Entity).await;
        let users = SoftDeleteSchema::of::<user::Entity>();
        let view = users.live_view("active_user");
        view.create(&**db).await?;
        view.create(&**db).await?;
        let count = "SELECT COUNT(*) FROM active_user";
        let ada = new_user("ada", None, "ada").insert(&**db).await?;
        new_user("bob", None, "bob").insert(&**db).await?;
        assert_eq!(number(&**db, count).await?, 2);
        ada.clone().delete(&**db).await?;
        assert_eq!(number(&**db, count).await?, 1);
        ada.restore(&**db).await?;
        assert_eq!(number(&**db, count).await?, 2);
        view.drop(&**db).await?;
        view.drop(&**db).await?;
        assert!(number(&**db, count).await.is_err());
    }

    async fn a_view_shows_the_columns_that_are_named(db: &TestDb) {
        db.create_table(user::Entity).await;
        let users = SoftDeleteSchema::of::<user::Entity>();
        let view = users.live_view("active_user").columns(["id", "nick"]);
        view.create(&**db).await?;
        new_user("ada", None, "ada").insert(&**db).await?;
        assert_eq!(number(&**db, "SELECT COUNT(nick) FROM active_user").await?, 1);
        let hidden = number(&**db, "SELECT COUNT(email) FROM active_user").await;
        assert!(hidden.is_err());
    }
}
