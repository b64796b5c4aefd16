//! What a change of a connection changed: its fields, with their values before and after. Secrets are left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// The fields whose values are secret, wherever they are in a document.
const SECRETS: [&str; 4] = ["client_secret", "private_key", "signing_key", "key"];

/// How many characters of a value are kept.
const LENGTH: usize = 200;

/// One field that a change set, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldChange {
    /// The path of the field, such as `oidc.issuer`.
    #[serde(rename = "field")]
    pub field: String,
    /// Its value before, as TOML: the first 200 characters, or `[secret]`. `None` if it was not set.
    #[serde(rename = "before")]
    pub before: Option<String>,
    /// Its value after the change, likewise.
    #[serde(rename = "after")]
    pub after: Option<String>,
}

/// Compares two documents.
pub(crate) fn between(before: &Table, after: &Table) -> Vec<FieldChange> {
    let (before, after) = (fields(before), fields(after));
    let paths = before.keys().chain(after.keys()).collect::<std::collections::BTreeSet<_>>();
    let changed = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    let shown = |path: &str, value: Option<&String>| value.map(|value| shown(path, value));
    let change = |path: &String| FieldChange {
        field: path.clone(),
        before: shown(path, before.get(path)),
        after: shown(path, after.get(path)),
    };
    changed.map(change).collect()
}

fn shown(path: &str, value: &str) -> String {
    let name = path.rsplit('.').next().unwrap_or(path);
    if SECRETS.contains(&name) { "[secret]".to_owned() } else { value.chars().take(LENGTH).collect() }
}

/// Returns each field that is not a table, under its path.
fn fields(table: &Table) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    table.iter().for_each(|(name, value)| add(&mut fields, name, value));
    fields
}

fn add(fields: &mut BTreeMap<String, String>, path: &str, value: &Value) {
    match value {
        Value::Table(table) => {
            table.iter().for_each(|(name, value)| add(fields, &format!("{path}.{name}"), value))
        }
        Value::Array(values) if values.iter().any(Value::is_table) => {
            values.iter().enumerate().for_each(|(at, value)| add(fields, &format!("{path}[{at}]"), value));
        }
        Value::String(text) => drop(fields.insert(path.to_owned(), format!("{text:?}"))),
        Value::Array(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Float(_) | Value::Integer(_) => {
            fields.insert(path.to_owned(), listed(value));
        }
    }
}

/// Returns a value as TOML.
fn listed(value: &Value) -> String {
    match value {
        Value::Array(values) => format!("[{}]", values.iter().map(listed).collect::<Vec<_>>().join(", ")),
        Value::String(text) => format!("{text:?}"),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Datetime(date) => date.to_string(),
        Value::Table(_) => "{…}".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(before: &str, after: &str) -> Vec<(String, Option<String>, Option<String>)> {
        let changes = between(&before.parse().unwrap(), &after.parse().unwrap());
        changes.into_iter().map(|it| (it.field, it.before, it.after)).collect()
    }

    #[test]
    fn each_field_is_told_with_its_values_and_no_secret_is() {
        let before = "enforcement = \"optional\"\nname = \"A\"\n[oidc]\nissuer = \"https://a.example\"\n\
            client_secret = \"word-1\"\n[saml]\nsigning_key = \"word-1\"\n[[saml.decryption]]\nkey = \"word-1\"\n";
        let after = "enforcement = \"enforced\"\nname = \"A\"\n[oidc]\nissuer = \"https://a.example\"\n\
            client_secret = \"word-2\"\nprivate_key = \"word-2\"\nscopes = [\"openid\", \"email\"]\n[saml]\n\
            signing_key = \"word-2\"\n[[saml.decryption]]\nkey = \"word-2\"\n[email]\ndomains = [\"a.example\"]\n";
        let told = changed(before, after);
        let value = |text: &str| Some(text.to_owned());
        let secret = || value("[secret]");
        assert_eq!(
            told,
            [
                ("email.domains".to_owned(), None, value("[\"a.example\"]")),
                ("enforcement".to_owned(), value("\"optional\""), value("\"enforced\"")),
                ("oidc.client_secret".to_owned(), secret(), secret()),
                ("oidc.private_key".to_owned(), None, secret()),
                ("oidc.scopes".to_owned(), None, value("[\"openid\", \"email\"]")),
                ("saml.decryption[0].key".to_owned(), secret(), secret()),
                ("saml.signing_key".to_owned(), secret(), secret()),
            ]
        );
        assert!(!format!("{told:?}").contains("word-"));
        assert_eq!(changed(before, before), []);
        let long = format!("[saml]\nmetadata = \"{}\"", "x".repeat(10_000));
        assert_eq!(changed("", &long)[0].2.as_ref().unwrap().len(), LENGTH);
    }

    /// A field that holds a secret and is not in the list would be kept in the history.
    #[test]
    fn every_secret_field_of_a_document_is_in_the_list() {
        let documents = [include_str!("../oidc/document.rs"), include_str!("../saml/document.rs")].concat();
        let fields =
            documents.lines().filter(|line| line.contains("Secret<") && line.trim_end().ends_with(','));
        let fields: Vec<_> = fields.filter_map(|line| Some(line.trim().split_once(": ")?.0)).collect();
        assert!(fields.len() >= 4, "{fields:?}");
        for field in fields {
            // An argument of a function, not a field.
            assert!(field == "secret" || SECRETS.contains(&field), "{field}");
        }
    }
}
