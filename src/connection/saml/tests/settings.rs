//! Tests which settings are accepted and which are refused, in code and in documents.

use std::{fs, path::Path};

use tower_sso_core::{ConfigError, Protocol, Secret};
use tower_sso_saml::{NameIdPolicy, RequestBinding};

use super::*;

use crate::connection::{
    checked::Connection, policy::Enforcement, saml::document::SamlDocument, settings::ConnectionSettings,
};

fn public() -> String {
    KEY.0.public_key_pem().expect("PEM")
}

fn source(entity_id: &str, sso_url: &str, certificates: &[&str]) -> SamlSettings {
    SamlSettings::new(IdpSource::Fields {
        entity_id: entity_id.to_owned(),
        sso_url: sso_url.to_owned(),
        certificates: certificates.iter().map(|&text| text.to_owned()).collect(),
    })
}

fn by_url(url: &str) -> SamlSettings {
    SamlSettings::new(IdpSource::MetadataUrl { url: url.to_owned(), entity_id: None, signed_by: None })
}

#[test]
fn inconsistent_settings_are_refused_with_their_field() {
    let good = || SamlSettings::new(fields());
    let private = |key: &(TestKey, SigningKey)| key.0.private_key_pem().expect("PEM");
    let certificate = |key: &(TestKey, SigningKey)| metadata::certificate(&key.0);
    let secret = |text: &str| Secret::new(text.to_owned());
    good().build().expect("the accepted twin");
    by_url("https://idp.example/metadata").build().expect("another");
    good().signing_key(private(&KEY), certificate(&KEY)).build().expect("and another");
    let local = source(IDP, "http://127.0.0.1:8080/sso", &[&public()]).slo_url("http://localhost/slo");
    local.build().expect("on loopback: the operator typed it");
    let xml = |xml: &str| {
        SamlSettings::new(IdpSource::MetadataXml { xml: xml.to_owned(), entity_id: None, signed_by: None })
    };
    let signed_by = IdpSource::MetadataUrl {
        url: "https://idp.example/m".to_owned(),
        entity_id: Some("a b".to_owned()),
        signed_by: None,
    };
    let odd_signer = IdpSource::MetadataUrl {
        url: "https://idp.example/m".to_owned(),
        entity_id: None,
        signed_by: Some("x".to_owned()),
    };
    for (settings, field) in [
        (source("", SSO, &[&public()]), "saml.entity_id"),
        (source("a b", SSO, &[&public()]), "saml.entity_id"),
        (source(IDP, "http://idp.example/sso", &[&public()]), "saml.sso_url"),
        (source(IDP, "idp.example", &[&public()]), "saml.sso_url"),
        (source(IDP, "https://idp.example/#a", &[&public()]), "saml.sso_url"),
        (source(IDP, "https://ada@idp.example/sso", &[&public()]), "saml.sso_url"),
        (source(IDP, "https:/account/delete", &[&public()]), "saml.sso_url"),
        (source(IDP, SSO, &[]), "saml.certificates"),
        (source(IDP, SSO, &[&public(), "x"]), "saml.certificates[1]"),
        (xml("<html/>"), "saml.metadata"),
        (by_url("http://idp.example/metadata"), "saml.metadata_url"),
        (SamlSettings::new(signed_by), "saml.entity_id"),
        (SamlSettings::new(odd_signer), "saml.metadata_certificate"),
        (
            xml(&metadata::entity(IDP)
                .canonical()
                .replace("Location=\"https:", "Location=\"http:")
                .replace("http://idp.example", "http://127.0.0.1")),
            "saml.metadata",
        ),
        (good().slo_url("http://idp.example/slo"), "saml.slo_url"),
        (good().slo_url("https:/account/delete"), "saml.slo_url"),
        (by_url("https://idp.example/metadata").slo_url(SSO), "saml.slo_url"),
        (good().sp_entity_id("a b"), "saml.sp_entity_id"),
        (good().subject_attribute(""), "saml.subject_attribute"),
        (good().email_attribute("a\nb"), "saml.email_attributes"),
        (good().authn_contexts([""]), "saml.authn_contexts"),
        (good().leeway(Duration::from_secs(601)), "saml.leeway"),
        (good().response_limit(1023), "saml.response_limit"),
        (good().response_limit(1024 * 1024 + 1), "saml.response_limit"),
        (good().metadata_refresh(Duration::from_secs(299)), "saml.metadata_refresh"),
        (good().signing_key(secret("x"), certificate(&KEY)), "saml.signing_key"),
        (good().signing_key(private(&KEY), "x"), "saml.signing_certificate"),
        (good().signing_key(private(&KEY), certificate(&OTHER)), "saml.signing_certificate"),
        (good().signing_key(private(&KEY), public()), "saml.signing_certificate"),
        (good().sign_metadata(), "saml.signing_key"),
        (good().next_signing_certificate(certificate(&OTHER)), "saml.signing_key"),
        (good().next_signing_certificate("x"), "saml.next_signing_certificates[0]"),
        (good().require_encryption(), "saml.require_encryption"),
        (good().decryption_key(private(&OTHER), certificate(&OTHER)), "saml.decryption[0].key"),
        (good().decryption_key(private(&KEY), certificate(&OTHER)), "saml.decryption[0].certificate"),
    ] {
        let shown = format!("{settings:?}");
        let error = settings.build().expect_err(&shown);
        assert_eq!(error.field(), field, "{error} {shown}");
        assert!(error.problem().contains("expected"), "{error}");
    }
}

#[test]
fn the_version_depends_on_security_settings_and_on_no_key() {
    let parts = |settings: SamlSettings| settings.build().expect("a provider").version();
    let good = || SamlSettings::new(fields());
    let base = parts(good());
    let other = OTHER.0.public_key_pem().expect("PEM");
    for same in [
        source(IDP, "https://idp.example/moved", &[&other]),
        good().request_binding(RequestBinding::Post),
        good().leeway(Duration::ZERO),
        good().signing_key(KEY.0.private_key_pem().expect("PEM"), metadata::certificate(&KEY.0)),
    ] {
        assert_eq!(parts(same), base);
    }
    for other in [
        source("https://other.example", SSO, &[&public()]),
        by_url("https://idp.example/metadata"),
        good().sp_entity_id("urn:hub"),
        good().name_id(NameIdPolicy::Persistent),
        good().subject_attribute("uid"),
        good().email_attribute("mail"),
        good().authn_contexts(["urn:a"]),
        good().force_authn(),
        good().max_age(Duration::from_secs(60)),
        good().dangerous().accept_unsolicited(),
        good().dangerous().accept_sha1(),
    ] {
        assert_ne!(parts(other), base);
    }
}

#[test]
fn a_reload_detects_every_changed_setting_except_our_keys() {
    let provider = |settings: SamlSettings| settings.build().expect("a provider");
    let good = || SamlSettings::new(fields());
    let ours = |key: &TestKey| (key.private_key_pem().expect("PEM"), metadata::certificate(key));
    let signs = || {
        let (key, certificate) = ours(&KEY.0);
        good().signing_key(key, certificate)
    };
    let decrypts = || {
        let (key, certificate) = ours(&KEY.0);
        good().decryption_key(key, certificate)
    };
    let url = |entity_id: Option<&str>, signed_by: Option<String>| {
        let (url, entity_id) = ("https://idp.example/m".to_owned(), entity_id.map(str::to_owned));
        SamlSettings::new(IdpSource::MetadataUrl { url, entity_id, signed_by })
    };
    let other = OTHER.0.public_key_pem().expect("PEM");
    for (one, other) in [
        (good(), source(IDP, "https://idp.example/moved", &[&public()])),
        (good(), source(IDP, SSO, &[&public(), &other])),
        (good(), good().slo_url("https://idp.example/slo")),
        (good(), good().request_binding(RequestBinding::Post)),
        (good(), good().leeway(Duration::ZERO)),
        (good(), good().response_limit(2048)),
        (good(), signs()),
        (signs(), signs().sign_metadata()),
        (signs(), signs().next_signing_certificate(metadata::certificate(&OTHER.0))),
        (good(), decrypts()),
        (url(None, None), url(None, None).metadata_refresh(Duration::from_secs(3600))),
        (url(None, None), url(None, None).public_addresses_only()),
        (url(None, None), url(None, Some(public()))),
    ] {
        let (one, other) = (provider(one), provider(other));
        assert_eq!(one.version(), other.version());
        assert_ne!(one.settings_fingerprint(), other.settings_fingerprint());
    }
    assert_ne!(
        provider(good().sp_entity_id("urn:hub")).settings_fingerprint(),
        provider(good()).settings_fingerprint()
    );
}

#[test]
fn certificates_that_expire_soon_are_reported() {
    const DAY: u64 = 86_400;
    // The end of 2049, when the certificates of these tests expire.
    let end = at(2_524_607_999);
    let certificates = [metadata::certificate(&KEY.0)];
    let one = source(IDP, SSO, &[&certificates[0]]);
    let ends = |settings: SamlSettings, now| settings.build().expect("a provider").expiring(now);
    assert_eq!(ends(one.clone(), end - Duration::from_secs(31 * DAY)), []);
    assert_eq!(ends(one.clone(), end - Duration::from_secs(30 * DAY)), [("provider_certificate", end)]);
    assert_eq!(ends(one.clone(), end + Duration::from_secs(DAY)), [("provider_certificate", end)]);
    let beside = source(IDP, SSO, &[&certificates[0], &OTHER.0.public_key_pem().expect("PEM")]);
    assert_eq!(ends(beside, end), [], "a bare key has no end");
    let ours = SamlSettings::new(fields())
        .signing_key(KEY.0.private_key_pem().expect("PEM"), metadata::certificate(&KEY.0))
        .decryption_key(KEY.0.private_key_pem().expect("PEM"), metadata::certificate(&KEY.0));
    assert_eq!(ends(ours, end), [("signing_certificate", end), ("decryption_certificate", end)]);
}

fn connection(text: &str, directory: &Path) -> Result<Connection, ConfigError> {
    let document: SamlDocument = toml::from_str(text).expect("a document");
    let environment =
        |name: &str| (name == "HUB_KEY").then(|| KEY.0.private_key_pem().expect("PEM").expose().clone());
    let settings = document.into_settings(&environment, directory)?;
    ConnectionSettings::saml("1", Enforcement::Enforced, settings).build()
}

#[test]
fn a_connection_can_be_written_with_every_setting() {
    let directory = std::env::temp_dir().join(format!("tower-sso-saml-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("a directory");
    let write = |name: &str, text: &str| fs::write(directory.join(name), text).expect("a file");
    write("idp.pem", &public());
    write("idp.xml", &metadata::entity(IDP).canonical());
    let mut signed = metadata::entity(IDP).with("ID", "_m1");
    KEY.1.sign_element(&mut signed, 0).expect("a signature");
    write("signed.xml", &signed.canonical());
    write("hub.key", KEY.0.private_key_pem().expect("PEM").expose());
    write("hub.crt", &metadata::certificate(&KEY.0));
    let fields = format!("entity_id = \"{IDP}\"\nsso_url = \"{SSO}\"\n");
    let inline = format!("{fields}certificates = [\"\"\"{}\"\"\"]", public());
    let keys = "signing_key_env = \"HUB_KEY\"\nsigning_certificate_file = \"hub.crt\"\nsign_metadata = true\n\
                next_signing_certificate_file = \"hub.crt\"\n\
                [[decryption]]\nkey_file = \"hub.key\"\ncertificate_file = \"hub.crt\"\n";
    for text in [
        &inline,
        &format!("{fields}certificate_files = [\"idp.pem\"]\nslo_url = \"{SSO}\""),
        "metadata_file = \"idp.xml\"",
        &format!("metadata_file = \"idp.xml\"\nentity_id = \"{IDP}\""),
        "metadata_file = \"signed.xml\"\nmetadata_certificate_file = \"idp.pem\"",
        "metadata_url = \"https://idp.example/m\"\nmetadata_certificate_file = \"idp.pem\"\nmetadata_refresh = \"1h\"",
        &format!("{inline}\n{keys}"),
        &format!(
            "{inline}\nname_id = \"persistent\"\nemail_attributes = [\"mail\"]\nrequest_binding = \"post\"\n\
             force_authn = true\nauthn_contexts = [\"urn:a\"]\nleeway = \"5s\"\nresponse_limit = 65536\n\
             sp_entity_id = \"urn:hub\"\nsubject_attribute = \"uid\"\nmax_age = \"8h\"\npublic_addresses_only = true\n\
             dangerous_accept_unsolicited = true\ndangerous_accept_sha1 = true"
        ),
    ] {
        let connection = connection(text, &directory).expect(text);
        assert_eq!(connection.protocol(), Protocol::Saml);
        assert_eq!(
            connection.email.absent_verification,
            crate::connection::email_rules::UnverifiedEmail::Accept
        );
    }
    for (text, field) in [
        ("".to_owned(), "saml"),
        (format!("{inline}\nmetadata_file = \"idp.xml\""), "saml"),
        (format!("{inline}\nmetadata_certificate_file = \"idp.pem\""), "saml.metadata_certificate"),
        ("metadata_file = \"idp.xml\"\nmetadata_certificate_file = \"idp.pem\"".to_owned(), "saml.metadata"),
        ("metadata_file = \"idp.xml\"\nmetadata_url = \"https://idp.example/m\"".to_owned(), "saml"),
        ("metadata_file = \"idp.xml\"\nmetadata = \"<x/>\"".to_owned(), "saml.metadata"),
        ("metadata_file = \"none.xml\"".to_owned(), "saml.metadata_file"),
        ("metadata_file = \"idp.xml\"\nmetadata_refresh = \"1h\"".to_owned(), "saml.metadata_refresh"),
        (format!("sso_url = \"{SSO}\""), "saml.entity_id"),
        (format!("entity_id = \"{IDP}\"\ncertificate_files = [\"idp.pem\"]"), "saml.sso_url"),
        (fields.clone(), "saml.certificates"),
        (format!("{fields}certificate_files = [\"none\"]"), "saml.certificate_files[0]"),
        (format!("{inline}\nsigning_key_env = \"HUB_KEY\""), "saml.signing_certificate"),
        (format!("{inline}\nsigning_certificate_file = \"hub.crt\""), "saml.signing_key"),
        (format!("{inline}\nsigning_key_env = \"UNSET\""), "saml.signing_key_env"),
        (format!("{inline}\n[[decryption]]\n"), "saml.decryption[0].key"),
        (format!("{inline}\nleeway = \"soon\""), "saml.leeway"),
        (format!("{inline}\nmax_age = \"soon\""), "saml.max_age"),
    ] {
        let error = connection(&text, &directory).expect_err(&text);
        assert_eq!(error.field(), field, "{error}");
        assert!(error.problem().contains("expected"), "{error}");
    }
    fs::remove_dir_all(&directory).expect("it was there");
    assert!(toml::from_str::<SamlDocument>("entityid = \"x\"").is_err());
    assert!(toml::from_str::<SamlDocument>("name_id = \"transient\"").is_err());
}

#[test]
fn no_key_is_ever_printed() {
    let key = KEY.0.private_key_pem().expect("PEM");
    let settings = SamlSettings::new(fields())
        .signing_key(key.clone(), metadata::certificate(&KEY.0))
        .decryption_key(key.clone(), metadata::certificate(&KEY.0));
    let line = key.expose().lines().nth(2).expect("a line").to_owned();
    assert!(!format!("{settings:?}").contains(&line));
    let provider = settings.build().expect("a provider");
    assert!(!format!("{provider:?}").contains(&line));
}
