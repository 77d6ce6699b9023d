//! What an erasure did, without personal data.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sea_orm::sea_query::ValueTuple;
use sha2::Sha256;

use crate::error::SoftDeleteError;
use crate::operation::timestamp::Timestamp;
use crate::value_text::text_of;

/// The record of an erasure. It names tables, columns and counts, and the subject only by a hash that takes a
/// secret key to compute.
///
/// Keep the receipts outside of the database that they are about, and the key elsewhere: after a restore from a
/// backup, [`Erasure::replay`](crate::Erasure::replay) finds the subjects with both.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ErasureReceipt {
    /// The table of the subject.
    pub entity: String,
    /// The subject, hashed.
    pub subject: SubjectHash,
    /// When it was erased, by the [`Clock`](crate::Clock).
    pub at: Timestamp,
    /// What was done in each table that changed.
    pub tables: Vec<ErasedTable>,
}

/// What an erasure did in one table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ErasedTable {
    /// The table.
    pub entity: String,
    /// How many rows were overwritten.
    pub overwritten: u64,
    /// How many rows were removed.
    pub removed: u64,
    /// The columns that were overwritten.
    pub columns: Vec<String>,
}

impl ErasedTable {
    pub(super) fn add_removed(all: &mut Vec<Self>, entity: String, count: u64) {
        if count == 0 {
            return;
        }
        match all.iter_mut().find(|table| table.entity == entity) {
            Some(table) => table.removed += count,
            None => all.push(Self {
                entity,
                overwritten: 0,
                removed: count,
                columns: Vec::new(),
            }),
        }
    }
}

/// HMAC-SHA-256 of a subject's table and key, as 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct SubjectHash(String);

impl fmt::Display for SubjectHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hashes the subjects of one table.
pub(super) struct Hasher(Hmac<Sha256>);

/// Whoever can try all keys finds the subject of a receipt.
const SHORTEST_KEY: usize = 16;

impl Hasher {
    pub(super) fn new(entity: &str, key: &[u8]) -> Result<Self, SoftDeleteError> {
        let hasher = Hmac::<Sha256>::new_from_slice(key).ok();
        let Some(mut hasher) = hasher.filter(|_| key.len() >= SHORTEST_KEY) else {
            return Err(SoftDeleteError::NotErasable {
                entity: entity.to_owned(),
                why: format!("the key of the receipts has {} bytes", key.len()),
                remedy: "give at least 16 random bytes, and keep them where the receipts are not",
            });
        };
        hasher.update(entity.as_bytes());
        Ok(Self(hasher))
    }

    pub(super) fn hash(&self, key: &ValueTuple) -> SubjectHash {
        let mut hasher = self.0.clone();
        for value in key.clone() {
            hasher.update(&[0]);
            hasher.update(text_of(&value).as_bytes());
        }
        let bytes = hasher.finalize().into_bytes();
        SubjectHash(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl ErasureReceipt {
    /// How many rows were overwritten or removed, of all tables.
    pub fn rows(&self) -> u64 {
        let tables = self.tables.iter();
        tables.map(|table| table.overwritten + table.removed).sum()
    }
}

/// One line for the subject, and one for each table.
impl fmt::Display for ErasureReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of `{}` erased at {}",
            self.subject, self.entity, self.at
        )?;
        for table in &self.tables {
            write!(f, "\n  {}:", table.entity)?;
            if table.overwritten > 0 {
                let columns = table.columns.join(", ");
                write!(f, " {} overwritten ({columns})", table.overwritten)?;
            }
            if table.removed > 0 {
                write!(f, " {} removed", table.removed)?;
            }
        }
        Ok(())
    }
}
