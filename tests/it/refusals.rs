//! Every lie of a provider, through the whole stack, beside the honest sign-on that it bends; and the list that says
//! where every error kind is produced.

use std::{collections::BTreeSet, sync::OnceLock, time::Duration};

use serde_json::{Value, json};
use tower_sso::{
    LoginErrorKind::{self, *},
    PushedRequests, Userinfo,
    test_idp::{Answer, Change, Endpoint, Forgery, KeyForm, Lie, Oddity},
};

use crate::{
    concurrency,
    login::{begin, bindings, loops, revocation, tickets},
    scene::{Plan, Scene, Who, produced},
};

/// What the provider, or the connection to it, has to be like for a lie to matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum With {
    Defaults,
    PushedRequests,
    /// A sign-on of the last minute is asked for.
    MaxAge,
    /// `acr` has to be `phr`.
    ContextClass,
    UserinfoJwt,
}

impl With {
    const ALL: [Self; 5] =
        [Self::Defaults, Self::PushedRequests, Self::MaxAge, Self::ContextClass, Self::UserinfoJwt];

    fn plan(self) -> Plan {
        let plan = Plan::default();
        match self {
            Self::Defaults => plan,
            Self::PushedRequests => {
                Plan { oidc: |settings| settings.pushed_requests(PushedRequests::Always), ..plan }
            }
            Self::MaxAge => Plan { oidc: |settings| settings.max_age(Duration::from_secs(60)), ..plan },
            Self::ContextClass => Plan {
                oidc: |settings| settings.acr_values(["phr"]),
                provider: |builder| builder.acr_values(["phr"]),
                ..plan
            },
            Self::UserinfoJwt => Plan {
                oidc: |settings| settings.userinfo(Userinfo::Signed),
                provider: |builder| builder.oddity(Oddity::UserinfoJwt),
                ..plan
            },
        }
    }
}

type Case = (LoginErrorKind, Lie);

/// A value in place of the honest one.
fn other(value: &str) -> Change {
    Change::Value(value.to_owned())
}

fn callback() -> Vec<Case> {
    let mut cases = vec![
        (StateMissing, Lie::callback("state", Change::Missing)),
        (StateUnknown, Lie::callback("state", other("a state that nobody began with"))),
        (ParameterRepeated, Lie::callback("state", Change::Doubled)),
        (CodeMissing, Lie::callback("code", Change::Missing)),
        (TokenRefused, Lie::callback("code", other("a code that was not issued"))),
        (ParameterRepeated, Lie::callback("code", Change::Doubled)),
        (CallbackIssuerMissing, Lie::callback("iss", Change::Missing)),
        (CallbackIssuerWrong, Lie::callback("iss", other("https://evil.example"))),
        (ParameterRepeated, Lie::callback("iss", Change::Doubled)),
    ];
    // RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6, and one that nobody registered.
    cases.extend(
        [
            "invalid_request",
            "unauthorized_client",
            "access_denied",
            "unsupported_response_type",
            "invalid_scope",
            "server_error",
            "temporarily_unavailable",
            "interaction_required",
            "login_required",
            "account_selection_required",
            "consent_required",
            "invalid_request_uri",
            "invalid_request_object",
            "request_not_supported",
            "request_uri_not_supported",
            "registration_not_supported",
            "made_up",
        ]
        .map(|code| (ProviderError, Lie::AuthorizationError(code.to_owned()))),
    );
    cases
}

fn endpoints() -> Vec<Case> {
    use Endpoint::{Discovery, Keys, Token, Userinfo as AtUserinfo};
    let elsewhere = || Answer::Redirect("http://localhost:1/".to_owned());
    let doubled = |name: &str| Answer::DoubledKey(name.to_owned());
    let error = |code: &str| Answer::Error(code.to_owned());
    let mut cases = vec![
        (DiscoveryFailed, Lie::Answer(Discovery, Answer::Status(404))),
        (DiscoveryFailed, Lie::Answer(Discovery, Answer::Status(500))),
        (DiscoveryInvalid, Lie::Answer(Discovery, Answer::Html)),
        (DiscoveryInvalid, Lie::Answer(Discovery, Answer::BrokenJson)),
        (DiscoveryInvalid, Lie::Answer(Discovery, doubled("issuer"))),
        (DiscoveryInvalid, Lie::Discovery { name: "jwks_uri".to_owned(), value: None }),
        (DiscoveryInvalid, Lie::Discovery { name: "token_endpoint".to_owned(), value: None }),
        (DiscoveryInvalid, Lie::Discovery { name: "authorization_endpoint".to_owned(), value: None }),
        (DiscoveryIssuerWrong, Lie::Discovery { name: "issuer".to_owned(), value: None }),
        (DiscoveryIssuerWrong, Lie::discovery("issuer", "https://evil.example")),
        (ProviderAddressInsecure, Lie::discovery("token_endpoint", "http://evil.example/token")),
        (ProviderAddressInsecure, Lie::discovery("jwks_uri", "http://evil.example/keys")),
        (ProviderAddressInsecure, Lie::discovery("userinfo_endpoint", "ftp://127.0.0.1/userinfo")),
        (ProviderAddressInsecure, Lie::discovery("authorization_endpoint", "javascript:alert(1)")),
        (ProviderAddressInsecure, Lie::discovery("authorization_endpoint", "file:///etc/passwd")),
        (KeysFailed, Lie::Answer(Keys, Answer::Status(404))),
        (KeysInvalid, Lie::Answer(Keys, Answer::Json(json!({"keys": []})))),
        (KeysInvalid, Lie::Answer(Keys, Answer::Json(json!({"keys": {}})))),
        (KeysInvalid, Lie::Answer(Keys, Answer::BrokenJson)),
        (KeysInvalid, Lie::Answer(Keys, Answer::Html)),
        (TokenRefused, Lie::Answer(Token, error("invalid_grant"))),
        (TokenRefused, Lie::Answer(Token, error("invalid_client"))),
        (TokenFailed, Lie::Answer(Token, Answer::Status(500))),
        (TokenFailed, Lie::Answer(Token, Answer::Status(429))),
        (TokenAnswerInvalid, Lie::Answer(Token, Answer::Html)),
        (TokenAnswerInvalid, Lie::Answer(Token, Answer::ContentType("text/plain".to_owned()))),
        (TokenAnswerInvalid, Lie::Answer(Token, Answer::BrokenJson)),
        (TokenAnswerInvalid, Lie::Answer(Token, doubled("id_token"))),
        (TokenAnswerInvalid, Lie::Answer(Token, doubled("access_token"))),
        (TokenAnswerInvalid, Lie::TokenAnswer { name: "access_token".to_owned(), value: None }),
        (TokenAnswerInvalid, Lie::token_answer("token_type", "mac")),
        (TokenAnswerInvalid, Lie::token_answer("id_token", json!(["x"]))),
        (IdTokenMissing, Lie::TokenAnswer { name: "id_token".to_owned(), value: None }),
        (TokenMalformed, Lie::token_answer("id_token", "x")),
        (TokenMalformed, Lie::token_answer("id_token", "")),
        (TokenMalformed, Lie::token_answer("id_token", "x".repeat(200 * 1024))),
        (UserinfoFailed, Lie::Answer(AtUserinfo, Answer::Status(500))),
        (UserinfoFailed, Lie::Answer(AtUserinfo, Answer::Status(401))),
        (UserinfoInvalid, Lie::Answer(AtUserinfo, Answer::Html)),
        (UserinfoInvalid, Lie::Answer(AtUserinfo, Answer::BrokenJson)),
        (UserinfoInvalid, Lie::Answer(AtUserinfo, doubled("sub"))),
        (UserinfoSubjectWrong, Lie::userinfo_claim("sub", "bob")),
        (UserinfoSubjectWrong, Lie::userinfo_claim("sub", json!(["ada"]))),
        (UserinfoSubjectWrong, Lie::UserinfoClaim { name: "sub".to_owned(), value: None }),
    ];
    for endpoint in [Discovery, Keys, Token, AtUserinfo] {
        cases.push((ProviderAnswerTooLarge, Lie::Answer(endpoint, Answer::Huge)));
        cases.push((ProviderRedirected, Lie::Answer(endpoint, elsewhere())));
    }
    cases
}

fn signatures(issuer: &str) -> Vec<Case> {
    let signed = Lie::Signature;
    let mut cases = vec![
        (SignatureInvalid, signed(Forgery::Missing)),
        (SignatureInvalid, signed(Forgery::Garbled)),
        (SignatureInvalid, signed(Forgery::OtherKey)),
        (SignatureInvalid, signed(Forgery::EmbeddedKey)),
        (SignatureInvalid, signed(Forgery::EmbeddedCertificate)),
        (SignatureInvalid, signed(Forgery::KeySetAt(format!("{issuer}/the-attackers-keys")))),
        (SignatureInvalid, signed(Forgery::CertificateAt(format!("{issuer}/the-attackers-certificate")))),
        (KeyUnknown, signed(Forgery::UnknownKid)),
        (KeyUnknown, Lie::header("kid", "another")),
        (KeyTooWeak, Lie::WeakKey),
        (AlgorithmRefused, Lie::SymmetricKey),
        (KeyAmbiguous, Lie::SharedKid),
        (CriticalHeader, Lie::header("crit", json!(["b64"]))),
        (CriticalHeader, Lie::header("crit", json!([]))),
        (TokenTypeWrong, Lie::header("typ", "logout+jwt")),
        (TokenTypeWrong, Lie::header("typ", "at+jwt")),
        (TokenMalformed, Lie::Header { name: "alg".to_owned(), value: None }),
        (TokenMalformed, Lie::header("kid", 7)),
    ];
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        cases.push((AlgorithmRefused, signed(Forgery::Unsigned(alg.to_owned()))));
    }
    for alg in ["HS256", "HS384", "HS512", "hs256"] {
        cases.push((AlgorithmRefused, signed(Forgery::ClientSecret(alg.to_owned()))));
        for form in KeyForm::ALL {
            cases.push((AlgorithmRefused, signed(Forgery::PublicKey { alg: alg.to_owned(), form })));
        }
    }
    cases
}

fn claims(now: u64) -> Vec<Case> {
    let set = |name: &str, value: Value| Lie::claim(name, value);
    let mut cases = vec![
        (TokenExpired, set("exp", json!(now - 61))),
        (IssuedAtWrong, set("iat", json!(now + 61))),
        (IssuedAtWrong, set("iat", json!(now - 24 * 3600))),
        (NotYetValid, set("nbf", json!(now + 61))),
        (NotYetValid, set("nbf", json!("soon"))),
        (AccessTokenHashWrong, set("at_hash", json!("bm90IHRoZSBoYXNo"))),
        (AccessTokenHashWrong, set("at_hash", json!(7))),
        (AuthorizedPartyWrong, set("azp", json!("another"))),
        (AuthorizedPartyWrong, set("azp", json!(["hub-1"]))),
        (AudienceWrong, set("aud", json!(["hub-1", "another"]))),
        (AudienceWrong, set("aud", json!([]))),
        (SubjectInvalid, set("sub", json!(""))),
        (SubjectInvalid, set("sub", json!("x".repeat(256)))),
        (SubjectInvalid, set("sub", json!("ad\u{e4}"))),
    ];
    let required = [
        ("iss", IssuerWrong),
        ("aud", AudienceWrong),
        ("exp", TokenExpired),
        ("iat", IssuedAtWrong),
        ("nonce", NonceWrong),
        ("sub", SubjectInvalid),
    ];
    for (name, kind) in required {
        cases.push((kind, Lie::no_claim(name)));
        for wrong in [json!(null), json!(true), json!("wrong".repeat(1000)), json!({}), json!([1])] {
            cases.push((kind, set(name, wrong)));
        }
    }
    // Those that end in an email address are `login::email`'s.
    cases.push((EmailMissing, Lie::UserClaim { name: "email".to_owned(), value: None }));
    cases.push((EmailInvalid, Lie::user_claim("email", "ada")));
    cases.push((EmailNotVerified, Lie::user_claim("email_verified", false)));
    cases.push((EmailNotOfAccount, Lie::user_claim("email", "bob@acme.example")));
    cases
}

/// The lies that matter with something, as the provider stands now.
fn cases(with: With, scene: &Scene) -> Vec<Case> {
    let now = scene.hands.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    match with {
        With::Defaults => [callback(), endpoints(), signatures(scene.acme.issuer()), claims(now)].concat(),
        With::PushedRequests => vec![
            (
                PushedRequestRefused,
                Lie::Answer(Endpoint::PushedRequest, Answer::Error("invalid_request".into())),
            ),
            (PushedRequestRefused, Lie::Answer(Endpoint::PushedRequest, Answer::Status(500))),
            (PushedRequestRefused, Lie::Answer(Endpoint::PushedRequest, Answer::Json(json!({})))),
            (PushedRequestRefused, Lie::Answer(Endpoint::PushedRequest, Answer::Html)),
            (ProviderAnswerTooLarge, Lie::Answer(Endpoint::PushedRequest, Answer::Huge)),
            (ProviderRedirected, Lie::Answer(Endpoint::PushedRequest, Answer::Redirect("/".into()))),
            (
                DiscoveryInvalid,
                Lie::Discovery { name: "pushed_authorization_request_endpoint".to_owned(), value: None },
            ),
        ],
        With::MaxAge => vec![
            (AuthTimeMissing, Lie::no_claim("auth_time")),
            (AuthTimeMissing, Lie::claim("auth_time", 0)),
            (AuthTimeMissing, Lie::claim("auth_time", "lately")),
            (AuthTimeTooOld, Lie::claim("auth_time", now - 200)),
        ],
        With::ContextClass => vec![
            (ContextClassWrong, Lie::no_claim("acr")),
            (ContextClassWrong, Lie::claim("acr", "0")),
            (ContextClassWrong, Lie::claim("acr", json!(["phr"]))),
        ],
        With::UserinfoJwt => vec![
            (SignatureInvalid, Lie::UserinfoSignature(Forgery::Garbled)),
            (SignatureInvalid, Lie::UserinfoSignature(Forgery::OtherKey)),
            (AlgorithmRefused, Lie::UserinfoSignature(Forgery::Unsigned("none".into()))),
            (IssuerWrong, Lie::userinfo_claim("iss", "https://evil.example")),
            (AudienceWrong, Lie::userinfo_claim("aud", "another")),
            (UserinfoSubjectWrong, Lie::userinfo_claim("sub", "bob")),
            (
                UserinfoInvalid,
                Lie::Answer(Endpoint::Userinfo, Answer::ContentType("application/json".into())),
            ),
        ],
    }
}

/// Goes as far as a sign-on goes; asserts that it ends in a refusal of this kind.
async fn is_refused(scene: &Scene, who: &Who, kind: LoginErrorKind) {
    let begun = scene.begin(who, "1", "/acme/repo").await;
    if begun.status() != 303 {
        scene.refused(begun, kind).await;
        return;
    }
    let authorize = scene.location(begun).await;
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

async fn every_lie(with: With) {
    let scene = Scene::of(with.plan()).await;
    let ada = scene.who("ada");
    let most = cases(with, &scene).len();
    for at in 0..most {
        // What was learned from the provider is too old by then to be used, lies and all.
        scene.hands.seconds(25 * 3600);
        let (kind, lie) = cases(with, &scene).swap_remove(at);
        scene.acme.lie(lie.clone());
        let told = std::panic::AssertUnwindSafe(is_refused(&scene, &ada, kind));
        // Those before were looked through for secrets.
        scene.actions();
        let outcome = futures_util::FutureExt::catch_unwind(told).await;
        assert!(outcome.is_ok(), "{with:?}: {lie:?} is to be refused as {kind:?}");
        assert!(!scene.is_signed_on(&ada, "1").await, "{lie:?}");
        scene.acme.honest();
        scene.hands.seconds(3601);
        scene.sign_on(&ada, "1").await;
        scene.sso.signed_out(&ada.credential.as_str().into()).await.unwrap();
    }
    let fetched = |path: &str| scene.acme.calls(path);
    assert_eq!(fetched("/the-attackers-keys") + fetched("/the-attackers-certificate"), 0, "it was fetched");
    assert_eq!(scene.host.0.applied.lock().unwrap().len(), most, "the host was told of a lie");
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

/// The kinds that the lies produce. They are told once, whichever test comes first.
fn lies() -> &'static BTreeSet<LoginErrorKind> {
    static KINDS: OnceLock<BTreeSet<LoginErrorKind>> = OnceLock::new();
    KINDS.get_or_init(|| {
        let of_each = std::thread::scope(|threads| {
            let started = With::ALL.map(|with| {
                threads.spawn(move || {
                    run(every_lie(with));
                    produced()
                })
            });
            started.map(|thread| thread.join().expect("a lie was not refused as it should be"))
        });
        of_each.into_iter().flatten().collect()
    })
}

#[test]
fn every_lie_is_refused_by_a_kind_of_its_own_and_its_honest_twin_signs_on() {
    assert!(lies().len() > 30);
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
    let scene = Scene::new().await;
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
    scene.sign_on(&ada, "1").await;
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_said_so_and_is_found_when_it_is_back() {
    let scene = Scene::new().await;
    let ada = scene.who("ada");
    let honest = scene.connection();
    let nobody =
        tower_sso::OidcSettings::new("http://127.0.0.1:9", "hub-1", tower_sso::ClientAuthentication::None);
    let enforced = tower_sso::Enforcement::Enforced;
    scene.change(tower_sso::ConnectionSettings::oidc("1", enforced, nobody));
    is_refused(&scene, &ada, ProviderUnreachable).await;
    assert!(!scene.is_signed_on(&ada, "1").await);
    scene.change(honest);
    scene.sign_on(&ada, "1").await;
}

#[tokio::test]
async fn a_provider_on_a_private_address_is_refused_where_an_administrator_named_it() {
    let plan = Plan { oidc: |settings| settings.public_addresses_only(), ..Plan::default() };
    let scene = Scene::of(plan).await;
    is_refused(&scene, &scene.who("ada"), ProviderAddressPrivate).await;
    assert_eq!(scene.acme.requests().len(), 0, "it was asked");
    let operators = Scene::new().await;
    operators.sign_on(&operators.who("ada"), "1").await;
}

/// What produces the kinds that no lie does. Each is a test of its own besides.
const ELSEWHERE: &[(LoginErrorKind, fn())] = &[
    (NoConnection, bindings::an_organization_without_a_connection_has_no_sign_on_at_any_step),
    (LookupFailed, a_lookup_that_fails_is_refused_as_such),
    (StoreFull, concurrency::a_store_without_room_for_a_sign_on_refuses_it_and_loses_none),
    (RateLimited, begin::a_credential_that_begins_again_and_again_is_slowed_and_no_other),
    (NotSignedIn, bindings::nobody_signs_on_without_a_login_at_the_host),
    (ViewerNotEstablished, bindings::a_host_whose_authentication_has_not_run_is_loud),
    (NotMember, bindings::only_members_sign_on),
    (CrossOrigin, begin::a_form_of_another_site_begins_nothing),
    (ReturnPathInvalid, begin::a_return_path_to_anywhere_else_is_refused),
    (RequestInvalid, begin::a_form_that_is_too_large_is_refused),
    (Loop, loops::a_host_whose_credential_changes_in_the_app_does_not_loop),
    (StateUsed, tickets::a_state_is_used_once),
    (StateExpired, tickets::a_sign_on_waits_ten_minutes_for_the_provider),
    (OtherOrganization, bindings::a_callback_at_another_organization_is_refused),
    (OtherCredential, bindings::another_browser_cannot_finish),
    (OtherAccount, bindings::another_account_cannot_finish),
    (ConnectionChanged, bindings::a_connection_that_changes_during_a_sign_on_ends_it),
    (Revoked, revocation::a_revocation_between_receive_and_finish_ends_the_sign_on),
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
    (SubjectChanged, crate::login::links::a_recycled_email_address_opens_nothing),
    (SubjectOfAnotherAccount, crate::login::links::one_user_of_a_provider_is_no_two_accounts),
];

#[tokio::test]
async fn a_lookup_that_fails_is_refused_as_such() {
    use crate::scene::fault::{Fault, Verb};
    let scene = Scene::new().await;
    let ada = scene.who("ada");
    scene.switch.set(Some((Verb::Emails, Fault::Fails)));
    is_refused(&scene, &ada, LookupFailed).await;
    scene.switch.set(None);
    scene.sign_on(&ada, "1").await;
}

#[test]
fn every_error_kind_is_produced_by_a_test() {
    let mut kinds = lies().clone();
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
