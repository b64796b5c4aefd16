//! A user of the provider and an account are linked one to one.

use tower_sso::{
    ConnectionSettings, Membership, Secret,
    connection::Enforcement,
    login::LoginErrorKind::{LookupFailed, SubjectChanged, SubjectOfAnotherAccount},
    oidc::{ClientAuthentication, ClientId, OidcSettings},
};
use tower_sso_test_idp::Lie;

use crate::test_app::{
    SECRET, TestApp,
    fault::{Fault, Verb},
};

#[tokio::test]
pub async fn a_recycled_email_address_does_not_log_in() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    app.actions();
    // At the provider, the address belongs to another user now.
    app.acme.lie(Lie::user_claim("sub", "somebody else"));
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&ada, &finish).await, SubjectChanged).await;
    assert_eq!(app.host.state.applied.lock().unwrap().len(), 1, "the host was told about the refused login");
    app.acme.honest();
    app.log_in(&ada, "1").await;
    assert!(!app.actions().contains(&"link.created"), "the account was linked again");
}

#[tokio::test]
pub async fn one_user_of_a_provider_cannot_be_linked_to_two_accounts() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.actor("ada"), app.actor("bob"));
    app.host.state.memberships.lock().unwrap().insert(("1".into(), "bob".into()), Membership::member());
    app.log_in(&ada, "1").await;
    // Bob's account has ada's address, and bob signs in as ada at the provider.
    let emails = ["bob@acme.example".to_owned(), "ada@acme.example".to_owned()];
    app.host.state.emails.lock().unwrap().insert("bob".into(), emails.to_vec());
    let finish = app.received(&bob.as_user("ada"), "1").await;
    app.refused(app.visit(&bob, &finish).await, SubjectOfAnotherAccount).await;
    app.log_in(&bob, "1").await;
}

#[tokio::test]
pub async fn an_account_link_applies_only_in_its_organization() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    app.initech.lie(Lie::user_claim("sub", "ada at initech"));
    app.log_in(&ada, "2").await;
    let link_outcome = app.actions().into_iter().filter(|name| *name == "link.created").count();
    assert_eq!(link_outcome, 2);
}

#[tokio::test]
pub async fn a_changed_client_links_again_and_records_it() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let secret = ClientAuthentication::SecretBasic(Secret::new(SECRET.to_owned()));
    let renamed = OidcSettings::new(app.acme.issuer(), ClientId::new("hub-renamed"), secret);
    app.change(ConnectionSettings::oidc("1", Enforcement::Enforced, renamed));
    assert!(!app.is_logged_in(&ada, "1").await, "a session of another client is still accepted");
    app.acme.lie(Lie::user_claim("sub", "a subject of the other client"));
    app.actions();
    app.log_in(&ada, "1").await;
    assert_eq!(app.actions(), ["login.begun", "login.received", "link.replaced", "login.finished"]);
    // From now on the new link applies.
    app.acme.honest();
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&ada, &finish).await, SubjectChanged).await;
}

#[tokio::test]
pub async fn an_unlink_by_an_administrator_ends_sessions_and_allows_another_subject() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    app.acme.lie(Lie::user_claim("sub", "ada's new user"));
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&ada, &finish).await, SubjectChanged).await;
    assert!(app.is_logged_in(&ada, "1").await);
    app.actions();
    assert!(app.sso.unlink(&"1".into(), &"ada".into()).await.unwrap());
    assert_eq!(app.actions(), ["session.revoked", "link.removed"]);
    assert!(!app.sso.unlink(&"1".into(), &"ada".into()).await.unwrap());
    assert_eq!(app.actions(), ["session.revoked"], "there was no link");
    assert!(!app.is_logged_in(&ada, "1").await);
    app.clock.seconds(1);
    app.log_in(&ada, "1").await;
    assert_eq!(app.actions(), ["login.begun", "login.received", "link.created", "login.finished"]);
}

#[tokio::test]
async fn a_login_that_the_app_fails_to_apply_leaves_no_link() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let finish = app.received(&ada, "1").await;
    app.actions();
    app.faults.set(Some((Verb::Apply, Fault::Fails)));
    app.refused(app.visit(&ada, &finish).await, LookupFailed).await;
    app.faults.set(None);
    assert!(app.actions().ends_with(&["link.created", "link.removed", "login.refused"]));
    assert!(!app.is_logged_in(&ada, "1").await);
    // A different user of the provider can still be linked.
    app.acme.lie(Lie::user_claim("sub", "ada's other user"));
    app.log_in(&ada, "1").await;
    // A link that existed before stays.
    let finish = app.received(&ada, "1").await;
    app.faults.set(Some((Verb::Apply, Fault::Fails)));
    app.refused(app.visit(&ada, &finish).await, LookupFailed).await;
    app.faults.set(None);
    app.acme.honest();
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&ada, &finish).await, SubjectChanged).await;
}
