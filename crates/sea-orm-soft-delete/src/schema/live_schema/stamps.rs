//! What a delete writes into a row, in PL/pgSQL.

use sea_orm::Value;
use sea_orm::sea_query::ColumnType;

use super::BACKEND;
use super::selection::{Base, column};
use crate::entity::any_columns::Role;
use crate::entity::marker::Marker;
use crate::family::Graph;
use crate::operation::timestamp::Timestamp;
use crate::schema::sql::{self, Named, quote};
use crate::schema::types::precise;

/// The names that a function declares, and what each holds. `soft_delete_value` is what the triggers of one view
/// keep in a setting while a statement runs: the id of its operation and its instant.
pub(super) const DECLARE: &str = "\
soft_delete_setting text := 'soft_delete.operation_' || TG_RELID;
  soft_delete_value text := current_setting(soft_delete_setting, TRUE);
  soft_delete_micros bigint;
  soft_delete_operation uuid;
  soft_delete_at timestamptz;
  soft_delete_why text := nullif(current_setting('soft_delete.reason', TRUE), '');";

/// Reads the setting.
pub(super) const UNPACK: &str = "\
soft_delete_operation := left(soft_delete_value, 36);
  soft_delete_micros := substr(soft_delete_value, 38);
  soft_delete_at := 'epoch'::timestamptz + soft_delete_micros * interval '1 microsecond';";

/// Who deletes, as text.
pub(super) const WHO: &str = "nullif(current_setting('soft_delete.deleted_by', TRUE), '')";

/// The stamps of a delete in the rows of one table.
pub(super) struct Stamps {
    /// The columns and the expressions to write.
    set: Vec<(String, String)>,
    /// The column that tells the rows of an operation from others, and its value.
    operation: Option<(String, String)>,
    /// The declaration of the variable that holds who deletes, in the type of the column.
    pub(super) declare: String,
}

impl Stamps {
    /// Returns what is wrong if a trigger cannot write the stamps. `index` distinguishes the tables of a function.
    pub(super) fn of(base: &Base<'_>, index: usize) -> Result<Self, String> {
        let mut stamps = Self {
            set: Vec::new(),
            operation: None,
            declare: String::new(),
        };
        let marker = &base.schema.marker().name;
        let trashed = Marker::stored((), base.schema.storage()).trashed_value(Timestamp::MIN);
        let at = instant(&trashed).ok_or_else(|| {
            format!("its marker `{marker}` has a type of its own, which a trigger cannot write")
        })?;
        if at == AT || at == AT_UTC {
            let type_name = base.table.column(marker).map(|column| &column.type_name);
            let is_precise = type_name.is_some_and(|name| precise(name, BACKEND).is_none());
            stamps.operation = is_precise.then(|| (marker.clone(), at.to_owned()));
        }
        stamps.set.push((marker.clone(), at.to_owned()));
        for companion in base.schema.columns().iter().skip(1) {
            let value = match companion.role {
                Role::Operation => {
                    let id = match companion.column_type {
                        ColumnType::Uuid => "soft_delete_operation",
                        _ => "soft_delete_operation::text",
                    };
                    stamps.operation = Some((companion.name.clone(), id.to_owned()));
                    id.to_owned()
                }
                Role::DeletedBy => {
                    let name = format!("soft_delete_by{index}");
                    let column = format!("{}.{}", base.path(), quote(BACKEND, &companion.name));
                    stamps.declare = format!("\n  {name} {column}%TYPE := {WHO};");
                    name
                }
                Role::Reason => "soft_delete_why".to_owned(),
                _ => "NULL".to_owned(),
            };
            stamps.set.push((companion.name.clone(), value));
        }
        stamps.touch(base)?;
        Ok(stamps)
    }

    /// Adds the entity's `updated_at`.
    fn touch(&mut self, base: &Base<'_>) -> Result<(), String> {
        let member = base.node.and_then(|node| Graph::registered().soft(node));
        let described = member.map(|member| member.described_columns());
        let mut described = described.unwrap_or_default().into_iter();
        let Some(updated_at) = described.find(|column| column.role == Role::UpdatedAt) else {
            return Ok(());
        };
        let at = instant(&updated_at.value).ok_or_else(|| {
            let name = &updated_at.name;
            format!("its column `{name}` has a type of its own, which a trigger cannot write")
        })?;
        self.set.push((updated_at.name, at.to_owned()));
        Ok(())
    }

    /// The assignments of an UPDATE.
    pub(super) fn assignments(&self) -> String {
        let set = self.set.iter();
        let set = set.map(|(column, value)| format!("{} = {value}", quote(BACKEND, column)));
        set.collect::<Vec<_>>().join(", ")
    }

    /// The condition that the operation trashed a row. `None` if its rows cannot be told from others.
    pub(super) fn is_of(&self, alias: &str) -> Option<String> {
        let (name, value) = self.operation.as_ref()?;
        Some(format!("{} = {value}", column(alias, name)))
    }
}

/// The condition that a row is live.
pub(super) fn is_live(base: &Base<'_>, alias: &'static str) -> String {
    let marker = Named::Of(alias, &base.schema.marker().name);
    format!(
        "({})",
        sql::is_live(base.schema.storage(), &marker, BACKEND)
    )
}

const AT: &str = "soft_delete_at";
const AT_UTC: &str = "soft_delete_at AT TIME ZONE 'UTC'";

/// The instant of the operation in the type of this value, which is [`Timestamp::MIN`] in that type.
fn instant(minimum: &Value) -> Option<&'static str> {
    match minimum {
        Value::Bool(Some(true)) => Some("TRUE"),
        Value::BigInt(Some(epoch)) if *epoch == Timestamp::MIN.unix_seconds() => {
            Some("soft_delete_micros / 1000000")
        }
        Value::BigInt(Some(epoch)) if *epoch == Timestamp::MIN.unix_millis() => {
            Some("soft_delete_micros / 1000")
        }
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTime(Some(_)) => Some(AT_UTC),
        #[cfg(feature = "with-time")]
        Value::TimeDateTime(Some(_)) => Some(AT_UTC),
        value => Timestamp::from_value(value).map(|_| AT),
    }
}
