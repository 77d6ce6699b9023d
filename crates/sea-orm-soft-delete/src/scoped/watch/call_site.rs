//! Where in the program a statement comes from.

use std::collections::HashMap;
use std::path::Path;

/// Call sites by the frames of the stack, which are resolved once.
#[derive(Debug, Default)]
pub(super) struct CallSites {
    by_frame: HashMap<usize, Option<String>>,
}

/// More frames than any stack between an application's code and this crate.
const MOST_FRAMES: usize = 200;

impl CallSites {
    /// The innermost line on this stack that belongs to the program: neither to this crate, nor to a
    /// dependency or the standard library.
    ///
    /// An `async` function that waits for the statement is on the stack, because it is polled by its caller.
    pub(super) fn here(&mut self) -> Option<String> {
        let mut found = None;
        let mut frames = 0;
        backtrace::trace(|frame| {
            frames += 1;
            let ip = frame.ip() as usize;
            let resolved = self.by_frame.entry(ip);
            found = resolved.or_insert_with(|| of_the_program(frame)).clone();
            found.is_none() && frames < MOST_FRAMES
        });
        found
    }
}

/// The line of a frame, if it belongs to the program. A frame of inlined functions has several.
fn of_the_program(frame: &backtrace::Frame) -> Option<String> {
    let mut found = None;
    backtrace::resolve_frame(frame, |symbol| {
        if found.is_some() {
            return;
        }
        found = match (symbol.filename(), symbol.lineno()) {
            (Some(file), _) if is_of_a_library(file) => None,
            (Some(file), Some(line)) => Some(format!("{}:{line}", relative(file))),
            _ => symbol
                .name()
                .and_then(|name| function(&format!("{name:#}"))),
        };
    });
    found
}

/// Whether a file belongs to this crate, to a dependency or to the standard library. Generic code of a library is
/// compiled in the program, but keeps its file.
fn is_of_a_library(file: &Path) -> bool {
    if file.starts_with(concat!(env!("CARGO_MANIFEST_DIR"), "/src")) {
        return true;
    }
    let file = file.to_string_lossy().replace('\\', "/");
    [
        "/registry/src/",
        "/git/checkouts/",
        "/rustc/",
        "/rustlib/src/",
    ]
    .iter()
    .any(|part| file.contains(part))
}

/// A function without debug information, if it is not one of the libraries between this crate and the program.
fn function(name: &str) -> Option<String> {
    let path = name.trim_start_matches(['<', '&', '(', '*']);
    let path = path.strip_prefix("dyn ").unwrap_or(path);
    let (krate, _) = path.split_once("::")?;
    let is_of_a_library = [
        "sea_orm_soft_delete",
        "sea_orm",
        "sqlx_core",
        "backtrace",
        "tokio",
        "std",
        "core",
        "alloc",
    ]
    .contains(&krate);
    (!is_of_a_library).then(|| name.to_owned())
}

/// The path from the current directory, which in a test is the folder of the package.
fn relative(file: &Path) -> String {
    let here = std::env::current_dir().ok();
    let inside = here.and_then(|here| file.strip_prefix(here).ok().map(Path::to_owned));
    inside.as_deref().unwrap_or(file).display().to_string()
}
