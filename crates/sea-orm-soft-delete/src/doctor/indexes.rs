//! Checks that an index finds the rows that a delete cascades to.

use crate::doctor::examination::{Examination, Relation, helper, spelled};
use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::schema::catalogue::Index;
use crate::schema::predicate::MarkerNamed;
use crate::schema::sql::{create_index, list, name_of};

pub(super) fn check(examination: &mut Examination<'_>) {
    for relation in examination.relations() {
        let finding = unindexed(examination, &relation);
        examination.findings.extend(finding);
    }
}

fn unindexed(examination: &Examination<'_>, relation: &Relation<'_>) -> Option<Finding> {
    let soft = examination.graph.soft(relation.edge.child);
    let marker = soft.map(|member| {
        let (name, storage) = member.marker();
        (name.to_string(), storage)
    });
    let marker = marker.as_ref().map(|(name, storage)| MarkerNamed {
        name,
        storage: *storage,
        backend: examination.backend,
    });
    let columns = relation.child_columns();
    let mut indexes = relation.child_table.indexes.iter();
    if indexes.any(|index| serves(index, &columns, relation.edge.condition.is_some(), marker)) {
        return None;
    }
    let backend = examination.backend;
    let key = relation.child.key();
    let name = name_of(&key.1, &columns, "idx");
    let create = create_index("INDEX", &key, &name, &list(backend, &columns), backend);
    let message = format!(
        "no index begins with {}, by which rows belong to rows of `{}`: each delete there reads the whole \
         table",
        spelled(&columns),
        relation.parent.name(),
    );
    let mut remedy = Remedy::advice("add an index").statements([create]);
    if let (Some(member), true, None) = (
        soft,
        relation.edge.policy.requires_live_parent(),
        &relation.edge.condition,
    ) {
        remedy = remedy.call(format!(
            "for index in {}.index_parents() {{ index.create(&db).await?; }}",
            helper(member)
        ));
    }
    Some(FindingCode::RelationUnindexed.warning(relation.child.name(), message, remedy))
}

/// Whether the index finds live rows by the values of these columns.
pub(super) fn serves(
    index: &Index,
    columns: &[String],
    is_conditional: bool,
    marker: Option<MarkerNamed<'_>>,
) -> bool {
    if let Some(predicate) = &index.predicate {
        let holds_live = marker.is_some_and(|marker| marker.excludes_trashed(predicate));
        if !holds_live {
            return false;
        }
    }
    // The index for a polymorphic parent starts with the column of the condition.
    if is_conditional {
        return index.has_all(columns);
    }
    if index.begins_with(columns) {
        return true;
    }
    // Without partial indexes, an index over live rows starts with the marker.
    let (Some(Some(first)), Some(marker)) = (index.parts.first(), marker) else {
        return false;
    };
    let own = columns.iter().map(String::as_str);
    let with_marker: Vec<&str> = own.chain([marker.name]).collect();
    first.eq_ignore_ascii_case(marker.name) && index.begins_with(&with_marker)
}
