//! Which of several organizations a viewer still has to log in with SSO to.

use std::time::SystemTime;

use http::{HeaderName, HeaderValue};

use super::{
    ChallengeReason, Decision, Evaluation, LookupFailure, Pass, SsoPass, Target, banner::is_put_off,
    decide::Fact, effective::required_from,
};
use crate::{
    Membership, OrgId, OrgSlug, RequestHead, RequireError, ReturnPath, Sso, Viewer, address::Encoded,
};

/// How a viewer stands with several organizations: for a list that spans them, and for a banner.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Pending {
    /// Those whose content the viewer may get, as far as SSO goes.
    pub open: Vec<OrgId>,
    /// Those that want an SSO login first: leave their content out.
    pub required: Vec<PendingOrganization>,
    /// Those, also in `open`, that offer an SSO login.
    pub offered: Vec<PendingOrganization>,
}

/// An organization that the viewer can log in with SSO to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PendingOrganization {
    /// The organization.
    pub organization: OrgId,
    /// Its slug.
    pub slug: OrgSlug,
    /// Its name.
    pub name: String,
    /// Where the person logs in with SSO; it comes back to the front page. See
    /// [`sso_url_back_to`](PendingOrganization::sso_url_back_to).
    pub sso_url: String,
    /// Why an SSO login is required, where it is.
    pub why: Option<ChallengeReason>,
    /// The date from which the SSO login is required of this member, where it is offered until then.
    pub until: Option<SystemTime>,
    /// Whether this account, in this browser, has put the banner off. Never where an SSO login is required.
    pub put_off: bool,
}

impl PendingOrganization {
    /// [`sso_url`](PendingOrganization::sso_url), as it comes back to a path of this site.
    #[must_use]
    pub fn sso_url_back_to(&self, back: &ReturnPath) -> String {
        format!("{}?return_to={}", self.sso_url, Encoded(back.as_str()))
    }
}

impl Pending {
    /// The header for a list from which `required` organizations were left out:
    /// `X-SSO: partial-results; organizations=acme,initech`. None where nothing was.
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

impl Sso {
    /// Decides about each organization, for a list that spans them. A viewer who is not signed in has none pending.
    ///
    /// # Errors
    ///
    /// [`RequireError::Unavailable`] when a lookup failed: the list must not be answered as if it were whole.
    pub async fn pending(
        &self,
        request: impl Into<RequestHead<'_>>,
        organizations: impl IntoIterator<Item = OrgId>,
    ) -> Result<Pending, RequireError> {
        let head = request.into();
        let mut pending = Pending::default();
        let mut viewer = Fact::NotAsked;
        for organization in organizations {
            let mut evaluation = Evaluation::new(Target::Organization(organization.clone()));
            evaluation.facts.viewer = viewer;
            // What is asked for is the list, and not what of the organization's would stand in it.
            evaluation.facts.public = Fact::Known(false);
            let decision = match evaluation.conclude(self.core(), head).await {
                Ok(decision) => decision,
                Err(LookupFailure { verb, error }) => {
                    return Err(self.refuse_lookup(head, evaluation.about(), verb.as_str(), &error).into());
                }
            };
            match decision {
                Decision::NotEstablished => return Err(self.refuse_not_established(head).into()),
                Decision::Challenge(why) => {
                    pending.required.push(self.to_log_in(head, &evaluation, Some(why)).await?);
                }
                Decision::Pass(Pass::With(SsoPass::Offered(_))) => {
                    pending.offered.push(self.to_log_in(head, &evaluation, None).await?);
                    pending.open.push(organization);
                }
                Decision::Pass(Pass::Untouched | Pass::With(SsoPass::NotRequired(_) | SsoPass::Fresh(_))) => {
                    pending.open.push(organization);
                }
            }
            viewer = evaluation.facts.viewer;
        }
        Ok(pending)
    }

    async fn to_log_in(
        &self,
        head: RequestHead<'_>,
        evaluation: &Evaluation,
        why: Option<ChallengeReason>,
    ) -> Result<PendingOrganization, RequireError> {
        let facts = &evaluation.facts;
        let (
            Some(connection),
            Fact::Known(Viewer::SignedIn { account, credential }),
            Fact::Known(Membership::Member(member)),
        ) = (evaluation.connection(), &facts.viewer, &facts.membership)
        else {
            return Err(self.refuse_namespace(head, "an SSO login of nobody, or to nowhere").into());
        };
        let organization = connection.organization();
        let slug = self.within(self.core().directory.slug(organization), "slug").await;
        let slug = slug.map_err(|error| self.refuse_lookup(head, evaluation.about(), "slug", &error))?;
        Ok(PendingOrganization {
            organization: organization.clone(),
            slug,
            name: connection.name().to_owned(),
            sso_url: self.remediation_url(connection, credential.kind),
            why,
            until: required_from(connection, *member, credential.kind, self.core().now()),
            put_off: why.is_none() && is_put_off(head, &self.core().addresses, organization, account),
        })
    }
}
