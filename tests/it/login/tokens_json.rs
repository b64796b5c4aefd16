//! The API of tokens, for scripts.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};
use tower_sso::{
    audit::Action,
    connection::TokenPolicy,
    login::LoginErrorKind::{self, CrossOrigin, NoConnection, NotMember, NotSignedIn, RequestInvalid},
};

use super::tokens::{app, with};
use crate::{
    support::{header, text},
    test_app::{
        Actor, TestApp,
        fault::{Fault, Verb},
    },
};

const LIST: &str = "/sso/1/tokens.json";
const JSON: (&str, &str) = ("content-type", "application/json");

async fn post(app: &TestApp, who: &Actor, headers: &[(&str, &str)], body: impl ToString) -> Response {
    let mut request = app.request(who, "POST", LIST, headers);
    *request.body_mut() = body.to_string().into();
    app.send(request).await
}

async fn change(app: &TestApp, who: &Actor, does: &str, token: &str) -> Response {
    let origin = ("origin", app.base.as_str());
    post(app, who, &[JSON, origin], json!({"token": token, "do": does})).await
}

/// Returns the IDs of the authorized tokens in a response.
async fn authorized(response: Response) -> Vec<String> {
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "content-type"), "application/json");
    assert_eq!(header(&response, "cache-control"), "no-store");
    let list: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(list["organization"], "1");
    let tokens = list["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 2, "{list}");
    assert_eq!((&tokens[1]["id"], &tokens[1]["name"]), (&json!("t-2"), &json!("build <server>")));
    let until = |it: &&Value| it["authorised_until"].as_str().is_some_and(|it| it.ends_with('Z'));
    tokens.iter().filter(until).map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

/// Asserts that a problem of this kind was returned and recorded with the same reference.
async fn refused(app: &TestApp, response: Response, kind: LoginErrorKind) {
    assert_eq!(response.status(), kind.status(), "{kind:?}");
    assert_eq!(header(&response, "content-type"), "application/problem+json");
    assert_eq!(header(&response, "cache-control"), "no-store");
    let problem: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(problem["type"], format!("urn:tower-sso:{}", kind.as_str()));
    assert_eq!(problem["status"], kind.status().as_u16());
    let event = app.last();
    assert_eq!(problem["reference"], event.reference.as_str());
    assert!(matches!(event.action, Action::LoginRefused { kind: it, .. } if it == kind), "{event:?}");
    assert!(!app.is_logged_in(&with("ada", "t-2"), "1").await, "{kind:?}");
}

#[tokio::test]
async fn a_script_of_the_owner_lists_authorizes_and_revokes_tokens() {
    let app = app(TokenPolicy::Authorized).await;
    let (ada, token) = (app.actor("ada"), with("ada", "t-1"));
    // Before the SSO login, the answer is a challenge.
    let challenge = app.ask(&ada, LIST).await;
    assert_eq!(challenge.status(), StatusCode::UNAUTHORIZED);
    let problem: Value = serde_json::from_str(&text(challenge).await).unwrap();
    assert_eq!(problem["sso_url"], format!("{}/sso/1/start", app.base));
    assert_eq!(change(&app, &ada, "authorise", "t-1").await.status(), StatusCode::UNAUTHORIZED);

    app.log_in(&ada, "1").await;
    assert!(authorized(app.ask(&ada, LIST).await).await.is_empty());
    assert_eq!(authorized(change(&app, &ada, "authorise", "t-1").await).await, ["t-1"]);
    assert!(app.is_logged_in(&token, "1").await);
    assert_eq!(authorized(app.ask(&ada, LIST).await).await, ["t-1"]);
    assert!(authorized(change(&app, &ada, "revoke", "t-1").await).await.is_empty());
    assert!(!app.is_logged_in(&token, "1").await);
    assert!(app.is_logged_in(&ada, "1").await, "the owner's own session is kept");
    assert_eq!(app.actions().last(), Some(&"session.revoked"));
}

#[tokio::test]
async fn a_script_of_another_account_or_site_gets_a_problem_document() {
    let app = app(TokenPolicy::Authorized).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    authorized(change(&app, &ada, "authorise", "t-1").await).await;
    let let_in = with("ada", "t-1");
    assert!(app.is_logged_in(&let_in, "1").await, "the accepted counterpart");
    for (who, kind) in [
        (let_in, NotSignedIn),
        (Actor::nobody(), NotSignedIn),
        (app.actor("mallory"), NotMember),
        (app.actor("eve"), NotMember),
    ] {
        refused(&app, app.ask(&who, LIST).await, kind).await;
        refused(&app, change(&app, &who, "authorise", "t-2").await, kind).await;
    }
    refused(&app, app.ask(&ada, "/sso/3/tokens.json").await, NoConnection).await;
    refused(&app, app.ask(&ada, "/sso/1/tokens.json?max_age=soon").await, RequestInvalid).await;
    let good = json!({"token": "t-2", "do": "authorise"});
    let ours = ("origin", app.base.as_str());
    for (headers, kind) in [
        (&[JSON][..], CrossOrigin),
        (&[JSON, ("origin", "https://evil.example")], CrossOrigin),
        (&[JSON, ours, ("sec-fetch-site", "same-site")], CrossOrigin),
        (&[ours], RequestInvalid),
        (&[ours, ("content-type", "text/plain")], RequestInvalid),
        (&[ours, ("content-type", "application/jsonp")], RequestInvalid),
        (&[ours, ("content-type", "application/x-www-form-urlencoded")], RequestInvalid),
    ] {
        refused(&app, post(&app, &ada, headers, &good).await, kind).await;
    }
    for body in [
        json!({"token": "t-9", "do": "authorise"}),
        json!({"token": "t-2", "do": "delete"}),
        json!({"token": "t-2"}),
        json!({"token": ["t-2"], "do": "authorise"}),
        json!({"token": "t-2", "do": "authorise", "also": 1}),
        json!("t-2"),
    ] {
        refused(&app, post(&app, &ada, &[JSON, ours], body).await, RequestInvalid).await;
    }
    let deep = "[".repeat(60_000);
    let large = format!("{{\"token\": \"{}\"}}", "t".repeat(70_000));
    for body in ["", "{", "token=t-2&do=authorise", &deep, &large] {
        refused(&app, post(&app, &ada, &[JSON, ours], body).await, RequestInvalid).await;
    }
    let json = ("content-type", "Application/JSON; charset=utf-8");
    let done = authorized(post(&app, &ada, &[json, ours], &good).await).await;
    assert_eq!(done, ["t-1", "t-2"], "the accepted counterpart");
}

#[tokio::test]
async fn a_failed_lookup_for_the_token_list_is_503_and_authorizes_none() {
    let app = app(TokenPolicy::Authorized).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    for verb in [Verb::Viewer, Verb::Connection, Verb::Membership, Verb::SessionFind, Verb::Tokens] {
        for fault in [Fault::Fails, Fault::FailsLater] {
            app.faults.set(Some((verb, fault)));
            for answer in [app.ask(&ada, LIST).await, change(&app, &ada, "authorise", "t-1").await] {
                assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{verb:?}");
                assert_eq!(header(&answer, "retry-after"), "5", "{verb:?}");
                assert_eq!(header(&answer, "content-type"), "application/problem+json", "{verb:?}");
            }
            app.faults.set(None);
            assert!(!app.is_logged_in(&with("ada", "t-1"), "1").await, "{verb:?}");
        }
    }
    assert_eq!(
        authorized(change(&app, &ada, "authorise", "t-1").await).await,
        ["t-1"],
        "the accepted counterpart"
    );
}

#[tokio::test]
async fn single_tokens_can_be_authorized_only_under_the_authorized_policy() {
    for policy in [TokenPolicy::Authorized, TokenPolicy::OwnerSession, TokenPolicy::Exempt] {
        let app = app(policy).await;
        let ada = app.actor("ada");
        app.log_in(&ada, "1").await;
        let list: Value = serde_json::from_str(&text(app.ask(&ada, LIST).await).await).unwrap();
        assert_eq!(list["policy"], policy.as_str());
        assert_eq!(list["tokens"].as_array().unwrap().len(), 2);
        let page = text(app.ask(&ada, "/sso/1/tokens").await).await;
        let changed = change(&app, &ada, "authorise", "t-1").await;
        let origin = [("origin", app.base.as_str())];
        let posted = app.post(&ada, "/sso/1/tokens", &origin, "token=t-1&do=authorise").await;
        if policy == TokenPolicy::Authorized {
            assert!(page.contains("<form"), "{page}");
            assert_eq!((changed.status(), posted.status()), (StatusCode::OK, StatusCode::SEE_OTHER));
        } else {
            assert!(page.contains("laptop") && !page.contains("<form"), "{page}");
            assert_eq!(changed.status(), RequestInvalid.status());
            app.refused(posted, RequestInvalid).await;
            // An authorization from before can still be revoked.
            app.sso.authorize_token(&app.proof(&ada).await, &"t-1".into()).await.unwrap();
            authorized(change(&app, &ada, "revoke", "t-1").await).await;
            assert_eq!(app.actions().last(), Some(&"session.revoked"));
            let membership = app.sso.account_sessions(&"ada".into(), None).await.unwrap().sessions;
            assert_eq!(membership.len(), 1, "only the owner's own session is left");
        }
    }
}
