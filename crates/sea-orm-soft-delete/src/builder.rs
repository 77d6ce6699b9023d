//! What the builders of this crate have in common: filters and inspection, as on SeaORM's.

/// Gives a builder SeaORM's `QueryFilter` and `QueryTrait`.
///
/// The builder has a method `finished(self, DbBackend)`, which makes the statement that `exec`
/// would run; `build` shows that.
macro_rules! queries {
    ($builder:ident<$entity:ident>, [$($bound:tt)+], $($query:ident).+, $statement:ty) => {
        impl<$entity: $($bound)+> ::sea_orm::QueryFilter for $builder<$entity> {
            type QueryStatement = $statement;

            fn query(&mut self) -> &mut $statement {
                &mut self.$($query).+
            }
        }

        /// `build` shows the statement as it would run now. `query` and `as_query` are the
        /// statement so far, to add conditions to: what the verb itself writes and requires is
        /// added when it runs.
        impl<$entity: $($bound)+> ::sea_orm::QueryTrait for $builder<$entity> {
            type QueryStatement = $statement;

            fn query(&mut self) -> &mut $statement {
                &mut self.$($query).+
            }

            fn as_query(&self) -> &$statement {
                &self.$($query).+
            }

            fn into_query(self) -> $statement {
                // Only dates are written differently for different databases, and SQL that is
                // put together by hand is not run by this crate.
                self.finished(::sea_orm::DbBackend::Sqlite)
            }

            fn build(&self, backend: ::sea_orm::DbBackend) -> ::sea_orm::Statement {
                ::sea_orm::StatementBuilder::build(&self.clone().finished(backend), &backend)
            }
        }
    };
}

pub(crate) use queries;
