//! The comments that tell a scoped connection which rows a statement means.

/// What a comment asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// The statement reaches trashed rows.
    WithTrashed,
    /// A DELETE removes the rows.
    ForceDelete,
}

/// A comment such as `/* soft_delete: with_trashed(note) */`.
pub(super) struct Mark {
    verb: Verb,
    /// The tables in lower case; none for all of them.
    tables: Vec<String>,
}

impl Mark {
    fn read(comment: &str) -> Option<Self> {
        let inside = comment.trim().strip_prefix("soft_delete:")?.trim();
        let (verb, tables) = inside.split_once('(').unwrap_or((inside, ""));
        let tables = tables.trim_end_matches(')').split(',');
        let tables = tables.map(|table| {
            let name = table.rsplit('.').next().unwrap_or(table);
            name.trim().to_lowercase()
        });
        Some(Self {
            verb: match verb.trim() {
                "force_delete" => Verb::ForceDelete,
                _ => Verb::WithTrashed,
            },
            tables: tables.filter(|table| !table.is_empty()).collect(),
        })
    }

    /// Whether it asks for `verb` on `table`; `None` for a table that cannot be told.
    pub(super) fn asks(&self, verb: Verb, table: Option<&str>) -> bool {
        let is_it = |table| self.tables.iter().any(|named| named == table);
        self.verb == verb && (self.tables.is_empty() || table.is_none_or(is_it))
    }
}

/// The text without its block comments, and the marks among them.
pub(super) fn split_comments(mut text: &str) -> (String, Vec<Mark>) {
    let (mut rest, mut marks) = (String::new(), Vec::new());
    while let Some((before, after)) = text.split_once("/*") {
        let (comment, behind) = after.split_once("*/").unwrap_or((after, ""));
        rest.push_str(before);
        rest.push(' ');
        marks.extend(Mark::read(comment));
        text = behind;
    }
    rest.push_str(text);
    (rest, marks)
}

/// The comment that asks for `verb` on `table`.
pub(crate) fn comment(verb: Verb, table: &str) -> String {
    let verb = match verb {
        Verb::WithTrashed => "with_trashed",
        Verb::ForceDelete => "force_delete",
    };
    format!("/* soft_delete: {verb}({table}) */")
}
