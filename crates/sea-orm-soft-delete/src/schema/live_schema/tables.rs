//! Where the tables are that entities name.

use sea_orm::ConnectionTrait;

use super::{BACKEND, LiveSchema};
use crate::entity::member::TableKey;
use crate::error::SoftDeleteError;
use crate::family::Graph;
use crate::schema::catalogue::{Catalogue, Table, get, rows};
use crate::schema::sql::{kept, quote};

/// The tables of the database, as a connection without the live schema finds them.
pub(super) struct Tables {
    catalogue: Catalogue,
    /// The schemas in which a name without a schema is looked up.
    search_path: Vec<String>,
}

impl Tables {
    pub(super) async fn read<C: ConnectionTrait>(
        live: &LiveSchema,
        db: &C,
    ) -> Result<Self, SoftDeleteError> {
        let mut search_path = search_path(db).await?;
        search_path.retain(|schema| schema != kept(&live.name, BACKEND));
        let graph = Graph::registered();
        let named = graph.nodes().filter_map(|node| graph.member(node).key().0);
        let counted = graph.nodes().flat_map(|node| graph.counters(node));
        let counted = counted.filter_map(|counter| counter.parent.key().0);
        let added = live.with.iter().filter_map(|table| table.key().0.clone());
        let mut schemas: Vec<String> = named.chain(counted).chain(added).collect();
        schemas.extend(search_path.iter().cloned());
        schemas.sort();
        schemas.dedup();
        Ok(Self {
            catalogue: Catalogue::read(&schemas, db).await?,
            search_path,
        })
    }

    pub(super) fn search_path(&self) -> &[String] {
        &self.search_path
    }

    pub(super) fn find(&self, (schema, name): &TableKey) -> Option<&Table> {
        let name = kept(name, BACKEND);
        let at = |schema: &str| {
            let mut tables = self.catalogue.tables().iter();
            tables.find(|table| table.place.schema == schema && table.place.name == name)
        };
        match schema {
            Some(schema) => at(kept(schema, BACKEND)),
            None => self.search_path.iter().find_map(|schema| at(schema)),
        }
    }
}

/// The quoted path of a table.
pub(super) fn path(table: &Table) -> String {
    let (schema, name) = (&table.place.schema, &table.place.name);
    format!("{}.{}", quote(BACKEND, schema), quote(BACKEND, name))
}

/// The schemas that the connection searches, in their order.
pub(super) async fn search_path<C: ConnectionTrait>(
    db: &C,
) -> Result<Vec<String>, SoftDeleteError> {
    let sql = "SELECT s.name::text AS name \
               FROM unnest(pg_catalog.current_schemas(FALSE)) WITH ORDINALITY AS s (name, position) \
               ORDER BY s.position";
    let rows = rows(sql, Vec::new(), db).await?;
    rows.iter().map(|row| get(row, "name")).collect()
}
