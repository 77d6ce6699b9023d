//! The rows of a backup, read from its lines.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Read, Write};

use sea_orm::JsonValue;
use sea_orm::sea_query::DynIden;
use serde_json::{Map, json};

use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::backup::Backup;
use crate::family::graph::Graph;
use crate::operation::id::OperationId;

/// A row of a backup.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BackedUpRow {
    /// The table, as `note` or `archive.note`.
    pub entity: String,
    /// The values of its primary key, by column.
    pub key: Map<String, JsonValue>,
    /// The operation that trashed it; for a row of the policy `destroy` that left in a delete, this delete.
    pub operation: Option<OperationId>,
    /// Whether an erasure overwrote the row, and did not remove it.
    pub is_overwritten: bool,
    /// The values of its columns.
    pub values: Map<String, JsonValue>,
    /// The number of its line; the first is 1.
    pub line: u64,
}

impl BackedUpRow {
    /// The object of its line.
    pub(super) fn to_json(&self) -> JsonValue {
        let mut line = Map::new();
        line.insert("entity".into(), json!(self.entity));
        line.insert("key".into(), self.key.clone().into());
        let operation = self.operation.map(|id| id.to_string());
        line.insert("operation".into(), json!(operation));
        if self.is_overwritten {
            line.insert("overwritten".into(), json!(true));
        }
        line.insert("values".into(), self.values.clone().into());
        line.into()
    }

    /// The key, as `id = 3`.
    pub(super) fn spell(&self) -> String {
        let pairs = self.key.iter();
        let pairs = pairs.map(|(column, value)| format!("{column} = {value}"));
        pairs.collect::<Vec<_>>().join(", ")
    }
}

/// The rows of a backup, in the order in which they were removed.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "nothing is inserted until `restore`"]
pub struct BackedUpRows {
    pub(crate) rows: Vec<BackedUpRow>,
}

impl Backup {
    /// Reads the lines of a backup. All rows are in memory then.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::NotABackup`] if a line is none of a backup, or the last transaction has no end. In that
    /// case the program that wrote it, or the copy, was cut off.
    pub fn read(reader: impl Read) -> Result<BackedUpRows, SoftDeleteError> {
        let mut rows: Vec<BackedUpRow> = Vec::new();
        let (mut ended_at, mut ended_rows) = (0, 0);
        let mut reader = BufReader::new(reader);
        let mut text = Vec::new();
        for line in 1.. {
            text.clear();
            let read = reader.read_until(b'\n', &mut text);
            let wrong = |why: String| SoftDeleteError::NotABackup { line, why };
            if read.map_err(|error| wrong(format!("it cannot be read: {error}")))? == 0 {
                break;
            }
            let cut = || wrong(cut_off(ended_at));
            let parsed = serde_json::from_slice(&text);
            let is_whole = text.ends_with(b"\n");
            let parsed: JsonValue = match parsed {
                Ok(parsed) if is_whole => parsed,
                Err(error) if is_whole => return Err(wrong(format!("it is no JSON: {error}"))),
                _ => return Err(cut()),
            };
            let JsonValue::Object(mut parsed) = parsed else {
                return Err(wrong("it is no JSON object".into()));
            };
            if parsed.contains_key("end") {
                let rows_of_transaction = (rows.len() - ended_rows) as u64;
                if parsed.get("rows").and_then(JsonValue::as_u64) != Some(rows_of_transaction) {
                    let why = "the transaction that ends here has another number of rows: lines are missing, or \
                               were added";
                    return Err(wrong(why.into()));
                }
                (ended_at, ended_rows) = (line, rows.len());
                continue;
            }
            rows.push(row(&mut parsed, line).map_err(wrong)?);
        }
        match rows.get(ended_rows) {
            None => Ok(BackedUpRows { rows }),
            Some(first) => Err(SoftDeleteError::NotABackup {
                line: first.line,
                why: cut_off(ended_at),
            }),
        }
    }
}

fn cut_off(ended_at: u64) -> String {
    format!(
        "the transaction of this line has no end, so the file was cut off; if the program stopped while it wrote, nothing \
         of this transaction was removed: keep the first {ended_at} lines"
    )
}

/// The row of a line, or what is wrong with the line.
fn row(line: &mut Map<String, JsonValue>, number: u64) -> Result<BackedUpRow, String> {
    let mut object = |name: &str| match line.remove(name) {
        Some(JsonValue::Object(object)) => Ok(object),
        _ => Err(format!("it has no object `{name}`")),
    };
    let (key, values) = (object("key")?, object("values")?);
    let operation = match line.get("operation") {
        Some(JsonValue::Null) => None,
        Some(JsonValue::String(id)) => match id.parse() {
            Ok(id) => Some(id),
            Err(error) => return Err(format!("{error}")),
        },
        _ => return Err("it has no `operation`".into()),
    };
    let entity = line.get("entity").and_then(JsonValue::as_str);
    Ok(BackedUpRow {
        entity: entity.ok_or("it has no `entity`")?.to_owned(),
        key,
        operation,
        is_overwritten: line.get("overwritten") == Some(&JsonValue::Bool(true)),
        values,
        line: number,
    })
}

impl BackedUpRows {
    /// Keeps the rows of this operation, and the rows that were destroyed with them.
    pub fn only(mut self, operation: OperationId) -> Self {
        let is_of = |row: &BackedUpRow| row.operation.is_some_and(|id| id.is_part_of(operation));
        let graph = Graph::registered();
        let edges = graph.nodes().flat_map(|node| graph.down(node));
        let destroying = edges.filter(|edge| edge.policy == Policy::Destroy);
        let destroying: Vec<_> = destroying
            .map(|edge| {
                let [parent, child] = [edge.parent, edge.child].map(|it| graph.member(it).name());
                (parent, child, edge)
            })
            .collect();
        // The values by which children refer to the rows, by relation.
        let mut referred: Vec<HashSet<String>> = vec![HashSet::new(); destroying.len()];
        for row in self.rows.iter().filter(|row| is_of(row)) {
            for ((parent, _, edge), values) in destroying.iter().zip(&mut referred) {
                if *parent == row.entity {
                    values.extend(spelled(row, &edge.parent_columns));
                }
            }
        }
        let follows = |row: &BackedUpRow| {
            let mut into = destroying.iter().zip(&referred);
            into.any(|((_, child, edge), values)| {
                let refers = |it: String| values.contains(&it);
                *child == row.entity && spelled(row, &edge.child_columns).is_some_and(refers)
            })
        };
        self.rows
            .retain(|row| is_of(row) || (row.operation.is_none() && follows(row)));
        self
    }

    /// Keeps the rows that were removed, without those that an erasure overwrote.
    pub fn removed(mut self) -> Self {
        self.rows.retain(|row| !row.is_overwritten);
        self
    }

    /// Writes the rows as the lines of a backup, as one transaction, and flushes the writer.
    ///
    /// # Errors
    ///
    /// The writer's.
    pub fn write(&self, mut writer: impl Write) -> io::Result<()> {
        for row in &self.rows {
            writeln!(writer, "{}", row.to_json())?;
        }
        let end = json!({ "end": 1, "rows": self.rows.len() });
        writeln!(writer, "{end}")?;
        writer.flush()
    }

    /// The rows.
    pub fn rows(&self) -> &[BackedUpRow] {
        &self.rows
    }
}

/// The values of these columns as text. `None` if one is NULL or missing.
pub(crate) fn spelled(row: &BackedUpRow, columns: &[DynIden]) -> Option<String> {
    let mut all = String::new();
    for column in columns {
        let value = row
            .values
            .get(&column.to_string())
            .filter(|value| !value.is_null())?;
        all.push_str(&value.to_string());
        all.push(',');
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, refused: &str) {
        let error = Backup::read(text.as_bytes()).expect_err("it is refused");
        let SoftDeleteError::NotABackup { line, why } = error else {
            panic!("{error}");
        };
        assert_eq!(format!("{line}: {why}"), refused);
    }

    const ROW: &str = r#"{"entity":"note","key":{"id":1},"operation":null,"values":{"id":1}}"#;

    #[test]
    fn lines_of_whole_transactions_are_read() {
        let end = r#"{"end":1,"rows":1}"#;
        let text = format!("{ROW}\n{end}\n{ROW}\n{end}\n");
        let rows = Backup::read(text.as_bytes()).expect("it is a backup");
        let lines: Vec<u64> = rows.rows().iter().map(|row| row.line).collect();
        assert_eq!(lines, [1, 3]);
        assert_eq!(rows.rows()[0].spell(), "id = 1");
        assert_eq!(Backup::read(&b""[..]).expect("it is empty").rows(), []);
    }

    #[test]
    fn other_lines_are_refused() {
        let cut = "the transaction of this line has no end, so the file was cut off; if the program stopped while it \
                   wrote, nothing of this transaction was removed: keep the first ";
        check(&format!("{ROW}\n"), &format!("1: {cut}0 lines"));
        check(&format!("{ROW}\n{{\"end\""), &format!("2: {cut}0 lines"));
        check(
            &format!("{ROW}\n{{\"end\":1,\"rows\":1}}\n{ROW}\n{{\"end\":2,\"rows\":1}}"),
            &format!("4: {cut}2 lines"),
        );
        check("x\n", "1: it is no JSON: expected value at line 1 column 1");
        check("[]\n", "1: it is no JSON object");
        check("{}\n", "1: it has no object `key`");
        check(
            "{\"end\":1,\"rows\":1}\n",
            "1: the transaction that ends here has another number of rows: lines are missing, or were added",
        );
        check(
            "{\"key\":{},\"values\":{},\"operation\":\"x\"}\n",
            "1: `x` is no operation: it is neither a UUID nor an instant in UTC to the microsecond",
        );
        check("{\"key\":{},\"values\":{}}\n", "1: it has no `operation`");
        check(
            "{\"key\":{},\"values\":{},\"operation\":null}\n",
            "1: it has no `entity`",
        );
    }
}
