//! The report of a watch.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Observation;
use crate::report::counted;

/// What a [`Watch`](crate::Watch) has seen. It prints, and it serialises as JSON.
///
/// ```text
/// 480 statements ran; 3 of them, by text and call site, are listed.
///
/// FINDS NO TRASH: a condition asks for trashed rows, which a scoped connection hides
///   src/folders.rs:88, 4 times: folder
///     SELECT … FROM "folder" WHERE "folder"."deleted_at" IS NOT NULL
///     names the marker: "folder"."deleted_at" IS NOT NULL
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WatchReport {
    /// How many statements ran, with the statements that name no soft-deletable table. A report that was
    /// [read](Self::read) from a file counts the listed statements alone.
    pub statements: u64,
    /// How many statements are not listed, because there were more than 10,000 different ones.
    pub not_listed: u64,
    /// The statements that a scoped connection would change, and the statements that name the marker themselves. The
    /// most dangerous effect comes first; within an effect, the statements that answered differently.
    pub watched: Vec<WatchedStatement>,
}

/// A statement that a scoped connection would change, or that names the marker itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WatchedStatement {
    /// The line of the program that ran it, as `file:line`; without debug information, the function.
    pub call_site: Option<String>,
    /// The most dangerous of its effects.
    pub effect: WatchEffect,
    /// All of its effects, the most dangerous first.
    pub effects: Vec<WatchEffect>,
    /// The soft-deletable tables that it names.
    pub tables: Vec<String>,
    /// The statement as it was sent.
    pub sql: String,
    /// The statement as a scoped connection would send it, if that differs.
    pub scoped: Option<String>,
    /// The conditions and assignments that name the marker, as the statement writes them.
    pub conditions: Vec<String>,
    /// The tables whose trashed rows spare other rows from the statement: it may
    /// [reach more](WatchEffect::ReachesMoreRows) without them.
    pub spared_by: Vec<String>,
    /// Whether it names the marker in a way that
    /// [`explicit_marker_wins`](crate::builders::ScopeBuilder::explicit_marker_wins) leaves to the scope.
    pub is_left_by_explicit_marker_wins: bool,
    /// If it names a marker as for trashed rows: the tables whose trashed rows a scope with
    /// [`explicit_marker_wins`](crate::builders::ScopeBuilder::explicit_marker_wins) would still hide from it.
    pub hidden_by_explicit_marker_wins: Vec<String>,
    /// Why a scoped connection would refuse it.
    pub refusal: Option<String>,
    /// Whether a scope with [`explicit_marker_wins`](crate::builders::ScopeBuilder::explicit_marker_wins) would send it
    /// all the same.
    pub is_sent_by_explicit_marker_wins: bool,
    /// How often it ran.
    pub count: u64,
    /// How often its rows were compared with those of the scoped statement.
    #[serde(default)]
    pub compared: u64,
    /// How often its rows differed from those of the scoped statement, if the watch compares.
    pub differed: u64,
    /// How many rows it found when they differed last, in number if they ever did, and how many the scoped statement
    /// found.
    pub rows: Option<(u64, u64)>,
}

/// What a scoped connection would do with a statement. The most dangerous comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WatchEffect {
    /// A condition asks for trashed rows, and would find none.
    FindsNoTrash,
    /// An UPDATE makes rows live by hand, and would reach live rows alone.
    RestoresNothing,
    /// An UPDATE trashes rows by hand. It would still do so, without an operation or a cascade. On MySQL and MariaDB
    /// SeaORM reads the row back after `model.update(db)`, does not find it, and reports that as an error.
    TrashesByHand,
    /// The statement would be refused.
    Refused,
    /// A DELETE, an UPDATE or an INSERT … SELECT may reach rows that trashed rows of another table spare now: its
    /// NOT IN, NOT EXISTS, outer join or count would no longer see them.
    ReachesMoreRows,
    /// The statement depends on the marker in another way, such as an OR or an ORDER BY.
    DependsOnMarker,
    /// A DELETE would trash its rows, and no foreign key would refuse it.
    BecomesSoftDelete,
    /// A SELECT returned more rows when it was compared, such as a room without live tenants.
    ShowsMoreRows,
    /// An INSERT into a table with a unique key, or an UPDATE of a column of one. Where the key holds among live rows
    /// alone, as it does once it is converted, a trashed row does not stop the write any more, and the table has two rows
    /// with the key.
    MeetsTrashedKeys,
    /// An UPDATE would change live rows alone, so that trashed rows keep their values and return with them.
    UpdatesLiveRows,
    /// The statement would read or upsert live rows alone.
    HidesTrash,
    /// The statement has a condition for live rows, which can go.
    FilterCanGo,
}

impl WatchEffect {
    /// Its name in the report.
    pub fn title(self) -> &'static str {
        match self {
            Self::FindsNoTrash => "finds no trash",
            Self::RestoresNothing => "restores nothing",
            Self::Refused => "is refused",
            Self::ReachesMoreRows => "reaches more rows",
            Self::DependsOnMarker => "depends on the marker",
            Self::TrashesByHand => "trashes by hand",
            Self::BecomesSoftDelete => "becomes a soft delete",
            Self::ShowsMoreRows => "shows more rows",
            Self::MeetsTrashedKeys => "meets trashed keys",
            Self::UpdatesLiveRows => "writes live rows only",
            Self::HidesTrash => "hides trash",
            Self::FilterCanGo => "filter can go",
        }
    }

    /// What that means, and what to do.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::FindsNoTrash => {
                "a condition asks for trashed rows, which a scoped connection hides; use `only_trashed()`, \
                 `with_trashed()` or `db.with_trashed_of(…)`, and `Purge` or `force_delete_many()` to remove them; in SQL, \
                 write `/* soft_delete: with_trashed(…) */` into the statement, or `force_delete(…)` into a DELETE"
            }
            Self::RestoresNothing => {
                "an UPDATE makes rows live, and a scoped connection hides those that are not; use `restore_by_id` or \
                 `restore_many`, which also restore the children that were trashed at the same instant, by hand too: \
                 `preview` lists them; in SQL, write `/* soft_delete: with_trashed(…) */` into the statement"
            }
            Self::Refused => {
                "a scoped connection sends nothing; write it differently, or use `unscoped()`"
            }
            Self::ReachesMoreRows => {
                "a write with a NOT IN, a NOT EXISTS, an outer join or a count spares rows as long as it sees the trash, \
                 and a scoped connection hides it; to keep sparing them, write `/* soft_delete: with_trashed(…) */` \
                 into the subquery, or use `db.with_trashed_of(…)`; if they are to go, purge first"
            }
            Self::DependsOnMarker => {
                "a scoped connection shows it live rows alone; if it needs the trash, use `with_trashed()`, \
                 `db.with_trashed_of(…)` or, in SQL, `/* soft_delete: with_trashed(…) */`; a DELETE that is to remove \
                 trashed rows needs `force_delete_many()` or, in SQL, `/* soft_delete: force_delete(…) */`"
            }
            Self::TrashesByHand => {
                "an UPDATE trashes rows without an operation, a cascade or a record of who and why, and on MySQL and \
                 MariaDB `model.update(db)` fails after it, because SeaORM reads the row back; use \
                 `<Entity as sea_orm_soft_delete::SoftDelete>::delete_by_id` or `::delete_many`, which also obey \
                 `restrict`, as the UPDATE did not; not `model.delete(db)`: with `verbs = false` that is SeaORM's, and \
                 removes the row for good unless the connection is scoped"
            }
            Self::BecomesSoftDelete => {
                "a scoped connection trashes the rows and their family; no foreign key refuses that any more, so \
                 declare `restrict` where one has to (live children forbid the delete, trashed ones do not), and mend \
                 the doctor's errors before; to remove rows for good, use `force_delete_many()`, which takes the rows \
                 of a `cascade` along, live and trashed"
            }
            Self::ShowsMoreRows => {
                "a SELECT shows rows that it did not show before, because it asks for what has no counterpart, and a \
                 scoped connection hides the counterpart that is trashed; if it needs the trash, use `with_trashed()` or \
                 `db.with_trashed_of(…)`"
            }
            Self::MeetsTrashedKeys => {
                "a write meets the unique key of a trashed row. Once the key is converted to hold among live rows, an \
                 INSERT, an INSERT IGNORE or an upsert inserts a second row with the key, and an UPDATE gives it to a \
                 second row. Until then, on a scoped connection, an INSERT and an UPDATE fail, an INSERT IGNORE inserts \
                 nothing, and an upsert leaves the trashed row as it is: with `UpsertOfTrashed` where the database tells, \
                 else without an error. Decide for each INSERT with `insert_or_revive`, `insert_or_replace_trashed` or \
                 `insert_unless_trashed`; before an UPDATE, look for the key with `with_trashed()`"
            }
            Self::UpdatesLiveRows => {
                "an UPDATE changes live rows alone, and trashed rows keep their values, which return with a restore; look \
                 first at the UPDATEs of many rows, such as one that clears a flag everywhere; if trashed rows have to \
                 change too, use `update_many_with_trashed()`, `db.with_trashed_of(…)` or, in SQL, \
                 `/* soft_delete: with_trashed(…) */`"
            }
            Self::HidesTrash => {
                "a scoped connection shows live rows alone; look at what answered differently, and at what precedes an \
                 INSERT"
            }
            Self::FilterCanGo => {
                "a condition for live rows, which a scoped connection adds by itself; that of a verb such as `find()` stays"
            }
        }
    }
}

impl WatchedStatement {
    pub(super) fn new(call_site: Option<String>, observation: Observation) -> Self {
        let Observation {
            sql,
            scoped,
            tables,
            mut effects,
            conditions,
            spared_by,
            is_left_by_explicit_marker_wins,
            hidden_by_explicit_marker_wins,
            refusal,
            is_sent_by_explicit_marker_wins,
        } = observation;
        effects.sort_unstable();
        effects.dedup();
        Self {
            call_site,
            effect: effects.first().copied().unwrap_or(WatchEffect::HidesTrash),
            effects,
            tables,
            sql,
            scoped,
            conditions,
            spared_by,
            is_left_by_explicit_marker_wins,
            hidden_by_explicit_marker_wins,
            refusal,
            is_sent_by_explicit_marker_wins,
            count: 1,
            compared: 0,
            differed: 0,
            rows: None,
        }
    }

    pub(super) fn add(&mut self, effect: WatchEffect) {
        if let Err(at) = self.effects.binary_search(&effect) {
            self.effects.insert(at, effect);
            self.effect = self.effect.min(effect);
        }
    }

    /// Records that its rows differ from those of the scoped statement.
    pub(super) fn differs(&mut self, found: u64, scoped: u64) {
        self.differed += 1;
        self.found(Some((found, scoped)));
        if scoped > found {
            self.add(WatchEffect::ShowsMoreRows);
        }
    }

    /// Keeps the numbers of rows, unless they only tell that other values were found.
    fn found(&mut self, rows: Option<(u64, u64)>) {
        let differ = |rows: Option<(u64, u64)>| rows.is_some_and(|(found, scoped)| found != scoped);
        if differ(rows) || !differ(self.rows) {
            self.rows = rows.or(self.rows);
        }
    }
}

impl WatchReport {
    pub(super) fn new(
        statements: u64,
        not_listed: u64,
        mut watched: Vec<WatchedStatement>,
    ) -> Self {
        watched.sort_by(|one, other| {
            // Statements that answered differently come first.
            let key = |of: &WatchedStatement| (of.effect, of.differed == 0);
            let place = |of: &WatchedStatement| (of.call_site.clone(), of.sql.clone());
            (key(one), place(one)).cmp(&(key(other), place(other)))
        });
        Self {
            statements,
            not_listed,
            watched,
        }
    }

    /// Reads what watches [appended](crate::Watch::append_to) to a file.
    ///
    /// # Errors
    ///
    /// The error of the file system; and [`InvalidData`](io::ErrorKind::InvalidData), with the number of the line,
    /// if a line is none that a watch wrote.
    pub fn read(path: impl AsRef<Path>) -> io::Result<Self> {
        let mut by_key: HashMap<(Option<String>, String), WatchedStatement> = HashMap::new();
        for (index, line) in fs::read_to_string(&path)?.lines().enumerate() {
            let read: WatchedStatement = serde_json::from_str(line).map_err(|error| {
                let path = path.as_ref().display();
                let text = format!("{path}:{}: no line of a watch: {error}", index + 1);
                io::Error::new(io::ErrorKind::InvalidData, text)
            })?;
            let key = (read.call_site.clone(), read.sql.clone());
            match by_key.get_mut(&key) {
                None => {
                    by_key.insert(key, read);
                }
                Some(known) => {
                    known.count += read.count;
                    known.compared += read.compared;
                    known.differed += read.differed;
                    known.found(read.rows);
                    read.effects
                        .into_iter()
                        .for_each(|effect| known.add(effect));
                }
            }
        }
        let watched: Vec<_> = by_key.into_values().collect();
        let statements = watched.iter().map(|statement| statement.count).sum();
        Ok(Self::new(statements, 0, watched))
    }

    /// The statements with this effect.
    pub fn with_effect(&self, effect: WatchEffect) -> impl Iterator<Item = &WatchedStatement> {
        let has_it = move |of: &&WatchedStatement| of.effects.contains(&effect);
        self.watched.iter().filter(has_it)
    }
}

impl fmt::Display for WatchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (statements, listed) = (self.statements, self.watched.len());
        writeln!(
            f,
            "{statements} statements ran; {listed} of them, by text and call site, are listed."
        )?;
        if self.not_listed > 0 {
            writeln!(f, "{} more are not listed.", self.not_listed)?;
        }
        for same in self
            .watched
            .chunk_by(|one, other| one.effect == other.effect)
        {
            if let Some(first) = same.first() {
                let effect = first.effect;
                writeln!(
                    f,
                    "\n{}: {}",
                    effect.title().to_uppercase(),
                    effect.explanation()
                )?;
            }
            for statement in same {
                write!(f, "{statement}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for WatchedStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let call_site = self.call_site.as_deref().unwrap_or("unknown call site");
        let times = so_often(self.count);
        writeln!(f, "  {call_site}, {times}: {}", self.tables.join(", "))?;
        writeln!(f, "    {}", self.sql)?;
        let others = self.effects.iter().filter(|other| **other != self.effect);
        let others: Vec<_> = others.map(|other| other.title()).collect();
        if !others.is_empty() {
            writeln!(f, "    also: {}", others.join("; "))?;
        }
        if !self.conditions.is_empty() {
            writeln!(f, "    names the marker: {}", self.conditions.join("; "))?;
        }
        let hidden = self.hidden_by_explicit_marker_wins.join(", ");
        match (self.is_left_by_explicit_marker_wins, hidden.as_str()) {
            (true, _) => writeln!(f, "    `explicit_marker_wins` leaves it to the scope")?,
            (false, "") => {}
            (false, hidden) => writeln!(
                f,
                "    `explicit_marker_wins` leaves a part to the scope, which hides the trash of: {hidden}"
            )?,
        }
        if !self.spared_by.is_empty() {
            let tables = self.spared_by.join(", ");
            writeln!(
                f,
                "    spares rows by the trash of: {tables}; `/* soft_delete: with_trashed({tables}) */` keeps that"
            )?;
        }
        if let Some(refusal) = &self.refusal {
            writeln!(f, "    refused: {refusal}")?;
        }
        if self.is_sent_by_explicit_marker_wins {
            writeln!(f, "    `explicit_marker_wins` sends it")?;
        }
        if let Some((found, scoped)) = self.rows {
            let times = so_often(self.differed);
            let rows = match found == scoped {
                true => format!("other values in {}", counted(found, "row")),
                false => format!("{}, scoped {scoped}", counted(found, "row")),
            };
            writeln!(f, "    answered differently {times}: {rows}")?;
        }
        Ok(())
    }
}

fn so_often(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}
