//! The callback of an OpenID Connect provider.

use crate::{
    connection::Provider,
    error::LoginError,
    id::OrgId,
    login::{
        receive::STATE,
        record::{PendingLogin, PendingProtocol, Ticket, state_key},
        return_path::ReturnPath,
    },
    provider::oidc::callback::OidcCallback,
    sso::Sso,
};

impl Sso {
    /// Checks an OIDC callback and returns the address of the finish page. An error comes with the return path of the
    /// SSO login, if it was known.
    pub(crate) async fn receive_oidc(
        &self,
        organization: &OrgId,
        parameters: &[u8],
    ) -> Result<String, (LoginError, Option<ReturnPath>)> {
        let pairs = url::form_urlencoded::parse(parameters);
        let callback = OidcCallback::parse(pairs).map_err(|error| (error, None))?;
        let key = state_key(callback.state.expose());
        let pending: PendingLogin = self.take(key, STATE).await.map_err(|error| (error, None))?;
        let login = pending.login.clone();
        let checked = self.check_oidc(organization, pending, callback).await;
        checked.map_err(|error| (login.ended_by(error), Some(login.return_path)))
    }

    async fn check_oidc(
        &self,
        organization: &OrgId,
        pending: PendingLogin,
        callback: OidcCallback,
    ) -> Result<String, LoginError> {
        let core = self.core();
        let PendingLogin { login, protocol } = pending;
        let connection = self.unchanged(organization, &login).await?;
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
        self.issue_ticket(Ticket { login, identity: identity.0 }).await
    }
}
