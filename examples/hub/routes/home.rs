//! The front page: who is signed in, the viewer's organizations, and the repositories that the viewer may see.

use axum::response::Response;
use tower_sso::{NotRequired, SsoPass};

use crate::{
    pages::{self, Card, Page, State},
    visit::Visit,
};

pub(super) async fn page(visit: Visit) -> Result<Page, Response> {
    let mut cards = Vec::new();
    if let Some(account) = visit.account() {
        for organization in visit.hub.model.organizations_of(account) {
            let state = state(&visit, organization).await?;
            cards.push(Card { organization, membership: organization.standing_name(account), state });
        }
    }
    Ok(pages::home(&visit, &cards))
}

/// Returns the viewer's state with an organization's single sign-on.
async fn state(visit: &Visit, organization: &crate::model::Organization) -> Result<State, Response> {
    let is_it = |it: &&tower_sso::middleware::PendingOrganization| it.organization == organization.id;
    if let Some(required) = visit.pending.required.iter().find(is_it) {
        return Ok(State::Required(visit.login_url(required)));
    }
    if let Some(offered) = visit.pending.offered.iter().find(is_it) {
        return Ok(State::Offered(visit.login_url(offered)));
    }
    // No SSO login is pending. The layer's result says why, and until when.
    match visit.hub.sso.require(&visit.parts, &organization.id).await {
        Ok(SsoPass::Fresh(proof)) => Ok(State::LoggedIn(proof.expires_at())),
        Ok(SsoPass::NotRequired(reason)) => Ok(State::NotRequired(words(reason))),
        Ok(SsoPass::Offered(_)) => Ok(State::NotRequired("SSO login offered")),
        Err(error) => Err(axum::response::IntoResponse::into_response(error)),
    }
}

fn words(reason: NotRequired) -> &'static str {
    match reason {
        NotRequired::NoConnection => "No single sign-on",
        NotRequired::Off => "Single sign-on is off",
        NotRequired::ExternalCollaborator => "Not required of collaborators",
        NotRequired::ServiceAccount => "Not required of service accounts",
        NotRequired::Exempt => "Exempt",
        NotRequired::NonMember => "Not a member",
        NotRequired::Anonymous | NotRequired::UnknownOrganization | _ => "Not required",
    }
}
