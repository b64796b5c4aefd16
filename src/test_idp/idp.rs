//! The provider itself: its settings, its state, and what a test does with it while it runs.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use crate::{
    error::config::ConfigError,
    test_idp::{
        alg::SigningAlg,
        authorize::Pending,
        builder::TestIdpBuilder,
        client::TestClient,
        keep::Keep,
        key::TestKey,
        lie::Lie,
        oddity::Oddity,
        request::AuthorizationRequest,
        saml::{
            logout::{Logout, Participant},
            service_provider::TestServiceProvider,
        },
        session::Session,
        token::Code,
        tokens::AccessToken,
        user::TestUser,
    },
    time::Clock,
};

/// An OpenID and SAML provider for tests. Cheap to clone: every clone is the same provider.
#[derive(Clone)]
pub struct TestIdp(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) settings: Settings,
    state: Mutex<State>,
}

/// What the builder fixed.
pub(super) struct Settings {
    pub(super) title: String,
    pub(super) users: Vec<TestUser>,
    pub(super) clients: Vec<TestClient>,
    pub(super) service_providers: Vec<TestServiceProvider>,
    pub(super) clock: Clock,
    pub(super) alg: SigningAlg,
    pub(super) issuer: Option<String>,
    pub(super) host_name: Option<String>,
    pub(super) path: String,
    pub(super) acr_values: Vec<String>,
    pub(super) pick_list: bool,
    pub(super) cookie: String,
    pub(super) oddities: Vec<Oddity>,
}

/// What changes.
pub(super) struct State {
    /// Published keys; the first signs.
    pub(super) keys: Vec<TestKey>,
    attacker: Option<TestKey>,
    /// Who signs in wherever the form would be shown, by place.
    pub(super) signs_in: Option<usize>,
    pub(super) lies: Vec<Lie>,
    pub(super) requests: BTreeMap<String, usize>,
    pub(super) sessions: Keep<Session>,
    /// Who is known at which app by SAML, the oldest first.
    pub(super) participants: Vec<Participant>,
    /// Logouts that wait for an app's answer, by the ID of what it was asked.
    pub(super) logouts: Keep<Logout>,
    pub(super) pending: Keep<Pending>,
    pub(super) pushed: Keep<AuthorizationRequest>,
    pub(super) codes: Keep<Code>,
    pub(super) access_tokens: Keep<AccessToken>,
    /// `jti` of client assertions that were used.
    pub(super) assertions: Keep<()>,
}

impl TestIdp {
    /// Starts with no users and no clients.
    pub fn builder() -> TestIdpBuilder {
        TestIdpBuilder::default()
    }

    pub(super) fn new(settings: Settings, key: TestKey) -> Self {
        let state = State {
            keys: vec![key],
            attacker: None,
            signs_in: None,
            lies: Vec::new(),
            requests: BTreeMap::new(),
            sessions: Keep::default(),
            participants: Vec::new(),
            logouts: Keep::default(),
            pending: Keep::default(),
            pushed: Keep::default(),
            codes: Keep::default(),
            access_tokens: Keep::default(),
            assertions: Keep::default(),
        };
        Self(Arc::new(Inner { settings, state: Mutex::new(state) }))
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

    /// Publishes the key that signs now, and none of the older ones.
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

    /// Forgets who is signed in here, in every browser. No app is told.
    pub fn sign_everyone_out(&self) {
        self.state().sessions = Keep::default();
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> SystemTime {
        self.settings().clock.now()
    }

    pub(super) fn is_odd(&self, oddity: Oddity) -> bool {
        self.settings().oddities.contains(&oddity)
    }

    pub(super) fn current_key(&self) -> Result<TestKey, ConfigError> {
        let key = self.state().keys.first().cloned();
        key.ok_or_else(|| ConfigError::new("key", "there is none"))
    }

    /// A user's place.
    pub(super) fn user_by_email(&self, email: &str) -> Option<usize> {
        self.settings().users.iter().position(|user| user.email.eq_ignore_ascii_case(email.trim()))
    }

    pub(super) fn client(&self, id: &str) -> Option<&TestClient> {
        self.settings().clients.iter().find(|client| client.id == id)
    }
}

impl fmt::Debug for TestIdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestIdp").field("title", &self.settings().title).finish_non_exhaustive()
    }
}
