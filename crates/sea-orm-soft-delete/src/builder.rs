//! What the builders of this crate have in common: filters, as on SeaORM's.

/// Gives a builder SeaORM's `filter(..)` and `apply_if(..)`.
macro_rules! filtered {
    ($builder:ident, $($query:ident).+, $statement:ty) => {
        impl<E: ::sea_orm::EntityTrait> ::sea_orm::QueryFilter for $builder<E> {
            type QueryStatement = $statement;

            fn query(&mut self) -> &mut $statement {
                &mut self.$($query).+
            }
        }

        impl<E: ::sea_orm::EntityTrait> $builder<E> {
            /// Applies `if_some` if there is a value, as SeaORM's builders do.
            pub fn apply_if<T, F>(self, value: Option<T>, if_some: F) -> Self
            where
                F: FnOnce(Self, T) -> Self,
            {
                match value {
                    Some(value) => if_some(self, value),
                    None => self,
                }
            }
        }
    };
}

pub(crate) use filtered;
