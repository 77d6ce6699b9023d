//! Unique and foreign keys that lack the column of a required scope, so that rows of several values meet.

use sea_orm::DbBackend;

use crate::doctor::examination::{Examination, Required, names, spelled};
use crate::doctor::finding::{Finding, FindingCode, Remedy, Severity};
use crate::doctor::sqlite_rebuild::{ANEW, rebuilt_table};
use crate::doctor::types::is_uuid;
use crate::doctor::uniqueness::converted_with;
use crate::schema::catalogue::{ForeignKey, Index, OnDelete};
use crate::schema::rebuild;
use crate::schema::redefine::with_constraint;
use crate::schema::sql::{create_index, list, name_of, path, quote};

pub(super) fn check(examination: &mut Examination<'_>) {
    let (examined, mut findings) = (&*examination, Vec::new());
    for required in examined.required() {
        let unique = required
            .table
            .indexes
            .iter()
            .filter(|index| index.is_unique);
        for index in unique {
            let crossed = examined.scopes_crossed(required.table, index);
            if crossed.iter().any(|it| it.scope == required.scope) {
                let unique = Unique {
                    examination: examined,
                    required,
                    index,
                };
                findings.extend(unique.finding());
            }
        }
        for key in &required.table.foreign_keys {
            for parent in examined.parents_in_scope(required, key) {
                let pointing = Pointing {
                    examination: examined,
                    required,
                    parent,
                    key,
                };
                findings.extend(pointing.finding());
            }
        }
    }
    examination.findings.extend(findings);
}

const INTO: &str = "put the column into it";

/// A unique index that lacks the column of a scope.
struct Unique<'a> {
    examination: &'a Examination<'a>,
    required: &'a Required<'a>,
    index: &'a Index,
}

impl Unique<'_> {
    fn finding(&self) -> Option<Finding> {
        let columns = self.columns();
        let table = self.required.table;
        if self.holds_generated_key() {
            return None;
        }
        let severity = match self.holds_random_value() || self.holds_relation() {
            true => Severity::Note,
            false => Severity::Warning,
        };
        let mut parts = columns.clone();
        parts.extend_from_slice(&self.index.expressions);
        let parts = spelled(&parts);
        let what = match (self.index.is_primary, self.index.name.as_str()) {
            (true, _) => format!("the primary key over {parts}"),
            (false, name) if name.starts_with("sqlite_autoindex_") => {
                format!("the UNIQUE over {parts}")
            }
            (false, name) => format!("the unique index `{name}` over {parts}"),
        };
        let message = format!(
            "{what} lacks `{}`, the column of the scope `{}`: a value that a row of one has, no row of another can have, \
             and an INSERT that fails tells that there is such a row",
            self.required.column, self.required.scope.name
        );
        let is_held = self.examination.catalogue.tables().iter().any(|child| {
            let mut keys = child.foreign_keys.iter();
            keys.any(|key| {
                key.parent == table.place
                    && key.parent_columns.len() == self.index.parts.len()
                    && self.index.has_all(&key.parent_columns)
            })
        });
        let allow = "if its values are unique everywhere on purpose, such as tokens, say so with \
                     `Diagnosis::allowing_of(Entity, FindingCode::UniqueAcrossScope)`";
        let remedy = if self.index.is_primary {
            Remedy::advice(format!(
                "give the table a key that nobody chooses, and make {} unique; or {allow}",
                spelled(&self.with_scope())
            ))
        } else if is_held {
            Remedy::advice(format!(
                "let the foreign key that points at it point at the primary key, and examine the database again; or \
                 {allow}"
            ))
        } else {
            let mut remedy = self.converted();
            remedy.advice.push_str(&format!("; or, {allow}"));
            remedy
        };
        let code = FindingCode::UniqueAcrossScope;
        Some(code.finding(severity, self.required.name(), message, remedy))
    }

    /// The columns, without expressions.
    fn columns(&self) -> Vec<String> {
        self.index.parts.iter().flatten().cloned().collect()
    }

    fn with_scope(&self) -> Vec<String> {
        let mut columns = vec![self.required.column.clone()];
        columns.extend(self.columns());
        columns
    }

    /// Whether it holds a whole primary key that the database numbers, so that no two rows can conflict.
    fn holds_generated_key(&self) -> bool {
        let table = self.required.table;
        let mut primary = table.indexes.iter().filter(|index| index.is_primary);
        primary.any(|key| {
            let columns: Vec<&String> = key.parts.iter().flatten().collect();
            let is_generated = |name: &&String| {
                let column = table.column(name);
                column.is_some_and(|column| {
                    column.is_auto_increment
                        || (is_uuid(&column.type_name) && !self.is_in_foreign_key(name))
                })
            };
            columns.iter().any(is_generated) && self.index.has_all(&columns)
        })
    }

    /// Whether it holds a UUID that belongs to this table: the program makes it, and nobody chooses it.
    fn holds_random_value(&self) -> bool {
        let table = self.required.table;
        self.columns().iter().any(|name| {
            let column = table.column(name);
            column.is_some_and(|column| is_uuid(&column.type_name)) && !self.is_in_foreign_key(name)
        })
    }

    fn is_in_foreign_key(&self, name: &String) -> bool {
        let mut keys = self.required.table.foreign_keys.iter();
        keys.any(|key| key.columns.contains(name))
    }

    /// Whether it holds the columns of a declared relation to a row of the same scope, for which there is no foreign key.
    fn holds_relation(&self) -> bool {
        let Examination {
            graph, catalogue, ..
        } = self.examination;
        let Some(subject) = &self.required.soft else {
            return false;
        };
        graph.up(subject.node).iter().any(|edge| {
            let parent = graph.member(edge.parent).key();
            let is_of_parent = |other: &&Required<'_>| {
                other.scope == self.required.scope && catalogue.is_at(&other.table.place, &parent)
            };
            self.index.has_all(&names(&edge.child_columns))
                && self.examination.required.iter().any(|it| is_of_parent(&it))
        })
    }

    /// The remedy that makes the index again, with the column in front.
    fn converted(&self) -> Remedy {
        let Required {
            table, key, soft, ..
        } = self.required;
        if let Some(subject) = soft
            && let Some(remedy) = converted_with(self.examination, subject, self.index)
        {
            return remedy;
        }
        let backend = self.examination.backend;
        let scope = quote(backend, &self.required.column);
        let mut expressions = self.index.expressions.iter();
        let parts = self.index.parts.iter().zip(&self.index.rules);
        let parts = parts.map(|(part, rule)| match part {
            // The length of a prefix.
            Some(column) if backend == DbBackend::MySql && !rule.is_empty() => {
                format!("{}({rule})", quote(backend, column))
            }
            Some(column) => quote(backend, column),
            None => {
                let sql = expressions.next().map_or("", String::as_str);
                match backend {
                    DbBackend::Sqlite => sql.to_owned(),
                    _ => format!("({sql})"),
                }
            }
        });
        let parts: Vec<String> = std::iter::once(scope).chain(parts).collect();
        let name = name_of(&key.1, &self.with_scope(), "key");
        let mut create = create_index("UNIQUE INDEX", key, &name, &parts.join(", "), backend);
        if self.index.is_null_equal {
            create.push_str(" NULLS NOT DISTINCT");
        }
        if let Some(predicate) = &self.index.predicate {
            create.push_str(&format!(" WHERE {predicate}"));
        }
        if backend == DbBackend::Sqlite && self.index.is_constraint {
            let sql = table.sql.as_deref();
            let anew = sql.and_then(|sql| rebuild::without(sql, &self.columns()));
            return rebuilt_table(INTO, key, table, anew).statements([create]);
        }
        let mut statements = vec![create];
        statements.extend(self.index_of_foreign_key());
        statements.push(table.drop_of(key, self.index));
        Remedy::advice(INTO).statements(statements)
    }

    /// MySQL and MariaDB drop no index that a foreign key needs.
    fn index_of_foreign_key(&self) -> Option<String> {
        let Required { table, key, .. } = self.required;
        let backend = self.examination.backend;
        let needs = table.foreign_keys.iter().find(|foreign| {
            let mut others = table.indexes.iter();
            backend == DbBackend::MySql
                && self.index.begins_with(&foreign.columns)
                && !others.any(|other| {
                    other.name != self.index.name && other.begins_with(&foreign.columns)
                })
        })?;
        let name = name_of(&key.1, &needs.columns, "idx");
        let columns = list(backend, &needs.columns);
        Some(create_index("INDEX", key, &name, &columns, backend))
    }
}

/// A foreign key from a table of a scope to a table of the same scope.
struct Pointing<'a> {
    examination: &'a Examination<'a>,
    required: &'a Required<'a>,
    parent: &'a Required<'a>,
    key: &'a ForeignKey,
}

impl Pointing<'_> {
    fn finding(&self) -> Option<Finding> {
        let (own, parent, key) = (self.required, self.parent, self.key);
        let is_kept = own.table.foreign_keys.iter().any(|other| {
            other.parent == key.parent
                && self.keeps_to_scope(other)
                && key.columns.iter().all(|name| other.columns.contains(name))
        });
        if is_kept {
            return None;
        }
        let backend = self.examination.backend;
        let name = match key.name.as_str() {
            "" => "the foreign key".to_owned(),
            name => format!("the foreign key `{name}`"),
        };
        let message = format!(
            "{name} over {} to `{}` lacks `{}`, the column of the scope `{}`, though both tables have the scope: a row can \
             point at a row of another value",
            spelled(&key.columns),
            parent.name(),
            own.column,
            own.scope.name
        );
        let constraint = self.constraint();
        let add = match backend {
            DbBackend::Sqlite => {
                let create = own.table.sql.as_deref();
                let create = create.and_then(|sql| with_constraint(sql, &constraint));
                let remedy = rebuilt_table("", &own.key, own.table, create);
                remedy.statements
            }
            _ => vec![format!(
                "ALTER TABLE {} ADD CONSTRAINT {} {constraint}",
                path(backend, &own.key),
                quote(backend, &name_of(&own.key.1, &self.columns(), "fkey"))
            )],
        };
        let mut advice = "add a foreign key over both columns, which needs a unique key over both in the other table. The \
                          query lists the rows that point at a row of another value: mend them first"
            .to_owned();
        if backend == DbBackend::Sqlite {
            advice.push_str(match add.is_empty() {
                true => ". ",
                false => {
                    ". SQLite has to make the table anew for that: run the statements in one session, outside of a \
                     transaction"
                }
            });
            if add.is_empty() {
                advice.push_str(ANEW);
            }
        }
        if matches!(key.on_delete, OnDelete::SetNull | OnDelete::SetDefault) {
            advice.push_str(
                ". Its ON DELETE is left out, since it would take away the value of the scope, too: MySQL and MariaDB then \
                 refuse to delete a row that is pointed at",
            );
        }
        let remedy = Remedy::advice(advice)
            .statements(parent.unique_key_over(&self.parent_columns()))
            .statements(add)
            .query(self.rows());
        let code = FindingCode::ForeignKeyAcrossScope;
        Some(code.warning(own.name(), message, remedy))
    }

    /// Whether the rows on both sides of this key are of one value of the scope.
    fn keeps_to_scope(&self, key: &ForeignKey) -> bool {
        let mut pairs = key.columns.iter().zip(&key.parent_columns);
        pairs.any(|(own, parent)| self.required.is_column(own) && self.parent.is_column(parent))
    }

    /// The columns of the key, behind that of the scope.
    fn columns(&self) -> Vec<String> {
        let mut columns = vec![self.required.column.clone()];
        columns.extend_from_slice(&self.key.columns);
        columns
    }

    fn parent_columns(&self) -> Vec<String> {
        let mut columns = vec![self.parent.column.clone()];
        columns.extend_from_slice(&self.key.parent_columns);
        columns
    }

    fn constraint(&self) -> String {
        let backend = self.examination.backend;
        let parent = match backend {
            // A foreign key of SQLite stays in its schema, and names none.
            DbBackend::Sqlite => quote(backend, &self.parent.key.1),
            _ => path(backend, &self.parent.key),
        };
        let action = |event: &str, action: OnDelete| match action {
            OnDelete::Cascade => format!(" ON {event} CASCADE"),
            _ => String::new(),
        };
        format!(
            "FOREIGN KEY ({}) REFERENCES {parent} ({}){}{}",
            list(backend, &self.columns()),
            list(backend, &self.parent_columns()),
            action("DELETE", self.key.on_delete),
            action("UPDATE", self.key.on_update),
        )
    }

    /// The query for rows that point at a row of another value.
    fn rows(&self) -> String {
        let (own, parent, backend) = (self.required, self.parent, self.examination.backend);
        let pairs = self.key.columns.iter().zip(&self.key.parent_columns);
        let pairs = pairs.map(|(child, above)| {
            format!("p.{} = c.{}", quote(backend, above), quote(backend, child))
        });
        let pairs: Vec<String> = pairs.collect();
        format!(
            "SELECT c.* FROM {} c JOIN {} p ON {} WHERE p.{} <> c.{}",
            path(backend, &own.key),
            path(backend, &parent.key),
            pairs.join(" AND "),
            quote(backend, &parent.column),
            quote(backend, &own.column)
        )
    }
}
