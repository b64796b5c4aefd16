//! Connections in a database: what a change does, what is refused, and what the history says.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use tower_sso::{
    Connections, Lookup, LookupError, OrgId, RequireError, Sso, SsoPass,
    connection::{ConnectionRecord, ConnectionStore, Enforcement, SaveError, SaveOutcome, StoredConnections},
    keys::{Key, KeyRing},
    middleware::ChallengeReason,
    store::MemoryStore,
};

use crate::support::{BASE, FakeDirectory, request};

/// Returns the settings of organization 1.
fn settings(enforcement: &str, more: &str) -> String {
    format!(
        "organization = \"1\"\nenforcement = \"{enforcement}\"\n{more}\n[oidc]\n\
         issuer = \"https://idp.example\"\nclient_id = \"hub\"\nclient_secret = \"hidden-word\"\n"
    )
}

fn one() -> OrgId {
    "1".into()
}

fn stored(store: &MemoryStore, keys: &KeyRing) -> StoredConnections {
    StoredConnections::new(store.clone(), keys.clone())
}

async fn save(connections: &StoredConnections, text: &str, replaces: u64) -> u64 {
    connections.save(text, replaces, Some(&"root".into())).await.unwrap().number
}

async fn found(connections: &StoredConnections) -> Option<Enforcement> {
    connections.find(&one()).await.unwrap().map(|connection| connection.enforcement())
}

/// Returns what a request of Ada for organization 1 gets.
async fn visit(sso: &Sso) -> Result<&'static str, RequireError> {
    let parts = request("GET", "/x", &[("x-account", "ada")]).into_parts().0;
    sso.require(&parts, &one()).await.map(|pass| match pass {
        SsoPass::NotRequired(_) => "not required",
        SsoPass::Offered(_) => "offered",
        SsoPass::Fresh(_) => "fresh",
    })
}

fn why(answer: Result<&'static str, RequireError>) -> ChallengeReason {
    match answer {
        Err(RequireError::Challenge(challenge)) => challenge.why(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_change_holds_from_the_next_request() {
    let (store, keys) = (MemoryStore::default(), KeyRing::random().unwrap());
    let connections = stored(&store, &keys);
    let sso = Sso::builder(BASE, FakeDirectory::new(), connections.clone()).build().unwrap();
    assert_eq!(visit(&sso).await.unwrap(), "not required", "there is no connection");
    let first = save(&connections, &settings("enforced", ""), 0).await;
    assert_eq!(why(visit(&sso).await), ChallengeReason::NoSession);
    let second = save(&connections, &settings("optional", ""), first).await;
    assert_eq!(visit(&sso).await.unwrap(), "offered");
    let saved = connections.save(&settings("off", ""), second, None).await.unwrap();
    assert_eq!(visit(&sso).await.unwrap(), "not required");
    assert_eq!((first, second, saved.number), (1, 2, 3));
    assert_eq!((saved.reloaded.adjusted.len(), saved.reloaded.changed.len()), (1, 0));
    let other_client = settings("off", "").replace("\"hub\"", "\"other\"");
    let saved = connections.save(&other_client, 3, None).await.unwrap();
    assert_eq!((saved.reloaded.adjusted.len(), saved.reloaded.changed.len()), (0, 1));
    let current = connections.current(&one()).await.unwrap().unwrap();
    assert_eq!((current.number, current.changed_by), (4, None));
    assert_eq!(current.document.unwrap().expose(), &other_client);
}

#[tokio::test]
async fn a_change_of_settings_that_somebody_else_changed_is_a_conflict() {
    let connections = stored(&MemoryStore::default(), &KeyRing::random().unwrap());
    let conflict = async |replaces| {
        let answer = connections.save(&settings("off", ""), replaces, None).await;
        assert!(matches!(answer, Err(SaveError::Conflict)), "{replaces}: {answer:?}");
        let answer = connections.remove(&one(), replaces, None).await;
        assert!(matches!(answer, Err(SaveError::Conflict)), "{replaces}: {answer:?}");
    };
    conflict(1).await;
    assert_eq!(save(&connections, &settings("enforced", ""), 0).await, 1, "the twin");
    for replaces in [0, 2, u64::MAX] {
        conflict(replaces).await;
    }
    assert_eq!(found(&connections).await, Some(Enforcement::Enforced));
}

#[tokio::test]
async fn an_invalid_setting_changes_nothing() {
    let connections = stored(&MemoryStore::default(), &KeyRing::random().unwrap());
    save(&connections, &settings("enforced", ""), 0).await;
    for (text, field) in [
        (settings("sometimes", ""), "enforcement"),
        (settings("off", "timeout = \"1s\""), "timeout"),
        (settings("off", "no_such_field = 1"), "no_such_field"),
        (settings("off", "").replace("https", "http"), "oidc.issuer"),
        ("organization = \"1\"\nenforcement = \"off\"".to_owned(), "oidc"),
        ("= not TOML".to_owned(), "connection"),
        (settings("off", &format!("# {}", "x".repeat(1024 * 1024))), "connection"),
    ] {
        match connections.save(&text, 1, None).await {
            Err(SaveError::Invalid(error)) => assert_eq!(error.field(), field, "{error}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(found(&connections).await, Some(Enforcement::Enforced));
    assert_eq!(connections.history(&one(), None, 10).await.unwrap().len(), 1);
}

/// Otherwise an administrator of an organization could send a file of the machine to a provider of their own.
#[tokio::test]
async fn stored_settings_name_no_file_and_no_variable() {
    let connections = stored(&MemoryStore::default(), &KeyRing::random().unwrap());
    let oidc = |field: &str, value: &str| {
        format!(
            "organization = \"1\"\nenforcement = \"off\"\n[oidc]\nissuer = \"https://idp.example\"\n\
             client_id = \"hub\"\n{field} = \"{value}\"\n"
        )
    };
    let saml = |rest: &str| {
        let provider = "entity_id = \"https://idp.example\"\nsso_url = \"https://idp.example/sso\"\n";
        format!("organization = \"1\"\nenforcement = \"off\"\n[saml]\n{provider}{rest}\n")
    };
    // A variable and a file that exist.
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (text, field) in [
        (oidc("client_secret_env", "PATH"), "oidc.client_secret_env"),
        (oidc("client_secret_file", file), "oidc.client_secret_file"),
        (oidc("private_key_env", "PATH"), "oidc.private_key_env"),
        (oidc("private_key_file", file), "oidc.private_key_file"),
        (saml(&format!("metadata_file = \"{file}\"")), "saml.metadata_file"),
        (saml(&format!("metadata_certificate_file = \"{file}\"")), "saml.metadata_certificate_file"),
        (saml(&format!("certificate_files = [\"{file}\"]")), "saml.certificate_files[0]"),
        (saml(&format!("certificates = [\"x\"]\nsigning_key_file = \"{file}\"")), "saml.signing_key_file"),
        (saml("certificates = [\"x\"]\nsigning_key_env = \"PATH\""), "saml.signing_key_env"),
        (
            saml(&format!("certificates = [\"x\"]\nsigning_certificate_file = \"{file}\"")),
            "saml.signing_certificate_file",
        ),
        (
            saml(&format!("certificates = [\"x\"]\nnext_signing_certificate_file = \"{file}\"")),
            "saml.next_signing_certificate_file",
        ),
        (
            saml(&format!("certificates = [\"x\"]\ndecryption = [{{ key_file = \"{file}\" }}]")),
            "saml.decryption[0].key_file",
        ),
        (saml("certificates = [\"x\"]\ndecryption = [{ key_env = \"PATH\" }]"), "saml.decryption[0].key_env"),
    ] {
        match connections.save(&text, 0, None).await {
            Err(SaveError::Invalid(error)) => {
                assert_eq!(error.field(), field, "{error}");
                assert!(error.problem().starts_with("expected the value itself"), "{error}");
            }
            other => panic!("{field}: {other:?}"),
        }
    }
    save(&connections, &oidc("client_secret", "PATH"), 0).await;
}

#[tokio::test]
async fn a_connection_is_removed_only_when_it_is_off() {
    let connections = stored(&MemoryStore::default(), &KeyRing::random().unwrap());
    for (number, enforcement) in [(0, "enforced"), (1, "optional")] {
        save(&connections, &settings(enforcement, ""), number).await;
        match connections.remove(&one(), number + 1, None).await {
            Err(SaveError::Invalid(error)) => assert_eq!(error.field(), "enforcement"),
            other => panic!("{other:?}"),
        }
        assert!(found(&connections).await.is_some());
    }
    save(&connections, &settings("off", ""), 2).await;
    let removed = connections.remove(&one(), 3, Some(&"root".into())).await.unwrap();
    assert_eq!((removed.number, removed.reloaded.removed.len()), (4, 1));
    assert_eq!(found(&connections).await, None);
    assert!(connections.current(&one()).await.unwrap().unwrap().document.is_none());
    // It can come back, and the numbers go on.
    assert_eq!(save(&connections, &settings("enforced", ""), 4).await, 5);
    assert_eq!(found(&connections).await, Some(Enforcement::Enforced));
}

#[tokio::test]
async fn the_history_says_who_changed_what_and_tells_no_secret() {
    let store = MemoryStore::default();
    let keys = KeyRing::random().unwrap();
    let connections = stored(&store, &keys);
    save(&connections, &settings("off", ""), 0).await;
    save(&connections, &settings("enforced", "").replace("hidden-word", "hidden-pass"), 1).await;
    let history = connections.history(&one(), None, 10).await.unwrap();
    let told: Vec<_> = history[0].fields.iter().map(|it| (it.field.as_str(), it.after.as_deref())).collect();
    assert_eq!(told, [("enforcement", Some("\"enforced\"")), ("oidc.client_secret", Some("[secret]"))]);
    assert_eq!(history[0].changed_by, Some("root".into()));
    assert_eq!((history[0].number, history[1].number, history[0].removed), (2, 1, false));
    assert_eq!(history[1].fields.len(), 5, "the first change sets every field");
    assert!(!format!("{history:?}").contains("hidden"));
    let before: Vec<_> = connections.history(&one(), Some(2), 10).await.unwrap();
    assert_eq!(before.len(), 1);
    // Nor does the store.
    let kept = format!("{:?}", ConnectionStore::find(&store, &one()).await.unwrap().unwrap().sealed);
    let secret = format!("{:?}", b"hidden");
    assert!(!kept.contains(secret.trim_matches(['[', ']'])));
}

#[tokio::test(start_paused = true)]
async fn a_change_of_another_process_is_seen_within_a_second() {
    let (store, keys) = (MemoryStore::default(), KeyRing::random().unwrap());
    let (here, elsewhere) = (stored(&store, &keys), stored(&store, &keys));
    save(&here, &settings("off", ""), 0).await;
    assert_eq!(found(&here).await, Some(Enforcement::Off));
    save(&elsewhere, &settings("enforced", ""), 1).await;
    tokio::time::advance(Duration::from_millis(1_000)).await;
    assert_eq!(found(&here).await, Some(Enforcement::Enforced));
    // A connection that is new is seen at once: "none" is not remembered.
    let other = settings("enforced", "").replace("\"1\"", "\"2\"");
    assert!(here.find(&"2".into()).await.unwrap().is_none());
    save(&elsewhere, &other, 0).await;
    assert!(here.find(&"2".into()).await.unwrap().is_some());
    // With an age of zero, every request reads.
    let strict = stored(&store, &keys).max_age(Duration::ZERO);
    assert_eq!(found(&strict).await, Some(Enforcement::Enforced));
    save(&elsewhere, &settings("off", ""), 2).await;
    assert_eq!(found(&strict).await, Some(Enforcement::Off));
}

#[tokio::test]
async fn a_record_that_does_not_open_lets_nobody_pass() {
    let (old, new) = (Key::generate().unwrap(), Key::generate().unwrap());
    let store = MemoryStore::default();
    let before = stored(&store, &KeyRing::new(old.clone()));
    save(&before, &settings("off", ""), 0).await;
    save(&before, &settings("off", "").replace("\"1\"", "\"2\""), 0).await;
    let visited = async |keys: KeyRing| {
        let builder = Sso::builder(BASE, FakeDirectory::new(), stored(&store, &keys)).keys(keys);
        visit(&builder.build().unwrap()).await
    };
    assert_eq!(visited(KeyRing::new(old.clone())).await.unwrap(), "not required", "the twin");
    let unavailable = |answer| matches!(answer, Err(RequireError::Unavailable(_)));
    assert!(unavailable(visited(KeyRing::new(new.clone())).await), "another key");
    // Settings of organization 2, or a former number, in the place of those of organization 1.
    let record = |organization: &str| {
        let found = ConnectionStore::find(&store, &organization.into());
        async move { found.await.unwrap().unwrap() }
    };
    let (first, second) = (record("1").await, record("2").await);
    save(&before, &settings("enforced", ""), 1).await;
    let number_two = record("1").await;
    for forged in [second.sealed, first.sealed, b"x".to_vec(), Vec::new()] {
        let forged_at = MemoryStore::default();
        for (number, sealed) in [(1, number_two.sealed.clone()), (2, forged)] {
            let by = number_two.changed_by.clone();
            let record = ConnectionRecord::new(one(), number, number_two.changed_at, by, sealed);
            assert_eq!(forged_at.save(&record).await.unwrap(), SaveOutcome::Saved);
        }
        let keys = KeyRing::new(old.clone());
        let sso = Sso::builder(BASE, FakeDirectory::new(), stored(&forged_at, &keys)).build().unwrap();
        assert!(unavailable(visit(&sso).await));
    }
    // What no key opens can be replaced, and is not removed.
    let after_key = new.clone();
    let after = stored(&store, &KeyRing::new(new.clone()));
    assert!(matches!(after.remove(&one(), 2, None).await, Err(SaveError::Invalid(_))));
    save(&after, &settings("enforced", ""), 2).await;
    assert_eq!(why(visited(KeyRing::new(new)).await), ChallengeReason::NoSession);
    // The history still names those that don't open, and the others are sealed again.
    let history = after.history(&one(), None, 10).await.unwrap();
    let told: Vec<_> = history.iter().map(|it| (it.number, it.unreadable, it.fields.is_empty())).collect();
    assert_eq!(told, [(3, false, false), (2, true, true), (1, true, true)]);
    assert!(history[1].changed_by.is_some() && !history[1].removed);
    let newest = Key::generate().unwrap();
    let rotated = stored(&store, &KeyRing::new(newest.clone()).with_former(after_key));
    let error = rotated.reseal().await.unwrap_err();
    // Two of organization 1 and one of organization 2.
    assert!(
        error.to_string().starts_with("3 records") && error.to_string().ends_with("1 were sealed again"),
        "{error}"
    );
    assert_eq!(found(&stored(&store, &KeyRing::new(newest))).await, Some(Enforcement::Enforced));
}

#[tokio::test]
async fn everything_is_sealed_again_with_a_new_key() {
    let (old, new) = (Key::generate().unwrap(), Key::generate().unwrap());
    let store = MemoryStore::default();
    let before = stored(&store, &KeyRing::new(old.clone()));
    for (number, enforcement) in [(0, "off"), (1, "optional"), (2, "enforced")] {
        save(&before, &settings(enforcement, ""), number).await;
    }
    let rotated = stored(&store, &KeyRing::new(new.clone()).with_former(old));
    assert_eq!(found(&rotated).await, Some(Enforcement::Enforced));
    assert_eq!(rotated.reseal().await.unwrap(), 3);
    assert_eq!(rotated.reseal().await.unwrap(), 0);
    let after = stored(&store, &KeyRing::new(new));
    assert_eq!(found(&after).await, Some(Enforcement::Enforced));
    assert_eq!(after.history(&one(), None, 10).await.unwrap().len(), 3);
    assert!(before.current(&one()).await.is_err(), "the former key opens nothing any more");
}

/// A store whose answer to `find` is read at once and arrives when the test lets it.
struct Late {
    inner: MemoryStore,
    arrives: Arc<Notify>,
}

impl ConnectionStore for Late {
    fn find(&self, organization: &OrgId) -> Lookup<Option<ConnectionRecord>> {
        let (found, arrives) = (ConnectionStore::find(&self.inner, organization), Arc::clone(&self.arrives));
        Lookup::later(async move {
            arrives.notified().await;
            found.await
        })
    }

    fn save(&self, record: &ConnectionRecord) -> Lookup<SaveOutcome> {
        self.inner.save(record)
    }

    fn history(&self, _: &OrgId, _: Option<u64>, _: usize) -> Lookup<Vec<ConnectionRecord>> {
        Lookup::failed(LookupError::new("not needed here"))
    }

    fn list(&self, _: Option<&OrgId>, _: usize) -> Lookup<Vec<ConnectionRecord>> {
        Lookup::failed(LookupError::new("not needed here"))
    }

    fn reseal(&self, _: &ConnectionRecord, _: &[u8]) -> Lookup<bool> {
        Lookup::failed(LookupError::new("not needed here"))
    }
}

#[tokio::test]
async fn an_answer_that_was_read_before_a_change_is_not_remembered() {
    let (store, keys) = (MemoryStore::default(), KeyRing::random().unwrap());
    save(&stored(&store, &keys), &settings("off", ""), 0).await;
    let arrives = Arc::new(Notify::new());
    let late = Late { inner: store.clone(), arrives: Arc::clone(&arrives) };
    let connections = StoredConnections::new(late, keys).max_age(Duration::from_secs(600));
    let reading = connections.find(&one());
    // The change is made between the read and its answer.
    let text = settings("enforced", "");
    let changed = connections.save(&text, 1, None);
    let (changed, ()) = tokio::join!(changed, async { arrives.notify_one() });
    assert_eq!(changed.unwrap().number, 2);
    arrives.notify_one();
    assert_eq!(reading.await.unwrap().unwrap().enforcement(), Enforcement::Off);
    arrives.notify_one();
    assert_eq!(found(&connections).await, Some(Enforcement::Enforced));
    // The twin: without a change, the answer is remembered.
    assert_eq!(found(&connections).await, Some(Enforcement::Enforced));
}

#[tokio::test]
async fn a_change_whose_caller_is_gone_is_seen_when_it_was_saved() {
    let (store, keys) = (MemoryStore::default(), KeyRing::random().unwrap());
    let (arrives, saves) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = SlowSave { inner: store.clone(), begun: Arc::clone(&arrives), ends: Arc::clone(&saves) };
    let connections = StoredConnections::new(slow, keys.clone()).max_age(Duration::from_secs(600));
    save(&stored(&store, &keys), &settings("off", ""), 0).await;
    assert_eq!(found(&connections).await, Some(Enforcement::Off));
    let text = settings("enforced", "");
    tokio::select! {
        saved = connections.save(&text, 1, None) => panic!("{saved:?}"),
        () = arrives.notified() => {}
    }
    // The caller is gone, and the store goes on.
    saves.notify_one();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while found(&connections).await != Some(Enforcement::Enforced) {
        assert!(tokio::time::Instant::now() < deadline, "the former settings are remembered");
        tokio::task::yield_now().await;
    }
}

/// A store that says when a save has begun, and ends it when the test lets it.
struct SlowSave {
    inner: MemoryStore,
    begun: Arc<Notify>,
    ends: Arc<Notify>,
}

impl ConnectionStore for SlowSave {
    fn find(&self, organization: &OrgId) -> Lookup<Option<ConnectionRecord>> {
        ConnectionStore::find(&self.inner, organization)
    }

    fn save(&self, record: &ConnectionRecord) -> Lookup<SaveOutcome> {
        let (saved, begun, ends) = (self.inner.clone(), Arc::clone(&self.begun), Arc::clone(&self.ends));
        let record = record.clone();
        Lookup::later(async move {
            begun.notify_one();
            ends.notified().await;
            saved.save(&record).await
        })
    }

    fn history(&self, _: &OrgId, _: Option<u64>, _: usize) -> Lookup<Vec<ConnectionRecord>> {
        Lookup::failed(LookupError::new("not needed here"))
    }

    fn list(&self, _: Option<&OrgId>, _: usize) -> Lookup<Vec<ConnectionRecord>> {
        Lookup::failed(LookupError::new("not needed here"))
    }

    fn reseal(&self, _: &ConnectionRecord, _: &[u8]) -> Lookup<bool> {
        Lookup::failed(LookupError::new("not needed here"))
    }
}
