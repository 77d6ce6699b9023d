//! A relation field, as SeaORM's own attributes describe it.

use heck::ToUpperCamelCase;
use proc_macro2::Span;
use quote::{ToTokens, quote_spanned};
use syn::{Expr, Field, GenericArgument, Ident, LitStr, Path, PathArguments, PathSegment, Type};

use crate::policy::{By, Policy, Related, spell};
use crate::value::skip_value;

/// A field of a `ModelEx` that holds related rows.
pub(crate) struct RelationField<'a> {
    holder: Holder,
    /// The entity of the rows. If it is missing, SeaORM's derive reports that.
    entity: Option<&'a Type>,
    host: HostAttrs,
}

/// The names by which SeaORM distinguishes relations too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    HasMany,
    HasOne,
    BelongsTo,
}

/// SeaORM's attributes of the relation.
#[derive(Default)]
struct HostAttrs {
    is_there: bool,
    /// `has_many` or `has_one`: SeaORM generates a variant of `Relation`.
    declares: bool,
    belongs_to: bool,
    self_ref: bool,
    reverse: bool,
    from: bool,
    to: bool,
    relation_enum: Option<LitStr>,
    via: Option<LitStr>,
    via_rel: Option<LitStr>,
}

/// The rows that a relation leads to.
pub(crate) enum Leads {
    /// Up: this entity's rows belong to rows of that entity.
    ToParent(String),
    /// Down.
    ToChild(Box<Related>),
    /// There is a mistake in SeaORM's attributes, which its derive reports.
    Nowhere,
}

impl<'a> RelationField<'a> {
    /// `None` if the field is no relation.
    pub(crate) fn read(field: &'a Field) -> Option<Self> {
        let (holder, held) = holder_of(&field.ty)?;
        let held = argument_of(held);
        let entity = match holder {
            Holder::BelongsTo => held.map(inside_option),
            Holder::HasMany | Holder::HasOne => held,
        };
        Some(Self {
            holder,
            entity,
            host: HostAttrs::read(field),
        })
    }

    /// Whether SeaORM counts the field among the relations to this entity.
    fn is_to(&self, entity: &Type) -> bool {
        self.host.is_there && self.entity.map(spell) == Some(spell(entity))
    }

    /// The target of a policy on this field. `others` are the relations of the same struct.
    pub(crate) fn leads(&self, policy: Policy, key: Span, others: &[&RelationField<'_>]) -> Leads {
        let Some(entity) = self.entity else {
            return Leads::Nowhere;
        };
        if self.is_to_parent() {
            return Leads::ToParent(spell(entity));
        }
        let related = match &self.host.via {
            Some(via) => self.links(policy, via),
            None => self
                .by(entity, key, others)
                .map(|by| (entity.clone(), by))
                .map(|(child, by)| Related { policy, child, by }),
        };
        related.map_or(Leads::Nowhere, |related| Leads::ToChild(Box::new(related)))
    }

    /// The relation to the parent row; `None` if the field holds children. `others` are the relations of the same
    /// struct.
    pub(crate) fn parent(&self, key: Span, others: &[&RelationField<'_>]) -> Option<Related> {
        let entity = self.entity?;
        if !self.is_to_parent() {
            return None;
        }
        Some(Related {
            policy: Policy::Keep,
            child: entity.clone(),
            by: self.by(entity, key, others)?,
        })
    }

    fn is_to_parent(&self) -> bool {
        let host = &self.host;
        self.holder == Holder::BelongsTo
            || host.belongs_to
            || (host.self_ref && host.via.is_none() && host.from && host.to)
    }

    /// If there is one relation to an entity, SeaORM generates `Related` for it; if there are several,
    /// `Relation` has them.
    fn by(&self, entity: &Type, key: Span, others: &[&RelationField<'_>]) -> Option<By> {
        // SeaORM's `Relation` is wrong here: its derive ignores `via_rel` of a `has_one` (`sea-orm-macros`
        // 2.0.4, `derives/relation.rs`).
        if let (Holder::HasOne, Some(name)) = (self.holder, &self.host.via_rel) {
            return Some(By::ReverseOf(relation_of(entity, name)?));
        }
        let variant = match &self.host.relation_enum {
            Some(name) => variant(&name.value(), name.span())?,
            None => {
                let is_only = others.iter().filter(|other| other.is_to(entity)).count() < 2;
                if is_only || !self.host.declares {
                    return Some(By::Related);
                }
                variant(&module_of(entity)?, key)?
            }
        };
        let span = variant.span();
        Some(By::Variant(Expr::Verbatim(
            quote_spanned!(span=> Relation::#variant),
        )))
    }

    /// The children in a many-to-many relation are the links.
    fn links(&self, policy: Policy, via: &LitStr) -> Option<Related> {
        let path: Path = via.parse().ok()?;
        let span = via.span();
        let mut segments = path.segments.iter();
        let module = &segments.next()?.ident;
        let by = match segments.next() {
            Some(PathSegment { ident, .. }) => By::ReverseOf(Expr::Verbatim(
                quote_spanned!(span=> super::#module::Relation::#ident),
            )),
            None if self.host.self_ref && self.host.reverse => By::SelfViaReverse,
            None if self.host.self_ref => By::SelfVia,
            None => By::ReverseOfRelated,
        };
        Some(Related {
            policy,
            child: Type::Verbatim(quote_spanned!(span=> super::#module::Entity)),
            by,
        })
    }
}

impl HostAttrs {
    /// SeaORM's derive reports mistakes in them.
    fn read(field: &Field) -> Self {
        let mut this = Self::default();
        for attr in &field.attrs {
            if !attr.path().is_ident("sea_orm") {
                continue;
            }
            this.is_there = true;
            let _ = attr.parse_nested_meta(|meta| {
                let key = meta.path.get_ident().map(Ident::to_string);
                match key.as_deref().unwrap_or_default() {
                    "has_many" | "has_one" => this.declares = true,
                    "belongs_to" => this.belongs_to = true,
                    "self_ref" => this.self_ref = true,
                    "reverse" => this.reverse = true,
                    "from" => this.from = true,
                    "to" => this.to = true,
                    "relation_enum" => {
                        this.relation_enum = Some(meta.value()?.parse()?);
                        return Ok(());
                    }
                    "via" => {
                        this.via = Some(meta.value()?.parse()?);
                        return Ok(());
                    }
                    "via_rel" => {
                        this.via_rel = Some(meta.value()?.parse()?);
                        return Ok(());
                    }
                    _ => {}
                }
                skip_value(&meta)
            });
        }
        this
    }
}

fn holder_of(ty: &Type) -> Option<(Holder, &PathSegment)> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let holder = match last.ident.to_string().as_str() {
        "HasMany" => Holder::HasMany,
        "HasOne" => Holder::HasOne,
        "BelongsTo" => Holder::BelongsTo,
        _ => return None,
    };
    Some((holder, last))
}

fn argument_of(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

fn inside_option(ty: &Type) -> &Type {
    if let Type::Path(path) = ty
        && let Some(last) = path.path.segments.last()
        && last.ident == "Option"
        && let Some(inner) = argument_of(last)
    {
        return inner;
    }
    ty
}

/// `comment` for `super::comment::Entity`: SeaORM names the relation after the module.
fn module_of(entity: &Type) -> Option<String> {
    let Type::Path(path) = entity else {
        return None;
    };
    let mut segments = path.path.segments.iter().rev();
    let last = segments.next()?;
    Some(segments.next().unwrap_or(last).ident.to_string())
}

/// This variant of the `Relation` in the entity's module.
fn relation_of(entity: &Type, name: &LitStr) -> Option<Expr> {
    let Type::Path(path) = entity else {
        return None;
    };
    let mut path = path.path.clone();
    path.segments.pop();
    path.segments
        .push(Ident::new("Relation", name.span()).into());
    path.segments.push(name.parse().ok()?);
    Some(Expr::Verbatim(path.to_token_stream()))
}

fn variant(name: &str, span: Span) -> Option<Ident> {
    let mut variant: Ident = syn::parse_str(&name.to_upper_camel_case()).ok()?;
    variant.set_span(span);
    Some(variant)
}
