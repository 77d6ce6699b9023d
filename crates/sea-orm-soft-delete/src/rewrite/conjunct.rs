//! Conditions that a statement has already, as those of the verbs have, need not be said twice.

use std::ops::Range;

use super::source::Source;
use super::token::{Keyword, Kind};

/// Whether one of the conditions that AND joins here is, word for word, this one.
///
/// Where anything else than AND is at this level that AND could belong to, the answer is no.
pub(super) fn has(source: &Source<'_>, condition: &Range<usize>, wanted: &str) -> bool {
    let mut found = false;
    let mut begin = condition.start;
    let mut at = condition.start;
    while at < condition.end {
        match source.keyword(at) {
            Keyword::And => {
                found |= source.text(begin..at) == wanted;
                begin = at + 1;
            }
            Keyword::Or | Keyword::Xor | Keyword::Between | Keyword::Case | Keyword::Not => {
                let is_null_test = source.is(at, Keyword::Not) && source.is(at - 1, Keyword::Is);
                if !is_null_test {
                    return false;
                }
            }
            _ => {}
        }
        // `||` and `&&` are OR and AND to MySQL, with some settings.
        if source.kind(at) == Kind::Operator && source.text(at..at + 1).contains(['|', '&', '!']) {
            return false;
        }
        at = source.after(at);
    }
    found || source.text(begin..condition.end) == wanted
}
