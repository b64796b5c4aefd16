//! Which settings are part of a connection's version, and which a reload compares. The labels are frozen.

use tower_sso_http::Reach;
use tower_sso_oidc::{HmacAlgorithm, OidcSettings, Prompt, internal::OidcFields};

use crate::fingerprint::Fingerprint;

/// Returns the fingerprint that is part of the connection's version: which provider vouches for users, to which client,
/// and by which rules. Settings that only change how requests are sent (login hint, response mode, pushed requests) are
/// not part of it, and neither are secrets.
pub(crate) fn version(settings: &OidcSettings) -> Fingerprint {
    let settings = settings.fields();
    let mut algorithms: Vec<_> = settings.algorithms.iter().map(|algorithm| algorithm.as_str()).collect();
    algorithms.sort_unstable();
    let version = Fingerprint::default()
        .with("issuer", [settings.issuer])
        .with("client_id", [settings.client_id])
        .with("client_authentication", [settings.authentication.name()])
        .with("userinfo", [settings.userinfo.as_str()])
        .with("hmac", settings.hmac.map(HmacAlgorithm::as_str))
        .with("max_age", settings.max_age.map(|age| age.as_nanos()))
        .with("algorithms", algorithms)
        .with("scopes", settings.scopes)
        .with("acr_values", settings.acr_values);
    settings
        .parameters
        .iter()
        .fold(version, |it, (name, value)| it.with("authorize_parameter", [name, value]))
}

/// Returns a fingerprint of all settings except secrets. A reload compares it.
pub(crate) fn fingerprint(settings: &OidcSettings) -> Fingerprint {
    let OidcFields {
        issuer: _,
        client_id: _,
        authentication,
        scopes: _,
        parameters: _,
        prompt,
        acr_values: _,
        max_age: _,
        sends_login_hint,
        leeway,
        algorithms: _,
        hmac: _,
        userinfo: _,
        pushed_requests,
        response_mode,
        reach,
    } = settings.fields();
    let (key_algorithm, key_id) = match authentication.private_key() {
        Some((algorithm, key_id)) => (Some(algorithm.as_str()), key_id),
        None => (None, None),
    };
    version(settings)
        .with("private_key_algorithm", key_algorithm)
        .with("private_key_id", key_id)
        .with("prompt", prompt.map(Prompt::as_str))
        .with("send_login_hint", [sends_login_hint])
        .with("leeway", [leeway.as_nanos()])
        .with("pushed_requests", [pushed_requests.as_str()])
        .with("response_mode", [response_mode.as_str()])
        .with("public_addresses_only", [reach == Reach::PublicOnly])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use tower_sso_core::Secret;
    use tower_sso_oidc::{ClientAuthentication, ClientId, JwsAlgorithm};
    use tower_sso_test_idp::{SigningAlg, TestKey};

    fn secret(text: &str) -> ClientAuthentication {
        ClientAuthentication::SecretAuto(Secret::new(text.to_owned()))
    }

    fn settings() -> OidcSettings {
        as_client(secret("s"))
    }

    fn as_client(authentication: ClientAuthentication) -> OidcSettings {
        OidcSettings::new("https://login.acme.example", ClientId::new("hub"), authentication)
    }

    #[test]
    fn the_version_depends_on_security_settings_and_on_no_secret() {
        let version_of = |settings: OidcSettings| version(settings.build().expect("a provider").settings());
        let base = version_of(settings());
        for same in [
            as_client(secret("rotated")),
            settings().algorithms(JwsAlgorithm::ALL.iter().rev().copied()),
            settings().without_login_hint(),
            settings().leeway(Duration::from_secs(1)),
        ] {
            assert_eq!(version_of(same), base);
        }
        for other in [
            OidcSettings::new("https://login.acme.example/", ClientId::new("hub"), secret("s")),
            OidcSettings::new("https://login.acme.example", ClientId::new("hub2"), secret("s")),
            as_client(ClientAuthentication::None),
            settings().algorithms([JwsAlgorithm::Rs256]),
            settings().acr_values(["phr"]),
            settings().max_age(Duration::from_secs(60)),
            settings().userinfo(tower_sso_oidc::Userinfo::Never),
            settings().authorize_parameters([("hd", "acme.example")]),
        ] {
            assert_ne!(version_of(other), base);
        }
        assert!(!format!("{base:?}").contains("\"s\""));
    }

    #[test]
    fn a_reload_detects_every_changed_setting_except_secrets_and_keys() {
        use crate::oidc::{PushedRequests, ResponseMode};
        let provider = |settings: OidcSettings| settings.build().expect("a provider");
        let base = provider(settings());
        let rotated = as_client(secret("rotated"));
        assert_eq!(fingerprint(provider(rotated).settings()), fingerprint(base.settings()));
        for other in [
            settings().prompt(Prompt::Login),
            settings().without_login_hint(),
            settings().leeway(Duration::from_secs(1)),
            settings().pushed_requests(PushedRequests::Always),
            settings().response_mode(ResponseMode::FormPost),
            settings().public_addresses_only(),
        ] {
            let other = provider(other);
            assert_eq!(version(other.settings()), version(base.settings()));
            assert_ne!(fingerprint(other.settings()), fingerprint(base.settings()));
        }
        assert_ne!(
            fingerprint(provider(settings().scope("groups")).settings()),
            fingerprint(base.settings())
        );
        let keyed = |id: &str, algorithm: JwsAlgorithm, pem: &Secret<String>| {
            let (key, key_id) = (pem.clone(), Some(id.to_owned()));
            let authentication = ClientAuthentication::PrivateKeyJwt { key, algorithm, key_id };
            fingerprint(provider(as_client(authentication)).settings())
        };
        let pem = |algorithm| TestKey::shared(algorithm).expect("a key").private_key_pem().expect("PEM");
        let (rsa, p256) = (pem(SigningAlg::Rs256), pem(SigningAlg::Es256));
        let one = keyed("1", JwsAlgorithm::Rs256, &rsa);
        assert_ne!(keyed("2", JwsAlgorithm::Rs256, &rsa), one);
        assert_ne!(keyed("1", JwsAlgorithm::Es256, &p256), one);
    }
}
