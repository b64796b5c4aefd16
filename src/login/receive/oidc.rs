//! The callback of an OpenID Connect provider.

use crate::login::receive;
use crate::login::record;
use crate::{
    connection::provider::Provider,
    error::LoginError,
    id::OrgId,
    login::{
        receive::STATE,
        record::{PendingLogin, PendingProtocol, Ticket, state_key},
    },
    provider::oidc::callback::OidcCallback,
    return_path::ReturnPath,
    state::Core,
};

/// Checks an OIDC callback and returns the address of the finish page. An error comes with the return path of the
/// SSO login, if it was known.
pub(crate) async fn receive_oidc(
    core: &Core,
    organization: &OrgId,
    parameters: &[u8],
) -> Result<String, (LoginError, Option<ReturnPath>)> {
    let pairs = url::form_urlencoded::parse(parameters);
    let callback = OidcCallback::parse(pairs).map_err(|error| (error, None))?;
    let key = state_key(callback.state.expose());
    let pending: PendingLogin = record::take(core, key, STATE).await.map_err(|error| (error, None))?;
    let login = pending.login.clone();
    let checked = check_oidc(core, organization, pending, callback).await;
    checked.map_err(|error| (login.ended_by(error), Some(login.return_path)))
}

async fn check_oidc(
    core: &Core,
    organization: &OrgId,
    pending: PendingLogin,
    callback: OidcCallback,
) -> Result<String, LoginError> {
    let PendingLogin { login, protocol } = pending;
    let connection = receive::unchanged(core, organization, &login).await?;
    let identity = match (&connection.provider, protocol) {
        (Provider::Oidc(provider), PendingProtocol::Oidc(pending)) => {
            provider.receive(&core.outbound, &pending, callback, &core.clock).await?
        }
        #[cfg(feature = "saml")]
        (Provider::Oidc(_), PendingProtocol::Saml(_)) | (Provider::Saml(_), _) => {
            return Err(crate::error::kind::LoginErrorKind::ConnectionChanged.into());
        }
        #[cfg(test)]
        (Provider::None, _) => return Err(crate::error::kind::LoginErrorKind::NoConnection.into()),
    };
    receive::issue_ticket(core, Ticket { login, identity: identity.0 }).await
}
