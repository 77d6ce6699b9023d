//! The data that a new database starts with.

use crate::service::{fields, on_every_database};

on_every_database! {
    async fn a_new_database_is_filled_once(service: &Service) {
        for _start in 0..2 {
            trash_bin::seed(&service.db).await.unwrap();
            let folders = service.get("/folders").await.is(200);
            assert_eq!(fields("name", &folders), ["Garden", "Household", "Reading"]);
            assert_eq!(service.get("/notes").await.is(200)["total"], 6);
            let trash = service.get("/trash").await.is(200);
            assert_eq!(
                fields("deleted_by", &trash["notes"]["items"]),
                ["alice", "bob"]
            );
            assert_eq!(
                fields("title", &trash["notes"]["items"]),
                ["Pond?", "Wi-Fi password"]
            );
        }
    }

    async fn whoever_trashed_everything_does_not_get_it_again(service: &Service) {
        trash_bin::seed(&service.db).await.unwrap();
        for id in [1, 2, 4, 5, 7, 8] {
            service.delete(&format!("/notes/{id}")).await.is(204);
        }
        for id in 1..=3 {
            service.delete(&format!("/folders/{id}")).await.is(204);
        }
        trash_bin::seed(&service.db).await.unwrap();
        assert_eq!(service.get("/notes").await.is(200)["total"], 0);
        assert_eq!(service.get("/trash").await.is(200)["notes"]["total"], 8);
    }
}
