//! Which entity a path names.

use expect_test::expect;

use super::{check_file, check_files};

#[test]
fn aliases_lists_and_full_paths_lead_to_the_entity() {
    check_file(
        "use crate::entities::note::{self, Entity as Notes, Column as NoteColumn};
         use crate::entities::author as writer;
         type Writers = crate::entities::author::Entity;
         fn run() {
             Notes::find().filter(NoteColumn::DeletedAt.is_null());
             writer::Entity::find().filter(writer::Column::IsDeleted.eq(false));
             Writers::find();
             crate::entities::note::Entity::find_by_id(1);
             self::note::Entity::find_by_id(1);
         }",
        &expect![[r#"
            unfiltered-read src/app.rs:7:23 author: Writers::find();
            unfiltered-read src/app.rs:8:45 note: crate::entities::note::Entity::find_by_id(1);
            unfiltered-read src/app.rs:9:34 note: self::note::Entity::find_by_id(1);
            hand-filter src/app.rs:5:57 note: Notes::find().filter(NoteColumn::DeletedAt.is_null());
            hand-filter src/app.rs:6:70 author: writer::Entity::find().filter(writer::Column::IsDeleted.eq(false));
        "#]],
    );
}

#[test]
fn names_that_the_application_exports_lead_to_the_entity() {
    check_files(
        &format!(
            "{}//- src/entities/prelude.rs\npub use super::note::Entity as Note;\n\
             //- src/app.rs\nuse crate::entities::prelude::*;\nfn run() {{ Note::find(); }}\n\
             //- src/files.rs\nuse std::fs::Note;\nfn run() {{ Note::find(); }}",
            super::ENTITIES
        ),
        &[],
        &expect![[r#"
            unfiltered-read src/app.rs:2:18 note: fn run() { Note::find(); }
        "#]],
    );
}

#[test]
fn names_without_a_path_are_those_of_the_file_or_of_a_glob() {
    check_files(
        &format!(
            "{}//- src/app.rs\nuse crate::entities::note::*;\nfn run() {{ Entity::find(); }}\n\
             //- src/entities/folder.rs\n#[derive(DeriveEntityModel)]\n\
             struct Model {{ deleted_at: Option<DateTime> }}\n\
             impl Entity {{ fn run() {{ Self::find(); Entity::find(); }} }}\n\
             impl Model {{ fn run() {{ Self::find(); }} }}",
            super::ENTITIES
        ),
        &[],
        &expect![[r#"
            unfiltered-read src/app.rs:2:20 note: fn run() { Entity::find(); }
            unfiltered-read src/entities/folder.rs:3:32 folder: impl Entity { fn run() { Self::find(); Entity::find(); } }
            unfiltered-read src/entities/folder.rs:3:48 folder: impl Entity { fn run() { Self::find(); Entity::find(); } }
        "#]],
    );
}

#[test]
fn of_two_entities_with_the_same_name_the_path_decides_and_then_the_folder() {
    check_files(
        "
//- shop/src/user.rs
#[derive(DeriveEntityModel)]
struct Model { deleted_at: Option<DateTime> }
//- admin/src/user.rs
#[derive(DeriveEntityModel)]
struct Model { id: i32 }
//- admin/src/app.rs
fn run() { user::Entity::find(); }
//- shop/src/app.rs
fn run() { user::Entity::find(); admin::src::user::Entity::find(); }",
        &[],
        &expect![[r#"
            unfiltered-read shop/src/app.rs:1:26 user: fn run() { user::Entity::find(); admin::src::user::Entity::find(); }
        "#]],
    );
}
