//! Operations: the rows that one delete trashed, with when, by whom and why, read from the trashed rows.

mod actions;
mod confirm;
mod entities;
pub(crate) mod group;
mod list;
mod page;
mod previews;
pub(crate) mod root;
pub(crate) mod roots;
mod rows;
#[cfg(feature = "serde")]
mod serialize;
mod several;
mod text_format;

use std::time::Duration;

use sea_orm::{ConnectionTrait, Value};

use crate::entity::retention::Retention;
use crate::error::SoftDeleteError;
use crate::family::due::Due;
use crate::family::graph::{Graph, NodeId};
use crate::family::operations::entities::Entity;
use crate::family::operations::group::FoundRoot;
use crate::operation::clock::Clock;
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;
use crate::report::counted;

pub use self::list::Operations;
pub use self::root::OperationRoot;

/// A delete call and its rows that are still in the trash.
///
/// There is no table of operations: the crate reads them from the trashed rows. An operation exists as long
/// as any of its rows is trashed. Rows that were restored or force-deleted since are no longer part of it.
///
/// Its rows are the rows that carry its id in their `operation` column. For entities without that column,
/// they are the rows whose marker holds its instant to the microsecond. Such a row records nothing but the
/// instant: if two deletes happened in the same microsecond, it is a row of both, for a restore too.
///
/// An entity that has neither an `operation` column nor such a marker, as when its marker is a `bool` or a
/// Unix time, records no operations and is left out. Rows that were trashed by hand are left out too: they
/// have NULL in the `operation` column or, on SQLite, an instant in another spelling than a delete writes.
///
/// With the feature `serde` it can be serialized:
///
/// ```json
/// {
///   "id": "0197f3b2-8c5d-7a3e-9b1f-2d4c6e8f0a1b",
///   "at": "2025-07-10T09:37:34.301641Z",
///   "deleted_by": 7,
///   "reason": "spam",
///   "purge_at": "2025-08-09T09:37:34.301641Z",
///   "members": [
///     { "entity": "folder", "count": 1, "archived": 0, "roots": 1 },
///     { "entity": "note", "count": 12, "archived": 0, "roots": 0 }
///   ],
///   "count": 13,
///   "roots": [{ "entity": "folder", "key": 7, "title": "Garden" }]
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    id: OperationId,
    deleted_by: Option<Value>,
    reason: Option<String>,
    purge_at: Option<Timestamp>,
    members: Vec<OperationMember>,
    roots: Vec<OperationRoot>,
}

/// The rows of one entity that an operation trashed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct OperationMember {
    /// The table of the rows, as `note` or `archive.note`.
    pub entity: String,
    /// How many there are.
    pub count: u64,
    /// How many of them are in the [archive](crate::Archive).
    #[cfg_attr(feature = "serde", serde(default))]
    pub archived: u64,
    /// How many of them are roots: rows that were not trashed with a parent.
    #[cfg_attr(feature = "serde", serde(default))]
    pub roots: u64,
}

impl Operation {
    /// Lists operations, newest first: the trash, as a user sees it.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use sea_orm_soft_delete::Operation;
    ///
    /// note::Entity::delete_many().by(7).because("moved out").exec(db).await?; // two notes
    ///
    /// let trash = Operation::list().all(db).await?;
    /// assert_eq!(trash.len(), 2); // that, and the note that was in the trash before
    /// assert_eq!(trash[0].deleted_by(), Some(&7_i64.into()));
    /// assert_eq!(trash[0].reason(), Some("moved out"));
    /// assert_eq!(trash[0].members()[0].entity, "note");
    /// assert_eq!(trash[0].count(), 2);
    /// assert!(trash[0].at() >= trash[1].at());
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn list() -> Operations {
        Operations::new()
    }

    /// Finds the operation with this id; `None` if no row of it is in the trash.
    ///
    /// It reads each registered entity, as [`Operations::find`] does. Use [`Operations::find`] to read
    /// fewer.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use sea_orm_soft_delete::Operation;
    ///
    /// let spam = note::Entity::only_trashed().one(db).await?.unwrap();
    /// let id = spam.operation().unwrap();
    /// let operation = Operation::find(id, db).await?.unwrap();
    /// assert_eq!((operation.id(), operation.count()), (id, 1));
    ///
    /// spam.restore(db).await?;
    /// assert_eq!(Operation::find(id, db).await?, None);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Operations::all`].
    pub async fn find<C: ConnectionTrait>(
        id: OperationId,
        db: &C,
    ) -> Result<Option<Self>, SoftDeleteError> {
        Self::list().find(id, db).await
    }

    /// Finds the operations with these ids, newest first, as [`Operations::find_all`] does. An id without rows in the
    /// trash is left out.
    ///
    /// # Errors
    ///
    /// The errors of [`Operations::all`].
    pub async fn find_all<C: ConnectionTrait>(
        ids: impl IntoIterator<Item = OperationId>,
        db: &C,
    ) -> Result<Vec<Self>, SoftDeleteError> {
        Self::list().find_all(ids, db).await
    }

    /// What its rows carry: the id in their `operation` columns or, if none of its entities has that
    /// column, the instant.
    pub fn id(&self) -> OperationId {
        self.id
    }

    /// When the delete happened.
    pub fn at(&self) -> Timestamp {
        self.id.instant()
    }

    /// Who made the call, as the type of the `deleted_by` column.
    ///
    /// The value comes from the first of [`members`](Self::members) that has the column and a value in it.
    pub fn deleted_by(&self) -> Option<&Value> {
        self.deleted_by.as_ref()
    }

    /// The reason, found in the same way.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// When a purge may remove it: the last instant in the `purge_at` columns of its rows or, if they hold none,
    /// when the [retention](crate::describe::Retention) of each of its entities has passed. `None` if an entity
    /// keeps its trash forever or declares no retention.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use sea_orm_soft_delete::Operation;
    ///
    /// let operation = &Operation::list().all(db).await?[0];
    /// assert_eq!(operation.purge_at(), None); // notes declare no `retain`
    /// assert_eq!(operation.time_left(), None);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn purge_at(&self) -> Option<Timestamp> {
        let mut longest = Duration::ZERO;
        for node in self.nodes() {
            match Graph::registered().retention(node) {
                Some(Retention::For(time)) => longest = longest.max(time),
                None if self.purge_at.is_some() => {}
                Some(Retention::Forever) | None => return None,
            }
        }
        self.purge_at
            .or_else(|| Some(self.at().saturating_add(longest)))
    }

    /// How long it stays in the trash, by the [`Clock`](crate::Clock): the time until
    /// [`purge_at`](Self::purge_at), or zero if that has passed.
    pub fn time_left(&self) -> Option<Duration> {
        let left = self.purge_at()?.unix_micros() - Clock::current().now().unix_micros();
        Some(Duration::from_micros(u64::try_from(left).unwrap_or(0)))
    }

    /// Whether a purge may remove it: its `purge_at` has passed or, if its delete set none, the retention of each
    /// of its entities.
    pub(crate) fn is_due(&self, due: &Due) -> bool {
        let mut nodes = self.nodes();
        match self.purge_at.filter(|_| due.by_purge_at) {
            Some(at) => {
                let mut retentions = nodes.filter_map(|node| Graph::registered().retention(node));
                at <= due.now && !retentions.any(|it| it == Retention::Forever)
            }
            None => nodes.all(|node| {
                let cutoff = due.cutoff(node);
                cutoff.is_some_and(|cutoff| self.at() < cutoff)
            }),
        }
    }

    /// The last instant at which one of its rows, which are due, can have been trashed.
    pub(crate) fn last_due(&self, due: &Due) -> Option<Timestamp> {
        match self.purge_at.filter(|_| due.by_purge_at) {
            Some(_) => Some(due.now),
            None => self.nodes().filter_map(|node| due.cutoff(node)).max(),
        }
    }

    fn nodes(&self) -> impl Iterator<Item = NodeId> {
        let entities = self.members.iter().map(|member| &member.entity);
        let found = entities.filter_map(|entity| Graph::registered().soft_of_name(entity));
        found.map(|(node, _)| node)
    }

    /// Whether each of its entities has an archive. `None` if some have one.
    pub(crate) fn is_archivable(&self) -> Option<bool> {
        let graph = Graph::registered();
        let has = |node| graph.archive(node).is_some();
        match (self.nodes().all(has), self.nodes().any(has)) {
            (true, _) => Some(true),
            (_, false) => Some(false),
            _ => None,
        }
    }

    /// The first of its entities that has no archive.
    pub(crate) fn not_archived(&self) -> Option<&str> {
        let graph = Graph::registered();
        let mut members = self.members.iter().map(|member| member.entity.as_str());
        members.find(|entity| {
            let node = graph.soft_of_name(entity);
            node.is_some_and(|(node, _)| graph.archive(node).is_none())
        })
    }

    /// The entities in which it began: no other entity of the operation cascades to them.
    pub(crate) fn began_in(&self) -> Vec<Entity> {
        let graph = Graph::registered();
        let mut began: Vec<Entity> = Vec::new();
        // Parents come before children.
        for member in self.members() {
            let Some((node, soft)) = graph.soft_of_name(&member.entity) else {
                continue;
            };
            let is_above = |(above, _): &Entity| graph.reaches(*above, node);
            if !began.iter().any(is_above) {
                began.push((node, soft));
            }
        }
        began
    }

    /// The entities of its rows, beginning with the entity where the delete began: an entity whose deletes
    /// cascade to another comes before that entity.
    pub fn members(&self) -> &[OperationMember] {
        &self.members
    }

    /// The rows on which the delete was called, so that a list of the trash can name them: the rows that
    /// were not trashed with a parent. At most five of each entity, by primary key;
    /// [`OperationMember::roots`] is the number of all of them.
    ///
    /// Only entities that no other entity of the operation cascades to have roots.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use sea_orm_soft_delete::Operation;
    ///
    /// // `title` has the attribute `#[soft_delete(title)]`.
    /// note::Entity::delete_by_id(1).exec(db).await?;
    /// let operation = &Operation::list().limit(1).all(db).await?[0];
    /// let root = &operation.roots()[0];
    /// assert_eq!((root.entity.as_str(), root.title.as_deref()), ("note", Some("Milk")));
    /// assert_eq!(root.key, 1.into());
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn roots(&self) -> &[OperationRoot] {
        &self.roots
    }

    /// A name for it in a list of the trash: its first root row and the number of the others, as `Garden` or
    /// `Garden and 4 more`. For an operation without root rows, the number of its rows.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use sea_orm_soft_delete::Operation;
    ///
    /// note::Entity::delete_many().exec(db).await?; // two notes
    /// let trash = Operation::list().all(db).await?;
    /// assert_eq!(trash[0].title(), "Milk and 1 more");
    /// assert_eq!(trash[1].title(), "Spam");
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn title(&self) -> String {
        let all: u64 = self.members.iter().map(|member| member.roots).sum();
        match (self.roots.first(), all) {
            (Some(only), ..=1) => only.to_string(),
            (Some(first), all) => format!("{first} and {} more", all - 1),
            (None, _) => counted(self.count(), "row"),
        }
    }

    /// Adds a root row. The first of its table tells how many there are.
    fn add_root(&mut self, found: &FoundRoot, is_first: bool) {
        self.roots.push(found.root.clone());
        let mut members = self.members.iter_mut();
        let member = members.find(|member| member.entity == found.root.entity);
        if let (Some(member), true) = (member, is_first) {
            member.roots += found.of;
        }
    }

    /// How many rows it has, of all entities.
    pub fn count(&self) -> u64 {
        self.members.iter().map(|member| member.count).sum()
    }

    /// Whether some of its rows are in the [archive](crate::Archive). An operation is archived as a whole; a run that
    /// was cut off in a large one leaves a part.
    pub fn is_archived(&self) -> bool {
        self.members.iter().any(|member| member.archived > 0)
    }
}
