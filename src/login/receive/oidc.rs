//! Receives the callback of an OpenID provider.

use tower_sso_core::OrgId;
use tower_sso_oidc::OidcCallback;

use crate::{
    connection::provider::Provider,
    error::login_error::LoginError,
    login::{
        failure::LoginFailure,
        lookups,
        receive::ticket::issue_ticket,
        record::{self, PENDING_LOGIN_ERRORS, PendingLogin, PendingProtocol, Ticket, state_key},
    },
    state::Core,
};

/// Receives an OIDC callback and returns the address to which the browser goes next, with a ticket.
pub(crate) async fn receive_oidc(
    core: &Core,
    organization: &OrgId,
    parameters: &[u8],
) -> Result<String, LoginFailure> {
    let callback = OidcCallback::parse(url::form_urlencoded::parse(parameters)).map_err(LoginError::from)?;
    let key = state_key(callback.state.expose());
    let pending: PendingLogin = record::take(core, key, PENDING_LOGIN_ERRORS).await?;
    let login = pending.login.clone();
    verify_and_issue(core, organization, pending, callback).await.map_err(|error| login.ended_by(error))
}

/// Verifies the callback of a pending login and issues the ticket.
async fn verify_and_issue(
    core: &Core,
    organization: &OrgId,
    pending: PendingLogin,
    callback: OidcCallback,
) -> Result<String, LoginError> {
    let PendingLogin { login, protocol } = pending;
    let connection = lookups::unchanged_connection(core, organization, &login).await?;
    let identity = match (&connection.provider, protocol) {
        (Provider::Oidc(provider), PendingProtocol::Oidc(pending)) => {
            let login = provider.receive(&core.outbound, &pending, callback, &core.clock).await?;
            crate::connection::oidc::identity::identity(provider.settings(), login)
        }
        #[cfg(feature = "saml")]
        (Provider::Oidc(_), PendingProtocol::Saml(_)) | (Provider::Saml(_), _) => {
            return Err(crate::error::kind::LoginErrorKind::ConnectionChanged.into());
        }
    };
    issue_ticket(core, Ticket { login, identity: identity.0 }).await
}
