//! What a scope would do with a statement, for a watch.

use sea_orm::{DbBackend, Statement, Value};

use super::Scope;
use super::prepare::values_of;
use crate::error::SoftDeleteError;
use crate::query::dialect::dialect;
use crate::scoped::watch::{Key, Observation, Watch, WatchEffect};
use sql_row_scope::{Inspection, MarkerUseKind, Named, Options, Rewritten, Verb, inspect};

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
            refusal: None,
        };
        let inspection = match inspect(sql, &options) {
            Ok(inspection) => inspection,
            Err(refusal) => {
                observation.tables.push(refusal.table.clone());
                observation.refusal = Some(SoftDeleteError::from(refusal).to_string());
                observation.effects.push(WatchEffect::Refused);
                watch.saw(observation);
                return None;
            }
        };
        self.effects(&inspection, values, backend, &mut observation);
        if observation.effects.is_empty() {
            watch.saw_nothing();
            return None;
        }
        let key = watch.saw(observation)?;
        let is_read = inspection
            .named
            .iter()
            .all(|named| named.verb == Verb::Read);
        match inspection.rewritten {
            Rewritten::Scoped(plan) if is_read && !plan.is_definition && plan.statements == 1 => {
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
        for found in &inspection.marker_uses {
            let is_hidden = |named: &Named| named.table == found.table && !named.is_lifted;
            if !inspection.named.iter().any(is_hidden) {
                continue;
            }
            let contradicts = self.shared.contradicts(found, values, backend);
            let effect = match (contradicts, found.kind) {
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
                Verb::Read | Verb::Update => !named.is_lifted && !filtered.contains(&named.table),
            };
            if inspection.named.iter().any(hides) {
                observation.effects.push(WatchEffect::HidesTrash);
            }
        }
        let tables = inspection.named.iter().map(|named| named.table);
        let mut tables: Vec<_> = tables.collect();
        tables.sort_unstable();
        tables.dedup();
        let name = |table: usize| self.shared.tables[table].key().1.to_owned();
        observation.tables = tables.into_iter().map(name).collect();
    }
}
