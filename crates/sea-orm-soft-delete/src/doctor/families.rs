//! Declarations of relations, and rows that contradict them.

use std::sync::Arc;

use sea_orm::sea_query::{DynIden, Expr, IntoIden, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Value};

use crate::doctor::examination::{Examination, column, keeps_microseconds, spelled};
use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::registry;
use crate::family::{Edge, NodeId, PARENT, SoftMember, points_at};
use crate::query::literal::literal;
use crate::schema::sql::statement_text;

/// Checks for faults that do not depend on the database.
pub(super) fn check_declarations(examination: &mut Examination<'_>) {
    let graph = examination.graph;
    for node in examination.subjects {
        let Some(member) = graph.soft(*node) else {
            continue;
        };
        if let Some(mistake) = graph.mistake(*node) {
            examination.find(FindingCode::RelationMisdeclared.error(
                member.name(),
                format!("{mistake}; until then its deletes are refused"),
                Remedy::advice("change its `#[soft_delete(…)]` as it says"),
            ));
        }
        #[cfg(feature = "erasure")]
        for mistake in crate::erasure::mistakes_of(*node) {
            examination.find(FindingCode::RelationMisdeclared.error(
                member.name(),
                format!("{mistake}; until then erasures that reach it are refused"),
                Remedy::advice("change its `#[soft_delete(…)]` as it says"),
            ));
        }
        if is_in_family(examination, *node) && !keeps_operations(member) {
            examination.find(FindingCode::OperationNotIdentifiable.error(
                member.name(),
                format!(
                    "its rows fall in families, and its marker `{}` does not hold the instant of a \
                     delete to the microsecond: which delete trashed a row is not known, and deletes \
                     are refused",
                    member.operation_column()
                ),
                Remedy::advice("add a column for the id of an operation, to the model and the table")
                    .declare("#[soft_delete(operation)] pub operation_id: Option<Uuid>"),
            ));
        }
        for entity in registry::members().filter(|entity| entity.key() == member.key()) {
            if let Err(error @ SoftDeleteError::FamilyNotDeclared { .. }) =
                graph.check_declared(entity.soft())
            {
                examination.find(FindingCode::RelationMisdeclared.error(
                    member.name(),
                    format!("{error}; until then its deletes and restores are refused"),
                    Remedy::advice("declare the relations on each entity of the table"),
                ));
            }
        }
        described_twice(examination, member);
    }
}

/// Whether deletes cascade from the entity or to it, or depend on other rows.
pub(super) fn is_in_family(examination: &Examination<'_>, node: NodeId) -> bool {
    let graph = examination.graph;
    let falls = |edge: &Arc<Edge>| edge.policy == Policy::Cascade;
    graph.concerns_others(node) || graph.up(node).iter().any(falls)
}

/// Whether the entity can be in a family: something tells which delete trashed a row.
pub(super) fn keeps_operations(member: &dyn SoftMember) -> bool {
    member.has_operation_column() || keeps_microseconds(member)
}

fn described_twice(examination: &mut Examination<'_>, member: &dyn SoftMember) {
    let (schema, name) = member.key();
    let described = registry::scoped_tables();
    let mut described = described
        .iter()
        .filter(|table| table.key() == (schema.as_deref(), name.as_str()));
    if described.nth(1).is_some() {
        examination.find(FindingCode::DescribedTwice.error(
            member.name(),
            "several entities describe it, and their markers or companions differ: a scoped connection \
             refuses each statement that names it",
            Remedy::advice("let them describe it alike, or take `SoftDelete` off all but one"),
        ));
    }
}

/// Checks that the tables and columns of relations exist.
pub(super) fn check_presence(examination: &mut Examination<'_>) {
    let mut findings = Vec::new();
    for edge in examination.edges() {
        let relation = match examination.relation(edge) {
            Ok(relation) => relation,
            Err(missing) => {
                findings.push(table_missing(missing.name()));
                continue;
            }
        };
        for (entity, column) in relation.missing_columns() {
            findings.push(FindingCode::RelationColumnMissing.error(
                entity,
                format!(
                    "the column {} is not there, by which rows of `{}` belong to rows of `{}`: deletes of \
                     these fail",
                    spelled(&[column]),
                    relation.child.name(),
                    relation.parent.name()
                ),
                Remedy::advice("add the column in a migration, or mend the relation of the entity"),
            ));
        }
    }
    examination.findings.extend(findings);
}

pub(super) fn table_missing(name: String) -> Finding {
    FindingCode::TableMissing.error(
        name,
        "there is no such table in this database",
        Remedy::advice(
            "run the migration that makes it; if it is in another schema, say so: \
             `#[sea_orm(schema_name = \"…\")]`",
        ),
    )
}

/// Counts live rows below trashed parents, with one statement for each relation that cascades or restricts.
pub(super) async fn check_rows<C: ConnectionTrait>(
    examination: &mut Examination<'_>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    for relation in examination.relations() {
        let graph = examination.graph;
        let (true, Some(parent), Some(child)) = (
            relation.edge.policy.requires_live_parent(),
            graph.soft(relation.edge.parent),
            graph.soft(relation.edge.child),
        ) else {
            continue;
        };
        // Other checks have reported a column with the wrong form already.
        if is_unreadable(examination, parent) || is_unreadable(examination, child) {
            continue;
        }
        let rows = Below {
            edge: &relation.edge,
            parent,
            child,
            backend: examination.backend,
        };
        match rows.count(db).await {
            Ok(0) => {}
            Ok(count) => examination.find(rows.finding(count)),
            Err(error @ (DbErr::Conn(_) | DbErr::ConnectionAcquire(_))) => return Err(error.into()),
            Err(error) => examination.find(rows.not_counted(&error)),
        }
    }
    Ok(())
}

/// Whether a statement that reads its marker would fail.
pub(super) fn is_unreadable(examination: &Examination<'_>, member: &dyn SoftMember) -> bool {
    let name = member.name();
    let is_missing = examination
        .catalogue
        .table(&member.key())
        .is_none_or(|table| column(table, &member.marker().0.to_string()).is_none());
    is_missing
        || examination.findings.iter().any(|finding| {
            finding.entity == name
                && matches!(
                    finding.code,
                    FindingCode::MarkerMissing
                        | FindingCode::MarkerMistyped
                        | FindingCode::MarkerGenerated
                )
        })
}

/// Live rows of a child below trashed rows of its parent.
struct Below<'a> {
    edge: &'a Edge,
    parent: &'static dyn SoftMember,
    child: &'static dyn SoftMember,
    backend: DbBackend,
}

impl Below<'_> {
    async fn count<C: ConnectionTrait>(&self, db: &C) -> Result<i64, DbErr> {
        let mut count = self.rows();
        count.expr_as(Expr::cust("COUNT(*)"), "count");
        match db.query_one(&count).await? {
            Some(row) => row.try_get("", "count"),
            None => Ok(0),
        }
    }

    /// Selects these rows; the caller adds the columns.
    fn rows(&self) -> SelectStatement {
        let (parent_alias, child_alias): (DynIden, DynIden) =
            (PARENT.into_iden(), self.child.alias());
        let (parent_marker, parent_storage) = self.parent.marker();
        let (child_marker, child_storage) = self.child.marker();
        let above = Expr::col((parent_alias.clone(), parent_marker));
        let below = Expr::col((child_alias.clone(), child_marker));
        let mut parents = Query::select();
        parents
            .expr(Expr::Constant(1.into()))
            .from_as(self.parent.table(), parent_alias.clone())
            .cond_where(points_at(self.edge, parent_alias, child_alias))
            .and_where(parent_storage.is_trashed(&above, self.spell()))
            .and_where(self.parent.lift());
        let mut rows = Query::select();
        rows.from(self.child.table())
            .and_where(child_storage.is_live(&below, self.spell()))
            .and_where(Expr::exists(parents))
            .and_where(self.child.lift());
        rows
    }

    /// Writes instants as literals in the database's own spelling, so that the printed text of the
    /// statement equals the executed statement.
    fn spell(&self) -> impl Fn(Value) -> Expr {
        let backend = self.backend;
        move |value| Expr::cust(literal(value, backend))
    }

    /// The statement that lists these rows.
    fn sql(&self) -> String {
        let mut rows = self.rows();
        let key = self.child.primary_key().into_iter();
        rows.columns(key.map(|column| (self.child.alias(), column)));
        statement_text(&rows, self.backend)
    }

    fn finding(&self, count: i64) -> Finding {
        let (parent, child) = (self.parent.name(), self.child.name());
        let (rows, belong) = match count {
            1 => ("1 live row belongs".to_owned(), "the trashed row"),
            _ => (format!("{count} live rows belong"), "trashed rows"),
        };
        let contradicts = match self.edge.policy {
            Policy::Restrict => "whose delete they would have forbidden",
            _ => "with which they would have been trashed",
        };
        FindingCode::LiveBelowTrashed.warning(
            child.clone(),
            format!("{rows} to {belong} of `{parent}`, {contradicts}"),
            Remedy::advice(format!(
                "restore the rows of `{parent}`, or delete those of `{child}`; this finds them"
            ))
            .query(self.sql()),
        )
    }

    fn not_counted(&self, error: &DbErr) -> Finding {
        let (parent, child) = (self.parent.name(), self.child.name());
        FindingCode::NotExamined.warning(
            child.clone(),
            format!(
                "whether live rows of it belong to trashed rows of `{parent}` is not known: {error}"
            ),
            Remedy::advice(format!(
                "let the connection read `{child}` and `{parent}`, and the columns of the relation be of \
                 one type"
            )),
        )
    }
}
