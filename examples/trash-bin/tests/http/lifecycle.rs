//! The life of a note, from its first line to its destruction.

use serde_json::{Value, json};

use crate::client::Client;
use crate::service::{fields, on_every_database, path};

on_every_database! {
    async fn a_note_is_trashed_restored_and_destroyed(service: &Service) {
        live(service).await;
    }
}

/// The same for a router and a program. Leaves a folder "Attic" with the live note "Kept".
pub(crate) async fn live(client: &Client) {
    let bob = client.with_user(Some("bob"));
    let folder = json!({ "name": "Attic" });
    let folder = client.post("/folders", folder).await.is(201);
    let new = |title: &str| json!({ "folder_id": folder["id"], "title": title });
    let kept = client.post("/notes", new("Kept")).await.is(201);
    let note = client.post("/notes", new("Roof")).await.is(201);
    let note_path = &path("/notes", &note);
    assert_eq!(client.get(note_path).await.is(200), note);

    let edited = json!({ "body": "It leaks." });
    let edited = bob.patch(note_path, edited).await.is(200);
    assert_eq!(edited["body"], "It leaks.");
    assert_eq!(edited["title"], "Roof");

    bob.delete(&format!("{note_path}?reason=mended"))
        .await
        .is(204);
    client.get(note_path).await.refuses(404, "trash");
    let of_folder = format!("/notes?folder={}", folder["id"]);
    let listed = client.get(&of_folder).await.is(200);
    assert_eq!(listed["items"], json!([kept]));

    let trashed = newest(client).await;
    assert_eq!(trashed["title"], "Roof");
    assert_eq!(trashed["deleted_by"], "bob");
    assert_eq!(trashed["reason"], "mended");
    assert_eq!(trashed["updated_at"], trashed["deleted_at"]);
    assert!(trashed["deletion_id"].is_string(), "{trashed:#}");

    let restored = client.restore(note_path).await.is(200);
    assert_eq!(restored["body"], "It leaks.");
    assert_eq!(restored.get("deleted_at"), None);
    assert_eq!(client.get(note_path).await.is(200), restored);

    client
        .delete(&format!("/trash{note_path}"))
        .await
        .refuses(409, "not in the trash");
    client.delete(note_path).await.is(204);
    client.delete(&format!("/trash{note_path}")).await.is(204);
    client
        .restore(note_path)
        .await
        .refuses(404, "there is no note");

    let listed = client.get(&of_folder).await.is(200);
    assert_eq!(fields("title", &listed["items"]), ["Kept"]);
}

async fn newest(client: &Client) -> Value {
    let trash = client.get("/trash").await.is(200);
    trash["notes"]["items"][0].clone()
}
