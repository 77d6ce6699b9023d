//! Views over soft-deletable tables that show trashed rows.
//!
//! The rewriter parses the query of a view like any other statement. It also writes the query of the
//! remedy's new view.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult};

use crate::doctor::examination::{Examination, Subject, places};
use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::entity::key;
use crate::entity::marker::Marker;
use crate::entity::member::TableKey;
use crate::error::SoftDeleteError;
use crate::family::registry;
use crate::query::dialect::dialect;
use crate::query::literal::literal;
use crate::schema::catalogue::{get, rows};
use crate::schema::create_text::tokens;
use crate::schema::sql::{beside, list, quote};
use sql_row_scope::{self as rewrite, Catalog, Lifted, Options, Plan, Rewritten, trash_shown_by};

/// A view as the database reports it.
#[derive(Default)]
struct View {
    /// The name, with the schema unless the unqualified name finds the view.
    key: TableKey,
    query: String,
    /// The text before the query in the statement that recreates the view.
    head: String,
    /// The text after the query.
    tail: String,
    /// The statements to run before that statement; `after` has the statements to run after it.
    before: Vec<String>,
    after: Vec<String>,
    /// Whether the view is materialized, and so cannot be replaced.
    is_materialized: bool,
    /// The tables that the view depends on, if the database reports them: schema and name.
    reads: Option<Vec<(String, String)>>,
}

pub(super) async fn check<C: ConnectionTrait>(
    examination: &mut Examination<'_>,
    schemas: &[String],
    db: &C,
) -> Result<(), SoftDeleteError> {
    let subjects = examination.present();
    let backend = examination.backend;
    let described = registry::scoped_tables();
    let mut tables = Vec::new();
    let mut of = Vec::new();
    for subject in &subjects {
        let (schema, name) = subject.member.key();
        let table = described
            .iter()
            .find(|table| table.key() == (schema.as_deref(), name.as_str()));
        let is_marked = subject.column(&subject.schema.marker().name).is_some();
        if let (Some(table), true) = (table, is_marked) {
            let mut table = table.describe(backend, &[]);
            table.schema = Some(subject.table.place.schema.clone());
            tables.push(table);
            of.push(subject);
        }
    }
    if tables.is_empty() {
        return Ok(());
    }
    let catalog = Catalog::new(dialect(backend), tables);
    let views = match backend {
        DbBackend::Postgres => of_postgres(&of, db).await?,
        DbBackend::MySql => of_mysql(schemas, db).await?,
        _ => of_sqlite(&of, db).await?,
    };
    for view in views {
        examination
            .findings
            .extend(view.findings(&of, &catalog, backend));
    }
    Ok(())
}

impl View {
    fn findings(
        &self,
        subjects: &[&Subject<'_>],
        catalog: &Catalog,
        backend: DbBackend,
    ) -> Vec<Finding> {
        let lifted = Lifted::default();
        let options = Options {
            dialect: dialect(backend),
            catalog,
            lifted: &lifted,
            explicit_marker_wins: false,
        };
        let hides = |table: usize, condition: &str| {
            let subject = subjects.get(table);
            subject.is_some_and(|subject| subject.marker().excludes_trashed(condition))
        };
        // A query that the rewriter cannot parse counts as showing trashed rows.
        let shown = trash_shown_by(&self.query, &options, hides).unwrap_or_else(|_| {
            let all = 0..subjects.len();
            all.filter(|_| self.reads.is_some()).collect()
        });
        let shown = shown.into_iter().filter_map(|table| subjects.get(table));
        let shown = shown.filter(|subject| self.can_read(subject));
        let shown: Vec<&&Subject<'_>> = shown.collect();
        if shown.is_empty() {
            return Vec::new();
        }
        let scoped = match rewrite::rewrite(&self.query, &options) {
            Ok(Rewritten::Scoped(plan)) => spelt(plan, subjects, backend),
            _ => None,
        };
        let remedy = self.remedy(scoped);
        shown
            .into_iter()
            .map(|subject| {
                let (schema, name) = &self.key;
                FindingCode::ViewShowsTrashed.warning(
                    subject.name(),
                    format!(
                        "the view `{}` shows its trashed rows, to a scoped connection too",
                        key::table_name(schema.as_deref(), name)
                    ),
                    remedy.clone(),
                )
            })
            .collect()
    }

    fn can_read(&self, subject: &Subject<'_>) -> bool {
        let place = &subject.table.place;
        self.reads.as_ref().is_none_or(|reads| {
            let mut reads = reads.iter();
            reads.any(|(schema, name)| *schema == place.schema && *name == place.name)
        })
    }

    fn remedy(&self, scoped: Option<String>) -> Remedy {
        let advice = "let its query say that rows are live";
        match scoped {
            Some(query) if !self.is_materialized => {
                let create = format!("{}{query}{}", self.head, self.tail);
                Remedy::advice(advice)
                    .statements(self.before.clone())
                    .statements([create])
                    .statements(self.after.clone())
            }
            Some(_) => Remedy::advice(format!(
                "{advice}: drop it, and make it anew on a scoped connection, with its indexes and grants"
            )),
            None => Remedy::advice(format!(
                "{advice}. It cannot be said here in SQL, since the query could not be read with certainty"
            )),
        }
    }
}

/// The rewritten query with its bound values as literals.
fn spelt(plan: Plan, subjects: &[&Subject<'_>], backend: DbBackend) -> Option<String> {
    let mut sql = plan.sql;
    for bind in plan.binds.iter().rev() {
        let rewrite::Bound::Live(table) = bind.value else {
            return None;
        };
        let storage = subjects.get(table)?.schema.storage();
        let live = literal(Marker::stored((), storage).live_value(), backend);
        sql.replace_range(bind.placeholder.0..bind.placeholder.1, &live);
    }
    Some(sql)
}

fn without_end(query: &str) -> String {
    query.trim().trim_end_matches(';').trim_end().to_owned()
}

async fn of_postgres<C: ConnectionTrait>(
    subjects: &[&Subject<'_>],
    db: &C,
) -> Result<Vec<View>, SoftDeleteError> {
    let (of, values) = places(subjects.iter().copied());
    let sql = format!(
        "SELECT DISTINCT vn.nspname::text AS view_schema, v.relname::text AS view_name, \
                pg_catalog.pg_table_is_visible(v.oid) AS is_visible, \
                v.relkind = 'm' AS is_materialized, pg_catalog.pg_get_viewdef(v.oid) AS query, \
                pg_catalog.array_to_string(v.reloptions, ', ') AS options, \
                n.nspname::text AS table_schema, c.relname::text AS table_name \
         FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_depend d ON d.refobjid = c.oid \
          AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
          AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
         JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid \
         JOIN pg_catalog.pg_class v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm') \
         JOIN pg_catalog.pg_namespace vn ON vn.oid = v.relnamespace \
         WHERE {of} ORDER BY 1, 2, 7, 8"
    );
    let mut views: Vec<View> = Vec::new();
    for row in rows(&sql, values, db).await? {
        let schema: String = get(&row, "view_schema")?;
        let name: String = get(&row, "view_name")?;
        let table = (get(&row, "table_schema")?, get(&row, "table_name")?);
        let is_visible: bool = get(&row, "is_visible")?;
        let key = ((!is_visible).then_some(schema), name);
        if let Some(view) = views.last_mut().filter(|view| view.key == key) {
            view.reads.get_or_insert_default().push(table);
            continue;
        }
        let options: Option<String> = get(&row, "options")?;
        let options = options.filter(|options| !options.is_empty());
        let options = options.map(|options| format!(" WITH ({options})"));
        let path = beside(DbBackend::Postgres, &key, &key.1);
        views.push(View {
            query: without_end(&get::<String>(&row, "query")?),
            head: format!(
                "CREATE OR REPLACE VIEW {path}{} AS ",
                options.unwrap_or_default()
            ),
            is_materialized: get(&row, "is_materialized")?,
            reads: Some(vec![table]),
            key,
            ..View::default()
        });
    }
    Ok(views)
}

async fn of_mysql<C: ConnectionTrait>(
    schemas: &[String],
    db: &C,
) -> Result<Vec<View>, SoftDeleteError> {
    let backend = DbBackend::MySql;
    let further = ", ?".repeat(schemas.len());
    let sql = format!(
        "SELECT CAST(v.table_schema AS CHAR) AS view_schema, CAST(v.table_name AS CHAR) AS view_name, \
                v.table_schema = DATABASE() AS is_visible, \
                CAST(v.view_definition AS CHAR) AS query, CAST(v.check_option AS CHAR) AS checks, \
                CAST(v.definer AS CHAR) AS definer, CAST(v.security_type AS CHAR) AS security, \
                CAST(c.column_name AS CHAR) AS view_column \
         FROM information_schema.views v \
         JOIN information_schema.columns c \
           ON c.table_schema = v.table_schema AND c.table_name = v.table_name \
         WHERE v.table_schema IN (DATABASE(){further}) \
         ORDER BY v.table_schema, v.table_name, c.ordinal_position"
    );
    let values = schemas.iter().map(Into::into).collect();
    let mut views: Vec<(View, Vec<String>)> = Vec::new();
    for row in rows(&sql, values, db).await? {
        let schema: String = get(&row, "view_schema")?;
        let name: String = get(&row, "view_name")?;
        let is_visible = get::<Option<i64>>(&row, "is_visible")? == Some(1);
        let key = ((!is_visible).then_some(schema), name);
        let column: String = get(&row, "view_column")?;
        match views.last_mut() {
            Some((view, columns)) if view.key == key => columns.push(column),
            _ => views.push((mysql_view(key, &row)?, vec![column])),
        }
    }
    let named = views.into_iter().map(|(mut view, columns)| {
        let path = beside(backend, &view.key, &view.key.1);
        let columns = list(backend, &columns);
        view.head = format!("{} VIEW {path} ({columns}) AS ", view.head);
        view
    });
    Ok(named.collect())
}

fn mysql_view(key: TableKey, row: &QueryResult) -> Result<View, SoftDeleteError> {
    let definer: String = get(row, "definer")?;
    let definer = match definer.rsplit_once('@') {
        Some((user, host)) => format!(
            "DEFINER = {}@{} ",
            quote(DbBackend::MySql, user),
            quote(DbBackend::MySql, host)
        ),
        None => String::new(),
    };
    let security: String = get(row, "security")?;
    let checks: String = get(row, "checks")?;
    Ok(View {
        key,
        // Empty for users without the privilege to see it.
        query: without_end(&get::<Option<String>>(row, "query")?.unwrap_or_default()),
        head: format!("CREATE OR REPLACE {definer}SQL SECURITY {security}"),
        tail: match checks.as_str() {
            "LOCAL" | "CASCADED" => format!(" WITH {checks} CHECK OPTION"),
            _ => String::new(),
        },
        ..View::default()
    })
}

async fn of_sqlite<C: ConnectionTrait>(
    subjects: &[&Subject<'_>],
    db: &C,
) -> Result<Vec<View>, SoftDeleteError> {
    let backend = DbBackend::Sqlite;
    let schemas = subjects
        .iter()
        .map(|subject| subject.table.place.schema.as_str());
    let mut views: Vec<View> = Vec::new();
    for schema in schemas.collect::<BTreeSet<_>>() {
        let sql = format!(
            "SELECT v.name AS view_name, v.sql, t.sql AS trigger_sql \
             FROM {schema}.sqlite_master AS v LEFT JOIN {schema}.sqlite_master AS t \
               ON t.type = 'trigger' AND t.tbl_name = v.name COLLATE NOCASE \
             WHERE v.type = 'view' ORDER BY v.name, t.rowid",
            schema = quote(backend, schema)
        );
        for row in rows(&sql, Vec::new(), db).await? {
            let name: String = get(&row, "view_name")?;
            let key = ((schema != "main").then(|| schema.to_owned()), name);
            let trigger: Option<String> = get(&row, "trigger_sql")?;
            if let Some(view) = views.last_mut().filter(|view| view.key == key) {
                view.after.extend(trigger);
                continue;
            }
            let sql: String = get(&row, "sql")?;
            let found = tokens(&sql);
            let mut found = found.iter();
            let Some(begin) = found.find(|token| token.depth == 0 && token.is_word(&sql, "AS"))
            else {
                continue;
            };
            let (head, query) = sql.split_at(begin.range().end);
            views.push(View {
                query: without_end(query),
                head: format!("{head} "),
                before: vec![format!("DROP VIEW {}", beside(backend, &key, &key.1))],
                after: trigger.into_iter().collect(),
                key,
                ..View::default()
            });
        }
    }
    Ok(views)
}
