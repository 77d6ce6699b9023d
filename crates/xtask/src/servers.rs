//! Obtaining the database servers that the tests need.

pub(crate) mod apt;
mod galera;
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

/// A database that has a server, or several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Database {
    Postgres,
    Mariadb,
    Mysql,
    /// A primary of PostgreSQL and its streaming replica.
    Replica,
    /// Three nodes of MariaDB.
    Galera,
}

impl Database {
    pub(crate) const ALL: [Self; 5] = [
        Self::Postgres,
        Self::Mariadb,
        Self::Mysql,
        Self::Replica,
        Self::Galera,
    ];

    /// Whether this takes several servers. A run of the tests without them is complete, unless
    /// `--with-clusters` is given.
    pub(crate) fn is_cluster(self) -> bool {
        matches!(self, Self::Replica | Self::Galera)
    }

    /// The environment variable that holds the URL of the server; those of several are separated by commas.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Postgres => "TEST_POSTGRES_URL",
            Self::Mariadb => "TEST_MARIADB_URL",
            Self::Mysql => "TEST_MYSQL_URL",
            Self::Replica => "TEST_REPLICA_URLS",
            Self::Galera => "TEST_GALERA_URLS",
        }
    }

    pub(crate) fn example_url(self) -> &'static str {
        match self {
            Self::Postgres => "postgres://user:password@host:5432/database",
            Self::Mariadb | Self::Mysql => "mysql://user:password@host:3306/database",
            Self::Replica => "URL_OF_PRIMARY,URL_OF_REPLICA",
            Self::Galera => "URL_OF_NODE,URL_OF_NODE,URL_OF_NODE",
        }
    }

    /// How to install the server on the usual systems.
    pub(crate) fn installation(self) -> &'static str {
        match self {
            Self::Postgres | Self::Replica => {
                "apt-get install postgresql, dnf install postgresql-server, brew install postgresql"
            }
            Self::Mariadb => {
                "apt-get install mariadb-server, dnf install mariadb-server, brew install mariadb"
            }
            Self::Mysql => "dnf install mysql-server, brew install mysql, dev.mysql.com/downloads",
            Self::Galera => {
                "apt-get install mariadb-server galera-4 rsync, dnf install mariadb-server-galera rsync"
            }
        }
    }

    /// The other ways to get a server, and the requirements of each way.
    fn other_ways(self) -> &'static str {
        match self {
            Self::Postgres | Self::Mariadb | Self::Replica | Self::Galera => {
                "installed from here, which takes apt-get and root"
            }
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
            Self::Replica => "TEST_REPLICA_DEATHS",
            Self::Galera => "TEST_GALERA_DEATHS",
        }
    }

    /// The suffix in the names of the tests that run on the database.
    pub(crate) fn test_suffix(self) -> &'static str {
        match self {
            Self::Postgres => "::postgres",
            Self::Mariadb => "::mariadb",
            Self::Mysql => "::mysql",
            Self::Replica => "::replica",
            Self::Galera => "::galera",
        }
    }

    /// The packages of Debian that hold the server; Debian stable has no MySQL.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Postgres | Self::Replica => &["postgresql"],
            Self::Mariadb => &["mariadb-server"],
            Self::Mysql => &[],
            Self::Galera => &["mariadb-server", "galera-4", "rsync"],
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::Mariadb => "MariaDB",
            Self::Mysql => "MySQL",
            Self::Replica => "the replica of PostgreSQL",
            Self::Galera => "Galera",
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
    Given { url: String },
    /// Servers that were started for this run; a cluster has several.
    Started {
        url: String,
        servers: Vec<ThrowAway>,
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
        let needed = Database::ALL
            .into_iter()
            .filter(|database| purpose == Purpose::Tests || !database.is_cluster());
        let provided = needed.map(|database| {
            let source = source::choose(Facts {
                url: env::var(database.variable()).ok(),
                binaries: installed::find(database),
                apt: apt && !database.packages().is_empty(),
                unpack: database == Database::Mysql && unpacked::is_possible(),
            });
            (database, provide(database, source, purpose))
        });
        Self {
            provided: provided.collect(),
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
            Ok(Server::Started { servers, .. }) if !database.is_cluster() => {
                Some(servers.first()?.deaths())
            }
            _ => None,
        }
    }

    /// Does the work, and restarts each server that dies meanwhile. Also returns the databases whose servers
    /// died.
    pub(crate) fn watched<T>(&mut self, work: impl FnOnce() -> T) -> (T, Vec<Database>) {
        let mut started = Vec::new();
        for (database, server) in &mut self.provided {
            if let Ok(Server::Started { servers, .. }) = server {
                started.extend(servers.iter_mut().map(|server| (*database, server)));
            }
        }
        watch::watched(started, work)
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
            apt::install(database.packages())?;
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
    let megabytes = purpose.megabytes();
    let one = |(url, server)| (url, vec![server]);
    let (url, servers) = match database {
        Database::Postgres => postgres::start(&binaries, megabytes).map(one),
        Database::Mariadb | Database::Mysql => mariadb::start(&binaries, megabytes).map(one),
        Database::Replica => postgres::start_with_replica(&binaries, megabytes),
        Database::Galera => galera::start(&binaries, megabytes),
    }
    .map_err(|error| format!("{} did not start: {error}", binaries.server.display()))?;
    println!(
        "==> {database}: {url}, a throw-away server of {}",
        binaries.server.display()
    );
    Ok(Server::Started { url, servers })
}
