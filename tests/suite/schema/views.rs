//! A view of the live rows.

use sea_orm::prelude::*;
use sea_orm_soft_delete::Scopable;
use sea_orm_soft_delete::doctor::Doctor;
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::{new_user, number, plan, run, user};
use crate::harness::{Server, on_databases, on_every_database};

on_every_database! {
    async fn a_view_shows_live_rows_only(db: &TestDb) {
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

    async fn nothing_is_written_through_a_view(db: &TestDb) {
        db.create_table(user::Entity).await;
        let users = SoftDeleteSchema::of::<user::Entity>();
        users.live_view("active_user").create(&**db).await?;
        new_user("ada", None, "ada").insert(&**db).await?;
        let bob = new_user("bob", None, "bob").insert(&**db).await?;
        bob.delete(&**db).await?;
        let upsert = match db.server().speaks_mysql() {
            true => "ON DUPLICATE KEY UPDATE nick = 'x'",
            false => "ON CONFLICT (id) DO UPDATE SET nick = 'x'",
        };
        let mut writes = vec![
            "DELETE FROM active_user".to_owned(),
            "DELETE FROM active_user WHERE id = 1".to_owned(),
            "UPDATE active_user SET nick = 'x'".to_owned(),
            "INSERT INTO active_user (id, email, nick) VALUES (9, 'eve', 'eve')".to_owned(),
            format!("INSERT INTO active_user (id, email, nick) VALUES (2, 'eve', 'eve') {upsert}"),
        ];
        match db.server() {
            Server::Postgres => writes.extend([
                "TRUNCATE active_user".to_owned(),
                "DELETE FROM active_user USING schema_user u WHERE u.id = active_user.id".to_owned(),
                "WITH gone AS (DELETE FROM active_user RETURNING *) SELECT * FROM gone".to_owned(),
            ]),
            Server::MariaDb | Server::MySql => writes.extend([
                "TRUNCATE active_user".to_owned(),
                "REPLACE INTO active_user (id, email, nick) VALUES (1, 'eve', 'eve')".to_owned(),
                "DELETE v FROM active_user v".to_owned(),
                "DELETE v FROM active_user v JOIN schema_user u USING (id)".to_owned(),
                "UPDATE active_user v JOIN (SELECT 1) one SET v.nick = 'x'".to_owned(),
            ]),
            Server::Sqlite => writes.extend([
                "REPLACE INTO active_user (id, email, nick) VALUES (1, 'eve', 'eve')".to_owned(),
            ]),
        }
        let scoped = db.scoped();
        for write in writes {
            assert!(db.execute_unprepared(&write).await.is_err(), "{write}");
            assert!(scoped.execute_unprepared(&write).await.is_err(), "scoped: {write}");
        }
        let unchanged = "SELECT COUNT(*) FROM schema_user WHERE nick IN ('ada', 'bob')";
        assert_eq!(number(&**db, unchanged).await?, 2);
        assert_eq!(number(&scoped, "SELECT COUNT(*) FROM active_user").await?, 1);
        let diagnosis = Doctor::new().of(user::Entity).examine(&**db).await?;
        let views = diagnosis.findings().iter().filter(|found| found.message.contains("active_user"));
        assert_eq!(views.count(), 0, "{diagnosis}");
    }

    async fn a_view_uses_the_indexes_of_its_table(db: &TestDb) {
        db.create_table(user::Entity).await;
        let users = SoftDeleteSchema::of::<user::Entity>();
        users.live_view("active_user").create(&**db).await?;
        for (id, nick) in (1..=300).map(|id| (id, format!("n{id}"))) {
            run(db, &[format!("INSERT INTO schema_user (id, email, nick) VALUES ({id}, '{nick}', '{nick}')")]).await;
        }
        users.index_live(["nick"]).create(&**db).await?;
        if db.server() == Server::Postgres {
            run(db, &[
                "INSERT INTO schema_user (id, email, nick) \
                 SELECT n, 'e' || n, 'n' || n FROM generate_series(301, 5000) AS n".into(),
                "ANALYZE schema_user".into(),
            ]).await;
        }
        let plan = plan(&**db, "SELECT * FROM active_user WHERE nick = 'n7'").await?;
        assert!(plan.contains("schema_user_nick_live_idx"), "{plan}");
    }
}

on_databases! { [postgres: Postgres]
    async fn a_view_that_is_created_again_keeps_its_comments(db: &TestDb) {
        db.create_table(user::Entity).await;
        let view = SoftDeleteSchema::of::<user::Entity>().live_view("active_user");
        view.create(&**db).await?;
        run(db, &[
            "ALTER VIEW active_user SET (security_invoker = true, security_barrier)".into(),
            "COMMENT ON VIEW active_user IS 'of the API'".into(),
            "GRANT SELECT ON active_user TO PUBLIC".into(),
            "CREATE FUNCTION trash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             UPDATE schema_user SET deleted_at = now() WHERE id = OLD.id; RETURN OLD; END $$".into(),
            "CREATE TRIGGER trash INSTEAD OF DELETE ON active_user FOR EACH ROW \
             EXECUTE FUNCTION trash()".into(),
        ]).await;
        let said = "SELECT COUNT(*) FROM pg_class c WHERE c.oid = 'active_user'::regclass \
                    AND c.reloptions @> '{security_invoker=true,security_barrier=true}' \
                    AND obj_description(c.oid) = 'of the API' \
                    AND has_table_privilege('pg_monitor', c.oid, 'SELECT')";
        assert_eq!(number(&**db, said).await?, 1);
        view.create(&**db).await?;
        assert_eq!(number(&**db, said).await?, 1);
        new_user("ada", None, "ada").insert(&**db).await?;
        run(db, &["DELETE FROM active_user".into()]).await;
        assert_eq!(user::Entity::only_trashed().count(&**db).await?, 1);
    }

    async fn a_writable_view_is_replaced_by_a_read_only_view(db: &TestDb) {
        db.create_table(user::Entity).await;
        run(db, &[
            "CREATE VIEW active_user WITH (security_invoker = true) AS \
             SELECT * FROM schema_user WHERE deleted_at IS NULL WITH LOCAL CHECK OPTION".into(),
        ]).await;
        SoftDeleteSchema::of::<user::Entity>().live_view("active_user").create(&**db).await?;
        new_user("ada", None, "ada").insert(&**db).await?;
        assert!(db.execute_unprepared("DELETE FROM active_user").await.is_err());
        let said = "SELECT COUNT(*) FROM pg_class WHERE oid = 'active_user'::regclass \
                    AND reloptions = '{security_invoker=true}'";
        assert_eq!(number(&**db, said).await?, 1);
    }
}

on_databases! { [mariadb: MariaDb, mysql: MySql]
    async fn a_view_that_is_created_again_keeps_its_privileges(db: &TestDb) {
        db.create_table(user::Entity).await;
        let view = SoftDeleteSchema::of::<user::Entity>().live_view("active_user");
        run(db, &[
            "CREATE DEFINER = 'no VIEW ''` body'@'%' SQL SECURITY INVOKER VIEW active_user AS \
             SELECT * FROM schema_user".into(),
        ]).await;
        view.create(&db.scoped()).await?;
        view.create(&**db).await?;
        let said = "SELECT COUNT(*) FROM information_schema.views \
                    WHERE table_schema = DATABASE() AND table_name = 'active_user' \
                    AND security_type = 'INVOKER' AND definer = 'no VIEW ''` body@%'";
        assert_eq!(number(&**db, said).await?, 1);
        new_user("ada", None, "ada").insert(&**db).await?;
        assert!(db.execute_unprepared("DELETE FROM active_user").await.is_err());
    }
}

on_databases! { [sqlite: Sqlite]
    async fn a_view_that_is_created_again_keeps_its_triggers(db: &TestDb) {
        db.create_table(user::Entity).await;
        let view = SoftDeleteSchema::of::<user::Entity>().live_view("active_user");
        view.create(&**db).await?;
        run(db, &[
            "CREATE TRIGGER trash INSTEAD OF DELETE ON active_user BEGIN \
             UPDATE schema_user SET deleted_at = '2020-01-01T00:00:00+00:00' WHERE id = OLD.id; END".into(),
        ]).await;
        view.create(&**db).await?;
        new_user("ada", None, "ada").insert(&**db).await?;
        run(db, &["DELETE FROM active_user".into()]).await;
        assert_eq!(user::Entity::only_trashed().count(&**db).await?, 1);
    }
}
