//! Which models are soft-deletable.

use super::inspection;

/// Checks the soft-deletable entities: name, table, markers, and `moved`.
#[track_caller]
fn check(text: &str, markers: &[&str], expected: &[&str]) {
    let inspection = inspection(&format!("//- src/model.rs\n{text}"), markers);
    let found = inspection
        .application
        .entities
        .soft_deletable()
        .map(|(_, entity)| {
            let markers: Vec<String> = entity
                .markers
                .iter()
                .map(|marker| format!("{}={}", marker.variant, marker.column))
                .collect();
            let moved = if entity.is_moved { " moved" } else { "" };
            format!(
                "{} {} {}{moved}",
                entity.name(),
                entity.table,
                markers.join(" ")
            )
        });
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn a_model_with_a_field_that_is_named_like_a_marker_is_soft_deletable() {
    check(
        "#[derive(DeriveEntityModel)]
         #[sea_orm(table_name = \"notes\")]
         pub struct Model { pub map: HashMap<i32, i32>, pub deleted_at: Option<DateTime>, pub id: i32 }",
        &[],
        &["model notes DeletedAt=deleted_at"],
    );
}

#[test]
fn names_in_camel_case_and_names_of_columns_count() {
    check(
        "mod a { #[derive(DeriveEntityModel)] struct Model { deletedAt: Option<DateTime> } }
         mod b { #[derive(DeriveEntityModel)]
             struct Model { #[sea_orm(column_name = \"is_deleted\")] hidden: bool } }",
        &[],
        &["a a DeletedAt=deleted_at", "b b Hidden=is_deleted"],
    );
}

#[test]
fn models_of_the_expanded_format_and_models_in_macros_count() {
    check(
        "mod a { #[derive(DeriveModel, DeriveActiveModel)] pub struct Model { pub removed_at: Option<DateTime> } }
         entities! { mod b { #[sea_orm::model] #[derive(DeriveEntityModel)] pub(crate) struct Model { trashed: bool } } }",
        &[],
        &["a a RemovedAt=removed_at", "b b Trashed=trashed"],
    );
}

#[test]
fn the_derive_makes_a_model_soft_deletable_and_its_attribute_names_the_marker() {
    check(
        "#[derive(DeriveEntityModel, sea_orm_soft_delete::SoftDelete)]
         struct Model { #[soft_delete(marker, epoch = \"seconds\")] gone: i64, deleted_at: Option<DateTime> }",
        &[],
        &["model model Gone=gone DeletedAt=deleted_at moved"],
    );
}

#[test]
fn other_structs_and_flags_that_hold_text_do_not_count() {
    check(
        "#[derive(Serialize)] struct Dto { deleted_at: Option<DateTime> }
         #[derive(DeriveEntityModel)] struct Model { deleted: String, archived_at: Option<DateTime> }",
        &[],
        &[],
    );
}

#[test]
fn named_markers_replace_the_usual_names() {
    check(
        "mod a { #[derive(DeriveEntityModel)] struct Model { archived_at: Option<DateTime> } }
         mod b { #[derive(DeriveEntityModel)] struct Model { deleted_at: Option<DateTime> } }",
        &["archived_at"],
        &["a a ArchivedAt=archived_at"],
    );
}

#[test]
fn an_entity_without_verbs_is_still_to_be_moved() {
    check(
        "#[derive(DeriveEntityModel, sea_orm_soft_delete::SoftDelete)]
         #[sea_orm(table_name = \"notes\")]
         #[soft_delete(verbs = false, retain = \"30 days\")]
         pub struct Model { pub id: i32, pub deleted_at: Option<DateTime> }",
        &[],
        &["model notes DeletedAt=deleted_at"],
    );
    check(
        "#[derive(DeriveEntityModel, sea_orm_soft_delete::SoftDelete)]
         #[sea_orm(table_name = \"notes\")]
         #[soft_delete(retain = \"30 days\")]
         pub struct Model { pub id: i32, pub deleted_at: Option<DateTime> }",
        &[],
        &["model notes DeletedAt=deleted_at moved"],
    );
}
