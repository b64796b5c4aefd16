//! [`Evaluation`]: runs the decision about one request and makes the lookups that it asks for.
//!
//! [`decide`] is pure and names one missing fact at a time. An evaluation looks that fact up, stores the answer and
//! asks again, until there is a decision. An answer that is known immediately is stored without awaiting. `advance`
//! stops at the first lookup that must be awaited, and `conclude` awaits them all. No answer outlives the request.

use tower_sso_core::{
    AccountId, CredentialKind, Lookup, LookupError, OrgId, OrgSlug,
    internal::{Later, Split},
    session::SsoSession,
    store::SessionKey,
};

use crate::{
    binding_cookie,
    connection::checked::Connection,
    directory::{
        membership::Membership,
        viewer::{SignedIn, Viewer},
    },
    enforce::{
        decide::{Decision, Fact, FactKind, Facts, Step, decide},
        effective::uses_owner_session,
    },
    fresh::owner_session::find_owner_session,
    metrics::measures::awaited,
    request_head::RequestHead,
    state::Core,
};
use std::{
    sync::Arc,
    task::{Context, Poll},
    time::UNIX_EPOCH,
};

/// The evaluation of one request: the facts that are known so far.
#[derive(Debug)]
pub(crate) struct Evaluation {
    slug: Option<OrgSlug>,
    pub(crate) facts: Facts,
}

/// The organization that a request is evaluated for.
#[derive(Debug)]
pub(crate) enum Target {
    /// The organization with this slug. The directory is asked for its id.
    Slug(OrgSlug),
    /// The organization with this id.
    Organization(OrgId),
}

/// What an evaluation knows about a request, for the audit event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AuditContext<'a> {
    pub(crate) organization: Option<&'a OrgId>,
    pub(crate) account: Option<&'a AccountId>,
    pub(crate) connection: Option<&'a Connection>,
}

/// A lookup that failed.
#[derive(Debug)]
pub(crate) struct LookupFailure {
    pub(crate) fact: FactKind,
    pub(crate) error: LookupError,
}

impl LookupFailure {
    pub(crate) fn late(fact: FactKind) -> Self {
        Self { fact, error: LookupError::new("no answer in time") }
    }
}

/// How far an evaluation has come.
pub(crate) enum Progress {
    Decided(Decision),
    Failed(LookupFailure),
    LookingUp(LookupInProgress),
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
    pub(crate) fn credential_kind(&self) -> Option<CredentialKind> {
        match &self.facts.viewer {
            Fact::Known(viewer) => viewer.credential_kind(),
            Fact::NotAsked => None,
        }
    }

    /// Returns what is known so far, for the audit event.
    pub(crate) fn audit_context(&self) -> AuditContext<'_> {
        let account = match &self.facts.viewer {
            Fact::Known(viewer) => viewer.account(),
            Fact::NotAsked => None,
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
        self.bind_to_browser(core, head);
        // Read the clock at most once per call, and only once a rule needs it.
        let mut now = None;
        loop {
            let at = match self.facts.membership {
                Fact::NotAsked => UNIX_EPOCH,
                Fact::Known(_) => *now.get_or_insert_with(|| core.clock.now()),
            };
            let fact = match decide(&self.facts, &core.end_notifier, at) {
                Step::Decided(decision) => return Progress::Decided(decision),
                Step::LookUp(fact) => fact,
            };
            match self.look_up(fact, core, head) {
                Ok(None) if fact == FactKind::Viewer => self.bind_to_browser(core, head),
                Ok(None) => {}
                Ok(Some(waiting)) => return Progress::LookingUp(waiting),
                Err(error) => return Progress::Failed(LookupFailure { fact, error }),
            }
        }
    }

    /// Gives a viewer whose app session has no id the credential of the request's binding cookie. Without the cookie,
    /// the viewer stays without a credential.
    #[inline]
    fn bind_to_browser(&mut self, core: &Core, head: RequestHead<'_>) {
        if let Fact::Known(Viewer::WithoutSessionId(account)) = &self.facts.viewer
            && let Some(credential) = binding_cookie::credential(head.headers, &core.addresses, account)
        {
            let account = account.clone();
            self.facts.viewer = Fact::Known(Viewer::SignedIn(SignedIn { account, credential }));
        }
    }

    /// Continues with a viewer lookup that was already begun.
    pub(crate) fn advance_from(
        &mut self,
        viewer: Lookup<Viewer>,
        core: &Core,
        head: RequestHead<'_>,
    ) -> Progress {
        match store_or_wait(FactKind::Viewer, viewer, &mut self.facts.viewer, LookupInProgress::Viewer) {
            Ok(None) => self.advance(core, head),
            Ok(Some(waiting)) => Progress::LookingUp(waiting),
            Err(error) => Progress::Failed(LookupFailure { fact: FactKind::Viewer, error }),
        }
    }

    /// Continues until the request is decided, and awaits each lookup that is not answered immediately. The lookup
    /// timeout applies to all lookups together.
    pub(crate) async fn conclude(
        &mut self,
        core: &Core,
        head: RequestHead<'_>,
    ) -> Result<Decision, LookupFailure> {
        let mut fact = FactKind::Viewer;
        let run = async {
            loop {
                match self.advance(core, head) {
                    Progress::Decided(decision) => return Ok(decision),
                    Progress::Failed(failure) => return Err(failure),
                    Progress::LookingUp(mut waiting) => {
                        fact = waiting.fact();
                        std::future::poll_fn(|cx| waiting.poll(&mut self.facts, cx)).await?;
                    }
                }
            }
        };
        match tokio::time::timeout(core.lookup_timeout, run).await {
            Ok(answer) => answer,
            Err(_) => Err(LookupFailure::late(fact)),
        }
    }

    fn look_up(
        &mut self,
        fact: FactKind,
        core: &Core,
        head: RequestHead<'_>,
    ) -> Result<Option<LookupInProgress>, LookupError> {
        let facts = &mut self.facts;
        match (fact, &facts.viewer, &facts.organization) {
            (FactKind::Viewer, _, _) => {
                store_or_wait(fact, core.directory.viewer(head), &mut facts.viewer, LookupInProgress::Viewer)
            }
            (FactKind::Organization, _, _) => {
                let slug = self.slug.as_ref().ok_or_else(missing)?;
                store_or_wait(
                    fact,
                    core.directory.organization(slug),
                    &mut facts.organization,
                    LookupInProgress::Organization,
                )
            }
            (FactKind::Connection, _, Fact::Known(Some(organization))) => store_or_wait(
                fact,
                core.connections.find(organization),
                &mut facts.connection,
                LookupInProgress::Connection,
            ),
            (
                FactKind::Membership,
                Fact::Known(Viewer::SignedIn(SignedIn { account, .. }) | Viewer::WithoutSessionId(account)),
                Fact::Known(Some(organization)),
            ) => {
                let membership = core.directory.membership(organization, account);
                store_or_wait(fact, membership, &mut facts.membership, LookupInProgress::Membership)
            }
            (
                FactKind::Session,
                Fact::Known(Viewer::SignedIn(SignedIn { account, credential })),
                Fact::Known(Some(organization)),
            ) => {
                let found = match &facts.connection {
                    Fact::Known(Some(connection)) if uses_owner_session(connection, credential.kind) => {
                        find_owner_session(
                            &core.sessions,
                            organization,
                            account,
                            connection,
                            &core.keys,
                            core.now(),
                        )
                    }
                    Fact::NotAsked | Fact::Known(_) => {
                        core.sessions.find(SessionKey { credential, organization, account })
                    }
                };
                store_or_wait(fact, found, &mut facts.session, LookupInProgress::Session)
            }
            (FactKind::PublicContent, _, Fact::Known(Some(organization))) => {
                let public = core.directory.public_content(head, organization);
                store_or_wait(fact, public, &mut facts.public, LookupInProgress::PublicContent)
            }
            (
                FactKind::Connection | FactKind::Membership | FactKind::Session | FactKind::PublicContent,
                _,
                _,
            ) => Err(missing()),
        }
    }
}

/// Returns the error for a fact that `decide` asks for too early: before the facts that its lookup needs. `decide`
/// never does this.
fn missing() -> LookupError {
    LookupError::new("a fact was asked for before those it is looked up by")
}

/// Stores the answer if it is known immediately. Otherwise returns the lookup, to be awaited.
fn store_or_wait<T: 'static>(
    kind: FactKind,
    lookup: Lookup<T>,
    fact: &mut Fact<T>,
    waiting: fn(Later<T>) -> LookupInProgress,
) -> Result<Option<LookupInProgress>, LookupError> {
    match lookup.split() {
        Split::Now(answer) => {
            *fact = Fact::Known(answer?);
            Ok(None)
        }
        Split::Later(later) => Ok(Some(waiting(awaited(kind.as_str(), later)))),
    }
}

/// A lookup in progress, by the fact that it looks up.
pub(crate) enum LookupInProgress {
    Viewer(Later<Viewer>),
    Organization(Later<Option<OrgId>>),
    Connection(Later<Option<Arc<Connection>>>),
    Membership(Later<Membership>),
    Session(Later<Option<Arc<SsoSession>>>),
    PublicContent(Later<bool>),
}

impl LookupInProgress {
    pub(crate) fn fact(&self) -> FactKind {
        match self {
            Self::Viewer(_) => FactKind::Viewer,
            Self::Organization(_) => FactKind::Organization,
            Self::Connection(_) => FactKind::Connection,
            Self::Membership(_) => FactKind::Membership,
            Self::Session(_) => FactKind::Session,
            Self::PublicContent(_) => FactKind::PublicContent,
        }
    }

    /// Polls the lookup, and stores its answer among the facts.
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
        let fact = self.fact();
        let polled = match self {
            Self::Viewer(later) => into(later, &mut facts.viewer, cx),
            Self::Organization(later) => into(later, &mut facts.organization, cx),
            Self::Connection(later) => into(later, &mut facts.connection, cx),
            Self::Membership(later) => into(later, &mut facts.membership, cx),
            Self::Session(later) => into(later, &mut facts.session, cx),
            Self::PublicContent(later) => into(later, &mut facts.public, cx),
        };
        polled.map_err(|error| LookupFailure { fact, error })
    }
}
