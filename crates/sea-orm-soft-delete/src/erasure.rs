//! `Erasure`: overwrites or removes what is kept about a person, live and trashed.

#[cfg(feature = "backup")]
mod backed_up;
mod before;
mod deed;
mod log;
pub(crate) mod receipt;
pub(crate) mod replay;
mod subjects;
mod walk;

use std::error::Error;

use sea_orm::sea_query::ValueTuple;
use sea_orm::{ConnectionTrait, EntityTrait, PrimaryKeyTrait, TransactionTrait};

use crate::entity::SoftDeleteEntity;
use crate::entity::key;
use crate::erasure::before::Before;
use crate::erasure::receipt::{ErasureReceipt, Hasher};
use crate::erasure::replay::ErasureReplay;
use crate::erasure::subjects::Subjects;
use crate::erasure::walk::Walk;
use crate::error::SoftDeleteError;
use crate::family::{self, Graph, NodeId, Soft, SoftMember, backup};
use crate::operation::clock::Clock;
use crate::report::erasure::ErasurePreview;

/// Erases what is kept about a person, or about any other row: the subject.
///
/// It begins at the subject's row and follows the relations that entities declare with
/// `#[soft_delete(subject(…))]`. In the rows that it reaches, live and trashed, it overwrites the columns that declare
/// `erase = …`, and it removes the rows of entities that declare `erase_rows`. Rows of entities that declare neither
/// stay as they are, and the preview says so. A row that a legal hold keeps stops the whole erasure.
///
/// ```rust,standalone_crate
/// # use sea_orm::{ConnectionTrait, Database, Schema, Set, prelude::*};
/// mod user {
///     use sea_orm::entity::prelude::*;
///     use sea_orm_soft_delete::SoftDelete;
///
///     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
///     #[sea_orm(table_name = "user")]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i32,
///         #[soft_delete(erase = "deleted_{key}@removed.invalid")]
///         #[sea_orm(unique)]
///         pub email: String,
///         #[soft_delete(erase = null)]
///         pub phone: Option<String>,
///         pub deleted_at: Option<DateTimeUtc>,
///     }
/// #   #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #   pub enum Relation {}
/// #   impl ActiveModelBehavior for ActiveModel {}
/// }
///
/// use sea_orm_soft_delete::{Erasure, SoftDeleteError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), SoftDeleteError> {
/// # let db = &Database::connect("sqlite::memory:").await?;
/// # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity)).await?;
/// # let ann = user::ActiveModel { id: Set(7), email: Set("ann@example.org".into()), ..Default::default() };
/// # ann.insert(db).await?;
/// # let key = b"of the receipts, in a secret store";
/// let erasure = Erasure::of(user::Entity, 7);
/// let preview = erasure.preview(db).await?;
/// println!("{preview}"); // show it to whoever decides
/// let receipt = erasure.confirm(&preview, key, db).await?;
/// assert_eq!(receipt.rows(), 1);
///
/// let user = user::Entity::find_by_id(7).one(db).await?.unwrap();
/// assert_eq!(user.email, "deleted_7@removed.invalid");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is erased until `confirm`"]
pub struct Erasure {
    member: &'static dyn SoftMember,
    /// `None` if it has too few values, so that no row has it.
    key: Option<ValueTuple>,
    spelled: String,
    before: Before,
}

impl Erasure {
    /// Erases what is kept about the row with this primary key, live or trashed.
    pub fn of<E, K>(_: E, key: K) -> Self
    where
        E: SoftDeleteEntity,
        K: Into<<<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType>,
    {
        let key = key::of_values::<E>(key.into());
        Self {
            member: Soft::<E>::MEMBER,
            spelled: key::spell::<E>(key.as_ref()),
            key,
            before: Before::default(),
        }
    }

    /// Erases the subjects of these receipts again, after the database was restored from a backup that is older.
    ///
    /// ```
    /// # use sea_orm::DatabaseConnection;
    /// # use sea_orm_soft_delete::{Erasure, SoftDeleteError, erased::ErasureReceipt};
    /// # async fn example(receipts: &[ErasureReceipt], key: &[u8], db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let replayed = Erasure::replay(receipts).run(key, db).await?;
    /// for receipt in &replayed.unmatched {
    ///     println!("nobody to erase: {receipt}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn replay(receipts: &[ErasureReceipt]) -> ErasureReplay<'_> {
        ErasureReplay {
            receipts,
            before: Before::default(),
        }
    }

    /// Calls the function with the keys of the rows of this entity that are about to be overwritten or removed: to
    /// delete files, keys of encryption, or entries of an index. Several calls add up.
    ///
    /// It runs in the erasure's transaction, after everything is checked and locked and before anything is written.
    /// If it fails, nothing is erased. If the erasure fails after it, it runs again when the erasure is repeated.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # use sea_orm_soft_delete::Erasure;
    /// # async fn delete_files(_: Vec<i32>) -> Result<(), std::io::Error> { Ok(()) }
    /// # fn example() {
    /// let erasure = Erasure::of(note::Entity, 7).before(note::Entity, |ids| async move {
    ///     delete_files(ids).await?;
    ///     Ok(())
    /// });
    /// # drop(erasure);
    /// # }
    /// # fn main() { example() }
    /// ```
    pub fn before<E, F, R>(mut self, _: E, run: F) -> Self
    where
        E: SoftDeleteEntity,
        F: Fn(Vec<<<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType>) -> R
            + Send
            + Sync
            + 'static,
        R: Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        self.before.add::<E, F, R>(run);
        self
    }

    /// What [`confirm`](Self::confirm) would do now. Nothing is written. The keys of the rows are read into memory.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::NotFound`] if no row has the key, [`SoftDeleteError::InvalidRelation`] if a `subject` is
    /// declared wrongly, and the database's errors.
    pub async fn preview<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<ErasurePreview, SoftDeleteError> {
        let subject = self.subject()?;
        let walk = Walk::read(&subject, false, db).await?;
        Ok(walk.preview(&subject))
    }

    /// Does what the preview shows, in one transaction, and returns the receipt. The key hashes the subject in the
    /// receipt: at least 16 random bytes, the same for all receipts, kept where the receipts are not.
    ///
    /// # Errors
    ///
    /// Nothing is erased if it fails:
    ///
    /// - [`SoftDeleteError::ErasureChanged`] if it would not do what the preview shows.
    /// - [`SoftDeleteError::Held`] if a legal hold keeps one of the rows.
    /// - [`SoftDeleteError::Restricted`] if live rows belong to rows to remove, and would stay, and
    ///   [`SoftDeleteError::HeldByForeignKey`] if a foreign key refers to such rows.
    /// - [`SoftDeleteError::NotErasable`] if a declared value does not fit its column, or is not unique, or the key is
    ///   too short.
    /// - [`SoftDeleteError::BeforeErasureFailed`] if a function of [`before`](Self::before) fails.
    /// - `DbErr::AccessDenied` on a `RestrictedConnection` whose user may not update the tables to overwrite, or not
    ///   delete from those with `erase_rows`.
    pub async fn confirm<C>(
        &self,
        preview: &ErasurePreview,
        key: &[u8],
        db: &C,
    ) -> Result<ErasureReceipt, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let subject = self.subject()?;
        erase(&subject, Some(preview), &self.before, key, db).await
    }

    fn subject(&self) -> Result<Subject, SoftDeleteError> {
        let graph = Graph::registered();
        let node = graph.node_of_soft(self.member.soft())?;
        match (&self.key, graph.soft(node)) {
            (Some(key), Some(member)) => Ok(Subject {
                node,
                member,
                key: key.clone(),
            }),
            _ => Err(SoftDeleteError::NotFound {
                entity: self.member.name(),
                key: self.spelled.clone(),
            }),
        }
    }
}

impl ErasureReplay<'_> {
    /// Calls the function before rows of this entity are overwritten or removed, as [`Erasure::before`] does.
    pub fn before<E, F, R>(mut self, _: E, run: F) -> Self
    where
        E: SoftDeleteEntity,
        F: Fn(Vec<<<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType>) -> R
            + Send
            + Sync
            + 'static,
        R: Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        self.before.add::<E, F, R>(run);
        self
    }
}

/// What is wrong with what the entity declares for erasures.
pub(crate) fn mistakes_of(node: NodeId) -> Vec<String> {
    Subjects::registered().mistakes_of(node)
}

/// The row to erase.
struct Subject {
    node: NodeId,
    member: &'static dyn SoftMember,
    key: ValueTuple,
}

impl Subject {
    /// Its key, as `id = 3`.
    fn spell(&self) -> String {
        let columns = self.member.primary_key().into_iter();
        let pairs = columns.zip(self.key.clone());
        let pairs = pairs.map(|(column, value)| format!("{} = {value}", column));
        pairs.collect::<Vec<_>>().join(", ")
    }
}

/// Erases the subject, if the erasure does what was expected.
async fn erase<C>(
    subject: &Subject,
    expected: Option<&ErasurePreview>,
    before: &Before,
    key: &[u8],
    db: &C,
) -> Result<ErasureReceipt, SoftDeleteError>
where
    C: ConnectionTrait + TransactionTrait,
{
    let hasher = Hasher::new(&subject.member.name(), key)?;
    let transaction = db.begin().await?;
    let done = backup::within(within(subject, expected, before, &transaction)).await;
    let tables = family::end(transaction, done).await?;
    Ok(ErasureReceipt {
        entity: subject.member.name(),
        subject: hasher.hash(&subject.key),
        at: Clock::current().now(),
        tables,
    })
}

async fn within<C: ConnectionTrait>(
    subject: &Subject,
    expected: Option<&ErasurePreview>,
    before: &Before,
    db: &C,
) -> Result<Vec<receipt::ErasedTable>, SoftDeleteError> {
    family::write_first_to(subject.member, db).await?;
    let walk = Walk::read(subject, true, db).await?;
    deed::ask_permission(&walk, db).await?;
    let now = walk.preview(subject);
    if expected.is_some_and(|expected| *expected != now) {
        return Err(SoftDeleteError::ErasureChanged {
            entity: now.entity.clone(),
            now: Box::new(now),
        });
    }
    refuse(now)?;
    before.run(&walk).await?;
    deed::run(&walk, db).await
}

/// Refuses an erasure that something forbids.
fn refuse(now: ErasurePreview) -> Result<(), SoftDeleteError> {
    if !now.on_hold.is_empty() {
        return Err(SoftDeleteError::Held {
            entity: now.entity,
            held: now.on_hold,
        });
    }
    if !now.left_behind.is_empty() {
        return Err(SoftDeleteError::Restricted {
            entity: now.entity,
            by: now.left_behind,
        });
    }
    Ok(())
}
