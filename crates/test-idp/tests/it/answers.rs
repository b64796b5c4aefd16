//! Endpoints that answer otherwise.

use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};
use tower_sso_test_idp::{Answer, Endpoint, Lie};

use crate::app::{App, answer_of};

/// What each endpoint answers to a request that it takes.
async fn ask(app: &App, endpoint: Endpoint) -> Response {
    let request = match endpoint {
        Endpoint::Discovery | Endpoint::Keys | Endpoint::SamlMetadata => {
            app.http.get(app.url(endpoint.path()))
        }
        Endpoint::PushedRequest => {
            let mut form = app.request();
            app.authenticated("/par", &mut form).form(&form)
        }
        Endpoint::Token => {
            let location = app.authorize(&app.request()).await;
            let (request, form) = app.token_request(&answer_of(&location)["code"]);
            request.form(&form)
        }
        Endpoint::Userinfo => {
            let tokens: Value = Box::pin(ask(app, Endpoint::Token)).await.json().await.unwrap();
            app.http.get(app.url("/userinfo")).bearer_auth(tokens["access_token"].as_str().unwrap())
        }
        other => panic!("no request for {other:?}"),
    };
    request.send().await.unwrap()
}

async fn signed_in() -> App {
    let mut app = App::new().await;
    app.log_in().await;
    app
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[tokio::test]
async fn each_endpoint_can_misbehave_without_affecting_the_others() {
    let app = signed_in().await;
    // The metadata is no JSON: see the tests of SAML.
    for endpoint in Endpoint::ALL.into_iter().filter(|it| *it != Endpoint::SamlMetadata) {
        let honest = ask(&app, endpoint).await;
        let (status, kind) = (honest.status(), header(&honest, "content-type").to_owned());
        let honest: Value = honest.json().await.unwrap();
        let member = honest.as_object().unwrap().keys().next().unwrap().clone();

        app.idp.lie(Lie::Answer(endpoint, Answer::Status(500)));
        let response = ask(&app, endpoint).await;
        assert_eq!((response.status().as_u16(), header(&response, "content-type")), (500, kind.as_str()));
        let body: Value = response.json().await.unwrap();
        assert!(body.get(&member).is_some(), "the body stays honest");
        for other in
            Endpoint::ALL.into_iter().filter(|other| *other != endpoint && endpoint != Endpoint::Token)
        {
            assert!(ask(&app, other).await.status().is_success(), "{other:?} while {endpoint:?} fails");
        }
        app.idp.honest();

        app.idp.lie(Lie::Answer(endpoint, Answer::Redirect("http://127.0.0.1:9/elsewhere".into())));
        let response = ask(&app, endpoint).await;
        assert_eq!(
            (response.status().as_u16(), header(&response, "location")),
            (307, "http://127.0.0.1:9/elsewhere")
        );
        app.idp.honest();

        app.idp.lie(Lie::Answer(endpoint, Answer::Error("invalid_grant".into())));
        let response = ask(&app, endpoint).await;
        assert_eq!(response.status(), 400);
        assert_eq!(response.json::<Value>().await.unwrap(), json!({"error": "invalid_grant"}));
        app.idp.honest();

        app.idp.lie(Lie::Answer(endpoint, Answer::Html));
        let response = ask(&app, endpoint).await;
        assert_eq!(
            (response.status(), header(&response, "content-type")),
            (status, "text/html; charset=utf-8")
        );
        assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"));
        app.idp.honest();

        app.idp.lie(Lie::Answer(endpoint, Answer::BrokenJson));
        let response = ask(&app, endpoint).await;
        assert_eq!((response.status(), header(&response, "content-type")), (status, kind.as_str()));
        let body = response.text().await.unwrap();
        assert!(body.starts_with('{') && serde_json::from_str::<Value>(&body).is_err());
        app.idp.honest();

        app.idp.lie(Lie::Answer(endpoint, Answer::DoubledKey(member.clone())));
        let body = ask(&app, endpoint).await.text().await.unwrap();
        assert_eq!(body.matches(&format!("{}:", json!(member))).count(), 2, "{body}");
        assert!(serde_json::from_str::<Value>(&body).is_ok());
        app.idp.honest();

        app.idp.lie(Lie::Answer(endpoint, Answer::Json(json!({"keys": []}))));
        assert_eq!(ask(&app, endpoint).await.json::<Value>().await.unwrap(), json!({"keys": []}));
        app.idp.honest();

        app.idp.lie(Lie::Answer(endpoint, Answer::ContentType("text/plain".into())));
        let response = ask(&app, endpoint).await;
        assert_eq!((response.status(), header(&response, "content-type")), (status, "text/plain"));
        assert!(response.json::<Value>().await.unwrap().get(&member).is_some());
        app.idp.honest();
    }
}

#[tokio::test]
async fn a_huge_answer_is_honest_json_of_50_mb_without_a_length() {
    let app = signed_in().await;
    app.idp.lie(Lie::Answer(Endpoint::Keys, Answer::Huge));
    let mut response = ask(&app, Endpoint::Keys).await;
    assert_eq!(response.content_length(), None);
    let first = response.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"{\"keys\":["));
    let mut length = first.len();
    while let Some(chunk) = response.chunk().await.unwrap() {
        length += chunk.len();
    }
    assert!(length > 50_000_000, "{length}");
}

#[tokio::test]
async fn a_slow_answer_completes_and_a_hanging_one_does_not() {
    let app = signed_in().await;
    let honest = ask(&app, Endpoint::Keys).await.bytes().await.unwrap();
    app.idp.lie(Lie::Answer(Endpoint::Keys, Answer::SlowDrip(Duration::from_millis(1))));
    let mut slow = ask(&app, Endpoint::Keys).await;
    let mut chunks = Vec::new();
    while let Some(chunk) = slow.chunk().await.unwrap() {
        chunks.push(chunk);
    }
    assert_eq!(chunks.concat(), honest);
    assert!(chunks.len() > honest.len() / 2, "byte by byte");
    app.idp.honest();
    for answer in [Answer::SlowDrip(Duration::from_secs(3600)), Answer::Never] {
        app.idp.lie(Lie::Answer(Endpoint::Keys, answer));
        let request = app.http.get(app.url("/keys")).timeout(Duration::from_millis(50)).send();
        let failed = async { request.await?.bytes().await }.await;
        assert!(failed.unwrap_err().is_timeout());
        app.idp.honest();
        assert_eq!(ask(&app, Endpoint::Keys).await.bytes().await.unwrap(), honest);
    }
}
