//! The scoped tables as the scanner knows them: their names, the scopes that their rows are held to, and the
//! columns that a delete writes.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::Dialect;

/// A table whose rows are held to scopes.
#[derive(Clone, Debug)]
pub struct Table {
    /// The schema of the table; a table without one is found in every schema.
    pub schema: Option<String>,
    /// The name of the table, without quotes.
    pub name: String,
    /// The scopes that its rows are held to, with the rule of each.
    pub scopes: Vec<(ScopeId, Rule)>,
    /// The columns that are known: the columns of the entity.
    pub columns: Vec<String>,
    /// The condition of every physical DELETE, if there is one: its text, cut where the name of the row's table
    /// belongs. `["", ".\"held\" = FALSE"]` is the condition that a row is not held.
    pub removable: Option<Vec<String>>,
}

impl Table {
    /// How a DELETE trashes its rows; nothing if a DELETE removes them.
    pub(crate) fn trash(&self) -> Option<&Trash> {
        self.scopes.iter().find_map(|(_, rule)| match rule {
            Rule::Live(trash) => Some(trash),
            Rule::Condition(_) | Rule::Value(_) => None,
        })
    }

    /// The columns that the table is known to have.
    pub(crate) fn known_columns(&self) -> impl Iterator<Item = &str> {
        let stamps = self.trash().into_iter().flat_map(|trash| &trash.stamps);
        let required = self.scopes.iter().filter_map(|(_, rule)| match rule {
            Rule::Value(column) => Some(column),
            Rule::Condition(_) | Rule::Live(_) => None,
        });
        let of_scopes = stamps.chain(required).map(|column| column.name.as_str());
        of_scopes.chain(self.columns.iter().map(String::as_str))
    }
}

/// The number of a scope. Several tables can be held to one scope, each by a rule of its own.
pub type ScopeId = usize;

/// Which rows of a table are in a scope.
#[derive(Clone, Debug)]
pub enum Rule {
    /// The live rows. A DELETE trashes them.
    Live(Trash),
    /// The rows that satisfy a condition: its text, cut where the name of the row and a dot belong.
    /// `["(", "\"state\" = 'published')"]` is the condition that a row is published.
    Condition(Vec<String>),
    /// The rows whose column has the value that the connection carries. The scope is required: it is lifted by the
    /// connection alone, and what a statement writes is held to it, too.
    Value(Column),
}

/// How a table tells its trashed rows from its live rows.
#[derive(Clone, Debug)]
pub struct Trash {
    /// The name of the marker column.
    pub marker: String,
    /// The condition that the marker of a live row satisfies.
    pub live: Live,
    /// The columns that a delete writes, with the marker first.
    pub stamps: Vec<Column>,
}

/// The condition that the marker of a live row satisfies.
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
    /// The marker equals a value, which is bound.
    Value,
}

/// A column that gets a value.
#[derive(Clone, Debug)]
pub struct Column {
    /// The name of the column.
    pub name: String,
    /// The text before and after the placeholder, such as `CAST(` and ` AS role)`.
    pub cast: (String, String),
}

/// The position of a table in the catalog.
pub type TableId = usize;

/// The tables of one scope, with their names as one database spells them.
#[derive(Debug)]
pub struct Catalog {
    dialect: Dialect,
    tables: Vec<Table>,
    /// The scopes by the names that a comment calls them.
    scopes: HashMap<String, ScopeId>,
    has_required: bool,
    by_name: HashMap<Box<str>, Vec<TableId>>,
    /// For each length of a name, the first letters of the names of that length, five bits of each letter.
    /// Most words of a statement fail this check.
    shapes: [u32; LENGTHS],
}

const LENGTHS: usize = 64;

/// How many bytes of a name PostgreSQL keeps.
const POSTGRES_NAME: usize = 63;

impl Catalog {
    /// Makes a catalog of these tables, in the order of their [`TableId`]s.
    pub fn new(dialect: Dialect, tables: Vec<Table>) -> Self {
        let mut by_name: HashMap<Box<str>, Vec<TableId>> = HashMap::new();
        let mut shapes = [0; LENGTHS];
        for (id, table) in tables.iter().enumerate() {
            let name = fold(dialect, &table.name, true);
            match shapes.get_mut(name.len().min(LENGTHS - 1)) {
                Some(shape) if name.is_ascii() => *shape |= first_letter(&name),
                // The length of such a name may change with its case.
                _ => shapes.fill(u32::MAX),
            }
            by_name.entry(name.into()).or_default().push(id);
        }
        let mut rules = tables.iter().flat_map(|table| &table.scopes);
        let has_required = rules.any(|(_, rule)| matches!(rule, Rule::Value(_)));
        Self {
            dialect,
            tables,
            scopes: HashMap::new(),
            has_required,
            by_name,
            shapes,
        }
    }

    /// The same catalog, with names for scopes, so that a comment can name them.
    pub fn with_names(mut self, names: impl IntoIterator<Item = (String, ScopeId)>) -> Self {
        self.scopes = names.into_iter().collect();
        self
    }

    /// The scope of this name.
    pub(crate) fn scope(&self, name: &str) -> Option<ScopeId> {
        self.scopes.get(name).copied()
    }

    /// Whether a table is held to a required scope.
    pub(crate) fn has_required(&self) -> bool {
        self.has_required
    }

    /// Whether this scope is a required one.
    pub(crate) fn is_required(&self, scope: ScopeId) -> bool {
        let mut rules = self.tables.iter().flat_map(|table| &table.scopes);
        rules.any(|(of, rule)| *of == scope && matches!(rule, Rule::Value(_)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    pub(crate) fn table(&self, id: TableId) -> &Table {
        &self.tables[id]
    }

    /// The tables that a name can mean, whatever its schema. Most names mean no table.
    pub(crate) fn named(&self, name: &str, is_quoted: bool) -> &[TableId] {
        let shape = self.shapes.get(name.len().min(LENGTHS - 1));
        // The length of a name that is not ASCII may change with its case.
        if name.is_ascii() && shape.is_none_or(|shape| shape & first_letter(name) == 0) {
            return &[];
        }
        let folded = fold(self.dialect, name, is_quoted);
        self.by_name.get(&*folded).map_or(&[], Vec::as_slice)
    }

    /// The table that a reference means. A reference without a schema may mean a table of any schema. A table
    /// that was registered without a schema may belong to any schema except the schemas of the database
    /// itself.
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

    /// Whether a schema holds the system catalogue of the database. A table of that schema may have the name
    /// of an application's table: `information_schema.tables`.
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

    /// The first table whose name occurs anywhere in the text, in upper or lower case.
    pub(crate) fn mentioned_in(&self, text: &str) -> Option<&Table> {
        self.mentioned_among(text, |_, _| true)
    }

    /// The first of these tables whose name occurs anywhere in the text, in upper or lower case.
    pub(crate) fn mentioned_among(
        &self,
        text: &str,
        is_one: impl Fn(TableId, &Table) -> bool,
    ) -> Option<&Table> {
        let text = text.to_lowercase();
        let mut tables = self.tables.iter().enumerate();
        let mentioned = tables
            .find(|(id, table)| is_one(*id, table) && text.contains(&table.name.to_lowercase()));
        mentioned.map(|(_, table)| table)
    }
}

/// The meaning of a reference to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    None,
    Table(TableId),
    /// One of several tables: they have different schemas, or one table is described in two ways.
    Ambiguous,
}

/// A name as the database compares it. For MySQL, this is the widest comparison among its settings.
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

/// A bit for the first letter of a name, in upper or lower case. A name that is not ASCII may change its
/// length with its case, so it always passes.
fn first_letter(name: &str) -> u32 {
    match name.bytes().next() {
        Some(byte) if name.is_ascii() => 1 << (byte & 31),
        _ => u32::MAX,
    }
}
