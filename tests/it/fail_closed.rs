//! A lookup that fails or never answers is never taken for a "no". The answer is 503 within the time limit, the handler
//! does not run and no session is stored. The tests check this for every verb of every trait, at every request that
//! uses the verb.
//!
//! [`met_at`] is an exhaustive match: a verb that is added to [`Verb`] does not compile until the match names the
//! requests that use it. [`crate::test_app::fault`] describes how a new trait method becomes a verb.

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
    support::{header, text},
    test_app::{
        Actor, TestApp, TestConfig,
        fault::{Fault, Verb},
    },
};

/// The time limit for the lookups of a request.
const BOUND: Duration = Duration::from_millis(150);

/// A request or a call that makes lookups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EntryPoint {
    /// A guarded page.
    Layer,
    /// `Sso::require` in a handler.
    Require,
    /// `Sso::pending` in a handler.
    Pending,
    Status,
    Start,
    /// The start page, opened by an account that has just logged in with SSO with another credential.
    StartAgain,
    Begin,
    Receive,
    Finish,
    /// A SAML response.
    Acs,
    /// The page that asks for confirmation of an SSO login that the provider started.
    Ask,
    /// The button of that page.
    Confirm,
    /// Our metadata.
    Metadata,
    /// A logout request from the provider.
    Slo,
    /// The provider's response to our logout request.
    SloAnswer,
    /// Our logout.
    Logout,
    /// A call by the host, which gets an error.
    SignOut,
    Unlink,
    Rebind,
    EmailsChanged,
    MakeJoinLink,
    JoinLinks,
    RevokeJoinLink,
    /// The page of a join link, its button, and the finish of an account that joins through it.
    Join,
    BeginToJoin,
    FinishToJoin,
    /// The finish of a visitor without an account, and the claim by the account that the host made for them.
    HandOver,
    Claim,
}

/// Returns the requests that use a verb.
fn met_at(verb: Verb) -> &'static [EntryPoint] {
    use EntryPoint::{
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
        // A challenge made by hand names the organization by its slug.
        Verb::Slug => &[Require, Pending],
        Verb::Emails => &[Begin, Finish, Ask, Confirm, EmailsChanged, Join, FinishToJoin, Claim],
        Verb::Apply => &[Finish, Confirm],
        Verb::Join => &[FinishToJoin, Claim],
        Verb::Welcome => &[HandOver],
        // The invitation is looked up where roles are mapped.
        Verb::Invitation => &[Finish, Confirm, FinishToJoin, Claim],
        Verb::SessionFind => &[Layer, Require, Pending, Status, StartAgain, Rebind, Logout],
        Verb::SessionRevision => &[Begin, BeginToJoin, Rebind],
        Verb::SessionInsert => &[Finish, Confirm, Rebind, FinishToJoin, Claim],
        // Not `Slo`: the provider gets a response that reports the failure; see
        // `a_failed_revocation_is_never_answered_with_success`.
        Verb::SessionRevoke => &[SignOut, Unlink, Rebind, EmailsChanged, Logout],
        Verb::SessionRevoked => &[Finish, Confirm, StartAgain, FinishToJoin, Claim],
        // Not `Finish`: see `a_loop_mark_that_cannot_be_stored_changes_nothing`.
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
        // No request in this table looks up links or tokens: see `every_step_looks_up_only_what_the_table_lists`.
        Verb::SessionList => &[Rebind],
        Verb::LinkFind | Verb::Tokens => &[],
        // Only a login that has failed undoes its link: see
        // `a_revocation_during_the_finish_refuses_the_session_and_removes_the_link`.
        Verb::Undo => &[],
        // Nothing waits for the answer: see `an_app_that_fails_to_log_out_restores_no_session_and_success_is_withheld`.
        Verb::LoggedOut => &[],
    }
}

fn config() -> TestConfig {
    TestConfig {
        lookup_timeout: BOUND,
        connection: |connection| {
            let roles = RoleSettings::new("groups").default_role("read").role("admin", ["admins"]);
            connection.public_content(PublicContent::Open).domains(["acme.example"]).roles(roles)
        },
        ..TestConfig::default()
    }
}

async fn app() -> TestApp {
    TestApp::of(config()).await
}

/// Returns an app in which this request can be made.
async fn scene_for(at: EntryPoint) -> TestApp {
    if matches!(at, EntryPoint::Slo | EntryPoint::SloAnswer | EntryPoint::Logout) {
        return TestApp::of(TestConfig { saml: logout_messages::config().saml, ..config() }).await;
    }
    if !matches!(at, EntryPoint::Acs | EntryPoint::Ask | EntryPoint::Confirm | EntryPoint::Metadata) {
        return app().await;
    }
    TestApp::of(TestConfig {
        saml: Some(|settings| settings.dangerous().accept_unsolicited()),
        service_provider: |provider| provider.starts_here(),
        ..config()
    })
    .await
}

/// Brings a visitor to the point just before a request, without a fault. Then makes the request with the fault and
/// returns the outcome.
async fn decide_without_waiting(app: &TestApp, verb: Verb, at: EntryPoint, fault: Option<Fault>) -> Outcome {
    // The loop mark of the previous case has expired.
    app.clock.seconds(31);
    let joining = matches!(at, EntryPoint::Join | EntryPoint::BeginToJoin | EntryPoint::FinishToJoin);
    let ada = match at {
        EntryPoint::Claim => join_visitor::zoe(app),
        _ => app.actor(if joining { "mallory" } else { "ada" }),
    };
    // The accounts that joined in the previous case are removed again.
    for account in ["mallory", "zoe"] {
        app.host.state.memberships.lock().unwrap().remove(&("1".into(), account.into()));
    }
    let mut cookie = String::new();
    // Without a session, the layer has to build a challenge or ask whether content is public.
    *app.host.state.public.lock().unwrap() = verb == Verb::PublicContent;
    let logged_in = !matches!(verb, Verb::PublicContent | Verb::Slug);
    let address = match at {
        EntryPoint::Layer | EntryPoint::Require | EntryPoint::Pending | EntryPoint::Status => {
            if logged_in {
                app.log_in(&ada, "1").await;
            }
            match at {
                EntryPoint::Layer => "/acme/repo",
                EntryPoint::Require => "/by-hand/1",
                EntryPoint::Pending => "/list",
                _ => "/sso/1/status",
            }
            .to_owned()
        }
        EntryPoint::StartAgain => {
            app.log_in(&ada.elsewhere(), "1").await;
            "/sso/1/start".to_owned()
        }
        EntryPoint::Start => "/sso/1/start".to_owned(),
        EntryPoint::Begin => "/sso/1/begin".to_owned(),
        EntryPoint::Receive | EntryPoint::Acs => app.called_back(&ada, "1").await,
        EntryPoint::Ask | EntryPoint::Confirm => {
            let asked = app.visit(&ada, &app.unsolicited(&ada).await).await;
            app.location(asked).await
        }
        EntryPoint::Metadata => "/sso/1/saml/metadata".to_owned(),
        EntryPoint::Slo => {
            app.log_in(&ada, "1").await;
            Message::request(app, &ada.credential, "ada", &[]).address(app)
        }
        EntryPoint::SloAnswer => {
            app.log_in(&ada, "1").await;
            let asked = sign_out(app, &ada, &app.base).await;
            let (request, relay_state) = sent(app, asked, "SAMLRequest").await;
            let id = request.split_once(" ID=\"").unwrap().1.split_once('"').unwrap().0;
            Message::answer(app, (id, &relay_state), SUCCESS).address(app)
        }
        EntryPoint::Logout => {
            app.log_in(&ada, "1").await;
            "/sso/1/saml/logout".to_owned()
        }
        EntryPoint::Finish => app.received(&ada, "1").await,
        EntryPoint::Join | EntryPoint::BeginToJoin => link(app).await,
        EntryPoint::FinishToJoin => join::received(app, &ada, &link(app).await).await,
        EntryPoint::HandOver | EntryPoint::Claim => {
            let link = link(app).await;
            let (address, tied) = match at {
                EntryPoint::HandOver => join_visitor::received(app, &link).await,
                _ => join_visitor::handed(app, &link).await,
            };
            cookie = tied;
            address
        }
        EntryPoint::SignOut
        | EntryPoint::Unlink
        | EntryPoint::Rebind
        | EntryPoint::EmailsChanged
        | EntryPoint::MakeJoinLink
        | EntryPoint::JoinLinks
        | EntryPoint::RevokeJoinLink => {
            app.log_in(&ada, "1").await;
            return call(app, &ada, at, fault.map(|fault| (verb, fault))).await;
        }
    };
    let ticket =
        if at == EntryPoint::Confirm { confirmation(app, &ada, &address).await } else { String::new() };
    let handled = app.handled();
    app.faults.set(fault.map(|fault| (verb, fault)));
    // At the callback, the put comes after the request to the provider, which takes real time. All other cases consist
    // of lookups only.
    let paused = !(at == EntryPoint::Receive && verb == Verb::Put);
    if paused {
        tokio::time::pause();
    }
    let begun = Instant::now();
    let response = match at {
        EntryPoint::Begin => app.begin(&ada, "1", "/acme/repo").await,
        EntryPoint::Receive
        | EntryPoint::Finish
        | EntryPoint::Start
        | EntryPoint::StartAgain
        | EntryPoint::Acs
        | EntryPoint::Ask
        | EntryPoint::Slo
        | EntryPoint::SloAnswer => app.visit(&ada, &address).await,
        EntryPoint::Logout => sign_out(app, &ada, &app.base).await,
        EntryPoint::Join => join::open(app, &ada, &address).await,
        EntryPoint::BeginToJoin => join::press(app, &ada, &address).await,
        EntryPoint::FinishToJoin => app.visit(&ada, &address).await,
        EntryPoint::HandOver => join_visitor::go(app, &Actor::nobody(), &address, &cookie).await,
        EntryPoint::Claim => join_visitor::go(app, &ada, &address, &cookie).await,
        EntryPoint::Confirm => app.post(&ada, "/sso/1/saml/confirm", &[("origin", &app.base)], ticket).await,
        _ => app.ask(&ada, &address).await,
    };
    let took = begun.elapsed();
    if paused {
        tokio::time::resume();
    }
    app.faults.set(None);
    let most = if paused { BOUND + Duration::from_millis(10) } else { BOUND + Duration::from_secs(5) };
    assert!(took <= most, "{verb:?} at {at:?}, {fault:?}: took {took:?}");
    if matches!(at, EntryPoint::Finish | EntryPoint::Confirm | EntryPoint::FinishToJoin | EntryPoint::Claim)
        && response.status() == StatusCode::SEE_OTHER
    {
        app.count_finished();
    }
    let waits = header(&response, "retry-after").to_owned();
    let status = response.status();
    Outcome { status, waits, body: text(response).await, handled: app.handled() - handled }
}

/// Returns the form of the confirmation page, with its ticket.
async fn confirmation(app: &TestApp, ada: &Actor, address: &str) -> String {
    let asked = app.visit(ada, address).await;
    app.to_provider(asked).await.split_once('#').unwrap().1.to_owned()
}

/// Creates a new join link, which is the organization's only one.
async fn link(app: &TestApp) -> String {
    for link in app.sso.join_links(&"1".into()).await.unwrap() {
        app.sso.revoke_join_link(&"1".into(), &"ada".into(), &link.id).await.unwrap();
    }
    join::link(app).await
}

struct Outcome {
    status: StatusCode,
    waits: String,
    body: String,
    handled: usize,
}

/// Makes the host's call and returns the outcome as a status: 200, or 503 for an error.
async fn call(app: &TestApp, ada: &Actor, at: EntryPoint, fault: Option<(Verb, Fault)>) -> Outcome {
    let (credential, old) = (ada.presents(), ada.credential.as_str().into());
    link(app).await;
    let (acme, links) = ("1".into(), app.sso.join_links(&"1".into()).await.unwrap());
    app.faults.set(fault);
    tokio::time::pause();
    let begun = Instant::now();
    let done = match at {
        EntryPoint::SignOut => app.sso.signed_out(&credential).await.map(drop),
        EntryPoint::EmailsChanged => app.sso.emails_changed(&"ada".into()).await.map(drop),
        EntryPoint::MakeJoinLink => {
            let made = app.sso.create_join_link(&acme, &"ada".into(), &tower_sso::ReturnPath::root()).await;
            made.map(drop).map_err(|error| {
                assert_eq!(error.kind(), LookupFailed);
                LookupError::from(error).into()
            })
        }
        EntryPoint::JoinLinks => app.sso.join_links(&acme).await.map(drop),
        EntryPoint::RevokeJoinLink => {
            app.sso.revoke_join_link(&acme, &"ada".into(), &links[0].id).await.map(drop)
        }
        EntryPoint::Unlink => app.sso.unlink(&"1".into(), &"ada".into()).await.map(drop),
        _ => app.sso.rebind(&"ada".into(), &old, &"new".into()).await.map(drop),
    };
    let took = begun.elapsed();
    tokio::time::resume();
    app.faults.set(None);
    assert!(took <= BOUND + Duration::from_millis(10), "{at:?}, {fault:?}: took {took:?}");
    // The SSO logins of the next case begin after the end of this one.
    app.clock.seconds(1);
    // The rebound session is stored before the old one is ended, and is equally valid.
    let before = [Verb::SessionList, Verb::SessionRevision, Verb::SessionFind, Verb::SessionInsert];
    if at == EntryPoint::Rebind
        && !matches!(fault, Some((verb, it)) if before.contains(&verb) && it != Fault::Late)
    {
        app.count_finished();
    }
    let status = if done.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Outcome { status, waits: "5".to_owned(), body: String::new(), handled: 0 }
}

/// Returns the status of a request without a fault.
fn accepted(at: EntryPoint, verb: Verb) -> StatusCode {
    match at {
        EntryPoint::Receive
        | EntryPoint::Finish
        | EntryPoint::Acs
        | EntryPoint::Confirm
        | EntryPoint::FinishToJoin
        | EntryPoint::HandOver
        | EntryPoint::Claim
        | EntryPoint::Slo
        | EntryPoint::SloAnswer => StatusCode::SEE_OTHER,
        EntryPoint::Require if verb == Verb::Slug => StatusCode::UNAUTHORIZED,
        EntryPoint::StartAgain => StatusCode::CONFLICT,
        EntryPoint::Layer
        | EntryPoint::Require
        | EntryPoint::Pending
        | EntryPoint::Status
        | EntryPoint::Start
        | EntryPoint::Ask
        | EntryPoint::Metadata
        | EntryPoint::SignOut
        | EntryPoint::Unlink
        | EntryPoint::Rebind
        | EntryPoint::EmailsChanged
        | EntryPoint::MakeJoinLink
        | EntryPoint::JoinLinks
        | EntryPoint::RevokeJoinLink
        | EntryPoint::Join
        // These forms are answered with the page that leads to the provider.
        | EntryPoint::Begin
        | EntryPoint::BeginToJoin
        | EntryPoint::Logout => StatusCode::OK,
    }
}

async fn fails_closed(app: &TestApp, verb: Verb, at: EntryPoint) {
    for fault in [Fault::Fails, Fault::FailsLater, Fault::Hangs] {
        let case = format!("{verb:?} at {at:?}, {fault:?}");
        app.actions();
        let before = app.faults.asked(verb);
        let outcome = decide_without_waiting(app, verb, at, Some(fault)).await;
        assert!(app.faults.asked(verb) > before, "{case}: the verb was not used");
        assert_eq!(outcome.status, StatusCode::SERVICE_UNAVAILABLE, "{case}\n{}", outcome.body);
        assert_eq!((outcome.waits.as_str(), outcome.handled), ("5", 0), "{case}");
        app.stored_as_finished();
        let login = matches!(
            at,
            EntryPoint::Start
                | EntryPoint::StartAgain
                | EntryPoint::Begin
                | EntryPoint::Receive
                | EntryPoint::Finish
                | EntryPoint::Acs
                | EntryPoint::Ask
                | EntryPoint::Confirm
                | EntryPoint::Metadata
                | EntryPoint::Slo
                | EntryPoint::SloAnswer
                | EntryPoint::Logout
                | EntryPoint::Join
                | EntryPoint::BeginToJoin
                | EntryPoint::FinishToJoin
                | EntryPoint::HandOver
                | EntryPoint::Claim
        );
        let host = matches!(
            at,
            EntryPoint::SignOut
                | EntryPoint::Unlink
                | EntryPoint::Rebind
                | EntryPoint::EmailsChanged
                | EntryPoint::MakeJoinLink
                | EntryPoint::JoinLinks
                | EntryPoint::RevokeJoinLink
        );
        match app.last().action {
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
        app.shows_no_secret(&outcome.body);
    }
    for fine in [None, Some(Fault::Late)] {
        let outcome = decide_without_waiting(app, verb, at, fine).await;
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
    a_failed_viewer_lookup_is_not_anonymous: Viewer;
    a_failed_organization_lookup_is_not_unknown: Organization;
    a_failed_membership_lookup_is_not_a_non_member: Membership;
    a_failed_email_lookup_is_not_an_account_without_emails: Emails;
    a_login_that_the_app_fails_to_apply_makes_no_session: Apply;
    a_failed_invitation_lookup_is_not_a_missing_invitation: Invitation;
    a_failed_public_content_lookup_is_not_public: PublicContent;
    a_failed_slug_lookup_is_not_guessed: Slug;
    a_join_that_the_app_fails_to_apply_makes_no_member: Join;
    a_new_user_that_the_app_fails_to_welcome_is_not_handed_over: Welcome;
    a_failed_connection_lookup_is_not_off: Connection;
    a_revision_that_cannot_be_looked_up_is_not_the_first: SessionRevision;
    a_session_that_cannot_be_stored_does_not_count: SessionInsert;
    a_session_that_cannot_be_looked_up_is_not_missing: SessionFind;
    a_failed_listing_of_sessions_is_not_an_empty_list: SessionList;
    a_failed_revocation_is_reported: SessionRevoke;
    a_failed_check_for_a_revocation_is_not_a_missing_one: SessionRevoked;
    a_login_that_cannot_be_stored_is_not_begun: Put;
    a_login_that_cannot_be_taken_is_not_unknown: Take;
    an_assertion_that_cannot_be_claimed_is_not_new: Claim;
    an_account_link_that_cannot_be_stored_is_not_new: Pin;
    a_failed_unlink_is_reported: Unlink;
    a_join_link_that_cannot_be_stored_is_not_made: JoinAdd;
    a_join_link_that_cannot_be_looked_up_is_not_unknown: JoinFind;
    a_failed_listing_of_join_links_is_not_an_empty_list: JoinList;
    a_join_link_whose_use_cannot_be_counted_admits_no_account: JoinCount;
    a_failed_removal_of_a_join_link_is_reported: JoinRemove;
}

/// Exercises every verb that anything asks, at the first and at the last place that uses it, with an answer that is
/// delayed.
#[cfg(feature = "metrics")]
pub async fn asks_everything() {
    for verb in Verb::ALL {
        let met = met_at(*verb);
        for at in met.first().into_iter().chain(met.last()) {
            decide_without_waiting(&scene_for(*at).await, *verb, *at, Some(Fault::Late)).await;
        }
    }
    decide_without_waiting(
        &scene_for(EntryPoint::Logout).await,
        Verb::LoggedOut,
        EntryPoint::Logout,
        Some(Fault::Late),
    )
    .await;
    for fault in [Fault::FailsLater, Fault::Hangs] {
        decide_without_waiting(&app().await, Verb::SessionFind, EntryPoint::Layer, Some(fault)).await;
    }
}

#[tokio::test]
async fn every_step_looks_up_only_what_the_table_lists() {
    let app = app().await;
    for at in [
        EntryPoint::Layer,
        EntryPoint::Require,
        EntryPoint::Pending,
        EntryPoint::Status,
        EntryPoint::Start,
        EntryPoint::StartAgain,
        EntryPoint::Begin,
        EntryPoint::Receive,
        EntryPoint::Finish,
        EntryPoint::SignOut,
        EntryPoint::Unlink,
        EntryPoint::Rebind,
        EntryPoint::EmailsChanged,
        EntryPoint::FinishToJoin,
        EntryPoint::HandOver,
        EntryPoint::JoinLinks,
    ] {
        decide_without_waiting(&app, Verb::SessionInsert, at, None).await;
    }
    app.sso.revoke(RevocationScope::Account("ada".into())).await.unwrap();
    for verb in Verb::ALL {
        // Public content is looked up only for visitors without a session, slugs only for a challenge made by hand, and
        // claims only by SAML.
        let elsewhere = matches!(verb, Verb::PublicContent | Verb::Slug | Verb::Claim);
        if !elsewhere {
            assert_eq!(app.faults.asked(*verb) > 0, !met_at(*verb).is_empty(), "{verb:?}");
        }
    }
}

#[tokio::test]
async fn a_loop_mark_that_cannot_be_stored_changes_nothing() {
    let app = app().await;
    for fault in [Fault::Fails, Fault::FailsLater, Fault::Hangs] {
        let asked = app.faults.asked(Verb::Put);
        let outcome = decide_without_waiting(&app, Verb::Put, EntryPoint::Finish, Some(fault)).await;
        assert_eq!(outcome.status, StatusCode::SEE_OTHER, "{fault:?}\n{}", outcome.body);
        assert!(app.faults.asked(Verb::Put) > asked);
        app.stored_as_finished();
    }
}
