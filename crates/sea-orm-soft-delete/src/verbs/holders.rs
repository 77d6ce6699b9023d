//! Holders of rows: the foreign keys of tables outside the family of the rows.

use sea_orm::sea_query::{Alias, DynIden, Expr, ExprTrait, IntoIden, IntoTableRef, Query};
use sea_orm::{Condition, ConnectionTrait, DbErr};

use crate::entity::relation::Policy;
use crate::error::SoftDeleteError;
use crate::family::{self, Family, Graph, UndeclaredKey};
use crate::report::Holder;
use crate::schema::catalogue::{Catalogue, ForeignKey, Place, Table};

/// The holders of the rows that a force delete of `rows` would remove: rows of tables outside the
/// family whose foreign keys forbid the removal. No holders if the connection refuses to read the catalogue.
pub(crate) async fn holders<C: ConnectionTrait>(
    family: &Family,
    rows: &Condition,
    db: &C,
) -> Result<Vec<Holder>, SoftDeleteError> {
    let sets = family::everything(family, rows);
    let members: Vec<_> = family
        .nodes()
        .map(|node| family.graph.member(node))
        .collect();
    let schemas = members.iter().filter_map(|member| member.key().0);
    let Some(catalogue) = catalogue(&schemas.collect::<Vec<_>>(), db).await? else {
        return Ok(Vec::new());
    };
    let destroyed = family.edges(Policy::Destroy).map(|edge| edge.child);
    let goes: Vec<_> = family.nodes().chain(destroyed).collect();
    let mut holders = Vec::new();
    for (table, foreign_key) in keys(Keys::Refusing, &catalogue) {
        let is = |key| catalogue.is_at(&table.place, &key);
        if goes.iter().any(|node| is(family.graph.member(*node).key())) {
            continue;
        }
        let mut nodes = family.nodes();
        let held = nodes
            .find(|node| catalogue.is_at(&foreign_key.parent, &family.graph.member(*node).key()));
        let Some(node) = held else { continue };
        let member = family.graph.member(node);
        let (here, there) = (column_of(member.alias()), column_of(HOLDER.into_iden()));
        let mut referred = Query::select();
        referred
            .expr(Expr::cust("1"))
            .from(member.table())
            .and_where(sets.contains(node))
            .and_where(Expr::cust(WITH_TRASHED));
        for (column, parent) in foreign_key.columns.iter().zip(&foreign_key.parent_columns) {
            referred.and_where(here(parent).eq(there(column)));
        }
        let mut referring = Query::select();
        referring
            .from_as(name_of(&table.place), HOLDER)
            .and_where(Expr::exists(referred))
            .and_where(Expr::cust(WITH_TRASHED))
            .with_cte(sets.clause([node]));
        let count = family::count_rows(referring, db).await?;
        if count > 0 {
            let constraint = Some(foreign_key.name.clone());
            holders.push(Holder {
                entity: member.name(),
                by: table.place.name.clone(),
                constraint: constraint.filter(|name| !name.is_empty()),
                count,
            });
        }
    }
    Ok(holders)
}

/// Which foreign keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Those that forbid the removal of a row to which others refer.
    Refusing,
    All,
}

/// These foreign keys to soft-deletable entities whose rows are not removed with
/// them: no relation says that the rows cascade or are destroyed. None if the connection refuses to read the
/// catalogue.
pub(crate) async fn undeclared_keys<C: ConnectionTrait>(
    which: Keys,
    db: &C,
) -> Result<Vec<UndeclaredKey>, SoftDeleteError> {
    let graph = Graph::registered();
    let schemas = graph.soft_nodes().filter_map(|(_, member)| member.key().0);
    let Some(catalogue) = catalogue(&schemas.collect::<Vec<_>>(), db).await? else {
        return Ok(Vec::new());
    };
    let mut undeclared = Vec::new();
    for (table, foreign_key) in keys(which, &catalogue) {
        let mut parents = graph.soft_nodes();
        let is_at = |place, node| catalogue.is_at(place, &graph.member(node).key());
        let Some((parent, _)) = parents.find(|(node, _)| is_at(&foreign_key.parent, *node)) else {
            continue;
        };
        let child = graph.nodes().find(|node| is_at(&table.place, *node));
        let is_declared = graph.down(parent).iter().any(|edge| {
            let takes_along = matches!(edge.policy, Policy::Cascade | Policy::Destroy);
            Some(edge.child) == child && takes_along && edge.condition.is_none()
        });
        if is_declared {
            continue;
        }
        let columns = foreign_key.parent_columns.iter().zip(&foreign_key.columns);
        let iden = |column: &String| Alias::new(column).into_iden();
        undeclared.push(UndeclaredKey {
            parent,
            table: name_of(&table.place).into_table_ref(),
            child,
            table_name: table.place.name.clone(),
            name: foreign_key.name.clone(),
            columns: columns.map(|(of, to)| (iden(of), iden(to))).collect(),
        });
    }
    Ok(undeclared)
}

/// `None` on a `RestrictedConnection`, which runs no raw SQL.
async fn catalogue<C: ConnectionTrait>(
    schemas: &[String],
    db: &C,
) -> Result<Option<Catalogue>, SoftDeleteError> {
    match Catalogue::read(schemas, db).await {
        Ok(catalogue) => Ok(Some(catalogue)),
        Err(SoftDeleteError::Db(DbErr::RbacError(_))) => Ok(None),
        Err(error) => Err(error),
    }
}

const HOLDER: &str = "soft_delete_holder";

/// A foreign key ignores the marker: a trashed row holds a parent, too.
const WITH_TRASHED: &str = "/* soft_delete: with_trashed */ TRUE";

fn keys(which: Keys, catalogue: &Catalogue) -> impl Iterator<Item = (&Table, &ForeignKey)> {
    catalogue.tables().iter().flat_map(move |table| {
        let keys = table.foreign_keys.iter();
        keys.filter(move |key| which == Keys::All || key.on_delete.is_refusal())
            .map(move |key| (table, key))
    })
}

fn column_of(table: DynIden) -> impl Fn(&str) -> Expr {
    move |column| Expr::col((table.clone(), Alias::new(column)))
}

fn name_of(place: &Place) -> (Alias, Alias) {
    (Alias::new(&place.schema), Alias::new(&place.name))
}
