// What the examples of the documentation begin with: invoices of tenants, of which one is published.

use sea_orm::prelude::*;
#[allow(unused_imports)]
use sea_orm::{ActiveValue::Set, Database, DbBackend, Schema};
#[allow(unused_imports)]
use sea_orm_soft_delete::{FixedScope, RequiredScope, Scopable, SoftDeleteError};

pub struct Tenant;

impl RequiredScope for Tenant {
    const NAME: &'static str = "tenant";
    type Value = i64;
}

pub struct Sent;

impl FixedScope for Sent {
    const NAME: &'static str = "sent";
}

mod invoice {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{Scoped, SoftDelete};

    use super::{Sent, Tenant};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped, SoftDelete)]
    #[sea_orm(table_name = "invoice")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[scope(Tenant)]
        pub tenant_id: i64,
        pub title: String,
        #[scope(Sent = true)]
        pub sent: bool,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn run(example: impl AsyncFnOnce(&DatabaseConnection) -> Result<(), SoftDeleteError>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let db = Database::connect("sqlite::memory:").await.unwrap();
        let schema = Schema::new(DbBackend::Sqlite);
        db.execute(&schema.create_table_from_entity(invoice::Entity))
            .await
            .unwrap();
        for (tenant_id, title, sent) in [(7, "Paper", true), (7, "Ink", false), (8, "Pens", true)] {
            let invoice = invoice::ActiveModel {
                tenant_id: Set(tenant_id),
                title: Set(title.to_owned()),
                sent: Set(sent),
                ..Default::default()
            };
            invoice.insert(&db).await.unwrap();
        }
        example(&db).await.unwrap();
    });
}
