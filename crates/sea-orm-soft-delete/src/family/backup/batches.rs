//! Rows that a force delete removes on a connection that may be no transaction.
//!
//! Nothing holds a row between the SELECT that reads it and the DELETE. So the DELETE compares a print of the whole
//! row, made by the database, and leaves rows that have changed to the next batch.

use sea_orm::sea_query::{BinOper, DynIden, Expr, ExprTrait, Func, LockType, SimpleExpr};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::error::SoftDeleteError;
use crate::family::backup::rows::Format;
use crate::family::backup::{Current, Lines};
use crate::family::follow_up::FollowUp;
use crate::family::member::SoftMember;
use crate::family::row_set::is_not_true;

/// How many rows are read and removed at once.
const AT_ONCE: u64 = 200;

/// How many batches in a row may remove nothing.
const ATTEMPTS: u32 = 5;

/// The name of the print of a row.
const PRINT: &str = "soft_delete_print";

/// Batches of the rows under a condition.
pub(crate) struct Batches {
    member: &'static dyn SoftMember,
    rows: Condition,
    in_vain: u32,
    /// How many rows of the last batch are not known to be removed.
    left: u64,
    is_last: bool,
}

impl Batches {
    pub(crate) fn of(member: &'static dyn SoftMember, rows: Condition) -> Self {
        let is_held = member.is_held(member.alias());
        Self {
            member,
            rows: rows.add_option(is_held.map(is_not_true)),
            in_vain: 0,
            left: 0,
            is_last: false,
        }
    }

    /// Writes the next rows. Returns the condition that a row is one of them and has not changed since; `None` if there
    /// are no more.
    pub(crate) async fn next<C: ConnectionTrait>(
        &mut self,
        db: &C,
    ) -> Result<Option<Expr>, SoftDeleteError> {
        let Some(current) = Current::get().filter(|_| !self.is_last) else {
            return Ok(None);
        };
        let backend = db.get_database_backend();
        let format = Format::of(self.member, Some(self.member))?;
        let columns = format.fields().iter().map(|field| field.column.clone());
        let print = print(&self.member.alias(), columns, backend);
        let mut select = format.member.select_whole();
        select
            .expr_as(print.clone(), PRINT)
            .cond_where(self.rows.clone())
            .limit(AT_ONCE);
        if backend != DbBackend::Sqlite {
            select.lock(LockType::Update);
        }
        let found = db.query_all(&FollowUp(select)).await?;
        let (mut lines, mut unchanged) = (Lines::default(), Vec::new());
        for row in &found {
            format.add(row, &mut lines)?;
            let seen: String = row.try_get("", PRINT)?;
            unchanged.push((format.member.read_key(row)?, seen));
        }
        if unchanged.is_empty() {
            return Ok(None);
        }
        self.left = lines.rows;
        self.is_last = lines.rows < AT_ONCE;
        current.add(lines)?;
        let keys: Vec<_> = unchanged.iter().map(|(key, _)| key.clone()).collect();
        let prints = unchanged.into_iter().map(|(_, print)| print);
        // A print tells the whole row, with its key.
        Ok(Some(
            format
                .is_among(&keys, format.member.alias())
                .and(print.is_in(prints)),
        ))
    }

    /// Takes note of how many rows of the batch were removed. Fails if others keep changing them.
    pub(crate) fn removed(&mut self, rows: u64) -> Result<(), SoftDeleteError> {
        self.is_last &= rows >= self.left;
        self.in_vain = if rows == 0 { self.in_vain + 1 } else { 0 };
        match self.in_vain < ATTEMPTS {
            true => Ok(()),
            false => Err(SoftDeleteError::Contended {
                entity: self.member.name(),
                by: "the values in its backup".into(),
            }),
        }
    }
}

/// The values of all columns in one text, or its hash.
fn print(
    alias: &DynIden,
    columns: impl Iterator<Item = DynIden>,
    backend: DbBackend,
) -> SimpleExpr {
    let columns = columns.map(|column| Expr::col((alias.clone(), column)));
    match backend {
        DbBackend::Postgres => {
            let row = Func::cust("ROW").args(columns);
            Func::cust("MD5")
                .arg(Expr::from(row).cast_as("text"))
                .into()
        }
        DbBackend::MySql => {
            let texts = columns.map(|column| {
                let bytes = Func::cust("HEX").arg(column.cast_as("BINARY"));
                Func::cust("IFNULL")
                    .args([bytes.into(), Expr::val("-")])
                    .into()
            });
            let texts = std::iter::once(Expr::val(",")).chain(texts);
            let all = Func::cust("CONCAT_WS").args(texts);
            // MySQL has lost MD5.
            Func::cust("SHA2")
                .args([all.into(), Expr::Constant(256.into())])
                .into()
        }
        _ => {
            let texts = columns.map(|column| Expr::from(Func::cust("QUOTE").arg(column)));
            let and = |all: Expr, text: Expr| {
                let all = all.binary(BinOper::Custom("||"), Expr::val(","));
                all.binary(BinOper::Custom("||"), text)
            };
            texts.reduce(and).unwrap_or_else(|| Expr::val(""))
        }
    }
}
