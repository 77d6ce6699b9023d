//! The statements of a text.

use std::ops::Range;

use super::refusal::{ONE_BY_ONE, Refusal};
use super::routine::{Extent, extent};
use super::source::Source;
use super::token::Kind;

/// Cuts a text into its statements.
///
/// If the end of a body is uncertain, the following text may be inside the body or after it. The text is
/// refused where the difference matters.
pub(super) fn split(source: &Source<'_>) -> Result<Vec<Range<usize>>, Refusal> {
    let mut statements = Vec::new();
    let (mut start, mut at) = (0, 0);
    let end = source.lexed.tokens.len();
    while at < end {
        if at == start {
            match extent(source, start) {
                Extent::Statement => {}
                Extent::Body(behind) => at = behind.min(end),
                Extent::Unknown => {
                    let semicolon = source.end_of_level(start);
                    if source.named(semicolon..end).is_some() {
                        return source.refuse_with(
                            "a body whose end is not certain, with its name behind a semicolon,",
                            "send the routine by itself, on the inner connection with `unscoped()`",
                        );
                    }
                    at = end;
                }
                Extent::Block => {
                    if source.named(start..end).is_some() {
                        return source.refuse_with("a block outside of a routine", ONE_BY_ONE);
                    }
                    at = end;
                }
            }
            if at >= end {
                break;
            }
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
