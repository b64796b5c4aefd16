//! Checks of the settings of a provider. A setting that would only fail in the middle of an exchange is reported when
//! the provider is built, by the name of its field, as an app's own configuration would be.

use std::collections::HashSet;

use tower_sso_core::ConfigError;
use url::Url;

use crate::{
    client::{ClientAuth, TestClient},
    keys::public_key::public_key,
    loopback::is_loopback_host,
    service_provider::TestServiceProvider,
    user::TestUser,
};

/// Checks that each user has an email address and a subject that no other user has.
pub(crate) fn check_users(users: &[TestUser]) -> Result<(), ConfigError> {
    let (mut emails, mut subjects) = (HashSet::new(), HashSet::new());
    for user in users {
        if user.email.is_empty() || user.password.expose().is_empty() {
            let problem = format!("expected an email address and a password for {:?}", user.display_name());
            return Err(ConfigError::new("user", problem));
        }
        if !emails.insert(user.email.to_lowercase()) {
            return Err(ConfigError::new("user", format!("two users sign in with {:?}", user.email)));
        }
        // A user may have no subject, or an unusual one, on purpose.
        if let Some(subject) = user.claims.get("sub")
            && !subjects.insert(subject.to_string())
        {
            return Err(ConfigError::new("user", format!("two users have the subject {subject}")));
        }
    }
    Ok(())
}

/// Checks each client's id, redirect URIs (RFC 6749 §3.1.2) and method of authentication.
pub(crate) fn check_clients(clients: &[TestClient]) -> Result<(), ConfigError> {
    let mut ids = HashSet::new();
    for client in clients {
        let wrong = |problem: String| Err(ConfigError::new(format!("client {:?}", client.id), problem));
        if client.id.is_empty() || !ids.insert(&client.id) {
            return wrong("expected an id that no other client has".to_owned());
        }
        if client.redirect_uris.is_empty() {
            return wrong("expected a redirect URI".to_owned());
        }
        for uri in &client.redirect_uris {
            if Url::parse(uri).is_ok_and(|uri| uri.has_host() && uri.fragment().is_none()) {
                continue;
            }
            return wrong(format!("expected an absolute redirect URI without a fragment, found {uri:?}"));
        }
        if !ClientAuth::ALL.into_iter().any(|auth| client.takes(auth)) {
            return wrong(
                "its way of authentication lacks the secret or the key, or has one too many".to_owned(),
            );
        }
    }
    Ok(())
}

/// Checks each service provider's entity ID, addresses and keys.
pub(crate) fn check_service_providers(providers: &[TestServiceProvider]) -> Result<(), ConfigError> {
    let mut ids = HashSet::new();
    for provider in providers {
        let wrong = |problem: &str| {
            Err(ConfigError::new(format!("service provider {:?}", provider.entity_id), problem))
        };
        if provider.entity_id.is_empty() || !ids.insert(&provider.entity_id) {
            return wrong("expected an entity ID that no other service provider has");
        }
        let fits =
            |address: &str| Url::parse(address).is_ok_and(|it| it.has_host() && it.fragment().is_none());
        if !fits(&provider.acs) {
            return wrong("expected an absolute ACS address without a fragment");
        }
        if provider.logout.as_ref().is_some_and(|logout| !fits(&logout.address)) {
            return wrong("expected an absolute address for logout messages, without a fragment");
        }
        let keys = [&provider.encryption_key, &provider.signing_key];
        if keys.into_iter().flatten().any(|pem| public_key(pem).is_none()) {
            return wrong("expected keys as a certificate or a public key in PEM");
        }
    }
    Ok(())
}

/// Checks that the issuer is an address on loopback, without a query and a fragment (OpenID Connect Discovery §3).
pub(crate) fn check_issuer(issuer: &str) -> Result<(), ConfigError> {
    let fits = Url::parse(issuer).is_ok_and(|url| {
        url.scheme() == "http"
            && url.host_str().is_some_and(is_loopback_host)
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if fits {
        Ok(())
    } else {
        Err(ConfigError::new("issuer", format!("expected http on loopback, found {issuer:?}")))
    }
}
