//! What the provider refuses, each beside what it takes.

use std::{sync::atomic::Ordering, time::SystemTime};

use reqwest::Response;
use serde_json::{Value, json};
use tower_sso_test_idp::ClientAuth;

use crate::app::{App, SECRET, answer_of, clock, seconds};

/// Sends the token request with one parameter changed, then the honest one with a new code.
async fn refused(app: &mut App, name: &'static str, value: Option<&str>, error: &str) {
    let code = app.callback(&app.request()).await["code"].clone();
    let (request, mut form) = app.token_request(&code);
    match value {
        Some(value) => form.insert(name, value.to_owned()),
        None => form.remove(name),
    };
    let response = request.form(&form).send().await.unwrap();
    error_of(response, error).await;
    app.log_in().await;
}

async fn error_of(response: Response, error: &str) {
    assert_eq!(response.status(), if error == "invalid_client" { 401 } else { 400 }, "{error}");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"], error, "{body}");
}

#[tokio::test]
async fn a_token_request_with_one_thing_wrong_is_refused() {
    let mut app = App::new().await;
    let app = &mut app;
    let another = "another-verifier-of-forty-three-characters-x";
    refused(app, "code_verifier", Some(another), "invalid_grant").await;
    refused(app, "code_verifier", None, "invalid_grant").await;
    refused(app, "redirect_uri", Some("http://127.0.0.1:9/callback"), "invalid_grant").await;
    refused(app, "redirect_uri", None, "invalid_grant").await;
    refused(app, "code", Some("another"), "invalid_grant").await;
    refused(app, "code", None, "invalid_request").await;
    refused(app, "grant_type", Some("password"), "unsupported_grant_type").await;
    refused(app, "grant_type", None, "invalid_request").await;
    refused(app, "client_id", Some("other"), "invalid_client").await;
    refused(app, "client_secret", Some(SECRET), "invalid_request").await;
}

#[tokio::test]
async fn reusing_a_code_is_refused_and_revokes_its_access_token() {
    let mut app = App::new().await;
    let code = app.callback(&app.request()).await["code"].clone();
    let tokens = app.tokens(&code).await;
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(app.userinfo(access_token).await.status(), 200);
    let (request, form) = app.token_request(&code);
    error_of(request.form(&form).send().await.unwrap(), "invalid_grant").await;
    let refused = app.userinfo(access_token).await;
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.headers()["www-authenticate"], "Bearer error=\"invalid_token\"");
}

#[tokio::test]
async fn a_code_expires_after_a_minute() {
    let (clock, seconds) = clock();
    let mut app = App::at(|idp| idp.clock(clock), ClientAuth::SecretBasic).await;
    let code = app.callback(&app.request()).await["code"].clone();
    seconds.fetch_add(59, Ordering::SeqCst);
    assert!(app.tokens(&code).await["id_token"].is_string());
    let code = app.callback(&app.request()).await["code"].clone();
    seconds.fetch_add(60, Ordering::SeqCst);
    assert_eq!(app.tokens(&code).await["error"], "invalid_grant");
}

#[tokio::test]
async fn a_client_that_does_not_authenticate_is_refused() {
    let wrong = [
        (ClientAuth::SecretPost, "client_secret", "another secret"),
        (ClientAuth::SecretPost, "client_id", "nobody"),
        (ClientAuth::SecretJwt, "client_assertion", "eyJhbGciOiJub25lIn0.e30."),
        (ClientAuth::PrivateKeyJwt, "client_assertion_type", "another"),
        (ClientAuth::None, "client_id", "nobody"),
    ];
    for (auth, name, value) in wrong {
        refused(&mut App::at(|idp| idp, auth).await, name, Some(value), "invalid_client").await;
    }
    let mut app = App::new().await;
    let code = app.callback(&app.request()).await["code"].clone();
    let (_, form) = app.token_request(&code);
    let request = app.http.post(app.url("/token")).form(&form);
    error_of(
        request.try_clone().unwrap().basic_auth("hub", Some("another")).send().await.unwrap(),
        "invalid_client",
    )
    .await;
    error_of(request.bearer_auth("token").send().await.unwrap(), "invalid_client").await;
    assert!(app.tokens(&code).await["id_token"].is_string());
}

#[tokio::test]
async fn a_changed_or_replayed_client_assertion_is_refused() {
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    let mut app = App::at(|idp| idp, ClientAuth::SecretJwt).await;
    let signed = |claims: &Value, secret: &[u8]| {
        encode(&Header::new(Algorithm::HS384), claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let honest = app.assertion();
    let changed = |name: &str, value: Value| {
        let mut claims = app.assertion();
        claims[name] = value;
        signed(&claims, SECRET.as_bytes())
    };
    let twice = signed(&honest, SECRET.as_bytes());
    let assertions = [
        changed("iss", json!("other")),
        changed("sub", json!("other")),
        changed("aud", json!("http://127.0.0.1:1")),
        changed("exp", json!(seconds(SystemTime::now()))),
        changed("exp", json!("soon")),
        changed("jti", json!(null)),
        signed(&honest, b"another secret"),
        twice.clone(),
        twice,
    ];
    let last = assertions.len() - 1;
    for (at, assertion) in assertions.into_iter().enumerate() {
        if at + 1 == last {
            // Its first use is the accepted twin.
            let code = app.callback(&app.request()).await["code"].clone();
            let (request, mut form) = app.token_request(&code);
            form.insert("client_assertion", assertion);
            assert_eq!(request.form(&form).send().await.unwrap().status(), 200);
            continue;
        }
        refused(&mut app, "client_assertion", Some(&assertion), "invalid_client").await;
    }
}

#[tokio::test]
async fn a_request_with_an_unknown_client_or_redirect_uri_shows_a_page_and_never_redirects() {
    let mut app = App::new().await;
    for (name, value) in [
        ("client_id", "nobody"),
        ("client_id", "other"),
        ("redirect_uri", "http://127.0.0.1:9/callback"),
        ("redirect_uri", "http://127.0.0.1:9/callback?app=1&"),
        ("redirect_uri", ""),
        ("response_mode", "fragment"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x"),
    ] {
        let mut request = app.request();
        request.insert(name, value.to_owned());
        let response = app.authorize(&request).await;
        assert_eq!(response.status(), 400, "{name}={value}");
        assert!(!response.headers().contains_key("location"));
    }
    app.log_in().await;
}

#[tokio::test]
async fn an_otherwise_invalid_request_is_answered_to_the_client() {
    let mut app = App::new().await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("scope", "email", "invalid_scope"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "nonsense", "invalid_request"),
        ("prompt", "none", "login_required"),
        ("max_age", "soon", "invalid_request"),
        ("request", "a.b.c", "request_not_supported"),
    ] {
        let mut request = app.request();
        request.insert(name, value.to_owned());
        let answer = answer_of(&app.authorize(&request).await);
        assert_eq!(answer["error"], error, "{name}={value}");
        assert_eq!((answer["state"].as_str(), answer["iss"].as_str()), ("the state", app.idp.issuer()));
        assert!(!answer.contains_key("code"));
    }
    app.log_in().await;
}

#[tokio::test]
async fn a_repeated_parameter_is_refused() {
    let app = App::new().await;
    let request = app.request();
    for (name, sent) in [("client_id", false), ("redirect_uri", false), ("scope", true), ("nonce", true)] {
        let value = request[name].clone();
        let twice = app.http.get(app.url("/authorize")).query(&request).query(&[(name, value)]);
        let response = twice.send().await.unwrap();
        if sent {
            assert_eq!(answer_of(&response)["error"], "invalid_request", "{name}");
        } else {
            assert_eq!(response.status(), 400, "{name}");
        }
    }
    assert_eq!(app.authorize(&request).await.status(), 200);
}

#[tokio::test]
async fn a_public_client_without_pkce_is_refused() {
    let mut app = App::at(|idp| idp, ClientAuth::None).await;
    let mut request = app.request();
    request.remove("code_challenge");
    request.remove("code_challenge_method");
    assert_eq!(answer_of(&app.authorize(&request).await)["error"], "invalid_request");
    app.log_in().await;
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let mut app = App::new().await;
    for fields in [
        [("email", "ada@acme.example"), ("password", "kahn")],
        [("email", "eve@acme.example"), ("password", "lovelace")],
        [("email", ""), ("password", "")],
    ] {
        let page = app.authorize(&app.request()).await;
        let response = app.sign_in(page, &fields).await;
        assert_eq!((response.status().as_u16(), app.cookie.clone()), (403, None));
        assert!(response.text().await.unwrap().contains("No user has that email address and password"));
    }
    app.log_in().await;
    let stale = app.http.post(app.url("/sign-in")).form(&[("request", "x"), ("pick", "ada@acme.example")]);
    assert_eq!(stale.send().await.unwrap().status(), 400);
}
