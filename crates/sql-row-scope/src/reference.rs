//! One table reference: a table, function or subquery, or a join in parentheses, with its alias.

use super::block::{Instance, Place};
use super::catalog::Resolved;
use super::clause::{ends_clause, is_reserved};
use super::from::{Exposed, TableReader};
use super::join::Node;
use super::refusal::Refusal;
use super::token::{Keyword, Kind};

impl TableReader<'_> {
    /// Reads one table, function or subquery, or a join in parentheses.
    pub(super) fn reference(
        &mut self,
        start: usize,
        depth: usize,
    ) -> Result<(usize, usize), Refusal> {
        let source = self.source;
        let mut at = start;
        if source.is(at, Keyword::Lateral) {
            at += 1;
        }
        if source.kind(at) == Kind::Open {
            return if self.begins_query(at) {
                self.behind_subquery(source.after(at))
            } else {
                self.join_in_parentheses(at, depth)
            };
        }
        let only = source.is_postgres() && source.is(at, Keyword::Only);
        if only && source.kind(at + 1) == Kind::Open {
            let inside = at + 2;
            let path = source.path(inside);
            if !source.is_name(inside) || source.kind(path.tokens.end) != Kind::Close {
                return self.refuse(at, "ONLY (…) with more than a name");
            }
            let end = path.tokens.end + 1;
            return self.table(start, path, end);
        }
        if only {
            at += 1;
        }
        if source.is(at, Keyword::Rows)
            && source.is(at + 1, Keyword::From)
            && source.kind(at + 2) == Kind::Open
        {
            return self.behind_subquery(source.after(at + 2));
        }
        if !source.is_name(at) || is_reserved(source.keyword(at)) {
            return self.refuse(at, "a table reference");
        }
        let path = source.path(at);
        let end = path.tokens.end;
        if source.kind(end) == Kind::Open {
            // A function, or a table that looks like one. SQLite's virtual tables take arguments as functions
            // do.
            if source.is_sqlite() && source.resolve(&path) != Resolved::None {
                return self.refuse(at, "a table with arguments");
            }
            return self.behind_subquery(source.after(end));
        }
        self.table(start, path, end)
    }

    /// Reads a table by its name, and the parts that may follow the name.
    fn table(
        &mut self,
        start: usize,
        path: super::source::Path,
        mut at: usize,
    ) -> Result<(usize, usize), Refusal> {
        let source = self.source;
        if source.is_postgres() && source.text(at..at + 1) == "*" {
            at += 1;
        }
        // In PostgreSQL it is an alias with new names for the columns.
        if source.is_mysql()
            && source.is(at, Keyword::Partition)
            && source.kind(at + 1) == Kind::Open
        {
            at = source.after(at + 1);
        }
        if source.is(at, Keyword::For) && source.is(at + 1, Keyword::SystemTime) {
            return self.refuse(at, "FOR SYSTEM_TIME");
        }
        let alias;
        (alias, at) = self.alias(at);
        let renames_columns = alias.is_some() && source.kind(at) == Kind::Open;
        if renames_columns {
            at = source.after(at);
        }
        at = self.hints(at);
        let exposed = alias.unwrap_or_else(|| path.last());
        let table = if self.ctes.hides(&source, &path)? {
            None
        } else {
            source.table(&path)?
        };
        let instance = table.map(|table| {
            self.tables.instances.push(Instance {
                table,
                path,
                alias,
                renames_columns,
                tokens: start..at,
                place: Place::Filter,
            });
            self.tables.instances.len() - 1
        });
        self.tables.exposed.push(Exposed {
            name: source.folded(exposed),
            instance,
        });
        Ok((self.node(Node::Table(instance)), at))
    }

    /// Reads the parts that may follow a subquery, a function or a join in parentheses.
    fn behind_subquery(&mut self, mut at: usize) -> Result<(usize, usize), Refusal> {
        let source = self.source;
        if source.is(at, Keyword::With) && source.is(at + 1, Keyword::Ordinality) {
            at += 2;
        }
        let alias;
        (alias, at) = self.alias(at);
        if let Some(alias) = alias {
            self.tables.exposed.push(Exposed {
                name: source.folded(alias),
                instance: None,
            });
        }
        // The columns of the alias, or of a function that returns records.
        let has_columns = source.kind(at) == Kind::Open;
        if has_columns {
            at = source.after(at);
        } else if source.is(at, Keyword::As) && source.kind(at + 1) == Kind::Open {
            at = source.after(at + 1);
        }
        Ok((self.node(Node::Table(None)), at))
    }

    fn join_in_parentheses(&mut self, at: usize, depth: usize) -> Result<(usize, usize), Refusal> {
        let (inner, end) = self.comma_list(at + 1, depth + 1)?;
        if end + 1 != self.source.after(at) {
            return self.refuse(end, "a join in parentheses");
        }
        let alias;
        let mut end = end + 1;
        (alias, end) = self.alias(end);
        if alias.is_none() {
            // SQLite forgets the alias of a lone table in parentheses, but not its name.
            let is_hidden = self.source.is_sqlite() && self.has_alias(inner);
            return Ok(match is_hidden {
                true => (self.node(Node::Sealed(inner)), end),
                false => (inner, end),
            });
        }
        if self.source.kind(end) == Kind::Open {
            end = self.source.after(end);
        }
        // The alias hides the names of the inner tables from the text outside.
        Ok((self.node(Node::Sealed(inner)), end))
    }

    /// The alias, and the place after it.
    fn alias(&self, at: usize) -> (Option<usize>, usize) {
        let source = &self.source;
        if source.is(at, Keyword::As) {
            return if source.is_name(at + 1) || source.kind(at + 1) == Kind::Text {
                (Some(at + 1), at + 2)
            } else {
                (None, at)
            };
        }
        let is_alias = match source.kind(at) {
            Kind::Word => {
                let keyword = source.keyword(at);
                self.is_name_of_this_database(at)
                    || !(keyword.is_no_alias() || ends_clause(source, at))
            }
            Kind::Quoted => true,
            Kind::Text => source.is_name(at),
            _ => false,
        };
        if is_alias {
            (Some(at), at + 1)
        } else {
            (None, at)
        }
    }

    /// Whether a word is an alias in this database, which does not reserve the word. In another database the
    /// word is part of a table reference.
    fn is_name_of_this_database(&self, at: usize) -> bool {
        let source = &self.source;
        match source.keyword(at) {
            // MySQL and MariaDB have no FULL JOIN.
            Keyword::Full => source.is_mysql(),
            // Clauses and hints of MySQL.
            Keyword::Lock
            | Keyword::Procedure
            | Keyword::StraightJoin
            | Keyword::Use
            | Keyword::Force
            | Keyword::Ignore
            | Keyword::Partition => !source.is_mysql(),
            // Only PostgreSQL reserves these words; MariaDB also has clauses that begin with them.
            Keyword::Offset | Keyword::Returning | Keyword::Window => {
                !source.is_postgres() && !ends_clause(source, at)
            }
            Keyword::Fetch | Keyword::For | Keyword::Lateral => source.is_sqlite(),
            Keyword::Indexed | Keyword::Values => source.is_postgres(),
            Keyword::TableSample => !self.is_sample(at),
            // `FROM t set JOIN …`. After the SET of an UPDATE, a column follows.
            Keyword::Set if source.is_postgres() => {
                let next = source.keyword(at + 1);
                source.is_end(at + 1)
                    || source.kind(at + 1) == Kind::Comma
                    || (next.is_no_alias() && is_reserved_by_postgres(next))
            }
            _ => false,
        }
    }

    /// Whether this is TABLESAMPLE with its method. MySQL knows two methods; SQLite and MariaDB know none.
    fn is_sample(&self, at: usize) -> bool {
        let source = &self.source;
        let is_method = |known: &&str| source.text(at + 1..at + 2).eq_ignore_ascii_case(known);
        source.is(at, Keyword::TableSample)
            && match (source.is_postgres(), source.is_mysql()) {
                (true, _) => source.is_name(at + 1) && !is_reserved(source.keyword(at + 1)),
                (_, true) => ["system", "bernoulli"].iter().any(is_method),
                _ => false,
            }
    }

    /// Reads index hints and samples.
    fn hints(&self, mut at: usize) -> usize {
        let source = &self.source;
        loop {
            match source.keyword(at) {
                Keyword::Indexed if source.is(at + 1, Keyword::By) && source.is_name(at + 2) => {
                    at += 3;
                }
                Keyword::Not if source.is(at + 1, Keyword::Indexed) => at += 2,
                Keyword::Use | Keyword::Force | Keyword::Ignore
                    if matches!(source.keyword(at + 1), Keyword::Index | Keyword::Key) =>
                {
                    let mut list = at + 2;
                    while !source.is_end(list) && source.kind(list) != Kind::Open {
                        list += 1;
                    }
                    if source.is_end(list) {
                        return at;
                    }
                    at = source.after(list);
                    let next_is_hint = source.kind(at) == Kind::Comma
                        && matches!(
                            source.keyword(at + 1),
                            Keyword::Use | Keyword::Force | Keyword::Ignore
                        )
                        && matches!(source.keyword(at + 2), Keyword::Index | Keyword::Key);
                    if next_is_hint {
                        at += 1;
                    }
                }
                Keyword::TableSample if self.is_sample(at) => {
                    let arguments = source.path(at + 1).tokens.end;
                    if source.kind(arguments) != Kind::Open {
                        return at;
                    }
                    at = source.after(arguments);
                    if source.is(at, Keyword::Repeatable) && source.kind(at + 1) == Kind::Open {
                        at = source.after(at + 1);
                    }
                }
                _ => return at,
            }
        }
    }

    /// Whether these parentheses hold a query rather than a join.
    fn begins_query(&self, open: usize) -> bool {
        let source = &self.source;
        let mut open = open;
        loop {
            let inside = open + 1;
            match source.keyword(inside) {
                // A table may be named `values`: `(values JOIN t ON …)`.
                Keyword::Values if source.kind(inside + 1) != Kind::Open && !source.is_mysql() => {
                    return false;
                }
                Keyword::Select | Keyword::With | Keyword::Values | Keyword::Table => return true,
                _ if source.kind(inside) == Kind::Open => {}
                _ => return false,
            }
            let behind = source.after(inside);
            let closes = behind + 1 == source.after(open);
            let goes_on = match source.keyword(behind) {
                Keyword::Order | Keyword::Limit => true,
                // These words can be names in some databases: `((SELECT 1) offset JOIN t)`.
                Keyword::Offset | Keyword::Fetch => {
                    source.is_postgres()
                        || (source.is_mysql() && source.kind(behind + 1) == Kind::Literal)
                }
                keyword => keyword.is_set_operator(),
            };
            if !closes && !goes_on {
                return false;
            }
            open = inside;
        }
    }
}

/// Of the words that cannot be an alias, the words that PostgreSQL does not allow as the name of a column.
fn is_reserved_by_postgres(keyword: Keyword) -> bool {
    !matches!(
        keyword,
        Keyword::Force
            | Keyword::Ignore
            | Keyword::Indexed
            | Keyword::Lock
            | Keyword::Partition
            | Keyword::Procedure
            | Keyword::Set
            | Keyword::StraightJoin
            | Keyword::Use
            | Keyword::Values
    )
}
