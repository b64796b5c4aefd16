//! Tests encrypted assertions: which are decrypted, which are refused before decryption, and that every failure of
//! decryption gives the same error.

use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use tower_sso_core::Secret;

use crate::{
    decryption_key::DecryptionKey,
    error::ErrorKind,
    policy::Encryption,
    tests::{
        Trusted, assertion,
        encryption::{
            How, OAEP, OURS, XENC, XENC11, by_oaep_sha2, cbc, encrypt, gcm, how, inside, labelled,
            oaep_parameters, outside, pem, signed_inside, trusted,
        },
        evil, response,
        signer::{ATTACKER, sign},
    },
};

fn kind(text: &str) -> Option<ErrorKind> {
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
fn every_listed_cipher_is_decrypted() {
    for length in [16, 24, 32] {
        let bits = length * 8;
        trusted().open(&inside(&how(&format!("{XENC11}aes{bits}-gcm"), length))).unwrap();
        trusted().open(&outside(&how(&format!("{XENC}aes{bits}-cbc"), length))).unwrap();
    }
}

#[test]
fn oaep_with_each_listed_hash_is_decrypted() {
    for bits in [256, 384, 512] {
        let text = by_oaep_sha2(bits);
        assert!(text.contains(&format!("#sha{bits}\"")) && text.contains(&format!("#mgf1sha{bits}\"")));
        assert_eq!(trusted().open(&text).unwrap().name_id, "ada@example.com");
    }
    // The key is wrapped with one hash, and the message names another: decryption does not give the key.
    for (bits, said) in [(256, 384), (384, 512), (512, 256), (384, 256)] {
        let [digest, other] = [bits, said].map(oaep_parameters);
        let text = by_oaep_sha2(bits).replace(&digest, &other);
        assert_eq!(kind(&text), Some(ErrorKind::SamlDecryptionFailed), "{bits} {said}");
    }
}

#[test]
fn the_oaep_label_must_be_the_one_the_key_was_wrapped_with() {
    for (text, expected) in [
        (labelled(b"hub", "hub"), None),
        (labelled(b"", ""), None),
        (labelled(b"hub", "bub"), Some(ErrorKind::SamlDecryptionFailed)),
        (labelled(b"hub", ""), Some(ErrorKind::SamlDecryptionFailed)),
        (labelled(b"", "hub"), Some(ErrorKind::SamlDecryptionFailed)),
    ] {
        assert_eq!(kind(&text), expected, "{text}");
    }
}

/// The cryptographic library supports only one hash for both.
#[test]
fn a_mask_hash_that_differs_from_the_digest_is_refused_by_name() {
    honest_is_accepted();
    let digest = |name: &str| format!("<ds:DigestMethod Algorithm=\"{XENC}{name}\"></ds:DigestMethod>");
    let mask = |name: &str| format!("<x:MGF xmlns:x=\"{XENC11}\" Algorithm=\"{XENC11}{name}\"></x:MGF>");
    let transport = || format!("{XENC11}rsa-oaep");
    for (how, named) in [
        // If the message does not name the mask, its hash is SHA-1.
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
        assert_eq!(error.kind(), ErrorKind::SamlEncryptionRefused);
        let detail = error.detail().unwrap();
        assert!(named.iter().all(|name| detail.contains(name)) && detail.contains("one hash"), "{detail}");
    }
}

#[test]
fn an_encrypted_key_beside_the_data_is_found() {
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
        assert_eq!(kind(&beside), (!accepted).then_some(ErrorKind::SamlEncryptionRefused));
    }
}

#[test]
fn an_unencrypted_assertion_is_refused_if_encryption_is_required() {
    honest_is_accepted();
    let required = || Trusted { encryption: Encryption::Required, ..trusted() };
    required().open(&inside(&gcm())).unwrap();
    let error = required().open(&crate::tests::assertion_signed()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SamlEncryptionRefused);
}

#[test]
fn an_encrypted_assertion_without_a_decryption_key_is_refused() {
    honest_is_accepted();
    let error = Trusted::default().open(&inside(&gcm())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SamlEncryptionRefused);
}

/// These are refused before a key is used: an error about a key would be an oracle.
#[test]
fn unlisted_encryption_algorithms_are_refused() {
    honest_is_accepted();
    let content = |uri: &str| inside(&gcm()).replace(&format!("{XENC11}aes128-gcm"), uri);
    let transport = |uri: &str| inside(&gcm()).replace(OAEP, uri);
    let inside_method = |xml: &str| {
        let method = "</xenc:EncryptionMethod><ds:KeyInfo";
        let text = inside(&gcm());
        assert!(text.contains(method));
        text.replacen(method, &format!("{xml}{method}"), 1)
    };
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
        // The algorithm of the content may have no parameter: neither text nor an element.
        inside_method("128"),
        inside_method("<xenc:KeySize>128</xenc:KeySize>"),
        parameter(
            "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#md5\"></ds:DigestMethod>",
        ),
        parameter(&format!("<ds:DigestMethod Algorithm=\"{XENC}sha256\"></ds:DigestMethod>")),
        // AES-CBC with the signature inside the ciphertext.
        inside(&cbc()),
    ] {
        assert_eq!(kind(&text), Some(ErrorKind::SamlEncryptionRefused), "{text}");
    }
}

#[test]
fn encrypted_assertions_of_another_shape_are_refused() {
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
            ErrorKind::SamlEncryptionRefused,
        ),
        (text.replace(key, ""), ErrorKind::SamlEncryptionRefused),
        (text.replace(key, &format!("{key}{}", key.replace("k1", "k2"))), ErrorKind::SamlElementUnexpected),
        (
            text.replace(
                "</saml:EncryptedAssertion>",
                &format!("{}</saml:EncryptedAssertion>", beside.replace("k1", "k2")),
            ),
            ErrorKind::SamlEncryptionRefused,
        ),
        (text.replace(data, ""), ErrorKind::SamlEncryptionRefused),
        (
            text.replace(data, &format!("{data}{}", data.replace("k1", "k2"))),
            ErrorKind::SamlElementUnexpected,
        ),
        (
            text.replace("<xenc:CipherValue>", &format!("{reference}<xenc:CipherValue>")),
            ErrorKind::SamlEncryptionRefused,
        ),
        (text.replace("<xenc:CipherValue>", "<xenc:CipherValue><!---->"), ErrorKind::SamlEncryptionRefused),
        (text.replace("<xenc:CipherValue>", "<xenc:CipherValue>*"), ErrorKind::SamlEncryptionRefused),
    ] {
        assert_eq!(kind(&text), Some(expected), "{text}");
    }
}

#[test]
fn every_decryption_failure_looks_the_same() {
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
        // A key whose length does not fit the algorithm.
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
        assert_eq!((error.kind(), error.detail()), (ErrorKind::SamlDecryptionFailed, None), "{at}");
    }
}

/// The ciphertext is changed: the signature over it is invalid, and no key is used.
#[test]
fn a_signed_but_tampered_ciphertext_is_not_decrypted() {
    honest_is_accepted();
    let text = outside(&cbc());
    let at = text.rfind("</xenc:CipherValue>").unwrap() - 40;
    let other = if &text[at..=at] == "A" { "B" } else { "A" };
    let tampered = format!("{}{other}{}", &text[..at], &text[at + 1..]);
    assert_eq!(kind(&tampered), Some(ErrorKind::SamlSignatureInvalid));
}

#[test]
fn the_plaintext_is_checked_as_a_separate_document() {
    honest_is_accepted();
    let inner = |plaintext: &str| response(&encrypt(plaintext.as_bytes(), &gcm())).unsigned();
    let ada = assertion("a1", "ada@example.com");
    let advice = format!("<saml:Advice>{}</saml:Advice><saml:Subject>", ada.signed());
    for (text, expected) in [
        (inner(&ada.unsigned()), ErrorKind::SamlSignatureMissing),
        (inner(&ada.with(&sign(&ATTACKER, &ada))), ErrorKind::SamlSignatureInvalid),
        (inner("not XML"), ErrorKind::SamlXmlInvalid),
        (inner(""), ErrorKind::SamlXmlInvalid),
        (inner(&format!("<!DOCTYPE x>{}", ada.signed())), ErrorKind::SamlDoctype),
        (inner(&response(&ada.signed()).unsigned()), ErrorKind::SamlRootWrong),
        (inner(&format!("{}{}", ada.signed(), evil("e1").unsigned())), ErrorKind::SamlXmlInvalid),
        (inner(&evil("e1").unsigned().replacen("<saml:Subject>", &advice, 1)), ErrorKind::SamlAssertionCount),
        (inner(&ada.signed().replace("Version=\"2.0\"", "Version=\"1.1\"")), ErrorKind::SamlRootWrong),
        (inner(&encrypt(&signed_inside(), &gcm())), ErrorKind::SamlRootWrong),
        // The response is signed by the provider, and the assertion in the ciphertext by the attacker.
        (
            response(&encrypt(ada.with(&sign(&ATTACKER, &ada)).as_bytes(), &gcm())).signed(),
            ErrorKind::SamlSignatureInvalid,
        ),
    ] {
        assert_eq!(kind(&text), Some(expected), "{text}");
    }
}

#[test]
fn a_signature_in_the_encrypted_assertion_is_misplaced() {
    honest_is_accepted();
    let signature = sign(&crate::tests::signer::PROVIDER, &assertion("a1", "ada@example.com"));
    let text = inside(&gcm())
        .replace("</saml:EncryptedAssertion>", &format!("{signature}</saml:EncryptedAssertion>"));
    assert_eq!(kind(&text), Some(ErrorKind::SamlSignatureMisplaced));
}

#[test]
fn an_unusable_decryption_key_is_refused_and_not_repeated() {
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
