//! Folders and notes, and how they are deleted.

use crate::pages::plain_browser::Browser;
use crate::service::on_every_database;

on_every_database! {
    async fn a_folder_is_made_changed_deleted_and_restored_at_once(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let page = browser.get("/w/1").await;
        page.shows(&["Garden", "Household", "Reading"]);
        page.hides("Holidays");
        let page = browser.submit(&page, "/folders", &[("name", "Attic")]).await;
        let attic = page.location().to_owned();
        let page = browser.follow(page).await;
        let note = [("title", "Boxes"), ("body", "Two.\r\nOr three.")];
        let page = browser.submit(&page, "/notes", &note).await;
        let page = browser.follow(page).await;
        page.shows(&["Created Boxes.", "Boxes"]);
        let renamed = browser.submit(&page, &attic, &[("name", "Loft"), ("parent_id", "")]).await;
        browser.follow(renamed).await.shows(&["Saved Loft."]);
        browser.get(&attic).await.hides("Saved Loft.");
        let taken = browser.submit(&page, &attic, &[("name", "Garden"), ("parent_id", "")]).await;
        taken.is(409);
        taken.shows(&["has this name already"]);
        let empty = browser.submit(&page, &attic, &[("name", " "), ("parent_id", "")]).await;
        empty.is(422);

        let page = browser.get(&format!("{attic}/delete")).await;
        page.shows(&["Delete “Loft”?", "1 folder and 1 note"]);
        let deleted = browser.submit(&page, "/delete", &[("reason", "we moved")]).await;
        let page = browser.follow(deleted).await;
        page.shows(&["Moved Loft to the trash: 1 folder and 1 note.", "Undo"]);
        browser.get(&attic).await.is(404);
        let trash = service.trash().await;
        assert_eq!((&trash[0]["deleted_by"], &trash[0]["reason"]), (&"1".into(), &"we moved".into()));

        let restored = browser.submit(&page, "/undo", &[]).await;
        assert_eq!(restored.location(), attic);
        let page = browser.follow(restored).await;
        page.shows(&["Restored Loft: 1 folder and 1 note.", "Boxes"]);
    }

    async fn a_delete_of_what_has_changed_since_shows_it_and_does_nothing(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let shown = browser.get("/w/1/folders/2/delete").await;
        let new = [("folder_id", "2"), ("title", "Hedge")];
        browser.post("/w/1/notes", &new).await.is(303);
        let refused = browser.submit(&shown, "/delete", &[("reason", "")]).await;
        refused.is(409);
        refused.shows(&["nothing was deleted", "2 folders and 3 notes"]);
        browser.submit(&refused, "/delete", &[("reason", "")]).await.is(303);
    }

    async fn a_note_is_written_deleted_and_found(service: &Service) {
        let browser = Browser::of_ben(service).await;
        let page = browser.get("/w/1/notes/1").await;
        page.shows(&["Groceries", "Oats, lentils", "By Ben Lindqvist"]);
        let saved = [("title", "Shopping"), ("body", "Tea"), ("folder_id", "1")];
        let page = browser.submit(&page, "/notes/1", &saved).await;
        browser.follow(page).await.shows(&["Saved Shopping.", "Tea"]);
        browser.get("/w/1/search?q=tea").await.shows(&["1 found", "Shopping"]);
        let page = browser.get("/w/1/notes/1/delete").await;
        let page = browser.submit(&page, "/delete", &[("reason", "")]).await;
        browser.follow(page).await.shows(&["Moved Shopping to the trash.", "Undo"]);
        let trash = browser.get("/w/1/trash?q=TEA").await;
        trash.shows(&["Shopping", "1 note · was in Household", "Ben Lindqvist", "just now", "30 days left"]);
    }

    async fn an_undo_that_something_is_in_the_way_of_says_what(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let deleted = browser.post("/w/1/notes/1/delete", &[("reason", "")]).await;
        let page = browser.follow(deleted).await;
        browser.post("/w/1/notes", &[("folder_id", "1"), ("title", "Groceries")]).await.is(303);
        let undone = browser.submit(&page, "/undo", &[]).await;
        let page = browser.follow(undone).await;
        page.shows(&["could not be restored at once", "A note that is not in the trash has the same name"]);
    }
}
