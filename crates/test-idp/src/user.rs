//! The users of the provider.

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
    /// Returns a user whose `sub` and `preferred_username` are `name`. The user signs in with the email address, which
    /// is also the user's verified `email`.
    pub fn new(name: impl Into<String>, email: impl Into<String>, password: impl Into<String>) -> Self {
        let (name, email) = (name.into(), email.into());
        let claims = json!({
            "sub": name, "preferred_username": name, "name": name, "email": email, "email_verified": true
        });
        let claims = claims.as_object().cloned().unwrap_or_default();
        Self { email, password: Secret::new(password.into()), claims }
    }

    /// Sets a claim, including the built-in ones. `null` removes it.
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

    /// Returns the claims that the scopes request (OpenID Connect Core §5.4). Claims that belong to no standard scope
    /// are always included.
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
