//! A SAML logout on its way from app to app.

/// A user at an app, as the app knows the user, by one session here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Participant {
    pub(crate) entity_id: String,
    pub(crate) name: String,
    pub(crate) format: String,
    /// The session, which the app knows as its SessionIndex.
    pub(crate) sid: String,
}

/// A service provider that waits for an answer.
#[derive(Clone, Debug)]
pub(crate) struct LogoutRequester {
    pub(crate) entity_id: String,
    pub(crate) id: String,
    pub(crate) relay_state: Option<String>,
}

/// A logout under way.
#[derive(Clone, Debug)]
pub(crate) struct Logout {
    /// The participants whose apps are still to be told. The last is next; while a logout waits, it is waited for.
    pub(crate) remaining: Vec<Participant>,
    /// Which apps have answered, and whether they confirmed.
    pub(crate) results: Vec<(String, bool)>,
    /// The app to answer in the end. `None` if the logout began here.
    pub(crate) requester: Option<LogoutRequester>,
    /// Whether the requests name no SessionIndex, and so mean all sessions.
    pub(crate) without_session_index: bool,
}

impl Logout {
    pub(crate) fn of(remaining: Vec<Participant>, requester: Option<LogoutRequester>) -> Self {
        Self { remaining, results: Vec::new(), requester, without_session_index: false }
    }

    /// With `all`, the requests name no SessionIndex, and each app is told once about each name.
    pub(crate) fn naming_no_session(mut self, all: bool) -> Self {
        if all {
            self.remaining
                .sort_by(|one, other| (&one.entity_id, &one.name).cmp(&(&other.entity_id, &other.name)));
            self.remaining
                .dedup_by(|one, other| (&one.entity_id, &one.name) == (&other.entity_id, &other.name));
        }
        Self { without_session_index: all, ..self }
    }

    /// Records the answer of the app that is waited for. `None` if another app answers.
    pub(crate) fn answered(mut self, entity_id: &str, confirmed: bool) -> Option<Self> {
        let one = self.remaining.pop().filter(|one| one.entity_id == entity_id)?;
        self.results.push((one.entity_id, confirmed));
        Some(self)
    }

    /// Says which apps have confirmed.
    pub(crate) fn summary(&self) -> String {
        let each = self.results.iter().map(|(app, confirmed)| match confirmed {
            true => format!(" {app} has signed you out."),
            false => format!(" {app} has not confirmed that it signed you out."),
        });
        format!("You are signed out here.{}", each.collect::<String>())
    }
}
