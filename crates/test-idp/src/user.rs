//! Who can sign in at the provider.

use serde_json::{Map, Value, json};

use tower_sso_core::Secret;

/// A user of the provider.
#[derive(Clone, Debug)]
pub struct TestUser {
    pub(crate) email: String,
    pub(crate) password: Secret<String>,
    pub(crate) claims: Map<String, Value>,
}

impl TestUser {
    /// A user whose `sub` and `preferred_username` are `name`. The email address is what they sign in with; it also
    /// is their `email`, verified.
    pub fn new(name: impl Into<String>, email: impl Into<String>, password: impl Into<String>) -> Self {
        let (name, email) = (name.into(), email.into());
        let claims = json!({
            "sub": name, "preferred_username": name, "name": name, "email": email, "email_verified": true
        });
        let claims = claims.as_object().cloned().unwrap_or_default();
        Self { email, password: Secret::new(password.into()), claims }
    }

    /// Sets a claim, of the built-in ones too; `null` removes it.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        match value.into() {
            Value::Null => self.claims.remove(&name.into()),
            value @ (Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_)) => self.claims.insert(name.into(), value),
        };
        self
    }

    /// Sets `sub`.
    #[must_use]
    pub fn subject(self, subject: impl Into<String>) -> Self {
        self.claim("sub", subject.into())
    }

    pub(crate) fn display_name(&self) -> &str {
        self.claims.get("name").and_then(Value::as_str).unwrap_or(&self.email)
    }

    /// The claims that the scopes open (OpenID Connect Core §5.4); those of no standard scope always.
    pub(crate) fn claims_for(&self, scopes: &[&str]) -> Map<String, Value> {
        let opened = |name: &str| match name {
            "email" | "email_verified" => scopes.contains(&"email"),
            "name" | "preferred_username" => scopes.contains(&"profile"),
            _ => true,
        };
        self.claims
            .iter()
            .filter(|(name, _)| opened(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}
