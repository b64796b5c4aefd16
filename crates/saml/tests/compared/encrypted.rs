//! Encrypts assertions, in the ways that providers do and in ways that they should not.

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey},
    iv::FixedLength,
    rsa::{
        OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey,
        PublicEncryptingKey,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::signer::{Pair, SHA256};

const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";

/// How the assertion is encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cipher {
    Aes128Gcm,
    Aes256Gcm,
    Aes128Cbc,
}

/// How the key of the assertion is encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    OaepSha1,
    OaepSha256,
    Pkcs1,
}

/// Returns a plaintext as a `saml:EncryptedAssertion` for this key.
pub fn encrypt(plaintext: &[u8], recipient: &Pair, cipher: Cipher, transport: Transport) -> String {
    let (algorithm, key, content) = match cipher {
        Cipher::Aes128Gcm => (format!("{XENC11}aes128-gcm"), vec![7; 16], gcm(plaintext, &[7; 16])),
        Cipher::Aes256Gcm => (format!("{XENC11}aes256-gcm"), vec![7; 32], gcm(plaintext, &[7; 32])),
        Cipher::Aes128Cbc => (format!("{XENC}aes128-cbc"), vec![7; 16], cbc(plaintext, &[7; 16])),
    };
    let (method, wrapped) = wrap(&key, recipient, transport);
    let (content, wrapped) = (STANDARD.encode(content), STANDARD.encode(wrapped));
    format!(
        "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         <xenc:EncryptedData xmlns:xenc=\"{XENC}\" Type=\"{XENC}Element\">\
         <xenc:EncryptionMethod Algorithm=\"{algorithm}\"></xenc:EncryptionMethod>\
         <ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><xenc:EncryptedKey>{method}\
         <xenc:CipherData><xenc:CipherValue>{wrapped}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>\
         </ds:KeyInfo><xenc:CipherData><xenc:CipherValue>{content}</xenc:CipherValue></xenc:CipherData>\
         </xenc:EncryptedData></saml:EncryptedAssertion>"
    )
}

fn gcm(plaintext: &[u8], key: &[u8]) -> Vec<u8> {
    let algorithm = if key.len() == 32 { &AES_256_GCM } else { &AES_128_GCM };
    let sealer = LessSafeKey::new(UnboundKey::new(algorithm, key).expect("a key"));
    let mut sealed = plaintext.to_vec();
    let nonce = Nonce::assume_unique_for_key([3; 12]);
    sealer.seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed).expect("sealed");
    [&[3; 12][..], &sealed].concat()
}

/// Pads as XML Encryption 1.1 §5.2.1 says.
fn cbc(plaintext: &[u8], key: &[u8]) -> Vec<u8> {
    let padding = 16 - plaintext.len() % 16;
    let last = u8::try_from(padding).expect("at most 16");
    let mut padded = [plaintext, &vec![0; padding - 1], &[last]].concat();
    let sealer = EncryptingKey::cbc(UnboundCipherKey::new(&AES_128, key).expect("a key")).expect("CBC");
    let context = EncryptionContext::Iv128(FixedLength::from([5; 16]));
    sealer.less_safe_encrypt(&mut padded, context).expect("encrypted");
    [&[5; 16][..], &padded].concat()
}

/// Returns the `EncryptionMethod` of the key, and the encrypted key.
fn wrap(key: &[u8], recipient: &Pair, transport: Transport) -> (String, Vec<u8>) {
    let public = || PublicEncryptingKey::from_der(&recipient.public_der()).expect("a key");
    let method = |algorithm: &str, parameters: &str| {
        format!("<xenc:EncryptionMethod Algorithm=\"{algorithm}\">{parameters}</xenc:EncryptionMethod>")
    };
    let oaep = |how| {
        let public = OaepPublicEncryptingKey::new(public()).expect("a key");
        let mut out = vec![0; public.ciphertext_size()];
        public.encrypt(how, key, &mut out, None).expect("encrypted").to_vec()
    };
    match transport {
        Transport::OaepSha1 => (method(&format!("{XENC}rsa-oaep-mgf1p"), ""), oaep(&OAEP_SHA1_MGF1SHA1)),
        Transport::OaepSha256 => {
            let parameters = format!(
                "<ds:DigestMethod Algorithm=\"{SHA256}\"></ds:DigestMethod>\
                 <xenc11:MGF xmlns:xenc11=\"{XENC11}\" Algorithm=\"{XENC11}mgf1sha256\"></xenc11:MGF>"
            );
            (method(&format!("{XENC11}rsa-oaep"), &parameters), oaep(&OAEP_SHA256_MGF1SHA256))
        }
        Transport::Pkcs1 => {
            let public = Pkcs1PublicEncryptingKey::new(public()).expect("a key");
            let mut out = vec![0; public.ciphertext_size()];
            let wrapped = public.encrypt(key, &mut out).expect("encrypted").to_vec();
            (method(&format!("{XENC}rsa-1_5"), ""), wrapped)
        }
    }
}
