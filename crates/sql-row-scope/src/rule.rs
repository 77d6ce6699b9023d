//! The condition that a rule stands for, as text.

use super::catalog::{Catalog, Live, Rule, ScopeId, TableId, Trash};
use super::edit::{Bound, Fragment};

/// The condition that a row of this table satisfies the rule of a scope. `row` names the row, as in `"note".`, and is
/// empty where a column stands by itself.
pub(super) fn condition(
    catalog: &Catalog,
    table: TableId,
    (scope, rule): &(ScopeId, Rule),
    row: &str,
) -> Fragment {
    match rule {
        Rule::Live(trash) => {
            let marker = format!("{row}{}", catalog.quote(&trash.marker));
            is_live(trash, table, &marker)
        }
        Rule::Condition(condition) => Fragment::from(condition.join(row).as_str()),
        Rule::Value(column) => {
            let name = format!("{row}{} = {}", catalog.quote(&column.name), column.cast.0);
            Fragment::from(name.as_str())
                .bind(Bound::Scope(table, *scope))
                .text(&column.cast.1)
        }
    }
}

/// The condition that a row is live. `marker` is its marker as the statement names it.
fn is_live(trash: &Trash, table: TableId, marker: &str) -> Fragment {
    let fragment = Fragment::from(marker);
    match trash.live {
        Live::Null => fragment.text(" IS NULL"),
        Live::False => fragment.text(" = FALSE"),
        Live::Zero => fragment.text(" = 0"),
        Live::NullOrZero => Fragment::from("(")
            .append(&fragment)
            .text(" IS NULL OR ")
            .append(&fragment)
            .text(" = 0)"),
        Live::Value => fragment.text(" = ").bind(Bound::Live(table)),
    }
}
