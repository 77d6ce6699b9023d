//! `// soft-delete: allow(reads-trash)`: a comment that silences findings of its line, or of the next one if it
//! stands alone.

use std::collections::HashMap;

use crate::finding::Finding;

const OPENING: &str = "soft-delete: allow(";

/// The codes that are silenced, by line.
pub(crate) struct Allowed<'a> {
    lines: HashMap<usize, Vec<&'a str>>,
}

impl<'a> Allowed<'a> {
    pub(crate) fn of_text(text: &'a str) -> Self {
        let mut lines: HashMap<usize, Vec<&str>> = HashMap::new();
        let mut carried = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let codes = codes(line);
            let stands_alone = line.trim_start().starts_with("//");
            if stands_alone {
                carried.extend(codes);
                continue;
            }
            carried.extend(codes);
            if !carried.is_empty() {
                lines.insert(index + 1, std::mem::take(&mut carried));
            }
        }
        Self { lines }
    }

    pub(crate) fn contains(&self, finding: &Finding) -> bool {
        let codes = self.lines.get(&finding.line);
        codes.is_some_and(|codes| codes.contains(&finding.code.name()))
    }
}

fn codes(line: &str) -> impl Iterator<Item = &str> {
    let comment = line.split_once("//").map_or("", |(_, comment)| comment);
    let codes = comment
        .split_once(OPENING)
        .and_then(|(_, rest)| rest.split_once(')'));
    let codes = codes.map_or("", |(codes, _)| codes);
    codes
        .split(',')
        .map(str::trim)
        .filter(|code| !code.is_empty())
}
