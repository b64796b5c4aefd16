//! The kit for the tests of apps (feature `testing`): it finds what is wrong with a directory, and gives a member an
//! SSO session without a provider.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use axum::{Router, routing::get};
use http::{StatusCode, request::Parts};
use tower::ServiceExt as _;
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, Credential, Directory, Fresh, Lookup, LookupError, Membership,
    OrgId, OrgSlug, RequestHead, Sso, SsoPass, StepUp, Viewer,
    connection::{Enforcement, FixedConnections},
    identity::{EmailVerified, Profile, VerifiedIdentity},
    join::NewUser,
    session::RevocationScope,
    testing::{DirectoryCheck, LogInError, log_in, log_in_without_session_id},
};

use crate::support::{World, connection, request, text};

/// What a faulty directory does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mistake {
    EchoesSlugs,
    KnowsEverySlug,
    ForgetsAnAddress,
    AnswersUnverifiedAddresses,
    AnswersAddressesOfNobody,
    EverybodyIsAMember,
    AnonymousWithoutAuthentication,
    AnotherAccount,
    HangsOnEmails,
    // The mistakes of the failing twin.
    FailureIsNoOrganization,
    FailureIsNonMember,
    FailureIsNoAddress,
    FailureIsApplied,
    FailureIsNoInvitation,
    FailureIsNotPublic,
    FailureIsTheId,
    FailureIsAnonymous,
}

use Mistake::*;

const MISTAKES: [Mistake; 17] = [
    EchoesSlugs,
    KnowsEverySlug,
    ForgetsAnAddress,
    AnswersUnverifiedAddresses,
    AnswersAddressesOfNobody,
    EverybodyIsAMember,
    AnonymousWithoutAuthentication,
    AnotherAccount,
    HangsOnEmails,
    FailureIsNoOrganization,
    FailureIsNonMember,
    FailureIsNoAddress,
    FailureIsApplied,
    FailureIsNoInvitation,
    FailureIsNotPublic,
    FailureIsTheId,
    FailureIsAnonymous,
];

/// A directory of one organization, `acme` with the id 1, and of ada, who is invited to it.
struct App {
    mistake: Option<Mistake>,
    works: bool,
}

impl App {
    fn answers<T>(&self, because: Mistake, wrong: T, right: T) -> Lookup<T> {
        match (self.works, self.mistake == Some(because)) {
            (true, _) => Lookup::now(right),
            (false, true) => Lookup::now(wrong),
            (false, false) => Lookup::failed(LookupError::new("the database is down")),
        }
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }
}

impl Directory for App {
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        let ours = request.extensions.get::<Viewer>().cloned();
        Lookup::now(match ours {
            Some(_) if !self.works && self.makes(FailureIsAnonymous) => Viewer::Anonymous,
            Some(_) if self.works && self.makes(AnotherAccount) => Viewer::session("bob".into(), "c".into()),
            Some(viewer) => viewer,
            None if self.makes(AnonymousWithoutAuthentication) => Viewer::Anonymous,
            None => Viewer::NotEstablished,
        })
    }

    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        let right = match slug.as_str() {
            "acme" => Some("1".into()),
            other if self.makes(EchoesSlugs) && other.eq_ignore_ascii_case("acme") => Some(other.into()),
            _ if self.makes(KnowsEverySlug) => Some("1".into()),
            _ => None,
        };
        self.answers(FailureIsNoOrganization, None, right)
    }

    fn membership(&self, _: &OrgId, account: &AccountId) -> Lookup<Membership> {
        let member = account.as_str() == "ada" || self.makes(EverybodyIsAMember);
        let right = if member { Membership::member() } else { Membership::NonMember };
        self.answers(FailureIsNonMember, Membership::NonMember, right)
    }

    fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
        if self.works && self.makes(HangsOnEmails) {
            return Lookup::later(std::future::pending());
        }
        let mut right = Vec::new();
        if account.as_str() == "ada" || self.makes(AnswersAddressesOfNobody) {
            if !self.makes(ForgetsAnAddress) {
                right.push("Ada@ACME.example".to_owned());
            }
            if self.makes(AnswersUnverifiedAddresses) {
                right.push("ada@elsewhere.example".to_owned());
            }
        }
        self.answers(FailureIsNoAddress, Vec::new(), right)
    }

    fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
        assert!(!self.works, "the check applies nothing to a directory that works");
        self.answers(FailureIsApplied, ApplyOutcome::Done, ApplyOutcome::Done)
    }

    fn invitation(&self, _: &OrgId, _: &AccountId) -> Lookup<Option<String>> {
        self.answers(FailureIsNoInvitation, None, Some("write".to_owned()))
    }

    fn public_content(&self, _: RequestHead<'_>, _: &OrgId) -> Lookup<bool> {
        self.answers(FailureIsNotPublic, false, true)
    }

    fn slug(&self, organization: &OrgId) -> Lookup<OrgSlug> {
        self.answers(FailureIsTheId, OrgSlug::new(organization.as_str()), "acme".into())
    }
}

fn of_ada() -> Parts {
    let mut request = request("GET", "/", &[]);
    request.extensions_mut().insert(Viewer::session("ada".into(), "c".into()));
    request.into_parts().0
}

/// Returns a check with all that is known about the directory, except for the failing twin.
fn whole(directory: &App) -> DirectoryCheck<'_> {
    DirectoryCheck::new(directory)
        .organization("acme".into(), "1".into())
        .verified_email("ada".into(), "ada@acme.example")
        .unverified_email("ada".into(), "ada@elsewhere.example")
}

/// Runs the whole check, and returns what it finds.
async fn findings(directory: &App, failing: &App) -> Vec<String> {
    let check = whole(directory).failing_twin(failing).signed_in(of_ada(), "ada".into());
    let found = check.run().await;
    found.err().map(|found| found.sentences().map(str::to_owned).collect()).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_directory_check_finds_each_mistake_and_nothing_in_a_good_directory() {
    let app = |mistake, works| App { mistake, works };
    assert_eq!(findings(&app(None, true), &app(None, false)).await, [""; 0], "the twin");
    for mistake in MISTAKES {
        let found = findings(&app(Some(mistake), true), &app(Some(mistake), false)).await;
        let expected: &[&str] = match mistake {
            EchoesSlugs => &["`organization` for the slug \"acme\": \"ACME\"", "the text of the path"],
            KnowsEverySlug => {
                &["`organization` answered \"1\" for the slug \"no-such-organization-", "Expected `None`"]
            }
            ForgetsAnAddress => &["`verified_emails` of ada lacks \"ada@acme.example\"", "Found []"],
            AnswersUnverifiedAddresses => {
                &["`verified_emails` of ada contains \"ada@elsewhere.example\", which is not verified"]
            }
            AnswersAddressesOfNobody => {
                &["`verified_emails` answered [\"Ada@ACME.example\"]", "does not exist"]
            }
            EverybodyIsAMember => &["`membership` in 1 answered Member(", "Expected `NonMember`"],
            AnonymousWithoutAuthentication => &["`viewer` answered Anonymous", "Expected `NotEstablished`"],
            AnotherAccount => &["`viewer` answered SignedIn(", "for a request of ada"],
            HangsOnEmails => &["`verified_emails` gave no answer within 10 seconds"],
            FailureIsNoOrganization => {
                &["`organization` of the failing directory answered None", "Expected `Err`"]
            }
            FailureIsNonMember => {
                &["`membership` of the failing directory answered NonMember", "Expected `Err`"]
            }
            FailureIsNoAddress => {
                &["`verified_emails` of the failing directory answered []", "Expected `Err`"]
            }
            FailureIsApplied => &["`apply` of the failing directory answered Done", "Expected `Err`"],
            FailureIsNoInvitation => {
                &["`invitation` of the failing directory answered None", "Expected `Err`"]
            }
            FailureIsNotPublic => {
                &["`public_content` of the failing directory answered false", "Expected `Err`"]
            }
            FailureIsTheId => &["`slug` of the failing directory answered OrgSlug(\"1\")", "Expected `Err`"],
            FailureIsAnonymous => &["`viewer` of the failing directory answered Anonymous", "Expected `Err`"],
        };
        let [first, rest @ ..] = found.as_slice() else { panic!("{mistake:?}: nothing was found") };
        // A directory that hangs does so for each address, and for an account that does not exist.
        assert!(rest.is_empty() || mistake == HangsOnEmails, "{mistake:?}: {found:?}");
        for part in expected {
            assert!(first.contains(part), "{mistake:?}: {part} in {found:?}");
        }
    }
}

#[tokio::test]
async fn a_directory_check_that_checks_nothing_is_a_finding() {
    let app = |works| App { mistake: None, works };
    let (directory, failing) = (app(true), app(false));
    let found = DirectoryCheck::new(&directory).run().await.unwrap_err();
    let begins: Vec<_> = found.sentences().map(|it| it.split('.').next().unwrap()).collect();
    let expected = [
        "The test names no organization",
        "The test names no verified email address",
        "The test names no unverified email address",
        "The test sets no failing twin",
    ];
    assert_eq!(begins, expected, "{found}");
    assert_eq!(found.to_string().lines().count(), 4, "{found}");
    assert_eq!(whole(&directory).failing_twin(&failing).run().await, Ok(()), "the twin");
}

#[tokio::test]
async fn a_directory_that_reads_the_requests_itself_answers_anonymous() {
    let app = |works| App { mistake: Some(AnonymousWithoutAuthentication), works };
    let (directory, failing) = (app(true), app(false));
    let check = || whole(&directory).failing_twin(&failing);
    assert!(check().run().await.is_err());
    assert_eq!(check().without_auth_layer().run().await, Ok(()));
}

fn parts(headers: &[(&str, &str)]) -> Parts {
    request("GET", "/x", headers).into_parts().0
}

#[tokio::test]
async fn a_member_is_logged_in_without_a_provider() {
    let world = World::new();
    let sso = world.sso();
    let ada = Credential::session("her app session");
    let router: Router = Router::new()
        .route("/{org}/x", get(|Fresh(proof): Fresh| async move { proof.session().account.to_string() }))
        .layer(sso.layer())
        .with_state(sso.clone());
    let ask = async |credential: &str| {
        let headers = [("x-account", "ada"), ("x-credential", credential)];
        let response = router.clone().oneshot(request("GET", "/acme/x", &headers)).await.unwrap();
        (response.status(), text(response).await)
    };
    assert_eq!(ask("her app session").await.0, StatusCode::UNAUTHORIZED);
    // The address is compared as an SSO login stores it: normalized.
    let spelled = vec!["Ada@ACME.example".to_owned()];
    world.host.state.emails.lock().unwrap().insert("ada".into(), spelled);
    log_in(&sso, &"1".into(), &"ada".into(), &ada).await.unwrap();
    assert_eq!(sso.emails_changed(&"ada".into()).await.unwrap(), 0);
    assert_eq!(ask("her app session").await, (StatusCode::OK, "ada".to_owned()));
    assert_eq!(ask("another").await.0, StatusCode::UNAUTHORIZED, "another credential");
    // It is an SSO session like any other: it satisfies a step-up, is listed, and can be revoked.
    let request = parts(&[("x-account", "ada"), ("x-credential", "her app session")]);
    let recent = StepUp::new().within(Duration::from_secs(60)).unwrap();
    assert!(matches!(sso.step_up(&request, &"1".into(), &recent).await, Ok(SsoPass::Fresh(_))));
    let listed = sso.account_sessions(&"ada".into(), None).await.unwrap().sessions;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].email, "ada@acme.example");
    assert_eq!(sso.revoke(RevocationScope::Account("ada".into())).await.unwrap(), 1);
    assert_eq!(ask("her app session").await.0, StatusCode::UNAUTHORIZED);
    assert!(world.host.state.applied.lock().unwrap().is_empty(), "nothing is applied");
    // An authorized token, in the same way.
    let token = parts(&[("x-account", "ada"), ("x-token", "t")]);
    assert!(sso.require(&token, &"1".into()).await.is_err());
    let world = World::new();
    let sso = world.sso();
    log_in(&sso, &"1".into(), &"ada".into(), &Credential::token("t")).await.unwrap();
    assert!(sso.require(&token, &"1".into()).await.is_ok());
}

#[tokio::test]
async fn a_member_without_a_session_id_is_logged_in_by_the_binding_cookie() {
    let sso = World::new().sso();
    let cookie = log_in_without_session_id(&sso, &"1".into(), &"ada".into()).await.unwrap();
    assert!(cookie.starts_with("__Host-sso_binding="), "{cookie}");
    let of = |account: &str, cookie: &str| {
        parts(&[("x-account", account), ("x-without-session-id", "1"), ("cookie", cookie)])
    };
    let here = "1".into();
    assert!(matches!(sso.require(&of("ada", &cookie), &here).await, Ok(SsoPass::Fresh(_))));
    assert!(sso.require(&of("ada", "a=b"), &here).await.is_err());
}

#[tokio::test]
async fn only_a_member_of_an_organization_with_a_connection_is_logged_in_for_a_test() {
    let off =
        FixedConnections::build([connection("1", Enforcement::Enforced), connection("2", Enforcement::Off)]);
    let world = World::with(off.unwrap());
    world
        .host
        .state
        .memberships
        .lock()
        .unwrap()
        .insert(("1".into(), "bot".into()), Membership::ServiceAccount);
    let sso = world.sso();
    let try_to = async |sso: &Sso, organization: &str, account: &str| -> Result<(), String> {
        let done = log_in(sso, &organization.into(), &account.into(), &Credential::session("c")).await;
        done.map_err(|error: LogInError| error.to_string())
    };
    for (organization, account, expected) in [
        ("3", "ada", "organization 3 has no connection"),
        ("2", "ada", "the connection of 2 is off"),
        ("1", "mallory", "mallory is NonMember in organization 1: only a member logs in with SSO"),
        ("1", "eve", "eve is ExternalCollaborator in organization 1: only a member logs in with SSO"),
        ("1", "bot", "bot is ServiceAccount in organization 1: only a member logs in with SSO"),
    ] {
        assert_eq!(try_to(&sso, organization, account).await, Err(expected.to_owned()));
    }
    assert_eq!(try_to(&sso, "1", "ada").await, Ok(()), "the twin");
}

#[test]
fn an_app_tests_its_join_handler_with_made_up_values() {
    let identity = |claims: &str| {
        VerifiedIdentity::for_tests("sub-zoe", serde_json::from_str::<Profile>(claims).unwrap())
    };
    for (claims, email, verified) in [
        (r#"{"email": "a@b.example", "email_verified": true}"#, Some("a@b.example"), EmailVerified::Yes),
        (r#"{"email": "a@b.example", "email_verified": false}"#, Some("a@b.example"), EmailVerified::No),
        (r#"{"email": "a@b.example"}"#, Some("a@b.example"), EmailVerified::Absent),
        ("{}", None, EmailVerified::Absent),
    ] {
        let made = identity(claims);
        assert_eq!((made.email(), made.email_verified()), (email, verified), "{claims}");
    }
    let identity = identity(r#"{"email": "Zoe@acme.example", "groups": ["admins"]}"#);
    assert_eq!(identity.subject(), "sub-zoe");
    let until = SystemTime::now() + Duration::from_secs(600);
    let zoe = NewUser::for_tests("a b".into(), identity, "zoe@acme.example", until);
    assert_eq!((zoe.organization().as_str(), zoe.email(), zoe.until()), ("a b", "zoe@acme.example", until));
    assert_eq!(zoe.identity().profile().attributes()["groups"][0], "admins");
    let ticket = zoe.ticket().expose();
    let expected = format!("https://app.invalid/sso/a%20b/join/claim?ticket={ticket}");
    assert_eq!(zoe.continue_url().expose(), &expected);
}

/// Returns the paths of the Rust files in a directory.
fn sources(directory: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.insert(path);
        }
    }
}

/// `tests/run` also compiles the crate without the feature.
#[test]
fn everything_that_fakes_an_sso_login_is_behind_the_feature() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let library = fs::read_to_string(source.join("lib.rs")).unwrap();
    assert!(library.contains("#[cfg(feature = \"testing\")]\npub mod testing;"));
    let mut files = BTreeSet::new();
    sources(&source, &mut files);
    let kit = source.join("testing");
    assert!(files.iter().any(|path| path.starts_with(&kit)));
    for path in files.iter().filter(|path| !path.starts_with(&kit)) {
        let text = fs::read_to_string(path).unwrap();
        for constructor in ["pub fn for_tests", "pub async fn log_in"] {
            assert!(!text.contains(constructor), "{constructor} in {}", path.display());
        }
    }
    let manifest = fs::read_to_string(source.join("../Cargo.toml")).unwrap();
    let default = manifest.lines().find(|line| line.starts_with("default = ")).unwrap();
    assert!(!default.contains("testing"), "{default}");
}
