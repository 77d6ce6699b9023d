//! Soft delete of rows and of everything that their entities cascade to.

use sea_orm::sea_query::{Expr, Query, UpdateStatement};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::entity::any_soft_entity::AnySoftEntity;
use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::alone::Trash;
use crate::family::cascade::{self, Cascade};
use crate::family::counts;
use crate::family::follow_up::FollowUp;
use crate::family::graph::{Graph, NodeId};
use crate::family::held;
use crate::family::identity_check;
use crate::family::member::Assignments;
use crate::family::plan::Family;
use crate::family::record::{self, Deeds};
use crate::family::restrict;
use crate::family::row_set::{RowSets, Selection};
use crate::family::transaction::{Work, soft_concerns_others};
use crate::operation::attribution::Attribution;
use crate::operation::id::{NewOperation, OperationId};
use crate::query::bound::Fitting;

impl Trash {
    /// Begins an operation: the UPDATE of the rows, and the plan for their children.
    pub(crate) fn begin(
        self,
        backend: DbBackend,
    ) -> Result<(NewOperation, UpdateStatement, Option<FamilyDelete>), SoftDeleteError> {
        let soft = self.soft;
        let (operation, update) = self.begin_alone(backend)?;
        let family = FamilyDelete::plan_for(soft, &operation, backend)?;
        Ok((operation, update, family))
    }
}

/// Trashes the rows and what falls with them.
#[async_trait::async_trait]
impl Work for Trash {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let (_, update, family) = self.begin(db.get_database_backend())?;
        let trashed = db.execute(&Fitting(update)).await?.rows_affected();
        if let (Some(family), 1..) = (family, trashed) {
            family.follow(db).await?;
        }
        Ok(trashed)
    }
}

/// A delete of rows of an entity, and of the rows that belong to them.
#[derive(Debug)]
pub(crate) struct FamilyDelete {
    family: Family,
    operation: OperationId,
    attribution: Attribution,
    assignments: Vec<(NodeId, Assignments)>,
    /// Whether the statement may mean a table of another schema than the root's.
    is_schema_assumed: bool,
}

impl FamilyDelete {
    /// Plans the delete, and refuses everything that can be refused before anything is written.
    pub(crate) fn plan(
        graph: &'static Graph,
        root: NodeId,
        operation: &NewOperation,
        backend: DbBackend,
    ) -> Result<Self, SoftDeleteError> {
        let family = Family::of(graph, root)?;
        let id = OperationId::Uuid(operation.id);
        let mut assignments = Vec::new();
        for node in family.nodes() {
            let Some(member) = graph.soft(node) else {
                continue;
            };
            identity_check::check(member, id, operation.at)?;
            assignments.push((node, member.trashing(operation, backend)?));
        }
        Ok(Self {
            family,
            operation: id,
            attribution: operation.attribution.clone(),
            assignments,
            is_schema_assumed: false,
        })
    }

    /// The same for a statement that names no schema although the entity does: the statement may mean a
    /// table of another schema.
    pub(crate) fn with_schema_assumed(mut self) -> Self {
        self.is_schema_assumed = true;
        self
    }

    pub(crate) fn family(&self) -> &Family {
        &self.family
    }

    /// The same for an entity; `None` if deletes of the entity affect only its own rows.
    fn plan_for(
        soft: &dyn AnySoftEntity,
        operation: &NewOperation,
        backend: DbBackend,
    ) -> Result<Option<Self>, SoftDeleteError> {
        if !soft_concerns_others(soft) {
            return Ok(None);
        }
        let graph = Graph::registered();
        Self::plan(graph, graph.node_of_soft(soft)?, operation, backend).map(Some)
    }

    /// The error for a DELETE in a place where its children could not follow: a stream of the rows could stop half-way.
    pub(crate) fn refuse_as(&self, place: &str, remedy: &'static str) -> SoftDeleteError {
        SoftDeleteError::NotScopable {
            table: self.family.graph.member(self.family.root).name(),
            construct: format!("{place} {}", self.named()),
            remedy,
        }
    }

    /// Adds the children of the rows that a statement has trashed in the root's table, if there are any.
    pub(crate) async fn follow_statement<C: ConnectionTrait>(
        &self,
        has_rows: bool,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        if has_rows && self.is_schema_assumed && !self.is_begun(db).await? {
            return Err(SoftDeleteError::NotScopable {
                table: self.family.graph.member(self.family.root).name(),
                construct: format!(
                    "{}, of a table of this name in another schema,",
                    self.named()
                ),
                remedy: "name the schema of the table in the statement",
            });
        }
        self.follow(db).await?;
        Ok(())
    }

    /// Whether rows of the root carry the operation.
    fn named(&self) -> &'static str {
        Graph::registered().names_delete(self.family.root)
    }

    async fn is_begun<C: ConnectionTrait>(&self, db: &C) -> Result<bool, SoftDeleteError> {
        let Some(root) = self.family.graph.soft(self.family.root) else {
            return Ok(false);
        };
        let is_of = root.is_of(root.alias(), self.operation, db.get_database_backend());
        let mut first = Query::select();
        first
            .expr_as(Expr::val(1), "one")
            .from(root.table())
            .and_where(is_of)
            .and_where(root.lift())
            .limit(1);
        Ok(db.query_one(&FollowUp(first)).await?.is_some())
    }

    /// Adds everything that belongs to the rows which already carry the operation, or refuses. Returns how
    /// many rows of each entity it added.
    pub(crate) async fn follow<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<(NodeId, u64)>, SoftDeleteError> {
        let family = &self.family;
        identity_check::check_columns(family, db).await?;
        if family.edges(Policy::Restrict).next().is_some() {
            let root = family.graph.soft(family.root);
            let backend = db.get_database_backend();
            let trashed = root.map(|root| root.is_of(root.alias(), self.operation, backend));
            let root = Condition::all().add_option(trashed);
            restrict::check(family, &doomed(family, root), db).await?;
        }
        let cascade = Cascade {
            family,
            operation: self.operation,
            eligible: &|member, alias| member.is_live(alias),
            assignments: &self.assignments,
        };
        let mut counts = cascade.run(db).await?;
        // Check again, now that the rows are locked: a row that forbids the delete may have arrived
        // meanwhile.
        restrict::check_operation(family, self.operation, db).await?;
        held::check_destroyed(family, self.operation, db).await?;
        self.record(&counts, db).await?;
        counts::trashed(family, self.operation, &counts, db).await?;
        counts.extend(cascade::destroy(family, self.operation, db).await?);
        Ok(counts)
    }

    /// Records the delete in the log, for entities that are logged.
    async fn record<C: ConnectionTrait>(
        &self,
        followed: &[(NodeId, u64)],
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let mut deeds = Deeds::of_delete(self.operation, &self.attribution, self.family.graph);
        if let Some(roots) = record::roots(&self.family, self.operation, db).await? {
            deeds.add(roots);
        }
        deeds.extend(Some(self.operation), followed);
        deeds.write(db).await
    }
}

/// The set of these rows of the root and the live rows that belong to them.
pub(crate) fn doomed(family: &Family, root: Condition) -> RowSets<'_> {
    RowSets::of(
        family,
        &Selection {
            root,
            eligible: &|node, alias| {
                let member = family.graph.soft(node);
                member.map_or_else(|| false.into(), |member| member.is_live(alias))
            },
        },
    )
}
