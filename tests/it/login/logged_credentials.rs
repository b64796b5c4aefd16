//! The id of a credential never reaches a log: not in the audit log's lines, not in any other line, and not through
//! `Debug`.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tower_sso::{
    Credential, LookupError, SignedIn,
    audit::{AuditSink as _, TracingSink},
    login::LoginErrorKind::{LookupFailed, OtherCredential},
    session::RevocationScope,
};

use crate::test_app::{
    Actor, TestApp,
    fault::{Fault, Verb},
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The ids of ada's app session, of its new id after a rebind, and of her token.
const IDS: [&str; 3] = ["recognizable-app-session", "recognizable-new-id", "recognizable-token"];

/// Drives everything that records an event about a credential.
async fn log_in_and_out(app: &TestApp) -> Result<(), LookupError> {
    let ada = Actor { credential: IDS[0].to_owned(), ..app.actor("ada") };
    let [old, new, token] = IDS.map(Credential::session);
    app.log_in(&ada, "1").await;
    app.sso.authorize_token(&app.proof(&ada).await, &token.id).await?;
    app.sso.rebind(&"ada".into(), &old.id, &new.id).await?;
    app.count_finished();
    app.count_finished();
    let cycled = Actor { credential: IDS[1].to_owned(), ..ada.clone() };
    assert!(app.is_logged_in(&cycled, "1").await);
    app.sso.signed_out(&Credential::token(token.id)).await?;
    app.sso.signed_out(&new).await?;
    // Refusals, and a store that fails.
    app.clock.seconds(60);
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&cycled, &finish).await, OtherCredential).await;
    app.faults.set(Some((Verb::SessionFind, Fault::Fails)));
    assert_eq!(app.ask(&ada, "/acme/x").await.status(), 503);
    app.faults.set(None);
    let finish = app.received(&ada, "1").await;
    app.faults.set(Some((Verb::SessionInsert, Fault::Fails)));
    app.refused(app.visit(&ada, &finish).await, LookupFailed).await;
    app.faults.set(None);
    Ok(())
}

#[tokio::test]
async fn a_credential_id_never_occurs_in_a_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let app = TestApp::new().await;
    {
        tower_sso_testing::log::keep_threads_apart();
        let _logged = tracing::subscriber::set_default(subscriber);
        log_in_and_out(&app).await.unwrap();
        for event in app.events.lock().unwrap().iter() {
            TracingSink.record(event);
        }
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let events = format!("{:?}", app.events.lock().unwrap());
    for id in IDS {
        assert!(!log.contains(id), "{id} in\n{log}");
        assert!(!events.contains(id), "{id} in {events}");
        // Its digest is there, so that an operator finds the lines.
        let digest = tower_sso::CredentialId::new(id).digest().to_string();
        assert!(log.contains(&format!("credential=\"{digest}\"")), "{id} is {digest}, in\n{log}");
        assert!(events.contains(&digest), "{id} is {digest}, in {events}");
    }
}

#[test]
fn no_debug_text_shows_a_credential_id() {
    let credential = Credential::session(IDS[0]);
    let shown = [
        format!("{credential:?}"),
        format!("{:?}", RevocationScope::Credential(credential.clone())),
        format!("{:?}", SignedIn { account: "ada".into(), credential: credential.clone() }),
        format!("{:?}", tower_sso::Viewer::session("ada".into(), IDS[0].into())),
        format!("{:?}", tower_sso::token::ApiToken::new(IDS[0].into(), "deploy")),
    ];
    for text in shown {
        assert!(!text.contains(IDS[0]), "{text}");
        assert!(text.contains(&credential.id.digest().to_string()), "{text}");
    }
}
