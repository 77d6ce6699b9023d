//! A browser without scripts.

use std::cell::RefCell;

use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt;
use hyper::{HeaderMap, Request, header};
use tower::ServiceExt;

use crate::service::Service;

/// A browser that keeps cookies, and follows no redirect.
pub(super) struct Browser {
    app: Router,
    pub(super) cookies: RefCell<Vec<(String, String)>>,
}

pub(super) struct Page {
    status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Browser {
    pub(super) fn new(service: &Service) -> Self {
        Self {
            app: service.app(),
            cookies: RefCell::default(),
        }
    }

    /// A browser in which Ann, an administrator, has signed in, on a database with the sample data.
    pub(super) async fn of_ann(service: &Service) -> Self {
        Self::of(0, service).await
    }

    /// The same for Ben, who is none.
    pub(super) async fn of_ben(service: &Service) -> Self {
        Self::of(1, service).await
    }

    pub(super) async fn of(person: usize, service: &Service) -> Self {
        let account = trash_bin::seed(&service.db).await.unwrap().remove(person);
        let browser = Self::new(service);
        let fields = [("email", account.email), ("password", &account.password)];
        let there = browser.post("/sign-in", &fields).await;
        assert_eq!(there.location(), "/");
        browser
    }

    pub(super) async fn get(&self, path: &str) -> Page {
        let request = Request::get(path).body(Body::empty());
        self.send(request.unwrap()).await
    }

    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_with(&[("sec-fetch-site", "same-origin")], path, fields)
            .await
    }

    pub(super) async fn post_with(
        &self,
        headers: &[(&str, &str)],
        path: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let fields = serde_html_form::to_string(fields).unwrap();
        self.send(request.body(Body::from(fields)).unwrap()).await
    }

    /// Sends the form of the page whose action ends in `action`, with its hidden fields and these.
    pub(super) async fn submit(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
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
    pub(super) async fn follow(&self, page: Page) -> Page {
        let next = self.get(page.location()).await;
        next.is(200);
        next
    }

    pub(super) async fn send(&self, mut request: Request<Body>) -> Page {
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
    pub(super) fn is(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text);
    }

    #[track_caller]
    pub(super) fn location(&self) -> &str {
        self.is(303);
        self.headers[header::LOCATION].to_str().unwrap()
    }

    #[track_caller]
    pub(super) fn shows(&self, parts: &[&str]) {
        let text = unescaped(&self.text);
        for part in parts {
            assert!(text.contains(part), "no {part:?} in {text}");
        }
    }

    #[track_caller]
    pub(super) fn hides(&self, part: &str) {
        assert!(!self.text.contains(part), "{part:?} is in {}", self.text);
    }

    /// The path of the restore of this delete, in a list of the trash.
    #[track_caller]
    pub(super) fn restore_of(&self, title: &str) -> String {
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
