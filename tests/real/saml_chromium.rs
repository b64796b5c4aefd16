//! A SAML SSO login in Chromium, with the provider on another site: which cookies are sent where.

use serde_json::json;
use tower_sso::saml::RequestBinding;

use crate::{
    chromium::{Chromium, Step},
    running_saml_app::{RunningSamlApp, Source, provider, requests},
    saml_provider::SamlProviderKind,
};

/// Whether pages continue by themselves.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Script {
    On,
    Off,
}

async fn log_in(maker: SamlProviderKind, binding: RequestBinding, script: Script) {
    let mut provider = provider(maker).await;
    let app = RunningSamlApp::new(&mut provider, Source::Url, requests(binding, false)).await;
    provider.know(&[app.metadata().await]).await;
    let mut chromium = match script {
        Script::On => Chromium::start().await,
        Script::Off => Chromium::without_script().await,
    };
    let mut steps = vec![
        Step::Goto(app.url("/login?as=ada.1&same_site=Lax")),
        Step::Goto(app.url("/acme/plans")),
        Step::WaitForUrl("/start?return_to=".to_owned()),
        Step::Click("#begin button, form[action$=begin] button"),
    ];
    if script == Script::Off && binding == RequestBinding::Post {
        steps.push(Step::Click("form[action^='http://localhost:'] button"));
    }
    steps.extend([
        Step::WaitForUrl("http://localhost:".to_owned()),
        Step::Fill { selector: "input[name=login]", value: "ada".to_owned() },
        Step::Fill { selector: "input[name=password]", value: "right".to_owned() },
        Step::Click("button[value=sign-in]"),
    ]);
    if script == Script::Off {
        steps.push(Step::Click("input[type=submit]"));
    }
    steps.push(Step::WaitForUrl(app.url("/acme/plans")));
    let outcome = chromium.run(&steps).await;
    let what = format!("{maker}, {binding:?}, script {script:?}");
    assert_eq!(outcome.text.trim(), "plans of acme for ada", "{what}");
    let ours: Vec<_> = outcome.errors.iter().filter(|error| error.contains(&app.url("/"))).collect();
    assert!(ours.is_empty(), "{what}: {ours:?}");

    let acs: Vec<_> = outcome.requests.iter().filter(|it| it.url == app.acs()).collect();
    assert_eq!(acs.len(), 1, "{what}");
    assert_eq!((&*acs[0].method, acs[0].status), ("POST", Some(303)), "{what}");
    assert_eq!(acs[0].headers.get("cookie"), None, "{what}: the answer comes from another site");
    assert_eq!(acs[0].headers.get("origin").map(String::as_str), Some(provider.url("").as_str()), "{what}");
    let finish = outcome.requests.iter().find(|it| it.url.contains("/finish?ticket=")).unwrap();
    assert_eq!(finish.headers.get("cookie").map(String::as_str), Some("login=ada.1"), "{what}");
    let asked = provider.messages().await.pop().unwrap();
    let by = if binding == RequestBinding::Post { "post" } else { "redirect" };
    assert_eq!(asked.binding, by, "{what}");
    chromium.close().await;
}

#[tokio::test]
async fn the_posted_response_carries_no_cookie_and_the_finish_does() {
    log_in(SamlProviderKind::Pysaml2, RequestBinding::Redirect, Script::On).await;
}

#[tokio::test]
async fn a_posted_request_is_submitted_by_script() {
    log_in(SamlProviderKind::Samlp, RequestBinding::Post, Script::On).await;
}

#[tokio::test]
async fn a_posted_request_is_submitted_by_a_button_without_script() {
    for maker in SamlProviderKind::ALL {
        log_in(maker, RequestBinding::Post, Script::Off).await;
    }
}

/// Logs in with SSO and out again with forms on a page whose policy is `form-action 'self'`, which Chromium applies to
/// every redirect that answers them.
async fn in_and_out(maker: SamlProviderKind, (ours, theirs): (RequestBinding, &str), script: Script) {
    let mut provider = provider(maker).await;
    let app = RunningSamlApp::new(&mut provider, Source::Xml, requests(ours, true)).await;
    provider.know(&[app.metadata().await]).await;
    provider.serve(json!({ "logout": theirs, "signed_requests": true })).await;
    let mut chromium = match script {
        Script::On => Chromium::start().await,
        Script::Off => Chromium::without_script().await,
    };
    let what = format!("{maker}, we {ours:?}, they {theirs}, script {script:?}");
    // The button that a page with a message to the other party needs if no script submits it.
    let on =
        |posts: bool, button: &'static str| (posts && script == Script::Off).then_some(Step::Click(button));
    let to_provider = || on(ours == RequestBinding::Post, "form[action^='http://localhost:'] button");
    let mut steps = vec![
        Step::Goto(app.url("/login?as=ada.1&same_site=Lax")),
        Step::Goto(app.url("/leave/acme/now")),
        Step::Click("#enter button"),
    ];
    steps.extend(to_provider());
    steps.extend([
        Step::WaitForUrl("http://localhost:".to_owned()),
        Step::Fill { selector: "input[name=login]", value: "ada".to_owned() },
        Step::Fill { selector: "input[name=password]", value: "right".to_owned() },
        Step::Click("button[value=sign-in]"),
    ]);
    steps.extend(on(true, "input[type=submit]"));
    steps.extend([
        Step::WaitForUrl(app.url("/acme/plans")),
        Step::Goto(app.url("/leave/acme/now?logout")),
        Step::Click("#leave button"),
    ]);
    steps.extend(to_provider());
    steps.extend(on(theirs == "post", "input[type=submit], form[action$='/saml/slo'] button"));
    steps.push(Step::WaitForUrl(app.url("/leave/acme/now?logout-done")));
    let outcome = chromium.run(&steps).await;
    assert_eq!(app.actions().last(), Some(&"logout.finished"), "{what}: {}", app.said());
    let ours: Vec<_> = outcome.errors.iter().filter(|error| error.contains(&app.url("/"))).collect();
    assert!(ours.is_empty(), "{what}: {ours:?}");
    chromium.close().await;
}

#[tokio::test]
async fn logging_in_and_out_works_from_a_page_with_form_action_self() {
    for maker in SamlProviderKind::ALL {
        for bindings in [
            (RequestBinding::Redirect, "redirect"),
            (RequestBinding::Redirect, "post"),
            (RequestBinding::Post, "redirect"),
        ] {
            in_and_out(maker, bindings, Script::On).await;
        }
        in_and_out(maker, (RequestBinding::Redirect, "redirect"), Script::Off).await;
    }
}

/// The provider posts its request, and we answer with a redirect, which its page might forbid.
#[tokio::test]
async fn a_posted_logout_request_is_answered_by_redirect_in_chromium() {
    let mut provider = provider(SamlProviderKind::Pysaml2).await;
    let app = RunningSamlApp::new(&mut provider, Source::Xml, requests(RequestBinding::Redirect, true)).await;
    provider.know(&[app.metadata().await]).await;
    provider.serve(json!({ "logout": "post", "signed_requests": true })).await;
    let mut chromium = Chromium::start().await;
    let outcome = chromium
        .run(&[
            Step::Goto(app.url("/login?as=ada.1&same_site=Lax")),
            Step::Goto(app.url("/leave/acme/now")),
            Step::Click("#enter button"),
            Step::WaitForUrl("http://localhost:".to_owned()),
            Step::Fill { selector: "input[name=login]", value: "ada".to_owned() },
            Step::Fill { selector: "input[name=password]", value: "right".to_owned() },
            Step::Click("button[value=sign-in]"),
            Step::WaitForUrl(app.url("/acme/plans")),
            Step::Goto(provider.url("/sign-out")),
            Step::WaitForUrl("SAMLResponse=".to_owned()),
        ])
        .await;
    assert_eq!(provider.finished().await, ["Success"], "{}", app.said());
    assert_eq!(app.actions().last(), Some(&"logout.received"));
    let slo: Vec<_> = outcome.requests.iter().filter(|it| it.url.ends_with("/saml/slo")).collect();
    let by: Vec<_> = slo.iter().map(|it| (it.method.as_str(), it.status)).collect();
    assert_eq!(by, [("POST", Some(200))], "the answer is a page and not a redirect");
    chromium.close().await;
}
