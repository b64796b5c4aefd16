//! What an honest provider may do, from the guarded page to the guarded page, where no real one does it all.

use std::time::Duration;

use tower_sso::{
    login::LoginErrorKind::{self, SamlSignatureInvalid, SignatureInvalid},
    oidc::{JwsAlgorithm, OidcSettings},
};
use tower_sso_test_idp::{Forgery, Lie, Oddity, SamlForgery, SigningAlg, TestIdpBuilder, TestKey};

use crate::scene::{Plan, TestApp};

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
async fn a_provider_may_be_odd_in_everything_that_is_honest() {
    let listed = oddities().map(|(oddity, _)| oddity);
    assert_eq!(listed, Oddity::ALL);
    for (oddity, provider) in oddities() {
        let scene = TestApp::of(Plan { provider, ..Plan::default() }).await;
        let ada = scene.who("ada");
        assert!(!scene.is_logged_in(&ada, "1").await);
        scene.log_in(&ada, "1").await;
        assert!(scene.is_logged_in(&ada, "1").await, "{oddity:?}");
        let applied = scene.host.0.applied.lock().unwrap().clone();
        let [login] = applied.as_slice() else { panic!("{oddity:?}: {applied:?}") };
        assert_eq!(login.email, "ada@acme.example", "{oddity:?}");
        let size = serde_json::to_string(&login.profile).unwrap().len();
        assert_eq!(size > 10_000, oddity == Oddity::ManyClaims, "{oddity:?}: {size}");
    }
}

#[tokio::test]
async fn a_provider_may_sign_with_every_algorithm() {
    let every = signs! { Rs256 Rs384 Rs512 Ps256 Ps384 Ps512 Es256 Es384 EdDsa };
    assert_eq!(every.map(|(alg, ..)| alg), SigningAlg::ALL);
    for (alg, provider, oidc) in every {
        let scene = TestApp::of(Plan { provider, oidc, ..Plan::default() }).await;
        let ada = scene.who("ada");
        scene.log_in(&ada, "1").await;
        assert!(scene.is_logged_in(&ada, "1").await, "{alg:?}");
    }
}

#[tokio::test]
async fn members_log_in_after_the_provider_changes_its_key_under_one_kid_or_without_any() {
    let named: Provider = |it| it.oddity(Oddity::UserinfoJwt);
    let nameless: Provider = |it| it.oddity(Oddity::UserinfoJwt).oddity(Oddity::NoKid);
    for provider in [named, nameless] {
        let scene = TestApp::of(Plan { provider, ..Plan::default() }).await;
        members_log_in_with_the_new_key(&scene, "/keys", Lie::Signature(Forgery::OtherKey), SignatureInvalid)
            .await;
    }
    let scene = TestApp::of(Plan { saml: Some(|it| it), saml_metadata: true, ..Plan::default() }).await;
    let lie = Lie::saml_signature(SamlForgery::OtherKey);
    members_log_in_with_the_new_key(&scene, "/saml/metadata", lie, SamlSignatureInvalid).await;
}

/// The provider changes its key, which is fetched from `path`, and members log in. What the new key did not sign is refused.
async fn members_log_in_with_the_new_key(scene: &TestApp, path: &str, lie: Lie, kind: LoginErrorKind) {
    let log_in = async || {
        let ada = scene.who("ada");
        scene.log_in(&ada, "1").await;
        assert!(scene.is_logged_in(&ada, "1").await);
    };
    log_in().await;
    assert_eq!(scene.acme.calls(path), 1);
    scene.acme.replace_key().unwrap();
    log_in().await;
    assert_eq!(scene.acme.calls(path), 2);
    // What it did not sign is refused, and newer keys are not fetched again so soon.
    scene.acme.lie(lie);
    let ada = scene.who("ada");
    let callback = scene.called_back(&ada, "1").await;
    scene.refused(scene.visit(&ada, &callback).await, kind).await;
    assert_eq!(scene.acme.calls(path), 2);
    scene.acme.honest();
    log_in().await;
    assert_eq!(scene.acme.calls(path), 2);
}

#[tokio::test]
async fn an_odd_time_of_sign_in_matters_where_its_age_does() {
    let oidc: Settings = |settings| settings.max_age(Duration::from_secs(60));
    for (oddity, provider) in oddities() {
        let refused = matches!(oddity, Oddity::AuthTimeZero | Oddity::NoAuthTime);
        let scene = TestApp::of(Plan { provider, oidc, ..Plan::default() }).await;
        let ada = scene.who("ada");
        let callback = scene.called_back(&ada, "1").await;
        if refused {
            scene.refused(scene.visit(&ada, &callback).await, LoginErrorKind::AuthTimeMissing).await;
        } else {
            scene.accepts(&ada, &callback).await;
        }
        assert_eq!(scene.is_logged_in(&ada, "1").await, !refused, "{oddity:?}");
    }
}

#[tokio::test]
async fn a_profile_that_is_too_large_to_keep_is_refused() {
    let plan = Plan { provider: |it| it.oddity(Oddity::ClaimsOnlyAtUserinfo), ..Plan::default() };
    let scene = TestApp::of(plan).await;
    let ada = scene.who("ada");
    scene.acme.lie(Lie::userinfo_claim("padding", "x".repeat(120 * 1024)));
    scene.log_in(&ada, "1").await;
    scene.acme.honest();
    scene.acme.lie(Lie::userinfo_claim("padding", "x".repeat(130 * 1024)));
    let authorize = scene.begun(&ada, "1").await;
    let callback = scene.signed_in(&ada, "1", &authorize).await;
    scene.refused(scene.visit(&ada, &callback).await, LoginErrorKind::ProviderAnswerTooLarge).await;
}
