//! The search and the filters of the trash.

use std::time::Duration;

use sea_orm::ExprTrait;
use sea_orm::prelude::Date;
use sea_orm_soft_delete::builders::Operations;
use sea_orm_soft_delete::{Operation, Timestamp};
use serde::{Deserialize, Serialize};

use crate::pages::form::optional;
use crate::search::contains;
use crate::{folder, note};

/// Which deletes are listed. Empty fields are no condition.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Filters {
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) kind: String,
    /// The id of a person.
    #[serde(default)]
    pub(crate) by: String,
    /// The first day.
    #[serde(default, deserialize_with = "optional")]
    pub(crate) since: Option<Date>,
    /// The last day.
    #[serde(default, deserialize_with = "optional")]
    pub(crate) until: Option<Date>,
}

impl Filters {
    pub(crate) fn list(&self) -> Operations {
        let mut list = Operation::list();
        let text = self.q.trim();
        if !text.is_empty() {
            let in_note =
                contains(note::Column::Title, text).or(contains(note::Column::Body, text));
            let in_name = contains(folder::Column::Name, text);
            list = list.containing(note::Entity, in_note);
            list = list.containing(folder::Entity, in_name);
        }
        match self.kind.as_str() {
            "folder" => list = list.began_with(folder::Entity),
            "note" => list = list.began_with(note::Entity),
            _ => {}
        }
        if !self.by.is_empty() {
            list = list.deleted_by(self.by.as_str());
        }
        if let Some(from) = self.since.and_then(midnight) {
            list = list.deleted_since(from);
        }
        let day = Duration::from_secs(86_400);
        if let Some(to) = self
            .until
            .and_then(midnight)
            .and_then(|it| it.checked_add(day))
        {
            list = list.deleted_until(to);
        }
        list
    }

    pub(crate) fn is_empty(&self) -> bool {
        let Self {
            q,
            kind,
            by,
            since,
            until,
        } = self;
        q.trim().is_empty()
            && kind.is_empty()
            && by.is_empty()
            && since.is_none()
            && until.is_none()
    }

    /// The fields as those of a URL.
    pub(crate) fn query(&self) -> String {
        serde_html_form::to_string(self).unwrap_or_default()
    }

    pub(crate) fn since_text(&self) -> String {
        self.since.map_or_else(String::new, |day| day.to_string())
    }

    pub(crate) fn until_text(&self) -> String {
        self.until.map_or_else(String::new, |day| day.to_string())
    }
}

/// The beginning of the day in UTC.
fn midnight(day: Date) -> Option<Timestamp> {
    let midnight = day.and_hms_opt(0, 0, 0)?.and_utc();
    Timestamp::try_from(midnight).ok()
}
