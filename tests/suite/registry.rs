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
    assert_eq!(note.operation, Some("operation_id"));
    assert_eq!(note.deleted_by, Some("deleted_by"));
    assert_eq!(note.reason, Some("reason"));
    assert_eq!(note.updated_at, Some("updated_at"));
}

#[test]
fn tables_are_listed_once_and_in_order() {
    let tables = tables();
    let names: Vec<_> = tables
        .iter()
        .map(|table| (&table.schema, table.name))
        .collect();
    assert!(names.is_sorted(), "{names:?}");
    let of_notes = names.iter().filter(|(_, name)| *name == "note").count();
    assert_eq!(of_notes, 1, "{names:?}");
}
