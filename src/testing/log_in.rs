//! An SSO session for a test of a guarded handler, without a provider.

use std::{fmt, sync::Arc};

use tower_sso_core::{
    AccountId, Credential, LookupError, OrgId,
    internal::{later, random_token},
    session::{SessionId, SsoSession},
    store::{InsertOutcome, LinkScope},
};

use crate::{
    binding_cookie::BindingSecret, connection::policy::Enforcement, directory::membership::Membership,
    login::email::normalize, sso::Sso, state::Core,
};

/// Stores an SSO session for a member, as if the member had just logged in with SSO by this credential. Requests that
/// present the credential then pass with [`SsoPass::Fresh`](crate::SsoPass::Fresh), until the connection's timeout or
/// a revocation. **For tests only.**
///
/// No provider is asked, no account link is created, and [`Directory::apply`](crate::Directory::apply) is not called.
/// To test those, use the crate [`tower-sso-test-idp`](https://docs.rs/tower-sso-test-idp).
///
/// ```
/// use tower_sso::{Credential, Sso, testing::log_in};
///
/// # async fn test(sso: &Sso) {
/// log_in(sso, &"1".into(), &"ada".into(), &Credential::session("the id of her app session")).await.unwrap();
/// // A request of this app session to a page of organization 1 now reaches the handler.
/// # }
/// ```
///
/// # Errors
///
/// Returns an error that says what is missing: the organization has no connection, its connection is off, or the
/// account is not a member. Also returns an error if a lookup fails.
pub async fn log_in(
    sso: &Sso,
    organization: &OrgId,
    account: &AccountId,
    credential: &Credential,
) -> Result<(), LogInError> {
    let core = sso.core();
    let session = Arc::new(session(core, organization, account, credential).await?);
    match core.with_timeout(core.sessions.insert(session), "session.insert").await? {
        InsertOutcome::Stored => Ok(()),
        InsertOutcome::Revoked => Err(LogInError(format!(
            "the store refused the SSO session of {account}: sessions of this account, credential or organization \
             were revoked in the meantime"
        ))),
    }
}

/// Does the same as [`log_in`] for an app whose app sessions have no id
/// ([`Viewer::without_session_id`](crate::Viewer::without_session_id)). Returns the cookie of the account's browser:
/// `name=value`, to send in the header `Cookie` beside the app's own cookie. **For tests only.**
///
/// ```
/// use http::{Request, header};
/// use tower_sso::{Sso, testing::log_in_without_session_id};
///
/// # async fn test(sso: &Sso) -> Result<(), Box<dyn std::error::Error>> {
/// let cookie = log_in_without_session_id(sso, &"1".into(), &"ada".into()).await?;
/// let request = Request::get("/acme/plans").header(header::COOKIE, format!("session=ada; {cookie}")).body(())?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// Returns the same errors as [`log_in`].
pub async fn log_in_without_session_id(
    sso: &Sso,
    organization: &OrgId,
    account: &AccountId,
) -> Result<String, LogInError> {
    let secret = BindingSecret::new()?;
    log_in(sso, organization, account, &secret.credential(account)).await?;
    Ok(secret.sent_cookie(&sso.core().addresses))
}

/// Returns the session that an SSO login would store.
async fn session(
    core: &Core,
    organization: &OrgId,
    account: &AccountId,
    credential: &Credential,
) -> Result<SsoSession, LogInError> {
    let found = core.with_timeout(core.connections.find(organization), "connection").await?;
    let connection =
        found.ok_or_else(|| LogInError(format!("organization {organization} has no connection")))?;
    match connection.enforcement() {
        Enforcement::Optional | Enforcement::Enforced => {}
        Enforcement::Off => return Err(LogInError(format!("the connection of {organization} is off"))),
    }
    match core.with_timeout(core.directory.membership(organization, account), "membership").await? {
        Membership::Member(_) => {}
        other @ (Membership::ExternalCollaborator | Membership::ServiceAccount | Membership::NonMember) => {
            return Err(LogInError(format!(
                "{account} is {other:?} in organization {organization}: only a member logs in with SSO"
            )));
        }
    }
    let emails = core.with_timeout(core.directory.verified_emails(account), "emails").await?;
    let revision = core.with_timeout(core.sessions.revision(None), "session.revision").await?;
    let (now, id) = (core.now(), SessionId::new(random_token()?.expose()));
    let mut session = SsoSession::new(
        id,
        credential.clone(),
        organization.clone(),
        account.clone(),
        connection.version(&core.keys),
        now,
        later(now, connection.timeout()),
    );
    session.revision = revision;
    session.protocol = connection.protocol();
    session.scope = LinkScope("https://idp.invalid".to_owned(), "tests".to_owned());
    session.subject = format!("test-subject-of-{account}");
    // Normalized, as an SSO login stores it: `Sso::emails_changed` compares it.
    session.email = emails.iter().find_map(|address| normalize(address)).unwrap_or_default();
    // A step-up asks when the person logged in at the provider.
    session.authenticated_at = Some(now);
    Ok(session)
}

/// Why [`log_in`] stored no SSO session.
#[derive(Debug)]
pub struct LogInError(String);

impl fmt::Display for LogInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LogInError {}

impl From<LookupError> for LogInError {
    fn from(error: LookupError) -> Self {
        Self(format!("a lookup failed: {error}"))
    }
}
