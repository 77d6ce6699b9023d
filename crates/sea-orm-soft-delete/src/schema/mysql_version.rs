//! MySQL/MariaDB version detection and the features it implies.

use sea_orm::{ConnectionTrait, Statement};

use crate::error::SoftDeleteError;

/// MySQL or MariaDB, and its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    is_mariadb: bool,
    number: (u32, u32, u32),
}

impl Version {
    pub(crate) async fn read<C: ConnectionTrait>(db: &C) -> Result<Self, SoftDeleteError> {
        let version = "SELECT CAST(VERSION() AS CHAR) AS version";
        let version = Statement::from_string(db.get_database_backend(), version);
        let row = db.query_one_raw(version).await?;
        let text: Option<String> = row.map(|row| row.try_get("", "version")).transpose()?;
        Ok(Self::parse(&text.unwrap_or_default()))
    }

    fn parse(text: &str) -> Self {
        let is_mariadb = text.to_ascii_lowercase().contains("mariadb");
        // MariaDB used to report itself as MySQL 5.5.5, and still does to its replicas.
        let number = text.strip_prefix("5.5.5-").unwrap_or(text);
        let mut parts = number.split(|character: char| !character.is_ascii_digit());
        let mut part = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
        Self {
            is_mariadb,
            number: (part(), part(), part()),
        }
    }

    pub(crate) fn is_mariadb(self) -> bool {
        self.is_mariadb
    }

    /// Whether a column can be INVISIBLE (MySQL's manual, 15.1.20.10; MariaDB's, "Invisible Columns").
    pub(crate) fn has_invisible_columns(self) -> bool {
        let since = if self.is_mariadb {
            (10, 3, 3)
        } else {
            (8, 0, 23)
        };
        self.number >= since
    }

    /// The name of the server.
    pub(crate) fn name(self) -> &'static str {
        match self.is_mariadb {
            true => "MariaDB",
            false => "MySQL",
        }
    }

    /// Whether a unique index can cover a whole TEXT or BLOB (MariaDB's manual, "BLOB and TEXT"); MySQL
    /// indexes only a prefix of them.
    pub(crate) fn has_unique_indexes_over_texts(self) -> bool {
        self.is_mariadb && self.number >= (10, 4, 3)
    }

    /// Whether an index can be over an expression (MySQL's manual, 15.1.15).
    pub(crate) fn has_indexes_over_expressions(self) -> bool {
        !self.is_mariadb && self.number >= (8, 0, 13)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_parsed_in_the_format_of_each_server() {
        for (text, is_mariadb, number, has_invisible_columns) in [
            ("10.11.6-MariaDB-0+deb12u1", true, (10, 11, 6), true),
            ("5.5.5-10.2.44-MariaDB", true, (10, 2, 44), false),
            ("8.0.36", false, (8, 0, 36), true),
            ("8.0.22-debug", false, (8, 0, 22), false),
            ("5.7.44-log", false, (5, 7, 44), false),
            ("", false, (0, 0, 0), false),
        ] {
            let version = Version::parse(text);
            assert_eq!(version, Version { is_mariadb, number }, "of {text}");
            assert_eq!(
                version.has_invisible_columns(),
                has_invisible_columns,
                "of {text}"
            );
        }
    }
}
