//! Every lie of a provider, through the whole stack, beside the honest SSO login that it bends; and the list that says
//! where every error kind is produced.

mod lies;
mod saml;

use std::{collections::BTreeSet, sync::OnceLock, time::Duration};

use tower_sso::login::LoginErrorKind::{self, *};
use tower_sso_test_idp::{Answer, Endpoint, Lie};

use self::{
    lies::{Case, With, cases},
    saml::WithSaml,
};
use crate::{
    concurrency,
    login::{self, begin, bindings, loops, revocation, tickets},
    scene::{Plan, TestApp, Who, produced},
};

/// Goes as far as an SSO login goes; asserts that it ends in a refusal of this kind.
async fn is_refused(scene: &TestApp, who: &Who, kind: LoginErrorKind) {
    let begun = scene.begin(who, "1", "/acme/repo").await;
    if !matches!(begun.status().as_u16(), 200 | 303) {
        scene.refused(begun, kind).await;
        return;
    }
    let authorize = scene.to_provider(begun).await;
    let callback = scene.signed_in(who, "1", &authorize).await;
    let received = scene.visit(who, &callback).await;
    if received.status() != 303 {
        scene.refused(received, kind).await;
        return;
    }
    let finish = scene.location(received).await;
    let finished = scene.visit(who, &finish).await;
    scene.refused(finished, kind).await;
}

/// What a provider can lie about with one kind of connection to it.
#[derive(Clone, Copy, Debug)]
enum Lies {
    Oidc(With),
    Saml(WithSaml),
}

impl Lies {
    fn all() -> impl Iterator<Item = Self> {
        With::ALL.into_iter().map(Self::Oidc).chain(WithSaml::ALL.into_iter().map(Self::Saml))
    }

    fn plan(self) -> Plan {
        match self {
            Self::Oidc(with) => with.plan(),
            Self::Saml(with) => with.plan(),
        }
    }

    fn cases(self, scene: &TestApp) -> Vec<Case> {
        match self {
            Self::Oidc(with) => cases(with, scene),
            Self::Saml(with) => saml::cases(with, scene),
        }
    }

    /// How long it takes until what was learned from the provider is too old to be used, lies and all.
    fn pause(self) -> Duration {
        match self {
            Self::Oidc(_) => Duration::from_secs(25 * 3600),
            Self::Saml(with) => with.pause(),
        }
    }
}

async fn every_lie(with: Lies) {
    let scene = TestApp::of(with.plan()).await;
    let ada = scene.who("ada");
    let most = with.cases(&scene).len();
    for at in 0..most {
        scene.hands.advance(with.pause());
        let (kind, lie) = with.cases(&scene).swap_remove(at);
        scene.acme.lie(lie.clone());
        let told = std::panic::AssertUnwindSafe(is_refused(&scene, &ada, kind));
        // Those before were looked through for secrets.
        scene.actions();
        let outcome = futures_util::FutureExt::catch_unwind(told).await;
        assert!(outcome.is_ok(), "{with:?}: {lie:?} is to be refused as {kind:?}");
        assert!(!scene.is_logged_in(&ada, "1").await, "{lie:?}");
        scene.acme.honest();
        scene.hands.seconds(3601);
        scene.log_in(&ada, "1").await;
        scene.sso.signed_out(&ada.presents()).await.unwrap();
    }
    let fetched = |path: &str| scene.acme.calls(path);
    assert_eq!(fetched("/the-attackers-keys") + fetched("/the-attackers-certificate"), 0, "it was fetched");
    assert_eq!(scene.host.0.applied.lock().unwrap().len(), most, "the host was told of a lie");
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

/// The kinds that the lies produce. They are told once, whichever test comes first.
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
            let started: Vec<_> = Lies::all().map(start).collect();
            let of_each = started
                .into_iter()
                .map(|thread| thread.join().expect("a lie was not refused as it should be"));
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
async fn a_provider_that_never_answers_is_given_up() {
    for endpoint in [Endpoint::Discovery, Endpoint::Token, Endpoint::Keys, Endpoint::Userinfo] {
        for answer in [Answer::Never, Answer::SlowDrip(Duration::from_secs(1))] {
            too_slow(endpoint, answer).await;
        }
    }
}

async fn too_slow(endpoint: Endpoint, answer: Answer) {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.acme.lie(Lie::Answer(endpoint, answer));
    let waiting = async {
        match endpoint {
            Endpoint::Discovery => scene.begin(&ada, "1", "/").await,
            _ => {
                let callback = scene.called_back(&ada, "1").await;
                scene.visit(&ada, &callback).await
            }
        }
    };
    let mut waiting = std::pin::pin!(waiting);
    // In real time until the provider is asked; from then on nothing happens but time.
    while scene.acme.calls(endpoint.path()) == 0 {
        let soon = tokio::time::timeout(Duration::from_millis(5), &mut waiting);
        assert!(soon.await.is_err(), "it was answered");
    }
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let response = waiting.await;
    let took = begun.elapsed();
    tokio::time::resume();
    assert!(took <= Duration::from_secs(11), "{endpoint:?}: took {took:?}");
    scene.refused(response, ProviderTimeout).await;
    scene.acme.honest();
    scene.hands.seconds(60);
    scene.log_in(&ada, "1").await;
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_said_so_and_is_found_when_it_is_back() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let honest = scene.connection();
    let nobody = tower_sso::oidc::OidcSettings::new(
        "http://127.0.0.1:9",
        "hub-1",
        tower_sso::oidc::ClientAuthentication::None,
    );
    let enforced = tower_sso::connection::Enforcement::Enforced;
    scene.change(tower_sso::ConnectionSettings::oidc("1", enforced, nobody));
    is_refused(&scene, &ada, ProviderUnreachable).await;
    assert!(!scene.is_logged_in(&ada, "1").await);
    scene.change(honest);
    scene.log_in(&ada, "1").await;
}

#[tokio::test]
async fn a_provider_on_a_private_address_is_refused_where_an_administrator_named_it() {
    let plan = Plan { oidc: |settings| settings.public_addresses_only(), ..Plan::default() };
    let scene = TestApp::of(plan).await;
    is_refused(&scene, &scene.who("ada"), ProviderAddressPrivate).await;
    assert_eq!(scene.acme.requests().len(), 0, "it was asked");
    let operators = TestApp::new().await;
    operators.log_in(&operators.who("ada"), "1").await;
}

/// What produces the kinds that no lie does. Each is a test of its own besides.
const ELSEWHERE: &[(LoginErrorKind, fn())] = &[
    (NoConnection, bindings::an_organization_without_a_connection_has_no_login_at_any_step),
    (LookupFailed, a_lookup_that_fails_is_refused_as_such),
    (StoreFull, concurrency::a_store_without_room_for_a_login_refuses_it_and_loses_none),
    (RateLimited, begin::a_credential_that_begins_again_and_again_is_slowed_and_no_other),
    (NotSignedIn, bindings::nobody_logs_in_without_a_login_at_the_host),
    (ViewerNotEstablished, bindings::a_host_whose_authentication_has_not_run_is_loud),
    (NotMember, bindings::only_members_log_in),
    (JoinLinkUnknown, login::join::an_unknown_join_link_is_rejected),
    (JoinLinkExpired, login::join::a_link_lasts_thirty_days_or_as_long_as_the_connection_says),
    (JoinRefused, login::join::a_host_that_takes_nobody_by_a_link_takes_nobody),
    (NewcomerRefused, login::join_visitor::a_host_that_makes_nobody_an_account_is_handed_nobody),
    (CrossOrigin, begin::a_form_of_another_site_begins_nothing),
    (ReturnPathInvalid, begin::a_return_path_to_anywhere_else_is_refused),
    (InitiatorWrong, crate::login::initiate::a_start_from_another_issuer_is_refused),
    (RequestInvalid, begin::a_form_that_is_too_large_is_refused),
    (Loop, loops::a_host_whose_credential_changes_in_the_app_does_not_loop),
    (StateUsed, tickets::a_state_is_used_once),
    (StateExpired, tickets::a_login_waits_ten_minutes_for_the_provider),
    (OtherOrganization, bindings::a_callback_at_another_organization_is_refused),
    (OtherCredential, bindings::another_browser_cannot_finish),
    (OtherAccount, bindings::another_account_cannot_finish),
    (ConnectionChanged, bindings::a_connection_that_changes_during_a_login_ends_it),
    (Revoked, revocation::a_revocation_between_receive_and_finish_ends_the_login),
    (TicketMissing, tickets::a_finish_lacks_doubles_or_invents_its_ticket_in_vain),
    (TicketUnknown, tickets::a_finish_lacks_doubles_or_invents_its_ticket_in_vain),
    (TicketUsed, tickets::a_ticket_is_used_once),
    (TicketExpired, tickets::a_ticket_lives_two_minutes),
    (ProviderTimeout, a_provider_that_never_answers_is_given_up),
    (ProviderUnreachable, a_provider_that_is_not_there_is_said_so_and_is_found_when_it_is_back),
    (ProviderAddressPrivate, a_provider_on_a_private_address_is_refused_where_an_administrator_named_it),
    (
        EmailDomainRefused,
        crate::login::email::an_email_off_the_domain_list_is_refused_even_if_it_is_the_accounts,
    ),
    (
        ClaimRefused,
        crate::login::required_claims::a_login_without_a_claim_that_the_connection_requires_is_refused,
    ),
    (SamlReplayed, login::saml_unasked::a_response_that_nobody_asked_for_counts_once_on_whatever_node),
    (SamlLogoutInvalid, login::saml_logout::a_request_that_is_not_the_providers_or_not_for_us_ends_nothing),
    (SubjectChanged, crate::login::links::a_recycled_email_address_opens_nothing),
    (SubjectOfAnotherAccount, crate::login::links::one_user_of_a_provider_is_no_two_accounts),
];

#[tokio::test]
async fn a_lookup_that_fails_is_refused_as_such() {
    use crate::scene::fault::{Fault, Verb};
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.switch.set(Some((Verb::Emails, Fault::Fails)));
    is_refused(&scene, &ada, LookupFailed).await;
    scene.switch.set(None);
    scene.log_in(&ada, "1").await;
}

#[test]
fn every_error_kind_is_produced_by_a_test() {
    let mut kinds = of_the_lies().clone();
    for (kind, test) in ELSEWHERE {
        // On a thread of its own, so that what it produces is known to be its own.
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
