//! What a scope would do with a statement, for a watch.

use sea_orm::{DbBackend, Statement, Value};

use super::Scope;
use super::prepare::values_of;
use crate::error::SoftDeleteError;
use crate::query::dialect::dialect;
use crate::scoped::watch::{Key, Observation, Watch, WatchEffect};
use sql_row_scope::{
    Inspection, MarkerUse, MarkerUseKind, Named, Options, Rewritten, TableId, Verb, inspect,
};

impl Scope {
    /// The watch, if this scope sends each statement as it is and compares the rows of SELECTs.
    pub(crate) fn comparing(&self) -> Option<&Watch> {
        self.shared.watch.as_ref().filter(|watch| watch.compares())
    }

    /// Records what the scope would do with a SELECT. Returns the scoped statement, if its rows are to be
    /// compared.
    pub(crate) fn observe_select(
        &self,
        watch: &Watch,
        statement: &Statement,
        backend: DbBackend,
    ) -> Option<(Key, Statement)> {
        let key = self.observe(watch, &statement.sql, values_of(statement), backend)?;
        let scoped = self.scoped(statement.clone(), backend).ok()?;
        Some((key, scoped.0))
    }

    /// Records what the scope would do with a statement. Returns the key of the record, if the statement only
    /// reads and the scope would change it.
    pub(super) fn observe(
        &self,
        watch: &Watch,
        sql: &str,
        values: &[Value],
        backend: DbBackend,
    ) -> Option<Key> {
        let options = Options {
            dialect: dialect(backend),
            catalog: self.shared.catalog(backend),
            lifted: &self.lifted,
            explicit_marker_wins: self.shared.explicit_marker_wins,
        };
        let mut observation = Observation {
            sql: sql.to_owned(),
            scoped: None,
            tables: Vec::new(),
            effects: Vec::new(),
            conditions: Vec::new(),
            spared_by: Vec::new(),
            is_left_by_explicit_marker_wins: false,
            hidden_by_explicit_marker_wins: Vec::new(),
            refusal: None,
            is_sent_by_explicit_marker_wins: false,
        };
        let inspection = match inspect(sql, &options) {
            Ok(inspection) => inspection,
            Err(refusal) => {
                observation.tables.push(refusal.table.clone());
                observation.refusal = Some(SoftDeleteError::from(refusal).to_string());
                observation.effects.push(WatchEffect::Refused);
                observation.is_sent_by_explicit_marker_wins =
                    inspect(sql, &where_the_marker_wins(options)).is_ok();
                watch.saw(observation);
                return None;
            }
        };
        self.effects(&inspection, values, backend, &mut observation);
        let about_trash = observation.effects.iter().any(|effect| {
            matches!(
                effect,
                WatchEffect::FindsNoTrash
                    | WatchEffect::RestoresNothing
                    | WatchEffect::DependsOnMarker
            )
        });
        if about_trash {
            let hidden = hidden_where_the_marker_wins(sql, &inspection, options);
            let is_used = |table: &TableId| {
                let is_it = |found: &MarkerUse| {
                    found.table == *table && found.kind != MarkerUseKind::LiveRows
                };
                inspection.marker_uses.iter().any(is_it)
            };
            observation.is_left_by_explicit_marker_wins = hidden.iter().any(is_used);
            observation.hidden_by_explicit_marker_wins = self.names(hidden.into_iter());
        }
        if observation.effects.is_empty() {
            watch.saw_nothing();
            return None;
        }
        let key = watch.saw(observation)?;
        match inspection.rewritten {
            Rewritten::Scoped(plan)
                if !inspection.is_write && !plan.is_definition && plan.statements == 1 =>
            {
                Some(key)
            }
            _ => None,
        }
    }

    fn effects(
        &self,
        inspection: &Inspection,
        values: &[Value],
        backend: DbBackend,
        observation: &mut Observation,
    ) {
        let mut filtered = Vec::new();
        let is_hidden = |found: &&MarkerUse| {
            let is_it = |named: &Named| named.table == found.table && !named.is_lifted;
            inspection.named.iter().any(is_it)
        };
        let uses = || inspection.marker_uses.iter().filter(is_hidden);
        let contradicts = |found: &MarkerUse| self.shared.contradicts(found, values, backend);
        let restored = uses().filter(|found| contradicts(found) == Some(false));
        let restored: Vec<_> = restored.map(|found| found.table).collect();
        for found in uses() {
            let effect = match (contradicts(found), found.kind) {
                // The condition of a restore by hand.
                (Some(true), _) if restored.contains(&found.table) => WatchEffect::RestoresNothing,
                (Some(true), _) => WatchEffect::FindsNoTrash,
                (Some(false), _) => WatchEffect::RestoresNothing,
                (None, MarkerUseKind::LiveRows | MarkerUseKind::Compared { .. }) => {
                    filtered.push(found.table);
                    WatchEffect::FilterCanGo
                }
                (None, MarkerUseKind::Set | MarkerUseKind::SetTo { .. }) => {
                    WatchEffect::TrashesByHand
                }
                (None, _) => WatchEffect::DependsOnMarker,
            };
            observation.effects.push(effect);
            observation.conditions.push(found.text.clone());
        }
        if let Rewritten::Scoped(plan) = &inspection.rewritten {
            observation.scoped = (plan.sql != observation.sql).then(|| plan.sql.clone());
            if !plan.trashed.is_empty() {
                match self.added(plan, values.len(), backend) {
                    Ok(_) => observation.effects.push(WatchEffect::BecomesSoftDelete),
                    Err(error) => {
                        observation.effects.push(WatchEffect::Refused);
                        observation.refusal = Some(error.to_string());
                    }
                }
            }
            let is_narrowed = |named: &Named| {
                !named.is_lifted && !named.is_of_a_verb && !filtered.contains(&named.table)
            };
            for named in &inspection.named {
                let effect = match named.verb {
                    Verb::Insert if observation.scoped.is_some() && !named.is_lifted => {
                        WatchEffect::HidesTrash
                    }
                    // An UPDATE reads a table if it assigns none of its columns.
                    Verb::Update if is_narrowed(named) && !named.assigned.is_empty() => {
                        WatchEffect::UpdatesLiveRows
                    }
                    Verb::Read | Verb::Update if is_narrowed(named) => WatchEffect::HidesTrash,
                    _ => continue,
                };
                observation.effects.push(effect);
            }
        }
        // A write meets the key of a trashed row whether or not the scope changes its text.
        let meets_keys = |named: &Named| {
            let table = &self.shared.tables[named.table];
            match named.verb {
                Verb::Insert => !named.is_of_a_verb && table.may_have_a_unique_key(),
                Verb::Update => !named.is_of_a_verb && table.has_a_unique_key_over(&named.assigned),
                Verb::Read | Verb::Delete => false,
            }
        };
        if inspection.named.iter().any(meets_keys) {
            observation.effects.push(WatchEffect::MeetsTrashedKeys);
        }
        let bound = uses().filter(|found| {
            let is_bound = matches!(found.kind, MarkerUseKind::Compared { .. });
            is_bound && contradicts(found).is_none()
        });
        let bound: Vec<_> = bound.map(|found| found.table).collect();
        let named = inspection.named.iter();
        let sparing = named.clone().filter(|named| named.may_add_rows);
        let sparing = sparing.map(|named| named.table);
        observation.spared_by = self.names(sparing.filter(|table| !bound.contains(table)));
        if !observation.spared_by.is_empty() {
            observation.effects.push(WatchEffect::ReachesMoreRows);
        }
        observation.tables = self.names(named.map(|named| named.table));
    }

    /// The names of these tables, each once.
    fn names(&self, tables: impl Iterator<Item = TableId>) -> Vec<String> {
        let mut tables: Vec<_> = tables.collect();
        tables.sort_unstable();
        tables.dedup();
        let name = |table: TableId| self.shared.tables[table].key().1.to_owned();
        tables.into_iter().map(name).collect()
    }
}

/// The tables whose trashed rows `explicit_marker_wins` would hide from a text that shows them.
fn hidden_where_the_marker_wins(
    sql: &str,
    inspection: &Inspection,
    options: Options<'_>,
) -> Vec<TableId> {
    let Ok(explicit) = inspect(sql, &where_the_marker_wins(options)) else {
        return Vec::new();
    };
    let shows_live_rows_alone = |table: TableId| {
        let mut uses = inspection.marker_uses.iter();
        uses.clone().any(|found| found.table == table)
            && uses.all(|found| found.table != table || found.kind == MarkerUseKind::LiveRows)
    };
    let is_hidden = |named: &&Named| {
        !named.is_lifted && named.verb != Verb::Insert && !shows_live_rows_alone(named.table)
    };
    let hidden = explicit.named.iter().filter(is_hidden);
    hidden.map(|named| named.table).collect()
}

fn where_the_marker_wins(options: Options<'_>) -> Options<'_> {
    Options {
        explicit_marker_wins: true,
        ..options
    }
}
