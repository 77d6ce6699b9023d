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
        let name = symbol.name().map(|name| format!("{name:#}"));
        let name = name.unwrap_or_default();
        if is_of_a_library(&name) {
            return;
        }
        found = match (symbol.filename(), symbol.lineno()) {
            (Some(file), _) if is_in_a_dependency(file) => None,
            (Some(file), Some(line)) => Some(format!("{}:{line}", relative(file))),
            _ if name.contains("::") => Some(name),
            _ => None,
        };
    });
    found
}

/// Whether a function belongs to this crate or to what lies between it and the program. Generic code of
/// a library is compiled in the program, but keeps its name.
fn is_of_a_library(name: &str) -> bool {
    let path = name.trim_start_matches(['<', '&', '(', '*']);
    let path = path.strip_prefix("dyn ").unwrap_or(path);
    let krate = path.split("::").next().unwrap_or_default();
    // The tests of this crate are programs that use it.
    [
        "sea_orm_soft_delete",
        "sea_orm",
        "sea_query",
        "sqlx_core",
        "std",
        "core",
        "alloc",
        "tokio",
        "futures_util",
        "futures_core",
        "tracing",
        "backtrace",
        "__rust_begin_short_backtrace",
        "main",
    ]
    .contains(&krate)
}

fn is_in_a_dependency(file: &Path) -> bool {
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

/// The path from the current directory, which in a test is the folder of the package.
fn relative(file: &Path) -> String {
    let here = std::env::current_dir().ok();
    let inside = here.and_then(|here| file.strip_prefix(here).ok().map(Path::to_owned));
    inside.as_deref().unwrap_or(file).display().to_string()
}
