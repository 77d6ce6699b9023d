//! What an examination finds.

use std::fmt;

/// Something about a table or its rows that soft delete does not go with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub code: FindingCode,
    /// The table that it is about, as `note` or `archive.note`; `(connection)` of a setting.
    pub entity: String,
    /// What there is, and what follows from it.
    pub message: String,
    /// What mends it.
    pub remedy: Remedy,
}

/// What mends a [`Finding`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Remedy {
    /// What to do, in words.
    pub advice: String,
    /// What to write in the program: the call of a migration helper, or an attribute.
    pub code: Option<String>,
    /// The statements that mend it, in this database's SQL, to be run in this order on a plain
    /// connection. Empty where there is no such statement.
    pub statements: Vec<String>,
}

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; whether it matters, the program decides.
    Note,
    /// It will be in the way: of a new row, of a delete, of speed.
    Warning,
    /// The verbs fail or answer wrongly, or rows are lost.
    Error,
}

macro_rules! finding_codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal,)*) => {
        /// What a [`Finding`] is, by an id that stays.
        ///
        /// It prints, and is serialized, in kebab case: `marker-missing`. [The page of
        /// findings](fn@crate::doctor) says what mends each.
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
    /// The table of an entity is not there.
    TableMissing = "table-missing",
    /// The table could not be read.
    NotExamined = "not-examined",
    /// Two entities describe one table, and differ.
    DescribedTwice = "described-twice",
    /// A relation is declared in a way that cannot be.
    RelationMisdeclared = "relation-misdeclared",
    /// Nothing tells the rows of one delete from those of another.
    OperationNotIdentifiable = "operation-not-kept",
    /// The marker's column is not there.
    MarkerMissing = "marker-missing",
    /// The marker's column is of another type than its field.
    MarkerMistyped = "marker-mistyped",
    /// The marker cannot be NULL, which says that a row is live.
    MarkerNotNull = "marker-not-null",
    /// The marker can be NULL, which says nothing.
    MarkerNullable = "marker-nullable",
    /// New rows are trashed, since the default of the marker says so.
    MarkerDefault = "marker-default",
    /// Each update of a row trashes it, since the database writes the marker.
    MarkerWritesItself = "marker-writes-itself",
    /// The marker is computed from other columns, so that no verb can write it.
    MarkerGenerated = "marker-generated",
    /// The marker has no default, and is never NULL.
    MarkerDefaultMissing = "marker-default-missing",
    /// The marker does not keep microseconds.
    MarkerImprecise = "marker-imprecise",
    /// The marker holds no instant after 2038.
    MarkerEnds2038 = "marker-ends-2038",
    /// SQLite compares instants as texts, and some are spelled in another way.
    MarkerSpelledOtherwise = "marker-spelled-otherwise",
    /// The column of a companion is not there.
    CompanionMissing = "companion-missing",
    /// The column of a companion is of another type than its field.
    CompanionMistyped = "companion-mistyped",
    /// A companion cannot be NULL, as it is in live rows.
    CompanionNotNull = "companion-not-null",
    /// A unique index holds trashed rows too.
    UniqueCountsTrashed = "unique-counts-trashed",
    /// A unique index with a column that is NULL in live rows lets live rows be equal.
    UniqueNotEnforced = "unique-not-enforced",
    /// A constraint removes the rows in the way of a new one.
    ConstraintReplaces = "constraint-replaces",
    /// An EXCLUDE constraint is about trashed rows too.
    ExclusionCountsTrashed = "exclusion-counts-trashed",
    /// The index by which replication tells rows is gone.
    ReplicaIdentityMissing = "replica-identity-missing",
    /// A natural or composite primary key stays taken by a trashed row.
    KeyCountsTrashed = "key-counts-trashed",
    /// A foreign key removes rows when the row that they point at is removed.
    ForeignKeyDestroys = "foreign-key-destroys",
    /// A foreign key changes rows when the row that they point at is removed.
    ForeignKeyUnlinks = "foreign-key-unlinks",
    /// A row cannot be removed while trashed rows point at it.
    TrashHoldsParent = "trash-holds-parent",
    /// No foreign key is behind a declared relation.
    ForeignKeyMissing = "foreign-key-missing",
    /// A foreign key points at the table, and nothing says what becomes of the rows that have it.
    RelationUndeclared = "relation-undeclared",
    /// A column of a declared relation is not there.
    RelationColumnMissing = "relation-column-missing",
    /// No index finds the rows that belong to a row.
    RelationUnindexed = "relation-unindexed",
    /// Live rows belong to trashed ones.
    LiveBelowTrashed = "live-below-trashed",
    /// A view shows trashed rows.
    ViewShowsTrashed = "view-shows-trashed",
    /// A setting by which the database reads texts otherwise than a scoped connection does.
    TextReadOtherwise = "text-read-otherwise",
}

impl Finding {
    pub(super) fn new(
        severity: Severity,
        code: FindingCode,
        entity: impl Into<String>,
        message: impl Into<String>,
        remedy: Remedy,
    ) -> Self {
        Self {
            severity,
            code,
            entity: entity.into(),
            message: message.into(),
            remedy,
        }
    }
}

impl Remedy {
    /// One in words.
    pub(super) fn advice(advice: impl Into<String>) -> Self {
        Self {
            advice: advice.into(),
            ..Self::default()
        }
    }

    pub(super) fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
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

/// As it stands in a printed [`Diagnosis`](crate::doctor::Diagnosis): what there is, then what mends it,
/// indented.
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
        if let Some(code) = &remedy.code {
            write!(f, "\n    {code}")?;
        }
        if remedy.code.is_some() && !remedy.statements.is_empty() {
            write!(f, "\n    -- in SQL:")?;
        }
        for statement in &remedy.statements {
            write!(f, "\n    {statement};")?;
        }
        Ok(())
    }
}
