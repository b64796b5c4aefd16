//! The page on which the owner of API tokens authorizes them for an organization.

use crate::enforce::require;
use crate::login::begin;
use crate::login::respond;
use crate::login::routes;
use crate::rebind;
use crate::revoke;
use std::sync::Arc;

use axum::{
    extract::{RawPathParams, Request, State},
    response::Response,
};
use http::{StatusCode, request::Parts};

use crate::{
    connection::{checked::Connection, policy::TokenPolicy},
    credential::{Credential, CredentialKind},
    directory::viewer::ApiToken,
    enforce::{challenge::Challenge, decide::SsoPass, refusal::Refusal, require::RequireError},
    error::{LoginError, kind::LoginErrorKind},
    fresh::session::{FreshSession, check},
    id::{AccountId, OrgId},
    login::{
        request::{MAX_FORM_BYTES, form, organization, query, same_origin},
        respond::see_other,
        start_params::{parameter, step_up},
    },
    pages::tokens::TokenRow,
    session::store::{RevocationScope, SessionKey},
    state::Core,
    step_up::StepUp,
};

/// An account with a fresh SSO session in one of its browsers.
pub(crate) struct TokenOwner {
    pub(crate) account: AccountId,
    pub(crate) connection: Arc<Connection>,
    proof: FreshSession,
}

/// The reason why a request does not come from a [`TokenOwner`].
pub(crate) enum NotTokenOwner {
    /// Nobody is signed in to the host.
    NotSignedIn,
    Refused(LoginError),
    /// The account has to log in with SSO first.
    Challenge(Challenge),
    Unavailable(Refusal),
}

impl From<LoginError> for NotTokenOwner {
    fn from(error: LoginError) -> Self {
        Self::Refused(error)
    }
}

/// Shows the viewer's tokens.
pub(crate) async fn tokens(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    let shown = async {
        let asked = step_up(query(&parts))
            .map_err(|error| respond::refuse_login(&core, &organization, &error, None))?;
        let owner = owner(&core, &parts, &organization, &asked).await;
        let owner = owner.map_err(|no| reject_non_owner(&core, &organization, &asked, no))?;
        let page = tokens_page(&core, &organization, &owner, &asked).await;
        page.map_err(|error| respond::refuse_login(&core, &organization, &error.of(&owner.account), None))
    };
    shown.await.unwrap_or_else(|refused| refused)
}

/// Authorizes one of the viewer's tokens, or revokes its authorization.
pub(crate) async fn change_token(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let changed = async {
        let asked = async {
            same_origin(&parts.headers, core.addresses.origin())?;
            let form = form(body, MAX_FORM_BYTES).await?;
            Ok((parameter(&form, "token")?, parameter(&form, "do")?, step_up(&form)?))
        };
        let refuse = |error: LoginError| respond::refuse_login(&core, &organization, &error, None);
        let (token, does, asked) = asked.await.map_err(refuse)?;
        let owner = owner(&core, &parts, &organization, &asked).await;
        let owner = owner.map_err(|no| reject_non_owner(&core, &organization, &asked, no))?;
        let changed = change(&core, &organization, &owner, token.as_deref(), does.as_deref()).await;
        changed.map_err(|error| refuse(error.of(&owner.account)))?;
        Ok(see_other(&core.addresses.tokens(&organization, &asked)))
    };
    changed.await.unwrap_or_else(|refused: Response| refused)
}

/// Checks that the viewer may authorize tokens: the viewer must be a member with a fresh SSO session of an app
/// session, and the SSO session must meet what a handler demanded of the token.
pub(crate) async fn owner(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    asked: &StepUp,
) -> Result<TokenOwner, NotTokenOwner> {
    let (account, credential) = match begin::signed_in(core, parts).await {
        Ok(viewer) => viewer,
        Err(error) if error.kind() == LoginErrorKind::NotSignedIn => {
            return Err(NotTokenOwner::NotSignedIn);
        }
        Err(error) => return Err(error.into()),
    };
    let member = async {
        // A token can't authorize tokens.
        if credential.kind != CredentialKind::Session {
            return Err(LoginErrorKind::NotSignedIn.into());
        }
        let connection = begin::connection(core, organization).await?;
        begin::member(core, organization, &account).await?;
        Ok(connection)
    };
    let connection = member.await.map_err(|error: LoginError| error.of(&account))?;
    match require::step_up(core, parts, organization, asked).await {
        Ok(SsoPass::Fresh(proof)) => Ok(TokenOwner { account, connection, proof }),
        // If the account needs no SSO login here, its tokens do not need one either.
        Ok(SsoPass::NotRequired(_) | SsoPass::Offered(_)) => {
            Err(LoginError::from(LoginErrorKind::NoConnection).of(&account).into())
        }
        Err(RequireError::Challenge(challenge)) => Err(NotTokenOwner::Challenge(challenge)),
        Err(RequireError::Unavailable(refusal)) => Err(NotTokenOwner::Unavailable(refusal)),
    }
}

/// Returns the response for a viewer who is not a token owner. A viewer who can log in with SSO is sent to do
/// that.
fn reject_non_owner(core: &Core, organization: &OrgId, asked: &StepUp, no: NotTokenOwner) -> Response {
    let addresses = &core.addresses;
    let here = addresses.tokens(organization, asked);
    match no {
        NotTokenOwner::NotSignedIn => routes::to_sign_in(core, organization, &here, None),
        NotTokenOwner::Refused(error) => respond::refuse_login(core, organization, &error, None),
        NotTokenOwner::Challenge(_) => {
            let back = addresses.path_of(&here);
            see_other(&addresses.start_asking(organization, back.as_ref(), asked))
        }
        NotTokenOwner::Unavailable(refusal) => refusal.into_response(),
    }
}

async fn tokens_page(
    core: &Core,
    organization: &OrgId,
    owner: &TokenOwner,
    asked: &StepUp,
) -> Result<Response, LoginError> {
    let rows = token_rows(core, organization, owner, asked).await?;
    let action = core.addresses.path(organization, "tokens");
    let fields: Vec<_> = asked.parameters().collect();
    let page = core.pages.tokens(owner.connection.name(), owner.connection.tokens, &rows, &action, &fields);
    Ok(page.into_response(StatusCode::OK))
}

/// Returns the owner's tokens, and until when each is authorized.
pub(crate) async fn token_rows(
    core: &Core,
    organization: &OrgId,
    owner: &TokenOwner,
    asked: &StepUp,
) -> Result<Vec<TokenRow>, LoginError> {
    let now = core.now();
    let tokens = core.with_timeout(core.directory.tokens(&owner.account), "tokens").await?;
    let mut rows = Vec::with_capacity(tokens.len());
    for ApiToken { id, name } in tokens {
        let credential = Credential::token(id);
        let key = SessionKey { credential: &credential, organization, account: &owner.account };
        let found = core.with_timeout(core.sessions.find(key), "session.find").await?;
        let fresh = found.and_then(|it| check(&it, key, owner.connection.version(), &core.endings, now).ok());
        let until = fresh.as_ref().map(|fresh| fresh.expires_at());
        let enough = fresh.is_none_or(|fresh| asked.met_by(fresh.session(), now).is_ok());
        rows.push(TokenRow { id: credential.id.as_str().to_owned(), name, until, enough });
    }
    Ok(rows)
}

/// Applies a button's action to one of the viewer's tokens.
pub(crate) async fn change(
    core: &Core,
    organization: &OrgId,
    owner: &TokenOwner,
    token: Option<&str>,
    does: Option<&str>,
) -> Result<(), LoginError> {
    // An authorization under an earlier policy can always be revoked.
    if owner.connection.tokens != TokenPolicy::Authorized && does != Some("revoke") {
        let detail = "tokens of this connection are not authorized one by one";
        return Err(LoginError::with(LoginErrorKind::RequestInvalid, detail));
    }
    let tokens = core.with_timeout(core.directory.tokens(&owner.account), "tokens").await?;
    let token = token.and_then(|id| tokens.into_iter().find(|token| token.id.as_str() == id));
    match (token, does) {
        // If a sign-out comes in between, the token stays unauthorized, and the page then shows that.
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
