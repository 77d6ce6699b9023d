//! Statements that cannot be scoped with certainty, and what to write instead.

/// The reason why a statement is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The scoped table that the statement names; "any" where the text hides the table.
    pub table: String,
    /// The construct that cannot be scoped.
    pub construct: String,
    /// What to do instead.
    pub remedy: &'static str,
}

/// The placeholder for the table where the text hides its name.
pub const ANY_TABLE: &str = "any table";

/// The remedy that always works.
pub(crate) const ON_PURPOSE: &str =
    "write the statement without it, or run it on the inner connection with `unscoped()`";

/// The remedy for a kind of statement, by its first word. There is nothing to leave out of it.
pub(crate) fn remedy_of(word: &str) -> &'static str {
    match word.to_ascii_uppercase().as_str() {
        "TRUNCATE" => {
            "write `DELETE FROM …`, which trashes the rows, or run it on the inner connection with `unscoped()`"
        }
        "MERGE" => MERGE_REMEDY,
        "DO" | "BEGIN" | "PREPARE" => ONE_BY_ONE,
        "COPY" | "LOAD" => {
            "write SELECT or INSERT, or run it on the inner connection with `unscoped()`"
        }
        _ => "run it on the inner connection with `unscoped()`",
    }
}

pub(crate) const MERGE_REMEDY: &str =
    "write an UPDATE and an INSERT, or run it on the inner connection with `unscoped()`";

/// A block of statements.
pub(crate) const ONE_BY_ONE: &str =
    "send its statements one by one, or run it on the inner connection with `unscoped()`";

/// A DELETE that would be the same operation at each run.
pub(crate) const KEPT_DELETE: &str = "write an UPDATE of the marker in its place, or create it on the inner connection with `unscoped()`";

/// A view or a prepared statement over rows of a required scope.
pub(crate) const KEPT_SCOPE: &str =
    "create it on the inner connection with `unscoped()`, and let its own condition read the value";

/// A value that cannot be compared with the value of a required scope.
pub(crate) const REQUIRED: &str =
    "bind the value, or leave the column out, so that the connection writes it";

/// A name that means one of several tables.
pub(crate) const AMBIGUOUS: &str =
    "a name of several scoped tables, or of one that entities describe in two ways,";

pub(crate) const AMBIGUOUS_REMEDY: &str = "write the schema before it, or describe the table in one way with `Scope::builder().table(..)`";

/// REPLACE INTO, INSERT OR REPLACE and UPDATE OR REPLACE.
pub(crate) const REPLACE: &str = "REPLACE, which physically removes the rows in its way,";

pub(crate) const REPLACE_REMEDY: &str =
    "write it with ON CONFLICT or ON DUPLICATE KEY UPDATE, or force-delete those rows before";

/// The statement changes a table that would have to become a derived table, and a derived table cannot be
/// changed.
pub(crate) const OPTIONAL_TARGET: &str =
    "a change of several tables, one of them the optional side of a join with USING or NATURAL,";

pub(crate) const OPTIONAL_TARGET_REMEDY: &str = "write the join with ON";

/// Why a text cannot be cut into tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    TooLong,
    TooDeep,
    Unbalanced,
    Unterminated(&'static str),
    UnicodeName,
    DollarQuoted,
    Nul,
}

impl Unreadable {
    pub(crate) fn construct(self) -> String {
        match self {
            Self::TooLong => "a text of 4 GB or more".to_owned(),
            Self::TooDeep => "more than 3,000 levels of parentheses".to_owned(),
            Self::Unbalanced => "parentheses that do not match".to_owned(),
            Self::Unterminated(what) => format!("{what} without an end"),
            Self::UnicodeName => "a name with Unicode escapes (`U&\"…\"`)".to_owned(),
            Self::DollarQuoted => {
                "a word with dollars at both ends (`$$`), which MySQL 9 takes for a quote,"
                    .to_owned()
            }
            Self::Nul => "a NUL character".to_owned(),
        }
    }
}
