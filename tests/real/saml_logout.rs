//! Single logout between a running app and SAML providers that we did not write: in both directions, with both
//! bindings.

use axum::http::StatusCode;
use serde_json::json;
use tower_sso::{Credential, directory::LogoutBy, login::LoginErrorKind, saml::RequestBinding};

use crate::{
    browser::{Browser, Field},
    running_saml_app::{RunningSamlApp, Source, provider, requests},
    saml_provider::{SamlProvider, SamlProviderKind},
};

/// Our binding and the provider's.
const BINDINGS: [(RequestBinding, &str); 4] = [
    (RequestBinding::Redirect, "redirect"),
    (RequestBinding::Redirect, "post"),
    (RequestBinding::Post, "redirect"),
    (RequestBinding::Post, "post"),
];

/// Starts an app that signs what it sends, with a provider that accepts nothing else.
async fn app(provider: &mut SamlProvider, (ours, theirs): (RequestBinding, &str)) -> RunningSamlApp {
    let app = RunningSamlApp::new(provider, Source::Xml, requests(ours, true)).await;
    provider.know(&[app.metadata().await]).await;
    provider.serve(json!({ "logout": theirs, "signed_requests": true })).await;
    app
}

/// Returns two browsers of ada's, each with its own session at the provider, and one of bob's. All are logged in with
/// SSO.
async fn three(app: &RunningSamlApp) -> [Browser; 3] {
    let mut browsers = [Browser::new(), Browser::new(), Browser::new()];
    for (browser, login) in browsers.iter_mut().zip(["ada", "ada", "bob"]) {
        let (status, text) = app.login_as(browser, login).await;
        let expected = format!("plans of acme for {login}");
        assert_eq!((status, text), (StatusCode::OK, expected), "{}\n{}", app.said(), browser.trail());
    }
    app.actions();
    browsers
}

/// Returns for which of them the guarded page opens. The others are asked to log in with SSO.
async fn who_is_in(app: &RunningSamlApp, browsers: &mut [Browser; 3]) -> [bool; 3] {
    let mut open = [false; 3];
    for (browser, open) in browsers.iter_mut().zip(&mut open) {
        let page = browser.navigate(app.url("/acme/plans")).await;
        *open = page.url.path().ends_with("/plans");
        assert!(*open || page.url.path().ends_with("/start"), "{}", page.url);
    }
    open
}

/// Continues from page to page, as a browser without scripts does, as long as there is a form with a message.
async fn resume(browser: &mut Browser) {
    let message = |it: &Field| matches!(it.name.as_deref(), Some("SAMLRequest" | "SAMLResponse"));
    while browser.page().document.forms.iter().any(|form| form.fields.iter().any(message)) {
        browser.submit_through("", &[]).await;
    }
}

/// Asserts that the app was told once about this many sessions of ada's, and returns their credentials.
fn told(app: &RunningSamlApp, by: LogoutBy, count: usize, what: &str) -> Vec<Credential> {
    let logouts = app.logouts();
    assert_eq!(logouts.len(), 1, "{what}: {logouts:?}");
    assert_eq!((logouts[0].by, logouts[0].ended.len()), (by, count), "{what}: {logouts:?}");
    assert!(logouts[0].ended.iter().all(|it| it.account.as_str() == "ada"), "{what}: {logouts:?}");
    logouts[0].ended.iter().map(|it| it.credential.clone()).collect()
}

#[tokio::test]
async fn a_logout_here_ends_one_session_here_and_at_the_provider() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        for bindings in BINDINGS {
            let what = format!("{maker}, {bindings:?}");
            let app = app(&mut provider, bindings).await;
            let mut browsers = three(&app).await;
            provider.messages().await;
            let one = &mut browsers[0];
            one.navigate(app.url("/leave/acme/now")).await;
            one.submit_through("saml/logout", &[]).await;
            resume(one).await;
            assert_eq!(one.page().url.as_str(), app.url("/leave/acme/now"), "{what}: {}", app.said());
            let actions = ["session.revoked", "logout.begun", "logout.finished"];
            assert_eq!(app.actions(), actions, "{what}");
            let sent = provider.messages().await;
            let by = if bindings.0 == RequestBinding::Post { "post" } else { "redirect" };
            assert_eq!((sent.len(), &*sent[0].binding, sent[0].signed), (1, by, true), "{what}");
            assert_eq!(who_is_in(&app, &mut browsers).await, [false, true, true], "{what}");
            told(&app, LogoutBy::Viewer, 1, &what);
            // The session at the provider has ended too: it asks who the user is.
            app.begin(&mut browsers[0]).await;
            assert_eq!(browsers[0].page().title(), "Sign in at the provider", "{what}");
        }
    }
}

#[tokio::test]
async fn a_logout_at_the_provider_ends_only_the_session_of_that_browser() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        for bindings in BINDINGS {
            let what = format!("{maker}, {bindings:?}");
            let app = app(&mut provider, bindings).await;
            let mut browsers = three(&app).await;
            browsers[0].navigate(provider.url("/sign-out")).await;
            resume(&mut browsers[0]).await;
            let page = browsers[0].page();
            assert_eq!(page.url.host_str(), Some("localhost"), "{what}: {}\n{}", page.text(), app.said());
            assert!(page.status.is_success(), "{what}: {}", page.text());
            assert_eq!(provider.finished().await, ["Success"], "{what}");
            assert_eq!(app.actions(), ["session.revoked", "logout.received"], "{what}");
            assert_eq!(who_is_in(&app, &mut browsers).await, [false, true, true], "{what}");
            told(&app, LogoutBy::Provider, 1, &what);
            // A user who logs in with SSO again passes again.
            let (status, text) = app.log_in(&mut browsers[0]).await;
            assert_eq!((status, &*text), (StatusCode::OK, "plans of acme for ada"), "{what}: {}", app.said());
        }
    }
}

#[tokio::test]
async fn a_logout_request_without_an_index_ends_every_session_of_that_user_only() {
    let mut provider = provider(SamlProviderKind::Pysaml2).await;
    for bindings in BINDINGS {
        let what = format!("{bindings:?}");
        let app = app(&mut provider, bindings).await;
        let mut browsers = three(&app).await;
        browsers[0].navigate(provider.url("/sign-out?all=1")).await;
        resume(&mut browsers[0]).await;
        assert_eq!(provider.finished().await, ["Success"], "{what}: {}", app.said());
        assert_eq!(who_is_in(&app, &mut browsers).await, [false, false, true], "{what}");
        let credentials = told(&app, LogoutBy::Provider, 2, &what);
        assert_ne!(credentials[0], credentials[1], "{what}");
    }
}

#[tokio::test]
async fn a_logout_request_of_a_provider_counts_once() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let app = app(&mut provider, (RequestBinding::Redirect, "redirect")).await;
        let mut browsers = three(&app).await;
        browsers[0].navigate(provider.url("/sign-out")).await;
        assert_eq!(provider.finished().await, ["Success"], "{maker}");
        let mut hops = browsers[0].hops().iter().map(|hop| hop.url.clone());
        let request = hops.find(|url| url.path().ends_with("/saml/slo")).unwrap();
        app.log_in(&mut browsers[0]).await;
        let refused = |kind: LoginErrorKind| (vec![kind], kind.status().as_u16());
        let again = reqwest::get(request).await.unwrap().status().as_u16();
        assert_eq!((app.refusals(), again), refused(LoginErrorKind::SamlReplayed), "{maker}");
        assert_eq!(who_is_in(&app, &mut browsers).await, [true, true, true], "{maker}");
    }
}
