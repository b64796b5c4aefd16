//! The decision of the layer about a request, in words. Each page shows it in the strip at its bottom.

use std::time::SystemTime;

use tower_sso::{NotRequired, SsoPass, middleware::OfferReason};

use crate::model::Organization;

/// A decision as shown in the strip.
pub(crate) struct Decision {
    /// The row of the decision table.
    pub(crate) row: u8,
    pub(crate) verdict: &'static str,
    pub(crate) reason: String,
    /// When the SSO session ends, if there is one.
    pub(crate) until: Option<SystemTime>,
}

impl Decision {
    fn new(row: u8, verdict: &'static str, reason: impl Into<String>) -> Self {
        Self { row, verdict, reason: reason.into(), until: None }
    }

    /// Returns the decision for a page outside every organization's namespace.
    pub(crate) fn outside() -> Self {
        Self::new(1, "Passed untouched", "This page is in no organization’s namespace.")
    }

    /// Returns the decision for a page in an organization's namespace.
    pub(crate) fn of(pass: &SsoPass, organization: Option<&Organization>) -> Self {
        let name = organization.map_or("The organization", |it| it.name.as_str());
        match pass {
            SsoPass::NotRequired(reason) => not_required(*reason, name),
            SsoPass::Offered(OfferReason::PublicContent) => {
                let reason = format!("{name} enforces single sign-on and leaves public content open.");
                Self::new(8, "Passed, SSO login offered", reason)
            }
            SsoPass::Offered(OfferReason::Optional | _) => {
                let reason = format!("Single sign-on to {name} is optional for you.");
                Self::new(7, "Passed, SSO login offered", reason)
            }
            SsoPass::Fresh(proof) => Self {
                until: Some(proof.expires_at()),
                ..Self::new(6, "Passed with proof", format!("You logged in with SSO to {name}."))
            },
        }
    }
}

fn not_required(reason: NotRequired, name: &str) -> Decision {
    let (row, verdict, reason) = match reason {
        NotRequired::Anonymous => {
            (2, "Passed untouched", "Nobody is signed in: the hub shows what is public.".to_owned())
        }
        NotRequired::UnknownOrganization => (3, "Passed", "The hub knows no such organization.".to_owned()),
        NotRequired::NoConnection => (3, "Passed", format!("{name} has no single sign-on.")),
        NotRequired::Off => (3, "Passed", format!("Single sign-on to {name} is switched off.")),
        NotRequired::NonMember => (4, "Passed", format!("You are no member of {name}.")),
        NotRequired::ExternalCollaborator => {
            (5, "Passed", format!("SSO is not required of external collaborators of {name}."))
        }
        NotRequired::ServiceAccount => {
            (5, "Passed", format!("SSO is not required of service accounts of {name}."))
        }
        NotRequired::Exempt => (5, "Passed", format!("A rule of {name} exempts you.")),
        _ => (5, "Passed", format!("{name} does not bind you.")),
    };
    Decision::new(row, verdict, reason)
}
