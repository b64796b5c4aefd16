//! Other transports for a request: HTTP/2, and a WebSocket that outlives its request.

use futures_util::{SinkExt as _, StreamExt as _};
use http::{StatusCode, Version};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, handshake::client::Request},
};

use crate::test_app::{Actor, TestApp};

#[tokio::test]
async fn an_http_2_request_is_challenged_and_passes_like_any_other() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let ask = |accept: &'static str| {
        let request = client.get(app.url("/acme/repo?x=1")).header("accept", accept);
        request.header("x-account", "ada").header("x-credential", &ada.credential).send()
    };
    let challenged = ask("application/json").await.unwrap();
    assert_eq!((challenged.version(), challenged.status()), (Version::HTTP_2, StatusCode::UNAUTHORIZED));
    assert!(challenged.headers()["x-sso"].to_str().unwrap().starts_with("required; organization=acme"));
    let sent = ask("text/html").await.unwrap();
    assert_eq!((sent.version(), sent.status()), (Version::HTTP_2, StatusCode::SEE_OTHER));
    assert_eq!(sent.headers()["location"], app.url("/sso/1/start?return_to=%2Facme%2Frepo%3Fx%3D1").as_str());
    assert_eq!(app.handled(), 0);
    app.log_in(&ada, "1").await;
    let passed = ask("application/json").await.unwrap();
    assert_eq!((passed.version(), passed.status()), (Version::HTTP_2, StatusCode::OK));
    assert_eq!(passed.text().await.unwrap(), "Fresh ada at /acme/repo?x=1");
}

/// Returns the opening handshake of a WebSocket.
fn handshake(app: &TestApp, who: &Actor) -> Request {
    let mut request = app.url("/live/acme").replace("http:", "ws:").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("x-account", who.account.as_deref().unwrap().parse().unwrap());
    headers.insert("x-credential", who.credential.parse().unwrap());
    request
}

#[tokio::test]
async fn a_web_socket_without_a_session_is_refused_at_the_handshake() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let refused = connect_async(handshake(&app, &ada)).await.unwrap_err();
    let Error::Http(response) = refused else { panic!("{refused:?}") };
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(response.headers().contains_key("x-sso"));
    assert_eq!(app.handled(), 0);
    app.log_in(&ada, "1").await;
    connect_async(handshake(&app, &ada)).await.unwrap();
}

#[tokio::test]
async fn a_web_socket_ends_with_its_session_only() {
    let app = TestApp::new().await;
    let (ada, other) = (app.actor("ada"), app.actor("ada"));
    app.log_in(&ada, "1").await;
    app.log_in(&other, "1").await;
    let (mut socket, _) = connect_async(handshake(&app, &ada)).await.unwrap();
    let mut echo = async || {
        socket.send(Message::text("hello")).await.unwrap();
        socket.next().await.unwrap().unwrap()
    };
    assert_eq!(echo().await, Message::text("hello"));
    app.sso.signed_out(&other.presents()).await.unwrap();
    assert_eq!(echo().await, Message::text("hello"), "the sign-out of another credential ended it");
    app.sso.signed_out(&ada.presents()).await.unwrap();
    let end = tokio::time::timeout(std::time::Duration::from_secs(10), socket.next()).await;
    assert!(matches!(end, Ok(Some(Ok(Message::Close(_))) | None)), "{end:?}");
    assert!(connect_async(handshake(&app, &ada)).await.is_err());
}
