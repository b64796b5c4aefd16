//! An account for somebody who came by a join link: the organization's provider vouches for their email address.

use axum::{
    Form,
    extract::Query,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use tower_sso::{LoginErrorKind, LookupError, Newcomer, ReturnPath, Secret};

use super::sign_in::signed_in;
use crate::{
    pages,
    password::PasswordHash,
    visit::{Visit, see_other, unavailable},
};

/// The longest name, and the shortest password.
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
    let (newcomer, claim) = newcomer(&visit, &query.ticket).await?;
    // Who has signed in meanwhile joins with that account, if it has the address.
    if visit.user().is_some() {
        return Ok(see_other(claim.as_str()));
    }
    Ok(show(&visit, &newcomer, &claim, None))
}

/// Makes the account, signs it in, and goes on to the claim. An account that has the address already is nobody's by
/// that: its owner signs in to it.
pub(super) async fn submit(visit: Visit, Form(form): Form<Registration>) -> Result<Response, Response> {
    let (newcomer, claim) = newcomer(&visit, &form.ticket).await?;
    let name = form.name.trim();
    let problem = if name.is_empty() || name.chars().count() > NAME {
        Some("Give a name of at most 60 characters.")
    } else if form.password.chars().count() < PASSWORD {
        Some("Give a password of at least 8 characters.")
    } else {
        None
    };
    if problem.is_some() {
        return Ok(show(&visit, &newcomer, &claim, problem));
    }
    let hash = PasswordHash::made(Secret::new(form.password)).await.map_err(failed)?;
    match visit.hub.model.register(name, newcomer.email(), hash) {
        Some(user) => Ok(signed_in(&visit, &user.id, &claim).await),
        None => Ok(show(&visit, &newcomer, &claim, None)),
    }
}

fn show(visit: &Visit, newcomer: &Newcomer, claim: &ReturnPath, problem: Option<&str>) -> Response {
    let taken = visit.hub.model.user_by_email(newcomer.email()).is_some();
    pages::register(visit, newcomer, claim, taken, problem).into_response()
}

/// Who it is, and where their account goes once it is signed in.
async fn newcomer(visit: &Visit, ticket: &str) -> Result<(Newcomer, ReturnPath), Response> {
    let newcomer = visit.hub.sso.newcomer(&visit.parts, ticket).await.map_err(|error| {
        if error.kind() == LoginErrorKind::LookupFailed {
            tracing::error!(%error, "asking for a newcomer");
            return unavailable();
        }
        let page =
            pages::message(visit, "That did not work", "Please follow the link that you were given again.");
        (StatusCode::FORBIDDEN, page).into_response()
    })?;
    let claim = newcomer.claim().expose().strip_prefix(&visit.hub.origin).and_then(ReturnPath::parse);
    let claim = claim.ok_or_else(unavailable)?;
    Ok((newcomer, claim))
}

fn failed(error: LookupError) -> Response {
    tracing::error!(%error, "making an account");
    unavailable()
}
