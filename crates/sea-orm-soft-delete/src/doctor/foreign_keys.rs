//! Foreign keys that bypass soft delete, and foreign keys without a declared relation.

use sea_orm::DbBackend;

use crate::doctor::columns::ANEW;
use crate::doctor::examination::{Examination, Relation, Subject, names, path_from, spelled};
use crate::doctor::finding::{Finding, FindingCode, Remedy, Severity};
use crate::entity::member::TableKey;
use crate::entity::relation::Policy;
use crate::schema::catalogue::{ForeignKey, OnDelete, Place, Table};
use crate::schema::sql::{list, path, quote};

pub(super) fn check(examination: &mut Examination<'_>) {
    for subject in examination.present() {
        for key in &subject.table.foreign_keys {
            let finding = match key.on_delete {
                OnDelete::Refuse | OnDelete::Restrict => holding(examination, &subject, key),
                _ => acting(examination, &subject, key),
            };
            examination.findings.extend(finding);
        }
        undeclared(examination, &subject);
    }
    for relation in examination.relations() {
        let finding = missing(examination, &relation);
        examination.findings.extend(finding);
    }
}

/// A foreign key that removes or changes rows of the table when their parent is removed.
fn acting(
    examination: &Examination<'_>,
    subject: &Subject<'_>,
    key: &ForeignKey,
) -> Option<Finding> {
    let backend = examination.backend;
    let (code, does) = match key.on_delete {
        OnDelete::Refuse | OnDelete::Restrict => return None,
        OnDelete::Cascade => (
            FindingCode::ForeignKeyDestroys,
            "removes the rows that point at it, live and trashed",
        ),
        OnDelete::SetNull | OnDelete::SetDefault => (
            FindingCode::ForeignKeyUnlinks,
            "takes away what the rows that point at it point with, live and trashed",
        ),
    };
    let rule = key.on_delete.as_sql();
    let parent = &key.parent.name;
    let (severity, then) = match removal(examination, subject, key) {
        // A delete of the parent is always physical.
        Removal::Plain => (
            match key.on_delete {
                OnDelete::Cascade => Severity::Error,
                _ => Severity::Warning,
            },
            format!(
                "when a row of `{parent}`, which is not soft-deletable, is deleted, the database {does}, and \
                 no restore brings that back"
            ),
        ),
        Removal::WithItsRows => (
            Severity::Note,
            format!(
                "a force delete of a row of `{parent}` takes its rows along anyway; but when one is removed \
                 past this crate, the database {does}"
            ),
        ),
        Removal::Alone => (
            Severity::Warning,
            format!(
                "when a row of `{parent}` is force-deleted, the database {does}, though no `cascade` says so"
            ),
        ),
    };
    let message = format!(
        "{} over {} has ON DELETE {rule}: {then}",
        named(key),
        spelled(&key.columns),
    );
    let advice = format!("take ON DELETE {rule} off");
    let remedy = match replaced(subject, key, backend) {
        Some(statements) => Remedy::advice(advice).statements(statements),
        None => Remedy::advice(format!("{advice}. {ANEW}")),
    };
    Some(Finding::new(
        severity,
        code,
        subject.name(),
        message,
        remedy,
    ))
}

/// How a parent of a soft-deletable table's rows can be removed.
enum Removal {
    /// By any delete, since the parent is not soft-deletable.
    Plain,
    /// By a force delete, which also removes these rows.
    WithItsRows,
    /// By a force delete, which does not include these rows.
    Alone,
}

fn removal(examination: &Examination<'_>, subject: &Subject<'_>, key: &ForeignKey) -> Removal {
    if examination.entity_at(&key.parent).is_none() {
        return Removal::Plain;
    }
    let graph = examination.graph;
    let falls = graph.up(subject.node).iter().any(|edge| {
        edge.policy == Policy::Cascade
            && examination
                .catalogue
                .is_at(&key.parent, &graph.member(edge.parent).key())
            && is_same(&names(&edge.child_columns), &key.columns)
    });
    match falls {
        true => Removal::WithItsRows,
        false => Removal::Alone,
    }
}

/// A foreign key that blocks the removal of a parent while trashed rows point at it.
fn holding(
    examination: &Examination<'_>,
    subject: &Subject<'_>,
    key: &ForeignKey,
) -> Option<Finding> {
    if !matches!(removal(examination, subject, key), Removal::Plain) {
        return None;
    }
    let parent = &key.parent.name;
    Some(Finding::new(
        Severity::Note,
        FindingCode::TrashHoldsParent,
        subject.name(),
        format!(
            "{} over {} keeps a row of `{parent}` from being deleted as long as trashed rows point at it, \
             though a scoped connection shows none",
            named(key),
            spelled(&key.columns),
        ),
        Remedy::advice(format!(
            "force-delete the trashed rows first, in the same transaction; or make `{parent}` soft-deletable, \
             with `cascade(…)` to this entity"
        )),
    ))
}

/// The key's name for messages; SQLite's foreign keys have no name.
fn named(key: &ForeignKey) -> String {
    match key.name.as_str() {
        "" => "the foreign key".to_owned(),
        name => format!("the foreign key `{name}`"),
    }
}

/// The statements that recreate the foreign key without its ON DELETE action.
fn replaced(subject: &Subject<'_>, key: &ForeignKey, backend: DbBackend) -> Option<Vec<String>> {
    let table = subject.schema.path(backend);
    let name = quote(backend, &key.name);
    match backend {
        DbBackend::Postgres => {
            let definition = without_on_delete(key.definition.as_deref()?, key.on_delete)?;
            Some(vec![format!(
                "ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {definition}"
            )])
        }
        DbBackend::MySql => {
            let on_update = match key.on_update {
                OnDelete::Refuse | OnDelete::Restrict => String::new(),
                action => format!(" ON UPDATE {}", action.as_sql()),
            };
            Some(vec![
                format!("ALTER TABLE {table} DROP FOREIGN KEY {name}"),
                format!(
                    "ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({}) REFERENCES {} \
                     ({}){on_update}",
                    list(backend, &key.columns),
                    path(backend, &key_of(&key.parent)),
                    list(backend, &key.parent_columns),
                ),
            ])
        }
        _ => None,
    }
}

fn key_of(place: &Place) -> TableKey {
    let schema = (!place.is_visible).then(|| place.schema.clone());
    (schema, place.name.clone())
}

/// PostgreSQL's definition of a constraint without its `ON DELETE …`, which can list columns.
fn without_on_delete(definition: &str, rule: OnDelete) -> Option<String> {
    let clause = format!(" ON DELETE {}", rule.as_sql());
    let (before, after) = definition.rsplit_once(&clause)?;
    let after = match after.strip_prefix(" (") {
        Some(columns) => columns.split_once(')')?.1,
        None => after,
    };
    Some(format!("{before}{after}"))
}

/// Foreign keys that point at the table without a declared relation.
fn undeclared(examination: &mut Examination<'_>, subject: &Subject<'_>) {
    let mut findings = Vec::new();
    for child in examination.catalogue.tables() {
        for key in &child.foreign_keys {
            let catalogue = examination.catalogue;
            if catalogue.is_at(&key.parent, subject.schema.key())
                && !is_declared(examination, subject, child, key)
            {
                findings.push(undeclared_finding(examination, subject, child, key));
            }
        }
    }
    examination.findings.extend(findings);
}

fn is_declared(
    examination: &Examination<'_>,
    subject: &Subject<'_>,
    child: &Table,
    key: &ForeignKey,
) -> bool {
    let graph = examination.graph;
    graph.down(subject.node).iter().any(|edge| {
        let member = graph.member(edge.child);
        examination.catalogue.is_at(&child.place, &member.key())
            && is_same(&names(&edge.child_columns), &key.columns)
    })
}

/// Whether both lists have the same columns, in any order.
fn is_same(some: &[String], others: &[String]) -> bool {
    let has = |name: &String| others.iter().any(|other| other.eq_ignore_ascii_case(name));
    some.len() == others.len() && some.iter().all(has)
}

fn undeclared_finding(
    examination: &Examination<'_>,
    subject: &Subject<'_>,
    child: &Table,
    key: &ForeignKey,
) -> Finding {
    let entity = examination.entity_at(&child.place);
    let name = &child.place.name;
    let severity = match (entity, key.on_delete) {
        (Some(_), _) | (None, OnDelete::Cascade) => Severity::Warning,
        _ => Severity::Note,
    };
    let but = match key.on_delete {
        OnDelete::Refuse | OnDelete::Restrict => String::new(),
        rule => format!(
            ", since a soft delete does not trigger ON DELETE {}",
            rule.as_sql()
        ),
    };
    let message = format!(
        "{} of `{name}` over {} points at it, and nothing says what becomes of these rows when a row of \
         `{}` is trashed: they stay as they are{but}",
        named(key),
        spelled(&key.columns),
        subject.name(),
    );
    let (child_type, follow) = match entity {
        Some(member) => (
            Some(path_from(subject.member, member)),
            "`cascade`, so that they are trashed with it",
        ),
        None => (None, "`destroy`, so that they are removed with it"),
    };
    let entity = match &child_type {
        Some(path) => format!("`{path}`"),
        None => format!("the entity of `{name}`, by its path"),
    };
    let remedy = Remedy::advice(format!(
        "say it on the model of `{}`, of {entity}: {follow}; `restrict`, so that it is not deleted while there \
         are any; or `keep`, so that they stay. If SeaORM knows no relation between the two, or several, say \
         which behind it: `on Relation::…`",
        subject.name()
    ));
    let remedy = match child_type {
        Some(path) => remedy.code(format!("#[soft_delete(keep({path}))]")),
        None => remedy,
    };
    Finding::new(
        severity,
        FindingCode::RelationUndeclared,
        subject.name(),
        message,
        remedy,
    )
}

/// A declared relation without a foreign key.
fn missing(examination: &Examination<'_>, relation: &Relation<'_>) -> Option<Finding> {
    // A relation with a condition, such as a polymorphic parent, cannot have a foreign key.
    if relation.edge.condition.is_some() {
        return None;
    }
    let columns = relation.child_columns();
    let parent = relation.parent.key();
    let mut keys = relation.child_table.foreign_keys.iter();
    if keys.any(|key| {
        examination.catalogue.is_at(&key.parent, &parent) && is_same(&columns, &key.columns)
    }) {
        return None;
    }
    let backend = examination.backend;
    let what = match relation.edge.policy {
        Policy::Restrict => "restrict it",
        Policy::Destroy => "are destroyed with it",
        _ => "fall with it",
    };
    let message = format!(
        "no foreign key from {} leads to `{}`, though rows {what}: they can point at rows that are not \
         there",
        spelled(&columns),
        relation.parent.name(),
    );
    let remedy = match backend {
        DbBackend::Sqlite => Remedy::advice(format!("add one. {ANEW}")),
        _ => Remedy::advice("add one").statements([format!(
            "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({})",
            path(backend, &relation.child.key()),
            list(backend, &columns),
            path(backend, &parent),
            list(backend, &relation.parent_columns()),
        )]),
    };
    Some(Finding::new(
        Severity::Note,
        FindingCode::ForeignKeyMissing,
        relation.child.name(),
        message,
        remedy,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_on_delete_action_of_a_constraint_is_removed() {
        for (rule, definition, expected) in [
            (
                OnDelete::Cascade,
                "FOREIGN KEY (a) REFERENCES t(id) ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE",
                "FOREIGN KEY (a) REFERENCES t(id) ON UPDATE CASCADE DEFERRABLE",
            ),
            (
                OnDelete::SetNull,
                "FOREIGN KEY (a, b) REFERENCES t(id, no) ON DELETE SET NULL (b)",
                "FOREIGN KEY (a, b) REFERENCES t(id, no)",
            ),
        ] {
            let without = without_on_delete(definition, rule);
            assert_eq!(without.as_deref(), Some(expected));
        }
    }
}
