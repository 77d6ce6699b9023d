//! The user of a request.

use serde_json::{Value, json};

use crate::client::in_trash;
use crate::service::{fields, on_every_database, path};

on_every_database! {
    async fn a_delete_records_its_user(service: &Service) {
        let folder = service.folder("Garden").await;
        let note = service.note(&folder, "Pond").await;
        let jose = service.with_user(Some(" José "));
        jose.delete(&path("/notes", &note)).await.is(200);
        service.delete_folder(&folder).await.is(200);

        let trash = service.trash().await;
        assert_eq!(fields("deleted_by", &trash), ["alice", "José"]);
        assert_eq!(fields("reason", &trash), [Value::Null, Value::Null]);
    }

    async fn a_request_without_a_user_may_read_but_not_write(service: &Service) {
        let folder = service.folder("Garden").await;
        let note = path("/notes", &service.note(&folder, "Pond").await);
        let trashed = in_trash(&service.trashed_note(&folder, "Pool").await);
        let folder = path("/folders", &folder);
        let before = everything(service).await;

        let nobody = service.with_user(None);
        let (delete, restore) = (format!("{folder}/delete"), format!("{trashed}/restore"));
        let posts = ["/folders", "/notes", &delete, &restore];
        for path in posts {
            nobody.post(path, json!({})).await.refuses(401, "x-user");
        }
        nobody
            .patch(&note, json!({ "title": "Lake" }))
            .await
            .refuses(401, "x-user");
        nobody
            .patch(&folder, json!({ "name": "Lake" }))
            .await
            .refuses(401, "x-user");
        for path in [&note, "/trash", &trashed] {
            nobody.delete(path).await.refuses(401, "x-user");
        }
        assert_eq!(everything(&nobody).await, before);
    }

    async fn a_user_needs_a_valid_name(service: &Service) {
        let long: &'static str = Box::leak("a".repeat(201).into_boxed_str());
        for (name, why) in [
            ("", "x-user: must not be empty"),
            (long, "x-user: must have at most 200"),
        ] {
            let user = service.with_user(Some(name));
            user.post("/folders", json!({ "name": "Garden" }))
                .await
                .refuses(422, why);
        }
    }
}

async fn everything(client: &crate::client::Client) -> [Value; 3] {
    [
        client.get("/folders").await.is(200),
        client.get("/notes").await.is(200),
        client.get("/trash").await.is(200),
    ]
}
