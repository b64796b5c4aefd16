//! Which of several organizations a viewer still has to sign on to.

use std::time::SystemTime;

use http::{HeaderName, HeaderValue};

use super::{
    Decision, Inquiry, Pass, SsoPass, Target, Unanswered, Why, banner::is_put_off, decide::Fact,
    effective::required_from,
};
use crate::{OrgId, OrgSlug, RequestHead, RequireError, ReturnPath, Sso, Standing, Viewer, address::Encoded};

/// How a viewer stands with several organizations: for a list that spans them, and for a banner.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Pending {
    /// Those whose content the viewer may get, as far as SSO goes.
    pub open: Vec<OrgId>,
    /// Those that want a sign-on first: leave their content out.
    pub required: Vec<PendingOrganization>,
    /// Those, also in `open`, that offer a sign-on.
    pub offered: Vec<PendingOrganization>,
}

/// An organization that the viewer can sign on to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PendingOrganization {
    /// The organization.
    pub organization: OrgId,
    /// Its slug.
    pub slug: OrgSlug,
    /// Its name.
    pub name: String,
    /// Where the person signs on; it comes back to the front page. See
    /// [`sso_url_back_to`](PendingOrganization::sso_url_back_to).
    pub sso_url: String,
    /// Why a sign-on is required, where it is.
    pub why: Option<Why>,
    /// The date from which the sign-on is required of this member, where it is offered until then.
    pub until: Option<SystemTime>,
    /// Whether this account, in this browser, has put the banner off. Never where a sign-on is required.
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
            let mut inquiry = Inquiry::new(Target::Organization(organization.clone()));
            inquiry.facts.viewer = viewer;
            // What is asked for is the list, and not what of the organization's would stand in it.
            inquiry.facts.public = Fact::Known(false);
            let decision = match inquiry.conclude(self.core(), head).await {
                Ok(decision) => decision,
                Err(Unanswered { verb, error }) => {
                    return Err(self.refuse_lookup(head, inquiry.about(), verb.as_str(), &error).into());
                }
            };
            match decision {
                Decision::NotEstablished => return Err(self.refuse_not_established(head).into()),
                Decision::Challenge(why) => {
                    pending.required.push(self.to_sign_on(head, &inquiry, Some(why)).await?);
                }
                Decision::Pass(Pass::With(SsoPass::Offered(_))) => {
                    pending.offered.push(self.to_sign_on(head, &inquiry, None).await?);
                    pending.open.push(organization);
                }
                Decision::Pass(Pass::Untouched | Pass::With(SsoPass::NotRequired(_) | SsoPass::Fresh(_))) => {
                    pending.open.push(organization);
                }
            }
            viewer = inquiry.facts.viewer;
        }
        Ok(pending)
    }

    async fn to_sign_on(
        &self,
        head: RequestHead<'_>,
        inquiry: &Inquiry,
        why: Option<Why>,
    ) -> Result<PendingOrganization, RequireError> {
        let facts = &inquiry.facts;
        let (
            Some(connection),
            Fact::Known(Viewer::SignedIn { account, credential }),
            Fact::Known(Standing::Member(member)),
        ) = (inquiry.connection(), &facts.viewer, &facts.standing)
        else {
            return Err(self.refuse_namespace(head, "a sign-on of nobody, or to nowhere").into());
        };
        let organization = connection.organization();
        let slug = self.within(self.core().directory.slug(organization), "slug").await;
        let slug = slug.map_err(|error| self.refuse_lookup(head, inquiry.about(), "slug", &error))?;
        Ok(PendingOrganization {
            organization: organization.clone(),
            slug,
            name: connection.name().to_owned(),
            sso_url: self.way_in(connection, credential.kind),
            why,
            until: required_from(connection, *member, credential.kind, self.core().now()),
            put_off: why.is_none() && is_put_off(head, &self.core().addresses, organization, account),
        })
    }
}
