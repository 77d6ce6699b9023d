//! The law: a verb answers as if the trashed rows had been deleted.
//!
//! The test fills two tables with the same random rows: one table keeps its trashed rows, and in the other
//! they are physically removed. Random statements run through the verbs on the first table and through
//! plain SeaORM on the second, and the answers must be equal. A failure prints its seed;
//! `LAW_SEED=… cargo xtask test -- law` repeats it.

use fastrand::Rng;
use sea_orm::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, Condition, QueryOrder, QuerySelect};

use crate::entities::{NOON, note};
use crate::harness::{TestDb, TestResult, on_every_database};

/// The same table without its trashed rows and without this crate.
mod pruned {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pruned")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub slug: String,
        pub title: String,
        pub views: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const CASES: u64 = 25;
const ROWS: i32 = 24;

fn seeds() -> Vec<u64> {
    match std::env::var("LAW_SEED") {
        Ok(seed) => vec![seed.parse().expect("LAW_SEED is a number")],
        Err(_) => (0..CASES).collect(),
    }
}

/// Fills both tables, and trashes half of the notes.
async fn fill(db: &TestDb, rng: &mut Rng) -> TestResult {
    note::Entity::force_delete_many().exec(&**db).await?;
    pruned::Entity::delete_many().exec(&**db).await?;
    let mut notes = Vec::new();
    let mut live = Vec::new();
    for id in 1..=ROWS {
        let (title, views) = (format!("t{}", rng.i32(0..4)), rng.i32(0..6));
        let is_trashed = rng.bool();
        notes.push(note::ActiveModel {
            id: Set(id),
            slug: Set(format!("s{id}")),
            title: Set(title.clone()),
            views: Set(views),
            deleted_at: Set(is_trashed.then_some(NOON.into())),
            updated_at: Set(NOON.into()),
            ..Default::default()
        });
        if !is_trashed {
            live.push(pruned::ActiveModel {
                id: Set(id),
                slug: Set(format!("s{id}")),
                title: Set(title),
                views: Set(views),
            });
        }
    }
    note::Entity::insert_many(notes).exec(&**db).await?;
    if !live.is_empty() {
        pruned::Entity::insert_many(live).exec(&**db).await?;
    }
    Ok(())
}

/// A condition of any shape: all, any, not, nested, raw, and NULL in every position.
fn condition(rng: &mut Rng, depth: u32) -> Condition {
    let leaf = |rng: &mut Rng| -> Expr {
        let n = rng.i32(0..6);
        match rng.u32(0..8) {
            0 => Expr::col("views").gt(n),
            1 => Expr::col("title").eq(format!("t{n}")),
            2 => Expr::col("id").is_in((0..n).map(|i| i * 4 + 1)),
            3 => Expr::cust("views = 1 OR views = 2"),
            4 => Expr::cust("NOT (views > 2) OR title = 't1' -- or so\n"),
            5 => Expr::col("views").is_null(),
            6 => Expr::col("slug").like("s1%").or(Expr::col("views").lt(n)),
            _ => Expr::col("views").ne(n).not(),
        }
    };
    let mut all = if rng.bool() {
        Condition::all()
    } else {
        Condition::any()
    };
    for _ in 0..rng.u32(0..4) {
        all = if depth > 0 && rng.u32(0..3) == 0 {
            all.add(condition(rng, depth - 1))
        } else {
            all.add(leaf(rng))
        };
    }
    if rng.u32(0..4) == 0 { all.not() } else { all }
}

type Rest = Vec<(i32, i32)>;

/// The ids and views of the live rows in both tables.
async fn rest(db: &TestDb) -> Result<(Rest, Rest), DbErr> {
    let notes = note::Entity::find()
        .order_by_asc(note::Column::Id)
        .all(&**db)
        .await?;
    let rows = pruned::Entity::find()
        .order_by_asc(pruned::Column::Id)
        .all(&**db)
        .await?;
    Ok((
        notes.iter().map(|note| (note.id, note.views)).collect(),
        rows.iter().map(|row| (row.id, row.views)).collect(),
    ))
}

async fn holds(db: &TestDb, rng: &mut Rng) -> TestResult {
    let trash = note::Entity::only_trashed().order_by_asc(note::Column::Id);
    let trash = trash.all(&**db).await?;

    for _ in 0..4 {
        let filter = condition(rng, 2);
        let (limit, offset) = (rng.u64(1..10), rng.u64(0..4));
        let notes = note::Entity::find()
            .filter(filter.clone())
            .order_by_asc(note::Column::Id)
            .limit(limit)
            .offset(offset)
            .all(&**db)
            .await?;
        let rows = pruned::Entity::find()
            .filter(filter.clone())
            .order_by_asc(pruned::Column::Id)
            .limit(limit)
            .offset(offset)
            .all(&**db)
            .await?;
        let notes: Vec<_> = notes
            .into_iter()
            .map(|n| (n.id, n.slug, n.title, n.views))
            .collect();
        let rows: Vec<_> = rows
            .into_iter()
            .map(|r| (r.id, r.slug, r.title, r.views))
            .collect();
        assert_eq!(notes, rows, "find {filter:?}");

        let count = note::Entity::find()
            .filter(filter.clone())
            .count(&**db)
            .await?;
        let plain = pruned::Entity::find().filter(filter).count(&**db).await?;
        assert_eq!(count, plain);
    }

    let filter = condition(rng, 2);
    let views = rng.i32(10..20);
    let updated = note::Entity::update_many()
        .col_expr(note::Column::Views, Expr::value(views))
        .filter(filter.clone())
        .exec(&**db)
        .await?;
    let plain = pruned::Entity::update_many()
        .col_expr(pruned::Column::Views, Expr::value(views))
        .filter(filter.clone())
        .exec(&**db)
        .await?;
    assert_eq!(
        updated.rows_affected, plain.rows_affected,
        "update {filter:?}"
    );
    let (notes, rows) = rest(db).await?;
    assert_eq!(notes, rows, "after update {filter:?}");

    let filter = condition(rng, 2);
    let deleted = note::Entity::delete_many()
        .filter(filter.clone())
        .exec(&**db)
        .await?;
    let plain = pruned::Entity::delete_many()
        .filter(filter.clone())
        .exec(&**db)
        .await?;
    assert_eq!(
        deleted.rows_affected, plain.rows_affected,
        "delete {filter:?}"
    );
    let (notes, rows) = rest(db).await?;
    assert_eq!(notes, rows, "left by delete {filter:?}");

    // Every trashed row is unchanged, and can be restored.
    let before = note::Entity::only_trashed()
        .filter(note::Column::DeletedAt.eq(crate::entities::noon()))
        .order_by_asc(note::Column::Id);
    assert_eq!(before.all(&**db).await?, trash);
    note::Entity::restore_many().exec(&**db).await?;
    assert_eq!(note::Entity::find().count(&**db).await?, ROWS as u64);
    Ok(())
}

on_every_database! {
    async fn a_verb_answers_as_if_the_trashed_rows_had_been_deleted(db: &TestDb) {
        db.create_table(note::Entity).await;
        db.create_table(pruned::Entity).await;
        for seed in seeds() {
            println!("LAW_SEED={seed}");
            let mut rng = Rng::with_seed(seed);
            fill(db, &mut rng).await?;
            holds(db, &mut rng).await?;
        }
    }
}
