//! A chain through a tree, with foreign keys. The tree has a parent entity, and a lower entity has a
//! relation of each policy.
//!
//! ```text
//! shelf ─cascade→ case ⟲ cascade
//!                 case ─cascade→ paper (a unique number; no operation column)
//!                                paper ─cascade→ stamp (a bool marker)
//!                                paper ─destroy→ label
//!                                paper ←restrict─ loan
//!                                paper ─(keep)── copy
//! ```

use crate::families::law::table::Policy::{Cascade, Destroy, Keep, Restrict};
use crate::families::law::table::{Shape, relation};

entity! {
    instant_and_operation shelf as "law_shelf", key(id) columns(color)
    #[soft_delete(cascade(super::case::Entity on super::case_on_shelf()))]
}
entity! {
    instant_and_operation case as "law_case", key(id) slim(slim_case) columns(shelf_id, case_id, color)
    #[soft_delete(cascade(
        Entity on super::case_in_case(),
        super::paper::Entity on super::paper_in_case(),
    ))]
}
entity! { instant_and_operation slim_case as "law_case", key(id) columns(color) }
entity! {
    instant paper as "law_paper", key(id) unique(number) slim(slim_paper) columns(case_id, color)
    #[soft_delete(
        cascade(super::stamp::Entity on super::stamp_on_paper()),
        destroy(super::label::Entity on super::label_on_paper()),
        restrict(super::loan::Entity on super::loan_of_paper()),
        keep(super::copy::Entity on super::copy_of_paper()),
    )]
}
entity! { instant slim_paper as "law_paper", key(id) columns(color) }
entity! { bool_and_operation stamp as "law_stamp", key(id) columns(paper_id, color) }
entity! { plain label as "law_label", key(id) columns(paper_id, color) }
entity! { instant loan as "law_loan", key(id) columns(paper_id, color) }
entity! { instant copy as "law_copy", key(id) columns(paper_id, color) }

relations! {
    case_on_shelf: case (ShelfId) -> shelf (Id);
    case_in_case: case (CaseId) -> case (Id);
    paper_in_case: paper (CaseId) -> case (Id);
    stamp_on_paper: stamp (PaperId) -> paper (Id);
    label_on_paper: label (PaperId) -> paper (Id);
    loan_of_paper: loan (PaperId) -> paper (Id);
    copy_of_paper: copy (PaperId) -> paper (Id);
}

pub(super) const SHAPE: Shape = Shape {
    name: "archive",
    has_foreign_keys: true,
    tables: &[
        shelf::TABLE,
        case::TABLE,
        paper::TABLE,
        stamp::TABLE,
        label::TABLE,
        loan::TABLE,
        copy::TABLE,
    ],
    relations: &[
        relation(Cascade, "law_shelf", "law_case", &["shelf_id"]),
        relation(Cascade, "law_case", "law_case", &["case_id"]),
        relation(Cascade, "law_case", "law_paper", &["case_id"]),
        relation(Cascade, "law_paper", "law_stamp", &["paper_id"]),
        relation(Destroy, "law_paper", "law_label", &["paper_id"]),
        relation(Restrict, "law_paper", "law_loan", &["paper_id"]),
        relation(Keep, "law_paper", "law_copy", &["paper_id"]),
    ],
    counters: &[],
};
