//! The pages in a real browser, at the sizes of a desktop and of a phone: the main paths, whether anybody can use them
//! ([axe-core](https://github.com/dequelabs/axe-core) checks that), and screenshots in `target/screenshots` to look at.
//!
//! `TEST_CHROMEDRIVER` names the driver of Chromium, `TEST_AXE` the file `axe.min.js`. `cargo xtask test` provides both.

use std::io::Write;
use std::process::Command;

use tokio::net::TcpListener;
use trash_bin::{Account, Receipts};

use self::driver::{Browser, Window};
use self::visit::Visit;

mod driver;
mod visit;

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
        visit
            .see("several without one", "Nothing was done yet")
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
