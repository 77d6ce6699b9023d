//! The program as cargo and CI run it.

#![allow(missing_docs, clippy::unwrap_used)]

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-soft-delete"));
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    program.current_dir(root).args(arguments).output().unwrap()
}

/// `examples/trash-bin` uses the crate as it should be used.
#[test]
fn the_example_service_passes_what_ci_may_deny() {
    let output = run(&[
        "soft-delete",
        "examples/trash-bin",
        "--deny=danger",
        "--deny=decide",
        "--deny=replace",
    ]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn findings_fail_only_if_they_are_denied() {
    assert_eq!(run(&["examples/trash-bin"]).status.code(), Some(0));
    assert_eq!(
        run(&["examples/trash-bin", "--deny", "reach"])
            .status
            .code(),
        Some(1)
    );
}

#[test]
fn what_cannot_be_checked_fails_with_a_reason() {
    for (arguments, reason) in [
        (&["nowhere"][..], "error: nowhere: "),
        (&["--deny", "trash"], "error: there is no code `trash`"),
        (
            &["crates/xtask", "--deny", "danger"],
            "error: --deny checks nothing",
        ),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.starts_with(reason), "{error}");
    }
}

#[test]
fn the_json_is_json() {
    let output = run(&["examples/trash-bin", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["entities"][0]["derives_soft_delete"], true);
}
