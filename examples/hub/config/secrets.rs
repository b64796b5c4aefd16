//! Secrets: written in the file, or read from an environment variable or a file.

use std::{fs, path::Path};

use tower_sso::Secret;

use crate::problem::Problem;

/// Where secrets are read from.
pub(crate) struct Secrets<'a> {
    pub(crate) environment: &'a dyn Fn(&str) -> Option<String>,
    pub(crate) directory: &'a Path,
}

impl Secrets<'_> {
    /// Returns the secret `field`, from at most one of `field`, `field_env` and `field_file` of `table`.
    pub(crate) fn read(
        &self,
        table: &str,
        field: &str,
        (inline, variable, file): (&Option<String>, &Option<String>, &Option<String>),
    ) -> Result<Option<Secret<String>>, Problem> {
        let secret = match (inline, variable, file) {
            (None, None, None) => return Ok(None),
            (Some(value), None, None) => value.clone(),
            (None, Some(name), None) => (self.environment)(name).ok_or_else(|| {
                let expected = format!("expected an environment variable; {name:?} is not set");
                Problem::new(format!("{table}.{field}_env"), expected)
            })?,
            (None, None, Some(file)) => {
                let path = self.directory.join(file);
                let text = fs::read_to_string(&path).map_err(|error| {
                    let expected = format!("expected a readable text file; {}: {error}", path.display());
                    Problem::new(format!("{table}.{field}_file"), expected)
                })?;
                text.trim_end_matches(['\r', '\n']).to_owned()
            }
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
                let expected = format!("expected one of {field}, {field}_env and {field}_file");
                return Err(Problem::new(format!("{table}.{field}"), expected));
            }
        };
        if secret.is_empty() {
            return Err(Problem::new(format!("{table}.{field}"), "expected a secret, found nothing"));
        }
        Ok(Some(Secret::new(secret)))
    }

    /// Returns the secret, or an error if it is missing.
    pub(crate) fn required(
        &self,
        table: &str,
        field: &str,
        sources: (&Option<String>, &Option<String>, &Option<String>),
    ) -> Result<Secret<String>, Problem> {
        self.read(table, field, sources)?.ok_or_else(|| {
            let expected = format!("expected one of {field}, {field}_env and {field}_file");
            Problem::new(format!("{table}.{field}"), expected)
        })
    }
}
