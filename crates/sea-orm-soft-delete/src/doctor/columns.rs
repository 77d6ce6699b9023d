//! Checks that the columns of soft delete exist and have the right form.

mod changes;

use sea_orm::DbBackend;

use crate::doctor::conversion::converted;
use crate::doctor::examination::{Examination, Subject, keeps_microseconds};
use crate::doctor::families::is_in_family;
use crate::doctor::finding::{Finding, FindingCode, Remedy, Severity};
use crate::doctor::sqlite_rebuild::ANEW;
use crate::doctor::types::Kind;
use crate::entity::any_columns::{DescribedColumn, Role};
use crate::entity::marker::MarkerStorage;
use crate::schema::catalogue::Column;
use crate::schema::predicate::State;
use crate::schema::sql::{quote, statement_text};
use crate::schema::table::SchemaColumn;
use crate::schema::types::precise;

pub(super) fn check(examination: &mut Examination<'_>) {
    for subject in examination.present() {
        for described in subject.member.described_columns() {
            let column = Described {
                subject: &subject,
                backend: examination.backend,
                described,
                is_in_family: is_in_family(examination, subject.node),
            };
            examination.findings.extend(column.findings());
        }
    }
}

/// A column as its entity describes it.
struct Described<'a> {
    subject: &'a Subject<'a>,
    backend: DbBackend,
    described: DescribedColumn,
    is_in_family: bool,
}

impl Described<'_> {
    fn findings(&self) -> Vec<Finding> {
        let Some(column) = self.subject.column(&self.described.name) else {
            return vec![self.missing()];
        };
        if let Some(generated) = self.generated(column) {
            return vec![generated];
        }
        let mut findings = Vec::new();
        let mistyped = self.mistyped(column);
        let is_typed = mistyped.is_none();
        findings.extend(mistyped);
        match self.described.role {
            Role::Marker => {
                findings.extend(self.nullable(column));
                findings.extend(self.writes_itself(column));
                if is_typed {
                    findings.extend(self.default(column));
                    findings.extend(self.imprecise(column));
                    findings.extend(self.ends(column));
                }
            }
            Role::UpdatedAt | Role::Hold => {}
            _ => findings.extend(self.companion_not_null(column)),
        }
        findings
    }

    fn is_marker(&self) -> bool {
        self.described.role == Role::Marker
    }

    fn is_null_live(&self) -> bool {
        matches!(
            self.subject.schema.storage(),
            MarkerStorage::Nullable { .. } | MarkerStorage::NullableEpoch { .. }
        )
    }

    /// `note.deleted_at`, for messages.
    fn path(&self) -> String {
        format!("`{}.{}`", self.subject.name(), self.described.name)
    }

    fn schema_column(&self) -> Option<&SchemaColumn> {
        self.subject.schema.column_for(self.described.role)
    }

    fn missing(&self) -> Finding {
        let (code, what) = match self.described.role {
            Role::Marker => (FindingCode::MarkerMissing, "its marker"),
            Role::Operation => (FindingCode::CompanionMissing, "the id of an operation"),
            Role::DeletedBy => (FindingCode::CompanionMissing, "who deletes"),
            Role::Reason => (FindingCode::CompanionMissing, "why a row was deleted"),
            Role::UpdatedAt => (FindingCode::CompanionMissing, "when a row last changed"),
            Role::PurgeAt => (
                FindingCode::CompanionMissing,
                "when a purge may remove a row",
            ),
            Role::Hold => (FindingCode::CompanionMissing, "legal holds"),
        };
        let message = format!(
            "the column {} is not there, which the entity has for {what}: its verbs fail",
            self.path()
        );
        if let Some(column) = self.subject.table.column(&self.described.name) {
            let [from, to] =
                [&column.name, &self.described.name].map(|name| quote(self.backend, name));
            let table = self.subject.schema.path(self.backend);
            let message =
                format!("{message}. There is {from}, which is another name to PostgreSQL");
            let remedy = Remedy::advice("rename the column, or name it in the entity as it is")
                .statements([format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to}")]);
            return code.error(self.subject.name(), message, remedy);
        }
        let add = self
            .schema_column()
            .and_then(|column| self.subject.schema.change(column, None, self.backend));
        let remedy = match add {
            Some(add) => Remedy::advice("add the column")
                .call(format!("{}.add_columns(&db).await?", self.subject.helper()))
                .statements([statement_text(&add, self.backend)]),
            None => Remedy::advice(
                "add the column in a migration, or take `#[soft_delete(updated_at)]` off the field",
            ),
        };
        code.error(self.subject.name(), message, remedy)
    }

    fn mistyped(&self, column: &Column) -> Option<Finding> {
        let kind = Kind::of(&self.described.value)?;
        if kind.fits(&column.type_name, self.backend) {
            return None;
        }
        let code = match self.is_marker() {
            true => FindingCode::MarkerMistyped,
            false => FindingCode::CompanionMistyped,
        };
        let message = format!(
            "the column {} is of type `{}`, and the entity's field is {}",
            self.path(),
            column.type_name,
            kind.name()
        );
        let advice = "give the column the field's type, or the field the column's";
        let converted = self.schema_column().and_then(|schema_column| {
            converted(self.subject, schema_column, column, kind, self.backend)
        });
        let remedy = match (converted, self.backend) {
            (_, DbBackend::Sqlite) => Remedy::advice(format!("{advice}. {ANEW}")),
            (Some(converted), _) => Remedy::advice(advice)
                .statements(self.in_utc(column))
                .statements([converted]),
            (None, _) => Remedy::advice(format!(
                "{advice}. What its values mean in the other type, the database cannot know: add a column, \
                 fill it, drop this one and rename that one"
            )),
        };
        Some(code.error(self.subject.name(), message, remedy))
    }

    fn nullable(&self, column: &Column) -> Option<Finding> {
        let (path, name) = (self.path(), quote(self.backend, &self.described.name));
        match (self.is_null_live(), column.is_nullable) {
            (true, false) => Some(FindingCode::MarkerNotNull.error(
                self.subject.name(),
                format!(
                    "the marker {path} is NOT NULL, and NULL is what says that a row is live: no row \
                     can be live"
                ),
                self.to_be_null(column),
            )),
            (false, true) => {
                let (live, table) = (self.live(), self.subject.schema.path(self.backend));
                let advice = format!("make it NOT NULL, with {live} as its default");
                let definition = format!("NOT NULL DEFAULT {live}");
                let default = format!("SET DEFAULT {live}");
                let mut remedy =
                    self.altered(&advice, column, &definition, &[&default, "SET NOT NULL"]);
                if !remedy.statements.is_empty() {
                    let fill = format!("UPDATE {table} SET {name} = {live} WHERE {name} IS NULL");
                    remedy.statements.insert(0, fill);
                }
                Some(FindingCode::MarkerNullable.warning(
                    self.subject.name(),
                    format!(
                        "the marker {path} can be NULL, and a row with NULL is neither live nor \
                         trashed: no verb finds it"
                    ),
                    remedy,
                ))
            }
            _ => None,
        }
    }

    /// Checks for `ON UPDATE CURRENT_TIMESTAMP` of MySQL and MariaDB.
    fn writes_itself(&self, column: &Column) -> Option<Finding> {
        if !column.is_written_on_update {
            return None;
        }
        let to = match self.is_null_live() {
            true => "NULL DEFAULT NULL".to_owned(),
            false => format!("NOT NULL DEFAULT {}", self.live()),
        };
        Some(FindingCode::MarkerWritesItself.error(
            self.subject.name(),
            format!(
                "the marker {} has ON UPDATE CURRENT_TIMESTAMP: each UPDATE of a row that does not name \
                 the marker trashes that row",
                self.path()
            ),
            Remedy::advice("take ON UPDATE off. Rows that were trashed so are to be restored by hand")
                .statements([self.modified(column, &to)]),
        ))
    }

    fn generated(&self, column: &Column) -> Option<Finding> {
        column.generated.as_ref()?;
        // SQLite does not report the expression here.
        let (code, what) = match self.is_marker() {
            true => (FindingCode::MarkerGenerated, "the marker"),
            false => (FindingCode::CompanionMistyped, "the column"),
        };
        let mut advice = "let it be a column like others, that verbs can write".to_owned();
        if self.backend == DbBackend::MySql {
            advice.push_str(
                ". A VIRTUAL column holds no values: drop the column and add it again instead",
            );
        }
        let definition = match (self.is_marker(), self.is_null_live()) {
            (true, false) => format!("NOT NULL DEFAULT {}", self.live()),
            _ => "NULL".to_owned(),
        };
        let mut changes = vec!["DROP EXPRESSION".to_owned()];
        if self.is_marker() && !self.is_null_live() {
            changes.push(format!("SET DEFAULT {}", self.live()));
        }
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        let remedy = self.altered(&advice, column, &definition, &changes);
        Some(code.error(
            self.subject.name(),
            format!(
                "{what} {} is generated from other columns: what a verb writes into it, the database \
                 refuses",
                self.path()
            ),
            remedy,
        ))
    }

    fn default(&self, column: &Column) -> Option<Finding> {
        let path = self.path();
        let remedy = || {
            let advice = "let the default be what live rows hold";
            let set = match self.is_null_live() {
                true => "DROP DEFAULT".to_owned(),
                false => format!("SET DEFAULT {}", self.live()),
            };
            let null = if column.is_nullable {
                "NULL"
            } else {
                "NOT NULL"
            };
            let to = match self.is_null_live() {
                true => "NULL DEFAULT NULL".to_owned(),
                false => format!("{null} DEFAULT {}", self.live()),
            };
            // MariaDB 10.11 keeps the default of a date-time that is SET to NULL.
            match self.backend {
                DbBackend::MySql if !self.is_null_live() => {
                    Remedy::advice(advice).statements([self.alter_column(&[&set])])
                }
                _ => self.altered(advice, column, &to, &[&set]),
            }
        };
        match &column.default {
            Some(default) => {
                let is_trashed = self.subject.marker().born_with(default) == Some(State::Trashed);
                is_trashed.then(|| {
                    FindingCode::MarkerDefault.error(
                        self.subject.name(),
                        format!(
                            "the default of the marker {path} is `{default}`: a row that is inserted \
                             without it is trashed"
                        ),
                        remedy(),
                    )
                })
            }
            None if !self.is_null_live() && !column.is_nullable => {
                Some(FindingCode::MarkerDefaultMissing.note(
                    self.subject.name(),
                    format!(
                        "the marker {path} has no default: an INSERT that does not name it fails, that \
                         of an active model in which it is not set too"
                    ),
                    remedy(),
                ))
            }
            None => None,
        }
    }

    fn imprecise(&self, column: &Column) -> Option<Finding> {
        precise(&column.type_name, self.backend)?;
        let schema_column = self.schema_column()?;
        let is_date_time = Kind::of(&self.described.value).is_some_and(Kind::is_date_time);
        if !is_date_time {
            return None;
        }
        let change = self
            .subject
            .schema
            .change(schema_column, Some(column), self.backend)?;
        let tells_operations =
            !self.subject.member.has_operation_column() && keeps_microseconds(self.subject.member);
        let (severity, then) = match (tells_operations, self.is_in_family) {
            (true, true) => (
                Severity::Error,
                "by which operations are told apart, since the entity has no `operation` column: deletes of its \
                 family are refused",
            ),
            (true, false) => (
                Severity::Warning,
                "by which operations are told apart, since the entity has no `operation` column: deletes of the \
                 same second are one operation in lists of the trash, and every delete is refused as soon as a \
                 policy such as `cascade` or `restrict` makes the entity part of a family",
            ),
            (false, _) => (
                Severity::Warning,
                "so that a row that was deleted and the same row as it is read differ",
            ),
        };
        Some(FindingCode::MarkerImprecise.finding(severity, self.subject.name(),
            format!(
                "the marker {} is of type `{}`, which does not keep the microseconds of an instant, \
                 {then}",
                self.path(),
                column.type_name
            ),
            Remedy::advice("let it keep microseconds")
                .call(format!("{}.add_columns(&db).await?", self.subject.helper()))
                .statements(self.in_utc(column))
                .statements([statement_text(&change, self.backend)]),
        ))
    }

    /// Checks for MySQL's and MariaDB's TIMESTAMP, which ends in 2038.
    fn ends(&self, column: &Column) -> Option<Finding> {
        if self.backend != DbBackend::MySql || !column.type_name.starts_with("timestamp") {
            return None;
        }
        let (severity, code, then) = match self.subject.schema.storage() {
            MarkerStorage::Nullable { .. } => (
                Severity::Note,
                FindingCode::MarkerEnds2038,
                ": from then on a delete fails, or leaves the row live where the server is not strict"
                    .to_owned(),
            ),
            MarkerStorage::Sentinel { live, .. } if live.unix_seconds() > i64::from(i32::MAX) => (
                Severity::Error,
                FindingCode::MarkerMistyped,
                format!(", and {live} is what says that a row is live: no row can be live"),
            ),
            MarkerStorage::Sentinel { .. } => (
                Severity::Note,
                FindingCode::MarkerEnds2038,
                ": from then on a delete fails".to_owned(),
            ),
            _ => return None,
        };
        let message = format!(
            "the marker {} is of type `{}`, which holds instants to 2038{then}",
            self.path(),
            column.type_name
        );
        Some(code.finding(
            severity,
            self.subject.name(),
            message,
            self.to_be_datetime(column),
        ))
    }

    fn companion_not_null(&self, column: &Column) -> Option<Finding> {
        if column.is_nullable {
            return None;
        }
        Some(FindingCode::CompanionNotNull.error(
            self.subject.name(),
            format!(
                "the column {} is NOT NULL, and live rows have NULL in it: a restore fails, and an \
                 INSERT that does not name it",
                self.path()
            ),
            self.to_be_null(column),
        ))
    }
}
