//! Instants in SQLite whose spelling differs from this crate's.
//!
//! SQLite compares them as texts. `datetime('now')` writes a blank where RFC 3339 has a T, and a blank
//! sorts before every T of the same day: such a row looks older than it is.

use sea_orm::{ConnectionTrait, DbBackend};

use crate::doctor::examination::{Examination, Subject};
use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::doctor::types::Kind;
use crate::entity::any_columns::Role;
use crate::entity::marker::MarkerStorage;
use crate::error::SoftDeleteError;
use crate::query::literal::literal;
use crate::schema::catalogue::{get, rows};
use crate::schema::sql::quote;

pub(super) async fn check<C: ConnectionTrait>(
    examination: &mut Examination<'_>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    if examination.backend != DbBackend::Sqlite {
        return Ok(());
    }
    for subject in examination.present() {
        let Some(marker) = Spelled::of(&subject) else {
            continue;
        };
        let count = format!(
            "SELECT COUNT(*) AS count FROM {} WHERE {} AND {}",
            subject.schema.path(DbBackend::Sqlite),
            marker.is_otherwise(),
            subject.schema.with_trashed()
        );
        for row in rows(&count, Vec::new(), db).await? {
            let count: i64 = get(&row, "count")?;
            if count > 0 {
                examination.find(marker.finding(&subject, count));
            }
        }
    }
    Ok(())
}

/// A marker, and this crate's spelling of an instant in it.
struct Spelled {
    /// The quoted name.
    name: String,
    /// The character between the day and the time.
    separator: char,
    /// The zone after the time; empty if the spelling has none.
    zone: &'static str,
    is_sentinel: bool,
}

impl Spelled {
    /// `None` if the column is no date-time, or does not exist.
    fn of(subject: &Subject<'_>) -> Option<Self> {
        let described = subject.member.described_columns();
        let marker = described
            .into_iter()
            .find(|column| column.role == Role::Marker)?;
        subject.column(&marker.name)?;
        if !Kind::of(&marker.value)?.is_date_time() {
            return None;
        }
        let sample = literal(marker.value, DbBackend::Sqlite);
        let sample = sample.trim_matches('\'');
        let zones = ["+00:00", "Z"];
        Some(Self {
            name: quote(DbBackend::Sqlite, &marker.name),
            separator: sample.chars().nth(10)?,
            zone: zones
                .into_iter()
                .find(|zone| sample.ends_with(zone))
                .unwrap_or_default(),
            is_sentinel: matches!(subject.schema.storage(), MarkerStorage::Sentinel { .. }),
        })
    }

    /// The condition that the spelling differs from this crate's.
    fn is_otherwise(&self) -> String {
        let (name, separator, zone) = (&self.name, self.separator, self.zone);
        let digits = "[0-9][0-9]";
        let begins =
            format!("{digits}{digits}-{digits}-{digits}{separator}{digits}:{digits}:{digits}");
        let rest = format!("length({name}) - {}", 19 + zone.len());
        let ends = match zone.len() {
            0 => String::new(),
            length => format!(" AND substr({name}, -{length}) = '{zone}'"),
        };
        format!(
            "({name} IS NOT NULL AND NOT (typeof({name}) = 'text' \
             AND substr({name}, 1, 19) GLOB '{begins}' AND {rest} >= 0 \
             AND substr({name}, 20, {rest}) NOT GLOB '*[^.0-9]*'{ends}))"
        )
    }

    /// The same instant in this crate's spelling. An instant without a zone is in UTC, as SQLite's own are.
    fn respelled(&self) -> String {
        let (name, separator, zone) = (&self.name, self.separator, self.zone);
        let day = format!("substr({name}, 1, 10) || '{separator}' || ");
        let behind =
            |cut: usize| format!("{day}substr({name}, 12, length({name}) - {cut}) || '{zone}'");
        format!(
            "CASE WHEN substr({name}, 20) NOT GLOB '*[^.0-9]*' AND length({name}) >= 19 THEN {} \
             WHEN length({name}) >= 20 AND substr({name}, -1) IN ('Z', 'z') THEN {} \
             WHEN length({name}) >= 25 AND substr({name}, -6) = '+00:00' THEN {} \
             ELSE strftime('%Y-%m-%d{separator}%H:%M:%f', {name}) || '{zone}' END",
            behind(11),
            behind(12),
            behind(17),
        )
    }

    fn finding(&self, subject: &Subject<'_>, count: i64) -> Finding {
        let rows = match count {
            1 => "1 row holds an instant".to_owned(),
            _ => format!("{count} rows hold instants"),
        };
        let then = match self.is_sentinel {
            true => "a live one is taken for a trashed one, and the order of the trash is wrong",
            false => {
                "the order of the trash is wrong, and a purge of what is older than some age removes \
                 younger rows"
            }
        };
        let (name, separator, zone) = (&self.name, self.separator, self.zone);
        // The update leaves values that SQLite cannot read as instants.
        let update = format!(
            "UPDATE {} SET {name} = {} WHERE {} AND typeof({name}) = 'text' \
             AND strftime('%s', {name}) IS NOT NULL",
            subject.schema.path(DbBackend::Sqlite),
            self.respelled(),
            self.is_otherwise(),
        );
        FindingCode::MarkerSpelledOtherwise.error(
            subject.name(),
            format!(
                "in the marker {name}, {rows} in another spelling than `2024-01-31{separator}12:00:00{zone}`, \
                 as `datetime('now')` writes it, and SQLite compares texts: {then}"
            ),
            Remedy::advice(
                "spell them alike, and let the marker be written by this crate alone. What is no text is \
                 to be converted by hand",
            )
            .statements([update]),
        )
    }
}
