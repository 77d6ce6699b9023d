//! The soft-deletable tables as the scanner knows them: names, markers, what a delete writes.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::Dialect;

/// A soft-deletable table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its schema; without one, the table is found in every schema.
    pub schema: Option<String>,
    /// Its name, without quotes.
    pub name: String,
    /// The marker's name.
    pub marker: String,
    /// What the marker of a live row is.
    pub live: Live,
    /// What a delete writes, the marker first.
    pub stamps: Vec<StampColumn>,
    /// The columns that are known: those of the entity.
    pub columns: Vec<String>,
}

impl Table {
    /// The columns that it is known to have.
    pub(crate) fn known_columns(&self) -> impl Iterator<Item = &str> {
        let stamps = self.stamps.iter().map(|stamp| stamp.name.as_str());
        stamps.chain(self.columns.iter().map(String::as_str))
    }
}

/// What the marker of a live row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    clippy::enum_variant_names,
    reason = "each is the condition that it stands for"
)]
pub enum Live {
    /// `IS NULL`
    Null,
    /// `= FALSE`
    False,
    /// `= 0`
    Zero,
    /// `IS NULL OR = 0`
    NullOrZero,
    /// It equals a value, which is bound.
    Value,
}

/// A column that a delete writes.
#[derive(Clone, Debug)]
pub struct StampColumn {
    /// Its name.
    pub name: String,
    /// What stands before and after the placeholder, such as `CAST(` and ` AS role)`.
    pub cast: (String, String),
}

/// The place of a table in the catalog.
pub type TableId = usize;

/// The tables of one scope, as one database spells them.
#[derive(Debug)]
pub struct Catalog {
    dialect: Dialect,
    tables: Vec<Table>,
    by_name: HashMap<Box<str>, Vec<TableId>>,
    /// For each length of a name, the letters that names of it begin with, five bits of each.
    /// Most words of a statement fail here.
    shapes: [u32; LENGTHS],
}

const LENGTHS: usize = 64;

/// What PostgreSQL keeps of a name.
const POSTGRES_NAME: usize = 63;

impl Catalog {
    /// The tables in the order of their [`TableId`]s.
    pub fn new(dialect: Dialect, tables: Vec<Table>) -> Self {
        let mut by_name: HashMap<Box<str>, Vec<TableId>> = HashMap::new();
        let mut shapes = [0; LENGTHS];
        for (id, table) in tables.iter().enumerate() {
            let name = fold(dialect, &table.name, true);
            match shapes.get_mut(name.len().min(LENGTHS - 1)) {
                Some(shape) if name.is_ascii() => *shape |= first_letter(&name),
                // Its length may change with its case.
                _ => shapes.fill(u32::MAX),
            }
            by_name.entry(name.into()).or_default().push(id);
        }
        Self {
            dialect,
            tables,
            by_name,
            shapes,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    pub(crate) fn table(&self, id: TableId) -> &Table {
        &self.tables[id]
    }

    /// The tables that a name can mean, whatever its schema; none for most names.
    pub(crate) fn named(&self, name: &str, is_quoted: bool) -> &[TableId] {
        let shape = self.shapes.get(name.len().min(LENGTHS - 1));
        // The length of a name that is not ASCII may change with its case.
        if name.is_ascii() && shape.is_none_or(|shape| shape & first_letter(name) == 0) {
            return &[];
        }
        let folded = fold(self.dialect, name, is_quoted);
        self.by_name.get(&*folded).map_or(&[], Vec::as_slice)
    }

    /// The table that a reference means. One without a schema may mean a table of any schema, and
    /// a table that was registered without one may be of any schema but those of the database itself.
    pub(crate) fn resolve(&self, schema: Option<(&str, bool)>, name: (&str, bool)) -> Resolved {
        let candidates = self.named(name.0, name.1);
        let exact = |id: &&TableId| {
            let registered = self.table(**id).schema.as_deref();
            match (schema, registered) {
                (None, None) => true,
                (Some((schema, is_quoted)), Some(registered)) => {
                    fold(self.dialect, schema, is_quoted) == fold(self.dialect, registered, true)
                }
                _ => false,
            }
        };
        let mut exactly = candidates.iter().filter(exact);
        match (exactly.next(), exactly.next()) {
            (Some(id), None) => return Resolved::Table(*id),
            (Some(_), Some(_)) => return Resolved::Ambiguous,
            (None, _) => {}
        }
        if schema.is_some_and(|(schema, is_quoted)| self.is_system(schema, is_quoted)) {
            return Resolved::None;
        }
        let mut possible = candidates
            .iter()
            .filter(|id| schema.is_none() || self.table(**id).schema.is_none());
        match (possible.next(), possible.next()) {
            (None, _) => Resolved::None,
            (Some(id), None) => Resolved::Table(*id),
            (Some(_), Some(_)) => Resolved::Ambiguous,
        }
    }

    /// Whether a schema holds the catalogue of the database, whose tables may be called as one of the
    /// application is: `information_schema.tables`.
    fn is_system(&self, schema: &str, is_quoted: bool) -> bool {
        let schema = fold(self.dialect, schema, is_quoted);
        let of_the_database: &[&str] = match self.dialect {
            Dialect::Postgres => &["information_schema", "pg_catalog", "pg_toast"],
            Dialect::MySql => &["information_schema", "mysql", "performance_schema", "sys"],
            _ => &[],
        };
        of_the_database.contains(&&*schema)
    }

    /// A name as the database compares it.
    pub(crate) fn fold<'a>(&self, name: &'a str, is_quoted: bool) -> Cow<'a, str> {
        fold(self.dialect, name, is_quoted)
    }

    /// A name in the quotes of the database.
    pub(crate) fn quote(&self, name: &str) -> String {
        match self.dialect {
            Dialect::MySql => format!("`{}`", name.replace('`', "``")),
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// The first table whose name occurs anywhere in the text, in whatever case.
    pub(crate) fn mentioned_in(&self, text: &str) -> Option<&Table> {
        let text = text.to_lowercase();
        self.tables
            .iter()
            .find(|table| text.contains(&table.name.to_lowercase()))
    }
}

/// What a reference to a table means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    None,
    Table(TableId),
    /// One of several: of different schemas, or described in two ways.
    Ambiguous,
}

/// A name as the database compares it. MySQL's is the widest of its settings.
fn fold(dialect: Dialect, name: &str, is_quoted: bool) -> Cow<'_, str> {
    match dialect {
        Dialect::Postgres => {
            let name = truncate(name);
            if is_quoted || !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                Cow::Borrowed(name)
            } else {
                Cow::Owned(name.to_ascii_lowercase())
            }
        }
        Dialect::MySql if !name.is_ascii() => Cow::Owned(name.to_lowercase()),
        _ if name.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            Cow::Owned(name.to_ascii_lowercase())
        }
        _ => Cow::Borrowed(name),
    }
}

fn truncate(name: &str) -> &str {
    if name.len() <= POSTGRES_NAME {
        return name;
    }
    let end = (0..=POSTGRES_NAME)
        .rev()
        .find(|end| name.is_char_boundary(*end));
    name.get(..end.unwrap_or(0)).unwrap_or(name)
}

/// A bit for the first letter of a name; case does not matter to it. Names that are not ASCII,
/// whose length may change with their case, all pass.
fn first_letter(name: &str) -> u32 {
    match name.bytes().next() {
        Some(byte) if name.is_ascii() => 1 << (byte & 31),
        _ => u32::MAX,
    }
}
