//! [`Pending`]: the decision about several organizations in one request, for lists that span organizations.
//!
//! The decision about each organization is the same as in the layer, with two differences. The viewer is looked up only once, and the
//! content never counts as public, because the request is for the list. If a lookup fails, the whole result is an
//! error.

use crate::{
    challenge_reason::ChallengeReason,
    directory::{membership::Membership, viewer::Viewer},
    enforce::{
        decide::{Decision, Fact, SsoPass},
        dismissed::is_dismissed,
        effective::required_from,
        evaluation::{Evaluation, LookupFailure, Target},
        refusal,
        require::{self, RequireError},
    },
    request_head::RequestHead,
    state::Core,
};
use std::time::SystemTime;

use http::{HeaderName, HeaderValue};
use tower_sso_core::{OrgId, OrgSlug, ReturnPath, internal::Encoded};

/// The result of a decision about several organizations, for a list that spans them or for a banner.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Pending {
    /// The organizations whose content the list may contain: an SSO login is not required, or has been made.
    pub open: Vec<OrgId>,
    /// The organizations that require an SSO login first. The app must leave their content out.
    pub required: Vec<PendingOrganization>,
    /// The organizations that offer an SSO login but do not require it. They are also in `open`.
    pub offered: Vec<PendingOrganization>,
}

/// An organization that the viewer can log in to with SSO.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PendingOrganization {
    /// The id of the organization.
    pub organization: OrgId,
    /// The slug of the organization.
    pub slug: OrgSlug,
    /// The name of the organization.
    pub name: String,
    /// The URL where the user logs in with SSO. Afterwards it leads to the front page. To lead elsewhere, use
    /// [`sso_url_back_to`](PendingOrganization::sso_url_back_to).
    pub sso_url: String,
    /// The reason why an SSO login is required. `None` if it is only offered.
    pub why: Option<ChallengeReason>,
    /// The future date from which an SSO login is required of this member. `None` if there is no such date.
    pub until: Option<SystemTime>,
    /// Whether this account dismissed the banner in this browser. Always `false` if an SSO login is required.
    pub dismissed: bool,
}

impl PendingOrganization {
    /// Returns [`sso_url`](PendingOrganization::sso_url) with a path of this site to return to.
    #[must_use]
    pub fn sso_url_back_to(&self, back: &ReturnPath) -> String {
        self.sso_url_with(back.as_str())
    }

    /// Returns `sso_url` with this parameter `return_to`.
    pub(crate) fn sso_url_with(&self, return_to: &str) -> String {
        format!("{}?return_to={}", self.sso_url, Encoded(return_to))
    }
}

impl Pending {
    /// Returns the header for a list from which the organizations in `required` were left out:
    /// `X-SSO: partial-results; organizations=acme,initech`. Returns `None` if nothing was left out.
    #[must_use]
    pub fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        if self.required.is_empty() {
            return None;
        }
        let slugs: Vec<_> = self.required.iter().map(|it| Encoded(it.slug.as_str()).to_string()).collect();
        let value =
            HeaderValue::from_str(&format!("partial-results; organizations={}", slugs.join(","))).ok()?;
        Some((HeaderName::from_static("x-sso"), value))
    }
}

/// Decides about each organization, for a list that spans them. If nobody is signed in, no organization is
/// pending.
pub(crate) async fn pending(
    core: &Core,
    head: RequestHead<'_>,
    organizations: impl IntoIterator<Item = OrgId>,
) -> Result<Pending, RequireError> {
    let mut pending = Pending::default();
    let mut viewer = Fact::NotAsked;
    for organization in organizations {
        let mut evaluation = Evaluation::new(Target::Organization(organization.clone()));
        evaluation.facts.viewer = viewer;
        // The request is for the list, and therefore never for public content of one organization.
        evaluation.facts.public = Fact::Known(false);
        let decision = match evaluation.conclude(core, head).await {
            Ok(decision) => decision,
            Err(LookupFailure { fact, error }) => {
                return Err(refusal::refuse_lookup(
                    core,
                    head,
                    evaluation.audit_context(),
                    fact.as_str(),
                    &error,
                )
                .into());
            }
        };
        match decision {
            Decision::NotEstablished => return Err(refusal::refuse_not_established(core, head).into()),
            Decision::Challenge(why) => {
                pending.required.push(pending_organization(core, head, &evaluation, Some(why)).await?);
            }
            Decision::Pass(SsoPass::Offered(_)) => {
                pending.offered.push(pending_organization(core, head, &evaluation, None).await?);
                pending.open.push(organization);
            }
            Decision::PassUntouched | Decision::Pass(SsoPass::NotRequired(_) | SsoPass::Fresh(_)) => {
                pending.open.push(organization);
            }
        }
        viewer = evaluation.facts.viewer;
    }
    Ok(pending)
}

/// Returns the organization with what the app needs to show a link to its SSO login.
async fn pending_organization(
    core: &Core,
    head: RequestHead<'_>,
    evaluation: &Evaluation,
    why: Option<ChallengeReason>,
) -> Result<PendingOrganization, RequireError> {
    let facts = &evaluation.facts;
    let viewer = match &facts.viewer {
        Fact::Known(viewer) => viewer,
        Fact::NotAsked => &Viewer::NotEstablished,
    };
    let (Some(connection), (Some(account), Some(credential)), Fact::Known(Membership::Member(member))) =
        (evaluation.connection(), (viewer.account(), viewer.credential_kind()), &facts.membership)
    else {
        return Err(refusal::refuse_namespace(
            core,
            head,
            "a pending SSO login without an account or a connection",
        )
        .into());
    };
    let organization = connection.organization();
    let slug = core.with_timeout(core.directory.slug(organization), "slug").await;
    let slug =
        slug.map_err(|error| refusal::refuse_lookup(core, head, evaluation.audit_context(), "slug", &error))?;
    Ok(PendingOrganization {
        organization: organization.clone(),
        slug,
        name: connection.name().to_owned(),
        sso_url: require::remediation_url(core, connection, credential),
        why,
        until: required_from(connection, *member, credential, core.now()),
        dismissed: why.is_none() && is_dismissed(head, &core.addresses, organization, account),
    })
}
