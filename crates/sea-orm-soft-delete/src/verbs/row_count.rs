//! How many rows there are, with and without the trash: what a quota needs.

use std::marker::PhantomData;

use sea_orm::sea_query::{Expr, Func, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryResult, TryGetable};

use crate::entity::SoftDeleteEntity;
use crate::entity::scope_comment;
use crate::error::SoftDeleteError;
use crate::family::Soft;
use crate::operation::id::OperationId;

/// Counts the rows of an entity, with and without the trash, for example to hold a user to a quota.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// use sea_orm_soft_delete::RowCount;
///
/// let notes = RowCount::of(note::Entity).total(db).await?;
/// assert_eq!((notes.live, notes.trashed, notes.all()), (2, 1, 3));
///
/// let by_id = RowCount::of(note::Entity).filter(note::Column::Id.lte(2)).total(db).await?;
/// assert_eq!((by_id.live, by_id.trashed), (2, 0));
///
/// for (who, notes) in RowCount::of(note::Entity).by(note::Column::DeletedBy, db).await? {
///     let who: Option<i32> = who;
///     println!("{who:?}: {} live, {} in the trash", notes.live, notes.trashed);
/// }
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is counted until `total`, `by` or `by_operation`"]
pub struct RowCount<E> {
    rows: Condition,
    entity: PhantomData<fn() -> E>,
}

/// How many rows there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Counted {
    /// Live rows.
    pub live: u64,
    /// Trashed rows.
    pub trashed: u64,
}

impl Counted {
    /// Live and trashed rows.
    pub fn all(self) -> u64 {
        self.live + self.trashed
    }
}

const ALL: &str = "soft_delete_all";
const LIVE: &str = "soft_delete_live";
const OF: &str = "soft_delete_of";

impl<E: SoftDeleteEntity> RowCount<E> {
    /// Counts the rows of this entity.
    pub fn of(_: E) -> Self {
        Self {
            rows: Condition::all(),
            entity: PhantomData,
        }
    }

    /// Counts only rows under this condition. Several calls mean all of the conditions.
    pub fn filter(mut self, rows: impl sea_orm::sea_query::IntoCondition) -> Self {
        self.rows = self.rows.add(rows.into_condition());
        self
    }

    /// Counts the live and the trashed rows, in one statement:
    ///
    /// ```sql
    /// SELECT COUNT(*) AS "soft_delete_all",
    ///   COUNT(CASE WHEN ("note"."deleted_at" IS NULL) THEN 1 END) AS "soft_delete_live" FROM "note"
    /// ```
    ///
    /// # Errors
    ///
    /// Database errors.
    pub async fn total<C: ConnectionTrait>(self, db: &C) -> Result<Counted, SoftDeleteError> {
        let row = db.query_one(&self.select()).await?;
        row.as_ref().map_or(Ok(Counted::default()), read)
    }

    /// Counts the rows for each value of a column, such as the owner, in one statement with a GROUP BY. The
    /// values are in the order of the column.
    ///
    /// # Errors
    ///
    /// Database errors, as when the column does not hold values of the type `T`.
    pub async fn by<T, C>(
        self,
        column: E::Column,
        db: &C,
    ) -> Result<Vec<(T, Counted)>, SoftDeleteError>
    where
        T: TryGetable,
        C: ConnectionTrait,
    {
        let mut select = self.select();
        let value = Expr::col(column.as_column_ref());
        select
            .expr_as(column.select_as(value.clone()), OF)
            .add_group_by([value.clone()])
            .order_by_expr(value, sea_orm::Order::Asc);
        let mut all = Vec::new();
        for row in db.query_all(&select).await? {
            all.push((row.try_get("", OF)?, read(&row)?));
        }
        Ok(all)
    }

    /// Counts the trashed rows of each operation, in one statement with a GROUP BY. Live rows, and trashed rows
    /// that record no operation, are counted under `None`, which is last.
    ///
    /// # Errors
    ///
    /// Database errors.
    pub async fn by_operation<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> Result<Vec<(Option<OperationId>, Counted)>, SoftDeleteError> {
        let mut select = self.select();
        let member = Soft::<E>::MEMBER;
        member.group_by_operation(&mut select);
        let mut all: Vec<(Option<OperationId>, Counted)> = Vec::new();
        let mut rest = Counted::default();
        for row in db.query_all(&select).await? {
            let counted = read(&row)?;
            match member.read_id(&row)? {
                Some(id) if counted.trashed > 0 => all.push((Some(id), counted)),
                _ => {
                    rest.live += counted.live;
                    rest.trashed += counted.trashed;
                }
            }
        }
        if rest.all() > 0 {
            all.push((None, rest));
        }
        Ok(all)
    }

    fn select(&self) -> SelectStatement {
        let one_if_live = Expr::case(E::is_live(), 1);
        Query::select()
            .expr_as(Expr::cust("COUNT(*)"), ALL)
            .expr_as(Expr::expr(Func::count(one_if_live)), LIVE)
            .from(E::default().table_ref())
            .cond_where(self.rows.clone())
            .and_where(scope_comment::with_trashed::<E>())
            .to_owned()
    }
}

fn read(row: &QueryResult) -> Result<Counted, SoftDeleteError> {
    let count = |name: &str| row.try_get::<i64>("", name).map(i64::unsigned_abs);
    let (all, live) = (count(ALL)?, count(LIVE)?);
    Ok(Counted {
        live,
        trashed: all.saturating_sub(live),
    })
}
