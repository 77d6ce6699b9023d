//! A client of the WebDriver protocol, which is JSON over HTTP: the few commands that the tests need.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;
use hyper::Request;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::over_http;

/// A running browser with its driver. Both end on drop.
pub(crate) struct Browser {
    driver: Child,
    address: SocketAddr,
    session: String,
    /// What the browser leaves behind.
    _files: TempDir,
}

/// The size of a window, and whether it is a phone's.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) name: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_phone: bool,
}

impl Browser {
    pub(crate) async fn start(chromedriver: &str, window: Window) -> Self {
        let files = tempfile::tempdir().unwrap();
        let mut driver = Command::new(chromedriver)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .env("TMPDIR", files.path())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        // The driver must not fail to print.
        std::thread::spawn(move || lines.for_each(drop));
        let mut browser = Self {
            driver,
            address: ([127, 0, 0, 1], port.expect("the port of chromedriver")).into(),
            session: String::new(),
            _files: files,
        };
        let Window {
            width,
            height,
            is_phone,
            ..
        } = window;
        let mut options = json!({ "args": [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars",
            format!("--window-size={width},{height}"),
        ] });
        if is_phone {
            let metrics =
                json!({ "width": width, "height": height, "pixelRatio": 2.0, "touch": true });
            options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" },
            // A busy machine takes long.
            "timeouts": { "script": 120_000 },
        } } });
        let session = browser.send("POST", "/session", wanted).await;
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        browser
    }

    pub(crate) async fn open(&self, url: &str) {
        self.command("url", json!({ "url": url })).await;
    }

    pub(crate) async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        self.command(&format!("element/{element}/click"), json!({}))
            .await;
    }

    /// Types into a field, in place of what it holds.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.command(&format!("element/{element}/clear"), json!({}))
            .await;
        self.command(&format!("element/{element}/value"), json!({ "text": text }))
            .await;
    }

    /// Presses keys, wherever the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        let active = self
            .send("GET", &self.path("element/active"), Value::Null)
            .await;
        let element = element(&active);
        self.command(&format!("element/{element}/value"), json!({ "text": keys }))
            .await;
    }

    /// The value of a script's `return`.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.command("execute/sync", json!({ "script": script, "args": [] }))
            .await
    }

    /// What a script passes to its second argument.
    pub(crate) async fn wait_for(&self, script: &str, argument: Value) -> Value {
        self.command(
            "execute/async",
            json!({ "script": script, "args": [argument] }),
        )
        .await
    }

    /// The whole page, as a PNG file.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        let capture = json!({
            "cmd": "Page.captureScreenshot",
            "params": { "format": "png", "captureBeyondViewport": true },
        });
        let image = self.command("goog/cdp/execute", capture).await;
        STANDARD.decode(image["data"].as_str().unwrap()).unwrap()
    }

    /// Lets pages think that the person prefers these colours, `light` or `dark`.
    pub(crate) async fn prefer_colours(&self, scheme: &str) {
        let prefer = json!({
            "cmd": "Emulation.setEmulatedMedia",
            "params": { "features": [{ "name": "prefers-color-scheme", "value": scheme }] },
        });
        self.command("goog/cdp/execute", prefer).await;
    }

    /// What the browser has complained about since the last call, such as content that the page forbids.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.command("se/log", json!({ "type": "browser" })).await;
        let log = log.as_array().unwrap().iter();
        log.map(|entry| entry["message"].to_string()).collect()
    }

    async fn find(&self, selector: &str) -> String {
        let by = json!({ "using": "css selector", "value": selector });
        let by = match selector.strip_prefix("//") {
            Some(_) => json!({ "using": "xpath", "value": selector }),
            None => by,
        };
        element(&self.command("element", by).await)
    }

    async fn command(&self, command: &str, body: Value) -> Value {
        self.send("POST", &self.path(command), body).await
    }

    fn path(&self, command: &str) -> String {
        format!("/session/{}/{command}", self.session)
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> Value {
        let request = Request::builder().method(method).uri(path);
        let request = match body {
            Value::Null => request.body(Body::empty()),
            body => request.body(Body::from(body.to_string())),
        };
        let response = over_http(self.address, request.unwrap()).await;
        let (head, answer) = response.into_parts();
        let answer = answer.collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let error = &answer["value"]["message"];
        assert!(
            head.status.is_success(),
            "{method} {path}: {}",
            error.as_str().unwrap_or_default()
        );
        answer["value"].clone()
    }
}

fn element(found: &Value) -> String {
    let ids = found.as_object().unwrap().values().next();
    ids.unwrap().as_str().unwrap().to_owned()
}

impl Browser {
    /// Lets the driver end the browser and remove its files. A drop cannot await, so this blocks.
    fn end_session(&self) -> io::Result<()> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let Self {
            address, session, ..
        } = self;
        let end = format!(
            "DELETE /session/{session} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(end.as_bytes())?;
        stream.read(&mut [0]).map(drop)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.end_session();
        // What did not end by itself does now: the browser would outlive the driver.
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.driver.wait();
    }
}
