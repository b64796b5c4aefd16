//! The lookups that the steps of an SSO login share, with the errors of an SSO login: the viewer, the connection, the
//! membership. A failed lookup is an error, never a "no".

use std::sync::Arc;

use http::{HeaderValue, request::Parts};

use crate::{
    audit::request::note_connection,
    binding_cookie::BindingSecret,
    connection::{checked::Connection, policy::Enforcement},
    directory::{
        membership::Membership,
        viewer::{SignedIn, Viewer},
    },
    error::{kind::LoginErrorKind, login_error::LoginError},
    login::{
        failure::{LoginFailure, OrFailure as _},
        record::BegunLogin,
    },
    return_to::ReturnTo,
    state::Core,
};
use tower_sso_core::{AccountId, CredentialKind, OrgId};

/// The viewer who is signed in, with what an SSO login needs to belong to the viewer's browser.
pub(crate) struct BoundViewer {
    pub(crate) signed_in: SignedIn,
    /// The header that sets or prolongs the [binding cookie](crate::binding_cookie), if the app session has no id. A
    /// page on which an SSO login begins, or on which a session is stored, sends it.
    pub(crate) cookie: Option<HeaderValue>,
}

impl BoundViewer {
    /// Returns what a rate limit counts: the credential. A browser can drop its binding cookie and get another
    /// credential, and therefore the account is counted in its place.
    pub(crate) fn rate_limited_by(&self) -> [&str; 2] {
        match self.cookie {
            Some(_) => ["account", self.signed_in.account.as_str()],
            None => self.signed_in.credential.parts(),
        }
    }
}

/// Returns the viewer who is signed in to the app. Fails with `NotSignedIn` if nobody is.
pub(crate) async fn signed_in(core: &Core, parts: &Parts) -> Result<SignedIn, LoginError> {
    Ok(bound_viewer(core, parts).await?.signed_in)
}

/// Returns the viewer who is signed in to the app, in the request's browser. Fails with `NotSignedIn` if nobody is.
async fn bound_viewer(core: &Core, parts: &Parts) -> Result<BoundViewer, LoginError> {
    match core.with_timeout(core.directory.viewer(parts.into()), "viewer").await? {
        Viewer::SignedIn(signed_in) => Ok(BoundViewer { signed_in, cookie: None }),
        Viewer::WithoutSessionId(account) => {
            // Without a binding cookie, the viewer gets a new credential, to which nothing belongs yet.
            let secret = match BindingSecret::read(&parts.headers, &core.addresses) {
                Some(secret) => secret,
                None => BindingSecret::new()?,
            };
            let cookie = Some(secret.set_cookie(&core.addresses)?);
            let credential = secret.credential(&account);
            Ok(BoundViewer { signed_in: SignedIn { account, credential }, cookie })
        }
        Viewer::Anonymous => Err(LoginErrorKind::NotSignedIn.into()),
        Viewer::NotEstablished => Err(LoginErrorKind::ViewerNotEstablished.into()),
    }
}

/// Returns the viewer who is signed in with an app session. An API token cannot log in with SSO, not even for itself:
/// its owner authorizes it.
pub(crate) async fn browser_viewer(core: &Core, parts: &Parts) -> Result<BoundViewer, LoginFailure> {
    let viewer = bound_viewer(core, parts).await?;
    let SignedIn { account, credential } = &viewer.signed_in;
    match credential.kind {
        CredentialKind::Session => Ok(viewer),
        CredentialKind::Token | CredentialKind::OrganizationToken => {
            let detail = "an API token can neither log in with SSO nor use a join link";
            Err(LoginError::with(LoginErrorKind::RequestInvalid, detail)).for_account(account)
        }
    }
}

/// Returns the viewer who is signed in with an app session, or `None` if nobody is signed in.
pub(crate) async fn browser_viewer_if_any(
    core: &Core,
    parts: &Parts,
) -> Result<Option<BoundViewer>, LoginFailure> {
    match browser_viewer(core, parts).await {
        Ok(viewer) => Ok(Some(viewer)),
        Err(failure) if failure.kind() == LoginErrorKind::NotSignedIn => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Returns the organization's connection, unless it is off.
pub(crate) async fn connection(core: &Core, organization: &OrgId) -> Result<Arc<Connection>, LoginError> {
    let found = core.with_timeout(core.connections.find(organization), "connection").await?;
    found
        .inspect(|connection| note_connection(connection, &core.keys))
        .filter(|connection| connection.enforcement() != Enforcement::Off)
        .ok_or_else(|| LoginErrorKind::NoConnection.into())
}

/// Returns the connection with which an SSO login began. The SSO login must belong to this organization, and the
/// connection must still have the same version.
pub(crate) async fn unchanged_connection(
    core: &Core,
    organization: &OrgId,
    login: &BegunLogin,
) -> Result<Arc<Connection>, LoginError> {
    if login.organization != *organization {
        return Err(LoginErrorKind::OtherOrganization.into());
    }
    let connection = connection(core, organization).await?;
    if !connection.has_version(&core.keys, &login.version) {
        return Err(LoginErrorKind::ConnectionChanged.into());
    }
    Ok(connection)
}

/// Checks that a page to return to is of this site, or of a host of this organization: one from which the layer reads
/// this organization.
pub(crate) async fn check_return(
    core: &Core,
    organization: &OrgId,
    page: &ReturnTo,
) -> Result<(), LoginError> {
    let Some(label) = page.label() else { return Ok(()) };
    let named = core.with_timeout(core.directory.organization(label), "organization").await?;
    if named.as_ref() == Some(organization) { Ok(()) } else { Err(LoginErrorKind::ReturnPathInvalid.into()) }
}

/// Checks that the account is a member. Only members can log in with SSO.
pub(crate) async fn check_member(
    core: &Core,
    organization: &OrgId,
    account: &AccountId,
) -> Result<(), LoginError> {
    match core.with_timeout(core.directory.membership(organization, account), "membership").await? {
        Membership::Member(_) => Ok(()),
        Membership::ExternalCollaborator | Membership::ServiceAccount | Membership::NonMember => {
            Err(LoginErrorKind::NotMember.into())
        }
    }
}
