//! Setters for tests that change single settings of a service provider.

use std::time::Duration;

use tower_sso_core::Secret;

use crate::{
    choices::{NameIdPolicy, RequestBinding, SamlEngine},
    settings::{Settings, SpKey},
};

macro_rules! setters {
    ($($name:ident($value:ident: $type:ty) { $field:ident = $to:expr })+) => {
        impl Settings {
            $(pub(crate) fn $name(self, $value: $type) -> Self {
                Self { $field: $to, ..self }
            })+
        }
    };
}

setters! {
    engine(engine: SamlEngine) { engine = engine }
    leeway(leeway: Duration) { leeway = leeway }
    max_age(age: Duration) { max_age = Some(age) }
    name_id(policy: NameIdPolicy) { name_id = policy }
    request_binding(binding: RequestBinding) { binding = binding }
    response_limit(bytes: usize) { response_limit = bytes }
    sp_entity_id(id: &str) { sp_entity_id = Some(id.to_owned()) }
    subject_attribute(name: &str) { subject_attribute = Some(name.to_owned()) }
}

impl Settings {
    pub(crate) fn accept_unsolicited(self) -> Self {
        self.dangerous().accept_unsolicited()
    }

    pub(crate) fn authn_contexts<const N: usize>(self, classes: [&str; N]) -> Self {
        Self { contexts: classes.map(str::to_owned).to_vec(), ..self }
    }

    pub(crate) fn decryption_key(mut self, key: Secret<String>, certificate: impl Into<String>) -> Self {
        self.decryption.push(SpKey { key, certificate: certificate.into() });
        self
    }

    pub(crate) fn email_attribute(mut self, name: &str) -> Self {
        self.email_attributes.push(name.to_owned());
        self
    }

    pub(crate) fn force_authn(self) -> Self {
        Self { force_authn: true, ..self }
    }

    pub(crate) fn next_signing_certificate(mut self, certificate: impl Into<String>) -> Self {
        self.next_certificates.push(certificate.into());
        self
    }

    pub(crate) fn sign_metadata(self) -> Self {
        Self { signs_metadata: true, ..self }
    }

    pub(crate) fn signing_key(self, key: Secret<String>, certificate: impl Into<String>) -> Self {
        Self { signing: Some(SpKey { key, certificate: certificate.into() }), ..self }
    }
}
