//! `cargo xtask ci`: every gate, starting with the gates that fail quickly.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use serde_json::Value;

use crate::{
    Result, cargo, publish,
    test::{self, Options},
};

/// Runs every gate, and stops at the first gate that fails.
pub(crate) fn ci(options: &Options) -> Result<bool> {
    for (name, command) in gates()? {
        if !pass(&name, command)? {
            return Ok(false);
        }
    }
    test::test(options)
}

fn gates() -> Result<Vec<(String, Command)>> {
    let mut gates = vec![(
        "fmt".to_owned(),
        cargo::cargo(["fmt", "--all", "--", "--check"]),
    )];

    // A workspace of its own: see its manifest.
    let manifest = ["--manifest-path", "examples/frameworks/Cargo.toml"];
    let mut fmt = cargo::cargo(["fmt"]);
    fmt.args(manifest).args(["--", "--check"]);
    gates.push(("fmt of the frameworks".to_owned(), fmt));

    let everything = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ];
    gates.push(("clippy".to_owned(), cargo::cargo(everything)));

    let mut docs = cargo::cargo(["doc", "--workspace", "--no-deps", "--all-features"]);
    docs.env("RUSTDOCFLAGS", "-D warnings");
    gates.push(("docs".to_owned(), docs));

    let metadata = metadata()?;
    let published = published(&metadata)?;
    for (package, features) in &published {
        gates.push((
            format!("{package} without features"),
            with_feature(package, None),
        ));
        for feature in features {
            gates.push((
                format!("{package} with {feature} alone"),
                with_feature(package, Some(feature)),
            ));
        }
    }

    let mut frameworks = cargo::cargo(["test", "--locked", "--target-dir", "target"]);
    frameworks.args(manifest);
    gates.push(("frameworks".to_owned(), frameworks));

    let packages: Vec<&str> = published.iter().map(|(package, _)| &**package).collect();
    gates.push(("packages".to_owned(), publish::package(&packages)));
    let oldest = rust_version(&metadata)?;
    if let Some(check) = publish::oldest_compiler(oldest, &packages) {
        gates.push((format!("rust {oldest}"), check));
    }
    if let Some(check) = publish::semver("sea-orm-soft-delete") {
        gates.push(("semver".to_owned(), check));
    }

    if publish::is_there("cargo-deny", &["--version"]) {
        gates.push(("deny".to_owned(), cargo::cargo(["deny", "check"])));
    } else {
        println!("!!! cargo deny is not installed, so licenses and advisories are not checked.");
    }
    Ok(gates)
}

fn pass(name: &str, mut command: Command) -> Result<bool> {
    println!("==> {name}: {}", cargo::line(&command));
    let start = Instant::now();
    let success = command.status()?.success();
    let seconds = start.elapsed().as_secs_f32();
    if success {
        println!("==> {name} ok after {seconds:.1} s");
    } else {
        eprintln!("==> {name} FAILED after {seconds:.1} s; what comes after it was not run.");
        eprintln!("    To repeat it alone: {}", cargo::line(&command));
    }
    Ok(success)
}

/// Runs Clippy rather than `check`: without a feature, the code that only this feature uses is unused, and
/// unused code is a warning.
fn with_feature(package: &str, feature: Option<&str>) -> Command {
    let mut command = cargo::cargo(["clippy", "--package", package, "--no-default-features"]);
    if let Some(feature) = feature {
        command.args(["--features", feature]);
    }
    command.args(["--", "-D", "warnings"]);
    command
}

fn metadata() -> Result<Value> {
    let output = cargo::cargo(["metadata", "--no-deps", "--format-version", "1"])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err("cargo metadata failed".into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The packages that users can depend on, each with its features.
fn published(metadata: &Value) -> Result<Vec<(String, Vec<String>)>> {
    let packages = metadata["packages"]
        .as_array()
        .ok_or("cargo metadata lists no packages")?;
    let published = packages
        .iter()
        .filter(|package| package["publish"].is_null());
    published
        .map(|package| {
            let name = package["name"]
                .as_str()
                .ok_or("cargo metadata has a package without a name")?;
            let features = package["features"]
                .as_object()
                .ok_or("cargo metadata has a package without features")?;
            Ok((name.to_owned(), features.keys().cloned().collect()))
        })
        .collect()
}

/// The oldest compiler that the packages claim, which is the same for all.
fn rust_version(metadata: &Value) -> Result<&str> {
    let version = metadata["packages"][0]["rust_version"].as_str();
    Ok(version.ok_or("the packages name no `rust-version`")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_features_of_published_packages_are_read_from_the_metadata() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "library", "publish": null, "features": { "default": ["time"], "time": [] } },
            { "name": "tests", "publish": [], "features": { "slow": [] } },
        ]});
        let expected = vec![(
            "library".to_owned(),
            vec!["default".to_owned(), "time".to_owned()],
        )];
        assert_eq!(published(&metadata).unwrap(), expected);
    }

    #[test]
    fn a_feature_is_checked_alone() {
        assert_eq!(
            cargo::line(&with_feature("library", Some("time"))),
            "cargo clippy --package library --no-default-features --features time -- -D warnings"
        );
        assert_eq!(
            cargo::line(&with_feature("library", None)),
            "cargo clippy --package library --no-default-features -- -D warnings"
        );
    }
}
