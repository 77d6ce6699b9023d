//! The guide's links lead somewhere, both in the repository and in the rustdoc, and its page on troubleshooting has
//! every error.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::read_to_string;
use std::path::{Path, PathBuf};

fn library() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sea-orm-soft-delete")
}

/// The pages, each with its text outside of code blocks.
fn pages() -> BTreeMap<String, String> {
    let files = std::fs::read_dir(library().join("guide")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let pages = names.filter(|name| name != "links.md");
    pages
        .map(|name| {
            let text = read_to_string(library().join("guide").join(&name)).unwrap();
            let prose = text.split("```").step_by(2).collect();
            (name, prose)
        })
        .collect()
}

/// The labels of the definitions, `[label]: target`, with their targets.
fn definitions(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix('['));
    lines.filter_map(|line| line.split_once("]: ")).collect()
}

/// The labels of the links, `[text][label]`.
fn links(text: &str) -> BTreeSet<&str> {
    let labels = text.split("][").skip(1);
    labels
        .filter_map(|rest| Some(rest.split_once(']')?.0))
        .collect()
}

/// The anchors that GitHub and rustdoc give to the headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            let title = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.collect::<String>().replace(' ', "-")
        })
        .collect()
}

#[test]
fn every_link_of_the_guide_leads_to_a_page_here_and_in_the_rustdoc() {
    let pages = pages();
    let rustdoc = read_to_string(library().join("guide/links.md")).unwrap();
    let rustdoc = definitions(&rustdoc);
    assert!(pages.len() > 20);
    let mut wrong = Vec::new();
    for (page, text) in &pages {
        let here = definitions(text);
        for label in links(text).union(&here.keys().copied().collect()) {
            let Some(target) = here.get(label) else {
                wrong.push(format!("{page}: [{label}] has no definition"));
                continue;
            };
            if !rustdoc.contains_key(label) {
                wrong.push(format!("{page}: links.md does not define [{label}]"));
            }
            if target.starts_with("https://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            if !library().join("guide").join(file).exists() {
                wrong.push(format!("{page}: there is no {file}"));
            } else if !anchor.is_empty() && !anchors(&pages[file]).contains(anchor) {
                wrong.push(format!("{page}: {file} has no heading #{anchor}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_is_in_the_index_and_in_the_rustdoc() {
    let pages = pages();
    let modules = read_to_string(library().join("src/guide.rs")).unwrap();
    for page in pages.keys() {
        assert!(
            modules.contains(&format!("\"../guide/{page}\"")),
            "src/guide.rs lacks {page}"
        );
        let is_listed = page == "index.md" || links(&pages["index.md"]).contains(page.as_str());
        assert!(is_listed, "index.md lacks {page}");
    }
}

#[test]
fn every_error_is_on_the_page_about_troubleshooting() {
    let source = read_to_string(library().join("src/error.rs")).unwrap();
    let file = syn::parse_file(&source).unwrap();
    let errors = file.items.iter().find_map(|item| match item {
        syn::Item::Enum(item) if item.ident == "SoftDeleteError" => Some(item),
        _ => None,
    });
    let page = &pages()["troubleshooting.md"];
    let names = errors
        .unwrap()
        .variants
        .iter()
        .map(|variant| format!("`{}`", variant.ident));
    let missing = names
        .filter(|name| !page.contains(name))
        .collect::<Vec<_>>();
    assert!(missing.is_empty(), "{missing:?}");
}
