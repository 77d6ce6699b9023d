//! Looking for installed servers.

use std::{
    cmp::Reverse,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Database, galera};

/// The programs of one installed server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Binaries {
    pub(crate) server: PathBuf,
    /// The program that fills an empty data directory. Oracle's `mysqld` does this itself.
    pub(crate) initializer: PathBuf,
}

/// The installed server, if there is one in PATH or in a folder that packages and installers use.
pub(crate) fn find(database: Database) -> Option<Binaries> {
    let mut folders: Vec<PathBuf> = env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default();
    match database {
        Database::Postgres | Database::Replica => {
            folders.extend(newest_first(versions("/usr/lib/postgresql")));
            folders.extend(newest_first(versions("/usr/local/lib/postgresql")));
            // Homebrew puts only the newest version into its common folder.
            folders.extend(
                ["/opt/homebrew", "/usr/local"]
                    .into_iter()
                    .flat_map(|brew| {
                        (14..=20).rev().map(move |version| {
                            format!("{brew}/opt/postgresql@{version}/bin").into()
                        })
                    }),
            );
            folders.extend(
                [
                    "/usr/local/pgsql/bin",
                    "/usr/local/bin",
                    "/opt/homebrew/bin",
                ]
                .map(PathBuf::from),
            );
            find_postgres(&folders, Path::is_file)
        }
        Database::Mariadb | Database::Mysql | Database::Galera => {
            folders.extend(
                [
                    "/usr/bin",
                    "/usr/sbin",
                    "/usr/libexec",
                    "/usr/local/bin",
                    "/usr/local/sbin",
                    "/usr/local/libexec",
                    "/usr/local/mariadb/bin",
                    "/usr/local/mariadb/scripts",
                    "/usr/local/mysql/bin",
                    "/usr/local/mysql/scripts",
                    "/opt/homebrew/bin",
                    "/opt/homebrew/opt/mysql/bin",
                ]
                .map(PathBuf::from),
            );
            match database {
                Database::Mysql => find_mysql(&folders, version),
                Database::Galera if !galera::can_replicate(&folders) => None,
                _ => find_mariadb(&folders, Path::is_file, version),
            }
        }
    }
}

/// Finds both programs in one folder: programs of two versions do not work together.
fn find_postgres(folders: &[PathBuf], is_file: impl Fn(&Path) -> bool) -> Option<Binaries> {
    folders
        .iter()
        .map(|folder| Binaries {
            server: folder.join("postgres"),
            initializer: folder.join("initdb"),
        })
        .find(|binaries| is_file(&binaries.server) && is_file(&binaries.initializer))
}

/// Finds MariaDB's programs, which packages spread over several folders. Old programs have the names of
/// MySQL's programs.
fn find_mariadb(
    folders: &[PathBuf],
    is_file: impl Fn(&Path) -> bool,
    version: impl Fn(&Path) -> Option<String>,
) -> Option<Binaries> {
    let find = |name: &str| {
        let mut candidates = folders.iter().map(|folder| folder.join(name));
        candidates.find(|path| is_file(path))
    };
    let server = find("mariadbd").or_else(|| {
        find("mysqld").filter(|path| version(path).is_some_and(|text| is_mariadb(&text)))
    })?;
    let initializer = find("mariadb-install-db").or_else(|| find("mysql_install_db"))?;
    Some(Binaries {
        server,
        initializer,
    })
}

/// Finds MySQL's server, which fills an empty data directory itself. Where MariaDB is installed, its server
/// may have the same name.
fn find_mysql(folders: &[PathBuf], version: impl Fn(&Path) -> Option<String>) -> Option<Binaries> {
    let mut candidates = folders.iter().map(|folder| folder.join("mysqld"));
    let server = candidates.find(|path| version(path).is_some_and(|text| is_mysql(&text)))?;
    Some(Binaries {
        initializer: server.clone(),
        server,
    })
}

/// The version text that a server of the MySQL family prints; `None` if the server does not run.
pub(crate) fn version(server: &Path) -> Option<String> {
    if !server.is_file() {
        return None;
    }
    let arguments = ["--no-defaults", "--version"];
    let output = Command::new(server).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

fn is_mariadb(version: &str) -> bool {
    version.contains("MariaDB")
}

/// Whether this is MySQL from 8.0 on: the tests use features that older versions do not know.
fn is_mysql(version: &str) -> bool {
    let number = version.split_once(" Ver ").map(|(_, rest)| rest);
    let major = number.and_then(|number| number.split('.').next()?.parse::<u32>().ok());
    !is_mariadb(version) && major.is_some_and(|major| major >= 8)
}

/// The `bin` folders under `parent/VERSION`, as Debian has them.
fn versions(parent: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect()
}

fn newest_first(mut folders: Vec<PathBuf>) -> Vec<PathBuf> {
    let version =
        |folder: &PathBuf| -> Option<u32> { folder.parent()?.file_name()?.to_str()?.parse().ok() };
    folders.sort_by_key(|folder| Reverse(version(folder)));
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(paths: &[&str]) -> Vec<PathBuf> {
        paths.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn the_newest_postgres_comes_first() {
        let folders = paths(&["/p/9/bin", "/p/15/bin", "/p/odd/bin", "/p/16/bin"]);
        assert_eq!(
            newest_first(folders),
            paths(&["/p/16/bin", "/p/15/bin", "/p/9/bin", "/p/odd/bin"])
        );
    }

    #[test]
    fn a_postgres_without_initdb_is_ignored() {
        let files = paths(&["/a/postgres", "/b/postgres", "/b/initdb"]);
        let found = find_postgres(&paths(&["/a", "/b"]), |path| {
            files.iter().any(|file| file == path)
        });
        assert_eq!(
            found,
            Some(Binaries {
                server: "/b/postgres".into(),
                initializer: "/b/initdb".into()
            })
        );
    }

    #[test]
    fn the_programs_of_mariadb_may_be_in_two_folders() {
        let files = paths(&["/bin/mysqld", "/bin/mariadb-install-db", "/sbin/mariadbd"]);
        let found = find_mariadb(
            &paths(&["/bin", "/sbin"]),
            |path| files.iter().any(|file| file == path),
            |_| None,
        );
        let expected = Binaries {
            server: "/sbin/mariadbd".into(),
            initializer: "/bin/mariadb-install-db".into(),
        };
        assert_eq!(found, Some(expected));
    }

    const MARIADB: &str = "mysqld  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64";
    const MYSQL: &str = "/usr/sbin/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))";

    #[test]
    fn a_mysqld_is_identified_by_its_version_text() {
        let folders = paths(&["/old", "/maria", "/oracle"]);
        let version = |path: &Path| match path.to_str()? {
            "/old/mysqld" => Some("mysqld  Ver 5.7.44 for Linux on x86_64".to_owned()),
            "/maria/mysqld" => Some(MARIADB.to_owned()),
            "/oracle/mysqld" => Some(MYSQL.to_owned()),
            _ => None,
        };
        let found = find_mysql(&folders, version);
        assert_eq!(
            found.map(|found| found.server),
            Some("/oracle/mysqld".into())
        );

        let files = paths(&["/maria/mysqld", "/maria/mysql_install_db"]);
        let is_file = |path: &Path| files.iter().any(|file| file == path);
        let found = find_mariadb(&folders, is_file, version);
        assert_eq!(
            found.map(|found| found.server),
            Some("/maria/mysqld".into())
        );
        assert_eq!(
            find_mariadb(&folders, is_file, |_| Some(MYSQL.to_owned())),
            None
        );
    }

    #[test]
    fn mysql_fills_its_directory_itself() {
        let found = find_mysql(&paths(&["/sbin"]), |_| Some(MYSQL.to_owned()));
        assert_eq!(
            found,
            Some(Binaries {
                server: "/sbin/mysqld".into(),
                initializer: "/sbin/mysqld".into()
            })
        );
    }
}
