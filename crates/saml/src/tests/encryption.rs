//! Encrypts assertions for tests, in every way that is accepted and in ways that are refused.
//!
//! The encrypted elements are in canonical form, so that the tests can sign them by hand.

use std::sync::LazyLock;

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{AES_128, AES_192, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey},
    encoding::{AsDer, Pkcs8V1Der},
    iv::FixedLength,
    rsa::{
        KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
        OaepAlgorithm, OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::Secret;

use crate::{
    decryption_key::DecryptionKey,
    tests::{Trusted, assertion, response},
    xml::namespace::SAML,
};

pub(crate) static OURS: LazyLock<PrivateDecryptingKey> =
    LazyLock::new(|| PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap());
static OLD: LazyLock<PrivateDecryptingKey> =
    LazyLock::new(|| PrivateDecryptingKey::generate(KeySize::Rsa3072).unwrap());

pub(crate) fn pem(key: &PrivateDecryptingKey) -> Secret<String> {
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    Secret::new(format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    ))
}

#[cfg(feature = "_engines")]
pub(crate) fn our_public_pem() -> String {
    use aws_lc_rs::encoding::PublicKeyX509Der;
    let public = OURS.public_key();
    let der: PublicKeyX509Der<'_> = public.as_der().unwrap();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()))
}

pub(crate) fn trusted() -> Trusted {
    let keys = [&*OLD, &OURS].map(|key| DecryptionKey::parse_pem(&pem(key)).unwrap());
    Trusted { decryption_keys: keys.into(), ..Trusted::default() }
}

pub(crate) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
pub(crate) const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
pub(crate) const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";

/// How an assertion is encrypted.
#[derive(Clone)]
pub(crate) struct How {
    pub(crate) content: String,
    pub(crate) transport: String,
    pub(crate) parameters: String,
    pub(crate) oaep: &'static OaepAlgorithm,
    pub(crate) label: &'static [u8],
    pub(crate) key_length: usize,
    pub(crate) tamper: fn(&mut Vec<u8>),
    pub(crate) tamper_key: fn(&mut Vec<u8>),
}

pub(crate) fn how(content: &str, key_length: usize) -> How {
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

/// Returns an encryption that both engines support.
pub(crate) fn gcm() -> How {
    how(&format!("{XENC11}aes128-gcm"), 16)
}

pub(crate) fn cbc() -> How {
    how(&format!("{XENC}aes128-cbc"), 16)
}

/// Encrypts a plaintext. The element is in canonical form, so that it can be signed by hand.
pub(crate) fn encrypt(plaintext: &[u8], how: &How) -> String {
    encrypt_for(OURS.public_key(), plaintext, how)
}

/// Encrypts a plaintext for a public key in DER, in a way that both engines support.
pub(crate) fn encrypted_for(public_key: &[u8], plaintext: &str) -> String {
    encrypt_for(PublicEncryptingKey::from_der(public_key).unwrap(), plaintext.as_bytes(), &gcm())
}

fn encrypt_for(public_key: PublicEncryptingKey, plaintext: &[u8], how: &How) -> String {
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
    let public = OaepPublicEncryptingKey::new(public_key).unwrap();
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

pub(crate) fn signed_inside() -> Vec<u8> {
    assertion("a1", "ada@example.com").signed().into_bytes()
}

fn unsigned_inside() -> Vec<u8> {
    assertion("a1", "ada@example.com").unsigned().into_bytes()
}

/// Returns a response whose assertion is signed and then encrypted.
pub(crate) fn inside(how: &How) -> String {
    response(&encrypt(&signed_inside(), how)).unsigned()
}

/// Returns a response whose assertion is encrypted, and which is then signed with the ciphertext.
pub(crate) fn outside(how: &How) -> String {
    response(&encrypt(&unsigned_inside(), how)).signed()
}

#[cfg(feature = "xmlsec")]
pub(crate) fn by_aes(key_length: usize) -> String {
    inside(&how(&format!("{XENC11}aes{}-gcm", key_length * 8), key_length))
}

/// Returns responses whose ciphertext is cut to this number of bytes: by AES-GCM, and by AES-CBC with a signature over
/// it.
#[cfg(feature = "xmlsec")]
pub(crate) fn cut(length: usize) -> [String; 2] {
    let cut = |encrypted: String| {
        let (head, rest) = encrypted.rsplit_once("<xenc:CipherValue>").unwrap();
        let (value, tail) = rest.split_once('<').unwrap();
        let bytes = &STANDARD.decode(value).unwrap()[..length];
        format!("{head}<xenc:CipherValue>{}<{tail}", STANDARD.encode(bytes))
    };
    let inside = response(&cut(encrypt(&signed_inside(), &gcm()))).unsigned();
    [inside, response(&cut(encrypt(&unsigned_inside(), &cbc()))).signed()]
}

/// Returns the digest and the mask of RSA-OAEP, both with the SHA-2 hash of this number of bits.
pub(crate) fn oaep_parameters(bits: usize) -> String {
    let digests = if bits == 384 { "http://www.w3.org/2001/04/xmldsig-more#" } else { XENC };
    format!(
        "<ds:DigestMethod Algorithm=\"{digests}sha{bits}\"></ds:DigestMethod>\
         <x:MGF xmlns:x=\"{XENC11}\" Algorithm=\"{XENC11}mgf1sha{bits}\"></x:MGF>"
    )
}

pub(crate) fn by_oaep_sha2(bits: usize) -> String {
    let oaep = match bits {
        384 => &OAEP_SHA384_MGF1SHA384,
        512 => &OAEP_SHA512_MGF1SHA512,
        _ => &OAEP_SHA256_MGF1SHA256,
    };
    inside(&How { transport: format!("{XENC11}rsa-oaep"), parameters: oaep_parameters(bits), oaep, ..gcm() })
}

/// Returns a response whose key is wrapped with one label while the message names another.
pub(crate) fn labelled(label: &'static [u8], said: &str) -> String {
    let parameters = match said {
        "" => String::new(),
        said => format!("<xenc:OAEPparams>{}</xenc:OAEPparams>", STANDARD.encode(said)),
    };
    inside(&How { label, parameters, ..gcm() })
}
