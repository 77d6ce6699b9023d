//! The scoped connection asks for the default settings of the server and the role.

use sea_orm::{ConnectionTrait, TransactionTrait};
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use crate::harness::{Server, on_every_database};

on_every_database! {
    async fn settings_that_change_how_text_is_read_are_found(db: &TestDb) {
        db.scoped().check_settings().await?;
        let (change, restore) = match db.server() {
            Server::Sqlite => return Ok(()),
            Server::Postgres => (
                "SET standard_conforming_strings = off",
                "SET standard_conforming_strings = on",
            ),
            _ => ("SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')", "SET sql_mode = ''"),
        };
        let session = db.begin().await?;
        session.execute_unprepared(change).await?;
        let found = session.scoped().check_settings().await;
        session.execute_unprepared(restore).await?;
        session.scoped().check_settings().await?;
        assert!(matches!(found, Err(SoftDeleteError::NotScopable { .. })), "{found:?}");
    }
}
