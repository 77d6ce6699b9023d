//! Values that are assigned to a marker: do they trash the row or restore it?

use crate::tokens::{Kind, Token};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assignment {
    Delete,
    Restore,
}

impl Assignment {
    /// What `Expr::value(Some(now))`, `Some(now)`, `None`, `true` do. A variable counts as a delete.
    pub(crate) fn of(value: &[Token]) -> Self {
        match holds(value, &["None", "false", "NULL", "Null", "null", "0"]) {
            true => Self::Restore,
            false => Self::Delete,
        }
    }

    /// What `Set(…)` does, or `None` for `NotSet`, `Unchanged(…)` and anything else.
    pub(crate) fn of_active_value(value: &[Token]) -> Option<Self> {
        let set = value.iter().position(|token| token.is_ident("Set"))?;
        let Kind::Group(_, inner) = &value.get(set + 1)?.kind else {
            return None;
        };
        Some(Self::of(inner))
    }

    /// Whether the value is written out, and does not come from elsewhere.
    pub(crate) fn is_evident(value: &[Token]) -> bool {
        holds(value, &["Some", "None", "true", "false", "now"])
    }
}

fn holds(value: &[Token], words: &[&str]) -> bool {
    value.iter().any(|token| match &token.kind {
        Kind::Ident(word) => words.contains(&word.as_str()),
        Kind::Literal(text) => words.contains(&text.trim_matches('"')),
        Kind::Group(_, inner) => holds(inner, words),
        Kind::Punct(_) => false,
    })
}
