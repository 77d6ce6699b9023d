//! The names of scopes: each is a type.

use std::any::{TypeId, type_name};

use sea_orm::Value;

/// A scope whose value the connection carries: a tenant, a region.
///
/// A row is in the scope if its column has the value that the connection carries. Which column that is, each entity
/// says with [`Scoped`](derive@crate::Scoped), and each table without an entity with
/// [`ScopedTable::required`](crate::ScopedTable::required).
///
/// ```
/// use sea_orm_soft_delete::RequiredScope;
///
/// /// The customer that a row belongs to.
/// pub struct Tenant;
///
/// impl RequiredScope for Tenant {
///     const NAME: &'static str = "tenant";
///     type Value = i64;
/// }
/// ```
///
/// The scope is required: a scoped connection refuses a statement that names such a table, unless it carries a
/// value ([`within`](crate::ScopedConnection::within)) or reaches every row on purpose
/// ([`across`](crate::ScopedConnection::across)). Nothing in the text of a statement lifts it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope whose value a connection carries",
    note = "implement `RequiredScope` for it; a scope with a condition is a `FixedScope`, and `lift` lifts it"
)]
pub trait RequiredScope: 'static {
    /// The name of the scope in messages.
    const NAME: &'static str;

    /// The type of its value: the type of the fields, or the type inside their `Option`.
    type Value: Into<Value> + Send + Sync;
}

/// A scope with a condition on the columns of a row: the published rows, those that are not archived.
///
/// Each entity says with [`Scoped`](derive@crate::Scoped) what its condition is, and each table without an entity
/// with [`ScopedTable::fixed`](crate::ScopedTable::fixed).
///
/// ```
/// use sea_orm_soft_delete::FixedScope;
///
/// /// What readers see.
/// pub struct Published;
///
/// impl FixedScope for Published {
///     const NAME: &'static str = "published";
/// }
/// ```
///
/// [`lift`](crate::ScopedConnection::lift) on a connection lifts it, and so does the comment
/// `/* soft_delete: lift(published) */` in a statement.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope with a condition",
    note = "implement `FixedScope` for it; a scope whose value the connection carries is a `RequiredScope`, and `across` lifts it"
)]
pub trait FixedScope: 'static {
    /// The name of the scope in messages and comments: letters, digits and `_`.
    const NAME: &'static str;
}

/// A type of a field that can hold the value of a scope: the type `V` of the value, or `Option<V>`. A row with NULL
/// is in the scope of no value.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` cannot hold a scope's value of type `{V}`",
    note = "give the field that type, or an `Option` of it, or change the `Value` of the scope"
)]
pub trait HoldsScopeValue<V> {}

impl<V> HoldsScopeValue<V> for V {}

impl<V> HoldsScopeValue<V> for Option<V> {}

/// The type of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScopeKey {
    id: TypeId,
    path: &'static str,
    pub(crate) name: &'static str,
}

impl ScopeKey {
    pub(crate) fn required<S: RequiredScope>() -> Self {
        Self {
            id: TypeId::of::<S>(),
            path: type_name::<S>(),
            name: S::NAME,
        }
    }

    pub(crate) fn fixed<S: FixedScope>() -> Self {
        Self {
            id: TypeId::of::<S>(),
            path: type_name::<S>(),
            name: S::NAME,
        }
    }

    /// The name of its type, without the path.
    pub(crate) fn type_name(self) -> &'static str {
        let path = self.path.split('<').next().unwrap_or_default();
        path.rsplit("::").next().unwrap_or(path)
    }

    /// Its name as part of the name of a setting of PostgreSQL, which takes lower-case letters, digits and `_` alone.
    pub(crate) fn setting_part(self) -> String {
        let allowed = |character: char| match character.to_ascii_lowercase() {
            kept @ ('a'..='z' | '0'..='9') => kept,
            _ => '_',
        };
        let part: String = self.name.chars().map(allowed).collect();
        match part.starts_with(|first: char| first.is_ascii_digit()) || part.is_empty() {
            true => format!("_{part}"),
            false => part,
        }
    }

    /// The setting of a transaction of PostgreSQL that has its value, for policies of row-level security.
    pub(crate) fn setting(self) -> String {
        format!("soft_delete_scope.{}", self.setting_part())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_setting_has_lower_case_letters_digits_and_underscores() {
        for (name, expected) in [
            ("tenant", "soft_delete_scope.tenant"),
            ("Org Unit-2", "soft_delete_scope.org_unit_2"),
            ("2nd", "soft_delete_scope._2nd"),
            ("ü", "soft_delete_scope._"),
            ("", "soft_delete_scope._"),
        ] {
            let (id, path) = (TypeId::of::<()>(), "");
            assert_eq!(ScopeKey { id, path, name }.setting(), expected);
        }
    }
}
