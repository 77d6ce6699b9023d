//! Whether the query of a view shows live rows only.

use std::ops::Range;

use super::action::Action;
use super::block::{Block, Instance, Place};
use super::catalog::TableId;
use super::names;
use super::refusal::Refusal;
use super::source::Source;
use super::statement;
use super::{Options, lexer, split};

/// The tables whose trashed rows the query can show.
///
/// `hides` says whether a condition excludes every trashed row of a table. In the condition that it gets,
/// only the columns of that table are unqualified.
pub fn trash_shown_by(
    query: &str,
    options: &Options<'_>,
    hides: impl Fn(TableId, &str) -> bool,
) -> Result<Vec<TableId>, Refusal> {
    let unreadable = |construct: String| Refusal {
        table: String::new(),
        construct,
        remedy: "",
    };
    let lexed = lexer::lex(query, options.dialect).map_err(|why| unreadable(why.construct()))?;
    let source = Source {
        sql: query,
        lexed: &lexed,
        dialect: options.dialect,
        catalog: options.catalog,
    };
    let mut shown = Vec::new();
    if source.named(0..lexed.tokens.len()).is_none() {
        return Ok(shown);
    }
    for statement in split::split(&source)? {
        let Action::Scope { from, creates, .. } = statement::action(&source, &statement) else {
            continue;
        };
        for block in statement::blocks(source, &statement, from, creates)? {
            let shows = |instance: &&Instance| {
                options.catalog.table(instance.table).trash().is_some()
                    && !is_hidden(&source, &block, instance, &hides)
            };
            shown.extend(block.instances.iter().filter(shows).map(|of| of.table));
        }
    }
    shown.sort_unstable();
    shown.dedup();
    Ok(shown)
}

fn is_hidden(
    source: &Source<'_>,
    block: &Block,
    instance: &Instance,
    hides: &impl Fn(TableId, &str) -> bool,
) -> bool {
    let on = match instance.place {
        Place::Condition(at) => block.conditions.get(at),
        _ => None,
    };
    let exposed = names::exposed(source, instance);
    let mut conditions = block.filter.condition.iter().chain(on);
    conditions.any(|condition| {
        let condition = of_one_table(source, condition.clone(), &exposed);
        hides(instance.table, &condition)
    })
}

/// The condition, in a form in which columns of other tables cannot be taken for columns of this table.
fn of_one_table(source: &Source<'_>, condition: Range<usize>, exposed: &str) -> String {
    let mut text = String::new();
    let mut at = condition.start;
    while at < condition.end {
        let path = source.is_name(at).then(|| source.path(at).tokens);
        let end = match path {
            Some(path) if path.len() > 1 && path.end <= condition.end => {
                let is_of_it = source.folded(path.end - 3) == exposed;
                text.push_str(match is_of_it {
                    true => source.text(path.end - 1..path.end),
                    false => "soft_delete_of_another_table",
                });
                path.end
            }
            _ => {
                text.push_str(source.text(at..at + 1));
                at + 1
            }
        };
        text.push(' ');
        at = end;
    }
    text
}
