//! Obtaining the database servers that the tests need.

mod apt;
mod installed;
mod mariadb;
mod postgres;
mod source;
mod system_user;
mod throw_away;
mod unpacked;
mod watch;

use std::{env, fmt, path::PathBuf};

use source::{Facts, Source};
use throw_away::ThrowAway;

use crate::Result;

/// A database that has a server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Database {
    Postgres,
    Mariadb,
    Mysql,
}

impl Database {
    pub(crate) const ALL: [Self; 3] = [Self::Postgres, Self::Mariadb, Self::Mysql];

    /// The environment variable that holds the URL of a server.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Postgres => "TEST_POSTGRES_URL",
            Self::Mariadb => "TEST_MARIADB_URL",
            Self::Mysql => "TEST_MYSQL_URL",
        }
    }

    pub(crate) fn example_url(self) -> &'static str {
        match self {
            Self::Postgres => "postgres://user:password@host:5432/database",
            Self::Mariadb | Self::Mysql => "mysql://user:password@host:3306/database",
        }
    }

    /// How to install the server on the usual systems.
    pub(crate) fn installation(self) -> &'static str {
        match self {
            Self::Postgres => {
                "apt-get install postgresql, dnf install postgresql-server, brew install postgresql"
            }
            Self::Mariadb => {
                "apt-get install mariadb-server, dnf install mariadb-server, brew install mariadb"
            }
            Self::Mysql => "dnf install mysql-server, brew install mysql, dev.mysql.com/downloads",
        }
    }

    /// The other ways to get a server, and the requirements of each way.
    fn other_ways(self) -> &'static str {
        match self {
            Self::Postgres | Self::Mariadb => "installed from here, which takes apt-get and root",
            Self::Mysql => {
                "unpacked from Debian unstable, which takes a Debian with apt-get, dpkg-deb and \
                 debian-archive-keyring (a `mysqld` that is MariaDB's is not MySQL)"
            }
        }
    }

    /// The environment variable that names the file of deaths. That file has one line for each death of the
    /// server.
    pub(crate) fn deaths_variable(self) -> &'static str {
        match self {
            Self::Postgres => "TEST_POSTGRES_DEATHS",
            Self::Mariadb => "TEST_MARIADB_DEATHS",
            Self::Mysql => "TEST_MYSQL_DEATHS",
        }
    }

    /// The suffix in the names of the tests that run on the database.
    pub(crate) fn test_suffix(self) -> &'static str {
        match self {
            Self::Postgres => "::postgres",
            Self::Mariadb => "::mariadb",
            Self::Mysql => "::mysql",
        }
    }

    /// The package of Debian that holds the server; Debian stable has no MySQL.
    fn package(self) -> Option<&'static str> {
        match self {
            Self::Postgres => Some("postgresql"),
            Self::Mariadb => Some("mariadb-server"),
            Self::Mysql => None,
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::Mariadb => "MariaDB",
            Self::Mysql => "MySQL",
        })
    }
}

/// The purpose of the servers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Purpose {
    /// Many small databases.
    Tests,
    /// A few large tables that must be read from memory: otherwise the benchmarks would measure the disk.
    Benchmarks,
}

impl Purpose {
    /// How much memory a started server may use for its tables.
    fn megabytes(self) -> u32 {
        match self {
            Self::Tests => 64,
            Self::Benchmarks => 1024,
        }
    }
}

/// The servers of one test run. When this value is dropped, the servers that were started for the run stop,
/// and their files are removed.
pub(crate) struct Servers {
    provided: Vec<(Database, Result<Server>)>,
}

enum Server {
    /// A server of someone else. The environment gives its URL.
    Given {
        url: String,
    },
    Started {
        url: String,
        server: Box<ThrowAway>,
    },
}

impl Servers {
    /// No server, by choice.
    pub(crate) fn none() -> Self {
        Self {
            provided: Vec::new(),
        }
    }

    /// Finds or provisions each server, or finds the reason why that is impossible.
    pub(crate) fn provide(purpose: Purpose) -> Self {
        let apt = apt::is_usable();
        let sources = Database::ALL.map(|database| {
            let url = env::var(database.variable()).ok();
            (
                database,
                source::choose(Facts {
                    url,
                    binaries: installed::find(database),
                    apt: apt && database.package().is_some(),
                    unpack: database == Database::Mysql && unpacked::is_possible(),
                }),
            )
        });
        let packages: Vec<_> = sources
            .iter()
            .filter(|(_, source)| matches!(source, Source::Install))
            .filter_map(|(database, _)| database.package())
            .collect();
        if !packages.is_empty()
            && let Err(error) = apt::install(&packages)
        {
            eprintln!("!!! {error}");
        }
        Self {
            provided: sources
                .into_iter()
                .map(|(database, source)| (database, provide(database, source, purpose)))
                .collect(),
        }
    }

    /// The URL of the server; `None` if the server was left out or is missing.
    pub(crate) fn url(&self, database: Database) -> Option<&str> {
        match self.provided(database)? {
            Ok(Server::Given { url } | Server::Started { url, .. }) => Some(url),
            Err(_) => None,
        }
    }

    /// The file that tells the tests how often the server died; `None` if the number is unknown.
    pub(crate) fn deaths(&self, database: Database) -> Option<PathBuf> {
        match self.provided(database)? {
            Ok(Server::Started { server, .. }) => Some(server.deaths()),
            _ => None,
        }
    }

    /// Does the work, and restarts each server that dies meanwhile. Also returns the databases whose servers
    /// died.
    pub(crate) fn watched<T>(&mut self, work: impl FnOnce() -> T) -> (T, Vec<Database>) {
        let started = self
            .provided
            .iter_mut()
            .filter_map(|(database, server)| match server {
                Ok(Server::Started { server, .. }) => Some((*database, server.as_mut())),
                _ => None,
            });
        watch::watched(started.collect(), work)
    }

    /// The reason why the server is missing; `None` if the server was left out by choice or is there.
    pub(crate) fn missing(&self, database: Database) -> Option<String> {
        self.provided(database)?
            .as_ref()
            .err()
            .map(ToString::to_string)
    }

    fn provided(&self, database: Database) -> Option<&Result<Server>> {
        self.provided
            .iter()
            .find(|(one, _)| *one == database)
            .map(|(_, server)| server)
    }
}

fn provide(database: Database, source: Source, purpose: Purpose) -> Result<Server> {
    let binaries = match source {
        Source::Given(url) => {
            println!("==> {database}: the server of {}", database.variable());
            return Ok(Server::Given { url });
        }
        Source::Installed(binaries) => binaries,
        Source::Install => {
            installed::find(database).ok_or("It could not be installed with apt-get.")?
        }
        Source::Unpack => unpacked::mysql()
            .map_err(|error| format!("It could not be unpacked from Debian unstable: {error}"))?,
        Source::Missing => {
            return Err(format!(
                "{} is not set, no server was found in PATH or its usual places, and it \
                 cannot be {}.",
                database.variable(),
                database.other_ways()
            )
            .into());
        }
    };
    let (url, server) = match database {
        Database::Postgres => postgres::start(&binaries, purpose.megabytes()),
        Database::Mariadb | Database::Mysql => mariadb::start(&binaries, purpose.megabytes()),
    }
    .map_err(|error| format!("{} did not start: {error}", binaries.server.display()))?;
    println!(
        "==> {database}: {url}, a throw-away server of {}",
        binaries.server.display()
    );
    let server = Box::new(server);
    Ok(Server::Started { url, server })
}
