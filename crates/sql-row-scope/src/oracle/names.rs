//! Names in a tree: which names are soft-deletable tables, and which qualifier their rows have.

use std::collections::HashSet;

use crate::Dialect::{self, MySql, Postgres};
use sqlparser::ast::{Expr, Ident, ObjectName, ObjectNamePart, TableAlias};

use super::super::catalog::Resolved;
use super::super::{Catalog, Live, TableId};
use super::tree;

/// The tables, and the common table expressions that hide them.
#[derive(Clone)]
pub(super) struct Names<'a> {
    pub(super) dialect: Dialect,
    pub(super) catalog: &'a Catalog,
    pub(super) hidden: Vec<HashSet<String>>,
}

impl Names<'_> {
    /// The same tables, with nothing hidden.
    pub(super) fn bare(&self) -> Self {
        Self {
            hidden: Vec::new(),
            ..self.clone()
        }
    }

    pub(super) fn folded(&self, name: &Ident) -> String {
        let is_quoted = name.quote_style.is_some();
        self.catalog.fold(&name.value, is_quoted).into_owned()
    }

    /// The soft-deletable table that a name means.
    pub(super) fn table<'b>(&self, name: &'b ObjectName) -> Option<TableId> {
        let parts: Vec<&'b Ident> = name.0.iter().filter_map(ObjectNamePart::as_ident).collect();
        let (last, before) = parts.split_last()?;
        let is_hidden = self
            .hidden
            .iter()
            .any(|names| names.contains(&self.folded(last)));
        if before.is_empty() && is_hidden {
            return None;
        }
        let spelt = |name: &&'b Ident| (name.value.as_str(), name.quote_style.is_some());
        match self.catalog.resolve(before.last().map(spelt), spelt(last)) {
            Resolved::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The condition that a row is live.
    pub(super) fn live(
        &self,
        table: TableId,
        name: &ObjectName,
        alias: Option<&TableAlias>,
    ) -> Expr {
        let trash = self.catalog.table(table).trash().unwrap();
        let marker = &trash.marker;
        let marker = format!("{}.{}", qualifier(name, alias), self.catalog.quote(marker));
        let added = self.added();
        let condition = match trash.live {
            Live::Null => format!("{marker} IS NULL"),
            Live::False => format!("{marker} = FALSE"),
            Live::Zero => format!("{marker} = 0"),
            Live::NullOrZero => format!("{marker} IS NULL OR {marker} = 0"),
            Live::Value => format!("{marker} = {added}"),
        };
        tree::expression(self.dialect, &condition)
    }

    pub(super) fn added(&self) -> &'static str {
        match self.dialect {
            Postgres => tree::ADDED,
            _ => "?",
        }
    }

    pub(super) fn is_mysql(&self) -> bool {
        self.dialect == MySql
    }
}

/// The qualifier for the columns of a table.
pub(super) fn qualifier(name: &ObjectName, alias: Option<&TableAlias>) -> String {
    let quoted = |name: &Ident| match name.quote_style {
        Some('\'') => Ident::with_quote('"', &name.value).to_string(),
        _ => name.to_string(),
    };
    match alias {
        Some(alias) => quoted(&alias.name),
        None => {
            let parts = name.0.iter().filter_map(ObjectNamePart::as_ident);
            parts.map(quoted).collect::<Vec<_>>().join(".")
        }
    }
}
