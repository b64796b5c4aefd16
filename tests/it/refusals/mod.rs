//! Every lie of a provider, through the whole stack, next to the honest SSO login that it alters. A list names what
//! produces every other error kind.

mod lies;
mod saml;

use std::{collections::BTreeSet, sync::OnceLock, time::Duration};

use tower_sso::login::LoginErrorKind::{self, *};
use tower_sso_test_idp::{Answer, Endpoint, Lie};

use self::{
    lies::{Case, OidcSetup, cases},
    saml::SamlSetup,
};
use crate::{
    concurrency,
    login::{self, begin, bindings, loops, revocation, tickets},
    test_app::{Actor, TestApp, TestConfig, produced},
};

/// Continues an SSO login as far as it goes, and asserts that it ends in a refusal of this kind.
async fn is_refused(app: &TestApp, who: &Actor, kind: LoginErrorKind) {
    let begun = app.begin(who, "1", "/acme/repo").await;
    if !matches!(begun.status().as_u16(), 200 | 303) {
        app.refused(begun, kind).await;
        return;
    }
    let authorize = app.to_provider(begun).await;
    let callback = app.signed_in(who, "1", &authorize).await;
    let received = app.visit(who, &callback).await;
    if received.status() != 303 {
        app.refused(received, kind).await;
        return;
    }
    let finish = app.location(received).await;
    let finished = app.visit(who, &finish).await;
    app.refused(finished, kind).await;
}

/// One kind of connection to a provider, with the lies that matter there.
#[derive(Clone, Copy, Debug)]
enum Setup {
    Oidc(OidcSetup),
    Saml(SamlSetup),
}

impl Setup {
    fn all() -> impl Iterator<Item = Self> {
        OidcSetup::ALL.into_iter().map(Self::Oidc).chain(SamlSetup::ALL.into_iter().map(Self::Saml))
    }

    fn config(self) -> TestConfig {
        match self {
            Self::Oidc(with) => with.config(),
            Self::Saml(with) => with.config(),
        }
    }

    fn cases(self, app: &TestApp) -> Vec<Case> {
        match self {
            Self::Oidc(with) => cases(with, app),
            Self::Saml(with) => saml::cases(with, app),
        }
    }

    /// Returns how long it takes until what was learned from the provider, including its lies, is too old to be used.
    fn pause(self) -> Duration {
        match self {
            Self::Oidc(_) => Duration::from_secs(25 * 3600),
            Self::Saml(with) => with.pause(),
        }
    }
}

async fn every_lie(with: Setup) {
    let app = TestApp::of(with.config()).await;
    let ada = app.actor("ada");
    let most = with.cases(&app).len();
    for at in 0..most {
        app.clock.advance(with.pause());
        let (kind, lie) = with.cases(&app).swap_remove(at);
        app.acme.lie(lie.clone());
        let told = std::panic::AssertUnwindSafe(is_refused(&app, &ada, kind));
        // The earlier events have already been searched for secrets.
        app.actions();
        let outcome = futures_util::FutureExt::catch_unwind(told).await;
        assert!(outcome.is_ok(), "{with:?}: {lie:?} must be refused as {kind:?}");
        assert!(!app.is_logged_in(&ada, "1").await, "{lie:?}");
        app.acme.honest();
        app.clock.seconds(3601);
        app.log_in(&ada, "1").await;
        app.sso.signed_out(&ada.presents()).await.unwrap();
    }
    let fetched = |path: &str| app.acme.calls(path);
    assert_eq!(
        fetched("/the-attackers-keys") + fetched("/the-attackers-certificate"),
        0,
        "the attacker's key or certificate was fetched"
    );
    assert_eq!(app.host.state.applied.lock().unwrap().len(), most, "the host was told about a refused login");
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

/// Returns the kinds that the lies produce. The lies are told once, by whichever test comes first.
fn of_the_lies() -> &'static BTreeSet<LoginErrorKind> {
    static KINDS: OnceLock<BTreeSet<LoginErrorKind>> = OnceLock::new();
    KINDS.get_or_init(|| {
        let of_each = std::thread::scope(|threads| {
            let start = |with| {
                threads.spawn(move || {
                    run(every_lie(with));
                    produced()
                })
            };
            let started: Vec<_> = Setup::all().map(start).collect();
            let of_each = started
                .into_iter()
                .map(|thread| thread.join().expect("a lie was not refused with its error kind"));
            of_each.collect::<Vec<_>>()
        });
        of_each.into_iter().flatten().collect()
    })
}

#[test]
fn every_lie_is_refused_with_its_own_kind_and_its_honest_twin_logs_in() {
    assert!(of_the_lies().len() > 30);
}

#[tokio::test]
async fn a_provider_that_never_answers_times_out() {
    for endpoint in [Endpoint::Discovery, Endpoint::Token, Endpoint::Keys, Endpoint::Userinfo] {
        for answer in [Answer::Never, Answer::SlowDrip(Duration::from_secs(1))] {
            too_slow(endpoint, answer).await;
        }
    }
}

async fn too_slow(endpoint: Endpoint, answer: Answer) {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.acme.lie(Lie::Answer(endpoint, answer));
    let waiting = async {
        match endpoint {
            Endpoint::Discovery => app.begin(&ada, "1", "/").await,
            _ => {
                let callback = app.called_back(&ada, "1").await;
                app.visit(&ada, &callback).await
            }
        }
    };
    let mut waiting = std::pin::pin!(waiting);
    // Time is real until the provider is asked. From then on only the paused clock advances.
    while app.acme.calls(endpoint.path()) == 0 {
        let soon = tokio::time::timeout(Duration::from_millis(5), &mut waiting);
        assert!(soon.await.is_err(), "the request was answered");
    }
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let response = waiting.await;
    let took = begun.elapsed();
    tokio::time::resume();
    assert!(took <= Duration::from_secs(11), "{endpoint:?}: took {took:?}");
    app.refused(response, ProviderTimeout).await;
    app.acme.honest();
    app.clock.seconds(60);
    app.log_in(&ada, "1").await;
}

#[tokio::test]
async fn an_unreachable_provider_is_reported_and_found_again() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let honest = app.connection();
    let nobody = tower_sso::oidc::OidcSettings::new(
        "http://127.0.0.1:9",
        tower_sso::oidc::ClientId::new("hub-1"),
        tower_sso::oidc::ClientAuthentication::None,
    );
    let enforced = tower_sso::connection::Enforcement::Enforced;
    app.change(tower_sso::ConnectionSettings::oidc("1", enforced, nobody));
    is_refused(&app, &ada, ProviderUnreachable).await;
    assert!(!app.is_logged_in(&ada, "1").await);
    app.change(honest);
    app.log_in(&ada, "1").await;
}

#[tokio::test]
async fn a_provider_on_a_private_address_is_refused_if_an_administrator_named_it() {
    let config = TestConfig { oidc: |settings| settings.public_addresses_only(), ..TestConfig::default() };
    let app = TestApp::of(config).await;
    is_refused(&app, &app.actor("ada"), ProviderAddressPrivate).await;
    assert_eq!(app.acme.requests().len(), 0, "the provider was asked");
    let operators = TestApp::new().await;
    operators.log_in(&operators.actor("ada"), "1").await;
}

/// The tests that produce the kinds that no lie produces. Each also runs as a test by itself.
const ELSEWHERE: &[(LoginErrorKind, fn())] = &[
    (NoConnection, bindings::an_organization_without_a_connection_has_no_login_pages),
    (LookupFailed, a_failed_lookup_is_refused_with_its_own_kind),
    (StoreFull, concurrency::a_full_store_refuses_a_new_login_and_loses_no_other),
    (RateLimited, begin::a_credential_that_begins_too_often_is_rate_limited_and_others_are_not),
    (NotSignedIn, bindings::a_visitor_who_is_not_signed_in_cannot_log_in_with_sso),
    (ViewerNotEstablished, bindings::a_viewer_that_is_not_established_is_answered_with_500),
    (NotMember, bindings::only_members_log_in),
    (JoinLinkUnknown, login::join::an_unknown_join_link_is_rejected),
    (JoinLinkExpired, login::join::a_join_link_lasts_thirty_days_unless_the_connection_sets_another_time),
    (JoinRefused, login::join::a_join_that_the_app_refuses_is_refused),
    (NewUserRefused, login::join_visitor::a_visitor_whom_the_app_refuses_is_not_handed_over),
    (CrossOrigin, begin::a_cross_site_form_begins_no_login),
    (ReturnPathInvalid, begin::a_return_path_to_another_site_is_refused),
    (InitiatorWrong, crate::login::initiate::a_start_with_another_issuer_is_refused),
    (RequestInvalid, begin::a_form_that_is_too_large_is_refused),
    (Loop, loops::an_app_whose_credential_changes_by_page_does_not_loop),
    (StateUsed, tickets::a_state_is_used_once),
    (StateExpired, tickets::a_login_waits_ten_minutes_for_the_provider),
    (OtherOrganization, bindings::a_callback_at_another_organization_is_refused),
    (OtherCredential, bindings::another_browser_cannot_finish),
    (OtherAccount, bindings::another_account_cannot_finish),
    (ConnectionChanged, bindings::a_connection_that_changes_during_a_login_ends_it),
    (Revoked, revocation::a_revocation_between_receive_and_finish_ends_the_login),
    (TicketMissing, tickets::a_missing_repeated_or_made_up_ticket_is_refused),
    (TicketUnknown, tickets::a_missing_repeated_or_made_up_ticket_is_refused),
    (TicketUsed, tickets::a_ticket_is_used_once),
    (TicketExpired, tickets::a_ticket_expires_after_two_minutes),
    (ProviderTimeout, a_provider_that_never_answers_times_out),
    (ProviderUnreachable, an_unreachable_provider_is_reported_and_found_again),
    (ProviderAddressPrivate, a_provider_on_a_private_address_is_refused_if_an_administrator_named_it),
    (EmailDomainRefused, crate::login::email::an_email_off_the_domain_list_is_refused_even_for_its_owner),
    (ClaimRefused, crate::login::required_claims::a_login_without_a_required_claim_is_refused),
    (SamlReplayed, login::saml_unsolicited::an_unsolicited_response_counts_once_across_nodes),
    (SamlLogoutInvalid, login::saml_logout::a_logout_request_that_is_forged_or_not_for_us_ends_nothing),
    (SubjectChanged, crate::login::links::a_recycled_email_address_does_not_log_in),
    (SubjectOfAnotherAccount, crate::login::links::one_user_of_a_provider_cannot_be_linked_to_two_accounts),
];

#[tokio::test]
async fn a_failed_lookup_is_refused_with_its_own_kind() {
    use crate::test_app::fault::{Fault, Verb};
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.faults.set(Some((Verb::Emails, Fault::Fails)));
    is_refused(&app, &ada, LookupFailed).await;
    app.faults.set(None);
    app.log_in(&ada, "1").await;
}

#[test]
fn every_error_kind_is_produced_by_a_test() {
    let mut kinds = of_the_lies().clone();
    for (kind, test) in ELSEWHERE {
        // The test runs on its own thread, so the kinds recorded there are its own.
        let produced = std::thread::spawn(|| {
            test();
            produced()
        });
        assert!(produced.join().expect("a test that is listed here fails").contains(kind), "{kind:?}");
        kinds.insert(*kind);
    }
    let missing: Vec<_> = LoginErrorKind::ALL.iter().filter(|kind| !kinds.contains(kind)).collect();
    assert!(missing.is_empty(), "no test produces {missing:?}");
}
