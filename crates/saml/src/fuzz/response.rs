//! The fuzz target for responses to the assertion consumer service.
//!
//! An accepted response must contain an identity that the provider signed.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    error::ErrorKind,
    fuzz::{
        rules,
        stage::{Stage, Verdict, judged},
    },
    signature::verify::counted,
};

/// Reads a response as XML. If it is accepted, the identity must be one that the provider signed, and the document must
/// have the one accepted shape.
///
/// # Errors
///
/// Returns why the response is refused.
pub fn saml_response(xml: &[u8]) -> Verdict {
    judged(xml, |stage| stage.response(xml))
}

impl Stage {
    pub(crate) fn response(&self, xml: &[u8]) -> Verdict {
        let (received, verified) = counted(|| self.receive(xml));
        // At most the signatures of the response and of the assertion.
        assert!(verified <= 2, "{verified} signatures were verified");
        self.check_identity(&received?);
        rules::check(std::str::from_utf8(xml).expect("what is accepted is UTF-8"), "Response");
        Ok(())
    }

    pub(crate) fn receive(&self, xml: &[u8]) -> Result<String, ErrorKind> {
        let field = STANDARD.encode(xml);
        let login = Some(&self.login);
        let received = self.own.decode_response(login, &field).and_then(|response| {
            self.own.validate_response(&self.idp, &response, login, &self.addresses, self.now)
        });
        received.map(|assertion| format!("{assertion:?}")).map_err(|error| error.kind())
    }
}
