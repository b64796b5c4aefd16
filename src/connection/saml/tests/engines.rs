//! Tests the choice of the engine: it can be built if this build contains it, and then it is the engine that is used.

use std::path::Path;

use tower_sso_core::ConfigError;

use crate::connection::saml::tests::*;

use crate::connection::saml::document::SamlDocument;

fn field(settings: SamlSettings) -> Option<String> {
    settings.build().err().map(|error: ConfigError| error.field().to_owned())
}

#[test]
fn the_second_engine_builds_only_with_its_feature_and_without_sha1() {
    let has_it = cfg!(feature = "saml-xmlsec");
    let with = |engine| SamlSettings::new(fields()).engine(engine);
    assert_eq!(field(with(SamlEngine::Default)), None);
    assert_eq!(field(with(SamlEngine::Xmlsec)).is_none(), has_it);
    let problem = with(SamlEngine::Xmlsec).build().err().map(|error| error.problem().to_owned());
    assert_eq!(problem.is_some_and(|problem| problem.contains("feature saml-xmlsec")), !has_it);
    // The engine does not support SHA-1. Therefore the setting that accepts SHA-1 is refused.
    assert_eq!(field(with(SamlEngine::Default).dangerous().accept_sha1()), None);
    let sha1 = field(with(SamlEngine::Xmlsec).dangerous().accept_sha1());
    assert_eq!(sha1.as_deref(), Some("saml.engine"));
}

#[test]
fn a_document_selects_the_engine_by_name() {
    let settings = |line: &str| {
        let text = format!("entity_id = \"{IDP}\"\nsso_url = \"{SSO}\"\ncertificates = []\n{line}");
        let document: Result<SamlDocument, _> = toml::from_str(&text);
        document.ok()?.into_settings(&|_| None, Path::new(".")).ok().map(|settings| settings.own.engine)
    };
    assert_eq!(settings(""), Some(SamlEngine::Default));
    assert_eq!(settings("engine = \"default\""), Some(SamlEngine::Default));
    assert_eq!(settings("engine = \"xmlsec\""), Some(SamlEngine::Xmlsec));
    assert_eq!(settings("engine = \"openssl\""), None);
}

/// Tests responses, logout messages in a form, and metadata that must be signed.
#[cfg(feature = "saml-xmlsec")]
#[tokio::test]
async fn the_selected_engine_is_the_one_that_is_called() {
    use tower_sso_saml::{
        LogoutVia,
        internal::{asked_so_far, to_form},
    };
    use tower_sso_testing::stub::Stub;

    let stub = Stub::start().await;
    let mut published = metadata::entity(IDP).with("ID", "_m1");
    KEY.1.sign_element(&mut published, 0).expect("a signature");
    stub.says("/metadata", 200, "application/xml", published.canonical());
    let learned = || IdpSource::MetadataUrl {
        url: stub.url("/metadata"),
        entity_id: None,
        signed_by: Some(KEY.0.public_key_pem().expect("PEM")),
    };
    let mut logout = Node::new("samlp:LogoutRequest")
        .with("ID", "_l1")
        .with("Version", "2.0")
        .with("IssueInstant", instant(0))
        .with("Destination", addresses().slo)
        .child(Node::text("saml:Issuer", IDP))
        .child(
            Node::text("saml:NameID", "ada@acme.example")
                .with("Format", tower_sso_saml::sample::messages::EMAIL_FORMAT),
        );
    KEY.1.sign_element(&mut logout, 1).expect("a signature");
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("SAMLRequest", &to_form(&logout.canonical()))
        .finish();
    for (engine, times) in [(SamlEngine::Default, [0, 0, 0]), (SamlEngine::Xmlsec, [1, 2, 3])] {
        let flow = Flow::of(SamlSettings::new(learned()).engine(engine));
        let (before, addresses) = (asked_so_far(), addresses());
        // The metadata is fetched and verified, then the response.
        let login = flow.authorize().await.login;
        assert_eq!(asked_so_far() - before, times[0], "{engine:?}: metadata");
        let answer = signed(response(Some(login.request_id())), &KEY.1);
        flow.receive(Some(&login), &answer).await.expect("accepted");
        assert_eq!(asked_so_far() - before, times[1], "{engine:?}: a response");
        let via = LogoutVia::Form(form.as_bytes());
        flow.provider.receive_logout(&flow.out, &addresses, via, &flow.clock).await.expect("accepted");
        assert_eq!(asked_so_far() - before, times[2], "{engine:?}: a logout message");
    }
}
