//! Parses settings into a provider. Invalid settings are found here, before anyone logs in with SSO.
//!
//! Each error names the field as configuration files spell it, such as `oidc.issuer`, and says what was expected.
//! Nothing is fetched: a provider that can't be reached is found at the first login.

use std::time::Duration;

use tower_sso_core::ConfigError;

use crate::{authentication::ClientAuthentication, issuer, provider::OidcProvider, settings::OidcSettings};

/// The parameters of an authorization request that only this crate sets, or that would change who receives the
/// response.
const RESERVED_PARAMETERS: [&str; 21] = [
    "response_type",
    "response_mode",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "request",
    "request_uri",
    "registration",
    "prompt",
    "max_age",
    "acr_values",
    "login_hint",
    "dpop_jkt",
];

impl OidcSettings {
    /// Parses the settings into a provider. Nothing is fetched.
    ///
    /// # Errors
    ///
    /// Returns an error that names the field (such as `oidc.issuer`) and what was expected.
    ///
    /// ```
    /// use tower_sso_core::Secret;
    /// use tower_sso_oidc::{ClientAuthentication, ClientId, OidcSettings};
    ///
    /// let authentication = || ClientAuthentication::SecretAuto(Secret::new("s3cr3t".to_owned()));
    /// let good = OidcSettings::new("https://login.acme.example", ClientId::new("hub"), authentication());
    /// assert_eq!(good.build()?.issuer(), "https://login.acme.example");
    ///
    /// let bad = OidcSettings::new("http://login.acme.example", ClientId::new("hub"), authentication());
    /// let error = bad.build().unwrap_err();
    /// assert!(error.to_string().contains("oidc.issuer"), "{error}");
    /// # Ok::<(), tower_sso_core::ConfigError>(())
    /// ```
    pub fn build(mut self) -> Result<OidcProvider, ConfigError> {
        self.issuer =
            issuer::parse(&self.issuer).map_err(|problem| ConfigError::new("oidc.issuer", problem))?;
        check(
            "oidc.client_id",
            (1..=1024).contains(&self.client_id.len()) && is_visible(&self.client_id),
            "expected 1 to 1024 printable ASCII characters",
        )?;
        self.check_secret()?;
        for scope in &self.scopes {
            let good = !scope.is_empty() && is_visible(scope) && !scope.contains([' ', '"', '\\']);
            check("oidc.scopes", good, "expected scopes of printable ASCII, one each (RFC 6749 §3.3)")?;
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            self.scopes.insert(0, "openid".to_owned());
        }
        for (name, value) in &self.parameters {
            let field = format!("oidc.authorize_parameters.{name}");
            let reserved = RESERVED_PARAMETERS.iter().any(|reserved| name.eq_ignore_ascii_case(reserved));
            check(&field, !reserved, "expected a parameter that the protocol does not use itself")?;
            let good = !name.is_empty() && name.len() + value.len() <= 2048;
            check(&field, good, "expected a name, and at most 2048 bytes with its value")?;
        }
        let mut names: Vec<_> = self.parameters.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        let distinct = names.windows(2).all(|pair| pair.first() != pair.last());
        check("oidc.authorize_parameters", distinct, "expected each parameter once")?;
        for value in &self.acr_values {
            let good = !value.is_empty() && is_visible(value) && !value.contains(' ');
            check("oidc.acr_values", good, "expected values of printable ASCII without spaces")?;
        }
        let leeway = self.leeway <= Duration::from_secs(600);
        check("oidc.leeway", leeway, "expected at most 10 minutes")?;
        check("oidc.algorithms", !self.algorithms.is_empty(), "expected at least one algorithm")?;
        self.algorithms.sort_unstable();
        self.algorithms.dedup();
        OidcProvider::new(self)
    }

    /// Checks that the secret is as long as its use requires.
    ///
    /// # Errors
    ///
    /// Returns an error about `oidc.client_secret` if the secret is empty, or shorter than the hash that it keys (RFC
    /// 7518 §3.2).
    fn check_secret(&self) -> Result<(), ConfigError> {
        let field = "oidc.client_secret";
        let length = self.authentication.secret().map(|secret| secret.expose().len());
        check(field, length != Some(0), "expected a secret, found nothing")?;
        if let ClientAuthentication::SecretJwt(_) = self.authentication {
            let good = length.is_some_and(|length| length >= 32);
            check(field, good, "client_secret_jwt: expected at least 32 bytes (RFC 7518 §3.2)")?;
        }
        if let Some(algorithm) = self.hmac {
            let least = algorithm.least_secret();
            let good = length.is_some_and(|length| length >= least);
            let problem = format!("{}: expected at least {least} bytes (RFC 7518 §3.2)", algorithm.as_str());
            check(field, good, &problem)?;
        }
        Ok(())
    }
}

fn check(field: &str, good: bool, problem: &str) -> Result<(), ConfigError> {
    if good { Ok(()) } else { Err(ConfigError::new(field, problem)) }
}

/// Returns whether the text has only printable ASCII characters and spaces.
fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        algorithm::{HmacAlgorithm, JwsAlgorithm},
        settings::ClientId,
        tests::test_key::TestKey,
    };
    use tower_sso_core::Secret;

    fn secret(text: &str) -> ClientAuthentication {
        ClientAuthentication::SecretAuto(Secret::new(text.to_owned()))
    }

    fn settings() -> OidcSettings {
        OidcSettings::new("https://login.acme.example", ClientId::new("hub"), secret("s"))
    }

    fn private_key(key: &str, algorithm: JwsAlgorithm) -> ClientAuthentication {
        ClientAuthentication::PrivateKeyJwt { key: Secret::new(key.to_owned()), algorithm, key_id: None }
    }

    #[test]
    fn inconsistent_settings_are_refused_with_their_field() {
        settings().build().expect("the accepted twin");
        settings().authorize_parameters([("hd", "x".repeat(2046))]).build().expect("another twin");
        let s = settings;
        let of = |authentication| OidcSettings { authentication, ..settings() };
        let short = "x".repeat(31);
        let p384 = &TestKey::for_algorithm(JwsAlgorithm::Es384).pem;
        for (settings, field) in [
            (OidcSettings { issuer: "http://login.acme.example".to_owned(), ..s() }, "oidc.issuer"),
            (OidcSettings { client_id: String::new(), ..s() }, "oidc.client_id"),
            (OidcSettings { client_id: "h\nub".to_owned(), ..s() }, "oidc.client_id"),
            (of(secret("")), "oidc.client_secret"),
            (of(ClientAuthentication::SecretJwt(Secret::new(short.clone()))), "oidc.client_secret"),
            (of(secret(&short)).dangerous().hmac(HmacAlgorithm::Hs256), "oidc.client_secret"),
            (of(ClientAuthentication::None).dangerous().hmac(HmacAlgorithm::Hs256), "oidc.client_secret"),
            (of(private_key("", JwsAlgorithm::Rs256)), "oidc.private_key"),
            (of(private_key(&TestKey::rsa().pem, JwsAlgorithm::Es256)), "oidc.private_key"),
            (of(private_key(&TestKey::p256().pem, JwsAlgorithm::Rs256)), "oidc.private_key"),
            (of(private_key(p384, JwsAlgorithm::Es256)), "oidc.private_key"),
            (s().scope("a b"), "oidc.scopes"),
            (s().scopes([""]), "oidc.scopes"),
            (s().authorize_parameters([("State", "x")]), "oidc.authorize_parameters.State"),
            (s().authorize_parameters([("redirect_uri", "x")]), "oidc.authorize_parameters.redirect_uri"),
            (s().authorize_parameters([("", "x")]), "oidc.authorize_parameters."),
            (
                s().authorize_parameters([("hd", "a")]).authorize_parameters([("hd", "b")]),
                "oidc.authorize_parameters",
            ),
            (s().authorize_parameters([("hd", "x".repeat(2047))]), "oidc.authorize_parameters.hd"),
            (s().acr_values(["a b"]), "oidc.acr_values"),
            (s().leeway(Duration::from_secs(601)), "oidc.leeway"),
            (s().algorithms([]), "oidc.algorithms"),
        ] {
            let shown = format!("{settings:?}");
            let error = settings.build().expect_err(&shown);
            assert_eq!(error.field(), field, "{shown}");
            assert!(error.problem().contains("expected"), "{error}");
        }
    }

    #[test]
    fn a_private_key_of_the_right_kind_builds() {
        for algorithm in JwsAlgorithm::ALL {
            let authentication = private_key(&TestKey::for_algorithm(*algorithm).pem, *algorithm);
            OidcSettings { authentication, ..settings() }.build().expect("a provider");
        }
    }

    #[test]
    fn a_wrong_private_key_is_refused_with_the_expected_kind() {
        for (algorithm, expected) in [
            (JwsAlgorithm::Rs256, "an RSA private key of at least 2048 bits"),
            (JwsAlgorithm::Es256, "a P-256 private key"),
            (JwsAlgorithm::Es384, "a P-384 private key"),
            (JwsAlgorithm::EdDsa, "an Ed25519 private key"),
        ] {
            let authentication = private_key("-----BEGIN NOTHING-----", algorithm);
            let error = OidcSettings { authentication, ..settings() }.build().expect_err("no key");
            assert!(error.problem().contains(expected), "{error}");
        }
    }

    #[test]
    fn the_openid_scope_is_always_requested() {
        let provider = settings().scopes(["email"]).build().expect("a provider");
        assert_eq!(provider.0.settings.scopes, ["openid", "email"]);
    }
}
