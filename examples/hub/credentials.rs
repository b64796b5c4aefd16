//! App sessions and API tokens. They are stored here; the layer knows each by a digest.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tower_sso::{AccountId, CredentialId, LookupError, Secret, SignedIn, Viewer};

/// How long an app session lasts.
const SESSION: Duration = Duration::from_secs(12 * 60 * 60);
/// The prefix of a token, which lets scanners for leaked secrets recognize it.
const TOKEN_PREFIX: &str = "hub_";

/// The app sessions and tokens. Of each secret, only the digest is stored. It is also the credential's id.
#[derive(Default)]
pub(crate) struct Credentials(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    sessions: HashMap<CredentialId, Session>,
    tokens: HashMap<CredentialId, Token>,
}

#[derive(Clone)]
struct Session {
    account: AccountId,
    until: SystemTime,
}

/// An API token, without its secret.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) id: CredentialId,
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) made_at: SystemTime,
    owner: Owner,
}

/// The owner of a token.
#[derive(Clone, Copy)]
pub(crate) enum Owner {
    Person,
    /// The organization. The token acts as the organization's account.
    Organization,
}

impl Credentials {
    /// Signs an account in. Returns the value of the session cookie.
    pub(crate) fn sign_in(&self, account: &AccountId, now: SystemTime) -> Result<String, LookupError> {
        let secret = random()?;
        let session = Session { account: account.clone(), until: now + SESSION };
        let mut kept = self.kept();
        kept.sessions.retain(|_, session| session.until > now);
        kept.sessions.insert(CredentialId::of_secret(&secret), session);
        Ok(secret)
    }

    /// Signs an app session out.
    pub(crate) fn sign_out(&self, id: &CredentialId) {
        self.kept().sessions.remove(id);
    }

    /// Returns the viewer of a session cookie: anonymous if there is no such session or it has expired.
    pub(crate) fn by_cookie(&self, secret: &str, now: SystemTime) -> Viewer {
        let id = CredentialId::of_secret(secret);
        match self.kept().sessions.get(&id).filter(|session| session.until > now) {
            Some(session) => Viewer::session(session.account.clone(), id),
            None => Viewer::Anonymous,
        }
    }

    /// Returns the viewer of a token.
    pub(crate) fn by_token(&self, secret: &str) -> Option<Viewer> {
        let id = CredentialId::of_secret(secret);
        let kept = self.kept();
        let token = kept.tokens.get(&id)?;
        let viewer = match token.owner {
            Owner::Person => Viewer::token,
            Owner::Organization => Viewer::organization_token,
        };
        Some(viewer(token.account.clone(), id))
    }

    /// Returns whether a viewer's credential is still valid. A long-lived response checks this again and again.
    pub(crate) fn is_active(&self, viewer: &Viewer, now: SystemTime) -> bool {
        let kept = self.kept();
        match viewer {
            Viewer::Anonymous => true,
            Viewer::SignedIn(SignedIn { credential, .. }) => {
                let session = kept.sessions.get(&credential.id);
                session.is_some_and(|session| session.until > now) || kept.tokens.contains_key(&credential.id)
            }
            Viewer::WithoutSessionId(_) | Viewer::NotEstablished | _ => false,
        }
    }

    /// Creates a token. Its secret is shown now and never again.
    pub(crate) fn add_token(
        &self,
        (owner, account): (Owner, &AccountId),
        name: &str,
        given: Option<&Secret<String>>,
        now: SystemTime,
    ) -> Result<String, LookupError> {
        let secret = match given {
            Some(given) => given.expose().clone(),
            None => format!("{TOKEN_PREFIX}{}", random()?),
        };
        let id = CredentialId::of_secret(&secret);
        let (account, name) = (account.clone(), name.to_owned());
        let token = Token { id: id.clone(), account, name, made_at: now, owner };
        self.kept().tokens.insert(id, token);
        Ok(secret)
    }

    /// Returns the account's tokens, oldest first.
    pub(crate) fn tokens_of(&self, account: &AccountId) -> Vec<Token> {
        let kept = self.kept();
        let mut tokens: Vec<_> = kept.tokens.values().filter(|it| it.account == *account).cloned().collect();
        tokens.sort_by(|a, b| (a.made_at, &a.name).cmp(&(b.made_at, &b.name)));
        tokens
    }

    /// Returns the account's token with this id.
    pub(crate) fn token_of(&self, account: &AccountId, id: &str) -> Option<Token> {
        self.kept().tokens.get(&id.into()).filter(|token| token.account == *account).cloned()
    }

    pub(crate) fn remove_token(&self, token: &Token) {
        self.kept().tokens.remove(&token.id);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn random() -> Result<String, LookupError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_at_sign_out_and_at_its_expiry() {
        let (kept, now) = (Credentials::default(), SystemTime::now());
        let cookie = kept.sign_in(&"ada".into(), now).unwrap();
        let viewer = kept.by_cookie(&cookie, now);
        let Viewer::SignedIn(SignedIn { account, credential }) = &viewer else { panic!("{viewer:?}") };
        assert_eq!(account.as_str(), "ada");
        assert!(!credential.id.as_str().contains(&cookie), "the id is no secret");
        assert!(kept.is_active(&viewer, now));
        assert_eq!(kept.by_cookie(&cookie, now + SESSION), Viewer::Anonymous);
        assert!(!kept.is_active(&viewer, now + SESSION));
        kept.sign_out(&credential.id);
        assert_eq!(kept.by_cookie(&cookie, now), Viewer::Anonymous);
        assert_eq!(kept.by_cookie("", now), Viewer::Anonymous);
    }

    #[test]
    fn a_token_belongs_only_to_its_owner() {
        let (kept, now) = (Credentials::default(), SystemTime::now());
        let secret = kept.add_token((Owner::Person, &"ada".into()), "laptop", None, now).unwrap();
        assert!(matches!(kept.by_token(&secret), Some(Viewer::SignedIn(_))));
        assert!(kept.by_token("hub_other").is_none());
        assert_eq!(kept.by_cookie(&secret, now), Viewer::Anonymous, "a token is no cookie");
        let token = kept.tokens_of(&"ada".into()).remove(0);
        assert!(kept.token_of(&"eve".into(), token.id.as_str()).is_none());
        kept.remove_token(&token);
        assert!(kept.by_token(&secret).is_none());
    }
}
