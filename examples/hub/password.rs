//! Password hashing: Argon2id (RFC 9106), with a salt for each password.

use argon2::Argon2;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;
use tower_sso::{LookupError, Secret};

/// Limits concurrent hashing. Each hash takes 19 MiB and about 20 ms on purpose; without a limit, sign-ins could
/// overload the machine.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// Limits how many wait for that. Beyond it, sign-ins are refused for a moment, and the others are not kept waiting.
static WAITING: Semaphore = Semaphore::const_new(64);

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct PasswordHash {
    salt: [u8; 16],
    hash: [u8; 32],
}

impl PasswordHash {
    pub(crate) fn of(password: &Secret<String>) -> Result<Self, LookupError> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt)?;
        Ok(Self { salt, hash: hash(password, &salt)? })
    }

    /// Hashes a password, off the threads that serve requests.
    pub(crate) async fn made(password: Secret<String>) -> Result<Self, LookupError> {
        let _waiting = WAITING.try_acquire().map_err(|_| LookupError::new("too many sign-ins at once"))?;
        let _permit = AT_ONCE.acquire().await?;
        tokio::task::spawn_blocking(move || Self::of(&password)).await?
    }

    /// Returns whether the password is correct. Computed off the threads that serve requests.
    pub(crate) async fn verify(self, password: Secret<String>) -> Result<bool, LookupError> {
        let _waiting = WAITING.try_acquire().map_err(|_| LookupError::new("too many sign-ins at once"))?;
        let _permit = AT_ONCE.acquire().await?;
        let given = tokio::task::spawn_blocking(move || hash(&password, &self.salt)).await??;
        Ok(given.ct_eq(&self.hash).into())
    }

    /// Returns a hash that no password matches. An unknown email address then takes as long as a known one.
    pub(crate) fn nobodys() -> Self {
        Self { salt: [0; 16], hash: [0; 32] }
    }
}

fn hash(password: &Secret<String>, salt: &[u8; 16]) -> Result<[u8; 32], LookupError> {
    let mut hash = [0; 32];
    let argon2 = Argon2::default();
    argon2
        .hash_password_into(password.expose().as_bytes(), salt, &mut hash)
        .map_err(|error| LookupError::new(error.to_string()))?;
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_verifies() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let kept = PasswordHash::of(&secret("lovelace")).unwrap();
        assert!(kept.verify(secret("lovelace")).await.unwrap());
        assert!(!kept.verify(secret("Lovelace")).await.unwrap());
        assert!(!PasswordHash::nobodys().verify(secret("lovelace")).await.unwrap());
        assert_ne!(kept.salt, PasswordHash::of(&secret("lovelace")).unwrap().salt);
    }
}
