//! What an entity's description declares about its relations.

use std::fmt;

use sea_orm::sea_query::{ColumnType, DynIden};
use sea_orm::{ColumnTrait, EntityTrait, Related, RelationDef};

use crate::entity::SoftDeleteEntity;
use crate::entity::family_kind::FamilyKind;
use crate::entity::member::{Member, Plain};

/// What happens to the rows of related entities when a row of this entity is deleted.
///
/// `#[derive(SoftDelete)]` implements it, from `#[soft_delete(cascade(…))]`, `restrict(…)`,
/// `destroy(…)` and `keep(…)`. Do not implement it by hand: a minor version may add items that only the
/// derive writes.
///
#[doc = include_str!("../docs/families.md")]
///
/// # Guarantees under concurrent transactions
///
#[doc = include_str!("../docs/families_concurrency.md")]
pub trait SoftDeleteFamily: EntityTrait {
    /// Whether deletes of this entity affect other entities, or its restores run hooks:
    /// [`Alone`](crate::Alone) or [`Cascading`](crate::Cascading).
    type Kind: FamilyKind;

    /// The relations that have a policy.
    fn relations() -> Vec<FamilyRelation>;

    /// The parents that the rows of this entity are about, as `#[soft_delete(subject(…))]` declares them.
    fn subjects() -> Vec<Subject> {
        Vec::new()
    }

    /// The parents that count the rows of this entity, as `#[soft_delete(counted_in(…))]` declares them.
    fn counted_in() -> Vec<CountedIn> {
        Vec::new()
    }
}

/// What happens to related rows when the row that they belong to is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Policy {
    /// The related rows are trashed with the row, and restored with it.
    Cascade,
    /// The related rows are removed, physically and for good. For entities that are not soft-deletable.
    Destroy,
    /// The row cannot be deleted while it has live related rows. Trashed ones do not count, as they do for a foreign key.
    Restrict,
    /// The related rows stay unchanged.
    Keep,
}

impl Policy {
    /// The attribute key that declares it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cascade => "cascade",
            Self::Destroy => "destroy",
            Self::Restrict => "restrict",
            Self::Keep => "keep",
        }
    }

    /// Whether a live row contradicts the policy while its parent is trashed.
    pub(crate) fn requires_live_parent(self) -> bool {
        matches!(self, Self::Cascade | Self::Restrict)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A relation to an entity whose rows belong to rows of this entity, and its policy.
#[derive(Debug)]
pub struct FamilyRelation {
    pub(crate) policy: Policy,
    pub(crate) def: RelationDef,
    /// The entity that the declaration names; for a link table, the entity of its targets.
    pub(crate) named: &'static dyn Member,
    /// Whether `def` leads to a link table instead of the named entity.
    pub(crate) is_link: bool,
}

impl FamilyRelation {
    /// Rows of `C` are trashed with the row that they belong to.
    pub fn cascade<C: CascadeChild>(relation: FamilyRelationTo<C>) -> Self {
        Self::new(Policy::Cascade, relation)
    }

    /// Rows of `C`, which is not soft-deletable, are removed with the row that they belong to.
    pub fn destroy<C: EntityTrait>(relation: FamilyRelationTo<C>) -> Self {
        Self::new(Policy::Destroy, relation)
    }

    /// A row cannot be deleted while live rows of `C` belong to it. Trashed ones do not count.
    pub fn restrict<C: EntityTrait>(relation: FamilyRelationTo<C>) -> Self {
        Self::new(Policy::Restrict, relation)
    }

    /// Rows of `C` stay unchanged.
    pub fn keep<C: EntityTrait>(relation: FamilyRelationTo<C>) -> Self {
        Self::new(Policy::Keep, relation)
    }

    fn new<C: EntityTrait>(policy: Policy, relation: FamilyRelationTo<C>) -> Self {
        Self {
            policy,
            def: relation.def,
            named: Plain::<C>::MEMBER,
            is_link: relation.is_link,
        }
    }
}

/// A relation that leads to the entity `C`.
#[derive(Debug)]
pub struct FamilyRelationTo<C> {
    pub(crate) def: RelationDef,
    pub(crate) is_link: bool,
    child: std::marker::PhantomData<fn() -> C>,
}

impl<C: EntityTrait> FamilyRelationTo<C> {
    /// The relation that SeaORM knows between the two entities. For many-to-many, the relation to the link
    /// rows.
    pub fn between<P: RelatedTo<C>>() -> Self {
        let (def, is_link) = P::relation();
        Self {
            def,
            is_link,
            child: std::marker::PhantomData,
        }
    }

    /// The given relation.
    pub fn on(def: RelationDef) -> Self {
        Self {
            def,
            is_link: false,
            child: std::marker::PhantomData,
        }
    }
}

/// The parent that the rows of an entity are about.
///
/// `#[soft_delete(subject(super::user::Entity))]` on the model declares it.
#[cfg_attr(not(feature = "erasure"), allow(dead_code))]
pub struct Subject {
    pub(crate) def: RelationDef,
    pub(crate) parent: &'static dyn Member,
}

impl Subject {
    /// Rows of the entity are about the row of `P` that they belong to.
    pub fn of<P: SoftDeleteEntity>(relation: FamilyRelationTo<P>) -> Self {
        Self {
            def: relation.def,
            parent: Plain::<P>::MEMBER,
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "about {}", self.parent.name())
    }
}

/// A parent that keeps the number of live rows, of trashed rows, or of both, that belong to it.
///
/// `#[soft_delete(counted_in(super::folder::Entity, live = "live_count"))]` on the model declares it.
pub struct CountedIn {
    pub(crate) def: RelationDef,
    /// Whether the relation leads to a link table instead of the parent.
    pub(crate) is_link: bool,
    pub(crate) parent: &'static dyn Member,
    pub(crate) live: Option<CounterColumn>,
    pub(crate) trashed: Option<CounterColumn>,
}

/// A column of a parent.
#[derive(Clone)]
pub(crate) struct CounterColumn {
    pub(crate) name: DynIden,
    /// Whether it holds integers.
    pub(crate) is_integer: bool,
}

impl CountedIn {
    /// Rows of the entity belong to rows of `P`.
    pub fn parent<P: EntityTrait>(relation: FamilyRelationTo<P>) -> Self {
        Self {
            def: relation.def,
            is_link: relation.is_link,
            parent: Plain::<P>::MEMBER,
            live: None,
            trashed: None,
        }
    }

    /// This column holds the number of live rows.
    #[must_use]
    pub fn live<P: EntityTrait>(mut self, column: P::Column) -> Self {
        self.live = Some(CounterColumn::of(column));
        self
    }

    /// This column holds the number of trashed rows.
    #[must_use]
    pub fn trashed<P: EntityTrait>(mut self, column: P::Column) -> Self {
        self.trashed = Some(CounterColumn::of(column));
        self
    }
}

impl CounterColumn {
    fn of<C: ColumnTrait>(column: C) -> Self {
        let def = column.def();
        let is_integer = matches!(
            def.get_column_type(),
            ColumnType::TinyInteger
                | ColumnType::SmallInteger
                | ColumnType::Integer
                | ColumnType::BigInteger
                | ColumnType::TinyUnsigned
                | ColumnType::SmallUnsigned
                | ColumnType::Unsigned
                | ColumnType::BigUnsigned
        );
        Self {
            name: column.as_column_ref().1,
            is_integer,
        }
    }
}

impl fmt::Debug for CountedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "counted in {}", self.parent.name())
    }
}

/// An entity for which SeaORM knows a relation to `C`.
#[diagnostic::on_unimplemented(
    message = "SeaORM knows no relation from `{Self}` to `{C}`",
    label = "`{Self}` does not implement `Related<{C}>`",
    note = "add the relation to the entity, or name one: `{C} on Relation::Variant`; if only the other entity has it, `{C} on its_module::Relation::Variant`; or `{C} on a_function_that_returns_a_RelationDef()`"
)]
pub trait RelatedTo<C: EntityTrait> {
    /// The relation to `C` and `false`; for many-to-many, the relation to the link rows and `true`.
    #[doc(hidden)]
    fn relation() -> (RelationDef, bool);
}

#[diagnostic::do_not_recommend]
impl<P, C> RelatedTo<C> for P
where
    P: Related<C>,
    C: EntityTrait,
{
    fn relation() -> (RelationDef, bool) {
        match <P as Related<C>>::via() {
            Some(link) => (link, true),
            None => (<P as Related<C>>::to(), false),
        }
    }
}

/// An entity that deletes can cascade to.
#[diagnostic::on_unimplemented(
    message = "a delete cannot cascade to `{Self}`, which is not soft-deletable",
    label = "not soft-deletable",
    note = "add `SoftDelete` to the derives of its `Model`; or say what else becomes of its rows: `destroy(…)` removes them for good, `keep(…)` leaves them"
)]
pub trait CascadeChild: SoftDeleteEntity {}

#[diagnostic::do_not_recommend]
impl<E: SoftDeleteEntity> CascadeChild for E {}
