//! The fuzz target for messages to the single logout service.
//!
//! An accepted message must say exactly what the provider signed.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    error::ErrorKind,
    fuzz::stage::{Stage, Verdict, judged},
    logout::message::{LogoutMessage, LogoutVia},
    redirect::Message,
    signature::verify::counted,
};

/// Reads a logout message: XML that is posted, or else a query, which is also tried as the body of a form. If it is
/// accepted, it must say what the provider signed. Where the binding signs the `RelayState`, that is included.
///
/// # Errors
///
/// Returns why the message is refused.
pub fn saml_logout(message: &[u8]) -> Verdict {
    judged(message, |stage| stage.logout(message))
}

impl Stage {
    pub(crate) fn logout(&self, message: &[u8]) -> Verdict {
        let (said, verified) = counted(|| self.log_out(message));
        assert!(verified <= 2, "{verified} signatures were verified");
        let said = said?;
        assert!(self.signed.logouts.contains(&said), "the provider never said {said}");
        Ok(())
    }

    pub(crate) fn log_out(&self, message: &[u8]) -> Result<String, ErrorKind> {
        if message.starts_with(b"<") {
            let post = |kind: Message| {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                self.take(LogoutVia::Form(
                    form.append_pair(kind.parameter(), &STANDARD.encode(message)).finish().as_bytes(),
                ))
            };
            return match post(Message::Request) {
                Err(ErrorKind::SamlRootWrong) => post(Message::Response),
                said => said,
            };
        }
        let posted = self.take(LogoutVia::Form(message));
        let query = std::str::from_utf8(message).map_err(|_| ErrorKind::SamlEncodingInvalid)?;
        posted.or_else(|_| self.take(LogoutVia::Query(query)))
    }

    fn take(&self, via: LogoutVia<'_>) -> Result<String, ErrorKind> {
        let received = self.own.validate_logout(&self.idp, &self.addresses, via, self.now);
        let mut message = received.map_err(|error| error.kind())?;
        if matches!(via, LogoutVia::Form(_)) {
            // In a form, no signature covers the RelayState.
            match &mut message {
                LogoutMessage::Request(request) => request.relay_state = None,
                LogoutMessage::Answer(answer) => answer.relay_state = None,
            }
        }
        Ok(format!("{message:?}"))
    }
}
