//! Finds the conditions that a statement already has, such as the conditions that the verbs add: the rewriter
//! need not add them a second time.

use std::collections::HashSet;
use std::ops::Range;

use super::source::Source;
use super::token::{Keyword, Kind};

/// The conditions of up to `longest` bytes that AND joins at this level, word for word.
///
/// If this level holds another operator to which an AND could belong, the result is empty. A longer condition
/// may hold a query with conditions of its own; it is not read here, because it would be read again in that
/// query.
pub(super) fn all<'a>(
    source: &Source<'a>,
    condition: &Range<usize>,
    longest: usize,
) -> HashSet<&'a str> {
    let mut found = HashSet::new();
    let mut insert = |conjunct: Range<usize>| {
        let text = source.text(conjunct);
        if text.len() <= longest {
            #[cfg(test)]
            super::source::compared(text);
            found.insert(text);
        }
    };
    let mut begin = condition.start;
    let mut at = condition.start;
    while at < condition.end {
        match source.keyword(at) {
            Keyword::And => {
                insert(begin..at);
                begin = at + 1;
            }
            Keyword::Or | Keyword::Xor | Keyword::Between | Keyword::Case | Keyword::Not => {
                let is_null_test = source.is(at, Keyword::Not) && source.is(at - 1, Keyword::Is);
                if !is_null_test {
                    return HashSet::new();
                }
            }
            _ => {}
        }
        // With some settings, `||` and `&&` are OR and AND in MySQL.
        if source.kind(at) == Kind::Operator && source.text(at..at + 1).contains(['|', '&', '!']) {
            return HashSet::new();
        }
        at = source.after(at);
    }
    insert(begin..condition.end);
    found
}
