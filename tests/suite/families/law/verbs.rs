//! The verbs of an entity behind a trait object.

use std::marker::PhantomData;
use std::sync::LazyLock;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, FromValueTuple, IntoIden, ValueTuple};
use sea_orm::{
    Condition, ConnectionTrait, DatabaseConnection, EntityName, EntityTrait, PrimaryKeyTrait,
    QueryFilter, TransactionTrait,
};
use sea_orm_soft_delete::{
    ConnectionFor, Operation, OperationId, Purge, Scopable, Scope, ScopedConnection, SoftDelete,
    SoftDeleteError, SoftDeleteModel,
};

/// The filter of a verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The row of this key.
    Row(Vec<i32>),
    /// The rows of this color.
    Color(i32),
    /// The rows of another color, or of no color.
    NotColor(i32),
    All,
}

impl Which {
    /// A scoped connection, of one scope or the other: `explicit_marker_wins` changes no verb.
    fn scoped(&self, db: &DatabaseConnection) -> ScopedConnection<DatabaseConnection> {
        static EXPLICIT: LazyLock<Scope> =
            LazyLock::new(|| Scope::builder().explicit_marker_wins().build());
        let number = match self {
            Self::Row(key) => key.iter().sum(),
            Self::Color(color) | Self::NotColor(color) => *color,
            Self::All => 1,
        };
        match number % 2 {
            0 => db.scoped(),
            _ => db.scoped_with(&EXPLICIT),
        }
    }
}

/// The verb to run on the rows that match the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Delete,
    Restore { with_ancestors: bool },
    ForceDelete { only_trashed: bool },
}

#[async_trait::async_trait]
pub(super) trait Verbs: Sync {
    /// Runs the verb, and returns the number of rows that it reports.
    async fn run(
        &self,
        verb: Verb,
        which: &Which,
        is_scoped: bool,
        db: &DatabaseConnection,
    ) -> Result<u64, SoftDeleteError>;

    /// Restores an operation, which it looks for from this entity down, and returns the number of rows that
    /// it reports.
    async fn restore_operation(
        &self,
        id: Uuid,
        with_ancestors: bool,
        db: &DatabaseConnection,
    ) -> Result<u64, SoftDeleteError>;

    /// Adds the family of this entity to those of the purge.
    fn add_family(&self, purge: Purge) -> Purge;

    /// Runs the preview of each verb.
    async fn preview(&self, which: &Which, db: &DatabaseConnection) -> Result<(), SoftDeleteError>;
}

pub(super) struct Of<E>(PhantomData<fn() -> E>);

impl<E> Of<E>
where
    E: SoftDelete,
    DatabaseConnection: ConnectionFor<E>,
    ScopedConnection<DatabaseConnection>: ConnectionFor<E>,
{
    pub(super) const VERBS: &'static dyn Verbs = &Self(PhantomData);
}

type KeyOf<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

#[async_trait::async_trait]
impl<E> Verbs for Of<E>
where
    E: SoftDelete,
    DatabaseConnection: ConnectionFor<E>,
    ScopedConnection<DatabaseConnection>: ConnectionFor<E>,
{
    async fn run(
        &self,
        verb: Verb,
        which: &Which,
        is_scoped: bool,
        db: &DatabaseConnection,
    ) -> Result<u64, SoftDeleteError> {
        match (is_scoped, which) {
            (false, Which::Row(key)) => one::<E, _>(verb, key, db).await,
            (true, Which::Row(key)) => one::<E, _>(verb, key, &which.scoped(db)).await,
            (false, _) => many::<E, _>(verb, which.condition::<E>(), db).await,
            (true, _) => many::<E, _>(verb, which.condition::<E>(), &which.scoped(db)).await,
        }
    }

    async fn restore_operation(
        &self,
        id: Uuid,
        with_ancestors: bool,
        db: &DatabaseConnection,
    ) -> Result<u64, SoftDeleteError> {
        let list = Operation::list().in_family_of(E::default());
        let operation = list.find(OperationId::Uuid(id), db).await?;
        let operation = operation.expect("rows of it are in the trash");
        match with_ancestors {
            true => operation.restore_with_ancestors(db).await,
            false => operation.restore(db).await,
        }
    }

    fn add_family(&self, purge: Purge) -> Purge {
        purge.in_family_of(E::default())
    }

    async fn preview(&self, which: &Which, db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
        let rows = which.condition::<E>();
        let delete = <E as SoftDelete>::delete_many().filter(rows.clone());
        delete.preview(db).await?;
        delete.is_forbidden(db).await?;
        let restore = E::restore_many().filter(rows.clone());
        restore.preview(db).await?;
        E::force_delete_many().filter(rows).preview(db).await?;
        Ok(())
    }
}

async fn one<E, C>(verb: Verb, key: &[i32], db: &C) -> Result<u64, SoftDeleteError>
where
    E: SoftDelete,
    C: ConnectionFor<E> + ConnectionTrait + TransactionTrait,
{
    let values = match *key {
        [id] => ValueTuple::One(id.into()),
        [one, other] => ValueTuple::Two(one.into(), other.into()),
        _ => unreachable!("keys have one column or two"),
    };
    let key = KeyOf::<E>::from_value_tuple(values);
    Ok(match verb {
        Verb::Delete => {
            let delete = <E as SoftDelete>::delete_by_id(key);
            delete.exec(db).await?.rows_affected
        }
        Verb::Restore { with_ancestors } => {
            let restore = E::restore_by_id(key);
            let row = match with_ancestors {
                true => restore.with_ancestors().exec(db).await?,
                false => restore.exec(db).await?,
            };
            u64::from(!row.is_trashed())
        }
        Verb::ForceDelete { only_trashed } => {
            let mut delete = E::force_delete_by_id(key);
            if only_trashed {
                delete = delete.only_trashed();
            }
            delete.exec(db).await?.rows_affected
        }
    })
}

async fn many<E, C>(verb: Verb, rows: Condition, db: &C) -> Result<u64, SoftDeleteError>
where
    E: SoftDelete,
    C: ConnectionFor<E> + ConnectionTrait + TransactionTrait,
{
    Ok(match verb {
        Verb::Delete => {
            let delete = <E as SoftDelete>::delete_many().filter(rows);
            delete.exec(db).await?.rows_affected
        }
        Verb::Restore { with_ancestors } => {
            let restore = E::restore_many().filter(rows);
            let restored = match with_ancestors {
                true => restore.with_ancestors().exec(db).await?,
                false => restore.exec(db).await?,
            };
            restored.rows_affected
        }
        Verb::ForceDelete { only_trashed } => {
            let mut delete = E::force_delete_many().filter(rows);
            if only_trashed {
                delete = delete.only_trashed();
            }
            delete.exec(db).await?.rows_affected
        }
    })
}

impl Which {
    fn condition<E: EntityName + Default>(&self) -> Condition {
        let table = Alias::new(E::default().table_name());
        let color = || Expr::col((table.clone().into_iden(), Alias::new("color")));
        match *self {
            Self::Color(of) => Condition::all().add(color().eq(of)),
            Self::NotColor(of) => Condition::any().add(color().ne(of)).add(color().is_null()),
            _ => Condition::all(),
        }
    }

    /// The filter as SQL.
    pub(super) fn sql(&self, key: &[&str]) -> String {
        match self {
            Self::Row(values) => {
                let columns = key.iter().zip(values);
                let columns = columns.map(|(column, value)| format!("{column} = {value}"));
                format!(" WHERE {}", columns.collect::<Vec<_>>().join(" AND "))
            }
            Self::Color(of) => format!(" WHERE color = {of}"),
            Self::NotColor(of) => format!(" WHERE color <> {of} OR color IS NULL"),
            Self::All => String::new(),
        }
    }
}
