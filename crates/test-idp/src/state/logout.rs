//! A SAML logout that goes from app to app.

/// A user at an app, as the app knows the user, through one session at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Participant {
    pub(crate) entity_id: String,
    pub(crate) name: String,
    pub(crate) format: String,
    /// The session's id, which the app knows as its SessionIndex.
    pub(crate) sid: String,
}

/// The service provider that asked for a logout and waits for the response.
#[derive(Clone, Debug)]
pub(crate) struct LogoutRequester {
    pub(crate) entity_id: String,
    pub(crate) id: String,
    pub(crate) relay_state: Option<String>,
}

/// A logout that is in progress.
#[derive(Clone, Debug)]
pub(crate) struct Logout {
    /// The participants whose apps still have to be told. The last one is next. While a logout is stored, it waits for
    /// the response of this app.
    pub(crate) remaining: Vec<Participant>,
    /// The apps that have answered, and whether each confirmed.
    pub(crate) results: Vec<(String, bool)>,
    /// The app that gets the response at the end. `None` if the logout began at the provider.
    pub(crate) requester: Option<LogoutRequester>,
    /// Whether the requests contain no SessionIndex, which means all sessions of the user.
    pub(crate) without_session_index: bool,
}

impl Logout {
    pub(crate) fn of(remaining: Vec<Participant>, requester: Option<LogoutRequester>) -> Self {
        Self { remaining, results: Vec::new(), requester, without_session_index: false }
    }

    /// With `all`, the requests contain no SessionIndex, and each app is told once about each name.
    pub(crate) fn naming_no_session(mut self, all: bool) -> Self {
        if all {
            self.remaining
                .sort_by(|one, other| (&one.entity_id, &one.name).cmp(&(&other.entity_id, &other.name)));
            self.remaining
                .dedup_by(|one, other| (&one.entity_id, &one.name) == (&other.entity_id, &other.name));
        }
        Self { without_session_index: all, ..self }
    }

    /// Records the answer of the app that the logout waits for. Returns `None` if another app answers.
    pub(crate) fn answered(mut self, entity_id: &str, confirmed: bool) -> Option<Self> {
        let one = self.remaining.pop().filter(|one| one.entity_id == entity_id)?;
        self.results.push((one.entity_id, confirmed));
        Some(self)
    }

    /// Returns a sentence about which apps have confirmed.
    pub(crate) fn summary(&self) -> String {
        let each = self.results.iter().map(|(app, confirmed)| match confirmed {
            true => format!(" {app} has signed you out."),
            false => format!(" {app} has not confirmed that it signed you out."),
        });
        format!("You are signed out here.{}", each.collect::<String>())
    }
}
