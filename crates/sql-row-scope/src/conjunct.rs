//! Conditions that a statement has already, as those of the verbs have, need not be said twice.

use std::collections::HashSet;
use std::ops::Range;

use super::source::Source;
use super::token::{Keyword, Kind};

/// The conditions of up to `longest` bytes that AND joins here, word for word.
///
/// Where anything else than AND is at this level that AND could belong to, there are none. A longer one,
/// which may hold a query with conditions of its own, is not read: it would be again in that query.
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
        // `||` and `&&` are OR and AND to MySQL, with some settings.
        if source.kind(at) == Kind::Operator && source.text(at..at + 1).contains(['|', '&', '!']) {
            return HashSet::new();
        }
        at = source.after(at);
    }
    insert(begin..condition.end);
    found
}
