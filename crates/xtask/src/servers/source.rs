//! Choosing the source of a server.

use super::installed::Binaries;

/// The known facts about one server before the program does anything.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The URL in the environment.
    pub(crate) url: Option<String>,
    /// The programs of an installed server.
    pub(crate) binaries: Option<Binaries>,
    /// Whether this is Debian and we may install packages.
    pub(crate) apt: bool,
    /// Whether the server can be unpacked into a cache.
    pub(crate) unpack: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Source {
    /// Use the server at this URL.
    Given(String),
    /// Start a throw-away server with these programs.
    Installed(Binaries),
    /// Install the server first.
    Install,
    /// Take the server in the cache, and unpack it there first if necessary.
    Unpack,
    /// There is no way to get a server.
    Missing,
}

/// A server that someone set up comes first, then an installed server, and then the installation of one.
pub(crate) fn choose(facts: Facts) -> Source {
    match facts {
        // CI systems write an unset variable as an empty one.
        Facts { url: Some(url), .. } if !url.is_empty() => Source::Given(url),
        Facts {
            binaries: Some(binaries),
            ..
        } => Source::Installed(binaries),
        Facts { apt: true, .. } => Source::Install,
        Facts { unpack: true, .. } => Source::Unpack,
        Facts { .. } => Source::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binaries() -> Binaries {
        Binaries {
            server: "/usr/bin/postgres".into(),
            initializer: "/usr/bin/initdb".into(),
        }
    }

    #[test]
    fn a_url_wins_over_an_installed_server() {
        let facts = Facts {
            url: Some("postgres://host/db".to_owned()),
            binaries: Some(binaries()),
            apt: true,
            unpack: true,
        };
        assert_eq!(
            choose(facts),
            Source::Given("postgres://host/db".to_owned())
        );
    }

    #[test]
    fn an_empty_url_counts_as_unset() {
        let facts = Facts {
            url: Some(String::new()),
            ..Facts::default()
        };
        assert_eq!(choose(facts), Source::Missing);
    }

    #[test]
    fn an_installed_server_wins_over_installing_one() {
        let facts = Facts {
            binaries: Some(binaries()),
            apt: true,
            ..Facts::default()
        };
        assert_eq!(choose(facts), Source::Installed(binaries()));
    }

    #[test]
    fn a_missing_server_is_installed_if_possible() {
        assert_eq!(
            choose(Facts {
                apt: true,
                ..Facts::default()
            }),
            Source::Install
        );
        assert_eq!(choose(Facts::default()), Source::Missing);
    }

    #[test]
    fn a_server_that_cannot_be_installed_is_unpacked() {
        let facts = Facts {
            unpack: true,
            ..Facts::default()
        };
        assert_eq!(choose(facts), Source::Unpack);
    }
}
