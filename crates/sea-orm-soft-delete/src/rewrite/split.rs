//! The statements of a text.

use std::ops::Range;

use super::refusal::Refusal;
use super::source::Source;
use super::token::{Keyword, Kind};

/// Cuts a text into its statements.
pub(super) fn split(source: &Source<'_>) -> Result<Vec<Range<usize>>, Refusal> {
    let mut statements = Vec::new();
    let (mut start, mut at) = (0, 0);
    let end = source.lexed.tokens.len();
    while at < end {
        if at == start && creates_a_routine(source, at) {
            at = end_of_routine(source, at, end)?;
        }
        match source.kind(at) {
            Kind::Semicolon => {
                if at > start {
                    statements.push(start..at);
                }
                start = at + 1;
                at += 1;
            }
            _ => at = source.after(at),
        }
    }
    if end > start {
        statements.push(start..end);
    }
    Ok(statements)
}

/// CREATE TRIGGER and the like, whose bodies are statements of their own.
fn creates_a_routine(source: &Source<'_>, at: usize) -> bool {
    source.is(at, Keyword::Create)
        && (at + 1..at + 12)
            .take_while(|at| source.kind(*at) != Kind::Semicolon && source.kind(*at) != Kind::Open)
            .take_while(|at| !is_other_object(source, *at))
            .any(|at| {
                matches!(
                    source.keyword(at),
                    Keyword::Trigger
                        | Keyword::Function
                        | Keyword::Procedure
                        | Keyword::Event
                        | Keyword::Package
                )
            })
}

/// What is created otherwise may be called as a routine is: `CREATE TABLE event`.
fn is_other_object(source: &Source<'_>, at: usize) -> bool {
    let word = source.text(at..at + 1);
    [
        "database", "index", "role", "schema", "sequence", "table", "type", "user", "view",
    ]
    .iter()
    .any(|object| word.eq_ignore_ascii_case(object))
}

/// Where the END of a body is, if there is a body.
fn end_of_routine(source: &Source<'_>, start: usize, end: usize) -> Result<usize, Refusal> {
    let mut depth = 0_usize;
    let mut at = start;
    while at < end {
        match source.keyword(at) {
            Keyword::Begin => depth += 1,
            Keyword::Case if depth > 0 && !source.is(at - 1, Keyword::End) => depth += 1,
            Keyword::End if depth > 0 => {
                // END IF, END LOOP and the like close what is not counted.
                let closes = ["if", "loop", "while", "repeat", "for"];
                let next = source.text(at + 1..at + 2);
                if !closes.iter().any(|word| next.eq_ignore_ascii_case(word)) {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(at);
                    }
                }
            }
            _ => {}
        }
        if depth == 0 && source.kind(at) == Kind::Semicolon {
            return Ok(at);
        }
        at += 1;
    }
    if depth > 0 {
        return source.refuse_here("a body whose END it does not find");
    }
    Ok(end)
}
