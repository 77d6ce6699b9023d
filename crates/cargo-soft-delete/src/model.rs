//! A model as it is declared: its table, its markers, its derives.

use std::path::{Path, PathBuf};

use proc_macro2::Delimiter;

use crate::marker::{Marker, MarkerNames};
use crate::names::paths_of_type;
use crate::tokens::{Kind, Position, Token, at};

pub(crate) struct Entity {
    /// The module that holds it, from the root of the sources: `src::entities::note`.
    pub(crate) module: Vec<String>,
    pub(crate) table: String,
    /// None if the entity cannot be soft-deleted.
    pub(crate) markers: Vec<Marker>,
    /// Whether it derives `SoftDelete`.
    pub(crate) is_moved: bool,
    pub(crate) file: PathBuf,
    pub(crate) at: Position,
}

impl Entity {
    pub(crate) fn name(&self) -> &str {
        self.module.last().map_or(&self.table, String::as_str)
    }

    pub(crate) fn is_soft_deletable(&self) -> bool {
        self.is_moved || !self.markers.is_empty()
    }
}

/// Reads the model that the keyword `struct` at `index` begins, if it is one.
pub(crate) fn read_model(
    file: &Path,
    module: &[String],
    tokens: &[Token],
    index: usize,
    names: &MarkerNames,
) -> Option<Entity> {
    let fields = at(tokens, index + 2)?.group(Delimiter::Brace)?;
    let attributes = attributes_before(tokens, index);
    let derives = |name: &str| {
        attributes.iter().any(|attribute| {
            attribute
                .first()
                .is_some_and(|first| first.is_ident("derive"))
                && paths_of_type(attribute)
                    .iter()
                    .any(|path| path.last() == Some(&name))
        })
    };
    if !derives("DeriveEntityModel") && !derives("DeriveModel") {
        return None;
    }
    let table = attributes
        .iter()
        .find_map(|attribute| value_of(attribute, "table_name"));
    Some(Entity {
        module: module.to_vec(),
        table: table
            .or(module.last().map(String::as_str))
            .unwrap_or_default()
            .to_owned(),
        markers: read_markers(fields, names),
        is_moved: derives("SoftDelete") && !attributes.iter().any(|it| leaves_out_verbs(it)),
        file: file.to_owned(),
        at: tokens[index].at,
    })
}

fn read_markers(fields: &[Token], names: &MarkerNames) -> Vec<Marker> {
    let mut markers = Vec::new();
    let mut attributes: Vec<&[Token]> = Vec::new();
    let mut index = 0;
    while let Some(token) = at(fields, index) {
        index += 1;
        if let Some(attribute) = token.group(Delimiter::Bracket) {
            attributes.push(attribute);
            continue;
        }
        let Some(field) = token
            .ident()
            .filter(|_| at(fields, index).is_some_and(|next| next.is(':')))
        else {
            continue;
        };
        let end = end_of_field(fields, index);
        let type_words: Vec<&str> = fields[index..end].iter().filter_map(Token::ident).collect();
        let column = attributes
            .iter()
            .find_map(|attribute| value_of(attribute, "column_name"));
        let is_named = attributes
            .iter()
            .any(|attribute| is_marker_attribute(attribute));
        if is_named
            || [Some(field), column]
                .into_iter()
                .flatten()
                .any(|name| names.contain(name, &type_words))
        {
            let marker = Marker::new(field, column, &type_words);
            match is_named {
                true => markers.insert(0, marker),
                false => markers.push(marker),
            }
        }
        attributes.clear();
        index = end;
    }
    markers
}

/// The index of the `,` behind the type, past the `,` of `HashMap<A, B>`.
fn end_of_field(fields: &[Token], start: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in fields.iter().enumerate().skip(start) {
        match token.kind {
            Kind::Punct('<') => depth += 1,
            Kind::Punct('>') => depth = depth.saturating_sub(1),
            Kind::Punct(',') if depth == 0 => return index,
            _ => {}
        }
    }
    fields.len()
}

/// Whether it is `soft_delete(marker, …)`.
fn is_marker_attribute(attribute: &[Token]) -> bool {
    let arguments = at(attribute, 1).and_then(|token| token.group(Delimiter::Parenthesis));
    attribute
        .first()
        .is_some_and(|first| first.is_ident("soft_delete"))
        && arguments.is_some_and(|keys| keys.iter().any(|key| key.is_ident("marker")))
}

/// Whether it is `#[soft_delete(verbs = false)]`, with which no call on the entity changes.
fn leaves_out_verbs(attribute: &[Token]) -> bool {
    let arguments = at(attribute, 1).and_then(|token| token.group(Delimiter::Parenthesis));
    let leaves_out = |keys: &[Token]| {
        keys.windows(3).any(|tokens| {
            tokens[0].is_ident("verbs") && tokens[1].is('=') && tokens[2].is_ident("false")
        })
    };
    attribute
        .first()
        .is_some_and(|first| first.is_ident("soft_delete"))
        && arguments.is_some_and(leaves_out)
}

/// The text of `key = "…"` in an attribute.
fn value_of<'a>(attribute: &'a [Token], key: &str) -> Option<&'a str> {
    let arguments = at(attribute, 1)?.group(Delimiter::Parenthesis)?;
    let index = arguments.iter().position(|token| token.is_ident(key))?;
    at(arguments, index + 2)?.string()
}

/// What stands between the brackets of the attributes in front of the item at `index`.
fn attributes_before(tokens: &[Token], mut index: usize) -> Vec<&[Token]> {
    let mut attributes = Vec::new();
    while let Some(before) = index.checked_sub(1).and_then(|before| at(tokens, before)) {
        index -= 1;
        if let Some(attribute) = before.group(Delimiter::Bracket) {
            attributes.push(attribute);
        } else if !before.is('#')
            && !before.is_ident("pub")
            && before.group(Delimiter::Parenthesis).is_none()
        {
            break;
        }
    }
    attributes
}
