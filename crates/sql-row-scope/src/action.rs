//! The decision about a statement.

/// What to do with a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The statement reads or writes rows: its blocks are scoped.
    Scope {
        /// The first token to look at; a statement may begin there.
        from: usize,
        /// Whether the statement is a CREATE TABLE, where AS comes before a query.
        creates: bool,
        /// Whether the database keeps the text of the statement, as it does for a view, so that it can bind
        /// no values.
        is_definition: bool,
    },
    /// The statement affects the schema, a transaction or a setting.
    Pass,
    /// A statement that begins with this word cannot be scoped.
    Refuse,
    /// This construct of the statement cannot be scoped.
    Forbid(&'static str),
}
