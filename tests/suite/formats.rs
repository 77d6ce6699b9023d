//! Every format in which SeaORM lets an entity be written.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, IntoActiveModel, QueryOrder};

use crate::harness::{Server, on_every_database};
use sea_orm_soft_delete::SoftDeleteError;

/// The expanded format, with renamed columns and a composite key.
mod expanded {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Copy, Clone, Default, Debug, DeriveEntity)]
    pub struct Entity;

    impl EntityName for Entity {
        fn table_name(&self) -> &'static str {
            "membership"
        }
    }

    #[derive(Clone, Debug, PartialEq, Eq, DeriveModel, DeriveActiveModel, SoftDelete)]
    pub struct Model {
        pub user_id: i32,
        pub team: String,
        #[soft_delete(marker)]
        pub left_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
    pub enum Column {
        UserId,
        Team,
        #[sea_orm(column_name = "leftOn")]
        LeftAt,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
    pub enum PrimaryKey {
        UserId,
        Team,
    }

    impl PrimaryKeyTrait for PrimaryKey {
        type ValueType = (i32, String);

        fn auto_increment() -> bool {
            false
        }
    }

    impl ColumnTrait for Column {
        type EntityName = Entity;

        fn def(&self) -> ColumnDef {
            match self {
                Self::UserId => ColumnType::Integer.def(),
                Self::Team => ColumnType::String(StringLen::N(64)).def(),
                Self::LeftAt => ColumnType::TimestampWithTimeZone.def().nullable(),
            }
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter)]
    pub enum Relation {}

    impl RelationTrait for Relation {
        fn def(&self) -> RelationDef {
            unreachable!("no relations")
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A composite key whose declared type covers only its first column. SeaORM panics on it.
mod short_key {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Copy, Clone, Default, Debug, DeriveEntity)]
    pub struct Entity;

    impl EntityName for Entity {
        fn table_name(&self) -> &'static str {
            "short_key"
        }
    }

    #[derive(Clone, Debug, PartialEq, Eq, DeriveModel, DeriveActiveModel, SoftDelete)]
    pub struct Model {
        pub user_id: i32,
        pub team: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
    pub enum Column {
        UserId,
        Team,
        DeletedAt,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
    pub enum PrimaryKey {
        UserId,
        Team,
    }

    impl PrimaryKeyTrait for PrimaryKey {
        type ValueType = i32;

        fn auto_increment() -> bool {
            false
        }
    }

    impl ColumnTrait for Column {
        type EntityName = Entity;

        fn def(&self) -> ColumnDef {
            match self {
                Self::UserId | Self::Team => ColumnType::Integer.def(),
                Self::DeletedAt => ColumnType::TimestampWithTimeZone.def().nullable(),
            }
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter)]
    pub enum Relation {}

    impl RelationTrait for Relation {
        fn def(&self) -> RelationDef {
            unreachable!("no relations")
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A key with an enum type of the database, alone and beside another column.
mod enum_key {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "shelf_kind")]
    pub enum Kind {
        #[sea_orm(string_value = "wood")]
        Wood,
        #[sea_orm(string_value = "steel")]
        Steel,
    }

    pub mod alone {
        use sea_orm::entity::prelude::*;
        use sea_orm_soft_delete::SoftDelete;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
        #[sea_orm(table_name = "kind")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub kind: super::Kind,
            pub deleted_at: Option<DateTimeUtc>,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "kind_of_row")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: Kind,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Renamed columns, renamed variants and a keyword as a name, in another schema.
mod archived {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(
        schema_name = "soft_delete_archive",
        table_name = "letter",
        rename_all = "camelCase"
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub r#type: String,
        #[sea_orm(column_name = "Deleted At", enum_name = "Gone")]
        #[soft_delete(marker)]
        pub r#yield: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The dense format: an author and her posts.
pub(crate) mod author {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "author")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub email: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(has_many)]
        pub posts: HasMany<super::post::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod post {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "post")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub author_id: i32,
        #[sea_orm(unique_key = "place")]
        pub year: i32,
        #[sea_orm(unique_key = "place")]
        pub number: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, from = "author_id", to = "id")]
        pub author: HasOne<super::author::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) async fn one_author_with_two_posts(db: &crate::harness::TestDb) {
    db.create_table(author::Entity).await;
    db.create_table(post::Entity).await;
    let author = author::ActiveModel::builder()
        .set_email("ann@example.org")
        .insert(&**db)
        .await
        .unwrap();
    for number in [1, 2] {
        post::ActiveModel {
            author_id: Set(author.id),
            year: Set(2026),
            number: Set(number),
            ..Default::default()
        }
        .insert(&**db)
        .await
        .unwrap();
    }
}

on_every_database! {
    async fn the_expanded_format_and_a_composite_key(db: &TestDb) {
        use expanded::{ActiveModel, Column, Entity};
        db.create_table(Entity).await;
        for (user, team) in [(1, "red"), (1, "blue"), (2, "red")] {
            ActiveModel { user_id: Set(user), team: Set(team.to_owned()), left_at: Set(None) }
                .insert(&**db)
                .await?;
        }
        assert_eq!(Entity::delete_by_id((1, "red".to_owned())).exec(&**db).await?.rows_affected, 1);
        assert!(Entity::find_by_id((1, "red".to_owned())).one(&**db).await?.is_none());
        assert_eq!(Entity::find().filter(Column::UserId.eq(1)).count(&**db).await?, 1);

        let missing = Entity::restore_by_id((9, "red".to_owned())).exec(&**db).await.unwrap_err();
        assert_eq!(
            missing.to_string(),
            "row not found: `membership` has no row with user_id = 9, team = 'red', live or trashed; \
             it was never inserted, or was force-deleted"
        );
        let both = [(1, "red".to_owned()), (2, "red".to_owned())];
        assert_eq!(Entity::delete_many().filter_by_ids(both.clone()).exec(&**db).await?.rows_affected, 1);
        assert_eq!(Entity::restore_many().filter_by_ids(both).exec(&**db).await?.rows_affected, 2);
        assert_eq!(Entity::delete_many().filter_by_ids([]).exec(&**db).await?.rows_affected, 0);
        let row = Entity::find_by_id((2, "red".to_owned())).one(&**db).await?.unwrap();
        assert_eq!(row.force_delete(&**db).await?.rows_affected, 1);
        assert_eq!(Entity::with_trashed().count(&**db).await?, 2);
    }

    async fn keys_of_an_enum_type_are_cast_in_every_verb(db: &TestDb) {
        use enum_key::{Kind, alone};
        if db.server() == Server::Postgres {
            db.execute_unprepared("CREATE TYPE shelf_kind AS ENUM ('wood', 'steel')").await?;
        }
        db.create_table(alone::Entity).await;
        db.create_table(enum_key::Entity).await;
        for kind in [Kind::Wood, Kind::Steel] {
            let row = alone::ActiveModel { kind: Set(kind.clone()), ..Default::default() };
            alone::Entity::insert(row).exec_without_returning(&**db).await?;
            let row = enum_key::ActiveModel { kind: Set(kind), number: Set(1), ..Default::default() };
            enum_key::Entity::insert(row).exec_without_returning(&**db).await?;
        }

        alone::Entity::delete_by_id(Kind::Wood).exec(&**db).await?;
        let deleted = alone::Entity::delete_many().filter_by_ids([Kind::Wood, Kind::Steel]);
        assert_eq!(deleted.exec(&**db).await?.rows_affected, 1);
        let restored = alone::Entity::restore_many().filter_by_ids([Kind::Steel]);
        assert_eq!(restored.exec(&**db).await?.rows_affected, 1);

        enum_key::Entity::delete_by_id((Kind::Wood, 1)).exec(&**db).await?;
        let both = [(Kind::Wood, 1), (Kind::Steel, 1)];
        let deleted = enum_key::Entity::delete_many().filter_by_ids(both.clone());
        assert_eq!(deleted.exec(&**db).await?.rows_affected, 1);
        let destroyed = enum_key::Entity::force_delete_many().filter_by_ids(both);
        assert_eq!(destroyed.exec(&**db).await?.rows_affected, 2);
    }

    async fn a_key_type_that_misses_a_column_is_refused(db: &TestDb) {
        use short_key::{ActiveModel, Entity};
        let instant = match db.server() {
            Server::Sqlite => "text",
            Server::Postgres => "timestamptz",
            Server::MariaDb | Server::MySql => "datetime(6)",
        };
        db.execute_unprepared(&format!(
            "CREATE TABLE short_key (user_id integer, team integer, deleted_at {instant})"
        ))
        .await?;
        for team in [1, 2] {
            let row = ActiveModel { user_id: Set(1), team: Set(team), ..Default::default() };
            Entity::insert(row).exec_without_returning(&**db).await?;
        }
        let refused = Entity::delete_by_id(1).exec(&**db).await;
        assert!(matches!(refused, Err(DbErr::PrimaryKeyNotSet { .. })), "{refused:?}");
        let refused = Entity::force_delete_by_id(1).exec(&**db).await;
        assert!(matches!(refused, Err(SoftDeleteError::PrimaryKeyNotSet { .. })), "{refused:?}");
        assert_eq!(Entity::find().count(&**db).await?, 2);
    }

    async fn the_dense_format_works_with_the_items_that_seaorm_generates(db: &TestDb) {
        one_author_with_two_posts(db).await;
        post::Entity::delete_many().filter(post::Column::Number.eq(1)).exec(&**db).await?;

        // Scenario 25: a unique key of several columns.
        assert!(post::Entity::find_by_place((2026, 1)).one(&**db).await?.is_none());
        assert!(post::Entity::find_by_place((2026, 2)).one(&**db).await?.is_some());
        let loaded = post::Entity::load().order_by_asc(post::Column::Id).all(&**db).await?;
        assert_eq!(loaded.len(), 1);
        assert_eq!(loaded[0].number, 2);
        assert!(!loaded[0].is_trashed());

        assert!(author::Entity::find_by_email("ann@example.org").one(&**db).await?.is_some());
        author::Entity::delete_many().exec(&**db).await?;
        assert!(author::Entity::find_by_email("ann@example.org").one(&**db).await?.is_none());
        assert!(author::Entity::load().all(&**db).await?.is_empty());
    }

    async fn seaorms_own_cascade_trashes_soft_deletable_rows(db: &TestDb) {
        one_author_with_two_posts(db).await;
        let author = author::Entity::find().one(&**db).await?.unwrap();
        author.clone().cascade_delete(&**db).await?;
        assert_eq!(author::Entity::only_trashed().count(&**db).await?, 1);
        assert_eq!(post::Entity::only_trashed().count(&**db).await?, 2);

        author.restore(&**db).await?;
        let loaded = author::Entity::load().one(&**db).await?.unwrap();
        loaded.delete(&**db).await?;
        assert_eq!(author::Entity::only_trashed().count(&**db).await?, 1);
    }

    async fn a_loaded_model_has_the_verbs_of_a_row(db: &TestDb) {
        one_author_with_two_posts(db).await;
        let loaded = post::Entity::load().order_by_asc(post::Column::Id).one(&**db).await?.unwrap();
        let trashed_since = loaded.clone();
        loaded.delete(&**db).await?;
        let mut stale = trashed_since.clone().into_active_model();
        stale.year = Set(1);
        let refused = stale.update(&**db).await;
        assert!(matches!(refused, Err(DbErr::RecordNotUpdated)), "{refused:?}");
        let restored = trashed_since.clone().restore(&**db).await?;
        assert!(!restored.is_trashed());
        assert!(trashed_since.clone().force_delete_trashed(&**db).await.is_err());
        assert_eq!(trashed_since.force_delete(&**db).await?.rows_affected, 1);
    }

    async fn renamed_columns_in_another_schema(db: &TestDb) {
        use archived::{ActiveModel, Column, Entity};
        let (create, drop) = match db.server() {
            Server::Sqlite => ("ATTACH DATABASE ':memory:' AS soft_delete_archive", "SELECT 1"),
            Server::Postgres => {
                ("CREATE SCHEMA soft_delete_archive", "DROP SCHEMA soft_delete_archive CASCADE")
            }
            Server::MariaDb | Server::MySql => {
                ("CREATE DATABASE soft_delete_archive", "DROP DATABASE soft_delete_archive")
            }
        };
        db.execute_unprepared(create).await?;
        let life = async {
            db.create_table(Entity).await;
            for id in [1, 2] {
                let letter = ActiveModel { id: Set(id), r#type: Set("x".into()), ..Default::default() };
                letter.insert(&**db).await?;
            }
            Entity::delete_by_id(1).exec(&**db).await?;
            let live = Entity::find().order_by_asc(Column::Id).all(&**db).await?;
            assert_eq!((live.len(), live[0].id), (1, 2));
            let trashed = Entity::only_trashed().filter(Column::Gone.is_not_null());
            let trashed = trashed.one(&**db).await?.unwrap();
            assert!(trashed.operation_id.is_some());
            let live = trashed.restore(&**db).await?;
            assert!(!live.is_trashed());
            let error = live.restore(&**db).await.unwrap_err();
            assert!(error.to_string().contains("`soft_delete_archive.letter`"), "{error}");
            Entity::force_delete_many().exec(&**db).await
        }
        .await;
        db.execute_unprepared(drop).await?;
        assert_eq!(life?.rows_affected, 2);
    }
}
