//! Connections as a document, such as a TOML file.
//!
//! [`ConnectionDocument`] is one `[[connection]]` table. It is parsed first and then turned into
//! [`ConnectionSettings`], which reads the secrets that the document refers to.

pub(crate) mod renamed;
mod tables;

use std::{collections::BTreeMap, path::Path, time::SystemTime};

use serde::{Deserialize, de::DeserializeOwned};
use tower_sso_core::ConfigError;

pub use self::renamed::DeprecatedSetting;
use self::tables::{EmailDocument, JoinDocument, RolesDocument};
#[cfg(feature = "oidc")]
use crate::connection::oidc::document::OidcDocument;
#[cfg(feature = "saml")]
use crate::connection::saml::document::SamlDocument;
use crate::connection::{
    mapping::groups::{GroupSettings, OtherGroups},
    policy::{Enforcement, EnforcementScope, PublicContent, TokenPolicy},
    settings::ConnectionSettings,
    source::{Source, duration},
};

/// The settings of one organization's connection as a document. The example shows every field, with its default if it
/// has one:
///
/// ```
/// # use tower_sso::connection::{ConnectionDocument, Enforcement};
/// # let document = ConnectionDocument::parse_all(r#"
/// [[connection]]
/// organization = "1"                # the app's id of the organization, not its slug
/// name = "Acme, Inc."               # as pages show it; the id by default
/// enforcement = "enforced"          # off, optional, enforced
/// enforce_from = 2027-01-01T00:00:00Z  # optional before that date; none by default
/// enforcement_scope = "all_members" # or "pilot": enforced for marked members, optional for the others
/// public_content = "strict"         # or "open": members see public content without an SSO session
/// tokens = "authorized"             # or "owner_session", or "exempt": what a member's API token needs
/// timeout = "7d"                    # how long an SSO session lasts
/// unmatched_groups = "keep"         # or "remove": roles that an earlier SSO login gave in groups that no longer match
///
/// [connection.email]
/// domains = ["acme.example"]        # any by default
/// missing_email_verified = "refuse" # or "accept", for providers that never say (Microsoft Entra ID); SAML: "accept"
///
/// [connection.join]                 # by a join link; see `joining`
/// lifetime = "30d"                  # how long a link lasts
/// dangerous_admin = false           # true: the mapping may make a person who joins an administrator
/// dangerous_any_domain = false      # true: joins without a list of domains, too
/// [connection.required_claims]      # path = the values that are allowed; an SSO login without one of them is refused
/// hd = ["acme.example"]             # none by default
///
/// [connection.roles]                # by default the app gives roles itself; see `roles` for paths and precedence
/// attribute = "groups"              # the path of the attribute: a key, "a.b.c", or a JSONPath such as "$.apps[*].role"
/// default = "read"                  # the role of users without any of the values below and without an invitation
/// dangerous_admin_default = false   # true: takes a default that administers
///
/// [connection.roles.map]            # value = role; the most privileged wins, and at least one gives "admin"
/// hub-admins = "admin"
/// "Engineering, Berlin" = "write"
///
/// [[connection.groups]]             # a table for each value that gives a role in a resource group; none by default
/// attribute = "groups"
/// value = "rocket-team"
/// group = "rockets"                 # the app's id of the group
/// role = "write"
///
/// [connection.oidc]                 # see `OidcDocument` for every field
/// issuer = "https://login.acme.example"
/// client_id = "hub"
/// client_secret = "s3cr3t"          # or client_secret_env, or client_secret_file
///
/// ## In its place, for a SAML provider: [connection.saml], see `SamlDocument` for every field
/// # "#)?;
/// # let settings = document.into_iter().next().unwrap().into_settings(&|_| None, ".".as_ref())?;
/// # let connection = settings.build()?;
/// # assert_eq!(connection.enforcement(), Enforcement::Enforced);
/// # assert!(connection.roles().is_some());
/// # Ok::<_, tower_sso::ConfigError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionDocument {
    #[serde(rename = "organization")]
    organization: String,
    #[serde(rename = "name")]
    name: Option<String>,
    #[serde(rename = "enforcement")]
    enforcement: Enforcement,
    #[serde(rename = "enforce_from")]
    enforce_from: Option<toml::value::Datetime>,
    #[serde(rename = "enforcement_scope")]
    bound: Option<EnforcementScope>,
    #[serde(rename = "public_content")]
    public_content: Option<PublicContent>,
    #[serde(rename = "tokens")]
    tokens: Option<TokenPolicy>,
    #[serde(rename = "timeout")]
    timeout: Option<String>,
    #[serde(rename = "email")]
    email: Option<EmailDocument>,
    #[serde(rename = "join")]
    join: Option<JoinDocument>,
    #[serde(rename = "required_claims")]
    required_claims: Option<BTreeMap<String, Vec<String>>>,
    #[serde(rename = "roles")]
    roles: Option<RolesDocument>,
    #[serde(rename = "groups", default)]
    groups: Vec<GroupSettings>,
    #[serde(rename = "unmatched_groups")]
    other_groups: Option<OtherGroups>,
    #[cfg(feature = "oidc")]
    #[serde(rename = "oidc")]
    oidc: Option<OidcDocument>,
    #[cfg(feature = "saml")]
    #[serde(rename = "saml")]
    saml: Option<SamlDocument>,
    #[serde(skip)]
    deprecated: Vec<DeprecatedSetting>,
}

/// A file of `[[connection]]` tables.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "connection", default)]
    connection: Vec<toml::Table>,
}

impl ConnectionDocument {
    /// Parses the TOML text of one connection: the contents of the table, without its `[[connection]]` heading.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not a valid document. The error names the organization, the path of the field,
    /// and what was expected; if the text is not TOML, it names the line.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Self::of(
            toml::from_str(text).map_err(|error| ConfigError::new("connection", not_toml(text, &error)))?,
        )
    }

    fn of(mut table: toml::Table) -> Result<Self, ConfigError> {
        let organization = table.get("organization").and_then(|value| value.as_str()).map(str::to_owned);
        let read = renamed::rename(&mut table, organization.as_deref())
            .and_then(|deprecated| Ok(Self { deprecated, ..at_path(table)? }));
        read.map_err(|error| match organization {
            Some(organization) => error.of(&organization),
            None => error,
        })
    }

    /// Returns the settings that the document has under deprecated names. They were read, with a warning; the next
    /// version may refuse them.
    #[must_use]
    pub fn deprecated(&self) -> &[DeprecatedSetting] {
        &self.deprecated
    }

    /// Parses a TOML text that contains `[[connection]]` tables.
    ///
    /// # Errors
    ///
    /// Returns an error if a table is not a valid document. The error names the organization, the path of the field,
    /// and what was expected; if the text is not TOML, it names the line.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, ConfigError> {
        let file: File =
            toml::from_str(text).map_err(|error| ConfigError::new("file", not_toml(text, &error)))?;
        file.connection.into_iter().map(Self::of).collect()
    }

    /// Reads the secrets and returns the connection's settings. Environment variables are looked up with
    /// `environment`; paths of files are relative to `directory`.
    ///
    /// # Errors
    ///
    /// Returns an error that names the organization, the path of the field, and what was expected, if a value is
    /// invalid or a secret cannot be read.
    pub fn into_settings(
        self,
        environment: &dyn Fn(&str) -> Option<String>,
        directory: &Path,
    ) -> Result<ConnectionSettings, ConfigError> {
        self.settings_from(Source::Machine { environment, directory })
    }

    /// Returns the organization's id.
    pub(crate) fn organization(&self) -> &str {
        &self.organization
    }

    /// Returns the settings, with the secrets that the document refers to.
    pub(crate) fn settings_from(self, source: Source<'_>) -> Result<ConnectionSettings, ConfigError> {
        let organization = self.organization.clone();
        self.settings(source).map_err(|error| error.of(&organization))
    }

    fn settings(mut self, source: Source<'_>) -> Result<ConnectionSettings, ConfigError> {
        let absent_verification = self.email.as_ref().and_then(|email| email.absent_verification);
        let mut settings = self.provider(source)?;
        if let Some(name) = self.name {
            settings = settings.name(name);
        }
        if let Some(date) = self.enforce_from {
            settings = settings.enforce_from(time("enforce_from", date)?);
        }
        if let Some(timeout) = self.timeout {
            settings = settings.timeout(duration("timeout", &timeout)?);
        }
        if let Some(absent) = absent_verification {
            settings = settings.unverified_email(absent);
        }
        if let Some(join) = self.join {
            settings = join.on(settings)?;
        }
        if let Some(claims) = self.required_claims {
            if claims.is_empty() {
                let problem = "expected a claim and the values that are allowed";
                return Err(ConfigError::new("required_claims", problem));
            }
            settings =
                claims.into_iter().fold(settings, |it, (path, allowed)| it.required_claim(path, allowed));
        }
        if let Some(roles) = self.roles {
            settings = settings.roles(roles.settings());
        }
        settings = settings.groups(self.groups).other_groups(self.other_groups.unwrap_or_default());
        let settings = settings
            .enforcement_scope(self.bound.unwrap_or(EnforcementScope::AllMembers))
            .public_content(self.public_content.unwrap_or(PublicContent::Strict))
            .tokens(self.tokens.unwrap_or(TokenPolicy::Authorized));
        let domains = self.email.and_then(|email| email.domains);
        Ok(domains.into_iter().fold(settings, ConnectionSettings::domains))
    }

    /// Takes the provider's table out of the document and returns the settings of a connection to that provider.
    fn provider(&mut self, source: Source<'_>) -> Result<ConnectionSettings, ConfigError> {
        let (organization, enforcement) = (self.organization.clone(), self.enforcement);
        let mut found = None;
        #[cfg(feature = "oidc")]
        if let Some(oidc) = self.oidc.take() {
            let oidc = oidc.settings(source)?;
            found = Some(ConnectionSettings::oidc(organization.clone(), enforcement, oidc));
        }
        #[cfg(feature = "saml")]
        if let Some(saml) = self.saml.take() {
            if found.is_some() {
                return Err(ConfigError::new("saml", "expected one provider, found [connection.oidc] too"));
            }
            let saml = saml.settings(source)?;
            found = Some(ConnectionSettings::saml(organization, enforcement, saml));
        }
        let table = if cfg!(feature = "oidc") { "oidc" } else { "saml" };
        found.ok_or_else(|| {
            ConfigError::new(table, format!("expected the provider's table, such as [connection.{table}]"))
        })
    }
}

/// Says where a text is not TOML, and why. The line itself is left out: it may contain a secret.
fn not_toml(text: &str, error: &toml::de::Error) -> String {
    let Some(span) = error.span() else { return error.message().to_owned() };
    let before = text.get(..span.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: {}", error.message())
}

fn at_path<T: DeserializeOwned>(table: toml::Table) -> Result<T, ConfigError> {
    serde_path_to_error::deserialize(table).map_err(|error| {
        let path = error.path().to_string();
        // The message names the unknown or missing field; the path is then the path of the table that contains it.
        let field = if path == "." { "connection".to_owned() } else { path };
        ConfigError::new(field, error.into_inner().message().to_owned())
    })
}

fn time(field: &str, date: toml::value::Datetime) -> Result<SystemTime, ConfigError> {
    humantime::parse_rfc3339(&date.to_string()).map_err(|_| {
        let problem = format!("expected a date and time in UTC such as 2027-01-01T00:00:00Z, found {date}");
        ConfigError::new(field, problem)
    })
}

#[cfg(test)]
mod tests;
