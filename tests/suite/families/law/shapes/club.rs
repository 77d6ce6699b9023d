//! Triggers that count: every inserted, removed, trashed or restored row changes its parent row.
//!
//! ```text
//! club ─cascade→ team ─cascade→ player (a bool marker)
//!                team ─destroy→ trophy
//! club counts its teams; team counts its players and trophies
//! ```

use crate::families::law::table::Policy::{Cascade, Destroy};
use crate::families::law::table::{Counter, Shape, relation};

entity! {
    instant_and_operation club as "law_club", key(id) slim(slim_club) columns(color, teams)
    #[soft_delete(cascade(super::team::Entity on super::team_of_club()))]
}
entity! { instant_and_operation slim_club as "law_club", key(id) columns(color) }
entity! {
    instant_and_operation team as "law_team_of_club",
    key(id) slim(slim_team) columns(club_id, color, players, trophies)
    #[soft_delete(
        cascade(super::player::Entity on super::player_of_team()),
        destroy(super::trophy::Entity on super::trophy_of_team()),
    )]
}
entity! { instant_and_operation slim_team as "law_team_of_club", key(id) columns(club_id, color) }
entity! { bool_and_operation player as "law_player", key(id) columns(team_id, color) }
entity! { plain trophy as "law_trophy", key(id) columns(team_id, color) }

relations! {
    team_of_club: team (ClubId) -> club (Id);
    player_of_team: player (TeamId) -> team (Id);
    trophy_of_team: trophy (TeamId) -> team (Id);
}

pub(super) const SHAPE: Shape = Shape {
    name: "club",
    has_foreign_keys: true,
    tables: &[club::TABLE, team::TABLE, player::TABLE, trophy::TABLE],
    relations: &[
        relation(Cascade, "law_club", "law_team_of_club", &["club_id"]),
        relation(Cascade, "law_team_of_club", "law_player", &["team_id"]),
        relation(Destroy, "law_team_of_club", "law_trophy", &["team_id"]),
    ],
    counters: &[
        Counter {
            parent: "law_club",
            counter: "teams",
            child: "law_team_of_club",
            column: "club_id",
        },
        Counter {
            parent: "law_team_of_club",
            counter: "players",
            child: "law_player",
            column: "team_id",
        },
        Counter {
            parent: "law_team_of_club",
            counter: "trophies",
            child: "law_trophy",
            column: "team_id",
        },
    ],
};
