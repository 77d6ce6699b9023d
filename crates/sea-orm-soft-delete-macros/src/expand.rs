//! Generates the code of the derive. The code only describes; the runtime crate does the work.

pub(crate) mod family;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::ast::{Field, Input};
use crate::attr::EpochUnit;
use crate::retain::Retain;
use crate::valid::{Described, MarkerKind, Valid};

/// The code for a model without mistakes.
pub(crate) fn expand(input: &Input<'_>, valid: &Valid<'_>) -> TokenStream {
    let mut tokens = match &valid.columns {
        Some(described) => model(input, &Description::of(input, described)),
        None => model_ex(input),
    };
    if let Some(family) = &valid.family {
        tokens.extend(family::family(input, family));
    }
    tokens
}

/// The items in the impl of `SoftDeleteEntity`.
pub(crate) struct Description {
    pub(crate) columns: TokenStream,
    pub(crate) tells_operations_apart: TokenStream,
    pub(crate) erasure: Option<TokenStream>,
}

impl Description {
    fn of(input: &Input<'_>, described: &Described<'_>) -> Self {
        Self {
            columns: description(input, described),
            tells_operations_apart: tells_operations_apart(&private(input), described),
            erasure: family::erasure(input, &described.erasure),
        }
    }
}

/// Whether deletes can be told apart: by an `operation` column, or by a marker that holds the instant.
fn tells_operations_apart(private: &TokenStream, described: &Described<'_>) -> TokenStream {
    if described.operation.is_some() {
        return quote!(true);
    }
    match described.marker_kind {
        MarkerKind::Sentinel(_) => quote!(true),
        MarkerKind::Epoch(_) => quote!(false),
        MarkerKind::ByType => {
            let ty = described.marker.ty;
            let holds_instant = quote_spanned!(ty.span()=> #private::Ask::<#ty>::HOLDS_INSTANT);
            // If the type is no marker's, the description reports that.
            quote!({
                use #private::Otherwise as _;
                #holds_instant
            })
        }
    }
}

/// The description as an expression. Each type has the span of its source, so that the compiler reports
/// errors there.
fn description(input: &Input<'_>, described: &Described<'_>) -> TokenStream {
    let private = private(input);
    let marker = marker(&private, described);
    let companions = [
        (described.operation, "with_operation"),
        (described.deleted_by, "with_deleted_by"),
        (described.reason, "with_reason"),
        (described.updated_at, "with_updated_at"),
        (described.purge_at, "with_purge_at"),
        (described.hold, "with_hold"),
    ]
    .into_iter()
    .filter_map(|(field, with)| {
        let field = field?;
        let (ty, column) = (field.ty, column(&private, field));
        let with = Ident::new(with, ty.span());
        Some(quote_spanned!(ty.span()=> .#with::<#ty>(#column)))
    });
    let title = described.title.map(|field| {
        let column = column(&private, field);
        quote!(.with_title(#column))
    });
    quote!(#private::SoftDeleteColumns::new(#marker) #(#companions)* #title)
}

fn marker(private: &TokenStream, described: &Described<'_>) -> TokenStream {
    let ty = described.marker.ty;
    let column = column(private, described.marker);
    match described.marker_kind {
        MarkerKind::ByType => quote_spanned!(ty.span()=> #private::Marker::of::<#ty>(#column)),
        MarkerKind::Epoch(EpochUnit::Seconds) => {
            quote_spanned!(ty.span()=> #private::Marker::epoch_seconds::<#ty>(#column))
        }
        MarkerKind::Epoch(EpochUnit::Milliseconds) => {
            quote_spanned!(ty.span()=> #private::Marker::epoch_milliseconds::<#ty>(#column))
        }
        MarkerKind::Sentinel(at) => quote_spanned! {ty.span()=>
            #private::Marker::sentinel::<#ty>(#column, #private::timestamp(#at))
        },
    }
}

fn column(private: &TokenStream, field: &Field<'_>) -> TokenStream {
    let variant = &field.column;
    quote!(<Entity as #private::EntityTrait>::Column::#variant)
}

/// The impls for the entity, the model and the active model.
pub(crate) fn model(input: &Input<'_>, description: &Description) -> TokenStream {
    let private = private(input);
    let verbs = input
        .attrs
        .no_verbs
        .is_none()
        .then(|| verbs(&private, input.attrs.restore_behavior.is_some()));
    let behavior = input.attrs.restore_behavior.is_none().then(|| {
        quote! {
            #[automatically_derived]
            impl #private::RestoreBehavior for ActiveModel {
                const IS_EMPTY: bool = true;
            }
        }
    });
    // If the promised hooks are missing, the compiler reports an error at this trait, so it has the span of
    // the key that promises them.
    let mut entity_trait = quote!(#private::SoftDeleteEntity);
    if let Some(key) = input.attrs.restore_behavior {
        entity_trait = at(Span::call_site().located_at(key), entity_trait);
    }
    let Description {
        columns,
        tells_operations_apart,
        erasure,
    } = description;
    let retention = input.attrs.retain.map(|retain| {
        let retention = match retain {
            Retain::Seconds(seconds) => {
                quote!(For(::core::time::Duration::from_secs(#seconds)))
            }
            Retain::Forever => quote!(Forever),
        };
        quote! {
            fn retention() -> ::core::option::Option<#private::Retention> {
                ::core::option::Option::Some(#private::Retention::#retention)
            }
        }
    });
    let restore_until_due = input.attrs.restore_until_due.map(|_| {
        quote! {
            const RESTORE_UNTIL_DUE: bool = true;
        }
    });
    let is_logged = input.attrs.log.map(|_| {
        quote! {
            const IS_LOGGED: bool = true;
        }
    });
    let is_archived = input.attrs.archive.map(|_| {
        quote! {
            const IS_ARCHIVED: bool = true;
        }
    });
    let has_no_unique_key = input.has_no_unique_key().then(|| {
        quote! {
            const HAS_UNIQUE_KEY: bool = false;
        }
    });
    let held_with = family::held_with(&private, &input.attrs.held_with);
    quote! {
        #[automatically_derived]
        impl #entity_trait for Entity {
            const TELLS_OPERATIONS_APART: bool = #tells_operations_apart;

            fn soft_delete() -> #private::SoftDeleteColumns<<Self as #private::EntityTrait>::Column> {
                #columns
            }

            #retention
            #restore_until_due
            #is_logged
            #is_archived
            #has_no_unique_key
            #held_with
            #erasure
        }
        #behavior
        #verbs
    }
}

/// The inherent functions, which take precedence over SeaORM's.
fn verbs(private: &TokenStream, has_hooks: bool) -> TokenStream {
    let mut verbs = entity_verbs(private);
    verbs.extend(model_verbs(private));
    verbs.extend(active_model_verbs(private, has_hooks));
    verbs
}

/// SeaORM gives `ModelEx` a `delete` already, which goes through `ActiveModel`'s.
pub(crate) fn model_ex(input: &Input<'_>) -> TokenStream {
    if input.attrs.no_verbs.is_some() {
        return TokenStream::new();
    }
    let private = private(input);
    let verbs = restore_and_force_delete(
        &private,
        &quote!(Model),
        &quote!(::core::convert::From::from(self)),
    );
    quote! {
        #[automatically_derived]
        impl ModelEx {
            /// Whether the row was trashed when it was read.
            #[inline]
            pub fn is_trashed(&self) -> bool {
                #private::row_is_trashed(self)
            }
            /// The operation that trashed the row, if it was trashed when it was read.
            #[inline]
            pub fn operation(&self) -> ::core::option::Option<#private::OperationId> {
                #private::row_operation(self)
            }
            #verbs
        }
    }
}

// A library builds each of its public functions that is neither generic nor `#[inline]`, called or not. So those are
// `#[inline]`: a verb that nothing calls costs no code.
fn entity_verbs(private: &TokenStream) -> TokenStream {
    let key = quote! {
        ::core::convert::Into<
            <<Self as #private::EntityTrait>::PrimaryKey as #private::PrimaryKeyTrait>::ValueType
        >
    };
    quote! {
        #[automatically_derived]
        impl Entity {
            /// Selects live rows.
            #[inline]
            pub fn find() -> #private::Select<Self> {
                <Self as #private::SoftDelete>::find()
            }
            /// Selects the row with this primary key, if it is live.
            pub fn find_by_id<T: #key>(key: T) -> #private::Select<Self> {
                <Self as #private::SoftDelete>::find_by_id(key)
            }
            /// The condition that a row of this entity is live, to use in a query of your own.
            #[inline]
            pub fn is_live() -> #private::Expr {
                #private::is_live::<Self>()
            }
            /// The condition that a row of this entity is live, where it is joined under an alias.
            pub fn is_live_as(alias: impl #private::IntoIden) -> #private::Expr {
                #private::is_live_as::<Self, _>(alias)
            }
            /// The condition that a row of this entity is trashed, to use in a query of your own.
            #[inline]
            pub fn is_trashed() -> #private::Expr {
                #private::is_trashed::<Self>()
            }
            /// The condition that a row of this entity is trashed, where it is joined under an
            /// alias.
            pub fn is_trashed_as(alias: impl #private::IntoIden) -> #private::Expr {
                #private::is_trashed_as::<Self, _>(alias)
            }
            /// Selects live and trashed rows.
            #[inline]
            pub fn with_trashed() -> #private::Select<Self> {
                <Self as #private::SoftDelete>::with_trashed()
            }
            /// Selects trashed rows.
            #[inline]
            pub fn only_trashed() -> #private::Select<Self> {
                <Self as #private::SoftDelete>::only_trashed()
            }
            /// Selects the row with this primary key, live or trashed.
            #[inline]
            pub fn with_trashed_by_id<T: #key>(key: T) -> #private::Select<Self> {
                <Self as #private::SoftDelete>::with_trashed_by_id(key)
            }
            /// Selects the row with this primary key, if it is trashed.
            #[inline]
            pub fn only_trashed_by_id<T: #key>(key: T) -> #private::Select<Self> {
                <Self as #private::SoftDelete>::only_trashed_by_id(key)
            }
            /// Inserts a row; or, if a trashed one has its key, gives that one its values and restores
            /// it.
            pub fn insert_or_revive<M: #private::IntoActiveModel<ActiveModel>>(
                model: M,
            ) -> #private::InsertByKey<Self> {
                <Self as #private::SoftDelete>::insert_or_revive(model)
            }
            /// Inserts a row, and physically deletes the trashed rows that have its key.
            pub fn insert_or_replace_trashed<M: #private::IntoActiveModel<ActiveModel>>(
                model: M,
            ) -> #private::InsertByKey<Self> {
                <Self as #private::SoftDelete>::insert_or_replace_trashed(model)
            }
            /// Inserts a row, unless a trashed one has its key.
            pub fn insert_unless_trashed<M: #private::IntoActiveModel<ActiveModel>>(
                model: M,
            ) -> #private::InsertByKey<Self> {
                <Self as #private::SoftDelete>::insert_unless_trashed(model)
            }
            /// Finds the live row that has the key of this one, or inserts it.
            pub fn find_or_insert<M: #private::IntoActiveModel<ActiveModel>>(
                model: M,
            ) -> #private::FindOrInsert<Self> {
                <Self as #private::SoftDelete>::find_or_insert(model)
            }
            /// Updates one row, if it is live.
            pub fn update<A: #private::ActiveModelTrait<Entity = Self>>(
                model: A,
            ) -> #private::UpdateLiveOne<A> {
                <Self as #private::SoftDelete>::update(model)
            }
            /// Updates one row, live or trashed.
            #[inline]
            pub fn update_with_trashed<A: #private::ActiveModelTrait<Entity = Self>>(
                model: A,
            ) -> #private::UpdateLiveOne<A> {
                <Self as #private::SoftDelete>::update_with_trashed(model)
            }
            /// Updates the live rows among those that match.
            #[inline]
            pub fn update_many() -> #private::UpdateMany<Self> {
                <Self as #private::SoftDelete>::update_many()
            }
            /// Updates the rows that match, live or trashed.
            #[inline]
            pub fn update_many_with_trashed() -> #private::UpdateMany<Self> {
                <Self as #private::SoftDelete>::update_many_with_trashed()
            }
            /// Soft-deletes the row that `model` names by its primary key.
            pub fn delete<A: #private::ActiveModelTrait<Entity = Self>>(
                model: A,
            ) -> #private::SoftDeleteOne<Self> {
                <Self as #private::SoftDelete>::delete(model)
            }
            /// Soft-deletes the live rows that match; all of them, if no filter is given.
            #[inline]
            pub fn delete_many() -> #private::SoftDeleteMany<Self> {
                <Self as #private::SoftDelete>::delete_many()
            }
            /// Soft-deletes the row with this primary key.
            pub fn delete_by_id<T: #key>(key: T) -> #private::SoftDeleteOne<Self> {
                <Self as #private::SoftDelete>::delete_by_id(key)
            }
            /// Restores the trashed rows that match; all of them, if no filter is given.
            #[inline]
            pub fn restore_many() -> #private::RestoreMany<Self> {
                <Self as #private::SoftDelete>::restore_many()
            }
            /// Restores the trashed row with this primary key.
            pub fn restore_by_id<T: #key>(key: T) -> #private::RestoreOne<Self> {
                <Self as #private::SoftDelete>::restore_by_id(key)
            }
            /// Physically deletes the rows that match, live or trashed; all of them, if no filter
            /// is given.
            #[inline]
            pub fn force_delete_many() -> #private::ForceDeleteMany<Self> {
                <Self as #private::SoftDelete>::force_delete_many()
            }
            /// Physically deletes the row with this primary key, live or trashed.
            pub fn force_delete_by_id<T: #key>(key: T) -> #private::ForceDeleteOne<Self> {
                <Self as #private::SoftDelete>::force_delete_by_id(key)
            }
        }
    }
}

fn model_verbs(private: &TokenStream) -> TokenStream {
    let verbs = of_models(private);
    let deletes = deletes(private, &verbs);
    let rest = restore_and_force_delete(private, &quote!(Self), &quote!(self));
    quote! {
        #[automatically_derived]
        impl Model {
            /// Whether the row was trashed when it was read.
            #[inline]
            pub fn is_trashed(&self) -> bool {
                #verbs::is_trashed(self)
            }
            /// The operation that trashed the row, if it was trashed when it was read.
            #[inline]
            pub fn operation(&self) -> ::core::option::Option<#private::OperationId> {
                #verbs::operation(self)
            }
            #deletes
            #rest
        }
    }
}

fn active_model_verbs(private: &TokenStream, has_hooks: bool) -> TokenStream {
    // With a bound on the whole impl, missing hooks cause one error in place of one for each function.
    // Without the lifetime the compiler would check the bound here too, and report one more error.
    let hooks = has_hooks.then(|| quote!(where for<'a> Self: #private::RestoreBehavior));
    let result = quote!(::core::result::Result);
    let deletes = deletes(private, &quote!(#private::SoftDeleteActiveModel));
    quote! {
        #[automatically_derived]
        impl ActiveModel #hooks {
            /// Whether the marker of this value says "trashed"; an unset one does not.
            #[inline]
            pub fn is_trashed(&self) -> bool {
                #private::SoftDeleteActiveModel::is_trashed(self)
            }
            /// Updates the row, if it is live.
            pub fn update<'a, C: #private::ConnectionTrait>(
                self,
                db: &'a C,
            ) -> #private::BoxFuture<'a, #result<Model, #private::DbErr>> {
                #private::SoftDeleteActiveModel::update(self, db)
            }
            /// Updates the row, if it is live, without reading it back.
            pub fn update_without_returning<'a, C: #private::ConnectionTrait>(
                self,
                db: &'a C,
            ) -> #private::BoxFuture<'a, #result<#private::UpdateResult, #private::DbErr>> {
                #private::SoftDeleteActiveModel::update_without_returning(self, db)
            }
            /// Updates the row, live or trashed.
            #[inline]
            pub fn update_with_trashed<'a, C: #private::ConnectionTrait>(
                self,
                db: &'a C,
            ) -> #private::BoxFuture<'a, #result<Model, #private::DbErr>> {
                #private::SoftDeleteActiveModel::update_with_trashed(self, db)
            }
            /// Inserts the row if its primary key is not set, else updates it, if it is live.
            pub fn save<'a, C: #private::ConnectionTrait>(
                self,
                db: &'a C,
            ) -> #private::BoxFuture<'a, #result<Self, #private::DbErr>> {
                #private::SoftDeleteActiveModel::save(self, db)
            }
            #deletes
            /// Restores the row; what was pending in this value still is.
            pub fn restore<'a, C: #private::ConnectionFor<Entity>>(
                self,
                db: &'a C,
            ) -> #private::BoxFuture<'a, #result<Self, #private::SoftDeleteError>> {
                #private::SoftDeleteActiveModel::restore(self, db)
            }
            /// Physically deletes the row, live or trashed.
            pub fn force_delete<'a, C: #private::ConnectionFor<Entity>>(
                self,
                db: &'a C,
            ) -> #private::BoxFuture<'a, #result<#private::DeleteResult, #private::SoftDeleteError>> {
                #private::SoftDeleteActiveModel::force_delete(self, db)
            }
            /// Physically deletes the row if it is trashed, and refuses a live one.
            pub fn force_delete_trashed<'a, C: #private::ConnectionFor<Entity>>(
                self,
                db: &'a C,
            ) -> #private::BoxFuture<'a, #result<#private::DeleteResult, #private::SoftDeleteError>> {
                #private::SoftDeleteActiveModel::force_delete_trashed(self, db)
            }
        }
    }
}

fn deletes(private: &TokenStream, verbs: &TokenStream) -> TokenStream {
    let result = quote!(::core::result::Result<#private::DeleteResult, #private::DbErr>);
    quote! {
        /// Soft-deletes the row.
        pub fn delete<'a, C: #private::ConnectionFor<Entity>>(self, db: &'a C) -> #private::BoxFuture<'a, #result> {
            #verbs::delete(self, db)
        }
        /// Soft-deletes the row, saying who and why.
        pub fn delete_with<'a, C: #private::ConnectionFor<Entity>>(
            self,
            attribution: #private::Attribution,
            db: &'a C,
        ) -> #private::BoxFuture<'a, #result> {
            #verbs::delete_with(self, attribution, db)
        }
    }
}

fn restore_and_force_delete(
    private: &TokenStream,
    restored: &TokenStream,
    row: &TokenStream,
) -> TokenStream {
    let result = quote!(::core::result::Result);
    let verbs = of_models(private);
    quote! {
        /// Restores the row and returns it as it is then.
        pub fn restore<'a, C: #private::ConnectionFor<Entity>>(
            self,
            db: &'a C,
        ) -> #private::BoxFuture<'a, #result<#restored, #private::SoftDeleteError>> {
            #verbs::restore(#row, db)
        }
        /// Physically deletes the row, live or trashed.
        pub fn force_delete<'a, C: #private::ConnectionFor<Entity>>(
            self,
            db: &'a C,
        ) -> #private::BoxFuture<'a, #result<#private::DeleteResult, #private::SoftDeleteError>> {
            #verbs::force_delete(#row, db)
        }
        /// Physically deletes the row if it is trashed, and refuses a live one.
        pub fn force_delete_trashed<'a, C: #private::ConnectionFor<Entity>>(
            self,
            db: &'a C,
        ) -> #private::BoxFuture<'a, #result<#private::DeleteResult, #private::SoftDeleteError>> {
            #verbs::force_delete_trashed(#row, db)
        }
    }
}

fn at(span: Span, tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(span);
            token
        })
        .collect()
}

/// The verbs of `Model`, reached through `Entity`: if SeaORM generates no entity because of a mistake of
/// its own, the compiler reports that once, and reports no errors for the verbs.
fn of_models(private: &TokenStream) -> TokenStream {
    quote!(<<Entity as #private::EntityTrait>::Model as #private::SoftDeleteModel>)
}

fn private(input: &Input<'_>) -> TokenStream {
    match &input.attrs.krate {
        Some(path) => quote!(#path::private),
        None => quote!(::sea_orm_soft_delete::private),
    }
}
