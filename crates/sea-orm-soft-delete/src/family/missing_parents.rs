//! Parents that a restore with other values names, and that do not exist.

use sea_orm::sea_query::{DynIden, Expr, ExprTrait, LockType, Query};
use sea_orm::{Condition, ConnectionTrait, DbBackend, Value};

use crate::error::SoftDeleteError;
use crate::family::ancestors::{Above, orphan};
use crate::family::follow_up::FollowUp;
use crate::family::graph::{Edge, Graph, NodeId};
use crate::family::plan::Family;
use crate::family::trashed_rows::is_among;
use crate::report::{Orphans, Preview};
use crate::value_text;

/// A parent that a row is about to belong to, and that does not exist.
pub(crate) struct MissingParent {
    edge: &'static Edge,
    /// The key of the row, as `id = 3`.
    key: String,
    /// The key of the parent.
    parent_key: String,
}

/// The parents that the new values of a row name and that do not exist. The others are locked, so that nobody removes
/// them before the values are written.
///
/// `values` are what the row will hold, as far as it is known, and `new` are the columns that change.
pub(crate) async fn missing_parents<C: ConnectionTrait>(
    node: NodeId,
    key: &str,
    new: &[&str],
    values: &[(&str, Value)],
    db: &C,
) -> Result<Vec<MissingParent>, SoftDeleteError> {
    let graph = Graph::registered();
    let mut missing = Vec::new();
    for edge in graph.lives_below(node) {
        // With a condition, the columns alone do not tell whether the row belongs to this parent.
        let Some(parent) = graph.soft(edge.parent).filter(|_| edge.condition.is_none()) else {
            continue;
        };
        let mut names = edge.child_columns.iter().map(ToString::to_string);
        if !names.any(|name| new.contains(&name.as_str())) {
            continue;
        }
        let value = |column: &DynIden| {
            let name = column.to_string();
            let known = values.iter().find(|(of, _)| *of == name);
            let value = known.map(|(_, value)| value.clone());
            value.filter(|value| *value != value.as_null())
        };
        let named: Option<Vec<Value>> = edge.child_columns.iter().map(value).collect();
        let Some(named) = named else { continue };
        let mut rows = Query::select();
        rows.expr_as(Expr::val(1), "one")
            .from(parent.table())
            .and_where(parent.lift());
        let mut parent_key = Vec::new();
        for (column, value) in edge.parent_columns.iter().zip(named) {
            parent_key.push(format!("{column} = {}", value_text::spell(&value)));
            rows.and_where(Expr::col((parent.alias(), column.clone())).eq(value));
        }
        if db.get_database_backend() != DbBackend::Sqlite {
            rows.lock(LockType::Share);
        }
        if db.query_one(&FollowUp(rows)).await?.is_none() {
            missing.push(MissingParent {
                edge,
                key: key.to_owned(),
                parent_key: parent_key.join(", "),
            });
        }
    }
    Ok(missing)
}

impl MissingParent {
    pub(crate) fn error(&self) -> SoftDeleteError {
        let graph = Graph::registered();
        SoftDeleteError::ParentGone {
            entity: graph.member(self.edge.child).name(),
            key: self.key.clone(),
            parent: graph.member(self.edge.parent).name(),
            parent_key: self.parent_key.clone(),
        }
    }

    /// Whether the column refers to the parent.
    pub(crate) fn is_named_by(&self, column: &str) -> bool {
        let mut columns = self.edge.child_columns.iter();
        columns.any(|name| name.to_string() == column)
    }

    /// Shows it in the preview of the restore of the row, in place of the parent that the row has now.
    pub(crate) async fn show_in<C: ConnectionTrait>(
        &self,
        preview: &mut Preview,
        row: &Condition,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let (graph, edge) = (Graph::registered(), self.edge);
        let (Some(child), backend) = (graph.soft(edge.child), db.get_database_backend()) else {
            return Ok(());
        };
        let is_restored = |node, alias: DynIden| match node == edge.child {
            true => is_among(child, alias, row, backend),
            false => Expr::Constant(false.into()),
        };
        let missing = Orphans {
            entity: child.name(),
            count: 1,
            of: graph.member(edge.parent).name(),
            parents: Vec::new(),
        };
        match orphan(&Family::of(graph, edge.child)?, edge, &is_restored, db).await? {
            Some((_, Above::Trashed(_))) => Orphans::remove(&mut preview.orphans, &missing),
            Some((_, Above::Gone(_))) => Orphans::remove(&mut preview.gone, &missing),
            None => {}
        }
        Orphans::add_all(&mut preview.gone, vec![missing]);
        Ok(())
    }
}
