//! The columns for every kind of marker, on new tables and on tables with rows.

use sea_orm::prelude::*;
use sea_orm::sea_query::{ColumnDef, ExprTrait, Table};
use sea_orm::{DbBackend, Schema};
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::{Alone, Clock, SoftDelete, SoftDeleteError, Timestamp};

use super::{new_user, number, run, user};
use crate::entities::NOON;
use crate::harness::{TestDb, TestResult, on_every_database};

/// Defines an entity whose marker has the given type and the same schema without the entity, and tests that
/// both are equal and that the helpers work on a table with rows.
macro_rules! marker {
    ($($(#[$said:meta])* $name:ident: $ty:ty, by hand $hand:expr;)*) => {
        mod entity {$(
            pub(crate) mod $name {
                use sea_orm::entity::prelude::*;
                use sea_orm_soft_delete::SoftDelete;

                #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
                #[sea_orm(table_name = "schema_marked")]
                pub struct Model {
                    #[sea_orm(primary_key)]
                    pub id: i32,
                    $(#[$said])*
                    pub trashed: $ty,
                }

                #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
                pub enum Relation {}
                impl ActiveModelBehavior for ActiveModel {}
            }
        )*}

        $(on_every_database! {
            async fn $name(db: &TestDb) {
                let by_hand: SoftDeleteSchema = $hand;
                life::<entity::$name::Entity>(&by_hand, db).await?;
            }
        })*
    };
}

marker! {
    #[soft_delete(marker)]
    chrono_utc: Option<DateTimeUtc>, by hand new::<Option<DateTimeUtc>>();
    #[soft_delete(marker)]
    chrono_naive: Option<DateTime>, by hand new::<Option<DateTime>>();
    #[soft_delete(marker)]
    chrono_fixed: Option<DateTimeWithTimeZone>, by hand new::<Option<DateTimeWithTimeZone>>();
    #[soft_delete(marker)]
    time_utc: Option<TimeDateTimeWithTimeZone>, by hand new::<Option<TimeDateTimeWithTimeZone>>();
    #[soft_delete(marker)]
    time_naive: Option<TimeDateTime>, by hand new::<Option<TimeDateTime>>();
    #[soft_delete(marker)]
    unix: Option<ChronoUnixTimestamp>, by hand new::<Option<ChronoUnixTimestamp>>();
    #[soft_delete(marker)]
    flag: bool, by hand new::<bool>();
    #[soft_delete(marker, epoch = "seconds")]
    seconds: i64, by hand SoftDeleteSchema::new(TABLE, Marker::epoch_seconds::<i64>(MARKER));
    #[soft_delete(marker, epoch = "milliseconds")]
    milliseconds: Option<i64>,
        by hand SoftDeleteSchema::new(TABLE, Marker::epoch_milliseconds::<Option<i64>>(MARKER));
    #[soft_delete(marker, live = "9999-12-31T00:00:00Z")]
    sentinel_naive: DateTime, by hand SoftDeleteSchema::new(TABLE, Marker::sentinel::<DateTime>(MARKER, END));
    #[soft_delete(marker, live = "2037-12-31T12:34:56.789Z")]
    sentinel_utc: DateTimeUtc,
        by hand SoftDeleteSchema::new(TABLE, Marker::sentinel::<DateTimeUtc>(MARKER, MILLIS));
    #[soft_delete(marker, live = "9999-12-31T00:00:00Z")]
    sentinel_time_naive: TimeDateTime,
        by hand SoftDeleteSchema::new(TABLE, Marker::sentinel::<TimeDateTime>(MARKER, END));
    #[soft_delete(marker, live = "2037-12-31T12:34:56.789Z")]
    sentinel_time_utc: TimeDateTimeWithTimeZone,
        by hand SoftDeleteSchema::new(TABLE, Marker::sentinel::<TimeDateTimeWithTimeZone>(MARKER, MILLIS));
}

const TABLE: &str = "schema_marked";
const MARKER: &str = "trashed";

const END: Timestamp = match Timestamp::from_unix_seconds(253_402_214_400) {
    Some(at) => at,
    None => Timestamp::MAX,
};

/// 2037-12-31T12:34:56.789Z: on MySQL and MariaDB, types with a time zone end in 2038.
const MILLIS: Timestamp = match Timestamp::from_unix_millis(2_145_875_696_789) {
    Some(at) => at,
    None => Timestamp::MAX,
};

fn new<T: sea_orm_soft_delete::describe::MarkerType>() -> SoftDeleteSchema {
    SoftDeleteSchema::new(TABLE, Marker::of::<T>(MARKER))
}

/// Creates, drops and creates the columns again, on a table with rows.
async fn life<E>(by_hand: &SoftDeleteSchema, db: &TestDb) -> TestResult
where
    E: SoftDelete<Kind = Alone, PrimaryKey: PrimaryKeyTrait<ValueType = i32>>,
    E::Model: Send + Sync,
{
    let backend = db.get_database_backend();
    let schema = SoftDeleteSchema::of::<E>();
    let unique = schema.unique_among_live(["name"]);
    // Compares the keys and not the columns: SeaORM's type for a date-time stands for several database
    // types.
    assert_eq!(
        by_hand.unique_among_live(["name"]).statements(backend),
        unique.statements(backend)
    );

    let mut table = Table::create();
    table
        .table(TABLE)
        .col(ColumnDef::new("id").integer().not_null().primary_key())
        .col(ColumnDef::new("name").string().not_null());
    db.execute(&table).await?;
    let insert = |id: i32| format!("INSERT INTO {TABLE} (id, name) VALUES ({id}, 'same')");
    run(db, &[insert(1), insert(2)]).await;

    for which in [&schema, by_hand] {
        which.add_columns(&**db).await?;
        which.add_columns(&**db).await?;
        assert_eq!(
            <E as SoftDelete>::find().count(&**db).await?,
            2,
            "rows that were there are live"
        );

        let error = unique.create(&**db).await.unwrap_err();
        let SoftDeleteError::Duplicates { duplicates, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(duplicates[0].values, ["same"]);
        assert_eq!(duplicates[0].rows, 2);

        trash::<E>(1, db).await?;
        unique.create(&**db).await?;
        unique.create(&**db).await?;
        let beside = db.execute_unprepared(&insert(3)).await;
        assert!(beside.is_err(), "a live row holds the name");
        let clash = E::restore_by_id(1).exec(&**db).await.unwrap_err();
        assert!(
            matches!(clash, SoftDeleteError::UniqueViolation { .. }),
            "{clash}"
        );
        trash::<E>(2, db).await?;
        run(db, &[insert(3)]).await;
        assert_eq!(
            E::only_trashed().count(&**db).await?,
            2,
            "two trashed rows share the name"
        );

        let refused = schema.drop_columns(&**db).await.unwrap_err();
        assert!(
            refused.to_string().contains("2 of its rows are trashed"),
            "{refused}"
        );
        E::force_delete_many().only_trashed().exec(&**db).await?;
        unique.drop(&**db).await?;
        unique.drop(&**db).await?;
        schema.drop_columns(&**db).await?;
        schema.drop_columns(&**db).await?;
        assert_eq!(
            number(&**db, &format!("SELECT COUNT(*) FROM {TABLE}")).await?,
            1
        );
        run(db, &[insert(1)]).await;
        run(
            db,
            &[format!("DELETE FROM {TABLE} WHERE id = 3"), insert(2)],
        )
        .await;
    }
    Ok(())
}

async fn trash<E: SoftDelete<Kind = Alone>>(id: i32, db: &TestDb) -> TestResult {
    let delete = <E as SoftDelete>::delete_many().filter(Expr::col("id").eq(id));
    let done = Clock::fixed(NOON).scope(delete.exec(&**db)).await?;
    assert_eq!(done.rows_affected, 1);
    Ok(())
}

/// The table of users without the soft-delete columns.
fn bare_users() -> sea_orm::sea_query::TableCreateStatement {
    Table::create()
        .table(user::Entity)
        .col(
            ColumnDef::new(user::Column::Id)
                .integer()
                .not_null()
                .auto_increment()
                .primary_key(),
        )
        .col(ColumnDef::new(user::Column::Email).string().not_null())
        .col(ColumnDef::new(user::Column::Team).integer())
        .col(ColumnDef::new(user::Column::Nick).string().not_null())
        .to_owned()
}

/// Trashes a user with an actor and a reason, and restores her.
async fn works(db: &TestDb) -> TestResult {
    let ada = new_user("ada@example.org", None, "ada")
        .insert(&**db)
        .await?;
    let who = sea_orm_soft_delete::Attribution::by(7).because("spam");
    Clock::fixed(NOON)
        .scope(user::Entity::delete_by_id(ada.id).with(who).exec(&**db))
        .await?;
    let trashed = user::Entity::only_trashed()
        .one(&**db)
        .await?
        .expect("it is trashed");
    assert_eq!(
        trashed.deleted_at,
        Some(crate::entities::noon()),
        "to the microsecond"
    );
    assert!(trashed.operation_id.is_some());
    assert_eq!(trashed.deleted_by, Some(7));
    assert_eq!(trashed.reason.as_deref(), Some("spam"));
    assert_eq!(user::Entity::restore_by_id(ada.id).exec(&**db).await?, ada);
    ada.force_delete(&**db).await?;
    Ok(())
}

on_every_database! {
    async fn a_new_table_gets_every_column(db: &TestDb) {
        let users = SoftDeleteSchema::of::<user::Entity>();
        let table = users.add_to(bare_users(), db.get_database_backend());
        db.execute(&table).await?;
        works(db).await?;
        users.add_columns(&**db).await?;
        works(db).await?;
    }

    async fn a_table_with_rows_gets_every_column(db: &TestDb) {
        db.execute(&bare_users()).await?;
        run(db, &["INSERT INTO schema_user (email, nick) VALUES ('bob@example.org', 'bob')".into()])
            .await;
        let users = SoftDeleteSchema::of::<user::Entity>();
        users.add_columns(&**db).await?;
        works(db).await?;
        assert_eq!(user::Entity::find().count(&**db).await?, 1, "bob is live");
        users.drop_columns(&**db).await?;
        assert_eq!(number(&**db, "SELECT COUNT(*) FROM schema_user").await?, 1);
        users.add_columns(&**db).await?;
        works(db).await?;
    }

    async fn a_schema_without_an_entity_has_the_columns_of_the_entity(db: &TestDb) {
        db.execute(&bare_users()).await?;
        let by_hand = SoftDeleteSchema::new("schema_user", Marker::of::<Option<DateTimeUtc>>("deleted_at"))
            .with_operation::<Option<Uuid>>("operation_id")
            .with_deleted_by::<Option<i32>>("deleted_by")
            .with_reason("reason");
        by_hand.add_columns(&**db).await?;
        works(db).await?;
    }

    async fn a_table_that_seaorm_made_keeps_microseconds_after(db: &TestDb) {
        let backend = db.get_database_backend();
        let schema = Schema::new(backend);
        db.execute(&schema.create_table_from_entity(user::Entity)).await?;
        SoftDeleteSchema::of::<user::Entity>().add_columns(&**db).await?;
        works(db).await?;
    }

    async fn an_imprecise_column_with_rows_becomes_precise(db: &TestDb) {
        let backend = db.get_database_backend();
        if backend == DbBackend::Sqlite {
            return Ok(());
        }
        let users = SoftDeleteSchema::of::<user::Entity>();
        let table = users.add_to(bare_users(), backend);
        db.execute(&table).await?;
        let (alter, old) = match backend {
            DbBackend::Postgres => (
                "ALTER TABLE schema_user ALTER COLUMN deleted_at TYPE timestamp(0) with time zone",
                "'2024-02-29 12:00:00+00'",
            ),
            _ => (
                "ALTER TABLE schema_user MODIFY COLUMN deleted_at TIMESTAMP NULL \
                 COMMENT 'when she left: it''s NULL if she has not'",
                "'2024-02-29 12:00:00'",
            ),
        };
        run(db, &[
            alter.into(),
            format!("INSERT INTO schema_user (email, nick, deleted_at) VALUES ('x', 'x', {old})"),
        ]).await;
        // An index over the column survives the conversion.
        users.unique_among_live(["email"]).create(&**db).await?;
        users.add_columns(&**db).await?;
        let trashed = user::Entity::only_trashed().one(&**db).await?.expect("it is trashed");
        if backend == DbBackend::MySql {
            let comment = "SELECT COUNT(*) FROM information_schema.columns \
                           WHERE table_schema = DATABASE() AND column_name = 'deleted_at' \
                           AND column_comment = 'when she left: it''s NULL if she has not'";
            assert_eq!(number(&**db, comment).await?, 1);
        }
        let leap_day = DateTimeUtc::from_timestamp(1_709_208_000, 0);
        assert_eq!(trashed.deleted_at, leap_day, "the old value stays");
        trashed.force_delete(&**db).await?;
        works(db).await?;
    }

    async fn a_missing_table_is_named(db: &TestDb) {
        let users = SoftDeleteSchema::of::<user::Entity>();
        let error = users.add_columns(&**db).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "schema of `schema_user` not changed: there is no such table; create it first"
        );
    }

    async fn names_are_quoted(db: &TestDb) {
        let odd = match db.get_database_backend() {
            DbBackend::MySql => r#"o"dd '`table"#,
            _ => r#"o`dd '"table"#,
        };
        let table = Table::create()
            .table(odd)
            .col(ColumnDef::new("id").integer().not_null().primary_key())
            .col(ColumnDef::new("select").integer())
            .to_owned();
        db.execute(&table).await?;
        let schema = SoftDeleteSchema::new(odd, Marker::of::<Option<DateTimeUtc>>("where"))
            .with_operation::<Option<Uuid>>("group by");
        schema.add_columns(&**db).await?;
        schema.unique_among_live(["select"]).create(&**db).await?;
        schema.unique_among_live(["select"]).convert(&**db).await?;
        schema.index_live(["select"]).create(&**db).await?;
        schema.index_for_purge()?.create(&**db).await?;
        schema.index_operations()?.create(&**db).await?;
        schema.live_view("a view").create(&**db).await?;
        schema.refuse_physical_deletes().create(&**db).await?;
        schema.refuse_physical_deletes().drop(&**db).await?;
        schema.live_view("a view").drop(&**db).await?;
        schema.index_operations()?.drop(&**db).await?;
        schema.index_for_purge()?.drop(&**db).await?;
        schema.index_live(["select"]).drop(&**db).await?;
        schema.unique_among_live(["select"]).drop(&**db).await?;
        schema.drop_columns(&**db).await?;
    }
}
