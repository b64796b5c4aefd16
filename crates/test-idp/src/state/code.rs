//! An authorization code, and an access token.

use std::time::Duration;

use crate::state::{authorization::AuthorizationRequest, session::Session};

/// What a client can redeem with a code.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationCode {
    pub(crate) request: AuthorizationRequest,
    pub(crate) session: Session,
    /// The access token that the client got for the code.
    pub(crate) used: Option<String>,
}

impl AuthorizationCode {
    /// How long a code can be redeemed.
    pub(crate) const LIFETIME: Duration = Duration::from_secs(60);

    pub(crate) fn new(request: AuthorizationRequest, session: Session) -> Self {
        Self { request, session, used: None }
    }
}

/// What an access token gives access to: userinfo about one user, for one client.
#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) user: usize,
    pub(crate) client: String,
    pub(crate) scopes: Vec<String>,
}
