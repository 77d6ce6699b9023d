use sea_orm::DatabaseConnection;
use sea_orm_soft_delete::{FixedScope, RequiredScope, ScopedConnection};

struct Tenant;

impl RequiredScope for Tenant {
    const NAME: &'static str = "tenant";
    type Value = i64;
}

struct Published;

impl FixedScope for Published {
    const NAME: &'static str = "published";
}

fn lift(db: &ScopedConnection<DatabaseConnection>) {
    let _ = db.lift(Tenant);
    let _ = db.across(Published);
}

fn main() {}
