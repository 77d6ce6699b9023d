//! Foreign keys that bypass soft delete, and foreign keys without a declared relation.

use sea_orm::DbBackend;

use crate::doctor::examination::{Examination, Relation, Subject, names, path_from, spelled};
use crate::doctor::families::keeps_operations;
use crate::doctor::finding::{Finding, FindingCode, Remedy, Severity};
use crate::doctor::sqlite_rebuild::{ANEW, rebuilt};
use crate::entity::member::TableKey;
use crate::entity::relation::Policy;
use crate::family::SoftMember;
use crate::schema::catalogue::{ForeignKey, OnDelete, Place, Table};
use crate::schema::redefine::without_action;
use crate::schema::sql::{list, path, quote};

pub(super) fn check(examination: &mut Examination<'_>) {
    let (examined, mut findings) = (&*examination, Vec::new());
    for subject in examined.present() {
        let key = |child, key| Key {
            examination: examined,
            subject: &subject,
            child,
            key,
        };
        for own in &subject.table.foreign_keys {
            findings.extend(match own.on_delete.is_refusal() {
                true => key(subject.table, own).holding(),
                false => key(subject.table, own).acting(),
            });
        }
        for child in examined.catalogue.tables() {
            let keys = child.foreign_keys.iter();
            findings.extend(keys.filter_map(|own| key(child, own).undeclared()));
        }
    }
    for relation in examined.relations() {
        findings.extend(missing(examined, &relation));
    }
    examination.findings.extend(findings);
}

/// A foreign key of an examined entity, or one that may point at it.
struct Key<'a> {
    examination: &'a Examination<'a>,
    subject: &'a Subject<'a>,
    /// The table that has the key.
    child: &'a Table,
    key: &'a ForeignKey,
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

impl Key<'_> {
    /// A foreign key that removes or changes rows of the table when their parent is removed.
    fn acting(&self) -> Option<Finding> {
        let key = self.key;
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
        let (severity, then) = match self.removal() {
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
        let message = format!("{} has ON DELETE {rule}: {then}", self.name());
        let advice = format!("take ON DELETE {rule} off");
        let remedy = match self.examination.backend {
            DbBackend::Sqlite => {
                let create = self.subject.table.sql.as_deref();
                let create =
                    create.and_then(|sql| without_action(sql, &key.columns, key.on_delete));
                rebuilt(&advice, self.subject, create)
            }
            _ => Remedy::advice(advice).statements(self.replaced().into_iter().flatten()),
        };
        Some(code.finding(severity, self.subject.name(), message, remedy))
    }

    fn removal(&self) -> Removal {
        let Examination {
            catalogue, graph, ..
        } = self.examination;
        let key = self.key;
        if self.examination.entity_at(&key.parent).is_none() {
            return Removal::Plain;
        }
        let falls = graph.up(self.subject.node).iter().any(|edge| {
            edge.policy == Policy::Cascade
                && catalogue.is_at(&key.parent, &graph.member(edge.parent).key())
                && self.has_columns_of(self.subject.table, &names(&edge.child_columns))
        });
        match falls {
            true => Removal::WithItsRows,
            false => Removal::Alone,
        }
    }

    /// A foreign key that blocks the removal of a parent while trashed rows point at it.
    fn holding(&self) -> Option<Finding> {
        if !matches!(self.removal(), Removal::Plain) {
            return None;
        }
        let parent = &self.key.parent.name;
        Some(FindingCode::TrashHoldsParent.note(
            self.subject.name(),
            format!(
                "{} keeps a row of `{parent}` from being deleted as long as trashed rows point at it, \
                 though a scoped connection shows none",
                self.name(),
            ),
            Remedy::advice(format!(
                "force-delete the trashed rows first, in the same transaction; or make `{parent}` soft-deletable, \
                 with `cascade(…)` to this entity"
            )),
        ))
    }

    /// The name for messages; SQLite's foreign keys have no name.
    fn foreign_key(&self) -> String {
        match self.key.name.as_str() {
            "" => "the foreign key".to_owned(),
            name => format!("the foreign key `{name}`"),
        }
    }

    /// The name and the columns for messages.
    fn name(&self) -> String {
        format!("{} over {}", self.foreign_key(), spelled(&self.key.columns))
    }

    /// The statements that recreate the foreign key without its ON DELETE action.
    fn replaced(&self) -> Option<Vec<String>> {
        let backend = self.examination.backend;
        let table = self.subject.schema.path(backend);
        let name = quote(backend, &self.key.name);
        match backend {
            DbBackend::Postgres => {
                let definition =
                    without_on_delete(self.key.definition.as_deref()?, self.key.on_delete)?;
                Some(vec![format!(
                    "ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {definition}"
                )])
            }
            DbBackend::MySql => {
                let on_update = match self.key.on_update {
                    OnDelete::Refuse | OnDelete::Restrict => String::new(),
                    action => format!(" ON UPDATE {}", action.as_sql()),
                };
                Some(vec![
                    format!("ALTER TABLE {table} DROP FOREIGN KEY {name}"),
                    format!(
                        "ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({}) REFERENCES {} \
                         ({}){on_update}",
                        list(backend, &self.key.columns),
                        path(backend, &key_of(&self.key.parent)),
                        list(backend, &self.key.parent_columns),
                    ),
                ])
            }
            _ => None,
        }
    }

    fn is_declared(&self) -> bool {
        let Examination {
            catalogue, graph, ..
        } = self.examination;
        graph.down(self.subject.node).iter().any(|edge| {
            catalogue.is_at(&self.child.place, &graph.member(edge.child).key())
                && self.has_columns_of(self.child, &names(&edge.child_columns))
        })
    }

    /// Whether the key has these columns, and besides them at most that of a scope of both tables.
    fn has_columns_of(&self, table: &Table, columns: &[String]) -> bool {
        is_same(columns, &self.key.columns)
            || is_same(columns, &self.examination.columns_of_rows(table, self.key))
    }

    /// Whether the key's table only links others: its primary key consists of foreign keys, several of them.
    fn is_of_link_table(&self) -> bool {
        let child = self.child;
        let points = |column: &Option<String>| {
            let mut keys = child.foreign_keys.iter();
            keys.any(|key| {
                column
                    .as_ref()
                    .is_some_and(|name| key.columns.contains(name))
            })
        };
        let mut primary = child.indexes.iter().filter(|index| index.is_primary);
        primary.any(|index| index.parts.len() > 1 && index.parts.iter().all(points))
    }

    /// A foreign key that points at the entity without a declared relation.
    fn undeclared(&self) -> Option<Finding> {
        let points = self
            .examination
            .catalogue
            .is_at(&self.key.parent, self.subject.schema.key());
        if !points || self.is_declared() {
            return None;
        }
        let subject = self.subject;
        let member = self.examination.entity_at(&self.child.place);
        let name = &self.child.place.name;
        let is_link = member.is_none() && self.is_of_link_table();
        let severity = match (member, self.key.on_delete) {
            _ if is_link => Severity::Note,
            (Some(_), _) | (None, OnDelete::Cascade) => Severity::Warning,
            _ => Severity::Note,
        };
        let but = match self.key.on_delete {
            OnDelete::Refuse | OnDelete::Restrict => String::new(),
            rule => format!(
                ", since a soft delete does not trigger ON DELETE {}",
                rule.as_sql()
            ),
        };
        let message = format!(
            "{} of `{name}` over {} points at it, and nothing says what becomes of these rows when a row of \
             `{}` is trashed: they stay as they are{but}{link}",
            self.foreign_key(),
            spelled(&self.key.columns),
            subject.name(),
            link = match is_link {
                true => "; a restore needs them, since they are the rows of a link table",
                false => "",
            },
        );
        let child_type = member.map(|member| path_from(subject.member, member));
        let (entity, follow) = match &child_type {
            Some(path) => (
                format!("`{path}`"),
                "`cascade`, so that they are trashed with it",
            ),
            None => (
                format!("the entity of `{name}`, by its path"),
                "`destroy`, so that they are removed with it",
            ),
        };
        let remedy = Remedy::advice(format!(
            "say it on the model of `{}`, of {entity}: {follow}; `restrict`, so that it is not deleted while there \
             are any; or `keep`, so that they stay. If SeaORM knows no relation from it to the other, or several, \
             say which behind it: `on Relation::…`{on}{first}",
            subject.name(),
            on = child_type
                .as_deref()
                .map_or(String::new(), |path| self.on_of_child(path)),
            first = self.operations_first(member),
        ));
        let remedy = match child_type {
            Some(path) => remedy.declare(format!("#[soft_delete(keep({path}))]")),
            None => remedy,
        };
        Some(FindingCode::RelationUndeclared.finding(severity, subject.name(), message, remedy))
    }

    /// How to name the relation if the child alone has it, or neither entity.
    fn on_of_child(&self, child: &str) -> String {
        let module = child.strip_suffix("::Entity").unwrap_or(child);
        let [from, to] = [
            (format!("{module}::"), &self.key.columns),
            (String::new(), &self.key.parent_columns),
        ]
        .map(|(module, columns)| {
            let columns = columns
                .iter()
                .map(|column| format!("{module}Column::{}", variant(column)));
            let columns: Vec<String> = columns.collect();
            match &columns[..] {
                [column] => column.clone(),
                columns => format!("({})", columns.join(", ")),
            }
        });
        format!(
            "; if only the other has it, `on {module}::Relation::…`; if neither has, `on \
             RelationDef::from({child}::belongs_to(Entity).from({from}).to({to}))`"
        )
    }

    /// What the entities lack for a policy.
    fn operations_first(&self, child: Option<&dyn SoftMember>) -> String {
        let members = [Some(self.subject.member as &dyn SoftMember), child].into_iter();
        let lacking = members
            .flatten()
            .filter(|member| !keeps_operations(*member));
        let lacking: Vec<String> = lacking
            .map(|member| format!("`{}`", member.name()))
            .collect();
        match lacking.is_empty() {
            true => String::new(),
            false => format!(
                ". Before any other than `keep`, add `#[soft_delete(operation)] pub operation_id: Option<Uuid>` to {}: \
                 without it, deletes of a family are refused, because the marker does not hold the instant of a \
                 delete to the microsecond",
                lacking.join(" and ")
            ),
        }
    }
}

/// The variant of `Column` for a column: `UserId` for `user_id`.
fn variant(column: &str) -> String {
    let words = column.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    });
    words.collect()
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

/// Whether both lists have the same columns, in any order.
fn is_same(some: &[String], others: &[String]) -> bool {
    let has = |name: &String| others.iter().any(|other| other.eq_ignore_ascii_case(name));
    some.len() == others.len() && some.iter().all(has)
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
        examination.catalogue.is_at(&key.parent, &parent)
            && (is_same(&columns, &key.columns)
                || is_same(
                    &columns,
                    &examination.columns_of_rows(relation.child_table, key),
                ))
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
        _ => {
            let (mut columns, mut parent_columns) = (columns.clone(), relation.parent_columns());
            let unique = examination.scope_of_both(&relation.child.key(), &parent);
            let unique = unique.and_then(|(own, of_parent)| {
                columns.insert(0, own.column.clone());
                parent_columns.insert(0, of_parent.column.clone());
                of_parent.unique_key_over(&parent_columns)
            });
            Remedy::advice("add one")
                .statements(unique)
                .statements([format!(
                    "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({})",
                    path(backend, &relation.child.key()),
                    list(backend, &columns),
                    path(backend, &parent),
                    list(backend, &parent_columns),
                )])
        }
    };
    Some(FindingCode::ForeignKeyMissing.note(relation.child.name(), message, remedy))
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
