//! What tests need that read the log of their own thread.
//!
//! While a program has a single dispatcher, `tracing` asks the default dispatcher of the thread that first reaches an
//! event whether anybody wants it, and remembers the answer for all threads. The thread of another test has no
//! dispatcher, so that an event of this test would not be logged.

use std::sync::LazyLock;

use tracing::{Dispatch, subscriber::NoSubscriber};

/// Lets every thread log what happens on it. A test calls this before it sets a subscriber for its thread.
///
/// ```
/// tower_sso_testing::log::keep_threads_apart();
/// # let subscriber = tracing::subscriber::NoSubscriber::new();
/// let _logged = tracing::subscriber::set_default(subscriber);
/// ```
pub fn keep_threads_apart() {
    static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));
    LazyLock::force(&SECOND);
}
