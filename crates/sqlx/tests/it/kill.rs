//! A process that is killed in the middle of its writes: nothing that it was told is lost.

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use tower_sso_core::{
    session::SessionId,
    store::{InsertOutcome, LinkOutcome, Links, SessionStore},
};
use tower_sso_sqlx::SqliteStore;

use crate::support::{Directory, link, revocation, session};

/// The variable that names the file to the child process.
const FILE: &str = "TOWER_SSO_SQLX_KILLED";

/// How often the process is killed. `TOWER_SSO_SQLX_KILLS` asks for more.
fn rounds() -> u64 {
    env::var("TOWER_SSO_SQLX_KILLS").map_or(20, |rounds| rounds.parse().unwrap())
}

/// The child process: logs in, links and revokes, and prints each call that was answered.
async fn write_for_ever(file: &Path) {
    let store = Arc::new(SqliteStore::open(file).await.unwrap());
    let start = std::process::id();
    let tasks = (0..4).map(|task| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for number in 0.. {
                let account = format!("{start}-{task}-{number}");
                let ada = session(&account, store.revision(None).await.unwrap());
                let linked = store.link(&link(&account), &SessionId::new(&account)).await.unwrap();
                assert_eq!(linked, LinkOutcome::New);
                println!("linked {account}");
                assert_eq!(store.insert(Arc::new(ada)).await.unwrap(), InsertOutcome::Stored);
                println!("stored {account}");
                if number % 2 == 0 {
                    assert_eq!(store.revoke(&revocation(&account, 1)).await.unwrap().count, 1);
                    println!("revoked {account}");
                }
            }
        })
    });
    for task in Vec::from_iter(tasks) {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_that_was_answered() {
    if let Some(file) = env::var_os(FILE) {
        return write_for_ever(Path::new(&file)).await;
    }
    let directory = Directory::new();
    let (mut answered, mut checked) = (Vec::new(), 0);
    for round in 0..rounds() {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "kill::a_killed_process_loses_nothing_that_was_answered", "--nocapture"])
            .env(FILE, directory.file())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Another moment each time, between two answers.
        let until = 5 + round * 37 % 400;
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut seen = 0;
        while seen < until {
            assert!(Instant::now() < deadline, "the child wrote {seen} of {until} records");
            let line = lines.next().expect("the child ended").unwrap();
            seen += u64::from(note(&mut answered, &line));
        }
        child.kill().unwrap();
        // What was still in the pipe was answered, too.
        for line in lines.map_while(Result::ok) {
            note(&mut answered, &line);
        }
        child.wait().unwrap();
        let store = directory.open().await;
        for (what, account) in &answered[checked..] {
            let ada = session(account, tower_sso_core::session::Revision::default());
            let found = SessionStore::find(&store, ada.key()).await.unwrap().is_some();
            let is_revoked = store.revoked(&ada).await.unwrap();
            match what.as_str() {
                "linked" => {
                    let held = Links::find(&store, &"acme".into(), &account.as_str().into()).await.unwrap();
                    assert_eq!(held, Some(link(account)), "{account}");
                }
                // The last revocation may have been made, and not been answered: then its mark is there.
                "stored" => assert_ne!(found, is_revoked, "{account} is lost, or back"),
                "revoked" => assert!(!found && is_revoked, "{account} is back"),
                other => panic!("{other}"),
            }
        }
        checked = answered.len();
        store.close().await;
    }
    assert!(answered.len() > 30 * rounds() as usize, "{} records were written", answered.len());
}

/// Notes a line of the child, and returns whether it is one of ours: the test harness prints others.
fn note(answered: &mut Vec<(String, String)>, line: &str) -> bool {
    // The first line of ours follows the name of the test.
    let line = line.rsplit_once("... ").map_or(line, |(_, line)| line);
    match line.split_once(' ') {
        Some((what @ ("linked" | "stored" | "revoked"), account)) => {
            answered.push((what.to_owned(), account.to_owned()));
            true
        }
        _ => false,
    }
}
