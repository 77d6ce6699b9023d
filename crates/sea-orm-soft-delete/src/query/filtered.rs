//! What the builders of this crate have in common: filters and inspection, as SeaORM's builders have.

use sea_orm::sea_query::{ConditionalStatement, IntoCondition, LogicalChainOper};
use sea_orm::{Condition, EntityTrait};

use crate::entity::key;
use crate::error::SoftDeleteError;

/// A statement, and the condition of its filters.
///
/// A verb of a family runs several statements, on the rows that match the filters of the first statement.
#[derive(Clone, Debug)]
pub struct Filtered<S> {
    statement: S,
    condition: Condition,
    is_edited: bool,
}

impl<S> Filtered<S> {
    pub(crate) fn new(statement: S) -> Self {
        Self {
            statement,
            condition: Condition::all(),
            is_edited: false,
        }
    }

    pub(crate) fn statement(&self) -> &S {
        &self.statement
    }

    pub(crate) fn into_statement(self) -> S {
        self.statement
    }

    /// The statement, for changes that are not filters.
    pub(crate) fn edit(&mut self) -> &mut S {
        self.is_edited = true;
        &mut self.statement
    }

    /// The condition of the filters, for a verb that reads rows of `E` in further statements.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::StatementEdited`] if the statement was changed in other ways.
    pub(crate) fn condition_to<E: EntityTrait>(
        &self,
        verb: &'static str,
    ) -> Result<&Condition, SoftDeleteError> {
        match self.is_edited {
            false => Ok(&self.condition),
            true => Err(SoftDeleteError::StatementEdited {
                entity: key::entity_name::<E>(),
                verb,
            }),
        }
    }
}

impl<S: ConditionalStatement> ConditionalStatement for Filtered<S> {
    fn and_or_where(&mut self, condition: LogicalChainOper) -> &mut Self {
        // This gives no condition to keep, and nothing calls it.
        self.is_edited = true;
        self.statement.and_or_where(condition);
        self
    }

    fn cond_where<C: IntoCondition>(&mut self, condition: C) -> &mut Self {
        let condition = condition.into_condition();
        let before = std::mem::replace(&mut self.condition, Condition::all());
        self.condition = before.add(condition.clone());
        self.statement.cond_where(condition);
        self
    }
}

/// Gives a builder SeaORM's `QueryFilter` and `QueryTrait`.
///
/// The builder has a method `statement(self, DbBackend)`, which makes the complete statement that `exec`
/// would run.
macro_rules! queries {
    ($builder:ident<$entity:ident>, [$($bound:tt)+], $($query:ident).+, $statement:ty) => {
        impl<$entity: $($bound)+> ::sea_orm::QueryFilter for $builder<$entity> {
            type QueryStatement = $crate::query::filtered::Filtered<$statement>;

            fn query(&mut self) -> &mut $crate::query::filtered::Filtered<$statement> {
                &mut self.$($query).+
            }
        }

        /// `build` and `into_query` make the statement that would run now. Where `exec` would refuse who
        /// deletes, they leave it out. `query` and `as_query` give the conditions and the caller's other
        /// settings: `exec` adds the stamps of the verb when it runs. To run the statement, use `exec`,
        /// which also sends date-times to MySQL correctly.
        impl<$entity: $($bound)+> ::sea_orm::QueryTrait for $builder<$entity> {
            type QueryStatement = $statement;

            fn query(&mut self) -> &mut $statement {
                self.$($query).+.edit()
            }

            fn as_query(&self) -> &$statement {
                self.$($query).+.statement()
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
