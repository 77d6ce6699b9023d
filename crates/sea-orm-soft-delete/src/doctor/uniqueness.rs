//! Unique indexes that count trashed rows, that enforce nothing, or that the entity does not declare.

use sea_orm::DbBackend;

use crate::doctor::constraints::identity;
use crate::doctor::examination::{Examination, Subject, column, helper, names, spelled, type_name};
use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::doctor::sqlite_rebuild::rebuilt;
use crate::doctor::types::is_uuid;
use crate::entity::any_columns::Role;
use crate::entity::marker::MarkerStorage;
use crate::schema::catalogue::{Catalogue, Index, Table};
use crate::schema::predicate::State;
use crate::schema::rebuild;
use crate::schema::sql::{create_index, kept, name_of};
use crate::schema::unique::{LIVE, UniqueAmongLive};

pub(super) fn check(examination: &mut Examination<'_>) {
    let backend = examination.backend;
    for subject in examination.present() {
        for index in subject.table.indexes.iter().filter(|index| index.is_unique) {
            let unique = Unique::new(examination, &subject, index);
            let findings = unique.finding().into_iter().chain(unique.undeclared());
            examination.findings.extend(findings);
        }
        let misnamed = misnamed(&subject, backend);
        examination.findings.extend(misnamed);
    }
}

/// A unique index of a table.
struct Unique<'a> {
    subject: &'a Subject<'a>,
    index: &'a Index,
    backend: DbBackend,
    catalogue: &'a Catalogue,
    /// Whether replication uses the index to identify rows.
    is_identity: bool,
    /// The columns of required scopes that the index lacks.
    scopes: Vec<String>,
}

/// The remedy that makes a unique index among live rows again, with the columns of the required scopes that it lacks.
/// `None` if it is none, and holds trashed rows on purpose.
pub(super) fn converted_with(
    examination: &Examination<'_>,
    subject: &Subject<'_>,
    index: &Index,
) -> Option<Remedy> {
    let unique = Unique::new(examination, subject, index);
    if unique.judge() != Judgement::Fine {
        return Some(unique.with_identity(unique.conversion()));
    }
    let (schema, backend) = (&subject.schema, examination.backend);
    let is_made = schema
        .unique_among_live(unique.key())
        .is_made(subject.table);
    if !matches!(is_made, Ok(true)) {
        return None;
    }
    let key = unique.key_in_scope();
    let unique_in_scope = schema.unique_among_live(&key);
    let drop = unique.drop();
    let call = format!(
        "{}.unique_among_live({key:?}).create(&db).await?; db.execute_unprepared({drop:?}).await?",
        subject.helper()
    );
    let made = made(&unique_in_scope, subject.table, backend);
    Some(
        Remedy::default()
            .call(call)
            .statements(made)
            .statements([drop]),
    )
}

/// Indexes that have the name of a unique index among live rows, but are not one.
fn misnamed(subject: &Subject<'_>, backend: DbBackend) -> Vec<Finding> {
    let (schema, table) = (&subject.schema, subject.table);
    let mut keys = schema.unique_keys();
    // An index over expressions is left out: its name gives the words of the expressions, but not their
    // spelling.
    let plain = table
        .indexes
        .iter()
        .filter(|index| index.is_unique && index.expressions.is_empty());
    for index in plain {
        let key = key_of(subject, index);
        if !key.is_empty() {
            keys.push(schema.unique_among_live(key));
        }
    }
    let mut names: Vec<String> = Vec::new();
    let mut findings = Vec::new();
    for key in keys {
        let name = kept(key.index_name(), backend).to_owned();
        let Some(index) = table.index(&name).filter(|_| !names.contains(&name)) else {
            continue;
        };
        names.push(name);
        let holds = match (index.is_unique, &index.predicate) {
            (true, Some(predicate)) if subject.marker().excludes_trashed(predicate) => {
                format!("it holds only rows where {predicate}")
            }
            // A separate finding reports an index that holds trashed rows.
            (true, _) => continue,
            (false, _) => "it is not unique".to_owned(),
        };
        if key.is_made(table).is_err() {
            findings.push(FindingCode::UniqueNotEnforced.warning(
                subject.name(),
                format!(
                    "the index `{}` has the name of the one that makes {} unique among live rows, and does \
                     not: {holds}",
                    index.name,
                    spelled(key.columns())
                ),
                Remedy::advice(
                    "make it anew; or give it another name, if it is as it should be, and make the one that \
                     is missing",
                )
                .statements([schema.drop_of(table, index)])
                .statements(made(&key, table, backend)),
            ));
        }
    }
    findings
}

/// The statements that make a unique index among live rows on the existing table.
fn made(key: &UniqueAmongLive, table: &Table, backend: DbBackend) -> impl Iterator<Item = String> {
    let has_column = backend == DbBackend::MySql && table.column(LIVE).is_some();
    key.statements(backend)
        .into_iter()
        .skip(usize::from(has_column))
}

/// The columns of an index without the columns of soft delete.
fn key_of(subject: &Subject<'_>, index: &Index) -> Vec<String> {
    let own = |column: &String| {
        let mut columns = subject.schema.columns().iter();
        column == LIVE || columns.any(|own| own.name.eq_ignore_ascii_case(column))
    };
    let columns = index.parts.iter().flatten();
    columns.filter(|column| !own(column)).cloned().collect()
}

/// The effect of a unique index on trashed rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judgement {
    /// Trashed rows do not conflict with live rows.
    Fine,
    /// A trashed row keeps its values occupied.
    Counts,
    /// One of its columns is NULL in live rows, so that any number of live rows can be equal.
    EnforcesNothing,
}

impl<'a> Unique<'a> {
    fn new(examination: &Examination<'a>, subject: &'a Subject<'a>, index: &'a Index) -> Self {
        let is_identity = |(schema, name): &(String, String)| {
            *schema == subject.table.place.schema && *name == index.name
        };
        let scopes = examination.scopes_crossed(subject.table, index).into_iter();
        Self {
            subject,
            index,
            backend: examination.backend,
            catalogue: examination.catalogue,
            is_identity: examination.replica_identities.iter().any(is_identity),
            scopes: scopes.map(|required| required.column.clone()).collect(),
        }
    }
}

impl Unique<'_> {
    fn finding(&self) -> Option<Finding> {
        match (self.judge(), self.index.is_primary) {
            (Judgement::Fine, _) => None,
            (Judgement::Counts | Judgement::EnforcesNothing, true) => self.natural_key(),
            (Judgement::Counts, false) => Some(self.counts()),
            (Judgement::EnforcesNothing, false) => self.enforces_nothing(),
        }
    }

    /// A key among live rows that the entity does not declare. `None` if the key lacks the column of a scope: another
    /// finding replaces it.
    fn undeclared(&self) -> Option<Finding> {
        if !self.scopes.is_empty() || self.index.is_primary || self.holds_primary_key() {
            return None;
        }
        let key = self.key_among_live()?;
        let is_declared = self.subject.member.unique_keys().iter().any(|declared| {
            // Rows that are equal in all columns are equal in some of them.
            names(declared).iter().all(|column| {
                let mut key = key.iter();
                key.any(|own| self.catalogue.is_same(own, column))
            })
        });
        if is_declared {
            return None;
        }
        let message = format!(
            "the unique index `{}` makes {} unique among live rows, and the entity does not declare it: a preview of a \
             restore does not see that a live row has the values, and the restore fails without naming that row",
            self.index.name,
            spelled(&key)
        );
        let attribute = match key.as_slice() {
            [_] => "unique".to_owned(),
            _ => format!("unique_key = {:?}", key.join("_")),
        };
        let lines = key.iter();
        let lines: Vec<String> = lines
            .map(|column| format!("#[sea_orm({attribute})] // {column}"))
            .collect();
        let remedy = Remedy::advice(match key.len() {
            1 => "declare it on the field of the column",
            _ => "declare it on the field of each column",
        })
        .declare(lines.join("\n"));
        Some(FindingCode::UniqueUndeclared.note(self.subject.name(), message, remedy))
    }

    /// The columns that it makes unique among live rows, and among nothing else. `None` if it does not, or if no
    /// declaration can say it.
    fn key_among_live(&self) -> Option<Vec<String>> {
        let (index, marker) = (self.index, self.subject.marker());
        let is_unreported = index.parts.contains(&None) && index.expressions.is_empty();
        let has_prefix =
            self.backend == DbBackend::MySql && index.rules.iter().any(|rule| !rule.is_empty());
        let is_flag = |sql: &String| marker.is_null_in_trash(sql);
        if is_unreported || has_prefix || !index.expressions.iter().all(is_flag) {
            return None;
        }
        let mut is_among_live = !index.expressions.is_empty();
        if let Some(predicate) = &index.predicate {
            if !marker.is_exactly(State::Live, predicate) {
                return None;
            }
            is_among_live = true;
        }
        let mut key = self.columns();
        key.retain(|name| {
            let column = self.subject.table.column(name);
            let generated = column.and_then(|column| column.generated.as_ref());
            let is_flag = generated.is_some_and(is_flag);
            is_among_live |= is_flag;
            !is_flag
        });
        let known = names(&self.subject.member.columns());
        let is_known = |own: &String| known.iter().any(|name| self.catalogue.is_same(own, name));
        let without_own = self.key();
        let can_be_declared = key
            .iter()
            .all(|name| without_own.contains(name) && is_known(name));
        (is_among_live && !key.is_empty() && can_be_declared).then_some(key)
    }

    fn judge(&self) -> Judgement {
        let marker = self.subject.marker();
        let predicate = self.index.predicate.as_deref();
        if predicate.is_some_and(|predicate| marker.excludes_trashed(predicate)) {
            return Judgement::Fine;
        }
        if self
            .index
            .expressions
            .iter()
            .any(|sql| marker.tells_rows_apart(sql))
        {
            return Judgement::Fine;
        }
        // MySQL may not report an index's expression, which could use the marker.
        if self.index.parts.contains(&None) && self.index.expressions.is_empty() {
            return Judgement::Fine;
        }
        if !self.index.is_primary && self.holds_primary_key() {
            return Judgement::Fine;
        }
        let mut judgement = Judgement::Counts;
        for part in self.columns() {
            let column = column(self.subject.table, &part);
            let generated = column.and_then(|column| column.generated.as_deref());
            let is_telling = generated.is_some_and(|sql| {
                // SQLite does not report the expression of a generated column.
                sql.is_empty() || marker.tells_rows_apart(sql)
            });
            if is_telling {
                return Judgement::Fine;
            }
            match self.judge_column(&part) {
                Judgement::Fine => return Judgement::Fine,
                Judgement::EnforcesNothing => judgement = Judgement::EnforcesNothing,
                Judgement::Counts => {}
            }
        }
        judgement
    }

    /// The effect of having this column in the index.
    fn judge_column(&self, column: &str) -> Judgement {
        let schema = &self.subject.schema;
        let is = |name: &str| name.eq_ignore_ascii_case(column);
        let operation = schema.column_for(Role::Operation);
        let is_operation = operation.is_some_and(|operation| is(&operation.name));
        let null_is_live = match (is(&schema.marker().name), schema.storage()) {
            (false, _) => is_operation,
            (true, MarkerStorage::Epoch { .. } | MarkerStorage::Sentinel { .. }) => {
                return Judgement::Fine;
            }
            (true, MarkerStorage::Flag) => false,
            (true, MarkerStorage::Nullable { .. } | MarkerStorage::NullableEpoch { .. }) => true,
        };
        match (null_is_live, self.index.is_null_equal) {
            (true, true) => Judgement::Fine,
            (true, false) => Judgement::EnforcesNothing,
            (false, _) => Judgement::Counts,
        }
    }

    /// The columns of the index, without expressions.
    fn columns(&self) -> Vec<String> {
        self.index.parts.iter().flatten().cloned().collect()
    }

    /// The columns of the index, without the columns of soft delete.
    fn key(&self) -> Vec<String> {
        key_of(self.subject, self.index)
    }

    /// The same behind the columns of the scopes that the index lacks.
    fn key_in_scope(&self) -> Vec<String> {
        let mut key = self.scopes.clone();
        key.extend(self.key());
        key
    }

    fn advice(&self) -> String {
        match self.scopes.as_slice() {
            [] => "make it unique among live rows".to_owned(),
            scopes => format!(
                "make it unique among the live rows of each {}",
                spelled(scopes)
            ),
        }
    }

    fn holds_primary_key(&self) -> bool {
        let columns = self.columns();
        let mut indexes = self.subject.table.indexes.iter();
        indexes
            .find(|index| index.is_primary)
            .is_some_and(|primary| {
                let mut parts = primary.parts.iter().flatten();
                parts.all(|part| columns.contains(part))
            })
    }

    /// The name for messages.
    fn name(&self) -> String {
        let (name, mut parts) = (&self.index.name, self.columns());
        parts.extend_from_slice(&self.index.expressions);
        let parts = spelled(&parts);
        match name.starts_with("sqlite_autoindex_") {
            true => format!("the UNIQUE over {parts}"),
            false => format!("the unique index `{name}` over {parts}"),
        }
    }

    fn counts(&self) -> Finding {
        let condition = self.index.predicate.as_ref();
        let condition = condition.map_or(String::new(), |sql| format!(", where {sql},"));
        let identity = match self.is_identity {
            true => ". It is the table's REPLICA IDENTITY, which goes with it",
            false => "",
        };
        FindingCode::UniqueCountsTrashed.warning(
            self.subject.name(),
            format!(
                "{}{condition} holds trashed rows too: as long as a row is in the trash, no live row \
                 can have its values{identity}",
                self.name()
            ),
            self.with_identity(self.conversion()),
        )
    }

    /// `None` if another index enforces the uniqueness.
    fn enforces_nothing(&self) -> Option<Finding> {
        let key = self.key();
        let is_enforced = self.subject.table.indexes.iter().any(|other| {
            let unique = Unique {
                index: other,
                scopes: Vec::new(),
                ..*self
            };
            other.is_unique
                && other.name != self.index.name
                && unique.judge() == Judgement::Fine
                && unique.key() == key
        });
        (!is_enforced).then(|| {
            FindingCode::UniqueNotEnforced.warning(
                self.subject.name(),
                format!(
                    "{} lets live rows be equal: one of its columns is NULL in each of them, and NULL \
                     is not equal to NULL",
                    self.name()
                ),
                self.conversion(),
            )
        })
    }

    /// Adds a statement to the remedy that gives replication an identity that stays.
    fn with_identity(&self, mut remedy: Remedy) -> Remedy {
        if self.is_identity && !remedy.statements.is_empty() {
            let statement = format!(
                "ALTER TABLE {} REPLICA IDENTITY {}",
                self.subject.schema.path(self.backend),
                identity(self.subject)
            );
            remedy.advice.push_str(
                ". Run the first statement before the call too, or each UPDATE fails where changes are \
                 published",
            );
            remedy.statements.insert(0, statement);
        }
        remedy
    }

    /// The remedy that makes the same columns unique among live rows.
    fn conversion(&self) -> Remedy {
        let (schema, backend) = (&self.subject.schema, self.backend);
        let key = self.key();
        if key.is_empty() && self.index.expressions.is_empty() {
            if backend == DbBackend::Sqlite && self.index.is_constraint {
                return self.rebuilt_without("drop it", std::iter::empty(), None);
            }
            return Remedy::advice("drop it").statements([self.drop()]);
        }
        let key = self.key_in_scope();
        let mut unique = schema.unique_among_live(&key);
        let mut call = format!("{}.unique_among_live({key:?})", self.subject.helper());
        for expression in &self.index.expressions {
            unique = unique.expression(expression);
            call.push_str(&format!(".expression({expression:?})"));
        }
        if let Some(predicate) = &self.index.predicate {
            return self.conversion_where(&unique, predicate);
        }
        if unique.refuse_foreign_keys(self.catalogue).is_err() {
            return Remedy::advice(
                "let the foreign key that points at it point at the primary key, and examine the database again",
            );
        }
        let is_made = matches!(unique.is_made(self.subject.table), Ok(true));
        let create = made(&unique, self.subject.table, backend).filter(|_| !is_made);
        let is_plain = self.index.expressions.is_empty()
            && self.scopes.is_empty()
            && key.len() == self.index.parts.len();
        if backend == DbBackend::Sqlite && self.index.is_constraint {
            return self.rebuilt_without(&self.advice(), create, is_plain.then_some(call));
        }
        let drop = self.drop();
        let remedy = Remedy::advice(self.advice());
        // If the old index has the new one's name, drop it first.
        let remedy = match kept(unique.index_name(), backend) == self.index.name {
            true => remedy.statements([drop.clone()]).statements(create),
            false => remedy.statements(create).statements([drop.clone()]),
        };
        match is_plain {
            true => remedy.call(format!("{call}.convert(&db).await?")),
            false => remedy.call(format!(
                "{call}.create(&db).await?; db.execute_unprepared({drop:?}).await?"
            )),
        }
    }

    /// The remedy that makes a table of SQLite anew without the UNIQUE.
    fn rebuilt_without(
        &self,
        advice: &str,
        create: impl Iterator<Item = String>,
        call: Option<String>,
    ) -> Remedy {
        let (subject, columns) = (self.subject, self.columns());
        let sql = subject.table.sql.as_deref();
        let anew = sql.and_then(|sql| rebuild::without(sql, &columns));
        let remedy = rebuilt(advice, subject, anew);
        let remedy = remedy.statements(create);
        // The call makes the table anew in a transaction, where foreign keys cannot be turned off.
        match call {
            Some(call) if !rebuild::triggers_actions(&subject.schema, self.catalogue) => {
                remedy.call(format!("{call}.convert(&db).await?"))
            }
            _ => remedy,
        }
    }

    /// The remedy for an index that has a predicate already; no helper makes such an index.
    fn conversion_where(&self, unique: &UniqueAmongLive, predicate: &str) -> Remedy {
        let (schema, backend) = (&self.subject.schema, self.backend);
        let parts = unique.parts(backend).join(", ");
        let name = name_of(&schema.key().1, unique.columns(), "live_some");
        let create = create_index("UNIQUE INDEX", schema.key(), &name, &parts, backend);
        let live = schema.is_live(backend);
        Remedy::advice("let it hold live rows alone").statements([
            format!("{create} WHERE ({predicate}) AND ({live})"),
            self.drop(),
        ])
    }

    fn drop(&self) -> String {
        let schema = &self.subject.schema;
        schema.drop_of(self.subject.table, self.index)
    }

    /// A primary key whose values a user chose.
    fn natural_key(&self) -> Option<Finding> {
        let columns = self.columns();
        if self.is_surrogate(&columns) {
            return None;
        }
        let spelt = spelled(&columns);
        let what = match columns.len() {
            1 => "the primary key",
            _ => "the composite primary key",
        };
        let message = format!(
            "{what} over {spelt} holds trashed rows too: as long as a row is in the trash, an INSERT of \
             its key fails"
        );
        let (member, helper) = (self.subject.member, helper(self.subject.member));
        let remedy = Remedy::advice(format!(
            "bring the trashed row back in place of an INSERT, with `insert_or_revive`; or give the \
             table a key that nobody chooses, and make {spelt} unique among live rows with \
             `{helper}.unique_among_live({columns:?})`"
        ))
        .call(format!("{}::insert_or_revive(model)", type_name(member)));
        Some(FindingCode::KeyCountsTrashed.note(self.subject.name(), message, remedy))
    }

    /// Whether a column of the key is numbered by the database, or is a UUID that belongs to this table.
    fn is_surrogate(&self, columns: &[String]) -> bool {
        let table: &Table = self.subject.table;
        let uuids = self.subject.member.uuid_keys();
        columns.iter().any(|name| {
            let points = |name: &String| {
                let mut keys = table.foreign_keys.iter();
                keys.any(|key| key.columns.contains(name))
            };
            table.column(name).is_some_and(|column| {
                let is_uuid = is_uuid(&column.type_name) || uuids.contains(&column.name);
                column.is_auto_increment || (is_uuid && !points(name))
            })
        })
    }
}
