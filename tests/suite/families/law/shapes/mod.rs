//! Five families that together have every shape of relations.

use super::table::Shape;

/// Declares an entity whose columns are integers, with the soft-delete columns that its keyword says, and
/// its description for the model.
macro_rules! entity {
    (instant_and_operation $($rest:tt)*) => {
        entity! {
            @make [sea_orm_soft_delete::SoftDelete]
            {
                pub deleted_at: Option<DateTimeUtc>,
                #[soft_delete(operation)]
                pub operation_id: Option<Uuid>,
            }
            {
                Some(table::Soft {
                    marker: table::Marker::Instant,
                    has_operation: true,
                    verbs: Of::<Entity>::VERBS,
                })
            }
            $($rest)*
        }
    };
    (instant $($rest:tt)*) => {
        entity! {
            @make [sea_orm_soft_delete::SoftDelete]
            { pub deleted_at: Option<DateTimeUtc>, }
            {
                Some(table::Soft {
                    marker: table::Marker::Instant,
                    has_operation: false,
                    verbs: Of::<Entity>::VERBS,
                })
            }
            $($rest)*
        }
    };
    (bool_and_operation $($rest:tt)*) => {
        entity! {
            @make [sea_orm_soft_delete::SoftDelete]
            {
                #[soft_delete(marker)]
                pub is_deleted: bool,
                #[soft_delete(operation)]
                pub operation_id: Option<Uuid>,
            }
            {
                Some(table::Soft {
                    marker: table::Marker::Bool,
                    has_operation: true,
                    verbs: Of::<Entity>::VERBS,
                })
            }
            $($rest)*
        }
    };
    (plain $($rest:tt)*) => {
        entity! { @make [] {} { None } $($rest)* }
    };
    (
        @make [$($derive:path)?] { $($fields:tt)* } { $soft:expr }
        $name:ident as $table:literal,
        key($($key:ident),*) $(unique($unique:ident))? $(slim($slim:ident))? columns($($column:ident),*)
        $(#[$meta:meta])*
    ) => {
        mod $name {
            #[allow(unused_imports)]
            use crate::families::law::table;
            #[allow(unused_imports)]
            use crate::families::law::verbs::Of;
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, $($derive)?)]
            #[sea_orm(table_name = $table)]
            $(#[$meta])*
            pub struct Model {
                $(
                    #[sea_orm(primary_key, auto_increment = false)]
                    pub $key: i32,
                )*
                $(
                    #[sea_orm(unique)]
                    pub $unique: Option<i32>,
                )?
                $(pub $column: Option<i32>,)*
                $($fields)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}

            #[allow(dead_code, reason = "a second entity of a table is named by the first")]
            pub(super) const TABLE: table::Table = table::Table {
                name: $table,
                key: &[$(stringify!($key)),*],
                columns: &[$(stringify!($unique),)? $(stringify!($column)),*],
                unique: entity!(@first $(stringify!($unique))?),
                soft: $soft,
                slim: entity!(@first $(Of::<super::$slim::Entity>::VERBS)?),
            };
        }
    };
    (@first $only:expr) => { Some($only) };
    (@first) => { None };
}

/// Defines functions that return the relations from child entities to parent entities.
macro_rules! relations {
    ($($name:ident: $child:ident $from:tt -> $parent:ident $to:tt;)*) => {$(
        fn $name() -> sea_orm::RelationDef {
            use sea_orm::EntityTrait;
            let from = relations!(@columns $child $from);
            let to = relations!(@columns $parent $to);
            $child::Entity::belongs_to($parent::Entity).from(from).to(to).into()
        }
    )*};
    (@columns $entity:ident ($column:ident)) => { $entity::Column::$column };
    (@columns $entity:ident ($one:ident, $other:ident)) => {
        ($entity::Column::$one, $entity::Column::$other)
    };
}

mod archive;
mod club;
mod office;
mod village;
mod ward;

pub(super) const SHAPES: [&Shape; 5] = [
    &archive::SHAPE,
    &club::SHAPE,
    &office::SHAPE,
    &village::SHAPE,
    &ward::SHAPE,
];
