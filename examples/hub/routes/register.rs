//! Creates an account for a user who followed a join link. The organization's provider confirms the user's email
//! address.

use axum::{
    Form,
    extract::Query,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use tower_sso::{LookupError, ReturnPath, Secret, join::NewUser, login::LoginErrorKind};

use super::sign_in::signed_in;
use crate::{
    pages,
    password::PasswordHash,
    visit::{Visit, see_other, unavailable},
};

/// The maximum length of a name, and the minimum length of a password.
const NAME: usize = 60;
const PASSWORD: usize = 8;

#[derive(Deserialize)]
pub(super) struct Ticket {
    #[serde(default)]
    ticket: String,
}

#[derive(Deserialize)]
pub(super) struct Registration {
    ticket: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

pub(super) async fn page(visit: Visit, Query(query): Query<Ticket>) -> Result<Response, Response> {
    let (new_user, claim) = new_user(&visit, &query.ticket).await?;
    // A user who has signed in in the meantime joins with that account, if the account has the address.
    if visit.user().is_some() {
        return Ok(see_other(claim.as_str()));
    }
    Ok(show(&visit, &new_user, &claim, None))
}

/// Creates the account, signs it in, and redirects to the claim. If an account already has the address, nobody is
/// signed in to it this way: its owner must sign in.
pub(super) async fn submit(visit: Visit, Form(form): Form<Registration>) -> Result<Response, Response> {
    let (new_user, claim) = new_user(&visit, &form.ticket).await?;
    let name = form.name.trim();
    let problem = if name.is_empty() || name.chars().count() > NAME {
        Some("Give a name of at most 60 characters.")
    } else if form.password.chars().count() < PASSWORD {
        Some("Give a password of at least 8 characters.")
    } else {
        None
    };
    if problem.is_some() {
        return Ok(show(&visit, &new_user, &claim, problem));
    }
    let hash = PasswordHash::made(Secret::new(form.password)).await.map_err(failed)?;
    match visit.hub.model.register(name, new_user.email(), hash).await.map_err(failed)? {
        Some(user) => Ok(signed_in(&visit, &user.id, &claim).await),
        None => Ok(show(&visit, &new_user, &claim, None)),
    }
}

fn show(visit: &Visit, new_user: &NewUser, claim: &ReturnPath, problem: Option<&str>) -> Response {
    let taken = visit.hub.model.user_by_email(new_user.email()).is_some();
    pages::register(visit, new_user, claim, taken, problem).into_response()
}

/// Returns the new user, and the path to continue at after the account is signed in.
async fn new_user(visit: &Visit, ticket: &str) -> Result<(NewUser, ReturnPath), Response> {
    let new_user = visit.hub.sso.new_user(&visit.parts, ticket).await.map_err(|error| {
        if error.kind() == LoginErrorKind::LookupFailed {
            tracing::error!(%error, "asking for a new user");
            return unavailable();
        }
        let page =
            pages::message(visit, "That did not work", "Please follow the link that you were given again.");
        (StatusCode::FORBIDDEN, page).into_response()
    })?;
    let claim = new_user.continue_url().expose().strip_prefix(&visit.hub.origin).and_then(ReturnPath::parse);
    let claim = claim.ok_or_else(unavailable)?;
    Ok((new_user, claim))
}

fn failed(error: LookupError) -> Response {
    tracing::error!(%error, "making an account");
    unavailable()
}
