//! What administrators see.

use crate::pages::plain_browser::Browser;
use crate::service::on_every_database;

on_every_database! {
    async fn an_administrator_sees_purges_the_record_and_the_doctor(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let page = browser.get("/admin").await;
        page.shows(&["Record of deletions", "1 note to the trash", "Studio", "The tables are healthy"]);
        page.shows(&["Remove what is due, for good"]);
        let page = browser.submit(&page, "/admin/purge", &[]).await;
        let page = browser.follow(page).await;
        page.shows(&["Home: ", "1 note removed by a purge", "Nothing is due."]);
    }
}
