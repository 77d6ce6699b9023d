//! Which tables a live schema shows.

use std::collections::HashMap;

use super::LiveSchema;
use super::tables::{Tables, path};
use crate::entity::member::TableKey;
use crate::error::SoftDeleteError;
use crate::family::{Graph, NodeId};
use crate::schema::catalogue::Table;
use crate::schema::sql::quote;
use crate::schema::table::SoftDeleteSchema;

/// A soft-deletable table, and where it is.
pub(super) struct Base<'a> {
    pub(super) schema: SoftDeleteSchema,
    pub(super) table: &'a Table,
    /// Its place in the graph of relations, if the program has an entity for it.
    pub(super) node: Option<NodeId>,
}

impl<'a> Base<'a> {
    fn find(
        schema: SoftDeleteSchema,
        node: Option<NodeId>,
        tables: &'a Tables,
    ) -> Result<Self, SoftDeleteError> {
        let Some(table) = tables.find(schema.key()) else {
            return Err(schema.not_changed(
                "there is no such table".into(),
                "create it first, or leave it and its parents out of the live schema with `except`",
            ));
        };
        let lacks = |name: &&str| table.column(name).is_none();
        let mut columns = schema.columns().iter().map(|column| column.name.as_str());
        match columns.find(lacks) {
            None => Ok(Self {
                table,
                node,
                schema,
            }),
            Some(column) => Err(schema.not_changed(
                format!("it has no column `{column}`"),
                "make the columns of soft delete first, with `add_columns`",
            )),
        }
    }

    /// The table of a soft-deletable entity.
    pub(super) fn of_node(
        node: NodeId,
        tables: &'a Tables,
    ) -> Result<Option<Self>, SoftDeleteError> {
        let member = Graph::registered().soft(node);
        let schema = member.map(SoftDeleteSchema::of_member);
        schema
            .map(|schema| Self::find(schema, Some(node), tables))
            .transpose()
    }

    pub(super) fn path(&self) -> String {
        path(self.table)
    }

    /// The columns of its primary key.
    pub(super) fn key(&self) -> Option<Vec<&str>> {
        let mut indexes = self.table.indexes.iter();
        let primary = indexes.find(|index| index.is_primary)?;
        primary.parts.iter().map(|part| part.as_deref()).collect()
    }
}

impl LiveSchema {
    /// The tables to show, by name.
    pub(super) fn bases<'a>(&self, tables: &'a Tables) -> Result<Vec<Base<'a>>, SoftDeleteError> {
        let graph = Graph::registered();
        let mut nodes = Vec::new();
        for member in &self.of {
            nodes.push(graph.node_of_soft(member.soft())?);
        }
        if self.of.is_empty() {
            nodes.extend(graph.soft_nodes().map(|(node, _)| node));
        }
        let is_excepted = |key: &TableKey| self.except.iter().any(|member| member.key() == *key);
        nodes.retain(|node| !is_excepted(&graph.member(*node).key()));
        let mut bases = Vec::new();
        for table in &self.with {
            match graph
                .node_of(table.key())
                .filter(|node| graph.soft(*node).is_some())
            {
                Some(node) => nodes.push(node),
                None => bases.push(Base::find(table.clone(), None, tables)?),
            }
        }
        nodes.sort_unstable();
        nodes.dedup();
        for node in nodes {
            bases.extend(Base::of_node(node, tables)?);
        }
        bases.sort_by(|a, b| a.table.place.name.cmp(&b.table.place.name));
        self.expect_names(&bases)?;
        Ok(bases)
    }

    fn expect_names(&self, bases: &[Base<'_>]) -> Result<(), SoftDeleteError> {
        let mut known: HashMap<&str, &Base<'_>> = HashMap::new();
        for base in bases {
            let place = &base.table.place;
            if place.schema == self.name {
                return Err(base.schema.not_changed(
                    format!("its table is in the live schema `{}` itself", self.name),
                    "give the live schema a name of its own",
                ));
            }
            if let Some(other) = known.insert(&place.name, base)
                && other.table.place != *place
            {
                return Err(base.schema.not_changed(
                    format!(
                        "`{}` and `{}` cannot both be `{}` in the live schema `{}`",
                        other.path(),
                        base.path(),
                        place.name,
                        self.name
                    ),
                    "leave one of them out with `except`, or make two live schemas with `of`",
                ));
            }
        }
        Ok(())
    }
}

/// A column under an alias.
pub(super) fn column(alias: &str, name: &str) -> String {
    format!("{alias}.{}", quote(super::BACKEND, name))
}
