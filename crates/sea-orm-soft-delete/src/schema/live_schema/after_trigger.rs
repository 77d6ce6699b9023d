//! The trigger that runs once after a DELETE: it does to other rows what the entity declares.

use sea_orm::sea_query::{Condition, DynIden, IntoIden, Query};
use sea_orm::EntityName;

use super::function::{Function, NotWritten, Refusal};
use super::selection::{Base, column};
use super::stamps::{DECLARE, Stamps, UNPACK, WHO, is_live};
use super::tables::{Tables, path};
use super::{BACKEND, LiveSchema};
use crate::deletion_log;
use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::{Counter, Edge, Family, Graph, NodeId, points_at};
use crate::query::literal::quoted;
use crate::schema::sql::{list, name_of, quote, statement_text};

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
        let name = name_of(&base.table.place.name, &["soft_delete"], "after");
        let Some(node) = base.node.filter(|node| graph.concerns_others(*node)) else {
            return Ok(self.ending_function(base));
        };
        let writer = Writer::of(node, tables)?;
        let body = writer.body()?;
        let mut search_path = vec!["pg_catalog".to_owned()];
        search_path.extend(writer.searched());
        search_path.push("pg_temp".to_owned());
        Ok(Function {
            name,
            // Like the cascade of a foreign key, it reaches rows that the user may not.
            settings: format!(
                " SECURITY DEFINER SET search_path = {}",
                list(BACKEND, &search_path)
            ),
            body,
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
        let edges = self.parts.iter().flat_map(|part| self.graph.down(part.node));
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

    /// Reads how many rows the DELETE has trashed, and the key of the first, for the log.
    fn root_rows(&self) -> Result<String, NotWritten> {
        let is_root = |part: &&Part<'_>| part.node == self.family.root;
        let root = self.parts.iter().enumerate().find(|(_, part)| is_root(part));
        let Some((index, root)) = root.filter(|(_, part)| self.graph.is_logged(part.node)) else {
            return Ok(String::new());
        };
        let key = root.base.key().ok_or_else(|| {
            NotWritten::Refused(Refusal {
                why: "its table has no primary key".into(),
                remedy: "give the table a primary key, and apply the live schema again",
            })
        })?;
        let key: Vec<String> = key.into_iter().map(|name| column(PARENT, name)).collect();
        let text: Vec<String> = key.iter().map(|column| format!("{column}::text")).collect();
        let from = format!("FROM {} AS {PARENT} WHERE {}", root.base.path(), is_of(root, PARENT));
        Ok(format!(
            "
  soft_delete_rows{index} := (SELECT count(*) {from});
  soft_delete_key := (SELECT concat_ws(',', {}) {from} ORDER BY {} LIMIT 1);",
            text.join(", "),
            key.join(", ")
        ))
    }

    fn cascade(&self) -> String {
        let (mut all, family) = (String::new(), &self.family);
        for component in &family.components {
            let mut edges = Vec::new();
            for node in &component.nodes {
                edges.extend(family.into(*node));
            }
            let is_within = |edge: &Edge| component.nodes.contains(&edge.parent);
            let (within, above): (Vec<_>, Vec<_>) =
                edges.into_iter().partition(|edge| is_within(edge));
            for edge in above {
                all.push_str(&self.follow(edge));
            }
            if within.is_empty() {
                continue;
            }
            all.push_str("\n  LOOP\n  soft_delete_more := 0;");
            for edge in within {
                all.push_str(&self.follow(edge));
                all.push_str("\n  soft_delete_more := soft_delete_more + soft_delete_count;");
            }
            all.push_str("\n  EXIT WHEN soft_delete_more = 0;\n  END LOOP;");
        }
        all
    }

    /// Trashes the live children of the rows of the operation.
    fn follow(&self, edge: &Edge) -> String {
        let (Some((_, parent)), Some((index, child))) = (self.part(edge.parent), self.part(edge.child))
        else {
            return String::new();
        };
        format!(
            "
  UPDATE {child_path} AS {CHILD} SET {set} FROM {parent_path} AS {PARENT}
  WHERE {belongs} AND {is_of} AND {is_live};
  GET DIAGNOSTICS soft_delete_count = ROW_COUNT;
  soft_delete_rows{index} := soft_delete_rows{index} + soft_delete_count;",
            child_path = child.base.path(),
            set = child.stamps.assignments(),
            parent_path = parent.base.path(),
            belongs = belongs(edge),
            is_of = is_of(parent, PARENT),
            is_live = is_live(&child.base, CHILD),
        )
    }

    fn restrict(&self, edge: &Edge) -> Result<String, NotWritten> {
        let (parent_name, child_name) = self.names(edge);
        let message = format!("live rows of {child_name} forbid to delete the rows of {parent_name} to which they belong");
        let is_live = match self.part_of(edge.child)? {
            Some(child) => format!(" AND {}", is_live(&child, CHILD)),
            None => String::new(),
        };
        Ok(format!(
            "
  IF EXISTS (SELECT 1 FROM {}{is_live}) THEN
    RAISE EXCEPTION {} USING HINT = 'delete or move those first', ERRCODE = 'foreign_key_violation';
  END IF;",
            self.children(edge)?,
            quoted(&message.replace('%', "%%"), BACKEND),
        ))
    }

    /// Refuses to destroy rows that belong to rows on legal hold.
    fn refuse_held(&self, edge: &Edge) -> Result<Option<String>, NotWritten> {
        let parent = self.graph.soft(edge.parent);
        let Some(is_held) = parent.and_then(|parent| parent.is_held(PARENT.into_iden())) else {
            return Ok(None);
        };
        let (parent_name, child_name) = self.names(edge);
        let message = format!("rows of {child_name} are not destroyed, because a legal hold keeps the rows of {parent_name} to which they belong");
        Ok(Some(format!(
            "
  IF EXISTS (SELECT 1 FROM {} AND ({})) THEN
    RAISE EXCEPTION {} USING HINT = 'end the hold first', ERRCODE = 'foreign_key_violation';
  END IF;",
            self.children(edge)?,
            condition(Condition::all().add(is_held)),
            quoted(&message.replace('%', "%%"), BACKEND),
        )))
    }

    fn destroy(&self, edge: &Edge) -> Result<String, NotWritten> {
        let Some((_, parent)) = self.part(edge.parent) else {
            return Ok(String::new());
        };
        let child = self.graph.soft(edge.child);
        let is_held = child.and_then(|child| child.is_held(CHILD.into_iden()));
        let is_free = is_held.map(|is_held| {
            format!(" AND ({}) IS NOT TRUE", condition(Condition::all().add(is_held)))
        });
        Ok(format!(
            "
  DELETE FROM {} AS {CHILD} USING {} AS {PARENT} WHERE {} AND {}{};",
            self.path_of(edge.child)?,
            parent.base.path(),
            belongs(edge),
            is_of(parent, PARENT),
            is_free.unwrap_or_default(),
        ))
    }

    fn record(&self, index: usize, part: &Part<'_>) -> Result<String, NotWritten> {
        let log = (None, deletion_log::Entity.table_name().to_owned());
        let log = self.tables.find(&log).ok_or_else(|| {
            part.base.schema.not_changed(
                "its deeds are to be recorded, and there is no table `deletion_log`".into(),
                "create it first, with `deletion_log::create_table`",
            )
        })?;
        let key = match part.node == self.family.root {
            true => "soft_delete_key",
            false => "NULL",
        };
        Ok(format!(
            "
  IF soft_delete_rows{index} > 0 THEN
    INSERT INTO {} (at, operation, verb, entity, count, root_key, who, reason, is_taken)
    VALUES (to_char(soft_delete_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),
            soft_delete_operation, 'delete', {}, soft_delete_rows{index}, {key}, {WHO}, soft_delete_why, FALSE);
  END IF;",
            path(log),
            quoted(&part.base.schema.name(), BACKEND),
        ))
    }

    /// Moves the counts of the trashed rows from the live ones to the trashed ones.
    fn count(&self, part: &Part<'_>, counter: &Counter) -> Result<String, NotWritten> {
        const FOUND: &str = "soft_delete_found";
        let parent = counter.parent;
        let Some(table) = self.tables.find(&parent.key()) else {
            return Err(missing(part, &parent.name()).into());
        };
        let named = |columns: &[DynIden]| -> Vec<String> {
            columns.iter().map(ToString::to_string).collect()
        };
        let (own, above) = (named(&counter.child_columns), named(&counter.parent_columns));
        let own: Vec<String> = own.iter().map(|name| column(CHILD, name)).collect();
        let keys = own.iter().enumerate().map(|(at, own)| format!("{own} AS key{at}"));
        let equal = above.iter().enumerate().map(|(at, above)| {
            format!("{} = {FOUND}.key{at}", column(PARENT, above))
        });
        let live = counter.live.iter().map(|live| {
            let (set, live) = (quote(BACKEND, &live.to_string()), column(PARENT, &live.to_string()));
            // A count that is wrong already must not become negative.
            format!("{set} = greatest({live} - {FOUND}.rows, 0)")
        });
        let trashed = counter.trashed.iter().map(|trashed| {
            let name = trashed.to_string();
            format!("{} = {} + {FOUND}.rows", quote(BACKEND, &name), column(PARENT, &name))
        });
        Ok(format!(
            "
  UPDATE {} AS {PARENT} SET {} FROM (
    SELECT {}, count(*) AS rows FROM {} AS {CHILD} WHERE {} GROUP BY {}
  ) AS {FOUND} WHERE {};",
            path(table),
            live.chain(trashed).collect::<Vec<_>>().join(", "),
            keys.collect::<Vec<_>>().join(", "),
            part.base.path(),
            is_of(part, CHILD),
            own.join(", "),
            equal.collect::<Vec<_>>().join(" AND "),
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

    /// The soft-deletable entity, of the family or not.
    fn part_of(&self, node: NodeId) -> Result<Option<Base<'a>>, SoftDeleteError> {
        Base::of_node(node, self.tables)
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
