//! The records that the one-time store keeps during an SSO login or a logout, and their keys.
//!
//! A record is stored with [`put`] and taken with [`take`], which works once. The key is a digest of a value that the
//! browser or the provider brings back: a token, a `state`, an ID. Each kind of record has its own label in the digest,
//! so that a record of one kind cannot be taken as another. The serialized names of the fields are part of the stored
//! data: other nodes and later versions read them.

use crate::{
    error::{kind::LoginErrorKind, login_error::LoginError},
    identity::IdentityFields,
    login::failure::{LoginFailure, NextStep},
    return_to::ReturnTo,
    state::Core,
    step_up::StepUp,
};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
#[cfg(feature = "saml")]
use tower_sso_core::session::SsoSession;
use tower_sso_core::{
    AccountId, Credential, Digest, JoinLinkId, LookupError, OrgId,
    internal::later,
    session::{ConnectionVersion, Revision},
    store::{OneTimeEntry, PutOutcome, TakeOutcome, ValueOwner},
};

/// An SSO login that has begun: who began it, for which organization, and where it leads. It is bound to these values,
/// which finish compares with the viewer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BegunLogin {
    #[serde(rename = "organization")]
    pub(crate) organization: OrgId,
    /// Who began it.
    #[serde(rename = "by")]
    pub(crate) by: Initiator,
    /// The version of the connection with which it began.
    #[serde(rename = "version")]
    pub(crate) version: ConnectionVersion,
    /// The page to which the browser goes at the end.
    #[serde(rename = "return_path")]
    pub(crate) return_to: ReturnTo,
    /// What the handler that sent the person here demands of the SSO session.
    #[serde(rename = "asked", default)]
    pub(crate) step_up: StepUp,
    #[serde(rename = "begun_at", with = "tower_sso_core::internal::millis")]
    pub(crate) begun_at: SystemTime,
    /// The revision of the session store when it began: a later revocation covers it.
    #[serde(rename = "revision", default)]
    pub(crate) revision: Revision,
}

/// Who began an SSO login.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Initiator {
    /// A signed-in account, with its credential. `link` is the join link if the account was not a member.
    #[serde(rename = "Account")]
    Account {
        #[serde(rename = "account")]
        account: AccountId,
        #[serde(rename = "credential")]
        credential: Credential,
        #[serde(rename = "link")]
        link: Option<JoinLinkId>,
    },
    /// A person who was not signed in and came by a join link. `browser` is the digest of the secret in the browser's
    /// cookie.
    #[serde(rename = "Visitor")]
    Visitor {
        #[serde(rename = "browser")]
        browser: Digest,
        #[serde(rename = "link")]
        link: JoinLinkId,
    },
}

/// An SSO login that is waiting for the provider's answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PendingLogin {
    #[serde(rename = "login")]
    pub(crate) login: BegunLogin,
    #[serde(rename = "protocol")]
    pub(crate) protocol: PendingProtocol,
}

/// What the protocol needs to check the answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum PendingProtocol {
    #[cfg(feature = "oidc")]
    #[serde(rename = "Oidc")]
    Oidc(tower_sso_oidc::OidcLogin),
    #[cfg(feature = "saml")]
    #[serde(rename = "Saml")]
    Saml(tower_sso_saml::SamlLogin),
}

/// An SSO login whose answer passed every check. It waits for finish.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ticket {
    #[serde(rename = "login")]
    pub(crate) login: BegunLogin,
    #[serde(rename = "identity")]
    pub(crate) identity: IdentityFields,
}

/// An SSO login of a person without an account, who was handed over to the app to create one. Its ticket is called the
/// claim.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SignUpTicket {
    #[serde(rename = "login")]
    pub(crate) login: BegunLogin,
    #[serde(rename = "identity")]
    pub(crate) identity: IdentityFields,
    /// The normalized address that the provider vouched for.
    #[serde(rename = "email")]
    pub(crate) email: String,
    #[serde(rename = "until", with = "tower_sso_core::internal::millis")]
    pub(crate) until: SystemTime,
}

/// An unsolicited response that passed every check of the protocol. It waits for a person to confirm it.
#[cfg(feature = "saml")]
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UnsolicitedResponse {
    #[serde(rename = "organization")]
    pub(crate) organization: OrgId,
    #[serde(rename = "version")]
    pub(crate) version: ConnectionVersion,
    #[serde(rename = "identity")]
    pub(crate) identity: IdentityFields,
    /// When the provider issued the response, or when the response arrived, whichever is earlier.
    #[serde(rename = "begun_at", with = "tower_sso_core::internal::millis", alias = "received_at")]
    pub(crate) begun_at: SystemTime,
    /// The revision of the session store at that time.
    #[serde(rename = "revision", default)]
    pub(crate) revision: Revision,
}

#[cfg(feature = "saml")]
impl UnsolicitedResponse {
    /// Returns the owner of the record: the provider's user. If an owner has too many records, that owner's oldest one
    /// is dropped.
    pub(crate) fn owner(&self) -> ValueOwner {
        let id = Digest::of("tower-sso unasked", &[self.organization.as_str(), &self.identity.subject]);
        ValueOwner::new(id, MAX_RECORDS, self.organization.clone())
    }
}

/// The maximum number of records that one owner may have at once. The store then drops the owner's oldest one.
const MAX_RECORDS: usize = 16;

/// The maximum size of a record in bytes. The store limits only their number.
const MAX_RECORD_BYTES: usize = 128 * 1024;

impl BegunLogin {
    /// Returns the owner of the records of this SSO login: the credential, or the browser.
    pub(crate) fn owner(&self) -> ValueOwner {
        let id = match &self.by {
            Initiator::Account { credential, .. } => Digest::of("tower-sso owner", &credential.parts()),
            Initiator::Visitor { browser, .. } => Digest::of("tower-sso browser's", &[&browser.to_string()]),
        };
        ValueOwner::new(id, MAX_RECORDS, self.organization.clone()).account(self.account().cloned())
    }

    /// Returns the account that began it. `None` for a person without an account.
    pub(crate) fn account(&self) -> Option<&AccountId> {
        match &self.by {
            Initiator::Account { account, .. } => Some(account),
            Initiator::Visitor { .. } => None,
        }
    }

    /// Returns the join link with which it began.
    pub(crate) fn link(&self) -> Option<&JoinLinkId> {
        match &self.by {
            Initiator::Account { link, .. } => link.as_ref(),
            Initiator::Visitor { link, .. } => Some(link),
        }
    }

    /// Adds to a failure that ends this SSO login what its page and its audit event need: the account, the return path,
    /// and whether the page leads to the start page. (A non-member who came by a join link is refused there.)
    pub(crate) fn ended_by(&self, failure: impl Into<LoginFailure>) -> LoginFailure {
        let failure = failure.into().returning_to(&self.return_to);
        let failure = match self.account() {
            Some(account) => failure.for_account(account),
            None => failure,
        };
        if self.link().is_some() { failure.leading_to(NextStep::Nothing) } else { failure }
    }
}

/// The longest time for which a record is kept. One that seems to last longer was made by a clock that was ahead.
const MAX_WAIT: Duration = Duration::from_secs(30 * 60);

/// Stores a record under `key` until `expires_at`.
pub(crate) async fn put(
    core: &Core,
    key: Digest,
    owner: ValueOwner,
    record: &(impl Serialize + Sync),
    expires_at: SystemTime,
) -> Result<(), LoginError> {
    let value =
        serde_json::to_vec(record).map_err(|error| LoginError::with(LoginErrorKind::LookupFailed, error))?;
    let value = seal(core, &key, &value)?;
    if value.len() > MAX_RECORD_BYTES {
        let detail = format!("{} bytes to keep, {MAX_RECORD_BYTES} at most", value.len());
        return Err(LoginError::with(LoginErrorKind::ProviderAnswerTooLarge, detail));
    }
    let now = core.now();
    let entry = OneTimeEntry::new(key, owner, value, now, MAX_WAIT).at_most_until(expires_at);
    match core.with_timeout(core.one_time.put(entry), "one_time.put").await? {
        PutOutcome::Kept => Ok(()),
        PutOutcome::Full => Err(LoginErrorKind::StoreFull.into()),
    }
}

/// Takes a record out of the store. `errors` has the error kinds for a record that does not exist, was taken already,
/// or has expired.
pub(crate) async fn take<T: DeserializeOwned>(
    core: &Core,
    key: Digest,
    errors: TakeErrors,
) -> Result<T, LoginError> {
    let now = core.now();
    match core.with_timeout(core.one_time.take(&key), "one_time.take").await? {
        TakeOutcome::Nothing => Err(errors.unknown.into()),
        TakeOutcome::Again => Err(errors.used.into()),
        TakeOutcome::Value { expires_at, .. } if expires_at <= now || expires_at > later(now, MAX_WAIT) => {
            Err(errors.expired.into())
        }
        TakeOutcome::Value { value, .. } => serde_json::from_slice(&unseal(core, &key, &value)?)
            .map_err(|error| LoginError::with(LoginErrorKind::LookupFailed, error)),
    }
}

/// What is sealed: a value in the one-time store, under its key.
const SEALED: &str = "tower-sso record";

/// Seals a value for the one-time store. It opens only under this key.
pub(crate) fn seal(core: &Core, key: &Digest, value: &[u8]) -> Result<Vec<u8>, LookupError> {
    core.keys.seal(SEALED, &[&key.to_string()], value)
}

/// Opens a value of the one-time store.
pub(crate) fn unseal(core: &Core, key: &Digest, value: &[u8]) -> Result<Vec<u8>, LookupError> {
    Ok(core.keys.open(SEALED, &[&key.to_string()], value)?)
}

/// The error kinds for a record that cannot be taken.
#[derive(Clone, Copy)]
pub(crate) struct TakeErrors {
    pub(crate) unknown: LoginErrorKind,
    pub(crate) used: LoginErrorKind,
    pub(crate) expired: LoginErrorKind,
}

/// The error kinds for a pending login, or a pending logout, that cannot be taken.
pub(crate) const PENDING_LOGIN_ERRORS: TakeErrors = TakeErrors {
    unknown: LoginErrorKind::StateUnknown,
    used: LoginErrorKind::StateUsed,
    expired: LoginErrorKind::StateExpired,
};

/// The error kinds for a ticket, a claim or an unsolicited response that cannot be taken.
pub(crate) const TICKET_ERRORS: TakeErrors = TakeErrors {
    unknown: LoginErrorKind::TicketUnknown,
    used: LoginErrorKind::TicketUsed,
    expired: LoginErrorKind::TicketExpired,
};

/// The key of a pending login, derived from its `state`.
#[cfg(feature = "oidc")]
pub(crate) fn state_key(state: &str) -> Digest {
    Digest::of("tower-sso state", &[state])
}

/// The key of a pending login, derived from its RelayState. It never equals the key of a `state`: a pending login of
/// one protocol cannot be taken by the other.
#[cfg(feature = "saml")]
pub(crate) fn relay_state_key(relay_state: &str) -> Digest {
    Digest::of("tower-sso relay state", &[relay_state])
}

/// The key of a logout that is waiting for its answer, derived from the ID of the request.
#[cfg(feature = "saml")]
pub(crate) fn logout_key(organization: &OrgId, request: &str) -> Digest {
    Digest::of("tower-sso logout", &[organization.as_str(), request])
}

/// The key of a provider's logout request, which is accepted only once.
#[cfg(feature = "saml")]
pub(crate) fn logout_request_key(organization: &OrgId, request: &str) -> Digest {
    Digest::of("tower-sso logout request", &[organization.as_str(), request])
}

/// The owner of a logout that is waiting for its answer.
#[cfg(feature = "saml")]
pub(crate) fn logout_owner(session: &SsoSession) -> ValueOwner {
    let id = Digest::of("tower-sso logout owner", &session.credential.parts());
    ValueOwner::new(id, MAX_RECORDS, session.organization.clone()).account(Some(session.account.clone()))
}

/// The digest of the RelayState of a logout that is waiting for its answer. Only the digest is stored.
#[cfg(feature = "saml")]
pub(crate) fn logout_relay_state(relay_state: &str) -> Digest {
    Digest::of("tower-sso logout relay state", &[relay_state])
}

/// The key of an assertion, which an organization accepts only once. It names the organization, so that the provider of
/// one organization can't claim the assertions of another's.
#[cfg(feature = "saml")]
pub(crate) fn assertion_key(organization: &OrgId, replay_id: &str) -> Digest {
    Digest::of("tower-sso assertion", &[organization.as_str(), replay_id])
}

/// The key of an unsolicited response, before the confirmation page.
#[cfg(feature = "saml")]
pub(crate) fn unsolicited_key(token: &str) -> Digest {
    Digest::of("tower-sso unasked answer", &[token])
}

/// The key of a ticket that the confirmation page's form takes. It never equals the key of a ticket that needs no
/// confirmation.
#[cfg(feature = "saml")]
pub(crate) fn confirmation_key(token: &str) -> Digest {
    Digest::of("tower-sso confirmation", &[token])
}

/// The key of the ticket of an account.
pub(crate) fn ticket_key(ticket: &str) -> Digest {
    Digest::of("tower-sso ticket", &[ticket])
}

/// The key of the ticket of a person without an account. It never equals the key of another kind of ticket.
pub(crate) fn visitor_key(ticket: &str) -> Digest {
    Digest::of("tower-sso visitor's ticket", &[ticket])
}

/// The key of a claim: the ticket of a person whom the app gives an account. It never equals the key of another kind of
/// ticket.
pub(crate) fn claim_key(ticket: &str) -> Digest {
    Digest::of("tower-sso claim", &[ticket])
}

#[cfg(test)]
mod tests;
