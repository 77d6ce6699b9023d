//! Tables of a required scope, where the database lets rows of several values meet.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, PaginatorTrait};
use sea_orm_soft_delete::doctor::{Doctor, FindingCode, Severity};
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::{Scopable, ScopedTable};

use super::offices::{
    BADGE, BINDER, DESK, LAMP, Office, ROOM, badge, binder, desk, desk_of_any_office, examine,
    lamp, offices, room, spare_badge, square, street,
};
use super::{is, mend, nothing, only, run, the};
use crate::harness::{Server, TestDb, on_databases, on_every_database};

/// The tables that lack a scope.
async fn undeclared(db: &TestDb, doctor: Doctor) -> Vec<String> {
    let diagnosis = doctor.examine(&**db).await.unwrap();
    let findings = diagnosis.findings().iter();
    let found = findings.filter(|finding| finding.code == FindingCode::ScopeUndeclared);
    found.map(|finding| finding.entity.clone()).collect()
}

on_every_database! {
    async fn tables_that_keep_to_their_scope_are_healthy(db: &TestDb) {
        offices(db, DESK, BADGE).await;
        let rooms = SoftDeleteSchema::of::<room::Entity>();
        rooms.unique_among_live(["office_id", "name"]).create(&**db).await?;
        run(db, [
            "CREATE UNIQUE INDEX one ON office_badge (code, office_id)",
            "CREATE UNIQUE INDEX two ON office_badge (code, id)",
        ])
        .await;
        let diagnosis = examine(db).await;
        nothing(&diagnosis);
        assert_eq!(diagnosis.examined(), ["office_badge", "office_desk", "office_room"]);
    }

    async fn a_unique_key_among_live_rows_without_the_scope(db: &TestDb) {
        offices(db, DESK, BADGE).await;
        let rooms = SoftDeleteSchema::of::<room::Entity>();
        rooms.unique_among_live(["name"]).create(&**db).await?;
        let named = ["office_room_name_live", "`office_id`", "scope `office`"];
        let code = FindingCode::UniqueAcrossScope;
        let diagnosis = examine(db).await;
        let finding = only(&diagnosis, Severity::Warning, code, "office_room", &named);
        nothing(&diagnosis.allowing_of(room::Entity, code));
        // What the finding warns of.
        let of_office = |office_id| room::ActiveModel {
            office_id: Set(office_id),
            name: Set("Blue".to_owned()),
            ..Default::default()
        };
        of_office(7).insert(&db.scoped().within(Office, 7)).await?;
        of_office(8).insert(&db.scoped().within(Office, 8)).await.unwrap_err();
        mend(db, &finding).await;
        nothing(&examine(db).await);
        of_office(8).insert(&db.scoped().within(Office, 8)).await?;
        of_office(8).insert(&db.scoped().within(Office, 8)).await.unwrap_err();
    }

    async fn a_unique_key_that_counts_trashed_rows_and_lacks_the_scope(db: &TestDb) {
        offices(db, DESK, BADGE).await;
        run(db, ["CREATE UNIQUE INDEX one ON office_room (name)"]).await;
        let diagnosis = examine(db).await;
        assert_eq!(diagnosis.findings().len(), 2, "{diagnosis}");
        let counts = the(&diagnosis, FindingCode::UniqueCountsTrashed);
        let across = the(&diagnosis, FindingCode::UniqueAcrossScope);
        assert_eq!(counts.remedy.statements, across.remedy.statements);
        mend(db, &counts).await;
        nothing(&examine(db).await);
    }

    async fn a_unique_key_of_a_table_without_trash(db: &TestDb) {
        offices(db, DESK, BADGE).await;
        let of_expression = match db.server() {
            Server::MariaDb => None,
            _ => Some("CREATE UNIQUE INDEX one ON office_badge ((lower(code)))"),
        };
        let of_some = match db.server().speaks_mysql() {
            true => None,
            false => Some("CREATE UNIQUE INDEX one ON office_badge (code) WHERE id > 3"),
        };
        let of_prefix = db.server().speaks_mysql().then_some("CREATE UNIQUE INDEX one ON office_badge (code(3))");
        let plain = Some("CREATE UNIQUE INDEX one ON office_badge (code)");
        for index in [plain, of_expression, of_some, of_prefix].into_iter().flatten() {
            run(db, [index]).await;
            let finding = only(&examine(db).await, Severity::Warning, FindingCode::UniqueAcrossScope, "office_badge", &["`one`"]);
            mend(db, &finding).await;
            nothing(&examine(db).await);
            let drop = match db.server().speaks_mysql() {
                true => "DROP INDEX office_badge_office_id_code_key ON office_badge",
                false => "DROP INDEX office_badge_office_id_code_key",
            };
            let drop = if Some(index) == of_expression { drop.replace("_code_key", "_key") } else { drop.to_owned() };
            run(db, [drop]).await;
        }
    }

    async fn a_unique_constraint_of_a_table_without_trash(db: &TestDb) {
        offices(db, DESK, &BADGE.replace("code varchar(40) NOT NULL", "code varchar(40) NOT NULL UNIQUE")).await;
        run(db, ["INSERT INTO office_badge (office_id, code) VALUES (7, 'a')"]).await;
        let finding = only(&examine(db).await, Severity::Warning, FindingCode::UniqueAcrossScope, "office_badge", &["`code`"]);
        mend(db, &finding).await;
        nothing(&examine(db).await);
        run(db, ["INSERT INTO office_badge (office_id, code) VALUES (8, 'a')"]).await;
    }

    async fn a_unique_key_that_other_rows_point_at_is_left_alone(db: &TestDb) {
        offices(db, DESK, &BADGE.replace("code varchar(40) NOT NULL", "code varchar(40) NOT NULL UNIQUE")).await;
        run(db, ["CREATE TABLE office_swipe (id {id}, code varchar(40), FOREIGN KEY (code) REFERENCES office_badge (code))"]).await;
        let finding = the(&examine(db).await, FindingCode::UniqueAcrossScope);
        assert!(finding.remedy.statements.is_empty(), "{finding}");
        assert!(finding.remedy.advice.contains("primary key"), "{finding}");
    }

    async fn a_natural_key_crosses_the_scope_and_a_generated_one_does_not(db: &TestDb) {
        for (key, crosses) in [
            ("id {int} NOT NULL, office_id bigint NOT NULL, code varchar(40) NOT NULL, PRIMARY KEY (id)", true),
            ("id {uuid} NOT NULL, office_id bigint NOT NULL, code varchar(40) NOT NULL, PRIMARY KEY (id)", false),
            ("id {int} NOT NULL, office_id bigint NOT NULL, code varchar(40) NOT NULL, PRIMARY KEY (office_id, id)", false),
        ] {
            // On SQLite, an INTEGER PRIMARY KEY is the row id, which the database numbers.
            if db.server() == Server::Sqlite && crosses {
                continue;
            }
            run(db, [format!("CREATE TABLE office_badge ({key})")]).await;
            run(db, ["CREATE INDEX one ON office_badge (office_id)"]).await;
            let diagnosis = Doctor::new().of_scoped(badge::Entity).examine(&**db).await?;
            match crosses {
                true => {
                    let finding = only(&diagnosis, Severity::Warning, FindingCode::UniqueAcrossScope, "office_badge", &["primary key"]);
                    assert!(finding.remedy.statements.is_empty(), "{finding}");
                }
                false => nothing(&diagnosis),
            }
            run(db, ["DROP TABLE office_badge"]).await;
        }
    }

    async fn a_unique_uuid_is_a_note(db: &TestDb) {
        offices(db, DESK, &BADGE.replace("code varchar(40)", "code varchar(40) NOT NULL, token {uuid}")).await;
        run(db, ["CREATE UNIQUE INDEX one ON office_badge (token)"]).await;
        let finding = only(&examine(db).await, Severity::Note, FindingCode::UniqueAcrossScope, "office_badge", &["`token`"]);
        assert!(finding.remedy.advice.contains("allowing_of"), "{finding}");
        mend(db, &finding).await;
        nothing(&examine(db).await);
    }

    async fn a_unique_key_below_a_row_of_the_scope_keeps_to_it_through_the_foreign_key(db: &TestDb) {
        offices(db, DESK, BADGE).await;
        let desks = SoftDeleteSchema::of::<desk::Entity>();
        desks.unique_among_live(["room_id", "label"]).create(&**db).await?;
        nothing(&examine(db).await);
    }

    /// The foreign key is what is wrong, and the key is right once it is mended.
    async fn a_unique_key_below_a_row_of_any_office_is_no_finding_of_its_own(db: &TestDb) {
        offices(db, &desk_of_any_office(), BADGE).await;
        let desks = SoftDeleteSchema::of::<desk::Entity>();
        desks.unique_among_live(["room_id", "label"]).create(&**db).await?;
        let finding = only(&examine(db).await, Severity::Warning, FindingCode::ForeignKeyAcrossScope, "office_desk", &["`room_id`", "`office_room`", "`office_id`"]);
        mend(db, &finding).await;
        nothing(&examine(db).await);
    }

    async fn a_unique_key_over_a_relation_without_a_foreign_key_is_a_note(db: &TestDb) {
        let desk = DESK.replace(", FOREIGN KEY (office_id, room_id) REFERENCES office_room (office_id, id)", "");
        offices(db, &desk, BADGE).await;
        let desks = SoftDeleteSchema::of::<desk::Entity>();
        desks.unique_among_live(["room_id", "label"]).create(&**db).await?;
        let diagnosis = examine(db).await;
        assert!(diagnosis.is_healthy(), "{diagnosis}");
        the(&diagnosis, FindingCode::UniqueAcrossScope);
        // The remedy for the foreign key has the office, too.
        let missing = the(&diagnosis, FindingCode::ForeignKeyMissing);
        if db.server() != Server::Sqlite {
            mend(db, &missing).await;
            nothing(&examine(db).await);
        }
    }

    async fn a_row_can_point_at_a_row_of_another_office(db: &TestDb) {
        offices(db, &desk_of_any_office(), BADGE).await;
        run(db, [
            "INSERT INTO office_room (id, office_id, name) VALUES (1, 7, 'Blue')",
            "INSERT INTO office_desk (id, office_id, room_id, label) VALUES (1, 7, 1, 'a'), (2, 8, 1, 'b')",
        ])
        .await;
        let finding = only(&examine(db).await, Severity::Warning, FindingCode::ForeignKeyAcrossScope, "office_desk", &["`room_id`", "`office_room`"]);
        let query = finding.remedy.query.clone().unwrap();
        let rows = db.query_all_raw(sea_orm::Statement::from_string(db.get_database_backend(), query)).await?;
        let labels: Vec<String> = rows.iter().map(|row| row.try_get("", "label").unwrap()).collect();
        assert_eq!(labels, ["b"]);
        run(db, ["DELETE FROM office_desk WHERE id = 2"]).await;
        mend(db, &finding).await;
        nothing(&examine(db).await);
        let moved = db.execute_unprepared("UPDATE office_desk SET office_id = 8").await;
        moved.unwrap_err();
    }

    async fn the_column_of_a_scope(db: &TestDb) {
        offices(db, DESK, &BADGE.replace("office_id bigint NOT NULL", "office_id bigint NULL")).await;
        let finding = only(&examine(db).await, Severity::Warning, FindingCode::ScopeColumnNullable, "office_badge", &["NULL"]);
        run(db, ["INSERT INTO office_badge (office_id, code) VALUES (7, 'a')"]).await;
        mend(db, &finding).await;
        nothing(&examine(db).await);

        run(db, [
            "CREATE TABLE office_spare_badge (id {id}, office_id bigint NULL)",
            "CREATE INDEX spare ON office_spare_badge (office_id)",
        ])
        .await;
        let spare = Doctor::new().of_scoped(spare_badge::Entity).examine(&**db).await?;
        only(&spare, Severity::Note, FindingCode::ScopeColumnNullable, "office_spare_badge", &["as its field says"]);

        run(db, ["DROP TABLE office_badge", "CREATE TABLE office_badge (id {id}, code varchar(40) NOT NULL)"]).await;
        let finding = only(&examine(db).await, Severity::Error, FindingCode::ScopeColumnMissing, "office_badge", &["office_badge.office_id"]);
        mend(db, &finding).await;
        let finding = only(&examine(db).await, Severity::Warning, FindingCode::ScopeColumnNullable, "office_badge", &[]);
        mend(db, &finding).await;
        nothing(&examine(db).await);

        let text = BADGE.replace("bigint", "varchar(20)");
        run(db, ["DROP TABLE office_badge", &text, "CREATE INDEX one ON office_badge (office_id)"]).await;
        let diagnosis = examine(db).await;
        let finding = the(&diagnosis, FindingCode::ScopeColumnMistyped);
        is(&finding, Severity::Error, FindingCode::ScopeColumnMistyped, "office_badge", &["an integer of 64 bits"]);
        if db.server() == Server::Postgres {
            run(db, ["INSERT INTO office_badge (office_id, code) VALUES ('7', 'a')"]).await;
            mend(db, &finding).await;
            nothing(&examine(db).await);
        }
    }

    async fn no_index_finds_the_rows_of_an_office(db: &TestDb) {
        run(db, [ROOM, BADGE]).await;
        let doctor = Doctor::new().of_scoped(badge::Entity).of_scoped(room::Entity);
        // The family of the rooms needs its table of desks, which stays away here.
        let doctor = doctor.except(desk::Entity);
        let diagnosis = doctor.examine(&**db).await?.allowing(FindingCode::TableMissing);
        assert_eq!(diagnosis.findings().len(), 2, "{diagnosis}");
        for finding in diagnosis.findings() {
            is(finding, Severity::Warning, FindingCode::ScopeUnindexed, &finding.entity, &["`office`"]);
            assert_eq!(finding.remedy.call.is_some(), finding.entity == "office_room");
            mend(db, finding).await;
        }
        nothing(&doctor.examine(&**db).await?.allowing(FindingCode::TableMissing));
    }

    async fn a_text_that_ignores_case(db: &TestDb) {
        let exact = match db.server().speaks_mysql() {
            true => "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            false => "",
        };
        let loose = match db.server() {
            Server::Sqlite => "COLLATE NOCASE",
            Server::Postgres => "COLLATE any_case",
            Server::MariaDb | Server::MySql => "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        };
        if db.server() == Server::Postgres {
            run(db, ["CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"]).await;
        }
        let doctor = Doctor::new().of_scoped(binder::Entity);
        for (collation, is_loose) in [(exact, false), (loose, true)] {
            run(db, [BINDER.replace("{exact}", collation)]).await;
            run(db, ["CREATE INDEX one ON firm_binder (firm)", "INSERT INTO firm_binder (firm) VALUES ('acme')"]).await;
            let diagnosis = doctor.examine(&**db).await?;
            if is_loose {
                let finding = only(&diagnosis, Severity::Warning, FindingCode::ScopeIgnoresCase, "firm_binder", &["`acme` and `ACME`"]);
                mend(db, &finding).await;
            }
            nothing(&doctor.examine(&**db).await?);
            run(db, ["DROP TABLE firm_binder"]).await;
        }
    }

    async fn an_entity_with_the_column_of_a_scope_and_without_the_scope(db: &TestDb) {
        offices(db, DESK, BADGE).await;
        run(db, [LAMP]).await;
        let code = FindingCode::ScopeUndeclared;
        let named = ["scope `office`", "`office_id`", "of every value"];
        let diagnosis = Doctor::new().of(lamp::Entity).examine(&**db).await?;
        let finding = only(&diagnosis, Severity::Warning, code, "office_lamp", &named);
        assert!(finding.remedy.advice.contains(r#"ScopedTable::without_trash("office_lamp").required(Office, "office_id")"#), "{finding}");
        nothing(&diagnosis.allowing_of(lamp::Entity, code));
        // What the finding warns of.
        run(db, ["INSERT INTO office_lamp (office_id) VALUES (8)"]).await;
        assert_eq!(lamp::Entity::find().count(&db.scoped().within(Office, 7)).await?, 1);
        assert_eq!(the(&Doctor::new().examine(&**db).await?, code), finding);
        assert_eq!(undeclared(db, Doctor::new().except(lamp::Entity)).await, [""; 0]);
        // The index is missing, for the doctor knows the scope of the table now.
        let lamps = ScopedTable::without_trash("office_lamp").required(Office, "office_id");
        let diagnosis = Doctor::new().of(lamp::Entity).table(lamps).examine(&**db).await?;
        only(&diagnosis, Severity::Warning, FindingCode::ScopeUnindexed, "office_lamp", &["`office_lamp.office_id`"]);
    }

    async fn tables_that_point_at_tables_of_a_scope(db: &TestDb) {
        run(db, ["CREATE TABLE office (id bigint PRIMARY KEY, head_id bigint, FOREIGN KEY (head_id) REFERENCES office (id))"]).await;
        let badge = BADGE.replace("code varchar(40) NOT NULL", "code varchar(40), FOREIGN KEY (office_id) REFERENCES office (id)");
        offices(db, DESK, &badge).await;
        for (table, severity, named) in [
            // By the key of a room.
            ("office_sign (id {id}, room_id {int}, FOREIGN KEY (room_id) REFERENCES office_room (id))",
             Severity::Warning, ["belong to rows of `office_room`", "`room_id`"]),
            ("office_key (id {id}, of_office bigint, room_id {int}, \
              FOREIGN KEY (of_office, room_id) REFERENCES office_room (office_id, id))",
             Severity::Warning, ["`of_office`", "`office_room`"]),
            // By what the column of the scope points at: a user can be of several offices.
            ("office_visitor (id {id}, last_office bigint, FOREIGN KEY (last_office) REFERENCES office (id))",
             Severity::Note, ["`last_office`", "`office`, whose rows are the values"]),
        ] {
            run(db, [format!("CREATE TABLE {table}")]).await;
            let finding = the(&Doctor::new().examine(&**db).await?, FindingCode::ScopeUndeclared);
            let name = table.split(' ').next().unwrap();
            is(&finding, severity, FindingCode::ScopeUndeclared, name, &named);
            run(db, [format!("DROP TABLE {name}")]).await;
        }
        assert_eq!(undeclared(db, Doctor::new()).await, [""; 0]);
    }

    /// The archive of a table has its columns, and is read by its verbs alone.
    async fn an_archive_is_in_no_scope(db: &TestDb) {
        offices(db, DESK, BADGE).await;
        run(db, ["CREATE TABLE testing_paper_archive (id {id}, office_id bigint NOT NULL)"]).await;
        assert_eq!(undeclared(db, Doctor::new()).await, [""; 0]);
        run(db, ["CREATE TABLE office_lamp_archive (id {id}, office_id bigint NOT NULL)"]).await;
        assert_eq!(undeclared(db, Doctor::new()).await, ["office_lamp_archive"]);
    }

    async fn two_scopes_of_one_name(db: &TestDb) {
        run(db, [
            "CREATE TABLE district_street (id {id}, district_id bigint NOT NULL)",
            "CREATE TABLE district_square (id {id}, district_id bigint NOT NULL)",
            "CREATE INDEX one ON district_street (district_id)",
            "CREATE INDEX two ON district_square (district_id)",
        ])
        .await;
        for doctor in [Doctor::new().of_scoped(street::Entity), Doctor::new().of_scoped(square::Entity)] {
            let diagnosis = doctor.examine(&**db).await?;
            only(&diagnosis, Severity::Error, FindingCode::ScopeNamedTwice, "district_street", &["`district`", "`District`", "`district_square`"]);
        }
    }

    async fn a_table_with_scopes_that_is_not_there(db: &TestDb) {
        let doctor = Doctor::new().of_scoped(badge::Entity);
        let diagnosis = doctor.examine(&**db).await?;
        only(&diagnosis, Severity::Error, FindingCode::TableMissing, "office_badge", &["no such table"]);
        let all = Doctor::new().except(badge::Entity).examine(&**db).await?;
        assert!(all.examined().contains(&"office_desk".to_owned()));
        assert!(!all.examined().contains(&"office_badge".to_owned()));
    }
}

on_databases! { [postgres: Postgres]
    async fn the_partitions_of_a_table_are_in_its_scope(db: &TestDb) {
        let badge = format!("{BADGE} PARTITION BY LIST (office_id)").replace("id {id}", "id int");
        offices(db, DESK, &badge).await;
        run(db, ["CREATE TABLE office_badge_7 PARTITION OF office_badge FOR VALUES IN (7)"]).await;
        assert_eq!(undeclared(db, Doctor::new()).await, [""; 0]);
        run(db, ["ALTER TABLE office_badge DETACH PARTITION office_badge_7"]).await;
        assert_eq!(undeclared(db, Doctor::new()).await, ["office_badge_7"]);
    }

    async fn a_citext_ignores_case(db: &TestDb) {
        let txn = sea_orm::TransactionTrait::begin(&**db).await?;
        if txn.execute_unprepared("CREATE EXTENSION citext").await.is_err() {
            return Ok(()); // This server has no such extension.
        }
        txn.execute_unprepared("CREATE TABLE firm_binder (id serial PRIMARY KEY, firm citext NOT NULL)").await?;
        txn.execute_unprepared("CREATE INDEX one ON firm_binder (firm)").await?;
        let doctor = Doctor::new().of_scoped(binder::Entity);
        let finding = only(&doctor.examine(&txn).await?, Severity::Warning, FindingCode::ScopeIgnoresCase, "firm_binder", &["`citext`"]);
        for statement in &finding.remedy.statements {
            txn.execute_unprepared(statement).await?;
        }
        nothing(&doctor.examine(&txn).await?);
        txn.rollback().await?;
    }
}
