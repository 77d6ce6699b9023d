//! The rows that a DELETE trashes, destroys, or is refused for.

use sea_orm::Condition;
use sea_orm::sea_query::IntoIden;

use super::{CHILD, PARENT, Writer, belongs, condition, is_of};
use crate::family::Edge;
use crate::query::literal::quoted;
use crate::schema::live_schema::BACKEND;
use crate::schema::live_schema::function::NotWritten;
use crate::schema::live_schema::selection::Base;
use crate::schema::live_schema::stamps::is_live;

impl Writer<'_> {
    pub(super) fn cascade(&self) -> String {
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
        let (Some((_, parent)), Some((index, child))) =
            (self.part(edge.parent), self.part(edge.child))
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

    pub(super) fn restrict(&self, edge: &Edge) -> Result<String, NotWritten> {
        let (parent_name, child_name) = self.names(edge);
        let message = format!(
            "live rows of {child_name} forbid to delete the rows of {parent_name} to which they belong"
        );
        let is_live = match Base::of_node(edge.child, self.tables)? {
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
    pub(super) fn refuse_held(&self, edge: &Edge) -> Result<Option<String>, NotWritten> {
        let parent = self.graph.soft(edge.parent);
        let Some(is_held) = parent.and_then(|parent| parent.is_held(PARENT.into_iden())) else {
            return Ok(None);
        };
        let (parent_name, child_name) = self.names(edge);
        let message = format!(
            "rows of {child_name} are not destroyed, because a legal hold keeps the rows of {parent_name} to which they belong"
        );
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

    pub(super) fn destroy(&self, edge: &Edge) -> Result<String, NotWritten> {
        let Some((_, parent)) = self.part(edge.parent) else {
            return Ok(String::new());
        };
        let child = self.graph.soft(edge.child);
        let is_held = child.and_then(|child| child.is_held(CHILD.into_iden()));
        let is_free = is_held.map(|is_held| {
            format!(
                " AND ({}) IS NOT TRUE",
                condition(Condition::all().add(is_held))
            )
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
}
