//! No input makes it panic.

use std::path::PathBuf;
use std::time::Instant;

use super::files;
use crate::application::inspect;
use crate::marker::MarkerNames;
use crate::sources::{self, SourceFile};
use crate::tokens::{Kind, Token, lex};

fn workspace() -> Vec<SourceFile> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    sources::read(&[root.join("crates"), root.join("examples")]).unwrap()
}

#[test]
fn prefixes_of_the_sources_of_this_workspace_are_read_without_a_panic() {
    for (index, file) in workspace().into_iter().enumerate().step_by(3) {
        let text = file.text.unwrap();
        // Of every third file one prefix, shorter and longer in turn, because all of them take minutes.
        let share = |whole: usize| whole * (index * 37 % 100) / 100;
        inspect_text(text.chars().take(share(text.len())).collect());
        // Such a prefix lacks delimiters, and the lexer refuses it. This one has them.
        if let Ok(tokens) = lex(&text) {
            let mut prefix = String::new();
            write(&tokens, &mut share(count(&tokens)), &mut prefix);
            inspect_text(prefix);
        }
    }
}

#[test]
fn prefixes_of_code_with_findings_are_read_without_a_panic() {
    let text = include_str!("danger.rs");
    let tokens = lex(text).unwrap();
    for string in strings(&tokens) {
        for (end, _) in string.char_indices().step_by(7) {
            inspect_text(string[..end].replace("\\\"", "\"").replace("\\n", "\n"));
        }
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    for (open, close) in [
        ("(", ")"),
        ("{", "}"),
        ("[", "]"),
        ("f(", ")"),
        ("a.b(|x| x.", ")"),
        ("if a {", "}"),
    ] {
        for depth in [100, 10_000] {
            let text = format!(
                "fn f() {{ x = {}{} }}",
                open.repeat(depth),
                close.repeat(depth)
            );
            inspect_text(text);
        }
    }
}

/// None of them nests a delimiter, and each takes a new way through the reader.
const REPEATED: &[&str] = &[
    "|",
    "<",
    "a.",
    "a::",
    "a = ",
    "let ",
    "let a = ",
    "if let a = ",
    "let a = b else ",
    "match a ",
    "for a in ",
    "for ",
    "else if a ",
    "fn a ",
    "impl ",
    "mod a ",
    "use a::",
    "type a = ",
    "struct A ",
    "pub ",
    "a < b ",
    "x.deleted_at = ",
    "note::Entity::find(). ",
    "where E: EntityTrait ",
];

#[test]
fn repeated_words_take_linear_time() {
    for word in REPEATED {
        let seconds = |repeats: usize| {
            let start = Instant::now();
            inspect_text(format!(
                "fn f() {{ let mut a = note::Entity::find(); {} }}",
                word.repeat(repeats)
            ));
            start.elapsed().as_secs_f64()
        };
        let (short, long) = (seconds(500), seconds(8_000));
        // Quadratic time would be 256 times as long.
        assert!(
            long < 80.0 * short.max(0.01),
            "{word}: {short} s, and {long} s for 16 times as much"
        );
    }
}

#[test]
fn long_functions_take_linear_time() {
    let seconds = |repeats: usize| {
        let call = ".filter(note::Column::DeletedAt.is_null())".repeat(repeats);
        let comparisons = "if a < b { } ".repeat(repeats);
        let lets = "let a = note::Entity::find(); a = a.filter(x); ".repeat(repeats);
        let start = Instant::now();
        inspect_text(format!(
            "fn f() {{ note::Entity::find(){call}; {comparisons} {lets} }}"
        ));
        start.elapsed().as_secs_f64()
    };
    seconds(50);
    let (short, long) = (seconds(250), seconds(2_000));
    // Quadratic time would be 64 times as long.
    assert!(
        long < 30.0 * short.max(0.01),
        "{short} s, and {long} s for 8 times as much"
    );
}

fn inspect_text(text: String) {
    let mut all = files(super::ENTITIES);
    all.push(SourceFile::new(PathBuf::from("src/app.rs"), Ok(text)));
    inspect(&all, &MarkerNames::new(&[]));
}

fn count(tokens: &[Token]) -> usize {
    let inner = |token: &Token| match &token.kind {
        Kind::Group(_, inner) => count(inner),
        _ => 0,
    };
    tokens.iter().map(|token| 1 + inner(token)).sum()
}

/// Writes the first tokens, with every delimiter closed.
fn write(tokens: &[Token], rest: &mut usize, text: &mut String) {
    for token in tokens {
        if *rest == 0 {
            return;
        }
        *rest -= 1;
        match &token.kind {
            Kind::Ident(word) => *text += &format!(" {word} "),
            Kind::Literal(word) => *text += &format!(" {word} "),
            Kind::Punct(punct) => text.push(*punct),
            Kind::Group(delimiter, inner) => {
                let (open, close) = match delimiter {
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                *text += open;
                write(inner, rest, text);
                *text += close;
            }
        }
    }
}

fn strings(tokens: &[Token]) -> Vec<&str> {
    let mut found = Vec::new();
    for token in tokens {
        match &token.kind {
            Kind::Group(_, inner) => found.extend(strings(inner)),
            _ => found.extend(token.string()),
        }
    }
    found
}
