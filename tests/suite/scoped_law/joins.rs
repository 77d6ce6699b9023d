//! The joins of a FROM clause.

use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};

use super::from::Sources;
use super::schema::Type;
use super::statements::{Generator, Source};

impl Generator<'_, '_, '_> {
    /// Joins an operand to the sources on its left.
    pub(super) fn join(
        &mut self,
        left: String,
        sources: Vec<Source>,
        beside: &[Source],
    ) -> Sources {
        let kinds: &[&str] = match self.world.backend {
            MySql => &[
                "JOIN",
                "LEFT JOIN",
                "INNER JOIN",
                "RIGHT JOIN",
                "LEFT OUTER JOIN",
                "CROSS JOIN",
            ],
            _ => &[
                "JOIN",
                "LEFT JOIN",
                "INNER JOIN",
                "RIGHT JOIN",
                "FULL JOIN",
                "FULL OUTER JOIN",
                "CROSS JOIN",
            ],
        };
        let kind = *self.choices.pick(kinds);
        let named = [beside, &sources].concat();
        let is_full = kind.starts_with("FULL");
        let is_lateral = self.is(Postgres) && !is_full && kind != "RIGHT JOIN";
        let (right, mut added) = self.factor(&named, is_lateral.then_some(sources.as_slice()));

        // SQLite treats a comma like any other join.
        let shared = match self.world.backend {
            Sqlite => shared_columns(&named, &added),
            _ => shared_columns(&sources, &added),
        };
        let text = match self.choices.below(10) {
            _ if kind == "CROSS JOIN" => format!("{left} {kind} {right}"),
            7 if added.len() == 1 => match shared {
                Some(_) => {
                    let kind = if kind.starts_with("INNER") {
                        "JOIN"
                    } else {
                        kind
                    };
                    format!("{left} NATURAL {kind} {right}")
                }
                None => self.join_on(&left, kind, &right, &sources, &added),
            },
            8 | 9 => match shared.filter(|shared| !shared.is_empty()) {
                Some(shared) => {
                    let column = self.choices.pick(&shared);
                    format!("{left} {kind} {right} USING (\"{column}\")")
                }
                None => self.join_on(&left, kind, &right, &sources, &added),
            },
            6 if named.len() + 1 < self.max_sources()
                && self.room(&[&named[..], &added].concat()).is_some()
                && !self.is(Sqlite)
                && !is_full
                && !right.starts_with("LATERAL") =>
            {
                let named = [&named[..], &added].concat();
                let (third, last) = self.factor(&named, None);
                let inner = self.join_on(&right, "LEFT JOIN", &third, &added, &last);
                added.extend(last);
                self.join_on(&left, kind, &inner, &sources, &added)
            }
            _ => self.join_on(&left, kind, &right, &sources, &added),
        };
        (text, [sources, added].concat())
    }

    fn join_on(
        &mut self,
        left: &str,
        kind: &str,
        right: &str,
        sources: &[Source],
        added: &[Source],
    ) -> String {
        let text_too = kind.starts_with("FULL");
        let Some(on) = self.equality(sources, added, text_too) else {
            return match kind {
                _ if text_too => format!("{left} CROSS JOIN {right}"),
                _ => format!("{left} {kind} {right} ON TRUE"),
            };
        };
        // PostgreSQL accepts only equalities in a full join.
        let more = if kind.starts_with("FULL") {
            0
        } else {
            self.choices.below(6)
        };
        let on = match more {
            ..3 => on,
            word => {
                let word = ["AND", "OR", "AND NOT"][word - 3];
                let all = [sources, added].concat();
                let more = self.within(&all, |inner| inner.predicate(1));
                if self.choices.one_in(2) {
                    format!("{on} {word} {more}")
                } else {
                    format!("{more} {word} {on}")
                }
            }
        };
        format!("{left} {kind} {right} ON {on}")
    }

    fn equality(&mut self, sources: &[Source], added: &[Source], text_too: bool) -> Option<String> {
        let of_type = |sources: &[Source], ty: Type| -> Vec<String> {
            let columns = sources.iter().flat_map(|source| {
                let columns = source.columns.iter().filter(move |column| column.ty == ty);
                columns.map(|column| format!("\"{}\".\"{}\"", source.name, column.name))
            });
            columns.collect()
        };
        let (left, right) = (of_type(sources, Type::Int), of_type(added, Type::Int));
        let (left, right) = if text_too && (left.is_empty() || right.is_empty()) {
            (of_type(sources, Type::Text), of_type(added, Type::Text))
        } else {
            (left, right)
        };
        if left.is_empty() || right.is_empty() {
            return None;
        }
        Some(format!(
            "{} = {}",
            self.choices.pick(&left),
            self.choices.pick(&right)
        ))
    }
}

/// The columns that both sides have under the same name; none if a name is ambiguous.
fn shared_columns(left: &[Source], right: &[Source]) -> Option<Vec<String>> {
    let count = |sources: &[Source], name: &str| {
        let columns = sources.iter().flat_map(|source| &source.columns);
        columns.filter(|column| column.name == name).count()
    };
    let mut shared = Vec::new();
    let right_columns = right.iter().flat_map(|source| &source.columns);
    for column in right_columns.filter(|column| !column.is_unseen) {
        match (count(left, &column.name), count(right, &column.name)) {
            (0, _) => {}
            (1, 1) => {
                let other = left.iter().flat_map(|source| &source.columns);
                if other
                    .into_iter()
                    .any(|other| other.name == column.name && other.ty != column.ty)
                {
                    return None;
                }
                shared.push(column.name.clone());
            }
            _ => return None,
        }
    }
    Some(shared)
}
