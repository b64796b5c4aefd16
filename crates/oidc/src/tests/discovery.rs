//! Tests the provider's metadata: what is accepted, what is refused, and how long a copy is used.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tower_sso_http::ErrorKind::{AnswerTooLarge, Redirected};
use tower_sso_testing::clock::{NOW, at};

use crate::{
    error::ErrorKind::{
        self, CallbackIssuerMissing, CallbackIssuerWrong, DiscoveryFailed, DiscoveryInvalid,
        DiscoveryIssuerWrong, Http, ProviderError,
    },
    login::AuthorizeRequest,
    settings::{Prompt, ResponseMode},
    tests::{CALLBACK, Flow, query, set},
};

const DOCUMENT: &str = "/.well-known/openid-configuration";

async fn refused(bend: impl FnOnce(&Flow, &mut Value)) -> Option<ErrorKind> {
    let flow = Flow::start().await;
    flow.discovers(|metadata| bend(&flow, metadata));
    flow.authorize().await.err().map(|error| error.kind())
}

#[tokio::test]
async fn the_authorization_request_contains_the_settings() {
    let flow = Flow::with(|settings| {
        settings
            .scope("groups")
            .prompt(Prompt::SelectAccount)
            .acr_values(["phr"])
            .response_mode(ResponseMode::FormPost)
            .authorize_parameters([("hd", "acme.example")])
    })
    .await;
    flow.discovers(|metadata| {
        metadata["authorization_endpoint"] = json!(flow.stub.url("/authorize?tenant=1"))
    });
    let hint = Some("ada+1@acme.example");
    let request =
        AuthorizeRequest { redirect_uri: CALLBACK, login_hint: hint, max_age: None, context_classes: &[] };
    let authorization = flow.provider.authorize(&flow.out, request, &flow.clock).await.expect("an address");
    let sent = query(&authorization.url);
    for (name, value) in [
        ("tenant", "1"),
        ("response_type", "code"),
        ("client_id", "hub"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid email profile groups"),
        ("state", authorization.state.expose()),
        ("nonce", authorization.login.nonce.expose()),
        ("code_challenge_method", "S256"),
        ("prompt", "select_account"),
        ("acr_values", "phr"),
        ("response_mode", "form_post"),
        ("hd", "acme.example"),
        ("login_hint", "ada+1@acme.example"),
    ] {
        assert_eq!(sent.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(sent.len(), 14, "{sent:?}");
    let verifier = authorization.login.pkce_verifier.expose();
    assert!(!authorization.url.contains(verifier.as_str()) && sent["code_challenge"].len() == 43);
    for secret in [&authorization.state, &authorization.login.nonce, &authorization.login.pkce_verifier] {
        let bytes = URL_SAFE_NO_PAD.decode(secret.expose()).expect("base64url");
        assert_eq!(bytes.len() * 8, 256, "bits");
    }
    let again = flow.authorize().await.expect("an address");
    assert!(!again.state.matches(authorization.state.expose().as_bytes()));
    assert!(!again.login.nonce.matches(authorization.login.nonce.expose().as_bytes()));
}

#[tokio::test]
async fn the_login_hint_can_be_withheld() {
    let flow = Flow::with(crate::settings::OidcSettings::without_login_hint).await;
    let request = AuthorizeRequest {
        redirect_uri: CALLBACK,
        login_hint: Some("ada"),
        max_age: None,
        context_classes: &[],
    };
    let authorization = flow.provider.authorize(&flow.out, request, &flow.clock).await.expect("an address");
    assert!(!authorization.url.contains("login_hint"));
}

#[tokio::test]
async fn unused_malformed_members_of_metadata_are_ignored() {
    let outcome = refused(|_, metadata| {
        for (name, value) in [
            ("op_policy_uri", json!("")),
            ("service_documentation", json!(7)),
            ("claims_locales_supported", json!("de")),
            ("subject_types_supported", json!(null)),
            ("response_types_supported", json!("code")),
            ("userinfo_endpoint", json!(null)),
            ("token_endpoint_auth_methods_supported", json!(["client_secret_post", "tls_client_auth"])),
            ("unknown", json!("x".repeat(10_000))),
        ] {
            metadata[name] = value;
        }
    })
    .await;
    assert_eq!(outcome, None);
}

#[tokio::test]
async fn another_issuer_is_refused() {
    assert_eq!(refused(|_, _| ()).await, None);
    for issuer in [json!(null), json!("https://evil.example"), json!(1), json!("")] {
        let outcome = refused(|_, metadata| metadata["issuer"] = issuer.clone()).await;
        assert_eq!(outcome, Some(DiscoveryIssuerWrong), "{issuer}");
    }
    let flow = Flow::start().await;
    flow.discovers(|metadata| metadata["issuer"] = json!(flow.stub.url("/")));
    let error = flow.authorize().await.expect_err("a slash");
    assert_eq!(error.kind(), DiscoveryIssuerWrong);
    assert!(error.detail().is_some_and(|detail| detail.contains("slash at the end")), "{error}");
}

/// Entra's document for all tenants contains a pattern instead of an issuer. The pattern is compared like any other
/// text.
#[tokio::test]
async fn a_templated_issuer_does_not_match_a_tenants_issuer() {
    let flow = Flow::with(|mut settings| {
        settings.issuer += "/common/v2.0";
        settings
    })
    .await;
    for (named, kind) in [
        ("/common/v2.0", None),
        ("/{tenantid}/v2.0", Some(DiscoveryIssuerWrong)),
        ("/%7Btenantid%7D/v2.0", Some(DiscoveryIssuerWrong)),
        ("/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", Some(DiscoveryIssuerWrong)),
        ("/common/v2.0", None),
    ] {
        let metadata = json!({
            "issuer": flow.stub.url(named),
            "authorization_endpoint": flow.stub.url("/authorize"),
            "token_endpoint": flow.stub.url("/token"),
            "jwks_uri": flow.stub.url("/jwks"),
        });
        flow.stub.says_json(&format!("/common/v2.0{DOCUMENT}"), &metadata);
        // By then, the metadata that was fetched before is too old.
        flow.time.advance(Duration::from_secs(25 * 3600));
        assert_eq!(flow.authorize().await.err().map(|error| error.kind()), kind, "{named}");
    }
    let pattern = "https://login.microsoftonline.com/{tenantid}/v2.0";
    assert_eq!(refused(|_, metadata| metadata["issuer"] = json!(pattern)).await, Some(DiscoveryIssuerWrong));
}

#[tokio::test]
async fn metadata_without_required_members_is_refused() {
    assert_eq!(refused(|_, _| ()).await, None, "the accepted twin");
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        for value in [json!(null), json!("not an address"), json!(1), json!("")] {
            let outcome = refused(|_, metadata| metadata[name] = value.clone()).await;
            assert_eq!(outcome, Some(DiscoveryInvalid), "{name} {value}");
        }
        let outcome = refused(|flow, metadata| metadata[name] = json!(flow.stub.url("/x#y"))).await;
        assert_eq!(outcome, Some(DiscoveryInvalid), "{name} with a fragment");
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_parsed_is_refused() {
    let good = Flow::start().await;
    assert!(good.authorize().await.is_ok());
    let doubled = format!(r#"{{"issuer":"https://evil.example","issuer":"{}"}}"#, good.stub.url(""));
    for (status, body, kind) in [
        (404, "{}", DiscoveryFailed),
        (500, "{}", DiscoveryFailed),
        (204, "", DiscoveryFailed),
        (302, "", Http(Redirected)),
        (200, "", DiscoveryInvalid),
        (200, "<html>", DiscoveryInvalid),
        (200, "[]", DiscoveryInvalid),
        (200, doubled.as_str(), DiscoveryInvalid),
        (200, &" ".repeat(2 * 1024 * 1024), Http(AnswerTooLarge)),
    ] {
        let flow = Flow::start().await;
        flow.stub.says(DOCUMENT, status, "application/json", body);
        let outcome = flow.authorize().await.err().map(|error| error.kind());
        assert_eq!(outcome, Some(kind), "{status} {}", body.get(..40).unwrap_or(body));
        assert!(flow.stub.asked("/elsewhere").is_empty());
    }
}

#[tokio::test]
async fn metadata_is_refetched_after_an_hour_and_used_for_a_day_if_that_fails() {
    let flow = Flow::start().await;
    let asked = || flow.stub.asked(DOCUMENT).len();
    flow.authorize().await.expect("an address");
    flow.time.advance(Duration::from_secs(3599));
    flow.authorize().await.expect("an address");
    assert_eq!(asked(), 1);
    flow.time.advance(Duration::from_secs(1));
    flow.authorize().await.expect("an address");
    assert_eq!(asked(), 2);
    flow.stub.says(DOCUMENT, 500, "text/plain", "");
    flow.time.advance(Duration::from_secs(86_399));
    flow.authorize().await.expect("the old copy");
    flow.authorize().await.expect("the old copy, without asking again at once");
    assert_eq!(asked(), 3);
    flow.time.advance(Duration::from_secs(5));
    assert_eq!(flow.authorize().await.err().map(|error| error.kind()), Some(DiscoveryFailed));
    assert_eq!(asked(), 4);
    flow.discovers(|_| ());
    flow.time.set(at(NOW));
    flow.authorize().await.expect("a clock that was set back stops nobody");
}

#[tokio::test]
async fn a_failed_discovery_is_retried_after_five_seconds() {
    let flow = Flow::start().await;
    flow.stub.says(DOCUMENT, 503, "text/plain", "");
    for _ in 0..3 {
        assert_eq!(flow.authorize().await.err().map(|error| error.kind()), Some(DiscoveryFailed));
    }
    assert_eq!(flow.stub.asked(DOCUMENT).len(), 1);
    flow.discovers(|_| ());
    flow.time.advance(Duration::from_secs(5));
    flow.run(|exchange| set(&mut exchange.claims, "exp", &json!(NOW + 600))).await.expect("it is back");
}

#[tokio::test]
async fn concurrent_logins_share_one_discovery_request() {
    let flow = std::sync::Arc::new(Flow::start().await);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let flow = std::sync::Arc::clone(&flow);
            tokio::spawn(async move { flow.authorize().await.map(|_| ()) })
        })
        .collect();
    for task in tasks {
        task.await.expect("it ran").expect("an address");
    }
    assert_eq!(flow.stub.asked(DOCUMENT).len(), 1);
}

#[tokio::test]
async fn the_issuer_of_a_callback_is_compared_and_required_if_announced() {
    for (announced, issuer, kind) in [
        (false, None, None),
        (false, Some(""), None),
        (false, Some("own"), None),
        (false, Some("https://evil.example"), Some(CallbackIssuerWrong)),
        (true, Some("own"), None),
        (true, None, Some(CallbackIssuerMissing)),
        (true, Some("https://evil.example"), Some(CallbackIssuerWrong)),
    ] {
        let flow = Flow::start().await;
        flow.discovers(|metadata| {
            metadata["authorization_response_iss_parameter_supported"] = json!(announced);
        });
        let own = flow.stub.url("");
        let issuer = issuer.map(|issuer| if issuer == "own" { own } else { issuer.to_owned() });
        let outcome =
            flow.run(|exchange| exchange.callback.extend(issuer.clone().map(|issuer| ("iss", issuer)))).await;
        assert_eq!(outcome.err(), kind, "{announced} {issuer:?}");
        if kind.is_some() {
            assert!(flow.stub.asked("/token").is_empty(), "the code was sent");
        }
    }
}

#[tokio::test]
async fn a_provider_error_is_reported_after_its_issuer_was_compared() {
    let flow = Flow::start().await;
    flow.run(|_| ()).await.expect("the accepted twin");
    for code in ["access_denied", "login_required", "server_error", "temporarily_unavailable", "odd\n"] {
        let error = flow
            .run_whole(|exchange| exchange.callback.push(("error", code.to_owned())))
            .await
            .expect_err(code);
        assert_eq!(error.kind(), ProviderError);
        assert!(error.detail().is_some_and(|detail| detail.starts_with(code.trim_end())), "{error}");
    }
    let outcome = flow
        .run(|exchange| {
            exchange.callback.push(("error", "access_denied".to_owned()));
            exchange.callback.push(("iss", "https://evil.example".to_owned()));
        })
        .await;
    assert_eq!(outcome.err(), Some(CallbackIssuerWrong));
    assert_eq!(flow.stub.asked("/token").len(), 1);
}
