//! Chromium, driven step by step. Each instance has its own profile, and therefore its own cookies.
#![allow(dead_code, reason = "steps are there before the tests that take them")]

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::engine::Engine;

const FLAGS: [&str; 7] = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A running Chromium with one page in front. [`Chromium::close`] ends it.
#[derive(Debug)]
pub struct Chromium {
    engine: Option<Engine>,
    profile: PathBuf,
}

/// One thing to do. Selectors are Playwright's.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The value is the status.
    Goto(String),
    Click(&'static str),
    Fill {
        selector: &'static str,
        value: String,
    },
    Press(&'static str),
    /// Waits until the address contains this text.
    WaitForUrl(String),
    WaitForText(&'static str),
    /// The value is the text of the element.
    Text(&'static str),
    /// The value is the cookies that would be sent to this address.
    Cookies(String),
    /// The value is the script's.
    Evaluate(String),
    /// A picture of the whole page, `screenshots/<name>.png` under the target directory. The value is the file.
    Screenshot(&'static str),
    /// The same, for a name that is computed.
    Picture(String),
    /// The color scheme that the visitor prefers: `light` or `dark`.
    ColorScheme(&'static str),
    Viewport {
        width: u32,
        height: u32,
    },
    /// Continues in a new tab.
    NewPage(bool),
    DeleteCookies(bool),
}

/// Where the steps led.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    pub url: String,
    pub title: String,
    /// What a reader sees.
    pub text: String,
    /// One value for each step, which is null if a step has no value.
    pub values: Vec<Value>,
    /// Every request of every tab during these steps, including redirects.
    pub requests: Vec<Sent>,
    pub console: Vec<String>,
    /// Exceptions on the page and violations of its content security policy.
    pub errors: Vec<String>,
}

/// A request that Chromium made.
#[derive(Debug, Deserialize)]
pub struct Sent {
    pub method: String,
    pub url: String,
    pub headers: std::collections::HashMap<String, String>,
    pub status: Option<u16>,
}

impl Chromium {
    pub async fn start() -> Self {
        Self::with(true).await
    }

    /// Starts a browser that does not run scripts.
    pub async fn without_script() -> Self {
        Self::with(false).await
    }

    async fn with(script: bool) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("chromium-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let settings = json!({
            "chromium": "/usr/bin/chromium", "flags": FLAGS, "profile": profile, "script": script,
        });
        let (engine, _) = Engine::start("browser.mjs", &settings).await;
        Self { engine: Some(engine), profile }
    }

    /// Performs the steps in order. If a step fails, panics with the page as it was.
    pub async fn run(&mut self, steps: &[Step]) -> Outcome {
        self.try_run(steps).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same for steps that may fail.
    ///
    /// # Errors
    ///
    /// Returns which step failed, and the page as it was.
    pub async fn try_run(&mut self, steps: &[Step]) -> Result<Outcome, String> {
        let list: Vec<Value> = steps
            .iter()
            .map(|step| match step {
                Step::Screenshot(name) => json!({ "screenshot": screenshot(name) }),
                Step::Picture(name) => json!({ "screenshot": screenshot(name) }),
                other => serde_json::to_value(other).unwrap(),
            })
            .collect();
        let answer = self.engine.as_mut().unwrap().try_ask(&json!(list)).await?;
        Ok(serde_json::from_value(answer).unwrap())
    }

    /// Ends it and removes its profile.
    pub async fn close(mut self) {
        if let Some(engine) = self.engine.take() {
            engine.close().await;
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        drop(self.engine.take());
        let _still_written = std::fs::remove_dir_all(&self.profile);
    }
}

fn screenshot(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("screenshots").join(format!("{name}.png"))
}

mod tests {
    use axum::{Router, response::Html, routing::get};
    use tokio::net::TcpListener;

    use super::*;

    const PAGE: &str = "<!doctype html><html lang=en><title>Small</title><body style='background:#fff'>
        <h1>A small page</h1><p id=said></p>
        <form method=get action=/><input name=q><button>Send</button></form>
        <script>document.getElementById('said').textContent = location.search</script>";

    async fn site() -> String {
        let strict = [("content-security-policy", "script-src 'none'")];
        let app = Router::new()
            .route("/", get(|| async { ([("set-cookie", "seen=1; Path=/; HttpOnly")], Html(PAGE)) }))
            .route("/strict", get(move || async move { (strict, Html(PAGE)) }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        address
    }

    #[tokio::test]
    async fn a_page_can_be_opened_filled_in_and_photographed() {
        let site = site().await;
        let mut chromium = Chromium::start().await;
        let outcome = chromium
            .run(&[
                Step::Goto(format!("{site}/")),
                Step::Fill { selector: "input[name=q]", value: "hello".to_owned() },
                Step::Click("button"),
                Step::WaitForUrl("q=hello".to_owned()),
                Step::WaitForText("?q=hello"),
                Step::Screenshot("harness"),
                Step::Cookies(format!("{site}/")),
            ])
            .await;
        assert_eq!((&*outcome.url, &*outcome.title), (&*format!("{site}/?q=hello"), "Small"));
        assert_eq!(outcome.values[0], 200);
        let picture = std::fs::read(outcome.values[5].as_str().unwrap()).unwrap();
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 2_000, "{} bytes", picture.len());
        assert_eq!(
            (&outcome.values[6][0]["name"], &outcome.values[6][0]["httpOnly"]),
            (&json!("seen"), &json!(true))
        );
        let second = outcome.requests.iter().find(|request| request.url.ends_with("q=hello")).unwrap();
        assert_eq!(
            (second.headers.get("cookie").map(String::as_str), second.status),
            (Some("seen=1"), Some(200))
        );
        assert_eq!(outcome.errors, [""; 0]);
        chromium.close().await;
    }

    #[tokio::test]
    async fn a_content_security_policy_violation_is_reported_and_script_can_be_off() {
        let site = site().await;
        let mut chromium = Chromium::start().await;
        let outcome = chromium.run(&[Step::Goto(format!("{site}/strict?x"))]).await;
        assert!(outcome.errors.iter().any(|error| error.contains("script-src")), "{outcome:?}");
        chromium.close().await;

        let mut chromium = Chromium::without_script().await;
        let outcome = chromium.run(&[Step::Goto(format!("{site}/?x"))]).await;
        assert!(outcome.text.contains("A small page") && !outcome.text.contains("?x"), "{outcome:?}");
        chromium.close().await;
    }

    #[tokio::test]
    async fn a_failing_step_is_named() {
        let mut chromium = Chromium::start().await;
        let failed = chromium.try_run(&[Step::Goto("http://127.0.0.1:1/".to_owned())]).await.unwrap_err();
        assert!(failed.contains("step 0 {\"goto\":\"http://127.0.0.1:1/\"}"), "{failed}");
        chromium.close().await;
    }

    #[tokio::test]
    async fn closing_chromium_leaves_no_process_and_no_profile() {
        let mut chromium = Chromium::start().await;
        chromium.run(&[]).await;
        let profile = chromium.profile.clone();
        assert!(processes_with(&profile) > 0 && profile.exists());
        chromium.close().await;
        assert_eq!((processes_with(&profile), profile.exists()), (0, false));
    }

    fn processes_with(profile: &Path) -> usize {
        let name = profile.file_name().unwrap().to_str().unwrap();
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
        lines.filter(|line| String::from_utf8_lossy(line).contains(name)).count()
    }
}
