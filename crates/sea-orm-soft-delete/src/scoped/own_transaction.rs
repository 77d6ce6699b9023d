//! A statement that runs in a transaction of its own: a DELETE cascades, or policies of row-level security read
//! settings that are made before the statement.

use std::borrow::Cow;

use sea_orm::{ConnectionTrait, DbErr, ExecResult, QueryResult, Statement};

use crate::error::SoftDeleteError;
use crate::family::{FamilyDelete, Work};
#[cfg(feature = "rbac")]
use crate::scoped::audited_statement::Prepared;
use crate::scoped::in_scope::InScope;
use crate::scoped::row_level_security::Settings;
use crate::scoped::scope::Scope;

/// A scoped statement in the form that the inner connection takes.
#[async_trait::async_trait]
pub(super) trait Runs: Send + Sync {
    async fn execute<C: ConnectionTrait>(self, db: &C) -> Result<ExecResult, DbErr>;
    async fn query_one<C: ConnectionTrait>(self, db: &C) -> Result<Option<QueryResult>, DbErr>;
    async fn query_all<C: ConnectionTrait>(self, db: &C) -> Result<Vec<QueryResult>, DbErr>;
}

#[async_trait::async_trait]
impl Runs for Statement {
    async fn execute<C: ConnectionTrait>(self, db: &C) -> Result<ExecResult, DbErr> {
        db.execute_raw(self).await
    }

    async fn query_one<C: ConnectionTrait>(self, db: &C) -> Result<Option<QueryResult>, DbErr> {
        db.query_one_raw(self).await
    }

    async fn query_all<C: ConnectionTrait>(self, db: &C) -> Result<Vec<QueryResult>, DbErr> {
        db.query_all_raw(self).await
    }
}

#[cfg(feature = "rbac")]
#[async_trait::async_trait]
impl Runs for Prepared<'_> {
    async fn execute<C: ConnectionTrait>(self, db: &C) -> Result<ExecResult, DbErr> {
        db.execute(&self).await
    }

    async fn query_one<C: ConnectionTrait>(self, db: &C) -> Result<Option<QueryResult>, DbErr> {
        db.query_one(&self).await
    }

    async fn query_all<C: ConnectionTrait>(self, db: &C) -> Result<Vec<QueryResult>, DbErr> {
        db.query_all(&self).await
    }
}

/// What surrounds a statement in its transaction.
pub(super) struct Around {
    /// The settings before it.
    pub(super) settings: Option<Settings>,
    /// What a DELETE trashes beside the rows that it names, in the scope of the connection that sent it.
    pub(super) cascade: Option<(FamilyDelete, Scope)>,
}

impl Around {
    async fn before<C: ConnectionTrait>(&self, db: &C) -> Result<(), DbErr> {
        match &self.settings {
            Some(settings) => settings.set(db).await,
            None => Ok(()),
        }
    }

    async fn after<C: ConnectionTrait>(
        self,
        deleted_rows: bool,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let Some((family, scope)) = self.cascade else {
            return Ok(());
        };
        let db = InScope::new(db, &scope);
        family.follow_statement(deleted_rows, &db).await
    }
}

/// Executes the statement.
pub(super) struct Execute<R>(pub(super) R, pub(super) Around);

#[async_trait::async_trait]
impl<R: Runs> Work for Execute<R> {
    type Output = ExecResult;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<ExecResult, SoftDeleteError> {
        self.1.before(db).await?;
        let done = self.0.execute(db).await?;
        self.1.after(done.rows_affected() > 0, db).await?;
        Ok(done)
    }
}

/// Executes a text without preparing it.
pub(super) struct ExecuteText<'a>(pub(super) Cow<'a, str>, pub(super) Around);

#[async_trait::async_trait]
impl Work for ExecuteText<'_> {
    type Output = ExecResult;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<ExecResult, SoftDeleteError> {
        self.1.before(db).await?;
        let done = db.execute_unprepared(&self.0).await?;
        self.1.after(done.rows_affected() > 0, db).await?;
        Ok(done)
    }
}

/// Returns the first of the rows that the statement returns.
pub(super) struct QueryOne<R>(pub(super) R, pub(super) Around);

#[async_trait::async_trait]
impl<R: Runs> Work for QueryOne<R> {
    type Output = Option<QueryResult>;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Self::Output, SoftDeleteError> {
        self.1.before(db).await?;
        let row = self.0.query_one(db).await?;
        self.1.after(row.is_some(), db).await?;
        Ok(row)
    }
}

/// Returns the rows that the statement returns.
pub(super) struct QueryAll<R>(pub(super) R, pub(super) Around);

#[async_trait::async_trait]
impl<R: Runs> Work for QueryAll<R> {
    type Output = Vec<QueryResult>;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Self::Output, SoftDeleteError> {
        self.1.before(db).await?;
        let rows = self.0.query_all(db).await?;
        self.1.after(!rows.is_empty(), db).await?;
        Ok(rows)
    }
}
