//! The rows of a new database.

use serde_json::json;

use crate::service::{fields, on_every_database, titles};

on_every_database! {
    async fn a_new_database_is_filled_once(service: &Service) {
        for _start in 0..2 {
            trash_bin::seed(&service.db).await.unwrap();
            let folders = service.get("/folders").await.is(200);
            assert_eq!(fields("name", &folders), ["Garden", "Household", "Reading", "Vegetables"]);
            assert_eq!(service.get("/notes").await.is(200)["total"], 6);
            assert_eq!(service.get("/people").await.is(200).as_array().unwrap().len(), 2);
            trash_bin::search::catch_up(&service.db).await.unwrap();
            assert_eq!(service.get("/search?q=e").await.is(200)["total"], 6);
            let trash = service.trash().await;
            assert_eq!(fields("deleted_by", &trash), ["1", "1", "2", "2"]);
            assert_eq!(titles(&trash), ["Holidays", "Pond?", "Wi-Fi password", "Trains"]);

            let workspaces = service.get("/workspaces").await.is(200);
            assert_eq!(fields("name", &workspaces), ["Home", "Studio"]);
            let studio = service.within(&workspaces[1]);
            let folders = studio.get("/folders").await.is(200);
            assert_eq!(fields("name", &folders), ["Jobs", "Reading"]);
            assert_eq!(studio.get("/notes").await.is(200)["total"], 2);
            let trash = studio.get("/trash").await.is(200)["operations"].clone();
            assert_eq!(titles(&trash), ["Menu for the harbour"]);
        }
    }

    async fn a_database_with_a_second_workspace_is_not_filled(service: &Service) {
        service.post("/workspaces", json!({ "name": "Studio" })).await.is(201);
        trash_bin::seed(&service.db).await.unwrap();
        assert_eq!(service.get("/notes").await.is(200)["total"], 0);
    }

    async fn a_database_with_only_trashed_rows_is_not_filled_again(service: &Service) {
        trash_bin::seed(&service.db).await.unwrap();
        let folders = service.get("/folders").await.is(200);
        let tops = folders.as_array().unwrap().iter();
        for folder in tops.filter(|folder| folder["parent_id"].is_null()) {
            service.delete_folder(folder).await.is(200);
        }
        trash_bin::seed(&service.db).await.unwrap();
        assert_eq!(service.get("/notes").await.is(200)["total"], 0);
        assert_eq!(service.trash().await.as_array().unwrap().len(), 7);
    }
}
