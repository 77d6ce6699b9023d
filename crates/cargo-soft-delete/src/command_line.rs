//! The arguments that the person typed.

use std::path::PathBuf;

use crate::code::{Code, Group};

const USAGE: &str = "\
Usage: cargo soft-delete [OPTION…] [PATH…]

Reads the Rust sources below each PATH (the current folder if there is none), and lists the code
that matters when a SeaORM application moves to sea-orm-soft-delete. It builds nothing.

Options:
  --marker NAME    a field that says whether a row is trashed; replaces the list of usual names
                   (deleted_at, is_deleted, …); can be repeated
  --deny CODE      exit with 1 if there is a finding with this code, or in this group (danger,
                   decide, replace, reach); can be repeated
  --format FORMAT  text (the default) or json
  --help, --version

A comment `// soft-delete: allow(CODE)` silences a finding of its line, or of the next line.
Codes: ";

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Inspect(Options),
    Print(String),
}

#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) markers: Vec<String>,
    pub(crate) denied: Vec<Code>,
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// Reads the arguments after the program's name.
///
/// # Errors
///
/// What is wrong with the arguments, and the usage.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter().peekable();
    // Cargo passes the name of the subcommand.
    arguments.next_if(|first| first == "soft-delete");
    let mut options = Options {
        paths: Vec::new(),
        markers: Vec::new(),
        denied: Vec::new(),
        format: Format::Text,
    };
    while let Some(argument) = arguments.next() {
        let (name, joined) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (argument.as_str(), None),
        };
        let mut value = || {
            let value = joined.clone().or_else(|| arguments.next());
            value.ok_or_else(|| wrong(&format!("{name} needs a value")))
        };
        match name {
            "--help" | "-h" => return Ok(Command::Print(usage())),
            "--version" | "-V" => {
                let version = concat!("cargo-soft-delete ", env!("CARGO_PKG_VERSION"));
                return Ok(Command::Print(version.to_owned()));
            }
            "--marker" => options.markers.push(value()?),
            "--deny" => options.denied.extend(codes(&value()?)?),
            "--format" => {
                options.format = match value()?.as_str() {
                    "text" => Format::Text,
                    "json" => Format::Json,
                    other => return Err(wrong(&format!("there is no format `{other}`"))),
                }
            }
            "--" => options.paths.extend(arguments.by_ref().map(PathBuf::from)),
            _ if name.starts_with('-') => {
                return Err(wrong(&format!("there is no option `{name}`")));
            }
            _ => options.paths.push(PathBuf::from(argument)),
        }
    }
    if options.paths.is_empty() {
        options.paths.push(PathBuf::from("."));
    }
    Ok(Command::Inspect(options))
}

/// The code with this name, or the codes of the group.
fn codes(name: &str) -> Result<Vec<Code>, String> {
    if let Some(group) = Group::ALL.into_iter().find(|group| group.name() == name) {
        let codes = Code::ALL.iter().copied();
        return Ok(codes.filter(|code| code.group() == group).collect());
    }
    let code = Code::parse(name).ok_or_else(|| wrong(&format!("there is no code `{name}`")))?;
    Ok(vec![code])
}

fn usage() -> String {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    format!("{USAGE}{}", codes.join(", "))
}

fn wrong(what: &str) -> String {
    format!("{what}\n\n{}", usage())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        super::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_and_paths_mix_and_cargo_s_own_word_is_skipped() {
        let options = Options {
            paths: vec!["src".into(), "tests".into()],
            markers: vec!["removed_at".to_owned()],
            denied: vec![Code::ReadsTrash],
            format: Format::Json,
        };
        let line = "soft-delete src --marker removed_at --format=json tests --deny reads-trash";
        assert_eq!(parse(line), Ok(Command::Inspect(options)));
    }

    #[test]
    fn without_a_path_the_current_folder_is_read() {
        let Ok(Command::Inspect(options)) = parse("") else {
            panic!("it is refused");
        };
        assert_eq!(options.paths, [PathBuf::from(".")]);
    }

    #[test]
    fn a_group_denies_all_of_its_codes() {
        let Ok(Command::Inspect(options)) = parse("--deny replace") else {
            panic!("it is refused");
        };
        assert_eq!(options.denied, [Code::HandFilter, Code::HandDelete]);
    }

    #[test]
    fn mistakes_are_named_and_followed_by_the_usage() {
        for (line, mistake) in [
            ("--deny trash", "there is no code `trash`"),
            ("--format xml", "there is no format `xml`"),
            ("--verbose", "there is no option `--verbose`"),
            ("--marker", "--marker needs a value"),
        ] {
            let message = parse(line).unwrap_err();
            assert!(
                message.contains(mistake) && message.contains("Usage:"),
                "{message}"
            );
        }
    }
}
