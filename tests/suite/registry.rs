//! The soft-deletable tables of a program register themselves.

use sea_orm_soft_delete::{SoftDeleteTable, tables};

use crate::entities::note;

#[test]
fn a_derived_entity_is_listed_with_its_columns() {
    let tables = tables();
    let note = tables
        .iter()
        .find(|table| table.name == "note")
        .expect("the entity registered itself");
    assert_eq!(*note, SoftDeleteTable::of::<note::Entity>());
    assert_eq!(note.schema, None);
    assert_eq!(note.marker, "deleted_at");
    assert_eq!(note.operation, Some("deletion_id"));
    assert_eq!(note.deleted_by, Some("deleted_by"));
    assert_eq!(note.reason, Some("reason"));
    assert_eq!(note.updated_at, Some("updated_at"));
}

#[test]
fn tables_are_listed_once_and_in_order() {
    let tables = tables();
    assert!(tables.len() > 10, "every entity of this suite: {tables:?}");
    assert!(
        tables
            .windows(2)
            .all(|pair| (&pair[0].schema, pair[0].name) <= (&pair[1].schema, pair[1].name)),
        "{tables:?}"
    );
}
