//! Legal holds: rows that no statement of this crate removes.

use std::fmt;

use sea_orm::RelationDef;
use sea_orm::sea_query::{DynIden, Expr, ExprTrait, IntoIden, Query};

use crate::entity::SoftDeleteEntity;
use crate::entity::any_columns::Companion;
use crate::entity::any_entity::{AnyEntity, Typed};
use crate::entity::companion::HoldKind;
use crate::entity::member::{TableKey, table_of};
use crate::entity::relation::FamilyRelationTo;
use crate::entity::scope_comment;

/// A parent whose legal hold holds the rows of an entity.
pub struct HeldWith {
    def: RelationDef,
    parent: &'static dyn AnyEntity,
    hold: fn() -> Hold,
    parents: Parents,
}

type Hold = Option<Companion<HoldKind>>;

type Parents = fn() -> Vec<HeldWith>;

impl HeldWith {
    /// Rows of the entity are held while the row of `P` is held that they belong to.
    pub fn parent<P: SoftDeleteEntity>(relation: FamilyRelationTo<P>) -> Self {
        Self {
            def: relation.def,
            parent: Typed::<P>::ENTITY,
            hold: || P::soft_delete().untyped::<P>().hold,
            parents: P::held_with,
        }
    }

    fn parent_key(&self) -> TableKey {
        (self.parent.schema(), self.parent.table_name().to_owned())
    }

    /// The columns of the row and of its parent, in pairs.
    fn columns(&self) -> Vec<(DynIden, DynIden)> {
        let (from, to) = (self.def.from_col.iter(), self.def.to_col.iter());
        let pairs = from.cloned().zip(to.cloned());
        match table_of(&self.def.to_tbl) == Some(self.parent_key()) {
            true => pairs.collect(),
            false => pairs.map(|(parent, row)| (row, parent)).collect(),
        }
    }

    /// The condition that the parent of the row under this alias is held.
    fn is_parent_held(&self, row: &DynIden, depth: usize) -> Option<Expr> {
        let parent: DynIden = format!("soft_delete_hold{depth}").into_iden();
        let is_held = is_held_at((self.hold)(), &(self.parents)(), parent.clone(), depth + 1)?;
        let mut held = Query::select();
        held.expr(Expr::Constant(1.into()))
            .from_as(self.parent.table(), parent.clone())
            .and_where(is_held)
            .and_where(scope_comment::shows_trash_of(self.parent));
        for (column, of_parent) in self.columns() {
            let column = Expr::col((row.clone(), column));
            held.and_where(column.equals((parent.clone(), of_parent)));
        }
        Some(Expr::exists(held))
    }
}

impl fmt::Debug for HeldWith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "held with {}", self.parent.name())
    }
}

/// The condition that a legal hold forbids the removal of the row under this alias. `None` if the entity
/// declares no hold.
pub(crate) fn is_held(hold: Hold, parents: &[HeldWith], row: DynIden) -> Option<Expr> {
    is_held_at(hold, parents, row, 0)
}

/// The condition that a row is not held, by the condition that it is.
pub(crate) fn is_not(held: Expr) -> Expr {
    // A column of the hold can be NULL, and then the condition is.
    let one_if_free = Expr::case(held, Expr::Constant(0.into()));
    let one_if_free = one_if_free.finally(Expr::Constant(1.into()));
    one_if_free.eq(Expr::Constant(1.into()))
}

/// What is wrong with the declared parents of the entity of this table.
pub(crate) fn mistake(table: &TableKey, parents: &[HeldWith]) -> Option<String> {
    let mut seen: Vec<TableKey> = Vec::new();
    let mut next: Vec<(TableKey, Parents)> = above(parents);
    while let Some((key, parents)) = next.pop() {
        if key == *table {
            return Some(
                "`held_with` leads back to its own table: give its rows a `hold` column".to_owned(),
            );
        }
        if !seen.contains(&key) {
            seen.push(key);
            next.extend(above(&parents()));
        }
    }
    let wrong = parents.iter().find(|it| {
        let ends = [&it.def.from_tbl, &it.def.to_tbl].map(table_of);
        let is = |key: &TableKey| ends.iter().any(|end| end.as_ref() == Some(key));
        !(is(table) && is(&it.parent_key())) || it.def.on_condition.is_some()
    })?;
    Some(format!(
        "`held_with({})` needs a relation between the two tables, without a condition",
        wrong.parent.name(),
    ))
}

fn above(parents: &[HeldWith]) -> Vec<(TableKey, Parents)> {
    let parents = parents.iter();
    parents.map(|it| (it.parent_key(), it.parents)).collect()
}

/// No chain of parents is as long as this, unless it is a circle, which [`mistake`] reports.
const DEEPEST: usize = 32;

fn is_held_at(hold: Hold, parents: &[HeldWith], row: DynIden, depth: usize) -> Option<Expr> {
    if depth > DEEPEST {
        return None;
    }
    let own = hold.map(|hold| {
        let column = Expr::col((row.clone(), hold.column.as_column_ref().1));
        match hold.is_flag {
            true => column.eq(Expr::Constant(true.into())),
            false => column.is_not_null(),
        }
    });
    let parents = parents
        .iter()
        .filter_map(|parent| parent.is_parent_held(&row, depth));
    own.into_iter().chain(parents).reduce(Expr::or)
}
