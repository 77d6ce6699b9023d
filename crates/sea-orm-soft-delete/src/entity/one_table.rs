//! Several entities of one table: which of them describes it.

use crate::entity::any_columns::DescribedColumn;
use crate::entity::any_soft_entity::AnySoftEntity;

/// The place of the entity that describes most of a table, out of the table's entities. The order in which they are
/// linked does not matter.
pub(crate) fn most_telling(entities: &[&'static dyn AnySoftEntity]) -> Option<usize> {
    (0..entities.len()).max_by_key(|place| {
        let soft = entities[*place];
        (
            contradiction(soft, entities).is_none(),
            soft.columns().described().len(),
            soft.entity().column_names().len(),
            soft.entity().type_name(),
        )
    })
}

/// Why this entity does not cover the descriptions of all of these entities.
pub(crate) fn contradiction(
    soft: &dyn AnySoftEntity,
    entities: &[&'static dyn AnySoftEntity],
) -> Option<String> {
    let mut others = entities.iter();
    let other = others.find(|other| !says_all_of(soft, **other))?;
    Some(format!(
        "`{}` and `{}` describe its table, and neither covers the other: give both the same marker, and one of them \
         every column that a delete writes",
        soft.entity().type_name(),
        other.entity().type_name(),
    ))
}

/// Whether this description covers the other one: it has the same marker, and all companion columns of the other one.
pub(crate) fn says_all_of(soft: &dyn AnySoftEntity, other: &dyn AnySoftEntity) -> bool {
    if soft.entity().type_name() == other.entity().type_name() {
        return true;
    }
    let (columns, theirs) = (soft.columns(), other.columns());
    let own = columns.described();
    let is_known = |column: &DescribedColumn| {
        let mut own = own.iter();
        own.any(|known| known.role == column.role && known.name == column.name)
    };
    columns.marker.column().as_str() == theirs.marker.column().as_str()
        && columns.marker.storage().is_alike(&theirs.marker.storage())
        && theirs.described().iter().all(is_known)
}
