//! The provider's email address must be one of the account's addresses and must be verified.

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

use crate::test_app::{TestApp, TestConfig};

/// A claim about the user that the provider sets or leaves out.
type Claim = (&'static str, Option<Value>);

/// Sets what the provider says about the user and checks the outcome of the SSO login.
async fn judges(
    connection: fn(ConnectionSettings) -> ConnectionSettings,
    cases: &[(&[Claim], Option<LoginErrorKind>)],
) {
    let app = TestApp::of(TestConfig { connection, ..TestConfig::default() }).await;
    for (claims, refused) in cases {
        let ada = app.actor("ada");
        for (name, value) in *claims {
            app.acme.lie(Lie::UserClaim { name: (*name).to_owned(), value: value.clone() });
        }
        let callback = app.called_back(&ada, "1").await;
        let received = app.visit(&ada, &callback).await;
        match refused {
            None => {
                let finish = app.location(received).await;
                app.finishes(&ada, &finish).await;
            }
            Some(EmailInvalid) if received.status() != 303 => {
                app.refused(received, EmailInvalid).await;
            }
            Some(kind) => {
                let finish = app.location(received).await;
                app.refused(app.visit(&ada, &finish).await, *kind).await;
            }
        }
        assert_eq!(app.is_logged_in(&ada, "1").await, refused.is_none(), "{claims:?}");
        app.acme.honest();
    }
    let applied = app.host.state.applied.lock().unwrap().len();
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
pub async fn an_email_of_another_account_is_refused() {
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
pub async fn an_unverified_email_is_refused() {
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
pub async fn absent_email_verification_counts_only_if_the_connection_accepts_it() {
    judges(
        |connection| connection.unverified_email(UnverifiedEmail::Accept),
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
pub async fn an_email_off_the_domain_list_is_refused_even_for_its_owner() {
    judges(|connection| connection.domains(["initech.example", "acme.example"]), &[(&[], None)]).await;
    judges(
        |connection| connection.domains(["sub.acme.example", "initech.example"]),
        &[(&[], Some(EmailDomainRefused))],
    )
    .await;
}

#[tokio::test]
async fn removing_an_email_address_ends_only_the_sessions_that_used_it() {
    let app = TestApp::new().await;
    let (ada, elsewhere, bob) = (app.actor("ada"), app.actor("ada"), app.actor("bob"));
    let set = |emails: &[&str]| {
        let emails = emails.iter().map(|&email| email.to_owned()).collect();
        app.host.state.emails.lock().unwrap().insert("ada".into(), emails);
    };
    set(&["ada@acme.example", "Ada@Initech.example"]);
    app.log_in(&ada, "1").await;
    app.initech.lie(Lie::user_claim("email", "ada@initech.example"));
    app.log_in(&elsewhere, "2").await;
    app.initech.honest();
    app.log_in(&bob, "2").await;
    // No address that a session depends on was removed.
    set(&["new@acme.example", "ADA@acme.example", "ada@INITECH.example"]);
    assert_eq!(app.sso.emails_changed(&"ada".into()).await.unwrap(), 0);
    // An SSO login in progress with one of these addresses is not ended either.
    app.clock.seconds(1);
    let (stays, goes) = (app.actor("ada"), app.actor("ada"));
    let (stays_at, goes_at) = (app.received(&stays, "1").await, app.received(&goes, "1").await);
    assert_eq!(app.sso.emails_changed(&"ada".into()).await.unwrap(), 0);
    app.finishes(&stays, &stays_at).await;
    app.actions();
    set(&["ada@initech.example"]);
    assert_eq!(app.sso.emails_changed(&"ada".into()).await.unwrap(), 2);
    // The event appears in the audit log of the administrator's organization.
    let event = app.last();
    assert_eq!((event.action.name(), &event.account), ("session.revoked", &Some("ada".into())));
    assert_eq!(
        (event.organization, event.connection.map(|it| it.protocol)),
        (Some("1".into()), Some(Protocol::Oidc))
    );
    assert!(!app.is_logged_in(&ada, "1").await && !app.is_logged_in(&stays, "1").await);
    assert!(app.is_logged_in(&elsewhere, "2").await && app.is_logged_in(&bob, "2").await);
    app.refused(app.visit(&goes, &goes_at).await, EmailNotOfAccount).await;
    // Without any address, no session remains.
    set(&[]);
    assert_eq!(app.sso.emails_changed(&"ada".into()).await.unwrap(), 1);
    assert!(!app.is_logged_in(&elsewhere, "2").await);
}

#[tokio::test]
pub async fn any_verified_address_of_the_account_is_accepted() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.acme.lie(Lie::user_claim("email", "ada@initech.example"));
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&ada, &finish).await, EmailNotOfAccount).await;
    let own = ["ada@acme.example".to_owned(), "Ada@Initech.example".to_owned()];
    app.host.state.emails.lock().unwrap().insert("ada".into(), own.to_vec());
    app.log_in(&ada, "1").await;
    let applied = app.host.state.applied.lock().unwrap();
    assert_eq!(applied.iter().map(|it| it.email.as_str()).collect::<Vec<_>>(), ["ada@initech.example"]);
}
