//! A DELETE of rows that have children: the delete cascades to the children, in one transaction.

use sea_orm::{ConnectionTrait, DbErr, ExecResult, QueryResult, Statement};

use crate::error::SoftDeleteError;
use crate::family::{FamilyDelete, Work};
#[cfg(feature = "rbac")]
use crate::scoped::audited_statement::Prepared;
use crate::scoped::in_scope::InScope;
use crate::scoped::scope::Scope;

/// A scoped DELETE in the form that the inner connection takes.
#[async_trait::async_trait]
pub(super) trait Runs: Send + Sync {
    async fn execute<C: ConnectionTrait>(&self, db: &C) -> Result<ExecResult, DbErr>;
    async fn query_one<C: ConnectionTrait>(&self, db: &C) -> Result<Option<QueryResult>, DbErr>;
    async fn query_all<C: ConnectionTrait>(&self, db: &C) -> Result<Vec<QueryResult>, DbErr>;
}

#[async_trait::async_trait]
impl Runs for Statement {
    async fn execute<C: ConnectionTrait>(&self, db: &C) -> Result<ExecResult, DbErr> {
        db.execute_raw(self.clone()).await
    }

    async fn query_one<C: ConnectionTrait>(&self, db: &C) -> Result<Option<QueryResult>, DbErr> {
        db.query_one_raw(self.clone()).await
    }

    async fn query_all<C: ConnectionTrait>(&self, db: &C) -> Result<Vec<QueryResult>, DbErr> {
        db.query_all_raw(self.clone()).await
    }
}

#[cfg(feature = "rbac")]
#[async_trait::async_trait]
impl Runs for Prepared<'_> {
    async fn execute<C: ConnectionTrait>(&self, db: &C) -> Result<ExecResult, DbErr> {
        db.execute(self).await
    }

    async fn query_one<C: ConnectionTrait>(&self, db: &C) -> Result<Option<QueryResult>, DbErr> {
        db.query_one(self).await
    }

    async fn query_all<C: ConnectionTrait>(&self, db: &C) -> Result<Vec<QueryResult>, DbErr> {
        db.query_all(self).await
    }
}

/// What a DELETE trashes beside the rows that it names, in the scope of the connection that sent it.
pub(super) struct Cascade(pub(super) FamilyDelete, pub(super) Scope);

impl Cascade {
    async fn follow<C: ConnectionTrait>(
        self,
        deleted_rows: bool,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let db = InScope::new(db, &self.1);
        self.0.follow_statement(deleted_rows, &db).await
    }
}

/// Executes the DELETE.
pub(super) struct Execute<R>(pub(super) R, pub(super) Cascade);

#[async_trait::async_trait]
impl<R: Runs> Work for Execute<R> {
    type Output = ExecResult;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<ExecResult, SoftDeleteError> {
        let done = self.0.execute(db).await?;
        self.1.follow(done.rows_affected() > 0, db).await?;
        Ok(done)
    }
}

/// Returns the first of the rows that the DELETE returns.
pub(super) struct QueryOne<R>(pub(super) R, pub(super) Cascade);

#[async_trait::async_trait]
impl<R: Runs> Work for QueryOne<R> {
    type Output = Option<QueryResult>;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Self::Output, SoftDeleteError> {
        let row = self.0.query_one(db).await?;
        self.1.follow(row.is_some(), db).await?;
        Ok(row)
    }
}

/// Returns the rows that the DELETE returns.
pub(super) struct QueryAll<R>(pub(super) R, pub(super) Cascade);

#[async_trait::async_trait]
impl<R: Runs> Work for QueryAll<R> {
    type Output = Vec<QueryResult>;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Self::Output, SoftDeleteError> {
        let rows = self.0.query_all(db).await?;
        self.1.follow(!rows.is_empty(), db).await?;
        Ok(rows)
    }
}
