//! Reads the secrets and texts of a document: from the document itself, from the environment, or from a file. A value
//! that is given twice is refused. Paths are relative to the document's directory.

use std::{fs, path::Path, time::Duration};

use tower_sso_core::{ConfigError, Secret};

/// Where the secrets and texts that a document refers to are read from.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// A document of the operator: from the environment, and from files.
    Machine { environment: &'a dyn Fn(&str) -> Option<String>, directory: &'a Path },
    /// A document that an organization's administrator may have written: it contains everything, and must not name what
    /// is on the machine. Otherwise it could send a secret of the machine to a provider of its own.
    Document,
}

const INLINE: &str =
    "expected the value itself: settings that are kept in a database name no file and no variable";

impl Source<'_> {
    /// Reads a secret that is given in at most one of three ways. `field` is its path, such as `oidc.client_secret`.
    pub(crate) fn read(
        &self,
        field: &str,
        inline: Option<Secret<String>>,
        variable: Option<String>,
        file: Option<String>,
    ) -> Result<Option<Secret<String>>, ConfigError> {
        match (inline, variable, file) {
            (None, None, None) => Ok(None),
            (Some(value), None, None) => Ok(Some(value)),
            (None, Some(name), None) => match self.variable(&name) {
                Ok(Some(value)) => Ok(Some(Secret::new(value))),
                Err(problem) => Err(ConfigError::new(format!("{field}_env"), problem)),
                Ok(None) => Err(ConfigError::new(
                    format!("{field}_env"),
                    format!("expected an environment variable; {name:?} is not set"),
                )),
            },
            (None, None, Some(file)) => {
                let value = self.file(&format!("{field}_file"), &file)?;
                // Editors end a file with a line feed, which is not part of the secret.
                Ok(Some(Secret::new(value.trim_end_matches(['\r', '\n']).to_owned())))
            }
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
                let name = field.rsplit('.').next().unwrap_or(field);
                Err(ConfigError::new(field, format!("expected one of {name}, {name}_env and {name}_file")))
            }
        }
    }

    /// Reads a text that is not secret, from the document or from a file.
    #[cfg(feature = "saml")]
    pub(crate) fn text(
        &self,
        field: &str,
        inline: Option<String>,
        file: Option<String>,
    ) -> Result<Option<String>, ConfigError> {
        match (inline, file) {
            (inline, None) => Ok(inline),
            (None, Some(file)) => self.file(&format!("{field}_file"), &file).map(Some),
            (Some(_), Some(_)) => {
                let name = field.rsplit('.').next().unwrap_or(field);
                Err(ConfigError::new(field, format!("expected one of {name} and {name}_file")))
            }
        }
    }

    fn variable(&self, name: &str) -> Result<Option<String>, &'static str> {
        match self {
            Self::Machine { environment, .. } => Ok(environment(name)),
            Self::Document => Err(INLINE),
        }
    }

    /// Reads a file whose path is relative to the directory.
    pub(crate) fn file(&self, field: &str, file: &str) -> Result<String, ConfigError> {
        let Self::Machine { directory, .. } = self else {
            return Err(ConfigError::new(field, INLINE));
        };
        let path = directory.join(file);
        fs::read_to_string(&path).map_err(|error| {
            ConfigError::new(field, format!("expected a readable text file; {}: {error}", path.display()))
        })
    }
}

/// Parses a duration such as `60s` or `8h`.
pub(crate) fn duration(field: &str, text: &str) -> Result<Duration, ConfigError> {
    humantime::parse_duration(text).map_err(|error| {
        ConfigError::new(
            field,
            format!("expected a duration such as \"60s\" or \"8h\", found {text:?}: {error}"),
        )
    })
}
