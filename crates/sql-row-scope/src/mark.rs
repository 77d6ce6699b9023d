//! Comments that instruct the scanner: `/* soft_delete: with_trashed(post) */`.
//!
//! A bound value, or a string in the text, is never a comment: only the author of the statement can lift a
//! scope.

use std::borrow::Cow;
use std::fmt::Write;

use super::lexer::MARK;

/// The request of a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark<'a> {
    pub(crate) verb: MarkVerb,
    /// The tables that the comment names, or the scopes that it lifts; an empty list means all tables.
    pub(crate) names: Vec<MarkedName<'a>>,
}

/// The effect of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkVerb {
    /// The statement sees trashed rows as it sees live rows.
    WithTrashed,
    /// A DELETE is physical.
    ForceDelete,
    /// The statement is a soft delete by a verb: its conditions on the marker are complete, and nothing lifts them.
    Delete,
    /// The statement reaches the rows that the condition of a scope excludes.
    Lift,
}

/// A table, or a scope, as a mark names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MarkedName<'a> {
    pub(crate) schema: Option<Cow<'a, str>>,
    pub(crate) name: Cow<'a, str>,
}

impl MarkVerb {
    fn spelling(self) -> &'static str {
        match self {
            Self::WithTrashed => "with_trashed",
            Self::ForceDelete => "force_delete",
            Self::Delete => "delete",
            Self::Lift => "lift",
        }
    }
}

/// The comment that a verb puts into its statement.
pub fn write(verb: MarkVerb, schema: Option<&str>, table: &str) -> String {
    let mut mark = format!("/* {MARK} {}(", verb.spelling());
    if let Some(schema) = schema {
        write_name(&mut mark, schema);
        mark.push('.');
    }
    write_name(&mut mark, table);
    mark.push_str(") */");
    mark
}

/// Reads a whole comment. The error says what is wrong with the comment.
pub(crate) fn read(comment: &str) -> Result<Mark<'_>, &'static str> {
    let inside = comment
        .strip_prefix("/*")
        .and_then(|rest| rest.strip_suffix("*/"))
        .and_then(|rest| rest.trim().strip_prefix(MARK))
        .ok_or("it is no comment of the form `/* soft_delete: … */`")?
        .trim();
    let (verb, names) = match inside.split_once('(') {
        None => (inside, Vec::new()),
        Some((verb, list)) => {
            let list = list
                .strip_suffix(')')
                .ok_or("its list of tables does not end in `)`")?;
            (verb.trim_end(), list.split(',').map(read_marked).collect())
        }
    };
    let verb = [
        MarkVerb::WithTrashed,
        MarkVerb::ForceDelete,
        MarkVerb::Delete,
        MarkVerb::Lift,
    ]
    .into_iter()
    .find(|known| known.spelling() == verb)
    .ok_or("it asks for none of `with_trashed`, `force_delete` and `lift`")?;
    if names.iter().any(|named| named.name.is_empty()) {
        return Err("it names an empty table");
    }
    if verb == MarkVerb::Lift && names.is_empty() {
        return Err("it names no scope to lift");
    }
    Ok(Mark { verb, names })
}

fn read_marked(marked: &str) -> MarkedName<'_> {
    match marked.split_once('.') {
        Some((schema, name)) => MarkedName {
            schema: Some(read_name(schema)),
            name: read_name(name),
        },
        None => MarkedName {
            schema: None,
            name: read_name(marked),
        },
    }
}

/// Writes letters, digits, `_`, `$`, `-` and inner blanks unchanged, and everything else as `%2A`. So no name
/// can end the comment, and no name can be taken for two names.
fn write_name(mark: &mut String, name: &str) {
    let blank_edge = name.trim() != name;
    for character in name.chars() {
        let plain = character.is_alphanumeric()
            || matches!(character, '_' | '$' | '-')
            || (character == ' ' && !blank_edge);
        if plain {
            mark.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                // Writing to a string cannot fail.
                let _ = write!(mark, "%{byte:02X}");
            }
        }
    }
}

fn read_name(name: &str) -> Cow<'_, str> {
    let name = name.trim();
    if !name.contains('%') {
        return Cow::Borrowed(name);
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let code = after
            .get(..2)
            .and_then(|code| std::str::from_utf8(code).ok())
            .and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(code) if byte == b'%' => {
                bytes.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => bytes.push(byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn comes_back(schema: Option<&str>, table: &str, written: &str) {
        let mark = write(MarkVerb::WithTrashed, schema, table);
        assert_eq!(mark, written);
        let read = read(&mark).unwrap();
        assert_eq!(read.verb, MarkVerb::WithTrashed);
        assert_eq!(read.names.len(), 1);
        assert_eq!(read.names[0].schema.as_deref(), schema);
        assert_eq!(read.names[0].name, table);
    }

    #[test]
    fn a_written_mark_can_be_read() {
        comes_back(None, "post", "/* soft_delete: with_trashed(post) */");
        comes_back(
            Some("blog"),
            "post",
            "/* soft_delete: with_trashed(blog.post) */",
        );
        comes_back(None, "my post", "/* soft_delete: with_trashed(my post) */");
        comes_back(
            Some("a.b"),
            "*/ x, (é)",
            "/* soft_delete: with_trashed(a%2Eb.%2A%2F x%2C %28é%29) */",
        );
    }

    #[test]
    fn handwritten_marks_are_read() {
        let mark = read("/*soft_delete:with_trashed( post , blog.author )*/").unwrap();
        assert_eq!(mark.names.len(), 2);
        assert_eq!(mark.names[1].name, "author");
        let all = read("/* soft_delete: with_trashed */").unwrap();
        assert!(all.names.is_empty());
        let force = read("/* soft_delete: force_delete (post) */").unwrap();
        assert_eq!(force.verb, MarkVerb::ForceDelete);
    }

    #[test]
    fn a_misspelt_mark_is_an_error() {
        for wrong in [
            "/* soft_delete: */",
            "/* soft_delete: withtrashed(post) */",
            "/* soft_delete: with_trashed(post */",
            "/* soft_delete: with_trashed() */",
            "/* soft_delete: with_trashed(post,) */",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
