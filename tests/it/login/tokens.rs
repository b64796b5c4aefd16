//! API tokens: the page on which an owner authorizes them, and what each policy requires.

use axum::response::Response;
use http::StatusCode;
use tower_sso::{
    connection::TokenPolicy,
    login::LoginErrorKind::{self, CrossOrigin, NoConnection, NotMember, NotSignedIn, RequestInvalid},
    session::{RevocationScope, SessionsOf},
    token::ApiToken,
};

use crate::{
    support::{header, text},
    test_app::{
        Actor, TestApp, TestConfig,
        fault::{Fault, Verb},
    },
};

const PAGE: &str = "/sso/1/tokens";

/// Returns an app in which ada has two tokens and mallory has one.
pub async fn app(policy: TokenPolicy) -> TestApp {
    let config = match policy {
        TokenPolicy::Authorized => TestConfig::default(),
        TokenPolicy::OwnerSession => {
            TestConfig { connection: |it| it.tokens(TokenPolicy::OwnerSession), ..TestConfig::default() }
        }
        TokenPolicy::Exempt => {
            TestConfig { connection: |it| it.tokens(TokenPolicy::Exempt), ..TestConfig::default() }
        }
    };
    let app = TestApp::of(config).await;
    let token = |id: &str, name: &str| ApiToken::new(id.into(), name);
    let tokens = [
        ("ada".into(), vec![token("t-1", "laptop"), token("t-2", "build <server>")]),
        ("mallory".into(), vec![token("t-9", "hers")]),
    ];
    app.host.state.tokens.lock().unwrap().extend(tokens);
    app
}

/// Returns an actor that presents this token of the account.
pub fn with(account: &str, token: &str) -> Actor {
    let who = Actor { account: Some(account.to_owned()), credential: token.to_owned(), ..Actor::nobody() };
    who.by_token()
}

async fn press(app: &TestApp, who: &Actor, does: &str, token: &str) -> Response {
    let form = format!("token={token}&do={does}");
    app.post(who, PAGE, &[("origin", &app.base)], form).await
}

#[tokio::test]
async fn an_owner_authorizes_a_token_at_the_address_in_its_challenge() {
    let app = app(TokenPolicy::Authorized).await;
    let (ada, token, other) = (app.actor("ada"), with("ada", "t-1"), with("ada", "t-2"));
    let basic = [("authorization", "Basic eDp5")];
    let challenge = app.send(app.request(&token, "GET", "/acme/x", &basic)).await;
    assert_eq!(challenge.status(), StatusCode::FORBIDDEN);
    let first = text(challenge).await.lines().next().unwrap().to_owned();
    let address = first.strip_prefix("Authorize this token at ").unwrap();
    // In a browser, the SSO login comes first and leads back to the page.
    let start = app.location(app.visit(&ada, address).await).await;
    let back = format!("{}/sso/1/start?return_to=%2Fsso%2F1%2Ftokens", app.base);
    assert_eq!(start, back);
    app.log_in(&ada, "1").await;
    let page = app.visit(&ada, address).await;
    assert_eq!(header(&page, "cache-control"), "no-store");
    assert_eq!(header(&page, "referrer-policy"), "same-origin");
    let page = text(page).await;
    assert!(page.contains("laptop") && page.contains("build &lt;server&gt;"), "{page}");
    assert_eq!(page.matches("Not authorized.").count(), 2, "{page}");
    assert!(!page.contains("hers") && !page.contains("<script"), "{page}");

    let pressed = press(&app, &ada, "authorise", "t-1").await;
    assert_eq!(app.location(pressed).await, address);
    assert!(app.is_logged_in(&token, "1").await);
    assert!(!app.is_logged_in(&other, "1").await);
    assert_eq!(app.actions().last(), Some(&"token.authorized"));
    let page = text(app.visit(&ada, address).await).await;
    assert!(page.contains("Authorized until <time") && page.contains(">Revoke</button>"), "{page}");
    assert_eq!(page.matches("Not authorized.").count(), 1, "{page}");

    app.location(press(&app, &ada, "revoke", "t-1").await).await;
    assert!(!app.is_logged_in(&token, "1").await);
    assert!(app.is_logged_in(&ada, "1").await, "the owner's own session is kept");
    assert_eq!(app.actions().last(), Some(&"session.revoked"));
}

#[tokio::test]
async fn only_an_owner_with_a_fresh_browser_session_authorizes_their_own_tokens() {
    let app = app(TokenPolicy::Authorized).await;
    let (ada, mallory, eve) = (app.actor("ada"), app.actor("mallory"), app.actor("eve"));
    app.log_in(&ada, "1").await;
    app.location(press(&app, &ada, "authorise", "t-1").await).await;
    app.count_finished();
    let let_in = with("ada", "t-1");
    assert!(app.is_logged_in(&let_in, "1").await, "the accepted counterpart");
    let refused = async |response: Response, kind: LoginErrorKind| {
        app.refused(response, kind).await;
        assert!(!app.is_logged_in(&with("ada", "t-2"), "1").await, "{kind:?}");
    };
    // A token cannot authorize tokens, not even an authorized one. Other accounts cannot either, and nobody can
    // authorize another account's token.
    refused(press(&app, &let_in, "authorise", "t-2").await, NotSignedIn).await;
    refused(app.visit(&let_in, PAGE).await, NotSignedIn).await;
    refused(press(&app, &mallory, "authorise", "t-9").await, NotMember).await;
    refused(press(&app, &eve, "authorise", "t-2").await, NotMember).await;
    for (does, token) in
        [("authorise", "t-9"), ("authorise", "t-3"), ("authorise", ""), ("", "t-2"), ("x", "t-2")]
    {
        refused(press(&app, &ada, does, token).await, RequestInvalid).await;
    }
    for headers in [&[][..], &[("origin", "https://evil.example")], &[("sec-fetch-site", "same-site")]] {
        refused(app.post(&ada, PAGE, headers, "token=t-2&do=authorise").await, CrossOrigin).await;
    }
    let ours = [("origin", app.base.as_str())];
    refused(app.post(&ada, "/sso/3/tokens", &ours, "token=t-2&do=authorise").await, NoConnection).await;
    // A visitor who is not signed in, or who has not logged in with SSO, is sent to do that, and nothing is authorized.
    let sign_in = app.location(app.visit(&Actor::nobody(), PAGE).await).await;
    assert!(sign_in.ends_with("/login?next=%2Fsso%2F1%2Ftokens"), "{sign_in}");
    let elsewhere = app.actor("ada");
    let start = app.location(press(&app, &elsewhere, "authorise", "t-2").await).await;
    assert!(start.ends_with("/sso/1/start?return_to=%2Fsso%2F1%2Ftokens"), "{start}");
    assert!(!app.is_logged_in(&with("ada", "t-2"), "1").await);
    app.location(press(&app, &ada, "authorise", "t-2").await).await;
    assert!(app.is_logged_in(&with("ada", "t-2"), "1").await, "the accepted counterpart");
}

#[tokio::test]
async fn a_failed_lookup_for_the_tokens_page_is_503_and_authorizes_none() {
    let app = app(TokenPolicy::Authorized).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    for verb in [Verb::Viewer, Verb::Connection, Verb::Membership, Verb::SessionFind, Verb::Tokens] {
        for fault in [Fault::Fails, Fault::FailsLater] {
            app.faults.set(Some((verb, fault)));
            let shown = app.visit(&ada, PAGE).await;
            assert_eq!(shown.status(), StatusCode::SERVICE_UNAVAILABLE, "{verb:?}");
            let pressed = press(&app, &ada, "authorise", "t-1").await;
            assert_eq!(pressed.status(), StatusCode::SERVICE_UNAVAILABLE, "{verb:?}");
            app.faults.set(None);
            assert!(!app.is_logged_in(&with("ada", "t-1"), "1").await, "{verb:?}");
        }
    }
    assert_eq!(app.visit(&ada, PAGE).await.status(), StatusCode::OK, "the accepted counterpart");
}

#[tokio::test]
async fn an_owner_session_token_passes_while_its_owner_has_a_session() {
    let app = app(TokenPolicy::OwnerSession).await;
    let (ada, token) = (app.actor("ada"), with("ada", "t-1"));
    // The challenge leads to the SSO login, because no token has to be authorized.
    let challenge = app.ask(&token, "/acme/x").await;
    assert!(header(&challenge, "x-sso").ends_with("/sso/1/start"), "{challenge:?}");
    assert!(!app.is_logged_in(&token, "1").await);
    app.log_in(&ada, "1").await;
    assert!(app.is_logged_in(&token, "1").await);
    // The owner's session does not count for another browser or in another organization.
    assert!(!app.is_logged_in(&app.actor("ada"), "1").await, "another browser is not a token");
    assert!(!app.is_logged_in(&token, "2").await);
    // The token's access ends when the owner's session is ended or expires. A later SSO login does not end it.
    let of = SessionsOf::Account("ada".into());
    let id = app.sso.account_sessions(&"ada".into(), None).await.unwrap().sessions[0].id.clone();
    assert!(app.sso.end_session(&id, &of).await.unwrap());
    assert!(!app.is_logged_in(&token, "1").await);
    app.clock.seconds(60);
    app.log_in(&ada, "1").await;
    assert!(app.is_logged_in(&token, "1").await);
    app.clock.seconds(7 * 24 * 60 * 60);
    assert!(!app.is_logged_in(&token, "1").await);
}

#[tokio::test]
async fn an_authorized_token_does_not_count_as_a_session_of_its_owner() {
    let app = app(TokenPolicy::OwnerSession).await;
    let (ada, token) = (app.actor("ada"), with("ada", "t-1"));
    app.log_in(&ada, "1").await;
    app.sso.authorize_token(&app.proof(&ada).await, &"t-2".into()).await.unwrap();
    assert!(app.is_logged_in(&token, "1").await, "the accepted counterpart");
    app.sso.revoke(RevocationScope::Credential(ada.presents())).await.unwrap();
    assert_eq!(app.sso.account_sessions(&"ada".into(), None).await.unwrap().sessions.len(), 1);
    assert!(!app.is_logged_in(&token, "1").await);
    assert!(!app.is_logged_in(&with("ada", "t-2"), "1").await);
    // A session list that can't be read is neither a "no" nor a "yes".
    app.log_in(&app.actor("ada"), "1").await;
    for fault in [Fault::Fails, Fault::FailsLater] {
        app.faults.set(Some((Verb::SessionList, fault)));
        assert_eq!(app.ask(&token, "/acme/x").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    app.faults.set(Some((Verb::SessionList, Fault::Late)));
    assert!(app.is_logged_in(&token, "1").await);
}

#[tokio::test]
async fn an_exempt_token_is_never_challenged() {
    let app = app(TokenPolicy::Exempt).await;
    let response = app.ask(&with("ada", "t-1"), "/acme/x").await;
    assert!(text(response).await.starts_with("Exempt"));
}

#[tokio::test]
async fn a_step_up_for_a_token_is_requested_from_its_owner() {
    let app = app(TokenPolicy::Authorized).await;
    let (ada, token) = (app.actor("ada"), with("ada", "t-1"));
    app.log_in(&ada, "1").await;
    app.location(press(&app, &ada, "authorise", "t-1").await).await;
    let asked = tower_sso::StepUp::new().within(std::time::Duration::from_secs(600)).unwrap();
    let parts = app.request(&token, "GET", "/x", &[]).into_parts().0;
    let challenge = |answer| match answer {
        Err(tower_sso::RequireError::Challenge(challenge)) => challenge,
        other => panic!("{other:?}"),
    };
    // The provider did not say when the owner authenticated there.
    app.clock.seconds(3600);
    let challenge = challenge(app.sso.step_up(&parts, &"1".into(), &asked).await);
    assert_eq!(challenge.sso_url(), format!("{}{PAGE}?max_age=600", app.base));
    let start = app.location(app.visit(&ada, challenge.sso_url()).await).await;
    let expected = "/sso/1/start?return_to=%2Fsso%2F1%2Ftokens%3Fmax_age%3D600&max_age=600";
    assert!(start.ends_with(expected), "{start}");
    assert!(app.is_logged_in(&token, "1").await);
    // Right after an SSO login, the owner sees what the token has, and can revoke it or authorize it for more.
    let phone = ada.elsewhere();
    app.log_in(&phone, "1").await;
    let shown = async || text(app.visit(&phone, challenge.sso_url()).await).await;
    let page = shown().await;
    assert!(page.contains("Authorized, but not for what it was to do."), "{page}");
    assert_eq!((page.matches("Revoke<").count(), page.matches("Not authorized.").count()), (1, 1), "{page}");
    let form = "token=t-1&do=authorise&max_age=600";
    app.location(app.post(&phone, PAGE, &[("origin", &app.base)], form).await).await;
    let page = shown().await;
    assert!(!page.contains("but not for what") && page.contains("Authorized until"), "{page}");
}
