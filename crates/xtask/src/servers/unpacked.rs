//! MySQL for machines where it is not installed.
//!
//! Debian stable has only MariaDB, and Debian unstable has MySQL. Its server is unpacked into a cache
//! together with every library that it links against, including the C library, because the libraries of the
//! machine are older. Nothing is installed, and no file outside the cache is written.

use std::{
    env,
    ffi::OsString,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
};

use super::{
    installed::{self, Binaries},
    system_user,
};
use crate::{Result, caretaker::Caretaker};

const PACKAGE: &str = "mysql-server-core";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// The mirror for a machine whose own mirror is unknown.
const MIRROR: &str = "http://deb.debian.org/debian/";

/// Whether this is a Debian with the programs that unpacking needs. Root is not needed.
pub(crate) fn is_possible() -> bool {
    let runs = |program: &str| {
        let mut version = Command::new(program);
        version.arg("--version").output().is_ok()
    };
    Path::new(KEYRING).is_file() && ["apt-get", "dpkg-deb", "tar"].into_iter().all(runs)
}

/// The server in the cache. If the server is not there, it is unpacked first.
pub(crate) fn mysql() -> Result<Binaries> {
    let cache = cache()?;
    let home = cache.join("mysql-of-debian-unstable");
    if !home.exists() {
        println!(
            "==> MySQL: {PACKAGE} of Debian unstable is unpacked into {}: 330 MB, once",
            home.display()
        );
        unpack(&cache, &home)?;
    }
    let server = home.join("mysqld");
    let version = installed::version(&server).ok_or_else(|| {
        format!(
            "{} does not run. Remove {} to have it unpacked anew.",
            server.display(),
            home.display()
        )
    })?;
    println!("==> MySQL: {}", version.trim_end());
    Ok(Binaries {
        initializer: server.clone(),
        server,
    })
}

/// Unpacks into a directory beside `home`, and renames the complete directory: so `home` never holds half of
/// a server.
fn unpack(cache: &Path, home: &Path) -> Result<()> {
    let new = cache.join(format!("unpacking-{}", process::id()));
    create(&new)?;
    // The caretaker removes the directory if it still exists at the end.
    let _caretaker = Caretaker::of_directory(&new, "TERM")?;
    let download = Download::new(&new)?;
    download.run(&["update"])?;
    download.run(&["--yes", "--download-only", "install", PACKAGE])?;

    let root = new.join("root");
    create(&root)?;
    for package in fs::read_dir(new.join("archives"))? {
        let package = package?.path();
        if package
            .extension()
            .is_some_and(|extension| extension == "deb")
        {
            extract(&package, &root)?;
        }
    }
    for name in ["archives", "lists"] {
        fs::remove_dir_all(new.join(name))?;
    }
    let script = new.join("mysqld");
    fs::write(&script, start_script(&libraries(&root)?))?;
    fs::set_permissions(&script, Permissions::from_mode(0o755))?;
    installed::version(&script).ok_or("What was unpacked does not run.")?;
    match fs::rename(&new, home) {
        // Another run was faster.
        Err(_) if home.exists() => Ok(()),
        renamed => Ok(renamed?),
    }
}

/// An `apt-get` that knows only Debian unstable, and knows no installed package.
struct Download {
    options: Vec<OsString>,
}

impl Download {
    fn new(directory: &Path) -> Result<Self> {
        for name in ["lists/partial", "archives/partial"] {
            fs::create_dir_all(directory.join(name))?;
        }
        let (sources, status) = (directory.join("sources.list"), directory.join("status"));
        let source = format!("deb [signed-by={KEYRING}] {} sid main\n", mirror());
        fs::write(&sources, source)?;
        fs::write(&status, "")?;
        let mut options = Vec::new();
        let mut option = |name: &str, value: &Path| {
            let mut option = OsString::from(format!("{name}="));
            option.push(value);
            options.extend(["-o".into(), option]);
        };
        option("Dir::Etc::sourcelist", &sources);
        option("Dir::Etc::sourceparts", Path::new("-"));
        option("Dir::Etc::preferences", Path::new("-"));
        option("Dir::Etc::preferencesparts", Path::new("-"));
        option("Dir::State", directory);
        option("Dir::State::status", &status);
        option("Dir::State::lists", &directory.join("lists"));
        option("Dir::Cache", directory);
        option("Dir::Cache::archives", &directory.join("archives"));
        // Otherwise apt-get would overwrite the caches of the machine's own packages.
        option("Dir::Cache::pkgcache", Path::new(""));
        option("Dir::Cache::srcpkgcache", Path::new(""));
        option("APT::Default-Release", Path::new("sid"));
        option("APT::Install-Recommends", Path::new("false"));
        // Root's apt-get downloads as another user, who cannot write here.
        option("APT::Sandbox::User", Path::new("root"));
        Ok(Self { options })
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let output = Command::new("apt-get")
            .arg("-qq")
            .args(&self.options)
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "apt-get {} failed:\n{}",
            arguments.join(" "),
            said.trim_end()
        )
        .into())
    }
}

/// The Debian mirror that this machine uses.
fn mirror() -> String {
    let arguments = [
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
    ];
    let output = Command::new("apt-get").args(arguments).output();
    let listed = output.map(|output| output.stdout).unwrap_or_default();
    let listed = String::from_utf8_lossy(&listed);
    mirror_among(&listed).unwrap_or(MIRROR).to_owned()
}

/// Finds the mirror in a list that also has the mirrors of security updates and of other vendors' packages.
fn mirror_among(listed: &str) -> Option<&str> {
    let mut mirrors = listed.lines().map(str::trim);
    mirrors.find(|uri| uri.trim_end_matches('/').ends_with("/debian"))
}

/// Extracts a package. Unlike `dpkg-deb --extract`, this keeps the links that make `/lib` and `/usr/lib` one.
fn extract(package: &Path, root: &Path) -> Result<()> {
    let mut files = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(package)
        .stdout(Stdio::piped())
        .spawn()?;
    let archive = files.stdout.take().ok_or("dpkg-deb has no output")?;
    let extracted = Command::new("tar")
        .args(["--extract", "--keep-directory-symlink", "--directory"])
        .arg(root)
        .stdin(archive)
        .status()?;
    if files.wait()?.success() && extracted.success() {
        Ok(())
    } else {
        Err(format!("{} could not be unpacked", package.display()).into())
    }
}

/// The folder of the C library, such as `usr/lib/x86_64-linux-gnu`, and the loader in it.
fn libraries(root: &Path) -> Result<(String, String)> {
    for folder in fs::read_dir(root.join("usr/lib"))?.flatten() {
        if !folder.path().join("libc.so.6").exists() {
            continue;
        }
        for file in fs::read_dir(folder.path())?.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if name.starts_with("ld-linux") || name.starts_with("ld64") {
                let folder = folder.file_name().to_string_lossy().into_owned();
                return Ok((folder, name));
            }
        }
    }
    Err("There is no C library among what was unpacked.".into())
}

/// A script that runs the server with its own libraries and passes the arguments to the server.
/// `--no-defaults` has an effect only as the first argument.
fn start_script((folder, loader): &(String, String)) -> String {
    format!(
        r#"#!/bin/sh
root=${{0%/*}}/root
lib=$root/usr/lib/{folder}
first=
if [ "${{1-}}" = --no-defaults ]; then first=$1; shift; fi
exec "$lib/{loader}" --library-path "$lib:$root/usr/lib/mysql/private" "$root/usr/sbin/mysqld" $first \
    --lc-messages-dir="$root/usr/share/mysql" --character-sets-dir="$root/usr/share/mysql/charsets" \
    --plugin-dir="$root/usr/lib/mysql/plugin" --secure-file-priv= "$@"
"#
    )
}

/// A directory outside the repository that the user of the server can read.
fn cache() -> Result<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(env::var_os("XDG_CACHE_HOME").map(PathBuf::from));
    folders.extend(env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    if system_user::we_are_root() {
        // The server runs as another user, who cannot enter root's home.
        folders.retain(|folder| is_open(folder));
        folders.push("/var/cache".into());
    }
    folders.push(env::temp_dir());
    let folders = folders.into_iter().filter(|folder| folder.is_absolute());
    for folder in folders {
        let cache = folder.join("sea-orm-soft-delete-tests");
        if create(&cache).is_ok() {
            return Ok(cache);
        }
    }
    Err("There is no directory to unpack it into: set XDG_CACHE_HOME.".into())
}

/// Whether everyone may pass through the existing part of this path.
fn is_open(path: &Path) -> bool {
    path.ancestors()
        .filter_map(|folder| fs::metadata(folder).ok())
        .all(|folder| folder.permissions().mode() & 0o001 != 0)
}

/// Makes a directory that everyone may read, whatever the default permissions are.
fn create(directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)?;
    Ok(fs::set_permissions(
        directory,
        Permissions::from_mode(0o755),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_of_debian_itself_is_chosen() {
        let listed = "\
http://deb.debian.org/debian-security/
http://apt.example.org/
http://ftp.example.org/mirrors/debian/
http://deb.debian.org/debian/
";
        assert_eq!(
            mirror_among(listed),
            Some("http://ftp.example.org/mirrors/debian/")
        );
        assert_eq!(mirror_among("http://archive.ubuntu.com/ubuntu/\n"), None);
    }

    #[test]
    fn a_folder_below_a_closed_one_is_not_open() {
        let closed = env::temp_dir().join(format!("closed-{}", process::id()));
        fs::create_dir(&closed).unwrap();
        let below = closed.join("cache/of/mine");
        fs::set_permissions(&closed, Permissions::from_mode(0o755)).unwrap();
        assert!(is_open(&below));
        fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
        assert!(!is_open(&below));
        fs::remove_dir_all(&closed).unwrap();
    }

    #[test]
    fn the_loader_is_found_beside_the_c_library() {
        let root = env::temp_dir().join(format!("libraries-{}", process::id()));
        assert!(libraries(&root).is_err());
        for file in [
            "usr/lib/mysql/private/libprotobuf.so.1",
            "usr/lib/aarch64-linux-gnu/libc.so.6",
            "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1",
        ] {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        let found = libraries(&root).unwrap();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(
            found,
            (
                "aarch64-linux-gnu".to_owned(),
                "ld-linux-aarch64.so.1".to_owned()
            )
        );
        assert!(start_script(&found).contains("$lib/ld-linux-aarch64.so.1"));
    }
}
