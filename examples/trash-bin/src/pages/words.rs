//! How pages say counts, times and what is in the way.

use std::collections::HashMap;

use sea_orm::Value;
use sea_orm::sea_query::FromValueTuple;
use sea_orm_soft_delete::preview::{AffectedRows, Orphans, Preview, UniqueClash};
use sea_orm_soft_delete::{Clock, Operation, Timestamp};
use serde::Serialize;

use crate::database::Db;
use crate::error::AppError;
use crate::person;

/// `1 note`, `3 notes`.
pub(crate) fn counted(count: u64, entity: &str) -> String {
    match count {
        1 => format!("1 {entity}"),
        _ => format!("{count} {entity}s"),
    }
}

/// `2 folders and 3 notes`.
pub(crate) fn summed(counts: &[(String, u64)]) -> String {
    let some = counts.iter().filter(|(_, count)| *count > 0);
    let words: Vec<String> = some
        .map(|(entity, count)| counted(*count, entity))
        .collect();
    match &words[..] {
        [] => "nothing".to_owned(),
        words => words.join(" and "),
    }
}

/// What an operation has.
pub(crate) fn contents(operation: &Operation) -> String {
    let members = operation.members().iter();
    let counts: Vec<_> = members.map(|it| (it.entity.clone(), it.count)).collect();
    summed(&counts)
}

/// What a verb would write.
pub(crate) fn affected(previews: &[Preview]) -> String {
    counted_rows(previews.iter().map(|preview| &preview.affects))
}

/// Lists the rows that a restore brings back together with the trashed folders above.
pub(crate) fn ancestors(previews: &[Preview]) -> String {
    counted_rows(previews.iter().flat_map(|preview| &preview.ancestors))
}

fn counted_rows<'a>(all: impl Iterator<Item = &'a AffectedRows>) -> String {
    fn add(rows: &AffectedRows, counts: &mut Vec<(String, u64)>) {
        match counts.iter_mut().find(|(entity, _)| *entity == rows.entity) {
            Some((_, count)) => *count += rows.count,
            None => counts.push((rows.entity.clone(), rows.count)),
        }
        for member in &rows.members {
            add(member, counts);
        }
    }
    let mut counts = Vec::new();
    for rows in all {
        add(rows, &mut counts);
    }
    summed(&counts)
}

/// What forbids a verb: a sentence, and the rows that it is about.
pub(crate) struct Obstacle {
    pub(crate) text: String,
    pub(crate) links: Vec<Link>,
}

/// A row by its name, and its page below that of the workspace.
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) path: String,
}

impl Obstacle {
    fn of(text: String) -> Self {
        let links = Vec::new();
        Self { text, links }
    }

    /// The name of the row is taken by a row that is live, or would be.
    fn of_clash(clash: &UniqueClash) -> Self {
        let mut columns = clash.values.iter();
        let name = columns.find(|value| matches!(value.column.as_str(), "title" | "name"));
        let name = name.map_or(clash.taken.as_str(), |value| value.text.as_str());
        let entity = &clash.entity;
        let Some(live) = &clash.live_row else {
            return Self::of(format!(
                "Another {entity} of these has the same name: {name}."
            ));
        };
        let text = format!("A {entity} that is not in the trash has the same name:");
        let id = i32::from_value_tuple(live.key.clone());
        let link = Link {
            name: name.to_owned(),
            path: format!("/{entity}s/{id}"),
        };
        let links = vec![link];
        Self { text, links }
    }

    fn of_orphans(orphans: &Orphans) -> Self {
        let text = match orphans.count {
            1 => format!(
                "The folder that this {} was in is in the trash.",
                orphans.entity
            ),
            count => {
                let those = counted(count, &orphans.entity);
                format!("The folders of {those} are in the trash.")
            }
        };
        let parents = orphans.parents.iter();
        let links = parents.filter_map(|parent| {
            Some(Link {
                name: parent.to_string(),
                path: format!("/trash/{}", parent.operation?),
            })
        });
        let links = links.collect();
        Self { text, links }
    }
}

/// What forbids the verb.
pub(crate) fn obstacles(previews: &[Preview]) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    for preview in previews {
        obstacles.extend(preview.clashes.iter().map(Obstacle::of_clash));
        obstacles.extend(preview.orphans.iter().map(Obstacle::of_orphans));
        for gone in &preview.gone {
            let those = counted(gone.count, &gone.entity);
            let text = format!("The {} of {those} no longer exists.", gone.of);
            obstacles.push(Obstacle::of(text));
        }
        for held in &preview.on_hold {
            let those = counted(held.count, &held.entity);
            let text = format!("A legal hold keeps {those}: nothing of this can be removed.");
            obstacles.push(Obstacle::of(text));
        }
        let others = preview.forbids.iter().map(ToString::to_string);
        let others = others.chain(preview.held.iter().map(ToString::to_string));
        obstacles.extend(others.map(|other| Obstacle::of(format!("In the way: {other}."))));
    }
    obstacles
}

/// A value for a hidden field, which [`json`](crate::pages::form::json) reads.
pub(crate) fn hidden(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// An instant for people, with the same for programs.
pub(crate) struct When {
    pub(crate) machine: String,
    pub(crate) ago: String,
    pub(crate) exact: String,
}

impl When {
    /// Ages are by the clock of the server, so that a wrong clock of a visitor does not matter.
    pub(crate) fn of(at: Timestamp) -> Self {
        let machine = at.to_string();
        let exact = machine.get(..16).unwrap_or(&machine).replace('T', " ");
        let seconds = Clock::current().now().unix_seconds() - at.unix_seconds();
        let ago = match seconds {
            ..60 => "just now".to_owned(),
            60..3_600 => ago(seconds / 60, "minute"),
            3_600..86_400 => ago(seconds / 3_600, "hour"),
            _ => ago(seconds / 86_400, "day"),
        };
        Self {
            ago,
            exact: format!("{exact} UTC"),
            machine,
        }
    }
}

fn ago(count: i64, unit: &str) -> String {
    format!("{} ago", counted(count.unsigned_abs(), unit))
}

/// How long until a purge may remove the operation.
pub(crate) fn left(operation: &Operation) -> String {
    let Some(left) = operation.time_left() else {
        return "stays until somebody removes it".to_owned();
    };
    match left.as_secs() {
        0 => "is removed at the next purge".to_owned(),
        1..172_800 => format!("{} left", counted(left.as_secs().div_ceil(3_600), "hour")),
        // Half a day rounds up, so that a month is 30 days left a minute later.
        seconds => format!("{} left", counted((seconds + 43_200) / 86_400, "day")),
    }
}

/// The people, by their ids.
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    /// People belong to no workspace, so any connection finds them.
    pub(crate) async fn load(db: &Db) -> Result<Self, AppError> {
        let people = person::Entity::find().all(db).await?;
        let names = people.into_iter().map(|it| (it.id.to_string(), it.name));
        Ok(Self(names.collect()))
    }

    /// The name of the person with this id, or what else is recorded.
    pub(crate) fn of(&self, who: &str) -> String {
        self.0.get(who).map_or(who, String::as_str).to_owned()
    }

    /// Who made a delete.
    pub(crate) fn deleter(&self, operation: &Operation) -> String {
        match operation.deleted_by() {
            Some(Value::String(Some(who))) => self.of(who),
            _ => "somebody".to_owned(),
        }
    }

    /// Each person's id and name, by name.
    pub(crate) fn sorted(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = self.0.clone().into_iter().collect();
        all.sort_by(|one, other| one.1.cmp(&other.1));
        all
    }
}
