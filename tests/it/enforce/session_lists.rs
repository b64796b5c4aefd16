//! Which sessions the lists show, and what ends a session.

use std::time::{Duration, SystemTime};

use tower_sso::{
    ConnectionSettings, Credential, CredentialId, Secret, Sso,
    audit::Action,
    connection::{Enforcement, FixedConnections},
    oidc::{ClientAuthentication, ClientId, OidcSettings},
    session::{RevocationScope, SessionCursor, SessionId, SessionPage, SessionsOf},
    store::{InsertOutcome, SessionStore as _},
};

use crate::{
    support::World,
    test_app::{
        TestApp,
        fault::{Fault, Verb},
    },
};

fn ids(page: &SessionPage) -> Vec<String> {
    page.sessions.iter().map(|session| session.id.to_string()).collect()
}

async fn mine(sso: &Sso, account: &str) -> Vec<String> {
    ids(&sso.account_sessions(&account.into(), None).await.unwrap())
}

async fn theirs(sso: &Sso, organization: &str) -> Vec<String> {
    ids(&sso.organization_sessions(&organization.into(), None).await.unwrap())
}

#[tokio::test]
async fn session_lists_are_limited_to_the_account_or_the_organization() {
    let world = World::new();
    for (organization, account, credential) in
        [("1", "ada", "laptop"), ("2", "ada", "phone"), ("1", "bob", "desk"), ("2", "bob", "sofa")]
    {
        world.log_in(organization, account, credential).await;
    }
    let sso = world.sso();
    assert_eq!(mine(&sso, "ada").await, ["s-phone", "s-laptop"]);
    assert_eq!(mine(&sso, "bob").await, ["s-sofa", "s-desk"]);
    assert_eq!(mine(&sso, "eve").await, Vec::<String>::new());
    assert_eq!(theirs(&sso, "1").await, ["s-desk", "s-laptop"]);
    assert_eq!(theirs(&sso, "2").await, ["s-sofa", "s-phone"]);
    let page = sso.account_sessions(&"ada".into(), None).await.unwrap();
    let session = &page.sessions[0];
    assert_eq!(session.protocol, tower_sso::identity::Protocol::Oidc);
    assert_eq!(session.credential, Credential::session("phone"));
    assert!(session.expires_at > SystemTime::now() && session.logged_in_at <= SystemTime::now());
}

#[tokio::test]
async fn expired_and_outdated_sessions_are_not_listed() {
    let world = World::new();
    let sso = world.sso();
    world.log_in("1", "ada", "laptop").await;
    let over = SystemTime::now() - Duration::from_secs(8 * 24 * 60 * 60);
    let over = world.session("2", "ada", "over", over).await;
    world.store.insert(over.into()).await.unwrap();
    assert_eq!(mine(&sso, "ada").await, ["s-laptop"]);
    // The connection changes to another client at the provider. Sessions under the earlier client are no longer valid.
    let secret = ClientAuthentication::SecretBasic(Secret::new("secret".into()));
    let provider = OidcSettings::new("https://idp.example", ClientId::new("another client"), secret);
    let other = ConnectionSettings::oidc("1", Enforcement::Enforced, provider);
    let changed = World { connections: FixedConnections::build([other]).unwrap().into(), ..world.clone() };
    assert_eq!(mine(&changed.sso(), "ada").await, Vec::<String>::new());
    assert_eq!(theirs(&changed.sso(), "1").await, Vec::<String>::new());
    assert_eq!(mine(&sso, "ada").await, ["s-laptop"], "the accepted counterpart");
    let none = World { connections: FixedConnections::build([]).unwrap().into(), ..world.clone() };
    assert_eq!(theirs(&none.sso(), "1").await, Vec::<String>::new());
}

#[tokio::test]
async fn ending_a_session_ends_no_other() {
    let app = TestApp::new().await;
    let (laptop, phone) = (app.actor("ada"), app.actor("ada"));
    for who in [&laptop, &phone] {
        app.log_in(who, "1").await;
    }
    app.log_in(&laptop, "2").await;
    // A second login in the same browser. Ending a session removes both.
    app.log_in(&laptop, "1").await;
    let ada = SessionsOf::Account("ada".into());
    let page = app.sso.account_sessions(&"ada".into(), None).await.unwrap();
    assert_eq!(page.sessions.len(), 3, "{page:?}");
    let first = &page.sessions[0];
    assert_eq!((first.credential.clone(), first.organization.as_str()), (laptop.presents(), "1"));
    let under_way = app.received(&laptop, "1").await;
    assert!(app.sso.end_session(&first.id, &ada).await.unwrap());
    assert!(!app.is_logged_in(&laptop, "1").await, "the earlier SSO login does not count either");
    assert!(app.is_logged_in(&phone, "1").await);
    let left = ids(&app.sso.account_sessions(&"ada".into(), None).await.unwrap());
    assert_eq!(left, ids(&page)[1..]);
    let event = app.events.lock().unwrap().last().cloned().unwrap();
    assert_eq!(event.action, Action::SessionRevoked { scope: "session", count: 2 });
    assert_eq!((event.account, event.organization), (Some("ada".into()), Some("1".into())));
    // An SSO login that was under way does not bring the session back.
    app.refused(app.visit(&laptop, &under_way).await, tower_sso::login::LoginErrorKind::Revoked).await;
    assert!(!app.sso.end_session(&first.id, &ada).await.unwrap(), "the session had already ended");
    // The visitor starts again at once. This is not a loop: the start page shows its button.
    app.clock.seconds(1);
    assert_eq!(app.visit(&laptop, "/sso/1/start").await.status(), 200);
    app.log_in(&laptop, "1").await;
    assert!(app.is_logged_in(&laptop, "1").await);
}

#[tokio::test]
async fn a_caller_cannot_end_a_session_outside_of_their_scope() {
    let world = World::new();
    world.log_in("1", "ada", "laptop").await;
    let (sso, id) = (world.sso(), SessionId::new("s-laptop"));
    for of in [
        SessionsOf::Account("bob".into()),
        SessionsOf::Organization("2".into()),
        SessionsOf::Member("1".into(), "bob".into()),
        SessionsOf::Member("2".into(), "ada".into()),
    ] {
        assert!(!sso.end_session(&id, &of).await.unwrap(), "{of:?}");
    }
    assert!(!sso.end_session(&SessionId::new("s-none"), &SessionsOf::Account("ada".into())).await.unwrap());
    assert_eq!(mine(&sso, "ada").await, ["s-laptop"]);
    assert_eq!(world.actions(), Vec::<&str>::new());
    assert!(sso.end_session(&id, &SessionsOf::Organization("1".into())).await.unwrap());
    assert_eq!(mine(&sso, "ada").await, Vec::<String>::new());
}

#[tokio::test]
async fn an_authorized_token_is_listed_and_ended_separately() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let token = CredentialId::from("t-1");
    let authorized = app.sso.authorize_token(&app.proof(&ada).await, &token).await.unwrap();
    assert_eq!(authorized, InsertOutcome::Stored);
    let page = app.sso.organization_sessions(&"1".into(), None).await.unwrap();
    let kinds: Vec<_> = page.sessions.iter().map(|it| it.credential.kind.as_str()).collect();
    assert_eq!(kinds, ["token", "session"]);
    let of = SessionsOf::Member("1".into(), "ada".into());
    assert!(app.sso.end_session(&page.sessions[0].id, &of).await.unwrap());
    assert!(app.is_logged_in(&ada, "1").await, "the owner's session is kept");
    assert_eq!(app.sso.organization_sessions(&"1".into(), None).await.unwrap().sessions.len(), 1);
}

#[tokio::test]
async fn the_sessions_of_an_organization_are_listed_in_pages() {
    let world = World::new();
    for number in 0..250 {
        world.log_in("1", &format!("user-{number}"), &format!("c-{number}")).await;
    }
    let (sso, mut after, mut seen, mut sizes) = (world.sso(), None, Vec::new(), Vec::new());
    loop {
        let page = sso.organization_sessions(&"1".into(), after).await.unwrap();
        sizes.push(page.sessions.len());
        seen.extend(ids(&page));
        // The cursor travels through a browser and back.
        after = page.next.map(|next| SessionCursor::new(next.as_str()));
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [100, 100, 50]);
    let expected: Vec<_> = (0..250).rev().map(|number| format!("s-c-{number}")).collect();
    assert_eq!(seen, expected);
    assert_eq!(sso.revoke(RevocationScope::Organization("1".into())).await.unwrap(), 250);
    assert_eq!(theirs(&sso, "1").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_failing_store_is_an_error_and_never_an_empty_list() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let id = app.sso.account_sessions(&"ada".into(), None).await.unwrap().sessions[0].id.clone();
    let of = SessionsOf::Account("ada".into());
    for verb in [Verb::SessionList, Verb::Connection] {
        for fault in [Fault::Fails, Fault::FailsLater] {
            app.faults.set(Some((verb, fault)));
            app.sso.account_sessions(&"ada".into(), None).await.unwrap_err();
            app.sso.organization_sessions(&"1".into(), None).await.unwrap_err();
        }
    }
    for verb in [Verb::SessionList, Verb::SessionRevoke] {
        app.faults.set(Some((verb, Fault::Fails)));
        app.sso.end_session(&id, &of).await.unwrap_err();
    }
    app.faults.set(None);
    assert!(app.sso.end_session(&id, &of).await.unwrap());
}
