//! Relations of several policies between entities of one family, with foreign keys: the same delete may
//! trash a row that restricts another row.
//!
//! ```text
//! ward ─cascade→ nurse ←restrict─ bed
//! ward ─cascade→ bed ─destroy→ chart
//!                bed ─cascade→ visit (no operation column)
//!                nurse ─(keep)─ chart
//!                nurse ─cascade→ visit
//! ```

use crate::families::law::table::Policy::{Cascade, Destroy, Keep, Restrict};
use crate::families::law::table::{Shape, relation};

entity! {
    bool_and_operation ward as "law_ward", key(id) columns(color)
    #[soft_delete(cascade(
        super::nurse::Entity on super::nurse_of_ward(),
        super::bed::Entity on super::bed_in_ward(),
    ))]
}
entity! {
    instant nurse as "law_nurse", key(id) unique(number) columns(ward_id, color)
    #[soft_delete(
        cascade(super::visit::Entity on super::visit_by_nurse()),
        restrict(super::bed::Entity on super::bed_of_nurse()),
        keep(super::chart::Entity on super::chart_by_nurse()),
    )]
}
entity! {
    instant_and_operation bed as "law_bed", key(id) slim(slim_bed) columns(ward_id, nurse_id, color)
    #[soft_delete(
        cascade(super::visit::Entity on super::visit_at_bed()),
        destroy(super::chart::Entity on super::chart_at_bed()),
    )]
}
entity! { instant_and_operation slim_bed as "law_bed", key(id) columns(color) }
entity! { instant visit as "law_visit", key(id) columns(bed_id, nurse_id, color) }
entity! { plain chart as "law_chart", key(id) columns(bed_id, nurse_id, color) }

relations! {
    nurse_of_ward: nurse (WardId) -> ward (Id);
    bed_in_ward: bed (WardId) -> ward (Id);
    bed_of_nurse: bed (NurseId) -> nurse (Id);
    visit_at_bed: visit (BedId) -> bed (Id);
    visit_by_nurse: visit (NurseId) -> nurse (Id);
    chart_at_bed: chart (BedId) -> bed (Id);
    chart_by_nurse: chart (NurseId) -> nurse (Id);
}

pub(super) const SHAPE: Shape = Shape {
    name: "ward",
    has_foreign_keys: true,
    tables: &[
        ward::TABLE,
        nurse::TABLE,
        bed::TABLE,
        visit::TABLE,
        chart::TABLE,
    ],
    relations: &[
        relation(Cascade, "law_ward", "law_nurse", &["ward_id"]),
        relation(Cascade, "law_ward", "law_bed", &["ward_id"]),
        relation(Restrict, "law_nurse", "law_bed", &["nurse_id"]),
        relation(Cascade, "law_nurse", "law_visit", &["nurse_id"]),
        relation(Cascade, "law_bed", "law_visit", &["bed_id"]),
        relation(Destroy, "law_bed", "law_chart", &["bed_id"]),
        relation(Keep, "law_nurse", "law_chart", &["nurse_id"]),
    ],
    counters: &[],
};
