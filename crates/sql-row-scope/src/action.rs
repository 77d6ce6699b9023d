//! What is done about a statement.

/// What is to be done about a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// It reads or writes rows: its blocks are scoped.
    Scope {
        /// The first token to look at, and where a statement may begin.
        from: usize,
        /// Whether it is a CREATE TABLE, where AS comes before a query.
        creates: bool,
        /// Whether the database keeps its text, as that of a view, so that it can bind no values.
        is_definition: bool,
    },
    /// It is about the schema, a transaction or a setting.
    Pass,
    /// What begins so cannot be scoped.
    Refuse,
    /// This of it cannot be scoped.
    Forbid(&'static str),
}
