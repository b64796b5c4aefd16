//! Makes the corpus of the fuzz targets that read SAML: documents that are accepted, and each class of attack.
//!
//! Each document has a name and the verdict that every engine must give.

use tower_sso_testing::corpus::Made;

use crate::error::ErrorKind;
use crate::tests::exchange::*;
use crate::{error::ErrorKind::*, redirect::Message, xml::namespace::SAMLP};

const RESPONSE: &str = "saml_response";
const NAME_ID_END: &str = "</saml:NameID>";
const EXTENSIONS: (&str, &str) = ("<samlp:Extensions>", "</samlp:Extensions>");

/// Returns the whole corpus, signed by the key of this run.
pub(crate) fn corpus() -> Vec<Made<ErrorKind>> {
    let pem = KEY.0.public_key_pem().expect("PEM");
    let mut made = vec![Made::key("saml-provider.pem", pem)];
    made.extend(responses());
    made.extend(wrapped());
    made.extend(bent_signatures());
    made.extend(plaintexts());
    made.extend(metadata());
    made.extend(logout());
    made.extend(redirects());
    made
}

fn answer() -> Node {
    crate::tests::exchange::response(Some("_asked"))
}

/// Returns the honest response. The user's address is in the NameID and in an attribute.
fn honest(signs: Signs) -> String {
    let mut response = answer();
    response
        .at(&["saml:Assertion", "saml:AttributeStatement"])
        .push(attribute("mail", &["ada@acme.example"]));
    signed(response, signs, &KEY.1)
}

/// Splits a response into the text before the assertion, the assertion, and the text after it.
fn parts(text: &str) -> (String, String, String) {
    let (start, end) =
        (text.find("<saml:Assertion").expect("one"), text.find("</saml:Assertion>").expect("its end"));
    let (rest, after) = text.split_at(end + "</saml:Assertion>".len());
    let (before, assertion) = rest.split_at(start);
    (before.to_owned(), assertion.to_owned(), after.to_owned())
}

/// Returns the signature of an element, and the element without it.
fn unsigned(element: &str) -> (String, String) {
    let (start, end) =
        (element.find("<ds:Signature ").expect("one"), element.find("</ds:Signature>").expect("its end"));
    let (rest, after) = element.split_at(end + "</ds:Signature>".len());
    let (before, signature) = rest.split_at(start);
    (signature.to_owned(), format!("{before}{after}"))
}

/// Returns the assertion of another user, with another ID.
fn evil(assertion: &str) -> String {
    assertion.replace("ada@", "root@").replace("\"_a1\"", "\"_e1\"")
}

/// Inserts a text before the first occurrence of `place`.
fn before(text: &str, place: &str, what: &str) -> String {
    let (head, tail) = text.split_once(place).expect("the place");
    format!("{head}{what}{place}{tail}")
}

fn responses() -> Vec<Made<ErrorKind>> {
    let text = honest(Signs::Assertion);
    let mut eve = answer();
    eve.set("ID", "_r2");
    eve.at(&["saml:Assertion"]).set("ID", "_a2");
    eve.at(&["saml:Assertion", "saml:Subject", "saml:NameID"]).say("eve@acme.example");
    let bent = |bend: fn(&mut Node)| {
        let mut response = answer();
        bend(&mut response);
        signed(response, Signs::Assertion, &KEY.1)
    };
    let (_, unsigned_assertion) = unsigned(&text);
    let nested = |depth: usize| format!("{}{}", "<x>".repeat(depth), "</x>".repeat(depth));
    let attributes: String = (0..70).map(|n| format!(" a{n}=\"\"")).collect();
    let accepted = [
        ("assertion-signed.xml", text.clone()),
        ("response-signed.xml", honest(Signs::Response)),
        ("both-signed.xml", honest(Signs::Both)),
        ("another-person.xml", signed(eve, Signs::Assertion, &KEY.1)),
        ("another-form.xml", {
            let text = text
                .replace("<saml:Subject>", "<!-- no -->\r\n<saml:Subject >")
                .replace("></ds:Transform>", "/>");
            format!(
                "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
                text.replace("<!-- no -->\r\n", "<!-- no -->")
            )
        }),
    ];
    let refused = [
        (("changed-name.xml", SamlSignatureInvalid), text.replace("ada@", "root@")),
        (("without-signature.xml", SamlSignatureMissing), unsigned_assertion),
        (("signed-by-another.xml", SamlSignatureInvalid), signed(answer(), Signs::Assertion, &OTHER.1)),
        (("key-of-the-attackers.xml", SamlSignatureInvalid), {
            let info = format!(
                "<ds:KeyInfo><ds:KeyValue>{}</ds:KeyValue></ds:KeyInfo>",
                STANDARD.encode(OTHER.0.public_key_der().expect("DER"))
            );
            before(&signed(answer(), Signs::Assertion, &OTHER.1), "</ds:Signature>", &info)
        }),
        (
            ("comment-in-name.xml", SamlTextMixed),
            text.replace("ada@acme.example</", "ada@acme<!-- -->.example</"),
        ),
        (("section-in-name.xml", SamlTextMixed), before(&text, NAME_ID_END, "<![CDATA[]]>")),
        (("instruction-in-name.xml", SamlProcessingInstruction), before(&text, NAME_ID_END, "<?x y?>")),
        (("doctype.xml", SamlDoctype), format!("<!DOCTYPE r [<!ENTITY evil \"root\">]>{text}")),
        (("entity.xml", SamlXmlInvalid), text.replace("ada@", "&evil;@")),
        (("two-of-one-id.xml", SamlIdInvalid), text.replace("\"_r1\"", "\"_a1\"")),
        (
            ("id-in-lower-case.xml", SamlIdInvalid),
            text.replace("<samlp:Status>", "<samlp:Status id=\"_a1\">"),
        ),
        (("id-in-xml.xml", SamlIdInvalid), text.replace("<samlp:Status>", "<samlp:Status xml:id=\"_a1\">")),
        (("deep.xml", SamlTooComplex), before(&text, "<samlp:StatusCode", &nested(60))),
        (
            ("many-attributes.xml", SamlTooComplex),
            before(&text, "<samlp:StatusCode", &format!("<x{attributes}/>")),
        ),
        (
            ("relative-namespace.xml", SamlXmlInvalid),
            text.replace("<samlp:Status>", "<samlp:Status xmlns:x=\"x\">"),
        ),
        (("cut.xml", SamlXmlInvalid), text.get(..text.len() / 2).expect("ASCII").to_owned()),
        (
            ("another-audience.xml", SamlAudienceWrong),
            bent(|node| {
                let path = ["saml:Assertion", "saml:Conditions", "saml:AudienceRestriction", "saml:Audience"];
                node.at(&path).say("https://another.example");
            }),
        ),
        (
            ("another-issuer.xml", SamlIssuerWrong),
            bent(|node| {
                node.at(&["saml:Assertion", "saml:Issuer"]).say("https://another.example");
            }),
        ),
        (
            ("another-request.xml", SamlInResponseToWrong),
            signed(crate::tests::exchange::response(Some("_other")), Signs::Assertion, &KEY.1),
        ),
    ];
    all(RESPONSE, accepted, refused)
}

fn all<const A: usize, const R: usize>(
    target: &'static str,
    accepted: [(&str, String); A],
    refused: [((&str, ErrorKind), String); R],
) -> Vec<Made<ErrorKind>> {
    let accepted = accepted.into_iter().map(|(name, text)| Made::accepted(target, name, text));
    accepted.chain(refused.into_iter().map(|(name, text)| Made::refused(target, name, text))).collect()
}

/// Signature wrapping attacks (Somorovsky et al. 2012), and attacks that were found later.
fn wrapped() -> Vec<Made<ErrorKind>> {
    let (head, ada, tail) = parts(&honest(Signs::Assertion));
    let (signature, bare) = unsigned(&ada);
    let around = |what: &str| format!("{head}{what}{tail}");
    let in_signature = |what: &str| before(&signature, "</ds:Signature>", what);
    let into = |element: &str, what: &str| before(element, "<saml:Subject>", what);
    let object = |what: &str| format!("<ds:Object>{what}</ds:Object>");
    let whole = honest(Signs::Response);
    let (whole_signature, whole_bare) = unsigned(&whole);
    let evil_response = |what: &str| {
        let text = evil(&whole_bare).replace("\"_r1\"", "\"_r2\"");
        before(&text, "<samlp:Status>", what)
    };
    let refused = [
        (
            ("wrapping-1.xml", SamlElementUnexpected),
            evil_response(&before(&whole_signature, "</ds:Signature>", &whole_bare)),
        ),
        (("wrapping-2.xml", SamlElementUnexpected), evil_response(&format!("{whole_bare}{whole_signature}"))),
        (("wrapping-3.xml", SamlAssertionCount), around(&format!("{}{ada}", evil(&bare)))),
        (("wrapping-4.xml", SamlAssertionCount), around(&into(&evil(&bare), &ada))),
        (
            ("wrapping-5.xml", SamlAssertionCount),
            around(&format!("{}{bare}", into(&evil(&bare), &signature))),
        ),
        (("wrapping-6.xml", SamlAssertionCount), around(&into(&evil(&bare), &in_signature(&bare)))),
        (("wrapping-7.xml", SamlAssertionCount), {
            let extensions = format!("{}{}{}", EXTENSIONS.0, bare.replace("ada@", "root@"), EXTENSIONS.1);
            before(&around(&ada), "<samlp:Status>", &extensions)
        }),
        (("wrapping-8.xml", SamlAssertionCount), around(&into(&evil(&bare), &in_signature(&object(&bare))))),
        (("assertion-in-extensions.xml", SamlAssertionCount), {
            before(&around(&evil(&bare)), "<samlp:Status>", &format!("{}{ada}{}", EXTENSIONS.0, EXTENSIONS.1))
        }),
        (("assertion-in-advice.xml", SamlAssertionCount), {
            around(&into(&evil(&bare), &format!("<saml:Advice>{ada}</saml:Advice>")))
        }),
        (("second-assertion.xml", SamlAssertionCount), around(&format!("{ada}{}", evil(&bare)))),
        (("encrypted-beside.xml", SamlAssertionCount), {
            around(&format!(
                "{ada}<saml:EncryptedAssertion xmlns:saml=\"{SAML_NS}\"></saml:EncryptedAssertion>"
            ))
        }),
        (("of-another-namespace.xml", SamlAssertionCount), around(&format!("{ada}<Assertion></Assertion>"))),
        (("response-inside.xml", SamlElementUnexpected), {
            before(
                &around(&ada),
                "<samlp:Status>",
                &format!("<x><samlp:Response xmlns:samlp=\"{SAMLP}\"/></x>"),
            )
        }),
        (
            ("signature-elsewhere.xml", SamlSignatureMisplaced),
            around(&bare.replace("<saml:Subject>", &format!("<saml:Subject>{signature}"))),
        ),
        (
            ("signature-of-the-response.xml", SamlSignatureShape),
            before(&around(&bare), "<samlp:Status>", &signature),
        ),
        (("digest-in-status.xml", SamlElementUnexpected), {
            before(&around(&ada), "</samlp:Status>", "<ds:Signature xmlns:ds=\"urn:x\"></ds:Signature>")
        }),
    ];
    all(RESPONSE, [], refused)
}

const SAML_NS: &str = crate::xml::namespace::SAML;

/// Returns the honest response with a change in its `SignedInfo`, signed after the change: the signature value is
/// valid.
fn resigned(from: &str, to: &str) -> String {
    let text = honest(Signs::Assertion);
    assert!(text.contains(from), "{from}");
    let text = text.replacen(from, to, 1);
    let (start, end) =
        (text.find("<ds:SignedInfo>").expect("one"), text.find("</ds:SignedInfo>").expect("its end"));
    let info = text.get(start..end + "</ds:SignedInfo>".len()).expect("ASCII");
    let apex = "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">";
    let value = KEY.1.sign(info.replacen("<ds:SignedInfo>", apex, 1).as_bytes()).expect("a signature");
    let (head, rest) = text.split_once("<ds:SignatureValue>").expect("one");
    let (_, tail) = rest.split_once('<').expect("its end");
    format!("{head}<ds:SignatureValue>{}<{tail}", STANDARD.encode(value))
}

fn bent_signatures() -> Vec<Made<ErrorKind>> {
    const EXC: &str = "http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    let text = honest(Signs::Assertion);
    let (start, end) =
        (text.find("<ds:SignedInfo>").expect("one"), text.find("</ds:SignedInfo>").expect("its end"));
    let info = text.get(start..end + "</ds:SignedInfo>".len()).expect("ASCII").to_owned();
    let refused = [
        (("reference-to-response.xml", SamlSignatureShape), resigned("URI=\"#_a1\"", "URI=\"#_r1\"")),
        (("reference-to-nothing.xml", SamlSignatureShape), resigned("URI=\"#_a1\"", "URI=\"\"")),
        (
            ("reference-by-xpointer.xml", SamlSignatureShape),
            resigned("URI=\"#_a1\"", "URI=\"#xpointer(id('_a1'))\""),
        ),
        (
            ("reference-to-a-file.xml", SamlSignatureShape),
            resigned("URI=\"#_a1\"", "URI=\"file:///etc/passwd\""),
        ),
        (("two-references.xml", SamlSignatureShape), {
            resigned("</ds:Reference>", "</ds:Reference><ds:Reference URI=\"#_r1\"></ds:Reference>")
        }),
        (
            ("xpath.xml", SamlSignatureShape),
            resigned(ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116"),
        ),
        (
            ("inclusive.xml", SamlSignatureShape),
            resigned(EXC, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"></ds:Transform>"),
        ),
        (("sha1.xml", SamlAlgorithmRefused), resigned("xmldsig-more#rsa-sha256", "xmldsig-more#rsa-sha1")),
        (("hmac.xml", SamlAlgorithmRefused), resigned("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256")),
        (("comment-in-digest.xml", SamlTextMixed), before(&text, "</ds:DigestValue>", "<!-- -->")),
        (("two-signed-infos.xml", SamlSignatureShape), text.replacen(&info, &format!("{info}{info}"), 1)),
        (("object.xml", SamlSignatureShape), before(&text, "</ds:Signature>", "<ds:Object></ds:Object>")),
    ];
    all(RESPONSE, [], refused)
}

fn plaintexts() -> Vec<Made<ErrorKind>> {
    let (_, ada, _) = parts(&honest(Signs::Assertion));
    let (signature, bare) = unsigned(&ada);
    let (_, of_another, _) = parts(&signed(answer(), Signs::Assertion, &OTHER.1));
    let refused = [
        (("signed-by-another.xml", SamlSignatureInvalid), of_another),
        (("unsigned.xml", SamlSignatureMissing), bare.clone()),
        (("changed-name.xml", SamlSignatureInvalid), ada.replace("ada@", "root@")),
        (
            ("comment-in-name.xml", SamlTextMixed),
            ada.replace("ada@acme.example</", "ada@acme<!-- -->.example</"),
        ),
        (("wrapped.xml", SamlAssertionCount), before(&evil(&bare), "<saml:Subject>", &ada)),
        (("in-object.xml", SamlAssertionCount), {
            let object = format!("<ds:Object>{bare}</ds:Object>");
            before(&evil(&bare), "<saml:Subject>", &before(&signature, "</ds:Signature>", &object))
        }),
        (("no-assertion.xml", SamlRootWrong), "<x/>".to_owned()),
    ];
    all("saml_plaintext", [("signed.xml", ada)], refused)
}

fn metadata() -> Vec<Made<ErrorKind>> {
    let entity = crate::tests::exchange::metadata::entity(IDP);
    let mut sealed =
        crate::tests::exchange::metadata::entity(IDP).with("ID", "_m1").with("validUntil", instant(86_400));
    KEY.1.sign_element(&mut sealed, 0);
    let plain = entity.canonical();
    let many = |all: [&str; 2]| {
        let all = all.map(crate::tests::exchange::metadata::entity);
        Node::new("md:EntitiesDescriptor").children(all).canonical()
    };
    let accepted = [
        ("plain.xml", plain.clone()),
        ("signed.xml", sealed.canonical()),
        ("in-a-federation.xml", Node::new("md:EntitiesDescriptor").child(entity).canonical()),
    ];
    let refused = [
        (("two-providers.xml", SamlMetadataInvalid), many([IDP, "https://other.example/saml"])),
        (("twice.xml", SamlMetadataInvalid), many([IDP, IDP])),
        (
            ("without-tls.xml", ProviderAddressInsecure),
            plain.replace("https://idp.example/slo", "http://idp.example/slo"),
        ),
        (
            ("script.xml", ProviderAddressInsecure),
            plain.replace("https://idp.example/slo", "javascript:alert(1)"),
        ),
        (
            ("fragment.xml", SamlMetadataInvalid),
            plain.replace("https://idp.example/slo", "https://idp.example/#slo"),
        ),
        (
            ("key-of-another-use.xml", SamlMetadataInvalid),
            plain.replace("use=\"signing\"", "use=\"encryption\""),
        ),
        (("doctype.xml", SamlDoctype), format!("<!DOCTYPE x [<!ENTITY e \"{IDP}\">]>{plain}")),
    ];
    all("saml_metadata", accepted, refused)
}

fn logout() -> Vec<Made<ErrorKind>> {
    use crate::sample::messages::logout_request as request;
    use crate::tests::exchange::corpus::logout::{answer, form, query};
    const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
    let posted = |mut node: Node| {
        KEY.1.sign_element(&mut node, 1);
        node.canonical()
    };
    let one = || request().child(Node::text("samlp:SessionIndex", "_s1"));
    let request_query = query(Message::Request, &one(), Some(&KEY.1));
    let accepted = [
        ("request.xml", posted(request())),
        ("request-of-one-session.xml", posted(one())),
        ("answer.xml", posted(answer(SUCCESS))),
        ("request.txt", request_query.clone()),
        ("answer.txt", query(Message::Response, &answer(SUCCESS), Some(&KEY.1))),
        ("form.txt", form(Message::Request, request(), Some(&KEY.1))),
    ];
    let refused = [
        (("unsigned.xml", SamlSignatureMissing), request().canonical()),
        (("signed-by-another.xml", SamlSignatureInvalid), {
            let mut theirs = request();
            OTHER.1.sign_element(&mut theirs, 1);
            theirs.canonical()
        }),
        (("unsigned.txt", SamlSignatureMissing), query(Message::Request, &request(), None)),
        (("another-state.txt", SamlSignatureInvalid), request_query.replace("RelayState=r", "RelayState=s")),
        (("doubled.txt", ParameterRepeated), format!("{request_query}&RelayState=r")),
        (("signed-inside.txt", SamlSignatureMissing), {
            let mut inside = request();
            KEY.1.sign_element(&mut inside, 1);
            query(Message::Request, &inside, None)
        }),
        (
            ("signed-by-another.txt", SamlSignatureInvalid),
            query(Message::Request, &request(), Some(&OTHER.1)),
        ),
    ];
    all("saml_logout", accepted, refused)
}

fn redirects() -> Vec<Made<ErrorKind>> {
    let node = crate::sample::messages::logout_request();
    let plain = crate::tests::exchange::logout::query(Message::Request, &node, None);
    let bomb = {
        let blank = " ".repeat(200_000);
        let sent = crate::redirect::address("https://x.example/?", (Message::Request, &blank), None, None);
        sent.expect("an address").replace("https://x.example/?", "")
    };
    let accepted = [
        ("unsigned.txt", plain.clone()),
        ("signed.txt", crate::tests::exchange::logout::query(Message::Response, &node, Some(&KEY.1))),
    ];
    let refused = [
        (("bomb.txt", SamlTooLarge), bomb),
        (("doubled.txt", ParameterRepeated), format!("{plain}&RelayState=r")),
        (("encoded-name.txt", SamlEncodingInvalid), plain.replace("RelayState", "RelayStat%65")),
        (("both.txt", SamlEncodingInvalid), format!("{plain}&SAMLResponse=x")),
        (("half-a-signature.txt", SamlEncodingInvalid), format!("{plain}&SigAlg=x")),
        (("another-encoding.txt", SamlEncodingInvalid), format!("{plain}&SAMLEncoding=x")),
    ];
    all("saml_redirect", accepted, refused)
}
