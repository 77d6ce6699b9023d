//! Faults in the tables of entities that are soft-deletable or have scopes, and their remedies.

mod across_scope;
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
mod row_level_security;
mod scope_columns;
mod scope_undeclared;
mod settings;
mod spellings;
mod sqlite_rebuild;
mod trash;
mod types;
mod uniqueness;
mod views;

use sea_orm::{ConnectionTrait, EntityTrait};

use crate::default_scope::entity::ScopedEntity;
use crate::doctor::examination::Examination;
use crate::entity::SoftDeleteEntity;
use crate::entity::any_entity::{AnyEntity, Typed};
use crate::entity::member::TableKey;
use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::registry::all_scoped_tables;
use crate::family::{Graph, NodeId, Soft, SoftMember};
use crate::query::scoped_table::ScopedTable;
use crate::schema::LiveSchema;
use crate::schema::catalogue::{Catalogue, Place};

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
    of_scoped: Vec<&'static dyn AnyEntity>,
    except: Vec<&'static dyn AnyEntity>,
    tables: Vec<ScopedTable>,
    live_schemas: Vec<LiveSchema>,
    reader_of: Option<LiveSchema>,
}

impl Doctor {
    /// Examines every entity that is soft-deletable or has scopes and is linked into the program.
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

    /// Examines only this entity with scopes, which need not be soft-deletable. Several calls add up.
    pub fn of_scoped<E: ScopedEntity>(mut self, _: E) -> Self {
        self.of_scoped.push(Typed::<E>::ENTITY);
        self
    }

    /// Examines the scopes of this table without an entity too, whichever entities are selected: the table that
    /// [`ScopeBuilder::table`](crate::builders::ScopeBuilder::table) is given. Several calls add up.
    ///
    /// ```standalone_crate
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/tenants.rs"));
    /// use sea_orm_soft_delete::doctor::{Doctor, FindingCode};
    /// use sea_orm_soft_delete::{Scope, ScopedTable};
    ///
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// # db.execute_unprepared("CREATE TABLE invoice_line (id integer PRIMARY KEY, tenant_id integer NOT NULL)").await?;
    /// let lines = ScopedTable::without_trash("invoice_line").required(Tenant, "tenant_id");
    /// let scope = Scope::builder().table(lines.clone()).build(); // for the connections
    ///
    /// let diagnosis = Doctor::new().table(lines).examine(db).await?;
    /// let mut codes = diagnosis.findings().iter().map(|finding| finding.code);
    /// assert!(!codes.any(|code| code == FindingCode::ScopeUndeclared));
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn table(mut self, table: ScopedTable) -> Self {
        self.tables.push(table);
        self
    }

    /// Skips this entity, for example because its table is in another database.
    pub fn except<E: EntityTrait>(mut self, _: E) -> Self {
        self.except.push(Typed::<E>::ENTITY);
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
        let scoped = self.scoped(graph, &subjects);
        let mut schemas = schemas(graph, &subjects);
        let examined = scoped.iter().filter(|(_, is_examined)| *is_examined);
        schemas.extend(examined.filter_map(|(table, _)| Some(table.key().0?.to_owned())));
        schemas.sort();
        schemas.dedup();
        let catalogue = Catalogue::read(&schemas, db).await?;
        let required = scope_columns::required(&scoped, graph, &catalogue);
        let mut examination = Examination {
            graph,
            subjects: &subjects,
            catalogue: &catalogue,
            required: &required,
            backend: db.get_database_backend(),
            replica_identities: constraints::replica_identities(db).await?,
            findings: Vec::new(),
        };
        let mut examined = Vec::new();
        for node in &subjects {
            let member = graph.member(*node);
            examined.push(member.name());
            if catalogue.table(&member.key()).is_none() {
                examination.find(families::table_missing(member.name()));
            }
        }
        examined.extend(scope_columns::check_presence(&scoped, &mut examination));
        families::check_declarations(&mut examination);
        families::check_presence(&mut examination);
        columns::check(&mut examination);
        uniqueness::check(&mut examination);
        foreign_keys::check(&mut examination);
        indexes::check(&mut examination);
        scope_columns::check(&mut examination);
        scope_columns::check_names(&scoped, &mut examination);
        across_scope::check(&mut examination);
        let of_subject = |place: &Place| {
            let mut keys = subjects.iter().map(|node| graph.member(*node).key());
            keys.any(|key| catalogue.is_at(place, &key))
        };
        scope_undeclared::check(&mut examination, |table| match self.is_of_all() {
            true => !self
                .except
                .iter()
                .any(|it| catalogue.is_at(&table.place, &key_of(*it))),
            false => of_subject(&table.place),
        });
        constraints::check(&mut examination, db).await?;
        views::check(&mut examination, &schemas, db).await?;
        settings::check(&mut examination, db).await?;
        spellings::check(&mut examination, db).await?;
        families::check_rows(&mut examination, db).await?;
        trash::check(&mut examination, db).await?;
        log::check(&mut examination);
        archive::check(&mut examination);
        counters::check(&mut examination, db).await?;
        let selected = |(schema, name): &TableKey| {
            let key = (schema.as_deref(), name.as_str());
            let mut scoped = scoped.iter();
            scoped.any(|(table, is_examined)| *is_examined && table.key() == key)
        };
        row_level_security::check(&mut examination, selected, db).await?;
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
        for entity in &self.of_scoped {
            let node = graph.node_of(&key_of(*entity));
            subjects.extend(node.filter(|node| graph.soft(*node).is_some()));
        }
        if self.is_of_all() {
            subjects.extend(graph.soft_nodes().map(|(node, _)| node));
        }
        subjects.retain(|node| !self.is_excepted(&graph.member(*node).key()));
        subjects.sort_unstable();
        subjects.dedup();
        Ok(subjects)
    }

    fn is_of_all(&self) -> bool {
        self.of.is_empty() && self.families.is_empty() && self.of_scoped.is_empty()
    }

    fn is_excepted(&self, key: &TableKey) -> bool {
        self.except.iter().any(|entity| key_of(*entity) == *key)
    }

    /// The tables with scopes, and whether each is to be examined.
    fn scoped(&self, graph: &Graph, subjects: &[NodeId]) -> Vec<(ScopedTable, bool)> {
        let mut tables = all_scoped_tables();
        tables.retain(|table| !table.scopes().is_empty());
        let is_examined = |table: &ScopedTable| {
            let (schema, name) = table.key();
            let key = (schema.map(str::to_owned), name.to_owned());
            let is_subject = |node: &NodeId| graph.member(*node).key() == key;
            let is_named = |entity: &&dyn AnyEntity| key_of(*entity) == key;
            !self.is_excepted(&key)
                && (self.is_of_all()
                    || subjects.iter().any(is_subject)
                    || self.of_scoped.iter().any(is_named))
        };
        tables.retain(|table| !self.tables.iter().any(|it| it.key() == table.key()));
        let examined = tables.into_iter().map(|table| {
            let is_examined = is_examined(&table);
            (table, is_examined)
        });
        let described = self.tables.iter().map(|table| (table.clone(), true));
        examined.chain(described).collect()
    }
}

fn key_of(entity: &dyn AnyEntity) -> TableKey {
    (entity.schema(), entity.table_name().to_owned())
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
