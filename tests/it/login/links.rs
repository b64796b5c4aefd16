//! The provider's user and the account belong together, both ways.

use tower_sso::{
    ConnectionSettings, Membership, Secret,
    connection::Enforcement,
    login::LoginErrorKind::{LookupFailed, SubjectChanged, SubjectOfAnotherAccount},
    oidc::{ClientAuthentication, OidcSettings},
};
use tower_sso_test_idp::Lie;

use crate::scene::{
    SECRET, TestApp,
    fault::{Fault, Verb},
};

#[tokio::test]
pub async fn a_recycled_email_address_opens_nothing() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    scene.actions();
    // The address belongs to somebody else at the provider now.
    scene.acme.lie(Lie::user_claim("sub", "somebody else"));
    let finish = scene.received(&ada, "1").await;
    scene.refused(scene.visit(&ada, &finish).await, SubjectChanged).await;
    assert_eq!(scene.host.0.applied.lock().unwrap().len(), 1, "the host was told of it");
    scene.acme.honest();
    scene.log_in(&ada, "1").await;
    assert!(!scene.actions().contains(&"link.created"), "it was pinned again");
}

#[tokio::test]
pub async fn one_user_of_a_provider_is_no_two_accounts() {
    let scene = TestApp::new().await;
    let (ada, bob) = (scene.who("ada"), scene.who("bob"));
    scene.host.0.memberships.lock().unwrap().insert(("1".into(), "bob".into()), Membership::member());
    scene.log_in(&ada, "1").await;
    // Bob's account has ada's address, and bob signs in as ada at the provider.
    let emails = ["bob@acme.example".to_owned(), "ada@acme.example".to_owned()];
    scene.host.0.emails.lock().unwrap().insert("bob".into(), emails.to_vec());
    let finish = scene.received(&bob.as_user("ada"), "1").await;
    scene.refused(scene.visit(&bob, &finish).await, SubjectOfAnotherAccount).await;
    scene.log_in(&bob, "1").await;
}

#[tokio::test]
pub async fn a_link_holds_in_its_organization_alone() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    scene.initech.lie(Lie::user_claim("sub", "ada at initech"));
    scene.log_in(&ada, "2").await;
    let link_outcome = scene.actions().into_iter().filter(|name| *name == "link.created").count();
    assert_eq!(link_outcome, 2);
}

#[tokio::test]
pub async fn a_changed_client_links_anew_and_says_so() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    let secret = ClientAuthentication::SecretBasic(Secret::new(SECRET.to_owned()));
    let renamed = OidcSettings::new(scene.acme.issuer(), "hub-renamed", secret);
    scene.change(ConnectionSettings::oidc("1", Enforcement::Enforced, renamed));
    assert!(!scene.is_logged_in(&ada, "1").await, "a session of another client stands");
    scene.acme.lie(Lie::user_claim("sub", "a subject of the other client"));
    scene.actions();
    scene.log_in(&ada, "1").await;
    assert_eq!(scene.actions(), ["login.begun", "login.received", "link.replaced", "login.finished"]);
    // From then on that link counts.
    scene.acme.honest();
    let finish = scene.received(&ada, "1").await;
    scene.refused(scene.visit(&ada, &finish).await, SubjectChanged).await;
}

#[tokio::test]
pub async fn an_administrator_who_unlinks_lets_another_subject_in_and_ends_what_stood() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    scene.acme.lie(Lie::user_claim("sub", "ada's new user"));
    let finish = scene.received(&ada, "1").await;
    scene.refused(scene.visit(&ada, &finish).await, SubjectChanged).await;
    assert!(scene.is_logged_in(&ada, "1").await);
    scene.actions();
    assert!(scene.sso.unlink(&"1".into(), &"ada".into()).await.unwrap());
    assert_eq!(scene.actions(), ["session.revoked", "link.removed"]);
    assert!(!scene.sso.unlink(&"1".into(), &"ada".into()).await.unwrap());
    assert_eq!(scene.actions(), ["session.revoked"], "there was none");
    assert!(!scene.is_logged_in(&ada, "1").await);
    scene.hands.seconds(1);
    scene.log_in(&ada, "1").await;
    assert_eq!(scene.actions(), ["login.begun", "login.received", "link.created", "login.finished"]);
}

#[tokio::test]
async fn a_host_that_can_not_take_the_login_leaves_no_link() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let finish = scene.received(&ada, "1").await;
    scene.actions();
    scene.switch.set(Some((Verb::Apply, Fault::Fails)));
    scene.refused(scene.visit(&ada, &finish).await, LookupFailed).await;
    scene.switch.set(None);
    assert!(scene.actions().ends_with(&["link.created", "link.removed", "login.refused"]));
    assert!(!scene.is_logged_in(&ada, "1").await);
    // So another user of the provider's can still be theirs.
    scene.acme.lie(Lie::user_claim("sub", "ada's other user"));
    scene.log_in(&ada, "1").await;
    // A link that stood before stays.
    let finish = scene.received(&ada, "1").await;
    scene.switch.set(Some((Verb::Apply, Fault::Fails)));
    scene.refused(scene.visit(&ada, &finish).await, LookupFailed).await;
    scene.switch.set(None);
    scene.acme.honest();
    let finish = scene.received(&ada, "1").await;
    scene.refused(scene.visit(&ada, &finish).await, SubjectChanged).await;
}
