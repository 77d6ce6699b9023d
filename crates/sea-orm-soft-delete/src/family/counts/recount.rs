//! Recounts what parents count, and repairs the counts that are wrong.

use std::fmt;

use sea_orm::sea_query::{
    DynIden, Expr, ExprTrait, IntoIden, JoinType, LockType, Order, Query, SelectStatement,
    UpdateStatement, ValueTuple,
};
use sea_orm::{Condition, ConnectionTrait, DbBackend, DbErr, ModelTrait, TransactionTrait};

use crate::entity::SoftDeleteEntity;
use crate::entity::key;
use crate::entity::member::Member;
use crate::error::SoftDeleteError;
use crate::family::counter::Counter;
use crate::family::counts::{self, Change, FOUND, LIVE, TRASHED, count_if};
use crate::family::follow_up::{FollowUp, count_rows};
use crate::family::graph::{Graph, NodeId};
use crate::family::member::{Soft, SoftMember};
use crate::family::row_set::{PARENT, tuple};
use crate::family::transaction::{Work, atomically};

/// How many parents one transaction repairs.
const AT_ONCE: usize = 1_000;

/// The counter caches of the program: columns that hold how many live and trashed rows belong to a row.
///
/// An entity declares with `#[soft_delete(counted_in(…))]` which parents count its rows. Every verb keeps the counts in
/// its transaction. An INSERT, an UPDATE of the foreign key and a statement on a plain connection do not change them:
/// [`add`](Self::add) and [`subtract`](Self::subtract) count single rows, and [`recount`](Self::recount) repairs what
/// is wrong.
///
/// ```rust,standalone_crate
/// # mod folder {
/// #     use sea_orm::entity::prelude::*;
/// #
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "counting_folder")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         pub note_count: i32,
/// #         pub trashed_count: i32,
/// #     }
/// #
/// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #     pub enum Relation {}
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # mod note {
/// #     use sea_orm::entity::prelude::*;
/// #     use sea_orm_soft_delete::SoftDelete;
/// #
/// #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
/// #[sea_orm(table_name = "counted_note")]
/// #[soft_delete(counted_in(
///     super::folder::Entity on Relation::Folder,
///     live = "note_count",
///     trashed = "trashed_count"
/// ))]
/// pub struct Model {
///     #[sea_orm(primary_key)]
///     pub id: i32,
///     pub folder_id: i32,
///     pub deleted_at: Option<DateTimeUtc>,
///     #[soft_delete(operation)]
///     pub operation_id: Option<Uuid>,
/// }
/// #
/// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #     pub enum Relation {
/// #         #[sea_orm(
/// #             belongs_to = "super::folder::Entity",
/// #             from = "Column::FolderId",
/// #             to = "super::folder::Column::Id"
/// #         )]
/// #         Folder,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # use sea_orm::prelude::*;
/// # use sea_orm::{Database, Schema, Set};
/// # use sea_orm_soft_delete::{Counters, SoftDeleteError};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), SoftDeleteError> {
/// # let db = &Database::connect("sqlite::memory:").await?;
/// # let schema = Schema::new(db.get_database_backend());
/// # db.execute(&schema.create_table_from_entity(folder::Entity)).await?;
/// # db.execute(&schema.create_table_from_entity(note::Entity)).await?;
/// # folder::ActiveModel { id: Set(1), note_count: Set(0), trashed_count: Set(0) }.insert(db).await?;
/// # for id in 1..=3 {
/// #     let note = note::ActiveModel { id: Set(id), folder_id: Set(1), ..Default::default() };
/// #     note.insert(db).await?;
/// # }
/// let repaired = Counters::of::<note::Entity>().recount(db).await?; // nothing has counted the inserts
/// assert_eq!(repaired.rows(), 1);
///
/// note::Entity::delete_by_id(1).exec(db).await?;
/// let folder = folder::Entity::find_by_id(1).one(db).await?.unwrap();
/// assert_eq!((folder.note_count, folder.trashed_count), (2, 1));
/// assert!(Counters::of_all().find_wrong(db).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is counted until `recount` or `find_wrong`"]
pub struct Counters {
    /// The entity whose rows are counted. `None` for every entity.
    of: Option<&'static dyn SoftMember>,
}

/// How many parents had wrong counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct WrongCounts {
    /// Each counter that was wrong in some rows.
    pub counters: Vec<WrongCounter>,
}

/// How many parents had a wrong count of rows of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct WrongCounter {
    /// The table of the parents, as `folder` or `archive.folder`.
    pub parent: String,
    /// The columns that hold the counts.
    pub columns: Vec<String>,
    /// The table of the rows that are counted.
    pub entity: String,
    /// How many parents.
    pub rows: u64,
}

impl WrongCounts {
    /// How many parents, of all counters together.
    pub fn rows(&self) -> u64 {
        self.counters.iter().map(|it| it.rows).sum()
    }

    /// Whether every count was right.
    pub fn is_empty(&self) -> bool {
        self.counters.is_empty()
    }
}

/// One line for each counter, such as ``2 rows of `folder` count `note` wrongly in `note_count` ``.
impl fmt::Display for WrongCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, counter) in self.counters.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{counter}")?;
        }
        Ok(())
    }
}

impl fmt::Display for WrongCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            parent,
            columns,
            entity,
            rows,
        } = self;
        let (rows_of, count) = match rows {
            1 => ("row", "counts"),
            _ => ("rows", "count"),
        };
        let columns = columns.join("` and `");
        write!(
            f,
            "{rows} {rows_of} of `{parent}` {count} `{entity}` wrongly in `{columns}`"
        )
    }
}

impl Counters {
    /// The counters of every entity that is linked into the program.
    pub fn of_all() -> Self {
        Self { of: None }
    }

    /// The counters that count the rows of this entity: those that its own `counted_in` declares.
    pub fn of<E: SoftDeleteEntity>() -> Self {
        Self {
            of: Some(Soft::<E>::MEMBER),
        }
    }

    /// Repairs every wrong count. Returns how many rows had one.
    ///
    /// ```sql
    /// SELECT folder.id FROM folder JOIN (SELECT … COUNT(…) … GROUP BY …) … WHERE folder.note_count <> …
    /// UPDATE folder SET note_count = … FROM (SELECT … COUNT(…) … GROUP BY …) … WHERE folder.id IN (…) AND …
    /// ```
    ///
    /// One SELECT for each counter reads both tables and finds the wrong rows. They are locked, recounted and written by
    /// their keys, a thousand in each transaction. So counts stay right beside verbs that run at the same time, and a
    /// run that is cut off has repaired a part. Counts that are right are not written.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::InvalidRelation`] if a counter is declared wrongly; and the database's errors. A deadlock with
    /// a verb can end the run: repeat it.
    pub async fn recount<C>(&self, db: &C) -> Result<WrongCounts, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let mut repaired = WrongCounts::default();
        for (child, counter) in self.counters()? {
            let recount = Recount::of(counter, child);
            let mut rows = 0;
            let keys = recount.wrong_keys(db).await?;
            for keys in keys.chunks(AT_ONCE) {
                rows += atomically(db, Repair(&recount, keys)).await?;
            }
            repaired.add(&recount, rows);
        }
        Ok(repaired)
    }

    /// Returns how many rows have wrong counts. Writes nothing.
    ///
    /// # Errors
    ///
    /// The errors of [`recount`](Self::recount).
    pub async fn find_wrong<C>(&self, db: &C) -> Result<WrongCounts, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let mut wrong = WrongCounts::default();
        for (child, counter) in self.counters()? {
            let recount = Recount::of(counter, child);
            let rows = count_rows(recount.wrong(), db).await?;
            wrong.add(&recount, rows);
        }
        Ok(wrong)
    }

    /// Adds the row to the counts of its parents, as a live or a trashed row. For an application that inserts the row, or
    /// after it has written the foreign key. Takes one UPDATE for each counter.
    ///
    /// Call it in the transaction of the INSERT. `ActiveModelBehavior::after_save` is a good place: SeaORM's inserts of
    /// one row and this crate's call it.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn add<M, C>(row: &M, db: &C) -> Result<(), SoftDeleteError>
    where
        M: ModelTrait<Entity: SoftDeleteEntity>,
        C: ConnectionTrait,
    {
        apply_to_row(row, Change::Arrive, db).await
    }

    /// Takes the row out of the counts of the parents that it belongs to in the database. For an application that is
    /// about to write another foreign key, or to remove the row without this crate's verbs.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn subtract<M, C>(row: &M, db: &C) -> Result<(), SoftDeleteError>
    where
        M: ModelTrait<Entity: SoftDeleteEntity>,
        C: ConnectionTrait,
    {
        apply_to_row(row, Change::Leave, db).await
    }

    fn counters(
        &self,
    ) -> Result<Vec<(&'static dyn SoftMember, &'static Counter)>, SoftDeleteError> {
        let graph = Graph::registered();
        let nodes: Vec<NodeId> = match self.of {
            Some(member) => vec![graph.node_of_soft(member.soft())?],
            None => graph.soft_nodes().map(|(node, _)| node).collect(),
        };
        let mut counters = Vec::new();
        for node in nodes {
            if let Some(member) = graph.soft(node) {
                let mut declared = graph.counters(node).iter().peekable();
                if self.of.is_some() || declared.peek().is_some() {
                    graph.check(node)?;
                }
                counters.extend(declared.map(|counter| (member, counter)));
            }
        }
        // The order in which entities are registered varies from build to build.
        counters.sort_by_key(|(member, counter)| (member.key(), counter.parent.key()));
        Ok(counters)
    }
}

impl WrongCounts {
    fn add(&mut self, recount: &Recount<'_>, rows: u64) {
        if rows > 0 {
            let counter = recount.counter;
            self.counters.push(WrongCounter {
                parent: counter.parent.name(),
                columns: counter.columns().map(ToString::to_string).collect(),
                entity: recount.child.name(),
                rows,
            });
        }
    }
}

async fn apply_to_row<M, C>(row: &M, change: Change, db: &C) -> Result<(), SoftDeleteError>
where
    M: ModelTrait<Entity: SoftDeleteEntity>,
    C: ConnectionTrait,
{
    let node = Graph::registered().node_for::<M::Entity>()?;
    let is_row = key::is::<M::Entity>(Some(&row.get_primary_key_value()));
    counts::apply_to(node, Condition::all().add(is_row), change, db).await
}

/// Recounts the rows of the returned parents. Their rows may have changed while they were not in their table.
pub(crate) async fn recount_parents<C: ConnectionTrait>(
    parent: &dyn Member,
    is_returned: impl Fn(DynIden) -> Condition,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let graph = Graph::registered();
    for (child, counter) in graph.counters_in(&parent.key()) {
        let recount = Recount::of(counter, child);
        let update = recount.update(is_returned(PARENT.into_iden()));
        db.execute(&FollowUp(update)).await?;
    }
    Ok(())
}

/// Recounts the parents of these rows of an entity.
#[cfg(feature = "backup")]
pub(crate) async fn recount_parents_of<C: ConnectionTrait>(
    node: NodeId,
    rows: Condition,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let graph = Graph::registered();
    let Some(child) = graph.soft(node) else {
        return Ok(());
    };
    for counter in graph.counters(node) {
        let mut found = Query::select();
        let columns = counter.child_columns.iter().cloned();
        found
            .columns(columns.map(|column| (child.alias(), column)))
            .from(child.table())
            .cond_where(rows.clone())
            .and_where(child.lift());
        // MySQL and MariaDB write to no table that a subquery reads, unless it reads it first.
        let found = Query::select()
            .column(sea_orm::sea_query::Asterisk)
            .from_subquery(found, FOUND)
            .to_owned();
        let parents = tuple(&PARENT.into_iden(), &counter.parent_columns).in_subquery(found);
        let update = Recount::of(counter, child).update(parents.into());
        db.execute(&FollowUp(update)).await?;
    }
    Ok(())
}

/// The statements that compare a counter with the rows.
pub(crate) struct Recount<'a> {
    pub(crate) counter: &'a Counter,
    pub(crate) child: &'static dyn SoftMember,
    is_live: Expr,
    is_trashed: Expr,
}

impl<'a> Recount<'a> {
    pub(crate) fn of(counter: &'a Counter, child: &'static dyn SoftMember) -> Self {
        let alias = child.alias();
        let (is_live, is_trashed) = (child.is_live(alias.clone()), child.is_trashed(alias));
        Self::with(counter, child, is_live, is_trashed)
    }

    /// The same with these conditions on a row of the child.
    pub(crate) fn with(
        counter: &'a Counter,
        child: &'static dyn SoftMember,
        is_live: Expr,
        is_trashed: Expr,
    ) -> Self {
        Self {
            counter,
            child,
            is_live,
            is_trashed,
        }
    }

    /// Selects the parents whose counts are wrong. The SELECT has no columns.
    pub(crate) fn wrong(&self) -> SelectStatement {
        let parent = self.counter.parent;
        let found: DynIden = FOUND.into_iden();
        let mut is_same = Condition::all();
        for (index, column) in parent.primary_key().into_iter().enumerate() {
            let column = Expr::col((parent.alias(), column));
            is_same = is_same.add(column.equals((found.clone(), counts::key(index))));
        }
        Query::select()
            .from(parent.table())
            .join_subquery(
                JoinType::InnerJoin,
                self.counted(Condition::all()),
                found,
                is_same,
            )
            .cond_where(self.is_wrong())
            .and_where_option(self.counter.lift_parent())
            .to_owned()
    }

    async fn wrong_keys<C: ConnectionTrait>(&self, db: &C) -> Result<Vec<ValueTuple>, DbErr> {
        let parent = self.counter.parent;
        let mut wrong = self.wrong();
        for column in parent.primary_key() {
            wrong
                .column((parent.alias(), column.clone()))
                .order_by((parent.alias(), column), Order::Asc);
        }
        let rows = db.query_all(&FollowUp(wrong)).await?;
        rows.iter().map(|row| parent.read_key(row)).collect()
    }

    /// Writes the counts of these parents, under the alias [`PARENT`], where they are wrong.
    pub(crate) fn update(&self, parents: Condition) -> UpdateStatement {
        let counter = self.counter;
        let key = counter.parent.primary_key();
        let mut update = counter.update_from(self.counted(parents), &key);
        for (column, count) in self.columns() {
            update.value(column.clone(), Expr::col((FOUND, count)));
        }
        update.cond_where(self.is_wrong());
        update
    }

    /// The numbers of rows that belong to each of these parents, also where there are none.
    fn counted(&self, parents: Condition) -> SelectStatement {
        let counter = self.counter;
        let (above, alias): (DynIden, DynIden) = (PARENT.into_iden(), self.child.alias());
        let mut belongs = Condition::all();
        for (own, to) in counter.child_columns.iter().zip(&counter.parent_columns) {
            let own = Expr::col((alias.clone(), own.clone()));
            belongs = belongs.add(own.equals((above.clone(), to.clone())));
        }
        let mut counted = Query::select();
        for (index, column) in counter.parent.primary_key().into_iter().enumerate() {
            let column = Expr::col((above.clone(), column));
            counted
                .expr_as(column.clone(), counts::key(index))
                .add_group_by([column]);
        }
        let mut is_row = Expr::Constant(true.into());
        if let Some(column) = self.child.primary_key().into_iter().next() {
            is_row = Expr::col((alias, column)).is_not_null();
        }
        let count = |state: &Expr| count_if(is_row.clone().and(state.clone()));
        let lift_parent = counter.lift_parent();
        counted
            .expr_as(count(&self.is_live), LIVE)
            .expr_as(count(&self.is_trashed), TRASHED)
            .from_as(counter.parent.table(), above)
            .join(JoinType::LeftJoin, self.child.table(), belongs)
            .cond_where(parents)
            .and_where_option(lift_parent)
            .and_where(self.child.lift());
        counted
    }

    fn columns(&self) -> impl Iterator<Item = (&DynIden, &'static str)> {
        let live = self.counter.live.iter().map(|column| (column, LIVE));
        let trashed = self.counter.trashed.iter();
        live.chain(trashed.map(|column| (column, TRASHED)))
    }

    /// The condition that a count of a parent differs from what is counted.
    fn is_wrong(&self) -> Condition {
        let mut any = Condition::any();
        for (column, count) in self.columns() {
            let column = Expr::col((self.counter.parent.alias(), column.clone()));
            any = any
                .add(column.clone().not_equals((FOUND, count)))
                .add(column.is_null());
        }
        any
    }
}

/// Repairs the parents with these keys.
struct Repair<'a>(&'a Recount<'a>, &'a [ValueTuple]);

#[async_trait::async_trait]
impl Work for Repair<'_> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let Self(recount, keys) = self;
        let parent = recount.counter.parent;
        let key = parent.primary_key();
        let is_among = |alias: DynIden| {
            let key = tuple(&alias, &key);
            match keys.first() {
                Some(ValueTuple::One(_)) => key.is_in(keys.iter().cloned().flatten()),
                _ => key.in_tuples(keys.iter().cloned()),
            }
        };
        // Asks for the permission of a `RestrictedConnection`, and lets a transaction of SQLite begin with a write.
        let mut nothing = Query::update();
        nothing
            .table(parent.table())
            .values(recount.counter.columns().map(|column| {
                let own = Expr::col(column.clone());
                (column.clone(), own)
            }))
            .and_where(Expr::Constant(false.into()))
            .and_where_option(recount.counter.lift_parent());
        db.execute(&nothing).await?;
        if db.get_database_backend() != DbBackend::Sqlite {
            // Whoever changes the counts of a parent waits from here on, or has committed.
            let mut lock = Query::select();
            lock.expr_as(Expr::Constant(1.into()), "one")
                .from(parent.table())
                .and_where(is_among(parent.alias()))
                .and_where_option(recount.counter.lift_parent())
                .lock(LockType::Update);
            for column in &key {
                lock.order_by((parent.alias(), column.clone()), Order::Asc);
            }
            db.query_all(&FollowUp(lock)).await?;
        }
        let parents = Condition::all().add(is_among(PARENT.into_iden()));
        let update = recount.update(parents);
        Ok(db.execute(&FollowUp(update)).await?.rows_affected())
    }
}
