//! Tests metadata that the operator provides, and our published metadata.

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
