//! The view of a table, with its triggers, in SQL.

use super::function::{Function, MARK, NotWritten};
use super::selection::Base;
use super::tables::Tables;
use super::{BACKEND, LiveSchema};
use crate::error::SoftDeleteError;
use crate::query::literal::quoted;
use crate::schema::sql::{dollar_quoted, quote};

/// The trigger for each row.
pub(super) const ON_ROW: &str = "soft_delete_row";
/// The trigger after the statement.
pub(super) const AFTER: &str = "soft_delete_after";

/// A view as it should be.
pub(super) struct LiveTableView<'a> {
    pub(super) base: Base<'a>,
    /// Its options, each `name=value`.
    pub(super) options: Vec<&'static str>,
    pub(super) row: Function,
    pub(super) after: Function,
}

impl LiveSchema {
    pub(super) fn view<'a>(
        &self,
        base: Base<'a>,
        has_invoker: bool,
        tables: &Tables,
    ) -> Result<LiveTableView<'a>, SoftDeleteError> {
        let (after, refusal) = match self.after_function(&base, tables) {
            Ok(after) => (after, None),
            Err(NotWritten::Refused(refusal)) => (self.ending_function(&base), Some(refusal)),
            Err(NotWritten::Error(error)) => return Err(error),
        };
        let mut options = vec!["check_option=cascaded"];
        if has_invoker {
            options.push("security_invoker=true");
        }
        Ok(LiveTableView {
            row: self.row_function(&base, refusal.as_ref()),
            after,
            options,
            base,
        })
    }
}

impl LiveTableView<'_> {
    pub(super) fn name(&self) -> &str {
        &self.base.table.place.name
    }

    /// The statements that create the view, or replace it. `further` are options of the existing view to keep.
    pub(super) fn create(&self, live: &LiveSchema, further: &[String]) -> Vec<String> {
        let view = live.path(self.name());
        let options = self.options.iter().map(|option| (*option).to_owned());
        let options: Vec<String> = options.chain(further.iter().cloned()).collect();
        let columns = self.base.table.columns.iter();
        let columns = columns.map(|column| quote(BACKEND, &column.name));
        let comment = format!("Live rows of {}, {MARK}", self.base.path());
        vec![
            format!(
                "CREATE OR REPLACE VIEW {view} WITH ({}) AS SELECT {} FROM {} WHERE {}",
                options.join(", "),
                columns.collect::<Vec<_>>().join(", "),
                self.base.path(),
                self.base.schema.is_live(BACKEND),
            ),
            format!("COMMENT ON VIEW {view} IS {}", quoted(&comment, BACKEND)),
        ]
    }

    /// The statements that create the triggers and their functions, or replace them.
    pub(super) fn create_triggers(&self, live: &LiveSchema) -> Vec<String> {
        let view = live.path(self.name());
        let triggers = [
            (ON_ROW, "INSTEAD OF DELETE", "ROW", &self.row),
            (AFTER, "AFTER DELETE", "STATEMENT", &self.after),
        ];
        let mut statements = Vec::new();
        for (name, event, each, function) in triggers {
            let call = format!("{}()", live.path(&function.name));
            statements.push(format!(
                "CREATE OR REPLACE FUNCTION {call} RETURNS trigger LANGUAGE plpgsql{} AS {}",
                function.settings,
                dollar_quoted(&function.body)
            ));
            // So that nobody makes a trigger of their own that runs it as its owner.
            statements.push(format!("REVOKE ALL ON FUNCTION {call} FROM PUBLIC"));
            let comment = format!("Deletes from {}, {MARK}", self.base.path());
            statements.push(format!(
                "COMMENT ON FUNCTION {call} IS {}",
                quoted(&comment, BACKEND)
            ));
            statements.push(format!(
                "CREATE OR REPLACE TRIGGER {name} {event} ON {view} FOR EACH {each} EXECUTE FUNCTION {call}"
            ));
        }
        statements
    }
}
