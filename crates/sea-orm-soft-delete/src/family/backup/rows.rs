//! Reads the rows that a statement is about to remove, and writes them as lines.

use std::collections::HashSet;

use sea_orm::sea_query::{
    DynIden, Expr, ExprTrait, LockType, Query, SelectStatement, ValueTuple, WithClause,
};
use sea_orm::{Condition, ConnectionTrait, DbBackend, JsonValue, QueryResult};
use serde_json::Map;

use crate::entity::member::{Field, Member};
use crate::error::SoftDeleteError;
use crate::family::backup::json_value::encode;
use crate::family::backup::read::BackedUpRow;
use crate::family::backup::{Current, Lines};
use crate::family::follow_up::FollowUp;
use crate::family::member::SoftMember;
use crate::family::registry;
use crate::family::row_set::{is_not_true, tuple};
use crate::operation::id::OperationId;

/// How many rows are read at once.
const AT_ONCE: usize = 1_000;

/// How many rows were written; `None` without a backup.
pub(crate) struct Written(Option<u64>);

impl Written {
    /// Fails if more rows were removed than written: one came meanwhile, and the transaction has to be repeated.
    pub(crate) fn covers(&self, removed: u64, member: &dyn Member) -> Result<(), SoftDeleteError> {
        match self.0.is_none_or(|written| removed <= written) {
            true => Ok(()),
            false => Err(SoftDeleteError::Contended {
                entity: member.name(),
                by: "the values in its backup".into(),
            }),
        }
    }
}

/// Locks and writes the rows of the table under this condition that no legal hold keeps.
///
/// `operation` is the one with which rows of an entity that is not soft-deletable leave.
pub(crate) async fn write<C: ConnectionTrait>(
    member: &dyn Member,
    soft: Option<&dyn SoftMember>,
    operation: Option<OperationId>,
    rows: impl FnOnce() -> (Condition, Option<WithClause>),
    db: &C,
) -> Result<Written, SoftDeleteError> {
    let Some(current) = Current::get() else {
        return Ok(Written(None));
    };
    let (rows, with) = rows();
    let format = Format {
        operation,
        ..Format::of(member, soft)?
    };
    let is_held = soft.and_then(|soft| soft.is_held(soft.alias()));
    let rows = rows.add_option(is_held.map(is_not_true));
    let written = Box::pin(write_rows(&format, rows, with, &current, db)).await?;
    Ok(Written(Some(written)))
}

/// Writes rows that an erasure overwrites.
#[cfg(feature = "erasure")]
pub(crate) async fn write_overwritten<C: ConnectionTrait>(
    soft: &dyn SoftMember,
    rows: impl FnOnce() -> Condition,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let Some(current) = Current::get() else {
        return Ok(());
    };
    let format = Format {
        is_overwritten: true,
        ..Format::of(soft, Some(soft))?
    };
    write_rows(&format, rows(), None, &current, db).await?;
    Ok(())
}

async fn write_rows<C: ConnectionTrait>(
    format: &Format<'_>,
    rows: Condition,
    with: Option<WithClause>,
    current: &Current,
    db: &C,
) -> Result<u64, SoftDeleteError> {
    let keys = format.keys(rows, with, db).await?;
    let mut written = 0;
    for keys in keys.chunks(AT_ONCE) {
        let mut select = format.member.select_whole();
        select.and_where(format.is_among(keys, format.member.alias()));
        lock(&mut select, db);
        let mut lines = Lines::default();
        for row in db.query_all(&FollowUp(select)).await? {
            format.add(&row, &mut lines)?;
        }
        written += lines.rows;
        current.add(lines)?;
    }
    Ok(written)
}

/// MySQL and MariaDB read the current rows in a SELECT that locks, and a snapshot in another one.
fn lock<C: ConnectionTrait>(select: &mut SelectStatement, db: &C) {
    if db.get_database_backend() != DbBackend::Sqlite {
        select.lock(LockType::Update);
    }
}

/// How rows of a table become lines.
pub(super) struct Format<'a> {
    /// The entity with the most columns of the table.
    pub(super) member: &'a dyn Member,
    soft: Option<&'a dyn SoftMember>,
    fields: Option<Vec<Field>>,
    name: String,
    /// The columns of the primary key.
    pub(super) key: Vec<String>,
    operation: Option<OperationId>,
    is_overwritten: bool,
}

impl<'a> Format<'a> {
    pub(super) fn of(
        member: &'a dyn Member,
        soft: Option<&'a dyn SoftMember>,
    ) -> Result<Self, SoftDeleteError> {
        let soft = match soft {
            Some(soft) => Some(widest(soft)?),
            None => None,
        };
        let member = soft.map_or(member, |soft| soft as &dyn Member);
        let key = member.primary_key().into_iter();
        Ok(Self {
            member,
            soft,
            fields: member.fields(),
            name: member.name(),
            key: key.map(|column| column.to_string()).collect(),
            operation: None,
            is_overwritten: false,
        })
    }

    pub(super) fn fields(&self) -> &[Field] {
        self.fields.as_deref().unwrap_or_default()
    }

    fn key_fields(&self) -> impl Iterator<Item = &Field> {
        let field = |name: &'_ String| self.fields().iter().find(|field| field.name == *name);
        self.key.iter().filter_map(field)
    }

    /// The keys of the rows under this condition, which stay locked until the transaction ends.
    async fn keys<C: ConnectionTrait>(
        &self,
        rows: Condition,
        with: Option<WithClause>,
        db: &C,
    ) -> Result<Vec<ValueTuple>, SoftDeleteError> {
        let alias = self.member.alias();
        let mut keys = Query::select();
        keys.from(self.member.table())
            .cond_where(rows)
            .and_where_option(self.soft.map(SoftMember::lift));
        if let Some(with) = with {
            keys.with_cte(with);
        }
        if self.fields.is_none() {
            keys.expr_as(Expr::val(1), "one").limit(1);
            return match db.query_one(&FollowUp(keys)).await? {
                None => Ok(Vec::new()),
                Some(_) => Err(SoftDeleteError::NotBackedUp {
                    entity: self.name.clone(),
                    column: None,
                    why: "no relation names an entity of this table, so its columns are not known"
                        .into(),
                    remedy: "name the entity of its rows in `destroy(…)`, or remove the rows outside of the backup's \
                             scope",
                }),
            };
        }
        for field in self.key_fields() {
            let column = Expr::col((alias.clone(), field.column.clone()));
            keys.expr_as((field.select_as)(column), field.column.clone());
        }
        lock(&mut keys, db);
        let rows = db.query_all(&FollowUp(keys)).await?;
        let keys = rows.iter().map(|row| Ok(self.member.read_key(row)?));
        keys.collect()
    }

    /// The condition that a row has one of these keys.
    pub(super) fn is_among(&self, keys: &[ValueTuple], alias: DynIden) -> Expr {
        let value_of = |key: &ValueTuple| {
            let values = self.key_fields().zip(key.clone());
            let mut values: Vec<Expr> = values
                .map(|(field, value)| (field.save_as)(Expr::val(value)))
                .collect();
            match values.len() {
                1 => values.remove(0),
                _ => Expr::tuple(values),
            }
        };
        let key = tuple(&alias, &self.member.primary_key());
        key.is_in(keys.iter().map(value_of))
    }

    /// Adds the line of a row. Returns the key of the row.
    pub(super) fn add(&self, row: &QueryResult, lines: &mut Lines) -> Result<(), SoftDeleteError> {
        let (operation, values) = self.read(row)?;
        let row = BackedUpRow {
            entity: self.name.clone(),
            key: self.key_of(&values),
            operation: operation.or(self.operation),
            is_overwritten: self.is_overwritten,
            values,
            line: lines.rows + 1,
        };
        lines.text.push_str(&row.to_json().to_string());
        lines.text.push('\n');
        lines.rows += 1;
        Ok(())
    }

    /// The values of a row by column, and the operation that trashed it.
    pub(super) fn read(
        &self,
        row: &QueryResult,
    ) -> Result<(Option<OperationId>, Map<String, JsonValue>), SoftDeleteError> {
        let row = self.member.read_whole(row)?;
        let mut values = Map::new();
        for (field, value) in self.fields().iter().zip(&row.values) {
            let json = encode(value).ok_or_else(|| {
                let why = format!("a backup cannot write the type of `{}`", field.name);
                self.refused(field.name, why)
            })?;
            values.insert(field.name.to_owned(), json);
        }
        Ok((row.operation, values))
    }

    pub(super) fn key_of(&self, values: &Map<String, JsonValue>) -> Map<String, JsonValue> {
        let key = self.key.iter();
        let key = key.filter_map(|name| Some((name.clone(), values.get(name)?.clone())));
        key.collect()
    }

    fn refused(&self, column: &str, why: String) -> SoftDeleteError {
        SoftDeleteError::NotBackedUp {
            entity: self.name.clone(),
            column: Some(column.to_owned()),
            why,
            remedy: "remove the rows outside of the backup's scope",
        }
    }
}

/// The entity of the table that has the columns of all of its entities.
fn widest(member: &dyn SoftMember) -> Result<&dyn SoftMember, SoftDeleteError> {
    if member.is_in_archive() {
        return Ok(member);
    }
    let key = member.key();
    let names = |member: &dyn SoftMember| -> HashSet<String> {
        let columns = member.columns().into_iter();
        columns.map(|column| column.to_string()).collect()
    };
    let (mut widest, mut known) = (member, names(member));
    let others: Vec<_> = registry::members().filter(|it| it.key() == key).collect();
    for other in &others {
        let theirs = names(*other);
        if theirs.len() > known.len() {
            (widest, known) = (*other, theirs);
        }
    }
    let missing = others.iter().flat_map(|other| names(*other));
    match missing.into_iter().find(|name| !known.contains(name)) {
        None => Ok(widest),
        Some(column) => Err(SoftDeleteError::NotBackedUp {
            entity: member.name(),
            why: format!("no entity of the table has all of its columns, `{column}` among them"),
            column: Some(column),
            remedy: "declare all columns on one entity of the table",
        }),
    }
}
