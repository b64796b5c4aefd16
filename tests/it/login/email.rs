//! The provider's email address must be one of the account's own, and vouched for.

use serde_json::{Value, json};
use tower_sso::{
    ConnectionSettings,
    connection::UnverifiedEmail,
    identity::Protocol,
    login::LoginErrorKind::{
        self, EmailDomainRefused, EmailInvalid, EmailMissing, EmailNotOfAccount, EmailNotVerified,
    },
};
use tower_sso_test_idp::Lie;

use crate::scene::{Plan, TestApp};

/// A claim about the user that the provider sets, or leaves out.
type Claim = (&'static str, Option<Value>);

/// What the provider says about the user, and what becomes of the SSO login.
async fn judges(
    connection: fn(ConnectionSettings) -> ConnectionSettings,
    cases: &[(&[Claim], Option<LoginErrorKind>)],
) {
    let scene = TestApp::of(Plan { connection, ..Plan::default() }).await;
    for (claims, refused) in cases {
        let ada = scene.who("ada");
        for (name, value) in *claims {
            scene.acme.lie(Lie::UserClaim { name: (*name).to_owned(), value: value.clone() });
        }
        let callback = scene.called_back(&ada, "1").await;
        let received = scene.visit(&ada, &callback).await;
        match refused {
            None => {
                let finish = scene.location(received).await;
                scene.finishes(&ada, &finish).await;
            }
            Some(EmailInvalid) if received.status() != 303 => {
                scene.refused(received, EmailInvalid).await;
            }
            Some(kind) => {
                let finish = scene.location(received).await;
                scene.refused(scene.visit(&ada, &finish).await, *kind).await;
            }
        }
        assert_eq!(scene.is_logged_in(&ada, "1").await, refused.is_none(), "{claims:?}");
        scene.acme.honest();
    }
    let applied = scene.host.0.applied.lock().unwrap().len();
    assert_eq!(applied, cases.iter().filter(|(_, refused)| refused.is_none()).count());
}

fn email(value: impl Into<Value>) -> Claim {
    ("email", Some(value.into()))
}

fn verified(value: impl Into<Value>) -> Claim {
    ("email_verified", Some(value.into()))
}

const SILENT: Claim = ("email_verified", None);

#[tokio::test]
pub async fn an_email_that_is_not_the_accounts_is_refused() {
    judges(
        |connection| connection,
        &[
            (&[], None),
            (&[email("ADA@Acme.Example")], None),
            (&[("email", None)], Some(EmailMissing)),
            (&[email("")], Some(EmailMissing)),
            (&[email(Value::Null)], Some(EmailMissing)),
            (&[email(json!(["ada@acme.example"]))], Some(EmailInvalid)),
            (&[email(json!({"address": "ada@acme.example"}))], Some(EmailInvalid)),
            (&[email("ada")], Some(EmailInvalid)),
            (&[email("ada@acme.example,bob@acme.example")], Some(EmailInvalid)),
            (&[email(" ada@acme.example")], Some(EmailInvalid)),
            (&[email("ada@acme.example\r\nbcc: bob@acme.example")], Some(EmailInvalid)),
            (&[email("ada\u{200b}@acme.example")], Some(EmailInvalid)),
            (&[email("bob@acme.example")], Some(EmailNotOfAccount)),
            (&[email("ada+1@acme.example")], Some(EmailNotOfAccount)),
            (&[email("a.da@acme.example")], Some(EmailNotOfAccount)),
            (&[email("\u{430}da@acme.example")], Some(EmailNotOfAccount)),
            (&[email("ada@acme.example.evil.example")], Some(EmailNotOfAccount)),
        ],
    )
    .await;
}

#[tokio::test]
pub async fn an_email_that_is_not_vouched_for_is_refused() {
    judges(
        |connection| connection,
        &[
            (&[], None),
            (&[verified("true")], None),
            (&[verified(false)], Some(EmailNotVerified)),
            (&[verified("false")], Some(EmailNotVerified)),
            (&[verified(1)], Some(EmailNotVerified)),
            (&[verified("yes")], Some(EmailNotVerified)),
            (&[SILENT], Some(EmailNotVerified)),
        ],
    )
    .await;
}

#[tokio::test]
pub async fn silence_about_an_email_counts_where_the_connection_says_so_and_a_no_never_does() {
    judges(
        |connection| connection.absent_verification(UnverifiedEmail::Accept),
        &[
            (&[SILENT], None),
            (&[verified(true)], None),
            (&[verified(false)], Some(EmailNotVerified)),
            (&[verified("false")], Some(EmailNotVerified)),
            (&[SILENT, email("bob@acme.example")], Some(EmailNotOfAccount)),
        ],
    )
    .await;
}

#[tokio::test]
pub async fn an_email_off_the_domain_list_is_refused_even_if_it_is_the_accounts() {
    judges(|connection| connection.domains(["initech.example", "acme.example"]), &[(&[], None)]).await;
    judges(
        |connection| connection.domains(["sub.acme.example", "initech.example"]),
        &[(&[], Some(EmailDomainRefused))],
    )
    .await;
}

#[tokio::test]
async fn sessions_that_stood_on_an_address_that_is_gone_end_and_no_others() {
    let scene = TestApp::new().await;
    let (ada, elsewhere, bob) = (scene.who("ada"), scene.who("ada"), scene.who("bob"));
    let set = |emails: &[&str]| {
        let emails = emails.iter().map(|&email| email.to_owned()).collect();
        scene.host.0.emails.lock().unwrap().insert("ada".into(), emails);
    };
    set(&["ada@acme.example", "Ada@Initech.example"]);
    scene.log_in(&ada, "1").await;
    scene.initech.lie(Lie::user_claim("email", "ada@initech.example"));
    scene.log_in(&elsewhere, "2").await;
    scene.initech.honest();
    scene.log_in(&bob, "2").await;
    // Nothing that they stood on is gone.
    set(&["new@acme.example", "ADA@acme.example", "ada@INITECH.example"]);
    assert_eq!(scene.sso.emails_changed(&"ada".into()).await.unwrap(), 0);
    // Nor is an SSO login that is under way with it.
    scene.hands.seconds(1);
    let (stays, goes) = (scene.who("ada"), scene.who("ada"));
    let (stays_at, goes_at) = (scene.received(&stays, "1").await, scene.received(&goes, "1").await);
    assert_eq!(scene.sso.emails_changed(&"ada".into()).await.unwrap(), 0);
    scene.finishes(&stays, &stays_at).await;
    scene.actions();
    set(&["ada@initech.example"]);
    assert_eq!(scene.sso.emails_changed(&"ada".into()).await.unwrap(), 2);
    // An administrator of the organization finds it in theirs.
    let event = scene.last();
    assert_eq!((event.action.name(), &event.account), ("session.revoked", &Some("ada".into())));
    assert_eq!(
        (event.organization, event.connection.map(|it| it.protocol)),
        (Some("1".into()), Some(Protocol::Oidc))
    );
    assert!(!scene.is_logged_in(&ada, "1").await && !scene.is_logged_in(&stays, "1").await);
    assert!(scene.is_logged_in(&elsewhere, "2").await && scene.is_logged_in(&bob, "2").await);
    scene.refused(scene.visit(&goes, &goes_at).await, EmailNotOfAccount).await;
    // With none left, none stands.
    set(&[]);
    assert_eq!(scene.sso.emails_changed(&"ada".into()).await.unwrap(), 1);
    assert!(!scene.is_logged_in(&elsewhere, "2").await);
}

#[tokio::test]
pub async fn any_of_the_accounts_own_addresses_will_do() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.acme.lie(Lie::user_claim("email", "ada@initech.example"));
    let finish = scene.received(&ada, "1").await;
    scene.refused(scene.visit(&ada, &finish).await, EmailNotOfAccount).await;
    let own = ["ada@acme.example".to_owned(), "Ada@Initech.example".to_owned()];
    scene.host.0.emails.lock().unwrap().insert("ada".into(), own.to_vec());
    scene.log_in(&ada, "1").await;
    let applied = scene.host.0.applied.lock().unwrap();
    assert_eq!(applied.iter().map(|it| it.email.as_str()).collect::<Vec<_>>(), ["ada@initech.example"]);
}
