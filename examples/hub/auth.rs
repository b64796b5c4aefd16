//! The hub's own authentication: a session cookie, or an API token. It runs before tower-sso asks who is signed in.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tower_sso::{Viewer, audit::ClientAddress};

use crate::app::Hub;

/// Stores who is signed in as a request extension: handlers and the layer read the same answer.
pub(crate) async fn authenticate(State(hub): State<Hub>, mut request: Request, next: Next) -> Response {
    let viewer = match presented(request.headers()) {
        // A token takes precedence over a cookie: each request has one viewer.
        Presented::Token(scheme, secret) => match hub.credentials.by_token(&secret) {
            Some(viewer) => viewer,
            None => return unauthorized(scheme),
        },
        Presented::Unreadable => return unauthorized(Scheme::Bearer),
        Presented::Nothing => match cookie(request.headers(), hub.cookie_name()) {
            Some(secret) => hub.credentials.by_cookie(&secret, hub.clock.now()),
            None => Viewer::Anonymous,
        },
    };
    // This hub runs without a proxy: the peer address is the client's.
    let peer = request.extensions().get().map(|ConnectInfo(peer): &ConnectInfo<SocketAddr>| peer.ip());
    if let Some(address) = peer {
        request.extensions_mut().insert(ClientAddress(address));
    }
    request.extensions_mut().insert(viewer);
    next.run(request).await
}

enum Presented {
    Nothing,
    Token(Scheme, String),
    /// A header that can't be parsed, or two headers. This is different from no header.
    Unreadable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Bearer,
    Basic,
}

/// Parses `Authorization`: a token as `Bearer`, or as the password of `Basic`, as git sends it.
fn presented(headers: &HeaderMap) -> Presented {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Presented::Nothing,
        (Some(_), Some(_)) => return Presented::Unreadable,
        (Some(value), None) => value,
    };
    let Some((scheme, rest)) = value.to_str().ok().and_then(|value| value.split_once(' ')) else {
        return Presented::Unreadable;
    };
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Presented::Token(Scheme::Bearer, rest.to_owned());
    }
    let basic = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(rest).ok()).flatten();
    let text = basic.and_then(|bytes| String::from_utf8(bytes).ok());
    match text.as_deref().and_then(|text| text.split_once(':')) {
        Some((_, password)) => Presented::Token(Scheme::Basic, password.to_owned()),
        None => Presented::Unreadable,
    }
}

fn unauthorized(scheme: Scheme) -> Response {
    let challenge = match scheme {
        Scheme::Bearer => "Bearer realm=\"hub\", error=\"invalid_token\"",
        Scheme::Basic => "Basic realm=\"hub\", charset=\"UTF-8\"",
    };
    let headers = [(header::WWW_AUTHENTICATE, challenge), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::UNAUTHORIZED, headers, "This token is none of the hub's.\n").into_response()
}

/// Returns the value of the session cookie.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = values.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

impl Hub {
    /// With https, the `__Host-` name guarantees that no other host and no plain connection can have set the cookie.
    fn cookie_name(&self) -> &'static str {
        if self.is_https() { "__Host-hub_session" } else { "hub_session" }
    }

    /// Returns the header that sets or removes the session cookie.
    pub(crate) fn set_cookie(&self, secret: Option<&str>) -> Option<HeaderValue> {
        let mut cookie = Cookie::build((self.cookie_name(), secret.unwrap_or_default().to_owned()))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.is_https())
            .path("/")
            .build();
        if secret.is_none() {
            cookie.make_removal();
        }
        HeaderValue::from_str(&cookie.to_string()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{app::Made, config::Config, keep::Keep};

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|it| (header::AUTHORIZATION, HeaderValue::from_str(it).unwrap())).collect()
    }

    #[test]
    fn a_token_is_read_from_bearer_and_from_basic() {
        let basic = format!("Basic {}", STANDARD.encode("ada:hub_1:2"));
        for (header, expected, token) in
            [("Bearer hub_1", Scheme::Bearer, "hub_1"), (basic.as_str(), Scheme::Basic, "hub_1:2")]
        {
            let Presented::Token(scheme, secret) = presented(&headers(&[header])) else { panic!("{header}") };
            assert_eq!((scheme, secret.as_str()), (expected, token));
        }
    }

    #[tokio::test]
    async fn over_https_the_session_cookie_has_the_host_prefix() {
        let hub = async |base_url: &str| {
            let config = Config::parse("", "hub.toml", ".".into()).unwrap();
            let made = Made {
                title: "Hub".to_owned(),
                base_url: base_url.to_owned(),
                shows_accounts: false,
                model: config.model(&|_| None).unwrap(),
                connections: config.connections([], &|_| None).unwrap(),
                keep: Keep::default(),
                stores: None,
            };
            Hub::new(made).await.unwrap()
        };
        let cookie = async |base_url: &str, secret| hub(base_url).await.set_cookie(secret).unwrap();
        assert_eq!(
            cookie("https://hub.example", Some("x")).await,
            "__Host-hub_session=x; HttpOnly; SameSite=Lax; Secure; Path=/"
        );
        assert_eq!(
            cookie("http://127.0.0.1:1", Some("x")).await,
            "hub_session=x; HttpOnly; SameSite=Lax; Path=/"
        );
        let removed = cookie("https://hub.example", None).await;
        assert!(removed.to_str().unwrap().contains("Max-Age=0"), "{removed:?}");
    }

    #[test]
    fn an_unreadable_credential_is_not_treated_as_absent() {
        assert!(matches!(presented(&headers(&[])), Presented::Nothing));
        for values in
            [&["Bearer"][..], &["Basic !"], &["Digest x"], &["Bearer a", "Bearer b"], &["Basic YQ=="]]
        {
            assert!(matches!(presented(&headers(values)), Presented::Unreadable), "{values:?}");
        }
    }
}
