//! What the crate reports: what a verb would do, and which rows forbid it.

pub(crate) mod blocked;
pub(crate) mod deleted;
pub(crate) mod erasure;
pub(crate) mod live_row;
pub(crate) mod row_key;
pub(crate) mod trashed_row;

use std::fmt;

use crate::report::live_row::LiveRow;
use crate::report::trashed_row::TrashedRow;

/// A number of things: `1 row`, `2 rows`.
pub(crate) fn counted(count: u64, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        _ => format!("{count} {thing}s"),
    }
}

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
    /// What a restore with ancestors would restore beside that: the trashed rows that the rows belong to, and the rows
    /// that were trashed with each of them.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ancestors: Vec<AffectedRows>,
    /// What forbids a delete or a force delete.
    pub forbids: Vec<RestrictingRows>,
    /// What forbids a restore: unique values that live rows already have.
    pub clashes: Vec<UniqueClash>,
    /// What forbids a restore, except one with ancestors, which has none: rows that belong to trashed rows.
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
///
/// A page can name what is in the way, and lead to it:
///
/// ```standalone_crate
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/folders.rs"));
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// note::Entity::delete_by_id(1).exec(db).await?;
/// folder::Entity::delete_by_id(1).exec(db).await?; // its folder
///
/// let preview = note::Entity::restore_by_id(1).preview(db).await?;
/// let garden = &preview.orphans[0].parents[0];
/// assert_eq!(garden.to_string(), "Garden");
/// assert_eq!((garden.entity.as_str(), &garden.key), ("folder", &1.into()));
/// let first = Operation::find(garden.operation.expect("a delete trashed it"), db).await?;
/// assert_eq!(first.expect("it is in the trash").restore(db).await?, 2); // and the note Shed
/// note::Entity::restore_by_id(1).exec(db).await?;
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
///
/// The preview counts the rows, and only if there are some, one more SELECT reads the parents.
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
    /// The first five of the rows that they belong to, by primary key, each with the operation that trashed it. Empty
    /// for rows that no longer exist.
    #[cfg_attr(feature = "serde", serde(default))]
    pub parents: Vec<TrashedRow>,
}

/// How many parents [`Orphans`] name.
pub(crate) const MOST_PARENTS: usize = 5;

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
        let ancestors = self.ancestors.iter().map(AffectedRows::total);
        ancestors.fold(self.affects.total(), u64::saturating_add)
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

    /// Adds a tree to the tree of the same entity.
    pub(crate) fn add_tree(all: &mut Vec<Self>, tree: Self) {
        match all.iter_mut().find(|known| known.entity == tree.entity) {
            Some(known) => {
                known.count += tree.count;
                for member in tree.members {
                    Self::add_tree(&mut known.members, member);
                }
            }
            None => all.push(tree),
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
        let rows = counted(*count, "row");
        let for_good = if self.is_destroyed {
            ", destroyed for good"
        } else {
            ""
        };
        writeln!(f, "{entity}: {rows}{for_good}")?;
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

/// A tree, with a line for each entity.
impl fmt::Display for AffectedRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "")
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
        write!(f, "{} of `{}`", counted(self.count, "row"), self.entity)
    }
}

impl Orphans {
    fn write(&self, f: &mut fmt::Formatter<'_>, what: &str) -> fmt::Result {
        let (rows, belong) = match self.count {
            1 => ("row", "belongs"),
            _ => ("rows", "belong"),
        };
        let Self {
            entity, count, of, ..
        } = self;
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
                Some(known) => known.add(found),
                None => all.push(found),
            }
        }
    }

    /// Takes counts out of the entry of the same two entities.
    pub(crate) fn remove(all: &mut Vec<Self>, less: &Self) {
        for known in all.iter_mut() {
            if (&known.entity, &known.of) == (&less.entity, &less.of) {
                known.count = known.count.saturating_sub(less.count);
            }
        }
        all.retain(|known| known.count > 0);
    }

    fn add(&mut self, more: Self) {
        self.count += more.count;
        let new = more.parents.into_iter();
        let new = new.filter(|parent| !self.parents.contains(parent));
        let room = MOST_PARENTS.saturating_sub(self.parents.len());
        let new: Vec<TrashedRow> = new.take(room).collect();
        self.parents.extend(new);
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.verb)?;
        self.affects.write(f, "")?;
        for above in &self.ancestors {
            write!(f, "with ancestors, ")?;
            above.write(f, "")?;
        }
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

/// A row that cannot be restored, because a live row has its unique values, or another row of the same restore.
///
/// A page can say which value is taken, and link to the row that has it:
///
/// ```standalone_crate
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/folders.rs"));
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// note::Entity::delete_by_id(1).exec(db).await?;
/// let new = titled(1, "Roses").insert(db).await?; // the title is unique among live notes
///
/// let preview = note::Entity::restore_by_id(1).preview(db).await?;
/// let clash = &preview.clashes[0];
/// assert_eq!(clash.taken, "folder_id = 1, title = 'Roses'");
/// let title = clash.values.iter().find(|value| value.column == "title");
/// assert_eq!(title.map(|title| title.text.as_str()), Some("Roses"));
/// let taken_by = clash.live_row.as_ref().expect("it is there");
/// assert_eq!((taken_by.entity.as_str(), &taken_by.key), ("note", &new.id.into()));
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
///
/// Subqueries of the statement that finds the clash read the live row, and lock nothing.
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
    /// The same values, column by column.
    #[cfg_attr(feature = "serde", serde(default))]
    pub values: Vec<TakenValue>,
    /// The live row that has them. `None` if another row of the same restore would have them, or if the row ceased to
    /// have them while it was read.
    #[cfg_attr(feature = "serde", serde(default))]
    pub live_row: Option<LiveRow>,
}

/// A value of a trashed row that a live row has, in a column of a unique key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct TakenValue {
    /// The column.
    pub column: String,
    /// The value as text, without the quotes of a literal.
    pub text: String,
}

impl UniqueClash {
    /// Whether the clash is on every column of this unique key.
    pub(crate) fn is_about_all_of(&self, key: &[&str]) -> bool {
        key.iter()
            .all(|of| self.values.iter().any(|value| value.column == *of))
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
