//! What has to hold before the crates can be published: each builds from its package, with the oldest compiler
//! that it claims, and a release breaks no more than its version says.

use std::process::{Command, Stdio};

use crate::cargo;

/// Packs the crates as they would be published, and builds each from its package alone.
pub(crate) fn package(packages: &[&str]) -> Command {
    let mut command = cargo::cargo(["package", "--allow-dirty"]);
    name(packages, &mut command);
    command
}

/// Checks the crates with the compiler that `rust-version` names, in a folder of its own, so that it does not
/// throw away what the other compiler has built. `None`, and a warning, if that compiler cannot be had.
pub(crate) fn oldest_compiler(version: &str, packages: &[&str]) -> Option<Command> {
    if !is_there("rustup", &["run", version, "rustc", "--version"]) {
        println!("==> rust {version}: rustup toolchain install {version} --profile minimal");
        let install = ["toolchain", "install", version, "--profile", "minimal"];
        if !is_there("rustup", &install) {
            println!(
                "!!! Rust {version} cannot be installed, so the claimed `rust-version` is not checked."
            );
            return None;
        }
    }
    let mut command = Command::new("rustup");
    command.current_dir(cargo::root());
    let check = ["run", version, "cargo", "check", "--all-features"];
    command.args(check).args(["--target-dir", "target/oldest"]);
    name(packages, &mut command);
    Some(command)
}

/// Compares the interface with that of the last release. `None`, and a warning, if there is nothing to compare
/// with, or nothing that compares.
pub(crate) fn semver(package: &str) -> Option<Command> {
    let Some(release) = last_release() else {
        println!("!!! No tag of a release (v1.2.3) is here, so no interface is compared with it.");
        return None;
    };
    let version = cargo::cargo(["semver-checks", "--version"]);
    if !succeeds(version) {
        println!(
            "!!! cargo semver-checks is not installed, so no interface is compared with {release}."
        );
        return None;
    }
    Some(cargo::cargo([
        "semver-checks",
        "--package",
        package,
        "--baseline-rev",
        &release,
    ]))
}

fn last_release() -> Option<String> {
    let mut git = Command::new("git");
    git.current_dir(cargo::root()).stderr(Stdio::null());
    let tag = git
        .args(["describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"])
        .output()
        .ok()?;
    let tag = String::from_utf8(tag.stdout).ok()?;
    Some(tag.trim().to_owned()).filter(|tag| !tag.is_empty())
}

fn name(packages: &[&str], command: &mut Command) {
    for package in packages {
        command.args(["--package", package]);
    }
}

pub(crate) fn is_there(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments);
    succeeds(command)
}

fn succeeds(mut command: Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
