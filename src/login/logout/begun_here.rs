//! Logouts that begin here. The viewer's SSO session ends, the app is told, and the provider is asked to end its own
//! session.

use std::sync::Arc;

use http::request::Parts;
use serde::{Deserialize, Serialize};
use tower_sso_core::{
    AccountId, Digest, OrgId, ReturnPath,
    internal::{later, random_token},
    session::SsoSession,
    store::SessionKey,
};
use tower_sso_saml::LogoutAnswer;

use crate::{
    active_sessions,
    audit::action::Action,
    connection::saml::addresses::sp_addresses,
    directory::{
        logout::{Logout, LogoutBy},
        viewer::SignedIn,
    },
    error::{kind::LoginErrorKind, login_error::LoginError},
    lifetimes::LOGIN_LIFETIME,
    login::{
        event::record_event,
        failure::{LoginFailure, NextStep, OrFailure as _},
        logout::tell_app::tell_app,
        lookups,
        onward::{Onward, back_to},
        record::{self, PENDING_LOGIN_ERRORS, logout_key, logout_owner, logout_relay_state},
    },
    state::Core,
};

/// A logout that is waiting for the provider's answer.
#[derive(Debug, Serialize, Deserialize)]
struct PendingLogout {
    #[serde(rename = "relay_state")]
    relay_state: Digest,
    #[serde(rename = "account")]
    account: AccountId,
    #[serde(rename = "return_path")]
    return_path: ReturnPath,
}

/// Ends the viewer's SSO session, then asks the provider to end its own session. If there is no session, or the
/// provider cannot be asked, the browser goes to `back`.
pub(crate) async fn begin_logout(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    back: ReturnPath,
) -> Result<Onward, LoginFailure> {
    let viewer = lookups::signed_in(core, parts).await?;
    let ended = end_own_session(core, organization, &viewer).await.for_account(&viewer.account)?;
    let Some(session) = ended else { return Ok(back_to(core, &back)) };
    let next = ask_to_end(core, &session, back.clone()).await;
    next.for_account(&viewer.account).leading_to(NextStep::AfterLogout).returning_to(&back.into())
}

/// Ends the viewer's SSO session and returns it, if there is one.
async fn end_own_session(
    core: &Core,
    organization: &OrgId,
    SignedIn { account, credential }: &SignedIn,
) -> Result<Option<Arc<SsoSession>>, LoginError> {
    let key = SessionKey { credential, organization, account };
    let found = core.with_timeout(core.sessions.find(key), "session.find").await?;
    // Compare every part again: do not rely on the store to return only what was asked for.
    let found = found.filter(|it| {
        it.credential == *credential && it.organization == *organization && it.account == *account
    });
    let Some(session) = found else { return Ok(None) };
    active_sessions::end_one(core, key).await?;
    let ended = vec![Arc::clone(&session)];
    // If the app fails, that is recorded, and the provider is asked anyway.
    tell_app(core, &Logout { organization: organization.clone(), by: LogoutBy::Viewer, ended }).await;
    record_event(core, organization, account, Action::LogoutBegun)?;
    Ok(Some(session))
}

/// Asks the provider to end its own session. It is not asked if the SSO session has expired or belongs to an earlier
/// version of the connection.
async fn ask_to_end(core: &Core, session: &SsoSession, back: ReturnPath) -> Result<Onward, LoginError> {
    let organization = &session.organization;
    let found = core.with_timeout(core.connections.find(organization), "connection").await?;
    let connection = found.filter(|it| it.has_version(&core.keys, &session.connection));
    let Some(connection) = connection.filter(|_| session.expires_at > core.now()) else {
        return Ok(back_to(core, &back));
    };
    let Some(provider) = connection.saml() else { return Ok(back_to(core, &back)) };
    let addresses = sp_addresses(&core.addresses, organization);
    let who = (&session.scope, session.subject.as_str(), session.idp_session.as_deref());
    // The provider's answer is matched by the ID of the request, which is signed. If the answer has a RelayState,
    // it must be this one.
    let relay_state = random_token()?;
    let request =
        provider.begin_logout(&core.outbound, &addresses, who, relay_state.expose(), &core.clock).await?;
    let Some((id, outgoing)) = request else { return Ok(back_to(core, &back)) };
    let pending = PendingLogout {
        relay_state: logout_relay_state(relay_state.expose()),
        account: session.account.clone(),
        return_path: back,
    };
    let owner = logout_owner(session);
    let until = later(core.now(), LOGIN_LIFETIME);
    record::put(core, logout_key(organization, &id), owner, &pending, until).await?;
    Ok(outgoing.into())
}

/// Processes the provider's answer to a logout that began here. It is accepted once, and only for the organization
/// whose logout it was.
pub(crate) async fn logout_answered(
    core: &Core,
    organization: &OrgId,
    answer: LogoutAnswer,
) -> Result<Onward, LoginFailure> {
    let pending: PendingLogout =
        record::take(core, logout_key(organization, &answer.in_response_to), PENDING_LOGIN_ERRORS).await?;
    // Whatever the answer says: the session here ended before the provider was asked.
    let recorded = record_answer(core, organization, &pending, answer);
    recorded
        .for_account(&pending.account)
        .leading_to(NextStep::AfterLogout)
        .returning_to(&pending.return_path.clone().into())?;
    Ok(back_to(core, &pending.return_path))
}

/// Checks the answer's RelayState and records that the logout finished, or that the provider refused.
fn record_answer(
    core: &Core,
    organization: &OrgId,
    pending: &PendingLogout,
    answer: LogoutAnswer,
) -> Result<(), LoginError> {
    if answer.relay_state.is_some_and(|it| logout_relay_state(&it) != pending.relay_state) {
        return Err(LoginError::with(LoginErrorKind::SamlInResponseToWrong, "another RelayState"));
    }
    match answer.refused {
        Some(refused) => Err(refused.into()),
        None => record_event(core, organization, &pending.account, Action::LogoutFinished),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower_sso_testing::golden::{digest_of, is_kept_as};

    #[test]
    fn the_stored_form_of_a_pending_logout_does_not_change() {
        let pending = PendingLogout {
            relay_state: serde_json::from_str(&digest_of(7)).unwrap(),
            account: "ada".into(),
            return_path: ReturnPath::root(),
        };
        let kept = format!(r#"{{"relay_state":{},"account":"ada","return_path":"/"}}"#, digest_of(7));
        is_kept_as(&pending, &kept);
    }
}
