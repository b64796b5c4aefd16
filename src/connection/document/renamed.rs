//! Renamed settings: the old names are still read, with a warning.

use std::fmt;

use toml::{Table, Value};
use tower_sso_core::ConfigError;

/// Renamed keys: the table, the old name, the new name.
const RENAMED_KEYS: [(&str, &str, &str); 3] = [
    ("", "bound", "enforcement_scope"),
    ("", "other_groups", "unmatched_groups"),
    ("email", "absent_verification", "missing_email_verified"),
];

/// Renamed values: the key, the old value, the new value.
const RENAMED_VALUES: [(&str, &str, &str); 2] =
    [("enforcement_scope", "everybody", "all_members"), ("tokens", "authorised", "authorized")];

/// A setting that a document has under a deprecated name. It was read; the next version may refuse it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeprecatedSetting {
    /// The organization whose connection has the setting, if the document names it.
    pub organization: Option<String>,
    /// The deprecated setting: a key such as `email.absent_verification`, or a key and its value, such as `tokens =
    /// "authorized"`.
    pub old: String,
    /// The setting to write instead.
    pub new: String,
}

/// Formats a sentence for the operator.
impl fmt::Display for DeprecatedSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(organization) = &self.organization {
            write!(f, "organization {organization:?}: ")?;
        }
        write!(f, "{} is now called {}", self.old, self.new)
    }
}

/// Renames every deprecated setting, logs a warning for each, and returns them.
///
/// # Errors
///
/// Returns an error if a setting is present under both names.
pub(crate) fn rename(
    table: &mut Table,
    organization: Option<&str>,
) -> Result<Vec<DeprecatedSetting>, ConfigError> {
    let mut deprecated = Vec::new();
    let mut found = |old: String, new: String| {
        tracing::warn!(
            target: "tower_sso",
            organization, old = old.as_str(), new = new.as_str(), "a setting has a new name"
        );
        deprecated.push(DeprecatedSetting { organization: organization.map(str::to_owned), old, new });
    };
    for (parent, old, new) in RENAMED_KEYS {
        let path = |key: &str| if parent.is_empty() { key.to_owned() } else { format!("{parent}.{key}") };
        let Some(inner) = inner(table, parent) else { continue };
        let Some(value) = inner.remove(old) else { continue };
        if inner.contains_key(new) {
            let problem =
                format!("is the old name of {}, which is there too: expected that alone", path(new));
            return Err(ConfigError::new(path(old), problem));
        }
        inner.insert(new.to_owned(), value);
        found(path(old), path(new));
    }
    for (key, old, new) in RENAMED_VALUES {
        if let Some(value) = table.get_mut(key).filter(|value| value.as_str() == Some(old)) {
            *value = Value::String(new.to_owned());
            found(format!("{key} = \"{old}\""), format!("{key} = \"{new}\""));
        }
    }
    Ok(deprecated)
}

/// Returns the table of this name, or `table` itself if the name is empty.
fn inner<'t>(table: &'t mut Table, name: &str) -> Option<&'t mut Table> {
    if name.is_empty() { Some(table) } else { table.get_mut(name)?.as_table_mut() }
}
