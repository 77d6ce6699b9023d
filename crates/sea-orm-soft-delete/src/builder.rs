//! What the builders of this crate have in common: filters and inspection, as on SeaORM's.

/// Gives a builder SeaORM's `QueryFilter` and `QueryTrait`.
///
/// The builder has a method `statement(self, DbBackend)`, which makes the whole of what `exec` would
/// run.
macro_rules! queries {
    ($builder:ident<$entity:ident>, [$($bound:tt)+], $($query:ident).+, $statement:ty) => {
        impl<$entity: $($bound)+> ::sea_orm::QueryFilter for $builder<$entity> {
            type QueryStatement = $statement;

            fn query(&mut self) -> &mut $statement {
                &mut self.$($query).+
            }
        }

        /// `build` and `into_query` make the statement as it would run now; who deletes is left
        /// out of it where `exec` would refuse. `query` and `as_query` are its conditions and what
        /// else the caller has said: the stamps of the verb are written when it runs. To run it,
        /// use `exec`, which also knows how to send a date-time to MySQL.
        impl<$entity: $($bound)+> ::sea_orm::QueryTrait for $builder<$entity> {
            type QueryStatement = $statement;

            fn query(&mut self) -> &mut $statement {
                &mut self.$($query).+
            }

            fn as_query(&self) -> &$statement {
                &self.$($query).+
            }

            fn into_query(self) -> $statement {
                self.statement(::sea_orm::DbBackend::Sqlite)
            }

            fn build(&self, backend: ::sea_orm::DbBackend) -> ::sea_orm::Statement {
                ::sea_orm::StatementBuilder::build(&self.clone().statement(backend), &backend)
            }
        }
    };
}

pub(crate) use queries;
