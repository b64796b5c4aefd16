//! The lies that a SAML provider can tell, each with the error kind that refuses it.

use std::time::{Duration, SystemTime};

use tower_sso::{
    login::LoginErrorKind::*,
    saml::{NameIdPolicy, RequestBinding},
};
use tower_sso_test_idp::{
    Answer, Change, Endpoint, Lie, SamlCipher, SamlForgery, SamlLie, SamlSigned, SigningAlg, TestKey,
};

use super::lies::Case;
use crate::test_app::{TestApp, TestConfig};

const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const CLASS: &str = "https://refeds.org/profile/mfa";

/// What the connection or the provider must be like for a lie to matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamlSetup {
    /// The response and the assertion are signed.
    Both,
    /// Only the assertion is signed, and nothing is required of the response.
    AssertionAlone,
    /// Only the response is signed. The request is signed and posted, and the NameID is persistent.
    ResponseAlone,
    /// Assertions must be encrypted.
    Encrypted,
    /// The provider's metadata is loaded from an address.
    Metadata,
    /// The app requests an SSO login of the last minute.
    MaxAge,
    /// The app requests a context class.
    Context,
}

impl SamlSetup {
    pub const ALL: [Self; 7] = [
        Self::Both,
        Self::AssertionAlone,
        Self::ResponseAlone,
        Self::Encrypted,
        Self::Metadata,
        Self::MaxAge,
        Self::Context,
    ];

    pub fn config(self) -> TestConfig {
        let config = TestConfig { saml: Some(|settings| settings), ..TestConfig::default() };
        match self {
            Self::Both => config,
            Self::AssertionAlone => {
                TestConfig { service_provider: |sp| sp.signed(SamlSigned::Assertion), ..config }
            }
            Self::ResponseAlone => TestConfig {
                saml: Some(|settings| {
                    let key = TestKey::shared(SigningAlg::Rs256).unwrap();
                    settings
                        .request_binding(RequestBinding::Post)
                        .name_id(NameIdPolicy::Persistent)
                        .signing_key(key.private_key_pem().unwrap(), key.certificate_pem("hub").unwrap())
                }),
                service_provider: |sp| {
                    let key = TestKey::shared(SigningAlg::Rs256).unwrap();
                    let certificate = key.certificate_pem("hub").unwrap();
                    sp.signed(SamlSigned::Response).require_signed_requests(certificate)
                },
                ..config
            },
            Self::Encrypted => TestConfig {
                saml: Some(|settings| {
                    let key = TestKey::shared(SigningAlg::Rs256).unwrap();
                    let certificate = key.certificate_pem("hub").unwrap();
                    settings.require_encryption().decryption_key(key.private_key_pem().unwrap(), certificate)
                }),
                service_provider: |sp| {
                    let key = TestKey::shared(SigningAlg::Rs256).unwrap();
                    sp.encrypt(SamlCipher::Aes256Gcm, key.certificate_pem("hub").unwrap())
                },
                ..config
            },
            Self::Metadata => TestConfig { saml_metadata: true, ..config },
            Self::MaxAge => {
                TestConfig { saml: Some(|settings| settings.max_age(Duration::from_secs(60))), ..config }
            }
            Self::Context => TestConfig {
                saml: Some(|settings| settings.authn_contexts([CLASS])),
                provider: |builder| builder.acr_values([CLASS]),
                ..config
            },
        }
    }

    /// Returns how long after an SSO login nothing that was learned from the provider is used any more.
    pub fn pause(self) -> Duration {
        // The last good copy of the metadata may be used for seven times its age.
        Duration::from_secs(8 * 24 * 3600)
    }
}

/// Returns the lies that matter with this setup, as the provider is now.
pub fn cases(with: SamlSetup, app: &TestApp) -> Vec<Case> {
    let now = app.clock.now();
    match with {
        SamlSetup::Both => [form(), documents(), signatures(), profile(now)].concat(),
        SamlSetup::AssertionAlone => vec![
            (SamlSignatureMissing, Lie::saml_signature(SamlForgery::Unsigned)),
            (SamlSignatureInvalid, Lie::saml_signature(SamlForgery::Garbled)),
            (SamlSignatureInvalid, Lie::saml_signature(SamlForgery::OtherKey)),
            (
                SamlDestinationWrong,
                SamlLie::attribute("Response", "Destination", "https://evil.example/").into(),
            ),
            (SamlInResponseToWrong, SamlLie::attribute("Response", "InResponseTo", "_another").into()),
            (SamlIssuerWrong, SamlLie::text("Response/Issuer", "https://evil.example").into()),
        ],
        SamlSetup::ResponseAlone => vec![
            (SamlSignatureMissing, Lie::saml_signature(SamlForgery::Unsigned)),
            (SamlSignatureInvalid, Lie::saml_signature(SamlForgery::Garbled)),
            (SamlSignatureInvalid, SamlLie::after_signing(">ada<", ">bob<").into()),
        ],
        SamlSetup::Encrypted => vec![
            (SamlEncryptionRefused, SamlLie::NotEncrypted.into()),
            (
                SamlEncryptionRefused,
                SamlLie::KeyTransport("http://www.w3.org/2001/04/xmlenc#rsa-1_5".into()).into(),
            ),
            (
                SamlEncryptionRefused,
                SamlLie::Cipher("http://www.w3.org/2001/04/xmlenc#tripledes-cbc".into()).into(),
            ),
            (SamlDecryptionFailed, SamlLie::GarbledCiphertext.into()),
            (SamlSignatureInvalid, Lie::saml_signature(SamlForgery::Garbled)),
            (SamlAudienceWrong, SamlLie::text("Audience", "another").into()),
        ],
        SamlSetup::Metadata => vec![
            (SamlMetadataFailed, Lie::Answer(Endpoint::SamlMetadata, Answer::Status(404))),
            (SamlMetadataFailed, Lie::Answer(Endpoint::SamlMetadata, Answer::Status(500))),
            (SamlXmlInvalid, Lie::Answer(Endpoint::SamlMetadata, Answer::BrokenJson)),
            (SamlDoctype, Lie::Answer(Endpoint::SamlMetadata, Answer::Html)),
            (SamlMetadataInvalid, SamlLie::without("IDPSSODescriptor").into()),
            (SamlMetadataInvalid, SamlLie::without("KeyDescriptor").into()),
            (SamlMetadataInvalid, SamlLie::without("SingleSignOnService").into()),
            (SamlMetadataInvalid, SamlLie::no_attribute("EntityDescriptor", "entityID").into()),
            (
                SamlMetadataInvalid,
                SamlLie::attribute(
                    "EntityDescriptor",
                    "validUntil",
                    rfc3339(now - Duration::from_secs(3600)),
                )
                .into(),
            ),
            (ProviderAnswerTooLarge, Lie::Answer(Endpoint::SamlMetadata, Answer::Huge)),
            (ProviderRedirected, Lie::Answer(Endpoint::SamlMetadata, Answer::Redirect("/".into()))),
        ],
        SamlSetup::MaxAge => {
            let long_ago = rfc3339(now - Duration::from_secs(200));
            vec![(AuthTimeTooOld, SamlLie::attribute("AuthnStatement", "AuthnInstant", long_ago).into())]
        }
        SamlSetup::Context => vec![
            (ContextClassWrong, SamlLie::text("AuthnContextClassRef", "another").into()),
            (ContextClassWrong, SamlLie::without("AuthnContextClassRef").into()),
        ],
    }
}

fn form() -> Vec<Case> {
    let other = |value: &str| Change::Value(value.to_owned());
    vec![
        (SamlEncodingInvalid, Lie::callback("SAMLResponse", Change::Missing)),
        (SamlEncodingInvalid, Lie::callback("SAMLResponse", other("no base64!"))),
        (SamlEncodingInvalid, Lie::callback("SAMLResponse", other("//79"))),
        (ParameterRepeated, Lie::callback("SAMLResponse", Change::Doubled)),
        (ParameterRepeated, Lie::callback("RelayState", Change::Doubled)),
        (StateUnknown, Lie::callback("RelayState", other("a state that nobody began with"))),
        (SamlUnsolicited, Lie::callback("RelayState", Change::Missing)),
        (SamlUnsolicited, Lie::callback("RelayState", other(""))),
        (SamlStatusFailed, SamlLie::Status("urn:oasis:names:tc:SAML:2.0:status:RequestDenied".into()).into()),
        (SamlStatusFailed, SamlLie::Status("urn:oasis:names:tc:SAML:2.0:status:AuthnFailed".into()).into()),
    ]
}

/// Returns documents that are wrong regardless of who signed them.
fn documents() -> Vec<Case> {
    let after = |find: &str, replace: String| Lie::from(SamlLie::after_signing(find, replace));
    let deep = format!("{}{}<saml:Conditions ", "<a>".repeat(60), "</a>".repeat(60));
    vec![
        (SamlTooLarge, Lie::user_claim("bio", "x".repeat(200 * 1024))),
        (SamlTooComplex, after("<saml:Conditions ", deep)),
        (SamlDoctype, after("<samlp:Response ", "<!DOCTYPE samlp:Response><samlp:Response ".into())),
        (SamlProcessingInstruction, after("<saml:Subject>", "<?a b?><saml:Subject>".into())),
        (SamlAttributeWhitespace, after("Version=\"2.0\"", "Version=\"2.0\n\"".into())),
        (SamlXmlInvalid, after("</saml:Subject>", String::new())),
        (SamlRootWrong, SamlLie::attribute("Response", "Version", "1.1").into()),
        (SamlRootWrong, after("samlp:Response", "samlp:ArtifactResponse".into())),
        (SamlElementUnexpected, SamlLie::inside("Response", "saml:Advice").into()),
        (SamlAssertionCount, SamlLie::without("Assertion").into()),
        (SamlAssertionCount, SamlLie::twice("Assertion").into()),
        (SamlIdInvalid, SamlLie::no_attribute("Response", "ID").into()),
        (SamlIdInvalid, SamlLie::no_attribute("Assertion", "ID").into()),
        (
            SamlTextMixed,
            after("ada@acme.example</saml:NameID>", "ada@acme<!---->.example</saml:NameID>".into()),
        ),
    ]
}

fn signatures() -> Vec<Case> {
    let xpath = "http://www.w3.org/TR/1999/REC-xpath-19991116";
    vec![
        (SamlSignatureMissing, Lie::saml_signature(SamlForgery::Unsigned)),
        (SamlSignatureInvalid, Lie::saml_signature(SamlForgery::Garbled)),
        (SamlSignatureInvalid, Lie::saml_signature(SamlForgery::OtherKey)),
        (SamlSignatureInvalid, Lie::saml_signature(SamlForgery::EmbeddedCertificate)),
        (SamlSignatureInvalid, Lie::saml_signature(SamlForgery::OtherDigest)),
        (SamlSignatureInvalid, SamlLie::after_signing("ada@acme.example", "bob@acme.example").into()),
        (SamlSignatureShape, Lie::saml_signature(SamlForgery::Transform(xpath.into()))),
        (SamlSignatureShape, Lie::saml_signature(SamlForgery::Reference(String::new()))),
        (SamlSignatureShape, Lie::saml_signature(SamlForgery::Reference("#_another".into()))),
        (SamlSignatureMisplaced, Lie::saml_signature(SamlForgery::Misplaced)),
        (SamlAlgorithmRefused, Lie::saml_signature(SamlForgery::Algorithm(RSA_SHA1.into()))),
        (SamlAlgorithmRefused, Lie::saml_signature(SamlForgery::Digest(SHA1.into()))),
    ]
}

/// Returns responses that are signed correctly and that the checks of the profile refuse.
fn profile(now: SystemTime) -> Vec<Case> {
    let ago = |seconds| rfc3339(now - Duration::from_secs(seconds));
    let ahead = |seconds| rfc3339(now + Duration::from_secs(seconds));
    let data = |name: &str, value: &str| SamlLie::attribute("SubjectConfirmationData", name, value);
    let evil = "https://evil.example/";
    let cases = vec![
        (SamlIssuerWrong, SamlLie::text("Response/Issuer", evil)),
        (SamlIssuerWrong, SamlLie::text("Assertion/Issuer", evil)),
        (SamlIssuerWrong, SamlLie::text("Issuer", evil)),
        (SamlDestinationWrong, SamlLie::attribute("Response", "Destination", evil)),
        (SamlDestinationWrong, SamlLie::no_attribute("Response", "Destination")),
        (SamlInResponseToWrong, SamlLie::attribute("Response", "InResponseTo", "_another")),
        (SamlInResponseToWrong, SamlLie::no_attribute("Response", "InResponseTo")),
        (SamlAudienceWrong, SamlLie::text("Audience", "another")),
        (SamlAudienceWrong, SamlLie::without("AudienceRestriction")),
        (SamlAudienceWrong, SamlLie::without("Conditions")),
        (SamlConfirmationWrong, data("Recipient", evil)),
        (SamlConfirmationWrong, SamlLie::no_attribute("SubjectConfirmationData", "Recipient")),
        (SamlConfirmationWrong, data("InResponseTo", "_another")),
        (SamlConfirmationWrong, SamlLie::no_attribute("SubjectConfirmationData", "InResponseTo")),
        (SamlConfirmationWrong, data("NotOnOrAfter", &ago(61))),
        (SamlConfirmationWrong, SamlLie::no_attribute("SubjectConfirmationData", "NotOnOrAfter")),
        (SamlConfirmationWrong, data("NotBefore", &ago(600))),
        (SamlConfirmationWrong, SamlLie::attribute("SubjectConfirmation", "Method", "urn:other")),
        (SamlConfirmationWrong, SamlLie::without("SubjectConfirmation")),
        (SamlConditionInvalid, SamlLie::inside("Conditions", "saml:Condition")),
        (SamlConditionInvalid, SamlLie::attribute("Conditions", "NotBefore", "lately")),
        (SamlExpired, SamlLie::attribute("Conditions", "NotOnOrAfter", ago(62))),
        (SamlNotYetValid, SamlLie::attribute("Conditions", "NotBefore", ahead(62))),
        (SamlIssueInstantWrong, SamlLie::attribute("Assertion", "IssueInstant", ago(24 * 3600))),
        (SamlIssueInstantWrong, SamlLie::attribute("Assertion", "IssueInstant", ahead(62))),
        (SamlIssueInstantWrong, SamlLie::no_attribute("Assertion", "IssueInstant")),
        (SamlAuthnStatementInvalid, SamlLie::without("AuthnStatement")),
        (SamlAuthnStatementInvalid, SamlLie::no_attribute("AuthnStatement", "AuthnInstant")),
        (SamlSessionOver, SamlLie::attribute("AuthnStatement", "SessionNotOnOrAfter", ago(62))),
        (SamlNameIdInvalid, SamlLie::without("NameID")),
        (SamlNameIdInvalid, SamlLie::text("NameID", "")),
        (SamlNameIdInvalid, SamlLie::attribute("NameID", "Format", TRANSIENT)),
        (SamlAttributeInvalid, SamlLie::no_attribute("Attribute", "Name")),
    ];
    let cases = cases.into_iter().map(|(kind, lie)| (kind, lie.into()));
    cases.chain([(EmailNotOfAccount, Lie::user_claim("email", "bob@acme.example"))]).collect()
}

fn rfc3339(at: SystemTime) -> String {
    humantime::format_rfc3339_seconds(at).to_string()
}
