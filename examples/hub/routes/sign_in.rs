//! Signs users in to the hub itself, and out again.

use axum::{
    Form,
    extract::Query,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde::Deserialize;
use tower_sso::{AccountId, LookupError, ReturnPath, Secret};

use crate::{
    pages,
    password::PasswordHash,
    visit::{Visit, see_other, unavailable},
};

#[derive(Deserialize)]
pub(super) struct Back {
    return_to: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    return_to: Option<String>,
    /// The account of a sign-in with one button, on the page of a demonstration.
    #[serde(rename = "as")]
    account: Option<String>,
}

pub(super) async fn page(visit: Visit, Query(back): Query<Back>) -> Response {
    let back = return_path(back.return_to.as_deref());
    match visit.user() {
        Some(_) => see_other(back.as_str()),
        None => pages::sign_in(&visit, &back, None, "").into_response(),
    }
}

pub(super) async fn submit(visit: Visit, Form(form): Form<SignIn>) -> Response {
    let back = return_path(form.return_to.as_deref());
    let found = match &form.account {
        Some(account) => Ok(one_button(&visit, account)),
        None if !visit.hub.attempts.allow(&form.email, visit.parts.extensions.get()) => {
            let problem = "There were too many attempts. Try again in a minute.";
            let page = pages::sign_in(&visit, &back, Some(problem), &form.email);
            return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")], page).into_response();
        }
        None => by_password(&visit, &form.email, form.password).await,
    };
    match found {
        Ok(Some(account)) => signed_in(&visit, &account, &back).await,
        Ok(None) => {
            let problem = "No account has that email address and password.";
            let page = pages::sign_in(&visit, &back, Some(problem), &form.email);
            (StatusCode::FORBIDDEN, page).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "signing in");
            unavailable()
        }
    }
}

pub(super) async fn sign_out(visit: Visit) -> Response {
    if let Err(error) = end(&visit).await {
        tracing::error!(%error, "signing out");
        return unavailable();
    }
    let cookie = visit.hub.set_cookie(None).map(|cookie| [(header::SET_COOKIE, cookie)]);
    (cookie, see_other("/")).into_response()
}

/// Returns a path of this site, or else the front page.
fn return_path(path: Option<&str>) -> ReturnPath {
    path.and_then(ReturnPath::parse).unwrap_or_else(ReturnPath::root)
}

fn one_button(visit: &Visit, account: &str) -> Option<AccountId> {
    let user = visit.hub.model.user(&account.into()).filter(|_| visit.hub.shows_accounts);
    user.map(|user| user.id.clone())
}

async fn by_password(visit: &Visit, email: &str, password: String) -> Result<Option<AccountId>, LookupError> {
    let user = visit.hub.model.user_by_email(email);
    let hash = user.map_or_else(PasswordHash::nobodys, |user| user.hash);
    let fits = hash.verify(Secret::new(password)).await?;
    Ok(user.filter(|_| fits).map(|user| user.id.clone()))
}

/// Starts a new session with a new id. If the browser already had a session, that session ends.
pub(super) async fn signed_in(visit: &Visit, account: &AccountId, back: &ReturnPath) -> Response {
    if let Err(error) = end(visit).await {
        tracing::error!(%error, "ending the earlier session");
        return unavailable();
    }
    match visit.hub.credentials.sign_in(account, visit.now).await {
        Ok(secret) => {
            let cookie = visit.hub.set_cookie(Some(&secret)).map(|cookie| [(header::SET_COOKIE, cookie)]);
            (cookie, see_other(back.as_str())).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "signing in");
            unavailable()
        }
    }
}

/// Ends the SSO sessions that belong to the viewer's app session, and then the app session itself. If the first step
/// fails, the viewer is still signed in and can try again.
async fn end(visit: &Visit) -> Result<(), LookupError> {
    if let Some((user, credential)) = visit.in_browser() {
        visit.acting(&user.id).run(visit.hub.sso.signed_out(credential)).await?;
        visit.hub.credentials.sign_out(&credential.id).await?;
    }
    Ok(())
}
