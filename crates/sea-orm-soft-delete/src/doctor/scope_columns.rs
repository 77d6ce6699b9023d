//! Checks the columns of required scopes, the indexes over them, and the names of scopes.

use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, IntoIden, Table as TableStatement, TableRef};

use crate::default_scope::entity::ScopeRule;
use crate::doctor::conversion::{commented, is_converted_by_mysql, using};
use crate::doctor::examination::{Examination, Required, Subject, helper};
use crate::doctor::families::table_missing;
use crate::doctor::finding::{Finding, FindingCode, Remedy, Severity};
use crate::doctor::indexes::serves;
use crate::doctor::sqlite_rebuild::{ANEW, rebuilt_table};
use crate::doctor::types::{Kind, is_uuid, without_parentheses};
use crate::entity::any_entity::table_name;
use crate::entity::member::TableKey;
use crate::family::Graph;
use crate::query::scoped_table::ScopedTable;
use crate::schema::catalogue::{Catalogue, Column, Table};
use crate::schema::redefine::{redefined, without_nocase};
use crate::schema::sql::{create_index, name_of, path, quote, statement_text};
use crate::schema::types::type_for;

/// The required scopes of these tables, as far as the tables exist.
pub(super) fn required<'a>(
    tables: &[(ScopedTable, bool)],
    graph: &'static Graph,
    catalogue: &'a Catalogue,
) -> Vec<Required<'a>> {
    let mut all = Vec::new();
    for (scoped, is_examined) in tables {
        let key = key_of(scoped);
        let Some(table) = catalogue.table(&key) else {
            continue;
        };
        for scope in scoped.scopes() {
            let ScopeRule::Value(column) = &scope.rule else {
                continue;
            };
            let columns = scoped.entity().into_iter().flat_map(|it| it.columns());
            let mut columns = columns.filter(|known| known.as_str() == column);
            let node = graph.node_of(&key);
            all.push(Required {
                scope: scope.key,
                column: column.clone().into_owned(),
                def: columns.next().map(|column| column.def()),
                soft: node.and_then(|node| Subject::of(graph, node, catalogue)),
                key: key.clone(),
                table,
                is_examined: *is_examined,
            });
        }
    }
    all
}

fn key_of(table: &ScopedTable) -> TableKey {
    let (schema, name) = table.key();
    (schema.map(str::to_owned), name.to_owned())
}

/// Reports the tables that do not exist, and returns the names of all that are examined.
pub(super) fn check_presence(
    tables: &[(ScopedTable, bool)],
    examination: &mut Examination<'_>,
) -> Vec<String> {
    let mut names = Vec::new();
    for (table, _) in tables.iter().filter(|(_, is_examined)| *is_examined) {
        let key = key_of(table);
        names.push(table_name(key.0.as_deref(), &key.1));
        // The table of a soft-deletable entity is reported already.
        if !table.is_of_soft_entity() && examination.catalogue.table(&key).is_none() {
            let (schema, name) = table.key();
            examination.find(table_missing(table_name(schema, name)));
        }
    }
    names
}

/// Reports scopes of different types that have one name, to settings and comments.
pub(super) fn check_names(tables: &[(ScopedTable, bool)], examination: &mut Examination<'_>) {
    let scopes = tables.iter().flat_map(|(table, is_examined)| {
        let name = table_name(table.key().0, table.key().1);
        let scopes = table.scopes().iter();
        scopes.map(move |scope| (name.clone(), scope.key, *is_examined))
    });
    let scopes: Vec<_> = scopes.collect();
    for (at, (table, scope, is_examined)) in scopes.iter().enumerate() {
        let same = scopes[..at]
            .iter()
            .find(|(_, other, _)| other != scope && other.name.eq_ignore_ascii_case(scope.name));
        let Some((other_table, other, other_is_examined)) = same else {
            continue;
        };
        if *is_examined || *other_is_examined {
            examination.find(FindingCode::ScopeNamedTwice.error(
                table.clone(),
                format!(
                    "the scope `{}` and the scope `{}` of `{other_table}` are two types with one name: messages, settings \
                     and comments do not tell them apart, and a value for one is none for the other",
                    scope.name, other.name
                ),
                Remedy::advice("use one type for both tables, or give one of the types another `NAME`"),
            ));
        }
    }
}

pub(super) fn check(examination: &mut Examination<'_>) {
    for required in examination.required() {
        let checked = Checked {
            required,
            backend: examination.backend,
            catalogue: examination.catalogue,
        };
        examination.findings.extend(checked.findings());
    }
}

/// The column of a required scope.
struct Checked<'a> {
    required: &'a Required<'a>,
    backend: DbBackend,
    catalogue: &'a Catalogue,
}

impl Checked<'_> {
    fn findings(&self) -> Vec<Finding> {
        let Some(column) = self.required.column() else {
            return vec![self.missing()];
        };
        let mut findings = Vec::new();
        findings.extend(self.mistyped(column));
        findings.extend(self.nullable(column));
        findings.extend(self.ignores_case(column));
        findings.extend(self.unindexed());
        findings
    }

    fn finding(
        &self,
        code: FindingCode,
        severity: Severity,
        message: String,
        remedy: Remedy,
    ) -> Finding {
        code.finding(severity, self.required.name(), message, remedy)
    }

    fn table(&self) -> &Table {
        self.required.table
    }

    fn path(&self) -> String {
        path(self.backend, &self.required.key)
    }

    fn quoted(&self) -> String {
        quote(self.backend, &self.required.column)
    }

    /// `note.tenant_id`, with the scope, for messages.
    fn what(&self) -> String {
        format!(
            "`{}.{}` of the scope `{}`",
            self.required.name(),
            self.required.column,
            self.required.scope.name
        )
    }

    fn missing(&self) -> Finding {
        let message = format!(
            "the column {} is not there: a statement of a scoped connection that names the table fails or, on SQLite, \
             finds nothing",
            self.what()
        );
        let add = self.def().map(|mut def| {
            let mut alter = TableStatement::alter();
            let alter = alter.table(self.table_ref()).add_column(def.null());
            statement_text(alter, self.backend)
        });
        let remedy =
            Remedy::advice("add the column, give each row its value, and make the column NOT NULL")
                .statements(add.into_iter().chain([self.create_index()]));
        self.finding(
            FindingCode::ScopeColumnMissing,
            Severity::Error,
            message,
            remedy,
        )
    }

    /// The column in a statement, by its type in the entity.
    fn def(&self) -> Option<ColumnDef> {
        let column_type = type_for(self.required.def.as_ref()?.get_column_type(), self.backend);
        let name = self.required.column.clone();
        Some(ColumnDef::new_with_type(name.into_iden(), column_type))
    }

    fn table_ref(&self) -> TableRef {
        let (schema, table) = self.required.key.clone();
        match schema {
            Some(schema) => (schema.into_iden(), table.into_iden()).into(),
            None => table.into_iden().into(),
        }
    }

    fn mistyped(&self, column: &Column) -> Option<Finding> {
        let kind = Kind::of_type(self.required.def.as_ref()?.get_column_type())?;
        if kind.fits(&column.type_name, self.backend) {
            return None;
        }
        let message = format!(
            "the column {} is of type `{}`, and the entity's field is {}: the value of the scope does not fit it",
            self.what(),
            column.type_name,
            kind.name()
        );
        let advice = "give the column the field's type, or the field and the scope the column's";
        let remedy = match self.backend {
            DbBackend::Sqlite => Remedy::advice(format!("{advice}. {ANEW}")),
            _ => Remedy::advice(advice).statements(self.retyped(column, kind)),
        };
        Some(self.finding(
            FindingCode::ScopeColumnMistyped,
            Severity::Error,
            message,
            remedy,
        ))
    }

    /// `None` if the database or a foreign key forbids it, or if no conversion is known to keep the meaning of the values.
    fn retyped(&self, column: &Column, kind: Kind) -> Option<String> {
        // SQLite has no such statement, and sea-query panics when it builds one.
        if self.backend == DbBackend::Sqlite || self.is_in_foreign_key() {
            return None;
        }
        let from = without_parentheses(&column.type_name);
        let mut def = self.def()?;
        match column.is_nullable {
            true => def.null(),
            false => def.not_null(),
        };
        let mut alter = TableStatement::alter();
        let alter = alter.table(self.table_ref()).modify_column(&mut def);
        let retype = statement_text(alter, self.backend);
        match self.backend {
            DbBackend::MySql => {
                is_converted_by_mysql(kind, &from).then(|| commented(retype, column))
            }
            _ => {
                let using = using(kind, &from, &self.quoted(), None)?;
                let (_, type_name) = retype.split_once(" TYPE ")?;
                let type_name = type_name
                    .split_once(", ALTER")
                    .map_or(type_name, |(it, _)| it);
                let name = self.quoted();
                Some(format!(
                    "ALTER TABLE {} ALTER COLUMN {name} DROP DEFAULT, ALTER COLUMN {name} TYPE {type_name} USING {}",
                    self.path(),
                    using.replace("{type}", type_name)
                ))
            }
        }
    }

    fn nullable(&self, column: &Column) -> Option<Finding> {
        if !column.is_nullable {
            return None;
        }
        // The field says that rows without a value are meant.
        let is_meant = self.required.def.as_ref().is_some_and(|def| def.is_null());
        let (severity, but) = match is_meant {
            true => (Severity::Note, ", as its field says"),
            false => (Severity::Warning, ""),
        };
        let message = format!(
            "the column {} can be NULL{but}: a row with NULL is in the scope of no value, and only `across` reaches it",
            self.what()
        );
        let remedy = self.redefined(
            "give the rows with NULL, which the query lists, a value; then make the column NOT NULL",
            column,
            "NOT NULL",
        );
        let query = format!(
            "SELECT * FROM {} WHERE {} IS NULL",
            self.path(),
            self.quoted()
        );
        let remedy = remedy.query(query);
        Some(self.finding(FindingCode::ScopeColumnNullable, severity, message, remedy))
    }

    /// The remedy that makes the column NULL or NOT NULL, with its type and default.
    fn redefined(&self, advice: &str, column: &Column, null: &str) -> Remedy {
        let default = column.declared_default.as_ref();
        let default = default.map_or(String::new(), |default| format!(" DEFAULT {default}"));
        match self.backend {
            DbBackend::Sqlite => {
                let create = self.table().sql.as_deref();
                let to = format!("{null}{default}");
                let create = create.and_then(|sql| redefined(sql, &column.name, &to));
                rebuilt_table(advice, &self.required.key, self.table(), create)
            }
            DbBackend::MySql => {
                let to = format!("{} {null}{default}", column.declared);
                Remedy::advice(advice).statements([self.modified(column, &to)])
            }
            _ => Remedy::advice(advice).statements([format!(
                "ALTER TABLE {} ALTER COLUMN {} SET {null}",
                self.path(),
                self.quoted()
            )]),
        }
    }

    fn modified(&self, column: &Column, to: &str) -> String {
        let modify = format!(
            "ALTER TABLE {} MODIFY COLUMN {} {to}",
            self.path(),
            self.quoted()
        );
        commented(modify, column)
    }

    /// A column whose texts are equal to the database where their case alone differs.
    fn ignores_case(&self, column: &Column) -> Option<Finding> {
        // In a UUID, upper and lower case are the same value.
        if is_uuid(&column.type_name) {
            return None;
        }
        let create = self.table().sql.as_deref();
        let without_nocase = create.and_then(|sql| without_nocase(sql, &column.name));
        let collation = column.declared.rsplit_once(" COLLATE ");
        let (collation, exact) = match self.backend {
            DbBackend::Sqlite => ("NOCASE", without_nocase.clone()?),
            DbBackend::MySql => {
                let (before, collation) = collation.filter(|(_, name)| name.ends_with("_ci"))?;
                let charset = before.rsplit_once(" CHARACTER SET ");
                let charset = charset.map_or("utf8mb4", |(_, charset)| charset);
                (collation, format!("{before} COLLATE {charset}_bin"))
            }
            _ if is_citext(&column.type_name) => ("citext", "text".to_owned()),
            _ if column.is_collated_loosely => (
                "nondeterministic",
                format!("{} COLLATE \"default\"", column.declared),
            ),
            _ => return None,
        };
        let message = format!(
            "the column {} compares texts by `{collation}`: the values `acme` and `ACME` are one to the database, and each \
             sees the rows of the other",
            self.what()
        );
        let advice = "compare its values exactly, or use numbers or UUIDs";
        let remedy = match self.backend {
            _ if self.is_in_foreign_key() => Remedy::advice(format!(
                "{advice}. A foreign key has the column: drop the key, change the columns on both of its sides, and add \
                 the key again"
            )),
            DbBackend::Sqlite => {
                rebuilt_table(advice, &self.required.key, self.table(), without_nocase)
            }
            DbBackend::MySql => {
                let null = match column.is_nullable {
                    true => "NULL",
                    false => "NOT NULL",
                };
                let default = column.declared_default.as_ref();
                let default =
                    default.map_or(String::new(), |default| format!(" DEFAULT {default}"));
                let to = format!("{exact} {null}{default}");
                Remedy::advice(advice).statements([self.modified(column, &to)])
            }
            _ => Remedy::advice(advice).statements([format!(
                "ALTER TABLE {} ALTER COLUMN {} TYPE {exact}",
                self.path(),
                self.quoted()
            )]),
        };
        Some(self.finding(
            FindingCode::ScopeIgnoresCase,
            Severity::Warning,
            message,
            remedy,
        ))
    }

    /// Whether a foreign key, of this table or to it, has the column.
    fn is_in_foreign_key(&self) -> bool {
        let own = self.table();
        let has = |columns: &[String]| columns.iter().any(|name| self.required.is_column(name));
        let mut tables = self.catalogue.tables().iter();
        tables.any(|table| {
            table.foreign_keys.iter().any(|key| {
                (table.place == own.place && has(&key.columns))
                    || (key.parent == own.place && has(&key.parent_columns))
            })
        })
    }

    fn unindexed(&self) -> Option<Finding> {
        let columns = [self.required.column.clone()];
        let soft = self.required.soft.as_ref();
        let mut indexes = self.table().indexes.iter();
        let marker = soft.map(Subject::marker);
        if indexes.any(|index| serves(index, &columns, false, marker)) {
            return None;
        }
        let message = format!(
            "no index begins with the column {}, by which each statement of a scoped connection finds its rows: it reads \
             the rows of every value",
            self.what()
        );
        let remedy = Remedy::advice("add an index").statements([self.create_index()]);
        let remedy = match soft {
            Some(subject) => remedy.call(format!(
                "{}.index_live({columns:?}).create(&db).await?",
                helper(subject.member)
            )),
            None => remedy,
        };
        Some(self.finding(
            FindingCode::ScopeUnindexed,
            Severity::Warning,
            message,
            remedy,
        ))
    }

    /// The statement that creates the index: of live rows, if rows can be trashed.
    fn create_index(&self) -> String {
        let column = &self.required.column;
        if let Some(subject) = &self.required.soft {
            let index = subject.schema.index_live([column]);
            let mut statements = index.statements(self.backend);
            return statements.remove(0);
        }
        let name = name_of(&self.required.key.1, &[column], "idx");
        create_index(
            "INDEX",
            &self.required.key,
            &name,
            &self.quoted(),
            self.backend,
        )
    }
}

fn is_citext(type_name: &str) -> bool {
    type_name.rsplit('.').next() == Some("citext")
}
