//! What the hub tells tower-sso, and what tower-sso tells the hub: everything that an app must write for single
//! sign-on.

use std::sync::Arc;

use axum::extract::{FromRequestParts as _, RawPathParams};
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, Directory, Lookup, LookupError, Membership, OrgId, OrgSlug,
    RequestHead, ReturnPath, Viewer,
    directory::{Logout, LogoutBy, LogoutHandler, LogoutOutcome},
    join::{JoinHandler, JoinOutcome, NewUser, SignUp},
    token::{ApiToken, TokenDirectory},
};

use crate::{
    credentials::Credentials,
    model::{Model, Visibility},
};

#[derive(Clone)]
pub(crate) struct HubDirectory {
    pub(crate) model: Arc<Model>,
    pub(crate) credentials: Arc<Credentials>,
}

impl Directory for HubDirectory {
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        // Without this extension, our authentication has not run. This is different from a request that nobody is
        // signed in for.
        Lookup::now(request.extensions.get().cloned().unwrap_or(Viewer::NotEstablished))
    }

    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        Lookup::now(self.model.by_slug(slug.as_str()).map(|it| it.id.clone()))
    }

    fn membership(&self, organization: &OrgId, account: &AccountId) -> Lookup<Membership> {
        Lookup::now(
            self.model
                .organization(organization)
                .map_or(Membership::NonMember, |it| it.membership_of(account)),
        )
    }

    fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
        match self.model.user(account) {
            Some(user) => Lookup::now(user.emails.all()),
            // The account of an organization has no email addresses.
            None if self.model.name(account).is_some() => Lookup::now(Vec::new()),
            None => Lookup::failed(LookupError::new("a viewer without an account")),
        }
    }

    fn apply(&self, login: &CompletedLogin) -> Lookup<ApplyOutcome> {
        let (model, login) = (Arc::clone(&self.model), login.clone());
        Lookup::later(async move {
            let organization = model.organization(&login.organization).ok_or_else(nowhere)?;
            organization.synchronized.apply(organization, &login, model.keep()).await
        })
    }

    // An invitation matches any verified address. Therefore no address may count as verified because another
    // organization says so: see `Model::register`.
    fn invitation(&self, organization: &OrgId, account: &AccountId) -> Lookup<Option<String>> {
        let found = self.model.organization(organization).zip(self.model.user(account));
        let role = found.and_then(|(organization, user)| organization.invitation(&user.emails.all()));
        Lookup::now(role.map(|role| role.name().to_owned()))
    }

    fn public_content(&self, request: RequestHead<'_>, organization: &OrgId) -> Lookup<bool> {
        let (model, mut parts, organization) =
            (Arc::clone(&self.model), request.to_parts(), organization.clone());
        Lookup::later(async move {
            let params = RawPathParams::from_request_parts(&mut parts, &()).await;
            let params = params.map_err(|error| LookupError::new(error.to_string()))?;
            Ok(asks_for_public(&model, &params, &organization))
        })
    }

    fn slug(&self, organization: &OrgId) -> Lookup<OrgSlug> {
        match self.model.organization(organization) {
            Some(organization) => Lookup::now(organization.slug.clone()),
            None => Lookup::failed(LookupError::new("an organization without a slug")),
        }
    }

    fn sign_in_url(&self, return_to: &ReturnPath) -> Option<ReturnPath> {
        ReturnPath::parse(&sign_in_path(return_to))
    }
}

impl TokenDirectory for HubDirectory {
    fn tokens(&self, account: &AccountId) -> Lookup<Vec<ApiToken>> {
        let tokens = self.credentials.tokens_of(account).into_iter();
        Lookup::now(tokens.map(|token| ApiToken::new(token.id, token.name)).collect())
    }
}

impl LogoutHandler for HubDirectory {
    fn logged_out(&self, logout: &Logout) -> Lookup<LogoutOutcome> {
        match logout.by {
            // The user signed out at the provider, which is meant for every app.
            LogoutBy::Provider => {
                let credentials = Arc::clone(&self.credentials);
                let ended: Vec<_> = logout.ended.iter().map(|it| it.credential.id.clone()).collect();
                Lookup::later(async move {
                    for id in ended {
                        credentials.sign_out(&id).await?;
                    }
                    Ok(LogoutOutcome::SignedOut)
                })
            }
            // The user ended the SSO session of one organization in the hub.
            LogoutBy::Viewer | _ => Lookup::now(LogoutOutcome::Kept),
        }
    }
}

impl JoinHandler for HubDirectory {
    fn join(&self, login: &CompletedLogin) -> Lookup<JoinOutcome> {
        let (model, login) = (Arc::clone(&self.model), login.clone());
        Lookup::later(async move {
            let organization = model.organization(&login.organization).ok_or_else(nowhere)?;
            organization.synchronized.join(organization, &login, model.keep()).await?;
            Ok(JoinOutcome::Done)
        })
    }

    fn welcome(&self, new_user: &NewUser) -> Lookup<SignUp> {
        let page = format!("/register?ticket={}", encoded(new_user.ticket().expose()));
        Lookup::now(ReturnPath::parse(&page).map_or(SignUp::Refused, SignUp::At))
    }
}

fn nowhere() -> LookupError {
    LookupError::new("an SSO login to an organization that is not there")
}

/// Returns the path of the hub's sign-in page, which returns to `return_to`.
pub(crate) fn sign_in_path(return_to: &ReturnPath) -> String {
    format!("/sign-in?return_to={}", encoded(return_to.as_str()))
}

/// Encodes a text as a value in a query.
pub(crate) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Returns whether a request is for a public repository of the organization. Uses the router's captures, so that it is
/// the same repository that the handler shows.
fn asks_for_public(model: &Model, params: &RawPathParams, organization: &OrgId) -> bool {
    let param = |name: &str| params.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
    let by_id = param("id").and_then(|id| id.parse().ok()).and_then(|id| model.repository(id));
    let by_name = || {
        let here = model.by_slug(param("org")?)?;
        Some((here, here.repositories().find(|it| Some(it.name.as_str()) == param("repo"))?))
    };
    by_id.or_else(by_name).is_some_and(|(owner, repository)| {
        owner.id == *organization && repository.visibility == Visibility::Public
    })
}
