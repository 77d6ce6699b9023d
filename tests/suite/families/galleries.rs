//! A polymorphic child: a column says which entity its parent row belongs to.

pub(crate) mod article {
    use sea_orm::entity::prelude::*;
    use sea_orm::sea_query::{ExprTrait, IntoCondition};
    use sea_orm_soft_delete::SoftDelete;

    use super::image;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_article")]
    #[soft_delete(cascade(image::Entity on images()))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    /// The relation from the article to its images is declared here.
    fn images() -> RelationDef {
        let is_ours = |image| Expr::col((image, image::Column::OwnerType)).eq("article");
        Entity::belongs_to(image::Entity)
            .from(Column::Id)
            .to(image::Column::OwnerId)
            .on_condition(move |_, image| is_ours(image).into_condition())
            .into()
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// This entity has no operation column.
pub(crate) mod album {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_album")]
    #[soft_delete(
        cascade(super::image::Entity on super::image::Relation::Album),
        destroy(super::thumbnail::Entity on super::thumbnail::albums())
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub is_public: bool,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod image {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_image")]
    #[soft_delete(restrict(super::thumbnail::Entity on super::thumbnail::images()))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub owner_type: String,
        pub owner_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    /// The relation from the image to the album is declared here.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::album::Entity",
            from = "Column::OwnerId",
            to = "super::album::Column::Id",
            on_condition = r#"Column::OwnerType.eq("album")"#,
            skip_fk
        )]
        Album,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// This entity is not soft-deletable. Its parent row is an image or an album.
pub(crate) mod thumbnail {
    use sea_orm::entity::prelude::*;
    use sea_orm::sea_query::{ExprTrait, IntoCondition};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_thumbnail")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub of_album: bool,
        pub owner_id: i32,
    }

    /// The relation from the thumbnail to public albums.
    pub fn albums() -> RelationDef {
        Entity::belongs_to(super::album::Entity)
            .from(Column::OwnerId)
            .to(super::album::Column::Id)
            .on_condition(|thumbnail, album| {
                Expr::col((thumbnail, Column::OfAlbum))
                    .eq(true)
                    .and(Expr::col((album, super::album::Column::IsPublic)).eq(true))
                    .into_condition()
            })
            .into()
    }

    /// The relation from the thumbnail to the image.
    pub fn images() -> RelationDef {
        Entity::belongs_to(super::image::Entity)
            .from(Column::OwnerId)
            .to(super::image::Column::Id)
            .on_condition(|thumbnail, _| {
                let of_album = Expr::col((thumbnail, Column::OfAlbum));
                of_album.eq(false).into_condition()
            })
            .into()
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
