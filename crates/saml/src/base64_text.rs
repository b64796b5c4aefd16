//! Decodes base64 as it occurs in XML and in forms (XML Schema 2 §3.2.16, RFC 2045 §6.8).
//!
//! White space such as line breaks is ignored. Every other character outside of the alphabet is refused.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Returns the bytes, or `None` if the text is not base64. White space may occur anywhere in it.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    match text.as_bytes().iter().any(space) {
        true => STANDARD.decode(text.bytes().filter(|byte| !space(byte)).collect::<Vec<_>>()).ok(),
        false => STANDARD.decode(text).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn base64_may_have_line_breaks_and_nothing_else() {
        for (text, bytes) in [
            ("YWJj", Some("abc")),
            ("YW\r\nJj", Some("abc")),
            (" YWJj\t\n", Some("abc")),
            ("", Some("")),
            ("YWJj\u{c}", None),
            ("YWJ", None),
            ("YW-j", None),
        ] {
            assert_eq!(decode(text).as_deref(), bytes.map(str::as_bytes), "{text:?}");
        }
    }
}
