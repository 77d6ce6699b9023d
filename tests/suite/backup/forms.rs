//! Forms with a column of each type, and a key of two columns; their answers.

use sea_orm::prelude::*;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, Schema, Set, Statement};

use crate::harness::{Server, TestDb};

#[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "backup_mood")]
pub(crate) enum Mood {
    #[sea_orm(string_value = "happy")]
    Happy,
    #[sea_orm(string_value = "so so")]
    SoSo,
}

pub(crate) mod form {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    use super::Mood;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "backup_form")]
    #[soft_delete(cascade(super::answer::Entity))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        #[sea_orm(
            primary_key,
            auto_increment = false,
            column_type = "String(StringLen::N(40))"
        )]
        pub lang: String,
        pub small: i16,
        pub int: Option<i32>,
        pub big: i64,
        pub single: f32,
        pub double: f64,
        #[sea_orm(column_type = "Decimal(Some((20, 4)))")]
        pub price: Decimal,
        #[sea_orm(column_type = "Text")]
        pub text: String,
        pub bytes: Vec<u8>,
        pub flag: bool,
        pub mood: Option<Mood>,
        pub data: Option<Json>,
        pub token: Uuid,
        pub day: Option<ChronoDate>,
        pub hour: ChronoTime,
        pub at: ChronoDateTime,
        pub at_utc: ChronoDateTimeUtc,
        pub at_zone: ChronoDateTimeWithTimeZone,
        pub time_day: TimeDate,
        pub time_hour: TimeTime,
        pub time_at: TimeDateTime,
        pub time_zone: Option<TimeDateTimeWithTimeZone>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<i64>,
        #[soft_delete(reason)]
        pub reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::answer::Entity")]
        Answer,
    }

    impl Related<super::answer::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Answer.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod answer {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    use super::Mood;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "backup_answer")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub form: i64,
        #[sea_orm(
            primary_key,
            auto_increment = false,
            column_type = "String(StringLen::N(40))"
        )]
        pub lang: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: i16,
        pub mood: Mood,
        /// No operation column.
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::form::Entity",
            from = "(Column::Form, Column::Lang)",
            to = "(super::form::Column::Number, super::form::Column::Lang)"
        )]
        Form,
    }

    impl Related<super::form::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Form.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Three forms with two answers each. The values are at the ends of what the columns hold.
pub(crate) async fn forms(db: &TestDb) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    for create in Schema::new(backend).create_enum_from_entity(form::Entity) {
        db.execute(&create).await?;
    }
    db.create_table(form::Entity).await;
    db.create_table(answer::Entity).await;
    let day: ChronoDate = "2024-02-29".parse().unwrap();
    let at = day.and_hms_micro_opt(23, 59, 59, 123_456).unwrap();
    let time_day = time::Date::from_calendar_date(1999, time::Month::December, 31).unwrap();
    // Fractions of a second only where the column keeps them.
    let nanos = match db.server() {
        Server::Sqlite | Server::Postgres => 250_000_000,
        Server::MariaDb | Server::MySql => 0,
    };
    let time_hour = time::Time::from_hms_nano(1, 2, 3, nanos).unwrap();
    let hour = ChronoTime::from_hms_nano_opt(4, 5, 6, nanos).unwrap();
    let time_at = time::PrimitiveDateTime::new(time_day, time_hour);
    for number in [i64::MIN, 0, (1 << 53) + 1] {
        for (index, lang) in ["de", "it's \"\\ ü"].into_iter().enumerate() {
            let is_first = index == 0;
            let form = form::ActiveModel {
                number: Set(number),
                lang: Set(lang.into()),
                small: Set(i16::MAX),
                int: Set(is_first.then_some(i32::MIN)),
                big: Set(i64::MAX),
                single: Set(if is_first { 0.1 } else { 16_777_216.0 }),
                double: Set(if is_first {
                    0.1 + 0.2
                } else {
                    -1.797_693_134_862_315_7e308
                }),
                price: Set(Decimal::new(-1_234_567_890_123_456, 4)),
                text: Set("it's \u{1F980}\n\t\\ null".into()),
                bytes: Set(vec![0, 255, 39, 92, 10]),
                flag: Set(is_first),
                mood: Set(is_first.then_some(Mood::SoSo)),
                data: Set(
                    is_first.then(|| serde_json::json!({"a": [1, null, 0.1, "ü"], "n": u64::MAX}))
                ),
                token: Set(Uuid::from_u128(u128::MAX - 1)),
                day: Set((!is_first).then_some(day)),
                hour: Set(hour),
                at: Set(at),
                at_utc: Set(at.and_utc()),
                at_zone: Set(at.and_utc().fixed_offset()),
                time_day: Set(time_day),
                time_hour: Set(time_hour),
                time_at: Set(time_at),
                time_zone: Set(is_first.then(|| time_at.assume_utc())),
                deleted_at: Set(None),
                operation_id: Set(None),
                deleted_by: Set(None),
                reason: Set(None),
            };
            form.insert(&**db).await?;
            for place in [1, 2] {
                let answer = answer::ActiveModel {
                    form: Set(number),
                    lang: Set(lang.into()),
                    place: Set(place),
                    mood: Set(Mood::Happy),
                    deleted_at: Set(None),
                };
                answer.insert(&**db).await?;
            }
        }
    }
    Ok(())
}

/// Every stored byte of these tables, as the database spells it.
pub(crate) async fn exact(db: &TestDb, tables: &[&str]) -> Vec<String> {
    let backend = db.get_database_backend();
    let mut all = Vec::new();
    for table in tables {
        let columns = columns(db, table).await;
        let columns = columns.iter().map(|column| match backend {
            DbBackend::Postgres => format!("COALESCE(CAST(\"{column}\" AS text), 'NULL')"),
            DbBackend::MySql => format!("IFNULL(HEX(CAST(`{column}` AS BINARY)), 'NULL')"),
            _ => format!("typeof(\"{column}\") || quote(\"{column}\")"),
        });
        let columns: Vec<String> = columns.collect();
        let row = match backend {
            DbBackend::MySql => format!("CONCAT_WS(', ', {})", columns.join(", ")),
            _ => columns.join(" || ', ' || "),
        };
        let select = format!("SELECT {row} AS exact FROM {table} ORDER BY 1");
        let rows = db
            .query_all_raw(Statement::from_string(backend, select))
            .await
            .unwrap();
        for row in rows {
            all.push(format!(
                "{table}: {}",
                row.try_get::<String>("", "exact").unwrap()
            ));
        }
    }
    all
}

async fn columns(db: &TestDb, table: &str) -> Vec<String> {
    let backend = db.get_database_backend();
    let select = match backend {
        DbBackend::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
        DbBackend::Postgres => format!(
            "SELECT CAST(column_name AS text) AS name FROM information_schema.columns \
             WHERE table_name = '{table}' AND table_schema = current_schema() ORDER BY ordinal_position"
        ),
        _ => format!(
            "SELECT column_name AS name FROM information_schema.columns \
             WHERE table_name = '{table}' AND table_schema = DATABASE() ORDER BY ordinal_position"
        ),
    };
    let rows = db
        .query_all_raw(Statement::from_string(backend, select))
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.try_get("", "name").unwrap())
        .collect()
}
