//! Operands and operators: the position of a word decides what the word can be.
//!
//! Some databases do not reserve words such as BY, SET or LIKE. In these databases, such a word is an
//! operator after an operand, and a column anywhere else. PostgreSQL also takes nearly every word for the
//! label of a column where nothing else can follow: `SELECT count(*) insert FROM t`. One pass from left to
//! right decides both for all tokens, so that a lookup for one token costs nothing.

use crate::Dialect;

use super::token::{Keyword, Kind, Token};

/// What the tokens so far require next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expects {
    Operand,
    /// An operator, or the end of the expression.
    Operator,
    /// The operator that NOT negates after an operand: `a NOT LIKE b`.
    Negated,
    /// The label after AS.
    Label,
    /// The next part of a dotted name.
    Part,
}

/// One level of parentheses.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// Whether this level is the list of a SELECT or RETURNING, where columns have labels.
    is_list: bool,
}

/// Records for each token whether an operand stands before it, and whether it is a label.
pub(super) fn mark(tokens: &mut [Token], sql: &str, dialect: Dialect) {
    let mut levels = Vec::new();
    let mut level = Level::default();
    let mut expects = Expects::Operand;
    for at in 0..tokens.len() {
        let reader = Reader {
            tokens,
            sql,
            dialect,
            at,
        };
        let token = tokens[at];
        let mut follows_operand = expects == Expects::Operator;
        let mut is_label = false;
        expects = match token.kind {
            Kind::Open | Kind::OpenBracket => {
                levels.push(level);
                level = Level::default();
                Expects::Operand
            }
            Kind::Close | Kind::CloseBracket => {
                level = levels.pop().unwrap_or_default();
                Expects::Operator
            }
            Kind::Comma => Expects::Operand,
            Kind::Semicolon => {
                level = Level::default();
                Expects::Operand
            }
            Kind::Dot => Expects::Part,
            Kind::Quoted | Kind::Text | Kind::Literal => Expects::Operator,
            // `*` means every column where an operand is expected, and the product elsewhere.
            Kind::Operator if expects != Expects::Operator && reader.text(at) == "*" => {
                Expects::Operator
            }
            // PostgreSQL's `FROM t *` is not a product: the word after it begins no operand.
            Kind::Operator
                if dialect == Dialect::Postgres
                    && reader.text(at) == "*"
                    && ends_list(reader.keyword(at + 1)) =>
            {
                Expects::Operator
            }
            Kind::Operator => Expects::Operand,
            Kind::Word if expects == Expects::Part || reader.kind(at + 1) == Kind::Dot => {
                Expects::Operator
            }
            Kind::Word if expects == Expects::Label => {
                is_label = true;
                match token.keyword {
                    // CREATE TABLE … AS SELECT
                    Keyword::Select if !level.is_list => {
                        level.is_list = true;
                        Expects::Operand
                    }
                    _ => Expects::Operator,
                }
            }
            Kind::Word if expects == Expects::Negated => match token.keyword.is_comparison(dialect)
            {
                true => Expects::Operand,
                false => Expects::Operator,
            },
            Kind::Word if expects == Expects::Operator => {
                if level.is_list && reader.is_bare_label() {
                    is_label = true;
                    Expects::Operator
                } else if reader.is_for_of_sequence() {
                    follows_operand = false;
                    Expects::Operand
                } else {
                    level.behind_operand(token.keyword, dialect);
                    reader.behind_operand()
                }
            }
            Kind::Word => {
                level.before_operand(&reader);
                reader.before_operand()
            }
        };
        let token = &mut tokens[at];
        token.follows_operand = follows_operand;
        token.is_label = is_label;
    }
}

impl Level {
    /// Handles a keyword after an operand. A clause that begins there ends the list of columns, or begins
    /// one.
    fn behind_operand(&mut self, keyword: Keyword, dialect: Dialect) {
        match keyword {
            Keyword::Select => self.is_list = true,
            Keyword::Returning if dialect != Dialect::MySql => self.is_list = true,
            _ if ends_list(keyword) => self.is_list = false,
            _ => {}
        }
    }

    /// Does the same where the list is empty, or does not end in an operand.
    fn before_operand(&mut self, reader: &Reader<'_>) {
        let keyword = reader.keyword(reader.at);
        // The FROM of IS DISTINCT FROM, and the ON of DISTINCT ON.
        let is_part = match keyword {
            Keyword::From => reader.is_distinct_from(),
            keyword => keyword == Keyword::On,
        };
        if !is_part {
            self.behind_operand(keyword, reader.dialect);
        }
    }
}

/// The words that end the list of a SELECT. Without AS, PostgreSQL takes none of them for a label.
fn ends_list(keyword: Keyword) -> bool {
    keyword.is_set_operator()
        || matches!(
            keyword,
            Keyword::Fetch
                | Keyword::For
                | Keyword::From
                | Keyword::Group
                | Keyword::Having
                | Keyword::Into
                | Keyword::Limit
                | Keyword::Offset
                | Keyword::On
                | Keyword::Order
                | Keyword::Returning
                | Keyword::Where
                | Keyword::Window
                | Keyword::With
        )
}

/// The tokens around a word.
struct Reader<'a> {
    tokens: &'a [Token],
    sql: &'a str,
    dialect: Dialect,
    at: usize,
}

impl Reader<'_> {
    fn kind(&self, at: usize) -> Kind {
        self.tokens
            .get(at)
            .map_or(Kind::Semicolon, |token| token.kind)
    }

    fn keyword(&self, at: usize) -> Keyword {
        self.tokens
            .get(at)
            .map_or(Keyword::None, |token| token.keyword)
    }

    fn text(&self, at: usize) -> &str {
        let token = self.tokens.get(at);
        let text = token.and_then(|token| self.sql.get(token.start as usize..token.end as usize));
        text.unwrap_or_default()
    }

    /// The expectation after this word, where the word stands after an operand.
    fn behind_operand(&self) -> Expects {
        match self.keyword(self.at) {
            Keyword::As => Expects::Label,
            Keyword::Not => Expects::Negated,
            keyword if keyword.wants_an_operand(self.dialect) => Expects::Operand,
            _ => Expects::Operator,
        }
    }

    /// The expectation after this word, where the word stands in place of an operand.
    fn before_operand(&self) -> Expects {
        match self.keyword(self.at) {
            Keyword::As => Expects::Label,
            Keyword::Exists if self.kind(self.at + 1) == Kind::Open => Expects::Operand,
            keyword
                if keyword.wants_an_operand(self.dialect) && !keyword.is_column(self.dialect) =>
            {
                Expects::Operand
            }
            _ => Expects::Operator,
        }
    }

    /// Whether this is PostgreSQL's `expression label`: only the next column or clause follows.
    fn is_bare_label(&self) -> bool {
        let keyword = self.keyword(self.at);
        let is_possible = self.dialect == Dialect::Postgres
            && !ends_list(keyword)
            && !matches!(
                keyword,
                Keyword::As | Keyword::Create | Keyword::To | Keyword::Within
            );
        is_possible
            && match self.kind(self.at + 1) {
                Kind::Comma | Kind::Close | Kind::CloseBracket | Kind::Semicolon => true,
                Kind::Word => ends_list(self.keyword(self.at + 1)),
                _ => false,
            }
    }

    /// Whether this is the FROM of IS DISTINCT FROM.
    fn is_distinct_from(&self) -> bool {
        let before = |count| self.at.checked_sub(count).map(|at| self.keyword(at));
        before(1) == Some(Keyword::Distinct)
            && matches!(before(2), Some(Keyword::Is | Keyword::Not))
    }

    /// Whether this is the FOR of MariaDB's NEXT VALUE FOR, which is part of an operand.
    fn is_for_of_sequence(&self) -> bool {
        if self.dialect != Dialect::MySql || self.keyword(self.at) != Keyword::For {
            return false;
        }
        let Some(begin) = self.at.checked_sub(2) else {
            return false;
        };
        let is_operand = self
            .tokens
            .get(begin)
            .is_some_and(|token| !token.follows_operand);
        is_operand
            && self.keyword(begin + 1) == Keyword::Value
            && ["next", "previous"]
                .iter()
                .any(|word| self.text(begin).eq_ignore_ascii_case(word))
    }
}
