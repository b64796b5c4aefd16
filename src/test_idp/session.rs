//! Who is signed in at the provider, by its own cookie.

use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, HeaderValue, header};

use crate::{
    digest::random_token,
    lookup::LookupError,
    secret::Secret,
    test_idp::{guard::Here, idp::TestIdp, user::TestUser},
    time::later,
};

/// A browser's sign-in.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// The user's place in the settings.
    pub(super) user: usize,
    pub(super) auth_time: SystemTime,
    pub(super) sid: String,
}

const LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);

impl TestIdp {
    /// The session that the browser's cookie names.
    pub(super) fn session(&self, headers: &HeaderMap) -> Option<Session> {
        let token = self.cookie(headers)?;
        self.state().sessions.get(&token, self.now()).cloned()
    }

    /// Signs a user in, in place of whoever was signed in there.
    pub(super) fn sign_in(
        &self,
        headers: &HeaderMap,
        user: usize,
    ) -> Result<(Session, Secret<String>), LookupError> {
        let (token, sid) = (random_token()?, random_token()?);
        let now = self.now();
        let session = Session { user, auth_time: now, sid: sid.expose().clone() };
        self.sign_out(headers);
        self.state().sessions.put(token.expose().clone(), session.clone(), later(now, LIFETIME), now);
        Ok((session, token))
    }

    pub(super) fn sign_out(&self, headers: &HeaderMap) {
        if let Some(token) = self.cookie(headers) {
            self.state().sessions.take(&token, self.now());
        }
    }

    pub(super) fn user(&self, index: usize) -> Option<&TestUser> {
        self.settings().users.get(index)
    }

    fn cookie(&self, headers: &HeaderMap) -> Option<String> {
        let name = self.settings().cookie.as_str();
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    }
}

/// `Set-Cookie` with a session, or with none.
pub(super) fn set_cookie(here: &Here, token: Option<&Secret<String>>) -> Option<HeaderValue> {
    let name = &here.idp.settings().cookie;
    let (value, age) = match token {
        Some(token) => (token.expose().as_str(), ""),
        None => ("", "; Max-Age=0"),
    };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}")).ok()
}
