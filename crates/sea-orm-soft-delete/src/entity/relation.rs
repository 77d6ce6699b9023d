//! What an entity's description says of its relations.

use std::fmt;

use sea_orm::{EntityTrait, Related, RelationDef};

use crate::entity::SoftDeleteEntity;
use crate::entity::family_kind::FamilyKind;
use crate::entity::member::{Member, Plain};

/// What becomes of the rows of related entities when a row of this one is deleted.
///
/// `#[derive(SoftDelete)]` implements it, from `#[soft_delete(cascade(…))]`, `restrict(…)`,
/// `destroy(…)` and `keep(…)`.
///
#[doc = include_str!("../docs/families.md")]
///
/// # What holds while others run
///
#[doc = include_str!("../docs/families_concurrency.md")]
pub trait SoftDeleteFamily: EntityTrait {
    /// Whether deletes of this entity concern others, or its restores run hooks: [`Alone`](crate::Alone) or
    /// [`Cascading`](crate::Cascading).
    type Kind: FamilyKind;

    /// The relations that something is said of.
    fn relations() -> Vec<FamilyRelation>;
}

/// What becomes of related rows when the row that they belong to is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Policy {
    /// They are trashed with it, and restored with it.
    Cascade,
    /// They are removed, physically and for good. For entities that are not soft-deletable.
    Destroy,
    /// As long as there are live ones, it is not deleted.
    Restrict,
    /// They stay as they are.
    Keep,
}

impl Policy {
    /// The key that declares it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cascade => "cascade",
            Self::Destroy => "destroy",
            Self::Restrict => "restrict",
            Self::Keep => "keep",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A relation to an entity whose rows belong to rows of this one, and the policy of it.
#[derive(Debug)]
pub struct FamilyRelation {
    pub(crate) policy: Policy,
    pub(crate) def: RelationDef,
    /// The entity that the relation is declared to lead to; for a link table, its targets.
    pub(crate) named: &'static dyn Member,
    /// Whether `def` leads to a link table, and not to the entity named.
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

    /// A row is not deleted while live rows of `C` belong to it.
    pub fn restrict<C: EntityTrait>(relation: FamilyRelationTo<C>) -> Self {
        Self::new(Policy::Restrict, relation)
    }

    /// Rows of `C` stay.
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
    def: RelationDef,
    is_link: bool,
    child: std::marker::PhantomData<fn() -> C>,
}

impl<C: EntityTrait> FamilyRelationTo<C> {
    /// The relation that SeaORM knows between the two. Of many-to-many, its link rows.
    pub fn between<P: RelatedTo<C>>() -> Self {
        let (def, is_link) = P::relation();
        Self {
            def,
            is_link,
            child: std::marker::PhantomData,
        }
    }

    /// This relation.
    pub fn on(def: RelationDef) -> Self {
        Self {
            def,
            is_link: false,
            child: std::marker::PhantomData,
        }
    }
}

/// An entity that SeaORM knows a relation of to `C`.
#[diagnostic::on_unimplemented(
    message = "SeaORM knows no relation from `{Self}` to `{C}`",
    label = "`{Self}` does not implement `Related<{C}>`",
    note = "add the relation to the entity, or name one: `{C} on Relation::Variant`, or `{C} on a_function_that_returns_a_RelationDef()`"
)]
pub trait RelatedTo<C: EntityTrait> {
    /// The relation from here to there; of many-to-many, that to the link rows, and `true`.
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
