//! The text that users may write. A value of these types is valid, because the constructor checks it. A
//! request checks it when its body is read, so no handler has to validate text.

use serde::Deserialize;

/// One line of 1 to 200 characters, without leading or trailing space: a title, a name, a reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Line(String);

/// Text of up to 10,000 characters, which fits the text column of every database; may be empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Text(String);

impl Line {
    /// The length of the columns; see `migration.rs`.
    pub(crate) const MAX: u32 = 200;

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl Text {
    const MAX: usize = 10_000;

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl TryFrom<String> for Line {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let line = text.trim();
        if line.is_empty() {
            return Err("must not be empty".to_owned());
        }
        refuse_longer(line, Self::MAX as usize)?;
        if line.contains(char::is_control) {
            return Err("must be one line without control characters".to_owned());
        }
        Ok(Self(line.to_owned()))
    }
}

impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        refuse_longer(&text, Self::MAX)?;
        // PostgreSQL cannot store it.
        if text.contains('\0') {
            return Err("must not contain a NUL character".to_owned());
        }
        Ok(Self(text))
    }
}

fn refuse_longer(text: &str, max: usize) -> Result<(), String> {
    match text.chars().count() {
        length if length > max => Err(format!("must have at most {max} characters, not {length}")),
        _ => Ok(()),
    }
}
