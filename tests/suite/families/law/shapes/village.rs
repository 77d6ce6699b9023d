//! Two entities that cascade to each other, without foreign keys. One of them is also a tree, and the other
//! has a parent entity whose relation has a condition.
//!
//! ```text
//! street ─cascade, but of color 2→ house ─cascade→ person ─cascade→ house
//!                                  house ─cascade→ door   person ⟲ cascade
//!                                                         person ←restrict─ debt
//! ```

use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition};

use crate::families::law::table::Policy::{Cascade, Restrict};
use crate::families::law::table::{Relation, Shape, relation};

entity! {
    instant_and_operation street as "law_street", key(id) columns(color)
    #[soft_delete(cascade(super::house::Entity on super::house_in_street()))]
}
entity! {
    instant_and_operation house as "law_house", key(id) columns(street_id, owner_id, color)
    #[soft_delete(cascade(
        super::person::Entity on super::person_in_house(),
        super::door::Entity on super::door_of_house(),
    ))]
}
entity! {
    bool_and_operation person as "law_person", key(id) slim(slim_person) columns(house_id, parent_id, color)
    #[soft_delete(
        cascade(super::house::Entity on super::house_of_owner(), Entity on super::child_of_parent()),
        restrict(super::debt::Entity on super::debt_of_person()),
    )]
}
entity! { bool_and_operation slim_person as "law_person", key(id) columns(color) }
entity! { instant door as "law_door", key(id) unique(number) columns(house_id, color) }
entity! { plain debt as "law_debt", key(id) columns(person_id, color) }

relations! {
    house_at_street: house (StreetId) -> street (Id);
    house_of_owner: house (OwnerId) -> person (Id);
    person_in_house: person (HouseId) -> house (Id);
    child_of_parent: person (ParentId) -> person (Id);
    door_of_house: door (HouseId) -> house (Id);
    debt_of_person: debt (PersonId) -> person (Id);
}

fn house_in_street() -> sea_orm::RelationDef {
    let mut relation = house_at_street();
    relation.on_condition = Some(std::sync::Arc::new(|house, _| {
        let color = Expr::col((house, house::Column::Color));
        color.clone().is_null().or(color.ne(2)).into_condition()
    }));
    relation
}

pub(super) const SHAPE: Shape = Shape {
    name: "village",
    has_foreign_keys: false,
    tables: &[
        street::TABLE,
        house::TABLE,
        person::TABLE,
        door::TABLE,
        debt::TABLE,
    ],
    relations: &[
        Relation {
            unless_color: Some(2),
            ..relation(Cascade, "law_street", "law_house", &["street_id"])
        },
        relation(Cascade, "law_house", "law_person", &["house_id"]),
        relation(Cascade, "law_house", "law_door", &["house_id"]),
        relation(Cascade, "law_person", "law_house", &["owner_id"]),
        relation(Cascade, "law_person", "law_person", &["parent_id"]),
        relation(Restrict, "law_person", "law_debt", &["person_id"]),
    ],
    counters: &[],
};
