//! The connection that the verbs of an entity run on: the caller's, or a transaction of their own.

use sea_orm::{ConnectionTrait, TransactionSession, TransactionTrait};

use crate::entity::SoftDeleteEntity;
use crate::entity::any_entity::Typed;
use crate::entity::any_soft_entity::AnySoftEntity;
use crate::entity::family_kind::{Alone, Cascading, FamilyKind};
use crate::error::SoftDeleteError;
use crate::family::alone::Trash;
use crate::family::backup;
use crate::family::graph::Graph;

/// A connection on which the verbs of the entity `E` can run.
///
/// For an entity whose deletes affect only its own rows, every [`ConnectionTrait`] is one. For an entity
/// that [cascades, destroys or restricts](crate::describe::SoftDeleteFamily), has
/// [restore hooks](trait@crate::RestoreBehavior), is [logged](crate::deletion_log) or is
/// [counted](crate::Counters), the connection has to be a [`TransactionTrait`] too,
/// because the verbs are several statements that take effect together or not at all. It can be a
/// `DatabaseConnection`, a transaction (the verb then runs in a savepoint of it), or a
/// [`ScopedConnection`](crate::ScopedConnection) of either.
///
/// Code that is generic over the entity requires it instead of `ConnectionTrait`:
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm_soft_delete::ConnectionFor;
///
/// async fn empty<E: SoftDelete>(db: &impl ConnectionFor<E>) -> Result<u64, SoftDeleteError> {
///     let removed = E::force_delete_many().only_trashed().exec(db).await?;
///     Ok(removed.rows_affected)
/// }
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// assert_eq!(empty::<note::Entity>(db).await?, 1);
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
#[diagnostic::on_unimplemented(
    message = "the verbs of `{E}` cannot run on a `{Self}`",
    label = "no connection for `{E}`",
    note = "verbs of an entity that cascades, or has restore hooks, are transactions: its connection has to be `ConnectionTrait + TransactionTrait`, such as `DatabaseConnection` or `DatabaseTransaction`",
    note = "in code that is generic in the entity, write `ConnectionFor<E>` in place of `ConnectionTrait`"
)]
pub trait ConnectionFor<E: SoftDeleteEntity>: RunsVerbs<E::Kind> {}

#[diagnostic::do_not_recommend]
impl<E, C> ConnectionFor<E> for C
where
    E: SoftDeleteEntity,
    C: RunsVerbs<E::Kind>,
{
}

/// What the verbs of entities of this kind require from a connection.
#[async_trait::async_trait]
#[diagnostic::on_unimplemented(
    message = "the verbs of an entity of this kind cannot run on a `{Self}`",
    note = "verbs of an entity that cascades, or has restore hooks, are transactions: its connection has to be `ConnectionTrait + TransactionTrait`, such as `DatabaseConnection` or `DatabaseTransaction`"
)]
pub trait RunsVerbs<K: FamilyKind>: ConnectionTrait {
    /// Runs the work of one verb, directly or in a transaction.
    #[doc(hidden)]
    async fn run<W: Work>(&self, work: W) -> Result<W::Output, SoftDeleteError>;

    /// Trashes rows, and what falls with them. Returns the number of the rows.
    #[doc(hidden)]
    async fn trash(&self, rows: Trash) -> Result<u64, SoftDeleteError>;
}

#[async_trait::async_trait]
impl<C: ConnectionTrait> RunsVerbs<Alone> for C {
    async fn run<W: Work>(&self, work: W) -> Result<W::Output, SoftDeleteError> {
        work.run(self).await
    }

    async fn trash(&self, rows: Trash) -> Result<u64, SoftDeleteError> {
        rows.run_alone(self).await
    }
}

#[async_trait::async_trait]
#[diagnostic::do_not_recommend]
impl<C: ConnectionTrait + TransactionTrait> RunsVerbs<Cascading> for C {
    async fn run<W: Work>(&self, work: W) -> Result<W::Output, SoftDeleteError> {
        atomically(self, work).await
    }

    async fn trash(&self, rows: Trash) -> Result<u64, SoftDeleteError> {
        atomically(self, rows).await
    }
}

/// Runs the work of a verb of the entity.
///
/// Refuses an entity whose verbs run in no transaction, if another entity of its table declares that
/// deletes from the table affect others.
pub(crate) async fn run<E, C, W>(db: &C, work: W) -> Result<W::Output, SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionFor<E>,
    W: Work,
{
    Graph::registered().check_declared(Typed::<E>::SOFT)?;
    db.run(work).await
}

/// Whether deletes of the entity affect others, as it or another entity of its table declares.
pub(crate) fn concerns_others<E: SoftDeleteEntity>() -> bool {
    soft_concerns_others(Typed::<E>::SOFT)
}

/// The same for an entity without its type.
pub(crate) fn soft_concerns_others(soft: &dyn AnySoftEntity) -> bool {
    let graph = Graph::registered();
    match graph.node_of(&soft.key()) {
        Some(node) => graph.concerns_others(node),
        None => soft.declared().runs_in_transactions,
    }
}

/// The statements of a verb, to run on the caller's connection or in a transaction of this crate.
#[doc(hidden)]
#[async_trait::async_trait]
pub trait Work: Send {
    type Output: Send;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Self::Output, SoftDeleteError>;
}

/// Does the work and undoes it: for a preview that has to write.
pub(crate) async fn rolled_back<C, W>(db: &C, work: W) -> Result<W::Output, SoftDeleteError>
where
    C: TransactionTrait,
    W: Work,
{
    let transaction = db.begin().await?;
    let done = work.run(&transaction).await;
    transaction.rollback().await?;
    done
}

/// Does all of the work or, if it fails, none of it.
pub(crate) async fn atomically<C, W>(db: &C, work: W) -> Result<W::Output, SoftDeleteError>
where
    C: TransactionTrait,
    W: Work,
{
    let transaction = db.begin().await?;
    let done = backup::within(work.run(&transaction)).await;
    end(transaction, done).await
}

/// Commits the work or, if it failed, rolls it back.
pub(crate) async fn end<T, D>(
    transaction: T,
    done: Result<D, SoftDeleteError>,
) -> Result<D, SoftDeleteError>
where
    T: TransactionSession,
{
    match done {
        Ok(done) => {
            transaction.commit().await?;
            Ok(done)
        }
        Err(error) => {
            // Return the first error, because the caller can act on it. A connection that cannot roll back
            // has lost the transaction anyway.
            if let Err(lost) = transaction.rollback().await {
                tracing::warn!(%lost, "a transaction could not be rolled back");
            }
            Err(error)
        }
    }
}
