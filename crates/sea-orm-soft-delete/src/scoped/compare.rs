//! Compares the rows of a watched SELECT with the rows that a scoped connection would return.

use sea_orm::{
    ConnectionTrait, DbErr, FromQueryResult, JsonValue, QueryResult, Statement, TransactionSession,
    TransactionTrait, TryGetable,
};

use crate::scoped::connection::ScopedConnection;
use crate::scoped::watch::{Key, Watch};

impl<C: ConnectionTrait + TransactionTrait> ScopedConnection<C> {
    /// The watch that compares the rows of a statement. Not if settings have to be made for each statement, as
    /// policies of row-level security need them outside of transactions.
    pub(super) fn comparing(&self) -> Option<&Watch> {
        let watch = self.scope.comparing()?;
        let settings = self.settings_to_make(self.inner.get_database_backend());
        matches!(settings, Ok(None)).then_some(watch)
    }

    /// Records what the scope would do with a SELECT. Returns the scoped statement, if the rows are to be
    /// compared.
    pub(super) fn observe(&self, watch: &Watch, statement: &Statement) -> Option<(Key, Statement)> {
        let backend = self.inner.get_database_backend();
        let compared = self.scope.observe_select(watch, statement, backend);
        compared.filter(|_| !self.inner.is_mock_connection())
    }

    /// Compares the rows that were found with those of the scoped statement, of which the caller reads `most`.
    pub(super) async fn compare(
        &self,
        watch: &Watch,
        compared: Option<(Key, Statement)>,
        found: &[QueryResult],
        most: usize,
    ) {
        let Some((key, statement)) = compared else {
            return;
        };
        match self.scoped_rows(statement).await {
            Ok(scoped) => {
                let scoped = scoped.get(..most).unwrap_or(&scoped);
                watch.compared(&key);
                if in_any_order(found) != in_any_order(scoped) {
                    watch.differs(&key, found.len(), scoped.len());
                }
            }
            Err(error) => {
                tracing::warn!(%error, sql = key.1, "a watch cannot compare the rows of a statement");
            }
        }
    }

    /// The rows of the scoped statement, read in a transaction that is rolled back.
    async fn scoped_rows(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let transaction = self.inner.begin().await?;
        let rows = transaction.query_all_raw(statement).await;
        transaction.rollback().await?;
        rows
    }
}

/// The rows as text, sorted.
fn in_any_order(rows: &[QueryResult]) -> Vec<String> {
    let mut rows: Vec<String> = rows.iter().map(text).collect();
    rows.sort_unstable();
    rows
}

/// A row as JSON. On SQLite, the result of a function has no type, and SeaORM's JSON leaves it out: it is read as
/// what it is.
fn text(row: &QueryResult) -> String {
    let mut columns = match JsonValue::from_query_result(row, "") {
        Ok(JsonValue::Object(columns)) => columns,
        Ok(other) => return other.to_string(),
        Err(error) => return error.to_string(),
    };
    for (index, name) in row.column_names().into_iter().enumerate() {
        if columns.get(&name).is_none_or(JsonValue::is_null) {
            let value = None
                .or_else(|| untyped::<i64>(row, index))
                .or_else(|| untyped::<f64>(row, index))
                .or_else(|| untyped::<String>(row, index));
            columns.insert(name, value.unwrap_or_default());
        }
    }
    JsonValue::Object(columns).to_string()
}

fn untyped<T: TryGetable + Into<JsonValue>>(row: &QueryResult, index: usize) -> Option<JsonValue> {
    let value: Option<T> = row.try_get_by_index(index).ok()?;
    value.map(Into::into)
}
