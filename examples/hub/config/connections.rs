//! The connections of the file. tower-sso parses them after the addresses of the test identity providers are filled in.

use std::path::Path;

use toml::{Table, Value};
use tower_sso::{
    FileConnections,
    connection::{ConnectionDocument, FixedConnections},
};

use super::{Issuer, Secrets, tables::Document};
use crate::{connections::HubConnections, model::Role, problem::Problem};

/// The prefix of an issuer, or of a metadata address, that names a test identity provider.
const INSIDE: &str = "test_idp:";

pub(super) fn connections(
    document: &Document,
    issuers: &[&Issuer],
    secrets: &Secrets<'_>,
) -> Result<HubConnections, Problem> {
    let place = |index: usize| format!("connection[{index}]");
    let roles = Role::known().map_err(|error| Problem::new(error.field(), error.problem()))?;
    let mut settings = Vec::new();
    for (index, table) in document.connection.iter().enumerate() {
        let mut table = table.clone();
        complete(&mut table, document, issuers, &place(index))?;
        let one = ConnectionDocument::parse(&table.to_string())
            .and_then(|document| document.into_settings(secrets.environment, secrets.directory));
        let one = one.map(|settings| settings.known_roles(roles.clone()));
        settings.push(one.map_err(|error| Problem::of_table(&place(index), &error))?);
    }
    FixedConnections::build(settings).map(HubConnections::Fixed).map_err(|error| {
        // If one organization has two connections, the error is reported for the later one.
        let of = |table: &Table| table.get("organization").and_then(Value::as_str) == error.organization();
        let index = document.connection.iter().rposition(of).unwrap_or_default();
        Problem::of_table(&place(index), &error)
    })
}

/// Returns the connections of a separate file, which tower-sso reads now and at each reload.
pub(super) fn connections_in(document: &Document, file: &Path) -> Result<HubConnections, Problem> {
    if !document.connection.is_empty() {
        let expected = "expected no [[connection]] in this file where another has them";
        return Err(Problem::new("connections_file", expected));
    }
    let roles = Role::known().map_err(|error| Problem::new(error.field(), error.problem()))?;
    let read = FileConnections::with_roles(file, roles);
    read.map(HubConnections::File).map_err(|error| Problem::new("connections_file", error.to_string()))
}

/// Fills in what the rest of the file already says: the organization's name, and the address of a test identity
/// provider.
fn complete(table: &mut Table, document: &Document, issuers: &[&Issuer], place: &str) -> Result<(), Problem> {
    if let Some(id) = table.get("organization").and_then(Value::as_str) {
        let organization = document.organization.iter().find(|it| it.id.as_deref().unwrap_or(&it.slug) == id);
        let organization = organization.ok_or_else(|| {
            let expected = format!("expected the id of an organization of this file, found {id:?}");
            Problem::new(format!("{place}.organization"), expected)
        })?;
        if let Some(name) = organization.name.clone() {
            table.entry("name").or_insert(Value::String(name));
        }
    }
    sign(table, issuers);
    for (protocol, field, path) in [("oidc", "issuer", ""), ("saml", "metadata_url", "/saml/metadata")] {
        let value = table.get_mut(protocol).and_then(|provider| provider.get_mut(field));
        fill_in(value, path, issuers, &format!("{place}.{protocol}.{field}"))?;
    }
    Ok(())
}

/// Adds the key that was generated for it to a connection without a signing key.
fn sign(table: &mut Table, issuers: &[&Issuer]) {
    let organization = table.get("organization").and_then(Value::as_str).map(str::to_owned);
    let keys = issuers.iter().flat_map(|issuer| &issuer.keys);
    let made = keys.into_iter().find(|it| Some(it.organization.as_str()) == organization.as_deref());
    let saml = table.get_mut("saml").and_then(Value::as_table_mut);
    let (Some(made), Some(saml)) = (made, saml) else { return };
    if saml.keys().any(|field| field.starts_with("signing_")) {
        return;
    }
    saml.insert("signing_key".to_owned(), Value::String(made.key.expose().clone()));
    saml.insert("signing_certificate".to_owned(), Value::String(made.certificate.clone()));
}

/// Replaces the name of a test identity provider with its address, followed by `path`.
fn fill_in(value: Option<&mut Value>, path: &str, issuers: &[&Issuer], place: &str) -> Result<(), Problem> {
    let inside = value.as_deref().and_then(Value::as_str).and_then(|value| value.strip_prefix(INSIDE));
    let Some(name) = inside.map(str::to_owned) else { return Ok(()) };
    let address =
        issuers.iter().find(|it| it.name == name).map(|it| it.address.clone()).ok_or_else(|| {
            let expected = format!("expected the name of a [[test_idp]] of this file, found {name:?}");
            Problem::new(place, expected)
        })?;
    if let Some(value) = value {
        *value = Value::String(format!("{address}{path}"));
    }
    Ok(())
}
