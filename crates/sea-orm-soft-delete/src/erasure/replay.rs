//! Erases again after a restore of the database from a backup.

use std::collections::HashMap;

use sea_orm::sea_query::{ExprTrait, Order, Query, ValueTuple};
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::erasure::before::Before;
use crate::erasure::receipt::{ErasureReceipt, Hasher, SubjectHash};
use crate::erasure::walk::values_of;
use crate::erasure::{Subject, erase};
use crate::error::SoftDeleteError;
use crate::family::{FollowUp, Graph, NodeId, SoftMember, permission, tuple};

/// How many keys of the subjects' table one statement reads.
const KEYS_AT_ONCE: u64 = 10_000;

/// Erases the subjects of receipts again; made by [`Erasure::replay`](crate::Erasure::replay).
#[derive(Clone, Debug)]
#[must_use = "nothing is erased until `run`"]
pub struct ErasureReplay<'a> {
    pub(super) receipts: &'a [ErasureReceipt],
    pub(super) before: Before,
}

/// What a replay did.
#[derive(Debug)]
#[non_exhaustive]
pub struct Replayed {
    /// The receipts of the subjects that were erased again. They replace those of the first erasure.
    pub receipts: Vec<ErasureReceipt>,
    /// The receipts whose subject has no row: it was removed, its table is not of this program, or the key is another
    /// one.
    pub unmatched: Vec<ErasureReceipt>,
    /// The receipts whose subject could not be erased, such as one with rows on legal hold. Replay these again.
    pub failed: Vec<(ErasureReceipt, SoftDeleteError)>,
}

impl<'a> ErasureReplay<'a> {
    /// Finds the subjects whose hash is in a receipt, and erases each of them in a transaction of its own. The key is
    /// the one with which the receipts were made. It reads the primary keys of the subjects' tables, and can be
    /// repeated.
    ///
    /// # Errors
    ///
    /// The database's errors, and [`SoftDeleteError::NotErasable`] for a key that is too short. Subjects that were
    /// erased before the error stay erased.
    pub async fn run<C>(&self, key: &[u8], db: &C) -> Result<Replayed, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let graph = Graph::registered();
        let mut replayed = Replayed {
            receipts: Vec::new(),
            unmatched: Vec::new(),
            failed: Vec::new(),
        };
        for (entity, mut wanted) in self.by_entity() {
            let mut subjects = Vec::new();
            if let Some((node, member)) = graph.soft_of_name(entity) {
                for place in [Some(member), graph.archive(node)].into_iter().flatten() {
                    subjects.extend(find(node, place, &wanted, key, db).await?);
                }
            }
            for (hash, subject) in subjects {
                let Some(receipt) = wanted.remove(&hash) else {
                    continue;
                };
                match erase(&subject, None, &self.before, key, db).await {
                    Ok(receipt) => replayed.receipts.push(receipt),
                    Err(error @ SoftDeleteError::Db(_)) => return Err(error),
                    Err(error) => replayed.failed.push((receipt.clone(), error)),
                }
            }
            let unmatched = self.receipts.iter().filter(|it| it.entity == entity);
            let unmatched = unmatched.filter(|it| wanted.contains_key(&it.subject));
            replayed.unmatched.extend(unmatched.cloned());
        }
        Ok(replayed)
    }

    /// The receipts by the table of their subject, one for each subject.
    fn by_entity(&self) -> Vec<(&'a str, HashMap<&'a SubjectHash, &'a ErasureReceipt>)> {
        let mut all: Vec<(&str, HashMap<&SubjectHash, &ErasureReceipt>)> = Vec::new();
        for receipt in self.receipts {
            let entity = receipt.entity.as_str();
            let index = all.iter().position(|(of, _)| *of == entity);
            let index = index.unwrap_or_else(|| {
                all.push((entity, HashMap::new()));
                all.len() - 1
            });
            all[index].1.insert(&receipt.subject, receipt);
        }
        all
    }
}

/// Finds the rows of the table whose hash is wanted.
async fn find<'a, C: ConnectionTrait>(
    node: NodeId,
    member: &'static dyn SoftMember,
    wanted: &HashMap<&'a SubjectHash, &'a ErasureReceipt>,
    key: &[u8],
    db: &C,
) -> Result<Vec<(&'a SubjectHash, Subject)>, SoftDeleteError> {
    permission::to_update(member, db).await?;
    let hasher = Hasher::new(&member.name(), key)?;
    let columns = member.primary_key();
    let mut found = Vec::new();
    let mut last: Option<ValueTuple> = None;
    loop {
        let mut keys = Query::select();
        keys.from(member.table())
            .and_where(member.lift())
            .limit(KEYS_AT_ONCE);
        for column in &columns {
            keys.column((member.alias(), column.clone()))
                .order_by((member.alias(), column.clone()), Order::Asc);
        }
        if let Some(last) = &last {
            keys.and_where(tuple(&member.alias(), &columns).gt(values_of(last)));
        }
        let rows = db.query_all(&FollowUp(keys)).await?;
        for row in &rows {
            let key = member.read_key(row)?;
            if let Some((hash, _)) = wanted.get_key_value(&hasher.hash(&key)) {
                let subject = Subject {
                    node,
                    member,
                    key: key.clone(),
                };
                found.push((*hash, subject));
            }
            last = Some(key);
        }
        if (rows.len() as u64) < KEYS_AT_ONCE {
            return Ok(found);
        }
    }
}
