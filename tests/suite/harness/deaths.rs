//! Servers that die while the tests run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Server;

/// How often the server has died. `cargo xtask test` restarts a server that it started, and appends a line
/// to a file for each death.
pub(super) struct Deaths {
    file: Option<PathBuf>,
    count: usize,
}

impl Deaths {
    pub(super) fn of(server: Server) -> Self {
        let variable = match server {
            Server::Sqlite => None,
            Server::Postgres => Some("TEST_POSTGRES_DEATHS"),
            Server::MariaDb => Some("TEST_MARIADB_DEATHS"),
            Server::MySql => Some("TEST_MYSQL_DEATHS"),
        };
        let file = variable.and_then(std::env::var_os).map(PathBuf::from);
        let lines = Self::read(file.as_deref());
        assert!(
            !lines.iter().any(|line| line == "gone"),
            "the server died, and did not start again: {server:?}"
        );
        let count = lines.len();
        Self { file, count }
    }

    /// Whether the server died since the count was taken, or dies right now.
    pub(super) async fn have_risen(&self) -> bool {
        for _ in 0..20 {
            if self.file.is_none() || Self::read(self.file.as_deref()).len() > self.count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self::read(self.file.as_deref()).len() > self.count
    }

    fn read(file: Option<&Path>) -> Vec<String> {
        let text = file.and_then(|file| std::fs::read_to_string(file).ok());
        let text = text.unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}
