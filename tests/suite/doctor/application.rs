//! What the doctor says of an application that has done nothing for soft delete but derive it.

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, FromQueryResult, JsonValue, Schema, Statement};
use sea_orm_migration::SchemaManager;
use sea_orm_soft_delete::doctor::{Diagnosis, Doctor, Finding, FindingCode, Severity};

use super::run;
use super::shop::{
    self, address, category, coupon, order, order_line, product, review, user, wish,
};
use crate::harness::{Server, TestDb, on_databases, on_every_database};

/// The tables, parents first.
const TABLES: [&str; 11] = [
    "shop_user",
    "shop_address",
    "shop_category",
    "shop_product",
    "shop_tag",
    "shop_product_tag",
    "shop_wish",
    "shop_order",
    "shop_order_line",
    "shop_review",
    "shop_coupon",
];

async fn examine(db: &TestDb) -> Diagnosis {
    let doctor = Doctor::new()
        .of(user::Entity)
        .of(address::Entity)
        .of(category::Entity)
        .of(product::Entity)
        .of(wish::Entity)
        .of(order::Entity)
        .of(order_line::Entity)
        .of(review::Entity)
        .of(coupon::Entity);
    doctor.examine(&**db).await.unwrap()
}

/// Creates the tables with migrations, and inserts live and trashed rows.
async fn migrated(db: &TestDb) {
    shop::migrate(&SchemaManager::new(&**db)).await.unwrap();
    insert(db).await;
}

async fn insert(db: &TestDb) {
    let gone = match db.server() {
        Server::Sqlite => "'2024-02-03T04:05:06+00:00'",
        _ => "'2024-02-03 04:05:06'",
    };
    let naive = "'2024-02-03 04:05:06'";
    let order = match db.server() {
        Server::Sqlite | Server::MariaDb | Server::MySql => "X'00000000000000000000000000000001'",
        Server::Postgres => "'00000000-0000-0000-0000-000000000001'",
    };
    let (placed, gone) = (gone, gone.to_owned());
    run(
        db,
        [
            format!("INSERT INTO shop_user (id, email, role, deleted_at) VALUES (1, 'a', 'staff', NULL), (2, 'b', 'staff', {gone})"),
            format!("INSERT INTO shop_address (id, user_id, street, deleted_at) VALUES (1, 1, 'x', NULL), (2, 1, 'y', {naive})"),
            "INSERT INTO shop_category (id, parent_id, slug, is_deleted) VALUES (1, NULL, 'a', FALSE), (2, 1, 'b', TRUE)".to_owned(),
            format!("INSERT INTO shop_product (id, category_id, sku, description, price, deleted_at) VALUES (1, 1, 'a', '', 1, NULL), (2, 2, 'b', '', 1, {naive})"),
            "INSERT INTO shop_tag (id, name) VALUES (1, 'a')".to_owned(),
            "INSERT INTO shop_product_tag (product_id, tag_id) VALUES (1, 1), (2, 1)".to_owned(),
            format!("INSERT INTO shop_wish (user_id, product_id, deleted_at) VALUES (1, 1, NULL), (1, 2, {gone})"),
            format!("INSERT INTO shop_order (id, user_id, number, placed_at, deleted_at) VALUES ({order}, 1, 'a', {placed}, NULL)"),
            format!("INSERT INTO shop_order_line (order_id, product_id, quantity, deleted_at) VALUES ({order}, 1, 3, NULL), ({order}, 2, 3, {gone})"),
            format!("INSERT INTO shop_review (id, product_id, user_id, stars, deleted_at) VALUES (1, 1, 1, 3, NULL), (2, 1, 2, 3, {gone})"),
            format!("INSERT INTO shop_coupon (code, percent, deleted_at) VALUES ('a', 3, NULL), ('b', 3, {gone})"),
        ],
    )
    .await;
}

/// Every row of every table.
async fn rows(db: &TestDb) -> Vec<(&'static str, Vec<JsonValue>)> {
    let mut all = Vec::new();
    for table in TABLES {
        let select = format!("SELECT * FROM {table} ORDER BY 1, 2");
        let select = Statement::from_string(db.get_database_backend(), select);
        let rows = JsonValue::find_by_statement(select)
            .all(&**db)
            .await
            .unwrap();
        // An instant of a DATETIME(6) has more digits.
        let rows = rows.into_iter().map(|row| match row {
            JsonValue::Object(mut row) => {
                row.remove("soft_delete_live");
                let gone = row.get("deleted_at").map(ToString::to_string);
                let gone = gone.map(|gone| gone[..gone.len().min(20)].replace('T', " "));
                row.insert("deleted_at".to_owned(), gone.into());
                JsonValue::Object(row)
            }
            row => row,
        });
        all.push((table, rows.collect()));
    }
    all
}

fn codes(diagnosis: &Diagnosis, severity: Severity) -> Vec<(FindingCode, &str)> {
    let all = diagnosis.findings().iter();
    let found = all.filter(|finding| finding.severity == severity);
    let mut found: Vec<_> = found.map(|it| (it.code, it.entity.as_str())).collect();
    found.dedup();
    found
}

/// Errors are what makes a verb fail or answer wrongly. In this shop only a family on MySQL and MariaDB has them:
/// their date-times keep whole seconds, and a delete of the family finds its rows by the instant. `timestamp_null` makes a
/// column there that the driver does not read as a date-time without a zone.
fn expect_errors(db: &TestDb, diagnosis: &Diagnosis, of_product: FindingCode) {
    let expected = match db.server() {
        Server::MariaDb | Server::MySql => vec![
            (FindingCode::MarkerImprecise, "shop_order"),
            (FindingCode::MarkerImprecise, "shop_order_line"),
            (of_product, "shop_product"),
            (FindingCode::MarkerImprecise, "shop_review"),
        ],
        _ => Vec::new(),
    };
    assert_eq!(codes(diagnosis, Severity::Error), expected, "{diagnosis}");
}

on_every_database! {
    async fn a_shop_that_migrations_made_has_no_error_that_does_no_harm(db: &TestDb) {
        migrated(db).await;
        let diagnosis = examine(db).await;
        expect_errors(db, &diagnosis, FindingCode::MarkerMistyped);
        let warned: Vec<FindingCode> = {
            let mut codes: Vec<_> = codes(&diagnosis, Severity::Warning).into_iter().map(|it| it.0).collect();
            codes.sort();
            codes.dedup();
            codes.retain(|code| *code != FindingCode::MarkerImprecise);
            codes
        };
        assert_eq!(
            warned,
            [
                FindingCode::UniqueCountsTrashed,
                FindingCode::ForeignKeyDestroys,
                FindingCode::ForeignKeyUnlinks,
                FindingCode::RelationUndeclared,
            ],
            "{diagnosis}"
        );
        // A restore needs the rows of a link table.
        let mut notes = diagnosis.findings().iter().filter(|it| it.severity == Severity::Note);
        assert!(notes.any(|it| it.code == FindingCode::RelationUndeclared && it.message.contains("`shop_product_tag`")), "{diagnosis}");
    }

    async fn a_shop_that_its_entities_made_has_no_error_that_does_no_harm(db: &TestDb) {
        let schema = Schema::new(db.get_database_backend());
        for create in schema.create_enum_from_entity(user::Entity) {
            if db.server() == Server::Postgres {
                db.execute(&create).await?;
            }
        }
        for table in [
            schema.create_table_from_entity(user::Entity),
            schema.create_table_from_entity(address::Entity),
            schema.create_table_from_entity(category::Entity),
            schema.create_table_from_entity(product::Entity),
            schema.create_table_from_entity(shop::tag::Entity),
            schema.create_table_from_entity(shop::product_tag::Entity),
            schema.create_table_from_entity(wish::Entity),
            schema.create_table_from_entity(order::Entity),
            schema.create_table_from_entity(order_line::Entity),
            schema.create_table_from_entity(review::Entity),
            schema.create_table_from_entity(coupon::Entity),
        ] {
            db.execute(&table).await?;
        }
        expect_errors(db, &examine(db).await, FindingCode::MarkerImprecise);
    }

    async fn each_statement_for_the_shop_runs_as_printed_and_keeps_its_rows(db: &TestDb) {
        migrated(db).await;
        let before = rows(db).await;
        let mut done: Vec<Finding> = Vec::new();
        loop {
            let diagnosis = examine(db).await;
            let mut found = diagnosis.findings().iter();
            let Some(finding) = found.find(|it| !it.remedy.statements.is_empty()) else {
                break;
            };
            assert!(!done.contains(finding), "its statements do not mend it: {finding}");
            run(db, &finding.remedy.statements).await;
            assert_eq!(rows(db).await, before, "{finding}");
            done.push(finding.clone());
        }
        let left = examine(db).await;
        assert_eq!(codes(&left, Severity::Error), [], "{left}");
        let to_declare = left.findings().iter().filter(|it| it.severity == Severity::Warning);
        for finding in to_declare {
            assert_eq!(finding.code, FindingCode::RelationUndeclared, "{left}");
        }
    }
}

on_databases! { [mariadb: MariaDb, mysql: MySql]
    async fn whole_seconds_are_an_error_in_a_family(db: &TestDb) {
        migrated(db).await;
        run(db, ["ALTER TABLE shop_product MODIFY COLUMN deleted_at DATETIME NULL"]).await;
        let refused = product::Entity::delete_by_id(1).exec(&**db).await.unwrap_err();
        assert!(refused.to_string().contains("microseconds"), "{refused}");
        run(db, [
            "ALTER TABLE shop_product MODIFY COLUMN deleted_at DATETIME(6) NULL",
            "ALTER TABLE shop_review MODIFY COLUMN deleted_at DATETIME(6) NULL",
        ])
        .await;
        product::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(review::Entity::find().count(&**db).await?, 0);
    }

    async fn whole_seconds_do_no_harm_to_an_entity_alone(db: &TestDb) {
        migrated(db).await;
        for code in ["c", "d"] {
            run(db, [format!("INSERT INTO shop_coupon (code, percent) VALUES ('{code}', 5)")]).await;
            coupon::Entity::delete_by_id(code).exec(&**db).await?;
        }
        let live = coupon::Entity::find().all(&**db).await?;
        assert_eq!(live.len(), 1, "{live:?}");
        let c = coupon::Entity::restore_by_id("c").exec(&**db).await?;
        assert_eq!((c.code.as_str(), c.percent), ("c", 5));
        assert_eq!(coupon::Entity::find().count(&**db).await?, 2);
    }

    async fn a_date_time_without_a_zone_is_not_read_from_a_timestamp(db: &TestDb) {
        migrated(db).await;
        let read = <product::Entity as EntityTrait>::find().all(&**db).await;
        assert!(read.is_err(), "{read:?}");
        let diagnosis = examine(db).await;
        let mut found = diagnosis.findings().iter();
        let finding = found.find(|it| it.code == FindingCode::MarkerMistyped).unwrap();
        run(db, &finding.remedy.statements).await;
        let gone = product::Entity::only_trashed().all(&**db).await?;
        assert_eq!(gone[0].deleted_at.unwrap().to_string(), "2024-02-03 04:05:06");
    }
}
