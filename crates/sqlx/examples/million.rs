//! Fills a database with SSO sessions, and prints how large it is and how fast it answers:
//! `cargo run --release -p tower-sso-sqlx --all-features --example million -- FILE [SESSIONS]`. In the place of a file, it
//! takes the address of an empty PostgreSQL database, `postgres://…`.

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use sqlx::PgPool;
use tower_sso_core::{
    Credential, Digest, LookupError,
    session::{Revision, RevocationScope, SessionId, SsoSession},
    store::{Revocation, SessionStore},
};
use tower_sso_sqlx::{PostgresStore, SqliteStore};

/// How many tasks ask at the same time.
const TASKS: u64 = 8;
/// How many times each kind of call is timed.
const CALLS: u64 = 20_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let place = arguments.next().ok_or("expected the file to make, or the address of a database")?;
    let count: u64 = arguments.next().map_or(Ok(1_000_000), |count| count.parse())?;
    if place.starts_with("postgres:") {
        let pool = PgPool::connect(&place).await?;
        let size: i64 = {
            measure(&PostgresStore::connect(&place).await?, count).await?;
            let query = sqlx::query_scalar("select pg_total_relation_size('tower_sso.sessions')");
            query.fetch_one(&pool).await?
        };
        return tell_size(u64::try_from(size)?, count);
    }
    measure(&SqliteStore::open(&place).await?, count).await?;
    tell_size(std::fs::metadata(&place)?.len(), count)
}

#[allow(clippy::print_stdout)]
fn tell_size(size: u64, count: u64) -> Result<(), Box<dyn Error>> {
    println!("{} MB, {} bytes a session", size / 1_000_000, size / count.max(1));
    Ok(())
}

#[allow(clippy::print_stdout)]
async fn measure(store: &impl SessionStore, count: u64) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    timed("inserts", 0..count, async |number| store.insert(Arc::new(session(number))).await.map(drop))
        .await?;
    println!("filled in {:.0} s", begun.elapsed().as_secs_f64());
    let find = async |number: u64| {
        let wanted = session(number.wrapping_mul(7_919) % count);
        match store.find(wanted.key()).await? {
            Some(_) => Ok(()),
            None => Err(LookupError::new(format!("session {number} is lost"))),
        }
    };
    timed("look-ups", 0..CALLS, find).await?;
    let revoke = async |number: u64| {
        let (now, scope) = (SystemTime::now(), RevocationScope::Credential(session(number).credential));
        store.revoke(&Revocation::new(scope, now, now + Duration::from_secs(1800))).await.map(drop)
    };
    timed("revocations", 0..CALLS.min(count), revoke).await
}

/// Returns one of the sessions: of five credentials an account, and two accounts an organization.
fn session(number: u64) -> SsoSession {
    let now = SystemTime::now();
    let mut session = SsoSession::new(
        SessionId::new(&format!("{number:032x}")),
        Credential::session(format!("{number:043}")),
        format!("organization-{}", number / 10).into(),
        format!("account-{}", number / 5).into(),
        Digest::from_bytes([7; 32]),
        now,
        now + Duration::from_secs(7 * 24 * 60 * 60),
    );
    session.revision = Revision::new(u64::MAX);
    session.subject = format!("subject-{}", number / 5);
    session.email = format!("account-{}@example.com", number / 5);
    session
}

#[allow(clippy::print_stdout)]
async fn timed(
    what: &str,
    numbers: std::ops::Range<u64>,
    call: impl AsyncFn(u64) -> Result<(), LookupError>,
) -> Result<(), Box<dyn Error>> {
    let (begun, count) = (Instant::now(), numbers.end - numbers.start);
    let tasks = (0..TASKS).map(|task| {
        let numbers = numbers.clone();
        let call = &call;
        async move {
            for number in numbers.filter(|number| number % TASKS == task) {
                call(number).await?;
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
