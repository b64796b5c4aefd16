//! The file that describes a hub: its tables, and the checks of them.

mod connections;
mod idp_tables;
mod organizations;
mod people;
mod secrets;
mod tables;
#[cfg(test)]
mod tests;

use std::{
    fs,
    path::{Path, PathBuf},
};

use self::{
    connections::{connections, connections_in},
    tables::Document,
};
pub(crate) use self::{
    idp_tables::{IdpClientTable, IdpUserTable, ServiceProviderTable, TestIdpTable},
    secrets::Secrets,
};
use crate::{connections::HubConnections, model::Model, problem::Problem};
use tower_sso::{OrgId, Secret};

/// The demonstration is a file like any other. It brings its own test identity providers.
const DEMO: &str = include_str!("../demo.toml");

/// A hub's file that has been read. It does not depend on the hub's address yet.
pub(crate) struct Config {
    document: Document,
    /// The file's name, which precedes the place of each error.
    name: String,
    directory: PathBuf,
}

/// A test identity provider and its address, which replaces `issuer = "test_idp:NAME"`. The address of its SAML
/// metadata replaces the same text in `metadata_url`.
pub(crate) struct Issuer {
    pub(crate) name: String,
    pub(crate) address: String,
    /// The keys with which the hub signs its messages to this provider.
    pub(crate) keys: Vec<HubKey>,
}

/// A key that was generated at start for one organization.
pub(crate) struct HubKey {
    pub(crate) organization: String,
    /// The private key, in PEM like its certificate.
    pub(crate) key: Secret<String>,
    pub(crate) certificate: String,
}

impl Config {
    /// Returns the demonstration.
    pub(crate) fn demo() -> Result<Self, Problem> {
        Self::parse(DEMO, "the demonstration", ".".into())
    }

    /// Reads a file. Paths in the file are relative to the file.
    pub(crate) fn open(path: &Path) -> Result<Self, Problem> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| Problem::new(&name, format!("expected a readable TOML file: {error}")))?;
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        Self::parse(&text, &name, directory)
    }

    /// Parses the text of a file. Each error names its field.
    pub(crate) fn parse(text: &str, name: &str, directory: PathBuf) -> Result<Self, Problem> {
        let mut table: toml::Table =
            toml::from_str(text).map_err(|error| Problem::new(name, not_toml(text, &error)))?;
        let connection = take_connections(&mut table).map_err(|problem| problem.within(name))?;
        let mut document: Document = serde_path_to_error::deserialize(table).map_err(|error| {
            let path = error.path().to_string();
            let message = error.into_inner().message().to_owned();
            if path == "." { Problem::new(name, message) } else { Problem::new(path, message).within(name) }
        })?;
        document.connection = connection;
        Ok(Self { document, name: name.to_owned(), directory })
    }

    /// Returns the hub's name on its pages.
    pub(crate) fn title(&self) -> &str {
        self.document.title.as_deref().unwrap_or("Hub")
    }

    /// Returns whether the sign-in page lists all users with their passwords, each with a sign-in button.
    pub(crate) fn shows_accounts(&self) -> bool {
        self.document.show_accounts
    }

    pub(crate) fn listen(&self) -> Option<&str> {
        self.document.listen.as_deref()
    }

    /// Returns the address to serve the metrics at.
    pub(crate) fn metrics_listen(&self) -> Option<&str> {
        self.document.metrics_listen.as_deref()
    }

    pub(crate) fn base_url(&self) -> Option<&str> {
        self.document.base_url.as_deref()
    }

    /// Returns the ids of the organizations for which a join link is created at start, each with its place in the file.
    pub(crate) fn join_links(&self) -> impl Iterator<Item = (OrgId, String)> {
        let tables = self.document.organization.iter().enumerate().filter(|(_, it)| it.join_link);
        tables.map(|(at, it)| {
            (it.id.as_ref().unwrap_or(&it.slug).as_str().into(), format!("organization[{at}].join_link"))
        })
    }

    /// Returns the test identity providers of the file.
    pub(crate) fn test_idps(&self) -> &[TestIdpTable] {
        &self.document.test_idp
    }

    /// Returns where secrets are read from.
    pub(crate) fn secrets<'a>(&'a self, environment: &'a dyn Fn(&str) -> Option<String>) -> Secrets<'a> {
        Secrets { environment, directory: &self.directory }
    }

    /// Checks users and organizations against each other. Also hashes the passwords, which takes a moment.
    pub(crate) fn model(&self, environment: &dyn Fn(&str) -> Option<String>) -> Result<Model, Problem> {
        let secrets = self.secrets(environment);
        people::model(&self.document.user, &self.document.organization, &secrets)
            .map_err(|problem| self.named(problem))
    }

    /// Returns the connections, with the addresses of the test identity providers filled in.
    pub(crate) fn connections<'i>(
        &self,
        issuers: impl IntoIterator<Item = &'i Issuer>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<HubConnections, Problem> {
        let issuers: Vec<_> = issuers.into_iter().collect();
        let read = match &self.document.connections_file {
            Some(file) => connections_in(&self.document, &self.directory.join(file)),
            None => connections(&self.document, &issuers, &self.secrets(environment)),
        };
        read.map_err(|problem| self.named(problem))
    }

    /// Puts the file's name in front of an error's place.
    pub(crate) fn named(&self, problem: Problem) -> Problem {
        problem.within(&self.name)
    }
}

/// Says where a text is not TOML, and why. The line itself is left out: it may contain a password.
fn not_toml(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {}: {}", before.matches('\n').count() + 1, error.message())
}

/// Removes the `[[connection]]` tables and returns them unparsed: tower-sso parses them.
fn take_connections(table: &mut toml::Table) -> Result<Vec<toml::Table>, Problem> {
    let expected = |place: String| Problem::new(place, "expected tables, each headed [[connection]]");
    let Some(connections) = table.remove("connection") else { return Ok(Vec::new()) };
    let toml::Value::Array(connections) = connections else { return Err(expected("connection".to_owned())) };
    let table = |(index, one)| {
        // Does not use serde, which would read dates as texts.
        if let toml::Value::Table(table) = one {
            Ok(table)
        } else {
            Err(expected(format!("connection[{index}]")))
        }
    };
    connections.into_iter().enumerate().map(table).collect()
}
