//! Walks through the tokens of a file and finds what matters.

pub(crate) mod assignment;
mod items;
mod lookup;
mod marker_use;
mod queries;
pub(crate) mod scope;
mod statements;
mod types;
mod verdict;

use proc_macro2::Delimiter;

use crate::application::Application;
use crate::chain::Chain;
use crate::code::Code;
use crate::entities::{EntityId, module_of};
use crate::finding::Finding;
use crate::functions::Function;
use crate::names::Names;
use crate::scan::scope::{Facts, Frame, Loose, Rows, Scope, Test, Variable};
use crate::sources::SourceFile;
use crate::sql::{self, Mention};
use crate::tokens::{Kind, Position, Token, at};

/// `a = a = a = …` nests without a delimiter. Code that rustc accepts does not reach this depth.
const DEEPEST: usize = 256;

/// An excerpt is cut behind this many characters.
const LONGEST_EXCERPT: usize = 110;

pub(crate) struct Scan<'a> {
    application: &'a Application,
    file: &'a SourceFile,
    lines: Vec<&'a str>,
    names: &'a Names,
    module: Vec<String>,
    /// The soft-deletable entity that the file imports, if it is the only one.
    only_entity: Option<EntityId>,
    scope: Scope<'a>,
    frames: Vec<Frame>,
    /// How many branches of `if` and `match` stand around.
    branches: usize,
    /// How many walks are under way, one within another.
    depth: usize,
    is_test: bool,
    /// The type of the `impl` block.
    self_type: Vec<&'a str>,
    functions: Vec<Function>,
    like_verbs: Vec<String>,
    findings: Vec<Finding>,
}

/// What a file holds.
pub(crate) struct Scanned {
    pub(crate) findings: Vec<Finding>,
    pub(crate) functions: Vec<Function>,
    pub(crate) like_verbs: Vec<String>,
}

pub(crate) fn scan(
    application: &Application,
    file: &SourceFile,
    names: &Names,
    tokens: &[Token],
) -> Scanned {
    let mut scan = Scan {
        application,
        file,
        lines: file.text.as_deref().unwrap_or_default().lines().collect(),
        names,
        module: module_of(&file.path),
        only_entity: None,
        scope: Scope::default(),
        frames: Vec::new(),
        branches: 0,
        depth: 0,
        is_test: file.is_test,
        self_type: Vec::new(),
        functions: Vec::new(),
        like_verbs: Vec::new(),
        findings: Vec::new(),
    };
    scan.only_entity = scan.only_entity();
    scan.walk(tokens);
    scan.judge_scope();
    Scanned {
        findings: scan.findings,
        functions: scan.functions,
        like_verbs: scan.like_verbs,
    }
}

impl<'a> Scan<'a> {
    /// Walks through the tokens of a block, of arguments or of a value.
    fn walk(&mut self, tokens: &'a [Token]) {
        if self.depth == DEEPEST {
            return;
        }
        self.depth += 1;
        self.walk_here(tokens);
        self.depth -= 1;
    }

    fn walk_here(&mut self, tokens: &'a [Token]) {
        let mut index = 0;
        // The body that comes next belongs to an `if`, an `else`, a `match` or a `while`.
        let mut is_branch = false;
        // The item that comes next is test code.
        let mut is_test_item = false;
        // Variables that parameters of closures hide.
        let mut hidden: Vec<(&'a str, Variable)> = Vec::new();
        while let Some(token) = at(tokens, index) {
            match &token.kind {
                Kind::Ident(word) => match word.as_str() {
                    "use" => {
                        index = crate::names::end_of_statement(tokens, index);
                        is_test_item = false;
                        continue;
                    }
                    "fn" => {
                        index = self.visit_function(tokens, index, is_test_item);
                        is_test_item = false;
                        continue;
                    }
                    "mod" | "impl" | "trait" => {
                        index = self.visit_block_item(tokens, index, is_test_item);
                        is_test_item = false;
                        continue;
                    }
                    "let" => {
                        index = self.visit_let(tokens, index);
                        continue;
                    }
                    "for" => {
                        index = self.visit_for(tokens, index);
                        continue;
                    }
                    "match" => {
                        is_branch = true;
                        index = self.visit_match(tokens, index);
                        continue;
                    }
                    "if" | "else" | "while" => is_branch = true,
                    _ => {}
                },
                Kind::Punct('#') => {
                    if let Some(end) = attribute_end(tokens, index) {
                        is_test_item |= is_test_attribute(&tokens[index..end]);
                        index = end;
                        continue;
                    }
                }
                Kind::Punct('|') => {
                    let names = closure_parameters(tokens, index).iter();
                    let hide = |name| self.scope.variables.remove_entry(name);
                    hidden.extend(names.filter_map(Token::ident).filter_map(hide));
                }
                Kind::Punct(';') => (is_branch, is_test_item) = (false, false),
                Kind::Literal(_) => self.visit_literal(token),
                Kind::Group(Delimiter::Brace, inner) => {
                    let is_pattern = at(tokens, index + 1).is_some_and(|next| next.is('='));
                    self.branches += usize::from(is_branch);
                    self.walk(inner);
                    self.branches -= usize::from(is_branch);
                    is_branch &= is_pattern;
                    is_test_item = false;
                    index += 1;
                    continue;
                }
                _ => {}
            }
            if let Some(end) = self.visit_assignment(tokens, index) {
                index = end;
            } else if let Some(chain) = Chain::read(tokens, index) {
                index = chain.end.max(index + 1);
                self.visit_chain(&chain, tokens);
            } else {
                if let Kind::Group(_, inner) = &token.kind {
                    self.walk(inner);
                }
                index += 1;
            }
        }
        self.scope.variables.extend(hidden);
    }

    fn visit_chain(&mut self, chain: &Chain<'a>, tokens: &'a [Token]) {
        self.visit_type_name(chain, tokens);
        self.visit_active_model(chain, tokens);
        self.visit_marker_field(chain, tokens);
        if self.visit_condition(chain) || self.visit_query(chain) {
            return;
        }
        self.note_read_of_trash(chain);
        let variable = chain
            .path
            .first()
            .filter(|_| chain.path.len() == 1 && chain.arguments.is_none());
        let variable = variable
            .and_then(|name| self.scope.variables.get(name))
            .copied();
        let Some(variable) = variable else {
            if let Some(frame) = self.frames.last_mut().filter(|_| chain.arguments.is_some()) {
                let path = self.names.expand(&chain.path);
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let returned = self.application.functions.returned(&self.module, &path);
                frame.first_entity = frame.first_entity.or(returned);
            }
            self.visit_calls(chain, None);
            return;
        };
        if let Some(frame) = self.frames.last_mut() {
            frame.first_query = frame.first_query.or(variable.query);
            frame.first_entity = frame.first_entity.or(variable.entity);
        }
        match variable.query {
            Some(query) => {
                self.frames.push(Frame::new(Some(query), variable.branches));
                self.visit_calls(chain, Some(query));
                self.frames.pop();
            }
            None => {
                self.explain(variable);
                self.inherit(variable.facts);
                self.visit_calls(chain, None);
            }
        }
    }

    /// Notes at the expression around that a function among the calls reads the trash on purpose, or that a variable
    /// holds what such a function read.
    fn note_read_of_trash(&mut self, chain: &Chain<'a>) {
        let variable = chain
            .path
            .first()
            .and_then(|name| self.scope.variables.get(name));
        let is_of_trash = variable.is_some_and(|variable| variable.is_of_trash);
        let methods = chain.calls.iter().filter(|call| call.arguments.is_some());
        let called = methods.map(|call| call.name).chain(chain.function());
        let mut called = called.filter(|name| !queries::COMMON_METHODS.contains(name));
        let reads_trash = |name| self.application.functions.read_trash(name);
        let is_of_trash = is_of_trash || called.any(reads_trash);
        if let Some(frame) = self.frames.last_mut() {
            frame.is_of_trash |= is_of_trash;
        }
    }

    /// Notes that the conditions of the variable belong to the query around, if that says which rows it means.
    fn explain(&mut self, variable: Variable) {
        let query = self.frames.last().and_then(|frame| frame.query);
        if let (Some(loose), Some(query)) = (variable.loose, query) {
            let is_explicit = self.scope.queries[query].is_explicit;
            self.scope.loose[loose].is_explained |= is_explicit;
        }
    }

    /// Adds what a variable or a function among its parts knows to the expression.
    fn inherit(&mut self, facts: Facts) {
        match self.frames.last_mut() {
            Some(frame) => match frame.query {
                Some(query) => self.scope.queries[query].inherited.add(facts),
                None => frame.facts.add(facts),
            },
            None => self.scope.facts.add(facts),
        }
    }

    fn record(&mut self, rows: Rows, at: Position, entity: Option<EntityId>) {
        self.record_test(Test {
            rows,
            at,
            entity,
            is_conditional: self.is_conditional(),
            is_verb: false,
        });
    }

    /// Whether a branch began inside of the expression that conditions belong to.
    fn is_conditional(&self) -> bool {
        self.branches > self.frames.last().map_or(0, |frame| frame.branches)
    }

    fn record_test(&mut self, test: Test) {
        self.scope.facts.add(Facts::of(&[test]));
        match self.frames.last_mut() {
            Some(frame) => match frame.query {
                Some(query) => self.scope.queries[query].tests.push(test),
                None => frame.tests.push(test),
            },
            None => self.scope.loose.push(Loose {
                tests: vec![test],
                is_explained: false,
            }),
        }
    }

    fn visit_literal(&mut self, token: &Token) {
        let Some(text) = token.string() else {
            return;
        };
        let Application {
            tables, columns, ..
        } = self.application;
        let Some(reading) = sql::read(text, tables, columns) else {
            return;
        };
        let by_table = |table| self.application.by_table(table);
        let entity = reading.table.and_then(by_table);
        match reading.mention {
            Mention::Trash => {
                let comments = reading.comments.into_iter().filter_map(|(verb, table)| {
                    let entity = self.application.entities.get(by_table(table)?);
                    Some(sql::comment(verb, &entity.table))
                });
                let comments = comments.collect::<Vec<_>>().join(" ");
                self.find(Code::RawSqlTrash, token.at, entity);
                if let Some(finding) = self.findings.last_mut()
                    && !comments.is_empty()
                {
                    finding.remedy = format!("write `{comments}` in front of the statement");
                }
            }
            Mention::Table if self.application.is_done() => {}
            Mention::Table => self.find(Code::RawSql, token.at, entity),
        }
    }

    fn find(&mut self, code: Code, at: Position, entity: Option<EntityId>) {
        let line = self.lines.get(at.line.saturating_sub(1));
        let excerpt = line.map_or("", |line| line.trim());
        self.findings.push(Finding {
            code,
            group: code.group(),
            file: self.file.path.display().to_string(),
            line: at.line,
            column: at.column,
            entity: entity.map(|id| self.application.entities.get(id).name().to_owned()),
            test: self.is_test,
            excerpt: excerpt.chars().take(LONGEST_EXCERPT).collect(),
            remedy: code.remedy().to_owned(),
        });
    }
}

/// A closure has few parameters; `|` also stands in patterns and between numbers.
const LONGEST_PARAMETERS: usize = 12;

/// The parameters of the closure whose first `|` stands at `index`; none if it is another `|`.
fn closure_parameters(tokens: &[Token], index: usize) -> &[Token] {
    let before = index.checked_sub(1).and_then(|before| at(tokens, before));
    let begins = before.is_none_or(|before| {
        before.is_ident("move") || matches!(before.kind, Kind::Punct(',' | '=' | '>' | ':'))
    });
    let rest = &tokens[index + 1..];
    let mut rest_of_closure = rest.iter().take(LONGEST_PARAMETERS);
    let close = rest_of_closure.position(|token| token.is('|'));
    &rest[..close.filter(|_| begins).unwrap_or(0)]
}

/// The index behind `#[…]` or `#![…]`.
fn attribute_end(tokens: &[Token], index: usize) -> Option<usize> {
    let bracket = index + 1 + usize::from(at(tokens, index + 1)?.is('!'));
    at(tokens, bracket)?.group(Delimiter::Bracket)?;
    Some(bracket + 1)
}

/// Whether it is `#[test]`, `#[tokio::test]`, `#[cfg(test)]` or the like.
fn is_test_attribute(attribute: &[Token]) -> bool {
    let paths = crate::names::paths_of_type(attribute);
    let has = |name: &str| paths.iter().any(|path| path.last() == Some(&name));
    (has("test") || has("rstest")) && !has("not")
}
