//! A family with an invalid declaration is refused before anything is written.

use sea_orm::prelude::*;
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::mistakes::{
    above, any, country, elsewhere, linked, linked_if, twice, upwards, upwards_by_code,
};
use super::rows::{live, refusal, run};
use crate::harness::on_every_database;

/// Asserts that the entity's verbs and a plain DELETE on a scoped connection both refuse, for this reason.
macro_rules! is_refused {
    ($db:ident, $entity:ident, $table:literal, $culprit:literal, $mistake:literal) => {
        $db.create_table($entity::Entity).await;
        run(
            $db,
            &[concat!(
                "INSERT INTO ",
                $table,
                " (id, country_id, country_code) VALUES (1, 1, 'a')"
            )],
        )
        .await;
        for refused in [
            refusal($entity::Entity::delete_by_id(1).exec(&**$db).await),
            refusal($entity::Entity::delete_many().exec(&$db.scoped()).await),
            refusal(
                $db.scoped()
                    .execute_unprepared(concat!("DELETE FROM ", $table))
                    .await,
            ),
        ] {
            let SoftDeleteError::InvalidRelation {
                entity, mistake, ..
            } = &refused
            else {
                panic!("{refused}");
            };
            assert_eq!((entity.as_str(), mistake.as_str()), ($culprit, $mistake));
        }
        assert_eq!(live($db, $table).await, [1]);
        assert_eq!(live($db, "family_country").await, [1]);
    };
}

on_every_database! {
    async fn an_invalid_family_is_refused_with_the_remedy(db: &TestDb) {
        db.create_table(country::Entity).await;
        run(db, &["INSERT INTO family_country (id, code) VALUES (1, 'a')"]).await;
        is_refused!(db, upwards, "family_upwards", "family_upwards", "rows of `family_upwards` \
            belong to rows of `family_country`, and not the other way round: say on the entity of \
            `family_country` what becomes of these");
        is_refused!(db, upwards_by_code, "family_upwards_by_code", "family_upwards_by_code", "rows of \
            `family_upwards_by_code` belong to rows of `family_country`, and not the other way \
            round: say on the entity of `family_country` what becomes of these");
        is_refused!(db, elsewhere, "family_elsewhere", "family_elsewhere", "the relation that is named \
            for `family_language` is one between other tables: name one from `family_elsewhere` to \
            `family_language`");
        is_refused!(db, any, "family_any", "family_any", "the relation to `family_language` holds on \
            its columns OR on a condition, which is not supported: use a condition of type `all`");
        is_refused!(db, twice, "family_twice", "family_twice", "the relation to `family_language` is \
            said to cascade and to restrict: leave one of the two");
        is_refused!(db, linked_if, "family_linked_if", "family_linked_if", "the links between here \
            and `family_accent` are rows of a table without an entity, and the relation to them has a \
            condition: name the entity of the links in `destroy`");
        is_refused!(db, linked, "family_linked", "family_linked", "the link rows between here and \
            `family_language` are in `family_spoken`, which is not soft-deletable: add `SoftDelete` \
            to the derives of its model, or say `destroy(family_language)` or `keep(family_language)`");
    }

    async fn a_family_with_an_invalid_member_is_refused_and_the_member_is_named(db: &TestDb) {
        db.create_table(country::Entity).await;
        run(db, &["INSERT INTO family_country (id, code) VALUES (1, 'a')"]).await;
        is_refused!(db, above, "family_above", "family_twice", "the relation to `family_language` is \
            said to cascade and to restrict: leave one of the two");
    }
}
