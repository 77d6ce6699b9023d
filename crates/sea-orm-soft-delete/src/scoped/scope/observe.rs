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
            observation.is_left_by_explicit_marker_wins =
                is_hidden_where_the_marker_wins(sql, &inspection, options);
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
            let hides = |named: &Named| match named.verb {
                Verb::Delete => false,
                Verb::Insert => observation.scoped.is_some() && !named.is_lifted,
                Verb::Read | Verb::Update => {
                    !named.is_lifted && !named.is_of_a_verb && !filtered.contains(&named.table)
                }
            };
            if inspection.named.iter().any(hides) {
                observation.effects.push(WatchEffect::HidesTrash);
            }
        }
        // An INSERT meets the key of a trashed row whether or not the scope changes its text.
        let meets_keys = |named: &Named| {
            let is_insert = named.verb == Verb::Insert && !named.is_of_a_verb;
            is_insert && self.shared.tables[named.table].may_have_a_unique_key()
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

/// Whether `explicit_marker_wins` would hide trashed rows of a table whose marker the text names.
fn is_hidden_where_the_marker_wins(
    sql: &str,
    inspection: &Inspection,
    options: Options<'_>,
) -> bool {
    let is_used = |table| {
        let is_it =
            |found: &MarkerUse| found.table == table && found.kind != MarkerUseKind::LiveRows;
        inspection.marker_uses.iter().any(is_it)
    };
    let is_hidden = |named: &Named| !named.is_lifted && is_used(named.table);
    inspect(sql, &where_the_marker_wins(options))
        .is_ok_and(|explicit| explicit.named.iter().any(is_hidden))
}

fn where_the_marker_wins(options: Options<'_>) -> Options<'_> {
    Options {
        explicit_marker_wins: true,
        ..options
    }
}
