//! Logout messages, as they are read and as they are answered.

use std::time::Duration;

use crate::{error::Error, login::Replay, scope::SubjectScope};

/// How long a message is good that does not say it, and at most.
pub(crate) const MESSAGE_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A logout message as it reached the single logout service.
#[derive(Clone, Copy, Debug)]
pub enum LogoutVia<'a> {
    /// The raw query of a GET.
    Query(&'a str),
    /// The raw body of a form's POST.
    Form(&'a [u8]),
}

/// Whose session at the provider is to end.
#[derive(Clone, Copy, Debug)]
pub struct LogoutSubject<'a> {
    /// The second part of the subject's scope.
    pub within: &'a str,
    /// The subject, as in [`AssertionParts::link`](crate::AssertionParts::link).
    pub subject: &'a str,
    /// The `SessionIndex` of the session. `None` ends all sessions of the subject.
    pub session_index: Option<&'a str>,
}

/// What the provider said. Its signature was verified.
#[derive(Debug)]
pub enum LogoutMessage {
    /// The provider ends sessions.
    Request(LogoutRequest),
    /// The provider answers a request of ours.
    Answer(LogoutAnswer),
}

/// The provider ends sessions.
#[derive(Debug)]
pub struct LogoutRequest {
    /// What the answer names.
    pub id: String,
    /// What the subject and the sessions are unique within.
    pub scope: SubjectScope,
    /// Whose. None where an attribute is the subject: then the sessions are named.
    pub subject: Option<String>,
    /// Which: their SessionIndex. None named: all of the subject.
    pub sessions: Vec<String>,
    /// Goes back with the answer.
    pub relay_state: Option<String>,
    /// What has to be claimed before it counts.
    pub replay: Replay,
}

/// The provider answers a request of ours.
#[derive(Debug)]
pub struct LogoutAnswer {
    /// The ID of the request that it answers: it has to be one of ours, and not answered yet.
    pub in_response_to: String,
    /// The `RelayState` of our request.
    pub relay_state: Option<String>,
    /// Nothing if all is well; otherwise the provider's words, for the operator.
    pub refused: Option<Error>,
}

/// What became of the sessions that the provider wanted to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// They are ended.
    Ended,
    /// They could not be ended, or not all.
    Failed,
}
