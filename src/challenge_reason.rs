//! [`ChallengeReason`]: why a member was challenged.

/// The reason why a member was challenged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChallengeReason {
    /// This credential has no SSO session.
    NoSession,
    /// The SSO session exists but its lifetime has ended.
    Expired,
    /// The SSO session was created under an earlier version of the connection.
    ConnectionChanged,
    /// The SSO session is fresh, but the handler requires a more recent login at the provider.
    TooLongAgo,
    /// The SSO session is fresh, but the handler requires another way of logging in at the provider.
    OtherContextClass,
}

impl ChallengeReason {
    /// Returns the stable name, which is the challenge's `reason`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSession => "no_session",
            Self::Expired => "session_expired",
            Self::ConnectionChanged => "connection_changed",
            Self::TooLongAgo => "login_too_long_ago",
            Self::OtherContextClass => "other_context_class",
        }
    }
}
