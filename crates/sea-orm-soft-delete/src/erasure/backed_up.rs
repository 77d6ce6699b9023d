//! An erasure in the rows of a backup, which no database reaches.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sea_orm::sea_query::{DynIden, ValueTuple};
use sea_orm::{ConnectionTrait, JsonValue};

use crate::entity::erasure::{EraseColumn, EraseRule, RowKey};
use crate::entity::relation::Policy;
use crate::erasure::Erasure;
use crate::erasure::subjects::Subjects;
use crate::erasure::walk::Walk;
use crate::error::SoftDeleteError;
use crate::family::backup::{BackedUpRow, BackedUpRows, encode, key_of_row, spelled};
use crate::family::{Edge, Graph, NodeId};

impl Erasure {
    /// Erases what is kept about the subject in the rows of a [`Backup`](crate::Backup), by the same rules: overwrites
    /// columns, and leaves out the rows of entities with `erase_rows`, with everything that belongs to them. Returns how
    /// many rows it changed or left out. Write what is left to a new file, and destroy the old one.
    ///
    /// It finds rows that refer to the subject, or to a row that is about the subject in the backup or in the database.
    /// So call it before [`confirm`](Self::confirm) overwrites columns that lead to the subject. Nothing is written to
    /// the database.
    ///
    /// ```
    /// # use sea_orm::DatabaseConnection;
    /// # use sea_orm_soft_delete::{Backup, Erasure, SoftDeleteError};
    /// # async fn example(erasure: &Erasure, db: &DatabaseConnection) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut rows = Backup::read(std::fs::File::open("purged.jsonl")?)?;
    /// if erasure.erase_backup(&mut rows, db).await? > 0 {
    ///     rows.write(std::fs::File::create("purged-erased.jsonl")?)?;
    ///     std::fs::remove_file("purged.jsonl")?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::NotErasable`] if a declared value does not fit its column, or if a relation that may lead to
    /// the subject has a condition, which only a database can evaluate: destroy the file then. The errors of
    /// [`preview`](Self::preview), but not that no row has the key.
    pub async fn erase_backup<C: ConnectionTrait>(
        &self,
        rows: &mut BackedUpRows,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        let subject = self.subject()?;
        let graph = Graph::registered();
        let subjects = Subjects::registered();
        let mut about = Found::new(vec![(subject.node, subject.key.clone())]);
        let mut removed = Found::new(Vec::new());
        match Walk::read(&subject, false, db).await {
            Ok(walk) => {
                for table in &walk.tables {
                    let keys = table.rows.iter().map(|row| row.key.clone());
                    about.keys.extend(keys.map(|key| (table.node, key)));
                    let keys = table.removed().cloned();
                    removed.keys.extend(keys.map(|key| (table.node, key)));
                }
            }
            Err(SoftDeleteError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        let by_name: HashMap<String, NodeId> = graph
            .nodes()
            .map(|node| (graph.member(node).name(), node))
            .collect();
        let nodes: Vec<Option<NodeId>> = rows
            .rows
            .iter()
            .map(|row| by_name.get(&row.entity).copied())
            .collect();
        let reached = subjects.reached_from(subject.node)?;
        let leading = reached.iter().flat_map(|node| subjects.about(*node));
        about.follow(rows, &nodes, leading.collect())?;
        let removes_rows = |node: &NodeId| subjects.rules(*node).removes_rows;
        for (index, node) in nodes.iter().enumerate() {
            if about.rows.contains(&index) && node.as_ref().is_some_and(removes_rows) {
                removed.rows.insert(index);
            }
        }
        let down = graph.nodes().flat_map(|node| graph.down(node));
        let down = down.filter(|edge| matches!(edge.policy, Policy::Cascade | Policy::Destroy));
        removed.follow(rows, &nodes, down.collect())?;
        let mut changed = removed.rows.len() as u64;
        for index in about.rows.difference(&removed.rows) {
            let columns = nodes[*index].map(|node| &subjects.rules(node).columns);
            let columns = columns.filter(|columns| !columns.is_empty());
            if let (Some(columns), Some(row)) = (columns, rows.rows.get_mut(*index)) {
                overwrite(row, columns)?;
                changed += 1;
            }
        }
        let mut index = 0;
        rows.rows.retain(|_| {
            index += 1;
            !removed.rows.contains(&(index - 1))
        });
        Ok(changed)
    }
}

/// Rows that were found: some of the backup, and keys of others.
struct Found {
    keys: Vec<(NodeId, ValueTuple)>,
    rows: HashSet<usize>,
}

impl Found {
    fn new(keys: Vec<(NodeId, ValueTuple)>) -> Self {
        let rows = HashSet::new();
        Self { keys, rows }
    }

    /// Adds the rows of the backup that have the keys, and those that refer to what is found.
    fn follow(
        &mut self,
        backup: &BackedUpRows,
        nodes: &[Option<NodeId>],
        edges: Vec<&Arc<Edge>>,
    ) -> Result<(), SoftDeleteError> {
        let graph = Graph::registered();
        let key_of_node = |node: NodeId| graph.member(node).primary_key();
        let mut known: HashSet<(NodeId, String)> = HashSet::new();
        // The values by which rows refer to what is found, by relation.
        let mut referred: Vec<HashSet<String>> = vec![HashSet::new(); edges.len()];
        for (node, key) in &self.keys {
            let columns = key_of_node(*node);
            known.extend(spelled_key(key, &columns, &columns).map(|key| (*node, key)));
            for (edge, values) in edges.iter().zip(&mut referred) {
                if edge.parent == *node {
                    values.extend(spelled_key(key, &columns, &edge.parent_columns));
                }
            }
        }
        let mut next: Vec<usize> = self.rows.iter().copied().collect();
        self.rows.clear();
        loop {
            for index in next.drain(..) {
                let row = &backup.rows[index];
                if !self.rows.insert(index) {
                    continue;
                }
                for (edge, values) in edges.iter().zip(&mut referred) {
                    if Some(edge.parent) == nodes[index] {
                        values.extend(spelled(row, &edge.parent_columns));
                    }
                }
            }
            for (index, row) in backup.rows.iter().enumerate() {
                let Some(node) = nodes[index].filter(|_| !self.rows.contains(&index)) else {
                    continue;
                };
                let mut is_found = spelled(row, &key_of_node(node))
                    .is_some_and(|key| known.contains(&(node, key)));
                for (edge, values) in edges.iter().zip(&referred) {
                    let refers = edge.child == node
                        && spelled(row, &edge.child_columns).is_some_and(|it| values.contains(&it));
                    if refers && edge.condition.is_some() {
                        return Err(has_condition(edge));
                    }
                    is_found |= refers;
                }
                if is_found {
                    next.push(index);
                }
            }
            if next.is_empty() {
                return Ok(());
            }
        }
    }
}

fn has_condition(edge: &Edge) -> SoftDeleteError {
    let graph = Graph::registered();
    SoftDeleteError::NotErasable {
        entity: graph.member(edge.child).name(),
        why: format!(
            "its relation to `{}` has a condition, which cannot be evaluated for rows in a backup",
            graph.member(edge.parent).name()
        ),
        remedy: "destroy the backup",
    }
}

/// Some values of a key, as [`spelled`] writes those of a row. `None` if the key lacks one.
fn spelled_key(key: &ValueTuple, columns: &[DynIden], wanted: &[DynIden]) -> Option<String> {
    let values: Vec<_> = key.clone().into_iter().collect();
    let mut all = String::new();
    for column in wanted {
        let index = columns.iter().position(|known| known == column)?;
        all.push_str(&encode(values.get(index)?)?.to_string());
        all.push(',');
    }
    Some(all)
}

fn overwrite(row: &mut BackedUpRow, columns: &[EraseColumn]) -> Result<(), SoftDeleteError> {
    for column in columns {
        let value = match &column.rule {
            EraseRule::Null(_) => Ok(JsonValue::Null),
            EraseRule::Literal(value) => value.clone().and_then(json),
            EraseRule::ByKey(of_key) => of_key(&RowKey(key_of_row(row)?)).and_then(json),
        };
        let value = value.map_err(|why| SoftDeleteError::NotErasable {
            entity: row.entity.clone(),
            why: format!("`{}` cannot be overwritten, because {why}", column.column),
            remedy: "destroy the backup",
        })?;
        let name = column.column.to_string();
        if let Some(known) = row.values.get_mut(&name) {
            *known = value;
        }
    }
    Ok(())
}

fn json(value: sea_orm::Value) -> Result<JsonValue, String> {
    encode(&value).ok_or_else(|| "a backup cannot hold a value of its type".to_owned())
}
