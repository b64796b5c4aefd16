//! Tests of each row of the table, and of the facts that are looked up on the way to it.

use std::time::{Duration, UNIX_EPOCH};

use std::sync::LazyLock;

use tower_sso_core::{Clock, Credential, keys::KeyRing, session::SessionId, store::MemoryStore};

use super::*;
use crate::{
    connection::{fixed::FixedConnections, policy::TokenPolicy, settings::ConnectionSettings},
    directory::membership::{EnforcementOverride, Member},
};

const LIFETIME: Duration = Duration::from_secs(60);

pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000)
}

static KEYS: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::random().unwrap());

fn end_notifier() -> Arc<EndNotifier> {
    let connections = Arc::new(FixedConnections::default());
    Arc::new(EndNotifier::new(Arc::new(MemoryStore::default()), connections, KEYS.clone(), Clock::system()))
}

fn connection(settings: ConnectionSettings) -> Fact<Option<Arc<Connection>>> {
    Fact::Known(Some(Arc::new(settings.build().unwrap())))
}

fn settings(enforcement: Enforcement) -> ConnectionSettings {
    ConnectionSettings::example("1", enforcement)
}

/// A fresh SSO session of the credential, account and organization of these tests.
pub(crate) fn fresh() -> SsoSession {
    let version = settings(Enforcement::Enforced).build().unwrap().version(&KEYS);
    let (id, credential) = (SessionId::new("s"), Credential::session("c"));
    let (begun_at, expires_at) = (now(), now() + LIFETIME);
    let mut session =
        SsoSession::new(id, credential, "1".into(), "ada".into(), version, begun_at, expires_at);
    session.authenticated_at = Some(now());
    session
}

fn session(change: impl FnOnce(&mut SsoSession)) -> Fact<Option<Arc<SsoSession>>> {
    let mut session = fresh();
    change(&mut session);
    Fact::Known(Some(Arc::new(session)))
}

/// All facts except the session, for a member of an organization that enforces SSO.
fn member() -> Facts {
    Facts {
        viewer: Fact::Known(Viewer::session("ada".into(), "c".into())),
        organization: Fact::Known(Some("1".into())),
        connection: connection(settings(Enforcement::Enforced)),
        membership: Fact::Known(Membership::member()),
        session: Fact::Known(None),
        public: Fact::NotAsked,
    }
}

fn say(facts: &Facts, at: SystemTime) -> String {
    match decide(facts, &end_notifier(), at) {
        Step::Decided(Decision::NotEstablished) => "not established".into(),
        Step::Decided(Decision::PassUntouched) => "untouched".into(),
        Step::Decided(Decision::Pass(SsoPass::NotRequired(why))) => {
            format!("not required: {why:?}")
        }
        Step::Decided(Decision::Pass(SsoPass::Offered(offer))) => {
            format!("offered: {}", offer.as_str())
        }
        Step::Decided(Decision::Pass(SsoPass::Fresh(_))) => "fresh".into(),
        Step::Decided(Decision::Challenge(why)) => format!("challenge: {why:?}"),
        Step::LookUp(verb) => format!("look up: {}", verb.as_str()),
    }
}

#[test]
fn every_row_of_the_decision_table_holds() {
    let optional = || connection(settings(Enforcement::Optional));
    let open = || connection(settings(Enforcement::Enforced).public_content(PublicContent::Open));
    let soon = now() + Duration::from_secs(1);
    let open_settings = || settings(Enforcement::Enforced).public_content(PublicContent::Open);
    let later = || connection(open_settings().enforce_from(soon));
    let exempt = Membership::Member(Member { binding: EnforcementOverride::Exempt, pilot: false });
    let fresh = || session(|_| {});
    let known = Fact::Known;
    let unbound = || Fact::Known(Viewer::without_session_id("ada".into()));
    for (row, facts, expected) in [
        (0, Facts { viewer: known(Viewer::NotEstablished), ..member() }, "not established"),
        (2, Facts { viewer: known(Viewer::Anonymous), ..member() }, "untouched"),
        (3, Facts { organization: Fact::Known(None), ..member() }, "not required: UnknownOrganization"),
        (3, Facts { connection: Fact::Known(None), ..member() }, "not required: NoConnection"),
        (3, Facts { connection: connection(settings(Enforcement::Off)), ..member() }, "not required: Off"),
        (4, Facts { membership: Fact::Known(Membership::NonMember), ..member() }, "not required: NonMember"),
        (
            5,
            Facts { membership: Fact::Known(Membership::ExternalCollaborator), ..member() },
            "not required: ExternalCollaborator",
        ),
        (5, Facts { membership: Fact::Known(exempt), ..member() }, "not required: Exempt"),
        (
            5,
            Facts { membership: Fact::Known(Membership::ServiceAccount), ..member() },
            "not required: ServiceAccount",
        ),
        (
            5,
            Facts { viewer: Fact::Known(Viewer::organization_token("ada".into(), "c".into())), ..member() },
            "not required: Exempt",
        ),
        (6, Facts { session: fresh(), ..member() }, "fresh"),
        (6, Facts { session: fresh(), connection: optional(), ..member() }, "fresh"),
        (6, Facts { session: fresh(), connection: open(), ..member() }, "fresh"),
        (7, Facts { connection: optional(), ..member() }, "offered: optional"),
        (7, Facts { connection: later(), public: Fact::Known(true), ..member() }, "offered: optional"),
        (8, Facts { connection: open(), public: Fact::Known(true), ..member() }, "offered: public_content"),
        (9, Facts { connection: open(), public: Fact::Known(false), ..member() }, "challenge: NoSession"),
        (9, Facts { public: Fact::Known(true), ..member() }, "challenge: NoSession"),
        (9, member(), "challenge: NoSession"),
        // An app session without an id, and a request without the binding cookie. No session can be its own.
        (9, Facts { viewer: unbound(), session: fresh(), ..member() }, "challenge: NoSession"),
        (9, Facts { viewer: unbound(), session: Fact::NotAsked, ..member() }, "challenge: NoSession"),
        (7, Facts { viewer: unbound(), connection: optional(), ..member() }, "offered: optional"),
        (
            4,
            Facts { viewer: unbound(), membership: Fact::Known(Membership::NonMember), ..member() },
            "not required: NonMember",
        ),
    ] {
        assert_eq!(say(&facts, now()), expected, "row {row}");
    }
}

#[test]
fn an_owner_session_token_needs_a_browser_session_of_its_owner() {
    let of = |session| Facts {
        viewer: Fact::Known(Viewer::token("ada".into(), "t".into())),
        connection: connection(settings(Enforcement::Enforced).tokens(TokenPolicy::OwnerSession)),
        session,
        ..member()
    };
    assert_eq!(say(&of(session(|_| {})), now()), "fresh");
    for other in [Credential::token("another"), Credential::token("t")] {
        let own = other.id.as_str() == "t";
        let found = say(&of(session(|session| session.credential = other)), now());
        assert_eq!(found, if own { "fresh" } else { "challenge: NoSession" });
    }
    assert_eq!(say(&of(session(|session| session.account = "bob".into())), now()), "challenge: NoSession");
}

#[test]
fn facts_are_looked_up_in_order_and_only_as_needed() {
    let none = Facts::default();
    assert_eq!(say(&none, now()), "look up: viewer");
    let full = member;
    for (facts, asked) in [
        (Facts { organization: Fact::NotAsked, ..full() }, "organization"),
        (Facts { connection: Fact::NotAsked, ..full() }, "connection"),
        (Facts { membership: Fact::NotAsked, ..full() }, "membership"),
        (Facts { session: Fact::NotAsked, ..full() }, "session"),
        (
            Facts {
                connection: connection(settings(Enforcement::Enforced).public_content(PublicContent::Open)),
                ..full()
            },
            "public_content",
        ),
    ] {
        assert_eq!(say(&facts, now()), format!("look up: {asked}"));
    }
    let nobody = Facts { viewer: Fact::Known(Viewer::Anonymous), ..Facts::default() };
    assert_eq!(say(&nobody, now()), "untouched");
}

#[test]
fn a_session_that_differs_in_one_field_is_not_fresh() {
    type Bend = fn(&mut SsoSession);
    assert_eq!(say(&Facts { session: session(|_| {}), ..member() }, now()), "fresh");
    let bends: [(Bend, &str); 7] = [
        (|session| session.organization = "2".into(), "NoSession"),
        (|session| session.account = "bob".into(), "NoSession"),
        (|session| session.credential = Credential::session("d"), "NoSession"),
        (|session| session.credential = Credential::token("c"), "NoSession"),
        (|session| session.connection = tower_sso_core::Digest::of("other", &[]), "ConnectionChanged"),
        (|session| session.expires_at = now(), "Expired"),
        (|session| session.expires_at = now() - LIFETIME, "Expired"),
    ];
    for (bend, why) in bends {
        assert_eq!(say(&Facts { session: session(bend), ..member() }, now()), format!("challenge: {why}"));
    }
}

#[test]
fn a_session_expires_exactly_at_its_end() {
    let end = now() + LIFETIME;
    let facts = Facts { session: session(|_| {}), ..member() };
    assert_eq!(say(&facts, end - Duration::from_millis(1)), "fresh");
    assert_eq!(say(&facts, end), "challenge: Expired");
}

#[test]
fn a_token_needs_an_sso_session_made_for_it() {
    let token = Viewer::token("ada".into(), "t".into());
    let facts = || Facts { viewer: Fact::Known(token.clone()), ..member() };
    assert_eq!(say(&facts(), now()), "challenge: NoSession");
    let of = |credential: Credential| session(|it| it.credential = credential);
    assert_eq!(say(&Facts { session: of(Credential::token("t")), ..facts() }, now()), "fresh");
    // The owner's browser session does not count for it, whatever its id.
    for credential in ["c", "t"].map(Credential::session) {
        assert_eq!(say(&Facts { session: of(credential), ..facts() }, now()), "challenge: NoSession");
    }
}
