//! Fills a file with SSO sessions, and prints how large it is and how fast it answers:
//! `cargo run --release -p tower-sso-sqlx --example million -- FILE [SESSIONS]`.

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use tower_sso_core::{
    Credential, Digest, LookupError,
    session::{Revision, RevocationScope, SessionId, SsoSession},
    store::{Revocation, SessionStore as _},
};
use tower_sso_sqlx::SqliteStore;

/// How many tasks ask at the same time.
const TASKS: u64 = 8;
/// How many times each kind of call is timed.
const CALLS: u64 = 20_000;

#[tokio::main]
#[allow(clippy::print_stdout)]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("expected the file to make")?;
    let count: u64 = arguments.next().map_or(Ok(1_000_000), |count| count.parse())?;
    let store = SqliteStore::open(&file).await?;
    let begun = Instant::now();
    let insert = async |store: &SqliteStore, number| store.insert(Arc::new(session(number))).await.map(drop);
    timed("inserts", &store, 0..count, insert).await?;
    println!("filled in {:.0} s", begun.elapsed().as_secs_f64());
    let size = std::fs::metadata(&file)?.len();
    println!("{} MB, {} bytes a session", size / 1_000_000, size / count.max(1));
    let find = async |store: &SqliteStore, number: u64| {
        let wanted = session(number.wrapping_mul(7_919) % count);
        match store.find(wanted.key()).await? {
            Some(_) => Ok(()),
            None => Err(LookupError::new(format!("session {number} is lost"))),
        }
    };
    timed("look-ups", &store, 0..CALLS, find).await?;
    let revoke = async |store: &SqliteStore, number: u64| {
        let (now, scope) = (SystemTime::now(), RevocationScope::Credential(session(number).credential));
        store.revoke(&Revocation::new(scope, now, now + Duration::from_secs(1800))).await.map(drop)
    };
    timed("revocations", &store, 0..CALLS.min(count), revoke).await?;
    Ok(())
}

/// Returns one of the sessions: of ten credentials an account, and a hundred accounts an organization.
fn session(number: u64) -> SsoSession {
    let now = SystemTime::now();
    let mut session = SsoSession::new(
        SessionId::new(&format!("{number:032x}")),
        Credential::session(format!("{number:043}")),
        format!("organization-{}", number / 1_000).into(),
        format!("account-{}", number / 10).into(),
        Digest::from_bytes([7; 32]),
        now,
        now + Duration::from_secs(7 * 24 * 60 * 60),
    );
    session.revision = Revision::new(u64::MAX);
    session.subject = format!("subject-{}", number / 10);
    session.email = format!("account-{}@example.com", number / 10);
    session
}

#[allow(clippy::print_stdout)]
async fn timed(
    what: &str,
    store: &SqliteStore,
    numbers: std::ops::Range<u64>,
    call: impl AsyncFn(&SqliteStore, u64) -> Result<(), LookupError>,
) -> Result<(), Box<dyn Error>> {
    let (begun, count) = (Instant::now(), numbers.end - numbers.start);
    let tasks = (0..TASKS).map(|task| {
        let numbers = numbers.clone();
        let call = &call;
        async move {
            for number in numbers.filter(|number| number % TASKS == task) {
                call(store, number).await?;
            }
            Ok::<_, LookupError>(())
        }
    });
    for done in join_all(tasks).await {
        done.map_err(|error| error.to_string())?;
    }
    println!("{what}: {:.0} a second", count as f64 / begun.elapsed().as_secs_f64());
    Ok(())
}

/// Runs futures together, in this task.
async fn join_all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, answer) in &mut running {
            if answer.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(done) => *answer = Some(done),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, answer)| answer).collect()
}
