//! A constant and a function that the modules of the store in memory share.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many expired entries one call drops at most. It is more than a call adds, so that expired entries do not pile
/// up, and small, so that no single call takes long.
pub(crate) const SWEEP: usize = 16;

/// Ignores a panic of the lock's earlier holder: no code in here panics while the guarded data is inconsistent.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
