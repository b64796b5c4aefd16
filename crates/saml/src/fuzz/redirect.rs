//! The fuzz target for the encoding of the HTTP Redirect and HTTP POST bindings.
//!
//! What is decoded can be encoded again with the same result, and no message exceeds the limit.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::internal::Encoded;

use crate::{
    error::ErrorKind,
    fuzz::stage::Verdict,
    redirect::{Incoming, Message, address, from_form, read, to_form},
};

const LIMIT: usize = 32 * 1024;

/// Reads a query. If it is read, it can be sent and is read again as the same. Any bytes, as a message or compressed,
/// are either read back unchanged or refused, and nothing is decompressed past the limit.
///
/// # Errors
///
/// Returns why the bytes are refused as a query.
pub fn saml_redirect(query: &[u8]) -> Verdict {
    let text = std::str::from_utf8(query).map_err(|_| ErrorKind::SamlEncodingInvalid)?;
    for kind in [Message::Request, Message::Response] {
        there_and_back(kind, text, None);
        there_and_back(kind, "<a/>", Some(text));
        let deflated = format!("{}={}", kind.parameter(), Encoded(&STANDARD.encode(query)));
        drop(looked_at(&deflated));
    }
    if let Ok(back) = from_form(&to_form(text), LIMIT) {
        assert_eq!(back, text);
    }
    if let Ok(decoded) = from_form(text, LIMIT) {
        assert!(decoded.len() <= LIMIT);
    }
    let incoming = looked_at(text)?;
    there_and_back(incoming.kind, &incoming.xml, incoming.relay_state.as_deref());
    if let Some(signature) = incoming.signature {
        // The signed octets are parameters exactly as they were in the query. A name alone has an empty value.
        let stood = |part: &str| text.split('&').any(|pair| pair == part || format!("{pair}=") == part);
        assert!(signature.signed.split('&').all(stood), "{}", signature.signed);
    }
    Ok(())
}

fn looked_at(query: &str) -> Result<Incoming, ErrorKind> {
    let incoming = read(query, LIMIT).map_err(|error| error.kind())?;
    assert!(incoming.xml.len() <= LIMIT, "{} bytes", incoming.xml.len());
    Ok(incoming)
}

fn there_and_back(kind: Message, xml: &str, relay_state: Option<&str>) {
    let sent = address("https://idp.example/?x=1", (kind, xml), relay_state, None).expect("an address");
    let query = sent.strip_prefix("https://idp.example/?").expect("behind the endpoint's own query");
    match read(query, LIMIT) {
        Ok(incoming) => {
            assert_eq!((incoming.kind, &*incoming.xml), (kind, xml));
            assert_eq!((incoming.relay_state.as_deref(), incoming.signature), (relay_state, None));
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::SamlTooLarge);
            let large = xml.len() > LIMIT || relay_state.is_some_and(|state| state.len() > LIMIT);
            assert!(large, "{} bytes were too large", xml.len());
        }
    }
}
