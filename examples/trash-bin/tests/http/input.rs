//! The answers to invalid requests.

use axum::body::Body;
use hyper::Request;
use serde_json::json;

use crate::client::HOME;
use crate::service::on_every_database;

const OPERATION: &str = "0197f3b2-8c5d-7a3e-9b1f-2d4c6e8f0a1b";

on_every_database! {
    async fn a_bad_field_is_422_and_the_error_names_it(service: &Service) {
        let folder = service.folder("Garden").await["id"].clone();
        for (body, why) in [
            (json!({ "title": "Pond" }), "missing field `folder_id`"),
            (json!({ "folder_id": folder }), "missing field `title`"),
            (
                json!({ "folder_id": "one", "title": "Pond" }),
                "folder_id: invalid type: string",
            ),
            (
                json!({ "folder_id": folder, "title": 3 }),
                "title: invalid type: integer",
            ),
            (
                json!({ "folder_id": folder, "title": "" }),
                "title: must not be empty",
            ),
            (
                json!({ "folder_id": folder, "title": " \n" }),
                "title: must not be empty",
            ),
            (
                json!({ "folder_id": folder, "title": "a\nb" }),
                "title: must be one line",
            ),
            (
                json!({ "folder_id": folder, "title": "ä".repeat(201) }),
                "title: must have at most 200 characters, not 201",
            ),
            (
                json!({ "folder_id": folder, "title": "Pond", "body": "\0" }),
                "body: must not contain a NUL",
            ),
            (
                json!({ "folder_id": folder, "title": "Pond", "body": "a".repeat(10_001) }),
                "body: must have at most 10000",
            ),
            (
                json!({ "folder_id": folder, "title": "Pond", "text": "" }),
                "unknown field `text`",
            ),
            (json!([]), "invalid length 0"),
        ] {
            service.post("/notes", body).await.refuses(422, why);
        }
        service
            .post("/folders", json!({ "name": " " }))
            .await
            .refuses(422, "name: must not be empty");
        service
            .patch("/notes/1", json!({ "title": "" }))
            .await
            .refuses(422, "title: must not be empty");
        assert_eq!(service.get("/notes").await.is(200)["total"], 0);
    }

    async fn the_longest_text_fits(service: &Service) {
        let folder = service.folder(&"🍏".repeat(200)).await["id"].clone();
        let new =
            json!({ "folder_id": folder, "title": "🍏".repeat(200), "body": "🍏".repeat(10_000) });
        let note = service.post("/notes", new.clone()).await.is(201);
        assert_eq!(note["title"], new["title"]);
        assert_eq!(note["body"], new["body"]);
        service
            .delete(&format!("/notes/{}?reason={}", note["id"], "a".repeat(200)))
            .await
            .is(200);
    }

    async fn a_body_that_is_not_json_is_422(service: &Service) {
        for (content_type, body, why) in [
            ("application/json", "{\"name\":", "EOF while parsing"),
            ("application/json", "", "EOF while parsing"),
            (
                "text/plain",
                "{\"name\":\"Garden\"}",
                "Content-Type: application/json",
            ),
        ] {
            let request = Request::post("/api/folders")
                .header("x-user", "alice")
                .header("x-workspace", HOME)
                .header("content-type", content_type)
                .body(Body::from(body))
                .unwrap();
            service.send_raw(request).await.refuses(422, why);
        }
    }

    async fn a_body_of_megabytes_is_413(service: &Service) {
        let long = json!({ "name": "a".repeat(3_000_000) });
        service
            .post("/folders", long)
            .await
            .refuses(413, "length limit exceeded");
    }

    async fn a_bad_path_or_query_is_422(service: &Service) {
        service.get("/notes/one").await.refuses(422, "id: ");
        service.get("/notes/99999999999").await.refuses(422, "id: ");
        service.get("/notes?page=0").await.refuses(422, "page: ");
        service.get("/notes?page=-1").await.refuses(422, "page: ");
        service
            .get("/notes?folder=Garden")
            .await
            .refuses(422, "folder: ");
        service
            .get("/notes?order=title")
            .await
            .refuses(422, "unknown field `order`");
        for paged in ["/reports/notes", "/reports/audit"] {
            let page = service.get(&format!("{paged}?page=x")).await;
            page.refuses(422, "page: ");
        }
        service
            .get("/trash?page=2")
            .await
            .refuses(422, "unknown field `page`");
        let delete = service.get("/folders/99999999999/delete").await;
        delete.refuses(422, "id: ");
        let huge = json!({ "parent_id": 99_999_999_999_u64 });
        let moved = service.patch("/folders/1", huge).await;
        moved.refuses(422, "parent_id: invalid value");
        service
            .delete("/notes/1?reason=")
            .await
            .refuses(422, "reason: must not be empty");
        service
            .delete("/notes/1?reson=typo")
            .await
            .refuses(422, "unknown field `reson`");
    }

    async fn markup_in_a_name_is_returned_as_text(service: &Service) {
        const MARKUP: &str = "<script>alert('&amp;')</script>";
        let folder = service.folder(MARKUP).await;
        let note = service.trashed_note(&folder, MARKUP).await;
        service.delete_folder(&folder).await.is(200);
        assert_eq!(service.trashed_names().await, [MARKUP, MARKUP]);
        let refused = service.restore(&note).await;
        assert_eq!(refused.content_type(), "application/json");
        refused.refuses(409, MARKUP);
        for path in ["/trash", "/reports/audit", "/notes/<b>", "/<b>"] {
            let path = path.replace('<', "%3C").replace('>', "%3E");
            assert_eq!(service.get(&path).await.content_type(), "application/json");
        }
    }

    async fn an_unknown_path_is_404_and_an_unknown_method_405(service: &Service) {
        service.get("/bin").await.refuses(404, "nothing at /api/bin");
        service
            .with_user(None)
            .post("/bin", json!({}))
            .await
            .refuses(404, "nothing at /api/bin");
        service
            .send("PUT", "/notes/1", None)
            .await
            .refuses(405, "not for this method");
        service
            .send("PUT", "/trash", None)
            .await
            .refuses(405, "not for this method");
    }

    async fn every_route_in_the_index_exists(service: &Service) {
        let index = service.get("/").await.is(200);
        let routes = index.as_str().unwrap().lines().filter_map(|line| {
            let (method, rest) = line.split_once(' ')?;
            let path = rest.trim_start().split_once(' ')?.0;
            path.starts_with("/api")
                .then(|| (method, path["/api".len()..].replace("{id}", "1").replace("{operation}", OPERATION).replace('…', "x")))
        });
        let mut count = 0;
        for (method, path) in routes {
            // The handler itself answers: with 404 for a missing row, or with a body.
            let answer = service.send(method, &path, None).await;
            let answer = format!("{answer:?}");
            assert!(
                !answer.contains("nothing at") && !answer.contains("405"),
                "{method} {path}: {answer}"
            );
            count += 1;
        }
        assert_eq!(count, 26);
    }
}

#[tokio::test]
async fn an_internal_error_is_not_disclosed() {
    let db = trash_bin::connect("sqlite::memory:").await.unwrap();
    let no_tables = {
        let receipts = trash_bin::Receipts::new("erasures.jsonl", None);
        crate::client::Client::in_process(trash_bin::app(
            db,
            receipts,
            trash_bin::cookie_key(None).unwrap(),
        ))
    };
    let answer = no_tables.get("/notes").await;
    assert_eq!(
        answer.is(500),
        json!({ "error": "something went wrong on our side" })
    );
}
