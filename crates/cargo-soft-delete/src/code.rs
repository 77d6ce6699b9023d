//! The kinds of findings: a stable code for each, what it means and what to do.

use serde::{Serialize, Serializer};

/// How much a finding matters, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    Danger,
    Decide,
    Replace,
    Reach,
}

impl Group {
    pub(crate) const ALL: [Self; 4] = [Self::Danger, Self::Decide, Self::Replace, Self::Reach];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Danger => "danger",
            Self::Decide => "decide",
            Self::Replace => "replace",
            Self::Reach => "reach",
        }
    }

    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Danger => "the move changes what this code does, and nothing reports it",
            Self::Decide => {
                "the move changes which rows this code reaches: say whether that is right"
            }
            Self::Replace => "soft delete written by hand, which the crate now does",
            Self::Reach => "the verbs do not reach this code: a scoped connection does",
        }
    }
}

macro_rules! codes {
    ($($variant:ident $code:literal $group:ident $meaning:literal $remedy:literal)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Code {
            $($variant),*
        }

        impl Code {
            /// In the order of the report.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $code),*
                }
            }

            pub(crate) fn group(self) -> Group {
                match self {
                    $(Self::$variant => Group::$group),*
                }
            }

            pub(crate) fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning),*
                }
            }

            pub(crate) fn remedy(self) -> &'static str {
                match self {
                    $(Self::$variant => $remedy),*
                }
            }
        }
    };
}

codes! {
    NotRead "not-read" Danger
        "the file cannot be read, so nothing in it was found"
        "make it valid Rust in UTF-8, and run again"
    WritesTrash "writes-trash" Danger
        "a mass write selects trashed rows, and would change none"
        "`force_delete_many().only_trashed()` removes them, `restore_many()` restores them"
    ReadsTrash "reads-trash" Danger
        "a condition selects trashed rows, and would find none"
        "begin at `only_trashed()`, or at `with_trashed()` where live rows are wanted too"
    ConditionalFilter "conditional-filter" Danger
        "live rows are selected in one branch only; the other branch would no longer find trashed rows"
        "begin at `with_trashed()`, and keep the filter in its branch"
    HandRestore "hand-restore" Danger
        "the marker is cleared by hand; an update does not reach a trashed row"
        "`model.restore(db)`, `restore_by_id(key)` or `restore_many()`"
    Upsert "upsert" Danger
        "an upsert may write to a trashed row that holds the key"
        "`insert_or_revive`, `insert_or_replace_trashed` or `find_or_insert`"
    RawSqlTrash "raw-sql-trash" Danger
        "SQL text selects trashed rows or writes the marker; a scoped connection hides those rows from it"
        "the comment `/* soft_delete: with_trashed(note) */` in the text lets it reach trashed rows; in a DELETE, `/* soft_delete: force_delete(note) */` lets it remove them. A DELETE that joins the trash needs both: each for its table"
    MarkerBranch "marker-branch" Decide
        "code asks whether a loaded row is trashed; `find` no longer loads such rows"
        "load the row with `with_trashed()`; or remove the branch, once the entity has the verbs or the connection is scoped"
    UnfilteredRead "unfiltered-read" Decide
        "a read has no condition on the marker; it will return live rows only"
        "keep it, or begin at `with_trashed()` where trashed rows are wanted"
    UnfilteredWrite "unfiltered-write" Decide
        "an update has no condition on the marker; it will change live rows only"
        "keep it, or write `update_many_with_trashed()` where trashed rows are meant too"
    PhysicalDelete "physical-delete" Decide
        "a delete removes rows; it will trash live rows, and leave trashed ones"
        "keep it, or write `force_delete` where the rows must go"
    HandFilter "hand-filter" Replace
        "a filter for live rows, which `find` and the other verbs add themselves"
        "remove it, once the entity has the verbs or the connection is scoped"
    HandDelete "hand-delete" Replace
        "the marker is set by hand; on MySQL and MariaDB a scoped `model.update(db)` then fails, though it wrote"
        "`<note::Entity as sea_orm_soft_delete::SoftDelete>::delete_by_id(key)` or `::delete_many()`; not `model.delete(db)`: without the verbs that is SeaORM's, and removes the row for good unless the connection is scoped"
    ScopedFilter "scoped-filter" Reach
        "a filter for live rows of a joined entity, or in a query built by hand"
        "keep it on a plain connection; remove it on a scoped one"
    RelatedRead "related-read" Reach
        "rows of a related entity are read without a filter for live rows"
        "read on a scoped connection, or add `.filter(note::Entity::is_live())`"
    QueryBuilder "query-builder" Reach
        "a statement is built without the verbs"
        "run it on a scoped connection, or begin at a verb"
    RawSql "raw-sql" Reach
        "SQL text names a soft-deletable table or its marker, and does not say which rows it means"
        "run it on a scoped connection, or keep the condition on the marker in the text"
    Generic "generic-code" Reach
        "code is generic in an entity, and reaches all rows"
        "run it on a scoped connection; or bound it by `sea_orm_soft_delete::SoftDelete` and write `<E as sea_orm_soft_delete::SoftDelete>::find()`, because `E::find()` and `Self::find()` are ambiguous then"
    BuilderType "builder-type" Reach
        "the type of a builder is named; the verbs return builders of other types"
        "name the type in `sea_orm_soft_delete::builders`: `SoftDeleteMany<note::Entity>`, `SoftDeleteOne`, `UpdateLiveOne`"
    ConcreteConnection "concrete-connection" Reach
        "a type is bound to SeaORM's own connection, and does not accept a scoped one"
        "take `&impl ConnectionTrait`, and store a `ScopedConnection<DatabaseConnection>`"
}

impl Code {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
