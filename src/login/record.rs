//! What is kept of an SSO login while it is under way.

use std::time::SystemTime;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    AccountId, Credential, OrgId, ReturnPath, Sso, StepUp,
    identity::IdentityFields,
    join::JoinLinkId,
    login::{LoginError, LoginErrorKind},
    session::{ConnectionVersion, SsoSession},
    store::{Digest, OneTimeEntry, PutOutcome, TakeOutcome},
};

/// Who began an SSO login, where, and to what end. What it is bound to: nobody else can finish it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Login {
    #[serde(rename = "organization")]
    pub(crate) organization: OrgId,
    #[serde(rename = "by")]
    pub(crate) by: Initiator,
    #[serde(rename = "version")]
    pub(crate) version: ConnectionVersion,
    #[serde(rename = "return_path")]
    pub(crate) return_path: ReturnPath,
    /// What the handler that sent the person here asks for.
    #[serde(rename = "asked", default)]
    pub(crate) asked: StepUp,
    #[serde(rename = "begun_at", with = "crate::time::millis")]
    pub(crate) begun_at: SystemTime,
}

/// Who began an SSO login.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Initiator {
    /// An account, by what it presented; by a join link, if it was no member.
    #[serde(rename = "Account")]
    Account {
        #[serde(rename = "account")]
        account: AccountId,
        #[serde(rename = "credential")]
        credential: Credential,
        #[serde(rename = "link")]
        link: Option<JoinLinkId>,
    },
    /// Somebody who was not signed in, in the browser that has the cookie of this digest; by a join link.
    #[serde(rename = "Visitor")]
    Visitor {
        #[serde(rename = "browser")]
        browser: Digest,
        #[serde(rename = "link")]
        link: JoinLinkId,
    },
}

/// An SSO login that waits for the provider's answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PendingLogin {
    #[serde(rename = "login")]
    pub(crate) login: Login,
    #[serde(rename = "protocol")]
    pub(crate) protocol: PendingProtocol,
}

/// What the protocol needs to check the answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum PendingProtocol {
    #[cfg(feature = "oidc")]
    #[serde(rename = "Oidc")]
    Oidc(crate::provider::oidc::OidcLogin),
    #[cfg(feature = "saml")]
    #[serde(rename = "Saml")]
    Saml(crate::provider::saml::SamlLogin),
}

/// An SSO login whose answer passed every check, and that waits for `finish`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ticket {
    #[serde(rename = "login")]
    pub(crate) login: Login,
    #[serde(rename = "identity")]
    pub(crate) identity: IdentityFields,
}

/// An SSO login of somebody without an account, who has been handed to the host.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SignUpTicket {
    #[serde(rename = "login")]
    pub(crate) login: Login,
    #[serde(rename = "identity")]
    pub(crate) identity: IdentityFields,
    /// The address that the provider vouched for.
    #[serde(rename = "email")]
    pub(crate) email: String,
    #[serde(rename = "until", with = "crate::time::millis")]
    pub(crate) until: SystemTime,
}

/// An answer that nobody had asked for, which passed every check, and that waits for somebody to look at it.
#[cfg(feature = "saml")]
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UnsolicitedResponse {
    #[serde(rename = "organization")]
    pub(crate) organization: OrgId,
    #[serde(rename = "version")]
    pub(crate) version: ConnectionVersion,
    #[serde(rename = "identity")]
    pub(crate) identity: IdentityFields,
    /// When the provider made it, or when it came, if that was earlier.
    #[serde(rename = "begun_at", with = "crate::time::millis", alias = "received_at")]
    pub(crate) begun_at: SystemTime,
}

#[cfg(feature = "saml")]
impl UnsolicitedResponse {
    /// Whose it is: the provider's user's. One who makes many loses their own oldest.
    pub(crate) fn owner(&self) -> Digest {
        Digest::of("tower-sso unasked", &[self.organization.as_str(), &self.identity.subject])
    }
}

/// How many a credential may have at once, of each kind.
const CAP: usize = 16;

/// The most that a record may hold, in bytes: a store counts entries.
const MOST: usize = 128 * 1024;

impl Login {
    /// Whose it is.
    pub(crate) fn owner(&self) -> Digest {
        match &self.by {
            Initiator::Account { credential, .. } => Digest::of("tower-sso owner", &credential.parts()),
            Initiator::Visitor { browser, .. } => Digest::of("tower-sso browser's", &[&browser.to_string()]),
        }
    }

    pub(crate) fn account(&self) -> Option<&AccountId> {
        match &self.by {
            Initiator::Account { account, .. } => Some(account),
            Initiator::Visitor { .. } => None,
        }
    }

    /// The join link that it began by.
    pub(crate) fn link(&self) -> Option<&JoinLinkId> {
        match &self.by {
            Initiator::Account { link, .. } => link.as_ref(),
            Initiator::Visitor { link, .. } => Some(link),
        }
    }

    /// Says of an error whose SSO login it ends.
    pub(crate) fn ended_by(&self, error: LoginError) -> LoginError {
        let error = match self.account() {
            Some(account) => error.of(account),
            None => error,
        };
        if self.link().is_some() { error.dead_end() } else { error }
    }
}

impl Sso {
    /// Keeps a record of an SSO login under `key` until `expires_at`.
    pub(crate) async fn keep(
        &self,
        key: Digest,
        owner: Digest,
        record: &(impl Serialize + Sync),
        expires_at: SystemTime,
    ) -> Result<(), LoginError> {
        let value = serde_json::to_vec(record)
            .map_err(|error| LoginError::with(LoginErrorKind::LookupFailed, error))?;
        if value.len() > MOST {
            let detail = format!("{} bytes to keep, {MOST} at most", value.len());
            return Err(LoginError::with(LoginErrorKind::ProviderAnswerTooLarge, detail));
        }
        let now = self.core().now();
        let entry = OneTimeEntry { key, owner, cap: CAP, value, now, expires_at };
        match self.within(self.core().one_time.put(entry), "one_time.put").await? {
            PutOutcome::Kept => Ok(()),
            PutOutcome::Full => Err(LoginErrorKind::StoreFull.into()),
        }
    }

    /// Takes a record; `kinds` says what it means that there is none, that it was taken, that it is too old.
    pub(crate) async fn take<T: DeserializeOwned>(
        &self,
        key: Digest,
        kinds: TakeErrors,
    ) -> Result<T, LoginError> {
        match self.within(self.core().one_time.take(&key), "one_time.take").await? {
            TakeOutcome::Nothing => Err(kinds.unknown.into()),
            TakeOutcome::Again => Err(kinds.used.into()),
            TakeOutcome::Value { expires_at, .. } if expires_at <= self.core().now() => {
                Err(kinds.expired.into())
            }
            TakeOutcome::Value { value, .. } => serde_json::from_slice(&value)
                .map_err(|error| LoginError::with(LoginErrorKind::LookupFailed, error)),
        }
    }
}

/// What an answer of the store means for one kind of record.
#[derive(Clone, Copy)]
pub(crate) struct TakeErrors {
    pub(crate) unknown: LoginErrorKind,
    pub(crate) used: LoginErrorKind,
    pub(crate) expired: LoginErrorKind,
}

/// The key of a pending login, by its `state`.
#[cfg(feature = "oidc")]
pub(crate) fn state_key(state: &str) -> Digest {
    Digest::of("tower-sso state", &[state])
}

/// The key of a pending login, by its RelayState. No `state` is one: what waits for one protocol is nothing to the other.
#[cfg(feature = "saml")]
pub(crate) fn relay_state_key(relay_state: &str) -> Digest {
    Digest::of("tower-sso relay state", &[relay_state])
}

/// The key of a logout that waits for its answer, by the ID of the request.
#[cfg(feature = "saml")]
pub(crate) fn logout_key(organization: &OrgId, request: &str) -> Digest {
    Digest::of("tower-sso logout", &[organization.as_str(), request])
}

/// The key of a provider's logout request, which counts once.
#[cfg(feature = "saml")]
pub(crate) fn logout_request_key(organization: &OrgId, request: &str) -> Digest {
    Digest::of("tower-sso logout request", &[organization.as_str(), request])
}

/// Whose a logout is that waits for its answer.
#[cfg(feature = "saml")]
pub(crate) fn logout_owner(credential: &Credential) -> Digest {
    Digest::of("tower-sso logout owner", &credential.parts())
}

/// What is kept of the RelayState of a logout that waits for its answer.
#[cfg(feature = "saml")]
pub(crate) fn logout_relay_state(relay_state: &str) -> Digest {
    Digest::of("tower-sso logout relay state", &[relay_state])
}

/// The key of an assertion, which counts once.
#[cfg(feature = "saml")]
pub(crate) fn assertion_key(replay_id: &str) -> Digest {
    Digest::of("tower-sso assertion", &[replay_id])
}

/// The key of an answer that nobody had asked for.
#[cfg(feature = "saml")]
pub(crate) fn unasked_key(token: &str) -> Digest {
    Digest::of("tower-sso unasked answer", &[token])
}

/// The key of a ticket that has to be confirmed. No ticket that finishes by itself is one.
#[cfg(feature = "saml")]
pub(crate) fn confirm_key(token: &str) -> Digest {
    Digest::of("tower-sso confirmation", &[token])
}

/// The key of a ticket.
pub(crate) fn ticket_key(ticket: &str) -> Digest {
    Digest::of("tower-sso ticket", &[ticket])
}

/// The key of a ticket of somebody without an account. No other ticket is one.
pub(crate) fn visitor_key(ticket: &str) -> Digest {
    Digest::of("tower-sso visitor's ticket", &[ticket])
}

/// The key of a claim. No ticket is one.
pub(crate) fn claim_key(ticket: &str) -> Digest {
    Digest::of("tower-sso claim", &[ticket])
}

/// The mark against loops: somebody has just logged in with SSO.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LoopMark {
    /// Where the person came back to: see [`loop_page`].
    #[serde(rename = "page")]
    pub(crate) page: String,
    /// What they have now, as a revocation of their account, their membership or the organization would cover it.
    #[serde(rename = "session")]
    pub(crate) session: SsoSession,
}

impl LoopMark {
    pub(crate) fn new(page: String, session: &SsoSession) -> Self {
        // As nobody's credential: that it was signed out is what some hosts do after every SSO login, and a loop.
        let credential = Credential::session("");
        Self { page, session: SsoSession { credential, ..session.clone() } }
    }
}

/// Where the person came back to, and what was asked for there. A handler that asks for more than the SSO login before it
/// is no loop.
pub(crate) fn loop_page(back: &ReturnPath, asked: &StepUp) -> String {
    format!("{back}\n{}", asked.query())
}

/// The key of the mark that says: this account has just logged in with SSO here.
pub(crate) fn loop_key(organization: &OrgId, account: &AccountId) -> Digest {
    Digest::of("tower-sso loop", &[organization.as_str(), account.as_str()])
}

#[cfg(test)]
mod tests;
