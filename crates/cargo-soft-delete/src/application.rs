//! The application as a whole: its entities, its functions, and the report about all of its files.

use std::collections::HashSet;

use crate::allow::Allowed;
use crate::bounds::OwnTraits;
use crate::code::Code;
use crate::entities::{Entities, EntityId};
use crate::finding::Finding;
use crate::functions::Functions;
use crate::marker::{Marker, MarkerNames, snake_case, upper_camel_case};
use crate::names::Names;
use crate::scan::scan;
use crate::sources::SourceFile;
use crate::sql::Table;
use crate::tokens::{Kind, Position, Token, lex};

pub(crate) struct Application {
    pub(crate) entities: Entities,
    pub(crate) functions: Functions,
    pub(crate) own_traits: OwnTraits,
    markers: Vec<Marker>,
    /// The variants of `Column` that are markers, of entities that cannot be told as well.
    variants: HashSet<String>,
    /// The columns that hold markers.
    pub(crate) columns: Vec<String>,
    /// The soft-deletable tables, and their entities.
    pub(crate) tables: Vec<Table>,
    by_table: Vec<EntityId>,
    /// Whether it uses a scoped connection already.
    pub(crate) is_scoped: bool,
    /// Whether every soft-deletable entity derives `SoftDelete`.
    all_moved: bool,
}

/// What was found in the files.
pub(crate) struct Inspection {
    pub(crate) application: Application,
    /// In the order of the report: by code, test code last, then by place.
    pub(crate) findings: Vec<Finding>,
    pub(crate) files: usize,
    pub(crate) migrations: usize,
}

impl Inspection {
    /// Whether there is no soft-deletable entity.
    pub(crate) fn is_empty(&self) -> bool {
        self.application.entities.soft_deletable().next().is_none()
    }
}

pub(crate) fn inspect(files: &[SourceFile], markers: &MarkerNames) -> Inspection {
    let migrations = files.iter().filter(|file| file.is_migration).count();
    let files: Vec<&SourceFile> = files.iter().filter(|file| !file.is_migration).collect();
    let mut findings = Vec::new();
    let mut application = Application::read(&files, markers, &mut findings);

    // The functions that return conditions are known after the first walk only.
    let mut functions = Vec::new();
    let mut like_verbs = HashSet::new();
    for_each(&files, |file, names, tokens| {
        let scanned = scan(&application, file, names, tokens);
        functions.extend(scanned.functions);
        like_verbs.extend(scanned.like_verbs);
    });
    application.functions = Functions::new(functions, like_verbs);
    if application.entities.soft_deletable().next().is_some() {
        for_each(&files, |file, names, tokens| {
            let found = scan(&application, file, names, tokens).findings;
            let allowed = Allowed::of_text(file.text.as_deref().unwrap_or_default());
            findings.extend(
                found
                    .into_iter()
                    .filter(|finding| !allowed.contains(finding)),
            );
        });
    }
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.code, finding.test);
        let place = |finding: &Finding| (finding.line, finding.column);
        key(a)
            .cmp(&key(b))
            .then_with(|| a.file.cmp(&b.file))
            .then(place(a).cmp(&place(b)))
    });
    Inspection {
        application,
        findings,
        files: files.len(),
        migrations,
    }
}

/// Tokens are large, so a file is lexed for each walk, and its tokens are dropped behind it.
fn for_each(files: &[&SourceFile], mut visit: impl FnMut(&SourceFile, &Names, &[Token])) {
    for file in files {
        if let Ok(tokens) = file.text.as_deref().map_or(Ok(Vec::new()), lex) {
            visit(file, &Names::of_file(&tokens), &tokens);
        }
    }
}

impl Application {
    fn read(files: &[&SourceFile], names: &MarkerNames, findings: &mut Vec<Finding>) -> Self {
        let mut entities = Entities::default();
        let mut own_traits = OwnTraits::default();
        let mut is_scoped = false;
        for file in files {
            let unread = match file.text.as_deref() {
                Ok(text) => match lex(text) {
                    Ok(tokens) => {
                        let declared = Names::of_file(&tokens);
                        entities.read(&file.path, &tokens, &declared, names);
                        own_traits.read(&tokens, &declared);
                        is_scoped |= !file.is_test && uses_scoped_connection(&tokens);
                        continue;
                    }
                    Err(unread) => (unread.at, unread.reason),
                },
                Err(reason) => (Position { line: 1, column: 1 }, reason.as_str()),
            };
            findings.push(not_read(file, unread));
        }
        let (mut markers, mut tables, mut all_moved) = (Vec::<Marker>::new(), Vec::new(), true);
        let mut by_table = Vec::new();
        for (id, entity) in entities.soft_deletable() {
            for marker in &entity.markers {
                if !markers.contains(marker) {
                    markers.push(marker.clone());
                }
            }
            let columns = entity.markers.iter().map(|marker| &marker.column);
            tables.push(Table {
                name: entity.table.to_lowercase(),
                columns: columns.map(|column| column.to_lowercase()).collect(),
            });
            by_table.push(id);
            all_moved &= entity.is_moved;
        }
        let usual = names.all().map(upper_camel_case);
        Self {
            entities,
            functions: Functions::default(),
            own_traits,
            variants: usual
                .chain(markers.iter().map(|marker| marker.variant.clone()))
                .collect(),
            columns: markers
                .iter()
                .map(|marker| marker.column.to_lowercase())
                .collect(),
            markers,
            tables,
            by_table,
            is_scoped,
            all_moved,
        }
    }

    pub(crate) fn is_marker_variant(&self, variant: &str) -> bool {
        self.variants.contains(variant)
    }

    pub(crate) fn is_marker_field(&self, field: &str) -> bool {
        self.markers.iter().any(|marker| marker.field == field)
    }

    /// Whether a function, a constant or a variable is named after a marker: `deleted_at_col`. A variant of an enum
    /// is not.
    pub(crate) fn is_named_after_marker(&self, name: &str) -> bool {
        let snake = name.to_lowercase();
        let has = |marker: &Marker| {
            format!("_{snake}_").contains(&format!("_{}_", snake_case(&marker.field)))
        };
        (name == snake || name == name.to_uppercase()) && self.markers.iter().any(has)
    }

    pub(crate) fn is_flag(&self, field: &str) -> bool {
        self.markers
            .iter()
            .any(|marker| marker.field == field && marker.is_flag)
    }

    pub(crate) fn by_table(&self, table: usize) -> Option<EntityId> {
        self.by_table.get(table).copied()
    }

    /// Whether the derive stands on the entity; where it cannot be told which, on every entity.
    pub(crate) fn is_moved(&self, entity: Option<EntityId>) -> bool {
        entity.map_or(self.all_moved, |id| self.entities.get(id).is_moved)
    }

    /// Whether a scoped connection covers what the verbs do not reach.
    pub(crate) fn is_done(&self) -> bool {
        self.is_scoped && self.all_moved
    }
}

fn not_read(file: &SourceFile, (at, reason): (Position, &str)) -> Finding {
    Finding {
        code: Code::NotRead,
        group: Code::NotRead.group(),
        file: file.path.display().to_string(),
        line: at.line,
        column: at.column,
        entity: None,
        test: file.is_test,
        excerpt: reason.to_owned(),
        remedy: Code::NotRead.remedy().to_owned(),
    }
}

/// Whether the tokens name a scoped connection; `db.scoped()` needs the trait.
fn uses_scoped_connection(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| match &token.kind {
        Kind::Ident(word) => word == "ScopedConnection" || word == "Scopable",
        Kind::Group(_, inner) => uses_scoped_connection(inner),
        _ => false,
    })
}
