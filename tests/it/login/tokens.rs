//! API tokens: the page on which their owner lets them in, and what each policy asks.

use axum::response::Response;
use http::StatusCode;
use tower_sso::{
    connection::TokenPolicy,
    login::LoginErrorKind::{self, CrossOrigin, NoConnection, NotMember, NotSignedIn, RequestInvalid},
    session::{RevocationScope, SessionsOf},
    token::ApiToken,
};

use crate::{
    scene::{
        Plan, TestApp, Who,
        fault::{Fault, Verb},
    },
    support::{header, text},
};

const PAGE: &str = "/sso/1/tokens";

/// A scene in which ada has two tokens and mallory one.
pub async fn scene(policy: TokenPolicy) -> TestApp {
    let plan = match policy {
        TokenPolicy::Authorized => Plan::default(),
        TokenPolicy::OwnerSession => {
            Plan { connection: |it| it.tokens(TokenPolicy::OwnerSession), ..Plan::default() }
        }
        TokenPolicy::Exempt => Plan { connection: |it| it.tokens(TokenPolicy::Exempt), ..Plan::default() },
    };
    let scene = TestApp::of(plan).await;
    let token = |id: &str, name: &str| ApiToken::new(id.into(), name);
    let tokens = [
        ("ada".into(), vec![token("t-1", "laptop"), token("t-2", "build <server>")]),
        ("mallory".into(), vec![token("t-9", "hers")]),
    ];
    scene.host.0.tokens.lock().unwrap().extend(tokens);
    scene
}

/// Somebody's token.
pub fn with(account: &str, token: &str) -> Who {
    let who = Who { account: Some(account.to_owned()), credential: token.to_owned(), ..Who::nobody() };
    who.by_token()
}

async fn press(scene: &TestApp, who: &Who, does: &str, token: &str) -> Response {
    let form = format!("token={token}&do={does}");
    scene.post(who, PAGE, &[("origin", &scene.base)], form).await
}

#[tokio::test]
async fn the_owner_authorizes_a_token_at_the_address_of_its_challenge_and_takes_it_back() {
    let scene = scene(TokenPolicy::Authorized).await;
    let (ada, token, other) = (scene.who("ada"), with("ada", "t-1"), with("ada", "t-2"));
    let basic = [("authorization", "Basic eDp5")];
    let challenge = scene.send(scene.request(&token, "GET", "/acme/x", &basic)).await;
    assert_eq!(challenge.status(), StatusCode::FORBIDDEN);
    let first = text(challenge).await.lines().next().unwrap().to_owned();
    let address = first.strip_prefix("Authorize this token at ").unwrap();
    // In a browser: the SSO login first, and from there back to the page.
    let start = scene.location(scene.visit(&ada, address).await).await;
    let back = format!("{}/sso/1/start?return_to=%2Fsso%2F1%2Ftokens", scene.base);
    assert_eq!(start, back);
    scene.log_in(&ada, "1").await;
    let page = scene.visit(&ada, address).await;
    assert_eq!(header(&page, "cache-control"), "no-store");
    assert_eq!(header(&page, "referrer-policy"), "same-origin");
    let page = text(page).await;
    assert!(page.contains("laptop") && page.contains("build &lt;server&gt;"), "{page}");
    assert_eq!(page.matches("Not authorized.").count(), 2, "{page}");
    assert!(!page.contains("hers") && !page.contains("<script"), "{page}");

    let pressed = press(&scene, &ada, "authorise", "t-1").await;
    assert_eq!(scene.location(pressed).await, address);
    assert!(scene.is_logged_in(&token, "1").await);
    assert!(!scene.is_logged_in(&other, "1").await);
    assert_eq!(scene.actions().last(), Some(&"token.authorized"));
    let page = text(scene.visit(&ada, address).await).await;
    assert!(page.contains("Authorized until <time") && page.contains(">Revoke</button>"), "{page}");
    assert_eq!(page.matches("Not authorized.").count(), 1, "{page}");

    scene.location(press(&scene, &ada, "revoke", "t-1").await).await;
    assert!(!scene.is_logged_in(&token, "1").await);
    assert!(scene.is_logged_in(&ada, "1").await, "their own SSO login stays");
    assert_eq!(scene.actions().last(), Some(&"session.revoked"));
}

#[tokio::test]
async fn only_the_owner_in_a_browser_with_a_fresh_login_authorizes_and_only_their_own() {
    let scene = scene(TokenPolicy::Authorized).await;
    let (ada, mallory, eve) = (scene.who("ada"), scene.who("mallory"), scene.who("eve"));
    scene.log_in(&ada, "1").await;
    scene.location(press(&scene, &ada, "authorise", "t-1").await).await;
    scene.count_finished();
    let let_in = with("ada", "t-1");
    assert!(scene.is_logged_in(&let_in, "1").await, "the twin");
    let refused = async |response: Response, kind: LoginErrorKind| {
        scene.refused(response, kind).await;
        assert!(!scene.is_logged_in(&with("ada", "t-2"), "1").await, "{kind:?}");
    };
    // A token authorizes none, not even one that was let in; nor do others, nor somebody else's token.
    refused(press(&scene, &let_in, "authorise", "t-2").await, NotSignedIn).await;
    refused(scene.visit(&let_in, PAGE).await, NotSignedIn).await;
    refused(press(&scene, &mallory, "authorise", "t-9").await, NotMember).await;
    refused(press(&scene, &eve, "authorise", "t-2").await, NotMember).await;
    for (does, token) in
        [("authorise", "t-9"), ("authorise", "t-3"), ("authorise", ""), ("", "t-2"), ("x", "t-2")]
    {
        refused(press(&scene, &ada, does, token).await, RequestInvalid).await;
    }
    for headers in [&[][..], &[("origin", "https://evil.example")], &[("sec-fetch-site", "same-site")]] {
        refused(scene.post(&ada, PAGE, headers, "token=t-2&do=authorise").await, CrossOrigin).await;
    }
    let ours = [("origin", scene.base.as_str())];
    refused(scene.post(&ada, "/sso/3/tokens", &ours, "token=t-2&do=authorise").await, NoConnection).await;
    // Whoever is not signed in, or has not logged in with SSO, is sent to do that, and nothing is done.
    let sign_in = scene.location(scene.visit(&Who::nobody(), PAGE).await).await;
    assert!(sign_in.ends_with("/login?next=%2Fsso%2F1%2Ftokens"), "{sign_in}");
    let elsewhere = scene.who("ada");
    let start = scene.location(press(&scene, &elsewhere, "authorise", "t-2").await).await;
    assert!(start.ends_with("/sso/1/start?return_to=%2Fsso%2F1%2Ftokens"), "{start}");
    assert!(!scene.is_logged_in(&with("ada", "t-2"), "1").await);
    scene.location(press(&scene, &ada, "authorise", "t-2").await).await;
    assert!(scene.is_logged_in(&with("ada", "t-2"), "1").await, "the twin");
}

#[tokio::test]
async fn a_page_of_tokens_that_cannot_be_told_is_503_and_lets_none_in() {
    let scene = scene(TokenPolicy::Authorized).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    for verb in [Verb::Viewer, Verb::Connection, Verb::Membership, Verb::SessionFind, Verb::Tokens] {
        for fault in [Fault::Fails, Fault::FailsLater] {
            scene.switch.set(Some((verb, fault)));
            let shown = scene.visit(&ada, PAGE).await;
            assert_eq!(shown.status(), StatusCode::SERVICE_UNAVAILABLE, "{verb:?}");
            let pressed = press(&scene, &ada, "authorise", "t-1").await;
            assert_eq!(pressed.status(), StatusCode::SERVICE_UNAVAILABLE, "{verb:?}");
            scene.switch.set(None);
            assert!(!scene.is_logged_in(&with("ada", "t-1"), "1").await, "{verb:?}");
        }
    }
    assert_eq!(scene.visit(&ada, PAGE).await.status(), StatusCode::OK, "the twin");
}

#[tokio::test]
async fn a_token_lives_by_its_owners_session_where_the_connection_says_so() {
    let scene = scene(TokenPolicy::OwnerSession).await;
    let (ada, token) = (scene.who("ada"), with("ada", "t-1"));
    // The challenge leads to the SSO login: there is nothing to authorize.
    let challenge = scene.ask(&token, "/acme/x").await;
    assert!(header(&challenge, "x-sso").ends_with("/sso/1/start"), "{challenge:?}");
    assert!(!scene.is_logged_in(&token, "1").await);
    scene.log_in(&ada, "1").await;
    assert!(scene.is_logged_in(&token, "1").await);
    // Not another account's, and not in another organization.
    assert!(!scene.is_logged_in(&scene.who("ada"), "1").await, "another browser is no token");
    assert!(!scene.is_logged_in(&token, "2").await);
    // It ends with the owner's: by an end, at its time, by another's SSO login never.
    let of = SessionsOf::Account("ada".into());
    let id = scene.sso.account_sessions(&"ada".into(), None).await.unwrap().sessions[0].id.clone();
    assert!(scene.sso.end_session(&id, &of).await.unwrap());
    assert!(!scene.is_logged_in(&token, "1").await);
    scene.hands.seconds(60);
    scene.log_in(&ada, "1").await;
    assert!(scene.is_logged_in(&token, "1").await);
    scene.hands.seconds(7 * 24 * 60 * 60);
    assert!(!scene.is_logged_in(&token, "1").await);
}

#[tokio::test]
async fn what_another_token_was_given_is_no_session_of_the_owners() {
    let scene = scene(TokenPolicy::OwnerSession).await;
    let (ada, token) = (scene.who("ada"), with("ada", "t-1"));
    scene.log_in(&ada, "1").await;
    scene.sso.authorize_token(&scene.proof(&ada).await, &"t-2".into()).await.unwrap();
    assert!(scene.is_logged_in(&token, "1").await, "the twin");
    scene.sso.revoke(RevocationScope::Credential(ada.presents())).await.unwrap();
    assert_eq!(scene.sso.account_sessions(&"ada".into(), None).await.unwrap().sessions.len(), 1);
    assert!(!scene.is_logged_in(&token, "1").await);
    assert!(!scene.is_logged_in(&with("ada", "t-2"), "1").await);
    // A list that can't be told is no "no", and no "yes".
    scene.log_in(&scene.who("ada"), "1").await;
    for fault in [Fault::Fails, Fault::FailsLater] {
        scene.switch.set(Some((Verb::SessionList, fault)));
        assert_eq!(scene.ask(&token, "/acme/x").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    scene.switch.set(Some((Verb::SessionList, Fault::Late)));
    assert!(scene.is_logged_in(&token, "1").await);
}

#[tokio::test]
async fn an_exempt_token_is_never_asked() {
    let scene = scene(TokenPolicy::Exempt).await;
    let response = scene.ask(&with("ada", "t-1"), "/acme/x").await;
    assert!(text(response).await.starts_with("Exempt"));
}

#[tokio::test]
async fn a_step_up_of_a_token_is_asked_of_its_owner() {
    let scene = scene(TokenPolicy::Authorized).await;
    let (ada, token) = (scene.who("ada"), with("ada", "t-1"));
    scene.log_in(&ada, "1").await;
    scene.location(press(&scene, &ada, "authorise", "t-1").await).await;
    let asked = tower_sso::StepUp::new().within(std::time::Duration::from_secs(600)).unwrap();
    let parts = scene.request(&token, "GET", "/x", &[]).into_parts().0;
    let challenge = |answer| match answer {
        Err(tower_sso::RequireError::Challenge(challenge)) => challenge,
        other => panic!("{other:?}"),
    };
    // The provider did not say when they signed in there.
    scene.hands.seconds(3600);
    let challenge = challenge(scene.sso.step_up(&parts, &"1".into(), &asked).await);
    assert_eq!(challenge.sso_url(), format!("{}{PAGE}?max_age=600", scene.base));
    let start = scene.location(scene.visit(&ada, challenge.sso_url()).await).await;
    let expected = "/sso/1/start?return_to=%2Fsso%2F1%2Ftokens%3Fmax_age%3D600&max_age=600";
    assert!(start.ends_with(expected), "{start}");
    assert!(scene.is_logged_in(&token, "1").await);
    // Logged in with SSO just now, they see what it has, and can take that back as well as give it more.
    let phone = ada.elsewhere();
    scene.log_in(&phone, "1").await;
    let shown = async || text(scene.visit(&phone, challenge.sso_url()).await).await;
    let page = shown().await;
    assert!(page.contains("Authorized, but not for what it was to do."), "{page}");
    assert_eq!((page.matches("Revoke<").count(), page.matches("Not authorized.").count()), (1, 1), "{page}");
    let form = "token=t-1&do=authorise&max_age=600";
    scene.location(scene.post(&phone, PAGE, &[("origin", &scene.base)], form).await).await;
    let page = shown().await;
    assert!(!page.contains("but not for what") && page.contains("Authorized until"), "{page}");
}
