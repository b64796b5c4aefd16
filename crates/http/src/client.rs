//! The client that sends every request to a provider.

use std::{
    error::Error as StdError,
    fmt,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use http::{HeaderMap, StatusCode, header};
use reqwest::{Client, redirect};
use tower_sso_core::internal::{is_https_or_loopback, names_loopback};
use url::Url;

use crate::{
    address::{self, Reach},
    error::{
        Error,
        ErrorKind::{AddressInsecure, AddressPrivate, AnswerTooLarge, Redirected, Timeout, Unreachable},
    },
    resolve::{Allowed, Filtered, Lookup, NotAllowed, System},
};

/// The limits of a request.
///
/// The default is 3 seconds to connect, 10 seconds in all, and 1 MiB.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The time limit for connecting, TLS included.
    pub connect: Duration,
    /// The time limit for the whole exchange.
    pub total: Duration,
    /// The size limit of the response body, in bytes.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), total: Duration::from_secs(10), body: 1024 * 1024 }
    }
}

/// A function that is called after each request, with the request's name, its outcome (`answered`, `failed`, or
/// `given_up` if the caller stopped waiting for the response), and how long it took.
pub type Observer = fn(call: &'static str, outcome: &'static str, took: Duration);

/// The client for all outbound requests. It is built when the first request needs it. An app on a machine without CA
/// certificates therefore starts, and can still talk to a provider on loopback.
///
/// A response is never read further than the limit on its body, a redirect is an error, and the body is complete when
/// [`send`](Self::send) returns. Each kind of request (plain HTTP on loopback, anywhere, public addresses only) has
/// separate connections.
pub struct Outbound {
    limits: Limits,
    observer: Option<Observer>,
    lookup: Arc<dyn Lookup>,
    // Separate clients: the pool for one kind of request must not hold a connection that was allowed only for another
    // kind.
    loopback: OnceLock<Client>,
    anywhere: OnceLock<Client>,
    public: OnceLock<Client>,
}

/// A provider's response, with its whole body.
#[derive(Debug)]
pub struct Answer {
    /// The status, which is never a redirect.
    pub status: StatusCode,
    /// The media type without its parameters, in lower case. Empty if the response has no media type.
    pub media_type: String,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Outbound {
    /// Creates a client that resolves names as the system does.
    pub fn new(limits: Limits) -> Self {
        Self::with_lookup(limits, Arc::new(System))
    }

    /// Reports how long each request takes.
    ///
    /// The observer runs on the caller's task, and must not block.
    pub fn observed_by(self, observer: Observer) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Creates a client that resolves names with `lookup`.
    pub fn with_lookup(limits: Limits, lookup: Arc<dyn Lookup>) -> Self {
        Self {
            limits,
            observer: None,
            lookup,
            loopback: OnceLock::new(),
            anywhere: OnceLock::new(),
            public: OnceLock::new(),
        }
    }

    /// Sends a request and returns the response, whatever its status, except for redirects. `call` is the request's
    /// name in the time measurements.
    ///
    /// # Errors
    ///
    /// Returns one of the `Provider…` kinds if the provider cannot be reached. The message names the address without
    /// its query.
    pub async fn send(
        &self,
        call: &'static str,
        request: http::Request<Vec<u8>>,
        reach: Reach,
    ) -> Result<Answer, Error> {
        let mut watch = Watch { observer: self.observer, call, since: Instant::now(), outcome: "given_up" };
        let answer = self.exchange(request, reach).await;
        watch.outcome = if answer.is_ok() { "answered" } else { "failed" };
        answer
    }

    async fn exchange(&self, request: http::Request<Vec<u8>>, reach: Reach) -> Result<Answer, Error> {
        let (parts, body) = request.into_parts();
        let text = parts.uri.to_string();
        let url =
            Url::parse(&text).map_err(|error| Error::with(AddressInsecure, format!("{text:?}: {error}")))?;
        let place = place(&url);
        let client = self.client_for(&url, reach)?;
        let request = client.request(parts.method, url).headers(parts.headers).body(body);
        let failed = |error: reqwest::Error| unreachable(&place, &error);
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        if status.is_redirection() {
            return Err(Error::with(Redirected, format!("{place} answered {status}")));
        }
        let media_type = media_type(response.headers());
        let mut body = Vec::new();
        // `Content-Length` is only the provider's claim: the bytes that arrive are counted.
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > self.limits.body {
                let limit = self.limits.body;
                return Err(Error::with(AnswerTooLarge, format!("{place}: over {limit} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, media_type, body })
    }

    fn client_for(&self, url: &Url, reach: Reach) -> Result<&Client, Error> {
        if !is_https_or_loopback(url) {
            let problem = format!("{} is neither https nor loopback", place(url));
            return Err(Error::with(AddressInsecure, problem));
        }
        let literal = address::literal(url);
        let private = literal.map_or_else(|| names_loopback(url), |ip| !address::is_public(ip));
        match (reach, url.scheme()) {
            (Reach::PublicOnly, _) if private => {
                let problem = format!("{} is not on the public network", place(url));
                Err(Error::with(AddressPrivate, problem))
            }
            (Reach::PublicOnly, _) => self.client(&self.public, Allowed::Public),
            (Reach::Anywhere, "http") => self.client(&self.loopback, Allowed::Loopback),
            (Reach::Anywhere, _) => self.client(&self.anywhere, Allowed::Any),
        }
    }

    /// Returns the client, which is built on first use. If building fails (no CA certificates on this machine), the
    /// next request tries again.
    fn client<'a>(&self, slot: &'a OnceLock<Client>, allowed: Allowed) -> Result<&'a Client, Error> {
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(self.limits.connect)
            .timeout(self.limits.total)
            // Shorter than the 5 seconds after which common servers close a connection: a code cannot be sent twice.
            .pool_idle_timeout(Duration::from_secs(4))
            .dns_resolver(Filtered { lookup: Arc::clone(&self.lookup), allowed })
            .user_agent(concat!("tower-sso/", env!("CARGO_PKG_VERSION")));
        match allowed {
            Allowed::Any | Allowed::Public => builder = builder.https_only(true),
            // This client is only for plain http: no certificates are loaded.
            Allowed::Loopback => builder = builder.tls_certs_only([]),
        }
        let client = builder
            .build()
            .map_err(|error| Error::with(Unreachable, format!("no TLS client: {}", chain(&error))))?;
        Ok(slot.get_or_init(|| client))
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Reports a request when it is dropped. This includes the case in which the caller stopped waiting for the response.
struct Watch {
    observer: Option<Observer>,
    call: &'static str,
    since: Instant,
    outcome: &'static str,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(observer) = self.observer {
            observer(self.call, self.outcome, self.since.elapsed());
        }
    }
}

/// Formats an address for an operator. A query may contain anything, and is left out.
fn place(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn unreachable(place: &str, error: &reqwest::Error) -> Error {
    let mut source: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(at) = source {
        if let Some(NotAllowed(allowed)) = at.downcast_ref() {
            let kind = match allowed {
                Allowed::Any | Allowed::Public => AddressPrivate,
                Allowed::Loopback => AddressInsecure,
            };
            return Error::with(kind, format!("{place}: {at}"));
        }
        source = at.source();
    }
    if error.is_timeout() {
        return Error::with(Timeout, format!("{place} took too long"));
    }
    Error::with(Unreachable, format!("{place}: {}", chain(error)))
}

/// Formats an error and its sources. The text of a `reqwest` error itself contains the URL with its query, and is
/// left out.
fn chain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut source = error.source();
    while let Some(at) = source {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&at.to_string());
        source = at.source();
    }
    if text.is_empty() { "failed".to_owned() } else { text }
}
