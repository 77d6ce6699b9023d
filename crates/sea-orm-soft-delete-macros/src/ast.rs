//! The parsed struct.

use heck::ToUpperCamelCase;
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Ident, LitStr, Type};

use crate::attr::{ContainerAttrs, FieldAttrs};
use crate::errors::Errors;
use crate::relation::RelationField;
use crate::value::skip_value;

/// A model of SeaORM.
pub(crate) struct Input<'a> {
    pub(crate) kind: Kind,
    pub(crate) ident: &'a Ident,
    pub(crate) attrs: ContainerAttrs,
    /// Whether its `ModelEx` derives this too. If so, the `ModelEx` describes the relations, which only it
    /// has.
    pub(crate) has_model_ex: bool,
    /// Whether SeaORM derives the entity's columns from the fields.
    has_columns_of_fields: bool,
    pub(crate) fields: Vec<Field<'a>>,
}

/// The two kinds of struct that can derive this.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The row itself.
    Model,
    /// The row and its relations. `#[sea_orm::model]` generates it from the `Model`, with the same derives.
    ModelEx,
}

/// A field of the model.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) attrs: FieldAttrs,
    /// The variant of the entity's `Column`.
    pub(crate) column: Ident,
    /// Whether SeaORM's `unique_key` makes it a part of a unique key of several columns.
    is_in_unique_key: bool,
    /// The reason why this field cannot be a column of soft delete.
    pub(crate) not_a_column: Option<NotAColumn>,
    /// SeaORM's attributes, if the field is a relation.
    pub(crate) relation: Option<RelationField<'a>>,
}

/// The reason why a delete cannot stamp a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAColumn {
    Relation,
    Ignored,
    PrimaryKey,
}

impl<'a> Input<'a> {
    /// `None` if the input is no model; `errors` has the reason.
    pub(crate) fn read(input: &'a DeriveInput, errors: &mut Errors) -> Option<Self> {
        let ident = &input.ident;
        let Data::Struct(data) = &input.data else {
            let what = match &input.data {
                Data::Enum(data) => data.enum_token.span(),
                _ => ident.span(),
            };
            errors.push(
                what,
                "`SoftDelete` goes on an entity's `Model`, which is a struct: move it to the \
                 derives of `Model`, beside `DeriveEntityModel`",
            );
            return None;
        };
        let kind = match ident.to_string().as_str() {
            "Model" => Kind::Model,
            "ModelEx" => Kind::ModelEx,
            name => {
                errors.push(
                    ident.span(),
                    format!(
                        "`SoftDelete` goes on an entity's `Model`, and this is `{name}`: move it \
                         to the derives of `Model`, beside `DeriveEntityModel`"
                    ),
                );
                return None;
            }
        };
        let Fields::Named(named) = &data.fields else {
            errors.push(
                ident.span(),
                "`SoftDelete` needs a `Model` with named fields, one for each column",
            );
            return None;
        };
        Some(Self {
            kind,
            ident,
            attrs: ContainerAttrs::read(&input.attrs, errors),
            has_model_ex: has_key(input, "model_ex"),
            has_columns_of_fields: has_key(input, "table_name"),
            fields: named
                .named
                .iter()
                .filter_map(|field| Field::read(field, errors))
                .collect(),
        })
    }
}

impl Input<'_> {
    /// Whether its fields say that the entity has no unique key of several columns.
    pub(crate) fn has_no_unique_key(&self) -> bool {
        self.has_columns_of_fields && !self.fields.iter().any(|field| field.is_in_unique_key)
    }

    /// Whether this struct describes the relations. The other struct either repeats them, or lacks some of
    /// them.
    pub(crate) fn describes_family(&self) -> bool {
        self.kind == Kind::ModelEx || !self.has_model_ex
    }
}

/// Whether SeaORM's attributes of the struct have this key.
fn has_key(input: &DeriveInput, key: &str) -> bool {
    let mut is_there = false;
    for attr in &input.attrs {
        if attr.path().is_ident("sea_orm") {
            let _ = attr.parse_nested_meta(|meta| {
                is_there |= meta.path.is_ident(key);
                skip_value(&meta)
            });
        }
    }
    is_there
}

impl<'a> Field<'a> {
    fn read(field: &'a syn::Field, errors: &mut Errors) -> Option<Self> {
        let ident = field.ident.as_ref()?;
        let host = HostAttrs::read(field);
        let relation = RelationField::read(field);
        let not_a_column = if relation.is_some() {
            Some(NotAColumn::Relation)
        } else if host.ignore {
            Some(NotAColumn::Ignored)
        } else if host.primary_key {
            Some(NotAColumn::PrimaryKey)
        } else {
            None
        };
        Some(Self {
            ident,
            is_in_unique_key: host.unique_key,
            ty: &field.ty,
            attrs: FieldAttrs::read(&field.attrs, errors),
            column: host.enum_name.unwrap_or_else(|| column_of(ident)),
            not_a_column,
            relation,
        })
    }
}

/// The parts of SeaORM's own attributes on a field that matter here.
#[derive(Default)]
pub(crate) struct HostAttrs {
    pub(crate) enum_name: Option<Ident>,
    pub(crate) ignore: bool,
    primary_key: bool,
    unique_key: bool,
}

impl HostAttrs {
    /// SeaORM's derive reports mistakes in them.
    pub(crate) fn read(field: &syn::Field) -> Self {
        let mut this = Self::default();
        for attr in &field.attrs {
            if !attr.path().is_ident("sea_orm") {
                continue;
            }
            let _ = attr.parse_nested_meta(|meta| {
                if meta.path.is_ident("ignore") {
                    this.ignore = true;
                } else if meta.path.is_ident("primary_key") {
                    this.primary_key = true;
                } else if meta.path.is_ident("unique_key") {
                    this.unique_key = true;
                } else if meta.path.is_ident("enum_name") {
                    this.enum_name = Some(meta.value()?.parse::<LitStr>()?.parse()?);
                    return Ok(());
                }
                skip_value(&meta)
            });
        }
        this
    }
}

/// The variant of `Column` that SeaORM generates for a field's name.
pub(crate) fn column_of(field: &Ident) -> Ident {
    let name = field.to_string();
    let variant = name.trim_start_matches("r#").to_upper_camel_case();
    // `Self` is the only keyword in this case; SeaORM escapes it in this way.
    let variant = if variant == "Self" { "Self_" } else { &variant };
    Ident::new(variant, Span::call_site())
}
