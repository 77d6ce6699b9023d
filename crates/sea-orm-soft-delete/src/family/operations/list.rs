//! The search for operations: which entities are read, and which operations are listed.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbErr, Value};

use crate::deletion::operation::OperationId;
use crate::deletion::timestamp::Timestamp;
use crate::entity::SoftDeleteEntity;
use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::graph::{Graph, NodeId};
use crate::family::member::{Soft, SoftMember};
use crate::family::operations::group::{Group, Search};
use crate::family::operations::{Operation, page};

/// Lists operations; [`Operation::list`] makes it.
///
/// It reads every soft-deletable entity that is linked into the program. If not all of their tables
/// are in one database, say which: [`in_family_of`](Self::in_family_of), [`except`](Self::except).
#[derive(Clone, Debug)]
#[must_use = "it reads nothing until `all` or `find`"]
pub struct Operations {
    limit: u64,
    before: Option<OperationId>,
    by: Option<Value>,
    of: Vec<&'static dyn SoftMember>,
    families: Vec<&'static dyn SoftMember>,
    except: Vec<&'static dyn SoftMember>,
}

/// The operations of how many instants one statement counts the rows of.
const AT_ONCE: usize = 100;

impl Operations {
    pub(super) fn new() -> Self {
        Self {
            limit: 20,
            before: None,
            by: None,
            of: Vec::new(),
            families: Vec::new(),
            except: Vec::new(),
        }
    }

    /// At most so many; 20, unless it is said. 0 gives none.
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// Only operations that are older than this one: the next page is that before the last operation
    /// of this page. Deletes that happen meanwhile do not shift it.
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

    /// Only operations that this one made: that have a row with `who` in its `deleted_by` column.
    ///
    /// As in [`Attribution::by`](crate::Attribution::by), `who` is compared as the type of each column,
    /// and NULL says nothing. No row of a column that cannot hold it was deleted by `who`.
    pub fn deleted_by(mut self, who: impl Into<Value>) -> Self {
        let who = who.into();
        self.by = (who != who.as_null()).then_some(who);
        self
    }

    /// Only operations that have rows of this entity. Their rows of other entities are counted too.
    /// Said more than once, it is rows of any of them.
    ///
    /// With [`deleted_by`](Self::deleted_by), it is this entity's rows that say who.
    pub fn of<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        self.of.push(Soft::<E>::MEMBER);
        self
    }

    /// Reads only this entity and those that its deletes cascade to. Said more than once, all of these
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

    /// Does not read this entity, such as one whose table is in another database.
    pub fn except<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        self.except.push(Soft::<E>::MEMBER);
        self
    }

    /// Reads them: one statement for each entity finds the newest ids,
    ///
    /// ```sql
    /// SELECT "note"."deletion_id" AS "soft_delete_operation" FROM "note"
    /// WHERE "note"."deleted_at" IS NOT NULL AND "note"."deletion_id" IS NOT NULL
    ///   AND "note"."deletion_id" < '0197f3b2-8c5d-7a3e-9b1f-2d4c6e8f0a1b' -- before(…)
    ///   AND "note"."deleted_by" = 7 -- deleted_by(…)
    /// GROUP BY "note"."deletion_id" ORDER BY "note"."deletion_id" DESC LIMIT 21
    /// ```
    ///
    /// and then one for each entity that can have rows of the newest of them counts those.
    ///
    /// ```sql
    /// SELECT "note"."deletion_id" AS "soft_delete_operation", "note"."deleted_by" AS "soft_delete_by",
    ///   "note"."reason" AS "soft_delete_reason", COUNT(*) AS "soft_delete_count" FROM "note"
    /// WHERE "note"."deleted_at" IS NOT NULL AND "note"."deletion_id" IN (…)
    /// GROUP BY "note"."deletion_id", "note"."deleted_by", "note"."reason"
    /// ```
    ///
    /// How many statements there are does not depend on the rows; a limit of more than 100 counts in
    /// several. With an index on the `operation` column, or on the marker of an entity without one,
    /// neither reads more than the page. What is restored between the two is left out, so that a page
    /// can be short; in a transaction that sees one state of the database, it is not.
    ///
    /// On a scoped connection it reads the same.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::ListFailed`] names the entity that could not be read, as when its table
    /// is not in this database. PostgreSQL ends a transaction in which that happens.
    /// [`SoftDeleteError::AttributionNotRecorded`] if no entity that is searched has a column for
    /// `deleted_by`, [`SoftDeleteError::InvalidRelation`] if an entity that is named is not registered.
    pub async fn all<C: ConnectionTrait>(self, db: &C) -> Result<Vec<Operation>, SoftDeleteError> {
        let entities = self.entities()?;
        if self.limit == 0 {
            return Ok(Vec::new());
        }
        let searched = self.searched(&entities)?;
        let candidates = self.candidates(&searched, db).await?;
        let ids = candidates.iter().flat_map(|(_, ids)| ids.iter().copied());
        let ids = page::newest(ids.collect(), self.sought());

        // An entity that was searched for all it has, and did not find one of these, has no row of
        // one. But an older operation of the cursor's own instant may be part of a newer one.
        let instants: HashSet<Timestamp> = ids.iter().map(|id| id.instant()).collect();
        let has_some = |node: NodeId| {
            let mut found = candidates.iter().filter(|(of, _)| *of == node);
            found.any(|(_, ids)| ids.iter().any(|id| instants.contains(&id.instant())))
        };
        let is_partial = self.by.is_some() || !self.of.is_empty();
        let is_tied = self
            .before
            .is_some_and(|id| instants.contains(&id.instant()));
        let counted = entities.into_iter();
        let counted = counted.filter(|(node, _)| is_partial || is_tied || has_some(*node));
        let found = count(counted, &ids, db).await?;
        Ok(page::operations(&ids, &found, self.before, self.limit))
    }

    /// The operation of this id, of the entities that are read; `None` if nothing of it is in the trash.
    ///
    /// It counts as [`all`](Self::all) does, one statement for each entity. The other restrictions
    /// of a list are not asked for.
    ///
    /// An instant, which is all that a row without an `operation` column says, finds the operation whose
    /// id has it. If several have, it is all of them together, under the instant.
    ///
    /// # Errors
    ///
    /// Those of [`all`](Self::all).
    pub async fn find<C: ConnectionTrait>(
        self,
        id: OperationId,
        db: &C,
    ) -> Result<Option<Operation>, SoftDeleteError> {
        let found = count(self.entities()?.into_iter(), &[id], db).await?;
        Ok(page::lookup(id, &found))
    }

    /// How many ids each entity is asked for.
    ///
    /// Each operation that is listed is found by the first row of it that matches: let that be a row
    /// of the entity E. What E finds above it are other ids, each of which is, or leads to, a newer
    /// operation of the list, so there are fewer than `limit`; but for one, the instant of the cursor,
    /// which may lead to operations that are not older than the cursor. So the newest `limit` and one
    /// of each entity have it among them, and so do the newest `limit` and one of all together.
    fn sought(&self) -> u64 {
        // As far as LIMIT goes.
        self.limit.min(i64::MAX as u64 - 1) + 1
    }

    /// The ids that each of these entities finds.
    async fn candidates<C: ConnectionTrait>(
        &self,
        entities: &[Entity],
        db: &C,
    ) -> Result<Vec<(NodeId, Vec<OperationId>)>, SoftDeleteError> {
        let search = Search {
            before: self.before,
            by: self.by.as_ref(),
            limit: self.sought(),
        };
        let mut all = Vec::new();
        for (node, member) in entities {
            let Some(select) = member.newest(&search, db.get_database_backend()) else {
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

    /// The entities that are read, parents first.
    fn entities(&self) -> Result<Vec<Entity>, SoftDeleteError> {
        let graph = Graph::registered();
        let families = nodes_of(&self.families)?;
        let except = nodes_of(&self.except)?;
        let within: HashSet<NodeId> = families
            .iter()
            .flat_map(|root| reach(graph, *root))
            .collect();
        let mut entities: Vec<Entity> = graph
            .soft_nodes()
            .filter(|(node, _)| families.is_empty() || within.contains(node))
            .filter(|(node, member)| !except.contains(node) && member.tell_operations())
            .collect();
        let reached: Vec<HashSet<NodeId>> = graph
            .soft_nodes()
            .map(|(root, _)| reach(graph, root))
            .collect();
        // What reaches a parent reaches its children too.
        entities.sort_by_cached_key(|(node, member)| {
            let above = reached.iter().filter(|reached| reached.contains(node));
            (above.count(), member.key())
        });
        Ok(entities)
    }

    /// Those of them in which a row has to match.
    fn searched(&self, entities: &[Entity]) -> Result<Vec<Entity>, SoftDeleteError> {
        let of = nodes_of(&self.of)?;
        let entities = entities.iter().copied();
        let searched = entities.filter(|(node, _)| of.is_empty() || of.contains(node));
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

type Entity = (NodeId, &'static dyn SoftMember);

fn tell_who(entities: &[Entity]) -> bool {
    entities.iter().any(|(_, member)| member.tell_who())
}

fn nodes_of(members: &[&'static dyn SoftMember]) -> Result<Vec<NodeId>, SoftDeleteError> {
    let graph = Graph::registered();
    members
        .iter()
        .map(|member| graph.node_of_member(*member))
        .collect()
}

/// An entity, and those that its deletes cascade to.
fn reach(graph: &Graph, root: NodeId) -> HashSet<NodeId> {
    let mut reached = HashSet::from([root]);
    let mut next = vec![root];
    while let Some(node) = next.pop() {
        for edge in graph.down(node) {
            if edge.policy == Policy::Cascade && reached.insert(edge.child) {
                next.push(edge.child);
            }
        }
    }
    reached
}

/// What these entities have of these operations, which are sorted.
async fn count<C: ConnectionTrait>(
    entities: impl Iterator<Item = Entity>,
    ids: &[OperationId],
    db: &C,
) -> Result<Vec<page::Found>, SoftDeleteError> {
    // Of one instant, all in one statement: what one id finds another may find too.
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
        found.push((member.name(), groups));
    }
    Ok(found)
}

fn not_read(member: &dyn SoftMember, error: DbErr) -> SoftDeleteError {
    if matches!(error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_)) {
        return error.into();
    }
    match SoftDeleteError::inside(&error) {
        Some(typed) => typed.clone(),
        None => SoftDeleteError::ListFailed {
            entity: member.name(),
            source: Box::new(error),
        },
    }
}
