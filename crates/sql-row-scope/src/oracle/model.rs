//! Scoping of sqlparser's trees: first the nested queries, then the text around them.

use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::Dialect;
use sqlparser::ast::{
    Delete, DiscardObject, Expr, FromTable, FunctionArg, FunctionArgExpr, FunctionArguments,
    Insert, OnConflictAction, OnInsert, Query, Select, SetExpr, Statement, TableFactor,
    TableObject, TableWithJoins, Update, UpdateTableFromKind, Value, VisitMut, VisitorMut, With,
};

use super::super::{Catalog, TableId};
use super::names::{Names, qualifier};
use super::{places, tree};

/// Scopes trees.
pub(super) struct Model<'a> {
    names: Names<'a>,
    /// The WITH of each surrounding query. The visitor visits a WITH before its query.
    withs: Vec<Option<With>>,
}

impl<'a> Model<'a> {
    pub(super) fn new(dialect: Dialect, catalog: &'a Catalog) -> Self {
        let hidden = Vec::new();
        Self::within(Names {
            dialect,
            catalog,
            hidden,
        })
    }

    fn within(names: Names<'a>) -> Self {
        let withs = Vec::new();
        Self { names, withs }
    }

    pub(super) fn scope(&mut self, statements: &mut Vec<Statement>) {
        let _ = statements.visit(self);
    }

    /// Scopes the bodies of a WITH, each with the names that are visible in it.
    fn bodies(&self, with: &mut With) {
        let all: Vec<String> = with
            .cte_tables
            .iter()
            .map(|cte| self.names.folded(&cte.alias.name))
            .collect();
        for (index, cte) in with.cte_tables.iter_mut().enumerate() {
            let seen = match self.names.dialect {
                Dialect::Sqlite => &all[..],
                Dialect::Postgres if with.recursive => &all[..],
                _ if with.recursive => &all[..=index],
                _ => &all[..index],
            };
            let mut names = self.names.clone();
            names.hidden.push(seen.iter().cloned().collect());
            let _ = cte.query.visit(&mut Model::within(names));
        }
    }

    fn update(&self, update: &mut Update) {
        // Except in MySQL, the target is a table, even if a common table expression hides its name.
        let mut conditions = if self.names.is_mysql() {
            places::join(&self.names, &mut update.table, false)
        } else {
            places::join(&self.names.bare(), &mut update.table, false)
        };
        if let Some(UpdateTableFromKind::AfterSet(from)) = &mut update.from {
            conditions.extend(places::list(&self.names, from));
        }
        update.selection = places::and(update.selection.take(), conditions);
    }

    /// `DELETE FROM t [USING …]`
    fn delete(&self, delete: &mut Delete) -> Option<Statement> {
        let FromTable::WithFromKeyword(from) = &mut delete.from else {
            panic!("a DELETE without FROM");
        };
        if self.names.is_mysql() && (!delete.tables.is_empty() || delete.using.is_some()) {
            return self.multi_table_delete(delete);
        }
        let table = table_of(&self.names.bare(), &from[0]);
        let mut conditions = places::list(&self.names.bare(), from);
        if let Some(using) = &mut delete.using {
            conditions.extend(places::list(&self.names, using));
        }
        delete.selection = places::and(delete.selection.take(), conditions);
        let assignments = self.assignments(table?, "");
        let from = std::mem::take(from).remove(0);
        let mut update = self.as_update(delete, from, &assignments);
        update.from = delete.using.take().map(UpdateTableFromKind::AfterSet);
        Some(Statement::Update(update))
    }

    /// `DELETE a FROM a JOIN b` and `DELETE FROM a USING a JOIN b`
    fn multi_table_delete(&self, delete: &mut Delete) -> Option<Statement> {
        let FromTable::WithFromKeyword(from) = &mut delete.from else {
            panic!("a DELETE without FROM");
        };
        let (mut tables, targets) = match delete.using.take() {
            Some(using) => {
                let targets = from
                    .iter()
                    .filter_map(|joined| places::target(&joined.relation));
                (using, targets.collect::<Vec<_>>())
            }
            None => {
                let targets = delete.tables.iter().map(ToString::to_string);
                (std::mem::take(from), targets.collect())
            }
        };
        let assignments: Vec<String> = relations(&tables)
            .filter_map(|relation| {
                let name = places::target(relation)?;
                let TableFactor::Table { name: table, .. } = relation else {
                    return None;
                };
                let is_target = targets.contains(&name);
                let table = self.names.table(table).filter(|_| is_target)?;
                Some(self.assignments(table, &format!("{name}.")))
            })
            .collect();
        let conditions = places::list(&self.names, &mut tables);
        delete.selection = places::and(delete.selection.take(), conditions);
        if assignments.is_empty() {
            match delete.tables.is_empty() {
                true => delete.using = Some(tables),
                false => *from = tables,
            }
            return None;
        }
        assert_eq!(
            tables.len(),
            1,
            "an UPDATE of a list, which sqlparser has not"
        );
        let table = tables.remove(0);
        let update = self.as_update(delete, table, &assignments.join(", "));
        Some(Statement::Update(update))
    }

    fn assignments(&self, table: TableId, prefix: &str) -> String {
        let catalog = self.names.catalog;
        let stamps = catalog.table(table).trash().unwrap().stamps.iter();
        let added = self.names.added();
        let one = stamps.map(|stamp| format!("{prefix}{} = {added}", catalog.quote(&stamp.name)));
        one.collect::<Vec<_>>().join(", ")
    }

    fn as_update(&self, delete: &mut Delete, table: TableWithJoins, set: &str) -> Update {
        let shell = format!("UPDATE t SET {set}");
        let Statement::Update(mut update) = tree::statement(self.names.dialect, &shell) else {
            unreachable!("it is an UPDATE");
        };
        update.table = table;
        update.selection = delete.selection.take();
        update.returning = delete.returning.take();
        update.order_by = std::mem::take(&mut delete.order_by);
        update.limit = delete.limit.take();
        update
    }

    fn insert(&self, insert: &mut Insert) {
        let TableObject::TableName(name) = &insert.table else {
            return;
        };
        let Some(table) = self.names.bare().table(name) else {
            return;
        };
        let owner = match &insert.table_alias {
            Some(alias) => alias.alias.to_string(),
            None => qualifier(name, None),
        };
        let marker = self
            .names
            .catalog
            .quote(&self.names.catalog.table(table).trash().unwrap().marker);
        let live = tree::expression(self.names.dialect, &format!("{owner}.{marker} IS NULL"));
        match &mut insert.on {
            Some(OnInsert::OnConflict(conflict)) => {
                if let OnConflictAction::DoUpdate(update) = &mut conflict.action {
                    update.selection = places::and(update.selection.take(), vec![live]);
                }
            }
            Some(OnInsert::DuplicateKeyUpdate(assignments)) => {
                for assignment in assignments {
                    let column = assignment.target.to_string();
                    let column = column
                        .rsplit('.')
                        .next()
                        .unwrap_or_default()
                        .trim_matches('`');
                    let kept = format!("IF({live}, NULL, {owner}.`{column}`)");
                    let mut kept = tree::expression(self.names.dialect, &kept);
                    let value = std::mem::replace(&mut assignment.value, Expr::value(Value::Null));
                    put_second(&mut kept, value);
                    assignment.value = kept;
                }
            }
            _ => {}
        }
    }
}

impl VisitorMut for Model<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let mut with = query.with.take();
        let mut hidden = HashSet::new();
        if let Some(with) = &mut with {
            self.bodies(with);
            let names = with.cte_tables.iter().map(|cte| &cte.alias.name);
            hidden.extend(names.map(|name| self.names.folded(name)));
        }
        self.names.hidden.push(hidden);
        self.withs.push(with);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.names.hidden.pop();
        query.with = self.withs.pop().flatten();
        if let SetExpr::Delete(statement @ Statement::Update(_)) = query.body.as_mut() {
            let update = std::mem::replace(
                statement,
                Statement::Discard {
                    object_type: DiscardObject::ALL,
                },
            );
            *query.body = SetExpr::Update(update);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let conditions = places::list(&self.names, &mut select.from);
        select.selection = places::and(select.selection.take(), conditions);
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, statement: &mut Statement) -> ControlFlow<()> {
        match statement {
            Statement::Update(update) => self.update(update),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Delete(delete) => {
                if let Some(update) = self.delete(delete) {
                    *statement = update;
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn table_of(names: &Names<'_>, joined: &TableWithJoins) -> Option<TableId> {
    match &joined.relation {
        TableFactor::Table { name, .. } => names.table(name),
        _ => None,
    }
}

fn relations(tables: &[TableWithJoins]) -> impl Iterator<Item = &TableFactor> {
    tables.iter().flat_map(|joined| {
        let joins = joined.joins.iter().map(|join| &join.relation);
        std::iter::once(&joined.relation).chain(joins)
    })
}

/// Puts a value into the second argument of a function.
fn put_second(function: &mut Expr, value: Expr) {
    let Expr::Function(function) = function else {
        panic!("no function");
    };
    let FunctionArguments::List(list) = &mut function.args else {
        panic!("no arguments");
    };
    list.args[1] = FunctionArg::Unnamed(FunctionArgExpr::Expr(value));
}
