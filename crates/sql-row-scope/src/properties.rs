//! The properties that hold for every text.

// These functions are checks: they panic if a property does not hold.
#![allow(clippy::panic)]

use crate::Dialect;

use super::lexer::{self, Lexed};
use super::refusal::Unreadable;
use super::token::{Kind, Token};
use super::{
    Bind, Bound, Catalog, Column, Lifted, Live, Options, Plan, Refusal, Rewritten, Rule, Table,
    Trash, inspect, rewrite,
};

/// A catalog with a table of each kind.
pub fn catalog(dialect: Dialect) -> Catalog {
    let table = |name: &str, live: Live, stamps: &[&str]| Table {
        schema: None,
        name: name.to_owned(),
        scopes: vec![(
            0,
            Rule::Live(Trash {
                marker: "deleted_at".to_owned(),
                live,
                stamps: stamps
                    .iter()
                    .map(|stamp| Column {
                        name: (*stamp).to_owned(),
                        cast: Default::default(),
                    })
                    .collect(),
            }),
        )],
        columns: Vec::new(),
        removable: None,
    };
    let tables = vec![
        table("post", Live::Null, &["deleted_at", "operation_id"]),
        table("author", Live::Null, &["deleted_at"]),
        table("comment", Live::Null, &["deleted_at"]),
        table("tag", Live::NullOrZero, &["deleted_at"]),
        table("flag", Live::False, &["deleted_at"]),
        table("sentinel", Live::Value, &["deleted_at"]),
    ];
    let other = |name: &str, rule: Rule| Table {
        schema: None,
        name: name.to_owned(),
        scopes: vec![(usize::from(name == "line") + 1, rule)],
        columns: Vec::new(),
        removable: None,
    };
    let tenant = Rule::Value(Column {
        name: "tenant_id".to_owned(),
        cast: Default::default(),
    });
    let published = ["(", "state = 'published')"].map(str::to_owned);
    let mut tables = tables;
    tables.push(other("page", Rule::Condition(published.to_vec())));
    tables.push(other("line", tenant));
    Catalog::new(dialect, tables)
}

/// Rewrites a text and checks the result. Panics if a property does not hold.
pub fn check(catalog: &Catalog, dialect: Dialect, sql: &str) -> Result<bool, Refusal> {
    let options = Options {
        dialect,
        catalog,
        lifted: &Lifted::NOTHING,
        explicit_marker_wins: false,
    };
    let plan = match inspect(sql, &options)?.rewritten {
        Rewritten::Untouched => return Ok(false),
        Rewritten::Scoped(plan) => plan,
    };
    nothing_else_changes(sql, &plan);
    let lexed = match lexer::lex(&plan.sql, dialect) {
        Ok(lexed) => lexed,
        // The rewriter has put conditions into parentheses.
        Err(Unreadable::TooDeep) => return Ok(true),
        Err(error) => panic!("{error:?}: {}", plan.sql),
    };
    placeholders_are_counted(&plan, &lexed, dialect);
    let again = rewrite(&plan.sql, &options);
    // An INSERT … SELECT * that has got a column cannot be read again.
    let is_filled = |bind: &Bind| matches!(bind.value, Bound::Scope(..));
    assert!(
        plan.is_lifted || plan.binds.iter().any(is_filled) || again.is_ok(),
        "{again:?}: {}",
        plan.sql
    );
    // A condition that yields to another one stays in the text.
    let explicit = Options {
        explicit_marker_wins: true,
        ..options
    };
    if let Ok(Rewritten::Scoped(plan)) = rewrite(sql, &explicit) {
        nothing_else_changes(sql, &plan);
        assert!(
            lexer::lex(&plan.sql, dialect).is_ok() || sql.len() > 1_000,
            "{}",
            plan.sql
        );
    }
    Ok(true)
}

/// Outside of the changes, the text is the same. The changes take away only the head of a DELETE, its USING,
/// marks, and the value of a required scope.
fn nothing_else_changes(sql: &str, plan: &Plan) {
    let (mut old, mut new) = (0, 0);
    for (from, to) in &plan.changes.all {
        assert_eq!(sql.get(old..from.start), plan.sql.get(new..to.start));
        let taken = sql.get(from.clone()).unwrap_or_default();
        let begins = |word: &str| {
            let begin = taken.get(..word.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(word))
        };
        assert!(
            taken.is_empty()
                || ["DELETE", "USING", "/*", "DEFAULT"]
                    .iter()
                    .any(|word| begins(word))
                || sql.to_ascii_lowercase().contains("tenant_id"),
            "{taken} was taken away"
        );
        (old, new) = (from.end, to.end);
    }
    assert_eq!(sql.get(old..), plan.sql.get(new..));
}

/// Every added value has its placeholder, at the position that the plan gives.
fn placeholders_are_counted(plan: &Plan, lexed: &Lexed, dialect: Dialect) {
    let added = u32::try_from(plan.binds.len()).unwrap_or(u32::MAX);
    let found = &lexed.placeholders;
    let is_numbered = dialect == Dialect::Postgres || found.highest > 0;
    let is_mixed = found.named || (is_numbered && found.positional > 0);
    if added == 0 || is_mixed {
        return;
    }
    let all = if is_numbered {
        found.highest
    } else {
        found.positional
    };
    assert_eq!(all, plan.placeholders + added);
    for (index, bind) in plan.binds.iter().enumerate() {
        let (start, end) = bind.placeholder;
        let text = plan.sql.get(start..end).unwrap_or_default();
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        if is_numbered {
            let number = plan.placeholders + 1 + index;
            assert_eq!(text.get(1..), Some(number.to_string().as_str()));
            continue;
        }
        assert_eq!(text, "?");
        if let Some(token) = literal_at(lexed, start) {
            assert_eq!(token.placeholders, bind.behind + index);
        }
    }
}

/// The literal that begins at a place.
fn literal_at(lexed: &Lexed, start: usize) -> Option<&Token> {
    let at = lexed
        .tokens
        .binary_search_by_key(&start, |token| token.start as usize);
    let token = lexed.tokens.get(at.ok()?)?;
    (token.kind == Kind::Literal).then_some(token)
}
