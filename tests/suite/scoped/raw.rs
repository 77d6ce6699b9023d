//! Reads in SQL, as handwritten text or built with sea-query.

use futures_util::TryStreamExt;
use sea_orm::prelude::*;
use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement,
    UnionType,
};
use sea_orm::{
    ConnectionTrait, DbBackend, FromQueryResult, JsonValue, QueryOrder, QueryResult, QuerySelect,
    QueryTrait, SelectExt, Statement, StreamTrait, TransactionTrait, raw_sql,
};
use sea_orm_soft_delete::Scopable;

use super::answers::{Answers, answers, as_if_deleted};
use super::blog::{author, category, comment, post};
use super::rows::plain;
use crate::harness::on_every_database;

#[derive(FromQueryResult, Debug)]
#[allow(dead_code, reason = "its fields are compared as text")]
struct Slug {
    slug: String,
}

/// A statement with the placeholders of the database.
pub(crate) fn statement(
    backend: DbBackend,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    let mut sql = sql.to_owned();
    if backend == DbBackend::Postgres {
        let mut parts = sql.split('?');
        let mut numbered = parts.next().unwrap_or_default().to_owned();
        for (n, part) in parts.enumerate() {
            numbered += &format!("${}{part}", n + 1);
        }
        sql = numbered;
    }
    Statement::from_sql_and_values(backend, sql, values)
}

/// The same texts in `raw_sql!`, for each database.
fn raw_sql_of(backend: DbBackend) -> [Statement; 3] {
    macro_rules! raw {
        ($backend:ident) => {{
            let (low, keys, slug) = (1, [2, 3, 4], "five");
            [
                raw_sql!(
                    $backend,
                    "SELECT slug FROM blog_post WHERE id > {low} ORDER BY id"
                ),
                raw_sql!(
                    $backend,
                    "SELECT slug FROM blog_post WHERE id IN ({..keys}) ORDER BY id"
                ),
                raw_sql!(
                    $backend,
                    "SELECT slug FROM blog_post WHERE slug = {slug} OR id = {low} ORDER BY id"
                ),
            ]
        }};
    }
    match backend {
        DbBackend::Postgres => raw!(Postgres),
        DbBackend::MySql => raw!(MySql),
        _ => raw!(Sqlite),
    }
}

/// The numbers and texts of a row.
pub(crate) fn cells(row: &QueryResult) -> Vec<String> {
    let cell = |index| {
        let long = row
            .try_get_by_index::<Option<i64>>(index)
            .map(|long| format!("{long:?}"));
        long.or_else(|_| {
            row.try_get_by_index::<Option<i32>>(index)
                .map(|int| format!("{int:?}"))
        })
        // Window functions of MySQL return these types.
        .or_else(|_| {
            row.try_get_by_index::<Option<u64>>(index)
                .map(|long| format!("{long:?}"))
        })
        .or_else(|_| {
            row.try_get_by_index::<Option<String>>(index)
                .map(|text| format!("{text:?}"))
        })
        .unwrap()
    };
    (0..row.column_names().len()).map(cell).collect()
}

fn first_column(rows: Vec<QueryResult>) -> Vec<i32> {
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

async fn statements<C>(db: &C) -> Result<Answers, DbErr>
where
    C: ConnectionTrait + StreamTrait + Send,
{
    let backend = ConnectionTrait::get_database_backend(db);
    let found = || {
        statement(
            backend,
            "SELECT id, slug FROM blog_post WHERE id > ? ORDER BY id DESC",
            [1.into()],
        )
    };
    let [one, list, or] = raw_sql_of(backend);
    let streamed = db
        .stream_raw(found())
        .await?
        .try_collect::<Vec<_>>()
        .await?;
    Ok(answers! {
        "query_one_raw": db.query_one_raw(found()).await?.map(|row| row.try_get_by_index::<i32>(0)),
        "query_all_raw": first_column(db.query_all_raw(found()).await?),
        "stream_raw": first_column(streamed),
        "find_by_statement": Slug::find_by_statement(found()).all(db).await?,
        "find_by_statement, one": Slug::find_by_statement(found()).one(db).await?,
        "find_by_statement, stream": Slug::find_by_statement(found()).stream(db).await?.try_collect::<Vec<_>>().await?,
        "find_by_statement, pages": Slug::find_by_statement(found()).paginate(db, 2).num_items_and_pages().await?,
        "find_by_statement, a page": Slug::find_by_statement(found()).paginate(db, 2).fetch_page(0).await?,
        "find_by_statement, exists": Slug::find_by_statement(
            statement(backend, "SELECT slug FROM blog_post WHERE slug = ?", ["five".into()])).exists(db).await?,
        "json": JsonValue::find_by_statement(found()).all(db).await?,
        "from_raw_sql": plain(post::Entity).from_raw_sql(
            statement(backend, "SELECT * FROM blog_post ORDER BY id", [])).all(db).await?,
        "raw_sql!": Slug::find_by_statement(one).all(db).await?,
        "raw_sql!, list": Slug::find_by_statement(list).all(db).await?,
        "raw_sql!, or": Slug::find_by_statement(or).all(db).await?,
    })
}

/// Statements without a relation of an entity.
fn by_hand() -> [(&'static str, SelectStatement); 8] {
    let keys = || {
        plain(post::Entity)
            .select_only()
            .column(post::Column::Id)
            .into_query()
    };
    let id = || Expr::col(comment::Column::PostId);
    let comments = |condition: Expr| {
        Query::select()
            .column(comment::Column::Id)
            .from(comment::Entity)
            .and_where(condition)
            .order_by(comment::Column::Id, Order::Asc)
            .take()
    };
    let mut union = keys();
    union.union(
        UnionType::All,
        comments(Expr::value(true)).clear_order_by().take(),
    );
    let mut with = Query::select();
    with.column("id")
        .from("seen")
        .order_by("id", Order::Asc)
        .with_cte(
            CommonTableExpression::new()
                .table_name("seen")
                .query(keys())
                .to_owned(),
        );
    let of_author = (author::Entity, author::Column::Id);
    let number = Query::select()
        .expr(Func::count(Expr::col((post::Entity, post::Column::Id))))
        .from(post::Entity)
        .and_where(Expr::col((post::Entity, post::Column::AuthorId)).equals(of_author))
        .take();
    let lateral = Query::select()
        .column((Alias::new("p"), post::Column::Id))
        .from_subquery(keys(), "p")
        .join_as(
            JoinType::LeftJoin,
            comment::Entity,
            "c",
            Expr::col(("c", comment::Column::PostId)).equals(("p", post::Column::Id)),
        )
        .order_by(("p", post::Column::Id), Order::Asc)
        .take();
    [
        ("in", comments(id().in_subquery(keys()))),
        ("not in", comments(id().not_in_subquery(keys()))),
        ("exists", comments(Expr::exists(keys()))),
        (
            "or of subqueries",
            comments(
                id().in_subquery(keys())
                    .or(Expr::col(comment::Column::Id).eq(5)),
            ),
        ),
        ("union", union),
        ("with", with),
        (
            "scalar",
            Query::select()
                .expr_as(number, "n")
                .column(author::Column::Id)
                .from(author::Entity)
                .order_by(author::Column::Id, Order::Asc)
                .take(),
        ),
        ("derived and joined", lateral),
    ]
}

async fn sea_query<C>(db: &C) -> Result<Answers, DbErr>
where
    C: ConnectionTrait + StreamTrait + Send,
{
    let mut answers = Answers::new();
    for (name, query) in by_hand() {
        let rows = db.query_all(&query).await?;
        let any = db.query_one(&query).await?.is_some();
        let streamed = db
            .stream(&query)
            .await?
            .try_collect::<Vec<_>>()
            .await?
            .len();
        let mut rows: Vec<_> = rows.iter().map(cells).collect();
        rows.sort_unstable(); // a union has no defined order
        answers.push((name, format!("{rows:?}, {any}, {streamed}")));
    }
    Ok(answers)
}

/// SeaORM selects inside SeaORM selects.
async fn subqueries<C: ConnectionTrait>(db: &C) -> Result<Answers, DbErr> {
    let posts = || plain(post::Entity).select_only().column(post::Column::Id);
    let comments = || plain(comment::Entity).order_by_asc(comment::Column::Id);
    let sport = plain(category::Entity)
        .select_only()
        .column(category::Column::Id)
        .filter(category::Column::Name.eq("sport"));
    Ok(answers! {
        "in": comments().filter(comment::Column::PostId.in_subquery(posts().into_query())).all(db).await?,
        "not in": comments().filter(comment::Column::PostId.not_in_subquery(posts().into_query())).all(db).await?,
        "exists": comments().filter(Expr::exists(posts().filter(post::Column::Slug.eq("five")).into_query())).count(db).await?,
        "nested": comments().filter(comment::Column::PostId.in_subquery(
            posts().filter(post::Column::CategoryId.in_subquery(sport.into_query())).into_query())).all(db).await?,
        "of an entity without a marker": plain(super::blog::country::Entity)
            .filter(super::blog::country::Column::Id.in_subquery(
                plain(author::Entity).select_only().column(author::Column::CountryId)
                    .filter(author::Column::Name.eq("Bob")).into_query())).all(db).await?,
    })
}

on_every_database! {
    async fn statements_answer_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, statements);
    }

    async fn sea_query_answers_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, sea_query);
    }

    async fn subqueries_answer_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, subqueries);
    }
}
