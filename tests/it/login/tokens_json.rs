//! API tokens, for scripts.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};
use tower_sso::{
    audit::Action,
    connection::TokenPolicy,
    login::LoginErrorKind::{self, CrossOrigin, NoConnection, NotMember, NotSignedIn, RequestInvalid},
};

use super::tokens::{scene, with};
use crate::{
    scene::{
        TestApp, Who,
        fault::{Fault, Verb},
    },
    support::{header, text},
};

const LIST: &str = "/sso/1/tokens.json";
const JSON: (&str, &str) = ("content-type", "application/json");

async fn post(scene: &TestApp, who: &Who, headers: &[(&str, &str)], body: impl ToString) -> Response {
    let mut request = scene.request(who, "POST", LIST, headers);
    *request.body_mut() = body.to_string().into();
    scene.send(request).await
}

async fn change(scene: &TestApp, who: &Who, does: &str, token: &str) -> Response {
    let origin = ("origin", scene.base.as_str());
    post(scene, who, &[JSON, origin], json!({"token": token, "do": does})).await
}

/// The ids of the tokens that are authorized, by the answer.
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

/// Asserts that a problem of this kind was answered and recorded, with one reference.
async fn refused(scene: &TestApp, response: Response, kind: LoginErrorKind) {
    assert_eq!(response.status(), kind.status(), "{kind:?}");
    assert_eq!(header(&response, "content-type"), "application/problem+json");
    assert_eq!(header(&response, "cache-control"), "no-store");
    let problem: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(problem["type"], format!("urn:tower-sso:{}", kind.as_str()));
    assert_eq!(problem["status"], kind.status().as_u16());
    let event = scene.last();
    assert_eq!(problem["reference"], event.reference.as_str());
    assert!(matches!(event.action, Action::LoginRefused { kind: it, .. } if it == kind), "{event:?}");
    assert!(!scene.is_logged_in(&with("ada", "t-2"), "1").await, "{kind:?}");
}

#[tokio::test]
async fn a_script_of_the_owners_lists_authorizes_and_revokes() {
    let scene = scene(TokenPolicy::Authorized).await;
    let (ada, token) = (scene.who("ada"), with("ada", "t-1"));
    // Before the SSO login, the challenge.
    let challenge = scene.ask(&ada, LIST).await;
    assert_eq!(challenge.status(), StatusCode::UNAUTHORIZED);
    let problem: Value = serde_json::from_str(&text(challenge).await).unwrap();
    assert_eq!(problem["sso_url"], format!("{}/sso/1/start", scene.base));
    assert_eq!(change(&scene, &ada, "authorise", "t-1").await.status(), StatusCode::UNAUTHORIZED);

    scene.log_in(&ada, "1").await;
    assert!(authorized(scene.ask(&ada, LIST).await).await.is_empty());
    assert_eq!(authorized(change(&scene, &ada, "authorise", "t-1").await).await, ["t-1"]);
    assert!(scene.is_logged_in(&token, "1").await);
    assert_eq!(authorized(scene.ask(&ada, LIST).await).await, ["t-1"]);
    assert!(authorized(change(&scene, &ada, "revoke", "t-1").await).await.is_empty());
    assert!(!scene.is_logged_in(&token, "1").await);
    assert!(scene.is_logged_in(&ada, "1").await, "their own SSO login stays");
    assert_eq!(scene.actions().last(), Some(&"session.revoked"));
}

#[tokio::test]
async fn a_script_of_anybody_else_or_of_another_site_gets_a_problem_and_nothing_done() {
    let scene = scene(TokenPolicy::Authorized).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    authorized(change(&scene, &ada, "authorise", "t-1").await).await;
    let let_in = with("ada", "t-1");
    assert!(scene.is_logged_in(&let_in, "1").await, "the twin");
    for (who, kind) in [
        (let_in, NotSignedIn),
        (Who::nobody(), NotSignedIn),
        (scene.who("mallory"), NotMember),
        (scene.who("eve"), NotMember),
    ] {
        refused(&scene, scene.ask(&who, LIST).await, kind).await;
        refused(&scene, change(&scene, &who, "authorise", "t-2").await, kind).await;
    }
    refused(&scene, scene.ask(&ada, "/sso/3/tokens.json").await, NoConnection).await;
    refused(&scene, scene.ask(&ada, "/sso/1/tokens.json?max_age=soon").await, RequestInvalid).await;
    let good = json!({"token": "t-2", "do": "authorise"});
    let ours = ("origin", scene.base.as_str());
    for (headers, kind) in [
        (&[JSON][..], CrossOrigin),
        (&[JSON, ("origin", "https://evil.example")], CrossOrigin),
        (&[JSON, ours, ("sec-fetch-site", "same-site")], CrossOrigin),
        (&[ours], RequestInvalid),
        (&[ours, ("content-type", "text/plain")], RequestInvalid),
        (&[ours, ("content-type", "application/jsonp")], RequestInvalid),
        (&[ours, ("content-type", "application/x-www-form-urlencoded")], RequestInvalid),
    ] {
        refused(&scene, post(&scene, &ada, headers, &good).await, kind).await;
    }
    for body in [
        json!({"token": "t-9", "do": "authorise"}),
        json!({"token": "t-2", "do": "delete"}),
        json!({"token": "t-2"}),
        json!({"token": ["t-2"], "do": "authorise"}),
        json!({"token": "t-2", "do": "authorise", "also": 1}),
        json!("t-2"),
    ] {
        refused(&scene, post(&scene, &ada, &[JSON, ours], body).await, RequestInvalid).await;
    }
    let deep = "[".repeat(60_000);
    let large = format!("{{\"token\": \"{}\"}}", "t".repeat(70_000));
    for body in ["", "{", "token=t-2&do=authorise", &deep, &large] {
        refused(&scene, post(&scene, &ada, &[JSON, ours], body).await, RequestInvalid).await;
    }
    let json = ("content-type", "Application/JSON; charset=utf-8");
    let done = authorized(post(&scene, &ada, &[json, ours], &good).await).await;
    assert_eq!(done, ["t-1", "t-2"], "the twin");
}

#[tokio::test]
async fn a_list_of_tokens_that_cannot_be_told_is_503_and_lets_none_in() {
    let scene = scene(TokenPolicy::Authorized).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    for verb in [Verb::Viewer, Verb::Connection, Verb::Membership, Verb::SessionFind, Verb::Tokens] {
        for fault in [Fault::Fails, Fault::FailsLater] {
            scene.switch.set(Some((verb, fault)));
            for answer in [scene.ask(&ada, LIST).await, change(&scene, &ada, "authorise", "t-1").await] {
                assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{verb:?}");
                assert_eq!(header(&answer, "retry-after"), "5", "{verb:?}");
                assert_eq!(header(&answer, "content-type"), "application/problem+json", "{verb:?}");
            }
            scene.switch.set(None);
            assert!(!scene.is_logged_in(&with("ada", "t-1"), "1").await, "{verb:?}");
        }
    }
    assert_eq!(authorized(change(&scene, &ada, "authorise", "t-1").await).await, ["t-1"], "the twin");
}

#[tokio::test]
async fn where_tokens_are_not_authorized_one_by_one_there_is_nothing_to_do_about_one() {
    for policy in [TokenPolicy::Authorized, TokenPolicy::OwnerSession, TokenPolicy::Exempt] {
        let scene = scene(policy).await;
        let ada = scene.who("ada");
        scene.log_in(&ada, "1").await;
        let list: Value = serde_json::from_str(&text(scene.ask(&ada, LIST).await).await).unwrap();
        assert_eq!(list["policy"], policy.as_str());
        assert_eq!(list["tokens"].as_array().unwrap().len(), 2);
        let page = text(scene.ask(&ada, "/sso/1/tokens").await).await;
        let changed = change(&scene, &ada, "authorise", "t-1").await;
        let origin = [("origin", scene.base.as_str())];
        let posted = scene.post(&ada, "/sso/1/tokens", &origin, "token=t-1&do=authorise").await;
        if policy == TokenPolicy::Authorized {
            assert!(page.contains("<form"), "{page}");
            assert_eq!((changed.status(), posted.status()), (StatusCode::OK, StatusCode::SEE_OTHER));
        } else {
            assert!(page.contains("laptop") && !page.contains("<form"), "{page}");
            assert_eq!(changed.status(), RequestInvalid.status());
            scene.refused(posted, RequestInvalid).await;
            // What stands from before can be taken back all the same.
            scene.sso.authorize_token(&scene.proof(&ada).await, &"t-1".into()).await.unwrap();
            authorized(change(&scene, &ada, "revoke", "t-1").await).await;
            assert_eq!(scene.actions().last(), Some(&"session.revoked"));
            let membership = scene.sso.account_sessions(&"ada".into(), None).await.unwrap().sessions;
            assert_eq!(membership.len(), 1, "the owner's own");
        }
    }
}
