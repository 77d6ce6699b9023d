//! A diamond without foreign keys, and three relations between one pair of entities. The lowest entity of
//! the diamond is a link table with a key of two columns.
//!
//! ```text
//! firm ─cascade→ team ─cascade→ badge (of a team at a site; a bool marker)
//! firm ─cascade→ site ─cascade→ badge ─cascade→ scan (no operation column)
//! firm ←restrict─ team, which audits it
//! firm ─(keep)─── team, which advises it
//! ```

use crate::families::law::table::Policy::{Cascade, Keep, Restrict};
use crate::families::law::table::{Shape, relation};

entity! {
    instant firm as "law_firm", key(id) columns(color)
    #[soft_delete(
        cascade(
            super::team::Entity on super::team_of_firm(),
            super::site::Entity on super::site_of_firm(),
        ),
        restrict(super::team::Entity on super::team_that_audits()),
        keep(super::team::Entity on super::team_that_advises()),
    )]
}
entity! {
    instant_and_operation team as "law_team",
    key(id) columns(firm_id, audits_id, advises_id, color)
    #[soft_delete(cascade(super::badge::Entity on super::badge_of_team()))]
}
entity! {
    instant_and_operation site as "law_site", key(id) unique(number) columns(firm_id, color)
    #[soft_delete(cascade(super::badge::Entity on super::badge_for_site()))]
}
entity! {
    bool_and_operation badge as "law_badge", key(team_id, site_id) columns(color)
    #[soft_delete(cascade(super::scan::Entity on super::scan_of_badge()))]
}
entity! { instant scan as "law_scan", key(id) columns(team_id, site_id, color) }

relations! {
    team_of_firm: team (FirmId) -> firm (Id);
    team_that_audits: team (AuditsId) -> firm (Id);
    team_that_advises: team (AdvisesId) -> firm (Id);
    site_of_firm: site (FirmId) -> firm (Id);
    badge_of_team: badge (TeamId) -> team (Id);
    badge_for_site: badge (SiteId) -> site (Id);
    scan_of_badge: scan (TeamId, SiteId) -> badge (TeamId, SiteId);
}

pub(super) const SHAPE: Shape = Shape {
    name: "office",
    has_foreign_keys: false,
    tables: &[
        firm::TABLE,
        team::TABLE,
        site::TABLE,
        badge::TABLE,
        scan::TABLE,
    ],
    relations: &[
        relation(Cascade, "law_firm", "law_team", &["firm_id"]),
        relation(Restrict, "law_firm", "law_team", &["audits_id"]),
        relation(Keep, "law_firm", "law_team", &["advises_id"]),
        relation(Cascade, "law_firm", "law_site", &["firm_id"]),
        relation(Cascade, "law_team", "law_badge", &["team_id"]),
        relation(Cascade, "law_site", "law_badge", &["site_id"]),
        relation(Cascade, "law_badge", "law_scan", &["team_id", "site_id"]),
    ],
    counters: &[],
};
