//! Instants that SQLite stores as text, in two formats.

use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, QueryTrait};
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::{Clock, Operation, OperationId, SoftDelete, Timestamp};

use super::{number, run};
use crate::harness::{TestDb, TestResult, on_databases, on_every_database};

/// An entity whose marker identifies its operations.
mod page {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "instants_page")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub slug: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Defines an entity for each type with its own text format, and for a marker that is never NULL.
macro_rules! kinds {
    ($($name:ident: $type:ty, $table:literal $(, $live:literal)?;)*) => {$(
        mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
                $(#[soft_delete(marker, live = $live)])?
                pub deleted_at: $type,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}
            impl ActiveModelBehavior for ActiveModel {}
        }
    )*};
}

kinds! {
    utc: Option<DateTimeUtc>, "instants_utc";
    naive: Option<DateTime>, "instants_naive";
    offset: Option<TimeDateTimeWithTimeZone>, "instants_offset";
    primitive: Option<TimeDateTime>, "instants_primitive";
    sentinel: DateTimeUtc, "instants_sentinel", "9999-12-31T00:00:00Z";
}

/// 2025-07-10T12:00:00Z
fn noon() -> Timestamp {
    Timestamp::from_unix_seconds(1_752_148_800).expect("an instant")
}

fn ago(hours: u64) -> Timestamp {
    noon()
        .checked_sub(Duration::from_secs(hours * 3600))
        .expect("an instant")
}

/// Inserts pages by the hours since they were trashed and the text format of their markers.
async fn pages(trashed: &[(i32, &str)], db: &TestDb) {
    db.create_table(page::Entity).await;
    for (id, at) in trashed {
        let insert = format!("INSERT INTO instants_page VALUES ({id}, 'x', '{at}')");
        run(db, &[insert]).await;
    }
}

async fn ids(db: &TestDb, at: Timestamp) -> Result<Vec<i32>, DbErr> {
    let old = page::Entity::is_trashed_before(at, db.get_database_backend()).expect("a date-time");
    let old = page::Entity::with_trashed()
        .filter(old)
        .order_by_asc(page::Column::Id);
    // Drivers cannot read every text format.
    let ids = old.select_only().column(page::Column::Id).into_tuple();
    ids.all(&**db).await
}

on_every_database! {
    async fn rows_older_than_a_day_are_found_to_the_microsecond(db: &TestDb) {
        db.create_table(page::Entity).await;
        for (id, micros) in [(1, -1), (2, 0), (3, 1)] {
            let at = Timestamp::from_unix_micros(ago(24).unix_micros() + micros).expect("an instant");
            let page = page::ActiveModel { id: Set(id), slug: Set("x".into()), deleted_at: Set(None) };
            page.insert(&**db).await?;
            let delete = page::Entity::delete_by_id(id).exec(&**db);
            Clock::fixed(at).scope(delete).await?;
        }
        run(db, &["INSERT INTO instants_page (id, slug) VALUES (4, 'live')".into()]).await;
        assert_eq!(ids(db, ago(24)).await?, [1]);
        assert_eq!(ids(db, noon()).await?, [1, 2, 3]);
    }
}

on_databases! { [sqlite: Sqlite]
    async fn rows_older_than_a_day_are_found_in_every_text_format(db: &TestDb) {
        pages(&[
            (1, "2025-07-09T11:59:59.999999+00:00"),
            (2, "2025-07-09 11:59:59"),
            (3, "2025-07-09T13:59:59+02:00"),
            (4, "2025-07-09 11:59"),
            (5, "2025-07-09T11:59:59.9999999Z"),
            (6, "2025-07-08"),
            (7, "2025-07-10T01:00:00+14:00"),
            (11, "2025-07-09T12:00:00+00:00"),
            (12, "2025-07-09 16:00:00"), // 20 hours; sorts before every text with a `T` of that day
            (13, "2025-07-09T11:30:00-05:00"),
            (14, "no date"),
            (15, "2025-07-09 12:00:00.000"),
        ], db).await;
        assert_eq!(ids(db, ago(24)).await?, [1, 2, 3, 4, 5, 6, 7]);
        let plan = {
            SoftDeleteSchema::of::<page::Entity>().index_for_purge()?.create(&**db).await?;
            let old = page::Entity::is_trashed_before(ago(24), db.get_database_backend()).expect("some");
            let sql = page::Entity::only_trashed().filter(old).build(db.get_database_backend());
            crate::schema::plan(&**db, &sql.to_string()).await?
        };
        assert!(plan.contains("instants_page_deleted_at_trashed_idx (deleted_at"), "{plan}");
    }

    async fn instants_are_rewritten_in_the_format_of_the_driver(db: &TestDb) {
        respelled(utc::Entity, db, [
            "2025-07-10T12:00:00+00:00", "2025-07-10T12:00:00.120+00:00", "2025-07-10T12:00:00.123456+00:00",
        ]).await?;
        respelled(naive::Entity, db, [
            "2025-07-10 12:00:00", "2025-07-10 12:00:00.120", "2025-07-10 12:00:00.123456",
        ]).await?;
        respelled(offset::Entity, db, [
            "2025-07-10T12:00:00Z", "2025-07-10T12:00:00.12Z", "2025-07-10T12:00:00.123456Z",
        ]).await?;
        respelled(primitive::Entity, db, [
            "2025-07-10 12:00:00.0", "2025-07-10 12:00:00.12", "2025-07-10 12:00:00.123456",
        ]).await?;
    }

    async fn a_live_value_in_another_format_is_rewritten_and_the_row_is_live_again(db: &TestDb) {
        db.create_table(sentinel::Entity).await;
        run(db, &["INSERT INTO instants_sentinel VALUES (1, '9999-12-31 00:00:00')".into()]).await;
        assert_eq!(sentinel::Entity::find().count(&**db).await?, 0);
        SoftDeleteSchema::of::<sentinel::Entity>().respell_instants(&**db).await?;
        assert_eq!(sentinel::Entity::find().count(&**db).await?, 1);
    }

    async fn an_operation_of_a_handwritten_update_is_listed_after_its_instant_is_rewritten(db: &TestDb) {
        pages(&[(1, "2025-07-10 12:00:00"), (2, "2025-07-10T12:00:00+00:00")], db).await;
        let list = || Operation::list().of(page::Entity).in_family_of(page::Entity);
        assert_eq!(list().all(&**db).await?[0].count(), 1);
        SoftDeleteSchema::of::<page::Entity>().apply(&**db).await?;
        let operations = list().all(&**db).await?;
        assert_eq!((operations.len(), operations[0].count()), (1, 2));
        assert_eq!(operations[0].id(), OperationId::Instant(noon()));
    }

    async fn the_last_trashed_row_of_two_text_formats_is_revived(db: &TestDb) {
        pages(&[], db).await;
        run(db, &[
            "INSERT INTO instants_page VALUES (1, 'x', '2025-07-10T11:00:00+00:00')".into(),
            "INSERT INTO instants_page VALUES (2, 'x', '2025-07-10 13:00:00')".into(),
        ]).await;
        let page = page::ActiveModel { slug: Set("x".into()), ..Default::default() };
        let revived = page::Entity::insert_or_revive(page).by([page::Column::Slug]).exec(&**db).await?;
        assert_eq!(revived.into_model().id, 2);
    }
}

async fn respelled<E>(entity: E, db: &TestDb, expected: [&str; 3]) -> TestResult
where
    E: SoftDelete + EntityTrait,
{
    db.create_table(entity).await;
    let table = entity.table_name();
    for (at, expected) in [
        ("2025-07-10 12:00:00", expected[0]),
        ("2025-07-10T14:00:00+02:00", expected[0]),
        ("2025-07-10T12:00:00.000Z", expected[0]),
        ("2025-07-10 12:00:00.12", expected[1]),
        ("2025-07-10T12:00:00.120000000+00:00", expected[1]),
        ("2025-07-10T06:30:00.123456-05:30", expected[2]),
        ("2025-07-10T12:00:00.1234567Z", expected[2]),
        ("no date", "no date"),
    ] {
        run(
            db,
            &[
                format!("DELETE FROM {table}"),
                format!("INSERT INTO {table} VALUES (1, '{at}')"),
            ],
        )
        .await;
        SoftDeleteSchema::of::<E>().respell_instants(&**db).await?;
        assert_eq!(
            SoftDeleteSchema::of::<E>().respell_instants(&**db).await?,
            0,
            "{at}"
        );
        let is_it = format!("SELECT COUNT(*) FROM {table} WHERE deleted_at = '{expected}'");
        assert_eq!(number(&**db, &is_it).await?, 1, "{table}: {at}");
    }
    Ok(())
}
