//! `#[derive(Scoped)]`: the scopes that the rows of an entity are held to.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Expr, ExprPath, Fields, Path, Token};

use crate::ast::{HostAttrs, column_of};
use crate::attr::CRATE_IS_A_PATH;
use crate::errors::Errors;

/// `Tenant`, or `Published = true`; on the struct also `crate = path`.
struct Held {
    scope: Path,
    value: Option<Expr>,
}

impl Parse for Held {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let scope = input.parse()?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Self { scope, value })
    }
}

impl Held {
    fn is_crate(&self) -> bool {
        self.scope.is_ident("crate")
    }
}

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let (of_model, krate) = read_of_model(&input.attrs, &mut errors);
    let private = match krate {
        Some(path) => quote!(#path::private),
        None => quote!(::sea_orm_soft_delete::private),
    };
    let scopes = scopes(input, &of_model, &private, &mut errors);
    if !errors.is_empty() {
        return errors.into_tokens();
    }
    // `#[sea_orm::model]` repeats the derives of the `Model` on its `ModelEx`.
    if input.ident == "ModelEx" {
        return TokenStream::new();
    }
    quote! {
        const _: () = {
            // A condition calls their functions.
            #[allow(unused_imports)]
            use #private::{ColumnTrait as _, ExprTrait as _};
            impl #private::ScopedEntity for Entity {
                fn scopes() -> #private::EntityScopes<Self> {
                    #private::EntityScopes::<Self>::new() #(#scopes)*
                }
            }
            #private::submit! { #private::ScopesOfEntity::of::<Entity>() }
        };
    }
}

fn scopes(
    input: &DeriveInput,
    of_model: &[Held],
    private: &TokenStream,
    errors: &mut Errors,
) -> Vec<TokenStream> {
    let mut scopes = Vec::new();
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) if input.ident == "Model" || input.ident == "ModelEx" => named,
            _ => {
                errors.push(
                    input.ident.span(),
                    "`Scoped` goes on an entity's `Model` with named fields, beside `DeriveEntityModel`",
                );
                return scopes;
            }
        },
        _ => {
            errors.push(
                input.ident.span(),
                "`Scoped` goes on an entity's `Model`, beside `DeriveEntityModel`",
            );
            return scopes;
        }
    };
    for held in of_model {
        match &held.value {
            Some(condition) => scopes.push(fixed(&held.scope, &quote!(#condition))),
            None => errors.push_at(
                &held.scope,
                "a scope with a value stands on its field; on the struct, write its condition: \
                 `#[scope(Published = Column::State.eq(\"published\"))]`",
            ),
        }
    }
    for field in &fields.named {
        let (Some(ident), ty) = (&field.ident, &field.ty) else {
            continue;
        };
        let host = HostAttrs::read(field);
        let variant = host.enum_name.unwrap_or_else(|| column_of(ident));
        let column = quote!(<Entity as #private::EntityTrait>::Column::#variant);
        for held in read(&field.attrs, errors) {
            let scope = &held.scope;
            if held.is_crate() {
                errors.push_at(
                    scope,
                    "`crate` belongs on the whole model: move it above the struct",
                );
                continue;
            }
            if host.ignore {
                errors.push_at(
                    scope,
                    "an ignored field is no column, so no scope can rest on it",
                );
            }
            scopes.push(match &held.value {
                None => quote_spanned! {ty.span()=> .required::<#scope, #ty>(#column) },
                Some(value) => {
                    let traits = quote!(#private::ColumnTrait);
                    let condition = match is_none(value) {
                        true => quote!(#traits::is_null(&#column)),
                        false => quote!(#traits::eq(&#column, #value)),
                    };
                    fixed(scope, &condition)
                }
            });
        }
    }
    if scopes.is_empty() {
        errors.push_missing(
            input.ident.span(),
            "`Scoped` needs a scope: `#[scope(Tenant)]` on the field that holds its value, or a condition such as \
             `#[scope(Published = true)]`",
        );
    }
    scopes
}

fn fixed(scope: &Path, condition: &TokenStream) -> TokenStream {
    quote_spanned!(scope.span()=> .fixed::<#scope>(#condition))
}

/// The scopes on the struct, and where this crate is found.
fn read_of_model(attrs: &[Attribute], errors: &mut Errors) -> (Vec<Held>, Option<Path>) {
    let (crates, scopes): (Vec<_>, Vec<_>) =
        read(attrs, errors).into_iter().partition(Held::is_crate);
    let mut krate = None;
    for held in crates {
        match held.value {
            Some(Expr::Path(_)) if krate.is_some() => {
                errors.push_at(&held.scope, "`crate` is given twice: remove one of the two")
            }
            Some(Expr::Path(path)) if path.qself.is_none() => krate = Some(path.path),
            value => errors.push_at(
                &value.map_or_else(|| held.scope.to_token_stream(), Expr::into_token_stream),
                CRATE_IS_A_PATH,
            ),
        }
    }
    (scopes, krate)
}

fn read(attrs: &[Attribute], errors: &mut Errors) -> Vec<Held> {
    let mut all = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("scope")) {
        let list = attr.parse_args_with(Punctuated::<Held, Token![,]>::parse_terminated);
        match list {
            Ok(list) if list.is_empty() => errors.push_at(attr, "`#[scope(..)]` names no scope"),
            Ok(list) => all.extend(list),
            Err(error) => errors.push(error.span(), error),
        }
    }
    all
}

fn is_none(value: &Expr) -> bool {
    matches!(value, Expr::Path(ExprPath { path, .. }) if path.is_ident("None"))
}
