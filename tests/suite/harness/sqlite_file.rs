//! A database of SQLite in a file, whose bytes a test can read.

use std::path::PathBuf;

use sea_orm::sqlx::sqlite::SqliteJournalMode;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbErr};
use tempfile::TempDir;

use super::{Server, TestDb};

pub(crate) struct SqliteFile {
    pub(crate) db: TestDb,
    path: PathBuf,
    _folder: TempDir,
}

impl SqliteFile {
    pub(crate) async fn new() -> Result<Self, DbErr> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.sqlite");
        let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
        options.max_connections(1).sqlx_logging(false);
        options.map_sqlx_sqlite_opts(|options| options.journal_mode(SqliteJournalMode::Delete));
        Ok(Self {
            db: TestDb::of(Database::connect(options).await?, Server::Sqlite),
            path,
            _folder: folder,
        })
    }

    /// Gives the bytes of removed rows back.
    pub(crate) async fn vacuum(&self) -> Result<(), DbErr> {
        self.db.execute_unprepared("VACUUM").await.map(drop)
    }

    /// Whether the file has these bytes.
    pub(crate) fn contains(&self, text: &str) -> bool {
        let bytes = std::fs::read(&self.path).unwrap();
        let mut windows = bytes.windows(text.len());
        windows.any(|window| window == text.as_bytes())
    }
}
