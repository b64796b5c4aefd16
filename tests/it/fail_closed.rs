//! A lookup that fails or never answers is never a "no": 503 in time, no handler, no session, for every verb of every
//! trait, at every request that meets it.
//!
//! [`met_at`] is an exhaustive match: a verb that is added to [`Verb`] does not compile until it says where it is met.
//! See [`crate::scene::fault`] for how a new trait method comes to be a verb.

use std::time::Duration;

use http::StatusCode;
use tokio::time::Instant;
use tower_sso::{
    LookupError, audit::Action, connection::PublicContent, login::LoginErrorKind::LookupFailed,
    roles::RoleSettings, session::RevocationScope,
};

use crate::{
    login::{
        join, join_visitor,
        logout_messages::{self, Message, SUCCESS, sent, sign_out},
    },
    scene::{
        Plan, TestApp, Who,
        fault::{Fault, Verb},
    },
    support::{header, text},
};

/// How long the lookups of a request may take.
const BOUND: Duration = Duration::from_millis(150);

/// Where lookups are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// A guarded page.
    Layer,
    /// `Sso::require` in a handler.
    Require,
    /// `Sso::pending` in a handler.
    Pending,
    Status,
    Start,
    /// The start page of somebody who has just logged in with SSO with another credential.
    StartAgain,
    Begin,
    Receive,
    Finish,
    /// A SAML response.
    Acs,
    /// The page that asks about an SSO login that the provider started.
    Ask,
    /// Its button.
    Confirm,
    /// Our metadata.
    Metadata,
    /// A provider's logout request.
    Slo,
    /// A provider's answer to ours.
    SloAnswer,
    /// Our sign-out.
    Logout,
    /// The host calls, and gets an error.
    SignOut,
    Unlink,
    Rebind,
    EmailsChanged,
    MakeJoinLink,
    JoinLinks,
    RevokeJoinLink,
    /// The page of a join link, its button, and the finish of an account that joins by it.
    Join,
    BeginToJoin,
    FinishToJoin,
    /// The finish of somebody without an account, and what the account does that they were given.
    HandOver,
    Claim,
}

/// The requests that meet a verb.
fn met_at(verb: Verb) -> &'static [At] {
    use At::{
        Acs, Ask, Begin, BeginToJoin, Claim, Confirm, EmailsChanged, Finish, FinishToJoin, HandOver, Join,
        JoinLinks, Layer, Logout, MakeJoinLink, Metadata, Pending, Rebind, Receive, Require, RevokeJoinLink,
        SignOut, Slo, SloAnswer, Start, StartAgain, Status, Unlink,
    };
    match verb {
        Verb::Viewer => &[
            Layer,
            Require,
            Pending,
            Status,
            Start,
            Begin,
            Finish,
            Ask,
            Confirm,
            Join,
            BeginToJoin,
            FinishToJoin,
            HandOver,
            Claim,
            Logout,
        ],
        Verb::Organization => &[Layer],
        Verb::Connection => &[
            Layer,
            Require,
            Pending,
            Status,
            Start,
            Begin,
            Receive,
            Finish,
            Acs,
            Ask,
            Confirm,
            Metadata,
            Join,
            BeginToJoin,
            FinishToJoin,
            HandOver,
            Claim,
            MakeJoinLink,
            Slo,
            SloAnswer,
            Logout,
        ],
        Verb::Membership => &[
            Layer,
            Require,
            Pending,
            Status,
            Start,
            Begin,
            Finish,
            Ask,
            Confirm,
            Join,
            BeginToJoin,
            FinishToJoin,
            Claim,
        ],
        Verb::PublicContent => &[Layer, Require, Status],
        // A challenge by hand names the organization by its slug.
        Verb::Slug => &[Require, Pending],
        Verb::Emails => &[Begin, Finish, Ask, Confirm, EmailsChanged, Join, FinishToJoin, Claim],
        Verb::Apply => &[Finish, Confirm],
        Verb::Join => &[FinishToJoin, Claim],
        Verb::Welcome => &[HandOver],
        // Asked where roles are mapped.
        Verb::Invitation => &[Finish, Confirm, FinishToJoin, Claim],
        Verb::SessionFind => &[Layer, Require, Pending, Status, StartAgain, Rebind, Logout],
        Verb::SessionInsert => &[Finish, Confirm, Rebind, FinishToJoin, Claim],
        // Not Slo: the provider is answered, and told that it failed; see
        // `a_revocation_that_fails_is_never_answered_with_success`.
        Verb::SessionRevoke => &[SignOut, Unlink, Rebind, EmailsChanged, Logout],
        Verb::SessionRevoked => &[Finish, Confirm, StartAgain, FinishToJoin, Claim],
        // Not Finish: see `a_mark_against_loops_that_cannot_be_kept_changes_nothing`.
        Verb::Put => &[Begin, Receive, Acs, Ask, BeginToJoin, HandOver, Logout],
        Verb::Take => &[Start, Receive, Finish, Acs, Ask, Confirm, HandOver, Claim, SloAnswer],
        Verb::Claim => &[Acs, Slo],
        Verb::Pin => &[Finish, Confirm, FinishToJoin, Claim],
        Verb::Unlink => &[Unlink],
        Verb::JoinFind => &[Join, BeginToJoin, FinishToJoin, HandOver, Claim],
        Verb::JoinCount => &[FinishToJoin, Claim],
        Verb::JoinAdd => &[MakeJoinLink],
        Verb::JoinList => &[MakeJoinLink, JoinLinks],
        Verb::JoinRemove => &[RevokeJoinLink],
        // Nothing asks these yet: see `what_is_said_to_be_asked_by_nothing_is_asked_by_nothing`.
        Verb::SessionList => &[Rebind],
        Verb::LinkFind | Verb::Tokens => &[],
        // Nothing waits for it: see `a_host_that_cannot_take_it_brings_no_session_back_and_nobody_is_told_that_all_ended`.
        Verb::LoggedOut => &[],
    }
}

fn plan() -> Plan {
    Plan {
        lookup_timeout: BOUND,
        connection: |connection| {
            let roles = RoleSettings::new("groups", "read").map("admins", "admin");
            connection.public_content(PublicContent::Open).domains(["acme.example"]).roles(roles)
        },
        ..Plan::default()
    }
}

async fn scene() -> TestApp {
    TestApp::of(plan()).await
}

/// A scene in which a request can be made.
async fn scene_for(at: At) -> TestApp {
    if matches!(at, At::Slo | At::SloAnswer | At::Logout) {
        return TestApp::of(Plan { saml: logout_messages::plan().saml, ..plan() }).await;
    }
    if !matches!(at, At::Acs | At::Ask | At::Confirm | At::Metadata) {
        return scene().await;
    }
    TestApp::of(Plan {
        saml: Some(|settings| settings.dangerous().accept_unsolicited()),
        service_provider: |provider| provider.starts_here(),
        ..plan()
    })
    .await
}

/// Brings a visitor to just before a request, without a fault, and makes it with one; then says what came of it.
async fn decide_without_waiting(scene: &TestApp, verb: Verb, at: At, fault: Option<Fault>) -> Outcome {
    // The mark that the case before left against loops is over.
    scene.hands.seconds(31);
    let joining = matches!(at, At::Join | At::BeginToJoin | At::FinishToJoin);
    let ada = match at {
        At::Claim => join_visitor::zoe(scene),
        _ => scene.who(if joining { "mallory" } else { "ada" }),
    };
    // Who joined in the case before is a stranger again.
    for account in ["mallory", "zoe"] {
        scene.host.0.memberships.lock().unwrap().remove(&("1".into(), account.into()));
    }
    let mut cookie = String::new();
    // Without a session there is a challenge to be made, or public content to be asked about.
    *scene.host.0.public.lock().unwrap() = verb == Verb::PublicContent;
    let logged_in = !matches!(verb, Verb::PublicContent | Verb::Slug);
    let address = match at {
        At::Layer | At::Require | At::Pending | At::Status => {
            if logged_in {
                scene.log_in(&ada, "1").await;
            }
            match at {
                At::Layer => "/acme/repo",
                At::Require => "/by-hand/1",
                At::Pending => "/list",
                _ => "/sso/1/status",
            }
            .to_owned()
        }
        At::StartAgain => {
            scene.log_in(&ada.elsewhere(), "1").await;
            "/sso/1/start".to_owned()
        }
        At::Start => "/sso/1/start".to_owned(),
        At::Begin => "/sso/1/begin".to_owned(),
        At::Receive | At::Acs => scene.called_back(&ada, "1").await,
        At::Ask | At::Confirm => {
            let asked = scene.visit(&ada, &scene.unsolicited(&ada).await).await;
            scene.location(asked).await
        }
        At::Metadata => "/sso/1/saml/metadata".to_owned(),
        At::Slo => {
            scene.log_in(&ada, "1").await;
            Message::request(scene, &ada.credential, "ada", &[]).address(scene)
        }
        At::SloAnswer => {
            scene.log_in(&ada, "1").await;
            let asked = sign_out(scene, &ada, &scene.base).await;
            let (request, relay_state) = sent(scene, asked, "SAMLRequest").await;
            let id = request.split_once(" ID=\"").unwrap().1.split_once('"').unwrap().0;
            Message::answer(scene, (id, &relay_state), SUCCESS).address(scene)
        }
        At::Logout => {
            scene.log_in(&ada, "1").await;
            "/sso/1/saml/logout".to_owned()
        }
        At::Finish => scene.received(&ada, "1").await,
        At::Join | At::BeginToJoin => link(scene).await,
        At::FinishToJoin => join::received(scene, &ada, &link(scene).await).await,
        At::HandOver | At::Claim => {
            let link = link(scene).await;
            let (address, tied) = match at {
                At::HandOver => join_visitor::received(scene, &link).await,
                _ => join_visitor::handed(scene, &link).await,
            };
            cookie = tied;
            address
        }
        At::SignOut
        | At::Unlink
        | At::Rebind
        | At::EmailsChanged
        | At::MakeJoinLink
        | At::JoinLinks
        | At::RevokeJoinLink => {
            scene.log_in(&ada, "1").await;
            return call(scene, &ada, at, fault.map(|fault| (verb, fault))).await;
        }
    };
    let ticket = if at == At::Confirm { confirmation(scene, &ada, &address).await } else { String::new() };
    let handled = scene.handled();
    scene.switch.set(fault.map(|fault| (verb, fault)));
    // A put at the callback comes after the provider was asked, which takes its time; everything else is lookups alone.
    let paused = !(at == At::Receive && verb == Verb::Put);
    if paused {
        tokio::time::pause();
    }
    let begun = Instant::now();
    let response = match at {
        At::Begin => scene.begin(&ada, "1", "/acme/repo").await,
        At::Receive
        | At::Finish
        | At::Start
        | At::StartAgain
        | At::Acs
        | At::Ask
        | At::Slo
        | At::SloAnswer => scene.visit(&ada, &address).await,
        At::Logout => sign_out(scene, &ada, &scene.base).await,
        At::Join => join::open(scene, &ada, &address).await,
        At::BeginToJoin => join::press(scene, &ada, &address).await,
        At::FinishToJoin => scene.visit(&ada, &address).await,
        At::HandOver => join_visitor::go(scene, &Who::nobody(), &address, &cookie).await,
        At::Claim => join_visitor::go(scene, &ada, &address, &cookie).await,
        At::Confirm => scene.post(&ada, "/sso/1/saml/confirm", &[("origin", &scene.base)], ticket).await,
        _ => scene.ask(&ada, &address).await,
    };
    let took = begun.elapsed();
    if paused {
        tokio::time::resume();
    }
    scene.switch.set(None);
    let most = if paused { BOUND + Duration::from_millis(10) } else { BOUND + Duration::from_secs(5) };
    assert!(took <= most, "{verb:?} at {at:?}, {fault:?}: took {took:?}");
    if matches!(at, At::Finish | At::Confirm | At::FinishToJoin | At::Claim)
        && response.status() == StatusCode::SEE_OTHER
    {
        scene.count_finished();
    }
    let waits = header(&response, "retry-after").to_owned();
    let status = response.status();
    Outcome { status, waits, body: text(response).await, handled: scene.handled() - handled }
}

/// The form of the page that asks, with its ticket.
async fn confirmation(scene: &TestApp, ada: &Who, address: &str) -> String {
    let asked = scene.visit(ada, address).await;
    scene.to_provider(asked).await.split_once('#').unwrap().1.to_owned()
}

/// A new link of the organization, the only one.
async fn link(scene: &TestApp) -> String {
    for link in scene.sso.join_links(&"1".into()).await.unwrap() {
        scene.sso.revoke_join_link(&"1".into(), &"ada".into(), &link.id).await.unwrap();
    }
    join::link(scene).await
}

struct Outcome {
    status: StatusCode,
    waits: String,
    body: String,
    handled: usize,
}

/// What the host calls, as a status: 200, or 503 for an error.
async fn call(scene: &TestApp, ada: &Who, at: At, fault: Option<(Verb, Fault)>) -> Outcome {
    let (credential, old) = (ada.presents(), ada.credential.as_str().into());
    let proof = scene.proof(ada).await;
    link(scene).await;
    let (acme, links) = ("1".into(), scene.sso.join_links(&"1".into()).await.unwrap());
    scene.switch.set(fault);
    tokio::time::pause();
    let begun = Instant::now();
    let done = match at {
        At::SignOut => scene.sso.signed_out(&credential).await.map(drop),
        At::EmailsChanged => scene.sso.emails_changed(&"ada".into()).await.map(drop),
        At::MakeJoinLink => {
            let made = scene.sso.make_join_link(&acme, &"ada".into(), &tower_sso::ReturnPath::root()).await;
            made.map(drop).map_err(|error| {
                assert_eq!(error.kind(), LookupFailed);
                LookupError::from(error).into()
            })
        }
        At::JoinLinks => scene.sso.join_links(&acme).await.map(drop),
        At::RevokeJoinLink => scene.sso.revoke_join_link(&acme, &"ada".into(), &links[0].id).await.map(drop),
        At::Unlink => scene.sso.unlink(&"1".into(), &"ada".into()).await.map(drop),
        _ => scene.sso.rebind(&old, &proof, &"new".into()).await.map(drop),
    };
    let took = begun.elapsed();
    tokio::time::resume();
    scene.switch.set(None);
    assert!(took <= BOUND + Duration::from_millis(10), "{at:?}, {fault:?}: took {took:?}");
    // SSO logins of the next case begin later than this end.
    scene.hands.seconds(1);
    // The rebound session is stored before the old one is ended, and is as good as the old one was.
    let before = [Verb::SessionFind, Verb::SessionInsert];
    if at == At::Rebind && !matches!(fault, Some((verb, it)) if before.contains(&verb) && it != Fault::Late) {
        scene.count_finished();
    }
    let status = if done.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Outcome { status, waits: "5".to_owned(), body: String::new(), handled: 0 }
}

/// The status of a request that nothing is wrong with.
fn accepted(at: At, verb: Verb) -> StatusCode {
    match at {
        At::Receive
        | At::Finish
        | At::Acs
        | At::Confirm
        | At::FinishToJoin
        | At::HandOver
        | At::Claim
        | At::Slo
        | At::SloAnswer => StatusCode::SEE_OTHER,
        At::Require if verb == Verb::Slug => StatusCode::UNAUTHORIZED,
        At::StartAgain => StatusCode::CONFLICT,
        At::Layer
        | At::Require
        | At::Pending
        | At::Status
        | At::Start
        | At::Ask
        | At::Metadata
        | At::SignOut
        | At::Unlink
        | At::Rebind
        | At::EmailsChanged
        | At::MakeJoinLink
        | At::JoinLinks
        | At::RevokeJoinLink
        | At::Join
        // The page that leads to the provider: these are forms.
        | At::Begin
        | At::BeginToJoin
        | At::Logout => StatusCode::OK,
    }
}

async fn fails_closed(scene: &TestApp, verb: Verb, at: At) {
    for fault in [Fault::Fails, Fault::FailsLater, Fault::Hangs] {
        let case = format!("{verb:?} at {at:?}, {fault:?}");
        scene.actions();
        let before = scene.switch.asked(verb);
        let outcome = decide_without_waiting(scene, verb, at, Some(fault)).await;
        assert!(scene.switch.asked(verb) > before, "{case}: it was not asked");
        assert_eq!(outcome.status, StatusCode::SERVICE_UNAVAILABLE, "{case}\n{}", outcome.body);
        assert_eq!((outcome.waits.as_str(), outcome.handled), ("5", 0), "{case}");
        scene.stored_as_finished();
        let login = matches!(
            at,
            At::Start
                | At::StartAgain
                | At::Begin
                | At::Receive
                | At::Finish
                | At::Acs
                | At::Ask
                | At::Confirm
                | At::Metadata
                | At::Slo
                | At::SloAnswer
                | At::Logout
                | At::Join
                | At::BeginToJoin
                | At::FinishToJoin
                | At::HandOver
                | At::Claim
        );
        let host = matches!(
            at,
            At::SignOut
                | At::Unlink
                | At::Rebind
                | At::EmailsChanged
                | At::MakeJoinLink
                | At::JoinLinks
                | At::RevokeJoinLink
        );
        match scene.last().action {
            Action::LoginRefused { kind, detail } if login => {
                assert_eq!(kind, LookupFailed, "{case}");
                assert!(!outcome.body.contains(&detail.unwrap()), "{case}");
            }
            Action::LookupFailed { detail, .. } if !login && !host => {
                assert!(!outcome.body.contains(&detail), "{case}");
            }
            _ if host => {}
            other => panic!("{case}: {other:?}"),
        }
        scene.shows_no_secret(&outcome.body);
    }
    for fine in [None, Some(Fault::Late)] {
        let outcome = decide_without_waiting(scene, verb, at, fine).await;
        assert_eq!(outcome.status, accepted(at, verb), "{verb:?} at {at:?}, {fine:?}\n{}", outcome.body);
    }
}

macro_rules! every_verb {
    ($($test:ident: $verb:ident;)+) => {
        $(#[tokio::test]
        async fn $test() {
            for at in met_at(Verb::$verb) {
                fails_closed(&scene_for(*at).await, Verb::$verb, *at).await;
            }
        })+

        #[test]
        fn every_verb_has_a_test() {
            let met: Vec<_> = Verb::ALL.iter().copied().filter(|verb| !met_at(*verb).is_empty()).collect();
            assert_eq!(met, [$(Verb::$verb),+]);
        }
    };
}

every_verb! {
    a_viewer_that_is_not_told_is_not_anonymous: Viewer;
    an_organization_that_is_not_told_is_not_unknown: Organization;
    a_standing_that_is_not_told_is_not_a_strangers: Membership;
    emails_that_are_not_told_are_not_none: Emails;
    a_login_that_the_host_does_not_take_is_no_session: Apply;
    an_invitation_that_is_not_told_is_not_none: Invitation;
    content_that_is_not_told_to_be_public_is_not: PublicContent;
    a_slug_that_is_not_told_is_not_guessed: Slug;
    a_member_whom_the_host_does_not_take_is_none: Join;
    a_newcomer_whom_the_host_does_not_take_is_handed_to_nobody: Welcome;
    a_connection_that_is_not_told_is_not_off: Connection;
    a_session_that_cannot_be_stored_is_none: SessionInsert;
    a_session_that_cannot_be_looked_up_is_not_missing: SessionFind;
    sessions_elsewhere_that_cannot_be_listed_are_not_none: SessionList;
    a_revocation_that_cannot_be_made_is_said_so: SessionRevoke;
    a_revocation_that_cannot_be_looked_for_is_not_none: SessionRevoked;
    a_login_that_cannot_be_kept_is_not_begun: Put;
    a_login_that_cannot_be_taken_is_not_unknown: Take;
    an_assertion_that_cannot_be_claimed_is_not_new: Claim;
    a_link_that_cannot_be_pinned_is_not_new: Pin;
    a_link_that_cannot_be_removed_is_said_so: Unlink;
    a_join_link_that_cannot_be_kept_is_not_made: JoinAdd;
    a_join_link_that_cannot_be_looked_up_is_not_unknown: JoinFind;
    join_links_that_cannot_be_listed_are_not_none: JoinList;
    a_join_link_whose_use_cannot_be_counted_lets_nobody_in: JoinCount;
    a_join_link_that_cannot_be_revoked_is_said_so: JoinRemove;
}

/// Has every verb asked that anything asks, each where it is met first and last, with an answer that is not at once.
#[cfg(feature = "metrics")]
pub async fn asks_everything() {
    for verb in Verb::ALL {
        let met = met_at(*verb);
        for at in met.first().into_iter().chain(met.last()) {
            decide_without_waiting(&scene_for(*at).await, *verb, *at, Some(Fault::Late)).await;
        }
    }
    decide_without_waiting(&scene_for(At::Logout).await, Verb::LoggedOut, At::Logout, Some(Fault::Late))
        .await;
    for fault in [Fault::FailsLater, Fault::Hangs] {
        decide_without_waiting(&scene().await, Verb::SessionFind, At::Layer, Some(fault)).await;
    }
}

#[tokio::test]
async fn what_is_said_to_be_asked_by_nothing_is_asked_by_nothing() {
    let scene = scene().await;
    for at in [
        At::Layer,
        At::Require,
        At::Pending,
        At::Status,
        At::Start,
        At::StartAgain,
        At::Begin,
        At::Receive,
        At::Finish,
        At::SignOut,
        At::Unlink,
        At::Rebind,
        At::EmailsChanged,
        At::FinishToJoin,
        At::HandOver,
        At::JoinLinks,
    ] {
        decide_without_waiting(&scene, Verb::SessionInsert, at, None).await;
    }
    scene.sso.revoke(RevocationScope::Account("ada".into())).await.unwrap();
    for verb in Verb::ALL {
        // Public content is asked only about those without a session, slugs only for a challenge by hand, claims by
        // SAML.
        let elsewhere = matches!(verb, Verb::PublicContent | Verb::Slug | Verb::Claim);
        if !elsewhere {
            assert_eq!(scene.switch.asked(*verb) > 0, !met_at(*verb).is_empty(), "{verb:?}");
        }
    }
}

#[tokio::test]
async fn a_mark_against_loops_that_cannot_be_kept_changes_nothing() {
    let scene = scene().await;
    for fault in [Fault::Fails, Fault::FailsLater, Fault::Hangs] {
        let asked = scene.switch.asked(Verb::Put);
        let outcome = decide_without_waiting(&scene, Verb::Put, At::Finish, Some(fault)).await;
        assert_eq!(outcome.status, StatusCode::SEE_OTHER, "{fault:?}\n{}", outcome.body);
        assert!(scene.switch.asked(Verb::Put) > asked);
        scene.stored_as_finished();
    }
}
