//! The related entities with a policy, the subjects, and the parents that count.

use std::collections::HashMap;

use crate::ast::{Field, Input, Kind};
use crate::counted::Counted;
use crate::errors::Errors;
use crate::policy::{By, Policy, Related, spell};
use crate::relation::{Leads, RelationField};

/// The related entities of an entity, in the order of the source.
pub(crate) struct Family {
    /// Those with a policy.
    pub(crate) related: Vec<Related>,
    /// The parents that its rows are about.
    pub(crate) subjects: Vec<Related>,
    /// The parents that count its rows.
    pub(crate) counted_in: Vec<Counted>,
}

/// `None` if another struct describes it.
pub(crate) fn check(input: &Input<'_>, errors: &mut Errors) -> Option<Family> {
    for field in &input.fields {
        check_place(input.kind, field, errors);
    }
    if !input.describes_family() {
        return None;
    }
    let mut related = input.attrs.related.clone();
    let relations: Vec<&RelationField<'_>> = input
        .fields
        .iter()
        .filter_map(|field| field.relation.as_ref())
        .collect();
    let mut subjects = input.attrs.subjects.clone();
    let mut counted_in = input.attrs.counted_in.clone();
    for field in &input.fields {
        related.extend(of_field(field, &relations, errors));
        subjects.extend(subject_of_field(field, &relations, errors));
        counted_in.extend(counted_by_field(field, &relations, errors));
    }
    check_twice(&related, errors);
    check_subjects(&subjects, errors);
    check_counted(&counted_in, errors);
    Some(Family {
        related,
        subjects,
        counted_in,
    })
}

/// `Model` checks columns, so that each mistake is reported once.
fn check_place(kind: Kind, field: &Field<'_>, errors: &mut Errors) {
    if let (Kind::Model, None, Some(span)) = (kind, &field.relation, field.attrs.subject) {
        errors.push(
            span,
            format!(
                "`subject` is said of the relation that leads to the person, and `{name}` is none: move it to the \
                 field of one, or name the entity above the struct, as in \
                 `#[soft_delete(subject(super::user::Entity))]`",
                name = field.ident,
            ),
        );
    }
    if let (Kind::Model, None, Some((_, span))) = (kind, &field.relation, &field.attrs.counted_in) {
        errors.push(
            *span,
            format!(
                "`counted_in` is said of the relation that leads to the parent, and `{name}` is none: move it to the \
                 field of one, or name the entity above the struct, as in \
                 `#[soft_delete(counted_in(super::folder::Entity, live = \"live_count\"))]`",
                name = field.ident,
            ),
        );
    }
    if let (Kind::Model, None, Some((policy, span))) = (kind, &field.relation, field.attrs.policy) {
        errors.push(
            span,
            format!(
                "`{key}` is said of a relation, and `{name}` is none: move it to the field of one, \
                 or name the entity above the struct, as in \
                 `#[soft_delete({key}(super::comment::Entity))]`",
                key = policy.key(),
                name = field.ident,
            ),
        );
    }
}

fn of_field(
    field: &Field<'_>,
    relations: &[&RelationField<'_>],
    errors: &mut Errors,
) -> Option<Related> {
    let (policy, key) = field.attrs.policy?;
    match field.relation.as_ref()?.leads(policy, key, relations) {
        Leads::ToChild(related) => Some(*related),
        Leads::ToParent(entity) => {
            errors.push(
                key,
                format!(
                    "`{name}` is the parent: what becomes of these rows when it is deleted is said \
                     on its own entity, so move `{key}` to the relation from `{entity}` to this \
                     one",
                    name = field.ident,
                    key = policy.key(),
                ),
            );
            None
        }
        Leads::Nowhere => None,
    }
}

/// The parent that the rows are about.
fn subject_of_field(
    field: &Field<'_>,
    relations: &[&RelationField<'_>],
    errors: &mut Errors,
) -> Option<Related> {
    let key = field.attrs.subject?;
    let subject = field.relation.as_ref()?.parent(key, relations);
    if subject.is_none() {
        errors.push(
            key,
            format!(
                "`{name}` holds children of the row, and a subject is the parent that the row is about: move \
                 `subject` to the relation that leads from those rows to this entity",
                name = field.ident,
            ),
        );
    }
    subject
}

/// The parent that counts the rows.
fn counted_by_field(
    field: &Field<'_>,
    relations: &[&RelationField<'_>],
    errors: &mut Errors,
) -> Option<Counted> {
    let (columns, key) = field.attrs.counted_in.as_ref()?;
    let Some(parent) = field.relation.as_ref()?.parent(*key, relations) else {
        errors.push(
            *key,
            format!(
                "`{name}` holds children of the row, and a parent counts its children: move `counted_in` to the \
                 relation that leads from those rows to this entity",
                name = field.ident,
            ),
        );
        return None;
    };
    Some(Counted {
        parent,
        columns: columns.clone(),
        key: *key,
    })
}

/// Checks that each relation is counted once.
fn check_counted(counted_in: &[Counted], errors: &mut Errors) {
    for (index, counted) in counted_in.iter().enumerate() {
        let parent = &counted.parent;
        let is_same = |other: &Counted| {
            spell(&other.parent.child) == spell(&parent.child)
                && other.parent.by.spell() == parent.by.spell()
        };
        if counted_in[..index].iter().any(is_same) {
            errors.push_at(
                &parent.child,
                format!(
                    "`{}` counts these rows already: remove one of the two, or name the relation of each with `on`",
                    spell(&parent.child)
                ),
            );
        }
    }
}

/// Checks that each subject is named once.
fn check_subjects(subjects: &[Related], errors: &mut Errors) {
    for (index, subject) in subjects.iter().enumerate() {
        let is_same = |other: &Related| {
            spell(&other.child) == spell(&subject.child) && other.by.spell() == subject.by.spell()
        };
        if subjects[..index].iter().any(is_same) {
            errors.push_at(
                &subject.child,
                format!(
                    "`{}` is named as a subject already: remove one of the two, or name the relation of each with \
                     `on`",
                    spell(&subject.child)
                ),
            );
        }
    }
}

/// Checks that each relation has one policy.
fn check_twice(related: &[Related], errors: &mut Errors) {
    let mut seen: HashMap<[String; 2], Policy> = HashMap::new();
    for related in related {
        let child = spell(&related.child);
        let key = [child.clone(), related.by.spell()];
        let Some(first) = seen.insert(key, related.policy) else {
            continue;
        };
        let again = if first == related.policy {
            format!("`{child}` is named by `{}` already", first.key())
        } else {
            format!("`{child}` has the policy `{}` already", first.key())
        };
        let remedy = match related.by {
            By::Related => "remove one of the two, or name the relation of each with `on`",
            _ => "remove one of the two",
        };
        errors.push_at(&related.child, format!("{again}: {remedy}"));
    }
}

impl By {
    /// The text that distinguishes it from another relation to the same entity.
    fn spell(&self) -> String {
        match self {
            Self::Related => "Related".into(),
            Self::Variant(variant) => spell(variant),
            Self::Def(def) => spell(def),
            Self::ReverseOf(variant) => format!("reverse of {}", spell(variant)),
            Self::ReverseOfRelated => "reverse of Related".into(),
            Self::SelfVia => "via".into(),
            Self::SelfViaReverse => "reverse of via".into(),
        }
    }
}
