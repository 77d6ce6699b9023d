//! What the crate reports: what a verb would do, and which rows forbid it.

pub(crate) mod blocked;
pub(crate) mod deleted;
pub(crate) mod erasure;
pub(crate) mod trashed_row;

use std::fmt;

/// What a delete, a restore or a force delete would do, if it ran now.
///
/// It is built from counts alone: it reads no rows and writes nothing. It prints as a tree:
///
/// ```text
/// delete
/// folder: 3 rows
/// └─ note: 12 rows
///    ├─ attachment: 4 rows
///    └─ search_entry: 12 rows, destroyed for good
/// ```
///
/// With feature `serde` an application can send it to the user who is to confirm it, and pass it back to
/// `confirm`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Preview {
    /// The verb that was asked for.
    pub verb: PreviewVerb,
    /// The rows that the verb would write, and the rows that belong to them.
    pub affects: AffectedRows,
    /// What forbids a delete or a force delete.
    pub forbids: Vec<RestrictingRows>,
    /// What forbids a restore: unique values that live rows already have.
    pub clashes: Vec<UniqueClash>,
    /// What forbids a restore, except one with ancestors: rows that belong to trashed rows.
    pub orphans: Vec<Orphans>,
    /// What forbids a restore: rows that belong to rows which no longer exist.
    #[cfg_attr(feature = "serde", serde(default))]
    pub gone: Vec<Orphans>,
    /// What forbids a force delete: foreign keys of tables outside the family. Empty on a connection that
    /// may not read the catalogue, such as SeaORM's `RestrictedConnection`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub held: Vec<Holder>,
    /// What forbids a force delete: rows that a legal hold keeps.
    #[cfg_attr(feature = "serde", serde(default))]
    pub on_hold: Vec<EntityRows>,
}

/// The verb of a [`Preview`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum PreviewVerb {
    /// Live rows would be trashed.
    Delete,
    /// Trashed rows would be restored.
    Restore,
    /// Rows would be removed physically.
    ForceDelete,
}

/// The rows of an entity that a verb would write, and the rows of other entities that belong to them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct AffectedRows {
    /// The table.
    pub entity: String,
    /// How many of its rows. For an entity that belongs to itself, the rows of all levels.
    pub count: u64,
    /// Whether a soft delete removes the rows for good, because the entity is not soft-deletable.
    pub is_destroyed: bool,
    /// The entities that belong to this one. An entity that belongs to several is listed under the first.
    pub members: Vec<AffectedRows>,
}

/// Rows to restore that belong to rows which would stay trashed, or which no longer exist.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Orphans {
    /// The table of the rows.
    pub entity: String,
    /// How many there are.
    pub count: u64,
    /// The table of the rows that they belong to.
    pub of: String,
}

/// Rows of another table whose foreign key refers to rows that a force delete would remove.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Holder {
    /// The table of the rows that the foreign key refers to.
    pub entity: String,
    /// The table of the rows that have the foreign key.
    pub by: String,
    /// The foreign key's name; SQLite has none.
    pub constraint: Option<String>,
    /// How many rows refer to them, live or trashed.
    pub count: u64,
}

/// A number of rows of one entity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct EntityRows {
    /// The table.
    pub entity: String,
    /// The number of rows.
    pub count: u64,
}

impl EntityRows {
    /// Adds rows to the entry of their entity.
    pub(crate) fn add(all: &mut Vec<Self>, entity: String, count: u64) {
        if count == 0 {
            return;
        }
        match all.iter_mut().find(|rows| rows.entity == entity) {
            Some(rows) => rows.count += count,
            None => all.push(Self { entity, count }),
        }
    }
}

impl Preview {
    /// How many rows, of all entities.
    pub fn count(&self) -> u64 {
        self.affects.total()
    }

    /// Whether nothing forbids the verb.
    pub fn is_allowed(&self) -> bool {
        self.forbids.is_empty()
            && self.clashes.is_empty()
            && self.orphans.is_empty()
            && self.gone.is_empty()
            && self.held.is_empty()
            && self.on_hold.is_empty()
    }
}

impl AffectedRows {
    /// How many rows, of this entity and of the entities below it.
    pub fn total(&self) -> u64 {
        let below = self.members.iter().map(Self::total);
        below.fold(self.count, u64::saturating_add)
    }

    /// Adds rows to the entry of their entity.
    pub(crate) fn add(&mut self, entity: &str, count: u64) {
        if self.entity == entity {
            self.count += count;
            return;
        }
        for member in &mut self.members {
            member.add(entity, count);
        }
    }

    /// How many rows of this entity, in the whole tree.
    pub(crate) fn count_of(&self, entity: &str) -> u64 {
        let own = if self.entity == entity { self.count } else { 0 };
        let below = self.members.iter().map(|member| member.count_of(entity));
        below.fold(own, u64::saturating_add)
    }

    /// The entities of the tree.
    pub(crate) fn entities(&self) -> Vec<&str> {
        let below = self.members.iter().flat_map(Self::entities);
        std::iter::once(self.entity.as_str()).chain(below).collect()
    }

    /// The same tree with these counts.
    pub(crate) fn with_counts(&self, counts: &[EntityRows]) -> Self {
        let counted = counts.iter().filter(|rows| rows.entity == self.entity);
        Self {
            count: counted.map(|rows| rows.count).sum(),
            members: self
                .members
                .iter()
                .map(|member| member.with_counts(counts))
                .collect(),
            ..self.clone()
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
        let Self { entity, count, .. } = self;
        let rows = if *count == 1 { "row" } else { "rows" };
        let for_good = if self.is_destroyed {
            ", destroyed for good"
        } else {
            ""
        };
        writeln!(f, "{entity}: {count} {rows}{for_good}")?;
        for (index, member) in self.members.iter().enumerate() {
            let (branch, below) = match index + 1 == self.members.len() {
                true => ("└─ ", "   "),
                false => ("├─ ", "│  "),
            };
            write!(f, "{indent}{branch}")?;
            member.write(f, &format!("{indent}{below}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for PreviewVerb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::ForceDelete => "force delete",
        })
    }
}

/// `2 rows of comment belong to trashed rows of post`
impl fmt::Display for Orphans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "trashed")
    }
}

/// `2 rows of loan, which refer to rows of book (fk_loan_book)`
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, refer) = match self.count {
            1 => ("row", "refers"),
            _ => ("rows", "refer"),
        };
        let Self {
            entity, by, count, ..
        } = self;
        write!(
            f,
            "{count} {rows} of `{by}`, which {refer} to rows of `{entity}`"
        )?;
        match &self.constraint {
            Some(constraint) => write!(f, " ({constraint})"),
            None => Ok(()),
        }
    }
}

/// `2 rows of invoice`
impl fmt::Display for EntityRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = if self.count == 1 { "row" } else { "rows" };
        write!(f, "{} {rows} of `{}`", self.count, self.entity)
    }
}

impl Orphans {
    fn write(&self, f: &mut fmt::Formatter<'_>, what: &str) -> fmt::Result {
        let (rows, belong) = match self.count {
            1 => ("row", "belongs"),
            _ => ("rows", "belong"),
        };
        let Self { entity, count, of } = self;
        write!(
            f,
            "{count} {rows} of `{entity}` {belong} to {what} rows of `{of}`"
        )
    }

    /// Adds counts to a list: to the entry of the same two entities, if there is one.
    pub(crate) fn add_all(all: &mut Vec<Self>, more: Vec<Self>) {
        for found in more {
            let mut known = all.iter_mut();
            match known.find(|known| (&known.entity, &known.of) == (&found.entity, &found.of)) {
                Some(known) => known.count += found.count,
                None => all.push(found),
            }
        }
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.verb)?;
        self.affects.write(f, "")?;
        for forbids in &self.forbids {
            writeln!(f, "forbidden by {forbids}")?;
        }
        for clash in &self.clashes {
            writeln!(f, "forbidden by a unique value: {clash}")?;
        }
        for orphans in &self.orphans {
            writeln!(f, "forbidden since {orphans}")?;
        }
        for gone in &self.gone {
            write!(f, "forbidden since ")?;
            gone.write(f, "missing")?;
            writeln!(f)?;
        }
        for holder in &self.held {
            writeln!(f, "forbidden by {holder}")?;
        }
        for held in &self.on_hold {
            writeln!(f, "forbidden by a legal hold: {held}")?;
        }
        Ok(())
    }
}

/// A row that cannot be restored, because a live row has its unique values.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct UniqueClash {
    /// The table.
    pub entity: String,
    /// The key of the trashed row, as `column = value`.
    pub key: String,
    /// The values that are taken, as `column = value`.
    pub taken: String,
    /// The columns of these values.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) columns: Vec<String>,
}

impl UniqueClash {
    /// Whether the clash is on every column of this unique key.
    pub(crate) fn is_about_all_of(&self, key: &[&str]) -> bool {
        key.iter()
            .all(|of| self.columns.iter().any(|column| column == of))
    }
}

/// `note id = 3 (slug = 'milk' is taken)`
impl fmt::Display for UniqueClash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            entity, key, taken, ..
        } = self;
        write!(f, "`{entity}` {key} ({taken} is taken)")
    }
}

/// Rows that forbid a delete.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct RestrictingRows {
    /// The table that they are in.
    pub entity: String,
    /// How many there are.
    pub count: u64,
    /// The table of the rows that they belong to, which the delete would affect.
    pub of: String,
}

/// `3 live rows of comment, which belong to post`
impl fmt::Display for RestrictingRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, belong) = match self.count {
            1 => ("row", "belongs"),
            _ => ("rows", "belong"),
        };
        let Self { entity, count, of } = self;
        write!(
            f,
            "{count} live {rows} of `{entity}`, which {belong} to `{of}`"
        )
    }
}

/// Live rows that have the same values in columns that should be unique.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Duplicate {
    /// The values, as the database spells them, in the order of the columns.
    pub values: Vec<String>,
    /// How many rows have them.
    pub rows: u64,
}

/// As `'milk' (3 rows)`.
impl fmt::Display for Duplicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' ({} rows)", self.values.join("', '"), self.rows)
    }
}
