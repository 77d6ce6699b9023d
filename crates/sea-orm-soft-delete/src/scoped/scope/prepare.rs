//! The preparation of a statement: it rewrites the text, and adds values to the statement's own.

use std::borrow::Cow;
use std::sync::Arc;

use sea_orm::sea_query::Values;
use sea_orm::{DbBackend, Statement, Value};

use super::{Scope, Shared, call_site};
use crate::default_scope::entity::{ScopeRule, TableScope};
use crate::default_scope::values::{ScopeValues, is_number, is_same, is_text};
use crate::error::SoftDeleteError;
use crate::family::{FamilyDelete, Graph, NodeId};
use crate::operation::attribution::Attribution;
use crate::operation::id::NewOperation;
use crate::query::bound;
use crate::query::dialect::dialect;
use crate::query::literal;
use crate::query::scoped_table::{LIVE_ROWS, ScopedTable};
use crate::query::stamp;
use crate::value_text::spell;
use sql_row_scope::{
    ANY_TABLE, Bind, Bound, Options, Plan, Refusal, Rewritten, ScopeId, TableId, Trashed, Written,
    rewrite,
};

/// A scoped text for an API that sends text without preparing it.
#[derive(Debug)]
pub(crate) enum Text<'a> {
    AsIs(Cow<'a, str>),
    /// The text needs values, so it is sent as a statement, which a cascade may follow.
    Bound(Statement, Option<FamilyDelete>),
}

impl Scope {
    /// Returns the statement to send, and the cascade that follows it; or why the statement is refused.
    pub(crate) fn prepare(
        &self,
        statement: Statement,
        backend: DbBackend,
    ) -> Result<(Statement, Option<FamilyDelete>), SoftDeleteError> {
        #[cfg(feature = "watch")]
        if let Some(watch) = &self.shared.watch {
            self.observe(watch, &statement.sql, values_of(&statement), backend);
            return Ok((statement, None));
        }
        self.scoped(statement, backend)
    }

    /// Returns the statement to send if that takes one look into the cache: its text is known, needs no values,
    /// and nothing follows it. Any other statement comes back as it was.
    ///
    /// A stamp records the instant and the attribution of the task that runs the statement, so a statement with
    /// stamps waits until it runs.
    pub(crate) fn prepare_at_once(
        &self,
        mut statement: Statement,
        backend: DbBackend,
    ) -> Result<Statement, Statement> {
        #[cfg(feature = "watch")]
        if self.shared.watch.is_some() {
            return Err(statement);
        }
        let plans = &self.shared.plans;
        let Some(plan) = plans.get(&statement.sql, backend, &self.lifted) else {
            return Err(statement);
        };
        match &*plan {
            Rewritten::Untouched => Ok(statement),
            Rewritten::Scoped(plan)
                if plan.checks.is_empty()
                    && plan.contradictions.is_empty()
                    && self.binds_at_once(plan, &mut statement, backend) =>
            {
                report(&statement.sql, plan);
                // `clone_from` would copy the old text into a larger allocation before it overwrites it.
                statement.sql = plan.sql.clone();
                Ok(statement)
            }
            Rewritten::Scoped(_) => Err(statement),
        }
    }

    /// Adds the values of the plan, if the connection carries all of them and all of them are bound.
    fn binds_at_once(&self, plan: &Plan, statement: &mut Statement, backend: DbBackend) -> bool {
        if plan.binds.is_empty() {
            return true;
        }
        let own = statement.values.as_ref().map_or(0, |values| values.0.len());
        if own != plan.placeholders as usize || spelling(plan, own, backend) != Spelling::Nothing {
            return false;
        }
        let carried = |bind: &Bind| match bind.value {
            Bound::Scope(_, scope) => self.carried.get(*self.shared.scopes.get(scope - 1)?),
            Bound::Live(_) | Bound::Stamp(..) => None,
        };
        let values = &mut statement.values.get_or_insert_with(|| Values(Vec::new())).0;
        if values.capacity() - own < plan.binds.len() {
            // Faster than to make the allocation larger, which looks for room behind it.
            let mut roomy = Vec::with_capacity(own + plan.binds.len());
            roomy.append(values);
            *values = roomy;
        }
        let place = |index: usize, bind: &Bind| bind.behind as usize + index;
        for (index, bind) in plan.binds.iter().enumerate() {
            let Some(value) = carried(bind) else {
                let added = plan.binds.iter().take(index).enumerate();
                added
                    .rev()
                    .for_each(|(index, bind)| drop(values.remove(place(index, bind))));
                return false;
            };
            let value = stamp::bindable(value.clone(), backend);
            values.insert(place(index, bind), value);
        }
        true
    }

    /// Returns the scoped statement, and the cascade that follows it; or why the statement is refused.
    pub(super) fn scoped(
        &self,
        mut statement: Statement,
        backend: DbBackend,
    ) -> Result<(Statement, Option<FamilyDelete>), SoftDeleteError> {
        let plan = self.plan(&statement.sql, backend)?;
        let Rewritten::Scoped(plan) = &*plan else {
            return Ok((statement, None));
        };
        report(&statement.sql, plan);
        if !plan.contradictions.is_empty() {
            self.contradictions(&statement.sql, plan, values_of(&statement), backend)?;
        }
        let mut family = None;
        if !plan.checks.is_empty() {
            let own = statement.values.as_mut();
            self.check(plan, own.map_or(&mut [], |values| &mut values.0), backend)?;
        }
        if !plan.binds.is_empty() {
            let own = statement.values.take();
            let own = own.map_or_else(Vec::new, |values| values.0);
            let (added, following) = self.added(plan, own.len(), backend)?;
            let spelling = spelling(plan, own.len(), backend);
            if spelling != Spelling::Nothing {
                statement.sql = spell_out(plan, &added, spelling, backend);
                let values = merged(plan, own, added, spelling);
                statement.values = (!values.0.is_empty()).then_some(values);
                return Ok((statement, following));
            }
            statement.values = Some(merged(plan, own, added, spelling));
            family = following;
        }
        statement.sql = plan.sql.clone();
        Ok((statement, family))
    }

    /// Returns the text to send, or why the text is refused.
    pub(crate) fn prepare_text<'a>(
        &self,
        backend: DbBackend,
        sql: &'a str,
    ) -> Result<Text<'a>, SoftDeleteError> {
        #[cfg(feature = "watch")]
        if let Some(watch) = &self.shared.watch {
            self.observe(watch, sql, &[], backend);
            return Ok(Text::AsIs(sql.into()));
        }
        let plan = self.plan(sql, backend)?;
        let Rewritten::Scoped(plan) = &*plan else {
            return Ok(Text::AsIs(sql.into()));
        };
        report(sql, plan);
        if !plan.contradictions.is_empty() {
            self.contradictions(sql, plan, &[], backend)?;
        }
        self.check(plan, &mut [], backend)?;
        if plan.binds.is_empty() {
            return Ok(Text::AsIs(plan.sql.clone().into()));
        }
        // Only SQLite prepares several statements at once, and a definition cannot bind values.
        let binds_none = plan.statements > 1 && backend != DbBackend::Sqlite;
        let (added, family) = self.added(plan, 0, backend)?;
        if binds_none || plan.is_definition {
            let text = spell_out(plan, &added, Spelling::Everything, backend);
            return Ok(Text::AsIs(text.into()));
        }
        let spelling = spelling(plan, 0, backend);
        let sql = match spelling {
            Spelling::Nothing => plan.sql.clone(),
            _ => spell_out(plan, &added, spelling, backend),
        };
        let values = merged(plan, Vec::new(), added, spelling);
        let statement = Statement {
            sql,
            values: (!values.0.is_empty()).then_some(values),
            db_backend: backend,
        };
        Ok(Text::Bound(statement, family))
    }

    fn plan(&self, sql: &str, backend: DbBackend) -> Result<Arc<Rewritten>, SoftDeleteError> {
        let plans = &self.shared.plans;
        if let Some(plan) = plans.get(sql, backend, &self.lifted) {
            return Ok(plan);
        }
        let options = Options {
            dialect: dialect(backend),
            catalog: self.shared.catalog(backend),
            lifted: &self.lifted,
            explicit_marker_wins: self.shared.explicit_marker_wins,
        };
        let plan = rewrite(sql, &options).map_err(|refusal| self.refuse(sql, refusal))?;
        Ok(plans.insert(sql, backend, &self.lifted, plan))
    }

    /// The scopes that keep a DO UPDATE of the text from rows, where a row that they hide may hold its key: whether that of
    /// the live rows is one, and the names of the others.
    ///
    /// A required scope hides no such row: its column is in the target of the conflict, so the row has its value.
    pub(crate) fn guards(&self, sql: &str, backend: DbBackend) -> (bool, Vec<&'static str>) {
        let plan = self.plan(sql, backend);
        let Ok(Rewritten::Scoped(plan)) = plan.as_deref() else {
            return (false, Vec::new());
        };
        let hides_trash = plan.guarded.iter().any(|(_, scope)| *scope == LIVE_ROWS);
        let fixed = plan.guarded.iter().filter_map(|(table, scope)| {
            let key = self.shared.scopes.get(scope.checked_sub(1)?)?;
            let scopes = self.shared.tables[*table].scopes();
            let is_fixed = |held: &TableScope| {
                held.key == *key && matches!(held.rule, ScopeRule::Condition(_))
            };
            scopes.iter().any(is_fixed).then_some(key.name)
        });
        (hides_trash, fixed.collect())
    }

    fn refuse(&self, sql: &str, refusal: Refusal) -> SoftDeleteError {
        tracing::warn!(
            call_site = call_site(),
            table = refusal.table,
            construct = refusal.construct,
            sql,
            "a statement is refused, since it cannot be scoped",
        );
        refusal.into()
    }

    /// Returns the values that the plan adds to a statement with `own` values; and, if the plan trashes
    /// rows that have children, the cascade that follows.
    pub(super) fn added(
        &self,
        plan: &Plan,
        own: usize,
        backend: DbBackend,
    ) -> Result<(Vec<Value>, Option<FamilyDelete>), SoftDeleteError> {
        // A definition is stored to run later, so its own values are bound at each run.
        let comes_later = plan.is_definition && own == 0;
        if own != plan.placeholders as usize && !comes_later {
            return Err(SoftDeleteError::NotScopable {
                table: self.table_of(plan).to_owned(),
                construct: format!(
                    "a statement with {} placeholders and {} values",
                    plan.placeholders, own
                ),
                remedy: "bind one value for each placeholder",
            });
        }
        let mut stamps = Stamps::default();
        let mut added = Vec::with_capacity(plan.binds.len());
        for bind in &plan.binds {
            added.push(match bind.value {
                // A table without a trash binds no such value, and nothing equals NULL.
                Bound::Live(table) => {
                    (self.shared.tables[table].live_value(backend)).unwrap_or(Value::Bool(None))
                }
                Bound::Stamp(table, column) => {
                    stamps.of(&self.shared, table, backend)?[column].clone()
                }
                Bound::Scope(table, scope) => self.carried(table, scope, backend)?,
            });
        }
        let family = match &stamps.operation {
            Some(operation) => self.following(plan, operation, backend)?,
            None => None,
        };
        Ok((added, family))
    }

    /// The value of a required scope.
    fn carried(
        &self,
        table: TableId,
        scope: ScopeId,
        backend: DbBackend,
    ) -> Result<Value, SoftDeleteError> {
        let key = self.shared.scopes.get(scope - 1).copied();
        let carried = key.and_then(|key| match self.carried.get(key) {
            Some(value) => Some(value.clone()),
            None => ScopeValues::ambient(key),
        });
        match carried {
            Some(value) => Ok(stamp::bindable(value, backend)),
            None => Err(SoftDeleteError::ScopeRequired {
                entity: self.shared.tables[table].key().1.to_owned(),
                scope: key.map_or("", |key| key.name),
            }),
        }
    }

    /// Checks the values that the statement writes into the columns of required scopes. An inserted NULL becomes the
    /// value of the scope.
    fn check(
        &self,
        plan: &Plan,
        own: &mut [Value],
        backend: DbBackend,
    ) -> Result<(), SoftDeleteError> {
        for check in &plan.checks {
            let carried = self.carried(check.table, check.scope, backend)?;
            let (is_same, written) = match &check.written {
                Written::Own(position) => match own.get_mut(*position) {
                    Some(value) if check.is_inserted && *value == value.as_null() => {
                        *value = carried;
                        continue;
                    }
                    Some(value) => (is_same(value, &carried), spell(value)),
                    // The number of the values is checked where values are added.
                    None => (false, "no value".to_owned()),
                },
                Written::Number(number) => (is_number(number, &carried), number.clone()),
                Written::Text(text) => (is_text(text, &carried), format!("'{text}'")),
            };
            if !is_same {
                return Err(SoftDeleteError::OutOfScope {
                    entity: self.shared.tables[check.table].key().1.to_owned(),
                    column: check.column.clone(),
                    written,
                    scope: self.shared.scopes[check.scope - 1].name,
                });
            }
        }
        Ok(())
    }

    /// Returns the cascade that follows the rows that this plan trashes.
    fn following(
        &self,
        plan: &Plan,
        operation: &NewOperation,
        backend: DbBackend,
    ) -> Result<Option<FamilyDelete>, SoftDeleteError> {
        let tables = &self.shared.tables;
        let family =
            |trashed: &Trashed| Some((family_of(&tables[trashed.table])?, trashed.clone()));
        let Some((root, trashed)) = plan.trashed.iter().find_map(family) else {
            return Ok(None);
        };
        let refuse = |construct: &str, remedy| {
            Err(SoftDeleteError::NotScopable {
                table: Graph::registered().member(root).name(),
                construct: format!("{}{construct}", Graph::registered().names_delete(root)),
                remedy,
            })
        };
        if plan.statements > 1 {
            return refuse(", among other statements,", "send it by itself");
        }
        if plan.trashed.iter().any(|other| *other != plan.trashed[0]) {
            return refuse(
                ", from several tables at once,",
                "write a statement for each of the tables",
            );
        }
        let graph = Graph::registered();
        let plan = match (trashed.schema, tables[trashed.table].key().0) {
            (Some(named), None) => {
                FamilyDelete::plan(graph.in_schema(&named), root, operation, backend)?
            }
            (None, Some(_)) => {
                FamilyDelete::plan(graph, root, operation, backend)?.with_schema_assumed()
            }
            _ => FamilyDelete::plan(graph, root, operation, backend)?,
        };
        Ok(Some(plan))
    }

    /// A table for which the plan adds values.
    fn table_of(&self, plan: &Plan) -> &str {
        let id = plan.binds.first().map(|bind| match bind.value {
            Bound::Live(table) | Bound::Stamp(table, _) | Bound::Scope(table, _) => table,
        });
        let table = id.and_then(|id| self.shared.tables.get(id));
        table.map_or(ANY_TABLE, |table| table.key().1)
    }
}

/// The entity of a table, if its rows have children.
fn family_of(table: &ScopedTable) -> Option<NodeId> {
    if !table.is_of_soft_entity() {
        return None;
    }
    let (schema, name) = table.key();
    let graph = Graph::registered();
    let node = graph.node_of(&(schema.map(str::to_owned), name.to_owned()))?;
    graph.concerns_others(node).then_some(node)
}

/// The values that a statement binds.
pub(super) fn values_of(statement: &Statement) -> &[Value] {
    let values = statement.values.as_ref();
    values.map_or(&[], |values| &values.0)
}

fn report(sql: &str, plan: &Plan) {
    if plan.names_marker {
        tracing::info!(
            call_site = call_site(),
            sql,
            sent = plan.sql,
            "a statement names the marker of soft-deletable tables, which lifts their scope",
        );
    } else if plan.is_lifted {
        tracing::info!(
            sql,
            sent = plan.sql,
            "a statement lifts the scope of soft-deletable tables",
        );
    } else {
        tracing::debug!(sql, sent = plan.sql, "a statement is scoped");
    }
}

/// Which added values are written into the text. Stamps contain user input, and are bound where
/// possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    Nothing,
    LiveValues,
    /// All but stamps.
    OfScopes,
    Everything,
}

impl Spelling {
    fn has(self, bind: &Bind) -> bool {
        match self {
            Self::Nothing => false,
            Self::LiveValues => matches!(bind.value, Bound::Live(_)),
            Self::OfScopes => !matches!(bind.value, Bound::Stamp(..)),
            Self::Everything => true,
        }
    }
}

/// The statement's own values, and between them the values of the plan that are bound, each in its
/// position.
fn merged(plan: &Plan, own: Vec<Value>, added: Vec<Value>, spelling: Spelling) -> Values {
    let mut values = Vec::with_capacity(own.len() + added.len());
    let mut own = own.into_iter().enumerate().peekable();
    let bound = plan.binds.iter().zip(added);
    for (bind, value) in bound.filter(|(bind, _)| !spelling.has(bind)) {
        while let Some((_, value)) = own.next_if(|(index, _)| *index < bind.behind as usize) {
            values.push(value);
        }
        values.push(value);
    }
    values.extend(own.map(|(_, value)| value));
    Values(values)
}

/// Which added values are written into the text of a prepared statement that has `own` values.
///
/// A definition cannot bind values. A statement with as many values as the database binds has no room
/// for more. And MySQL 9 optimises away a derived table or common table expression that nothing reads,
/// and gives a value in it no type: SQLx does not know this type, and waits for an answer that it has
/// lost.
fn spelling(plan: &Plan, own: usize, backend: DbBackend) -> Spelling {
    let most = bound::most(backend);
    let has_no_room = own <= most && own + plan.binds.len() > most;
    if has_no_room || (plan.is_definition && own == 0) {
        return Spelling::Everything;
    }
    let has = |spelling: Spelling| plan.binds.iter().any(|bind| spelling.has(bind));
    match backend {
        DbBackend::MySql if plan.has_derived_table && has(Spelling::OfScopes) => Spelling::OfScopes,
        DbBackend::MySql if has(Spelling::LiveValues) => Spelling::LiveValues,
        _ => Spelling::Nothing,
    }
}

/// The text with its added values written into it, for a statement that cannot bind them.
fn spell_out(plan: &Plan, values: &[Value], spelling: Spelling, backend: DbBackend) -> String {
    let mut sql = String::with_capacity(plan.sql.len() + values.len() * 32);
    let mut at = 0;
    let added = plan.binds.iter().zip(values);
    for (bind, value) in added.filter(|(bind, _)| spelling.has(bind)) {
        let (start, end) = bind.placeholder;
        sql.push_str(plan.sql.get(at..start).unwrap_or_default());
        sql.push_str(&literal::as_sent(value, backend));
        at = end;
    }
    sql.push_str(plan.sql.get(at..).unwrap_or_default());
    sql
}

/// The values that one statement writes into the rows that it trashes: one operation for all of its
/// tables.
#[derive(Default)]
struct Stamps {
    operation: Option<NewOperation>,
    of_tables: Vec<(TableId, Vec<Value>)>,
}

impl Stamps {
    fn of(
        &mut self,
        shared: &Shared,
        table: TableId,
        backend: DbBackend,
    ) -> Result<&[Value], SoftDeleteError> {
        let known = self.of_tables.iter().position(|(id, _)| *id == table);
        let index = match known {
            Some(index) => index,
            None => {
                let operation = self
                    .operation
                    .get_or_insert_with(|| NewOperation::begin(Attribution::default()));
                let values = shared.tables[table].stamps(operation, backend)?;
                self.of_tables.push((table, values));
                self.of_tables.len() - 1
            }
        };
        Ok(&self.of_tables[index].1)
    }
}
