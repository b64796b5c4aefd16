//! Encrypted assertions: what is decrypted, what is refused before, and the one error for all that fails.

use std::sync::LazyLock;

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{AES_128, AES_192, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey},
    encoding::{AsDer, Pkcs8V1Der},
    iv::FixedLength,
    rsa::{
        KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPublicEncryptingKey,
        PrivateDecryptingKey,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{LoginErrorKind, Secret};

use super::{
    DecryptionKey, Encryption, SAML, Trusted, assertion, evil, response,
    signer::{ATTACKER, sign},
};

static OURS: LazyLock<PrivateDecryptingKey> =
    LazyLock::new(|| PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap());
static OLD: LazyLock<PrivateDecryptingKey> =
    LazyLock::new(|| PrivateDecryptingKey::generate(KeySize::Rsa3072).unwrap());

fn pem(key: &PrivateDecryptingKey) -> Secret<String> {
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    Secret::new(format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    ))
}

#[cfg(feature = "_engines")]
pub(super) fn our_public_pem() -> String {
    use aws_lc_rs::encoding::PublicKeyX509Der;
    let public = OURS.public_key();
    let der: PublicKeyX509Der<'_> = public.as_der().unwrap();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()))
}

pub(super) fn trusted() -> Trusted {
    let keys = [&*OLD, &OURS].map(|key| DecryptionKey::parse_pem(&pem(key)).unwrap());
    Trusted { decryption_keys: keys.into(), ..Trusted::default() }
}

const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";

/// How one is encrypted.
#[derive(Clone)]
struct How {
    content: String,
    transport: String,
    parameters: String,
    oaep: &'static OaepAlgorithm,
    label: &'static [u8],
    key_length: usize,
    tamper: fn(&mut Vec<u8>),
    tamper_key: fn(&mut Vec<u8>),
}

fn how(content: &str, key_length: usize) -> How {
    How {
        content: content.to_owned(),
        transport: OAEP.to_owned(),
        parameters: String::new(),
        oaep: &OAEP_SHA1_MGF1SHA1,
        label: b"",
        key_length,
        tamper: |_| {},
        tamper_key: |_| {},
    }
}

/// What both engines know.
fn gcm() -> How {
    how(&format!("{XENC11}aes128-gcm"), 16)
}

fn cbc() -> How {
    how(&format!("{XENC}aes128-cbc"), 16)
}

/// In canonical form, so that it may be signed by hand.
fn encrypt(plaintext: &[u8], how: &How) -> String {
    let key = vec![7; how.key_length];
    let mut content = if how.content.ends_with("gcm") {
        let algorithm = [&AES_128_GCM, &AES_192_GCM, &AES_256_GCM][how.key_length / 8 - 2];
        let sealer = LessSafeKey::new(UnboundKey::new(algorithm, &key).unwrap());
        let mut sealed = plaintext.to_vec();
        let nonce = Nonce::assume_unique_for_key([3; 12]);
        sealer.seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed).unwrap();
        [&[3; 12][..], &sealed].concat()
    } else {
        let algorithm = [&AES_128, &AES_192, &AES_256][how.key_length / 8 - 2];
        let padding = 16 - plaintext.len() % 16;
        let mut padded = [plaintext, &vec![0; padding - 1], &[u8::try_from(padding).unwrap()]].concat();
        let sealer = EncryptingKey::cbc(UnboundCipherKey::new(algorithm, &key).unwrap()).unwrap();
        sealer.less_safe_encrypt(&mut padded, EncryptionContext::Iv128(FixedLength::from([5; 16]))).unwrap();
        [&[5; 16][..], &padded].concat()
    };
    let public = OaepPublicEncryptingKey::new(OURS.public_key()).unwrap();
    let mut wrapped = vec![0; public.ciphertext_size()];
    let mut wrapped = public.encrypt(how.oaep, &key, &mut wrapped, Some(how.label)).unwrap().to_vec();
    (how.tamper)(&mut content);
    (how.tamper_key)(&mut wrapped);
    let (content, wrapped) = (STANDARD.encode(content), STANDARD.encode(wrapped));
    format!(
        "<saml:EncryptedAssertion xmlns:saml=\"{SAML}\"><xenc:EncryptedData xmlns:xenc=\"{XENC}\" Type=\"{XENC}Element\">\
         <xenc:EncryptionMethod Algorithm=\"{}\"></xenc:EncryptionMethod>\
         <ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><xenc:EncryptedKey Id=\"k1\">\
         <xenc:EncryptionMethod Algorithm=\"{}\">{}</xenc:EncryptionMethod>\
         <xenc:CipherData><xenc:CipherValue>{wrapped}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>\
         <xenc:CipherData><xenc:CipherValue>{content}</xenc:CipherValue></xenc:CipherData>\
         </xenc:EncryptedData></saml:EncryptedAssertion>",
        how.content, how.transport, how.parameters,
    )
}

fn signed_inside() -> Vec<u8> {
    assertion("a1", "ada@example.com").signed().into_bytes()
}

fn unsigned_inside() -> Vec<u8> {
    assertion("a1", "ada@example.com").unsigned().into_bytes()
}

/// The assertion is signed and then encrypted.
fn inside(how: &How) -> String {
    response(&encrypt(&signed_inside(), how)).unsigned()
}

/// The assertion is encrypted, and the response with the ciphertext signed.
fn outside(how: &How) -> String {
    response(&encrypt(&unsigned_inside(), how)).signed()
}

#[cfg(feature = "saml-xmlsec")]
pub(super) fn by_aes(key_length: usize) -> String {
    inside(&how(&format!("{XENC11}aes{}-gcm", key_length * 8), key_length))
}

/// The ciphertext cut to so many bytes: by AES-GCM, and by AES-CBC with a signature over it.
#[cfg(feature = "saml-xmlsec")]
pub(super) fn cut(length: usize) -> [String; 2] {
    let cut = |encrypted: String| {
        let (head, rest) = encrypted.rsplit_once("<xenc:CipherValue>").unwrap();
        let (value, tail) = rest.split_once('<').unwrap();
        let bytes = &STANDARD.decode(value).unwrap()[..length];
        format!("{head}<xenc:CipherValue>{}<{tail}", STANDARD.encode(bytes))
    };
    let inside = response(&cut(encrypt(&signed_inside(), &gcm()))).unsigned();
    [inside, response(&cut(encrypt(&unsigned_inside(), &cbc()))).signed()]
}

fn kind(text: &str) -> Option<LoginErrorKind> {
    trusted().open(text).err().map(|error| error.kind())
}

fn honest_is_accepted() {
    for text in [inside(&gcm()), outside(&gcm()), outside(&cbc())] {
        let seen = trusted().open(&text).unwrap();
        assert!(seen.was_encrypted);
        assert_eq!(seen.name_id, "ada@example.com");
    }
}

#[test]
fn every_cipher_of_the_list_is_decrypted() {
    for length in [16, 24, 32] {
        let bits = length * 8;
        trusted().open(&inside(&how(&format!("{XENC11}aes{bits}-gcm"), length))).unwrap();
        trusted().open(&outside(&how(&format!("{XENC}aes{bits}-cbc"), length))).unwrap();
    }
}

#[test]
fn oaep_with_sha256_is_decrypted() {
    trusted().open(&by_oaep_sha256()).unwrap();
}

pub(super) fn by_oaep_sha256() -> String {
    let parameters = format!(
        "<ds:DigestMethod Algorithm=\"{XENC}sha256\"></ds:DigestMethod>\
         <x:MGF xmlns:x=\"{XENC11}\" Algorithm=\"{XENC11}mgf1sha256\"></x:MGF>"
    );
    let transport = format!("{XENC11}rsa-oaep");
    inside(&How { transport, parameters, oaep: &OAEP_SHA256_MGF1SHA256, ..gcm() })
}

/// Wrapped with one label, with another said.
pub(super) fn labelled(label: &'static [u8], said: &str) -> String {
    let parameters = match said {
        "" => String::new(),
        said => format!("<xenc:OAEPparams>{}</xenc:OAEPparams>", STANDARD.encode(said)),
    };
    inside(&How { label, parameters, ..gcm() })
}

#[test]
fn a_label_of_oaep_has_to_be_the_one_that_the_key_was_wrapped_with() {
    for (text, expected) in [
        (labelled(b"hub", "hub"), None),
        (labelled(b"", ""), None),
        (labelled(b"hub", "bub"), Some(LoginErrorKind::SamlDecryptionFailed)),
        (labelled(b"hub", ""), Some(LoginErrorKind::SamlDecryptionFailed)),
        (labelled(b"", "hub"), Some(LoginErrorKind::SamlDecryptionFailed)),
    ] {
        assert_eq!(kind(&text), expected, "{text}");
    }
}

/// The cryptography here has one hash for both.
#[test]
fn a_mask_of_another_hash_than_the_digests_is_refused_by_name() {
    honest_is_accepted();
    let digest = |name: &str| format!("<ds:DigestMethod Algorithm=\"{XENC}{name}\"></ds:DigestMethod>");
    let mask = |name: &str| format!("<x:MGF xmlns:x=\"{XENC11}\" Algorithm=\"{XENC11}{name}\"></x:MGF>");
    let transport = || format!("{XENC11}rsa-oaep");
    for (how, named) in [
        // Each without a word about the mask: then it is by SHA-1.
        (How { parameters: digest("sha256"), ..gcm() }, ["xmlenc#sha256", "mgf1sha1"]),
        (
            How { transport: transport(), parameters: digest("sha512"), ..gcm() },
            ["xmlenc#sha512", "mgf1sha1"],
        ),
        (
            How { transport: transport(), parameters: digest("sha256") + &mask("mgf1sha1"), ..gcm() },
            ["xmlenc#sha256", "mgf1sha1"],
        ),
        (
            How { transport: transport(), parameters: mask("mgf1sha256"), ..gcm() },
            ["xmldsig#sha1", "mgf1sha256"],
        ),
    ] {
        let error = trusted().open(&inside(&how)).unwrap_err();
        assert_eq!(error.kind(), LoginErrorKind::SamlEncryptionRefused);
        let detail = error.detail().unwrap();
        assert!(named.iter().all(|name| detail.contains(name)) && detail.contains("one hash"), "{detail}");
    }
}

#[test]
fn a_key_beside_the_data_is_found() {
    let text = inside(&gcm());
    let (start, end) =
        (text.find("<xenc:EncryptedKey").unwrap(), text.find("</xenc:EncryptedKey>").unwrap() + 20);
    let key = text[start..end].replacen(
        "<xenc:EncryptedKey",
        &format!("<xenc:EncryptedKey xmlns:xenc=\"{XENC}\""),
        1,
    );
    for (id, accepted) in [("k1", true), ("k2", false)] {
        let retrieval = format!("<ds:RetrievalMethod URI=\"#{id}\"></ds:RetrievalMethod>");
        let beside = format!("{}{retrieval}{}", &text[..start], &text[end..])
            .replace("</saml:EncryptedAssertion>", &format!("{key}</saml:EncryptedAssertion>"));
        assert_eq!(kind(&beside), (!accepted).then_some(LoginErrorKind::SamlEncryptionRefused));
    }
}

#[test]
fn an_assertion_that_is_not_encrypted_is_refused_where_it_has_to_be() {
    honest_is_accepted();
    let required = || Trusted { encryption: Encryption::Required, ..trusted() };
    required().open(&inside(&gcm())).unwrap();
    let error = required().open(&super::assertion_signed()).unwrap_err();
    assert_eq!(error.kind(), LoginErrorKind::SamlEncryptionRefused);
}

#[test]
fn without_a_key_to_decrypt_with_it_is_refused() {
    honest_is_accepted();
    let error = Trusted::default().open(&inside(&gcm())).unwrap_err();
    assert_eq!(error.kind(), LoginErrorKind::SamlEncryptionRefused);
}

/// Refused without a key being used: an answer about one would be an oracle.
#[test]
fn algorithms_that_are_not_on_the_list_are_refused() {
    honest_is_accepted();
    let content = |uri: &str| inside(&gcm()).replace(&format!("{XENC11}aes128-gcm"), uri);
    let transport = |uri: &str| inside(&gcm()).replace(OAEP, uri);
    let parameter = |xml: &str| inside(&How { parameters: xml.to_owned(), ..gcm() });
    for text in [
        content(&format!("{XENC}tripledes-cbc")),
        content(&format!("{XENC}kw-aes256")),
        content(""),
        content("none"),
        transport(&format!("{XENC}rsa-1_5")),
        transport(&format!("{XENC}kw-aes128")),
        transport(""),
        parameter("<xenc:OAEPparams>*</xenc:OAEPparams>"),
        parameter("<xenc:OAEPparams></xenc:OAEPparams>"),
        parameter("<xenc:KeySize>128</xenc:KeySize>"),
        parameter(
            "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#md5\"></ds:DigestMethod>",
        ),
        parameter(&format!("<ds:DigestMethod Algorithm=\"{XENC}sha256\"></ds:DigestMethod>")),
        // AES-CBC, and the signature is inside.
        inside(&cbc()),
    ] {
        assert_eq!(kind(&text), Some(LoginErrorKind::SamlEncryptionRefused), "{text}");
    }
}

#[test]
fn other_shapes_are_refused() {
    honest_is_accepted();
    let text = inside(&gcm());
    let key =
        &text[text.find("<xenc:EncryptedKey").unwrap()..text.find("</xenc:EncryptedKey>").unwrap() + 20];
    let beside = key.replacen("<xenc:EncryptedKey", &format!("<xenc:EncryptedKey xmlns:xenc=\"{XENC}\""), 1);
    let data =
        &text[text.find("<xenc:EncryptedData").unwrap()..text.find("</xenc:EncryptedData>").unwrap() + 21];
    let reference = "<xenc:CipherReference URI=\"http://127.0.0.1:1/\"></xenc:CipherReference>";
    for (text, expected) in [
        (
            text.replace(&format!("{XENC}Element"), &format!("{XENC}Content")),
            LoginErrorKind::SamlEncryptionRefused,
        ),
        (text.replace(key, ""), LoginErrorKind::SamlEncryptionRefused),
        (
            text.replace(key, &format!("{key}{}", key.replace("k1", "k2"))),
            LoginErrorKind::SamlElementUnexpected,
        ),
        (
            text.replace(
                "</saml:EncryptedAssertion>",
                &format!("{}</saml:EncryptedAssertion>", beside.replace("k1", "k2")),
            ),
            LoginErrorKind::SamlEncryptionRefused,
        ),
        (text.replace(data, ""), LoginErrorKind::SamlEncryptionRefused),
        (
            text.replace(data, &format!("{data}{}", data.replace("k1", "k2"))),
            LoginErrorKind::SamlElementUnexpected,
        ),
        (
            text.replace("<xenc:CipherValue>", &format!("{reference}<xenc:CipherValue>")),
            LoginErrorKind::SamlEncryptionRefused,
        ),
        (
            text.replace("<xenc:CipherValue>", "<xenc:CipherValue><!---->"),
            LoginErrorKind::SamlEncryptionRefused,
        ),
        (text.replace("<xenc:CipherValue>", "<xenc:CipherValue>*"), LoginErrorKind::SamlEncryptionRefused),
    ] {
        assert_eq!(kind(&text), Some(expected), "{text}");
    }
}

#[test]
fn everything_that_fails_to_decrypt_fails_alike() {
    honest_is_accepted();
    let stranger = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let other = Trusted {
        decryption_keys: vec![DecryptionKey::parse_pem(&pem(&stranger)).unwrap()],
        ..Trusted::default()
    };
    let texts = [
        inside(&How { tamper: |bytes| bytes[20] ^= 1, ..gcm() }),
        inside(&How { tamper: |bytes| *bytes.last_mut().unwrap() ^= 1, ..gcm() }),
        inside(&How { tamper: |bytes| bytes.truncate(27), ..gcm() }),
        inside(&How { tamper: |bytes| bytes.truncate(11), ..gcm() }),
        inside(&How { tamper: |bytes| bytes.truncate(1), ..gcm() }),
        inside(&How { tamper_key: |bytes| bytes[9] ^= 1, ..gcm() }),
        inside(&How { tamper_key: |bytes| bytes.truncate(7), ..gcm() }),
        inside(&How { tamper_key: |bytes| bytes.extend([0; 400]), ..gcm() }),
        // A key of another length than the algorithm's.
        inside(&gcm()).replace("aes128-gcm", "aes192-gcm"),
        inside(&how(&format!("{XENC11}aes256-gcm"), 32)).replace("aes256-gcm", "aes128-gcm"),
        outside(&How { tamper: |bytes| bytes.truncate(16), ..cbc() }),
        outside(&How { tamper: |bytes| bytes.truncate(31), ..cbc() }),
        outside(&How { tamper: |bytes| bytes.truncate(3), ..cbc() }),
        outside(&How { tamper: |bytes| bytes.truncate(bytes.len() - 16), ..cbc() }),
        response(&encrypt(b"<\xff/>", &gcm())).unsigned(),
    ];
    let errors = texts.iter().map(|text| trusted().open(text)).chain([other.open(&inside(&gcm()))]);
    for (at, error) in errors.enumerate() {
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.detail()), (LoginErrorKind::SamlDecryptionFailed, None), "{at}");
    }
}

/// Tampered before it was decrypted: the signature over the ciphertext says so, and no key is used.
#[test]
fn a_tampered_ciphertext_that_is_signed_is_not_decrypted() {
    honest_is_accepted();
    let text = outside(&cbc());
    let at = text.rfind("</xenc:CipherValue>").unwrap() - 40;
    let other = if &text[at..=at] == "A" { "B" } else { "A" };
    let tampered = format!("{}{other}{}", &text[..at], &text[at + 1..]);
    assert_eq!(kind(&tampered), Some(LoginErrorKind::SamlSignatureInvalid));
}

#[test]
fn the_plaintext_is_a_document_of_its_own() {
    honest_is_accepted();
    let inner = |plaintext: &str| response(&encrypt(plaintext.as_bytes(), &gcm())).unsigned();
    let ada = assertion("a1", "ada@example.com");
    let advice = format!("<saml:Advice>{}</saml:Advice><saml:Subject>", ada.signed());
    for (text, expected) in [
        (inner(&ada.unsigned()), LoginErrorKind::SamlSignatureMissing),
        (inner(&ada.with(&sign(&ATTACKER, &ada))), LoginErrorKind::SamlSignatureInvalid),
        (inner("not XML"), LoginErrorKind::SamlXmlInvalid),
        (inner(""), LoginErrorKind::SamlXmlInvalid),
        (inner(&format!("<!DOCTYPE x>{}", ada.signed())), LoginErrorKind::SamlDoctype),
        (inner(&response(&ada.signed()).unsigned()), LoginErrorKind::SamlRootWrong),
        (inner(&format!("{}{}", ada.signed(), evil("e1").unsigned())), LoginErrorKind::SamlXmlInvalid),
        (
            inner(&evil("e1").unsigned().replacen("<saml:Subject>", &advice, 1)),
            LoginErrorKind::SamlAssertionCount,
        ),
        (inner(&ada.signed().replace("Version=\"2.0\"", "Version=\"1.1\"")), LoginErrorKind::SamlRootWrong),
        (inner(&encrypt(&signed_inside(), &gcm())), LoginErrorKind::SamlRootWrong),
        // Signed outside, and inside by somebody else.
        (
            response(&encrypt(ada.with(&sign(&ATTACKER, &ada)).as_bytes(), &gcm())).signed(),
            LoginErrorKind::SamlSignatureInvalid,
        ),
    ] {
        assert_eq!(kind(&text), Some(expected), "{text}");
    }
}

#[test]
fn a_signature_in_the_encrypted_assertion_is_misplaced() {
    honest_is_accepted();
    let signature = sign(&super::PROVIDER, &assertion("a1", "ada@example.com"));
    let text = inside(&gcm())
        .replace("</saml:EncryptedAssertion>", &format!("{signature}</saml:EncryptedAssertion>"));
    assert_eq!(kind(&text), Some(LoginErrorKind::SamlSignatureMisplaced));
}

#[test]
fn what_is_no_key_to_decrypt_with_is_refused_and_not_repeated() {
    DecryptionKey::parse_pem(&pem(&OURS)).unwrap();
    for text in [
        "",
        "x",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----",
    ] {
        let error = DecryptionKey::parse_pem(&Secret::new(text.to_owned())).unwrap_err();
        assert!(error.problem().starts_with("expected an RSA private key"));
    }
}
