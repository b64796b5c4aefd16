//! A THROWAWAY RSA key of 1024 bits, only for [`Lie::WeakKey`](crate::Lie::WeakKey).
//!
//! The key was generated once for this file. It has never protected anything and must never do so: everyone can read it
//! here. `aws-lc-rs` neither generates nor uses keys this short, so this module computes the one exponentiation itself.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const MODULUS: &str = "cb34a2d4d8a30abc630d106d6a36f778f13b62f7c83a21156d45b4863b386875\
                       43427e1ae28596f3911a953cc8f60858a27ad3ccf205c952cb764a91e2742654\
                       5d12ffb48081add6daef0cf8138d404e244c12dc8919c4a6ff108ca589761157\
                       fd418c3aed978353d3e56301c7b206ff5824c71c119cfd4ad17e4d3350625e2d";
const PRIVATE_EXPONENT: &str = "c9c9181512973d16fba94271d47286e6a36e1c85ff5fb1f0ac14f7020096b02c\
                                19c152a671e0c49853b43914265f22c4997c2d0cac1d10e155c7be9f0567df92\
                                4bebb6221dc039d1fdb8ed4764b976f219a433df0179b46c8c77a78cf6838aad\
                                061066b387a27003f75b0ecc91d2e596d35c725ea3f825721d17e3d60bd372c1";

const LIMBS: usize = 16;
/// 1024 bits, least significant limb first.
type Number = [u64; LIMBS];

/// Returns the public key as a JWK.
pub(crate) fn public_jwk(kid: &str) -> Value {
    let n = URL_SAFE_NO_PAD.encode(bytes(&number(MODULUS)));
    json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": "AQAB"})
}

/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2.1).
pub(crate) fn sign(message: &[u8]) -> Vec<u8> {
    const DIGEST_INFO: [u8; 19] =
        [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
    let mut padded = vec![0, 1];
    padded.resize(128 - 1 - DIGEST_INFO.len() - 32, 0xff);
    padded.push(0);
    padded.extend(DIGEST_INFO);
    padded.extend(Sha256::digest(message));
    bytes(&power(&from_bytes(&padded), &number(PRIVATE_EXPONENT), &number(MODULUS)))
}

/// `base ^ exponent mod modulus`, square and multiply on Montgomery residues.
fn power(base: &Number, exponent: &Number, modulus: &Number) -> Number {
    let inverse = negated_inverse(modulus[0]);
    let multiply = |a: &Number, b: &Number| montgomery(a, b, modulus, inverse);
    let mut one = [0; LIMBS];
    one[0] = 1;
    // 2^2048 mod n, by doubling.
    let square = (0..2048).fold(one, |value, _| {
        let top = value[LIMBS - 1] >> 63 == 1;
        let mut carry = 0;
        let doubled = value.map(|limb| {
            let shifted = limb << 1 | carry;
            carry = limb >> 63;
            shifted
        });
        if top { subtract(&doubled, modulus).0 } else { reduce(doubled, modulus) }
    });
    let base = multiply(base, &square);
    let mut result = multiply(&one, &square);
    for bit in (0..LIMBS * 64).rev() {
        result = multiply(&result, &result);
        if exponent[bit / 64] >> (bit % 64) & 1 == 1 {
            result = multiply(&result, &base);
        }
    }
    multiply(&result, &one)
}

/// `a * b / 2^1024 mod modulus`: coarsely integrated operand scanning.
fn montgomery(a: &Number, b: &Number, modulus: &Number, inverse: u64) -> Number {
    let mut sum = [0u64; LIMBS + 2];
    for b in b {
        let mut carry = 0;
        for (sum, a) in sum.iter_mut().zip(a) {
            (*sum, carry) = add_product(*sum, *a, *b, carry);
        }
        let (limb, over) = sum[LIMBS].overflowing_add(carry);
        (sum[LIMBS], sum[LIMBS + 1]) = (limb, u64::from(over));
        let factor = sum[0].wrapping_mul(inverse);
        let mut carry = 0;
        for (sum, n) in sum.iter_mut().zip(modulus) {
            (*sum, carry) = add_product(*sum, factor, *n, carry);
        }
        let (limb, over) = sum[LIMBS].overflowing_add(carry);
        (sum[LIMBS], sum[LIMBS + 1]) = (limb, sum[LIMBS + 1] + u64::from(over));
        // The lowest limb is now zero.
        sum.rotate_left(1);
    }
    let mut low = [0; LIMBS];
    low.copy_from_slice(&sum[..LIMBS]);
    if sum[LIMBS] == 0 { reduce(low, modulus) } else { subtract(&low, modulus).0 }
}

#[allow(clippy::cast_possible_truncation)] // The two halves of the sum are what is wanted.
fn add_product(sum: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(sum) + u128::from(a) * u128::from(b) + u128::from(carry);
    (wide as u64, (wide >> 64) as u64)
}

fn reduce(value: Number, modulus: &Number) -> Number {
    let (less, borrowed) = subtract(&value, modulus);
    if borrowed { value } else { less }
}

fn subtract(a: &Number, b: &Number) -> (Number, bool) {
    let mut borrowed = false;
    let mut less = *a;
    for (a, b) in less.iter_mut().zip(b) {
        let (limb, first) = a.overflowing_sub(*b);
        let (limb, second) = limb.overflowing_sub(u64::from(borrowed));
        (*a, borrowed) = (limb, first || second);
    }
    (less, borrowed)
}

/// `-1 / low mod 2^64`, by Newton's iteration.
fn negated_inverse(low: u64) -> u64 {
    let step = |inverse: u64, _| inverse.wrapping_mul(2u64.wrapping_sub(low.wrapping_mul(inverse)));
    (0..6).fold(1, step).wrapping_neg()
}

fn number(hex: &str) -> Number {
    let digits: Vec<u8> = hex.chars().filter_map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    from_bytes(
        &digits
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
            .collect::<Vec<_>>(),
    )
}

fn from_bytes(bytes: &[u8]) -> Number {
    let mut number = [0; LIMBS];
    for (limb, chunk) in number.iter_mut().zip(bytes.rchunks(8)) {
        *limb = chunk.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
    }
    number
}

fn bytes(number: &Number) -> Vec<u8> {
    number.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RsaPublicKeyComponents};

    use super::*;

    #[test]
    fn weak_signatures_verify_only_if_short_keys_are_allowed() {
        let key = RsaPublicKeyComponents { n: bytes(&number(MODULUS)), e: vec![1, 0, 1] };
        for message in [&b"message"[..], b"", b"another"] {
            let verify = |signed: &[u8]| {
                key.verify(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, signed, &sign(message))
            };
            assert!(verify(message).is_ok());
            assert!(verify(b"massage").is_err());
        }
    }
}
