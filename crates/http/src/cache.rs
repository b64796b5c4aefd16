//! A cache for a document fetched from a provider. It is fetched when it is first needed, by one caller on behalf of
//! all.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;
use tower_sso_core::Clock;

/// How long a cached copy is used.
///
/// Both count from the time when the copy was fetched:
///
/// | age of the copy | what happens |
/// |---|---|
/// | below `fresh` | the copy is used, and nothing is requested |
/// | from `fresh` to `usable` | one caller fetches it again; the others use the copy meanwhile, and all do if the fetch fails |
/// | `usable` and above | it is fetched again, and if that fails, the caller gets the error |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ages {
    /// How long the copy is fresh.
    pub fresh: Duration,
    /// How long the copy is used if a new one cannot be fetched.
    pub usable: Duration,
}

/// After a failed fetch, callers get the same failure for this long, without another attempt.
pub const BACK_OFF: Duration = Duration::from_secs(5);
/// The minimum time between two forced fetches, which are made although the copy is fresh.
pub const MIN_FORCED_INTERVAL: Duration = Duration::from_secs(30);

/// One document of the provider. One fetch is in flight at a time, and all callers that wait for it share its result.
///
/// ```
/// use std::time::Duration;
///
/// use tower_sso_core::Clock;
/// use tower_sso_http::{Ages, Cached};
///
/// const HOUR: Duration = Duration::from_secs(3600);
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let keys: Cached<String, &str> = Cached::new(|_| Ages { fresh: HOUR, usable: 24 * HOUR });
/// let (source, clock) = ("https://idp.example/keys", Clock::system());
/// let first = keys.get(source, &clock, async { Ok("the keys".to_owned()) }).await.unwrap();
/// // The copy is fresh: the second fetch is never polled.
/// let second = keys.get(source, &clock, async { unreachable!() }).await.unwrap();
/// assert_eq!(first.value, second.value);
/// # }
/// ```
///
/// A copy belongs to its source. If the provider's address changes, the copy from the former address is not used.
#[derive(Debug)]
pub struct Cached<T, E> {
    ages: fn(&T) -> Ages,
    current: ArcSwapOption<Entry<T>>,
    turn: Mutex<Turn<E>>,
}

/// A cached copy, with its source and the time when it was fetched.
#[derive(Debug)]
pub struct Entry<T> {
    /// The document.
    pub value: T,
    source: String,
    at: SystemTime,
    ages: Ages,
}

#[derive(Debug)]
struct Turn<E> {
    failure: Option<Failure<E>>,
    forced_at: Option<SystemTime>,
}

#[derive(Debug)]
struct Failure<E> {
    source: String,
    at: SystemTime,
    error: E,
}

/// Why [`Cached::read`] has no result.
#[derive(Debug)]
pub enum ReadError<X, E> {
    /// There is no copy, and no copy could be fetched.
    NoCopy(E),
    /// Reading the copy failed with this error. If a newer copy might have helped but could not be obtained, the second
    /// value says why.
    Read(X, Option<NoNewerCopy<E>>),
}

/// Why there is no newer copy.
#[derive(Debug)]
pub enum NoNewerCopy<E> {
    /// A newer copy was requested a short while ago.
    RequestedRecently,
    /// A newer copy could not be fetched.
    Failed(E),
}

impl<T, E: Clone> Cached<T, E> {
    /// Creates an empty cache. `ages` returns how long a copy is used.
    pub fn new(ages: fn(&T) -> Ages) -> Self {
        Self {
            ages,
            current: ArcSwapOption::empty(),
            turn: Mutex::new(Turn { failure: None, forced_at: None }),
        }
    }

    /// Takes over the copy from another cache of the same source.
    pub fn adopt(&self, other: &Self) {
        self.current.store(other.current.load_full());
    }

    /// Returns the copy from `source` if it is fresh; otherwise calls `fetch`. If fetching fails, or has just failed,
    /// an older copy that is still usable is returned.
    ///
    /// # Errors
    ///
    /// Returns the error of `fetch`, or the same error again for [`BACK_OFF`] after a failed fetch, if no usable copy
    /// is there.
    pub async fn get(
        &self,
        source: &str,
        clock: &Clock,
        fetch: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<Entry<T>>, E> {
        if let Some(held) = self.held(source, clock, |ages| ages.fresh) {
            return Ok(held);
        }
        let mut turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            // Another caller is fetching: an older copy is used in the meantime.
            Err(_) => match self.held(source, clock, |ages| ages.usable) {
                Some(held) => return Ok(held),
                None => self.turn.lock().await,
            },
        };
        if let Some(held) = self.held(source, clock, |ages| ages.fresh) {
            return Ok(held);
        }
        let error = match &turn.failure {
            Some(failure) if failure.source == source && within(failure.at, clock.now(), BACK_OFF) => {
                failure.error.clone()
            }
            Some(_) | None => match fetch.await {
                Ok(value) => {
                    turn.failure = None;
                    return Ok(self.hold(source, clock, value));
                }
                Err(error) => {
                    let (source, at) = (source.to_owned(), clock.now());
                    turn.failure = Some(Failure { source, at, error: error.clone() });
                    error
                }
            },
        };
        self.held(source, clock, |ages| ages.usable).ok_or(error)
    }

    /// Calls `read` with the copy from `source`. If `read` fails with an error for which `outdated` is true, the
    /// provider may have published newer keys: `read` is then called once more, with a newer copy.
    ///
    /// Anyone can send a message that makes `read` fail. Therefore all such fetches of one document share one limit,
    /// for every reason and every caller, and a failed fetch keeps the cached copy.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`get`](Self::get) and of `read`. If no newer copy could be fetched, the error is still
    /// the one from `read`, beside the reason: an invalid signature is reported as such even if the provider does not
    /// respond.
    pub async fn read<R, X, F>(
        &self,
        source: &str,
        clock: &Clock,
        fetch: impl Fn() -> F,
        outdated: impl Fn(&X) -> bool,
        read: impl Fn(&T) -> Result<R, X>,
    ) -> Result<R, ReadError<X, E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        let held = self.get(source, clock, fetch()).await.map_err(ReadError::NoCopy)?;
        let error = match read(&held.value) {
            Err(error) if outdated(&error) => error,
            read => return read.map_err(|error| ReadError::Read(error, None)),
        };
        let missing = match self.refresh_after_mismatch(&held, clock, fetch()).await {
            Ok(Some(newer)) => return read(&newer.value).map_err(|error| ReadError::Read(error, None)),
            Ok(None) => NoNewerCopy::RequestedRecently,
            Err(failed) => NoNewerCopy::Failed(failed),
        };
        Err(ReadError::Read(error, Some(missing)))
    }

    /// Returns a copy that is newer than `seen`: one that another caller fetched, or the result of `fetch`. Returns
    /// `None` if a forced fetch was made a short while ago.
    ///
    /// # Errors
    ///
    /// Returns the error of `fetch`. The copy that was there stays.
    pub async fn refresh_after_mismatch(
        &self,
        seen: &Arc<Entry<T>>,
        clock: &Clock,
        fetch: impl Future<Output = Result<T, E>>,
    ) -> Result<Option<Arc<Entry<T>>>, E> {
        let mut turn = self.turn.lock().await;
        if let Some(held) = self.current.load_full()
            && !Arc::ptr_eq(&held, seen)
            && held.source == seen.source
        {
            return Ok(Some(held));
        }
        if turn.forced_at.is_some_and(|at| within(at, clock.now(), MIN_FORCED_INTERVAL)) {
            return Ok(None);
        }
        // The time is recorded after the fetch: a caller that gives up halfway does not use up the limit.
        let fetched = fetch.await;
        turn.forced_at = Some(clock.now());
        Ok(Some(self.hold(&seen.source, clock, fetched?)))
    }

    /// Returns the cached copy, whatever its age.
    pub fn current(&self) -> Option<Arc<Entry<T>>> {
        self.current.load_full()
    }

    fn held(&self, source: &str, clock: &Clock, span: fn(Ages) -> Duration) -> Option<Arc<Entry<T>>> {
        let held = self.current.load_full()?;
        (held.source == source && within(held.at, clock.now(), span(held.ages))).then_some(held)
    }

    fn hold(&self, source: &str, clock: &Clock, value: T) -> Arc<Entry<T>> {
        let ages = (self.ages)(&value);
        let held = Arc::new(Entry { value, source: source.to_owned(), at: clock.now(), ages });
        self.current.store(Some(Arc::clone(&held)));
        held
    }
}

/// Returns whether the two times are less than `span` apart, in either direction. A clock that was set back therefore
/// does not keep an entry forever.
fn within(at: SystemTime, now: SystemTime, span: Duration) -> bool {
    now.duration_since(at).unwrap_or_else(|error| error.duration()) < span
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::error::{Error, ErrorKind};
    use tower_sso_testing::clock::TestClock;

    const AGES: Ages = Ages { fresh: Duration::from_secs(60), usable: Duration::from_secs(600) };
    const DOWN: ErrorKind = ErrorKind::Unreachable;

    async fn down() -> Result<u8, Error> {
        Err(Error::with(DOWN, "down"))
    }

    async fn get(
        cached: &Cached<u8, Error>,
        clock: &Clock,
        fetch: impl Future<Output = Result<u8, Error>>,
    ) -> Option<u8> {
        cached.get("a", clock, fetch).await.ok().map(|held| held.value)
    }

    #[tokio::test]
    async fn a_request_cancelled_half_way_does_not_use_up_the_refetch() {
        let (_, clock) = TestClock::new();
        let cached = Cached::new(|_| AGES);
        let short = Duration::from_millis(20);
        let fetch = pending::<Result<u8, Error>>();
        assert!(tokio::time::timeout(short, cached.get("a", &clock, fetch)).await.is_err());
        assert_eq!(get(&cached, &clock, async { Ok(1) }).await, Some(1));
        let seen = cached.get("a", &clock, down()).await.expect("a copy");
        let fetch = pending::<Result<u8, Error>>();
        assert!(
            tokio::time::timeout(short, cached.refresh_after_mismatch(&seen, &clock, fetch)).await.is_err()
        );
        let newer = cached
            .refresh_after_mismatch(&seen, &clock, async { Ok(2) })
            .await
            .expect("a turn")
            .expect("a newer copy");
        assert_eq!(newer.value, 2);
    }

    #[tokio::test]
    async fn concurrent_callers_share_one_failed_fetch() {
        let (_, clock) = TestClock::new();
        let cached = Cached::new(|_| AGES);
        let tries = AtomicUsize::new(0);
        let fetch = || async {
            tries.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            down().await
        };
        let (a, b, c) = tokio::join!(
            cached.get("a", &clock, fetch()),
            cached.get("a", &clock, fetch()),
            cached.get("a", &clock, fetch())
        );
        for outcome in [a, b, c] {
            let error = outcome.expect_err("it is down");
            assert_eq!((error.kind(), error.detail()), (DOWN, "down"));
        }
        assert_eq!(tries.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn an_older_copy_is_used_while_a_fetch_is_in_progress() {
        let (time, clock) = TestClock::new();
        let cached = Cached::new(|_| AGES);
        assert_eq!(get(&cached, &clock, async { Ok(1) }).await, Some(1));
        time.advance(AGES.fresh);
        let slow = cached.get("a", &clock, pending());
        let quick = get(&cached, &clock, down());
        // `slow` is polled first, and holds the lock.
        tokio::select! {
            biased;
            _ = slow => panic!("it never ends"),
            copy = quick => assert_eq!(copy, Some(1)),
        }
    }

    #[tokio::test]
    async fn a_cached_copy_from_another_source_is_not_used() {
        let (_, clock) = TestClock::new();
        let cached = Cached::new(|_| AGES);
        assert_eq!(get(&cached, &clock, async { Ok(1) }).await, Some(1));
        let other = cached.get("b", &clock, down()).await;
        assert_eq!(other.err().map(|error| error.kind()), Some(DOWN));
        let other = cached.get("b", &clock, async { Ok(2) }).await;
        assert_eq!(
            other.err().map(|error| error.kind()),
            Some(DOWN),
            "the failure is remembered for its source"
        );
        assert_eq!(get(&cached, &clock, down()).await, Some(1), "and for no other");
    }
}
