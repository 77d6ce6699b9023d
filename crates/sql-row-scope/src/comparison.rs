//! The parts of a condition, and what a part compares a column with.

use std::ops::Range;

use super::source::Source;
use super::token::{Keyword, Kind};

/// A condition that AND joins to the others of its level, without parentheses around it.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) tokens: Range<usize>,
    /// Whether it holds an operator to which AND or OR could belong otherwise, so that it is not read further.
    is_opaque: bool,
}

/// How a column is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<>` or `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    pub(super) fn of(text: &str) -> Option<Self> {
        Some(match text {
            "=" | "==" => Self::Equal,
            "<>" | "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    /// The operator with its sides exchanged.
    fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            other => other,
        }
    }

    /// Whether `0 <operator> number` holds for zero alone among the numbers from 0 (`Some(true)`), not for
    /// zero (`Some(false)`), or for zero and others (`None`).
    pub fn of_zero(self, number: i64) -> Option<bool> {
        let (holds, holds_for_others) = match self {
            Self::Equal => (number == 0, false),
            Self::NotEqual => (number != 0, true),
            Self::Less => (number > 0, number > 1),
            Self::LessOrEqual => (number >= 0, number > 0),
            Self::Greater => (number < 0, true),
            Self::GreaterOrEqual => (number <= 0, true),
        };
        match (holds, holds_for_others) {
            (false, _) => Some(false),
            (true, false) => Some(true),
            (true, true) => None,
        }
    }
}

/// What a column is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    IsNull,
    IsNotNull,
    /// Something that is not true of NULL.
    RejectsNull,
    /// `column`, `NOT column`, `column = TRUE`, `column IS FALSE`.
    Bool(bool),
    Number(Operator, i64),
    /// A bound value, by its position.
    Value(Operator, usize),
    /// `(column IS NULL OR column = 0)`
    Live,
}

/// Splits a condition into the parts that AND joins, through parentheses.
pub(super) fn parts(source: &Source<'_>, condition: &Range<usize>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut open = vec![condition.clone()];
    while let Some(range) = open.pop() {
        let range = bare(source, range);
        match conjuncts(source, &range) {
            None => parts.push(Part {
                tokens: range,
                is_opaque: true,
            }),
            Some(conjuncts) if conjuncts.len() == 1 => parts.push(Part {
                tokens: range,
                is_opaque: false,
            }),
            Some(conjuncts) => open.extend(conjuncts),
        }
    }
    parts.sort_unstable_by_key(|part| part.tokens.start);
    parts
}

/// The range without the parentheses around it.
fn bare(source: &Source<'_>, mut range: Range<usize>) -> Range<usize> {
    while range.len() > 2
        && source.kind(range.start) == Kind::Open
        && source.after(range.start) == range.end
        && !matches!(
            source.keyword(range.start + 1),
            Keyword::Select | Keyword::With | Keyword::Values
        )
    {
        range = range.start + 1..range.end - 1;
    }
    range
}

/// The conditions that AND joins at this level; `None` if another operator of the level could claim an AND.
fn conjuncts(source: &Source<'_>, range: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut conjuncts = Vec::new();
    let mut begin = range.start;
    let mut at = range.start;
    let mut is_between = false;
    while at < range.end {
        match source.keyword(at) {
            Keyword::And if is_between => is_between = false,
            Keyword::And => {
                conjuncts.push(begin..at);
                begin = at + 1;
            }
            Keyword::Between => is_between = true,
            Keyword::Or | Keyword::Xor | Keyword::Case => return None,
            _ => {}
        }
        // With some settings, `||` and `&&` are OR and AND in MySQL.
        if source.kind(at) == Kind::Operator && source.text(at..at + 1).contains(['|', '&']) {
            return None;
        }
        at = source.after(at);
    }
    conjuncts.push(begin..range.end);
    conjuncts.retain(|conjunct| !conjunct.is_empty());
    (!conjuncts.is_empty()).then_some(conjuncts)
}

/// The side of an OR that compares the column whose name has these tokens: `deleted_at IS NULL OR x`.
///
/// It looks only at the next few tokens, so that a long OR costs no more for each of its sides.
pub(super) fn side_of_or(source: &Source<'_>, part: &Part, column: Range<usize>) -> Option<Part> {
    const LONGEST: usize = 8;
    let (mut start, mut end) = (column.start, column.end);
    while start > part.tokens.start && source.kind(start - 1) == Kind::Open {
        start -= 1;
    }
    while end < part.tokens.end && !source.is(end, Keyword::Or) && source.kind(end) != Kind::Close {
        end = source.after(end);
        if end > column.end + LONGEST {
            return None;
        }
    }
    let side = column.start..end;
    let parentheses = column.start - start;
    let close = (end..part.tokens.end).take_while(|at| source.kind(*at) == Kind::Close);
    let is_closed = close.take(parentheses).count() == parentheses;
    end += parentheses;
    let begins = start == part.tokens.start || source.is(start - 1, Keyword::Or);
    let ends = end == part.tokens.end || source.is(end, Keyword::Or);
    let is_of_this_level = source.token(start).depth == source.token(part.tokens.start).depth;
    (part.is_opaque && is_closed && begins && ends && is_of_this_level).then_some(Part {
        tokens: side,
        is_opaque: false,
    })
}

/// What a part compares the column with whose name has these tokens.
pub(super) fn compared(source: &Source<'_>, part: &Part, column: Range<usize>) -> Option<Compared> {
    if part.is_opaque {
        return null_or_zero(source, part, &column);
    }
    let mut tokens = part.tokens.clone();
    let is_negated = source.is(tokens.start, Keyword::Not);
    if is_negated {
        tokens = bare(source, tokens.start + 1..tokens.end);
    }
    let compared = match tokens.start == column.start {
        true => compared_on_the_right(source, column.end..tokens.end),
        false if tokens.end == column.end => {
            let operator = column.start.checked_sub(1)?;
            compared_by(source, operator, tokens.start..operator, Operator::mirrored)
        }
        false => None,
    }?;
    match (is_negated, compared) {
        (false, compared) => Some(compared),
        (true, Compared::IsNull) => Some(Compared::IsNotNull),
        (true, Compared::IsNotNull) => Some(Compared::IsNull),
        (true, Compared::Bool(is_true)) => Some(Compared::Bool(!is_true)),
        // NOT of NULL is NULL.
        (true, _) => Some(Compared::RejectsNull),
    }
}

fn compared_on_the_right(source: &Source<'_>, rest: Range<usize>) -> Option<Compared> {
    if rest.is_empty() {
        return Some(Compared::Bool(true));
    }
    let word = |at: usize, word: &str| source.text(at..at + 1).eq_ignore_ascii_case(word);
    let negated = usize::from(source.is(rest.start + 1, Keyword::Not));
    match source.keyword(rest.start) {
        Keyword::Is if rest.len() == 2 + negated => {
            let (at, is_negated) = (rest.start + 1 + negated, negated == 1);
            if word(at, "null") {
                return Some(match is_negated {
                    true => Compared::IsNotNull,
                    false => Compared::IsNull,
                });
            }
            let is_true = word(at, "true");
            (is_true || word(at, "false")).then_some(Compared::Bool(is_true != is_negated))
        }
        Keyword::In | Keyword::Between | Keyword::Like => Some(Compared::RejectsNull),
        Keyword::Not
            if matches!(
                source.keyword(rest.start + 1),
                Keyword::In | Keyword::Between | Keyword::Like
            ) =>
        {
            Some(Compared::RejectsNull)
        }
        _ => compared_by(source, rest.start, rest.start + 1..rest.end, |same| same),
    }
}

/// What the operator at a place compares the column with, if the other side is one operand.
fn compared_by(
    source: &Source<'_>,
    operator: usize,
    other: Range<usize>,
    side: impl Fn(Operator) -> Operator,
) -> Option<Compared> {
    let operator = side(Operator::of(source.text(operator..operator + 1))?);
    if other.len() == 1 {
        if let Some(value) = placeholder(source, other.start) {
            return Some(Compared::Value(operator, value));
        }
        let text = source.text(other.clone());
        if let Ok(number) = text.parse() {
            return Some(Compared::Number(operator, number));
        }
        let is_true = text.eq_ignore_ascii_case("true");
        if is_true || text.eq_ignore_ascii_case("false") {
            return match operator {
                Operator::Equal => Some(Compared::Bool(is_true)),
                Operator::NotEqual => Some(Compared::Bool(!is_true)),
                _ => None,
            };
        }
    }
    let mut at = other.start;
    while at < other.end {
        let is_operator = source.kind(at) == Kind::Operator
            && (Operator::of(source.text(at..at + 1)).is_some()
                || source.text(at..at + 1) == "<=>");
        let is_word = matches!(
            source.keyword(at),
            Keyword::Is | Keyword::Not | Keyword::In | Keyword::Between | Keyword::Like
        );
        if is_operator || is_word {
            return None;
        }
        at = source.after(at);
    }
    (!other.is_empty()).then_some(Compared::RejectsNull)
}

/// `column IS NULL OR column = 0`, as this crate writes it.
fn null_or_zero(source: &Source<'_>, part: &Part, column: &Range<usize>) -> Option<Compared> {
    let name = source.text(column.clone());
    let live = format!("{name} IS NULL OR {name} = 0");
    let tokens = part.tokens.len();
    (tokens == 2 * column.len() + 5 && source.text(part.tokens.clone()) == live)
        .then_some(Compared::Live)
}

/// The position, from 0, of the value that a placeholder at this place binds.
pub(super) fn placeholder(source: &Source<'_>, at: usize) -> Option<usize> {
    if source.kind(at) != Kind::Literal {
        return None;
    }
    let text = source.text(at..at + 1);
    match text.strip_prefix(['$', '?'])? {
        "" => usize::try_from(source.token(at).placeholders).ok(),
        number => number.parse::<usize>().ok()?.checked_sub(1),
    }
}
