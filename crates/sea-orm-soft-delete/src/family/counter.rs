//! A counter cache: the columns of a parent that hold how many rows of an entity belong to it.

use sea_orm::RelationDef;
use sea_orm::sea_query::{DynIden, Expr};

use crate::entity::member::{Member, TableKey, columns_of, is_key, table_of};
use crate::entity::relation::CountedIn;
use crate::family::member::SoftMember;

/// The columns of a parent that count the rows of an entity; at least one of the two.
#[derive(Clone, Debug)]
pub(crate) struct Counter {
    pub(crate) parent: &'static dyn Member,
    /// The parent, if it is soft-deletable. Its trashed rows keep their counts too.
    soft_parent: Option<&'static dyn SoftMember>,
    /// The columns to which the child's columns refer.
    pub(crate) parent_columns: Vec<DynIden>,
    pub(crate) child_columns: Vec<DynIden>,
    pub(crate) live: Option<DynIden>,
    pub(crate) trashed: Option<DynIden>,
}

impl PartialEq for Counter {
    fn eq(&self, other: &Self) -> bool {
        self.parent.key() == other.parent.key()
            && self.parent_columns == other.parent_columns
            && self.child_columns == other.child_columns
            && self.live == other.live
            && self.trashed == other.trashed
    }
}

impl Counter {
    /// Checks a declaration. Returns what is wrong with it, if something is.
    pub(crate) fn of(
        child: &dyn SoftMember,
        declared: &CountedIn,
        soft_parent: Option<&'static dyn SoftMember>,
    ) -> Result<Self, String> {
        let parent = declared.parent;
        let name = parent.name();
        let columns = || declared.live.iter().chain(&declared.trashed);
        if let Some(column) = columns().find(|column| !column.is_integer) {
            return Err(format!(
                "`counted_in` names the column `{}` of `{name}`, which holds no integers: name an integer column",
                column.name
            ));
        }
        if declared.is_link {
            return Err(format!(
                "`counted_in({name})` follows a many-to-many relation, which is not supported: declare it on the \
                 entity of the links"
            ));
        }
        if declared.def.on_condition.is_some() {
            return Err(format!(
                "`counted_in({name})` follows a relation with a condition, which is not supported: name a relation \
                 that holds on its columns alone"
            ));
        }
        let Some((child_columns, parent_columns)) = upwards(child, parent, &declared.def) else {
            return Err(format!(
                "`counted_in({name})` needs a relation by which rows of `{}` belong to rows of `{name}`: name it, as \
                 in `counted_in({name} on Relation::Parent, …)`",
                child.name()
            ));
        };
        Ok(Self {
            parent: soft_parent.map_or(parent, |soft| soft),
            soft_parent,
            parent_columns,
            child_columns,
            live: declared.live.as_ref().map(|it| it.name.clone()),
            trashed: declared.trashed.as_ref().map(|it| it.name.clone()),
        })
    }

    /// The columns that hold the counts.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &DynIden> {
        self.live.iter().chain(&self.trashed)
    }

    /// Whether a column of the other counter is one of this counter's.
    pub(crate) fn has_column_of(&self, other: &Self) -> bool {
        let is_own = |column: &DynIden| self.columns().any(|own| own == column);
        self.parent.key() == other.parent.key() && other.columns().any(is_own)
    }

    /// The mistake of a counter whose column counts other rows too.
    pub(crate) fn shares_a_column(&self) -> String {
        let name = self.parent.name();
        format!(
            "`counted_in({name})` names a column that counts the rows of another relation too: give each relation a \
             column of its own"
        )
    }

    /// The condition that shows trashed rows of the parent on a scoped connection.
    pub(crate) fn lift_parent(&self) -> Option<Expr> {
        self.soft_parent.map(SoftMember::lift)
    }

    /// The same in this schema, for a parent that names none.
    pub(crate) fn in_schema(self, schema: &'static str) -> Self {
        let soft_parent = self
            .soft_parent
            .map(|it| it.soft_in_schema(schema).unwrap_or(it));
        let parent = self.parent.in_schema(schema).unwrap_or(self.parent);
        Self {
            parent: soft_parent.map_or(parent, |soft| soft),
            soft_parent,
            ..self
        }
    }
}

type Columns = Vec<DynIden>;

/// The columns of the child and of the parent, whichever way the relation is declared.
fn upwards(
    child: &dyn SoftMember,
    parent: &dyn Member,
    def: &RelationDef,
) -> Option<(Columns, Columns)> {
    let (from, to) = (columns_of(&def.from_col), columns_of(&def.to_col));
    let ends: [Option<TableKey>; 2] = [table_of(&def.from_tbl), table_of(&def.to_tbl)];
    let up = [Some(child.key()), Some(parent.key())];
    let down = [Some(parent.key()), Some(child.key())];
    // A relation within one table begins at the parent if it begins at the primary key.
    let begins_at_parent = match (is_key(&def.from_col, parent), is_key(&def.to_col, parent)) {
        (true, false) => true,
        (false, true) => false,
        _ => def.is_owner,
    };
    match (ends == up, ends == down) {
        (true, true) if begins_at_parent => Some((to, from)),
        (true, true) => Some((from, to)),
        (true, false) => (!def.is_owner).then_some((from, to)),
        (false, true) => def.is_owner.then_some((to, from)),
        (false, false) => None,
    }
}
