//! Faults in the tables of soft-deletable entities, and their remedies.

mod archive;
mod columns;
mod constraints;
mod conversion;
mod counters;
mod diagnosis;
mod examination;
mod families;
mod finding;
mod foreign_keys;
mod indexes;
mod live_schema;
mod log;
mod settings;
mod spellings;
mod sqlite_rebuild;
mod trash;
mod types;
mod uniqueness;
mod views;

use sea_orm::ConnectionTrait;

use crate::doctor::examination::Examination;
use crate::entity::SoftDeleteEntity;
use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::{Graph, NodeId, Soft, SoftMember};
use crate::schema::LiveSchema;
use crate::schema::catalogue::Catalogue;

pub use self::diagnosis::Diagnosis;
pub use self::finding::{Finding, FindingCode, Remedy, Severity};

#[doc = include_str!("docs/doctor.md")]
pub async fn doctor<C: ConnectionTrait>(db: &C) -> Result<Diagnosis, SoftDeleteError> {
    Doctor::new().examine(db).await
}

/// Selects the entities to examine: every one that is linked into the program, unless some are named.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// use sea_orm_soft_delete::doctor::Doctor;
///
/// let diagnosis = Doctor::new().of(note::Entity).examine(db).await?;
/// assert!(diagnosis.is_healthy(), "{diagnosis}");
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it examines nothing until `examine`"]
pub struct Doctor {
    of: Vec<&'static dyn SoftMember>,
    families: Vec<&'static dyn SoftMember>,
    except: Vec<&'static dyn SoftMember>,
    live_schemas: Vec<LiveSchema>,
    reader_of: Option<LiveSchema>,
}

impl Doctor {
    /// Examines every soft-deletable entity that is linked into the program.
    pub fn new() -> Self {
        Self::default()
    }

    /// Examines only this entity. Several calls add up.
    pub fn of<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        self.of.push(Soft::<E>::MEMBER);
        self
    }

    /// Examines only this entity and the entities that its deletes reach. Several calls add up.
    pub fn in_family_of<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        self.families.push(Soft::<E>::MEMBER);
        self
    }

    /// Skips this entity, for example because its table is in another database.
    pub fn except<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        self.except.push(Soft::<E>::MEMBER);
        self
    }

    /// Examines this [live schema](crate::schema::live_schema) too, whichever entities are selected. Several calls add
    /// up.
    pub fn live_schema(mut self, live: &LiveSchema) -> Self {
        self.live_schemas.push(live.clone());
        self
    }

    /// Examines only this live schema, and whether the connection searches it first: for the connection of a program
    /// that reads through it. The other examinations need a connection that reads the tables themselves.
    pub fn reader_of(mut self, live: &LiveSchema) -> Self {
        self.reader_of = Some(live.clone());
        self
    }

    /// Examines the selected entities.
    ///
    /// It reads the tables, views and settings from the database's catalogue in a few statements. It counts
    /// rows in one more statement for each relation that cascades and for each counter, and on SQLite in one for
    /// each marker that is a date-time.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::InvalidRelation`] if a named entity is not registered; the database's error if
    /// its catalogue cannot be read. Within a transaction of PostgreSQL, a count that fails ends that
    /// transaction.
    pub async fn examine<C: ConnectionTrait>(&self, db: &C) -> Result<Diagnosis, SoftDeleteError> {
        if let Some(live) = &self.reader_of {
            let mut findings = live_schema::check(live, db).await?;
            findings.extend(live_schema::check_reader(live, db).await?);
            return Ok(Diagnosis::new(vec![live.name().to_owned()], findings));
        }
        let graph = Graph::registered();
        let subjects = self.subjects(graph)?;
        let schemas = schemas(graph, &subjects);
        let catalogue = Catalogue::read(&schemas, db).await?;
        let mut examination = Examination {
            graph,
            subjects: &subjects,
            catalogue: &catalogue,
            backend: db.get_database_backend(),
            replica_identities: constraints::replica_identities(db).await?,
            findings: Vec::new(),
        };
        let mut examined = Vec::new();
        for node in &subjects {
            let member = graph.member(*node);
            examined.push(member.name());
            if catalogue.table(&member.key()).is_none() {
                examination.find(families::table_missing(member));
            }
        }
        families::check_declarations(&mut examination);
        families::check_presence(&mut examination);
        columns::check(&mut examination);
        uniqueness::check(&mut examination);
        foreign_keys::check(&mut examination);
        indexes::check(&mut examination);
        constraints::check(&mut examination, db).await?;
        views::check(&mut examination, &schemas, db).await?;
        settings::check(&mut examination, db).await?;
        spellings::check(&mut examination, db).await?;
        families::check_rows(&mut examination, db).await?;
        trash::check(&mut examination, db).await?;
        log::check(&mut examination);
        archive::check(&mut examination);
        counters::check(&mut examination, db).await?;
        for live in &self.live_schemas {
            let findings = live_schema::check(live, db).await?;
            examination.findings.extend(findings);
        }
        Ok(Diagnosis::new(examined, examination.findings))
    }

    fn subjects(&self, graph: &Graph) -> Result<Vec<NodeId>, SoftDeleteError> {
        let mut subjects = Vec::new();
        for member in &self.of {
            subjects.push(graph.node_of_soft(member.soft())?);
        }
        for member in &self.families {
            below(graph, graph.node_of_soft(member.soft())?, &mut subjects);
        }
        if self.of.is_empty() && self.families.is_empty() {
            subjects.extend(graph.soft_nodes().map(|(node, _)| node));
        }
        let is_excepted = |node: &NodeId| {
            let key = graph.member(*node).key();
            self.except.iter().any(|member| member.key() == key)
        };
        subjects.retain(|node| !is_excepted(node));
        subjects.sort_unstable();
        subjects.dedup();
        Ok(subjects)
    }
}

/// Collects this entity and the soft-deletable entities that its deletes reach.
fn below(graph: &Graph, node: NodeId, found: &mut Vec<NodeId>) {
    if found.contains(&node) || graph.soft(node).is_none() {
        return;
    }
    found.push(node);
    for edge in graph.down(node) {
        if edge.policy != Policy::Keep {
            below(graph, edge.child, found);
        }
    }
}

/// The schemas of these entities, and of the entities that they have relations with.
fn schemas(graph: &Graph, subjects: &[NodeId]) -> Vec<String> {
    let mut schemas = Vec::new();
    for node in subjects {
        let edges = graph.down(*node).iter().chain(graph.up(*node));
        let near = edges.flat_map(|edge| [edge.parent, edge.child]);
        let near = near.chain(std::iter::once(*node));
        schemas.extend(near.filter_map(|node| graph.member(node).key().0));
        let counting = graph.counters(*node).iter();
        schemas.extend(counting.filter_map(|it| it.parent.key().0));
    }
    schemas.sort();
    schemas.dedup();
    schemas
}
