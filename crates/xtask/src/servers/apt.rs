//! Installing servers on Debian and its relatives.

use std::process::Command;

use super::system_user;
use crate::Result;

/// Whether packages can be installed: there is an `apt-get`, and this program runs as root.
pub(crate) fn is_usable() -> bool {
    system_user::we_are_root() && Command::new("apt-get").arg("--version").output().is_ok()
}

/// Installs the packages.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    run(&["-q", "update"])?;
    run(&[
        &["-q", "install", "-y", "--no-install-recommends"],
        packages,
    ]
    .concat())
}

fn run(arguments: &[&str]) -> Result<()> {
    println!("==> apt-get {}", arguments.join(" "));
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // In single-user mode packages start no service. A package that ignores the mode does no harm: the
        // servers of the tests have their own ports and directories.
        .env("RUNLEVEL", "1")
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("apt-get {} failed", arguments.join(" ")).into())
    }
}
