//! The provider: its settings, its state, and what a test can change while it runs.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use tower_sso_core::{Clock, ConfigError};

use crate::{
    client::TestClient,
    expiring::ExpiringMap,
    keys::{algorithm::SigningAlg, test_key::TestKey},
    lies::{lie::Lie, oddity::Oddity},
    service_provider::TestServiceProvider,
    state::{
        authorization::AuthorizationRequest,
        code::{AccessToken, AuthorizationCode},
        logout::{Logout, Participant},
        pending::Pending,
        session::Session,
    },
    user::TestUser,
};

/// An OpenID and SAML provider for tests. Cheap to clone: all clones are the same provider.
///
/// Everything that a test changes takes effect at the next request, also while the provider is
/// [served](TestIdp::serve):
///
/// | method | what a test does with it |
/// |---|---|
/// | [`sign_in_as`](Self::sign_in_as) | logs in without a browser |
/// | [`lie`](Self::lie), [`honest`](Self::honest) | changes one thing in an exchange, and ends that |
/// | [`rotate_keys`](Self::rotate_keys), [`replace_key`](Self::replace_key), [`retire_old_keys`](Self::retire_old_keys) | checks that the app fetches new keys |
/// | [`calls`](Self::calls), [`requests`](Self::requests) | checks what the app has requested, and how often |
///
/// ```
/// use tower_sso_test_idp::{Forgery, Lie, TestIdp, TestUser};
///
/// # fn run() -> Result<(), tower_sso_test_idp::ConfigError> {
/// let idp = TestIdp::builder().user(TestUser::new("ada").email("ada@acme.example").password("lovelace")).build()?;
/// idp.sign_in_as(Some("ada@acme.example"))?;
/// // 1. Log in: it succeeds.
/// for lie in [Lie::claim("nonce", "another"), Lie::Signature(Forgery::OtherKey)] {
///     idp.lie(lie);
///     // 2. Log in: your app must refuse it, and must not have created a session.
///     idp.honest();
/// }
/// // 3. Log in again: it succeeds, so the refusals were due to the lies.
/// # Ok(()) }
/// # run().unwrap();
/// ```
#[derive(Clone)]
pub struct TestIdp(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    state: Mutex<State>,
}

/// What the builder set. It never changes.
pub(crate) struct Settings {
    pub(crate) title: String,
    pub(crate) users: Vec<TestUser>,
    pub(crate) clients: Vec<TestClient>,
    pub(crate) service_providers: Vec<TestServiceProvider>,
    pub(crate) clock: Clock,
    pub(crate) alg: SigningAlg,
    pub(crate) issuer: Option<String>,
    pub(crate) host_name: Option<String>,
    pub(crate) path: String,
    pub(crate) acr_values: Vec<String>,
    pub(crate) pick_list: bool,
    pub(crate) cookie: String,
    pub(crate) oddities: Vec<Oddity>,
}

/// What changes while the provider runs.
pub(crate) struct State {
    /// The published keys. The first one signs.
    pub(crate) keys: Vec<TestKey>,
    pub(crate) attacker: Option<TestKey>,
    /// The index of the user who is signed in without the form, if there is one.
    pub(crate) signs_in: Option<usize>,
    pub(crate) lies: Vec<Lie>,
    pub(crate) requests: BTreeMap<String, usize>,
    pub(crate) sessions: ExpiringMap<Session>,
    /// The users that apps know through SAML, oldest first.
    pub(crate) participants: Vec<Participant>,
    /// Logouts that wait for an app's response, by the ID of the request that the app received.
    pub(crate) logouts: ExpiringMap<Logout>,
    pub(crate) pending: ExpiringMap<Pending>,
    pub(crate) pushed: ExpiringMap<AuthorizationRequest>,
    pub(crate) codes: ExpiringMap<AuthorizationCode>,
    pub(crate) access_tokens: ExpiringMap<AccessToken>,
    /// The `jti` of client assertions that were used.
    pub(crate) assertions: ExpiringMap<()>,
}

impl TestIdp {
    pub(crate) fn new(settings: Settings, key: TestKey) -> Self {
        let state = State {
            keys: vec![key],
            attacker: None,
            signs_in: None,
            lies: Vec::new(),
            requests: BTreeMap::new(),
            sessions: ExpiringMap::default(),
            participants: Vec::new(),
            logouts: ExpiringMap::default(),
            pending: ExpiringMap::default(),
            pushed: ExpiringMap::default(),
            codes: ExpiringMap::default(),
            access_tokens: ExpiringMap::default(),
            assertions: ExpiringMap::default(),
        };
        Self(Arc::new(Inner { settings, state: Mutex::new(state) }))
    }

    /// Returns the algorithm that the provider signs with.
    #[must_use]
    pub fn signing_alg(&self) -> SigningAlg {
        self.settings().alg
    }

    /// Signs with a new key from now on. The old keys stay published.
    ///
    /// # Errors
    /// Returns an error if no key can be generated. Nothing has changed then.
    ///
    /// An app that knows only the old keys must fetch the key set again, because the token names a `kid` that it does
    /// not know, and then accept the login.
    pub fn rotate_keys(&self) -> Result<(), ConfigError> {
        let key = TestKey::generate(self.settings().alg)?;
        self.state().keys.insert(0, key);
        Ok(())
    }

    /// Signs with a new key from now on. The new key replaces the old one under the same `kid`, as some providers do
    /// when they change their key.
    ///
    /// # Errors
    /// Returns an error if no key can be generated. Nothing has changed then.
    ///
    /// An app that has cached the old key must fetch the key set again when the signature does not verify, and then
    /// accept the login.
    pub fn replace_key(&self) -> Result<(), ConfigError> {
        let key = TestKey::generate(self.settings().alg)?;
        if let Some(current) = self.state().keys.first_mut() {
            *current = key.named(current.kid());
        }
        Ok(())
    }

    /// Publishes only the key that signs now.
    pub fn retire_old_keys(&self) {
        self.state().keys.truncate(1);
    }

    /// Returns the key of an attacker, with the provider's algorithm. It signs forged tokens and is never published. It
    /// is generated at the first call.
    ///
    /// # Errors
    /// Returns an error if no key can be generated.
    pub fn attacker_key(&self) -> Result<TestKey, ConfigError> {
        let mut state = self.state();
        if let Some(key) = &state.attacker {
            return Ok(key.clone());
        }
        let key = TestKey::generate(self.settings().alg)?;
        state.attacker = Some(key.clone());
        Ok(key)
    }

    /// Returns how often each path was requested, whatever the answer. Paths are relative to the provider: `/token`.
    #[must_use]
    pub fn requests(&self) -> BTreeMap<String, usize> {
        self.state().requests.clone()
    }

    /// Returns how often one path was requested.
    #[must_use]
    pub fn calls(&self, path: &str) -> usize {
        self.state().requests.get(path).copied().unwrap_or_default()
    }

    /// Resets the counts of requests to zero.
    pub fn forget_requests(&self) {
        self.state().requests.clear();
    }

    /// From now on, signs this user in wherever the form would be shown, as if the user had submitted it at once. Use
    /// this for tests without a browser. `None` shows the form again.
    ///
    /// # Errors
    /// Returns an error if no user has that email address. Nothing has changed then.
    pub fn sign_in_as(&self, email: Option<&str>) -> Result<(), ConfigError> {
        let unknown = || ConfigError::new("email", format!("expected a user's, found {email:?}"));
        let user = match email {
            Some(email) => Some(self.user_by_email(email).ok_or_else(unknown)?),
            None => None,
        };
        self.state().signs_in = user;
        Ok(())
    }

    /// Ends the sessions of all browsers at the provider. No app is told.
    ///
    /// The apps' own sessions continue. A new login shows the form again, unless [`sign_in_as`](Self::sign_in_as) is
    /// set.
    pub fn sign_everyone_out(&self) {
        self.state().sessions = ExpiringMap::default();
    }

    /// Adds a lie. From now on, the provider also lies in this.
    ///
    /// Lies about different things add up. Test one at a time: an app that refuses two lies may have noticed only one.
    pub fn lie(&self, lie: Lie) {
        self.state().lies.push(lie);
    }

    /// Ends all lies.
    pub fn honest(&self) {
        self.state().lies.clear();
    }

    /// Returns the lies that are active.
    #[must_use]
    pub fn lies(&self) -> Vec<Lie> {
        self.state().lies.clone()
    }

    /// Returns the certificate of the key that signs now, as PEM: the text that an administrator copies into an app.
    ///
    /// # Errors
    /// Returns an error if the certificate can't be encoded.
    pub fn certificate_pem(&self) -> Result<String, ConfigError> {
        self.current_key()?.certificate_pem(&self.settings().title)
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.settings().clock.now()
    }

    pub(crate) fn is_odd(&self, oddity: Oddity) -> bool {
        self.settings().oddities.contains(&oddity)
    }

    pub(crate) fn current_key(&self) -> Result<TestKey, ConfigError> {
        let key = self.state().keys.first().cloned();
        key.ok_or_else(|| ConfigError::new("key", "there is none"))
    }

    /// Returns the index of the user with this email address.
    pub(crate) fn user_by_email(&self, email: &str) -> Option<usize> {
        self.settings().users.iter().position(|user| user.email.eq_ignore_ascii_case(email.trim()))
    }

    /// Returns the user at this index.
    pub(crate) fn user(&self, index: usize) -> Option<&TestUser> {
        self.settings().users.get(index)
    }

    /// Returns whether an app takes part in single logout.
    pub(crate) fn has_single_logout(&self) -> bool {
        self.settings().service_providers.iter().any(|provider| provider.logout.is_some())
    }

    pub(crate) fn service_provider(&self, entity_id: &str) -> Option<&TestServiceProvider> {
        self.settings().service_providers.iter().find(|provider| provider.entity_id == entity_id)
    }

    /// Returns the issuer of the provider that is served at this address.
    pub(crate) fn issuer_at(&self, base: &str) -> String {
        let slash = if self.is_odd(Oddity::TrailingSlash) { "/" } else { "" };
        self.settings().issuer.clone().unwrap_or_else(|| format!("{base}{slash}"))
    }

    pub(crate) fn client(&self, id: &str) -> Option<&TestClient> {
        self.settings().clients.iter().find(|client| client.id == id)
    }
}

impl fmt::Debug for TestIdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestIdp").field("title", &self.settings().title).finish_non_exhaustive()
    }
}
