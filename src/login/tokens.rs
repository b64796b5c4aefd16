//! The page on which the owner of API tokens authorizes them for an organization, and its rules.
//!
//! Only a member with a fresh SSO session of an app session is a [`TokenOwner`]. A token cannot authorize tokens. To
//! authorize a token gives it an SSO session that ends with the owner's. `tokens_json` is the same for scripts.

use crate::{
    connection::{checked::Connection, policy::TokenPolicy},
    directory::{tokens::ApiToken, viewer::SignedIn},
    enforce::{
        challenge::Challenge,
        decide::SsoPass,
        refusal::Refusal,
        require::{self, RequireError},
    },
    error::{kind::LoginErrorKind, login_error::LoginError},
    fresh::session::{FreshSession, check},
    login::{
        failure::{LoginFailure, OrFailure as _},
        lookups,
        onward::see_other,
        request::{organization, own_form, parameter, query},
        respond::refuse_login,
        sign_in::to_sign_in,
        start_params::parse_step_up,
    },
    pages::tokens::TokenRow,
    rebind,
    return_to::ReturnTo,
    revoke,
    state::Core,
    step_up::StepUp,
};
use std::sync::Arc;
use tower_sso_core::{
    AccountId, Credential, CredentialKind, OrgId, session::RevocationScope, store::SessionKey,
};

use axum::{
    body::Body,
    extract::{RawPathParams, Request, State},
    response::Response,
};
use http::{StatusCode, request::Parts};

/// An account with a fresh SSO session in one of its browsers.
pub(crate) struct TokenOwner {
    pub(crate) account: AccountId,
    pub(crate) connection: Arc<Connection>,
    proof: FreshSession,
}

/// The reason why a request does not come from a [`TokenOwner`].
pub(crate) enum NotTokenOwner {
    /// Nobody is signed in to the app.
    NotSignedIn,
    /// The viewer cannot be a token owner here.
    Refused(LoginFailure),
    /// The account has to log in with SSO first.
    Challenge(Challenge),
    /// A lookup failed.
    Unavailable(Refusal),
}

impl From<LoginFailure> for NotTokenOwner {
    fn from(failure: LoginFailure) -> Self {
        Self::Refused(failure)
    }
}

/// Shows the viewer's tokens.
pub(crate) async fn tokens(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, parts) = (organization(&params), request.into_parts().0);
    let step_up = match parse_step_up(query(&parts)) {
        Ok(step_up) => step_up,
        Err(error) => return refuse_login(&core, &organization, error),
    };
    match token_owner(&core, &parts, &organization, &step_up).await {
        Ok(owner) => {
            let page = tokens_page(&core, &organization, &owner, &step_up).await.for_account(&owner.account);
            page.unwrap_or_else(|failure| refuse_login(&core, &organization, failure))
        }
        Err(reason) => reject_non_owner(&core, &organization, &step_up, reason),
    }
}

/// Authorizes one of the viewer's tokens, or revokes its authorization.
pub(crate) async fn change_token(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let change = match TokenChange::read(&core, &parts, body).await {
        Ok(change) => change,
        Err(error) => return refuse_login(&core, &organization, error),
    };
    let step_up = &change.step_up;
    match token_owner(&core, &parts, &organization, step_up).await {
        Ok(owner) => {
            let changed = change_as_owner(&core, &organization, &owner, &change).await;
            match changed.for_account(&owner.account) {
                Ok(()) => see_other(&core.addresses.tokens(&organization, step_up)),
                Err(failure) => refuse_login(&core, &organization, failure),
            }
        }
        Err(reason) => reject_non_owner(&core, &organization, step_up, reason),
    }
}

/// The change that a form or a script requests.
pub(crate) struct TokenChange {
    /// The id of the token's credential.
    pub(crate) token: Option<String>,
    /// `authorise` or `revoke`.
    pub(crate) action: Option<String>,
    /// What a handler demanded of the token's SSO session.
    pub(crate) step_up: StepUp,
}

impl TokenChange {
    async fn read(core: &Core, parts: &Parts, body: Body) -> Result<Self, LoginError> {
        let form = own_form(core, parts, body).await?;
        let (token, action) = (parameter(&form, "token")?, parameter(&form, "do")?);
        Ok(Self { token, action, step_up: parse_step_up(&form)? })
    }
}

/// Checks that the viewer may authorize tokens: a member, signed in with an app session that has a fresh SSO session,
/// which meets what a handler demanded of the token.
pub(crate) async fn token_owner(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    step_up: &StepUp,
) -> Result<TokenOwner, NotTokenOwner> {
    let viewer = match lookups::signed_in(core, parts).await {
        Ok(viewer) => viewer,
        Err(error) if error.kind() == LoginErrorKind::NotSignedIn => {
            return Err(NotTokenOwner::NotSignedIn);
        }
        Err(error) => return Err(LoginFailure::from(error).into()),
    };
    let connection = member_connection(core, organization, &viewer).await.for_account(&viewer.account)?;
    match require::step_up(core, parts.into(), organization, step_up).await {
        Ok(SsoPass::Fresh(proof)) => Ok(TokenOwner { account: viewer.account, connection, proof }),
        // If the account needs no SSO login here, its tokens do not need one either.
        Ok(SsoPass::NotRequired(_) | SsoPass::Offered(_)) => {
            Err(LoginFailure::from(LoginErrorKind::NoConnection).for_account(&viewer.account).into())
        }
        Err(RequireError::Challenge(challenge)) => Err(NotTokenOwner::Challenge(challenge)),
        Err(RequireError::Unavailable(refusal)) => Err(NotTokenOwner::Unavailable(refusal)),
    }
}

/// Returns the connection if the viewer is a member who is signed in with an app session. A token cannot authorize
/// tokens.
async fn member_connection(
    core: &Core,
    organization: &OrgId,
    viewer: &SignedIn,
) -> Result<Arc<Connection>, LoginError> {
    if viewer.credential.kind != CredentialKind::Session {
        return Err(LoginErrorKind::NotSignedIn.into());
    }
    let connection = lookups::connection(core, organization).await?;
    lookups::check_member(core, organization, &viewer.account).await?;
    Ok(connection)
}

/// Returns the response for a viewer who is not a token owner. A member without a fresh SSO session is sent to the
/// start page.
fn reject_non_owner(core: &Core, organization: &OrgId, step_up: &StepUp, reason: NotTokenOwner) -> Response {
    let addresses = &core.addresses;
    let here = addresses.tokens(organization, step_up);
    match reason {
        NotTokenOwner::NotSignedIn => to_sign_in(core, organization, &here, None),
        NotTokenOwner::Refused(failure) => refuse_login(core, organization, failure),
        NotTokenOwner::Challenge(_) => {
            let back = addresses.path_of(&here).map(ReturnTo::from);
            see_other(&addresses.start_asking(organization, back.as_ref(), step_up))
        }
        NotTokenOwner::Unavailable(refusal) => refusal.into_response(),
    }
}

async fn tokens_page(
    core: &Core,
    organization: &OrgId,
    owner: &TokenOwner,
    step_up: &StepUp,
) -> Result<Response, LoginError> {
    let rows = token_rows(core, organization, owner, step_up).await?;
    let action = core.addresses.path(organization, "tokens");
    let fields: Vec<_> = step_up.parameters().collect();
    let page = core.pages.tokens(owner.connection.name(), owner.connection.tokens, &rows, &action, &fields);
    Ok(page.into_response(StatusCode::OK))
}

/// Returns the owner's tokens, and until when each is authorized.
pub(crate) async fn token_rows(
    core: &Core,
    organization: &OrgId,
    owner: &TokenOwner,
    step_up: &StepUp,
) -> Result<Vec<TokenRow>, LoginError> {
    let now = core.now();
    let tokens = core.with_timeout(core.tokens.tokens(&owner.account), "tokens").await?;
    let mut rows = Vec::with_capacity(tokens.len());
    for ApiToken { id, name } in tokens {
        let credential = Credential::token(id);
        let key = SessionKey { credential: &credential, organization, account: &owner.account };
        let found = core.with_timeout(core.sessions.find(key), "session.find").await?;
        let fresh = found.and_then(|it| check(&it, key, &owner.connection, &core.end_notifier, now).ok());
        let until = fresh.as_ref().map(|fresh| fresh.expires_at());
        let enough = fresh.is_none_or(|fresh| step_up.met_by(fresh.session(), now).is_ok());
        rows.push(TokenRow { id: credential.id.as_str().to_owned(), name, until, enough });
    }
    Ok(rows)
}

/// Authorizes one of the owner's tokens, or revokes its authorization.
pub(crate) async fn change_as_owner(
    core: &Core,
    organization: &OrgId,
    owner: &TokenOwner,
    change: &TokenChange,
) -> Result<(), LoginError> {
    let action = change.action.as_deref();
    // An authorization under an earlier policy can always be revoked.
    if owner.connection.tokens != TokenPolicy::Authorized && action != Some("revoke") {
        let detail = "tokens of this connection are not authorized one by one";
        return Err(LoginError::with(LoginErrorKind::RequestInvalid, detail));
    }
    let tokens = core.with_timeout(core.tokens.tokens(&owner.account), "tokens").await?;
    let token =
        change.token.as_deref().and_then(|id| tokens.into_iter().find(|token| token.id.as_str() == id));
    match (token, action) {
        // If a sign-out comes in between, the token stays unauthorized. The page then shows that.
        (Some(token), Some("authorise")) => {
            rebind::authorize_token(core, &owner.proof, &token.id).await?;
        }
        (Some(token), Some("revoke")) => {
            let scope = RevocationScope::Session {
                credential: Credential::token(token.id),
                organization: organization.clone(),
                account: owner.account.clone(),
            };
            revoke::revoke(core, scope).await?;
        }
        (None, _) | (Some(_), _) => return Err(LoginErrorKind::RequestInvalid.into()),
    }
    Ok(())
}
