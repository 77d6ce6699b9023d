//! The struct as it was written.

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
    /// Whether its `ModelEx` derives this too, and describes the relations, which it alone sees.
    pub(crate) has_model_ex: bool,
    pub(crate) fields: Vec<Field<'a>>,
}

/// Which of the two structs this is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The row itself.
    Model,
    /// The row and its relations, which `#[sea_orm::model]` makes of it with the same derives.
    ModelEx,
}

/// A field of the model.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) attrs: FieldAttrs,
    /// The variant of the entity's `Column`.
    pub(crate) column: Ident,
    /// What keeps this field from being one of our columns.
    pub(crate) not_a_column: Option<NotAColumn>,
    /// What SeaORM says of it if it is a relation.
    pub(crate) relation: Option<RelationField<'a>>,
}

/// What keeps a field from being a column that a delete can stamp.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAColumn {
    Relation,
    Ignored,
    PrimaryKey,
}

impl<'a> Input<'a> {
    /// `None` if this is no model; the errors say why.
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
            has_model_ex: has_model_ex(input),
            fields: named
                .named
                .iter()
                .filter_map(|field| Field::read(field, errors))
                .collect(),
        })
    }
}

impl Input<'_> {
    /// Whether the relations are for this struct to describe; the other one of the two sees them
    /// too, or does not see them all.
    pub(crate) fn describes_family(&self) -> bool {
        self.kind == Kind::ModelEx || !self.has_model_ex
    }
}

/// What `#[sea_orm::model]` writes on the `Model` that it makes a `ModelEx` of.
fn has_model_ex(input: &DeriveInput) -> bool {
    let mut is_there = false;
    for attr in &input.attrs {
        if attr.path().is_ident("sea_orm") {
            let _ = attr.parse_nested_meta(|meta| {
                is_there |= meta.path.is_ident("model_ex");
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
            ty: &field.ty,
            attrs: FieldAttrs::read(&field.attrs, errors),
            column: host.enum_name.unwrap_or_else(|| column_of(ident)),
            not_a_column,
            relation,
        })
    }
}

/// What SeaORM's own attributes say of a field, as far as it matters here.
#[derive(Default)]
struct HostAttrs {
    enum_name: Option<Ident>,
    ignore: bool,
    primary_key: bool,
}

impl HostAttrs {
    /// Mistakes in them are for SeaORM's derive to report.
    fn read(field: &syn::Field) -> Self {
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

/// The variant of `Column` that SeaORM makes of a field's name.
fn column_of(field: &Ident) -> Ident {
    let name = field.to_string();
    let variant = name.trim_start_matches("r#").to_upper_camel_case();
    // The one name in this case that is a keyword; SeaORM escapes it so.
    let variant = if variant == "Self" { "Self_" } else { &variant };
    Ident::new(variant, Span::call_site())
}
