//! The life of a note, from its creation to its force delete.

use serde_json::json;

use crate::client::{Client, in_trash};
use crate::service::{fields, on_every_database, path};

on_every_database! {
    async fn a_note_is_trashed_restored_and_force_deleted(service: &Service) {
        live(service).await;
    }
}

/// The steps for both a router and a program. Leaves a folder "Attic" with the live note "Kept".
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

    let deleted = bob.delete(&format!("{note_path}?reason=mended")).await;
    let trashed = deleted.is(200);
    client.get(note_path).await.refuses(404, "trash");
    let of_folder = format!("/notes?folder={}", folder["id"]);
    let listed = client.get(&of_folder).await.is(200);
    assert_eq!(listed["items"], json!([kept]));

    let listed = client.get("/trash").await.is(200)["operations"][0].clone();
    assert_eq!(listed["id"], trashed["operation_id"]);
    assert_eq!(listed["roots"][0]["title"], json!("Roof"));
    assert_eq!(
        (&listed["deleted_by"], &listed["reason"]),
        (&json!("bob"), &json!("mended"))
    );
    assert_eq!(trashed["updated_at"], trashed["deleted_at"]);

    client.restore(&trashed).await.is(200);
    let restored = client.get(note_path).await.is(200);
    assert_eq!(restored["body"], "It leaks.");
    assert_eq!(restored.get("deleted_at"), None);

    let trashed = client.delete(note_path).await.is(200);
    client.delete(&in_trash(&trashed)).await.is(200);
    client
        .restore(&trashed)
        .await
        .refuses(404, "there is no operation");

    let history = format!("{}/history", in_trash(&trashed));
    let history = client.get(&history).await.is(200);
    assert_eq!(fields("verb", &history), ["delete", "force_delete"]);
    assert_eq!(fields("entity", &history), ["note", "note"]);
    assert_eq!(history[0]["root_key"], json!(note["id"].to_string()));
    assert_eq!(fields("who", &history), ["alice", "alice"]);

    let listed = client.get(&of_folder).await.is(200);
    assert_eq!(fields("title", &listed["items"]), ["Kept"]);
}
