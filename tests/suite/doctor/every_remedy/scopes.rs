//! Remedies for tables of required scopes.

use sea_orm::ConnectionTrait;
use sea_orm_soft_delete::ScopedTable;
use sea_orm_soft_delete::doctor::{Doctor, FindingCode};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::{Call, Fault, Way, call, remedies, run};
use crate::doctor::offices::{
    BADGE, BINDER, DESK, LAMP, Office, badge, binder, desk_of_any_office, doctor, lamp, offices,
    room, square,
};
use crate::harness::{Server, TestDb};

const ROOMS: &str = "SELECT id, office_id, name FROM office_room ORDER BY id";
const BADGES: &str = "SELECT id, office_id, code FROM office_badge ORDER BY id";

/// Creates badges with two rows.
async fn badges(db: &TestDb, table: &str, index: &str) -> Option<Fault> {
    run(db, [table, index]).await;
    run(
        db,
        ["INSERT INTO office_badge (id, office_id, code) VALUES (1, 7, 'a'), (2, 8, 'b')"],
    )
    .await;
    Fault::of(Doctor::new().of_scoped(badge::Entity), BADGES)
}

const OFFICE: &str = "CREATE INDEX one ON office_badge (office_id)";

remedies! {
    UniqueAcrossScope: async fn a_unique_key_among_live_rows(db: &TestDb) {
        offices(db, DESK, BADGE).await;
        let rooms = SoftDeleteSchema::of::<room::Entity>();
        rooms.unique_among_live(["name"]).create(&**db).await.unwrap();
        run(db, ["INSERT INTO office_room (id, office_id, name) VALUES (1, 7, 'Blue')"]).await;
        let call: Call = match db.server() {
            Server::Sqlite => call!(|db| SoftDeleteSchema::of::<crate::doctor::offices::room::Entity>()
                .unique_among_live(["office_id", "name"]).create(&db).await?;
                db.execute_unprepared("DROP INDEX \"office_room_name_live\"").await?),
            Server::Postgres => call!(|db| SoftDeleteSchema::of::<crate::doctor::offices::room::Entity>()
                .unique_among_live(["office_id", "name"]).create(&db).await?;
                db.execute_unprepared("DROP INDEX \"office_room_name_live\"").await?),
            Server::MariaDb | Server::MySql => call!(|db| SoftDeleteSchema::of::<crate::doctor::offices::room::Entity>()
                .unique_among_live(["office_id", "name"]).create(&db).await?;
                db.execute_unprepared("DROP INDEX `office_room_name_live` ON `office_room`").await?),
        };
        Some(Fault { call: Some(call), ..Fault::of(doctor(), ROOMS)? })
    }

    UniqueAcrossScope: async fn a_unique_key_of_a_table_without_trash(db: &TestDb) {
        badges(db, &BADGE.replace("code varchar(40) NOT NULL", "code varchar(40) NOT NULL UNIQUE"), OFFICE).await
    }

    ForeignKeyAcrossScope: async fn a_foreign_key(db: &TestDb) {
        offices(db, &desk_of_any_office(), BADGE).await;
        run(db, [
            "INSERT INTO office_room (id, office_id, name) VALUES (1, 7, 'Blue')",
            "INSERT INTO office_desk (id, office_id, room_id, label) VALUES (1, 7, 1, 'a')",
        ])
        .await;
        Fault::of(doctor(), "SELECT id, office_id, room_id, label FROM office_desk")
    }

    ScopeColumnMissing: async fn a_missing_column(db: &TestDb) {
        run(db, ["CREATE TABLE office_badge (id {id}, code varchar(40))", "INSERT INTO office_badge (code) VALUES ('a')"]).await;
        let fault = Fault::of(Doctor::new().of_scoped(badge::Entity), "SELECT id, code FROM office_badge")?;
        Some(Fault { then: Some(FindingCode::ScopeColumnNullable), ..fault })
    }

    ScopeColumnNullable: async fn a_column_that_can_be_null(db: &TestDb) {
        badges(db, &BADGE.replace("bigint NOT NULL", "bigint DEFAULT 7"), OFFICE).await
    }

    ScopeColumnMistyped: async fn a_column_of_another_type(db: &TestDb) {
        let fault = badges(db, &BADGE.replace("bigint", match db.server() {
            Server::Sqlite => "text",
            Server::Postgres => "integer",
            Server::MariaDb | Server::MySql => "tinyint",
        }), OFFICE).await?;
        let by_hand = match db.server() {
            Server::Sqlite => vec![
                "DROP TABLE office_badge".to_owned(),
                BADGE.to_owned(),
                OFFICE.to_owned(),
                "INSERT INTO office_badge (id, office_id, code) VALUES (1, 7, 'a'), (2, 8, 'b')".to_owned(),
            ],
            _ => Vec::new(),
        };
        Some(Fault { by_hand, rows: "SELECT id, code FROM office_badge ORDER BY id", ..fault })
    }

    ScopeIgnoresCase: async fn a_text_that_ignores_case(db: &TestDb) {
        let loose = match db.server() {
            Server::Sqlite => "COLLATE NOCASE",
            Server::Postgres => "COLLATE any_case",
            Server::MariaDb | Server::MySql => "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        };
        if db.server() == Server::Postgres {
            run(db, ["CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"]).await;
        }
        run(db, [
            &BINDER.replace("{exact}", loose),
            "CREATE INDEX one ON firm_binder (firm)",
            "INSERT INTO firm_binder (firm) VALUES ('acme')",
        ])
        .await;
        Fault::of(Doctor::new().of_scoped(binder::Entity), "SELECT id, firm FROM firm_binder")
    }

    ScopeUnindexed: async fn a_scope_without_an_index(db: &TestDb) {
        badges(db, BADGE, "SELECT 1").await
    }

    ScopeUndeclared: async fn an_entity_without_its_scope(db: &TestDb) {
        offices(db, DESK, BADGE).await;
        run(db, [LAMP]).await;
        let fault = Fault::of(Doctor::new().of(lamp::Entity), "SELECT id FROM office_lamp")?;
        Some(Fault { declared: Some(("#[scope(Office)]", doctor())), ..fault })
    }

    ScopeUndeclared: async fn a_table_without_an_entity(db: &TestDb) {
        offices(db, DESK, BADGE).await;
        run(db, [LAMP, "CREATE INDEX office_lamp_office ON office_lamp (office_id)"]).await;
        let described = ScopedTable::without_trash("office_lamp").required(Office, "office_id");
        let fault = Fault::of(Doctor::new().of(lamp::Entity), "SELECT id FROM office_lamp")?;
        Some(Fault { declared: Some(("#[scope(Office)]", Doctor::new().of(lamp::Entity).table(described))), ..fault })
    }

    ScopeNamedTwice: async fn two_scopes_of_one_name(db: &TestDb) {
        run(db, ["CREATE TABLE district_square (id {id}, district_id bigint NOT NULL)"]).await;
        let fault = Fault::of(Doctor::new().of_scoped(square::Entity), "SELECT id FROM district_square")?;
        Some(Fault { only_advice: true, ..fault })
    }
}
