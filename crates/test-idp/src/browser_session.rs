//! Finds the session of a browser by its cookie.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use tower_sso_core::{
    LookupError, Secret,
    internal::{later, random_token},
};

use crate::{here::Here, idp::TestIdp, state::session::Session};

const LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);

impl TestIdp {
    /// Returns the session that the browser's cookie names.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Option<Session> {
        let token = self.cookie(headers)?;
        self.state().sessions.get(&token, self.now()).cloned()
    }

    /// Signs a user in. Replaces the user who was signed in with this browser.
    pub(crate) fn sign_in(
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

    pub(crate) fn sign_out(&self, headers: &HeaderMap) {
        if let Some(token) = self.cookie(headers) {
            self.state().sessions.take(&token, self.now());
        }
    }

    fn cookie(&self, headers: &HeaderMap) -> Option<String> {
        let name = self.settings().cookie.as_str();
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    }
}

/// Returns the value of `Set-Cookie` that sets the session, or removes it.
pub(crate) fn set_cookie(here: &Here, token: Option<&Secret<String>>) -> Option<HeaderValue> {
    let name = &here.idp.settings().cookie;
    let (value, age) = match token {
        Some(token) => (token.expose().as_str(), ""),
        None => ("", "; Max-Age=0"),
    };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}")).ok()
}
