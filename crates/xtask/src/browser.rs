//! Obtaining the browser in which the pages of the example are tested, and the engine that checks their accessibility.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use sha2::{Digest, Sha512};

use crate::{Result, cargo, servers::apt};

const DRIVER_VARIABLE: &str = "TEST_CHROMEDRIVER";
const AXE_VARIABLE: &str = "TEST_AXE";

/// The packages of Debian that hold the browser and its driver.
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

const AXE: &str = "axe-core-4.14.1";
/// Of the registry's file: what is not this file is not used.
const AXE_SHA512: &str = "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b2\
                          14d36db85a2826965edfb3a0b9d546b5";

/// The browser and the engine of one test run, or the reasons why they are missing.
pub(crate) struct Browser {
    driver: Result<String>,
    axe: Result<PathBuf>,
}

impl Browser {
    /// What is there already. Nothing is installed or fetched.
    pub(crate) fn find() -> Self {
        Self {
            driver: installed().ok_or_else(|| "there is no chromedriver".into()),
            axe: fetched().ok_or_else(|| format!("there is no {AXE}").into()),
        }
    }

    /// What is there already, or else what can be installed and fetched.
    pub(crate) fn provide() -> Self {
        let driver = installed().map_or_else(install, Ok);
        // Without a browser, nobody needs it.
        let axe = match (fetched(), &driver) {
            (Some(axe), _) => Ok(axe),
            (None, Ok(_)) => {
                fetch().map_err(|error| format!("{AXE} was not fetched: {error}").into())
            }
            (None, Err(_)) => Err("there is no browser".into()),
        };
        Self { driver, axe }
    }

    /// Tells the tests where they are.
    pub(crate) fn name_in(&self, command: &mut Command) {
        match &self.driver {
            Ok(driver) => command.env(DRIVER_VARIABLE, driver),
            Err(_) => command.env_remove(DRIVER_VARIABLE),
        };
        match &self.axe {
            Ok(axe) => command.env(AXE_VARIABLE, axe),
            Err(_) => command.env_remove(AXE_VARIABLE),
        };
    }

    /// What was not tested, and why.
    pub(crate) fn missing(&self) -> Option<String> {
        let remedy =
            |variable| format!("set {variable}, or run as root on a Debian with a network");
        match (&self.driver, &self.axe) {
            (Err(why), _) => Some(format!(
                "THE PAGES WERE NOT TESTED IN A BROWSER: {why}; {}.",
                remedy(DRIVER_VARIABLE)
            )),
            (Ok(_), Err(why)) => Some(format!(
                "THE ACCESSIBILITY OF THE PAGES WAS NOT TESTED: {why}; {}.",
                remedy(AXE_VARIABLE)
            )),
            (Ok(_), Ok(_)) => None,
        }
    }
}

/// The driver that the environment names, or the one in PATH.
fn installed() -> Option<String> {
    let driver = env::var(DRIVER_VARIABLE).unwrap_or_else(|_| "chromedriver".to_owned());
    let version = Command::new(&driver).arg("--version").output();
    version.is_ok().then_some(driver)
}

fn install() -> Result<String> {
    if !apt::is_usable() {
        return Err("there is no chromedriver, and no apt-get to install it with as root".into());
    }
    apt::install(&PACKAGES)?;
    installed().ok_or_else(|| "chromedriver was installed, and does not run".into())
}

fn folder() -> PathBuf {
    cargo::root().join("target").join(AXE)
}

fn fetched() -> Option<PathBuf> {
    let given = env::var_os(AXE_VARIABLE).map(PathBuf::from);
    let file = given.unwrap_or_else(|| folder().join("package/axe.min.js"));
    // The tests run in another directory.
    file.canonicalize().ok()
}

/// Fetches the engine into `target/` from the registry of npm, once.
fn fetch() -> Result<PathBuf> {
    let folder = folder();
    fs::create_dir_all(&folder)?;
    let package = folder.join("package.tgz");
    let url = format!("https://registry.npmjs.org/axe-core/-/{AXE}.tgz");
    println!("==> axe-core: {url}");
    let limits = [
        "--fail",
        "--silent",
        "--show-error",
        "--location",
        "--max-time",
        "120",
        "--output",
    ];
    let mut curl = Command::new("curl");
    run(curl.args(limits).arg(&package).arg(&url))?;
    check(&package)?;
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(&package).arg("-C").arg(&folder);
    run(tar.arg("package/axe.min.js"))?;
    fetched().ok_or_else(|| "the package does not hold it".into())
}

/// Refuses, and removes, a file that is not the one that this program knows.
fn check(package: &Path) -> Result<()> {
    let found = hex(&Sha512::digest(fs::read(package)?));
    if found == AXE_SHA512 {
        return Ok(());
    }
    fs::remove_file(package)?;
    Err(format!("its SHA-512 is {found}, not {AXE_SHA512}").into())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} failed: {}", error.trim()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_the_known_one_is_refused_and_removed() {
        let file = env::temp_dir().join(format!("xtask-axe-{}", std::process::id()));
        fs::write(&file, "something else").unwrap();
        let refused = check(&file).unwrap_err().to_string();
        assert!(refused.contains("its SHA-512 is"), "{refused}");
        assert!(!file.exists());
    }

    #[test]
    fn what_is_missing_is_named_with_its_remedy() {
        let browser = |driver: bool, axe: bool| Browser {
            driver: if driver {
                Ok("chromedriver".into())
            } else {
                Err("no driver".into())
            },
            axe: if axe {
                Ok("axe.min.js".into())
            } else {
                Err("no engine".into())
            },
        };
        assert_eq!(browser(true, true).missing(), None);
        let without = browser(false, false).missing().unwrap();
        assert!(
            without.contains("IN A BROWSER: no driver; set TEST_CHROMEDRIVER"),
            "{without}"
        );
        let unchecked = browser(true, false).missing().unwrap();
        assert!(unchecked.contains("no engine; set TEST_AXE"), "{unchecked}");
    }
}
