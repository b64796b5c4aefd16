//! The attack suite at the level of the document.
//!
//! Each attack changes one thing of a document that is accepted, and names the kind with which it is refused.

mod canonical;
mod certificate;
pub(crate) mod differential;
mod encrypted;
pub(crate) mod encryption;
pub(crate) mod exchange;
mod forged;
mod honest;
mod limits;
mod messages;
mod method;
#[cfg(feature = "_engines")]
mod oracle;
mod shape;
mod signer;
mod text;
mod wrapping;
mod xml;
#[cfg(feature = "_engines")]
pub(crate) mod xmlsec1;

use crate::error::{Error, ErrorKind};

use self::signer::{P256, P384, P521, PROVIDER, Part, ROLLED};
use crate::{
    certificate::Certificate,
    decryption_key::DecryptionKey,
    engine::Engine,
    method::Sha1,
    open::open_response,
    policy::{Encryption, Trust},
    xml::{limits::Limits, namespace::SAML},
};

/// What a reader read from a document.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    name_id: String,
    response_is_signed: bool,
    was_encrypted: bool,
}

pub(crate) struct Trusted {
    keys: Vec<Certificate>,
    decryption_keys: Vec<DecryptionKey>,
    sha1: Sha1,
    encryption: Encryption,
    limits: Limits,
}

impl Default for Trusted {
    fn default() -> Self {
        let keys = [&*ROLLED, &PROVIDER, &P256, &P384, &P521].map(|pair| pair.certificate()).into();
        Self {
            keys,
            decryption_keys: Vec::new(),
            sha1: Sha1::Refused,
            encryption: Encryption::Optional,
            limits: Limits::MESSAGE,
        }
    }
}

impl Trusted {
    /// Opens a document with both engines, if this build contains both.
    fn open(&self, text: &str) -> Result<Seen, Error> {
        differential::by_both(text, |engine| self.open_by(engine, text))
    }

    fn open_by(&self, engine: Engine, text: &str) -> Result<Seen, Error> {
        let trust = Trust {
            keys: &self.keys,
            decryption_keys: &self.decryption_keys,
            sha1: self.sha1,
            encryption: self.encryption,
            engine,
            limits: self.limits,
        };
        open_response(text, &trust, |opened| {
            let missing = ErrorKind::SamlNameIdInvalid;
            let subject = opened.assertion.required(SAML, "Subject", missing)?;
            opened.assertion.required(SAML, "Issuer", missing)?.text()?;
            for statement in opened.assertion.children().filter(|child| child.is(SAML, "AttributeStatement"))
            {
                for attribute in statement.children() {
                    attribute.required(SAML, "AttributeValue", missing)?.text()?;
                }
            }
            Ok(Seen {
                name_id: subject.required(SAML, "NameID", missing)?.text()?.to_owned(),
                response_is_signed: opened.signed_response.is_some(),
                was_encrypted: opened.was_encrypted,
            })
        })
    }
}

fn open(text: &str) -> Result<Seen, Error> {
    Trusted::default().open(text)
}

fn kind(text: &str) -> Option<ErrorKind> {
    open(text).err().map(|error| error.kind())
}

/// Returns an assertion in canonical form.
fn assertion(id: &str, name_id: &str) -> Part {
    let (saml, id) = (SAML, id.to_owned());
    Part {
        head: format!(
            "<saml:Assertion xmlns:saml=\"{saml}\" ID=\"{id}\" IssueInstant=\"2026-01-01T00:00:00Z\" Version=\"2.0\">\
             <saml:Issuer>https://idp.example/</saml:Issuer>"
        ),
        tail: format!(
            "<saml:Subject><saml:NameID>{name_id}</saml:NameID><saml:SubjectConfirmation \
             Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData \
             Recipient=\"https://app.example/acs\"></saml:SubjectConfirmationData></saml:SubjectConfirmation>\
             </saml:Subject><saml:AttributeStatement><saml:Attribute Name=\"mail\"><saml:AttributeValue>\
             {name_id}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"
        ),
        id,
    }
}

/// Returns a response in canonical form with this content.
fn response(holds: &str) -> Part {
    Part {
        id: "r1".to_owned(),
        head: format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"r1\" Version=\"2.0\">\
             <saml:Issuer xmlns:saml=\"{SAML}\">https://idp.example/</saml:Issuer>"
        ),
        tail: format!(
            "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\">\
             </samlp:StatusCode></samlp:Status>{holds}</samlp:Response>"
        ),
    }
}

/// Returns a response that is unsigned and whose assertion is signed.
fn assertion_signed() -> String {
    response(&assertion("a1", "ada@example.com").signed()).unsigned()
}

/// Returns a response that is signed and whose assertion is unsigned.
fn response_signed() -> String {
    response(&assertion("a1", "ada@example.com").unsigned()).signed()
}

/// Returns the assertion that the attacker wants to be read. It is unsigned.
fn evil(id: &str) -> Part {
    assertion(id, "root@example.com")
}

/// Asserts that the accepted twins of all attacks here are accepted.
fn honest_is_accepted() {
    for text in [assertion_signed(), response_signed()] {
        assert_eq!(open(&text).map(|seen| seen.name_id).unwrap(), "ada@example.com");
    }
}

/// Makes one test for each attack: its name, the document, and the kind with which it is refused.
macro_rules! refused {
    ($($(#[$doc:meta])* fn $name:ident() -> $kind:ident $text:block)+) => {
        $($(#[$doc])* #[test]
        fn $name() {
            crate::tests::honest_is_accepted();
            let text: String = $text;
            assert_eq!(crate::tests::kind(&text), Some(crate::error::ErrorKind::$kind), "{text}");
        })+
    };
}
use refused;
