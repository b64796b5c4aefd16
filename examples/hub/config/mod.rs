//! The file that describes a hub: its tables, and what is checked about them.

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

/// The demonstration is a file like any other, with identity providers of its own.
const DEMO: &str = include_str!("../demo.toml");

/// A hub's file, read but not yet at any address.
pub(crate) struct Config {
    document: Document,
    /// What stands before each mistake's place: the file's name.
    name: String,
    directory: PathBuf,
}

/// A provider inside and where it stands: what `issuer = "test_idp:NAME"` is replaced with, and `metadata_url` with its
/// SAML metadata.
pub(crate) struct Issuer {
    pub(crate) name: String,
    pub(crate) address: String,
    /// The keys that the hub signs with what it sends there.
    pub(crate) keys: Vec<HubKey>,
}

/// A key that was made at start, for one organization.
pub(crate) struct HubKey {
    pub(crate) organization: String,
    /// In PEM, as its certificate.
    pub(crate) key: Secret<String>,
    pub(crate) certificate: String,
}

impl Config {
    /// The demonstration.
    pub(crate) fn demo() -> Result<Self, Problem> {
        Self::parse(DEMO, "the demonstration", ".".into())
    }

    /// Reads a file. Paths in it are relative to it.
    pub(crate) fn open(path: &Path) -> Result<Self, Problem> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| Problem::new(&name, format!("expected a readable TOML file: {error}")))?;
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        Self::parse(&text, &name, directory)
    }

    /// Reads a text; every mistake names its field.
    pub(crate) fn parse(text: &str, name: &str, directory: PathBuf) -> Result<Self, Problem> {
        let mut table: toml::Table =
            toml::from_str(text).map_err(|error| Problem::new(name, error.to_string()))?;
        let connection = take_connections(&mut table).map_err(|problem| problem.within(name))?;
        let mut document: Document = serde_path_to_error::deserialize(table).map_err(|error| {
            let path = error.path().to_string();
            let message = error.into_inner().message().to_owned();
            if path == "." { Problem::new(name, message) } else { Problem::new(path, message).within(name) }
        })?;
        document.connection = connection;
        Ok(Self { document, name: name.to_owned(), directory })
    }

    /// The hub's name on its pages.
    pub(crate) fn title(&self) -> &str {
        self.document.title.as_deref().unwrap_or("Hub")
    }

    /// Whether the sign-in page lists everybody with their password, and signs in by one button.
    pub(crate) fn shows_accounts(&self) -> bool {
        self.document.show_accounts
    }

    pub(crate) fn listen(&self) -> Option<&str> {
        self.document.listen.as_deref()
    }

    /// Where operators find what is counted.
    pub(crate) fn metrics_listen(&self) -> Option<&str> {
        self.document.metrics_listen.as_deref()
    }

    pub(crate) fn base_url(&self) -> Option<&str> {
        self.document.base_url.as_deref()
    }

    /// The ids of organizations that begin with a join link, each with its place.
    pub(crate) fn join_links(&self) -> impl Iterator<Item = (OrgId, String)> {
        let tables = self.document.organization.iter().enumerate().filter(|(_, it)| it.join_link);
        tables.map(|(at, it)| {
            (it.id.as_ref().unwrap_or(&it.slug).as_str().into(), format!("organization[{at}].join_link"))
        })
    }

    /// The providers inside that the file asks for.
    pub(crate) fn test_idps(&self) -> &[TestIdpTable] {
        &self.document.test_idp
    }

    /// Where secrets are read from.
    pub(crate) fn secrets<'a>(&'a self, environment: &'a dyn Fn(&str) -> Option<String>) -> Secrets<'a> {
        Secrets { environment, directory: &self.directory }
    }

    /// Checks users and organizations against each other. Hashes the passwords, which takes a moment.
    pub(crate) fn model(&self, environment: &dyn Fn(&str) -> Option<String>) -> Result<Model, Problem> {
        let secrets = self.secrets(environment);
        people::model(&self.document.user, &self.document.organization, &secrets)
            .map_err(|problem| self.named(problem))
    }

    /// The connections, with the addresses of the providers inside filled in.
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

    /// Puts the file's name before a mistake's place.
    pub(crate) fn named(&self, problem: Problem) -> Problem {
        problem.within(&self.name)
    }
}

/// The `[[connection]]` tables as they are: the crate reads them.
fn take_connections(table: &mut toml::Table) -> Result<Vec<toml::Table>, Problem> {
    let expected = |place: String| Problem::new(place, "expected tables, each headed [[connection]]");
    let Some(connections) = table.remove("connection") else { return Ok(Vec::new()) };
    let toml::Value::Array(connections) = connections else { return Err(expected("connection".to_owned())) };
    let table = |(index, one)| {
        // Not by serde, which would take dates for texts.
        if let toml::Value::Table(table) = one {
            Ok(table)
        } else {
            Err(expected(format!("connection[{index}]")))
        }
    };
    connections.into_iter().enumerate().map(table).collect()
}
