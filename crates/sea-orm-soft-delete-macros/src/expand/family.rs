//! The impl of `SoftDeleteFamily`, and assertions on its entities.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use crate::ast::Input;
use crate::counted::Counted;
use crate::erase::Erase;
use crate::policy::{By, Policy, Related, spell};
use crate::valid::erasure::{Erased, Erasure};
use crate::valid::family::Family;

const ADD_AN_OPERATION: &str = "add `#[soft_delete(operation)] pub operation_id: Option<Uuid>`";

/// The family of an entity without mistakes.
pub(crate) fn family(input: &Input<'_>, family: &Family) -> TokenStream {
    let Family {
        related,
        subjects,
        counted_in,
    } = family;
    let private = super::private(input);
    let concerns_others = related.iter().any(|it| it.policy != Policy::Keep);
    let has_hooks = input.attrs.restore_behavior.is_some();
    let has_window = input.attrs.restore_until_due.is_some();
    let is_logged = input.attrs.log.is_some();
    let is_counted = !counted_in.is_empty();
    let is_cascading = concerns_others || has_hooks || has_window || is_logged || is_counted;
    let kind = match is_cascading {
        true => quote!(Cascading),
        false => quote!(Alone),
    };
    let names_others = !related.is_empty() || !input.attrs.held_with.is_empty();
    let registration = match is_cascading || names_others {
        true => quote!(of),
        false => quote!(alone),
    };
    let relations = related.iter().map(|it| relation(&private, it));
    let relations = quote!(#private::relations([#(#relations),*]));
    let subjects = self::subjects(&private, subjects);
    let counters = counters(&private, counted_in);
    let more = quote!(#subjects #counters);
    let mut tokens = implement(&private, &kind, &relations, &more);
    tokens.extend(quote! {
        #private::submit! { #private::Registration::#registration::<Entity>() }
    });
    let acts = |it: &&Related| matches!(it.policy, Policy::Cascade | Policy::Destroy);
    if let Some(first) = related.iter().find(acts) {
        tokens.extend(assert_of_parent(&private, &first.child));
    }
    for it in related {
        tokens.extend(assert_of_child(&private, it));
    }
    if let Some(log) = input.attrs.log {
        let condition = quote!(#private::Ask::<Entity>::TELLS_OPERATIONS_APART);
        let message = format!(
            "the log of deletions names the operation of each row, and the marker does not say \
             which delete trashed a row: {ADD_AN_OPERATION} to this `Model`"
        );
        tokens.extend(assert(&private, log, &condition, &message));
    }
    if let Some(counted) = counted_in.first() {
        let condition = quote!(#private::Ask::<Entity>::TELLS_OPERATIONS_APART);
        let message = format!(
            "a counter counts the rows of one delete, and the marker does not say which delete trashed a row: \
             {ADD_AN_OPERATION} to this `Model`"
        );
        tokens.extend(assert(&private, counted.key, &condition, &message));
    }
    if let Some(archive) = input.attrs.archive {
        let condition = quote!(#private::Ask::<Entity>::TELLS_OPERATIONS_APART);
        let message = format!(
            "an archive moves the rows of one delete together, and the marker does not say which \
             delete trashed a row: {ADD_AN_OPERATION} to this `Model`"
        );
        tokens.extend(assert(&private, archive, &condition, &message));
    }
    tokens
}

/// The family after a mistake: it requires nothing of a connection.
pub(crate) fn alone(input: &Input<'_>) -> TokenStream {
    implement(
        &super::private(input),
        &quote!(Alone),
        &quote!(::core::unimplemented!()),
        &TokenStream::new(),
    )
}

fn implement(
    private: &TokenStream,
    kind: &TokenStream,
    relations: &TokenStream,
    more: &TokenStream,
) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #private::SoftDeleteFamily for Entity {
            type Kind = #private::#kind;

            fn relations() -> #private::Vec<#private::FamilyRelation> {
                #relations
            }

            #more
        }
    }
}

/// The parents that count the rows of the entity. The columns have the spans of their names, so that the compiler
/// reports a missing one there.
fn counters(private: &TokenStream, counted_in: &[Counted]) -> Option<TokenStream> {
    let counters: Vec<TokenStream> = counted_in
        .iter()
        .map(|it| {
            let relation = relation_to(private, &it.parent);
            let parent = &it.parent.child;
            let column = |count: &str, column: &Option<Ident>| {
                let variant = column.as_ref()?;
                let span = variant.span();
                let count = Ident::new(count, span);
                let column =
                    quote_spanned!(span=> <#parent as #private::EntityTrait>::Column::#variant);
                Some(quote_spanned!(span=> .#count::<#parent>(#column)))
            };
            let live = column("live", &it.columns.live);
            let trashed = column("trashed", &it.columns.trashed);
            let counter =
                quote_spanned!(parent.span()=> #private::CountedIn::parent::<#parent>(#relation));
            quote!(#counter #live #trashed)
        })
        .collect();
    (!counters.is_empty()).then(|| {
        quote! {
            fn counted_in() -> #private::Vec<#private::CountedIn> {
                #private::counted_in([#(#counters),*])
            }
        }
    })
}

/// The parents that the rows of the entity are about.
fn subjects(private: &TokenStream, parents: &[Related]) -> Option<TokenStream> {
    let parents: Vec<TokenStream> = parents
        .iter()
        .map(|it| {
            let relation = relation_to(private, it);
            let parent = &it.child;
            quote_spanned!(parent.span()=> #private::Subject::of::<#parent>(#relation))
        })
        .collect();
    (!parents.is_empty()).then(|| {
        quote! {
            fn subjects() -> #private::Vec<#private::Subject> {
                #private::subjects([#(#parents),*])
            }
        }
    })
}

/// What an erasure does with the rows of the entity.
pub(crate) fn erasure(input: &Input<'_>, Erasure(columns): &Erasure<'_>) -> Option<TokenStream> {
    let private = super::private(input);
    let removing = input.attrs.erase_rows.map(|_| quote!(.removing_rows()));
    if columns.is_empty() && removing.is_none() {
        return None;
    }
    let columns = columns.iter().map(|erased| overwriting(&private, erased));
    Some(quote! {
        fn erasure() -> #private::ErasureRules {
            #private::ErasureRules::new() #(#columns)* #removing
        }
    })
}

/// The types have the spans of the source, so that the compiler reports errors there.
fn overwriting(private: &TokenStream, erased: &Erased<'_>) -> TokenStream {
    let column = super::column(private, erased.field);
    let ty = erased.field.ty;
    match erased.with {
        Erase::Null => quote_spanned!(ty.span()=> .null::<#ty>(#column)),
        Erase::Literal(text) => {
            let ty = erased.value_type();
            quote_spanned!(ty.span()=> .literal::<#ty>(#column, #text))
        }
        Erase::With(function) => {
            let function = quote_spanned!(function.span()=> #function);
            quote_spanned!(ty.span()=> .with::<#ty, _>(#column, #function))
        }
    }
}

/// The parents whose legal hold holds rows of the entity.
pub(crate) fn held_with(private: &TokenStream, parents: &[Related]) -> Option<TokenStream> {
    let parents: Vec<TokenStream> = parents
        .iter()
        .map(|it| {
            let relation = relation_to(private, it);
            let parent = &it.child;
            quote_spanned!(parent.span()=> #private::HeldWith::parent::<#parent>(#relation))
        })
        .collect();
    (!parents.is_empty()).then(|| {
        quote! {
            fn held_with() -> #private::Vec<#private::HeldWith> {
                #private::held_with([#(#parents),*])
            }
        }
    })
}

/// The relation and its policy.
fn relation(private: &TokenStream, related: &Related) -> TokenStream {
    let child = &related.child;
    let span = child.span();
    let policy = Ident::new(related.policy.key(), span);
    let relation = relation_to(private, related);
    quote_spanned!(span=> #private::FamilyRelation::#policy::<#child>(#relation))
}

/// The relation, with the span of the entity's name, so that the compiler reports errors there.
fn relation_to(private: &TokenStream, related: &Related) -> TokenStream {
    let child = &related.child;
    let span = child.span();
    let relation = quote_spanned!(span=> #private::FamilyRelationTo::<#child>);
    match &related.by {
        By::Related => quote_spanned!(span=> #relation::between::<Entity>()),
        By::Variant(variant) => {
            let def = quote_spanned!(variant.span()=> #private::RelationTrait::def(&#variant));
            quote_spanned!(span=> #relation::on(#def))
        }
        By::Def(def) => quote_spanned!(span=> #relation::on(#def)),
        By::ReverseOf(variant) => {
            quote_spanned!(span=> #relation::on(#private::reverse_of(&#variant)))
        }
        By::ReverseOfRelated => {
            quote_spanned!(span=> #relation::on(#private::reverse_of_related::<#child, Entity>()))
        }
        By::SelfVia => {
            quote_spanned!(span=> #relation::on(#private::self_via::<Entity, #child>()))
        }
        By::SelfViaReverse => {
            quote_spanned!(span=> #relation::on(#private::self_via_reverse::<Entity, #child>()))
        }
    }
}

/// The span is the child's: of the two structs, `ModelEx` has no name of its own to point at.
fn assert_of_parent(private: &TokenStream, child: &Type) -> TokenStream {
    let condition = quote!(#private::Ask::<Entity>::TELLS_OPERATIONS_APART);
    let message = format!(
        "a delete of this entity acts on `{}`, and the marker of this one does not say which \
         delete trashed a row: {ADD_AN_OPERATION} to this `Model`",
        spell(child),
    );
    assert(private, child.span(), &condition, &message)
}

/// Asserts what the bounds of a policy cannot express about its child.
fn assert_of_child(private: &TokenStream, related: &Related) -> Option<TokenStream> {
    let child = &related.child;
    let ask = quote!(#private::Ask::<#child>);
    let name = spell(child);
    let (condition, message) = match related.policy {
        // The child is the parent itself, which another assertion covers.
        Policy::Cascade if is_this_entity(child) => return None,
        Policy::Cascade => (
            quote!(#ask::TELLS_OPERATIONS_APART),
            format!(
                "a delete cascades to `{name}`, and its marker does not say which delete trashed a \
                 row: {ADD_AN_OPERATION} to its `Model`"
            ),
        ),
        Policy::Destroy => (
            quote!(!#ask::IS_SOFT_DELETABLE),
            format!(
                "`{name}` is soft-deletable, and `destroy` removes rows for good: write `cascade` \
                 to trash them, or `keep` to leave them"
            ),
        ),
        Policy::Restrict | Policy::Keep => return None,
    };
    Some(assert(private, child.span(), &condition, &message))
}

fn is_this_entity(child: &Type) -> bool {
    matches!(child, Type::Path(path) if path.path.is_ident("Entity"))
}

fn assert(
    private: &TokenStream,
    span: Span,
    condition: &TokenStream,
    message: &str,
) -> TokenStream {
    let message = message.replace('{', "{{").replace('}', "}}");
    let assertion = quote_spanned!(span=> ::core::assert!(#condition, #message));
    quote! {
        const _: () = {
            use #private::Otherwise as _;
            #assertion
        };
    }
}
