//! A single finding of an examination.

use std::fmt;

/// A fault of a table or of its rows that conflicts with soft delete.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Finding {
    /// The severity.
    pub severity: Severity,
    /// The kind of fault.
    pub code: FindingCode,
    /// The table concerned, as `note` or `archive.note`; `(connection)` for a setting.
    pub entity: String,
    /// The fault and its consequence.
    pub message: String,
    /// How to fix it.
    pub remedy: Remedy,
}

/// How to fix a [`Finding`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Remedy {
    /// The fix in words.
    pub advice: String,
    /// The text to write in the source of the entity, such as an attribute. No statement has its effect.
    pub declaration: Option<String>,
    /// The call that fixes it, in a migration or in the program.
    pub call: Option<String>,
    /// The statements that fix it, in this database's SQL. Run them in this order on a plain connection, in
    /// one session. Empty if no statement fixes it. They fix this finding alone: another finding of the table may need
    /// one of them too, such as an `ADD COLUMN`, which then runs once. The printed diagnosis has it once.
    pub statements: Vec<String>,
    /// The query that lists the rows concerned. It changes nothing.
    pub query: Option<String>,
}

/// The severity of a [`Finding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; the program decides whether it matters.
    Note,
    /// It will cause trouble: a new row or a delete fails, or a statement is slow.
    Warning,
    /// The verbs fail or return wrong results, or rows are lost.
    Error,
}

macro_rules! finding_codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal,)*) => {
        /// The kind of a [`Finding`], with a stable id.
        ///
        /// It prints and serializes in kebab case: `marker-missing`. [The page of
        /// findings](fn@crate::doctor) gives the fix for each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FindingCode {
            $($(#[doc = $doc])* $name,)*
        }

        impl FindingCode {
            /// Every code, in the order in which findings of one severity are printed.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The id, such as `marker-missing`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

finding_codes! {
    /// The table of an entity does not exist.
    TableMissing = "table-missing",
    /// The table could not be read.
    NotExamined = "not-examined",
    /// Two entities describe one table differently.
    DescribedTwice = "described-twice",
    /// A relation is declared in an impossible way.
    RelationMisdeclared = "relation-misdeclared",
    /// Nothing distinguishes the rows of one delete from the rows of another.
    OperationNotIdentifiable = "operation-not-identifiable",
    /// The marker's column does not exist.
    MarkerMissing = "marker-missing",
    /// The marker's column has another type than its field.
    MarkerMistyped = "marker-mistyped",
    /// The marker cannot be NULL, though NULL means live.
    MarkerNotNull = "marker-not-null",
    /// The marker can be NULL, though NULL has no meaning.
    MarkerNullable = "marker-nullable",
    /// New rows are trashed, because of the marker's default.
    MarkerDefault = "marker-default",
    /// Each update of a row trashes it, because the database writes the marker.
    MarkerWritesItself = "marker-writes-itself",
    /// The marker is generated from other columns, so that no verb can write it.
    MarkerGenerated = "marker-generated",
    /// The marker is never NULL and has no default.
    MarkerDefaultMissing = "marker-default-missing",
    /// The marker does not keep microseconds.
    MarkerImprecise = "marker-imprecise",
    /// The marker holds no instant after 2038.
    MarkerEnds2038 = "marker-ends-2038",
    /// SQLite compares instants as texts, and some instants have another spelling.
    MarkerSpelledOtherwise = "marker-spelled-otherwise",
    /// The column of a companion does not exist.
    CompanionMissing = "companion-missing",
    /// The column of a companion has another type than its field.
    CompanionMistyped = "companion-mistyped",
    /// A companion cannot be NULL, though it is NULL in live rows.
    CompanionNotNull = "companion-not-null",
    /// A unique index also holds trashed rows.
    UniqueCountsTrashed = "unique-counts-trashed",
    /// A unique index includes a column that is NULL in live rows, so that live rows can be equal.
    UniqueNotEnforced = "unique-not-enforced",
    /// The entity does not declare a unique key among live rows.
    UniqueUndeclared = "unique-undeclared",
    /// A constraint removes the rows that conflict with a new one.
    ConstraintReplaces = "constraint-replaces",
    /// An EXCLUDE constraint also applies to trashed rows.
    ExclusionCountsTrashed = "exclusion-counts-trashed",
    /// The index that replication uses to identify rows no longer exists.
    ReplicaIdentityMissing = "replica-identity-missing",
    /// A trashed row keeps a natural or composite primary key occupied.
    KeyCountsTrashed = "key-counts-trashed",
    /// A foreign key removes rows when the row that they point at is removed.
    ForeignKeyDestroys = "foreign-key-destroys",
    /// A foreign key changes rows when the row that they point at is removed.
    ForeignKeyUnlinks = "foreign-key-unlinks",
    /// A row cannot be removed while trashed rows point at it.
    TrashHoldsParent = "trash-holds-parent",
    /// A declared relation has no foreign key.
    ForeignKeyMissing = "foreign-key-missing",
    /// A foreign key points at the table, and no relation declares a policy for the rows that have it.
    RelationUndeclared = "relation-undeclared",
    /// A column of a declared relation does not exist.
    RelationColumnMissing = "relation-column-missing",
    /// No index finds the children of a row.
    RelationUnindexed = "relation-unindexed",
    /// A unique key compares the rows of several values of a required scope.
    UniqueAcrossScope = "unique-across-scope",
    /// A row can point at a row of another value of a required scope.
    ForeignKeyAcrossScope = "foreign-key-across-scope",
    /// The column of a required scope does not exist.
    ScopeColumnMissing = "scope-column-missing",
    /// The column of a required scope has another type than its field.
    ScopeColumnMistyped = "scope-column-mistyped",
    /// The column of a required scope can be NULL, and then the row is in the scope of no value.
    ScopeColumnNullable = "scope-column-nullable",
    /// The column of a required scope does not tell upper case from lower case.
    ScopeIgnoresCase = "scope-ignores-case",
    /// No index finds the rows of a required scope.
    ScopeUnindexed = "scope-unindexed",
    /// A table has the column of a required scope, or rows that belong to rows of one, and is not in the scope.
    ScopeUndeclared = "scope-undeclared",
    /// Two scopes have one name.
    ScopeNamedTwice = "scope-named-twice",
    /// Live rows belong to trashed parents.
    LiveBelowTrashed = "live-below-trashed",
    /// Other entities declare how long their trash is kept, and this one does not.
    RetentionUndeclared = "retention-undeclared",
    /// No index finds the oldest trash.
    PurgeUnindexed = "purge-unindexed",
    /// Trash has been kept longer than its retention.
    PurgeBehind = "purge-behind",
    /// Other entities of the family can be put on legal hold, and this one cannot.
    HoldMissing = "hold-missing",
    /// An erasure overwrites some columns of the table and leaves others that seem to be personal.
    EraseMissing = "erase-missing",
    /// Deeds are to be recorded in a table that does not exist.
    LogMissing = "log-missing",
    /// The log records the deeds on a related entity of the family, and not on this one.
    LogPartial = "log-partial",
    /// Rows are to be archived in a table that does not exist.
    ArchiveMissing = "archive-missing",
    /// The archive of the table cannot hold or give back all values of it.
    ArchiveNarrower = "archive-narrower",
    /// A parent counts rows in a column that does not exist.
    CounterMissing = "counter-missing",
    /// A parent holds a wrong count of rows.
    CountWrong = "count-wrong",
    /// A view shows trashed rows.
    ViewShowsTrashed = "view-shows-trashed",
    /// A live schema has no view of a table.
    LiveViewMissing = "live-view-missing",
    /// The view of a table in a live schema, or a trigger of it, was changed.
    LiveViewChanged = "live-view-changed",
    /// The view of a table in a live schema has other columns than the table.
    LiveViewOutdated = "live-view-outdated",
    /// A connection that is to read through a live schema does not search it first.
    LiveSchemaNotFirst = "live-schema-not-first",
    /// A table of a required scope has no policies of row-level security, though other tables have.
    RowSecurityMissing = "row-security-missing",
    /// The policies of row-level security of a table are not as its scopes declare.
    RowSecurityDiffers = "row-security-differs",
    /// A setting makes the database read texts differently from a scoped connection.
    TextReadOtherwise = "text-read-otherwise",
}

impl FindingCode {
    pub(super) fn error(self, table: String, fault: impl Into<String>, fix: Remedy) -> Finding {
        self.finding(Severity::Error, table, fault, fix)
    }

    pub(super) fn warning(self, table: String, fault: impl Into<String>, fix: Remedy) -> Finding {
        self.finding(Severity::Warning, table, fault, fix)
    }

    pub(super) fn note(self, table: String, fault: impl Into<String>, fix: Remedy) -> Finding {
        self.finding(Severity::Note, table, fault, fix)
    }

    pub(super) fn finding(
        self,
        severity: Severity,
        table: String,
        fault: impl Into<String>,
        fix: Remedy,
    ) -> Finding {
        Finding {
            severity,
            code: self,
            entity: table,
            message: fault.into(),
            remedy: fix,
        }
    }
}

impl Remedy {
    /// A remedy in words only.
    pub(super) fn advice(advice: impl Into<String>) -> Self {
        Self {
            advice: advice.into(),
            ..Self::default()
        }
    }

    pub(super) fn declare(mut self, declaration: impl Into<String>) -> Self {
        self.declaration = Some(declaration.into());
        self
    }

    pub(super) fn call(mut self, call: impl Into<String>) -> Self {
        self.call = Some(call.into());
        self
    }

    pub(super) fn query(mut self, query: String) -> Self {
        self.query = Some(query);
        self
    }

    pub(super) fn statements(mut self, statements: impl IntoIterator<Item = String>) -> Self {
        self.statements.extend(statements);
        self
    }
}

/// `error`, `warning` or `note`.
impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for FindingCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Finding {
    /// Whether the statements of the other finding fix this one too.
    pub(super) fn has_statements_of(&self, other: &Self) -> bool {
        !self.remedy.statements.is_empty()
            && self.remedy.statements == other.remedy.statements
            && self.entity == other.entity
    }

    /// The finding without what the findings above it print and what cannot run twice: a column or an index of the
    /// table that is added, and a table that is made anew as it was before.
    pub(super) fn behind(&self, above: &[Self]) -> Self {
        let mut printed = above.iter().filter(|above| above.entity == self.entity);
        let mut rest = self.clone();
        if self.makes_anew() {
            if let Some(above) = printed.find(|above| above.makes_anew()) {
                rest.remedy.statements.clear();
                let again = format!(
                    ". Examine the database again after the statements of `{}` above, which make the table anew too",
                    above.code
                );
                rest.remedy.advice.push_str(&again);
            }
            return rest;
        }
        let adds =
            |sql: &str| sql.contains(" ADD COLUMN ") || sql.starts_with("CREATE UNIQUE INDEX");
        let mut with_it = None;
        rest.remedy.statements.retain(|statement| {
            let has_it = |above: &&Self| above.remedy.statements.contains(statement);
            let first = printed.clone().find(has_it).filter(|_| adds(statement));
            with_it = with_it.or(first);
            first.is_none()
        });
        if let Some(above) = with_it {
            let after = format!(", after the statements of `{}` above", above.code);
            rest.remedy.advice.push_str(&after);
        }
        rest
    }

    /// Whether the statements make a table of SQLite anew.
    fn makes_anew(&self) -> bool {
        let mut statements = self.remedy.statements.iter();
        statements.any(|statement| statement.starts_with("BEGIN"))
    }

    /// The text with a reference to a finding above in place of its statements and its call.
    pub(super) fn fixed_with(&self, above: &Self) -> String {
        let mut same = self.clone();
        same.remedy.statements.clear();
        same.remedy.call = None;
        let with = format!(", with the statements of `{}` above", above.code);
        same.remedy.advice.push_str(&with);
        same.to_string()
    }
}

/// Prints the finding as in a [`Diagnosis`](crate::doctor::Diagnosis): the fault, then the fix, indented.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            severity,
            code,
            message,
            remedy,
            ..
        } = self;
        writeln!(f, "{severity} {code}: {message}")?;
        write!(f, "  remedy: {}", remedy.advice)?;
        let declared = remedy.declaration.iter().flat_map(|it| it.lines());
        for line in declared.chain(remedy.call.as_deref()) {
            write!(f, "\n    {line}")?;
        }
        if remedy.call.is_some() && !remedy.statements.is_empty() {
            write!(f, "\n    -- in SQL:")?;
        }
        for statement in remedy.statements.iter().chain(&remedy.query) {
            write!(f, "\n    {statement};")?;
        }
        Ok(())
    }
}
