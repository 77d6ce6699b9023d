//! The scopes of an entity, and their registration.

use std::borrow::Cow;
use std::fmt;

use sea_orm::sea_query::{Condition, IntoCondition};
use sea_orm::{EntityTrait, IdenStatic};

use crate::default_scope::key::{FixedScope, HoldsScopeValue, RequiredScope, ScopeKey};
use crate::entity::any_entity::{AnyEntity, Typed};

/// An entity whose rows are held to scopes. [`Scoped`](derive@crate::Scoped) implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no scopes",
    note = "add `Scoped` to the derives of its `Model`"
)]
pub trait ScopedEntity: EntityTrait {
    /// Its scopes.
    fn scopes() -> EntityScopes<Self>;
}

/// The scopes of an entity.
pub struct EntityScopes<E: EntityTrait> {
    scopes: Vec<TableScope>,
    entity: std::marker::PhantomData<fn() -> E>,
}

impl<E: EntityTrait> EntityScopes<E> {
    /// No scopes.
    #[expect(clippy::new_without_default, reason = "generated code alone calls it")]
    pub fn new() -> Self {
        Self {
            scopes: Vec::new(),
            entity: std::marker::PhantomData,
        }
    }

    /// Adds a scope whose value the connection carries. `T` is the type of the column's field.
    pub fn required<S, T>(mut self, column: E::Column) -> Self
    where
        S: RequiredScope,
        T: HoldsScopeValue<S::Value>,
    {
        let column = column.as_str().into();
        self.scopes.push(TableScope::required::<S>(column));
        self
    }

    /// Adds a scope with a condition.
    pub fn fixed<S: FixedScope>(mut self, condition: impl IntoCondition) -> Self {
        self.scopes.push(TableScope::fixed::<S>(condition));
        self
    }
}

impl<E: EntityTrait> fmt::Debug for EntityScopes<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scopes.fmt(f)
    }
}

/// A scope of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TableScope {
    pub(crate) key: ScopeKey,
    pub(crate) rule: ScopeRule,
}

/// Which rows of a table are in a scope.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ScopeRule {
    /// The rows whose column has the value that the connection carries.
    Value(Cow<'static, str>),
    /// The rows that satisfy a condition.
    Condition(Condition),
}

impl TableScope {
    pub(crate) fn required<S: RequiredScope>(column: Cow<'static, str>) -> Self {
        Self {
            key: ScopeKey::required::<S>(),
            rule: ScopeRule::Value(column),
        }
    }

    pub(crate) fn fixed<S: FixedScope>(condition: impl IntoCondition) -> Self {
        Self {
            key: ScopeKey::fixed::<S>(),
            rule: ScopeRule::Condition(condition.into_condition()),
        }
    }
}

/// What [`Scoped`](derive@crate::Scoped) registers.
pub struct ScopesOfEntity {
    pub(crate) entity: &'static dyn AnyEntity,
    pub(crate) scopes: fn() -> Vec<TableScope>,
}

impl ScopesOfEntity {
    /// The scopes of this entity.
    pub const fn of<E: ScopedEntity>() -> Self {
        Self {
            entity: Typed::<E>::ENTITY,
            scopes: || E::scopes().scopes,
        }
    }
}

impl fmt::Debug for ScopesOfEntity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entity.fmt(f)
    }
}

inventory::collect!(ScopesOfEntity);
