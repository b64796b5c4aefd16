//! Tests the provider's metadata and our own.
//!
//! An optional part that can't be used is dropped with a warning. Metadata without a usable key or address for requests
//! is refused.

use std::sync::{Mutex, mpsc::Sender};

use proptest::prelude::*;

use crate::tests::exchange::*;
use crate::{
    certificate::Certificate,
    choices::RequestBinding,
    error::ErrorKind::*,
    metadata::theirs::{IdpMetadata, Origin, read, read_signed},
    sample::{
        self,
        metadata::{POST, REDIRECT, ROLE, SAML2, service},
    },
    tests::differential::by_both,
    xml::namespace::MD,
};

fn public_key(key: &TestKey) -> Vec<u8> {
    key.public_key_der().expect("DER")
}

/// Returns a certificate of the key in PEM.
pub(crate) fn certificate(key: &TestKey) -> String {
    sample::metadata::certificate(&public_key(key))
}

pub(crate) fn key_descriptor(key: &TestKey, purpose: Option<&str>) -> Node {
    sample::metadata::key_descriptor(&public_key(key), purpose)
}

/// Returns the metadata of a provider with the key of the exchanges.
pub(crate) fn entity(id: &str) -> Node {
    sample::metadata::entity(id, &public_key(&KEY.0))
}

fn idp(node: &Node, wanted: Option<&str>) -> Result<IdpMetadata, ErrorKind> {
    read(&node.canonical(), Origin::given(wanted)).map_err(|error| error.kind())
}

#[test]
fn a_provider_is_read_from_its_metadata() {
    let idp = idp(&entity(IDP), None).expect("a provider");
    assert_eq!(idp.entity_id, IDP);
    assert_eq!(idp.keys.len(), 1);
    let sso: Vec<_> = idp.sso.iter().map(|endpoint| (endpoint.binding, endpoint.location.as_str())).collect();
    assert_eq!(sso, [(RequestBinding::Post, "https://idp.example/post"), (RequestBinding::Redirect, SSO)]);
    assert_eq!(idp.slo.len(), 1);
    let chosen = |wanted| IdpMetadata::endpoint(&idp.slo, wanted).map(|endpoint| endpoint.binding);
    assert_eq!(
        chosen(RequestBinding::Redirect),
        Some(RequestBinding::Post),
        "the other, where there is none"
    );
}

#[test]
fn only_the_idp_role_of_the_named_entity_is_read() {
    let mut many = entity(IDP);
    // A file with three roles: the key of the service provider role is not used.
    let sp = Node::new("md:SPSSODescriptor").with("protocolSupportEnumeration", SAML2);
    many.insert(0, sp.child(key_descriptor(&OTHER.0, None)));
    let authority = Node::new("md:AttributeAuthorityDescriptor").with("protocolSupportEnumeration", SAML2);
    many.push(authority.child(key_descriptor(&OTHER.0, Some("signing"))));
    assert_eq!(idp(&many, None).expect("a provider").keys.len(), 1);

    let sp_only = Node::new("md:EntityDescriptor").with("entityID", "https://sp.example");
    let sp_only = sp_only.child(Node::new("md:SPSSODescriptor").with("protocolSupportEnumeration", SAML2));
    let nested = Node::new("md:EntitiesDescriptor").child(entity("https://other.example/saml"));
    let federation = Node::new("md:EntitiesDescriptor").child(sp_only).child(nested).child(many);
    assert_eq!(idp(&federation, Some(IDP)).expect("a provider").entity_id, IDP);
    assert_eq!(idp(&federation, None).err(), Some(SamlMetadataInvalid), "which one?");
    assert_eq!(idp(&federation, Some("https://sp.example")).err(), Some(SamlMetadataInvalid));
    assert_eq!(idp(&federation, Some("https://nobody.example")).err(), Some(SamlMetadataInvalid));
    let twice = Node::new("md:EntitiesDescriptor").child(entity(IDP)).child(entity(IDP));
    assert_eq!(idp(&twice, Some(IDP)).err(), Some(SamlMetadataInvalid));
}

#[test]
fn only_signing_keys_of_the_metadata_are_used() {
    for (added, keys) in [
        (key_descriptor(&OTHER.0, Some("signing")), 2),
        (key_descriptor(&OTHER.0, None), 2),
        (key_descriptor(&OTHER.0, Some("encryption")), 1),
        (key_descriptor(&KEY.0, Some("signing")), 1),
    ] {
        let mut node = entity(IDP);
        node.at(ROLE).push(added);
        assert_eq!(idp(&node, None).expect("a provider").keys.len(), keys);
    }
    // An unusable certificate beside a usable one.
    let mut node = entity(IDP);
    let data = Node::new("ds:X509Data").child(Node::text("ds:X509Certificate", "AAAA"));
    let odd = Node::new("md:KeyDescriptor").child(Node::new("ds:KeyInfo").child(data));
    node.at(ROLE).push(odd);
    assert_eq!(idp(&node, None).expect("a provider").keys.len(), 1);
}

#[test]
fn sixteen_signing_keys_are_accepted_and_one_more_is_refused() {
    let mut node = entity(IDP);
    for count in 2..=16 {
        let (key, _) = pair(SigningAlg::Es256);
        node.at(ROLE).push(key_descriptor(&key, Some("signing")));
        assert_eq!(idp(&node, None).expect("a provider").keys.len(), count);
    }
    // The same key once more does not count as another one.
    node.at(ROLE).push(key_descriptor(&KEY.0, Some("signing")));
    assert_eq!(idp(&node, None).expect("a provider").keys.len(), 16);
    node.at(ROLE).push(key_descriptor(&OTHER.0, Some("signing")));
    assert_eq!(idp(&node, None).err(), Some(SamlMetadataInvalid));
}

#[test]
fn metadata_without_a_required_part_is_refused() {
    type Bend = fn(&mut Node);
    assert!(idp(&entity(IDP), None).is_ok());
    let cases: [(&str, Bend, ErrorKind); 10] = [
        ("no role", |node| node.remove("md:IDPSSODescriptor"), SamlMetadataInvalid),
        (
            "a role of another protocol",
            |node| {
                node.at(ROLE).set("protocolSupportEnumeration", "urn:oasis:names:tc:SAML:1.1:protocol");
            },
            SamlMetadataInvalid,
        ),
        (
            "no entity id",
            |node| {
                node.unset("entityID");
            },
            SamlMetadataInvalid,
        ),
        ("no key", |node| node.at(ROLE).remove("md:KeyDescriptor"), SamlMetadataInvalid),
        ("no address", |node| node.at(ROLE).remove("md:SingleSignOnService"), SamlMetadataInvalid),
        (
            "an address without TLS",
            |node| node.at(ROLE).push(service("md:SingleLogoutService", REDIRECT, "http://idp.example/slo")),
            ProviderAddressInsecure,
        ),
        (
            "an address that is a script",
            |node| node.at(ROLE).push(service("md:SingleLogoutService", REDIRECT, "javascript:alert(1)")),
            ProviderAddressInsecure,
        ),
        (
            "an address with a fragment",
            |node| node.at(ROLE).push(service("md:SingleLogoutService", REDIRECT, "https://idp.example/#a")),
            SamlMetadataInvalid,
        ),
        (
            "an end that is no time",
            |node| {
                node.set("validUntil", "soon");
            },
            SamlMetadataInvalid,
        ),
        (
            "two roles",
            |node| {
                let role = Node::new("md:IDPSSODescriptor").with("protocolSupportEnumeration", SAML2);
                node.push(role);
            },
            SamlMetadataInvalid,
        ),
    ];
    for (case, bend, kind) in cases {
        let mut node = entity(IDP);
        bend(&mut node);
        assert_eq!(idp(&node, None).err(), Some(kind), "{case}");
    }
    assert_eq!(read("<html/>", Origin::given(None)).err().map(|error| error.kind()), Some(SamlRootWrong));
}

/// Returns an entity with exactly these endpoints: name, binding, address.
fn with_services(id: &str, services: &[(&'static str, &str, &str)]) -> Node {
    let mut node = entity(id);
    let role = node.at(ROLE);
    role.remove("md:SingleSignOnService");
    role.remove("md:SingleLogoutService");
    for (name, binding, location) in services {
        role.push(service(name, binding, location));
    }
    node
}

/// Reads metadata of this entity with this address for requests. It was fetched from `address`, or comes from a file.
/// Returns the kind of the refusal.
fn place(id: &str, sso: &str, address: Option<&str>) -> Option<ErrorKind> {
    let node = with_services(id, &[(SSO_SERVICE, REDIRECT, sso)]);
    read(&node.canonical(), Origin { entity_id: None, address }).err().map(|error| error.kind())
}

const SSO_SERVICE: &str = "md:SingleSignOnService";
const SLO_SERVICE: &str = "md:SingleLogoutService";
const LOOPBACK: &str = "http://127.0.0.1:8080/sso";

#[test]
fn fetched_metadata_may_name_http_on_loopback_only_if_fetched_from_there() {
    // The entity ID in the document does not matter: the operator entered only the address.
    for id in [IDP, "http://127.0.0.1:8080/saml"] {
        for sso in [LOOPBACK, "http://localhost/sso", "http://[::1]/sso"] {
            for (address, expected) in [
                ("https://idp.example/metadata", Some(ProviderAddressInsecure)),
                ("https://10.0.0.1/metadata", Some(ProviderAddressInsecure)),
                ("http://127.0.0.1:8080/metadata", None),
                ("https://localhost/metadata", None),
            ] {
                assert_eq!(place(id, sso, Some(address)), expected, "{id} {sso} {address}");
                let tls = sso.replace("http:", "https:");
                assert_eq!(place(id, &tls, Some(address)), None, "the accepted twin: {id} {tls} {address}");
            }
        }
    }
}

#[test]
fn a_metadata_file_may_name_http_on_loopback_only_for_a_loopback_entity() {
    for (id, expected) in [
        (IDP, Some(ProviderAddressInsecure)),
        ("urn:acme:idp", Some(ProviderAddressInsecure)),
        ("http://idp.example/saml", Some(ProviderAddressInsecure)),
        ("http://127.0.0.1:8080/saml", None),
        ("http://localhost:8080/realms/acme", None),
    ] {
        assert_eq!(place(id, LOOPBACK, None), expected, "{id}");
        assert_eq!(place(id, SSO, None), None, "the accepted twin: {id}");
    }
}

#[test]
fn a_disallowed_saml_endpoint_is_dropped_with_a_warning() {
    for bad in
        [LOOPBACK, "https://ada@idp.example/slo", "https://:pw@idp.example/slo", "https:/account/delete"]
    {
        // Only the logout service has a bad address.
        let good = [(SSO_SERVICE, REDIRECT, SSO)];
        let slo = with_services(IDP, &[good[0], (SLO_SERVICE, POST, bad)]);
        let (read, warned) = warnings(|| idp(&slo, None).expect("a provider"));
        assert_eq!((read.sso.len(), read.slo), (1, vec![]), "{bad}");
        assert!(warned.contains("SingleLogoutService") && warned.contains("WARN"), "{bad}: {warned}");
        // Only the address for logout answers is bad.
        let mut answers = with_services(IDP, &good);
        let service = service(SLO_SERVICE, POST, "https://idp.example/slo").with("ResponseLocation", bad);
        answers.at(ROLE).push(service);
        assert_eq!(idp(&answers, None).expect("a provider").slo, [], "{bad}");
        // Of two endpoints with the same binding, the usable one is taken; of two bindings, the usable one.
        let other = "https://idp.example/other";
        let both = with_services(
            IDP,
            &[(SSO_SERVICE, REDIRECT, bad), (SSO_SERVICE, REDIRECT, SSO), (SSO_SERVICE, POST, bad)],
        );
        let sso = idp(&both, None).expect("a provider").sso;
        let taken: Vec<_> =
            sso.iter().map(|endpoint| (endpoint.binding, endpoint.location.as_str())).collect();
        assert_eq!(taken, [(RequestBinding::Redirect, SSO)], "{bad}");
        // If no address for requests is left, the metadata is refused.
        let none = with_services(IDP, &[(SSO_SERVICE, REDIRECT, bad), (SLO_SERVICE, POST, other)]);
        let expected = if bad == LOOPBACK { ProviderAddressInsecure } else { SamlMetadataInvalid };
        assert_eq!(idp(&none, None).err(), Some(expected), "{bad}");
        // The accepted twin.
        let twin = with_services(IDP, &[good[0], (SLO_SERVICE, POST, other)]);
        let (read, warned) = warnings(|| idp(&twin, None).expect("a provider"));
        assert_eq!((read.sso.len(), read.slo.len(), warned.as_str()), (1, 1, ""));
    }
}

/// Returns the result of `act`, and what was logged while it ran.
fn warnings<T>(act: impl FnOnce() -> T) -> (T, String) {
    tower_sso_testing::log::keep_threads_apart();
    let (log, written) = std::sync::mpsc::channel();
    let writer = Mutex::new(Log(log));
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).finish();
    let outcome = tracing::subscriber::with_default(subscriber, act);
    let bytes: Vec<u8> = written.try_iter().flatten().collect();
    (outcome, String::from_utf8_lossy(&bytes).into_owned())
}

struct Log(Sender<Vec<u8>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(std::io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_shortest_lifetime_around_an_entity_applies() {
    let mut node = entity(IDP);
    node.set("validUntil", instant(300)).set("cacheDuration", "PT1H");
    node.at(ROLE).set("validUntil", instant(200));
    let around =
        Node::new("md:EntitiesDescriptor").with("validUntil", instant(400)).with("cacheDuration", "PT30M");
    let idp = idp(&around.child(node), Some(IDP)).expect("a provider");
    assert_eq!((idp.valid_until, idp.cache_for), (Some(at(NOW + 200)), Some(Duration::from_secs(1800))));
    assert!(idp.check_valid(at(NOW + 199)).is_ok());
    assert!(idp.check_valid(at(NOW + 200)).is_err());
}

#[test]
fn signed_metadata_is_verified_with_the_configured_key() {
    let signer = |key: &TestKey| Certificate::parse_text(&key.public_key_pem().expect("PEM")).expect("a key");
    let mut node = entity(IDP).with("ID", "_m1");
    KEY.1.sign_element(&mut node, 0);
    let xml = node.canonical();
    let kind = |xml: &str, key: &TestKey| {
        by_both(xml, |engine| {
            read_signed(xml, Origin::given(None), &signer(key), engine).map(|idp| idp.entity_id)
        })
        .err()
        .map(|error| error.kind())
    };
    assert_eq!(kind(&xml, &KEY.0), None);
    assert_eq!(kind(&xml, &OTHER.0), Some(SamlSignatureInvalid));
    let forged = xml.replace(SSO, "https://evil.example/sso");
    assert_eq!(kind(&forged, &KEY.0), Some(SamlSignatureInvalid));
    assert_eq!(kind(&entity(IDP).canonical(), &KEY.0), Some(SamlSignatureMissing));
}

#[test]
fn our_metadata_contains_our_addresses_and_keys() {
    let rsa = TestKey::generate(SigningAlg::Rs256).expect("a key");
    let key = |settings: Settings| {
        settings
            .signing_key(KEY.0.private_key_pem().expect("PEM"), certificate(&KEY.0))
            .next_signing_certificate(certificate(&OTHER.0))
            .decryption_key(rsa.private_key_pem().expect("PEM"), certificate(&rsa))
    };
    let plain = Flow::start().own.metadata(&addresses()).expect("metadata");
    assert!(plain.contains(&format!(" entityID=\"{}\"", addresses().metadata)), "{plain}");
    let acs = format!(
        "<md:AssertionConsumerService Binding=\"{POST}\" Location=\"{}\" index=\"0\" isDefault=\"true\">",
        addresses().acs
    );
    assert!(plain.contains(&acs), "{plain}");
    assert!(plain.contains("AuthnRequestsSigned=\"false\" WantAssertionsSigned=\"true\""), "{plain}");
    assert!(plain.contains(&format!("<md:NameIDFormat>{EMAIL_FORMAT}</md:NameIDFormat>")), "{plain}");
    assert_eq!(plain.matches("md:SingleLogoutService ").count(), 2);
    assert!(!plain.contains("KeyDescriptor") && !plain.contains("Signature"));

    let full = Flow::with(|settings| key(settings).sign_metadata().sp_entity_id("urn:hub"));
    let full = full.own.metadata(&addresses()).expect("metadata");
    assert!(
        full.contains("AuthnRequestsSigned=\"true\"") && full.contains(" entityID=\"urn:hub\""),
        "{full}"
    );
    assert_eq!(full.matches("use=\"signing\"").count(), 2, "one of them for the rollover");
    assert_eq!(full.matches("use=\"encryption\"").count(), 1);
    let signer = Certificate::parse_text(&certificate(&KEY.0)).expect("a certificate");
    // The document contains no provider, but its signature is checked first.
    let kind = |xml: &str| {
        by_both(xml, |engine| read_signed(xml, Origin::given(None), &signer, engine).map(|idp| idp.entity_id))
            .err()
            .map(|error| error.kind())
    };
    assert_eq!(kind(&full), Some(SamlMetadataInvalid));
    assert_eq!(kind(&full.replace("urn:hub", "urn:bub")), Some(SamlSignatureInvalid));
}

proptest! {
    #[test]
    fn reading_metadata_never_panics(text in "\\PC{0,200}", inner in "[<>/a-zA-Z:=\"' ]{0,200}") {
        let wrapped = format!("<md:EntityDescriptor xmlns:md=\"{MD}\" entityID=\"x\">{inner}</md:EntityDescriptor>");
        for xml in [text, inner, wrapped] {
            prop_assert!(read(&xml, Origin::given(None)).is_err());
        }
    }
}
