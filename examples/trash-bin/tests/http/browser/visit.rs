//! A visit to the service: each page that it sees is checked, and leaves a screenshot.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::browser::driver::{Browser, Window};

/// A browser on a service of its own.
pub(super) struct Visit {
    pub(super) browser: Browser,
    pub(super) url: String,
    pub(super) window: Window,
    pub(super) axe: Option<String>,
    pub(super) shots: u32,
}

impl Visit {
    pub(super) async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.url)).await;
    }

    /// Follows the link with this text.
    pub(super) async fn follow(&self, text: &str) {
        self.browser.click(&format!("//a[.='{text}']")).await;
    }

    /// Waits for a page that shows a text: a click does not wait for the page to which it leads.
    pub(super) async fn wait_for(&self, text: &str) {
        let mut shown = String::new();
        for _ in 0..600 {
            let body = self
                .browser
                .run("return document.body?.innerText ?? ''")
                .await;
            shown = body.as_str().unwrap().to_owned();
            if shown.contains(text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no {text:?} in {shown}");
    }

    /// Checks that the page shows a text, fits into the window and is accessible, and takes a screenshot of it.
    pub(super) async fn see(&mut self, name: &str, text: &str) {
        self.wait_for(text).await;
        // A phone that cannot show the whole width zooms out, so the width of its window says nothing.
        let width = self.window.width;
        let too_wide = format!("return document.documentElement.scrollWidth > {width}");
        self.shots += 1;
        let file = format!(
            "{}-{:02}-{}.png",
            self.window.name,
            self.shots,
            name.replace(' ', "-")
        );
        let directory = screenshots();
        std::fs::create_dir_all(&directory).unwrap();
        let shot = self.browser.screenshot().await;
        std::fs::write(directory.join(file), shot).unwrap();
        assert_eq!(
            self.browser.run(&too_wide).await,
            false,
            "{name} is wider than the window"
        );
        let complaints = self.browser.complaints().await;
        let expected = |it: &String| it.contains("the server responded with a status of 4");
        let complaints: Vec<_> = complaints.into_iter().filter(|it| !expected(it)).collect();
        assert!(complaints.is_empty(), "{name}: {complaints:?}");
        self.check_accessibility(name).await;
    }

    async fn check_accessibility(&self, name: &str) {
        const CHECK: &str = "
            const [options, tell] = arguments;
            axe.run(document, options).then(
                ({ violations }) => tell(violations.map(({ id, help, nodes }) =>
                    `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`)),
                error => tell([String(error)]))";
        let Some(axe) = &self.axe else {
            return;
        };
        self.browser.run(axe).await;
        let violations = self.browser.wait_for(CHECK, json!({})).await;
        assert_eq!(violations, json!([]), "{name}");
        // At night, the same pages have other colours.
        self.browser.prefer_colours("dark").await;
        let contrast = json!({ "runOnly": ["color-contrast"] });
        let violations = self.browser.wait_for(CHECK, contrast).await;
        assert_eq!(violations, json!([]), "{name}, dark");
        self.browser.prefer_colours("light").await;
    }
}

fn screenshots() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots")
}
