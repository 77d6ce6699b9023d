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
    pub(crate) fn of_active_value<'a>(value: impl Iterator<Item = &'a Token>) -> Option<Self> {
        let mut value = value.take_while(|token| !token.is(';'));
        value.find(|token| token.is_ident("Set"))?;
        match &value.next()?.kind {
            Kind::Group(_, inner) => Some(Self::of(inner)),
            _ => None,
        }
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
