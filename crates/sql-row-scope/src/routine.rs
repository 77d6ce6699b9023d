//! Where a statement ends that contains other statements: a trigger, a procedure, a block.
//!
//! A name may be BEGIN, CASE or END, so the scanner does not count words. In SQLite and PostgreSQL, a body
//! ends with the END that begins a statement, because no other statement there can begin with END. The MySQL
//! family nests blocks in blocks, and the scanner reads them statement by statement. If a text does not fit
//! these rules, its end is uncertain, and the result says so.

use super::create::{Created, Object, created, is_word};
use super::source::Source;
use super::statement::statement_of_setting;
use super::token::{Keyword, Kind};

/// How far a statement goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The statement goes to the next semicolon.
    Statement,
    /// The statement goes to this place, which is after the END of its body.
    Body(usize),
    /// The statement may go to the end of the text.
    Unknown,
    /// The statement is a block outside of a routine. MariaDB has such blocks.
    Block,
}

/// How far the statement that begins here goes.
pub(super) fn extent(source: &Source<'_>, start: usize) -> Extent {
    let mut at = statement_of_setting(source, start);
    if source.is_mysql() && begins_block(source, at) {
        return Extent::Block;
    }
    while source.is_sqlite()
        && ["explain", "query", "plan"]
            .iter()
            .any(|word| is_word(source, at, word))
    {
        at += 1;
    }
    let alters = is_word(source, at, "alter");
    if !alters && !source.is(at, Keyword::Create) {
        return Extent::Statement;
    }
    let created = created(source, at);
    let is_routine = match created.object {
        Object::Event => true,
        Object::Function | Object::Package | Object::Procedure | Object::Trigger => !alters,
        _ => false,
    };
    if !is_routine {
        return Extent::Statement;
    }
    if source.is_sqlite() {
        return end_behind_semicolon(source, at).map_or(Extent::Unknown, Extent::Body);
    }
    if source.is_postgres() {
        return end_of_atomic(source, at);
    }
    match body(source, created) {
        Some(Body::None) => Extent::Statement,
        Some(Body::At(body)) => Reader::new(source, body)
            .end()
            .map_or(Extent::Unknown, Extent::Body),
        None => Extent::Unknown,
    }
}

/// The place after the first END that begins a statement. The statements of a trigger of SQLite begin with
/// SELECT, INSERT, UPDATE, DELETE, REPLACE, WITH or VALUES.
fn end_behind_semicolon(source: &Source<'_>, mut at: usize) -> Option<usize> {
    while at < source.lexed.tokens.len() {
        if source.kind(at) == Kind::Semicolon && source.is(at + 1, Keyword::End) {
            return Some(at + 2);
        }
        at = source.after(at);
    }
    None
}

/// Finds the end of a body of PostgreSQL. The body is a string, or stands between BEGIN ATOMIC and END, where
/// no statement begins with END.
fn end_of_atomic(source: &Source<'_>, mut at: usize) -> Extent {
    while !source.is_end(at) {
        if source.is(at, Keyword::Begin) && is_word(source, at + 1, "atomic") {
            let first = at + 2;
            if source.is(first, Keyword::End) {
                return Extent::Body(first + 1);
            }
            let Some(end) = end_behind_semicolon(source, first) else {
                return Extent::Unknown;
            };
            // PostgreSQL reads a routine inside a body before it refuses that routine.
            let nests = (first..end).any(|at| source.is(at, Keyword::Create));
            return if nests {
                Extent::Unknown
            } else {
                Extent::Body(end)
            };
        }
        at = source.after(at);
    }
    Extent::Statement
}

/// Whether a block outside of routines begins here, perhaps after a label.
fn begins_block(source: &Source<'_>, at: usize) -> bool {
    let opens = ["case", "for", "if", "loop", "repeat", "while"];
    is_label(source, at)
        || opens.iter().any(|word| is_word(source, at, word))
        || (source.is(at, Keyword::Begin) && source.is(at + 1, Keyword::Not))
}

fn is_label(source: &Source<'_>, at: usize) -> bool {
    matches!(source.kind(at), Kind::Word | Kind::Quoted)
        && source.kind(at + 1) == Kind::Operator
        && source.text(at + 1..at + 2) == ":"
}

/// The body of a routine of the MySQL family.
enum Body {
    None,
    At(usize),
}

/// Where the body begins, if the scanner knows every word before it.
fn body(source: &Source<'_>, created: Created) -> Option<Body> {
    let mut at = created.at + 1;
    if is_word(source, at, "if") && source.is(at + 1, Keyword::Not) {
        at += 3;
    }
    if !source.is_name(at) {
        return None;
    }
    at = source.path(at).tokens.end;
    match created.object {
        Object::Trigger => {
            let event = at + 1;
            let is_known = ["before", "after"]
                .iter()
                .any(|word| is_word(source, at, word))
                && matches!(
                    source.keyword(event),
                    Keyword::Insert | Keyword::Update | Keyword::Delete
                )
                && source.is(event + 1, Keyword::On)
                && source.is_name(event + 2);
            at = source.path(event + 2).tokens.end;
            let is_known = is_known
                && source.is(at, Keyword::For)
                && is_word(source, at + 1, "each")
                && is_word(source, at + 2, "row");
            at += 3;
            if ["follows", "precedes"]
                .iter()
                .any(|word| is_word(source, at, word))
            {
                at = source.path(at + 1).tokens.end;
            }
            is_known.then_some(Body::At(at))
        }
        Object::Event => {
            while !source.is_end(at) {
                if source.is(at, Keyword::Do) && source.follows_an_operand(at) {
                    return Some(Body::At(at + 1));
                }
                at = source.after(at);
            }
            Some(Body::None)
        }
        Object::Function | Object::Procedure => {
            if source.kind(at) != Kind::Open {
                return None;
            }
            at = source.after(at);
            if is_word(source, at, "returns") {
                at = behind_type(source, at + 1);
            }
            Some(Body::At(behind_characteristics(source, at)))
        }
        _ => None,
    }
}

/// The place after a type: `VARCHAR(10) CHARACTER SET utf8mb4 COLLATE …`.
fn behind_type(source: &Source<'_>, mut at: usize) -> usize {
    let mut is_name = true;
    loop {
        let is = |word: &str| is_word(source, at, word);
        let more = [
            "ascii",
            "binary",
            "byte",
            "char",
            "precision",
            "signed",
            "unicode",
            "unsigned",
            "varbinary",
            "varchar",
            "varcharacter",
            "varying",
            "zerofill",
        ];
        if is("character") && source.is(at + 1, Keyword::Set) {
            at += 3;
        } else if is("charset") || is("collate") {
            at += 2;
        } else if is_name || is("character") || more.iter().any(|word| is(word)) {
            at += 1;
        } else {
            return at;
        }
        if source.kind(at) == Kind::Open {
            at = source.after(at);
        }
        is_name = false;
    }
}

fn behind_characteristics(source: &Source<'_>, mut at: usize) -> usize {
    loop {
        let is = |word: &str| is_word(source, at, word);
        at += if is("comment") || is("language") || (is("not") || is("no") || is("contains")) {
            2
        } else if is("deterministic") {
            1
        } else if is("reads") || is("modifies") || is("sql") {
            3
        } else {
            return at;
        };
    }
}

/// Statements that are a body by themselves and contain no statements.
const SIMPLE: &[&str] = &[
    "alter", "analyze", "call", "delete", "do", "drop", "grant", "insert", "optimize", "replace",
    "resignal", "return", "revoke", "select", "set", "signal", "truncate", "update", "with",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Block,
    Case,
    For,
    If,
    Loop,
    Repeat,
    While,
}

/// Reads a body of the MySQL family, statement by statement.
struct Reader<'a> {
    source: &'a Source<'a>,
    at: usize,
    open: Vec<Open>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source<'a>, at: usize) -> Self {
        Self {
            source,
            at,
            open: Vec::new(),
        }
    }

    /// The place after the body; none if that place is uncertain.
    fn end(mut self) -> Option<usize> {
        loop {
            // A statement begins here.
            if self.at >= self.source.lexed.tokens.len() {
                return None;
            }
            if is_label(self.source, self.at) {
                self.at += 2;
                if !begins_block(self.source, self.at) && !self.source.is(self.at, Keyword::Begin) {
                    return None;
                }
            }
            let word = match self.source.kind(self.at) {
                Kind::Word => self.source.text(self.at..self.at + 1).to_ascii_lowercase(),
                _ => String::new(),
            };
            let innermost = self.open.last().copied();
            match (word.as_str(), innermost) {
                ("begin", _) => {
                    self.open.push(Open::Block);
                    self.at += 1;
                    if self.source.is(self.at, Keyword::Not) {
                        self.at += 2;
                    }
                }
                ("if", _) => {
                    self.open.push(Open::If);
                    self.behind("then")?;
                }
                ("case", _) => {
                    self.open.push(Open::Case);
                    self.behind("when")?;
                    self.at -= 1;
                }
                ("loop", _) => self.opens(Open::Loop),
                ("repeat", _) => self.opens(Open::Repeat),
                ("while", _) => {
                    self.open.push(Open::While);
                    self.behind("do")?;
                }
                ("for", _) => {
                    self.open.push(Open::For);
                    self.behind("do")?;
                }
                ("when", Some(Open::Case)) | ("elseif", Some(Open::If)) => self.behind("then")?,
                ("else", Some(Open::Case | Open::If)) => self.at += 1,
                ("until", Some(Open::Repeat)) => {
                    self.behind("end")?;
                    self.at -= 1;
                    if self.closes()? {
                        return Some(self.at);
                    }
                }
                ("end", Some(_)) => {
                    if self.closes()? {
                        return Some(self.at);
                    }
                }
                ("declare", _) if self.begins_handler() => self.behind_conditions()?,
                _ => {
                    self.at = self.source.end_of_level(self.at);
                    if self.source.kind(self.at) != Kind::Semicolon {
                        return None;
                    }
                    if innermost.is_none() {
                        return SIMPLE.contains(&word.as_str()).then_some(self.at);
                    }
                    self.at += 1;
                }
            }
        }
    }

    fn opens(&mut self, what: Open) {
        self.open.push(what);
        self.at += 1;
    }

    /// Moves past the next such word that is not part of an expression.
    fn behind(&mut self, word: &str) -> Option<()> {
        let source = self.source;
        let mut cases = 0_usize;
        self.at += 1;
        while !source.is_end(self.at) {
            let at = self.at;
            self.at = source.after(at);
            let is_operand = !source.follows_an_operand(at);
            if cases == 0 && is_word(source, at, word) && (!is_operand || word == "when") {
                return Some(());
            }
            match source.keyword(at) {
                Keyword::Case => cases += 1,
                Keyword::End if cases > 0 && !is_operand => cases -= 1,
                _ => {}
            }
        }
        None
    }

    /// Reads an END, and returns whether it ends the body.
    fn closes(&mut self) -> Option<bool> {
        let word = match self.open.pop()? {
            Open::Block => None,
            Open::Case => Some("case"),
            Open::For => Some("for"),
            Open::If => Some("if"),
            Open::Loop => Some("loop"),
            Open::Repeat => Some("repeat"),
            Open::While => Some("while"),
        };
        self.at += 1;
        if let Some(word) = word {
            if !is_word(self.source, self.at, word) {
                return None;
            }
            self.at += 1;
        }
        // The label of the block.
        if matches!(self.source.kind(self.at), Kind::Word | Kind::Quoted) {
            self.at += 1;
        }
        if self.source.kind(self.at) != Kind::Semicolon {
            return None;
        }
        if self.open.is_empty() {
            return Some(true);
        }
        self.at += 1;
        Some(false)
    }

    fn begins_handler(&self) -> bool {
        is_word(self.source, self.at + 2, "handler") && self.source.is(self.at + 3, Keyword::For)
    }

    /// Skips the conditions of `DECLARE EXIT HANDLER FOR SQLSTATE '02000', NOT FOUND`. A statement follows
    /// them.
    fn behind_conditions(&mut self) -> Option<()> {
        let source = self.source;
        self.at += 4;
        loop {
            self.at += match source.kind(self.at) {
                Kind::Word if is_word(source, self.at, "sqlstate") => {
                    2 + usize::from(source.is(self.at + 1, Keyword::Value))
                }
                Kind::Word if is_word(source, self.at, "not") => 2,
                Kind::Word | Kind::Quoted | Kind::Literal => 1,
                _ => return None,
            };
            if source.kind(self.at) != Kind::Comma {
                return Some(());
            }
            self.at += 1;
        }
    }
}
