//! The code that the derive generates. `UPDATE_EXPECT=1 cargo test -p sea-orm-soft-delete-macros snapshots`
//! writes the files in `snapshots`.

use expect_test::{ExpectFile, expect_file};
use syn::{DeriveInput, parse_quote};

#[track_caller]
fn check(model: &DeriveInput, expected: &ExpectFile) {
    let file = syn::parse2(crate::derive(model)).unwrap();
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn a_minimal_model() {
    check(
        &parse_quote! {
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
                pub deleted_at: Option<DateTimeUtc>,
            }
        },
        &expect_file!["snapshots/minimal.rs"],
    );
}

/// Compares only the description with the file, because the rest equals the minimal model's.
#[track_caller]
fn check_description(model: &DeriveInput, expected: &ExpectFile) {
    let file: syn::File = syn::parse2(crate::derive(model)).unwrap();
    let described = file.items.into_iter().take(1).collect();
    expected.assert_eq(&prettyplease::unparse(&syn::File {
        items: described,
        ..parse_quote!()
    }));
}

#[test]
fn every_key_of_a_field() {
    check_description(
        &parse_quote! {
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
                #[soft_delete(marker)]
                pub r#type: Option<DateTimeUtc>,
                #[soft_delete(operation)]
                pub operation: Option<Uuid>,
                #[soft_delete(deleted_by)]
                #[sea_orm(column_name = "who", enum_name = "Actor")]
                pub deleted_by: Option<i32>,
                #[soft_delete(reason)]
                pub reason: Option<String>,
                #[soft_delete(updated_at)]
                pub updated_at: DateTimeUtc,
                #[soft_delete(title)]
                pub name: String,
            }
        },
        &expect_file!["snapshots/every_key_of_a_field.rs"],
    );
}

#[test]
fn every_key_of_a_model() {
    check(
        &parse_quote! {
            #[soft_delete(
                crate = crate::db::soft_delete,
                restore_behavior,
                retain = "30 days",
                restore_until_due,
                log,
                held_with(super::folder::Entity)
            )]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
                pub deleted_at: Option<DateTimeUtc>,
                #[soft_delete(purge_at)]
                pub purge_at: Option<DateTimeUtc>,
                #[soft_delete(hold)]
                pub is_held: bool,
            }
        },
        &expect_file!["snapshots/every_key_of_a_model.rs"],
    );
}

#[test]
fn what_an_erasure_does() {
    check_description(
        &parse_quote! {
            #[soft_delete(subject(super::team::Entity))]
            pub struct Model {
                pub deleted_at: Option<DateTimeUtc>,
                #[soft_delete(erase = null)]
                pub phone: Option<String>,
                #[soft_delete(erase = "{key}@removed.invalid")]
                pub email: Option<String>,
                #[soft_delete(erase = -1)]
                pub age: i32,
                #[soft_delete(erase = with(pseudonym))]
                pub name: String,
            }
        },
        &expect_file!["snapshots/what_an_erasure_does.rs"],
    );
}

#[test]
fn a_marker_that_counts_seconds() {
    check_description(
        &parse_quote! {
            pub struct Model {
                #[soft_delete(epoch = "seconds")]
                pub deleted_at: i64,
            }
        },
        &expect_file!["snapshots/epoch_seconds.rs"],
    );
}

#[test]
fn a_marker_that_counts_milliseconds() {
    check_description(
        &parse_quote! {
            pub struct Model {
                #[soft_delete(epoch = "milliseconds")]
                pub deleted_at: Option<i64>,
            }
        },
        &expect_file!["snapshots/epoch_milliseconds.rs"],
    );
}

#[test]
fn a_marker_that_is_never_null() {
    check_description(
        &parse_quote! {
            pub struct Model {
                #[soft_delete(live = "9999-12-31T00:00:00Z")]
                pub deleted_at: DateTimeUtc,
            }
        },
        &expect_file!["snapshots/sentinel.rs"],
    );
}

#[test]
fn the_row_with_its_relations() {
    check(
        &parse_quote! {
            pub struct ModelEx {
                #[sea_orm(primary_key)]
                pub id: i32,
                pub deleted_at: Option<DateTimeUtc>,
                pub author: BelongsTo<super::author::Entity>,
            }
        },
        &expect_file!["snapshots/model_ex.rs"],
    );
}

/// Compares only the family and its assertions with the file.
#[track_caller]
fn check_family(model: &DeriveInput, expected: &ExpectFile) {
    let file: syn::File = syn::parse2(crate::derive(model)).unwrap();
    let items = file.items.into_iter();
    let family = items.skip_while(|item| match item {
        syn::Item::Impl(item) => match &item.trait_ {
            Some((_, path, _)) => path.segments.last().unwrap().ident != "SoftDeleteFamily",
            None => true,
        },
        _ => true,
    });
    expected.assert_eq(&prettyplease::unparse(&syn::File {
        items: family.collect(),
        ..parse_quote!()
    }));
}

#[test]
fn every_policy_on_the_model() {
    check_family(
        &parse_quote! {
            #[soft_delete(cascade(super::comment::Entity, Entity on Relation::Children))]
            #[soft_delete(restrict(super::invoice::Entity), destroy(super::view::Entity on views()))]
            #[soft_delete(keep(super::log::Entity))]
            pub struct Model {
                pub deleted_at: Option<DateTimeUtc>,
            }
        },
        &expect_file!["snapshots/every_policy_on_the_model.rs"],
    );
}

#[test]
fn policies_on_every_kind_of_relation() {
    check_family(
        &parse_quote! {
            pub struct ModelEx {
                pub deleted_at: Option<DateTimeUtc>,
                #[sea_orm(has_many)]
                #[soft_delete(cascade)]
                pub comments: HasMany<super::comment::Entity>,
                #[sea_orm(has_many, relation_enum = "Drafts", via_rel = "Draft")]
                #[soft_delete(keep)]
                pub drafts: HasMany<super::file::Entity>,
                #[sea_orm(has_many)]
                #[soft_delete(restrict)]
                pub files: HasMany<super::file::Entity>,
                #[sea_orm(has_one, via_rel = "Cover")]
                #[soft_delete(keep)]
                pub cover: HasOne<super::image::Entity>,
                #[sea_orm(has_many, via = "post_tag")]
                #[soft_delete(cascade)]
                pub tags: HasMany<super::tag::Entity>,
                #[sea_orm(has_many, via = "post_topic::Article")]
                #[soft_delete(cascade)]
                pub topics: HasMany<super::topic::Entity>,
                #[sea_orm(self_ref, relation_enum = "Children", relation_reverse = "Parent")]
                #[soft_delete(cascade)]
                pub children: HasMany<Entity>,
                #[sea_orm(self_ref, via = "link", from = "From", to = "To")]
                #[soft_delete(cascade)]
                pub to: HasMany<Entity>,
                #[sea_orm(self_ref, via = "link", reverse)]
                #[soft_delete(cascade)]
                pub from: HasMany<Entity>,
            }
        },
        &expect_file!["snapshots/policies_on_every_kind_of_relation.rs"],
    );
}

#[test]
fn subjects_on_the_model_and_on_relations() {
    check_family(
        &parse_quote! {
            #[soft_delete(erase_rows, subject(super::user::Entity on Relation::Author))]
            pub struct ModelEx {
                pub deleted_at: Option<DateTimeUtc>,
                #[sea_orm(belongs_to, relation_enum = "Editor", from = "editor_id", to = "id")]
                #[soft_delete(subject)]
                pub editor: BelongsTo<super::user::Entity>,
                #[sea_orm(belongs_to, from = "team_id", to = "id")]
                #[soft_delete(subject)]
                pub team: BelongsTo<Option<super::team::Entity>>,
            }
        },
        &expect_file!["snapshots/subjects.rs"],
    );
}

#[test]
fn counters_on_the_model_and_on_relations() {
    check_family(
        &parse_quote! {
            #[soft_delete(counted_in(super::user::Entity on Relation::Author, live = "note_count"))]
            pub struct ModelEx {
                pub deleted_at: Option<DateTimeUtc>,
                #[sea_orm(belongs_to, from = "folder_id", to = "id")]
                #[soft_delete(counted_in(live = "NoteCount", trashed = "trashed_count"))]
                pub folder: BelongsTo<Option<super::folder::Entity>>,
            }
        },
        &expect_file!["snapshots/counters.rs"],
    );
}

#[test]
fn a_model_with_a_model_ex_leaves_the_family_to_it() {
    let code = crate::derive(&parse_quote! {
        #[sea_orm(model_ex)]
        pub struct Model {
            pub deleted_at: Option<DateTimeUtc>,
        }
    });
    assert!(!code.to_string().contains("SoftDeleteFamily"));
}

#[test]
fn a_model_with_a_mistake_still_gets_every_function() {
    let items = |model| {
        syn::parse2::<syn::File>(crate::derive(&model))
            .unwrap()
            .items
    };
    let right = items(parse_quote! {
        pub struct Model {
            pub deleted_at: Option<DateTimeUtc>,
        }
    });
    let wrong = items(parse_quote! {
        pub struct Model {
            pub text: String,
        }
    });
    let [error, description, functions @ .., family] = &wrong[..] else {
        panic!("it has functions");
    };
    // After the family comes the registration, which a model with a mistake does without.
    assert_eq!(functions, &right[1..right.len() - 2]);
    expect_file!["snapshots/mistake.rs"].assert_eq(&prettyplease::unparse(&syn::File {
        items: vec![error.clone(), description.clone(), family.clone()],
        ..parse_quote!()
    }));
}

#[test]
fn a_model_has_no_unique_key_if_its_fields_are_all_columns_and_none_is_in_one() {
    let says_none = |model: DeriveInput| {
        let code = crate::derive(&model).to_string();
        code.contains("const HAS_UNIQUE_KEY : bool = false")
    };
    assert!(says_none(parse_quote! {
        #[sea_orm(table_name = "note")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub deleted_at: Option<DateTimeUtc>,
        }
    }));
    assert!(!says_none(parse_quote! {
        #[sea_orm(table_name = "note")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[sea_orm(unique_key = "slug_of_author")]
            pub slug: String,
            pub deleted_at: Option<DateTimeUtc>,
        }
    }));
    // Without a table's name, the columns are written by hand, and their keys are not in the fields.
    assert!(!says_none(parse_quote! {
        pub struct Model {
            pub id: i32,
            pub deleted_at: Option<DateTimeUtc>,
        }
    }));
}

#[test]
fn the_scopes_of_a_model() {
    let model: DeriveInput = parse_quote! {
        #[scope(Visible = Column::State.ne("draft"))]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[scope(crate::Tenant)]
            pub tenant_id: i64,
            #[scope(Published = true, Current = None)]
            pub r#type: Option<bool>,
        }
    };
    let file = syn::parse2(crate::scoped::derive(&model)).unwrap();
    expect_file!["snapshots/the_scopes_of_a_model.rs"].assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn the_scopes_of_a_model_that_finds_this_crate_elsewhere() {
    let model: DeriveInput = parse_quote! {
        #[scope(crate = crate::db::soft_delete)]
        pub struct Model {
            #[scope(Tenant, Published = true, Current = None)]
            pub tenant_id: Option<i64>,
        }
    };
    let code = crate::scoped::derive(&model).to_string();
    assert!(
        code.contains("crate :: db :: soft_delete :: private"),
        "{code}"
    );
    assert!(!code.contains("sea_orm_soft_delete"), "{code}");
}
