//! The pages, as a browser without scripts uses them.

use std::cell::RefCell;

use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt;
use hyper::{HeaderMap, Request, header};
use tower::ServiceExt;

use crate::service::{Service as Tested, on_every_database};

/// A browser that keeps cookies, and follows no redirect.
struct Browser {
    app: Router,
    cookies: RefCell<Vec<(String, String)>>,
}

struct Page {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Browser {
    fn new(service: &Tested) -> Self {
        Self {
            app: service.app(),
            cookies: RefCell::default(),
        }
    }

    /// A browser in which Ann, an administrator, has signed in, on a database with the sample data.
    async fn of_ann(service: &Tested) -> Self {
        Self::of(0, service).await
    }

    /// The same for Ben, who is none.
    async fn of_ben(service: &Tested) -> Self {
        Self::of(1, service).await
    }

    async fn of(person: usize, service: &Tested) -> Self {
        let account = trash_bin::seed(&service.db).await.unwrap().remove(person);
        let browser = Self::new(service);
        let fields = [("email", account.email), ("password", &account.password)];
        let there = browser.post("/sign-in", &fields).await;
        assert_eq!(there.location(), "/");
        browser
    }

    async fn get(&self, path: &str) -> Page {
        let request = Request::get(path).body(Body::empty());
        self.send(request.unwrap()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_from("same-origin", path, fields).await
    }

    async fn post_from(&self, site: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = Request::post(path)
            .header("sec-fetch-site", site)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(serde_html_form::to_string(fields).unwrap()));
        self.send(request.unwrap()).await
    }

    /// Sends the form of the page whose action ends in `action`, with its hidden fields and these.
    async fn submit(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let form = page.text.split("<form").find(|form| {
            let to = between(form, "action=\"", "\"");
            to.is_some_and(|to| to.ends_with(action))
        });
        let form = form.unwrap_or_else(|| panic!("no form to {action}: {}", page.text));
        let form = form.split("</form>").next().unwrap();
        let mut all: Vec<(&str, String)> = Vec::new();
        for hidden in form.split("<input type=\"hidden\"").skip(1) {
            let name = between(hidden, "name=\"", "\"").unwrap();
            let value = between(hidden, "value=\"", "\"").unwrap();
            all.push((name, unescaped(value)));
        }
        let hidden = all.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        self.post(between(form, "action=\"", "\"").unwrap(), &all)
            .await
    }

    /// The page to which a request has led.
    async fn follow(&self, page: Page) -> Page {
        let next = self.get(page.location()).await;
        next.is(200);
        next
    }

    async fn send(&self, mut request: Request<Body>) -> Page {
        let cookies = self.cookies.borrow().clone();
        let cookies: Vec<_> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            let cookies = cookies.join("; ").parse().unwrap();
            request.headers_mut().insert(header::COOKIE, cookies);
        }
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        for cookie in head.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(
                cookie.contains("HttpOnly; SameSite=Lax") || cookie.contains("Max-Age=0"),
                "{cookie}"
            );
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let mut kept = self.cookies.borrow_mut();
            kept.retain(|(kept, _)| kept != name);
            if !cookie.contains("Max-Age=0") {
                kept.push((name.to_owned(), value.to_owned()));
            }
        }
        let text = body.collect().await.unwrap().to_bytes();
        Page {
            status: head.status.as_u16(),
            headers: head.headers,
            text: String::from_utf8(text.to_vec()).unwrap(),
        }
    }
}

impl Page {
    #[track_caller]
    fn is(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text);
    }

    #[track_caller]
    fn location(&self) -> &str {
        self.is(303);
        self.headers[header::LOCATION].to_str().unwrap()
    }

    #[track_caller]
    fn shows(&self, parts: &[&str]) {
        let text = unescaped(&self.text);
        for part in parts {
            assert!(text.contains(part), "no {part:?} in {text}");
        }
    }

    #[track_caller]
    fn hides(&self, part: &str) {
        assert!(!self.text.contains(part), "{part:?} is in {}", self.text);
    }

    /// The path of the restore of this delete, in a list of the trash.
    #[track_caller]
    fn restore_of(&self, title: &str) -> String {
        let item = self
            .text
            .split("<li class=\"card\">")
            .find(|item| unescaped(item).contains(&format!("aria-label=\"Choose {title}\"")));
        let item = item.unwrap_or_else(|| panic!("no {title:?} in {}", self.text));
        let id = between(item, "value=\"", "\"").unwrap();
        format!("/w/1/trash/{id}")
    }
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    rest.split_once(to).map(|(found, _)| found)
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&#34;", "\"").replace("&#39;", "'");
    text.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
}

on_every_database! {
    async fn a_visitor_signs_in_and_comes_back_to_the_page_that_was_asked_for(service: &Service) {
        let account = trash_bin::seed(&service.db).await.unwrap().remove(1);
        let browser = Browser::new(service);
        let page = browser.get("/w/1/trash?q=a").await;
        assert_eq!(page.location(), "/sign-in?back=%2Fw%2F1%2Ftrash%3Fq%3Da");
        let page = browser.get("/sign-in?back=%2Fw%2F1%2Ftrash%3Fq%3Da").await;
        let wrong = [("email", account.email), ("password", "wrong")];
        let refused = browser.submit(&page, "/sign-in", &wrong).await;
        refused.is(401);
        refused.shows(&["is wrong", account.email]);
        let nobody = [("email", "nobody@example.org"), ("password", &account.password)];
        browser.submit(&page, "/sign-in", &nobody).await.is(401);
        browser.get("/w/1/trash").await.is(303);

        let right = [("email", account.email), ("password", &account.password)];
        let there = browser.submit(&page, "/sign-in", &right).await;
        assert_eq!(there.location(), "/w/1/trash?q=a");
        browser.follow(there).await.shows(&["Ben Lindqvist", "Sign out"]);
        // Elsewhere is no place to come back to.
        for back in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
            let elsewhere = [right[0], right[1], ("back", back)];
            assert_eq!(browser.post("/sign-in", &elsewhere).await.location(), "/");
        }
        assert_eq!(browser.post("/sign-out", &[]).await.location(), "/sign-in");
        browser.get("/w/1/trash").await.is(303);
    }

    async fn a_cookie_that_the_service_did_not_sign_signs_nobody_in(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let (name, value) = browser.cookies.borrow()[0].clone();
        for forged in ["1.9999999999".to_owned(), value.replacen("1.", "2.", 1), format!("{value}0")] {
            *browser.cookies.borrow_mut() = vec![(name.clone(), forged)];
            browser.get("/").await.is(303);
        }
        *browser.cookies.borrow_mut() = vec![(name.clone(), value)];
        browser.get("/").await.is(200);
        // It signed this one, for another purpose.
        browser.post("/w/1/folders", &[("name", "1.9999999999")]).await.is(303);
        let notice = browser.cookies.borrow().iter().find(|(name, _)| name == "notice").unwrap().1.clone();
        *browser.cookies.borrow_mut() = vec![(name, notice)];
        browser.get("/").await.is(303);
    }

    async fn a_form_of_another_site_does_nothing(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let refused = browser.post_from("cross-site", "/w/1/folders", &[("name", "Evil")]).await;
        refused.is(403);
        refused.shows(&["comes from another site"]);
        browser.post_from("same-site", "/sign-out", &[]).await.is(403);
        browser.get("/w/1").await.hides("Evil");
    }

    async fn pages_forbid_foreign_content_and_are_not_kept(service: &Service) {
        let browser = Browser::of_ann(service).await;
        for path in ["/", "/w/1", "/sign-in", "/nowhere", "/w/9", "/w/x"] {
            let page = browser.get(path).await;
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("default-src 'self'"), "{policy}");
            assert_eq!(page.headers["cache-control"], "no-store");
        }
        browser.get("/nowhere").await.shows(&["Not here"]);
        browser.get("/w/9").await.is(404);
        browser.get("/w/1/notes/9999").await.is(404);
        browser.get("/w/1/trash/0197f3b2-8c5d-7a3e-9b1f-2d4c6e8f0a1b").await.is(404);
        browser.get("/assets/style.css").await.is(200);
    }

    async fn names_are_text_on_a_page(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let name = "<script>alert('&')</script>";
        let page = browser.post("/w/1/folders", &[("name", name)]).await;
        let page = browser.follow(page).await;
        page.hides("<script>alert");
        page.shows(&[name]);
    }

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
        trash.shows(&["Shopping", "1 note · was in Household", "Ben Lindqvist", "just now", "29 days left"]);
    }

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
        let page = browser.submit(&page, "/restore", &[("with_ancestors", "true")]).await;
        browser.follow(page).await.shows(&["Restored Trains", "Holidays"]);

        let pond = trash.restore_of("Pond?");
        let shown = browser.get(&pond).await;
        shown.shows(&["This comes back", "1 note", "to the trash by Ann Moreau"]);
        browser.post("/w/1/notes", &[("folder_id", "2"), ("title", "Pond?")]).await.is(303);
        let refused = browser.submit(&shown, "/restore", &[]).await;
        refused.is(409);
        refused.shows(&["It has changed since you looked", "has the same name"]);
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
        let page = browser.get(&format!("/w/1/trash/several?id={pond}&id={password}")).await;
        page.shows(&["2 chosen"]);
        let chosen = [("id", &*pond), ("id", &*password), ("verb", "restore")];
        let page = browser.submit(&page, "/several", &chosen).await;
        browser.follow(page).await.shows(&["Restored 2 deletes."]);

        let gone = [("id", &*pond), ("id", &*trains), ("verb", "restore")];
        browser.post("/w/1/trash/several", &gone).await.is(409);
        let unsure = [("id", &*trains), ("verb", "destroy")];
        browser.post("/w/1/trash/several", &unsure).await.is(422);
        browser.post("/w/1/trash/several", &[("verb", "restore")]).await.is(422);
        let sure = [unsure[0], unsure[1], ("for_good", "yes")];
        let page = browser.post("/w/1/trash/several", &sure).await;
        browser.follow(page).await.shows(&["Removed for good: 1 delete.", "Holidays"]);
        browser.get("/w/1/trash").await.hides("Trains");
    }

    async fn a_note_is_restored_together_with_the_folder_that_it_was_in(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let trash = browser.get("/w/1/trash").await;
        let id = |title: &str| trash.restore_of(title).rsplit_once('/').unwrap().1.to_owned();
        let (holidays, trains) = (id("Holidays"), id("Trains"));
        let page = browser.get(&format!("/w/1/trash/several?id={trains}")).await;
        page.shows(&["Not to be restored as it is"]);
        let page = browser.get(&format!("/w/1/trash/several?id={trains}&id={holidays}")).await;
        page.hides("Not to be restored as it is");
        page.shows(&["It was in Holidays, which is chosen, too."]);

        let alone = [("id", &*trains), ("verb", "restore")];
        let refused = browser.submit(&page, "/several", &alone).await;
        refused.is(409);
        refused.shows(&["nothing was restored: Holidays, in which it was, is in the trash"]);
        let both = [alone[0], ("id", &*holidays), alone[1]];
        let page = browser.submit(&page, "/several", &both).await;
        browser.follow(page).await.shows(&["Restored 2 deletes."]);
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

    async fn an_administrator_sees_purges_the_record_and_the_doctor(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let page = browser.get("/admin").await;
        page.shows(&["Record of deletions", "1 note to the trash", "Studio", "The tables are healthy"]);
        page.shows(&["Remove what is due, for good"]);
        let page = browser.submit(&page, "/admin/purge", &[]).await;
        let page = browser.follow(page).await;
        page.shows(&["Home: ", "1 note removed by a purge", "Nothing is due."]);
    }

    async fn nobody_else_may_administer(service: &Service) {
        let browser = Browser::of_ben(service).await;
        browser.get("/").await.hides("Admin");
        browser.get("/admin").await.is(403);
        browser.post("/admin/purge", &[]).await.is(403);
        browser.post("/w/1/notes/1/hold", &[("hold", "true")]).await.is(403);
    }

    async fn a_page_reaches_no_other_workspace(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let pond = browser.get("/w/1/trash").await.restore_of("Pond?").replace("/w/1/", "/w/2/");
        for path in ["/w/2/notes/1", "/w/2/folders/2", "/w/2/folders/2/delete", &pond, &format!("{pond}/destroy")] {
            browser.get(path).await.is(404);
        }
        browser.post(&format!("{pond}/undo"), &[]).await.is(404);
        browser.post("/w/2/notes", &[("folder_id", "2"), ("title", "x")]).await.is(422);
        browser.get("/w/2/search?q=oats").await.shows(&["0 found"]);
    }
}
