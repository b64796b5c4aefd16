//! The viewer's settings: email addresses and API tokens.

use axum::{Form, extract::Query, response::Response};
use serde::Deserialize;
use tower_sso::{Credential, session::SessionCursor};

use super::sessions::{After, failed};
use crate::{
    credentials::Owner,
    model::User,
    pages::{self, Page},
    visit::{Visit, see_other, unavailable},
};

/// The maximum number of tokens of one account, and the maximum length of a token's name.
const TOKENS: usize = 20;
const NAME: usize = 60;

#[derive(Deserialize)]
pub(super) struct OldEmail {
    email: String,
}

#[derive(Deserialize)]
pub(super) struct NewToken {
    name: String,
}

#[derive(Deserialize)]
pub(super) struct OldToken {
    token: String,
}

pub(super) async fn page(visit: Visit, Query(after): Query<After>) -> Result<Page, Response> {
    let (user, _) = visit.in_browser().ok_or_else(|| visit.to_sign_in())?;
    show(&visit, user, after.cursor(), None, None).await
}

async fn show(
    visit: &Visit,
    user: &User,
    after: Option<SessionCursor>,
    secret: Option<&str>,
    problem: Option<&str>,
) -> Result<Page, Response> {
    let sessions = visit.hub.sso.account_sessions(&user.id, after).await.map_err(failed)?;
    Ok(pages::settings(visit, user, &sessions, secret, problem))
}

/// Removes an address. SSO sessions that matched this address end.
pub(super) async fn remove_email(visit: Visit, Form(form): Form<OldEmail>) -> Result<Response, Response> {
    let (user, _) = visit.in_browser().ok_or_else(|| visit.to_sign_in())?;
    let removed = visit.hub.model.remove_email(user, &form.email).await;
    removed.map_err(|error| {
        tracing::error!(%error, "removing an address");
        unavailable()
    })?;
    // Also if the address was already removed: an earlier attempt may have failed before it ended the SSO sessions.
    let changed = visit.hub.sso.emails_changed(&user.id);
    visit.acting(&user.id).run(changed).await.map_err(failed)?;
    Ok(see_other("/settings"))
}

/// Creates a token. Its secret is shown only on the page in this response.
pub(super) async fn create_token(visit: Visit, Form(form): Form<NewToken>) -> Result<Page, Response> {
    let (user, _) = visit.in_browser().ok_or_else(|| visit.to_sign_in())?;
    let name = form.name.trim();
    let credentials = &visit.hub.credentials;
    let problem = if name.is_empty() || name.chars().count() > NAME {
        Some("Give the token a name of at most 60 characters.")
    } else if credentials.tokens_of(&user.id).len() >= TOKENS {
        Some("Twenty tokens are enough. Revoke one first.")
    } else {
        None
    };
    if problem.is_some() {
        return show(&visit, user, None, None, problem).await;
    }
    let secret =
        credentials.add_token((Owner::Person, &user.id), name, None, visit.now).await.map_err(|error| {
            tracing::error!(%error, "making a token");
            unavailable()
        })?;
    show(&visit, user, None, Some(&secret), None).await
}

/// Revokes a token's authorizations, and then the token itself. If the first step fails, the token is still listed and
/// its owner can try again.
pub(super) async fn revoke_token(visit: Visit, Form(form): Form<OldToken>) -> Result<Response, Response> {
    let (user, _) = visit.in_browser().ok_or_else(|| visit.to_sign_in())?;
    if let Some(token) = visit.hub.credentials.token_of(&user.id, &form.token) {
        let credential = Credential::token(token.id.clone());
        let ended = visit.hub.sso.signed_out(&credential);
        visit.acting(&user.id).run(ended).await.map_err(failed)?;
        visit.hub.credentials.remove_token(&token).await.map_err(|error| {
            tracing::error!(%error, "revoking a token");
            unavailable()
        })?;
    }
    Ok(see_other("/settings"))
}
