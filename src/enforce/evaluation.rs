//! Looks up the facts that a decision asks for, without awaiting answers that are known immediately.

use tower_sso_core::{
    AccountId, CredentialKind, Lookup, LookupError, OrgId, OrgSlug,
    internal::{Later, Split},
    session::SsoSession,
    store::SessionKey,
};

use crate::{
    connection::checked::Connection,
    directory::{
        membership::Membership,
        viewer::{SignedIn, Viewer},
    },
    enforce::{
        decide::{Decision, Fact, FactKind, Facts, Step, decide},
        effective::by_owner,
    },
    fresh::owner::owners_session,
    metrics::measures::awaited,
    request_head::RequestHead,
    state::Core,
};
use std::{
    sync::Arc,
    task::{Context, Poll},
    time::UNIX_EPOCH,
};

/// The evaluation of one request, until it is decided.
#[derive(Debug)]
pub(crate) struct Evaluation {
    slug: Option<OrgSlug>,
    pub(crate) facts: Facts,
}

/// The organization that a request is about.
#[derive(Debug)]
pub(crate) enum Target {
    /// The organization with this slug.
    Slug(OrgSlug),
    /// This organization.
    Organization(OrgId),
}

/// What is known about a request, for the audit event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AuditContext<'a> {
    pub(crate) organization: Option<&'a OrgId>,
    pub(crate) account: Option<&'a AccountId>,
    pub(crate) connection: Option<&'a Connection>,
}

/// A lookup that failed.
#[derive(Debug)]
pub(crate) struct LookupFailure {
    pub(crate) verb: FactKind,
    pub(crate) error: LookupError,
}

impl LookupFailure {
    pub(crate) fn late(verb: FactKind) -> Self {
        Self { verb, error: LookupError::new("no answer in time") }
    }
}

/// The progress of an evaluation.
pub(crate) enum Progress {
    Decided(Decision),
    Failed(LookupFailure),
    Waiting(Waiting),
}

impl Evaluation {
    pub(crate) fn new(target: Target) -> Self {
        match target {
            Target::Slug(slug) => Self { slug: Some(slug), facts: Facts::default() },
            Target::Organization(organization) => Self {
                slug: None,
                facts: Facts { organization: Fact::Known(Some(organization)), ..Facts::default() },
            },
        }
    }

    /// Returns the slug, if the evaluation started from one.
    pub(crate) fn slug(&self) -> Option<&OrgSlug> {
        self.slug.as_ref()
    }

    /// Returns the organization, if it is known yet.
    pub(crate) fn organization(&self) -> Option<&OrgId> {
        match &self.facts.organization {
            Fact::NotAsked => None,
            Fact::Known(organization) => organization.as_ref(),
        }
    }

    /// Returns the kind of the viewer's credential, if it is known yet.
    pub(crate) fn credential(&self) -> Option<CredentialKind> {
        match &self.facts.viewer {
            Fact::Known(Viewer::SignedIn(SignedIn { credential, .. })) => Some(credential.kind),
            Fact::NotAsked | Fact::Known(Viewer::Anonymous | Viewer::NotEstablished) => None,
        }
    }

    /// Returns what is known so far, for the audit event.
    pub(crate) fn about(&self) -> AuditContext<'_> {
        let account = match &self.facts.viewer {
            Fact::Known(Viewer::SignedIn(SignedIn { account, .. })) => Some(account),
            Fact::NotAsked | Fact::Known(Viewer::Anonymous | Viewer::NotEstablished) => None,
        };
        AuditContext { organization: self.organization(), account, connection: self.connection() }
    }

    /// Returns the connection, if it is known yet.
    pub(crate) fn connection(&self) -> Option<&Connection> {
        match &self.facts.connection {
            Fact::NotAsked => None,
            Fact::Known(connection) => connection.as_deref(),
        }
    }

    /// Continues until the request is decided, a lookup failed, or a lookup must be awaited.
    pub(crate) fn advance(&mut self, core: &Core, head: RequestHead<'_>) -> Progress {
        // Read the clock at most once per call, and only once a rule needs it.
        let mut now = None;
        loop {
            let at = match self.facts.membership {
                Fact::NotAsked => UNIX_EPOCH,
                Fact::Known(_) => *now.get_or_insert_with(|| core.clock.now()),
            };
            let verb = match decide(&self.facts, &core.endings, at) {
                Step::Decided(decision) => return Progress::Decided(decision),
                Step::LookUp(verb) => verb,
            };
            match self.look_up(verb, core, head) {
                Ok(None) => {}
                Ok(Some(waiting)) => return Progress::Waiting(waiting),
                Err(error) => return Progress::Failed(LookupFailure { verb, error }),
            }
        }
    }

    /// Continues from the answer to the viewer lookup.
    pub(crate) fn advance_from(
        &mut self,
        viewer: Lookup<Viewer>,
        core: &Core,
        head: RequestHead<'_>,
    ) -> Progress {
        match keep(FactKind::Viewer, viewer, &mut self.facts.viewer, Waiting::Viewer) {
            Ok(None) => self.advance(core, head),
            Ok(Some(waiting)) => Progress::Waiting(waiting),
            Err(error) => Progress::Failed(LookupFailure { verb: FactKind::Viewer, error }),
        }
    }

    /// Continues until the request is decided or a lookup failed, and awaits lookups.
    pub(crate) async fn conclude(
        &mut self,
        core: &Core,
        head: RequestHead<'_>,
    ) -> Result<Decision, LookupFailure> {
        let mut verb = FactKind::Viewer;
        let run = async {
            loop {
                match self.advance(core, head) {
                    Progress::Decided(decision) => return Ok(decision),
                    Progress::Failed(unanswered) => return Err(unanswered),
                    Progress::Waiting(mut waiting) => {
                        verb = waiting.verb();
                        std::future::poll_fn(|cx| waiting.poll(&mut self.facts, cx)).await?;
                    }
                }
            }
        };
        match tokio::time::timeout(core.lookup_timeout, run).await {
            Ok(answer) => answer,
            Err(_) => Err(LookupFailure::late(verb)),
        }
    }

    fn look_up(
        &mut self,
        verb: FactKind,
        core: &Core,
        head: RequestHead<'_>,
    ) -> Result<Option<Waiting>, LookupError> {
        let facts = &mut self.facts;
        match (verb, &facts.viewer, &facts.organization) {
            (FactKind::Viewer, _, _) => {
                keep(verb, core.directory.viewer(head), &mut facts.viewer, Waiting::Viewer)
            }
            (FactKind::Organization, _, _) => {
                let slug = self.slug.as_ref().ok_or_else(missing)?;
                keep(verb, core.directory.organization(slug), &mut facts.organization, Waiting::Organization)
            }
            (FactKind::Connection, _, Fact::Known(Some(organization))) => {
                keep(verb, core.connections.find(organization), &mut facts.connection, Waiting::Connection)
            }
            (
                FactKind::Membership,
                Fact::Known(Viewer::SignedIn(SignedIn { account, .. })),
                Fact::Known(Some(organization)),
            ) => {
                let membership = core.directory.membership(organization, account);
                keep(verb, membership, &mut facts.membership, Waiting::Membership)
            }
            (
                FactKind::Session,
                Fact::Known(Viewer::SignedIn(SignedIn { account, credential })),
                Fact::Known(Some(organization)),
            ) => {
                let found = match &facts.connection {
                    Fact::Known(Some(connection)) if by_owner(connection, credential.kind) => owners_session(
                        &core.sessions,
                        organization,
                        account,
                        *connection.version(),
                        core.now(),
                    ),
                    Fact::NotAsked | Fact::Known(_) => {
                        core.sessions.find(SessionKey { credential, organization, account })
                    }
                };
                keep(verb, found, &mut facts.session, Waiting::Session)
            }
            (FactKind::PublicContent, _, Fact::Known(Some(organization))) => {
                let public = core.directory.public_content(head, organization);
                keep(verb, public, &mut facts.public, Waiting::PublicContent)
            }
            (
                FactKind::Connection | FactKind::Membership | FactKind::Session | FactKind::PublicContent,
                _,
                _,
            ) => Err(missing()),
        }
    }
}

/// The error if `decide` asks for a fact before those that it is looked up by. It never does.
fn missing() -> LookupError {
    LookupError::new("a fact was asked for before those it is looked up by")
}

fn keep<T: 'static>(
    verb: FactKind,
    lookup: Lookup<T>,
    fact: &mut Fact<T>,
    waiting: fn(Later<T>) -> Waiting,
) -> Result<Option<Waiting>, LookupError> {
    match lookup.split() {
        Split::Now(answer) => {
            *fact = Fact::Known(answer?);
            Ok(None)
        }
        Split::Later(later) => Ok(Some(waiting(awaited(verb.as_str(), later)))),
    }
}

/// A lookup in progress.
pub(crate) enum Waiting {
    Viewer(Later<Viewer>),
    Organization(Later<Option<OrgId>>),
    Connection(Later<Option<Arc<Connection>>>),
    Membership(Later<Membership>),
    Session(Later<Option<Arc<SsoSession>>>),
    PublicContent(Later<bool>),
}

impl Waiting {
    pub(crate) fn verb(&self) -> FactKind {
        match self {
            Self::Viewer(_) => FactKind::Viewer,
            Self::Organization(_) => FactKind::Organization,
            Self::Connection(_) => FactKind::Connection,
            Self::Membership(_) => FactKind::Membership,
            Self::Session(_) => FactKind::Session,
            Self::PublicContent(_) => FactKind::PublicContent,
        }
    }

    /// Polls the lookup and keeps its answer.
    pub(crate) fn poll(
        &mut self,
        facts: &mut Facts,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), LookupFailure>> {
        fn into<T>(
            later: &mut Later<T>,
            fact: &mut Fact<T>,
            cx: &mut Context<'_>,
        ) -> Poll<Result<(), LookupError>> {
            later.as_mut().poll(cx).map_ok(|value| *fact = Fact::Known(value))
        }
        let verb = self.verb();
        let polled = match self {
            Self::Viewer(later) => into(later, &mut facts.viewer, cx),
            Self::Organization(later) => into(later, &mut facts.organization, cx),
            Self::Connection(later) => into(later, &mut facts.connection, cx),
            Self::Membership(later) => into(later, &mut facts.membership, cx),
            Self::Session(later) => into(later, &mut facts.session, cx),
            Self::PublicContent(later) => into(later, &mut facts.public, cx),
        };
        polled.map_err(|error| LookupFailure { verb, error })
    }
}
