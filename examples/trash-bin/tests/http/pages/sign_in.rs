//! Sign-in, and what keeps others out.

use crate::pages::plain_browser::Browser;
use crate::service::on_every_database;

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
        for forged in ["1.9999999999.00".to_owned(), value.replacen("1.", "2.", 1), format!("{value}0")] {
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

    async fn a_new_password_and_an_erasure_end_the_sessions(service: &Service) {
        let browser = Browser::of_ben(service).await;
        browser.get("/").await.is(200);
        trash_bin::reset_password(["2".to_owned()], &service.db).await.unwrap();
        browser.get("/").await.is(303);

        let told = trash_bin::reset_password(["2".to_owned()], &service.db).await.unwrap();
        let (_, password) = told.rsplit_once(' ').unwrap();
        let ben = [("email", "ben@example.org"), ("password", password)];
        browser.post("/sign-in", &ben).await.is(303);
        browser.get("/").await.is(200);
        let erasure = "/people/2/erasure";
        let shown = service.get(erasure).await.is(200);
        service.post(erasure, shown).await.is(200);
        browser.get("/").await.is(303);
        browser.post("/sign-in", &ben).await.is(401);
    }

    async fn a_form_of_another_site_does_nothing(service: &Service) {
        let browser = Browser::of_ann(service).await;
        let host = ("host", "notes.example");
        let same = ("sec-fetch-site", "same-origin");
        for (headers, is_allowed) in [
            (&[][..], true),
            (&[host, same], true),
            (&[host, ("sec-fetch-site", "none")], true),
            (&[host, ("sec-fetch-site", "same-site")], false),
            (&[host, ("sec-fetch-site", "cross-site"), ("origin", "https://notes.example")], false),
            (&[host, ("origin", "https://notes.example")], true),
            (&[host, ("origin", "https://notes.example.evil.example")], false),
            (&[host, ("origin", "https://evil.example")], false),
            (&[host, ("origin", "null")], false),
            (&[("origin", "https://notes.example")], false),
        ] {
            let name = format!("{headers:?}").replace('"', "'");
            let answer = browser.post_with(headers, "/w/1/folders", &[("name", &name)]).await;
            answer.is(if is_allowed { 303 } else { 403 });
            assert_eq!(service.get("/folders").await.is(200).to_string().contains(&name), is_allowed, "{name}");
        }
        let cross = [("sec-fetch-site", "cross-site")];
        let refused = browser.post_with(&cross, "/sign-out", &[]).await;
        refused.is(403);
        refused.shows(&["comes from another site"]);
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
