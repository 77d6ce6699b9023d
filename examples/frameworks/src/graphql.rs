//! seaography: hooks that show live rows only, and a mutation that trashes.

use async_graphql::dynamic::{
    Field, FieldFuture, InputValue, ResolverContext, Schema, SchemaError, TypeRef,
};
use sea_orm::{Condition, DatabaseConnection};
use sea_orm_soft_delete::Scopable;
use seaography::{
    Builder, BuilderContext, GuardAction, LifecycleHooks, LifecycleHooksInterface, OperationType,
};

use crate::entities::{author, note};

/// Adds the condition that rows are live to reads and updates, and forbids the physical delete.
pub struct LiveRows;

impl LifecycleHooksInterface for LiveRows {
    fn entity_filter(
        &self,
        _: &ResolverContext,
        entity: &str,
        _: OperationType,
    ) -> Option<Condition> {
        let is_live = match entity {
            "Author" => author::Entity::is_live(),
            "Note" => note::Entity::is_live(),
            _ => return None,
        };
        Some(Condition::all().add(is_live))
    }

    fn entity_guard(
        &self,
        _: &ResolverContext,
        entity: &str,
        action: OperationType,
    ) -> GuardAction {
        match (entity, action) {
            ("Author" | "Note", OperationType::Delete) => {
                GuardAction::Block(Some("use `noteTrash`".to_owned()))
            }
            _ => GuardAction::Allow,
        }
    }
}

/// `noteTrash(id: Int!): Int!` trashes a note, and returns how many it trashed.
fn note_trash() -> Field {
    let field = Field::new("noteTrash", TypeRef::named_nn(TypeRef::INT), |ctx| {
        FieldFuture::new(async move {
            let db = ctx.data::<DatabaseConnection>()?.scoped();
            let id = i32::try_from(ctx.args.try_get("id")?.i64()?)?;
            let trashed = note::Entity::delete_by_id(id).exec(&db).await?;
            Ok(Some(async_graphql::Value::from(trashed.rows_affected)))
        })
    });
    field.argument(InputValue::new("id", TypeRef::named_nn(TypeRef::INT)))
}

/// The schema. `LifecycleHooks::new(LiveRows)` shows live rows only.
pub fn schema(db: DatabaseConnection, hooks: LifecycleHooks) -> Result<Schema, SchemaError> {
    let context = BuilderContext {
        hooks,
        ..BuilderContext::default()
    };
    let mut builder = Builder::new(Box::leak(Box::new(context)), db.clone());
    seaography::register_entities!(builder, [author, note]);
    builder.mutations.push(note_trash());
    builder.schema_builder().data(db).finish()
}

#[cfg(test)]
mod tests {
    use sea_orm::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::entities::tests::database;

    /// The data of a response.
    async fn ask(hooks: LifecycleHooks, db: &DatabaseConnection, query: &str) -> Value {
        let schema = schema(db.clone(), hooks).unwrap();
        let response = schema.execute(query).await;
        assert_eq!(response.errors, [], "{query}");
        response.data.into_json().unwrap()
    }

    fn live() -> LifecycleHooks {
        LifecycleHooks::new(LiveRows)
    }

    fn titles(notes: &Value) -> Vec<&str> {
        let nodes = notes["nodes"].as_array().unwrap();
        nodes
            .iter()
            .map(|note| note["title"].as_str().unwrap())
            .collect()
    }

    const NOTES: &str = "{ note(orderBy: { id: ASC }, pagination: { page: { page: 0, limit: 9 } }) \
        { nodes { title author { name } } paginationInfo { total } } }";

    #[tokio::test]
    async fn hooks_hide_trashed_rows_in_lists_totals_and_relations() {
        let db = database().await;
        let leaking = ask(LifecycleHooks::default(), &db, NOTES).await;
        assert_eq!(titles(&leaking["note"]), ["kept", "gone", "left"]);

        let shown = ask(live(), &db, NOTES).await;
        assert_eq!(titles(&shown["note"]), ["kept", "left"]);
        assert_eq!(shown["note"]["paginationInfo"]["total"], json!(2));
        assert_eq!(
            shown["note"]["nodes"][0]["author"],
            json!({ "name": "Ada" })
        );
        // The author is trashed.
        assert_eq!(shown["note"]["nodes"][1]["author"], Value::Null);
        assert_eq!(
            leaking["note"]["nodes"][2]["author"],
            json!({ "name": "Bob" })
        );

        let nested = "{ author { nodes { name note { nodes { title } } } } }";
        let shown = ask(live(), &db, nested).await;
        let nodes = shown["author"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 1);
        assert_eq!(titles(&nodes[0]["note"]), ["kept"]);
        let leaking = ask(LifecycleHooks::default(), &db, nested).await;
        assert_eq!(
            titles(&leaking["author"]["nodes"][0]["note"]),
            ["kept", "gone"]
        );
    }

    #[tokio::test]
    async fn a_having_filter_reads_the_trash_in_spite_of_the_hooks() {
        let db = database().await;
        let having = "{ author(having: { note: { title: { eq: \"gone\" } } }) { nodes { name } } }";
        let shown = ask(live(), &db, having).await;
        assert_eq!(shown["author"]["nodes"], json!([{ "name": "Ada" }]));
    }

    #[tokio::test]
    async fn an_update_reaches_live_rows_only() {
        let db = database().await;
        let update = "mutation { noteUpdate(data: { title: \"new\" }) { title } }";
        let updated = ask(live(), &db, update).await;
        assert_eq!(updated["noteUpdate"].as_array().unwrap().len(), 2);
        let trashed = note::Entity::only_trashed().all(&db).await.unwrap();
        assert_eq!(trashed[0].title, "gone");
    }

    #[tokio::test]
    async fn a_delete_removes_rows_for_good_unless_a_guard_forbids_it() {
        let db = database().await;
        let delete = "mutation { noteDelete(filter: { id: { eq: 1 } }) }";
        let schema = schema(db.clone(), live()).unwrap();
        let refused = schema.execute(delete).await;
        assert_eq!(refused.errors[0].message, "use `noteTrash`");
        assert_eq!(note::Entity::with_trashed().count(&db).await.unwrap(), 3);

        let trashed = ask(live(), &db, "mutation { noteTrash(id: 1) }").await;
        assert_eq!(trashed["noteTrash"], json!(1));
        assert_eq!(note::Entity::only_trashed().count(&db).await.unwrap(), 2);

        let removed = ask(LifecycleHooks::default(), &db, delete).await;
        assert_eq!(removed["noteDelete"], json!(1));
        assert_eq!(note::Entity::with_trashed().count(&db).await.unwrap(), 2);
    }

    /// Hooks that only filter.
    struct FilterOnly;

    impl LifecycleHooksInterface for FilterOnly {
        fn entity_filter(
            &self,
            ctx: &ResolverContext,
            entity: &str,
            action: OperationType,
        ) -> Option<Condition> {
            LiveRows.entity_filter(ctx, entity, action)
        }
    }

    #[tokio::test]
    async fn a_filter_alone_lets_a_delete_remove_live_rows() {
        let db = database().await;
        let hooks = LifecycleHooks::new(FilterOnly);
        let removed = ask(hooks, &db, "mutation { noteDelete }").await;
        assert_eq!(removed["noteDelete"], json!(2));
        let left = note::Entity::with_trashed().all(&db).await.unwrap();
        assert_eq!(left[0].title, "gone");
    }

    #[tokio::test]
    async fn the_marker_is_not_in_the_schema() {
        let db = database().await;
        let sdl = schema(db, live()).unwrap().sdl();
        assert!(sdl.contains("authorId"), "{sdl}");
        assert!(!sdl.contains("deletedAt"), "{sdl}");
    }
}
