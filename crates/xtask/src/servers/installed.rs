//! Looking for installed servers.

use std::{
    cmp::Reverse,
    env, fs,
    path::{Path, PathBuf},
};

use super::Database;

/// The programs of one installed server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Binaries {
    pub(crate) server: PathBuf,
    /// The program that fills an empty data directory. Oracle's `mysqld` does that itself.
    pub(crate) initializer: PathBuf,
}

/// The installed server, if there is one in PATH or where packages and installers put it.
pub(crate) fn find(database: Database) -> Option<Binaries> {
    let mut folders: Vec<PathBuf> = env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default();
    match database {
        Database::Postgres => {
            folders.extend(newest_first(versions("/usr/lib/postgresql")));
            folders.extend(newest_first(versions("/usr/local/lib/postgresql")));
            // Homebrew keeps a version that is not the newest out of its common folder.
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
        Database::Mariadb => {
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
                ]
                .map(PathBuf::from),
            );
            find_mariadb(&folders, Path::is_file)
        }
    }
}

/// Both programs from one folder: those of two versions do not work together.
fn find_postgres(folders: &[PathBuf], is_file: impl Fn(&Path) -> bool) -> Option<Binaries> {
    folders
        .iter()
        .map(|folder| Binaries {
            server: folder.join("postgres"),
            initializer: folder.join("initdb"),
        })
        .find(|binaries| is_file(&binaries.server) && is_file(&binaries.initializer))
}

/// MariaDB's programs, which packages spread over folders, else Oracle's.
fn find_mariadb(folders: &[PathBuf], is_file: impl Fn(&Path) -> bool) -> Option<Binaries> {
    let find = |names: &[&str]| {
        let candidates = names
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        candidates.into_iter().find(|path| is_file(path))
    };
    let server = find(&["mariadbd", "mysqld"])?;
    let initializer =
        find(&["mariadb-install-db", "mysql_install_db"]).unwrap_or_else(|| server.clone());
    Some(Binaries {
        server,
        initializer,
    })
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
    fn a_postgres_without_its_initdb_is_passed_over() {
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
        let found = find_mariadb(&paths(&["/bin", "/sbin"]), |path| {
            files.iter().any(|file| file == path)
        });
        let expected = Binaries {
            server: "/sbin/mariadbd".into(),
            initializer: "/bin/mariadb-install-db".into(),
        };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn a_server_without_an_installer_initializes_itself() {
        let found = find_mariadb(&paths(&["/sbin"]), |path| path == Path::new("/sbin/mysqld"));
        assert_eq!(
            found,
            Some(Binaries {
                server: "/sbin/mysqld".into(),
                initializer: "/sbin/mysqld".into()
            })
        );
    }
}
