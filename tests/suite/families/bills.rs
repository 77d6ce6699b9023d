//! A relation with the policy `restrict` forbids the restore of a row below a trashed or missing parent, as one that
//! cascades does.
//!
//! ```text
//! customer ─cascade→ bill ─cascade→ line
//! customer ─cascade→ receipt ←restrict─ bill
//! bill ←restrict─ reminder, which has no other relation
//! bill ←restrict─ parcel ─cascade→ label
//! ```

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::*;
use sea_orm_soft_delete::doctor::{Doctor, FindingCode};
use sea_orm_soft_delete::preview::Orphans;
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::{Operation, Scopable, SoftDeleteError};

use super::rows::{live, refusal, run};
use crate::harness::{TestDb, on_every_database};

macro_rules! entity {
    ($name:ident, $table:literal $(, $attribute:meta)*: $($column:ident),*) => {
        pub(crate) mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = $table)]
            $(#[$attribute])*
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                $(pub $column: Option<i32>,)*
                pub deleted_at: Option<DateTimeUtc>,
                #[soft_delete(operation)]
                pub operation_id: Option<Uuid>,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

/// The relation from the rows of an entity to the rows that refer to them.
macro_rules! relations {
    ($($name:ident: $parent:ident, $child:ident $column:ident;)*) => {
        $(fn $name() -> RelationDef {
            let children = <$parent::Entity as EntityTrait>::belongs_to($child::Entity);
            children.from($parent::Column::Id).to($child::Column::$column).into()
        })*
    };
}

entity! {
    customer, "bills_customer", soft_delete(cascade(
        super::bill::Entity on super::bills_of_customer(),
        super::receipt::Entity on super::receipts_of_customer()
    )):
}
entity! {
    bill, "bills_bill", soft_delete(
        cascade(super::line::Entity on super::lines_of_bill()),
        restrict(
            super::receipt::Entity on super::receipts_of_bill(),
            super::reminder::Entity on super::reminders_of_bill(),
            super::parcel::Entity on super::parcels_of_bill()
        )
    ): customer_id
}
entity! { line, "bills_line": bill_id }
entity! { receipt, "bills_receipt": customer_id, bill_id }
entity! { reminder, "bills_reminder": bill_id }
entity! {
    parcel, "bills_parcel", soft_delete(cascade(super::label::Entity on super::labels_of_parcel())):
    bill_id
}
entity! { label, "bills_label": parcel_id }

relations! {
    bills_of_customer: customer, bill CustomerId;
    receipts_of_customer: customer, receipt CustomerId;
    lines_of_bill: bill, line BillId;
    receipts_of_bill: bill, receipt BillId;
    reminders_of_bill: bill, reminder BillId;
    parcels_of_bill: bill, parcel BillId;
    labels_of_parcel: parcel, label ParcelId;
}

/// Customer 1 with the bills 1 and 2. Bill 1 has two lines, a receipt, two reminders, and a parcel with a label.
async fn bills(db: &TestDb) {
    db.create_table(customer::Entity).await;
    db.create_table(bill::Entity).await;
    db.create_table(line::Entity).await;
    db.create_table(receipt::Entity).await;
    db.create_table(reminder::Entity).await;
    db.create_table(parcel::Entity).await;
    db.create_table(label::Entity).await;
    run(
        db,
        &[
            "INSERT INTO bills_customer (id) VALUES (1)",
            "INSERT INTO bills_bill (id, customer_id) VALUES (1, 1), (2, 1)",
            "INSERT INTO bills_line (id, bill_id) VALUES (1, 1), (2, 1)",
            "INSERT INTO bills_receipt (id, customer_id, bill_id) VALUES (1, 1, 1)",
            "INSERT INTO bills_reminder (id, bill_id) VALUES (1, 1), (2, 1)",
            "INSERT INTO bills_parcel (id, bill_id) VALUES (1, 1)",
            "INSERT INTO bills_label (id, parcel_id) VALUES (1, 1)",
        ],
    )
    .await;
}

/// The same; the rows that restrict bill 1 are trashed, and then bill 1 with its lines.
async fn trashed_below_a_trashed_bill(db: &TestDb) -> Result<(), SoftDeleteError> {
    bills(db).await;
    receipt::Entity::delete_by_id(1).exec(&**db).await?;
    reminder::Entity::delete_many().exec(&**db).await?;
    parcel::Entity::delete_by_id(1).exec(&**db).await?;
    bill::Entity::delete_by_id(1).exec(&**db).await?;
    Ok(())
}

/// The row and its parent, which forbids the restore.
#[track_caller]
fn forbidden<T>(outcome: Result<T, impl Into<SoftDeleteError>>) -> String {
    match refusal(outcome) {
        SoftDeleteError::ParentTrashed {
            entity,
            key,
            parent,
            parent_key,
            ..
        } => {
            format!("{entity} {key}: {parent} {parent_key} is trashed")
        }
        SoftDeleteError::ParentGone {
            entity,
            key,
            parent,
            parent_key,
            ..
        } => {
            format!("{entity} {key}: {parent} {parent_key} is gone")
        }
        other => panic!("{other}"),
    }
}

/// The number of orphans, and their parents.
fn told(orphans: &[Orphans]) -> Vec<(&str, u64, &str)> {
    let all = orphans.iter();
    all.map(|it| (it.entity.as_str(), it.count, it.of.as_str()))
        .collect()
}

on_every_database! {
    async fn a_row_is_not_restored_below_a_trashed_row_that_it_restricts(db: &TestDb) {
        trashed_below_a_trashed_bill(db).await?;
        let reminder = "bills_reminder id = 1: bills_bill id = 1 is trashed";
        let row = reminder::Entity::only_trashed().filter(reminder::Column::Id.eq(1)).one(&**db).await?.unwrap();
        let operations = Operation::list().in_family_of(reminder::Entity);
        let operation = operations.find(row.operation().unwrap(), &**db).await?.unwrap();
        let new = || reminder::ActiveModel { id: Set(1), ..Default::default() };
        let of_bill = |id| reminder::ActiveModel { bill_id: Set(Some(id)), ..Default::default() };
        for refused in [
            forbidden(reminder::Entity::restore_by_id(1).exec(&**db).await),
            forbidden(reminder::Entity::restore_by_id(1).exec(&db.scoped()).await),
            forbidden(reminder::Entity::restore_by_id(1).with_values(of_bill(1)).exec(&**db).await),
            forbidden(reminder::Entity::restore_many().filter_by_ids([1]).exec(&**db).await),
            forbidden(row.clone().restore(&**db).await),
            forbidden(reminder::Entity::insert_or_revive(new()).exec(&**db).await),
        ] {
            assert_eq!(refused, reminder);
        }
        // Which of the two reminders the error names is not said.
        forbidden(operation.restore(&**db).await);
        if db.returns_updated_rows() {
            forbidden(reminder::Entity::restore_many().exec_with_returning(&**db).await);
        }
        for (refused, row) in [
            (forbidden(receipt::Entity::restore_by_id(1).exec(&**db).await), "bills_receipt id = 1"),
            (forbidden(parcel::Entity::restore_by_id(1).exec(&**db).await), "bills_parcel id = 1"),
            (forbidden(parcel::Entity::restore_many().exec(&**db).await), "bills_parcel id = 1"),
        ] {
            assert_eq!(refused, format!("{row}: bills_bill id = 1 is trashed"));
        }
        for table in ["bills_receipt", "bills_reminder", "bills_parcel", "bills_label"] {
            assert_eq!(live(db, table).await, [0; 0], "{table}");
        }

        for preview in [
            reminder::Entity::restore_many().preview(&**db).await?,
            operation.preview_restore(&**db).await?.remove(0),
        ] {
            assert!(!preview.is_allowed(), "{preview}");
            assert_eq!(told(&preview.orphans), [("bills_reminder", 2, "bills_bill")]);
            assert_eq!(preview.orphans[0].parents.len(), 1);
        }
        let preview = parcel::Entity::restore_by_id(1).preview(&**db).await?;
        assert_eq!(told(&preview.orphans), [("bills_parcel", 1, "bills_bill")]);

        // With another bill, and below the bill again.
        let moved = reminder::Entity::restore_by_id(2).with_values(of_bill(2));
        assert!(moved.preview(&**db).await?.is_allowed());
        moved.exec(&**db).await?;
        bill::Entity::restore_by_id(1).exec(&**db).await?;
        assert!(operation.preview_restore(&**db).await?.remove(0).is_allowed());
        operation.restore(&**db).await?;
        receipt::Entity::restore_by_id(1).exec(&**db).await?;
        parcel::Entity::restore_many().exec(&**db).await?;
        for table in ["bills_receipt", "bills_parcel", "bills_label"] {
            assert_eq!(live(db, table).await, [1], "{table}");
        }
        assert_eq!(live(db, "bills_reminder").await, [1, 2]);
    }

    async fn a_restore_with_ancestors_restores_the_row_that_it_restricts(db: &TestDb) {
        trashed_below_a_trashed_bill(db).await?;
        customer::Entity::delete_by_id(1).exec(&**db).await?;
        let restore = || reminder::Entity::restore_by_id(1).with_ancestors();
        let preview = restore().preview(&**db).await?;
        assert!(preview.is_allowed(), "{preview}");
        let ancestors: Vec<String> = preview.ancestors.iter().map(ToString::to_string).collect();
        let ancestors = ancestors.concat();
        for rows in ["bills_bill: 1 row", "bills_line: 2 rows", "bills_customer: 1 row"] {
            assert!(ancestors.contains(rows), "{ancestors}");
        }
        restore().confirm(&preview, &**db).await?;
        assert_eq!(live(db, "bills_reminder").await, [1]);
        assert_eq!(live(db, "bills_line").await, [1, 2], "they were trashed with the bill");
        assert_eq!(live(db, "bills_customer").await, [1]);
        assert_eq!(live(db, "bills_bill").await, [1, 2], "bill 2 was trashed with the customer");
        assert_eq!(live(db, "bills_receipt").await, [0; 0]);
        assert_eq!(live(db, "bills_parcel").await, [0; 0]);

        parcel::Entity::delete_many().exec(&**db).await?;
        reminder::Entity::delete_many().exec(&**db).await?;
        customer::Entity::delete_by_id(1).exec(&**db).await?;
        parcel::Entity::restore_many().with_ancestors().exec(&db.scoped()).await?;
        assert_eq!(live(db, "bills_label").await, [1]);
        assert_eq!(live(db, "bills_bill").await, [1, 2]);
        bill::Entity::delete_by_id(2).exec(&**db).await?;
        let row = reminder::Entity::only_trashed().filter(reminder::Column::Id.eq(1)).one(&**db).await?.unwrap();
        let operations = Operation::list().in_family_of(reminder::Entity);
        let operation = operations.find(row.operation().unwrap(), &**db).await?.unwrap();
        run(db, &["UPDATE bills_reminder SET bill_id = 2 WHERE id = 1"]).await;
        forbidden(operation.restore(&**db).await);
        assert!(operation.preview_restore_with_ancestors(&**db).await?.remove(0).is_allowed());
        operation.restore_with_ancestors(&**db).await?;
        assert_eq!(live(db, "bills_bill").await, [1, 2]);
    }

    /// The delete of the customer trashes the bill and the receipt that restricts it.
    async fn one_restore_brings_back_a_row_and_the_row_that_it_restricts(db: &TestDb) {
        bills(db).await;
        reminder::Entity::delete_many().exec(&**db).await?;
        parcel::Entity::delete_many().exec(&**db).await?;
        let trash = || customer::Entity::delete_by_id(1).exec_returning_operation(&**db);
        trash().await?;
        forbidden(receipt::Entity::restore_by_id(1).exec(&**db).await);
        assert!(customer::Entity::restore_by_id(1).preview(&**db).await?.is_allowed());
        customer::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "bills_receipt").await, [1]);
        trash().await?;
        receipt::Entity::restore_by_id(1).with_ancestors().exec(&**db).await?;
        assert_eq!(live(db, "bills_bill").await, [1, 2]);
        assert_eq!(live(db, "bills_line").await, [1, 2]);
        let row = trash().await?;
        let operations = Operation::list().in_family_of(customer::Entity);
        let operation = operations.find(row.operation.unwrap(), &**db).await?.unwrap();
        assert!(operation.preview_restore(&**db).await?.remove(0).is_allowed());
        operation.restore(&**db).await?;
        assert_eq!(live(db, "bills_receipt").await, [1]);

        // Another delete than that of the customer trashed the bill, before the receipt got it.
        run(db, &["UPDATE bills_receipt SET bill_id = NULL"]).await;
        bill::Entity::delete_by_id(1).exec(&**db).await?;
        run(db, &["UPDATE bills_receipt SET bill_id = 1"]).await;
        trash().await?;
        let restore = || customer::Entity::restore_by_id(1);
        let refused = forbidden(restore().exec(&**db).await);
        assert_eq!(refused, "bills_receipt id = 1: bills_bill id = 1 is trashed");
        assert_eq!(told(&restore().preview(&**db).await?.orphans), [("bills_receipt", 1, "bills_bill")]);
        restore().with_ancestors().exec(&**db).await?;
        assert_eq!(live(db, "bills_bill").await, [1, 2]);
    }

    async fn triggers_allow_each_restore_of_a_row_that_restricts(db: &TestDb) {
        trashed_below_a_trashed_bill(db).await?;
        for schema in [
            SoftDeleteSchema::of::<bill::Entity>(),
            SoftDeleteSchema::of::<line::Entity>(),
            SoftDeleteSchema::of::<receipt::Entity>(),
            SoftDeleteSchema::of::<reminder::Entity>(),
            SoftDeleteSchema::of::<parcel::Entity>(),
            SoftDeleteSchema::of::<label::Entity>(),
        ] {
            for trigger in schema.refuse_trashed_parents() {
                trigger.create(&**db).await?;
            }
        }
        let trash = || customer::Entity::delete_by_id(1).exec(&**db);
        trash().await?;
        receipt::Entity::restore_by_id(1).with_ancestors().exec(&**db).await?;
        reminder::Entity::restore_many().exec(&**db).await?;
        parcel::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "bills_receipt").await, [1]);
        receipt::Entity::delete_by_id(1).exec(&**db).await?;
        reminder::Entity::delete_by_id(1).exec(&**db).await?;
        reminder::Entity::delete_by_id(2).exec(&**db).await?;
        parcel::Entity::delete_by_id(1).exec(&**db).await?;
        trash().await?;
        let trashed = Operation::list().in_family_of(customer::Entity);
        let trashed = trashed.in_family_of(reminder::Entity).in_family_of(parcel::Entity);
        let mut trashed = trashed.all(&**db).await?;
        assert_eq!(trashed.len(), 5);
        trashed.reverse();
        Operation::restore_all(&trashed, &**db).await?;
        assert_eq!(live(db, "bills_reminder").await, [1, 2]);
        assert_eq!(live(db, "bills_label").await, [1]);
    }

    async fn a_row_is_not_restored_if_the_row_that_it_restricts_does_not_exist(db: &TestDb) {
        trashed_below_a_trashed_bill(db).await?;
        run(db, &["DELETE FROM bills_bill WHERE id = 1"]).await;
        let of_bill = |id| reminder::ActiveModel { bill_id: Set(Some(id)), ..Default::default() };
        for refused in [
            forbidden(reminder::Entity::restore_by_id(1).exec(&**db).await),
            forbidden(reminder::Entity::restore_by_id(1).with_ancestors().exec(&**db).await),
            forbidden(reminder::Entity::restore_many().filter_by_ids([1]).exec(&**db).await),
        ] {
            assert_eq!(refused, "bills_reminder id = 1: bills_bill id = 1 is gone");
        }
        let parcel = forbidden(parcel::Entity::restore_by_id(1).exec(&**db).await);
        assert_eq!(parcel, "bills_parcel id = 1: bills_bill id = 1 is gone");
        for preview in [
            reminder::Entity::restore_by_id(1).preview(&**db).await?,
            reminder::Entity::restore_by_id(1).with_ancestors().preview(&**db).await?,
            reminder::Entity::restore_by_id(1).with_values(of_bill(9)).preview(&**db).await?,
        ] {
            assert_eq!(told(&preview.gone), [("bills_reminder", 1, "bills_bill")], "{preview}");
        }
        let elsewhere = reminder::Entity::restore_by_id(1).with_values(of_bill(9));
        let refused = forbidden(elsewhere.exec(&**db).await);
        assert_eq!(refused, "bills_reminder id = 1: bills_bill id = 9 is gone");
        assert_eq!(live(db, "bills_reminder").await, [0; 0]);
        reminder::Entity::restore_by_id(1).with_values(of_bill(2)).exec(&**db).await?;
        run(db, &["UPDATE bills_reminder SET bill_id = NULL WHERE id = 2"]).await;
        reminder::Entity::restore_by_id(2).exec(&**db).await?;
        assert_eq!(live(db, "bills_reminder").await, [1, 2]);
    }

    async fn the_doctor_counts_live_rows_below_a_trashed_row_that_they_restrict(db: &TestDb) {
        trashed_below_a_trashed_bill(db).await?;
        let below = async |db: &TestDb| {
            let diagnosis = Doctor::new().in_family_of(bill::Entity).examine(&**db).await?;
            let all = diagnosis.findings().iter();
            let all = all.filter(|it| it.code == FindingCode::LiveBelowTrashed);
            Ok::<_, SoftDeleteError>(all.map(|it| it.message.clone()).collect::<Vec<_>>())
        };
        assert_eq!(below(db).await?, [""; 0]);
        run(db, &["UPDATE bills_reminder SET deleted_at = NULL, operation_id = NULL WHERE id = 2"]).await;
        let [found] = &below(db).await?[..] else { panic!() };
        assert!(found.contains("1 live row belongs to the trashed row of `bills_bill`"), "{found}");
    }
}
