//! Whole SSO logins at SAML providers that we did not write: what each can sign, encrypt and request, and which of it
//! we refuse.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tower_sso::{
    Secret,
    login::LoginErrorKind,
    saml::{NameIdPolicy, RequestBinding, SamlSettings},
};

use crate::{
    browser::Browser,
    running_saml_app::{RunningSamlApp, Source, provider, requests, with_decryption_key},
    saml_key::SpKey,
    saml_provider::{SamlProvider, SamlProviderKind},
};

const PLANS: (StatusCode, &str) = (StatusCode::OK, "plans of acme for ada");

/// A row of the table: what is signed, and how the assertion is encrypted.
type Row = (&'static str, Option<&'static str>);

const PLAIN: [Row; 3] = [("response", None), ("assertion", None), ("both", None)];

/// AES-CBC is accepted only under a signature over the ciphertext, which is the response's.
const ENCRYPTED: [Row; 8] = [
    ("response", Some("aes256-gcm")),
    ("assertion", Some("aes256-gcm")),
    ("both", Some("aes256-gcm")),
    ("response", Some("aes128-gcm")),
    ("assertion", Some("aes128-gcm")),
    ("both", Some("aes128-gcm")),
    ("response", Some("aes128-cbc")),
    ("both", Some("aes256-cbc")),
];

async fn app(provider: &mut SamlProvider, binding: RequestBinding, signed: bool) -> RunningSamlApp {
    let settings = requests(binding, signed);
    let app = RunningSamlApp::new(provider, Source::Fields, |it| with_decryption_key(settings(it))).await;
    provider.know(&[app.metadata().await]).await;
    app
}

/// Runs one SSO login in its own browser, up to the guarded page.
async fn accepted(app: &RunningSamlApp, what: &str) {
    let mut browser = Browser::new();
    let (status, text) = app.log_in(&mut browser).await;
    assert_eq!((status, &*text), PLANS, "{what}: {}\n{}", app.said(), browser.trail());
    assert_eq!(app.refusals(), [], "{what}");
}

/// Runs one SSO login that is refused for exactly this kind. The guarded page does not open, and nothing is applied.
async fn refused(app: &RunningSamlApp, kind: LoginErrorKind, what: &str) {
    app.profiles();
    let mut browser = Browser::new();
    let (status, text) = app.log_in(&mut browser).await;
    shut(app, &mut browser, kind, (status, &text), what).await;
}

async fn shut(
    app: &RunningSamlApp,
    browser: &mut Browser,
    kind: LoginErrorKind,
    (status, text): (StatusCode, &str),
    what: &str,
) {
    let said = app.said();
    assert_eq!((app.refusals(), status), (vec![kind], kind.status()), "{what}: {text}\n{said}");
    assert_eq!(app.profiles(), [] as [Value; 0], "{what}");
    let again = browser.navigate(app.url("/acme/plans")).await;
    assert!(again.url.path().ends_with("/start"), "{what}: {}", again.url);
}

/// Returns the form on the open page, as it would be sent.
fn fields(browser: &Browser) -> Vec<(String, String)> {
    let fields = browser.page().form("").fields.iter();
    fields.filter_map(|field| Some((field.name.clone()?, field.value.clone()))).collect()
}

fn affiliation(maker: SamlProviderKind) -> &'static str {
    match maker {
        SamlProviderKind::Pysaml2 => "urn:mace:dir:attribute-def:eduPersonAffiliation",
        SamlProviderKind::Samlp => "http://schemas.passportjs.com/affiliation",
    }
}

#[tokio::test]
async fn a_login_succeeds_with_each_binding_signature_and_encryption() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        for (binding, signed, rows) in [
            (RequestBinding::Redirect, false, &[][..]),
            (RequestBinding::Redirect, true, &ENCRYPTED[..]),
            (RequestBinding::Post, false, &[][..]),
            (RequestBinding::Post, true, &[][..]),
        ] {
            let app = app(&mut provider, binding, signed).await;
            for (sign, encrypt) in PLAIN.iter().chain(rows) {
                let what = format!("{maker}, {binding:?}, signed {signed}, {sign} signed, {encrypt:?}");
                provider.serve(json!({ "sign": sign, "encrypt": encrypt, "signed_requests": signed })).await;
                accepted(&app, &what).await;
                let profile = app.profiles().pop().unwrap();
                assert_eq!(profile[affiliation(maker)], json!(["staff", "member"]), "{what}: {profile}");
                let sent = provider.messages().await;
                let by = if binding == RequestBinding::Post { "post" } else { "redirect" };
                assert_eq!((sent.len(), &*sent[0].binding, sent[0].signed), (1, by, signed), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_provider_that_requires_signed_requests_refuses_unsigned_ones() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        for binding in [RequestBinding::Redirect, RequestBinding::Post] {
            let app = app(&mut provider, binding, false).await;
            provider.serve(json!({ "signed_requests": true })).await;
            let mut browser = Browser::new();
            app.begin(&mut browser).await;
            let page = browser.page();
            assert!(
                page.status.is_server_error() && page.url.host_str() == Some("localhost"),
                "{maker}: {}",
                page.body
            );
        }
    }
}

#[tokio::test]
async fn a_refusal_at_the_provider_gets_a_page_and_no_session() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let app = app(&mut provider, RequestBinding::Redirect, false).await;
        for sign in ["both", "none"] {
            provider.serve(json!({ "sign": sign })).await;
            let mut browser = Browser::new();
            app.begin(&mut browser).await;
            browser.press("login", "Refuse", &[]).await;
            let (status, text) = app.answer(&mut browser).await;
            let what = format!("{maker}, {sign} signed");
            shut(&app, &mut browser, LoginErrorKind::SamlStatusFailed, (status, &text), &what).await;
        }
    }
}

#[tokio::test]
async fn an_unsigned_response_is_refused() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let app = app(&mut provider, RequestBinding::Redirect, false).await;
        provider.serve(json!({ "sign": "none" })).await;
        refused(&app, LoginErrorKind::SamlSignatureMissing, &format!("{maker}")).await;
        provider.serve(json!({ "sign": "none", "encrypt": "aes256-gcm" })).await;
        refused(&app, LoginErrorKind::SamlSignatureMissing, &format!("{maker}, encrypted")).await;
        provider.serve(json!({})).await;
        accepted(&app, "the accepted counterpart").await;
    }
}

#[tokio::test]
async fn sha1_is_refused_unless_the_connection_accepts_it() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let strict = app(&mut provider, RequestBinding::Redirect, false).await;
        let lax = RunningSamlApp::new(&mut provider, Source::Fields, |it| it.dangerous().accept_sha1()).await;
        provider.know(&[strict.metadata().await, lax.metadata().await]).await;
        for sign in ["response", "assertion", "both"] {
            provider.serve(json!({ "hash": "sha1", "sign": sign })).await;
            let what = format!("{maker}, {sign}");
            refused(&strict, LoginErrorKind::SamlAlgorithmRefused, &what).await;
            accepted(&lax, &what).await;
        }
    }
}

#[tokio::test]
async fn weak_encryption_is_refused() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let app = app(&mut provider, RequestBinding::Redirect, false).await;
        let mut rows = vec![
            json!({ "sign": "both", "encrypt": "tripledes-cbc" }),
            // There is no signature over the ciphertext.
            json!({ "sign": "assertion", "encrypt": "aes128-cbc" }),
            json!({ "sign": "assertion", "encrypt": "aes256-cbc" }),
        ];
        if maker == SamlProviderKind::Pysaml2 {
            rows.push(json!({ "sign": "both", "encrypt": "aes256-gcm", "key_transport": "rsa-1_5" }));
        }
        for row in rows {
            let what = format!("{maker}: {row}");
            provider.serve(row).await;
            refused(&app, LoginErrorKind::SamlEncryptionRefused, &what).await;
        }
    }
}

#[tokio::test]
async fn an_unencrypted_assertion_is_refused_if_encryption_is_required() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let app = RunningSamlApp::new(&mut provider, Source::Fields, |it| {
            with_decryption_key(it).require_encryption()
        })
        .await;
        provider.know(&[app.metadata().await]).await;
        refused(&app, LoginErrorKind::SamlEncryptionRefused, &format!("{maker}")).await;
        provider.serve(json!({ "encrypt": "aes256-gcm" })).await;
        accepted(&app, &format!("{maker}, the twin")).await;
    }
}

#[tokio::test]
async fn a_response_counts_once() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let app = app(&mut provider, RequestBinding::Redirect, false).await;
        let mut browser = Browser::new();
        app.begin(&mut browser).await;
        app.sign_in(&mut browser, "ada").await;
        // The tab with the response is submitted twice.
        let mut form = fields(&browser);
        assert_eq!(app.answer(&mut browser).await, (PLANS.0, PLANS.1.to_owned()), "{maker}");
        app.refusals();
        let again = reqwest::Client::new().post(app.acs()).form(&form).send().await.unwrap();
        assert_eq!(
            (app.refusals(), again.status().as_u16()),
            (vec![LoginErrorKind::StateUsed], LoginErrorKind::StateUsed.status().as_u16())
        );
        // For another pending SSO login it answers the wrong request.
        let mut other = Browser::new();
        app.begin(&mut other).await;
        let begun = provider.messages().await.pop().unwrap();
        for (name, value) in &mut form {
            if name == "RelayState" {
                value.clone_from(begun.relay_state.as_ref().unwrap());
            }
        }
        let swapped = reqwest::Client::new().post(app.acs()).form(&form).send().await.unwrap();
        assert_eq!(
            (app.refusals(), swapped.status().as_u16()),
            (vec![LoginErrorKind::SamlInResponseToWrong], 400)
        );
    }
}

#[tokio::test]
async fn a_late_response_is_refused() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let app = app(&mut provider, RequestBinding::Redirect, false).await;
        // The assertion is valid for one minute, plus one minute of allowed clock difference.
        provider.serve(json!({ "minutes": 1 })).await;
        for (seconds, late) in [(130, true), (90, false)] {
            let mut browser = Browser::new();
            app.begin(&mut browser).await;
            app.sign_in(&mut browser, "ada").await;
            app.advance(seconds);
            let (status, text) = app.answer(&mut browser).await;
            if late {
                // Both providers limit the confirmation and the assertion to the same time.
                let kind = LoginErrorKind::SamlConfirmationWrong;
                shut(&app, &mut browser, kind, (status, &text), &format!("{maker}")).await;
            } else {
                assert_eq!((status, &*text), PLANS, "{maker}: {}", app.said());
            }
            app.rewind();
        }
    }
}

#[tokio::test]
async fn force_authn_asks_the_user_again() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let once = app(&mut provider, RequestBinding::Redirect, false).await;
        let always = RunningSamlApp::new(&mut provider, Source::Fields, |it| it.force_authn()).await;
        provider.know(&[once.metadata().await, always.metadata().await]).await;
        let mut browser = Browser::new();
        once.log_in(&mut browser).await;
        // A user who is already signed in there is not asked again without `ForceAuthn`.
        let mut tab = browser.tab();
        always.begin(&mut tab).await;
        assert_eq!(tab.page().title(), "Sign in at the provider", "{maker}: {}", tab.trail());
        always.sign_in(&mut tab, "ada").await;
        assert_eq!(
            always.answer(&mut tab).await,
            (PLANS.0, PLANS.1.to_owned()),
            "{maker}: {}",
            always.said()
        );
        let sent = provider.messages().await;
        let forced: Vec<_> = sent.iter().map(|it| it.xml.contains("ForceAuthn=\"true\"")).collect();
        assert_eq!(forced, [false, true], "{maker}");
    }
}

#[tokio::test]
async fn every_name_id_format_is_requested_and_a_transient_one_is_no_subject() {
    let formats = "urn:oasis:names:tc:SAML";
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        for (policy, asked) in [
            (NameIdPolicy::EmailAddress, Some(format!("{formats}:1.1:nameid-format:emailAddress"))),
            (NameIdPolicy::Persistent, Some(format!("{formats}:2.0:nameid-format:persistent"))),
            (NameIdPolicy::Unspecified, Some(format!("{formats}:1.1:nameid-format:unspecified"))),
            (NameIdPolicy::None, None),
        ] {
            let email = match maker {
                SamlProviderKind::Pysaml2 => "urn:mace:dir:attribute-def:mail",
                SamlProviderKind::Samlp => {
                    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
                }
            };
            let app = RunningSamlApp::new(&mut provider, Source::Fields, |it| {
                it.name_id(policy).email_attribute(email)
            })
            .await;
            provider.know(&[app.metadata().await]).await;
            accepted(&app, &format!("{maker}, {policy:?}")).await;
            let sent = provider.messages().await.pop().unwrap().xml;
            match asked {
                Some(format) => assert!(sent.contains(&format), "{maker}: {sent}"),
                None => assert!(!sent.contains("NameIDPolicy"), "{maker}: {sent}"),
            }
        }
        let app =
            RunningSamlApp::new(&mut provider, Source::Fields, |it| it.name_id(NameIdPolicy::None)).await;
        provider.know(&[app.metadata().await]).await;
        provider.serve(json!({ "name_id": format!("{formats}:2.0:nameid-format:transient") })).await;
        refused(&app, LoginErrorKind::SamlNameIdInvalid, &format!("{maker}, transient")).await;
    }
}

#[tokio::test]
async fn attributes_keep_their_names_and_repeated_ones_become_one_list() {
    let mut provider = provider(SamlProviderKind::Pysaml2).await;
    let app = app(&mut provider, RequestBinding::Redirect, false).await;
    for (format, name) in [
        ("urn:oasis:names:tc:SAML:2.0:attrname-format:basic", affiliation(SamlProviderKind::Pysaml2)),
        ("urn:oasis:names:tc:SAML:2.0:attrname-format:uri", "urn:oid:1.3.6.1.4.1.5923.1.1.1.1"),
    ] {
        for repeat in [false, true] {
            provider.serve(json!({ "attribute_format": format, "repeat": repeat })).await;
            accepted(&app, format).await;
            let profile = app.profiles().pop().unwrap();
            assert_eq!(profile[name], json!(["staff", "member"]), "{profile}");
        }
    }
}

#[tokio::test]
async fn another_persons_account_at_the_provider_is_refused() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let app = app(&mut provider, RequestBinding::Redirect, false).await;
        let mut browser = Browser::new();
        app.begin(&mut browser).await;
        app.sign_in(&mut browser, "bob").await;
        let (status, text) = app.answer(&mut browser).await;
        shut(&app, &mut browser, LoginErrorKind::EmailNotOfAccount, (status, &text), &format!("{maker}"))
            .await;
    }
}

#[tokio::test]
async fn an_unsolicited_response_is_refused_unless_the_connection_accepts_it() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let strict = app(&mut provider, RequestBinding::Redirect, false).await;
        let lax =
            RunningSamlApp::new(&mut provider, Source::Fields, |it| it.dangerous().accept_unsolicited())
                .await;
        provider.know(&[strict.metadata().await, lax.metadata().await]).await;
        let from_there = |app: &RunningSamlApp| provider.url(&format!("/unsolicited?sp={}", app.entity_id()));

        let mut browser = Browser::new();
        strict.sign_in_to_app(&mut browser).await;
        browser.navigate(from_there(&strict)).await;
        strict.sign_in(&mut browser, "ada").await;
        let (status, text) = strict.answer(&mut browser).await;
        let kind = LoginErrorKind::SamlUnsolicited;
        shut(&strict, &mut browser, kind, (status, &text), &format!("{maker}")).await;

        let mut browser = Browser::new();
        lax.sign_in_to_app(&mut browser).await;
        browser.navigate(from_there(&lax)).await;
        lax.sign_in(&mut browser, "ada").await;
        let form = fields(&browser);
        let (status, text) = lax.answer(&mut browser).await;
        assert_eq!(status, StatusCode::OK, "{maker}: {text}");
        reqwest::Client::new().post(lax.acs()).form(&form).send().await.unwrap();
        assert_eq!(lax.refusals(), [LoginErrorKind::SamlReplayed], "{maker}");
        // The person sees which user is about to be logged in with SSO, and nothing has happened yet.
        assert!(text.contains("ada@acme.example"), "{maker}: {text}");
        assert!(lax.profiles().is_empty());
        browser.submit("saml/confirm", &[]).await;
        assert_eq!(lax.refusals(), [], "{maker}");
        assert_eq!(lax.profiles().len(), 1, "{maker}");
        let plans = browser.navigate(lax.url("/acme/plans")).await;
        assert_eq!((plans.status, plans.text().trim()), PLANS, "{maker}");
    }
}

#[tokio::test]
async fn a_passive_request_without_a_signed_in_user_is_refused() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let app = app(&mut provider, RequestBinding::Post, false).await;
        let mut browser = Browser::new();
        app.begin_with(&mut browser, |xml| xml.replacen(" Version=", " IsPassive=\"true\" Version=", 1))
            .await;
        let (status, text) = app.answer(&mut browser).await;
        let kind = LoginErrorKind::SamlStatusFailed;
        shut(&app, &mut browser, kind, (status, &text), &format!("{maker}")).await;
        assert!(provider.messages().await[0].xml.contains("IsPassive=\"true\""));
        accepted(&app, &format!("{maker}, the twin")).await;
    }
}

#[tokio::test]
async fn a_session_ends_no_later_than_the_providers_own() {
    let mut provider = provider(SamlProviderKind::Pysaml2).await;
    let app = app(&mut provider, RequestBinding::Redirect, false).await;
    for (minutes, lasts) in [(Value::Null, true), (json!(10), false)] {
        provider.serve(json!({ "session_minutes": minutes })).await;
        let mut browser = Browser::new();
        app.log_in(&mut browser).await;
        for (seconds, open) in [(0, true), (590, true), (620, lasts)] {
            app.rewind();
            app.advance(seconds);
            let path = browser.navigate(app.url("/acme/plans")).await.url.path().to_owned();
            assert_eq!(path.ends_with("/plans"), open, "{minutes}, after {seconds} s: {path}");
        }
        app.rewind();
    }
}

#[tokio::test]
async fn a_context_class_is_requested_and_any_other_is_refused() {
    let class = |name: &str| format!("urn:oasis:names:tc:SAML:2.0:ac:classes:{name}");
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let app = RunningSamlApp::new(&mut provider, Source::Fields, |it| {
            it.authn_contexts([class("TimeSyncToken")])
        })
        .await;
        provider.know(&[app.metadata().await]).await;
        accepted(&app, &format!("{maker}")).await;
        assert!(provider.messages().await[0].xml.contains("TimeSyncToken"));
        provider.serve(json!({ "context": class("Password") })).await;
        refused(&app, LoginErrorKind::ContextClassWrong, &format!("{maker}")).await;
    }
}

#[tokio::test]
async fn the_sp_entity_id_can_differ_from_the_metadata_address() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let app =
            RunningSamlApp::new(&mut provider, Source::Fields, |it| it.sp_entity_id("urn:example:app")).await;
        provider.know(&[app.metadata().await]).await;
        accepted(&app, &format!("{maker}")).await;
        assert!(provider.messages().await[0].xml.contains(">urn:example:app<"), "{maker}");
    }
}

#[tokio::test]
async fn a_request_signed_with_an_elliptic_curve_is_verified_by_xmlsec1() {
    let mut provider = provider(SamlProviderKind::Pysaml2).await;
    let [key, other] = [SpKey::p256(), SpKey::p256()];
    let signed = |key: &SpKey| {
        let (key, certificate) = (Secret::new(key.key.clone()), key.certificate.clone());
        move |it: SamlSettings| it.request_binding(RequestBinding::Post).signing_key(key, certificate)
    };
    let app = RunningSamlApp::new(&mut provider, Source::Fields, signed(&key)).await;
    let metadata = app.metadata().await;
    provider.know(std::slice::from_ref(&metadata)).await;
    provider.serve(json!({ "signed_requests": true })).await;
    accepted(&app, "ECDSA").await;
    assert!(provider.messages().await[0].xml.contains("ecdsa-sha256"));
    // With another certificate, the provider does not accept our signature.
    provider.know(&[metadata.replace(&key.base64(), &other.base64())]).await;
    let mut browser = Browser::new();
    app.begin(&mut browser).await;
    assert!(browser.page().status.is_server_error(), "{}", browser.page().body);
}
