//! The fuzz target for the plaintext of an encrypted assertion.
//!
//! Everybody can encrypt for our public key. Therefore an attacker can choose the plaintext.

use tower_sso_core::internal::rfc3339;

use crate::{
    error::{Error, ErrorKind},
    fuzz::{
        rules,
        stage::{ASKED, Stage, Verdict, judged},
    },
    method::Sha1,
    open::open_plaintext,
    policy::{Encryption, Trust},
    response::{rules::Rules, validate::validate_response},
    sample::messages::IDP,
    signature::verify::counted,
    write::Node,
    xml::{document::Document, kind::Kind, limits::Limits, source::Source},
};

/// Reads the plaintext of an encrypted assertion in an unsigned response. What holds for an accepted response must hold
/// here too.
///
/// # Errors
///
/// Returns why the plaintext is refused.
pub fn saml_plaintext(xml: &[u8]) -> Verdict {
    judged(xml, |stage| stage.plaintext(xml))
}

impl Stage {
    pub(crate) fn plaintext(&self, xml: &[u8]) -> Verdict {
        // A plaintext must be UTF-8 before anything else is checked.
        let text = std::str::from_utf8(xml).map_err(|_| ErrorKind::SamlDecryptionFailed)?;
        let (found, verified) = counted(|| self.open(text));
        assert!(verified <= 1, "{verified} signatures were verified");
        self.check_identity(&found.map_err(|error| error.kind())?);
        rules::check(text, "Assertion");
        Ok(())
    }

    fn open(&self, plaintext: &str) -> Result<String, Error> {
        let trust = Trust {
            keys: &self.idp.keys,
            decryption_keys: &[],
            sha1: Sha1::Refused,
            engine: self.own.engine,
            encryption: Encryption::Required,
            limits: Limits::MESSAGE,
        };
        let rules = Rules {
            idp_entity_id: IDP,
            sp_entity_id: &self.login.sp_entity_id,
            acs: &self.login.acs,
            login: Some(&self.login),
            contexts: &[],
            max_age: None,
            leeway: self.own.settings.leeway,
            name_id: self.own.settings.name_id,
            subject_attribute: None,
            email_attributes: &[],
            now: self.now,
        };
        let around = self.around();
        let source = Source::new(&around, Limits::MESSAGE)?;
        let document = Document::parse(&source, Kind::Response)?;
        open_plaintext(plaintext, &trust, document.root()?, None, |opened| validate_response(&opened, &rules))
            .map(|assertion| format!("{assertion:?}"))
    }

    /// Returns the response around the encrypted assertion.
    fn around(&self) -> String {
        let success = "urn:oasis:names:tc:SAML:2.0:status:Success";
        let code = Node::new("samlp:StatusCode").with("Value", success);
        Node::new("samlp:Response")
            .with("ID", "_r1")
            .with("Version", "2.0")
            .with("IssueInstant", rfc3339(self.now))
            .with("Destination", self.addresses.acs.as_str())
            .with("InResponseTo", ASKED)
            .child(Node::text("saml:Issuer", IDP))
            .child(Node::new("samlp:Status").child(code))
            .child(Node::new("saml:EncryptedAssertion"))
            .canonical()
    }
}
