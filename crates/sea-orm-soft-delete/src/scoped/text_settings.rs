//! The settings of a connection with which its database reads text differently from the rewriter.
//!
//! A scoped connection refuses to change these settings. The defaults of a server or a role never pass
//! through the connection, so a query reads them: for the doctor, and for a caller that checks them at
//! the start.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use sql_row_scope::is_harmless;

/// A setting that changes how text is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextSetting {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

/// The harmful settings of this connection. Each connection of a pool begins with the same settings.
pub(crate) async fn harmful<C: ConnectionTrait>(db: &C) -> Result<Vec<TextSetting>, DbErr> {
    let (names, query) = match db.get_database_backend() {
        DbBackend::MySql => (
            ["sql_mode", "character_set_client"],
            "SELECT @@sql_mode AS sql_mode, @@character_set_client AS character_set_client",
        ),
        DbBackend::Postgres => (
            ["standard_conforming_strings", "client_encoding"],
            "SELECT current_setting('standard_conforming_strings') AS standard_conforming_strings, \
             current_setting('client_encoding') AS client_encoding",
        ),
        _ => return Ok(Vec::new()),
    };
    let query = Statement::from_string(db.get_database_backend(), query);
    let Some(row) = db.query_one_raw(query).await? else {
        return Ok(Vec::new());
    };
    let mut harmful = Vec::new();
    for name in names {
        let value: String = row.try_get("", name)?;
        if !is_harmless(name, &value) {
            harmful.push(TextSetting { name, value });
        }
    }
    Ok(harmful)
}
