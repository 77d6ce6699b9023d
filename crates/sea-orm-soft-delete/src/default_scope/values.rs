//! The values of scopes that a connection, or a task, carries.

use std::future::Future;

use sea_orm::Value;

use crate::default_scope::key::{RequiredScope, ScopeKey};

tokio::task_local! {
    static AMBIENT: ScopeValues;
}

/// The values of required scopes, for every scoped connection of a task.
///
/// A middleware sets them once for a whole request:
///
/// ```
/// # use sea_orm_soft_delete::{RequiredScope, ScopeValues};
/// # struct Tenant;
/// # impl RequiredScope for Tenant { const NAME: &'static str = "tenant"; type Value = i64; }
/// # async fn handle_the_request() {}
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// ScopeValues::of(Tenant, 7).scope(async {
///     handle_the_request().await;
/// }).await;
/// # });
/// ```
///
/// A value that the connection itself carries ([`within`](crate::ScopedConnection::within)) comes first. On a plain
/// connection the values do nothing.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "it says nothing until a statement runs in its `scope`"]
pub struct ScopeValues(Vec<(ScopeKey, Value)>);

impl ScopeValues {
    /// The value of one scope.
    pub fn of<S: RequiredScope>(scope: S, value: S::Value) -> Self {
        Self::default().and(scope, value)
    }

    /// Adds the value of another scope; a second value of a scope replaces the first.
    pub fn and<S: RequiredScope>(mut self, _: S, value: S::Value) -> Self {
        self.set(ScopeKey::required::<S>(), value.into());
        self
    }

    /// Runs `future` with these values for every scoped connection in it.
    ///
    /// Scopes nest: what the inner one does not set comes from the outer one. They do not cover tasks that `future`
    /// spawns; pass [`ScopeValues::current`] to them.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        let mut values = Self::current();
        for (key, value) in self.0 {
            values.set(key, value);
        }
        AMBIENT.scope(values, future).await
    }

    /// The values in force here.
    pub fn current() -> Self {
        AMBIENT.try_with(Clone::clone).unwrap_or_default()
    }

    fn set(&mut self, key: ScopeKey, value: Value) {
        self.0.retain(|(known, _)| *known != key);
        self.0.push((key, value));
    }

    pub(crate) fn get(&self, key: ScopeKey) -> Option<&Value> {
        let mut values = self.0.iter();
        values
            .find(|(known, _)| *known == key)
            .map(|(_, value)| value)
    }

    /// The value of the task.
    pub(crate) fn ambient(key: ScopeKey) -> Option<Value> {
        let value = AMBIENT.try_with(|values| values.get(key).cloned());
        value.ok().flatten()
    }
}

/// Whether a value that a statement binds is the value of a scope: integers of any type, or a text, or a value of the
/// same type.
pub(crate) fn is_same(bound: &Value, carried: &Value) -> bool {
    match (integer(bound), integer(carried)) {
        (Some(one), Some(other)) => one == other,
        _ => bound == carried,
    }
}

/// Whether a number in the text of a statement is the value of a scope.
pub(crate) fn is_number(number: &str, carried: &Value) -> bool {
    integer(carried).is_some_and(|carried| number.parse() == Ok(carried))
}

/// Whether a string in the text of a statement is the value of a scope.
pub(crate) fn is_text(text: &str, carried: &Value) -> bool {
    match carried {
        Value::String(Some(carried)) => **carried == *text,
        #[cfg(feature = "with-uuid")]
        Value::Uuid(Some(carried)) => uuid::Uuid::parse_str(text) == Ok(*carried),
        _ => false,
    }
}

/// An integer of any type.
pub(crate) fn integer(value: &Value) -> Option<i128> {
    Some(match *value {
        Value::TinyInt(Some(number)) => number.into(),
        Value::SmallInt(Some(number)) => number.into(),
        Value::Int(Some(number)) => number.into(),
        Value::BigInt(Some(number)) => number.into(),
        Value::TinyUnsigned(Some(number)) => number.into(),
        Value::SmallUnsigned(Some(number)) => number.into(),
        Value::Unsigned(Some(number)) => number.into(),
        Value::BigUnsigned(Some(number)) => number.into(),
        _ => return None,
    })
}
