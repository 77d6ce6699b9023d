//! The log of deletions and the counter caches.

use sea_orm::EntityName;
use sea_orm::sea_query::DynIden;

use super::{CHILD, PARENT, Part, Writer, is_of, missing};
use crate::deletion_log;
use crate::family::Counter;
use crate::query::literal::quoted;
use crate::schema::live_schema::BACKEND;
use crate::schema::live_schema::function::{NotWritten, Refusal};
use crate::schema::live_schema::selection::column;
use crate::schema::live_schema::stamps::WHO;
use crate::schema::live_schema::tables::path;
use crate::schema::sql::quote;

impl Writer<'_> {
    /// Reads how many rows the DELETE has trashed, and the key of the first, for the log.
    pub(super) fn root_rows(&self) -> Result<String, NotWritten> {
        let is_root = |part: &&Part<'_>| part.node == self.family.root;
        let root = self
            .parts
            .iter()
            .enumerate()
            .find(|(_, part)| is_root(part));
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
        let from = format!(
            "FROM {} AS {PARENT} WHERE {}",
            root.base.path(),
            is_of(root, PARENT)
        );
        Ok(format!(
            "
  soft_delete_rows{index} := (SELECT count(*) {from});
  soft_delete_key := (SELECT concat_ws(',', {}) {from} ORDER BY {} LIMIT 1);",
            text.join(", "),
            key.join(", ")
        ))
    }

    pub(super) fn record(&self, index: usize, part: &Part<'_>) -> Result<String, NotWritten> {
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
    pub(super) fn count(&self, part: &Part<'_>, counter: &Counter) -> Result<String, NotWritten> {
        const FOUND: &str = "soft_delete_found";
        let parent = counter.parent;
        let Some(table) = self.tables.find(&parent.key()) else {
            return Err(missing(part, &parent.name()).into());
        };
        let named = |columns: &[DynIden]| -> Vec<String> {
            columns.iter().map(ToString::to_string).collect()
        };
        let (own, above) = (
            named(&counter.child_columns),
            named(&counter.parent_columns),
        );
        let own: Vec<String> = own.iter().map(|name| column(CHILD, name)).collect();
        let keys = own
            .iter()
            .enumerate()
            .map(|(at, own)| format!("{own} AS key{at}"));
        let equal = above
            .iter()
            .enumerate()
            .map(|(at, above)| format!("{} = {FOUND}.key{at}", column(PARENT, above)));
        let live = counter.live.iter().map(|live| {
            let (set, live) = (
                quote(BACKEND, &live.to_string()),
                column(PARENT, &live.to_string()),
            );
            // A count that is wrong already must not become negative.
            format!("{set} = greatest({live} - {FOUND}.rows, 0)")
        });
        let trashed = counter.trashed.iter().map(|trashed| {
            let name = trashed.to_string();
            format!(
                "{} = {} + {FOUND}.rows",
                quote(BACKEND, &name),
                column(PARENT, &name)
            )
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
}
