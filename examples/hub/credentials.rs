//! App sessions and API tokens. They are stored here; the layer knows each by a digest.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use tower_sso::{AccountId, CredentialId, LookupError, Secret, SignedIn, Viewer};

use crate::{keep::Keep, problem::Problem};

/// How long an app session lasts.
const SESSION: Duration = Duration::from_secs(12 * 60 * 60);
/// The prefix of a token, which lets scanners for leaked secrets recognize it.
const TOKEN_PREFIX: &str = "hub_";

/// The kinds of these records.
const SESSIONS: &str = "session";
const TOKENS: &str = "token";
/// The tokens of the hub's configuration that their owners have revoked.
const REVOKED: &str = "revoked_token";

/// The app sessions and tokens. Of each secret, only the digest is stored. It is also the credential's id.
#[derive(Default)]
pub(crate) struct Credentials {
    kept: Mutex<Kept>,
    /// The tokens that were revoked before this start, and that the configuration would bring back.
    revoked: HashSet<CredentialId>,
    keep: Keep,
}

#[derive(Default)]
struct Kept {
    sessions: HashMap<CredentialId, Session>,
    tokens: HashMap<CredentialId, Token>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Session {
    account: AccountId,
    until: SystemTime,
}

/// An API token, without its secret.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) id: CredentialId,
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) made_at: SystemTime,
    owner: Owner,
    /// Whether the configuration contains the secret, and adds the token at each start.
    #[serde(default)]
    is_configured: bool,
}

/// The owner of a token.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Owner {
    Person,
    /// The organization. The token acts as the organization's account.
    Organization,
}

impl Credentials {
    /// Reads what was kept.
    pub(crate) async fn read(keep: &Keep) -> Result<Self, Problem> {
        let sessions = keep.all(SESSIONS).await?.into_iter().map(|(id, session)| (id.into(), session));
        let tokens = keep.all(TOKENS).await?.into_iter().map(|(id, token)| (id.into(), token));
        let kept = Kept { sessions: sessions.collect(), tokens: tokens.collect() };
        let revoked = keep.all::<()>(REVOKED).await?.into_iter().map(|(id, ())| id.into()).collect();
        Ok(Self { kept: Mutex::new(kept), revoked, keep: keep.clone() })
    }

    /// Returns whether the owner of this token has revoked it, before this start.
    pub(crate) fn was_revoked(&self, secret: &Secret<String>) -> bool {
        self.revoked.contains(&CredentialId::of_secret(secret.expose()))
    }

    /// Signs an account in. Returns the value of the session cookie.
    pub(crate) async fn sign_in(&self, account: &AccountId, now: SystemTime) -> Result<String, LookupError> {
        let secret = random()?;
        let session = Session { account: account.clone(), until: now + SESSION };
        let expired = |(_, session): &(&CredentialId, &Session)| session.until <= now;
        let expired: Vec<_> = self.kept().sessions.iter().filter(expired).map(|(id, _)| id.clone()).collect();
        for id in &expired {
            self.sign_out(id).await?;
        }
        let id = CredentialId::of_secret(&secret);
        self.keep.put(SESSIONS, id.as_str(), &session).await?;
        self.kept().sessions.insert(id, session);
        Ok(secret)
    }

    /// Signs an app session out. If that can't be written, the session goes on, so that the user can try again.
    pub(crate) async fn sign_out(&self, id: &CredentialId) -> Result<(), LookupError> {
        self.keep.remove(SESSIONS, id.as_str()).await?;
        self.kept().sessions.remove(id);
        Ok(())
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
    pub(crate) async fn add_token(
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
        let is_configured = given.is_some();
        let token = Token { id: id.clone(), account, name, made_at: now, owner, is_configured };
        self.keep.put(TOKENS, id.as_str(), &token).await?;
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

    /// Removes a token. If that can't be written, the token goes on, so that its owner can try again.
    pub(crate) async fn remove_token(&self, token: &Token) -> Result<(), LookupError> {
        if token.is_configured {
            self.keep.put(REVOKED, token.id.as_str(), &()).await?;
        }
        self.keep.remove(TOKENS, token.id.as_str()).await?;
        self.kept().tokens.remove(&token.id);
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[tokio::test]
    async fn a_session_ends_at_sign_out_and_at_its_expiry() {
        let (kept, now) = (Credentials::default(), SystemTime::now());
        let cookie = kept.sign_in(&"ada".into(), now).await.unwrap();
        let viewer = kept.by_cookie(&cookie, now);
        let Viewer::SignedIn(SignedIn { account, credential }) = &viewer else { panic!("{viewer:?}") };
        assert_eq!(account.as_str(), "ada");
        assert!(!credential.id.as_str().contains(&cookie), "the id is no secret");
        assert!(kept.is_active(&viewer, now));
        assert_eq!(kept.by_cookie(&cookie, now + SESSION), Viewer::Anonymous);
        assert!(!kept.is_active(&viewer, now + SESSION));
        kept.sign_out(&credential.id).await.unwrap();
        assert_eq!(kept.by_cookie(&cookie, now), Viewer::Anonymous);
        assert_eq!(kept.by_cookie("", now), Viewer::Anonymous);
    }

    #[tokio::test]
    async fn a_token_belongs_only_to_its_owner() {
        let (kept, now) = (Credentials::default(), SystemTime::now());
        let secret = kept.add_token((Owner::Person, &"ada".into()), "laptop", None, now).await.unwrap();
        assert!(matches!(kept.by_token(&secret), Some(Viewer::SignedIn(_))));
        assert!(kept.by_token("hub_other").is_none());
        assert_eq!(kept.by_cookie(&secret, now), Viewer::Anonymous, "a token is no cookie");
        let token = kept.tokens_of(&"ada".into()).remove(0);
        assert!(kept.token_of(&"eve".into(), token.id.as_str()).is_none());
        kept.remove_token(&token).await.unwrap();
        assert!(kept.by_token(&secret).is_none());
    }
}
