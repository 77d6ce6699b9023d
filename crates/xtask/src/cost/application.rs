//! The source of the application: 20 entities as SeaORM's generator writes them, half of them in the dense
//! format, with a handful of queries for each.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Result;

/// Each entity with its parent.
const ENTITIES: [(&str, &str); 20] = [
    ("account", ""),
    ("project", "account"),
    ("folder", "project"),
    ("document", "folder"),
    ("revision", "document"),
    ("comment", "document"),
    ("reaction", "comment"),
    ("task", "project"),
    ("checklist", "task"),
    ("reminder", "task"),
    ("customer", ""),
    ("invoice", "customer"),
    ("invoice_line", "invoice"),
    ("payment", "invoice"),
    ("refund", "payment"),
    ("team", "customer"),
    ("member", "team"),
    ("invitation", "team"),
    ("webhook", "team"),
    ("delivery", "webhook"),
];

/// The first entities are written in the dense format, whose relations lead to one another only.
const DENSE: usize = 10;

/// The entity that a round changes: a dense one with a parent and children.
const TOUCHED: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// SeaORM alone.
    Plain,
    /// The derive on every model.
    Derive,
    /// The derive, and deletes that cascade to the children in the dense format.
    Family,
    /// The derive, and a scoped connection.
    Scoped,
}

impl Variant {
    pub(crate) const ALL: [Self; 4] = [Self::Plain, Self::Derive, Self::Family, Self::Scoped];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Derive => "derive",
            Self::Family => "family",
            Self::Scoped => "scoped",
        }
    }

    pub(crate) fn folder(self, of_all: &Path) -> PathBuf {
        of_all.join(self.name())
    }

    fn derives(self) -> bool {
        self != Self::Plain
    }
}

/// Writes every variant, as a workspace of its own with the locked versions of this one.
pub(crate) fn write(folder: &Path, workspace: &Path) -> Result<()> {
    for variant in Variant::ALL {
        let folder = variant.folder(folder);
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), package(variant, workspace)?)?;
        fs::write(folder.join("src/main.rs"), main_file(variant))?;
        for (number, described) in ENTITIES.iter().enumerate() {
            let (name, source) = (described.0, entity(variant, number, 0));
            fs::write(folder.join(format!("src/{name}.rs")), source)?;
        }
    }
    let members = Variant::ALL.map(|it| format!("{:?}", it.name())).join(", ");
    let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n");
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}

/// The file of an entity, and its source after a change that differs from one round to the next. The change
/// moves every line of the file.
pub(crate) fn touched(variant: Variant, round: usize) -> (String, String) {
    let name = ENTITIES[TOUCHED].0;
    (format!("{name}.rs"), entity(variant, TOUCHED, round))
}

fn package(variant: Variant, workspace: &Path) -> Result<String> {
    let library = workspace
        .join("crates/sea-orm-soft-delete")
        .canonicalize()?;
    let name = variant.name();
    let mut text = format!(
        r#"[package]
name = "{name}"
version = "0.0.0"
edition = "2024"

[dependencies]
sea-orm = {{ version = "2", features = ["runtime-tokio", "sqlx-sqlite", "sqlite-use-returning-for-3_35"] }}
tokio = {{ version = "1", features = ["macros", "rt-multi-thread"] }}
"#
    );
    if variant.derives() {
        text.push_str(&format!("sea-orm-soft-delete = {{ path = {library:?} }}\n"));
    }
    Ok(text)
}

fn main_file(variant: Variant) -> String {
    let modules: String = ENTITIES.map(|(name, _)| format!("mod {name};\n")).concat();
    let tables: String = ENTITIES
        .map(|(name, _)| {
            format!("    db.execute(&schema.create_table_from_entity({name}::Entity)).await?;\n")
        })
        .concat();
    let calls: String = ENTITIES
        .map(|(name, _)| format!("    {name}::exercise(&db).await?;\n"))
        .concat();
    let (db, begin) = match variant {
        Variant::Scoped => (
            "sea_orm_soft_delete::ScopedConnection<sea_orm::DatabaseConnection>",
            "    let db = Db::new(db);\n",
        ),
        _ => ("sea_orm::DatabaseConnection", ""),
    };
    format!(
        r#"#![allow(dead_code, unused_imports)]

{modules}
use sea_orm::{{ConnectOptions, ConnectionTrait, Database, DbErr, Schema}};

type Db = {db};

#[tokio::main]
async fn main() -> Result<(), DbErr> {{
    let db = Database::connect(ConnectOptions::new("sqlite::memory:").max_connections(1).to_owned()).await?;
    let schema = Schema::new(db.get_database_backend());
{tables}{begin}{calls}    Ok(())
}}
"#
    )
}

fn entity(variant: Variant, number: usize, round: usize) -> String {
    let (name, parent) = ENTITIES[number];
    let children: Vec<&str> = ENTITIES
        .iter()
        .filter(|(_, parent)| *parent == name)
        .map(|(child, _)| *child)
        .collect();
    let is_dense = number < DENSE;
    let (import, derive) = match variant.derives() {
        true => ("use sea_orm_soft_delete::SoftDelete;\n", ", SoftDelete"),
        false => ("", ""),
    };
    let mut key = String::new();
    let mut relations = String::new();
    if !parent.is_empty() {
        key = format!("    pub {parent}_id: i32,\n");
    }
    if is_dense {
        if !parent.is_empty() {
            relations = format!(
                "    #[sea_orm(belongs_to, from = \"{parent}_id\", to = \"id\")]\n    pub {parent}: \
                 HasOne<super::{parent}::Entity>,\n"
            );
        }
        for child in &children {
            if variant == Variant::Family {
                relations.push_str("    #[soft_delete(cascade)]\n");
            }
            relations.push_str(&format!(
                "    #[sea_orm(has_many)]\n    pub {child}s: HasMany<super::{child}::Entity>,\n"
            ));
        }
    }
    let format = if is_dense { "#[sea_orm::model]\n" } else { "" };
    let moved = "\n".repeat(round % 7);
    let mut source = format!(
        r#"{moved}use sea_orm::entity::prelude::*;
use sea_orm::{{ActiveValue::Set, IntoActiveModel, QueryOrder, QuerySelect}};
{import}
use crate::Db;

{format}#[derive(Clone, Debug, PartialEq, DeriveEntityModel{derive})]
#[sea_orm(table_name = "{name}")]
pub struct Model {{
    #[sea_orm(primary_key)]
    pub id: i32,
{key}    pub name: String,
    pub note: Option<String>,
    pub amount: i64,
    pub is_open: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub deleted_at: Option<DateTimeUtc>,
{relations}}}

impl ActiveModelBehavior for ActiveModel {{}}
"#
    );
    if !is_dense {
        source.push_str(&compact_relations(parent, &children));
    }
    source.push_str(&queries(parent, round));
    source
}

fn compact_relations(parent: &str, children: &[&str]) -> String {
    let mut variants = String::new();
    let mut related = String::new();
    let mut relate = |to: &str, attribute: String| {
        let variant = camel_case(to);
        variants.push_str(&format!("    {attribute}\n    {variant},\n"));
        related.push_str(&format!(
            "\nimpl Related<super::{to}::Entity> for Entity {{\n    fn to() -> RelationDef {{\n        \
             Relation::{variant}.def()\n    }}\n}}\n"
        ));
    };
    if !parent.is_empty() {
        relate(
            parent,
            format!(
                "#[sea_orm(belongs_to = \"super::{parent}::Entity\", from = \"Column::{}Id\", to = \
                 \"super::{parent}::Column::Id\")]",
                camel_case(parent)
            ),
        );
    }
    for child in children {
        relate(
            child,
            format!("#[sea_orm(has_many = \"super::{child}::Entity\")]"),
        );
    }
    format!(
        "\n#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]\npub enum Relation {{\n{variants}}}\n{related}"
    )
}

fn queries(parent: &str, round: usize) -> String {
    let (set_parent, with_parent, call) = match parent {
        "" => (String::new(), String::new(), ""),
        parent => (
            format!("        {parent}_id: Set(1),\n"),
            format!(
                r#"
pub async fn with_parent(db: &Db) -> Result<Vec<(Model, Option<super::{parent}::Model>)>, DbErr> {{
    Entity::find()
        .find_also_related(super::{parent}::Entity)
        .filter(super::{parent}::Column::IsOpen.eq(true))
        .order_by_asc(Column::Id)
        .all(db)
        .await
}}
"#
            ),
            "    with_parent(db).await?;\n",
        ),
    };
    format!(
        r#"
pub async fn create(db: &Db, name: &str) -> Result<Model, DbErr> {{
    let now = DateTimeUtc::default();
    let new = ActiveModel {{
{set_parent}        name: Set(name.to_owned()),
        amount: Set({round}),
        is_open: Set(true),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    }};
    new.insert(db).await
}}

pub async fn open(db: &Db) -> Result<Vec<Model>, DbErr> {{
    Entity::find()
        .filter(Column::IsOpen.eq(true))
        .order_by_desc(Column::CreatedAt)
        .limit(50)
        .all(db)
        .await
}}

pub async fn by_id(db: &Db, id: i32) -> Result<Model, DbErr> {{
    let found = Entity::find_by_id(id).one(db).await?;
    found.ok_or_else(|| DbErr::RecordNotFound(id.to_string()))
}}

pub async fn rename(db: &Db, id: i32, name: &str) -> Result<Model, DbErr> {{
    let mut row = by_id(db, id).await?.into_active_model();
    row.name = Set(name.to_owned());
    row.update(db).await
}}

pub async fn close(db: &Db, below: i64) -> Result<u64, DbErr> {{
    let closed = Entity::update_many()
        .col_expr(Column::IsOpen, Expr::value(false))
        .filter(Column::Amount.lt(below))
        .exec(db)
        .await?;
    Ok(closed.rows_affected)
}}

pub async fn remove(db: &Db, id: i32) -> Result<u64, DbErr> {{
    let removed = by_id(db, id).await?.delete(db).await?;
    Ok(removed.rows_affected)
}}

pub async fn remove_closed(db: &Db) -> Result<u64, DbErr> {{
    let closed = Entity::delete_many().filter(Column::IsOpen.eq(false));
    Ok(closed.exec(db).await?.rows_affected)
}}
{with_parent}
pub async fn exercise(db: &Db) -> Result<(), DbErr> {{
    let row = create(db, "first").await?;
    open(db).await?;
{call}    rename(db, row.id, "renamed").await?;
    close(db, -1).await?;
    remove(db, create(db, "second").await?.id).await?;
    remove_closed(db).await?;
    Ok(())
}}
"#
    )
}

fn camel_case(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        })
        .collect()
}
