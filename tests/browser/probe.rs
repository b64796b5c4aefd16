//! A small site that does what its address says and records how it was requested, for tests of the browsers themselves.
//!
//! `/page?link=URL&post=URL&get=URL&refresh=URL&policy=P&csp=P&set=COOKIE` is a page, and
//! `/go?to=URL&status=303&set=COOKIE` is a redirect. Without `to`, it leads to `/go` again. Both may set several
//! cookies. Any path below `/page/` and `/go/` does the same.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse, Response},
    routing::any,
};
use tokio::net::TcpListener;
use url::form_urlencoded;

/// One request as the site saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    pub host: String,
    pub path: String,
    /// `name=value`, sorted.
    pub cookies: Vec<String>,
    pub site: Option<String>,
    pub mode: Option<String>,
    pub dest: Option<String>,
    pub user: Option<String>,
    pub origin: Option<String>,
}

impl Seen {
    fn of(request: &Request) -> Self {
        let header = |name: &str| {
            let value = request.headers().get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let cookies = header("cookie").unwrap_or_default();
        let mut cookies: Vec<_> = cookies.split("; ").filter(|c| !c.is_empty()).map(str::to_owned).collect();
        cookies.sort();
        let host = header("host").unwrap_or_default();
        Self {
            method: request.method().to_string(),
            host: host.split(':').next().unwrap_or_default().to_owned(),
            path: request.uri().path().to_owned(),
            cookies,
            site: header("sec-fetch-site"),
            mode: header("sec-fetch-mode"),
            dest: header("sec-fetch-dest"),
            user: header("sec-fetch-user"),
            origin: header("origin"),
        }
    }
}

type Log = Arc<Mutex<Vec<Seen>>>;

/// The running site: one server, which any loopback name reaches.
#[derive(Debug)]
pub struct Probe {
    port: u16,
    log: Log,
}

impl Probe {
    pub async fn start() -> Self {
        let log = Log::default();
        let router = Router::new()
            .route("/page", any(page))
            .route("/page/{*rest}", any(page))
            .route("/go", any(go))
            .route("/go/{*rest}", any(go))
            .layer(from_fn_with_state(Arc::clone(&log), write_down));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, log }
    }

    /// Returns the address of `path` at a host.
    pub fn at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    /// Returns an address with parameters.
    pub fn with(&self, host: &str, path: &str, parameters: &[(&str, &str)]) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("{}?{query}", self.at(host, path))
    }

    /// Returns the requests since the last call, in order.
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

async fn write_down(State(log): State<Log>, request: Request, next: Next) -> Response {
    let seen = Seen::of(&request);
    // Browsers request it at unpredictable times.
    if seen.path != "/favicon.ico" {
        log.lock().unwrap().push(seen);
    }
    next.run(request).await
}

async fn page(RawQuery(query): RawQuery) -> Response {
    let (parameters, mut headers) = read(query);
    let mut html = "<!doctype html><html lang=en><title>Probe</title>".to_owned();
    if let Some(to) = parameters.get("refresh").map(|to| escape(to)) {
        write!(html, "<meta http-equiv=refresh content=\"0; url={to}\">").unwrap();
    }
    html.push_str("<h1>Probe</h1>");
    if let Some(to) = parameters.get("link").map(|to| escape(to)) {
        write!(html, "<a id=link href=\"{to}\">on</a>").unwrap();
    }
    for method in ["post", "get"] {
        if let Some(to) = parameters.get(method).map(|to| escape(to)) {
            let field = "<input type=hidden name=hidden value=\"a&amp;b\"><input name=typed>";
            write!(
                html,
                "<form id={method} method={method} action=\"{to}\">{field}<button>Send</button></form>"
            )
            .unwrap();
        }
    }
    if let Some(policy) = parameters.get("policy") {
        headers.insert("referrer-policy", policy.parse().unwrap());
    }
    if let Some(policy) = parameters.get("csp") {
        headers.insert("content-security-policy", policy.parse().unwrap());
    }
    (headers, Html(html)).into_response()
}

async fn go(RawQuery(query): RawQuery) -> Response {
    let (parameters, mut headers) = read(query);
    let status = parameters.get("status").map_or("303", String::as_str);
    let to = parameters.get("to").map_or("/go", String::as_str);
    headers.insert("location", to.parse().unwrap());
    (StatusCode::from_bytes(status.as_bytes()).unwrap(), headers).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;")
}

fn read(query: Option<String>) -> (HashMap<String, String>, HeaderMap) {
    let mut headers = HeaderMap::new();
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    for (_, cookie) in pairs.iter().filter(|(name, _)| name == "set") {
        headers.append("set-cookie", cookie.parse().unwrap());
    }
    (pairs.into_iter().collect(), headers)
}
