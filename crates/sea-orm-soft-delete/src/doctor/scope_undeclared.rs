//! Tables that have the column of a required scope, or rows that belong to rows of one, and are not in the scope.

use crate::default_scope::key::ScopeKey;
use crate::doctor::examination::{Examination, Required, column, spelled};
use crate::doctor::finding::{Finding, FindingCode, Remedy, Severity};
use crate::entity::any_entity::table_name;
use crate::entity::member::archive_of;
use crate::schema::catalogue::{ForeignKey, Table};

/// Reports on the `selected` tables.
pub(super) fn check(examination: &mut Examination<'_>, selected: impl Fn(&Table) -> bool) {
    let examined = &*examination;
    let mut scopes: Vec<ScopeKey> = Vec::new();
    for required in examined.required {
        if !scopes.contains(&required.scope) {
            scopes.push(required.scope);
        }
    }
    let mut findings = Vec::new();
    for table in examined.catalogue.tables() {
        if !selected(table) || table.is_partition || examined.is_archive(table) {
            continue;
        }
        for scope in &scopes {
            let of_scope = examined.required.iter().filter(|it| it.scope == *scope);
            let undeclared = Undeclared {
                examination: examined,
                of_scope: of_scope.collect(),
                table,
            };
            findings.extend(undeclared.finding());
        }
    }
    examination.findings.extend(findings);
}

impl Examination<'_> {
    /// Whether it is the archive of a table. It has the columns of that table, and is read by its verbs alone.
    fn is_archive(&self, table: &Table) -> bool {
        self.graph.soft_nodes().any(|(node, member)| {
            let key = archive_of(&member.key());
            self.graph.archive(node).is_some() && self.catalogue.is_at(&table.place, &key)
        })
    }
}

/// A table beside those of a required scope.
struct Undeclared<'a> {
    examination: &'a Examination<'a>,
    of_scope: Vec<&'a Required<'a>>,
    table: &'a Table,
}

/// What speaks for a table being in the scope.
enum Sign<'a> {
    /// A column that has the values of the scope, as the foreign key or the name says, and the table that has it, too.
    Column(String, &'a Required<'a>),
    /// A foreign key to a table of the scope.
    Child(&'a ForeignKey, &'a Required<'a>),
    /// A foreign key to a table whose rows are the values of the scope, and a table of the scope.
    Value(&'a ForeignKey, &'a Required<'a>),
}

impl<'a> Undeclared<'a> {
    fn finding(&self) -> Option<Finding> {
        let is_declared = |it: &&Required<'_>| it.table.place == self.table.place;
        if self.of_scope.iter().any(is_declared) {
            return None;
        }
        let sign = self.sign()?;
        let (severity, other, because) = match &sign {
            Sign::Column(name, other) => (
                Severity::Warning,
                other,
                format!(
                    "it has the column `{name}`, the scope's in `{}`",
                    other.name()
                ),
            ),
            Sign::Child(key, parent) => (
                Severity::Warning,
                parent,
                format!(
                    "its rows belong to rows of `{}` by {}",
                    parent.name(),
                    spelled(&key.columns)
                ),
            ),
            Sign::Value(key, other) => (
                Severity::Note,
                other,
                format!(
                    "{} points at `{}`, whose rows are the values of the scope",
                    spelled(&key.columns),
                    key.parent.name
                ),
            ),
        };
        let scope = other.scope.name;
        let message = format!(
            "the table is not in the scope `{scope}`, though {because}: a scoped connection reads and writes its rows of \
             every value"
        );
        Some(FindingCode::ScopeUndeclared.finding(
            severity,
            self.name(),
            message,
            self.remedy(&sign, other),
        ))
    }

    fn sign(&self) -> Option<Sign<'a>> {
        self.column()
            .or_else(|| self.child())
            .or_else(|| self.value())
    }

    fn column(&self) -> Option<Sign<'a>> {
        for key in &self.table.foreign_keys {
            let pairs = key.columns.iter().zip(&key.parent_columns);
            for (own, above) in pairs {
                let is_it = |it: &&&Required<'_>| {
                    it.table.place == key.parent && it.is_column(above) && !is_whole_key(it)
                };
                if let Some(other) = self.of_scope.iter().find(is_it) {
                    return Some(Sign::Column(own.clone(), other));
                }
            }
        }
        self.of_scope.iter().find_map(|other| {
            let own = column(self.table, &other.column)?;
            (!is_whole_key(other)).then(|| Sign::Column(own.name.clone(), other))
        })
    }

    fn child(&self) -> Option<Sign<'a>> {
        self.table.foreign_keys.iter().find_map(|key| {
            let mut parents = self.of_scope.iter();
            let parent = parents.find(|it| it.table.place == key.parent && !is_whole_key(it))?;
            Some(Sign::Child(key, parent))
        })
    }

    fn value(&self) -> Option<Sign<'a>> {
        let keys = self.table.foreign_keys.iter();
        let mut keys = keys.filter(|key| key.parent != self.table.place);
        keys.find_map(|key| {
            let points_there = |other: &&&Required<'_>| {
                let is_value = other.table.place == key.parent && is_whole_key(other);
                let mut keys = other.table.foreign_keys.iter();
                is_value
                    || keys.any(|it| {
                        it.parent == key.parent
                            && it.parent_columns == key.parent_columns
                            && matches!(it.columns.as_slice(), [only] if other.is_column(only))
                    })
            };
            Some(Sign::Value(key, self.of_scope.iter().find(points_there)?))
        })
    }

    fn remedy(&self, sign: &Sign<'_>, other: &Required<'_>) -> Remedy {
        let name = self.name();
        let (first, column) = match sign {
            Sign::Column(column, _) => (String::new(), column),
            Sign::Child(key, _) => (
                format!(
                    "add the column `{}`, and give each row the value of its row in `{}`; then ",
                    other.column, key.parent.name
                ),
                &other.column,
            ),
            Sign::Value(key, _) => (String::new(), &key.columns[0]),
        };
        let type_name = other.scope.type_name();
        Remedy::advice(format!(
            "{first}derive `Scoped` for its entity, with this on the field of `{column}`. For a table without an entity, \
             give `ScopedTable::without_trash({name:?}).required({type_name}, {column:?})` to `Scope::builder().table(…)` \
             and to `Doctor::table(…)`. If its rows are for every value on purpose, say so with \
             `Diagnosis::allowing_of(Entity, FindingCode::ScopeUndeclared)`, or `allowing_of_table({name:?}, …)`"
        ))
        .declare(format!("#[scope({type_name})]"))
    }

    /// As its entity names the table, if one is known.
    fn name(&self) -> String {
        let Examination {
            graph, catalogue, ..
        } = self.examination;
        let place = &self.table.place;
        let mut members = graph.nodes().map(|node| graph.member(node));
        let known = members.find(|member| catalogue.is_at(place, &member.key()));
        known.map_or_else(
            || table_name((!place.is_visible).then_some(&place.schema), &place.name),
            |member| member.name(),
        )
    }
}

/// Whether the column of the scope is the primary key, as in the table of the tenants themselves.
fn is_whole_key(required: &Required<'_>) -> bool {
    let mut primary = required
        .table
        .indexes
        .iter()
        .filter(|index| index.is_primary);
    primary.any(|index| matches!(index.parts.as_slice(), [Some(only)] if required.is_column(only)))
}
