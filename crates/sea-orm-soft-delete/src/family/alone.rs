//! Deletes of rows that no other rows fall with. They need no [`Graph`], so a program whose entities declare no relations
//! does not link it.

use std::collections::HashMap;
use std::sync::LazyLock;

use sea_orm::sea_query::UpdateStatement;
use sea_orm::{ConnectionTrait, DbBackend};

use crate::entity::SoftDeleteEntity;
use crate::entity::any_entity::Typed;
use crate::entity::any_soft_entity::AnySoftEntity;
use crate::entity::member::TableKey;
use crate::entity::one_table::{most_telling, says_all_of};
use crate::error::SoftDeleteError;
use crate::family::graph::Graph;
use crate::family::registry::{Check, Registration};
use crate::operation::attribution::Attribution;
use crate::operation::id::NewOperation;
use crate::query::bound::Fitting;
use crate::query::stamp::{self, Stamps};

/// An UPDATE that trashes rows of an entity. It does not know the type of the entity, so one copy of the code serves all
/// entities of a program.
#[doc(hidden)]
#[derive(Debug)]
pub struct Trash {
    pub(crate) soft: &'static dyn AnySoftEntity,
    /// Without its assignments.
    pub(crate) update: UpdateStatement,
    pub(crate) attribution: Attribution,
}

impl Trash {
    /// Begins an operation: the UPDATE of the rows.
    pub(super) fn begin_alone(
        self,
        backend: DbBackend,
    ) -> Result<(NewOperation, UpdateStatement), SoftDeleteError> {
        let operation = stamp::begin(self.soft, &self.attribution)?;
        let stamps = stamp::of_operation(describing(self.soft), &operation)?;
        Ok((operation, self.with_stamps(stamps, backend)))
    }

    /// The UPDATE that would run now. Where it would be refused, it leaves out who deletes.
    pub(crate) fn statement(self, backend: DbBackend) -> UpdateStatement {
        let described_by = describing(self.soft);
        let stamps = stamp::trashing_as_far_as_recorded(described_by, &self.attribution);
        self.with_stamps(stamps, backend)
    }

    pub(crate) fn with_stamps(mut self, stamps: Stamps, backend: DbBackend) -> UpdateStatement {
        self.update.values(stamp::assignments(stamps, backend));
        self.update
    }

    /// Trashes rows of an entity whose deletes affect only its own rows.
    pub(super) async fn run_alone<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        check_alone(self.soft)?;
        let (_, update) = self.begin_alone(db.get_database_backend())?;
        Ok(db.execute(&Fitting(update)).await?.rows_affected())
    }
}

impl Registration {
    /// The registration of an entity.
    pub const fn of<E: SoftDeleteEntity>() -> Self {
        Self {
            soft: Typed::<E>::SOFT,
            check: Some(|soft| Graph::registered().check_declared(soft)),
        }
    }
}

/// The registered entities of one table.
struct OfTable {
    /// The entity that describes most.
    described_by: &'static dyn AnySoftEntity,
    /// What checks the declarations, if an entity declares relations.
    check: Option<Check>,
}

impl OfTable {
    fn of(soft: &dyn AnySoftEntity) -> Option<&'static Self> {
        static ALL: LazyLock<HashMap<TableKey, OfTable>> = LazyLock::new(|| {
            let mut by_table: HashMap<_, Vec<&Registration>> = HashMap::new();
            for registration in inventory::iter::<Registration>() {
                let of_table = by_table.entry(registration.soft.key());
                of_table.or_default().push(registration);
            }
            let all = by_table.into_iter();
            all.filter_map(|(table, all)| Some((table, OfTable::among(&all)?)))
                .collect()
        });
        ALL.get(&soft.key())
    }

    fn among(registrations: &[&Registration]) -> Option<Self> {
        let all: Vec<_> = registrations.iter().map(|it| it.soft).collect();
        Some(Self {
            described_by: all[most_telling(&all)?],
            check: registrations.iter().find_map(|it| it.check),
        })
    }
}

/// The description to use for the table of this entity: the entity's own, or the one of another entity of the table
/// that describes more.
pub(crate) fn describing(soft: &'static dyn AnySoftEntity) -> &'static dyn AnySoftEntity {
    let described_by = OfTable::of(soft).map(|of_table| of_table.described_by);
    described_by
        .filter(|other| says_all_of(*other, soft))
        .unwrap_or(soft)
}

/// [`Graph::check_declared`], for an entity whose deletes affect only its own rows.
fn check_alone(soft: &dyn AnySoftEntity) -> Result<(), SoftDeleteError> {
    match OfTable::of(soft).and_then(|of_table| of_table.check) {
        Some(check) => check(soft),
        None => Ok(()),
    }
}
