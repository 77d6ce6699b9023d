//! The values of required scopes as settings of a transaction of PostgreSQL, for policies of row-level security.
//!
//! A setting ends with its transaction, so no pooled connection keeps it. So a statement outside of a transaction
//! runs in one of its own.

use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Value};

use crate::default_scope::key::ScopeKey;
use crate::default_scope::values::ScopeValues;
use crate::error::SoftDeleteError;
use crate::scoped::scope::Scope;
use sql_row_scope::ANY_TABLE;

/// The settings of a transaction, each with its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings(Vec<(String, Option<Value>)>);

impl Settings {
    /// Sets them until the transaction ends.
    // It is a builder, since a `RestrictedConnection` refuses raw SQL.
    pub(super) async fn set<C: ConnectionTrait>(&self, db: &C) -> Result<(), DbErr> {
        let mut select = Query::select();
        for (name, value) in &self.0 {
            let value = match value {
                Some(value) => Expr::val(value.clone()).cast_as("text"),
                None => Expr::val(""),
            };
            let set = Func::cust("set_config").args([Expr::val(name), value, Expr::val(true)]);
            select.expr(set);
        }
        db.query_one(&select).await?;
        Ok(())
    }
}

impl Scope {
    /// The settings to make before a statement, if its transaction, which has the settings `made`, does not have them;
    /// or why the statement is refused.
    pub(super) fn settings_to_make(
        &self,
        made: Option<&Settings>,
        backend: DbBackend,
    ) -> Result<Option<Settings>, SoftDeleteError> {
        if backend != DbBackend::Postgres {
            return Ok(None);
        }
        let Some(settings) = self.settings()? else {
            return Ok(None);
        };
        match made {
            Some(made) if *made == settings => Ok(None),
            Some(_) => Err(refused(
                "a statement within another value than its transaction, under row-level security,"
                    .to_owned(),
                "begin a transaction for each value",
            )),
            // Without a value the policies show no row.
            None if settings.0.iter().all(|(_, value)| value.is_none()) => Ok(None),
            None => Ok(Some(settings)),
        }
    }

    /// The settings that the policies need, if there are any; or why a statement is refused.
    fn settings(&self) -> Result<Option<Settings>, SoftDeleteError> {
        let Some(keys) = self.keys_of_settings() else {
            return Ok(None);
        };
        let mut settings = Settings(Vec::with_capacity(keys.len()));
        for key in keys {
            let name = key.setting();
            if self.reaches_across(*key) {
                return Err(refused(
                    format!("a statement across `{}` under row-level security", key.name),
                    "use a connection of a role with BYPASSRLS, and a scope without `row_level_security`",
                ));
            }
            let value = self.value(*key);
            if let Some((_, known)) = settings.0.iter().find(|(known, _)| *known == name) {
                if known.is_none() && value.is_none() {
                    continue;
                }
                return Err(refused(
                    format!(
                        "a statement under row-level security with two scopes that have the setting `{name}`"
                    ),
                    "give each scope another NAME, in letters, digits and `_`",
                ));
            }
            settings.0.push((name, value));
        }
        Ok(Some(settings))
    }

    fn value(&self, key: ScopeKey) -> Option<Value> {
        self.carried_value(key)
            .cloned()
            .or_else(|| ScopeValues::ambient(key))
    }
}

fn refused(construct: String, remedy: &'static str) -> SoftDeleteError {
    SoftDeleteError::NotScopable {
        table: ANY_TABLE.to_owned(),
        construct,
        remedy,
    }
}
