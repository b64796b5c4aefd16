//! A store in a file of its own.

use std::sync::Arc;

use tempfile::TempDir;
use tower_sso_core::{session::SsoSession, store::SessionStore as _};
use tower_sso_sqlx::SqliteStore;

pub use crate::records::{at, audited, change, claim, digest, join_link, link, revocation, session, value};

/// A directory with a file `sso.db`, which is removed at the end.
pub struct Directory(pub TempDir);

impl Directory {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn file(&self) -> std::path::PathBuf {
        self.0.path().join("sso.db")
    }

    pub async fn open(&self) -> SqliteStore {
        SqliteStore::open(self.file()).await.unwrap()
    }
}

/// Returns a new store in a file.
pub async fn new_store() -> Arc<SqliteStore> {
    let directory = Directory::new();
    let store = directory.open().await;
    // The pool opens the file again and again: it has to stay for the whole test.
    std::mem::forget(directory);
    Arc::new(store)
}

pub async fn insert(store: &SqliteStore, session: &SsoSession) -> tower_sso_core::store::InsertOutcome {
    store.insert(Arc::new(session.clone())).await.unwrap()
}
