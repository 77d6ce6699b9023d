// The children of `user` in the moving guide, and a delete that follows the policies.

macro_rules! child {
    ($name:ident, $table:literal, [$($derive:path)?], { $($marker:tt)* }, { $($relations:tt)* }) => {
        mod $name {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel $(, $derive)?)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
                pub user_id: i32,
                $($marker)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation { $($relations)* }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

child! { link, "link", [sea_orm_soft_delete::SoftDelete], { pub deleted_at: Option<DateTimeUtc>, }, {} }
child! { employee, "employee", [], {}, {
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
} }
child! { session, "session", [], {}, {} }

impl sea_orm::Related<user::Entity> for link::Entity {
    fn to() -> sea_orm::RelationDef {
        let relation = <Self as sea_orm::EntityTrait>::belongs_to(user::Entity);
        relation.from(link::Column::UserId).to(user::Column::Id).into()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn delete_a_user() {
    use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
    use sea_orm_soft_delete::{self as sd, SoftDeleteError};

    let mut options = sea_orm::ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let db = sea_orm::Database::connect(options).await.unwrap();
    let schema = sea_orm::Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(user::Entity),
        schema.create_table_from_entity(link::Entity),
        schema.create_table_from_entity(employee::Entity),
        schema.create_table_from_entity(session::Entity),
    ] {
        db.execute(&table).await.unwrap();
    }
    let (id, user_id) = (Set(1), Set(1));
    let user = user::ActiveModel { id: id.clone(), ..Default::default() };
    let link = link::ActiveModel { id: id.clone(), user_id: user_id.clone(), ..Default::default() };
    let employee = employee::ActiveModel { id: id.clone(), user_id: user_id.clone() };
    user::Entity::insert(user).exec(&db).await.unwrap();
    link::Entity::insert(link).exec(&db).await.unwrap();
    employee::Entity::insert(employee).exec(&db).await.unwrap();
    session::Entity::insert(session::ActiveModel { id, user_id }).exec(&db).await.unwrap();

    let refused = <user::Entity as sd::SoftDelete>::delete_by_id(1).exec(&db).await.unwrap_err();
    let restricted = matches!(SoftDeleteError::inside(&refused), Some(SoftDeleteError::Restricted { .. }));
    assert!(restricted, "{refused}");
    employee::Entity::delete_many().exec(&db).await.unwrap();
    <user::Entity as sd::SoftDelete>::delete_by_id(1).exec(&db).await.unwrap();
    assert!(session::Entity::find().one(&db).await.unwrap().is_none());
    let trash = <link::Entity as sd::SoftDelete>::only_trashed();
    assert!(trash.one(&db).await.unwrap().is_some());
}
