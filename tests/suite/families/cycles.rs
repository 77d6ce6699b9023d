//! Entities whose cascades form a cycle.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::*;
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::circles::{injury, player, seal, team, x, y, z};
use super::rows::{ids, live, number, refusal, run};
use crate::harness::{TestDb, on_every_database};

fn uuid(of: u128) -> Uuid {
    Uuid::from_u128(of)
}

/// Team 1 has players 1 and 2. Player 2 is the captain of team 2, whose player 3 is the captain of team 1.
/// Player 4 has no team and is the captain of team 3, whose player is 5.
async fn teams(db: &TestDb) -> Result<(), DbErr> {
    db.create_table(team::Entity).await;
    db.create_table(player::Entity).await;
    db.create_table(injury::Entity).await;
    for (id, captain) in [(1, 3), (2, 2), (3, 4)] {
        let captain = Set(Some(uuid(captain)));
        let team = team::ActiveModel {
            id: Set(id),
            captain,
            ..Default::default()
        };
        team.insert(&**db).await?;
    }
    for (id, team, shirt) in [
        (1, Some(1), Some("ten")),
        (2, Some(1), None),
        (3, Some(2), Some("nine")),
        (4, None, Some("one")),
        (5, Some(3), None),
    ] {
        let player = player::ActiveModel {
            id: Set(uuid(id)),
            team_id: Set(team),
            shirt: Set(shirt.map(str::to_owned)),
            ..Default::default()
        };
        player.insert(&**db).await?;
    }
    Ok(())
}

async fn players(db: &TestDb) -> Vec<u128> {
    let live = player::Entity::find().all(&**db).await.unwrap();
    let mut live: Vec<_> = live.iter().map(|player| player.id.as_u128()).collect();
    live.sort_unstable();
    live
}

/// `a ─y(1)→ z 1 ─→ b ─y(2)→ z 2 ⇥ c`: the cascade stops at z 2 because of its condition, and d is a child
/// of b.
async fn three(db: &TestDb) {
    db.create_table(team::Entity).await;
    db.create_table(player::Entity).await;
    db.create_table(injury::Entity).await;
    db.create_table(x::Entity).await;
    db.create_table(y::Entity).await;
    db.create_table(z::Entity).await;
    db.create_table(seal::Entity).await;
    run(
        db,
        &[
            "INSERT INTO family_team (id) VALUES (1), (2)",
            "INSERT INTO family_x (id, up, z, team_id, is_gone) VALUES ('a', NULL, NULL, NULL, FALSE), \
             ('b', NULL, 1, 1, FALSE), ('c', NULL, 2, 2, FALSE), ('d', 'b', NULL, NULL, FALSE)",
            "INSERT INTO family_y (a, b, x) VALUES (1, 'one', 'a'), (2, 'two', 'b'), (3, 'two', NULL)",
            "INSERT INTO family_z (id, a, b, takes) VALUES (1, 1, 'one', TRUE), (2, 2, 'two', FALSE), \
             (3, 3, NULL, TRUE), (4, NULL, NULL, TRUE)",
            "UPDATE family_x SET z = 1 WHERE id = 'a'",
        ],
    )
    .await;
}

/// How many rows of x, y, z and teams are live.
async fn live_of_three(db: &TestDb) -> [i64; 4] {
    [
        number(db, "SELECT COUNT(*) FROM family_x WHERE is_gone = FALSE").await,
        number(db, "SELECT COUNT(*) FROM family_y WHERE deleted_at IS NULL").await,
        number(db, "SELECT COUNT(*) FROM family_z WHERE deleted_at IS NULL").await,
        number(
            db,
            "SELECT COUNT(*) FROM family_team WHERE deleted_at IS NULL",
        )
        .await,
    ]
}

on_every_database! {
    async fn a_delete_trashes_a_whole_cycle_of_rows_of_two_entities(db: &TestDb) {
        teams(db).await?;
        team::Entity::delete_by_id(2).exec(&**db).await?;
        assert_eq!(live(db, "family_team").await, [3]);
        assert_eq!(players(db).await, [4, 5]);
        assert_eq!(number(db, "SELECT COUNT(DISTINCT operation_id) FROM family_player").await, 1);
    }

    async fn a_delete_that_starts_at_the_other_entity_trashes_the_same_cycle(db: &TestDb) {
        teams(db).await?;
        player::Entity::delete_by_id(uuid(1)).exec(&**db).await?;
        assert_eq!(players(db).await, [2, 3, 4, 5], "player 1 is no captain");
        let scoped = db.scoped();
        <player::Entity as EntityTrait>::delete_by_id(uuid(4)).exec(&scoped).await?;
        assert_eq!(live(db, "family_team").await, [1, 2]);
        assert_eq!(players(db).await, [2, 3]);
    }

    async fn a_restricting_row_anywhere_in_the_cycle_forbids_the_delete(db: &TestDb) {
        teams(db).await?;
        run(db, &["INSERT INTO family_injury (id, shirt) VALUES (1, 'ten'), (2, 'one')"]).await;
        for refused in [
            refusal(team::Entity::delete_by_id(2).exec(&**db).await),
            refusal(player::Entity::delete_by_id(uuid(3)).exec(&**db).await),
            refusal(player::Entity::delete_by_id(uuid(1)).exec(&db.scoped()).await),
        ] {
            let SoftDeleteError::Restricted { by, .. } = &refused else {
                panic!("{refused}");
            };
            assert_eq!((by[0].count, by[0].of.as_str()), (1, "family_player"));
        }
        assert_eq!(players(db).await.len(), 5);
        injury::Entity::delete_by_id(1).exec(&**db).await?;
        team::Entity::delete_by_id(2).exec(&**db).await?;
        assert_eq!(players(db).await, [4, 5]);
    }

    async fn a_delete_follows_a_chain_through_two_entities_to_its_end(db: &TestDb) {
        teams(db).await?;
        run(db, &["UPDATE family_team SET captain = NULL"]).await;
        // Each of these teams has one player, who is the captain of the next team.
        for id in 10..50 {
            let captain = Set((id > 10).then(|| uuid(id - 1)));
            let id = id as i32;
            let team = team::ActiveModel { id: Set(id), captain, ..Default::default() };
            team.insert(&**db).await?;
            let shirt = Set((id == 49).then(|| "last".to_owned()));
            let (team_id, id) = (Set(Some(id)), Set(uuid(id as u128)));
            let player = player::ActiveModel { id, team_id, shirt, ..Default::default() };
            player.insert(&**db).await?;
        }
        run(db, &["INSERT INTO family_injury (id, shirt) VALUES (1, 'last')"]).await;
        let refused = refusal(team::Entity::delete_by_id(10).exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
        injury::Entity::delete_by_id(1).exec(&**db).await?;
        team::Entity::delete_by_id(11).exec(&**db).await?;
        assert_eq!(live(db, "family_team").await, [1, 2, 3, 10]);
        assert_eq!(players(db).await, [1, 2, 3, 4, 5, 10]);
    }

    async fn a_delete_follows_a_cycle_of_three_entities_while_its_conditions_hold(db: &TestDb) {
        three(db).await;
        y::Entity::delete_by_id((1, "one".to_owned())).exec(&**db).await?;
        assert_eq!(ids(db, "SELECT a FROM family_y WHERE deleted_at IS NULL").await, [3]);
        assert_eq!(ids(db, "SELECT id FROM family_team WHERE deleted_at IS NULL").await, [2]);
        assert_eq!(live_of_three(db).await, [1, 1, 2, 1]);
        assert_eq!(number(db, "SELECT COUNT(DISTINCT operation_id) FROM family_x").await, 1);
    }

    async fn restricting_rows_are_looked_for_only_where_the_cascade_reaches(db: &TestDb) {
        three(db).await;
        run(db, &["INSERT INTO family_seal (id, z) VALUES (1, 2), (2, 3)"]).await;
        let refused = refusal(x::Entity::delete_by_id("a".to_owned()).exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
        assert_eq!(live_of_three(db).await, [4, 3, 4, 2]);
        // The remaining seal is of z 3, which the delete would not trash.
        run(db, &["DELETE FROM family_seal WHERE id = 1"]).await;
        x::Entity::delete_by_id("a".to_owned()).exec(&db.scoped()).await?;
        assert_eq!(live_of_three(db).await, [1, 1, 2, 1]);
    }

    /// The cycle of `x`, `y` and `z`, with the cycle of teams and players below it.
    async fn restricting_rows_are_found_in_both_cycles_of_a_family(db: &TestDb) {
        three(db).await;
        let player = player::ActiveModel {
            id: Set(uuid(1)),
            team_id: Set(Some(1)),
            shirt: Set(Some("ten".to_owned())),
            ..Default::default()
        };
        player.insert(&**db).await?;
        run(db, &["INSERT INTO family_injury (id, shirt) VALUES (1, 'ten')"]).await;
        let refused = refusal(z::Entity::delete_by_id(1).exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
        assert_eq!(live_of_three(db).await, [4, 3, 4, 2]);
        injury::Entity::delete_many().exec(&**db).await?;
        z::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live_of_three(db).await, [1, 1, 2, 1]);
        assert_eq!(players(db).await, [0; 0]);
    }
}
