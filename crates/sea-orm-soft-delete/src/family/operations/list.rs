//! The search for operations: which entities it reads, and which operations it lists.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use sea_orm::sea_query::IntoCondition;
use sea_orm::{Condition, ConnectionTrait, DbErr, Value};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::family::due::Due;
use crate::family::graph::{Graph, NodeId};
use crate::family::member::{Soft, SoftMember};
use crate::family::operations::entities::{AT_ONCE, Entity, not_read};
use crate::family::operations::group::{DueRows, Group, IdRange, Search, SearchOrder};
use crate::family::operations::{Operation, page, roots};
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;

/// Lists operations; made by [`Operation::list`].
///
/// It reads every soft-deletable entity that is linked into the program. If not all of their tables are in
/// one database, choose the entities with [`in_family_of`](Self::in_family_of) or [`except`](Self::except).
#[derive(Clone, Debug)]
#[must_use = "it reads nothing until `all` or `find`"]
pub struct Operations {
    limit: u64,
    before: Option<OperationId>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    by: Option<Value>,
    of: Vec<&'static dyn SoftMember>,
    began_with: Vec<&'static dyn SoftMember>,
    containing: Vec<(&'static dyn SoftMember, Condition)>,
    families: Vec<&'static dyn SoftMember>,
    except: Vec<&'static dyn SoftMember>,
    /// Whether rows in archives are left out.
    without_archives: bool,
}

impl Operations {
    pub(super) fn new() -> Self {
        Self {
            limit: 20,
            before: None,
            since: None,
            until: None,
            by: None,
            of: Vec::new(),
            began_with: Vec::new(),
            containing: Vec::new(),
            families: Vec::new(),
            except: Vec::new(),
            without_archives: false,
        }
    }

    /// The maximum number of operations; the default is 20. 0 gives none.
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// Only operations that are older than this one. To read the next page, pass the last operation of this
    /// page. Deletes that happen meanwhile do not shift the page.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use sea_orm_soft_delete::Operation;
    ///
    /// note::Entity::delete_by_id(1).exec(db).await?;
    /// let page = Operation::list().limit(1).all(db).await?;
    /// let next = Operation::list().limit(1).before(page[0].id()).all(db).await?;
    /// assert_eq!(next[0].deleted_by(), Some(&7_i64.into())); // who deleted the third note
    /// assert!(Operation::list().before(next[0].id()).all(db).await?.is_empty());
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn before(mut self, operation: OperationId) -> Self {
        self.before = Some(operation);
        self
    }

    /// Only operations at this instant or later.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use std::time::Duration;
    ///
    /// use sea_orm_soft_delete::{Operation, Timestamp};
    ///
    /// note::Entity::delete_by_id(1).exec(db).await?;
    /// let week_ago = Timestamp::now().checked_sub(Duration::from_secs(7 * 86_400)).expect("after 1970");
    /// let this_week = Operation::list().deleted_since(week_ago).all(db).await?;
    /// assert_eq!(this_week.len(), 2); // that, and the note that was in the trash before
    /// let earlier = Operation::list().deleted_until(week_ago).all(db).await?;
    /// assert!(earlier.is_empty());
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn deleted_since(mut self, from: Timestamp) -> Self {
        self.since = Some(from);
        self
    }

    /// Only operations before this instant.
    pub fn deleted_until(mut self, to: Timestamp) -> Self {
        self.until = Some(to);
        self
    }

    /// Only operations by this user: operations that have a row with `who` in its `deleted_by` column.
    ///
    /// As in [`Attribution::by`](crate::Attribution::by), `who` is converted to the type of each column. A
    /// column that cannot hold `who` matches no row. NULL lists the operations of every user.
    pub fn deleted_by(mut self, who: impl Into<Value>) -> Self {
        let who = who.into();
        self.by = (who != who.as_null()).then_some(who);
        self
    }

    /// Only operations that have rows of this entity, however these came into the trash: by a delete of such rows, or
    /// with rows of another entity that cascades to this one. So `.of(note::Entity)` lists the delete of a folder too, if
    /// notes were in it; [`began_with`](Self::began_with) does not.
    ///
    /// The rows that these operations have of other entities are counted too. Several calls mean rows of any of these
    /// entities.
    ///
    /// With [`deleted_by`](Self::deleted_by), the rows of this entity have to record `who`.
    pub fn of<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        self.of.push(Soft::<E>::MEMBER);
        self
    }

    /// Only operations that began with rows of this entity, on which the delete was called. [`Operation::roots`] names
    /// the first of these rows. Several calls mean any of these entities.
    ///
    /// ```standalone_crate
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/folders.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// note::Entity::delete_by_id(1).exec(db).await?;
    /// folder::Entity::delete_by_id(1).exec(db).await?; // its folder, with another note
    ///
    /// assert_eq!(Operation::list().of(note::Entity).all(db).await?.len(), 2);
    /// let of_notes = Operation::list().began_with(note::Entity).all(db).await?;
    /// assert_eq!(of_notes.len(), 1);
    /// assert_eq!(of_notes[0].title(), "Roses");
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// It reads operations that have rows of the entity, a hundred at a time or more, and leaves out the operations that
    /// began elsewhere. So the number of statements depends on how many began elsewhere.
    pub fn began_with<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        self.began_with.push(Soft::<E>::MEMBER);
        self
    }

    /// Only operations that have a row of this entity which satisfies the condition, as a search in the trash needs.
    /// The operation is listed with all of its rows. Several calls mean that any of them is satisfied.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use sea_orm_soft_delete::Operation;
    ///
    /// note::Entity::delete_many().exec(db).await?; // two notes
    /// let milk = note::Column::Title.contains("Milk");
    /// let found = Operation::list().containing(note::Entity, milk).all(db).await?;
    /// assert_eq!(found.len(), 1);
    /// assert_eq!(found[0].count(), 2);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// The condition names the columns as a `filter` does. The database reads the trashed rows of the entity to
    /// answer it, unless the columns have an index.
    pub fn containing<E: SoftDeleteEntity>(mut self, _: E, rows: impl IntoCondition) -> Self {
        self.containing
            .push((Soft::<E>::MEMBER, rows.into_condition()));
        self
    }

    /// Reads only this entity and the entities that its deletes cascade to. Several calls mean all of these
    /// families.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use sea_orm_soft_delete::Operation;
    ///
    /// let trash = Operation::list().in_family_of(note::Entity).all(db).await?;
    /// assert_eq!(trash.len(), 1);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn in_family_of<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        self.families.push(Soft::<E>::MEMBER);
        self
    }

    /// Leaves out the rows in archives.
    pub(crate) fn without_archives(mut self) -> Self {
        self.without_archives = true;
        self
    }

    /// Leaves this entity out, for example because its table is in another database.
    pub fn except<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        self.except.push(Soft::<E>::MEMBER);
        self
    }

    /// Reads the operations. First, one statement for each entity finds the newest ids:
    ///
    /// ```sql
    /// SELECT "note"."operation_id" AS "soft_delete_operation" FROM "note"
    /// WHERE "note"."deleted_at" IS NOT NULL AND "note"."operation_id" IS NOT NULL
    ///   AND "note"."operation_id" < '0197f3b2-8c5d-7a3e-9b1f-2d4c6e8f0a1b' -- before(…)
    ///   AND "note"."deleted_by" = 7 -- deleted_by(…)
    /// GROUP BY "note"."operation_id" ORDER BY "note"."operation_id" DESC LIMIT 21
    /// ```
    ///
    /// Then, for each entity that can have rows of the newest operations, one statement counts these rows:
    ///
    /// ```sql
    /// SELECT "note"."operation_id" AS "soft_delete_operation", "note"."deleted_by" AS "soft_delete_by",
    ///   "note"."reason" AS "soft_delete_reason", COUNT(*) AS "soft_delete_count" FROM "note"
    /// WHERE "note"."deleted_at" IS NOT NULL AND "note"."operation_id" IN (…)
    /// GROUP BY "note"."operation_id", "note"."deleted_by", "note"."reason"
    /// ```
    ///
    /// Last, for each entity in which one of these operations began, one statement reads its first root
    /// rows; see [`Operation::roots`].
    ///
    /// The number of statements does not depend on the rows; with a limit of more than 100, several
    /// statements count. With an index on the `operation` column, or on the marker of an entity without
    /// that column, neither statement reads more than the page. An operation that is restored between the
    /// two is left out, so a page can be short; this cannot happen in a transaction that sees one snapshot
    /// of the database.
    ///
    /// A scoped connection gives the same result.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::ListFailed`] names an entity that could not be read, as when its table is not in
    /// this database. PostgreSQL aborts a transaction in which that happens.
    /// [`SoftDeleteError::AttributionNotRecorded`] if no searched entity has a column for `deleted_by`, and
    /// [`SoftDeleteError::InvalidRelation`] if a named entity is not registered.
    pub async fn all<C: ConnectionTrait>(self, db: &C) -> Result<Vec<Operation>, SoftDeleteError> {
        if self.began_with.is_empty() {
            return self.page(db).await;
        }
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut all: Vec<Operation> = Vec::new();
        let mut pages = Pages::of(&self);
        while all.len() < limit {
            match pages.next(db).await? {
                Some(page) => all.extend(page),
                None => break,
            }
        }
        all.truncate(limit);
        Ok(all)
    }

    /// How many operations the list has, whatever its [`limit`](Self::limit) is.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use sea_orm_soft_delete::Operation;
    ///
    /// note::Entity::delete_by_id(1).exec(db).await?;
    /// assert_eq!(Operation::list().count(db).await?, 2); // that, and the note that was in the trash before
    /// assert_eq!(Operation::list().deleted_by(7).count(db).await?, 1);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// One statement for each entity reads the id of each operation, without a limit. An operation with rows of several
    /// entities counts once, so the ids are compared here. For entities without an `operation` column, further statements
    /// look for ids of the same instants; and [`began_with`](Self::began_with) reads whole pages.
    ///
    /// # Errors
    ///
    /// The errors of [`all`](Self::all).
    pub async fn count<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        if !self.began_with.is_empty() {
            let mut pages = Pages::of(&self.limit(AT_ONCE as u64));
            let mut count = 0;
            while let Some(page) = pages.next(db).await? {
                count += page.len() as u64;
            }
            return Ok(count);
        }
        let entities = self.entities()?;
        let conditions = self.conditions()?;
        let searched = self.searched(&entities, &conditions)?;
        let before = self.end();
        let search = self.search(&conditions, i64::MAX as u64); // the range of LIMIT
        let candidates = candidates(&searched, search, db).await?;
        let ids: Vec<OperationId> = candidates.into_iter().flat_map(|(_, ids)| ids).collect();
        let mut instants: Vec<OperationId> = ids.clone();
        instants.retain(|id| id.uuid().is_none());
        page::sort(&mut instants);
        let found = count(entities.into_iter(), &instants, db).await?;
        Ok(page::whole(&ids, &found, before).len() as u64)
    }

    /// The operations of a page, also those that began with rows of other entities.
    async fn page<C: ConnectionTrait>(self, db: &C) -> Result<Vec<Operation>, SoftDeleteError> {
        let entities = self.entities()?;
        if self.limit == 0 {
            return Ok(Vec::new());
        }
        let conditions = self.conditions()?;
        let searched = self.searched(&entities, &conditions)?;
        let before = self.end();
        let search = self.search(&conditions, self.ids_to_read());
        let candidates = candidates(&searched, search, db).await?;
        let ids = candidates.iter().flat_map(|(_, ids)| ids.iter().copied());
        let ids = page::newest(ids.collect(), self.ids_to_read());

        // An entity whose search was unrestricted and returned none of these ids has no row of their
        // operations. The exception is an id with the instant of `before`: it may be part of an operation
        // that is not older than `before`, and the searches leave out the rows of such an operation.
        let instants: HashSet<Timestamp> = ids.iter().map(|id| id.instant()).collect();
        let returned_some = |node: NodeId| {
            let mut found = candidates.iter().filter(|(of, _)| *of == node);
            found.any(|(_, ids)| ids.iter().any(|id| instants.contains(&id.instant())))
        };
        let is_restricted = self.by.is_some()
            || !self.of.is_empty()
            || !self.began_with.is_empty()
            || !self.containing.is_empty();
        let shares_instant_of_before = before.is_some_and(|id| instants.contains(&id.instant()));
        let counted = entities.iter().copied();
        let counted = counted
            .filter(|(node, _)| is_restricted || shares_instant_of_before || returned_some(*node));
        let found = count(counted, &ids, db).await?;
        let mut operations = page::operations(&ids, &found, before, self.limit);
        roots::read(&mut operations, &entities, db).await?;
        Ok(operations)
    }

    /// Finds the operation with this id in the entities that are read; `None` if no row of it is in the
    /// trash.
    ///
    /// It counts as [`all`](Self::all) does, with one statement for each entity. The other restrictions of
    /// the list do not apply.
    ///
    /// A row without an `operation` column records only an instant. That instant finds the operation whose
    /// id has it. If several operations have it, the result is all of them together, with the instant as
    /// the id.
    ///
    /// # Errors
    ///
    /// The errors of [`all`](Self::all).
    pub async fn find<C: ConnectionTrait>(
        self,
        id: OperationId,
        db: &C,
    ) -> Result<Option<Operation>, SoftDeleteError> {
        let entities = self.entities()?;
        let found = count(entities.iter().copied(), &[id], db).await?;
        let mut operation = page::lookup(id, &found);
        roots::read(operation.as_mut_slice(), &entities, db).await?;
        Ok(operation)
    }

    /// Finds the operations with these ids, newest first. An id without rows in the trash is left out.
    ///
    /// It sends as many statements as for a page of the list, and its restrictions do not apply. An instant finds what
    /// it finds in [`find`](Self::find).
    ///
    /// # Errors
    ///
    /// The errors of [`all`](Self::all).
    pub async fn find_all<C: ConnectionTrait>(
        self,
        ids: impl IntoIterator<Item = OperationId>,
        db: &C,
    ) -> Result<Vec<Operation>, SoftDeleteError> {
        let mut ids: Vec<OperationId> = ids.into_iter().collect();
        page::sort(&mut ids);
        let entities = self.entities()?;
        let found = count(entities.iter().copied(), &ids, db).await?;
        let operations = ids.iter().rev().filter_map(|id| page::lookup(*id, &found));
        let mut operations: Vec<Operation> = operations.collect();
        operations.dedup_by_key(|operation| operation.id());
        roots::read(&mut operations, &entities, db).await?;
        Ok(operations)
    }

    /// The oldest operations that have rows which are due, and that are newer than `after`: a page of them, oldest
    /// first.
    pub(crate) async fn oldest<C: ConnectionTrait>(
        &self,
        after: Option<OperationId>,
        due: &Due,
        db: &C,
    ) -> Result<Vec<Operation>, SoftDeleteError> {
        let entities = self.entities()?;
        let have_ids = entities
            .iter()
            .all(|(_, member)| member.has_operation_column());
        let limit = if have_ids { MANY_BY_UUID } else { MANY };
        let search = |node| Search {
            order: SearchOrder::OldestFirst,
            before: None,
            after,
            by: None,
            rows: None,
            due: Some(DueRows {
                before: due.cutoff(node),
                now: due.passed(),
            }),
            limit: limit + 1,
        };
        if have_ids && are_due_together(&entities, due) {
            let page = oldest_with_counts(&entities, search, limit, db).await?;
            if let Some(page) = page {
                return Ok(page);
            }
        }
        let candidates = candidates(&entities, search, db).await?;
        let mut ids: Vec<OperationId> = candidates.into_iter().flat_map(|(_, ids)| ids).collect();
        page::sort(&mut ids);
        ids.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        if let (true, Some(range)) = (have_ids, IdRange::of(&ids, &[])) {
            let found = count_between(entities.into_iter(), &range, db).await?;
            return Ok(page::by_uuid(&ids, &found));
        }
        let found = count(entities.into_iter(), &ids, db).await?;
        Ok(page::oldest(&ids, &found, after, limit))
    }

    /// The ids that rows of entities record which are not read, and whose deletes cascade to entities that are:
    /// the operations of these ids began above. `ids` has to be sorted.
    pub(crate) async fn began_above<C: ConnectionTrait>(
        &self,
        ids: &[OperationId],
        db: &C,
    ) -> Result<Vec<OperationId>, SoftDeleteError> {
        let graph = Graph::registered();
        let entities = self.entities()?;
        let above = graph.soft_nodes().filter(|(node, member)| {
            let is_read = entities.iter().any(|(read, _)| read == node);
            let mut read = entities.iter();
            !is_read
                && member.tell_operations()
                && read.any(|(read, _)| graph.reaches(*node, *read))
        });
        let above: Vec<Entity> = above.collect();
        let have_ids = above
            .iter()
            .all(|(_, member)| member.has_operation_column());
        let found = match IdRange::of(ids, &[]) {
            Some(range) if have_ids => count_between(above.into_iter(), &range, db).await?,
            _ => count(above.into_iter(), ids, db).await?,
        };
        let groups = found.iter().flat_map(|found| &found.groups);
        Ok(groups.map(|group| group.id).collect())
    }

    /// How many ids to read from each entity.
    ///
    /// `limit` + 1 suffice. Take an operation of the list, and the newest id that its matching rows hold: a
    /// row of the entity E holds it. Each newer id in E is a newer operation of the list, or part of one,
    /// so there are fewer than `limit` of them. There can be one more: the instant of `before`, if it is
    /// part only of operations that are not older than `before`. So the newest `limit` + 1 ids of E include
    /// the id, and for the same reason so do the newest `limit` + 1 ids of all entities together.
    fn ids_to_read(&self) -> u64 {
        // Stay within the range of LIMIT.
        self.limit.min(i64::MAX as u64 - 1) + 1
    }

    /// The entities to read.
    pub(crate) fn nodes(&self) -> Result<Vec<NodeId>, SoftDeleteError> {
        let entities = self.entities()?.into_iter();
        Ok(entities.map(|(node, _)| node).collect())
    }

    /// The entities to read, parents first.
    fn entities(&self) -> Result<Vec<Entity>, SoftDeleteError> {
        let graph = Graph::registered();
        let families = nodes_of(&self.families)?;
        let except = nodes_of(&self.except)?;
        let within: HashSet<NodeId> = families
            .iter()
            .flat_map(|root| graph.reached_from(*root))
            .collect();
        let mut entities: Vec<Entity> = graph
            .soft_nodes()
            .filter(|(node, _)| families.is_empty() || within.contains(node))
            .filter(|(node, member)| !except.contains(node) && member.tell_operations())
            .collect();
        let reached: Vec<HashSet<NodeId>> = graph
            .soft_nodes()
            .map(|(root, _)| graph.reached_from(root))
            .collect();
        // An entity that reaches a parent also reaches the parent's children, so fewer entities reach the
        // parent than reach a child.
        entities.sort_by_cached_key(|(node, member)| {
            let above = reached.iter().filter(|reached| reached.contains(node));
            (above.count(), member.key())
        });
        if self.without_archives {
            return Ok(entities);
        }
        let archive = |node| Some((node, graph.archive(node)?));
        let with_archives = entities
            .into_iter()
            .flat_map(|entity| [Some(entity), archive(entity.0)]);
        Ok(with_archives.flatten().collect())
    }

    /// The older of the ends of the list.
    fn end(&self) -> Option<OperationId> {
        let until = self.until.map(OperationId::Instant);
        let ends = self.before.into_iter().chain(until);
        ends.min_by_key(|id| page::age(*id))
    }

    /// What the first of the list is newer than.
    fn begin(&self) -> Option<OperationId> {
        let last = self.since?.checked_sub(Duration::from_micros(1))?;
        Some(OperationId::Instant(last))
    }

    /// What to look for in each entity: the ids of operations, newest first, and at most so many.
    fn search<'a>(
        &'a self,
        conditions: &'a HashMap<NodeId, Condition>,
        limit: u64,
    ) -> impl Fn(NodeId) -> Search<'a> {
        move |node| Search {
            order: SearchOrder::NewestFirst,
            before: self.end(),
            after: self.begin(),
            by: self.by.as_ref(),
            rows: conditions.get(&node),
            due: None,
            limit,
        }
    }

    /// The conditions that a row of each entity has to satisfy.
    fn conditions(&self) -> Result<HashMap<NodeId, Condition>, SoftDeleteError> {
        let graph = Graph::registered();
        let mut conditions = HashMap::new();
        for (member, rows) in &self.containing {
            let node = graph.node_of_soft(member.soft())?;
            let any = conditions.entry(node).or_insert_with(Condition::any);
            *any = any.clone().add(rows.clone());
        }
        Ok(conditions)
    }

    /// The entities in which a row has to match.
    fn searched(
        &self,
        entities: &[Entity],
        containing: &HashMap<NodeId, Condition>,
    ) -> Result<Vec<Entity>, SoftDeleteError> {
        let of = match self.of.is_empty() && containing.is_empty() {
            true => nodes_of(&self.began_with)?,
            false => nodes_of(&self.of)?,
        };
        let is_searched = |node: &NodeId| {
            (of.is_empty() || of.contains(node))
                && (containing.is_empty() || containing.contains_key(node))
        };
        let entities = entities.iter().copied();
        let searched = entities.filter(|(node, _)| is_searched(node));
        let searched: Vec<Entity> = searched.collect();
        match searched.first() {
            Some((_, first)) if self.by.is_some() && !tell_who(&searched) => {
                Err(SoftDeleteError::AttributionNotRecorded {
                    entity: first.name(),
                    what: "who deletes",
                    key: "deleted_by",
                })
            }
            _ => Ok(searched),
        }
    }
}

/// The pages of a list, each without the operations that began elsewhere.
struct Pages {
    list: Operations,
    is_last: bool,
}

impl Pages {
    fn of(list: &Operations) -> Self {
        let list = list.clone();
        Self {
            is_last: list.limit == 0,
            list: Operations {
                limit: list.limit.max(AT_ONCE as u64),
                ..list
            },
        }
    }

    /// `None` after the last page.
    async fn next<C: ConnectionTrait>(
        &mut self,
        db: &C,
    ) -> Result<Option<Vec<Operation>>, SoftDeleteError> {
        let nodes = nodes_of(&self.list.began_with)?;
        if self.is_last {
            return Ok(None);
        }
        let mut page = self.list.clone().page(db).await?;
        let Some(last) = page.last() else {
            self.is_last = true;
            return Ok(None);
        };
        self.list.before = Some(last.id());
        page.retain(|operation| {
            let mut began_in = operation.began_in().into_iter();
            began_in.any(|(node, _)| nodes.contains(&node))
        });
        Ok(Some(page))
    }
}

fn tell_who(entities: &[Entity]) -> bool {
    entities.iter().any(|(_, member)| member.tell_who())
}

fn nodes_of(members: &[&'static dyn SoftMember]) -> Result<Vec<NodeId>, SoftDeleteError> {
    let graph = Graph::registered();
    members
        .iter()
        .map(|member| graph.node_of_soft(member.soft()))
        .collect()
}

/// The ids that each of these entities returns.
async fn candidates<'a, C: ConnectionTrait>(
    entities: &[Entity],
    search: impl Fn(NodeId) -> Search<'a>,
    db: &C,
) -> Result<Vec<(NodeId, Vec<OperationId>)>, SoftDeleteError> {
    let mut all = Vec::new();
    for (node, member) in entities {
        let Some(select) = member.ids(&search(*node), db.get_database_backend()) else {
            continue;
        };
        let failed = |error| not_read(*member, error);
        let rows = db.query_all(&select).await.map_err(failed)?;
        let ids = rows
            .iter()
            .filter_map(|row| member.read_id(row).transpose());
        let ids: Result<Vec<OperationId>, DbErr> = ids.collect();
        all.push((*node, ids.map_err(failed)?));
    }
    Ok(all)
}

/// Whether all rows of an operation are due at once, so that a search for rows that are due counts all of its rows.
fn are_due_together(entities: &[Entity], due: &Due) -> bool {
    let mut cutoffs = entities.iter().map(|(node, _)| due.cutoff(*node));
    let first = cutoffs.next();
    cutoffs.all(|cutoff| Some(cutoff) == first)
        && entities.iter().all(|(_, member)| !member.has_purge_at())
}

/// The oldest operations of a search, oldest first, where one statement for each entity finds them and counts their
/// rows. `None` if more of them happened in one millisecond than the search returns.
async fn oldest_with_counts<'a, C: ConnectionTrait>(
    entities: &[Entity],
    search: impl Fn(NodeId) -> Search<'a>,
    limit: u64,
    db: &C,
) -> Result<Option<Vec<Operation>>, SoftDeleteError> {
    let mut found = Vec::new();
    for (node, member) in entities {
        let backend = db.get_database_backend();
        let Some(select) = member.ids_and_counts(&search(*node), backend) else {
            continue;
        };
        let failed = |error| not_read(*member, error);
        let rows = db.query_all(&select).await.map_err(failed)?;
        let groups = rows.iter().filter_map(|row| {
            let group = member.read_count(row).transpose()?;
            Some(group.map(|(id, count)| Group {
                id,
                deleted_by: None,
                reason: None,
                purge_at: None,
                count,
            }))
        });
        let groups: Result<Vec<Group>, DbErr> = groups.collect();
        found.push(page::Found::of(*member, groups.map_err(failed)?));
    }
    let groups = found.iter().flat_map(|found| &found.groups);
    let mut ids: Vec<OperationId> = groups.map(|group| group.id).collect();
    page::sort(&mut ids);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if let Some(next) = ids.get(limit) {
        // The mark of a purge sorts behind all ids of its millisecond, so the search may have left it out.
        let millisecond = |id: &OperationId| id.instant().unix_micros() / 1_000;
        let end = millisecond(next);
        ids.retain(|id| millisecond(id) < end);
        if ids.is_empty() {
            return Ok(None);
        }
    }
    Ok(Some(page::by_uuid(&ids, &found)))
}

/// How many operations one search for the oldest returns, where one statement for each can count the rows of all.
const MANY_BY_UUID: u64 = 10_000;

/// The same, where it takes several statements.
const MANY: u64 = 200;

/// Counts the rows that these entities have of the operations in this range.
async fn count_between<C: ConnectionTrait>(
    entities: impl Iterator<Item = Entity>,
    range: &IdRange,
    db: &C,
) -> Result<Vec<page::Found>, SoftDeleteError> {
    let mut found = Vec::new();
    for (_, member) in entities {
        let Some(select) = member.count_between(range, db.get_database_backend()) else {
            continue;
        };
        let failed = |error| not_read(member, error);
        let rows = db.query_all(&select).await.map_err(failed)?;
        let groups = rows
            .iter()
            .filter_map(|row| member.read_count_between(row).transpose());
        let groups: Result<Vec<Group>, DbErr> = groups.collect();
        found.push(page::Found::of(member, groups.map_err(failed)?));
    }
    Ok(found)
}

/// Counts the rows that these entities have of these operations. `ids` has to be sorted, so that the ids of
/// one instant are neighbours.
pub(super) async fn count<C: ConnectionTrait>(
    entities: impl Iterator<Item = Entity>,
    ids: &[OperationId],
    db: &C,
) -> Result<Vec<page::Found>, SoftDeleteError> {
    // Count all ids of one instant in one statement, because rows that match one id may match another too.
    let instants: Vec<&[OperationId]> = ids.chunk_by(|a, b| a.instant() == b.instant()).collect();
    let mut found = Vec::new();
    for (_, member) in entities {
        let failed = |error| not_read(member, error);
        let mut groups: Vec<Group> = Vec::new();
        for ids in instants.chunks(AT_ONCE) {
            let select = member.grouped(&ids.concat(), db.get_database_backend());
            for row in db.query_all(&select).await.map_err(failed)? {
                groups.extend(member.read_group(&row).map_err(failed)?);
            }
        }
        found.push(page::Found::of(member, groups));
    }
    Ok(found)
}
