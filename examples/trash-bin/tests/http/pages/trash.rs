//! The trash.

use crate::pages::plain_browser::Browser;
use crate::service::on_every_database;

on_every_database! {
    async fn the_trash_is_filtered_by_text_kind_person_and_time(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let all = ["Holidays", "Pond?", "Wi-Fi password", "Trains"];
        let page = browser.get("/w/1/trash").await;
        page.shows(&all);
        page.shows(&["too close to the roots", "was in Garden", "was in Holidays (in the trash, too)"]);
        page.hides("Menu for the harbour");
        let today = sea_orm::prelude::ChronoUtc::now().date_naive();
        let day = std::iter::successors(Some(today), |day| day.pred_opt()).nth(4).unwrap();
        let (since, until) = (format!("since={day}"), format!("until={day}"));
        for (query, left) in [
            ("q=SHED", &["Pond?"][..]),
            ("q=%25", &[]),
            ("q=packing", &["Holidays"]),
            ("kind=folder", &["Holidays"]),
            ("kind=note&by=2", &["Wi-Fi password", "Trains"]),
            ("by=1", &["Holidays", "Pond?"]),
            (&since, &["Holidays", "Pond?"]),
            (&until, &["Wi-Fi password", "Trains"]),
            ("q=&kind=&by=&since=&until=", &all),
        ] {
            let page = browser.get(&format!("/w/1/trash?{query}")).await;
            page.is(200);
            for title in all {
                let label = format!("Choose {title}");
                assert_eq!(page.text.contains(&label), left.contains(&title), "{query}: {title}");
            }
        }
        browser.get("/w/1/trash?q=nothing").await.shows(&["Nothing in the trash matches"]);
        browser.get("/w/1/trash?since=never").await.is(422);
    }

    async fn a_restore_shows_what_is_in_its_way_before_the_click(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let trash = browser.get("/w/1/trash").await;
        let trains = trash.restore_of("Trains");
        let page = browser.get(&trains).await;
        page.shows(&["The folder that this note was in is in the trash.", "Holidays went to the trash with 1 folder and 1 note", "Restore it, and"]);
        let holidays = trash.restore_of("Holidays");
        page.shows(&[&format!("in the trash. <a href=\"{holidays}\">Holidays</a>"), "<strong>1 folder and 1 note</strong> come back with it"]);
        browser.submit(&page, "/restore", &[]).await.is(409);
        let page = browser.submit(&page, "/restore", &[("with_ancestors", "true")]).await;
        browser.follow(page).await.shows(&["Restored Trains", "Holidays"]);

        let pond = trash.restore_of("Pond?");
        let shown = browser.get(&pond).await;
        shown.shows(&["This comes back", "1 note", "to the trash by Ann Moreau"]);
        browser.post("/w/1/notes", &[("folder_id", "2"), ("title", "Pond?")]).await.is(303);
        let refused = browser.submit(&shown, "/restore", &[]).await;
        refused.is(409);
        refused.shows(&["It has changed since you looked", "has the same name: <a href=\"/w/1/notes/"]);
        let there = browser.get(&format!("{pond}?into=3&name=Pond%3F")).await;
        there.shows(&["Nothing is in the way"]);
        let page = browser.submit(&there, "/elsewhere", &[]).await;
        browser.follow(page).await.shows(&["Pond?", "Vegetables"]);
    }

    async fn a_note_is_restored_under_another_name_and_found_by_it(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let pond = browser.get("/w/1/trash").await.restore_of("Pond?");
        browser.get(&format!("{pond}?into=&name=Lake")).await.is(422);
        browser.get(&format!("{pond}?into=99&name=Lake"))
            .await
            .is(422);
        browser.get(&format!("{pond}?into=2&name=Apple+tree")).await.shows(&["has the same name"]);
        let page = browser.get(&format!("{pond}?into=2&name=Lake")).await;
        let page = browser.submit(&page, "/elsewhere", &[]).await;
        browser.follow(page).await.shows(&["Lake"]);
        trash_bin::search::catch_up(&service.db).await.unwrap();
        browser.get("/w/1/search?q=lake").await.shows(&["1 found"]);
    }

    async fn several_are_restored_or_removed_with_exceptions(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let trash = browser.get("/w/1/trash").await;
        let id = |title: &str| trash.restore_of(title).rsplit_once('/').unwrap().1.to_owned();
        let (pond, password, trains) = (id("Pond?"), id("Wi-Fi password"), id("Trains"));
        browser.get("/w/1/trash/several?kind=note&by=2").await.shows(&["2 chosen", "Not to be restored as it is"]);
        let page = browser.get(&format!("/w/1/trash/several?chosen=true&id={pond}&id={password}")).await;
        page.shows(&["2 chosen", "brings back <strong>2 notes</strong>"]);
        let chosen = [("id", &*pond), ("id", &*password), ("verb", "restore")];
        browser.post("/w/1/notes", &[("folder_id", "2"), ("title", "Pond?")]).await.is(303);
        let changed = browser.submit(&page, "/several", &chosen).await;
        changed.is(409);
        changed.shows(&["It has changed since you looked", "has the same name: <a href"]);
        // A restore that its preview forbids is refused.
        browser.submit(&changed, "/several", &chosen).await.is(409);
        let (_, new) = changed.text.split_once("has the same name: <a href=\"").unwrap();
        let (new, _) = new.split_once('"').unwrap();
        browser.post(&format!("{new}/delete"), &[("reason", "")]).await.is(303);
        let page = browser.submit(&page, "/several", &chosen).await;
        browser.follow(page).await.shows(&["Restored 2 deletes."]);

        let gone = [("id", &*pond), ("id", &*trains), ("verb", "restore")];
        browser.post("/w/1/trash/several", &gone).await.is(409);
        let unsure = [("id", &*trains), ("verb", "destroy")];
        browser.post("/w/1/trash/several", &unsure).await.is(422);
        let nothing = browser.get("/w/1/trash/several?chosen=true").await;
        browser.follow(nothing).await.shows(&["Nothing was chosen"]);
        browser.post("/w/1/trash/several", &[("verb", "restore")]).await.is(422);
        let sure = [unsure[0], unsure[1], ("for_good", "yes")];
        browser.post("/w/1/trash/several", &sure).await.is(409);
        let page = browser.get(&format!("/w/1/trash/several?chosen=true&id={trains}")).await;
        page.shows(&["A removal takes <strong>1 note</strong>"]);
        let page = browser.submit(&page, "/several", &sure).await;
        browser.follow(page).await.shows(&["Removed for good: 1 delete.", "Holidays"]);
        browser.get("/w/1/trash").await.hides("Trains");
    }

    async fn a_note_is_restored_together_with_the_folder_that_it_was_in(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let trash = browser.get("/w/1/trash").await;
        let id = |title: &str| trash.restore_of(title).rsplit_once('/').unwrap().1.to_owned();
        let (holidays, trains) = (id("Holidays"), id("Trains"));
        let page = browser.get(&format!("/w/1/trash/several?chosen=true&id={trains}")).await;
        page.shows(&["Not to be restored as it is"]);
        let page = browser.get(&format!("/w/1/trash/several?chosen=true&id={trains}&id={holidays}")).await;
        page.hides("Not to be restored as it is");
        page.shows(&["It was in Holidays, which is chosen, too."]);

        let alone = [("id", &*trains), ("verb", "restore")];
        let again = browser.submit(&page, "/several", &alone).await;
        again.is(200);
        again.shows(&["Nothing was done yet", "1 chosen", "Not to be restored as it is"]);
        let refused = browser.submit(&again, "/several", &alone).await;
        refused.is(409);
        refused.shows(&["nothing was restored: Holidays, in which it was, is in the trash"]);
        let both = [alone[0], ("id", &*holidays), alone[1]];
        let page = browser.submit(&page, "/several", &both).await;
        browser.follow(page).await.shows(&["Restored 2 deletes."]);
    }

    async fn one_delete_is_removed_for_good_after_a_preview(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let holidays = browser.get("/w/1/trash").await.restore_of("Holidays");
        let page = browser.get(&format!("{holidays}/destroy")).await;
        page.shows(&["1 folder and 2 notes"]);
        let page = browser.submit(&page, "/destroy", &[]).await;
        let page = browser.follow(page).await;
        page.shows(&["Removed Holidays for good.", "Pond?"]);
        page.hides("Trains");
    }

    async fn the_trash_is_emptied_when_the_name_of_the_workspace_is_typed(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let page = browser.get("/w/1/trash/empty").await;
        page.shows(&["1 folder and 4 notes", "Home"]);
        let wrong = browser.submit(&page, "/empty", &[("name", "home")]).await;
        wrong.is(422);
        wrong.shows(&["Nothing was removed"]);
        let done = browser.submit(&page, "/empty", &[("name", "Home")]).await;
        browser.follow(done).await.shows(&["for good.", "The trash is empty."]);
        browser.get("/w/1/trash/empty").await.shows(&["empty already"]);
        browser.get("/w/2/trash").await.shows(&["Menu for the harbour"]);
    }

    async fn what_is_on_legal_hold_says_so_and_stays(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let note = browser.get("/w/1/notes/1").await;
        let page = browser.submit(&note, "/hold", &[]).await;
        browser.follow(page).await.shows(&["On legal hold", "End the legal hold"]);
        browser.post("/w/1/notes/1/delete", &[("reason", "")]).await.is(303);
        let trash = browser.get("/w/1/trash").await;
        trash.shows(&["on legal hold, is not removed"]);
        let held = trash.restore_of("Groceries");
        let page = browser.get(&format!("{held}/destroy")).await;
        page.shows(&["A legal hold keeps 1 note"]);
        browser.submit(&page, "/destroy", &[]).await.is(409);
        let page = browser.get("/w/1/trash/empty").await;
        page.shows(&["A legal hold keeps 1 note."]);
        let folder = browser.get("/w/1/folders/4").await;
        let page_of_folder = browser.submit(&folder, "/hold", &[]).await;
        browser.follow(page_of_folder).await.shows(&["On legal hold"]);
        let preview = browser.get("/w/1/folders/4/delete").await;
        browser.submit(&preview, "/delete", &[("reason", "")]).await.is(303);
        let page = browser.get("/w/1/trash/empty").await;
        page.shows(&["A legal hold keeps 1 folder and 1 note."]);
        let page = browser.submit(&page, "/empty", &[("name", "Home")]).await;
        browser.follow(page).await.shows(&["A legal hold keeps 2 rows.", "Groceries", "Reading"]);
    }
}
