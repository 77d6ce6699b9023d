//! The trigger that runs for each row of a DELETE: it stamps the row instead.

use super::function::{Function, Refusal};
use super::selection::{Base, column};
use super::stamps::{DECLARE, Stamps, UNPACK, is_live};
use super::{BACKEND, LiveSchema};
use crate::query::literal::quoted;
use crate::schema::sql::name_of;

const ROW: &str = "soft_delete_row";

impl LiveSchema {
    /// The function of the trigger. With a refusal it fails with the refusal's message.
    pub(super) fn row_function(&self, base: &Base<'_>, refusal: Option<&Refusal>) -> Function {
        let body = match (refusal, body(base)) {
            (None, Ok(body)) => body,
            (Some(refusal), _) => refuse(base, refusal),
            (None, Err(refusal)) => refuse(base, &refusal),
        };
        Function {
            name: name_of(&base.table.place.name, &["soft_delete"], "row"),
            settings: String::new(),
            body,
        }
    }
}

fn body(base: &Base<'_>) -> Result<String, Refusal> {
    let stamps = Stamps::of(base, 0).map_err(|why| Refusal {
        why,
        remedy: "delete with the verbs of the crate, on a connection without the live schema",
    })?;
    let key = base.key().ok_or_else(|| Refusal {
        why: "its table has no primary key".into(),
        remedy: "give the table a primary key, and apply the live schema again",
    })?;
    let pairs = |columns: &mut dyn Iterator<Item = &str>| -> Vec<[String; 2]> {
        columns
            .map(|name| [column(ROW, name), column("OLD", name)])
            .collect()
    };
    let key = pairs(&mut key.into_iter());
    let key = key.iter().map(|[own, old]| format!("{own} = {old}"));
    let row = format!(
        "{} AND {}",
        key.collect::<Vec<_>>().join(" AND "),
        is_live(base, ROW)
    );
    let all = pairs(&mut base.table.columns.iter().map(|column| column.name.as_str()));
    let [own, old] = [0, 1].map(|at| {
        let columns: Vec<&str> = all.iter().map(|pair| pair[at].as_str()).collect();
        columns.join(", ")
    });
    let path = base.path();
    let name = base.schema.name();
    let message = |text: String| quoted(&text.replace('%', "%%"), BACKEND);
    Ok(format!(
        "
#variable_conflict use_variable
DECLARE
  {DECLARE}{declare}
BEGIN
  IF coalesce(soft_delete_value, '') = '' THEN
    IF position('/* soft_delete: force_delete(' IN current_query()) > 0 THEN
      RAISE EXCEPTION {force_delete} USING HINT = 'use a connection whose search_path does not begin with the live schema', ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    soft_delete_micros := floor(extract(epoch FROM clock_timestamp()) * 1000000);
    soft_delete_value := (lpad(to_hex(soft_delete_micros / 1000), 12, '0') || '7'
      || lpad(to_hex(soft_delete_micros % 1000 * 4096 / 1000), 3, '0')
      || right(replace(gen_random_uuid()::text, '-', ''), 16))::uuid || ' ' || soft_delete_micros;
    PERFORM set_config(soft_delete_setting, soft_delete_value, TRUE);
  END IF;
  {UNPACK}
  UPDATE {path} AS {ROW} SET {set}
  WHERE {row}
    AND record_image_eq(ROW({own}), ROW({old}));
  IF FOUND THEN
    RETURN OLD;
  END IF;
  IF EXISTS (SELECT 1 FROM {path} AS {ROW} WHERE {row}) THEN
    RAISE EXCEPTION {changed} USING HINT = 'run the statement again', ERRCODE = 'serialization_failure';
  END IF;
  RETURN NULL;
END
",
        declare = stamps.declare,
        set = stamps.assignments(),
        force_delete = message(format!(
            "a force delete of rows of {name} cannot reach the table through the live schema"
        )),
        changed = message(format!(
            "a row of {name} was not deleted, because another transaction or a trigger has changed it meanwhile"
        )),
    ))
}

fn refuse(base: &Base<'_>, refusal: &Refusal) -> String {
    let message = format!(
        "rows of {} cannot be deleted through the live schema: {}",
        base.schema.name(),
        refusal.why
    );
    format!(
        "
BEGIN
  RAISE EXCEPTION {} USING HINT = {}, ERRCODE = 'feature_not_supported';
END
",
        quoted(&message.replace('%', "%%"), BACKEND),
        quoted(refusal.remedy, BACKEND)
    )
}
