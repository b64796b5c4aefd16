//! Single logout between the app and a whole provider: in both directions, with both bindings, and with the mistakes
//! that a provider can make.

use tower_sso::{
    directory::LogoutBy,
    login::LoginErrorKind::{self, *},
    saml::{RequestBinding, SamlSettings},
};
use tower_sso_test_idp::{Change, Lie, SamlBinding, SamlForgery, SamlLie, SigningAlg, TestKey};

use super::{flow::signed_in, logout_messages::sign_out};
use crate::{
    browser::Browser,
    test_app::{Actor, TestApp, TestConfig, email},
};

const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const ENDED_HERE: &str = "Your single sign-on has ended here.";

fn certificate() -> String {
    TestKey::shared(SigningAlg::Es256).unwrap().certificate_pem("the app").unwrap()
}

fn signs(settings: SamlSettings) -> SamlSettings {
    settings
        .signing_key(TestKey::shared(SigningAlg::Es256).unwrap().private_key_pem().unwrap(), certificate())
}

/// Both sides sign what they send. We use one binding and the provider uses the other.
fn config(ours: RequestBinding, theirs: SamlBinding) -> TestConfig {
    let posts: fn(SamlSettings) -> SamlSettings = |it| signs(it).request_binding(RequestBinding::Post);
    TestConfig {
        saml: Some(if ours == RequestBinding::Post { posts } else { signs }),
        saml_metadata: true,
        saml_logout: Some(theirs),
        service_provider: |provider| provider.require_signed_requests(certificate()),
        crowd: 1,
        ..TestConfig::default()
    }
}

const BINDINGS: [(RequestBinding, SamlBinding); 4] = [
    (RequestBinding::Redirect, SamlBinding::Redirect),
    (RequestBinding::Redirect, SamlBinding::Post),
    (RequestBinding::Post, SamlBinding::Redirect),
    (RequestBinding::Post, SamlBinding::Post),
];

/// Ends all of ada's sessions at the provider and returns its request, which is on its way to the app.
async fn ended_there(app: &TestApp) -> String {
    app.carried(&app.acme.saml_sign_out_url(Some(&email("ada")))).await.unwrap()
}

/// Brings the provider's request to the app and the response back, and returns the page at the end.
async fn through(app: &TestApp, request: &str) -> String {
    let answered = app.visit(&Actor::nobody(), request).await;
    let answer = app.to_provider(answered).await;
    let (status, page) = app.carried(&answer).await.unwrap_err();
    assert_eq!(status, 200, "{page}");
    page
}

/// Continues from page to page, as a browser without scripts does, as long as there is a form with a message.
async fn resume(browser: &mut Browser) {
    let message = |it: &crate::browser::Field| {
        it.name.as_deref().is_some_and(|name| name == "SAMLRequest" || name == "SAMLResponse")
    };
    while browser.page().document.forms.iter().any(|form| form.fields.iter().any(message)) {
        browser.submit_through("saml/slo", &[]).await;
    }
}

async fn log_in(app: &TestApp, browser: &mut Browser) {
    browser.navigate(app.url("/acme/x")).await;
    browser.submit_through("begin", &[]).await;
    if browser.page().document.forms.iter().any(|form| form.action.ends_with("/saml/sso")) {
        browser.submit("/saml/sso", &[]).await;
    }
    browser.submit("sign-in", &[("email", "ada@acme.example"), ("password", "a password")]).await;
    browser.submit("/saml/acs", &[]).await;
    assert_eq!(browser.page().text(), "Fresh ada at /acme/x", "{}", browser.trail());
}

/// Returns whether the browser can open the guarded page.
async fn is_in(app: &TestApp, browser: &mut Browser) -> bool {
    browser.navigate(app.url("/acme/x")).await.text() == "Fresh ada at /acme/x"
}

#[tokio::test]
async fn a_logout_of_a_user_at_the_provider_ends_their_sessions_in_every_browser() {
    for (ours, theirs) in BINDINGS {
        let what = format!("we {ours:?}, they {theirs:?}");
        let app = TestApp::of(config(ours, theirs)).await;
        let [one, two, other] = [app.actor("ada"), app.actor("ada"), app.actor("user-0")];
        for who in [&one, &two, &other] {
            app.log_in(who, "1").await;
        }
        let page = through(&app, &ended_there(&app).await).await;
        assert!(page.contains("/saml/metadata has signed you out."), "{what}: {page}");
        for (who, stays) in [(&one, false), (&two, false), (&other, true)] {
            assert_eq!(app.is_logged_in(who, "1").await, stays, "{what}");
        }
        let told = std::mem::take(&mut *app.host.state.logouts.lock().unwrap());
        assert_eq!(told.len(), 1, "{what}");
        assert_eq!((told[0].by, told[0].ended.len()), (LogoutBy::Provider, 2), "{what}");
    }
}

#[tokio::test]
async fn a_logout_at_the_provider_ends_only_the_session_of_that_browser() {
    for (ours, theirs) in BINDINGS {
        let what = format!("we {ours:?}, they {theirs:?}");
        let app = TestApp::of(config(ours, theirs)).await;
        let [mut one, mut two] = [signed_in(&app, "ada", "1"), signed_in(&app, "ada", "2")];
        for browser in [&mut one, &mut two] {
            log_in(&app, browser).await;
            app.clock.seconds(31);
        }
        one.navigate(app.acme.saml_sign_out_url(None)).await;
        resume(&mut one).await;
        let page = one.page().text();
        assert!(page.contains("/saml/metadata has signed you out."), "{what}: {page}\n{}", one.trail());
        assert!(!is_in(&app, &mut one).await && is_in(&app, &mut two).await, "{what}");
    }
}

#[tokio::test]
async fn a_logout_here_ends_the_session_here_and_at_the_provider_and_returns() {
    for (ours, theirs) in BINDINGS {
        let what = format!("we {ours:?}, they {theirs:?}");
        let app = TestApp::of(config(ours, theirs)).await;
        let [mut one, mut two] = [signed_in(&app, "ada", "1"), signed_in(&app, "ada", "2")];
        for browser in [&mut one, &mut two] {
            log_in(&app, browser).await;
            app.clock.seconds(31);
        }
        app.actions();
        one.navigate(app.url("/leave")).await;
        one.submit_through("saml/logout", &[]).await;
        resume(&mut one).await;
        assert_eq!(one.page().url.as_str(), app.url("/leave"), "{what}: {}", one.trail());
        assert_eq!(app.actions(), ["session.revoked", "logout.begun", "logout.finished"], "{what}");
        assert!(!is_in(&app, &mut one).await && is_in(&app, &mut two).await, "{what}");
        // The provider asks who the user is, because its session has ended too.
        one.submit_through("begin", &[]).await;
        if ours == RequestBinding::Post {
            one.submit("/saml/sso", &[]).await;
        }
        assert!(one.page().url.path().ends_with("/saml/sso"), "{what}: {}", one.trail());
        assert!(one.page().document.forms.iter().any(|form| form.action.ends_with("/sign-in")), "{what}");
    }
}

/// Returns the mistakes that a provider can make in any of its messages.
fn lies(name: &str) -> Vec<(Lie, LoginErrorKind)> {
    let attribute = |attribute: &str, value: &str| Lie::from(SamlLie::attribute(name, attribute, value));
    vec![
        (Lie::saml_signature(SamlForgery::Unsigned), SamlSignatureMissing),
        (Lie::saml_signature(SamlForgery::OtherKey), SamlSignatureInvalid),
        (Lie::saml_signature(SamlForgery::EmbeddedCertificate), SamlSignatureInvalid),
        (Lie::saml_signature(SamlForgery::Garbled), SamlSignatureInvalid),
        (Lie::saml_signature(SamlForgery::OtherDigest), SamlSignatureInvalid),
        (SamlLie::after_signing(">http://", ">http://x").into(), SamlSignatureInvalid),
        (Lie::saml_signature(SamlForgery::Algorithm(RSA_SHA1.to_owned())), SamlAlgorithmRefused),
        (SamlLie::text(&format!("{name}/Issuer"), "https://other.example").into(), SamlIssuerWrong),
        (SamlLie::without(format!("{name}/Issuer")).into(), SamlIssuerWrong),
        (attribute("Destination", "https://other.example/slo"), SamlDestinationWrong),
        (SamlLie::no_attribute(name, "Destination").into(), SamlDestinationWrong),
        (attribute("IssueInstant", "2020-01-01T00:00:00Z"), SamlIssueInstantWrong),
        (attribute("IssueInstant", "2099-01-01T00:00:00Z"), SamlIssueInstantWrong),
        (Lie::callback("RelayState", Change::Doubled), ParameterRepeated),
    ]
}

#[tokio::test]
async fn an_invalid_logout_request_of_the_provider_ends_nothing() {
    for theirs in [SamlBinding::Redirect, SamlBinding::Post] {
        let app = TestApp::of(config(RequestBinding::Redirect, theirs)).await;
        let ada = app.actor("ada");
        app.log_in(&ada, "1").await;
        let mut all = lies("LogoutRequest");
        // A request from the provider has no RelayState.
        all.pop();
        if theirs == SamlBinding::Post {
            all.extend([
                (Lie::saml_signature(SamlForgery::Reference(String::new())), SamlSignatureShape),
                (Lie::saml_signature(SamlForgery::Transform(XPATH.to_owned())), SamlSignatureShape),
                (Lie::saml_signature(SamlForgery::Digest(SHA1.to_owned())), SamlAlgorithmRefused),
            ]);
        }
        all.extend([
            (SamlLie::attribute("LogoutRequest", "NotOnOrAfter", "2020-01-01T00:00:00Z").into(), SamlExpired),
            (SamlLie::without("LogoutRequest/NameID").into(), SamlLogoutInvalid),
            (SamlLie::text("LogoutRequest/NameID", "").into(), SamlNameIdInvalid),
            (Lie::callback("SAMLRequest", Change::Doubled), ParameterRepeated),
            (Lie::callback("SAMLRequest", Change::Missing), SamlEncodingInvalid),
            (Lie::callback("SAMLRequest", Change::Value("!".to_owned())), SamlEncodingInvalid),
        ]);
        for (lie, kind) in all {
            let what = format!("{theirs:?}, {lie:?}");
            app.acme.lie(lie);
            let request = ended_there(&app).await;
            app.acme.honest();
            let response = app.visit(&Actor::nobody(), &request).await;
            assert_eq!(response.status(), kind.status(), "{what}: {:?}", app.last());
            app.refused(response, kind).await;
            assert!(app.is_logged_in(&ada, "1").await, "{what}");
            // The provider has forgotten its session, so ada logs in with SSO there again.
            app.clock.seconds(31);
            app.log_in(&ada, "1").await;
        }
        assert_eq!(*app.host.state.logouts.lock().unwrap(), []);
        through(&app, &ended_there(&app).await).await;
        assert!(!app.is_logged_in(&ada, "1").await, "the accepted counterpart");
    }
}

#[tokio::test]
async fn a_logout_request_about_another_user_or_session_ends_nothing_here() {
    const CONFIRMED: &str = "/saml/metadata has signed you out.";
    const NOT_CONFIRMED: &str = "/saml/metadata has not confirmed that it signed you out.";
    for (lie, ends, said) in [
        // The session of that SessionIndex is still active, and nobody is told otherwise.
        (Some(SamlLie::text("LogoutRequest/NameID", "user-0@acme.example")), false, NOT_CONFIRMED),
        (Some(SamlLie::attribute("LogoutRequest/NameID", "Format", TRANSIENT)), false, NOT_CONFIRMED),
        (Some(SamlLie::text("SessionIndex", "another")), false, CONFIRMED),
        (Some(SamlLie::attribute("LogoutRequest/NameID", "Format", "urn:x:other")), true, CONFIRMED),
        (Some(SamlLie::no_attribute("LogoutRequest/NameID", "Format")), true, CONFIRMED),
        (None, true, CONFIRMED),
    ] {
        let app = TestApp::of(config(RequestBinding::Redirect, SamlBinding::Redirect)).await;
        let mut browser = signed_in(&app, "ada", "1");
        log_in(&app, &mut browser).await;
        if let Some(lie) = lie.clone() {
            app.acme.lie(lie.into());
        }
        browser.navigate(app.acme.saml_sign_out_url(None)).await;
        resume(&mut browser).await;
        assert!(browser.page().text().contains(said), "{lie:?}: {}", browser.trail());
        app.clock.seconds(31);
        assert_eq!(is_in(&app, &mut browser).await, !ends, "{lie:?}");
    }
    // A request without a SessionIndex is about every session of that person.
    let app = TestApp::of(config(RequestBinding::Redirect, SamlBinding::Redirect)).await;
    let [mut one, mut two] = [signed_in(&app, "ada", "1"), signed_in(&app, "ada", "2")];
    for browser in [&mut one, &mut two] {
        log_in(&app, browser).await;
        app.clock.seconds(31);
    }
    app.acme.lie(SamlLie::without("SessionIndex").into());
    one.navigate(app.acme.saml_sign_out_url(None)).await;
    assert!(!is_in(&app, &mut one).await && !is_in(&app, &mut two).await);
}

#[tokio::test]
async fn an_invalid_logout_answer_is_refused_and_the_page_says_what_has_ended() {
    for theirs in [SamlBinding::Redirect, SamlBinding::Post] {
        let app = TestApp::of(config(RequestBinding::Redirect, theirs)).await;
        let other = app.actor("ada");
        app.log_in(&other, "1").await;
        let mut all: Vec<_> =
            lies("LogoutResponse").into_iter().map(|(lie, kind)| (lie, kind, false)).collect();
        all.extend([
            (SamlLie::attribute("LogoutResponse", "InResponseTo", "_x").into(), StateUnknown, false),
            (SamlLie::no_attribute("LogoutResponse", "InResponseTo").into(), SamlLogoutInvalid, false),
            // For these responses it is known which logout they answer.
            (SamlLie::Status("urn:x:no".to_owned()).into(), SamlStatusFailed, true),
            (
                Lie::callback("RelayState", Change::Value("another".to_owned())),
                if theirs == SamlBinding::Post { SamlInResponseToWrong } else { SamlSignatureInvalid },
                theirs == SamlBinding::Post,
            ),
        ]);
        for (lie, kind, known) in all {
            let what = format!("{theirs:?}, {lie:?}");
            app.clock.seconds(31);
            let ada = app.actor("ada");
            app.log_in(&ada, "1").await;
            let asked = sign_out(&app, &ada, &app.base).await;
            let request = app.to_provider(asked).await;
            app.acme.lie(lie);
            let answer = app.carried(&request).await.unwrap();
            app.acme.honest();
            let response = app.visit(&Actor::nobody(), &answer).await;
            assert_eq!(response.status(), kind.status(), "{what}: {:?}", app.last());
            let page = app.refused(response, kind).await;
            assert_eq!(page.contains(ENDED_HERE), known, "{what}: {page}");
            // The page leads on to what the user wanted, and not to an SSO login.
            assert_eq!(page.contains(&format!("href=\"{}\"", app.url("/bye"))), known, "{what}: {page}");
            assert!(!known || !page.contains("/start"), "{what}: {page}");
            assert!(!app.is_logged_in(&ada, "1").await, "{what}: the session here had ended before");
        }
        assert!(app.is_logged_in(&other, "1").await);
    }
}

#[tokio::test]
async fn a_posted_logout_request_needs_no_cookie_and_no_script() {
    let app = TestApp::of(config(RequestBinding::Post, SamlBinding::Post)).await;
    let mut browser = signed_in(&app, "ada", "1");
    log_in(&app, &mut browser).await;
    browser.navigate(app.acme.saml_sign_out_url(None)).await;
    browser.submit("saml/slo", &[]).await;
    let asked = browser.hops();
    assert_eq!((asked.len(), asked[0].url.path()), (1, "/sso/1/saml/slo"));
    assert_eq!((asked[0].sent("sec-fetch-site"), asked[0].cookies_sent().len()), (Some("cross-site"), 0));
    assert_eq!(browser.page().header("cache-control"), Some("no-store"));
    assert_eq!(browser.page().header("referrer-policy"), Some("strict-origin"));
    browser.submit("saml/slo", &[]).await;
    assert!(browser.page().text().contains("has signed you out"), "{}", browser.trail());
    assert!(!is_in(&app, &mut browser).await);
    log_in(&app, &mut browser).await;
}
