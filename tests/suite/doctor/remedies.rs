//! The printed statements of a remedy run unchanged, and remove the finding.

use sea_orm::{ConnectionTrait, Statement};
use sea_orm_soft_delete::SoftDeleteEntity;
use sea_orm_soft_delete::doctor::{Diagnosis, Doctor, FindingCode};

use super::cabinet::{JAR, examine, jar};
use super::nothing;
use super::run;
use crate::harness::{Server, TestDb, on_databases, on_every_database};

/// Names with quotes, which have to be escaped.
mod odd {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "o'd\"d`\\")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(column_name = "l'a\"b`\\", unique)]
        pub label: String,
        #[soft_delete(marker)]
        #[sea_orm(column_name = "d'e\"l`\\")]
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        #[sea_orm(column_name = "o'p\"e`\\")]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// An entity whose marker is never NULL.
mod plain {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "doctor_plain")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[soft_delete(marker, epoch = "seconds")]
        pub deleted_at: i64,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(reason)]
        pub reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The printed statements, each of which can have several lines.
fn printed(diagnosis: &Diagnosis) -> Vec<String> {
    let printed = diagnosis.to_string();
    let statements = diagnosis
        .findings()
        .iter()
        .flat_map(|finding| finding.remedy.statements.clone());
    let statements: Vec<String> = statements.collect();
    for statement in &statements {
        let last = statement.lines().last().unwrap();
        assert!(printed.contains(&format!("{last};")), "{statement}");
    }
    statements
}

/// Examines, runs the printed statements, and examines again.
async fn is_mended<E: SoftDeleteEntity>(db: &TestDb, entity: E, code: FindingCode) {
    let doctor = Doctor::new().of(entity);
    let diagnosis = doctor.examine(&**db).await.unwrap();
    let found = diagnosis.findings();
    assert!(
        found.iter().any(|finding| finding.code == code),
        "no {code}: {diagnosis}"
    );
    run(db, printed(&diagnosis)).await;
    nothing(
        &doctor
            .examine(&**db)
            .await
            .unwrap()
            .allowing(FindingCode::KeyCountsTrashed),
    );
}

/// The name as the database quotes it.
fn quoted(db: &TestDb, name: &str) -> String {
    match db.server() {
        Server::MariaDb | Server::MySql => format!("`{}`", name.replace('`', "``")),
        _ => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

fn odd_table(db: &TestDb, marker: &str, operation: &str) -> String {
    let name = |name| quoted(db, name);
    format!(
        "CREATE TABLE {} (id {{uuid}} PRIMARY KEY, {} varchar(40) NOT NULL, {} {marker}, {} {operation})",
        name("o'd\"d`\\"),
        name("l'a\"b`\\"),
        name("d'e\"l`\\"),
        name("o'p\"e`\\"),
    )
}

on_every_database! {
    async fn names_with_quotes_and_backslashes_are_printed_as_sql(db: &TestDb) {
        let table = quoted(db, "o'd\"d`\\");
        let label = quoted(db, "l'a\"b`\\");
        let whole = odd_table(db, "{zoned} NULL", "{uuid} NULL");
        run(db, [&whole]).await;
        nothing(&Doctor::new().of(odd::Entity).examine(&**db).await?);

        let index = quoted(db, "i'n\"d`\\");
        run(db, [format!("CREATE UNIQUE INDEX {index} ON {table} ({label})")]).await;
        is_mended(db, odd::Entity, FindingCode::UniqueCountsTrashed).await;

        let view = quoted(db, "v'i\"e`\\");
        let of = quoted(db, "c'o\"l`\\");
        run(db, [format!("CREATE VIEW {view} ({of}) AS SELECT {label} FROM {table} WHERE {label} <> 'x\\\\'';'")]).await;
        is_mended(db, odd::Entity, FindingCode::ViewShowsTrashed).await;
        run(db, [format!("DROP VIEW {view}"), format!("DROP TABLE {table}")]).await;

        run(db, [format!("CREATE TABLE {table} (id {{uuid}} PRIMARY KEY, {label} varchar(40) NOT NULL)")]).await;
        is_mended(db, odd::Entity, FindingCode::MarkerMissing).await;
        run(db, [format!("DROP TABLE {table}")]).await;

        if db.server() != Server::Sqlite {
            run(db, [odd_table(db, "{zoned} NOT NULL", "{uuid} NOT NULL")]).await;
            is_mended(db, odd::Entity, FindingCode::MarkerNotNull).await;
        }
    }
}

/// The statements of the report as it is printed, from top to bottom.
fn top_to_bottom(diagnosis: &Diagnosis) -> Vec<String> {
    let text = diagnosis.to_string();
    let lines = text
        .lines()
        .filter_map(|line| line.trim().strip_suffix(';'));
    lines.map(str::to_owned).collect()
}

on_every_database! {
    async fn a_report_about_two_unique_keys_of_a_table_runs_from_top_to_bottom(db: &TestDb) {
        run(db, [
            JAR,
            "CREATE UNIQUE INDEX jar_label ON doctor_jar (label)",
            "CREATE UNIQUE INDEX jar_deleted_by ON doctor_jar (deleted_by)",
        ])
        .await;
        let diagnosis = examine(db, jar::Entity).await;
        assert_eq!(diagnosis.findings().len(), 2, "{diagnosis}");
        run(db, top_to_bottom(&diagnosis)).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn a_report_about_two_unique_constraints_of_a_table_runs_from_top_to_bottom(db: &TestDb) {
        run(db, [JAR.replace(
            "updated_at {zoned} NULL)",
            "updated_at {zoned} NULL, UNIQUE (label), UNIQUE (deleted_by))",
        )])
        .await;
        let diagnosis = examine(db, jar::Entity).await;
        assert_eq!(diagnosis.findings().len(), 2, "{diagnosis}");
        run(db, top_to_bottom(&diagnosis)).await;
        let mut after = examine(db, jar::Entity).await;
        if db.server() == Server::Sqlite {
            // It makes the table anew, for one key at a time.
            assert_eq!(after.findings().len(), 1, "{after}");
            run(db, top_to_bottom(&after)).await;
            after = examine(db, jar::Entity).await;
        }
        nothing(&after);
    }
}

on_databases! { [postgres: Postgres]
    async fn a_type_conversion_keeps_the_meaning_of_the_values(db: &TestDb) {
        let table = |marker: &str, operation: &str, reason: &str| {
            format!("CREATE TABLE doctor_plain (id integer PRIMARY KEY, deleted_at {marker}, operation_id {operation}, reason {reason})")
        };
        for (marker, operation, reason, value) in [
            ("bigint NOT NULL DEFAULT 0", "text", "text", "0, '00000000-0000-0000-0000-000000000001', ''"),
            ("bigint NOT NULL DEFAULT 0", "varchar(36) DEFAULT ''", "text", "7, '', ''"),
            ("bigint NOT NULL DEFAULT 0", "bytea", "integer", "0, '\\x00000000000000000000000000000001', 3"),
            ("timestamp with time zone", "uuid", "uuid", "'1970-01-01 00:00:07Z', NULL, NULL"),
            ("integer DEFAULT 0", "uuid", "text", "7, NULL, NULL"),
            ("text NOT NULL DEFAULT '0'", "uuid", "text", "'7', NULL, NULL"),
        ] {
            run(db, [
                table(marker, operation, reason),
                format!("INSERT INTO doctor_plain VALUES (1, {value})"),
            ])
            .await;
            let code = match reason {
                "integer" | "uuid" => FindingCode::CompanionMistyped,
                _ if operation == "uuid" => FindingCode::MarkerMistyped,
                _ => FindingCode::CompanionMistyped,
            };
            is_mended(db, plain::Entity, code).await;
            // The cast keeps the result type, because the database caches the plan of the statement.
            let instant = "SELECT deleted_at::bigint AS instant FROM doctor_plain";
            let instant = Statement::from_string(db.get_database_backend(), instant);
            let row = db.query_one_raw(instant).await?.unwrap();
            let expected = if value.contains('7') { 7_i64 } else { 0 };
            assert_eq!(row.try_get::<i64>("", "instant")?, expected, "{value}");
            run(db, ["DROP TABLE doctor_plain"]).await;
        }
    }
}

on_databases! { [sqlite: Sqlite, mariadb: MariaDb, mysql: MySql]
    async fn a_uuid_key_is_no_finding_whatever_the_type_of_its_column(db: &TestDb) {
        let whole = odd_table(db, "{zoned} NULL", "{uuid} NULL");
        let whole = match db.server() {
            Server::Sqlite => whole.replace("id {uuid}", "id text"),
            _ => whole.replace("id {uuid}", "id varbinary(16)"),
        };
        run(db, [whole]).await;
        nothing(&Doctor::new().of(odd::Entity).examine(&**db).await?);
    }
}
