//! Tests metadata that the operator provides, and our published metadata.

use std::{path::Path, sync::LazyLock};

use proptest::prelude::*;
use tower_sso_saml::internal::{Origin, read};
use tower_sso_testing::corpus::BentMarkup;

use crate::connection::saml::tests::*;

#[test]
fn metadata_in_a_file_is_refused_without_the_signature_that_it_has_to_have() {
    let mut node = metadata::entity(IDP).with("ID", "_m1");
    KEY.1.sign_element(&mut node, 0).expect("a signature");
    let xml = node.canonical();
    let forged = xml.replace(SSO, "https://evil.example/sso");
    let built = |xml: &str, key: Option<&TestKey>| {
        let signed_by = key.map(|key| key.public_key_pem().expect("PEM"));
        SamlSettings::new(IdpSource::MetadataXml { xml: xml.to_owned(), entity_id: None, signed_by }).build()
    };
    let unsigned = metadata::entity(IDP).canonical();
    for xml in [&xml, &forged, &unsigned] {
        assert!(built(xml, None).is_ok(), "the operator's word");
    }
    assert!(built(&xml, Some(&KEY.0)).is_ok());
    for (xml, key) in [(&xml, &OTHER.0), (&forged, &KEY.0), (&unsigned, &KEY.0)] {
        assert_eq!(built(xml, Some(key)).expect_err("a refusal").field(), "saml.metadata");
    }
}

#[test]
fn our_metadata_is_signed_once_for_all_who_ask() {
    let certificate = metadata::certificate(&KEY.0);
    let provider = Flow::with(|settings| {
        settings.signing_key(KEY.0.private_key_pem().expect("PEM"), certificate).sign_metadata()
    })
    .provider;
    let full = provider.sp_metadata(&addresses()).expect("metadata");
    // The ID of the metadata is random. Therefore equal texts show that it was signed only once.
    assert_eq!(provider.sp_metadata(&addresses()).expect("metadata"), full);
    let moved = SpAddresses { acs: "https://hub.example/moved".to_owned(), ..addresses() };
    assert!(provider.sp_metadata(&moved).expect("metadata").contains("https://hub.example/moved"));
}

static TAMPERED: LazyLock<BentMarkup> = LazyLock::new(|| {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/saml/tests/corpus");
    BentMarkup::of(&corpus, "saml_metadata")
});

proptest! {
    /// The settings accept what the reader accepted: a connection never has less to go by than its metadata says.
    #[test]
    fn tampered_metadata_that_is_read_makes_a_connection(program in prop::collection::vec(any::<u8>(), 0..64)) {
        let xml = String::from_utf8_lossy(&TAMPERED.by(&program)).into_owned();
        let read = read(&xml, Origin::given(Some(IDP))).map(|idp| idp.entity_id);
        let source = IdpSource::MetadataXml { xml, entity_id: Some(IDP.to_owned()), signed_by: None };
        let built = SamlSettings::new(source).build().map(|built| built.display_id().to_owned());
        match read {
            Ok(entity_id) => prop_assert_eq!(built.ok(), Some(entity_id)),
            Err(_) => prop_assert_eq!(built.err().map(|error| error.field().to_owned()), Some("saml.metadata".to_owned())),
        }
    }
}
