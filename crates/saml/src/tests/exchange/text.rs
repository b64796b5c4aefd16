//! Tests text that two readers would read differently. The changes are invisible to canonical XML: the signatures stay
//! valid, and the reader of each text must refuse it.

use super::*;
use crate::error::ErrorKind::*;

/// Returns every element of a response whose text is read: its tag, and its text.
fn places() -> [(String, String); 6] {
    let tag = |name: &str| format!("<saml:{name}>");
    let saml = crate::xml::namespace::SAML;
    let class = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    [
        (format!("<saml:Issuer xmlns:saml=\"{saml}\">"), IDP.to_owned()),
        (tag("Issuer"), IDP.to_owned()),
        (format!("<saml:NameID Format=\"{EMAIL_FORMAT}\">"), "ada@acme.example".to_owned()),
        (tag("Audience"), addresses().metadata),
        (tag("AuthnContextClassRef"), class.to_owned()),
        (tag("AttributeValue"), "staff".to_owned()),
    ]
}

#[test]
fn a_comment_cdata_or_instruction_in_a_text_that_is_read_is_refused() {
    let flow = Flow::start();
    let login = flow.authorize().login;
    let text = signed(crate::tests::exchange::response(Some(&login.request_id)), Signs::Both, &KEY.1);
    let kind = |text: &str| flow.receive(Some(&login), text).err().map(|error| error.kind());
    assert_eq!(kind(&text), None, "the accepted twin");
    for (tag, content) in places() {
        let whole = format!("{tag}{content}");
        assert_eq!(text.matches(&whole).count(), 1, "{whole}");
        let bent = |to: &str| text.replacen(&whole, to, 1);
        let (first, last) = content.split_at(content.len() / 2);
        for (inside, expected) in [
            (format!("{first}<!---->{last}"), SamlTextMixed),
            (format!("<!-- -->{content}"), SamlTextMixed),
            (format!("{content}<!-- -->.evil.example"), SamlSignatureInvalid),
            (format!("{content}<!--.evil.example-->"), SamlTextMixed),
            (format!("{first}<![CDATA[{last}]]>"), SamlTextMixed),
            (format!("<![CDATA[{first}]]>{last}"), SamlTextMixed),
            (format!("<![CDATA[{content}]]>"), SamlTextMixed),
            (format!("{content}<![CDATA[]]>"), SamlTextMixed),
            (format!("{first}<?x y?>{last}"), SamlProcessingInstruction),
        ] {
            assert_eq!(kind(&bent(&format!("{tag}{inside}"))), Some(expected), "{tag}{inside}");
        }
        // Changes that every reader reads in the same way, such as a comment outside of texts, are accepted.
        assert_eq!(kind(&bent(&format!("<!-- -->{whole}"))), None, "in front of {tag}");
        let as_reference = content.replacen('a', "&#97;", 1);
        assert_eq!(kind(&bent(&format!("{tag}{as_reference}"))), None, "{tag}{as_reference}");
    }
}
