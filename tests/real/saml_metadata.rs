//! Metadata in both directions: providers load ours, and we load theirs from a file and from an address. A certificate
//! is replaced while everything runs.

use axum::http::StatusCode;
use serde_json::json;
use tower_sso::{Secret, login::LoginErrorKind, saml::IdpSource};

use crate::{
    browser::Browser,
    running_saml_app::{RunningSamlApp, Source, provider, with_decryption_key, with_signing_key},
    saml_key::SpKey,
    saml_provider::{SamlProvider, SamlProviderKind},
};

/// Logs in with SSO in its own browser.
async fn log_in(app: &RunningSamlApp) -> Result<(), Vec<LoginErrorKind>> {
    let mut browser = Browser::new();
    let (status, text) = app.log_in(&mut browser).await;
    let said = app.said();
    let refusals = app.refusals();
    if !refusals.is_empty() {
        return Err(refusals);
    }
    assert_eq!((status, &*text), (StatusCode::OK, "plans of acme for ada"), "{said}\n{}", browser.trail());
    Ok(())
}

async fn app(provider: &mut SamlProvider, source: Source) -> RunningSamlApp {
    let app = RunningSamlApp::new(provider, source, |it| it).await;
    provider.know(&[app.metadata().await]).await;
    app
}

#[tokio::test]
async fn a_provider_is_configured_by_metadata_from_a_file_or_an_address() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        for source in [Source::Xml, Source::Url] {
            let app = app(&mut provider, source).await;
            assert_eq!(log_in(&app).await, Ok(()), "{maker}, {source:?}");
        }
    }
}

#[tokio::test]
async fn metadata_of_another_entity_is_refused() {
    let mut provider = provider(SamlProviderKind::Samlp).await;
    let url = provider.metadata_url();
    for (name, outcome) in
        [(provider.entity_id().to_owned(), None), ("https://else.example".to_owned(), Some(()))]
    {
        let idp = IdpSource::MetadataUrl { url: url.clone(), entity_id: Some(name), signed_by: None };
        let app = RunningSamlApp::from(idp, |it| it).await;
        provider.know(&[app.metadata().await]).await;
        let mut browser = Browser::new();
        app.begin(&mut browser).await;
        match outcome {
            None => assert_eq!(browser.page().title(), "Sign in at the provider"),
            Some(()) => assert_eq!(app.refusals(), [LoginErrorKind::SamlMetadataInvalid]),
        }
    }
}

#[tokio::test]
async fn a_replaced_certificate_is_fetched_from_the_metadata_address() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let (learns, does_not) =
            (app(&mut provider, Source::Url).await, app(&mut provider, Source::Xml).await);
        let [first, second] = provider.certificates().await;
        let idp = IdpSource::Fields {
            entity_id: provider.entity_id().to_owned(),
            sso_url: provider.sso_url(),
            certificates: vec![first, second],
        };
        let has_both = RunningSamlApp::from(idp, |it| it).await;
        let all = [learns.metadata().await, does_not.metadata().await, has_both.metadata().await];
        provider.know(&all).await;
        for app in [&learns, &does_not, &has_both] {
            assert_eq!(log_in(app).await, Ok(()), "{maker}, before");
        }
        // The new key was not announced. A copy that was just fetched is not fetched again at once.
        provider.keys(1, &[1]).await;
        learns.advance(40);
        for (app, outcome) in [
            (&learns, Ok(())),
            (&does_not, Err(vec![LoginErrorKind::SamlSignatureInvalid])),
            (&has_both, Ok(())),
        ] {
            assert_eq!(log_in(app).await, outcome, "{maker}, after");
        }
        learns.rewind();
    }
}

#[tokio::test]
async fn an_announced_certificate_takes_over_and_the_old_one_is_refused() {
    let mut provider = provider(SamlProviderKind::Pysaml2).await;
    let app = app(&mut provider, Source::Xml).await;
    provider.keys(0, &[0, 1]).await;
    let prepared = RunningSamlApp::new(&mut provider, Source::Xml, |it| it).await;
    provider.know(&[app.metadata().await, prepared.metadata().await]).await;
    assert_eq!((log_in(&app).await, log_in(&prepared).await), (Ok(()), Ok(())));
    provider.keys(1, &[1]).await;
    let refused = Err(vec![LoginErrorKind::SamlSignatureInvalid]);
    assert_eq!((log_in(&app).await, log_in(&prepared).await), (refused, Ok(())));
}

#[tokio::test]
async fn providers_accept_our_metadata_with_every_optional_part() {
    for maker in SamlProviderKind::ALL {
        let mut provider = provider(maker).await;
        let next = SpKey::rsa();
        let app = RunningSamlApp::new(&mut provider, Source::Fields, |it| {
            with_decryption_key(with_signing_key(it))
                .next_signing_certificate(&next.certificate)
                .decryption_key(Secret::new(next.key.clone()), &next.certificate)
                .sign_metadata()
        })
        .await;
        let metadata = app.metadata().await;
        for certificate in [SpKey::shared().base64(), next.base64()] {
            let metadata = metadata.replace(['\n', ' '], "");
            assert!(metadata.matches(&certificate).count() >= 2, "{metadata}");
        }
        assert!(metadata.contains("SignatureValue"), "{metadata}");
        provider.know(&[metadata]).await;
        provider.serve(json!({ "signed_requests": true, "encrypt": "aes256-gcm" })).await;
        assert_eq!(log_in(&app).await, Ok(()), "{maker}");
    }
}
