//! Policies of row-level security for the required scopes of a table, on PostgreSQL.

mod existing;

use sea_orm::{ConnectionTrait, DbBackend};

use self::existing::Existing;
use crate::default_scope::entity::{ScopedEntity, ScopesOfEntity};
use crate::default_scope::key::ScopeKey;
use crate::entity::key;
use crate::entity::member::TableKey;
use crate::error::SoftDeleteError;
use crate::family::registry::all_scoped_tables;
use crate::query::scoped_table::ScopedTable;
use crate::schema::catalogue::rows;
use crate::schema::sql::{name_of, path, quote};

const BACKEND: DbBackend = DbBackend::Postgres;

/// The policy that shows every row, because a table with restrictive policies alone shows none.
const ROWS: &str = "soft_delete_rows";

/// Policies of row-level security that hold a table of PostgreSQL to its required scopes, whichever program reads or
/// writes it.
///
/// A scoped connection holds the statements that go through it. The policies are a second wall, for the statements
/// that do not: of a plain connection, of `psql`, of a view or a function. For an entity with `#[scope(Tenant)]` on
/// its `tenant_id: i64`, [`create`](Self::create) runs
///
/// ```sql
/// CREATE POLICY soft_delete_tenant_scope ON invoice AS RESTRICTIVE
///   USING (tenant_id = NULLIF(current_setting('soft_delete_scope.tenant', true), '')::bigint);
/// CREATE POLICY soft_delete_rows ON invoice USING (true);
/// ALTER TABLE invoice ENABLE ROW LEVEL SECURITY;
/// ALTER TABLE invoice FORCE ROW LEVEL SECURITY
/// ```
///
/// The condition of a policy without WITH CHECK also holds the rows that are written. Without the setting nothing
/// equals NULL: no row is read or written. A connection whose scope has
/// [`row_level_security`](crate::builders::ScopeBuilder::row_level_security) makes the setting.
///
/// ```standalone_crate
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/tenants.rs"));
/// use sea_orm_soft_delete::Scope;
/// use sea_orm_soft_delete::schema::RowLevelSecurity;
///
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// # if db.get_database_backend() != DbBackend::Postgres {
/// #     assert!(RowLevelSecurity::of::<invoice::Entity>().create(db).await.is_err());
/// #     return Ok(());
/// # }
/// RowLevelSecurity::of::<invoice::Entity>().create(db).await?; // in a migration
///
/// let scope = Scope::builder().row_level_security().build();
/// let db = db.scoped_with(&scope); // in the service
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
///
/// | passes the policies | |
/// |---|---|
/// | a superuser, a role with BYPASSRLS | so a service connects as another role |
/// | foreign keys and unique keys | they compare all rows; put the tenant into them |
/// | a view, unless it is `security_invoker` | reads with the rights of its owner |
/// | TRUNCATE, and a partition by its own name | revoke them |
/// | a statement that makes the setting itself | so this wall stops a mistake, not an SQL injection |
///
/// The owner of the table does not pass, because of FORCE. So migrations that read or write rows, and the
/// [doctor](fn@crate::doctor), need a role with BYPASSRLS.
///
/// If the table has a permissive policy of your own, `soft_delete_rows` is not created: your policies then say which
/// rows of a tenant are shown.
#[derive(Clone, Debug)]
#[must_use = "it changes nothing until `create`"]
pub struct RowLevelSecurity {
    table: TableKey,
    /// Each required scope, and its column.
    scopes: Vec<(ScopeKey, String)>,
    entity_type: Option<&'static str>,
}

/// What a table has, compared with what it should have.
pub(crate) struct Comparison {
    /// Whether it has any policy of this crate.
    pub(crate) is_protected: bool,
    pub(crate) differences: Vec<String>,
    /// The statements that mend them.
    pub(crate) statements: Vec<String>,
    /// The policies of scopes that are not declared.
    pub(crate) undeclared: Vec<String>,
}

impl RowLevelSecurity {
    /// The table of an entity, with the scopes that [`Scoped`](derive@crate::Scoped) declares.
    pub fn of<E: ScopedEntity>() -> Self {
        Self::of_table(&ScopedTable::of_scoped(&ScopesOfEntity::of::<E>()))
    }

    /// A table without an entity.
    ///
    /// ```
    /// # use sea_orm_soft_delete::{RequiredScope, ScopedTable};
    /// # struct Tenant;
    /// # impl RequiredScope for Tenant { const NAME: &'static str = "tenant"; type Value = i64; }
    /// use sea_orm_soft_delete::schema::RowLevelSecurity;
    ///
    /// let lines = ScopedTable::without_trash("invoice_line").required(Tenant, "tenant_id");
    /// let policies = RowLevelSecurity::of_table(&lines);
    /// ```
    pub fn of_table(table: &ScopedTable) -> Self {
        let (schema, name) = table.key();
        let scopes = table.required_scopes();
        Self {
            table: (schema.map(str::to_owned), name.to_owned()),
            scopes: scopes
                .map(|(key, column)| (key, column.to_owned()))
                .collect(),
            entity_type: table.entity_type(),
        }
    }

    /// Every table of an entity with a required scope.
    pub fn registered() -> Vec<Self> {
        let all = all_scoped_tables();
        let all = all.iter().map(Self::of_table);
        all.filter(|table| !table.scopes.is_empty()).collect()
    }

    /// The statements that [`create`](Self::create) would run now; none if everything is as it should be. Run them in
    /// one transaction.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub async fn statements<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<String>, SoftDeleteError> {
        Ok(self.compare(db).await?.statements)
    }

    /// Creates the policies, and replaces policies that differ, all at once. It changes nothing if everything is as it
    /// should be.
    ///
    /// The value is compared in the type of the column, so an index that begins with the column serves.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] on another database than PostgreSQL; if there is no such table, or it lacks
    /// a column; if no scope of the table is required, or two of them have the same name; and the database's errors: only
    /// the owner of a table creates policies.
    pub async fn create<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let statements = self.statements(db).await?;
        at_once(&statements, db).await
    }

    /// Drops the policies that [`create`](Self::create) created, also those of scopes that are not declared any more.
    /// If the table has no other policies, it also turns row-level security off. Does nothing if there are none.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] on another database than PostgreSQL, or if there is no such table; and the
    /// database's errors.
    pub async fn drop<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let existing = self.existing(db).await?;
        let path = path(BACKEND, &self.table);
        let (own, others): (Vec<_>, Vec<_>) = existing
            .policies
            .iter()
            .partition(|policy| is_own(&policy.name));
        let mut statements: Vec<String> = own
            .iter()
            .map(|policy| self.drop_policy(&policy.name))
            .collect();
        if !own.is_empty() && others.is_empty() {
            statements.push(format!("ALTER TABLE {path} NO FORCE ROW LEVEL SECURITY"));
            statements.push(format!("ALTER TABLE {path} DISABLE ROW LEVEL SECURITY"));
        }
        at_once(&statements, db).await
    }
}

impl RowLevelSecurity {
    /// Whether any table of the database has a policy of this crate.
    pub(crate) async fn is_in_use<C: ConnectionTrait>(db: &C) -> Result<bool, SoftDeleteError> {
        let sql = r"SELECT 1 AS one FROM pg_catalog.pg_policy WHERE polname LIKE 'soft\_delete\_%\_scope' LIMIT 1";
        Ok(!rows(sql, Vec::new(), db).await?.is_empty())
    }

    pub(crate) fn key(&self) -> &TableKey {
        &self.table
    }

    /// The call that creates the policies, in the source of the program.
    pub(crate) fn call(&self) -> Option<String> {
        let entity = self.entity_type?;
        Some(format!(
            "RowLevelSecurity::of::<{entity}>().create(&db).await?"
        ))
    }

    /// The name for messages: `note` or `archive.note`.
    pub(crate) fn name(&self) -> String {
        key::table_name(self.table.0.as_deref(), &self.table.1)
    }

    /// Compares what the table has with what it should have.
    pub(crate) async fn compare<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Comparison, SoftDeleteError> {
        let existing = self.existing(db).await?;
        if self.scopes.is_empty() {
            return Err(self.not_changed(
                "no connection carries a value for any of its scopes".into(),
                "hold it to a required scope, with `#[scope(Tenant)]` on a field or `ScopedTable::required`",
            ));
        }
        let path = path(BACKEND, &self.table);
        let mut comparison = Comparison {
            is_protected: existing.policies.iter().any(|policy| is_own(&policy.name)),
            differences: Vec::new(),
            statements: Vec::new(),
            undeclared: Vec::new(),
        };
        let mut declared = vec![ROWS.to_owned()];
        for (key, column) in &self.scopes {
            let name = policy_of(*key);
            if declared.contains(&name) {
                return Err(self.not_changed(
                    format!("two of its scopes have the policy `{name}`"),
                    "give each scope another NAME, in letters, digits and `_`",
                ));
            }
            let Some((column, column_type)) = existing.column(column) else {
                return Err(self.not_changed(
                    format!("it has no column `{column}`"),
                    "make the column first, or correct its name",
                ));
            };
            let condition = format!(
                "{} = NULLIF(current_setting('{}', true), '')::{column_type}",
                quote(BACKEND, column),
                key.setting()
            );
            let create = format!(
                "CREATE POLICY {} ON {path} AS RESTRICTIVE USING ({condition})",
                quote(BACKEND, &name)
            );
            let policy = existing.policy(&name);
            let differs = policy.map(|policy| policy.difference(false, &condition, column_type));
            self.expect(&name, differs, create, &mut comparison);
            declared.push(name);
        }
        let rows = existing.policy(ROWS);
        let mut others = existing.policies.iter();
        if rows.is_some() || !others.any(|policy| policy.is_permissive) {
            let create = format!(
                "CREATE POLICY {} ON {path} USING (true)",
                quote(BACKEND, ROWS)
            );
            let differs = rows.map(|policy| policy.difference(true, "true", "boolean"));
            self.expect(ROWS, differs, create, &mut comparison);
        }
        for (is_on, word, fault) in [
            (existing.is_enabled, "ENABLE", "row-level security is off"),
            (
                existing.is_forced,
                "FORCE",
                "the owner of the table passes the policies",
            ),
        ] {
            if !is_on {
                comparison.differences.push(fault.to_owned());
                let alter = format!("ALTER TABLE {path} {word} ROW LEVEL SECURITY");
                comparison.statements.push(alter);
            }
        }
        let undeclared = existing.policies.iter().map(|policy| policy.name.clone());
        comparison.undeclared = undeclared
            .filter(|name| is_own(name) && !declared.contains(name))
            .collect();
        Ok(comparison)
    }

    /// Adds what is needed for a policy: `None` if it is missing, or how it differs.
    fn expect(
        &self,
        name: &str,
        differs: Option<Option<String>>,
        create: String,
        comparison: &mut Comparison,
    ) {
        match differs {
            Some(None) => return,
            Some(Some(how)) => {
                comparison
                    .differences
                    .push(format!("the policy `{name}` {how}"));
                comparison.statements.push(self.drop_policy(name));
            }
            None => comparison
                .differences
                .push(format!("the policy `{name}` is missing")),
        }
        comparison.statements.push(create);
    }

    /// The statement that drops a policy.
    pub(crate) fn drop_policy(&self, name: &str) -> String {
        let path = path(BACKEND, &self.table);
        format!("DROP POLICY {} ON {path}", quote(BACKEND, name))
    }

    async fn existing<C: ConnectionTrait>(&self, db: &C) -> Result<Existing, SoftDeleteError> {
        match db.get_database_backend() {
            BACKEND => {}
            other => {
                return Err(self.not_changed(
                    format!("row-level security exists on PostgreSQL only, and this is {other:?}"),
                    "rely on a scoped connection on this database: `db.scoped()`",
                ));
            }
        }
        let existing = Existing::read(&self.table, db).await?;
        existing.ok_or_else(|| self.not_changed("there is no such table".into(), "create it first"))
    }

    fn not_changed(&self, why: String, remedy: &'static str) -> SoftDeleteError {
        SoftDeleteError::SchemaNotChanged {
            entity: self.name(),
            why,
            remedy,
        }
    }
}

/// The name of the policy for a scope.
fn policy_of(key: ScopeKey) -> String {
    name_of("soft_delete", &[key.setting_part()], "scope")
}

/// Whether a policy is one of this crate, by its name.
fn is_own(policy: &str) -> bool {
    policy == ROWS || (policy.starts_with("soft_delete_") && policy.ends_with("_scope"))
}

/// Runs the statements as one text, which PostgreSQL runs in one transaction: no program meets a table with half of its
/// policies.
async fn at_once<C: ConnectionTrait>(statements: &[String], db: &C) -> Result<(), SoftDeleteError> {
    if !statements.is_empty() {
        db.execute_unprepared(&statements.join(";\n")).await?;
    }
    Ok(())
}
