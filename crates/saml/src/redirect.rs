//! The HTTP Redirect binding (SAML bindings §3.4): DEFLATE, base64, and a signature over the query exactly as it is
//! sent. The encoding of the HTTP POST binding is here too.
//!
//! The signed octets of a received message are taken from the raw query and never encoded again. Decompression is
//! limited, and each parameter may occur only once.

use std::io::{Read as _, Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use tower_sso_core::internal::Encoded;

use crate::{
    base64_text,
    certificate::Certificate,
    error::{
        Error,
        ErrorKind::{
            ParameterRepeated, SamlAlgorithmRefused, SamlEncodingInvalid, SamlSignatureInvalid, SamlTooLarge,
            SamlXmlInvalid,
        },
    },
    method::{Sha1, SignatureMethod},
    signing::SigningKey,
};

/// Whether a message is a request or a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A request: the parameter `SAMLRequest`.
    Request,
    /// A response: the parameter `SAMLResponse`.
    Response,
}

impl Message {
    /// Returns the name of the query parameter or form field that contains the message.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// Returns the endpoint's address with a message in its query. The query is signed if there is a key.
pub fn address(
    endpoint: &str,
    message: (Message, &str),
    relay_state: Option<&str>,
    key: Option<&SigningKey>,
) -> Result<String, Error> {
    let (kind, xml) = message;
    let mut query = format!("{}={}", kind.parameter(), Encoded(&STANDARD.encode(deflate(xml)?)));
    if let Some(relay_state) = relay_state {
        query.push_str(&format!("&RelayState={}", Encoded(relay_state)));
    }
    if let Some(key) = key {
        query.push_str(&format!("&SigAlg={}", Encoded(key.algorithm())));
        // §3.4.4.1: the signature is over exactly the octets that are in the query.
        let signature = STANDARD.encode(key.sign(query.as_bytes())?);
        query.push_str(&format!("&Signature={}", Encoded(&signature)));
    }
    let separator = match endpoint.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    Ok(format!("{endpoint}{separator}{query}"))
}

/// A message as it was received in a query, with its detached signature.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Incoming {
    pub(crate) kind: Message,
    /// The decoded XML.
    pub(crate) xml: String,
    pub(crate) relay_state: Option<String>,
    pub(crate) signature: Option<DetachedSignature>,
}

/// A signature that is sent beside the message instead of inside it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DetachedSignature {
    /// The octets that were signed: the parameters as they were encoded in the query, in the standard's order.
    pub(crate) signed: String,
    pub(crate) algorithm: String,
    pub(crate) value: Vec<u8>,
}

impl DetachedSignature {
    /// Verifies the signature with each of the keys, until one fits.
    ///
    /// # Errors
    ///
    /// Returns `SamlAlgorithmRefused` if the algorithm is not accepted, and `SamlSignatureInvalid` if the signature is
    /// valid under no key.
    pub(crate) fn verify(&self, keys: &[Certificate], sha1: Sha1) -> Result<(), Error> {
        let method = SignatureMethod::of(&self.algorithm, sha1)
            .ok_or_else(|| Error::with(SamlAlgorithmRefused, &self.algorithm))?;
        let fits = |key: &Certificate| key.verifies(method, self.signed.as_bytes(), &self.value);
        if keys.iter().any(fits) { Ok(()) } else { Err(SamlSignatureInvalid.into()) }
    }
}

/// Reads a raw query. Each parameter of the binding may occur once; other parameters are ignored.
///
/// # Errors
///
/// Returns `ParameterRepeated` if a parameter of the binding occurs twice, `SamlEncodingInvalid` if the message or its
/// signature can't be decoded, and `SamlTooLarge` if the message is longer than `limit` bytes.
pub(crate) fn read(query: &str, limit: usize) -> Result<Incoming, Error> {
    const NAMES: [&str; 6] =
        ["SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "SAMLEncoding"];
    // The longest query that an acceptable message can have, as base64 with percent-encoding.
    if query.len() > limit.saturating_mul(4).saturating_add(16 * 1024) {
        return Err(SamlTooLarge.into());
    }
    let mut raw: [Option<&str>; 6] = [None; 6];
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = percent_decode(name)?;
        if let Some((slot, known)) = raw.iter_mut().zip(NAMES).find(|(_, known)| *known == decoded) {
            if slot.replace(value).is_some() {
                return Err(Error::with(ParameterRepeated, known));
            }
            // The signature is over the name as the standard writes it.
            if name != known {
                return Err(invalid("a parameter's name is encoded"));
            }
        }
    }
    let [request, response, relay, algorithm, signature, encoding] = raw;
    let (kind, message) = match (request, response) {
        (Some(message), None) => (Message::Request, message),
        (None, Some(message)) => (Message::Response, message),
        (None, None) => return Err(invalid("no message")),
        (Some(_), Some(_)) => return Err(invalid("a request and a response at once")),
    };
    if let Some(encoding) = encoding
        && percent_decode(encoding)? != "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
    {
        return Err(invalid("another encoding than DEFLATE"));
    }
    let signature = match (algorithm, signature) {
        (Some(algorithm), Some(value)) => {
            let mut signed = format!("{}={message}", kind.parameter());
            if let Some(relay) = relay {
                signed.push_str(&format!("&RelayState={relay}"));
            }
            signed.push_str(&format!("&SigAlg={algorithm}"));
            let value = unbase64(&percent_decode(value)?)?;
            Some(DetachedSignature { signed, algorithm: percent_decode(algorithm)?, value })
        }
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(invalid("half a signature")),
    };
    let xml = inflate(&unbase64(&percent_decode(message)?)?, limit)?;
    Ok(Incoming { kind, xml, relay_state: relay.map(percent_decode).transpose()?, signature })
}

/// Decodes a form field (HTTP POST binding, SAML bindings §3.5.4): base64, with or without line breaks.
///
/// # Errors
///
/// Returns `SamlEncodingInvalid` if the field is not base64 or not UTF-8, and `SamlTooLarge` if the message is longer
/// than `limit` bytes.
pub(crate) fn from_form(field: &str, limit: usize) -> Result<String, Error> {
    // Base64 has four characters for three bytes. The rest is room for line ends.
    if field.len() > limit.saturating_mul(2).saturating_add(1024) {
        return Err(SamlTooLarge.into());
    }
    let bytes = unbase64(field)?;
    if bytes.len() > limit {
        return Err(SamlTooLarge.into());
    }
    String::from_utf8(bytes).map_err(|_| invalid("not UTF-8"))
}

/// Encodes a message for a form field.
pub fn to_form(xml: &str) -> String {
    STANDARD.encode(xml)
}

fn deflate(xml: &str) -> Result<Vec<u8>, Error> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(xml.as_bytes()).map_err(|error| Error::with(SamlXmlInvalid, error))?;
    encoder.finish().map_err(|error| Error::with(SamlXmlInvalid, error))
}

/// Decompresses a message, and stops as soon as it is longer than `limit`: a few bytes can expand to gigabytes.
fn inflate(bytes: &[u8], limit: usize) -> Result<String, Error> {
    let mut decoder = flate2::bufread::DeflateDecoder::new(bytes);
    let mut out = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    (&mut decoder).take(most).read_to_end(&mut out).map_err(|_| invalid("not DEFLATE"))?;
    if out.len() > limit {
        return Err(SamlTooLarge.into());
    }
    if decoder.total_in() != u64::try_from(bytes.len()).unwrap_or(u64::MAX) {
        return Err(invalid("something follows the message"));
    }
    String::from_utf8(out).map_err(|_| invalid("not UTF-8"))
}

fn unbase64(text: &str) -> Result<Vec<u8>, Error> {
    base64_text::decode(text).ok_or_else(|| invalid("not base64"))
}

fn percent_decode(text: &str) -> Result<String, Error> {
    let spaced = text.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| invalid("not UTF-8"))
}

fn invalid(problem: &str) -> Error {
    Error::with(SamlEncodingInvalid, problem)
}
