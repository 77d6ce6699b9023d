//! Statements that return their rows one by one, as a stream.

use std::future::{self, Future};
use std::pin::Pin;

use sea_orm::{DbBackend, DbErr, Statement, StatementBuilder, StreamTrait};

use crate::error::SoftDeleteError;
use crate::family::FamilyDelete;
#[cfg(feature = "rbac")]
use crate::scoped::audited_statement::Prepared;
use crate::scoped::connection::ScopedConnection;
use crate::scoped::connection_ref::ConnectionRef;
use sql_row_scope::ANY_TABLE;

type Opening<'a, S> = Pin<Box<dyn Future<Output = Result<S, DbErr>> + 'a + Send>>;

impl<C: StreamTrait> StreamTrait for ScopedConnection<C> {
    type Stream<'a>
        = C::Stream<'a>
    where
        Self: 'a;

    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    fn stream_raw<'a>(&'a self, stmt: Statement) -> Opening<'a, Self::Stream<'a>> {
        let backend = self.inner.get_database_backend();
        match self.scope.prepare(stmt, backend) {
            Ok((scoped, None)) => match self.settings_to_make(backend) {
                Ok(None) => self.inner.stream_raw(scoped),
                Ok(Some(_)) => refused(needs_transaction().into()),
                Err(refusal) => refused(refusal.into()),
            },
            Ok((_, Some(family))) => refused(no_stream(&family).into()),
            Err(refusal) => refused(refusal.into()),
        }
    }

    // Without `rbac` the trait's default function does the same: it builds the statement and calls the
    // raw function.
    #[cfg(feature = "rbac")]
    fn stream<'a, S: StatementBuilder + Sync>(&'a self, stmt: &S) -> Opening<'a, Self::Stream<'a>> {
        let backend = self.inner.get_database_backend();
        match Prepared::new(stmt, backend, &self.scope) {
            Ok((scoped, None)) => match self.settings_to_make(backend) {
                Ok(None) => self.inner.stream(&scoped),
                Ok(Some(_)) => refused(needs_transaction().into()),
                Err(refusal) => refused(refusal.into()),
            },
            Ok((_, Some(family))) => refused(no_stream(&family).into()),
            Err(refusal) => refused(refusal),
        }
    }
}

impl<C: StreamTrait> StreamTrait for ConnectionRef<'_, C> {
    type Stream<'a>
        = C::Stream<'a>
    where
        Self: 'a;

    fn get_database_backend(&self) -> DbBackend {
        self.get_ref().get_database_backend()
    }

    fn stream_raw<'a>(&'a self, stmt: Statement) -> Opening<'a, Self::Stream<'a>> {
        self.get_ref().stream_raw(stmt)
    }

    fn stream<'a, S: StatementBuilder + Sync>(&'a self, stmt: &S) -> Opening<'a, Self::Stream<'a>> {
        self.get_ref().stream(stmt)
    }
}

fn no_stream(family: &FamilyDelete) -> SoftDeleteError {
    family.refuse_as("a stream of the rows of", "ask for all of the rows at once")
}

fn needs_transaction() -> SoftDeleteError {
    SoftDeleteError::NotScopable {
        table: ANY_TABLE.to_owned(),
        construct: "a stream outside of a transaction, under row-level security,".to_owned(),
        remedy: "begin a transaction on the scoped connection, and stream within it",
    }
}

fn refused<'a, S: Send + 'a>(refusal: DbErr) -> Opening<'a, S> {
    Box::pin(future::ready(Err(refusal)))
}
