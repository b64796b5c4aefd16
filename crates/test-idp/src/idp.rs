//! The provider: its settings, its state, and what a test does with it while it runs.

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

/// An OpenID and SAML provider for tests. Cheap to clone: every clone is the same provider.
#[derive(Clone)]
pub struct TestIdp(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    state: Mutex<State>,
}

/// What the builder fixed.
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

/// What changes.
pub(crate) struct State {
    /// Published keys; the first signs.
    pub(crate) keys: Vec<TestKey>,
    pub(crate) attacker: Option<TestKey>,
    /// The index of the user who is signed in instead of showing the form.
    pub(crate) signs_in: Option<usize>,
    pub(crate) lies: Vec<Lie>,
    pub(crate) requests: BTreeMap<String, usize>,
    pub(crate) sessions: ExpiringMap<Session>,
    /// Who is known at which app by SAML, the oldest first.
    pub(crate) participants: Vec<Participant>,
    /// Logouts that wait for an app's answer, by the ID of what it was asked.
    pub(crate) logouts: ExpiringMap<Logout>,
    pub(crate) pending: ExpiringMap<Pending>,
    pub(crate) pushed: ExpiringMap<AuthorizationRequest>,
    pub(crate) codes: ExpiringMap<AuthorizationCode>,
    pub(crate) access_tokens: ExpiringMap<AccessToken>,
    /// `jti` of client assertions that were used.
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

    /// The algorithm that it signs with.
    #[must_use]
    pub fn signing_alg(&self) -> SigningAlg {
        self.settings().alg
    }

    /// Signs with a new key from now on. The old ones stay published.
    ///
    /// # Errors
    /// When no key can be made; nothing has changed then.
    pub fn rotate_keys(&self) -> Result<(), ConfigError> {
        let key = TestKey::generate(self.settings().alg)?;
        self.state().keys.insert(0, key);
        Ok(())
    }

    /// Signs with a new key from now on. It takes the place of the old key under the same `kid`, as some providers do when
    /// they change their key.
    ///
    /// # Errors
    /// When no key can be made; nothing has changed then.
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

    /// The key of someone who is not the provider, with the provider's algorithm: made when first asked for. Forged
    /// tokens are signed by it; it is published nowhere.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn attacker_key(&self) -> Result<TestKey, ConfigError> {
        let mut state = self.state();
        if let Some(key) = &state.attacker {
            return Ok(key.clone());
        }
        let key = TestKey::generate(self.settings().alg)?;
        state.attacker = Some(key.clone());
        Ok(key)
    }

    /// How often each path was asked for, whatever the answer. Paths are relative to the provider: `/token`.
    #[must_use]
    pub fn requests(&self) -> BTreeMap<String, usize> {
        self.state().requests.clone()
    }

    /// How often one path was asked for.
    #[must_use]
    pub fn calls(&self, path: &str) -> usize {
        self.state().requests.get(path).copied().unwrap_or_default()
    }

    /// Starts counting requests anew.
    pub fn forget_requests(&self) {
        self.state().requests.clear();
    }

    /// Signs this user in wherever the form would be shown from now on, as if they had filled it in at once: for tests
    /// without a browser. `None` shows the form again.
    ///
    /// # Errors
    /// When no user has that email address; nothing has changed then.
    pub fn sign_in_as(&self, email: Option<&str>) -> Result<(), ConfigError> {
        let unknown = || ConfigError::new("email", format!("expected a user's, found {email:?}"));
        let user = match email {
            Some(email) => Some(self.user_by_email(email).ok_or_else(unknown)?),
            None => None,
        };
        self.state().signs_in = user;
        Ok(())
    }

    /// Ends the sessions of all browsers here. No app is told.
    pub fn sign_everyone_out(&self) {
        self.state().sessions = ExpiringMap::default();
    }

    /// From now on, the provider lies in this, too.
    pub fn lie(&self, lie: Lie) {
        self.state().lies.push(lie);
    }

    /// Ends all lies.
    pub fn honest(&self) {
        self.state().lies.clear();
    }

    /// The lies that are active.
    #[must_use]
    pub fn lies(&self) -> Vec<Lie> {
        self.state().lies.clone()
    }

    /// The certificate of the key that signs now, as PEM: what an administrator copies.
    ///
    /// # Errors
    /// When it can't be encoded.
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

    /// A user's place.
    pub(crate) fn user_by_email(&self, email: &str) -> Option<usize> {
        self.settings().users.iter().position(|user| user.email.eq_ignore_ascii_case(email.trim()))
    }

    /// The user at this place.
    pub(crate) fn user(&self, index: usize) -> Option<&TestUser> {
        self.settings().users.get(index)
    }

    /// Whether an app here takes part in single logout.
    pub(crate) fn has_single_logout(&self) -> bool {
        self.settings().service_providers.iter().any(|provider| provider.logout.is_some())
    }

    pub(crate) fn service_provider(&self, entity_id: &str) -> Option<&TestServiceProvider> {
        self.settings().service_providers.iter().find(|provider| provider.entity_id == entity_id)
    }

    /// The issuer of the provider at an address.
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
