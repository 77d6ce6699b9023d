//! Conditions without AND, OR and NOT, with `$` for the marker.

use super::token::{Token, inside};
use super::{MarkerNamed, State, instant};
use crate::entity::marker::MarkerStorage;

const NULL: &[&str] = &["$ is null", "$ isnull", "$ <=> null"];
const NOT_NULL: &[&str] = &["$ is not null", "$ notnull"];
const ZERO: &[&str] = &["$ = 0", "0 = $", "$ <= 0", "$ < 1", "$ <=> 0"];
const NOT_ZERO: &[&str] = &["$ <> 0", "$ != 0", "$ > 0"];
const NULL_OR_ZERO: &[&str] = &["coalesce ( $ , 0 ) = 0", "ifnull ( $ , 0 ) = 0"];
const FALSE: &[&str] = &[
    "$ = false",
    "false = $",
    "$ is false",
    "$ is 0",
    "$ is not true",
    "$ is not 1",
    "$ <> true",
    "$ != true",
    "$ <> 1",
    "$ != 1",
    "$ <=> false",
];
const TRUE: &[&str] = &[
    "$",
    "$ = true",
    "true = $",
    "$ = 1",
    "1 = $",
    "$ is true",
    "$ is 1",
    "$ <> false",
    "$ != false",
];
const SENTINEL: &[&str] = &["$ = live", "live = $", "$ >= live", "$ <=> live"];
const NOT_SENTINEL: &[&str] = &["$ <> live", "$ != live", "$ < live"];

impl MarkerNamed<'_> {
    /// Whether only rows in this state satisfy the condition.
    pub(super) fn is_atom_of(&self, state: State, atom: &str) -> bool {
        use MarkerStorage::{Epoch, Flag, Nullable, NullableEpoch, Sentinel};

        let atoms: &[&[&str]] = match (self.storage, state) {
            (Nullable { .. }, State::Live) => &[NULL],
            (Nullable { .. }, State::Trashed) => &[NOT_NULL],
            (Flag, State::Live) => &[ZERO, FALSE],
            (Flag, State::Trashed) => &[NOT_ZERO, TRUE],
            (Epoch { .. }, State::Live) => &[ZERO],
            (Epoch { .. }, State::Trashed) => &[NOT_ZERO],
            (NullableEpoch { .. }, State::Live) => &[NULL, ZERO, NULL_OR_ZERO],
            // The negation of either is live, or NULL.
            (NullableEpoch { .. }, State::Trashed) => &[NOT_NULL, NOT_ZERO],
            (Sentinel { .. }, State::Live) => &[SENTINEL],
            (Sentinel { .. }, State::Trashed) => &[NOT_SENTINEL],
        };
        atoms.iter().any(|atoms| atoms.contains(&atom))
    }

    /// Spells a condition.
    pub(super) fn atom(&self, tokens: &[Token]) -> String {
        let words = inside(tokens).iter().map(|token| match token {
            token if token.is_name(self.name) => "$".to_owned(),
            Token::Word(word) | Token::Symbol(word) => word.clone(),
            Token::Name(name) => format!("\"{name}\""),
            Token::Text(text) => self.spell(text),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// Spells a text, with `live` for the instant of live rows.
    fn spell(&self, text: &str) -> String {
        let word = match self.storage {
            MarkerStorage::Sentinel { live, .. } if instant(text) == Some(live) => "live",
            MarkerStorage::Flag if matches!(text, "f" | "false") => "false",
            MarkerStorage::Flag if matches!(text, "t" | "true") => "true",
            MarkerStorage::Flag
            | MarkerStorage::Epoch { .. }
            | MarkerStorage::NullableEpoch { .. }
                if text.parse::<i64>().is_ok() =>
            {
                text
            }
            _ => return format!("'{text}'"),
        };
        word.to_owned()
    }
}
