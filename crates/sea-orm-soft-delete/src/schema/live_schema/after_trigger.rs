//! The trigger that runs once after a DELETE: it does to other rows what the entity declares.

mod counts;
mod rows;

use sea_orm::sea_query::{Condition, IntoIden, Query};

use super::function::{Function, NotWritten, Refusal};
use super::selection::Base;
use super::stamps::{DECLARE, Stamps, UNPACK};
use super::tables::{Tables, path};
use super::{BACKEND, LiveSchema};
use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::{Edge, Family, Graph, NodeId, points_at};
use crate::schema::sql::{list, name_of, statement_text};

const PARENT: &str = "soft_delete_parent";
const CHILD: &str = "soft_delete_child";

impl LiveSchema {
    /// The function of the trigger.
    pub(super) fn after_function(
        &self,
        base: &Base<'_>,
        tables: &Tables,
    ) -> Result<Function, NotWritten> {
        let graph = Graph::registered();
        let ending = self.ending_function(base);
        let Some(node) = base.node.filter(|node| graph.concerns_others(*node)) else {
            return Ok(ending);
        };
        let writer = Writer::of(node, tables)?;
        let body = writer.body()?;
        let mut search_path = vec!["pg_catalog".to_owned()];
        search_path.extend(writer.searched());
        search_path.push("pg_temp".to_owned());
        Ok(Function {
            // Like the cascade of a foreign key, it reaches rows that the user may not.
            settings: format!(
                " SECURITY DEFINER SET search_path = {}",
                list(BACKEND, &search_path)
            ),
            body,
            ..ending
        })
    }

    /// The function of the trigger if a delete concerns no other rows.
    pub(super) fn ending_function(&self, base: &Base<'_>) -> Function {
        Function {
            name: name_of(&base.table.place.name, &["soft_delete"], "after"),
            settings: String::new(),
            body: "
BEGIN
  PERFORM set_config('soft_delete.operation_' || TG_RELID, '', TRUE);
  RETURN NULL;
END
"
            .to_owned(),
        }
    }
}

/// A soft-deletable entity of the family.
struct Part<'a> {
    node: NodeId,
    base: Base<'a>,
    stamps: Stamps,
}

struct Writer<'a> {
    graph: &'static Graph,
    family: Family,
    tables: &'a Tables,
    /// Parents first.
    parts: Vec<Part<'a>>,
}

impl<'a> Writer<'a> {
    fn of(root: NodeId, tables: &'a Tables) -> Result<Self, NotWritten> {
        let graph = Graph::registered();
        let family = Family::of(graph, root)?;
        let mut parts: Vec<Part<'a>> = Vec::new();
        for node in family.nodes() {
            let Some(base) = Base::of_node(node, tables)? else {
                continue;
            };
            let refused = |why: String| {
                NotWritten::Refused(Refusal {
                    why: format!("of {}, {why}", base.schema.name()),
                    remedy: "delete with the verbs of the crate, on a connection without the live schema",
                })
            };
            let stamps = Stamps::of(&base, parts.len()).map_err(refused)?;
            if stamps.is_of(PARENT).is_none() {
                return Err(NotWritten::Refused(Refusal {
                    why: format!(
                        "no column of {} tells which delete trashed a row",
                        base.schema.name()
                    ),
                    remedy: "add a column: #[soft_delete(operation)] pub operation_id: Option<Uuid>",
                }));
            }
            parts.push(Part { node, base, stamps });
        }
        Ok(Self {
            graph,
            tables,
            family,
            parts,
        })
    }

    /// The schemas in which the function looks up names: those of the conditions of relations and holds, which are
    /// not qualified.
    fn searched(&self) -> Vec<String> {
        let edges = self
            .parts
            .iter()
            .flat_map(|part| self.graph.down(part.node));
        let mut conditions = edges.filter(|edge| {
            let soft = [edge.parent, edge.child].map(|node| self.graph.soft(node));
            let mut soft = soft.into_iter().flatten();
            edge.condition.is_some() || soft.any(|it| it.is_held(PARENT.into_iden()).is_some())
        });
        match conditions.next() {
            Some(_) => self.tables.search_path().to_vec(),
            None => Vec::new(),
        }
    }

    fn body(&self) -> Result<String, NotWritten> {
        let mut steps = vec![self.root_rows()?, self.cascade()];
        for edge in self.family.edges(Policy::Restrict) {
            steps.push(self.restrict(edge)?);
        }
        for edge in self.family.edges(Policy::Destroy) {
            steps.extend(self.refuse_held(edge)?);
        }
        for (index, part) in self.parts.iter().enumerate() {
            if self.graph.is_logged(part.node) {
                steps.push(self.record(index, part)?);
            }
        }
        for part in &self.parts {
            for counter in self.graph.counters(part.node) {
                steps.push(self.count(part, counter)?);
            }
        }
        for edge in self.family.edges(Policy::Destroy) {
            steps.push(self.destroy(edge)?);
        }
        let declare = self.parts.iter().enumerate().map(|(index, part)| {
            let declare = &part.stamps.declare;
            format!("\n  soft_delete_rows{index} bigint := 0;{declare}")
        });
        Ok(format!(
            "
#variable_conflict use_variable
DECLARE
  {DECLARE}
  soft_delete_count bigint;
  soft_delete_more bigint;
  soft_delete_key text;{declare}
BEGIN
  IF coalesce(soft_delete_value, '') = '' THEN
    RETURN NULL;
  END IF;
  PERFORM set_config(soft_delete_setting, '', TRUE);
  {UNPACK}{steps}
  RETURN NULL;
END
",
            declare = declare.collect::<String>(),
            steps = steps.concat(),
        ))
    }

    /// The children of the rows of the operation: `child JOIN parent ON … WHERE …`.
    fn children(&self, edge: &Edge) -> Result<String, NotWritten> {
        let Some((_, parent)) = self.part(edge.parent) else {
            return Ok(String::new());
        };
        Ok(format!(
            "{} AS {CHILD} JOIN {} AS {PARENT} ON {} WHERE {}",
            self.path_of(edge.child)?,
            parent.base.path(),
            belongs(edge),
            is_of(parent, PARENT),
        ))
    }

    fn part(&self, node: NodeId) -> Option<(usize, &Part<'a>)> {
        let mut parts = self.parts.iter().enumerate();
        parts.find(|(_, part)| part.node == node)
    }

    fn path_of(&self, node: NodeId) -> Result<String, SoftDeleteError> {
        let member = self.graph.member(node);
        match (self.tables.find(&member.key()), self.parts.first()) {
            (Some(table), _) => Ok(path(table)),
            (None, Some(root)) => Err(missing(root, &member.name())),
            (None, None) => Ok(String::new()),
        }
    }

    fn names(&self, edge: &Edge) -> (String, String) {
        let name = |node| self.graph.member(node).name();
        (name(edge.parent), name(edge.child))
    }
}

fn missing(part: &Part<'_>, name: &str) -> SoftDeleteError {
    part.base.schema.not_changed(
        format!("it declares a relation to `{name}`, and there is no such table"),
        "create that table first",
    )
}

/// The condition that the operation trashed a row.
fn is_of(part: &Part<'_>, alias: &str) -> String {
    // `Writer::of` refuses an entity without one.
    part.stamps.is_of(alias).unwrap_or_else(|| "FALSE".into())
}

/// The condition that a child belongs to a parent.
fn belongs(edge: &Edge) -> String {
    format!(
        "({})",
        condition(points_at(edge, PARENT.into_iden(), CHILD.into_iden()))
    )
}

fn condition(condition: Condition) -> String {
    let select = Query::select().cond_where(condition).to_owned();
    let sql = statement_text(&select, BACKEND);
    let text = sql.split_once("WHERE ").map(|(_, text)| text.to_owned());
    text.unwrap_or(sql)
}
