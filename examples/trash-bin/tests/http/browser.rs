//! The pages in a real browser, at the sizes of a desktop and of a phone: the main paths, whether anybody can use them
//! ([axe-core](https://github.com/dequelabs/axe-core) checks that), and screenshots in `target/screenshots` to look at.
//!
//! `TEST_CHROMEDRIVER` names the driver of Chromium, `TEST_AXE` the file `axe.min.js`. `cargo xtask test` provides both.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;
use trash_bin::{Account, Receipts};

use self::driver::{Browser, Window};

mod driver;

const DESKTOP: Window = Window {
    name: "desktop",
    width: 1280,
    height: 900,
    is_phone: false,
};

const PHONE: Window = Window {
    name: "phone",
    width: 390,
    height: 844,
    is_phone: true,
};

/// A browser on a service of its own.
struct Visit {
    browser: Browser,
    url: String,
    window: Window,
    axe: Option<String>,
    shots: u32,
}

mod the_main_paths {
    use super::*;

    mod chromium {
        use super::*;

        #[tokio::test]
        async fn on_a_desktop() {
            run(DESKTOP).await;
        }

        #[tokio::test]
        async fn on_a_phone() {
            run(PHONE).await;
        }
    }

    async fn run(window: Window) {
        let Some(driver) = chromedriver() else {
            skipped("NO BROWSER TEST: there is no chromedriver; apt-get install chromium-driver");
            return;
        };
        let db = trash_bin::connect("sqlite::memory:").await.unwrap();
        trash_bin::migrate(&db).await.unwrap();
        let accounts = trash_bin::seed(&db).await.unwrap();
        let receipts = Receipts::new("erasures.jsonl", None);
        let app = trash_bin::app(db, receipts, trash_bin::cookie_key(None).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = tokio::spawn(axum::serve(listener, app).into_future());
        let mut visit = Visit {
            browser: Browser::start(&driver, window).await,
            url,
            window,
            axe: axe(),
            shots: 0,
        };
        walk(&mut visit, &accounts[0]).await;
        service.abort();
    }

    async fn walk(visit: &mut Visit, ann: &Account) {
        visit.open("/w/1").await;
        visit.see("sign in", "Sign in").await;
        visit.browser.fill("#email", ann.email).await;
        visit.browser.fill("#password", "a guess").await;
        visit.browser.click("main form button").await;
        visit
            .see("signed in with a wrong password", "is wrong")
            .await;
        visit.browser.fill("#password", &ann.password).await;
        // The keyboard is enough.
        visit.browser.press("\u{E007}").await;
        visit.see("workspace", "Household").await;
        visit.open("/").await;
        visit.see("workspaces", "Studio").await;

        // The first thing that the keyboard reaches leads past the navigation.
        visit.browser.press("\u{E004}").await;
        let skip = "return document.activeElement.textContent";
        assert_eq!(visit.browser.run(skip).await, "Skip to the content");

        visit.open("/w/1/folders/2").await;
        visit.see("folder", "Apple tree").await;
        visit.browser.click("//summary[.='New note']").await;
        visit.browser.fill("#title", "Hedge").await;
        visit.browser.fill("#body", "Cut it in August.").await;
        visit.see("new note", "Create the note").await;
        visit.browser.click("//button[.='Create the note']").await;
        visit.see("created note", "Created Hedge.").await;
        visit.follow("Hedge").await;
        visit.see("note", "Last change").await;

        visit.open("/w/1/folders/2").await;
        visit.follow("Delete…").await;
        visit.see("delete preview", "2 folders and 3 notes").await;
        visit
            .browser
            .fill("#reason", "we have no garden any more")
            .await;
        visit.browser.click("//button[.='Move to the trash']").await;
        visit
            .see("deleted with undo", "Moved Garden to the trash")
            .await;
        visit.browser.click("//button[.='Undo']").await;
        visit.see("undone", "Restored Garden").await;

        visit.open("/w/1/folders/2/delete").await;
        visit
            .browser
            .fill("#reason", "we have no garden any more")
            .await;
        visit.browser.click("//button[.='Move to the trash']").await;
        visit.wait_for("Moved Garden to the trash").await;
        visit.open("/w/1/trash").await;
        visit.see("trash", "we have no garden any more").await;
        visit.browser.fill("#q", "tomatoes").await;
        visit.browser.click("//button[.='Filter']").await;
        visit.wait_for("Clear").await;
        visit.see("trash filtered", "Garden").await;
        visit.browser.fill("#q", "no such thing").await;
        visit.browser.click("//button[.='Filter']").await;
        visit
            .see("trash without a match", "Nothing in the trash matches")
            .await;

        visit.open("/w/1/trash?kind=note&by=1").await;
        visit
            .browser
            .click("//a[contains(., 'Restore…') and contains(., 'Pond?')]")
            .await;
        visit
            .see("restore with a trashed parent", "is in the trash")
            .await;
        visit.browser.fill("#name", "To read").await;
        visit
            .browser
            .run(
                "const into = document.querySelector('#into'); \
            into.value = [...into.options].find(it => it.text === 'Reading').value",
            )
            .await;
        visit.browser.click("//button[.='Check this place']").await;
        visit
            .see("restore to a taken name", "has the same name")
            .await;
        visit.browser.fill("#name", "Pond by the shed").await;
        visit.browser.click("//button[.='Check this place']").await;
        visit
            .see("restore elsewhere", "Nothing is in the way")
            .await;
        visit.browser.click("//button[.='Restore it there']").await;
        visit.see("restored elsewhere", "Restored").await;

        visit.open("/w/1/trash").await;
        for title in ["Garden", "Wi-Fi password", "Trains"] {
            visit
                .browser
                .click(&format!("[aria-label='Choose {title}']"))
                .await;
        }
        visit.browser.click(".bulk button").await;
        visit.see("several", "3 chosen").await;
        visit
            .browser
            .click("//label[contains(., 'Trains')]/input")
            .await;
        visit
            .browser
            .click("//button[.='Restore the chosen']")
            .await;
        visit.see("several restored", "Restored 2 deletes.").await;

        visit
            .browser
            .click("//a[contains(., 'Remove…') and contains(., 'Trains')]")
            .await;
        visit
            .see("remove for good", "This is gone afterwards")
            .await;
        visit.open("/w/1/notes/1").await;
        visit.browser.click("//button[.='Put on legal hold']").await;
        visit.see("note on hold", "On legal hold").await;
        visit.open("/w/1/notes/1/delete").await;
        visit.browser.click("//button[.='Move to the trash']").await;
        visit.wait_for("Moved Groceries to the trash").await;
        visit.open("/w/1/trash").await;
        visit.see("trash with a held note", "on legal hold").await;
        visit.open("/w/1/search?q=a").await;
        visit.see("search", "found").await;
        visit.open("/admin").await;
        visit.see("administration", "Record of deletions").await;

        visit.open("/w/1/trash/empty").await;
        visit.browser.fill("#name", "Hoem").await;
        visit.browser.click("//button[.='Empty the trash']").await;
        visit
            .see("empty with a wrong name", "That is not the name")
            .await;
        visit.browser.fill("#name", "Home").await;
        visit.browser.click("//button[.='Empty the trash']").await;
        visit.see("emptied", "A legal hold keeps 1 row.").await;
        visit.open("/w/2/trash/empty").await;
        visit.browser.fill("#name", "Studio").await;
        visit.browser.click("//button[.='Empty the trash']").await;
        visit.see("empty trash", "The trash is empty.").await;
        visit.open("/w/1/notes/99").await;
        visit.see("error", "Not here").await;
        visit.open("/").await;
        visit.browser.click("//button[.='Sign out']").await;
        visit.see("signed out", "Sign in").await;
    }
}

impl Visit {
    async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.url)).await;
    }

    /// Follows the link with this text.
    async fn follow(&self, text: &str) {
        self.browser.click(&format!("//a[.='{text}']")).await;
    }

    /// Waits for a page that shows a text: a click does not wait for the page to which it leads.
    async fn wait_for(&self, text: &str) {
        let mut shown = String::new();
        for _ in 0..100 {
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
    async fn see(&mut self, name: &str, text: &str) {
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

/// The driver that the environment names, or the one that is installed.
fn chromedriver() -> Option<String> {
    let driver = std::env::var("TEST_CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
    let version = Command::new(&driver).arg("--version").output();
    version.is_ok().then_some(driver)
}

fn axe() -> Option<String> {
    let Some(file) = std::env::var_os("TEST_AXE") else {
        skipped(
            "NO CHECK OF ACCESSIBILITY: TEST_AXE does not name axe.min.js; cargo xtask test does",
        );
        return None;
    };
    Some(std::fs::read_to_string(file).unwrap())
}

/// Says so even if the test passes: the test harness hides what `println!` prints, but not this.
fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "!!! {what}");
}
