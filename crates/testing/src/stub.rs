//! A provider on a real socket. Tests set its responses.
//!
//! Unlike the test provider (`tower-sso-test-idp`), it has no behavior: it returns the bytes that a test gave it, and
//! 404 for every other path.
//!
//! ```
//! use tower_sso_testing::stub::Stub;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let stub = Stub::start().await;
//! stub.says_json("/keys", &serde_json::json!({"keys": []}));
//! assert!(stub.url("/keys").starts_with("http://127.0.0.1:"));
//! assert!(stub.asked("/keys").is_empty()); // nobody has requested it yet
//! # });
//! ```

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use serde_json::Value;

/// A provider on a real socket that returns the responses that a test set, and records the requests.
#[derive(Clone)]
pub struct Stub {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    replies: HashMap<String, Reply>,
    asked: Vec<Asked>,
}

#[derive(Clone)]
struct Reply {
    status: u16,
    media_type: String,
    body: Vec<u8>,
}

/// One request that a [`Stub`] got.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub headers: HeaderMap,
    pub form: HashMap<String, String>,
}

impl Stub {
    /// Starts the provider on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let stub = Self { address: listener.local_addr().expect("an address"), state: Arc::default() };
        let serving = stub.clone();
        let app = Router::new().fallback(move |request: Request| serving.clone().answer(request));
        tokio::spawn(async move { axum::serve(listener, app).await });
        stub
    }

    /// Returns the address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sets the response for a path. Each response also has `Location: /elsewhere`, for tests with a status of a
    /// redirect.
    pub fn says(&self, path: &str, status: u16, media_type: &str, body: impl Into<Vec<u8>>) {
        let reply = Reply { status, media_type: media_type.to_owned(), body: body.into() };
        self.state.lock().expect("state").replies.insert(path.to_owned(), reply);
    }

    /// Sets a JSON document, with status 200, as the response for a path.
    pub fn says_json(&self, path: &str, body: &Value) {
        self.says(path, 200, "application/json", body.to_string());
    }

    /// Returns the requests for this path so far.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.state.lock().expect("state").asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }

    async fn answer(self, request: Request) -> impl IntoResponse {
        let (parts, body) = request.into_parts();
        let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
        let path = parts.uri.path().to_owned();
        let mut state = self.state.lock().expect("state");
        let form = url::form_urlencoded::parse(&body).into_owned().collect();
        state.asked.push(Asked { path: path.clone(), headers: parts.headers, form });
        let reply = state.replies.get(&path).cloned().unwrap_or(Reply {
            status: 404,
            media_type: "text/plain".to_owned(),
            body: Vec::new(),
        });
        (
            StatusCode::from_u16(reply.status).expect("a status"),
            [(header::CONTENT_TYPE, reply.media_type), (header::LOCATION, "/elsewhere".to_owned())],
            reply.body,
        )
    }
}
