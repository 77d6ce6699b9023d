//! The Rust files below the paths that the person named.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct SourceFile {
    /// As the report shows it.
    pub(crate) path: PathBuf,
    pub(crate) text: Result<String, String>,
    pub(crate) is_test: bool,
    /// Migrations change the tables themselves, and run outside of the application.
    pub(crate) is_migration: bool,
}

impl SourceFile {
    pub(crate) fn new(path: PathBuf, text: Result<String, String>) -> Self {
        let has_part = |names: &[&str]| {
            let mut parts = path
                .components()
                .map(|part| part.as_os_str().to_string_lossy());
            parts.any(|part| names.contains(&part.as_ref()))
        };
        let stem = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let is_test = has_part(&["tests", "benches"])
            || matches!(stem.as_str(), "test" | "tests")
            || stem.ends_with("_test")
            || stem.ends_with("_tests");
        let is_migration = has_part(&["migration", "migrations", "migrator"]) || is_dated(&stem);
        Self {
            path,
            text,
            is_test,
            is_migration,
        }
    }
}

/// Whether it is `m20240131_120000_create_note`, the name that SeaORM gives to migrations.
fn is_dated(stem: &str) -> bool {
    let date = stem.strip_prefix('m').and_then(|rest| rest.get(..9));
    date.is_some_and(|date| {
        date.ends_with('_') && date[..8].bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// Reads every `.rs` file, in the order of the paths.
///
/// # Errors
///
/// A path that does not exist or cannot be listed.
pub(crate) fn read(roots: &[PathBuf]) -> Result<Vec<SourceFile>, String> {
    let mut files = Vec::new();
    let mut paths: Vec<PathBuf> = roots.iter().rev().cloned().collect();
    while let Some(path) = paths.pop() {
        let fail = |error| format!("{}: {error}", path.display());
        if fs::metadata(&path).map_err(fail)?.is_dir() {
            let mut entries = Vec::new();
            for entry in fs::read_dir(&path).map_err(fail)? {
                let entry = entry.map_err(fail)?;
                // A symbolic link may lead into a circle.
                if is_source(&entry.path(), entry.file_type().map_err(fail)?) {
                    entries.push(entry.path());
                }
            }
            entries.sort_by(|a, b| b.cmp(a));
            paths.extend(entries);
        } else {
            let text = fs::read(&path).map_err(|error| error.to_string());
            let text = text.and_then(|bytes| {
                String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
            });
            let shown = path.strip_prefix("./").unwrap_or(&path);
            files.push(SourceFile::new(shown.to_owned(), text));
        }
    }
    Ok(files)
}

fn is_source(path: &Path, kind: fs::FileType) -> bool {
    if kind.is_dir() {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy())
            .unwrap_or_default();
        // Cargo writes the tag into every target directory.
        !name.starts_with('.') && name != "node_modules" && !path.join("CACHEDIR.TAG").exists()
    } else {
        kind.is_file() && path.extension().is_some_and(|extension| extension == "rs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_migrations_are_known_by_their_place_and_name() {
        let kind = |path: &str| {
            let file = SourceFile::new(PathBuf::from(path), Ok(String::new()));
            (file.is_test, file.is_migration)
        };
        assert_eq!(kind("src/notes.rs"), (false, false));
        assert_eq!(kind("src/latest.rs"), (false, false));
        for test in [
            "tests/notes.rs",
            "src/notes/tests.rs",
            "src/notes_test.rs",
            "benches/notes.rs",
        ] {
            assert_eq!(kind(test), (true, false), "{test}");
        }
        for migration in ["migration/src/lib.rs", "src/db/m20240131_120000_notes.rs"] {
            assert_eq!(kind(migration), (false, true), "{migration}");
        }
    }
}
