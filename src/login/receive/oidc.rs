//! The callback of an OpenID Connect provider.

use crate::{
    connection::provider::Provider,
    error::login_error::LoginError,
    login::{
        failure::LoginFailure,
        lookups,
        receive::ticket::issue_ticket,
        record::{self, PendingLogin, PendingProtocol, STATE, Ticket, state_key},
    },
    provider::oidc::callback::OidcCallback,
    state::Core,
};
use tower_sso_core::OrgId;

/// Checks an OIDC callback and returns the address of the finish page.
pub(crate) async fn receive_oidc(
    core: &Core,
    organization: &OrgId,
    parameters: &[u8],
) -> Result<String, LoginFailure> {
    let callback = OidcCallback::parse(url::form_urlencoded::parse(parameters)).map_err(LoginError::from)?;
    let key = state_key(callback.state.expose());
    let pending: PendingLogin = record::take(core, key, STATE).await?;
    let login = pending.login.clone();
    check_oidc(core, organization, pending, callback).await.map_err(|error| login.ended_by(error))
}

async fn check_oidc(
    core: &Core,
    organization: &OrgId,
    pending: PendingLogin,
    callback: OidcCallback,
) -> Result<String, LoginError> {
    let PendingLogin { login, protocol } = pending;
    let connection = lookups::unchanged(core, organization, &login).await?;
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
