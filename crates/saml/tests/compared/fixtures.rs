//! The fixtures of the comparison in the README: honest responses as providers send them, and forged ones.
//!
//! Every run makes them again, with new keys and for the given time, because the other libraries read the clock. The
//! XML is written in canonical form, so that it can be signed without a canonicalizer.

use std::time::{Duration, SystemTime};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_saml::SpAddresses;

use crate::{
    encrypted::{self, Cipher, Transport},
    signer::{EXC, Method, Pair, SHA256, sign},
};

/// The provider's entity ID.
pub const IDP: &str = "https://idp.example/saml";
/// The ID of the request that every honest response answers.
pub const ASKED: &str = "_asked";
/// The user that the provider signs.
pub const ADA: &str = "ada@acme.example";

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const CLASS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";

/// Returns the addresses of the service provider.
pub fn addresses() -> SpAddresses {
    let of = |page: &str| format!("https://hub.example/sso/1/saml/{page}");
    SpAddresses { metadata: of("metadata"), acs: of("acs"), slo: of("slo") }
}

/// What a service provider should do with a fixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Accept,
    /// The response is forged, or is not for this service provider.
    Refuse,
    /// The response is forged, but a reader that reads only what the provider signed is not deceived.
    RefuseOrReadSigned,
}

/// The parts that the provider signs. Libraries that can be told which signatures to require are told these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signs {
    Assertion,
    Response,
    Both,
}

/// A response, and the service provider's settings for it.
pub struct Fixture {
    pub name: &'static str,
    pub right: Right,
    pub xml: String,
    /// The NameID that the provider signed. A library that accepts the fixture with another NameID was deceived.
    pub signed_name: &'static str,
    /// The provider's certificates in PEM.
    pub certificates: Vec<String>,
    pub signs: Signs,
    pub is_encrypted: bool,
}

/// The addresses that a reader of a forged response must not open.
pub struct Traps {
    /// An `http` URL.
    pub url: String,
    /// A `file` URL.
    pub file: String,
}

/// The keys of one run.
pub struct Keys {
    provider: Pair,
    ecdsa: Pair,
    attacker: Pair,
    /// The service provider's key, for which assertions are encrypted.
    pub own: Pair,
}

impl Keys {
    pub fn generate() -> Self {
        Self { provider: Pair::rsa(), ecdsa: Pair::p256(), attacker: Pair::rsa(), own: Pair::rsa() }
    }
}

/// What a response says. The tests of a wrong value change one field.
#[derive(Clone)]
struct Says {
    name: &'static str,
    issuer: &'static str,
    audience: Option<&'static str>,
    recipient: String,
    request: &'static str,
    destination: String,
    /// When the response was made, relative to now, and until when it is valid, in seconds.
    times: (i64, i64),
    now: SystemTime,
}

impl Says {
    fn of(now: SystemTime) -> Self {
        Self {
            name: ADA,
            issuer: IDP,
            audience: Some("https://hub.example/sso/1/saml/metadata"),
            recipient: addresses().acs,
            request: ASKED,
            destination: addresses().acs,
            times: (0, 300),
            now,
        }
    }

    fn instant(&self, from_now: i64) -> String {
        let by = Duration::from_secs(from_now.unsigned_abs());
        let at = if from_now < 0 { self.now - by } else { self.now + by };
        humantime::format_rfc3339_seconds(at).to_string()
    }

    fn assertion(&self, id: &str) -> Part {
        let Self { name, issuer, recipient, request, times: (made, ends), .. } = self;
        let [made, before, ends] = [*made, made - 30, *ends].map(|at| self.instant(at));
        let audience = self.audience.map(|audience| {
            format!(
                "<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>"
            )
        });
        Part {
            id: id.to_owned(),
            head: format!(
                "<saml:Assertion xmlns:saml=\"{SAML}\" ID=\"{id}\" IssueInstant=\"{made}\" Version=\"2.0\">\
                 <saml:Issuer>{issuer}</saml:Issuer>"
            ),
            tail: format!(
                "<saml:Subject><saml:NameID Format=\"{EMAIL}\">{name}</saml:NameID>\
                 <saml:SubjectConfirmation Method=\"{BEARER}\"><saml:SubjectConfirmationData \
                 InResponseTo=\"{request}\" NotOnOrAfter=\"{ends}\" Recipient=\"{recipient}\">\
                 </saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>\
                 <saml:Conditions NotBefore=\"{before}\" NotOnOrAfter=\"{ends}\">{}</saml:Conditions>\
                 <saml:AuthnStatement AuthnInstant=\"{made}\" SessionIndex=\"_s1\"><saml:AuthnContext>\
                 <saml:AuthnContextClassRef>{CLASS}</saml:AuthnContextClassRef></saml:AuthnContext>\
                 </saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name=\"mail\">\
                 <saml:AttributeValue>{name}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>\
                 </saml:Assertion>",
                audience.unwrap_or_default(),
            ),
        }
    }

    fn response(&self, id: &str, content: &str) -> Part {
        let Self { issuer, request, destination, .. } = self;
        let made = self.instant(self.times.0);
        Part {
            id: id.to_owned(),
            head: format!(
                "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" Destination=\"{destination}\" \
                 ID=\"{id}\" InResponseTo=\"{request}\" IssueInstant=\"{made}\" Version=\"2.0\">\
                 <saml:Issuer xmlns:saml=\"{SAML}\">{issuer}</saml:Issuer>"
            ),
            tail: format!(
                "<samlp:Status><samlp:StatusCode Value=\"{SUCCESS}\"></samlp:StatusCode></samlp:Status>{content}\
                 </samlp:Response>"
            ),
        }
    }

    /// Returns a response whose assertion this key signed.
    fn signed_by(&self, pair: &Pair) -> String {
        let assertion = self.assertion("_a1");
        let signature = sign(pair, &assertion.id, &assertion.bare(), Method::of(pair));
        self.response("_r1", &assertion.with(&signature)).bare()
    }
}

/// An element in canonical form, in two halves. Its signature is between them.
struct Part {
    id: String,
    head: String,
    tail: String,
}

impl Part {
    fn bare(&self) -> String {
        self.with("")
    }

    fn with(&self, signature: &str) -> String {
        format!("{}{signature}{}", self.head, self.tail)
    }

    fn signed_by(&self, pair: &Pair) -> String {
        self.with(&sign(pair, &self.id, &self.bare(), Method::of(pair)))
    }
}

/// Inserts a text before the first occurrence of `place`.
fn before(text: &str, place: &str, what: &str) -> String {
    let (head, tail) = text.split_once(place).expect("the place");
    format!("{head}{what}{place}{tail}")
}

/// Returns every fixture, in the order of the table.
pub fn all(keys: &Keys, traps: &Traps, now: SystemTime) -> Vec<Fixture> {
    let says = Says::of(now);
    let mut all = honest(keys, &says);
    all.extend(unsigned_or_signed_by_another(keys, &says));
    all.extend(wrapped(keys, &says));
    all.extend(wrong_values(keys, &says));
    all.extend(wrong_signatures(keys, traps, &says));
    all.extend(wrong_encryption(keys, &says));
    all
}

fn fixture(keys: &Keys, right: Right, name: &'static str, xml: String) -> Fixture {
    Fixture {
        name,
        right,
        xml,
        signed_name: ADA,
        certificates: vec![keys.provider.certificate()],
        signs: Signs::Assertion,
        is_encrypted: false,
    }
}

fn honest(keys: &Keys, says: &Says) -> Vec<Fixture> {
    let fixture = |name, xml| fixture(keys, Right::Accept, name, xml);
    let assertion = says.assertion("_a1");
    let plain = says.signed_by(&keys.provider);
    let sha512 = sign(&keys.provider, "_a1", &assertion.bare(), Method::RsaSha512);
    vec![
        fixture("assertion signed, RSA with SHA-256", plain.clone()),
        Fixture {
            signs: Signs::Response,
            ..fixture("response signed", says.response("_r1", &assertion.bare()).signed_by(&keys.provider))
        },
        Fixture {
            signs: Signs::Both,
            ..fixture(
                "response and assertion signed",
                says.response("_r1", &assertion.signed_by(&keys.provider)).signed_by(&keys.provider),
            )
        },
        fixture("assertion signed, RSA with SHA-512", says.response("_r1", &assertion.with(&sha512)).bare()),
        Fixture {
            certificates: vec![keys.ecdsa.certificate()],
            ..fixture("assertion signed, ECDSA on P-256", says.signed_by(&keys.ecdsa))
        },
        Fixture {
            certificates: vec![keys.attacker.certificate(), keys.provider.certificate()],
            ..fixture("two certificates while the provider changes its key", plain.clone())
        },
        fixture("`InclusiveNamespaces` and a typed attribute", typed(keys, &assertion, says)),
        fixture("a comment between two elements", before(&plain, "<saml:Subject>", "<!-- a comment -->")),
        encrypted(keys, says, Right::Accept, &AES_128, |ciphertext| ciphertext),
        encrypted(keys, says, Right::Accept, &AES_256, |ciphertext| ciphertext),
        encrypted(keys, says, Right::Accept, &OAEP_SHA256, |ciphertext| ciphertext),
    ]
}

/// An attribute value of the type `xs:string`, whose prefix the signature covers by `InclusiveNamespaces` (Exclusive
/// XML Canonicalization §4).
fn typed(keys: &Keys, assertion: &Part, says: &Says) -> String {
    let xs = "http://www.w3.org/2001/XMLSchema";
    let typed = format!(
        "<saml:AttributeValue xmlns:xsi=\"{xs}-instance\" xsi:type=\"xs:string\">{ADA}</saml:AttributeValue>"
    );
    let assertion = Part {
        id: assertion.id.clone(),
        head: assertion.head.replacen(" ID=", &format!(" xmlns:xs=\"{xs}\" ID="), 1),
        tail: assertion.tail.replacen(
            &format!("<saml:AttributeValue>{ADA}</saml:AttributeValue>"),
            &typed,
            1,
        ),
    };
    let list = format!(
        "<ec:InclusiveNamespaces xmlns:ec=\"{EXC}\" PrefixList=\"xs\"></ec:InclusiveNamespaces></ds:Transform>"
    );
    let transform = format!("<ds:Transform Algorithm=\"{EXC}\"></ds:Transform>");
    let signature =
        bent(&keys.provider, &assertion, &transform, &transform.replace("</ds:Transform>", &list));
    says.response("_r1", &assertion.with(&signature)).bare()
}

/// Returns a signature whose `SignedInfo` was changed before it was signed.
fn bent(pair: &Pair, part: &Part, from: &str, to: &str) -> String {
    let bend = |info: &str| {
        assert!(info.contains(from), "{from}");
        info.replacen(from, to, 1)
    };
    crate::signer::sign_bent(pair, &part.id, &part.bare(), Method::of(pair), SHA256, &bend)
}

fn unsigned_or_signed_by_another(keys: &Keys, says: &Says) -> Vec<Fixture> {
    let fixture = |name, xml| fixture(keys, Right::Refuse, name, xml);
    let assertion = Says { name: "root@acme.example", ..says.clone() }.assertion("_a1");
    let unsigned = says.response("_r1", &assertion.bare()).bare();
    let empty = format!("<ds:Signature xmlns:ds=\"{DS}\"></ds:Signature>");
    let by_attacker = sign(&keys.attacker, "_a1", &assertion.bare(), Method::of(&keys.attacker));
    let certificate: String =
        keys.attacker.certificate().lines().filter(|line| !line.starts_with("-----")).collect();
    let info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    );
    let brought = before(&by_attacker, "</ds:Signature>", &info);
    let hmac = Method::HmacSha256(keys.provider.certificate());
    let hmac = sign(&keys.provider, "_a1", &assertion.bare(), hmac);
    vec![
        fixture("unsigned", unsigned.clone()),
        Fixture {
            certificates: Vec::new(),
            ..fixture("unsigned, and no certificate is configured", unsigned)
        },
        fixture("an empty `ds:Signature`", says.response("_r1", &assertion.with(&empty)).bare()),
        fixture(
            "signed by an attacker's key, whose certificate is in `KeyInfo`",
            says.response("_r1", &assertion.with(&brought)).bare(),
        ),
        fixture(
            "HMAC keyed with the provider's certificate",
            says.response("_r1", &assertion.with(&hmac)).bare(),
        ),
    ]
}

/// Signature wrapping (Somorovsky et al. 2012), and text that two readers read differently.
fn wrapped(keys: &Keys, says: &Says) -> Vec<Fixture> {
    let fixture = |name, xml| fixture(keys, Right::RefuseOrReadSigned, name, xml);
    let honest = says.assertion("_a1");
    let signature = sign(&keys.provider, "_a1", &honest.bare(), Method::of(&keys.provider));
    let honest_signed = honest.with(&signature);
    let root = Says { name: "root@acme.example", ..says.clone() };
    let evil = root.assertion("_e1");
    let object =
        |what: &str| before(&signature, "</ds:Signature>", &format!("<ds:Object>{what}</ds:Object>"));
    let in_extensions = before(
        &says.response("_r1", &evil.bare()).bare(),
        "<samlp:Status>",
        &format!("<samlp:Extensions>{honest_signed}</samlp:Extensions>"),
    );
    let honest_response = says.response("_r1", &honest.bare());
    let over_response = sign(&keys.provider, "_r1", &honest_response.bare(), Method::of(&keys.provider));
    let inside = format!("<ds:Object>{}</ds:Object></ds:Signature>", honest_response.bare());
    let over_response = over_response.replacen("</ds:Signature>", &inside, 1);
    let comment = Says { name: "ada@acme.example.evil.example", ..says.clone() };
    let comment = comment.signed_by(&keys.provider);
    vec![
        fixture("signed assertion in `Extensions`, a forged one in its place", in_extensions),
        fixture(
            "signed assertion in a `ds:Object` inside the forged one",
            says.response("_r1", &evil.with(&object(&honest.bare()))).bare(),
        ),
        Fixture {
            signs: Signs::Response,
            ..fixture(
                "signed response in a `ds:Object` inside the forged one",
                root.response("_r2", &evil.bare()).with(&over_response),
            )
        },
        fixture(
            "a forged assertion before the signed one",
            says.response("_r1", &format!("{}{honest_signed}", evil.bare())).bare(),
        ),
        fixture(
            "a forged assertion after the signed one",
            says.response("_r1", &format!("{honest_signed}{}", evil.bare())).bare(),
        ),
        Fixture {
            signed_name: "ada@acme.example.evil.example",
            ..fixture(
                "`ada@acme.example<!---->.evil.example` as the NameID",
                comment.replacen("ada@acme.example.evil", "ada@acme.example<!---->.evil", 1),
            )
        },
    ]
}

/// Responses that the provider signed for something else, which an attacker passes on.
fn wrong_values(keys: &Keys, says: &Says) -> Vec<Fixture> {
    let signed = |says: &Says| says.signed_by(&keys.provider);
    let fixture = |name, xml| fixture(keys, Right::Refuse, name, xml);
    let elsewhere = Says { destination: "https://other.example/acs".to_owned(), ..says.clone() };
    vec![
        fixture(
            "for another audience",
            signed(&Says { audience: Some("https://other.example"), ..says.clone() }),
        ),
        fixture("for no audience", signed(&Says { audience: None, ..says.clone() })),
        fixture(
            "for another recipient",
            signed(&Says { recipient: "https://other.example/acs".to_owned(), ..says.clone() }),
        ),
        Fixture {
            signs: Signs::Response,
            ..fixture(
                "for another destination, response signed",
                elsewhere.response("_r1", &says.assertion("_a1").bare()).signed_by(&keys.provider),
            )
        },
        fixture("an answer to another request", signed(&Says { request: "_other", ..says.clone() })),
        fixture(
            "by another issuer with the same key",
            signed(&Says { issuer: "https://other.example/saml", ..says.clone() }),
        ),
        fixture("expired ten minutes ago", signed(&Says { times: (-900, -600), ..says.clone() })),
    ]
}

/// Signatures that should not be computed: by weak algorithms, or over something that the reader has to open first.
fn wrong_signatures(keys: &Keys, traps: &Traps, says: &Says) -> Vec<Fixture> {
    let fixture = |name, xml| fixture(keys, Right::Refuse, name, xml);
    let assertion = says.assertion("_a1");
    let sha1 = crate::signer::sign_bent(
        &keys.provider,
        "_a1",
        &assertion.bare(),
        Method::RsaSha256,
        SHA1,
        &str::to_owned,
    );
    let by_attacker = |from: &str, to: &str| {
        says.response("_r1", &assertion.with(&bent(&keys.attacker, &assertion, from, to))).bare()
    };
    let transform = format!("<ds:Transform Algorithm=\"{EXC}\"></ds:Transform>");
    // Each level multiplies the time by the number of nodes.
    let expression = "count(//node()[count(//node()[count(//node()[count(//node())>0])>0])>0])>0";
    let xpath = format!(
        "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>{}</ds:XPath>\
         </ds:Transform>{transform}",
        expression.replace('>', "&gt;"),
    );
    let entity = format!("<!DOCTYPE r [<!ENTITY x SYSTEM \"{}\">]>", traps.url);
    let message = "<samlp:StatusMessage>&x;</samlp:StatusMessage></samlp:Status>";
    let doctype = says.signed_by(&keys.provider).replacen("</samlp:Status>", message, 1);
    vec![
        fixture("SHA-1 as the digest", says.response("_r1", &assertion.with(&sha1)).bare()),
        fixture("a transform by a costly XPath", by_attacker(&transform, &xpath)),
        fixture("a reference to a file", by_attacker("URI=\"#_a1\"", &format!("URI=\"{}\"", traps.file))),
        fixture("a reference to a URL", by_attacker("URI=\"#_a1\"", &format!("URI=\"{}\"", traps.url))),
        fixture("a DOCTYPE with an entity at a URL", format!("{entity}{doctype}")),
    ]
}

/// How an assertion is encrypted, and whether the response around it is signed.
struct Encryption {
    name: &'static str,
    cipher: Cipher,
    transport: Transport,
    signs: Signs,
}

const AES_128: Encryption = Encryption {
    name: "AES-128-GCM by RSA-OAEP, response signed",
    cipher: Cipher::Aes128Gcm,
    transport: Transport::OaepSha1,
    signs: Signs::Both,
};
const AES_256: Encryption = Encryption {
    name: "AES-256-GCM by RSA-OAEP, response signed",
    cipher: Cipher::Aes256Gcm,
    transport: Transport::OaepSha1,
    signs: Signs::Both,
};
const OAEP_SHA256: Encryption = Encryption {
    name: "AES-128-GCM by RSA-OAEP with SHA-256, response signed",
    cipher: Cipher::Aes128Gcm,
    transport: Transport::OaepSha256,
    signs: Signs::Both,
};
const CBC: Encryption = Encryption {
    name: "AES-CBC, no signature over the ciphertext",
    cipher: Cipher::Aes128Cbc,
    transport: Transport::OaepSha1,
    signs: Signs::Assertion,
};
const PKCS1: Encryption = Encryption {
    name: "RSA PKCS #1 v1.5 as the key transport, response signed",
    cipher: Cipher::Aes128Gcm,
    transport: Transport::Pkcs1,
    signs: Signs::Both,
};
const SHORT: Encryption = Encryption {
    name: "a ciphertext of 8 bytes, response signed",
    cipher: Cipher::Aes128Gcm,
    transport: Transport::OaepSha1,
    signs: Signs::Both,
};

/// Ciphertexts that help an attacker to decrypt others, or that are too short.
fn wrong_encryption(keys: &Keys, says: &Says) -> Vec<Fixture> {
    let cut = |ciphertext: String| {
        let (head, rest) = ciphertext.rsplit_once("<xenc:CipherValue>").expect("one");
        let (_, tail) = rest.split_once('<').expect("its end");
        format!("{head}<xenc:CipherValue>{}<{tail}", STANDARD.encode([7; 8]))
    };
    vec![
        encrypted(keys, says, Right::Refuse, &CBC, |ciphertext| ciphertext),
        encrypted(keys, says, Right::Refuse, &PKCS1, |ciphertext| ciphertext),
        encrypted(keys, says, Right::Refuse, &SHORT, cut),
    ]
}

/// Returns a response with an assertion that is signed and then encrypted. `bend` changes the encrypted assertion.
fn encrypted(
    keys: &Keys,
    says: &Says,
    right: Right,
    how: &Encryption,
    bend: impl FnOnce(String) -> String,
) -> Fixture {
    let assertion = says.assertion("_a1").signed_by(&keys.provider);
    let ciphertext = bend(encrypted::encrypt(assertion.as_bytes(), &keys.own, how.cipher, how.transport));
    let response = says.response("_r1", &ciphertext);
    let xml = match how.signs {
        Signs::Assertion => response.bare(),
        Signs::Response | Signs::Both => response.signed_by(&keys.provider),
    };
    Fixture { signs: how.signs, is_encrypted: true, ..fixture(keys, right, how.name, xml) }
}
