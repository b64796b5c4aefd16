//! Every form that a challenge can take.

use axum::{Router, routing::any};
use http::{Response, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{World, header, request, text};

const ADA: (&str, &str) = ("x-account", "ada");
const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");
const DOCUMENT: (&str, &str) = ("sec-fetch-dest", "document");
const URL: &str = "https://hub.example/sso/1/start";
const X_SSO: &str = "required; organization=acme; url=https://hub.example/sso/1/start";

async fn challenged(method: &str, path: &str, headers: &[(&str, &str)]) -> Response<axum::body::Body> {
    let world = World::new();
    let handler = any(|| async { "handled" });
    let app: Router = Router::new().route("/{org}/{*rest}", handler).layer(world.sso().layer());
    let response = app.oneshot(request(method, path, &[&[ADA], headers].concat())).await.unwrap();
    assert_eq!(header(&response, "cache-control"), "no-store");
    // The owner of a token authorizes it. The token itself cannot log anybody in with SSO.
    let by_token = headers.iter().any(|(name, _)| *name == "x-token");
    let x_sso = if by_token { X_SSO.replace("/start", "/tokens") } else { X_SSO.to_owned() };
    assert_eq!(header(&response, "x-sso"), x_sso);
    response
}

#[tokio::test]
async fn a_navigation_is_redirected_to_the_start_page_with_its_return_path() {
    for headers in [&[NAVIGATE, DOCUMENT][..], &[("accept", "text/html")]] {
        for method in ["GET", "HEAD"] {
            let response = challenged(method, "/acme/r?tab=a%26b&x", headers).await;
            assert_eq!(response.status(), StatusCode::SEE_OTHER);
            let expected = format!("{URL}?return_to=%2Facme%2Fr%3Ftab%3Da%2526b%26x");
            assert_eq!(header(&response, "location"), expected);
        }
    }
}

#[tokio::test]
async fn an_unusable_return_path_falls_back_to_the_front_page() {
    let response = challenged("GET", "/acme/../x", &[NAVIGATE, DOCUMENT]).await;
    assert_eq!(header(&response, "location"), format!("{URL}?return_to=%2F"));
}

#[tokio::test]
async fn a_script_gets_401_with_a_problem_document() {
    for (method, headers) in [
        ("GET", &[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")][..]),
        ("POST", &[NAVIGATE, DOCUMENT]),
        ("PUT", &[("accept", "text/html")]),
        ("GET", &[]),
        ("GET", &[NAVIGATE, DOCUMENT, ("sec-purpose", "prefetch")]),
        ("GET", &[("upgrade", "websocket"), ("connection", "upgrade"), ("accept", "text/html")]),
    ] {
        let response = challenged(method, "/acme/r", headers).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{method} {headers:?}");
        assert_eq!(header(&response, "location"), "");
        assert_eq!(header(&response, "content-type"), "application/problem+json");
        assert_eq!(
            header(&response, "www-authenticate"),
            format!("SSO organization=\"acme\", url=\"{URL}\"")
        );
        let problem: Value = serde_json::from_str(&text(response).await).unwrap();
        let expected = json!({
            "type": "urn:tower-sso:single-sign-on-required",
            "title": "Single sign-on is required",
            "status": 401,
            "organization": "acme",
            "sso_url": URL,
            "reason": "no_session",
        });
        assert_eq!(problem, expected);
    }
}

#[tokio::test]
async fn a_bearer_token_gets_the_challenge_of_rfc_9470() {
    let response = challenged("GET", "/acme/r", &[("x-token", "t"), ("authorization", "Bearer hf_x")]).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(
        header(&response, "www-authenticate")
            .starts_with("Bearer error=\"insufficient_user_authentication\"")
    );
    assert_eq!(header(&response, "content-type"), "application/problem+json");
}

#[tokio::test]
async fn a_basic_credential_gets_403_with_the_address_in_the_first_line() {
    let response = challenged("GET", "/acme/r", &[("x-token", "t"), ("authorization", "Basic eDp5")]).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(header(&response, "www-authenticate"), "", "git erases what it stored on a challenge");
    assert_eq!(header(&response, "content-type"), "text/plain; charset=utf-8");
    let first = text(response).await.lines().next().unwrap().to_owned();
    assert_eq!(first, "Authorize this token at https://hub.example/sso/1/tokens");
    // An app session that is sent as `Basic` credentials can log in with SSO itself.
    let response = challenged("GET", "/acme/r", &[("authorization", "Basic eDp5")]).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(text(response).await.lines().next().unwrap().contains(URL));
}

#[tokio::test]
async fn a_frame_gets_a_page_with_a_link_that_opens_at_the_top() {
    let response = challenged("GET", "/acme/r", &[NAVIGATE, ("sec-fetch-dest", "iframe")]).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(header(&response, "content-security-policy").contains("frame-ancestors 'self'"));
    let page = text(response).await;
    assert!(
        page.contains("target=\"_top\"") && page.contains(&format!("{URL}?return_to=%2Facme%2Fr")),
        "{page}"
    );
}

#[tokio::test]
async fn htmx_is_redirected_and_returns_to_the_page_it_runs_on() {
    for (current, back) in [
        ("https://hub.example/acme/page?x#part", "%2Facme%2Fpage%3Fx"),
        ("https://evil.example/acme", "%2F"),
        ("https://hub.example.evil.example/acme", "%2F"),
        ("https://hub.example//evil.example", "%2F"),
    ] {
        let response =
            challenged("POST", "/acme/r", &[("hx-request", "true"), ("hx-current-url", current)]).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(header(&response, "hx-redirect"), format!("{URL}?return_to={back}"));
    }
}

#[tokio::test]
async fn a_page_that_htmx_restores_is_the_page_to_return_to() {
    let restores = ("hx-history-restore-request", "true");
    let elsewhere = ("hx-current-url", "https://hub.example/elsewhere");
    // htmx 4 sends neither `HX-Request` nor its current address.
    for headers in [&[restores][..], &[restores, ("hx-request", "true")], &[restores, elsewhere]] {
        let response = challenged("GET", "/acme/r?x", headers).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(header(&response, "hx-redirect"), format!("{URL}?return_to=%2Facme%2Fr%3Fx"));
    }
    assert_eq!(header(&challenged("GET", "/acme/r?x", &[elsewhere]).await, "hx-redirect"), "");
}

#[tokio::test]
async fn a_slug_is_percent_encoded_in_every_header_and_address() {
    let world = World::new();
    world.host.state.organizations.lock().unwrap().insert("a\"b; url=x\r\nü".into(), "1".into());
    let app: Router =
        Router::new().route("/{org}/{*rest}", any(|| async { "handled" })).layer(world.sso().layer());
    let path = "/a%22b%3B%20url%3Dx%0D%0A%C3%BC/r";
    let response = app.oneshot(request("GET", path, &[ADA])).await.unwrap();
    let encoded = "a%22b%3B%20url%3Dx%0D%0A%C3%BC";
    assert_eq!(header(&response, "x-sso"), format!("required; organization={encoded}; url={URL}"));
    assert!(header(&response, "www-authenticate").contains(encoded));
}
