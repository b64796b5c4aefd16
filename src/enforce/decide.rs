//! [`decide`]: the decision about a request in an organization's namespace. The rest of the crate serves this rule.
//!
//! The function is pure: the facts and the time are arguments, and it makes no lookup. If a fact is missing, it names
//! that one fact instead of guessing. A fact that was not looked up is therefore never taken for a "no".

use crate::{
    challenge_reason::ChallengeReason,
    connection::{
        checked::Connection,
        policy::{Enforcement, PublicContent},
    },
    directory::{
        membership::Membership,
        viewer::{SignedIn, Viewer},
    },
    enforce::effective::{EffectiveEnforcement, effective_enforcement, uses_owner_session},
    fresh::{
        end_notifier::EndNotifier,
        session::{FreshSession, check},
    },
};
use std::{sync::Arc, time::SystemTime};
use tower_sso_core::{CredentialKind, OrgId, session::SsoSession, store::SessionKey};

/// The facts about a request in an organization's namespace. They are looked up in this order, and only until there is
/// a decision.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) viewer: Fact<Viewer>,
    pub(crate) organization: Fact<Option<OrgId>>,
    pub(crate) connection: Fact<Option<Arc<Connection>>>,
    pub(crate) membership: Fact<Membership>,
    pub(crate) session: Fact<Option<Arc<SsoSession>>>,
    pub(crate) public: Fact<bool>,
}

/// A fact, or the state of not having looked it up. The two states keep "not asked" apart from "no".
#[derive(Debug, Default)]
pub(crate) enum Fact<T> {
    #[default]
    NotAsked,
    Known(T),
}

/// The result of [`decide`]: a decision, or one more fact to look up.
#[derive(Debug)]
pub(crate) enum Step {
    Decided(Decision),
    LookUp(FactKind),
}

/// The name of a fact. These are all the facts that a decision can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FactKind {
    Viewer,
    Organization,
    Connection,
    Membership,
    Session,
    PublicContent,
}

impl FactKind {
    /// Returns the stable name, which audit events and metrics show as the lookup.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Organization => "organization",
            Self::Connection => "connection",
            Self::Membership => "membership",
            Self::Session => "session",
            Self::PublicContent => "public_content",
        }
    }
}

/// The decision about a request.
#[derive(Debug)]
pub(crate) enum Decision {
    /// Nobody is signed in. The request continues, and nothing is added to it.
    PassUntouched,
    /// Someone is signed in. The request continues, and the pass is added to it.
    Pass(SsoPass),
    /// The response is a challenge.
    Challenge(ChallengeReason),
    /// The app's authentication has not run before this layer. This is a mistake in the app, and never a pass.
    NotEstablished,
}

/// Why the layer passed a request of a signed-in viewer in an organization's namespace.
///
/// These three are all that [the decision table](crate#the-rule) knows, so that a handler can match each of them. Their
/// reasons may grow.
#[derive(Clone, Debug)]
pub enum SsoPass {
    /// This viewer needs no SSO session for this organization.
    NotRequired(NotRequired),
    /// The viewer is a member without a fresh SSO session. The app may offer an SSO login.
    Offered(OfferReason),
    /// The viewer is a member with a fresh SSO session. The value is the proof.
    Fresh(FreshSession),
}

/// Why a member without a fresh SSO session passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OfferReason {
    /// SSO is currently optional for this member.
    Optional,
    /// SSO is enforced, but the request is for public content, and the connection leaves public content open.
    PublicContent,
}

impl OfferReason {
    /// Returns the stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::PublicContent => "public_content",
        }
    }
}

/// Why no SSO session was needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotRequired {
    /// Nobody is signed in.
    Anonymous,
    /// The app does not know the organization.
    UnknownOrganization,
    /// The organization has no connection.
    NoConnection,
    /// The organization's connection is off.
    Off,
    /// The viewer is not a member.
    NonMember,
    /// The viewer is an external collaborator.
    ExternalCollaborator,
    /// The viewer is a service account.
    ServiceAccount,
    /// The member, or the kind of credential, is exempt.
    Exempt,
}

/// Decides about a request in an organization's namespace, or names the one fact that is missing. The first row that
/// matches applies:
///
/// | # | situation | decision |
/// |---|---|---|
/// | 1 | path outside every organization's namespace | pass unchanged; this function is not called |
/// | 2 | nobody is signed in | pass unchanged |
/// | 3 | organization unknown, without a connection, or its connection is off | pass |
/// | 4 | not a member | pass |
/// | 5 | external collaborator, service account, or exempt by rule | pass |
/// | 6 | member, fresh SSO session | pass, with the proof |
/// | 7 | member, no fresh SSO session, optional | pass, offered: [`OfferReason::Optional`] |
/// | 8 | member, no fresh SSO session, enforced, public content that the connection leaves open | pass, offered: [`OfferReason::PublicContent`] |
/// | 9 | member, no fresh SSO session, enforced | challenge |
pub(crate) fn decide(facts: &Facts, end_notifier: &Arc<EndNotifier>, now: SystemTime) -> Step {
    use Fact::{Known, NotAsked};

    let not_required = |reason| Step::Decided(Decision::Pass(SsoPass::NotRequired(reason)));
    let offered = |offer| Step::Decided(Decision::Pass(SsoPass::Offered(offer)));

    let (account, credential) = match &facts.viewer {
        NotAsked => return Step::LookUp(FactKind::Viewer),
        Known(Viewer::NotEstablished) => return Step::Decided(Decision::NotEstablished),
        Known(Viewer::Anonymous) => return Step::Decided(Decision::PassUntouched),
        Known(Viewer::SignedIn(SignedIn { account, credential })) => (account, Some(credential)),
        // The request has no binding cookie. No SSO session belongs to it.
        Known(Viewer::WithoutSessionId(account)) => (account, None),
    };
    let kind = credential.map_or(CredentialKind::Session, |credential| credential.kind);
    let organization = match &facts.organization {
        NotAsked => return Step::LookUp(FactKind::Organization),
        Known(None) => return not_required(NotRequired::UnknownOrganization),
        Known(Some(organization)) => organization,
    };
    let connection = match &facts.connection {
        NotAsked => return Step::LookUp(FactKind::Connection),
        Known(None) => return not_required(NotRequired::NoConnection),
        Known(Some(connection)) if connection.enforcement == Enforcement::Off => {
            return not_required(NotRequired::Off);
        }
        Known(Some(connection)) => connection,
    };
    let member = match &facts.membership {
        NotAsked => return Step::LookUp(FactKind::Membership),
        Known(Membership::NonMember) => return not_required(NotRequired::NonMember),
        Known(Membership::ExternalCollaborator) => return not_required(NotRequired::ExternalCollaborator),
        Known(Membership::ServiceAccount) => return not_required(NotRequired::ServiceAccount),
        Known(Membership::Member(member)) => *member,
    };
    let enforced = match effective_enforcement(connection, member, kind, now) {
        EffectiveEnforcement::Off => return not_required(NotRequired::Off),
        EffectiveEnforcement::Exempt => return not_required(NotRequired::Exempt),
        EffectiveEnforcement::Optional => false,
        EffectiveEnforcement::Enforced => true,
    };
    let why = match (credential, &facts.session) {
        (None, _) | (Some(_), Known(None)) => ChallengeReason::NoSession,
        (Some(_), NotAsked) => return Step::LookUp(FactKind::Session),
        (Some(credential), Known(Some(session))) => {
            // If the token policy accepts the SSO session of the token's owner, any of the owner's app sessions counts,
            // but never the authorization of another token.
            let is_owner_session =
                uses_owner_session(connection, kind) && session.credential.kind == CredentialKind::Session;
            let credential = if is_owner_session { &session.credential } else { credential };
            let key = SessionKey { credential, organization, account };
            match check(session, key, connection, end_notifier, now) {
                Ok(fresh) => return Step::Decided(Decision::Pass(SsoPass::Fresh(fresh))),
                Err(why) => why,
            }
        }
    };
    if !enforced {
        return offered(OfferReason::Optional);
    }
    match (connection.public_content, &facts.public) {
        (PublicContent::Strict, _) | (PublicContent::Open, Known(false)) => {
            Step::Decided(Decision::Challenge(why))
        }
        (PublicContent::Open, NotAsked) => Step::LookUp(FactKind::PublicContent),
        (PublicContent::Open, Known(true)) => offered(OfferReason::PublicContent),
    }
}

#[cfg(test)]
pub(crate) mod tests;
