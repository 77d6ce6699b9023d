//! Combines the groups of the entities into operations.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use crate::family::member::SoftMember;
use crate::family::operations::group::Group;
use crate::family::operations::{Operation, OperationMember};
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;

/// The groups of one entity.
pub(super) struct Found {
    /// The name of its table.
    pub(super) entity: String,
    /// Whether they are in its archive.
    pub(super) are_archived: bool,
    pub(super) groups: Vec<Group>,
}

impl Found {
    pub(super) fn of(member: &dyn SoftMember, groups: Vec<Group>) -> Self {
        Self {
            entity: member.name(),
            are_archived: member.is_in_archive(),
            groups,
        }
    }
}

/// The sort key of operations. An instant alone is older than every id with that instant.
pub(super) fn age(id: OperationId) -> (Timestamp, Option<Uuid>) {
    (id.instant(), id.uuid())
}

/// Sorts these ids, the oldest first, and drops repeated ones.
pub(super) fn sort(ids: &mut Vec<OperationId>) {
    ids.sort_by_key(|id| age(*id));
    ids.dedup();
}

/// The ids of the newest `limit` instants, each once.
pub(super) fn newest(mut ids: Vec<OperationId>, limit: u64) -> Vec<OperationId> {
    ids.sort_by_key(|id| Reverse(age(*id)));
    ids.dedup();
    let instants: BTreeSet<_> = ids.iter().map(|id| Reverse(id.instant())).collect();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if let Some(Reverse(oldest)) = instants.into_iter().nth(limit) {
        ids.retain(|id| id.instant() > oldest);
    }
    ids
}

/// The newest `limit` operations to which these ids lead and that are older than `before`.
pub(super) fn operations(
    ids: &[OperationId],
    found: &[Found],
    before: Option<OperationId>,
    limit: u64,
) -> Vec<Operation> {
    let whole = whole(ids, found, before).into_iter();
    whole
        .filter_map(|id| operation(id, found))
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .collect()
}

/// The operations to which these ids lead and that are older than `before`, newest first.
pub(super) fn whole(
    ids: &[OperationId],
    found: &[Found],
    before: Option<OperationId>,
) -> Vec<OperationId> {
    let mut whole: Vec<OperationId> = ids
        .iter()
        .flat_map(|id| match id {
            OperationId::Uuid(_) => vec![*id],
            OperationId::Instant(at) => match uuids_at(*at, found) {
                uuids if uuids.is_empty() => vec![*id],
                uuids => uuids,
            },
        })
        .filter(|id| before.is_none_or(|before| age(*id) < age(before)))
        .collect();
    whole.sort_by_key(|id| Reverse(age(*id)));
    whole.dedup();
    whole
}

/// The oldest `limit` operations to which these ids lead and that are newer than `after`, oldest first.
pub(super) fn oldest(
    ids: &[OperationId],
    found: &[Found],
    after: Option<OperationId>,
    limit: u64,
) -> Vec<Operation> {
    let mut operations = operations(ids, found, None, u64::MAX);
    operations.retain(|operation| after.is_none_or(|after| age(operation.id) > age(after)));
    operations.reverse();
    operations.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    operations
}

/// The operations with these ids, which are UUIDs, in their order. It reads each group once, so that a page can have
/// thousands of operations.
pub(super) fn by_uuid(ids: &[OperationId], found: &[Found]) -> Vec<Operation> {
    let places: HashMap<OperationId, usize> = ids.iter().copied().zip(0..).collect();
    let mut operations: Vec<Operation> = ids.iter().map(|id| without_rows(*id)).collect();
    for found in found {
        for group in &found.groups {
            let place = places.get(&group.id).and_then(|at| operations.get_mut(*at));
            let Some(operation) = place else { continue };
            operation.purge_at = operation.purge_at.max(group.purge_at);
            operation.add_rows(found, group.count);
        }
    }
    operations.retain(|operation| !operation.members.is_empty());
    operations
}

impl Operation {
    /// Adds rows of an entity. Those in its archive come next to the others.
    fn add_rows(&mut self, found: &Found, count: u64) {
        let archived = if found.are_archived { count } else { 0 };
        match self.members.last_mut() {
            Some(member) if member.entity == found.entity => {
                member.count += count;
                member.archived += archived;
            }
            _ => self.members.push(OperationMember {
                entity: found.entity.clone(),
                count,
                archived,
                roots: 0,
            }),
        }
    }
}

fn without_rows(id: OperationId) -> Operation {
    Operation {
        id,
        deleted_by: None,
        reason: None,
        purge_at: None,
        members: Vec::new(),
        roots: Vec::new(),
    }
}

/// The operation with this id. For an instant it uses the id with that instant, if there is exactly one.
pub(super) fn lookup(id: OperationId, found: &[Found]) -> Option<Operation> {
    let id = match id {
        OperationId::Uuid(_) => id,
        OperationId::Instant(at) => match uuids_at(at, found).as_slice() {
            [only] => *only,
            _ => id,
        },
    };
    operation(id, found)
}

fn uuids_at(at: Timestamp, found: &[Found]) -> Vec<OperationId> {
    let groups = found.iter().flat_map(|found| &found.groups);
    let mut uuids: Vec<OperationId> = groups
        .map(|group| group.id)
        .filter(|id| id.uuid().is_some() && id.instant() == at)
        .collect();
    uuids.sort_by_key(|id| age(*id));
    uuids.dedup();
    uuids
}

/// `None` if no row of the operation is in the trash any more.
fn operation(id: OperationId, found: &[Found]) -> Option<Operation> {
    let mut operation = without_rows(id);
    for found in found {
        let groups = found.groups.iter().filter(|group| group.id.is_part_of(id));
        let mut groups: Vec<&Group> = groups.collect();
        if groups.is_empty() {
            continue;
        }
        // If the rows differ, someone has changed some of them: use the value of the largest group.
        groups.sort_by_key(|group| Reverse(group.count));
        let mut who = groups.iter().filter_map(|group| group.deleted_by.as_ref());
        operation.deleted_by = operation.deleted_by.or_else(|| who.next().cloned());
        let mut why = groups.iter().filter_map(|group| group.reason.as_ref());
        operation.reason = operation.reason.or_else(|| why.next().cloned());
        let purge_at = groups.iter().filter_map(|group| group.purge_at).max();
        operation.purge_at = operation.purge_at.max(purge_at);
        operation.add_rows(found, groups.iter().map(|group| group.count).sum());
    }
    (!operation.members.is_empty()).then_some(operation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::id::NewOperation;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_unix_micros(1_700_000_000_000_000 + micros).unwrap()
    }

    /// The first and the last id of an instant.
    fn ids(micros: i64) -> (OperationId, OperationId) {
        let (first, last) = NewOperation::ids_of(at(micros));
        (first.into(), last.into())
    }

    fn instant(micros: i64) -> OperationId {
        OperationId::Instant(at(micros))
    }

    fn rows(id: OperationId, count: u64) -> Group {
        Group {
            id,
            deleted_by: None,
            reason: None,
            purge_at: None,
            count,
        }
    }

    fn found(entity: &str, groups: impl IntoIterator<Item = Group>) -> Found {
        Found {
            entity: entity.to_owned(),
            are_archived: false,
            groups: groups.into_iter().collect(),
        }
    }

    /// The id of each operation, and the counts of its members.
    fn told(operations: &[Operation]) -> Vec<(OperationId, Vec<(&str, u64)>)> {
        operations
            .iter()
            .map(|operation| {
                let all = operation.members.iter();
                let all = all.map(|member| (member.entity.as_str(), member.count));
                (operation.id, all.collect())
            })
            .collect()
    }

    #[test]
    fn rows_that_hold_only_the_instant_belong_to_the_operation_of_that_instant() {
        let (one, _) = ids(1);
        let all = [
            found("note", [rows(one, 2)]),
            found("file", [rows(instant(1), 3), rows(instant(2), 4)]),
        ];
        let listed = operations(&[one, instant(1), instant(2)], &all, None, 9);
        assert_eq!(
            told(&listed),
            [
                (instant(2), vec![("file", 4)]),
                (one, vec![("note", 2), ("file", 3)]),
            ]
        );
        assert_eq!(lookup(instant(1), &all), lookup(one, &all));
    }

    #[test]
    fn rows_that_hold_only_the_instant_belong_to_both_operations_of_that_instant() {
        let (one, other) = ids(1);
        let all = [
            found("note", [rows(one, 1), rows(other, 2)]),
            found("file", [rows(instant(1), 3)]),
        ];
        let each = [
            (other, vec![("note", 2), ("file", 3)]),
            (one, vec![("note", 1), ("file", 3)]),
        ];
        assert_eq!(told(&operations(&[instant(1)], &all, None, 9)), each);
        assert_eq!(told(&operations(&[one, other], &all, None, 1)), each[..1]);
        let older = operations(&[one, instant(1)], &all, Some(other), 9);
        assert_eq!(told(&older), each[1..]);
        assert!(operations(&[instant(1)], &all, Some(one), 9).is_empty());

        let both = lookup(instant(1), &all).unwrap();
        assert_eq!((both.id(), both.count()), (instant(1), 6));
    }

    #[test]
    fn an_id_without_rows_is_no_operation() {
        let (one, other) = ids(1);
        let all = [found("note", [rows(one, 1)])];
        assert_eq!(
            operations(&[one, other, instant(2)], &all, None, 9).len(),
            1
        );
        assert_eq!(lookup(other, &all), None);
    }

    #[test]
    fn the_limit_of_a_page_counts_instants() {
        let ((one, other), (new, _)) = (ids(1), ids(2));
        let all = vec![instant(0), one, new, other, instant(1), new];
        assert_eq!(newest(all.clone(), 1), [new]);
        assert_eq!(newest(all.clone(), 2), [new, other, one, instant(1)]);
        assert_eq!(newest(all, 9).len(), 5);
    }

    #[test]
    fn actor_and_reason_come_from_most_rows_of_the_first_entity_that_holds_them() {
        let (one, _) = ids(1);
        let by = |who: i32, count| Group {
            deleted_by: Some(who.into()),
            ..rows(one, count)
        };
        let why = Group {
            reason: Some("spam".into()),
            ..by(9, 8)
        };
        let all = [
            found("file", [rows(one, 9)]),
            found("note", [by(1, 1), by(7, 2)]),
            found("page", [why]),
        ];
        let operation = lookup(one, &all).unwrap();
        assert_eq!(operation.deleted_by(), Some(&7.into()));
        assert_eq!(operation.reason(), Some("spam"));
        assert_eq!(operation.count(), 20);
    }
}
