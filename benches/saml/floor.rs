//! What nobody can do without: the bare cryptography over as many bytes.

use std::hint::black_box;

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa::{
        KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    },
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
        ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use tower_sso_test_idp::SigningAlg;

use crate::documents::Document;

/// How long a `SignedInfo` is in canonical form, with its identifiers of algorithms.
const SIGNED_INFO: usize = 700;

/// The bare work for one document.
pub struct Floor {
    document: Vec<u8>,
    signed_info: Vec<u8>,
    signature: Vec<u8>,
    key: ParsedPublicKey,
    signatures: usize,
    sealed: Option<Sealed>,
}

/// A content key under RSA-OAEP, and the content under it.
struct Sealed {
    key: OaepPrivateDecryptingKey,
    wrapped: Vec<u8>,
    content: Vec<u8>,
}

impl Floor {
    pub fn of(document: &Document, alg: SigningAlg) -> Self {
        let signed_info = vec![b'i'; SIGNED_INFO];
        let random = SystemRandom::new();
        let (key, signature) = if alg == SigningAlg::Es256 {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
            let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref()).unwrap();
            (key, pair.sign(&random, &signed_info).unwrap().as_ref().to_vec())
        } else {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
            let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref()).unwrap();
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &random, &signed_info, &mut signature).unwrap();
            (key, signature)
        };
        Self {
            document: document.xml.clone().into_bytes(),
            signed_info,
            signature,
            key,
            signatures: document.signatures,
            sealed: document.key.as_ref().map(|_| Sealed::of(document.xml.len())),
        }
    }

    pub fn run(&self) {
        for _ in 0..self.signatures {
            black_box(digest(&SHA256, &self.document));
            self.key.verify_sig(&self.signed_info, &self.signature).unwrap();
        }
        if let Some(sealed) = &self.sealed {
            black_box(sealed.open());
        }
    }
}

impl Sealed {
    fn of(length: usize) -> Self {
        let pair = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let public = OaepPublicEncryptingKey::new(pair.public_key()).unwrap();
        let mut wrapped = vec![0; public.ciphertext_size()];
        let wrapped = public.encrypt(&OAEP_SHA1_MGF1SHA1, &[7; 16], &mut wrapped, None).unwrap().to_vec();
        let mut content = vec![b'c'; length];
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &[7; 16]).unwrap());
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        key.seal_in_place_append_tag(nonce, Aad::empty(), &mut content).unwrap();
        Self { key: OaepPrivateDecryptingKey::new(pair).unwrap(), wrapped, content }
    }

    fn open(&self) -> Vec<u8> {
        let mut key = [0; 256];
        let key = self.key.decrypt(&OAEP_SHA1_MGF1SHA1, &self.wrapped, &mut key, None).unwrap();
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).unwrap());
        let mut content = self.content.clone();
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        key.open_in_place(nonce, Aad::empty(), &mut content).unwrap();
        content
    }
}
