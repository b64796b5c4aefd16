//! Settings parsed into a provider: whatever does not add up is found here, before anyone signs on.

use std::time::Duration;

use super::{IdpSource, SamlProvider, SamlSettings};
use crate::ConfigError;

impl SamlSettings {
    /// Parses the settings into a provider. Nothing is fetched.
    ///
    /// # Errors
    ///
    /// Names the field (such as `saml.certificates[1]`) and what was expected.
    pub(crate) fn build(self) -> Result<SamlProvider, ConfigError> {
        check("saml.leeway", self.leeway <= Duration::from_secs(600), "expected at most 10 minutes")?;
        SamlProvider::new(self)
    }

    /// What a session's connection version depends on: who vouches, for whom, and by which rules. What only changes how
    /// it is asked or where (binding, addresses, leeway) is left out, and so are keys and certificates: a rollover, even
    /// one that nobody planned, ends no session.
    pub(super) fn version_parts(&self) -> Vec<String> {
        let mut parts = vec![
            self.idp.name().to_owned(),
            format!("sp {:?}", self.sp_entity_id),
            format!("name_id {:?}", self.name_id),
            format!("subject {:?}", self.subject_attribute),
            format!("max_age {:?}", self.max_age),
            format!("force_authn {}", self.force_authn),
            format!("encrypted {}", self.require_encryption),
            format!("unsolicited {}", self.accepts_unsolicited),
            format!("sha1 {}", self.accepts_sha1),
        ];
        parts.extend(self.email_attributes.iter().map(|name| format!("email {name}")));
        parts.extend(self.contexts.iter().map(|class| format!("context {class}")));
        parts
    }
}

impl IdpSource {
    /// What tells one provider from another.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Fields { entity_id, .. } => entity_id,
            Self::MetadataXml { entity_id, .. } => entity_id.as_deref().unwrap_or_default(),
            Self::MetadataUrl { url, entity_id, .. } => entity_id.as_deref().unwrap_or(url),
        }
    }
}

fn check(field: &str, good: bool, problem: &str) -> Result<(), ConfigError> {
    if good { Ok(()) } else { Err(ConfigError::new(field, problem)) }
}
