//! OpenID Connect settings as a document, such as a table of a TOML file.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use tower_sso_core::{ConfigError, Secret};
use tower_sso_oidc::{
    ClientAuthentication, ClientId, HmacAlgorithm, JwsAlgorithm, OidcSettings, Prompt, PushedRequests,
    ResponseMode, Userinfo,
};

use crate::connection::source::{Source, duration};

/// The settings of an OpenID Connect connection as a document. The example shows every field, with its default if it
/// has one:
///
/// ```
/// # use tower_sso::oidc::OidcDocument;
/// # let document: OidcDocument = toml::from_str(r#"
/// issuer = "https://login.acme.example"
/// client_id = "hub"
///
/// ## One of: auto (a secret, sent as the provider asks), client_secret_basic, client_secret_post, client_secret_jwt,
/// ## private_key_jwt, none (a public client). Without this line: auto with a secret, private_key_jwt with a key.
/// client_authentication = "auto"
///
/// ## The secret: from an environment variable, from a file (relative to the document's directory), or here.
/// client_secret_env = "ACME_CLIENT_SECRET"
/// ## client_secret_file = "acme.secret"
/// ## client_secret = "s3cr3t"
///
/// ## For private_key_jwt: a key in PEM, likewise, what it signs with, and its id if it has one.
/// ## private_key_file = "acme.pem"            # or private_key_env, or private_key
/// ## private_key_algorithm = "RS256"
/// ## private_key_id = "2026-01"
///
/// scopes = ["openid", "email", "profile"]
/// acr_values = []
/// send_login_hint = true
/// leeway = "60s"
/// userinfo = "auto"                          # auto, always, signed, never
/// pushed_requests = "auto"                   # auto, always
/// response_mode = "query"                    # query, form_post
/// public_addresses_only = false              # true: never connects to a private address
/// algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
///
/// ## Not set unless written:
/// prompt = "select_account"                  # login, consent, select_account
/// max_age = "8h"
/// ## dangerous_hmac = "HS256"                 # tokens signed with the client secret, and no others
///
/// [authorize_parameters]
/// hd = "acme.example"
/// # "#)?;
/// # Ok::<_, toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcDocument {
    #[serde(rename = "issuer")]
    issuer: String,
    #[serde(rename = "client_id")]
    client_id: String,
    #[serde(rename = "client_authentication")]
    client_authentication: Option<Method>,
    #[serde(rename = "client_secret")]
    client_secret: Option<Secret<String>>,
    #[serde(rename = "client_secret_env")]
    client_secret_env: Option<String>,
    #[serde(rename = "client_secret_file")]
    client_secret_file: Option<String>,
    #[serde(rename = "private_key")]
    private_key: Option<Secret<String>>,
    #[serde(rename = "private_key_env")]
    private_key_env: Option<String>,
    #[serde(rename = "private_key_file")]
    private_key_file: Option<String>,
    #[serde(rename = "private_key_algorithm")]
    private_key_algorithm: Option<JwsAlgorithm>,
    #[serde(rename = "private_key_id")]
    private_key_id: Option<String>,
    #[serde(rename = "scopes")]
    scopes: Option<Vec<String>>,
    #[serde(rename = "acr_values")]
    acr_values: Option<Vec<String>>,
    #[serde(rename = "prompt")]
    prompt: Option<Prompt>,
    #[serde(rename = "max_age")]
    max_age: Option<String>,
    #[serde(rename = "send_login_hint")]
    send_login_hint: Option<bool>,
    #[serde(rename = "leeway")]
    leeway: Option<String>,
    #[serde(rename = "algorithms")]
    algorithms: Option<Vec<JwsAlgorithm>>,
    #[serde(rename = "dangerous_hmac")]
    dangerous_hmac: Option<HmacAlgorithm>,
    #[serde(rename = "userinfo")]
    userinfo: Option<Userinfo>,
    #[serde(rename = "pushed_requests")]
    pushed_requests: Option<PushedRequests>,
    #[serde(rename = "response_mode")]
    response_mode: Option<ResponseMode>,
    #[serde(rename = "public_addresses_only")]
    public_addresses_only: Option<bool>,
    #[serde(rename = "authorize_parameters")]
    authorize_parameters: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Method {
    #[serde(rename = "auto")]
    Auto,
    #[serde(rename = "client_secret_basic")]
    ClientSecretBasic,
    #[serde(rename = "client_secret_post")]
    ClientSecretPost,
    #[serde(rename = "client_secret_jwt")]
    ClientSecretJwt,
    #[serde(rename = "private_key_jwt")]
    PrivateKeyJwt,
    #[serde(rename = "none")]
    None,
}

impl OidcDocument {
    /// Reads the secrets and returns the settings. Environment variables are looked up with `environment`; paths of
    /// files are relative to `directory`.
    ///
    /// # Errors
    ///
    /// Returns an error if a secret cannot be read, is given twice, or does not fit `client_authentication`, or if a
    /// duration is invalid.
    pub fn into_settings(
        self,
        environment: &dyn Fn(&str) -> Option<String>,
        directory: &Path,
    ) -> Result<OidcSettings, ConfigError> {
        self.settings(Source::Machine { environment, directory })
    }

    pub(crate) fn settings(self, source: Source<'_>) -> Result<OidcSettings, ConfigError> {
        let secret = source.read(
            "oidc.client_secret",
            self.client_secret,
            self.client_secret_env,
            self.client_secret_file,
        )?;
        let key =
            source.read("oidc.private_key", self.private_key, self.private_key_env, self.private_key_file)?;
        let authentication = authentication(
            self.client_authentication,
            secret,
            key,
            self.private_key_algorithm,
            self.private_key_id,
        )?;
        let mut settings = OidcSettings::new(self.issuer, ClientId::new(self.client_id), authentication);
        if let Some(scopes) = self.scopes {
            settings = settings.scopes(scopes);
        }
        if let Some(age) = self.max_age {
            settings = settings.max_age(duration("oidc.max_age", &age)?);
        }
        if let Some(leeway) = self.leeway {
            settings = settings.leeway(duration("oidc.leeway", &leeway)?);
        }
        if let Some(algorithms) = self.algorithms {
            settings = settings.algorithms(algorithms);
        }
        if let Some(algorithm) = self.dangerous_hmac {
            settings = settings.dangerous().hmac(algorithm);
        }
        if self.public_addresses_only.unwrap_or_default() {
            settings = settings.public_addresses_only();
        }
        settings = settings
            .acr_values(self.acr_values.unwrap_or_default())
            .userinfo(self.userinfo.unwrap_or_default())
            .pushed_requests(self.pushed_requests.unwrap_or_default())
            .response_mode(self.response_mode.unwrap_or_default());
        if let Some(prompt) = self.prompt {
            settings = settings.prompt(prompt);
        }
        if self.send_login_hint == Some(false) {
            settings = settings.without_login_hint();
        }
        Ok(settings.authorize_parameters(self.authorize_parameters.unwrap_or_default()))
    }
}

fn authentication(
    method: Option<Method>,
    secret: Option<Secret<String>>,
    key: Option<Secret<String>>,
    algorithm: Option<JwsAlgorithm>,
    key_id: Option<String>,
) -> Result<ClientAuthentication, ConfigError> {
    let method = match (method, &secret, &key) {
        (Some(method), _, _) => method,
        (None, Some(_), None) => Method::Auto,
        (None, None, Some(_)) => Method::PrivateKeyJwt,
        (None, None, None) | (None, Some(_), Some(_)) => {
            return Err(ConfigError::new(
                "oidc.client_authentication",
                "expected a client_secret or a private_key, or client_authentication = \"none\" for a public client",
            ));
        }
    };
    let takes_key = method == Method::PrivateKeyJwt;
    for (set, wanted, field) in [
        (key.is_some(), takes_key, "oidc.private_key"),
        (algorithm.is_some(), takes_key, "oidc.private_key_algorithm"),
        (key_id.is_some(), takes_key, "oidc.private_key_id"),
        (secret.is_some(), !takes_key && method != Method::None, "oidc.client_secret"),
    ] {
        if set && !wanted {
            return Err(ConfigError::new(field, "expected none with this client_authentication"));
        }
    }
    let secret = || {
        secret.ok_or_else(|| {
            ConfigError::new("oidc.client_secret", "expected a secret with this client_authentication")
        })
    };
    Ok(match method {
        Method::Auto => ClientAuthentication::SecretAuto(secret()?),
        Method::ClientSecretBasic => ClientAuthentication::SecretBasic(secret()?),
        Method::ClientSecretPost => ClientAuthentication::SecretPost(secret()?),
        Method::ClientSecretJwt => ClientAuthentication::SecretJwt(secret()?),
        Method::PrivateKeyJwt => ClientAuthentication::PrivateKeyJwt {
            key: key.ok_or_else(|| {
                ConfigError::new("oidc.private_key", "expected a key in PEM with this client_authentication")
            })?,
            algorithm: algorithm.ok_or_else(|| {
                ConfigError::new("oidc.private_key_algorithm", "expected an algorithm, such as \"RS256\"")
            })?,
            key_id,
        },
        Method::None => ClientAuthentication::None,
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use super::*;

    fn settings(text: &str, directory: &Path) -> Result<OidcSettings, ConfigError> {
        let head = "issuer = \"https://login.acme.example\"\nclient_id = \"hub\"\n";
        let document: OidcDocument = toml::from_str(&format!("{head}{text}")).expect("a document");
        document.into_settings(&|name| (name == "ACME").then(|| "from env".to_owned()), directory)
    }

    fn here(text: &str) -> Result<OidcSettings, ConfigError> {
        settings(text, Path::new("."))
    }

    #[test]
    fn a_secret_comes_from_the_document_the_environment_or_a_file() {
        let directory = std::env::temp_dir().join(format!("tower-sso-document-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        fs::write(directory.join("secret"), "from file\r\n").expect("a file");
        for (line, value) in [
            ("client_secret = \"inline\"", "inline"),
            ("client_secret_env = \"ACME\"", "from env"),
            ("client_secret_file = \"secret\"", "from file"),
        ] {
            let settings = settings(line, &directory).expect(line);
            let settings = settings.fields();
            assert!(settings.authentication.secret().expect("a secret").matches(value.as_bytes()), "{line}");
            assert_eq!(settings.authentication.name(), "client_secret");
        }
        fs::remove_dir_all(&directory).expect("it was there");
    }

    #[test]
    fn every_setting_can_be_written_in_a_document() {
        let text = r#"
            client_authentication = "private_key_jwt"
            private_key = "PEM"
            private_key_algorithm = "EdDSA"
            private_key_id = "k-1"
            scopes = ["openid", "groups"]
            acr_values = ["phr"]
            prompt = "login"
            max_age = "8h"
            send_login_hint = false
            leeway = "5s"
            algorithms = ["RS256", "EdDSA"]
            dangerous_hmac = "HS256"
            userinfo = "signed"
            pushed_requests = "always"
            response_mode = "form_post"
            public_addresses_only = true
            authorize_parameters = { hd = "acme.example" }
        "#;
        let settings = here(text).expect("settings");
        let settings = settings.fields();
        assert_eq!(settings.authentication.name(), "private_key_jwt");
        assert_eq!(settings.scopes, ["openid", "groups"]);
        assert_eq!(
            (settings.max_age, settings.leeway),
            (Some(Duration::from_secs(28_800)), Duration::from_secs(5))
        );
        assert_eq!(settings.algorithms, [JwsAlgorithm::Rs256, JwsAlgorithm::EdDsa]);
        assert_eq!((settings.hmac, settings.prompt), (Some(HmacAlgorithm::Hs256), Some(Prompt::Login)));
        assert_eq!((settings.userinfo, settings.pushed_requests), (Userinfo::Signed, PushedRequests::Always));
        assert_eq!(settings.response_mode, ResponseMode::FormPost);
        assert_eq!(settings.reach, tower_sso_http::Reach::PublicOnly);
        assert!(!settings.sends_login_hint);
        assert_eq!(settings.parameters, [("hd".to_owned(), "acme.example".to_owned())]);
    }

    #[test]
    fn an_inconsistent_document_is_refused_with_its_field() {
        assert!(here("client_secret = \"s\"").is_ok());
        for (text, field) in [
            ("", "oidc.client_authentication"),
            ("client_secret = \"s\"\nprivate_key = \"k\"", "oidc.client_authentication"),
            ("client_secret = \"s\"\nclient_secret_env = \"ACME\"", "oidc.client_secret"),
            ("client_secret_env = \"UNSET\"", "oidc.client_secret_env"),
            ("client_secret_file = \"/no/such/file\"", "oidc.client_secret_file"),
            ("client_authentication = \"client_secret_post\"", "oidc.client_secret"),
            ("client_authentication = \"none\"\nclient_secret = \"s\"", "oidc.client_secret"),
            ("client_authentication = \"private_key_jwt\"", "oidc.private_key"),
            ("private_key = \"k\"", "oidc.private_key_algorithm"),
            ("client_secret = \"s\"\nprivate_key_id = \"k\"", "oidc.private_key_id"),
            ("client_secret = \"s\"\nprivate_key_algorithm = \"RS256\"", "oidc.private_key_algorithm"),
            ("client_secret = \"s\"\nmax_age = \"soon\"", "oidc.max_age"),
            ("client_secret = \"s\"\nleeway = \"\"", "oidc.leeway"),
        ] {
            let error = here(text).expect_err(text);
            assert_eq!(error.field(), field, "{text}");
            assert!(error.problem().contains("expected"), "{error}");
        }
    }

    #[test]
    fn an_unknown_field_or_value_is_refused() {
        let head = "issuer = \"https://a.example\"\nclient_id = \"hub\"\nclient_secret = \"s\"\n";
        assert!(toml::from_str::<OidcDocument>(head).is_ok());
        for line in
            ["client_sceret = \"s\"", "userinfo = \"maybe\"", "algorithms = [\"none\"]", "leeway = 60"]
        {
            assert!(toml::from_str::<OidcDocument>(&format!("{head}{line}")).is_err(), "{line}");
        }
    }
}
