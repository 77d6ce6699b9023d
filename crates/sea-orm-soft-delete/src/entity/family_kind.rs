//! Types that tell whether the verbs of an entity need a transaction.

/// Deletes of the entity affect only its own rows: each of its verbs is one statement.
#[derive(Clone, Copy, Debug)]
pub enum Alone {}

/// Deletes of the entity affect other entities too, or its restores run hooks: its verbs are transactions.
#[derive(Clone, Copy, Debug)]
pub enum Cascading {}

/// [`Alone`] or [`Cascading`].
pub trait FamilyKind: sealed::FamilyKind + 'static {
    /// Whether deletes affect rows of other entities.
    const CASCADES: bool;
}

impl FamilyKind for Alone {
    const CASCADES: bool = false;
}

impl FamilyKind for Cascading {
    const CASCADES: bool = true;
}

mod sealed {
    pub trait FamilyKind {}
    impl FamilyKind for super::Alone {}
    impl FamilyKind for super::Cascading {}
}
