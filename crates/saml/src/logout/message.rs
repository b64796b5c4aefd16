//! The types of logout messages: where a message came from, what a verified message says, and the outcome to report.
//!
//! A `LogoutMessage` is made only after its signature was verified. A request counts only after its `replay` was marked
//! as used.

use std::time::Duration;

use crate::{error::Error, login::Replay, scope::SubjectScope};

/// How long a logout message is valid: the maximum, and the lifetime of a message that does not state one.
pub(crate) const MESSAGE_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A logout message as it reached the single logout service.
#[derive(Clone, Copy, Debug)]
pub enum LogoutVia<'a> {
    /// The raw query of a GET.
    Query(&'a str),
    /// The raw body of a form's POST.
    Form(&'a [u8]),
}

/// The user whose session at the provider is to end.
#[derive(Clone, Copy, Debug)]
pub struct LogoutSubject<'a> {
    /// The second part of the subject's scope.
    pub within: &'a str,
    /// The subject, as in [`AssertionParts::link`](crate::AssertionParts::link).
    pub subject: &'a str,
    /// The `SessionIndex` of the session. `None` ends all sessions of the subject.
    pub session_index: Option<&'a str>,
}

/// A message from the provider. Its signature was verified.
///
/// ```
/// use tower_sso_saml::LogoutMessage;
///
/// fn act(message: LogoutMessage) -> String {
///     match message {
///         LogoutMessage::Request(request) if request.sessions.is_empty() => "end all sessions".to_owned(),
///         LogoutMessage::Request(request) => format!("end the sessions {:?}", request.sessions),
///         LogoutMessage::Answer(answer) => match answer.refused {
///             None => format!("{} is done", answer.in_response_to),
///             Some(error) => format!("the provider could not end its session: {error}"),
///         },
///     }
/// }
/// ```
#[derive(Debug)]
pub enum LogoutMessage {
    /// The provider asks to end sessions.
    Request(LogoutRequest),
    /// The provider answers a logout request of ours.
    Answer(LogoutAnswer),
}

/// The provider's request to end sessions.
#[derive(Debug)]
pub struct LogoutRequest {
    /// The ID of the request, which the answer must name.
    pub id: String,
    /// The scope within which the subject and the sessions are unique.
    pub scope: SubjectScope,
    /// The user whose sessions end. `None` if an attribute is the subject: in that case `sessions` is not empty.
    pub subject: Option<String>,
    /// The `SessionIndex` of each session that ends. If it is empty, all sessions of the subject end.
    pub sessions: Vec<String>,
    /// The `RelayState`, which must be sent back with the answer.
    pub relay_state: Option<String>,
    /// What must be marked as used before the request counts.
    pub replay: Replay,
}

/// The provider's answer to a logout request of ours.
#[derive(Debug)]
pub struct LogoutAnswer {
    /// The ID of the request that is answered. It must be one of ours that was not answered before.
    pub in_response_to: String,
    /// The `RelayState` of our request.
    pub relay_state: Option<String>,
    /// The provider's error, for the operator, or `None` if the provider reported success.
    pub refused: Option<Error>,
}

/// The outcome of the provider's logout request.
///
/// Report [`Ended`](Self::Ended) only when nothing of the sessions goes on: the provider tells the user that the logout
/// is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// All of the sessions have ended.
    Ended,
    /// At least one of the sessions could not be ended.
    Failed,
}
