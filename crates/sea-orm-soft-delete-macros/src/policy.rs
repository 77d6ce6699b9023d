//! The policies for related entities: `cascade`, `restrict`, `destroy` and `keep`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, Ident, Token, Type};

use crate::errors::Errors;

/// What happens to related rows when their parent is deleted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// They are trashed with the parent row.
    Cascade,
    /// While there are live ones, the delete is refused.
    Restrict,
    /// They are removed physically.
    Destroy,
    /// They stay unchanged.
    Keep,
}

/// A related entity with a policy.
#[derive(Clone)]
pub(crate) struct Related {
    pub(crate) policy: Policy,
    /// The path of its `Entity`.
    pub(crate) child: Type,
    pub(crate) by: By,
}

/// The relation that leads to the entity.
#[derive(Clone)]
pub(crate) enum By {
    /// The one relation that SeaORM knows between the two entities.
    Related,
    /// `on Relation::Variant`: a value of a relation enum.
    Variant(Expr),
    /// `on a_function()`: a function that returns the relation itself.
    Def(Expr),
    /// The relation from the child to this entity, as a value of a relation enum.
    ReverseOf(Expr),
    /// The relation that SeaORM knows from the child to this entity.
    ReverseOfRelated,
    /// Links between rows of one entity: the links that start at a row.
    SelfVia,
    /// Links between rows of one entity: the links that end at a row.
    SelfViaReverse,
}

impl Policy {
    pub(crate) const ALL: [Self; 4] = [Self::Cascade, Self::Restrict, Self::Destroy, Self::Keep];

    pub(crate) fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.key() == key)
    }

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Cascade => "cascade",
            Self::Restrict => "restrict",
            Self::Destroy => "destroy",
            Self::Keep => "keep",
        }
    }
}

impl Related {
    /// Reads the list of entities of a key on the model, as in `cascade(super::comment::Entity)`.
    pub(crate) fn read_list(
        policy: Policy,
        meta: &ParseNestedMeta<'_>,
        errors: &mut Errors,
    ) -> syn::Result<Vec<Self>> {
        let key = spell(&meta.path);
        let example = match Policy::of_key(&key) {
            Some(_) => "super::comment::Entity",
            None => "super::user::Entity",
        };
        if !meta.input.peek(syn::token::Paren) {
            errors.push(
                meta.path.span(),
                format!(
                    "`{key}` on a model names the related entities: write \
                     `{key}({example})`"
                ),
            );
            crate::value::skip_value(meta)?;
            return Ok(Vec::new());
        }
        let content;
        let parentheses = syn::parenthesized!(content in meta.input);
        let entries = match Punctuated::<Entry, Token![,]>::parse_terminated(&content) {
            Ok(entries) => entries,
            Err(error) => {
                errors.push(
                    error.span(),
                    format!(
                        "{error}; `{key}` takes a list of entities, each with the relation that \
                         leads to it where there are several: \
                         `{key}(super::comment::Entity, super::file::Entity on Relation::Files)`"
                    ),
                );
                // `syn` reports a second error for what is left unread.
                let _: TokenStream = content.parse()?;
                return Ok(Vec::new());
            }
        };
        if entries.is_empty() {
            errors.push(
                parentheses.span.join(),
                format!("`{key}` names no entity: write `{key}({example})`, or remove it"),
            );
        }
        let related = entries
            .into_iter()
            .filter_map(|entry| entry.check(policy, errors));
        Ok(related.collect())
    }
}

/// `path [on expression]`, as written.
pub(crate) struct Entry {
    pub(crate) child: Type,
    on: Option<Expr>,
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let child = input.parse()?;
        let on = if input.peek(Ident) {
            let on: Ident = input.parse()?;
            if on != "on" {
                return Err(syn::Error::new(on.span(), "expected `,` or `on`"));
            }
            Some(input.parse()?)
        } else {
            None
        };
        Ok(Self { child, on })
    }
}

impl Entry {
    pub(crate) fn check(self, policy: Policy, errors: &mut Errors) -> Option<Related> {
        let child = ungrouped_type(self.child);
        let names_no_entity = match &child {
            Type::Path(path) => path
                .path
                .segments
                .last()
                .is_none_or(|it| it.ident == "Model"),
            _ => true,
        };
        if names_no_entity {
            errors.push_at(
                &child,
                "this is no entity: name one by its path, as in `super::comment::Entity`",
            );
            return None;
        }
        let by = match self.on.map(ungrouped) {
            None => By::Related,
            Some(path @ Expr::Path(_)) => By::Variant(path),
            Some(call @ (Expr::Call(_) | Expr::MethodCall(_))) => By::Def(call),
            Some(other) => {
                errors.push_at(
                    &other,
                    "`on` names the relation: write `on Relation::Comments`, or call a function \
                     that returns a `RelationDef`, as in `on comments()`",
                );
                return None;
            }
        };
        Some(Related { policy, child, by })
    }
}

/// The path as a person writes it.
pub(crate) fn spell(path: &impl ToTokens) -> String {
    path.to_token_stream().to_string().replace(" :: ", "::")
}

// A `macro_rules!` macro passes its fragments on in invisible groups.

fn ungrouped_type(mut ty: Type) -> Type {
    while let Type::Group(group) = ty {
        ty = *group.elem;
    }
    ty
}

fn ungrouped(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}
