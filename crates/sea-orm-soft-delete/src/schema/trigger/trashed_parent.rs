//! Triggers that refuse a live row below a trashed one.

use sea_orm::{ConnectionTrait, DbBackend};

use super::{drop_own, function, refusal, trigger};
use crate::error::SoftDeleteError;
use crate::query::literal::quoted;
use crate::schema::catalogue::Catalogue;
use crate::schema::execute::run;
use crate::schema::sql::{self, Named, name_of, path};
use crate::schema::table::{ParentKey, SoftDeleteSchema};

/// A trigger that refuses a live row below a trashed one.
///
/// These statements fail if the parent is trashed: an INSERT of a live row, an UPDATE that gives a live row
/// another parent, and an UPDATE that makes a row live. On PostgreSQL, MySQL and MariaDB the trigger locks
/// the parent (`FOR SHARE`) until the transaction ends, so that nobody can trash it meanwhile.
///
/// If a table's rows belong to rows of the same table, or its parent's rows belong to it in turn, the
/// trigger checks new rows and new parents, but not restores: a restore brings parents and children back in
/// any order.
///
/// | database | the error |
/// |---|---|
/// | PostgreSQL | as of a foreign key: SQLSTATE 23503 |
/// | MySQL, MariaDB | SQLSTATE 45000 |
/// | SQLite | SQLITE_CONSTRAINT_TRIGGER |
///
/// To lock the parent, PostgreSQL requires the privilege UPDATE on the parent's table from whoever writes
/// to the child.
///
/// To create a trigger, MySQL with a binary log requires the privilege SUPER or its setting
/// `log_bin_trust_function_creators`.
#[derive(Clone, Debug)]
pub struct NoTrashedParent {
    schema: SoftDeleteSchema,
    parent: ParentKey,
    name: String,
    is_named: bool,
}

/// The alias of the parent in a trigger's query.
const PARENT: &str = "soft_delete_parent";

impl SoftDeleteSchema {
    /// Triggers that refuse a live row below a trashed one: one for each key that points at a parent
    /// by a relation with `cascade` or `restrict`, except for relations with a condition of their own.
    pub fn refuse_trashed_parents(&self) -> Vec<NoTrashedParent> {
        let parents = self.parents.iter();
        parents
            .map(|parent| NoTrashedParent::new(self, parent.clone()))
            .collect()
    }
}

impl NoTrashedParent {
    fn new(schema: &SoftDeleteSchema, parent: ParentKey) -> Self {
        Self {
            name: name_of(&schema.key().1, &parent.columns, "parent"),
            is_named: false,
            schema: schema.clone(),
            parent,
        }
    }

    /// Names the trigger; the default name is made of the table and the columns. On SQLite, MySQL and
    /// MariaDB there are two triggers, whose names end in `_insert` and `_update`.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self.is_named = true;
        self
    }

    /// The statements that [`create`](Self::create) runs.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        match backend {
            DbBackend::Postgres => self.postgres(),
            _ => {
                let is_wrong = self.is_wrong(backend);
                let is_made_wrong = format!("{} AND {is_wrong}", self.is_attached(backend));
                let events = [("INSERT", is_wrong), ("UPDATE", is_made_wrong)];
                let triggers = events.map(|(event, condition)| {
                    let (name, message) = (self.name_for(event), self.message());
                    refusal(&self.schema, &name, event, &condition, &message, backend)
                });
                triggers.to_vec()
            }
        }
    }

    /// Creates the trigger, and replaces an existing one with the same name.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if one of the two tables does not exist or lacks a column, or
    /// if another table has a trigger with this name; and the database's errors.
    pub async fn create<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        self.expect_columns(db).await?;
        self.drop(db).await?;
        run(self.statements(db.get_database_backend()), db).await
    }

    /// Drops the trigger, if it exists.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if another table has a trigger with this name, and the
    /// database's errors.
    pub async fn drop<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let names = match db.get_database_backend() {
            DbBackend::Postgres => vec![self.name.clone()],
            _ => vec![self.name_for("INSERT"), self.name_for("UPDATE")],
        };
        drop_own(&self.schema, &names, db).await
    }

    async fn expect_columns<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let (key, parent) = (self.schema.key(), &self.parent.parent);
        let schemas: Vec<String> = key.0.iter().chain(&parent.0).cloned().collect();
        let catalogue = Catalogue::read(&schemas, db).await?;
        let own = &self.parent.columns;
        self.schema.expect_marker_and(own, &catalogue)?;
        let above = catalogue.table(parent);
        let named = self.parent.parent_columns.iter();
        for column in named.chain([&self.parent.parent_marker]) {
            if above.is_none_or(|above| above.column(column).is_none()) {
                return Err(self.schema.not_changed(
                    format!("its parent `{}` has no column `{column}`", parent.1),
                    "make the parent's table and its columns first, or correct the name",
                ));
            }
        }
        Ok(())
    }

    fn name_for(&self, event: &str) -> String {
        let suffix = event.to_ascii_lowercase();
        match self.is_named {
            true => format!("{}_{suffix}", self.name),
            false => {
                let suffix = format!("parent_{suffix}");
                name_of(&self.schema.key().1, &self.parent.columns, &suffix)
            }
        }
    }

    fn message(&self) -> String {
        format!(
            "a live row of {} cannot belong to a trashed row of {}",
            self.schema.name(),
            self.parent.parent.1
        )
    }

    /// The condition that the new row is live and its parent is trashed.
    fn is_wrong(&self, backend: DbBackend) -> String {
        let marker = Named::Of(PARENT, &self.parent.parent_marker);
        let is_trashed = sql::is_trashed(self.parent.parent_storage, &marker, backend);
        let lock = match backend {
            // The lock waits for a delete of the parent in progress, then reads the parent again.
            DbBackend::MySql => " LOCK IN SHARE MODE",
            _ => "",
        };
        format!(
            "({}) AND EXISTS (SELECT 1 FROM {} AND {is_trashed}{lock})",
            self.is_live("NEW", backend),
            self.parent_of_new(backend)
        )
    }

    fn is_live(&self, row: &'static str, backend: DbBackend) -> String {
        let marker = Named::Of(row, &self.schema.marker().name);
        sql::is_live(self.schema.storage(), &marker, backend)
    }

    /// The parent's table, and the condition that selects the new row's parent.
    fn parent_of_new(&self, backend: DbBackend) -> String {
        let pairs = self.parent.columns.iter().zip(&self.parent.parent_columns);
        let equal = pairs.map(|(column, above)| {
            format!(
                "{} = {}",
                Named::Of(PARENT, above).sql(backend),
                Named::Of("NEW", column).sql(backend)
            )
        });
        format!(
            "{} AS {PARENT} WHERE {}",
            path(backend, &self.parent.parent),
            equal.collect::<Vec<_>>().join(" AND ")
        )
    }

    /// The condition that an UPDATE gives the row another parent, or makes it live.
    fn is_attached(&self, backend: DbBackend) -> String {
        let changed = self.parent.columns.iter().map(|column| {
            let (old, new) = (
                Named::Of("OLD", column).sql(backend),
                Named::Of("NEW", column).sql(backend),
            );
            match backend {
                DbBackend::MySql => format!("NOT ({new} <=> {old})"),
                DbBackend::Postgres => format!("{new} IS DISTINCT FROM {old}"),
                _ => format!("{new} IS NOT {old}"),
            }
        });
        let restored = format!("NOT ({})", self.is_live("OLD", backend));
        let restored = (!self.parent.is_cyclic).then_some(restored);
        let any: Vec<String> = changed.chain(restored).collect();
        format!("({})", any.join(" OR "))
    }

    fn postgres(&self) -> Vec<String> {
        let backend = DbBackend::Postgres;
        // On INSERT, OLD is NULL and is not read. A separate statement waits for a delete of the parent in
        // progress, so that the next statement sees its result.
        let body = format!(
            "BEGIN IF TG_OP = 'INSERT' OR {} THEN PERFORM 1 FROM {} FOR SHARE; IF {} THEN \
             RAISE EXCEPTION {} USING ERRCODE = 'foreign_key_violation'; END IF; END IF; \
             RETURN NULL; END",
            self.is_attached(backend),
            self.parent_of_new(backend),
            self.is_wrong(backend),
            quoted(&self.message().replace('%', "%%"), backend)
        );
        // AFTER, so that the trigger sees the final state of all rows of the statement.
        let event = "AFTER INSERT OR UPDATE";
        vec![
            function(
                &self.schema,
                &self.name,
                " SET search_path FROM CURRENT",
                &body,
            ),
            trigger(&self.schema, &self.name, event, "ROW", &self.name),
        ]
    }
}
