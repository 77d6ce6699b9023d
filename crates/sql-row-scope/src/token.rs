//! The tokens of a statement, and the words among them that the scanner acts on.

use crate::Dialect;

/// A token, by its position in the text. Comments and white space are not tokens.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// What the token is.
    pub kind: Kind,
    /// How many parentheses and brackets enclose the token. Both ends of a pair have the depth outside it.
    pub depth: u32,
    pub(super) keyword: Keyword,
    pub(super) start: u32,
    pub(super) end: u32,
    /// The other parenthesis or bracket of the pair.
    pub(super) partner: u32,
    /// How many placeholders stand before this token.
    pub(super) placeholders: u32,
    /// Whether an operand ends before this token, so that no other operand begins here.
    pub(super) follows_operand: bool,
    /// Whether the token is the label of a column, with AS or without.
    pub(super) is_label: bool,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A keyword or an unquoted identifier.
    Word,
    /// A quoted identifier.
    Quoted,
    /// A string. SQLite also takes a string for an identifier, and so does MySQL in its mode ANSI_QUOTES.
    Text,
    /// A number or a placeholder. To the rewriter a whole list of them, commas included, is one token, so an
    /// IN list of any length is one token.
    Literal,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `;`
    Semicolon,
    /// Anything else.
    Operator,
}

macro_rules! keywords {
    ($($name:ident = $text:literal,)*) => {
        /// The words that the scanner acts on. Every other word is `None`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Keyword {
            None,
            $($name,)*
        }

        impl Keyword {
            /// The keyword that these upper-case letters spell.
            fn spelt(word: &[u8]) -> Self {
                match word {
                    $($text => Self::$name,)*
                    _ => Self::None,
                }
            }
        }
    };
}

keywords! {
    All = b"ALL",
    Analyze = b"ANALYZE",
    And = b"AND",
    As = b"AS",
    Begin = b"BEGIN",
    Between = b"BETWEEN",
    By = b"BY",
    Case = b"CASE",
    Conflict = b"CONFLICT",
    Constraint = b"CONSTRAINT",
    Create = b"CREATE",
    Cross = b"CROSS",
    Current = b"CURRENT",
    Delayed = b"DELAYED",
    Delete = b"DELETE",
    Desc = b"DESC",
    Describe = b"DESCRIBE",
    Distinct = b"DISTINCT",
    Div = b"DIV",
    Do = b"DO",
    Duplicate = b"DUPLICATE",
    Else = b"ELSE",
    End = b"END",
    Escape = b"ESCAPE",
    Except = b"EXCEPT",
    Execute = b"EXECUTE",
    Exists = b"EXISTS",
    Explain = b"EXPLAIN",
    Fetch = b"FETCH",
    For = b"FOR",
    Force = b"FORCE",
    Format = b"FORMAT",
    From = b"FROM",
    Full = b"FULL",
    Glob = b"GLOB",
    Group = b"GROUP",
    Having = b"HAVING",
    HighPriority = b"HIGH_PRIORITY",
    Ignore = b"IGNORE",
    Ilike = b"ILIKE",
    Immediate = b"IMMEDIATE",
    In = b"IN",
    Index = b"INDEX",
    Indexed = b"INDEXED",
    Inner = b"INNER",
    Insert = b"INSERT",
    Intersect = b"INTERSECT",
    Into = b"INTO",
    Is = b"IS",
    Join = b"JOIN",
    Key = b"KEY",
    Lateral = b"LATERAL",
    Left = b"LEFT",
    Like = b"LIKE",
    Limit = b"LIMIT",
    Lock = b"LOCK",
    LowPriority = b"LOW_PRIORITY",
    Match = b"MATCH",
    Materialized = b"MATERIALIZED",
    Merge = b"MERGE",
    Mod = b"MOD",
    Natural = b"NATURAL",
    Not = b"NOT",
    Nothing = b"NOTHING",
    Offset = b"OFFSET",
    On = b"ON",
    Only = b"ONLY",
    Or = b"OR",
    Order = b"ORDER",
    Ordinality = b"ORDINALITY",
    Outer = b"OUTER",
    Partition = b"PARTITION",
    Prepare = b"PREPARE",
    Procedure = b"PROCEDURE",
    Quick = b"QUICK",
    Recursive = b"RECURSIVE",
    Regexp = b"REGEXP",
    Repeatable = b"REPEATABLE",
    Replace = b"REPLACE",
    Returning = b"RETURNING",
    Right = b"RIGHT",
    Rlike = b"RLIKE",
    Rows = b"ROWS",
    Select = b"SELECT",
    Set = b"SET",
    Similar = b"SIMILAR",
    StraightJoin = b"STRAIGHT_JOIN",
    SystemTime = b"SYSTEM_TIME",
    Table = b"TABLE",
    TableSample = b"TABLESAMPLE",
    Then = b"THEN",
    To = b"TO",
    Trigger = b"TRIGGER",
    Truncate = b"TRUNCATE",
    Union = b"UNION",
    Update = b"UPDATE",
    Use = b"USE",
    Using = b"USING",
    Values = b"VALUES",
    Value = b"VALUE",
    When = b"WHEN",
    Where = b"WHERE",
    Window = b"WINDOW",
    With = b"WITH",
    Within = b"WITHIN",
    Xor = b"XOR",
}

/// The longest keyword.
const LONGEST: usize = 13;

impl Keyword {
    /// The keyword that an unquoted word is, in upper or lower case.
    pub(super) fn of(word: &[u8]) -> Self {
        if !(2..=LONGEST).contains(&word.len()) {
            return Self::None;
        }
        let mut upper = [0; LONGEST];
        for (to, from) in upper.iter_mut().zip(word) {
            *to = from.to_ascii_uppercase();
        }
        upper.get(..word.len()).map_or(Self::None, Self::spelt)
    }

    /// UNION, INTERSECT and EXCEPT.
    pub(super) fn is_set_operator(self) -> bool {
        matches!(self, Self::Union | Self::Intersect | Self::Except)
    }

    /// Whether this is a word between two operands, or before one: the next word is an operand, whatever its
    /// name.
    pub(super) fn wants_an_operand(self, dialect: Dialect) -> bool {
        match self {
            Self::All
            | Self::And
            | Self::As
            | Self::Between
            | Self::By
            | Self::Case
            | Self::Distinct
            | Self::Else
            | Self::Escape
            | Self::Exists
            | Self::From
            | Self::Having
            | Self::In
            | Self::Is
            | Self::Like
            | Self::Not
            | Self::On
            | Self::Or
            | Self::Select
            | Self::Set
            | Self::Then
            | Self::To
            | Self::When
            | Self::Where
            | Self::Union
            | Self::Intersect
            | Self::Except => true,
            // Operators in one database, and names in the other databases.
            Self::Div | Self::Mod | Self::Rlike | Self::Xor => dialect == Dialect::MySql,
            Self::Ilike | Self::Similar => dialect == Dialect::Postgres,
            Self::Regexp => dialect != Dialect::Postgres,
            Self::Glob | Self::Match => dialect == Dialect::Sqlite,
            // MySQL does not reserve this word.
            Self::Returning => dialect != Dialect::MySql,
            _ => false,
        }
    }

    /// Operators that can follow NOT: `a NOT LIKE b`.
    pub(super) fn is_comparison(self, dialect: Dialect) -> bool {
        matches!(
            self,
            Self::Between
                | Self::Glob
                | Self::Ilike
                | Self::In
                | Self::Like
                | Self::Match
                | Self::Regexp
                | Self::Rlike
                | Self::Similar
        ) && self.wants_an_operand(dialect)
    }

    /// Whether this word is a column where an operand is expected, because the database does not reserve the
    /// word.
    pub(super) fn is_column(self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::Postgres => matches!(
                self,
                Self::Between | Self::By | Self::Escape | Self::Exists | Self::Set
            ),
            Dialect::Sqlite => matches!(
                self,
                Self::By | Self::Glob | Self::Like | Self::Match | Self::Regexp
            ),
            _ => self == Self::Escape,
        }
    }

    /// Words that end a table reference: they are not an alias unless AS stands before them.
    pub(super) fn is_no_alias(self) -> bool {
        matches!(
            self,
            Self::As
                | Self::Cross
                | Self::Except
                | Self::Fetch
                | Self::For
                | Self::Force
                | Self::From
                | Self::Full
                | Self::Group
                | Self::Having
                | Self::Ignore
                | Self::Indexed
                | Self::Inner
                | Self::Intersect
                | Self::Into
                | Self::Join
                | Self::Lateral
                | Self::Left
                | Self::Limit
                | Self::Lock
                | Self::Natural
                | Self::Not
                | Self::Offset
                | Self::On
                | Self::Order
                | Self::Outer
                | Self::Partition
                | Self::Procedure
                | Self::Returning
                | Self::Right
                | Self::Select
                | Self::Set
                | Self::StraightJoin
                | Self::TableSample
                | Self::Union
                | Self::Use
                | Self::Using
                | Self::Values
                | Self::Where
                | Self::Window
                | Self::With
        )
    }
}
