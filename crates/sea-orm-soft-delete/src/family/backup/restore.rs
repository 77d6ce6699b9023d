//! Inserts the rows of a backup again.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::sea_query::{Expr, Query, ValueTuple};
use sea_orm::{Condition, ConnectionTrait, DbErr, JsonValue, SqlErr, TransactionTrait, Value};

use crate::deletion_log::Verb;
use crate::entity::member::Field;
use crate::error::SoftDeleteError;
use crate::family::backup::json_value::decode;
use crate::family::backup::read::{BackedUpRow, BackedUpRows, spelled};
use crate::family::backup::rows::Format;
use crate::family::counts::recount::{recount_parents, recount_parents_of};
use crate::family::follow_up::FollowUp;
use crate::family::graph::{Graph, NodeId};
use crate::family::lock_rows::write_first_to;
use crate::family::record::Deeds;
use crate::family::transaction;
use crate::family::with_keys::WithKeys;
use crate::operation::id::OperationId;
use crate::query::bound::{self, Fitting};
use crate::query::stamp::bindable;
use crate::report::EntityRows;

/// How many rows are compared and inserted at once.
const AT_ONCE: usize = 200;

impl BackedUpRows {
    /// Inserts the rows again as they were, with their keys: trashed rows into the trash, from which
    /// [`Operation::restore`](crate::Operation::restore) brings them back. Returns how many rows of each entity it
    /// inserted.
    ///
    /// It inserts parents before their children, in one transaction. It skips a row that is in its table, or in its
    /// archive, with the same values: the deed was rolled back, or the row was restored before. If the backup has a row
    /// more than once, the last one counts. An operation of which a purge had left some rows is whole again. Hooks of
    /// active models do not run. The connection has to be permitted to INSERT into each table.
    ///
    /// # Errors
    ///
    /// - [`SoftDeleteError::BackupClash`] if another row has the key or a unique value of a row, or a row to which
    ///   it refers is gone.
    /// - [`SoftDeleteError::NotABackup`] if the program has no such entity, or its columns have changed so that it
    ///   cannot take the row.
    ///
    /// On error, nothing is inserted.
    pub async fn restore<C>(&self, db: &C) -> Result<Vec<EntityRows>, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let plan = Insertion::of(self)?;
        let transaction = db.begin().await?;
        let done = plan.run(&transaction).await;
        transaction::end(transaction, done).await
    }
}

/// A row to insert.
struct NewRow<'a> {
    row: &'a BackedUpRow,
    /// The values of the fields; `None` for those that the backup lacks.
    values: Vec<Option<Value>>,
}

/// The rows to insert.
struct Insertion<'a> {
    graph: &'static Graph,
    formats: HashMap<NodeId, Format<'static>>,
    /// Parents before children. Neighbours of one entity are inserted together.
    rows: Vec<(NodeId, NewRow<'a>)>,
}

impl<'a> Insertion<'a> {
    fn of(backup: &'a BackedUpRows) -> Result<Self, SoftDeleteError> {
        let graph = Graph::registered();
        let nodes: HashMap<String, NodeId> = graph
            .nodes()
            .map(|node| (graph.member(node).name(), node))
            .collect();
        let mut formats: HashMap<NodeId, Format<'static>> = HashMap::new();
        // The last line of each row, in the order of the lines.
        let mut latest: HashMap<(NodeId, String), &BackedUpRow> = HashMap::new();
        for row in &backup.rows {
            let node = *nodes.get(&row.entity).ok_or_else(|| {
                let why = format!("this program has no entity of the table `{}`", row.entity);
                wrong(row, why)
            })?;
            if let Entry::Vacant(free) = formats.entry(node) {
                free.insert(Format::of(graph.member(node), graph.soft(node))?);
            }
            latest.insert((node, JsonValue::from(row.key.clone()).to_string()), row);
        }
        let mut latest: Vec<_> = latest.into_iter().collect();
        latest.sort_unstable_by_key(|(_, row)| row.line);
        let mut by_node: BTreeMap<NodeId, Vec<NewRow<'a>>> = BTreeMap::new();
        for ((node, _), row) in latest {
            let values = formats
                .get(&node)
                .map(|format| values_of(row, format))
                .transpose()?;
            by_node.entry(node).or_default().push(NewRow {
                row,
                values: values.unwrap_or_default(),
            });
        }
        let mut rows = Vec::new();
        for circle in graph.parents_first(by_node.keys().copied().collect()) {
            let mut of_circle: Vec<(NodeId, NewRow<'a>)> = Vec::new();
            for node in circle {
                let of_node = by_node.remove(&node).unwrap_or_default();
                of_circle.extend(of_node.into_iter().map(|row| (node, row)));
            }
            of_circle.sort_by_key(|(_, row)| row.row.line);
            rows.extend(parents_of_rows_first(graph, of_circle));
        }
        Ok(Self {
            graph,
            formats,
            rows,
        })
    }

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Vec<EntityRows>, SoftDeleteError> {
        let soft = self
            .rows
            .iter()
            .find_map(|(node, _)| self.graph.soft(*node));
        if let Some(soft) = soft {
            write_first_to(soft, db).await?;
        }
        let mut inserted: Vec<EntityRows> = Vec::new();
        let mut by_operation: BTreeMap<(NodeId, Option<String>), (Option<OperationId>, u64)> =
            BTreeMap::new();
        let mut batches: Vec<(NodeId, Vec<ValueTuple>)> = Vec::new();
        let mut rest = self.rows.as_slice();
        while let Some((node, first)) = rest.first() {
            let is_like = |(other, row): &&(NodeId, NewRow<'_>)| {
                other == node && has_same_columns(&row.values, &first.values)
            };
            let Some(format) = self.formats.get(node) else {
                break;
            };
            let fitting = bound::most(db.get_database_backend()) / format.fields().len().max(1);
            let at_once = AT_ONCE.min(fitting).max(1);
            let count = rest.iter().take(at_once).take_while(is_like).count();
            let (batch, others) = rest.split_at(count);
            rest = others;
            let missing = self.missing(*node, format, batch, db).await?;
            insert(format, &missing, db).await?;
            let keys = missing.iter().filter_map(|new| key_of(format, new));
            batches.push((*node, keys.collect::<Vec<_>>()));
            for new in &missing {
                let id = new.row.operation;
                let spelled = id.map(|id| id.to_string());
                let known = by_operation.entry((*node, spelled)).or_insert((id, 0));
                known.1 += 1;
            }
            EntityRows::add(
                &mut inserted,
                first.row.entity.clone(),
                missing.len() as u64,
            );
        }
        let operations: HashSet<OperationId> =
            by_operation.values().filter_map(|(id, _)| *id).collect();
        self.take_back_marks(&operations, db).await?;
        self.recount(&batches, db).await?;
        let mut deeds = Deeds::new(Verb::Return, self.graph);
        for ((node, _), (operation, count)) in by_operation {
            deeds.extend(operation, &[(node, count)]);
        }
        deeds.write(db).await?;
        inserted.retain(|rows| rows.count > 0);
        Ok(inserted)
    }

    /// Makes the counts of the inserted rows, and those of the rows to which they refer, right.
    async fn recount<C: ConnectionTrait>(
        &self,
        batches: &[(NodeId, Vec<ValueTuple>)],
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        for (node, keys) in batches.iter().filter(|(_, keys)| !keys.is_empty()) {
            let Some(format) = self.formats.get(node) else {
                continue;
            };
            let is_inserted = |alias| Condition::all().add(format.is_among(keys, alias));
            recount_parents(format.member, is_inserted, db).await?;
            recount_parents_of(*node, is_inserted(format.member.alias()), db).await?;
        }
        Ok(())
    }

    /// The rows of the batch that are neither in their table nor in its archive.
    async fn missing<'b, C: ConnectionTrait>(
        &self,
        node: NodeId,
        format: &Format<'_>,
        batch: &'b [(NodeId, NewRow<'a>)],
        db: &C,
    ) -> Result<Vec<&'b NewRow<'a>>, SoftDeleteError> {
        let keys: Vec<ValueTuple> = batch
            .iter()
            .filter_map(|(_, new)| key_of(format, new))
            .collect();
        let mut known: HashMap<String, serde_json::Map<String, JsonValue>> = HashMap::new();
        let archive = self.graph.archive(node);
        let archive = archive.map(|it| Format::of(it, Some(it))).transpose()?;
        for format in std::iter::once(format).chain(&archive) {
            let mut select = format.member.select_whole();
            select.and_where(format.is_among(&keys, format.member.alias()));
            for row in db.query_all(&FollowUp(select)).await? {
                let (_, values) = format.read(&row)?;
                let key = JsonValue::from(format.key_of(&values)).to_string();
                known.insert(key, values);
            }
        }
        let mut missing = Vec::new();
        for (_, new) in batch {
            let key = JsonValue::from(new.row.key.clone()).to_string();
            let Some(values) = known.get(&key) else {
                missing.push(new);
                continue;
            };
            let mut backed_up = new.row.values.iter();
            if let Some((column, _)) =
                backed_up.find(|(name, value)| values.get(*name) != Some(value))
            {
                return Err(SoftDeleteError::BackupClash {
                    entity: new.row.entity.clone(),
                    key: Some(new.row.spell()),
                    why: format!(
                        "there is a row with {}, and its `{column}` differs",
                        new.row.spell()
                    ),
                    remedy: match new.row.is_overwritten {
                        true => "leave out the rows that an erasure overwrote, with `removed()`",
                        false => {
                            "remove that row first, or restore another operation, with `only(…)`"
                        }
                    },
                    source: None,
                });
            }
        }
        Ok(missing)
    }

    /// Makes operations whole again of which a purge had removed a part, and would remove the rest.
    async fn take_back_marks<C: ConnectionTrait>(
        &self,
        operations: &HashSet<OperationId>,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let backend = db.get_database_backend();
        let inserted: HashSet<NodeId> = self.rows.iter().map(|(node, _)| *node).collect();
        let is_above = |node: NodeId| {
            inserted
                .iter()
                .any(|below| self.graph.reaches(node, *below))
        };
        let mut operations: Vec<OperationId> = operations.iter().copied().collect();
        operations.sort_by_key(OperationId::to_string);
        for (_, member) in self.graph.soft_nodes().filter(|(node, _)| is_above(*node)) {
            for operations in operations.chunks(AT_ONCE) {
                let alias = || member.alias();
                let marks = operations
                    .iter()
                    .filter_map(|id| member.is_being_purged(alias(), *id, backend));
                let marks: Condition = marks.fold(Condition::any(), Condition::add);
                if marks.is_empty() {
                    continue;
                }
                let mut marked =
                    member.operations_among(Condition::all().add(marks).add(member.lift()));
                marked.distinct();
                for row in db.query_all(&FollowUp(marked)).await? {
                    let mark = member.read_operation(&row)?;
                    let Some(uuid) = mark.and_then(OperationId::uuid) else {
                        continue;
                    };
                    let update = Query::update()
                        .table(member.table())
                        .values(member.moving_to(OperationId::of_row(uuid), backend))
                        .and_where(member.is_of(alias(), OperationId::Uuid(uuid), backend))
                        .and_where(member.lift())
                        .to_owned();
                    db.execute(&FollowUp(update)).await?;
                }
            }
        }
        Ok(())
    }
}

/// The values of the row in the order of the fields.
fn values_of(
    row: &BackedUpRow,
    format: &Format<'_>,
) -> Result<Vec<Option<Value>>, SoftDeleteError> {
    let fields = format.fields();
    let is_known = |name: &&String| fields.iter().any(|field| field.name == **name);
    if let Some(name) = row.values.keys().find(|name| !is_known(name)) {
        return Err(wrong(
            row,
            format!("the entity of `{}` has no column `{name}`", row.entity),
        ));
    }
    if format.key_of(&row.values) != row.key || row.key.is_empty() {
        let why = format!("its key is not the primary key of `{}`", row.entity);
        return Err(wrong(row, why));
    }
    let value_of = |field: &Field| {
        let Some(json) = row.values.get(field.name) else {
            return match field.is_optional {
                true => Ok(None),
                false => Err(wrong(
                    row,
                    format!(
                        "it lacks the column `{}`, which `{}` requires; give the column a default, or add a value to \
                         the line",
                        field.name, row.entity
                    ),
                )),
            };
        };
        decode(json, &field.holds).map(Some).ok_or_else(|| {
            let why = format!(
                "the column `{}` of `{}` cannot hold {json}",
                field.name, row.entity
            );
            wrong(row, why)
        })
    };
    fields.iter().map(value_of).collect()
}

/// The values of the primary key of a row.
#[cfg(feature = "erasure")]
pub(crate) fn key_of_row(row: &BackedUpRow) -> Result<ValueTuple, SoftDeleteError> {
    let graph = Graph::registered();
    let no_entity = || {
        let why = format!("this program has no entity of the table `{}`", row.entity);
        wrong(row, why)
    };
    let mut nodes = graph.nodes();
    let node = nodes
        .find(|node| graph.member(*node).name() == row.entity)
        .ok_or_else(no_entity)?;
    let format = Format::of(graph.member(node), graph.soft(node))?;
    let mut key = Vec::new();
    for name in &format.key {
        let mut fields = format.fields().iter();
        let field = fields.find(|field| field.name == *name);
        let value = field.and_then(|field| decode(row.key.get(name)?, &field.holds));
        key.push(value.ok_or_else(|| wrong(row, format!("`{name}` is not in its key")))?);
    }
    Ok(ValueTuple::Many(key))
}

fn wrong(row: &BackedUpRow, why: String) -> SoftDeleteError {
    let line = row.line;
    SoftDeleteError::NotABackup { line, why }
}

fn key_of(format: &Format<'_>, new: &NewRow<'_>) -> Option<ValueTuple> {
    let fields = format.fields();
    let value = |name: &String| {
        let index = fields.iter().position(|field| field.name == *name)?;
        new.values.get(index)?.clone()
    };
    let key = format.key.iter().map(value).collect::<Option<Vec<_>>>()?;
    Some(ValueTuple::Many(key))
}

fn has_same_columns(a: &[Option<Value>], b: &[Option<Value>]) -> bool {
    a.iter()
        .map(Option::is_some)
        .eq(b.iter().map(Option::is_some))
}

/// Sorts rows that can belong to one another. Rows that are parents of one another in a circle stay as they are.
fn parents_of_rows_first<'a>(
    graph: &Graph,
    rows: Vec<(NodeId, NewRow<'a>)>,
) -> Vec<(NodeId, NewRow<'a>)> {
    let nodes: HashSet<NodeId> = rows.iter().map(|(node, _)| *node).collect();
    let mut edges = Vec::new();
    for node in &nodes {
        let down = graph.down(*node).iter();
        edges.extend(down.filter(|edge| nodes.contains(&edge.child)));
    }
    let mut above: Vec<Vec<usize>> = vec![Vec::new(); rows.len()];
    for edge in edges {
        let mut parents: HashMap<String, usize> = HashMap::new();
        for (index, (_, new)) in rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.0 == edge.parent)
        {
            let key = spelled(new.row, &edge.parent_columns);
            parents.extend(key.map(|key| (key, index)));
        }
        for (index, (_, new)) in rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.0 == edge.child)
        {
            let key = spelled(new.row, &edge.child_columns);
            let parent = key.and_then(|key| parents.get(&key));
            above[index].extend(parent.filter(|parent| **parent != index));
        }
    }
    let mut order = Vec::with_capacity(rows.len());
    let mut is_seen = vec![false; rows.len()];
    for start in 0..rows.len() {
        // A row is seen when it is put on the path, and placed when all its parents are.
        let mut path = match std::mem::replace(&mut is_seen[start], true) {
            true => continue,
            false => vec![start],
        };
        while let Some(last) = path.last().copied() {
            match above[last].pop() {
                Some(parent) if !is_seen[parent] => {
                    is_seen[parent] = true;
                    path.push(parent);
                }
                Some(_) => {}
                None => {
                    order.push(last);
                    path.pop();
                }
            }
        }
    }
    let mut rows: Vec<_> = rows.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|index| rows[index].take())
        .collect()
}

async fn insert<C: ConnectionTrait>(
    format: &Format<'_>,
    rows: &[&NewRow<'_>],
    db: &C,
) -> Result<(), SoftDeleteError> {
    let Some(first) = rows.first() else {
        return Ok(());
    };
    let backend = db.get_database_backend();
    let fields = || format.fields().iter().zip(&first.values);
    let given = fields().filter(|(_, value)| value.is_some());
    let mut insert = Query::insert();
    insert
        .into_table(format.member.table())
        .columns(given.map(|(field, _)| field.column.clone()));
    for row in rows {
        let values = format.fields().iter().zip(&row.values);
        let values = values.filter_map(|(field, value)| {
            let value = bindable(value.clone()?, backend);
            Some((field.save_as)(Expr::val(value)))
        });
        insert
            .values(values)
            .map_err(|error| DbErr::Custom(error.to_string()))?;
    }
    let done = db.execute(&Fitting(WithKeys(insert))).await;
    done.map_err(|error| explained(first.row, error))?;
    Ok(())
}

/// The error of an INSERT, with its own variant if a constraint refuses the rows.
fn explained(row: &BackedUpRow, error: DbErr) -> SoftDeleteError {
    let (why, remedy) = match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) => (
            format!("another row has a unique value of one of them ({message})"),
            "remove or change that row first",
        ),
        Some(SqlErr::ForeignKeyConstraintViolation(message)) => (
            format!("a row to which one of them refers is gone ({message})"),
            "insert that row first, or restore the backup that holds it",
        ),
        _ => return error.into(),
    };
    SoftDeleteError::BackupClash {
        entity: row.entity.clone(),
        key: None,
        why,
        remedy,
        source: Some(Box::new(error)),
    }
}
