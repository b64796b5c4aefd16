//! Unusual but allowed behavior of an honest provider, from the guarded page and back to it. No single real provider
//! does all of it.

use std::time::Duration;

use tower_sso::{
    login::LoginErrorKind::{self, SamlSignatureInvalid, SignatureInvalid},
    oidc::{JwsAlgorithm, OidcSettings},
};
use tower_sso_test_idp::{Forgery, Lie, Oddity, SamlForgery, SigningAlg, TestIdpBuilder, TestKey};

use crate::test_app::{TestApp, TestConfig};

type Provider = fn(TestIdpBuilder) -> TestIdpBuilder;
type Settings = fn(OidcSettings) -> OidcSettings;

macro_rules! odd {
    ($($oddity:ident)+) => { [$((Oddity::$oddity, (|it| it.oddity(Oddity::$oddity)) as Provider)),+] };
}

macro_rules! signs {
    ($($alg:ident)+) => {
        [$((
            SigningAlg::$alg,
            (|it| it.key(TestKey::shared(SigningAlg::$alg).unwrap()).oddity(Oddity::UserinfoJwt)) as Provider,
            (|it| it.algorithms([JwsAlgorithm::$alg])) as Settings,
        )),+]
    };
}

fn oddities() -> [(Oddity, Provider); Oddity::ALL.len()] {
    odd! {
        NoKid AudienceArray ClaimsOnlyAtUserinfo UserinfoJwt AuthTimeFloat AuthTimeZero NoAuthTime
        EmailVerifiedText UpdatedAtText ManyClaims TrailingSlash NoIssParameter
    }
}

#[tokio::test]
async fn every_honest_oddity_of_a_provider_is_accepted() {
    let listed = oddities().map(|(oddity, _)| oddity);
    assert_eq!(listed, Oddity::ALL);
    for (oddity, provider) in oddities() {
        let app = TestApp::of(TestConfig { provider, ..TestConfig::default() }).await;
        let ada = app.actor("ada");
        assert!(!app.is_logged_in(&ada, "1").await);
        app.log_in(&ada, "1").await;
        assert!(app.is_logged_in(&ada, "1").await, "{oddity:?}");
        let applied = app.host.state.applied.lock().unwrap().clone();
        let [login] = applied.as_slice() else { panic!("{oddity:?}: {applied:?}") };
        assert_eq!(login.email, "ada@acme.example", "{oddity:?}");
        let size = serde_json::to_string(&login.profile).unwrap().len();
        assert_eq!(size > 10_000, oddity == Oddity::ManyClaims, "{oddity:?}: {size}");
    }
}

#[tokio::test]
async fn every_signing_algorithm_is_accepted() {
    let every = signs! { Rs256 Rs384 Rs512 Ps256 Ps384 Ps512 Es256 Es384 EdDsa };
    assert_eq!(every.map(|(alg, ..)| alg), SigningAlg::ALL);
    for (alg, provider, oidc) in every {
        let app = TestApp::of(TestConfig { provider, oidc, ..TestConfig::default() }).await;
        let ada = app.actor("ada");
        app.log_in(&ada, "1").await;
        assert!(app.is_logged_in(&ada, "1").await, "{alg:?}");
    }
}

#[tokio::test]
async fn members_log_in_after_the_provider_replaces_its_key_under_the_same_kid() {
    let named: Provider = |it| it.oddity(Oddity::UserinfoJwt);
    let nameless: Provider = |it| it.oddity(Oddity::UserinfoJwt).oddity(Oddity::NoKid);
    for provider in [named, nameless] {
        let app = TestApp::of(TestConfig { provider, ..TestConfig::default() }).await;
        members_log_in_with_the_new_key(&app, "/keys", Lie::Signature(Forgery::OtherKey), SignatureInvalid)
            .await;
    }
    let app =
        TestApp::of(TestConfig { saml: Some(|it| it), saml_metadata: true, ..TestConfig::default() }).await;
    let lie = Lie::saml_signature(SamlForgery::OtherKey);
    members_log_in_with_the_new_key(&app, "/saml/metadata", lie, SamlSignatureInvalid).await;
}

/// Replaces the provider's key, which is fetched from `path`, and logs members in. A signature by another key is
/// refused.
async fn members_log_in_with_the_new_key(app: &TestApp, path: &str, lie: Lie, kind: LoginErrorKind) {
    let log_in = async || {
        let ada = app.actor("ada");
        app.log_in(&ada, "1").await;
        assert!(app.is_logged_in(&ada, "1").await);
    };
    log_in().await;
    assert_eq!(app.acme.calls(path), 1);
    app.acme.replace_key().unwrap();
    log_in().await;
    assert_eq!(app.acme.calls(path), 2);
    // What the new key did not sign is refused, and the keys are not fetched again so soon.
    app.acme.lie(lie);
    let ada = app.actor("ada");
    let callback = app.called_back(&ada, "1").await;
    app.refused(app.visit(&ada, &callback).await, kind).await;
    assert_eq!(app.acme.calls(path), 2);
    app.acme.honest();
    log_in().await;
    assert_eq!(app.acme.calls(path), 2);
}

#[tokio::test]
async fn an_odd_auth_time_matters_only_if_a_maximum_age_is_set() {
    let oidc: Settings = |settings| settings.max_age(Duration::from_secs(60));
    for (oddity, provider) in oddities() {
        let refused = matches!(oddity, Oddity::AuthTimeZero | Oddity::NoAuthTime);
        let app = TestApp::of(TestConfig { provider, oidc, ..TestConfig::default() }).await;
        let ada = app.actor("ada");
        let callback = app.called_back(&ada, "1").await;
        if refused {
            app.refused(app.visit(&ada, &callback).await, LoginErrorKind::AuthTimeMissing).await;
        } else {
            app.accepts(&ada, &callback).await;
        }
        assert_eq!(app.is_logged_in(&ada, "1").await, !refused, "{oddity:?}");
    }
}

#[tokio::test]
async fn a_profile_that_is_too_large_to_store_is_refused() {
    let config =
        TestConfig { provider: |it| it.oddity(Oddity::ClaimsOnlyAtUserinfo), ..TestConfig::default() };
    let app = TestApp::of(config).await;
    let ada = app.actor("ada");
    app.acme.lie(Lie::userinfo_claim("padding", "x".repeat(120 * 1024)));
    app.log_in(&ada, "1").await;
    app.acme.honest();
    app.acme.lie(Lie::userinfo_claim("padding", "x".repeat(130 * 1024)));
    let authorize = app.begun(&ada, "1").await;
    let callback = app.signed_in(&ada, "1", &authorize).await;
    app.refused(app.visit(&ada, &callback).await, LoginErrorKind::ProviderAnswerTooLarge).await;
}
