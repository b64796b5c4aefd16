//! Ends SSO sessions: the viewer's own, and an organization's by its administrators.

use axum::{
    Form,
    extract::{Path, Query},
    response::Response,
};
use serde::Deserialize;
use tower_sso::{
    SsoPass,
    session::{RevocationScope, SessionCursor, SessionId, SessionsOf},
};

use crate::{
    pages::{self, Page},
    visit::{Here, Visit, see_other, unavailable},
};

/// The position where a list continues.
#[derive(Deserialize)]
pub(super) struct After {
    after: Option<String>,
}

impl After {
    pub(super) fn cursor(self) -> Option<SessionCursor> {
        self.after.map(SessionCursor::new)
    }
}

#[derive(Deserialize)]
pub(super) struct Mine {
    session: String,
}

/// What an administrator ends. If several fields are set, the first one counts.
#[derive(Deserialize)]
pub(super) struct Theirs {
    session: Option<String>,
    account: Option<String>,
    all: Option<String>,
}

/// Ends one of the viewer's own sessions.
pub(super) async fn end_mine(visit: Visit, Form(form): Form<Mine>) -> Result<Response, Response> {
    let (user, _) = visit.in_browser().ok_or_else(|| visit.to_sign_in())?;
    let of = SessionsOf::Account(user.id.clone());
    let session = SessionId::new(&form.session);
    let ended = visit.hub.sso.end_session(&session, &of);
    visit.acting(&user.id).run(ended).await.map_err(failed)?;
    Ok(see_other("/settings"))
}

/// Shows the sessions of an organization to its administrators.
pub(super) async fn page(
    mut visit: Visit,
    pass: SsoPass,
    Path(org): Path<String>,
    Query(after): Query<After>,
) -> Result<Page, Response> {
    let here = administrator(&mut visit, &org, pass).await?;
    let sessions = visit.hub.sso.organization_sessions(&here.organization.id, after.cursor()).await;
    Ok(pages::sessions(&visit, &here, &sessions.map_err(failed)?))
}

/// Ends one session of an organization, the sessions of a member, or all sessions.
pub(super) async fn end_theirs(
    mut visit: Visit,
    pass: SsoPass,
    Path(org): Path<String>,
    Form(form): Form<Theirs>,
) -> Result<Response, Response> {
    let here = administrator(&mut visit, &org, pass).await?;
    let (user, _) = visit.in_browser().ok_or_else(|| visit.not_found())?;
    let organization = here.organization.id.clone();
    let (sso, acting) = (&visit.hub.sso, visit.acting(&user.id));
    let ended = match (form.session, form.account, form.all) {
        (Some(id), _, _) => {
            let of = SessionsOf::Organization(organization);
            acting.run(sso.end_session(&SessionId::new(&id), &of)).await.map(drop)
        }
        (None, Some(account), _) => {
            let member = RevocationScope::Member(organization, account.into());
            acting.run(sso.revoke(member)).await.map(drop)
        }
        (None, None, Some(_)) => {
            acting.run(sso.revoke(RevocationScope::Organization(organization))).await.map(drop)
        }
        (None, None, None) => Ok(()),
    };
    ended.map_err(failed)?;
    Ok(see_other(&format!("/{}/sessions", here.organization.slug)))
}

/// Allows only administrators, and only with a browser: a token can neither end sessions nor let anyone in.
pub(super) async fn administrator(visit: &mut Visit, org: &str, pass: SsoPass) -> Result<Here, Response> {
    let here = visit.enter(org, pass).await?;
    let admin = visit.in_browser().is_some_and(|(user, _)| here.organization.is_admin(&user.id));
    if admin { Ok(here) } else { Err(visit.not_found()) }
}

pub(super) fn failed(error: tower_sso::Error) -> Response {
    tracing::error!(%error, "sessions");
    unavailable()
}
