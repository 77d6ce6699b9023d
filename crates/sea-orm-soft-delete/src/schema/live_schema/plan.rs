//! How a live schema differs from what it should be.

use sea_orm::ConnectionTrait;

use super::existing::{Existing, Relation, create_schema};
use super::function::Function;
use super::tables::{Tables, search_path};
use super::view::{AFTER, LiveTableView, ON_ROW};
use super::{BACKEND, LiveSchema};
use crate::error::SoftDeleteError;
use crate::schema::predicate::State;
use crate::schema::sql::{kept, list};

/// `pg_trigger.tgtype`: INSTEAD OF DELETE, for each row.
const INSTEAD_OF_DELETE: i64 = 1 + 8 + 64;
/// AFTER DELETE, for each statement.
const AFTER_DELETE: i64 = 8;

/// How a live schema differs from what it should be.
#[derive(Debug)]
pub(crate) struct LiveSchemaPlan {
    /// The statements that create the schema, if there is none.
    pub(crate) create_schema: Vec<String>,
    pub(crate) deviations: Vec<Deviation>,
    /// The statements that drop what is no longer wanted.
    pub(crate) drops: Vec<String>,
}

/// A view that is not as it should be.
#[derive(Debug)]
pub(crate) struct Deviation {
    /// The entity, as messages name it.
    pub(crate) entity: String,
    pub(crate) kind: DeviationKind,
    /// The statements that correct it.
    pub(crate) statements: Vec<String>,
}

/// What is wrong with a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviationKind {
    /// There is none, so that its name means the table.
    Missing,
    /// Its condition, options or triggers differ, so that it may show trashed rows, or a DELETE remove rows.
    Differs(&'static str),
    /// It lacks columns of its table, or has others.
    Stale,
}

impl LiveSchemaPlan {
    pub(crate) async fn read<C: ConnectionTrait>(
        live: &LiveSchema,
        db: &C,
    ) -> Result<Self, SoftDeleteError> {
        live.expect_postgres(db)?;
        let tables = Tables::read(live, db).await?;
        let existing = Existing::read(live, db).await?;
        if existing.version < 140_000 {
            return Err(live.not_changed(
                "a live schema needs PostgreSQL 14".into(),
                "upgrade the server, or use a scoped connection: `db.scoped()`",
            ));
        }
        let mut plan = Self {
            create_schema: Vec::new(),
            deviations: Vec::new(),
            drops: Vec::new(),
        };
        if !existing.has_schema {
            plan.create_schema = create_schema(live);
        }
        let has_invoker = existing.version >= 150_000;
        let mut wanted = Vec::new();
        for base in live.bases(&tables)? {
            let place = &base.table.place;
            let mut protected = existing.protected.iter();
            let is_protected =
                protected.any(|(schema, name)| *schema == place.schema && *name == place.name);
            if is_protected && !has_invoker {
                return Err(base.schema.not_changed(
                    "row-level security protects it, and a view before PostgreSQL 15 reads with the rights of its \
                     owner"
                        .into(),
                    "leave it out of the live schema with `except`, or upgrade to PostgreSQL 15",
                ));
            }
            wanted.push(live.view(base, has_invoker, &tables)?);
        }
        for view in &wanted {
            plan.compare(view, &existing, live)?;
        }
        plan.drop_others(&wanted, &existing, live);
        Ok(plan)
    }

    /// All statements, in their order.
    pub(crate) fn statements(self) -> Vec<String> {
        let changes = self.deviations.into_iter().flat_map(|it| it.statements);
        self.create_schema
            .into_iter()
            .chain(changes)
            .chain(self.drops)
            .collect()
    }

    fn compare(
        &mut self,
        view: &LiveTableView<'_>,
        existing: &Existing,
        live: &LiveSchema,
    ) -> Result<(), SoftDeleteError> {
        let mut relations = existing.relations.iter();
        let relation = relations.find(|relation| relation.name == view.name());
        if let Some(other) = relation.filter(|relation| !relation.is_own) {
            return Err(view.base.schema.not_changed(
                format!("`{}` has another relation `{}`", live.name(), other.name),
                "drop that one, or give the live schema another name",
            ));
        }
        let kind = match relation {
            None => Some(DeviationKind::Missing),
            Some(relation) => view.differs_from(relation, existing, live),
        };
        let Some(kind) = kind else {
            return Ok(());
        };
        let mut statements = Vec::new();
        let mut grants = Vec::new();
        let mut further = Vec::new();
        if let Some(relation) = relation {
            let kept = relation
                .options
                .iter()
                .filter(|option| !view.decides(option));
            further.extend(kept.cloned());
            if !view.columns().starts_with(&relation.columns) {
                statements.push(format!("DROP VIEW {}", live.path(view.name())));
                grants.extend(relation.grants.iter().cloned());
            }
        }
        statements.extend(view.create(live, &further));
        statements.extend(grants);
        statements.extend(view.create_triggers(live));
        self.deviations.push(Deviation {
            entity: view.base.schema.name(),
            kind,
            statements,
        });
        Ok(())
    }

    fn drop_others(
        &mut self,
        wanted: &[LiveTableView<'_>],
        existing: &Existing,
        live: &LiveSchema,
    ) {
        let is_wanted = |name: &str| wanted.iter().any(|view| view.name() == name);
        let views = existing.relations.iter().filter(|relation| relation.is_own);
        let views = views.filter(|view| !is_wanted(&view.name));
        self.drops
            .extend(views.map(|view| format!("DROP VIEW {}", live.path(&view.name))));
        let is_called = |name: &str| {
            let mut functions = wanted.iter().flat_map(|view| [&view.row, &view.after]);
            functions.any(|function| function.name == name)
        };
        let functions = existing.functions.iter();
        let functions = functions.filter(|(name, _, _)| !is_called(name));
        self.drops
            .extend(functions.map(|(name, _, _)| format!("DROP FUNCTION {}()", live.path(name))));
    }
}

impl LiveTableView<'_> {
    fn differs_from(
        &self,
        relation: &Relation,
        existing: &Existing,
        live: &LiveSchema,
    ) -> Option<DeviationKind> {
        let differs = DeviationKind::Differs;
        if !relation.is_view || !self.shows_live_rows(relation) {
            return Some(match self.columns() == relation.columns {
                true => differs("its query is not that of the live rows"),
                false => DeviationKind::Stale,
            });
        }
        let has = |option: &&str| relation.options.iter().any(|other| other == option);
        if !self.options.iter().all(&has) {
            return Some(differs(
                "its options `check_option` and `security_invoker` differ",
            ));
        }
        let is_called = |function: &Function| {
            let mut functions = existing.functions.iter();
            functions.any(|(name, source, runs_as_owner)| {
                *name == function.name
                    && source.trim() == function.body.trim()
                    && *runs_as_owner == function.runs_as_owner()
            })
        };
        for (name, kind, function) in [
            (ON_ROW, INSTEAD_OF_DELETE, &self.row),
            (AFTER, AFTER_DELETE, &self.after),
        ] {
            let Some(trigger) = relation.trigger(name) else {
                return Some(differs(
                    "a trigger is missing, so that a DELETE removes rows for good or not all of them",
                ));
            };
            let (schema, called) = &trigger.function;
            let is_it = schema == kept(live.name(), BACKEND) && *called == function.name;
            if trigger.kind != kind || !trigger.is_enabled || !is_it {
                return Some(differs("a trigger is disabled or another one"));
            }
            if !is_called(function) {
                return Some(differs(
                    "the function of a trigger differs from what the entities declare",
                ));
            }
        }
        None
    }

    /// Whether the view shows exactly the live rows, with all columns.
    fn shows_live_rows(&self, relation: &Relation) -> bool {
        let place = &self.base.table.place;
        let [read] = relation.bases.as_slice() else {
            return false;
        };
        if read.schema != place.schema || read.name != place.name {
            return false;
        }
        let query = relation.query.trim_end_matches(';');
        let mut conditions = read
            .queries
            .iter()
            .filter_map(|begin| query.strip_prefix(begin.as_str()));
        let marker = self.base.schema.marker_in(self.base.table);
        conditions.any(|condition| marker.is_exactly(State::Live, once(condition)))
            && self.columns() == relation.columns
    }

    /// The columns of the table, each with its type.
    fn columns(&self) -> Vec<String> {
        let columns = self.base.table.columns.iter();
        columns
            .map(|column| format!("{} {}", column.name, column.declared))
            .collect()
    }

    /// Whether the live schema sets this option.
    fn decides(&self, option: &str) -> bool {
        let name = option.split('=').next();
        matches!(name, Some("check_option" | "security_invoker"))
    }
}

/// The condition X of `((X) AND (X))`, which a scoped connection makes of X.
fn once(condition: &str) -> &str {
    let parts = || {
        let both = condition.strip_prefix('(')?.strip_suffix(')')?;
        let middle = both.len().checked_sub(" AND ".len())? / 2;
        let (first, rest) = both.split_at_checked(middle)?;
        (rest.strip_prefix(" AND ") == Some(first)).then_some(first)
    };
    parts().unwrap_or(condition)
}

impl LiveSchema {
    /// The search path that the connection should have. `None` if it looks up names in the live schema first.
    pub(crate) async fn search_path_to_set<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Option<Vec<String>>, SoftDeleteError> {
        let own = kept(self.name(), BACKEND).to_owned();
        let mut search_path = match db.get_database_backend() {
            BACKEND => search_path(db).await?,
            _ => return Ok(None),
        };
        if search_path.first() == Some(&own) {
            return Ok(None);
        }
        search_path.retain(|schema| *schema != own);
        search_path.insert(0, own);
        Ok(Some(search_path))
    }

    /// The statement that sets the search path of a session.
    pub(crate) fn set_search_path(&self, search_path: &[String]) -> String {
        format!("SET search_path = {}", list(BACKEND, search_path))
    }
}

#[cfg(test)]
mod tests {
    use super::once;

    #[test]
    fn a_condition_that_stands_twice_is_read_once() {
        for (condition, expected) in [
            ("((a IS NULL) AND (a IS NULL))", "(a IS NULL)"),
            (
                "((a IS NULL) AND (b IS NULL))",
                "((a IS NULL) AND (b IS NULL))",
            ),
            ("(a IS NULL)", "(a IS NULL)"),
            ("(ü)", "(ü)"),
            ("", ""),
        ] {
            assert_eq!(once(condition), expected, "of {condition}");
        }
    }
}
