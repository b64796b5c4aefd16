//! The users of the provider.

use serde_json::{Map, Value, json};

use tower_sso_core::Secret;

/// A user of the provider.
///
/// ```
/// use tower_sso_test_idp::TestUser;
///
/// let ada = TestUser::new("ada").email("ada@acme.example").password("lovelace")
///     .claim("groups", vec!["admins", "engineers"])
///     .subject("00u1a2b3"); // an opaque `sub`, as real providers have
///
/// // A user whose address the provider has not verified: an app must refuse the login.
/// let eve = TestUser::new("eve").email("eve@acme.example").password("pw").claim("email_verified", false);
///
/// // A user without an address.
/// let bot = TestUser::new("bot").email("bot@acme.example").password("pw").claim("email", serde_json::Value::Null);
/// ```
///
/// The claims are sent in the ID token, at userinfo, and as attributes of a SAML assertion.
#[derive(Clone, Debug)]
pub struct TestUser {
    pub(crate) email: String,
    pub(crate) password: Secret<String>,
    pub(crate) claims: Map<String, Value>,
}

impl TestUser {
    /// Returns a user whose `sub`, `preferred_username` and `name` are `name`. A user also needs an
    /// [email address](Self::email) and a [password](Self::password).
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let claims = json!({ "sub": name, "preferred_username": name, "name": name });
        let claims = claims.as_object().cloned().unwrap_or_default();
        Self { email: String::new(), password: Secret::new(String::new()), claims }
    }

    /// Sets the email address with which the user signs in. It is also the user's verified `email`.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = email.into();
        let email = self.email.clone();
        self.claim("email", email).claim("email_verified", true)
    }

    /// Sets the password.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Secret::new(password.into());
        self
    }

    /// Sets a claim, including the built-in ones. `null` removes it.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        match value.into() {
            Value::Null => self.claims.remove(name),
            value @ (Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_)) => self.claims.insert(name.to_owned(), value),
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
