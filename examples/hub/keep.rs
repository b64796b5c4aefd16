//! What the hub keeps: one SQLite file, in which the SSO sessions and the account links are, too.
//!
//! The hub's own records are in one table, by kind and key. They are read when the hub starts, and every change is written
//! before it is answered.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};
use sqlx::{
    Connection as _, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tower_sso::{LookupError, keys::KeyRing};
use tower_sso_sqlx::{OpenError, SqliteStore};

use crate::problem::Problem;

/// Where records are kept. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Keep(Option<Arc<File>>);

struct File {
    path: PathBuf,
    pool: SqlitePool,
}

/// An open file: the hub's records, tower-sso's stores, and the lock that keeps other hubs away.
pub(crate) struct OpenFile {
    pub(crate) keep: Keep,
    pub(crate) stores: SqliteStore,
    /// Seals SSO logins in progress.
    pub(crate) keys: KeyRing,
    /// Locked as long as this connection is open.
    pub(crate) lock: SqliteConnection,
}

/// Opens the file, and creates it if it does not exist.
pub(crate) async fn open(path: &Path) -> Result<OpenFile, Problem> {
    let failed = |error: String| Problem::new("--store", format!("{}: {error}", path.display()));
    let lock = lock(path).await?;
    create_private(path).map_err(|error| failed(error.to_string()))?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(2))
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(8).connect_with(options).await;
    let pool = pool.map_err(|error| failed(described(error)))?;
    let stores = SqliteStore::with_pool(pool.clone()).await.map_err(|error| failed(error.to_string()))?;
    let keys = SqliteStore::key_file(path).map_err(|error| failed(error.to_string()))?;
    let table = "create table if not exists hub_records (
        kind text not null, key text not null, record text not null, primary key (kind, key)
    ) strict, without rowid";
    sqlx::query(table).execute(&pool).await.map_err(|error| failed(described(error)))?;
    let file = File { path: path.to_owned(), pool };
    Ok(OpenFile { keep: Keep(Some(Arc::new(file))), stores, keys, lock })
}

/// Locks the file against other hubs, until the process ends, in whatever way.
async fn lock(path: &Path) -> Result<SqliteConnection, Problem> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let options =
        SqliteConnectOptions::new().filename(name).create_if_missing(true).busy_timeout(Duration::ZERO);
    let taken = async {
        let mut lock = SqliteConnection::connect_with(&options).await?;
        sqlx::query("begin exclusive").execute(&mut lock).await?;
        Ok::<_, sqlx::Error>(lock)
    };
    taken.await.map_err(|error| match error.as_database_error().and_then(|error| error.code()).as_deref() {
        Some("5") => Problem::new(
            "--store",
            format!(
                "another hub uses {}: stop it, or use another file (--store sqlite:FILE)",
                path.display()
            ),
        ),
        _ => Problem::new("--store", format!("{}.lock: {}", path.display(), described(error))),
    })
}

/// Says what an operator can do something about, such as a full disk, and then what SQLite said.
fn described(error: sqlx::Error) -> String {
    OpenError::from(error).to_string()
}

fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

impl Keep {
    /// Returns whether records last.
    pub(crate) fn lasts(&self) -> bool {
        self.0.is_some()
    }

    /// Writes a record, in the place of an earlier one.
    pub(crate) async fn put(
        &self,
        kind: &str,
        key: &str,
        record: &impl Serialize,
    ) -> Result<(), LookupError> {
        let Some(file) = &self.0 else { return Ok(()) };
        let query = "insert into hub_records (kind, key, record) values (?, ?, ?)
            on conflict (kind, key) do update set record = excluded.record";
        let record = serde_json::to_string(record)?;
        let written = sqlx::query(query).bind(kind).bind(key).bind(record).execute(&file.pool).await;
        written.map(drop).map_err(|error| file.failed(error))
    }

    pub(crate) async fn remove(&self, kind: &str, key: &str) -> Result<(), LookupError> {
        let Some(file) = &self.0 else { return Ok(()) };
        let query = "delete from hub_records where kind = ? and key = ?";
        let removed = sqlx::query(query).bind(kind).bind(key).execute(&file.pool).await;
        removed.map(drop).map_err(|error| file.failed(error))
    }

    /// Returns all records of a kind, with their keys, in the order of the keys.
    pub(crate) async fn all<T: DeserializeOwned>(&self, kind: &str) -> Result<Vec<(String, T)>, Problem> {
        let Some(file) = &self.0 else { return Ok(Vec::new()) };
        let query = "select key, record from hub_records where kind = ? order by key";
        let rows: Vec<(String, String)> = sqlx::query_as(query)
            .bind(kind)
            .fetch_all(&file.pool)
            .await
            .map_err(|error| Problem::new("--store", file.failed(error).to_string()))?;
        let read = |(key, record): (String, String)| match serde_json::from_str(&record) {
            Ok(record) => Ok((key, record)),
            Err(error) => {
                let problem = format!("{}: the {kind} {key:?} can't be read: {error}", file.path.display());
                Err(Problem::new("--store", problem))
            }
        };
        rows.into_iter().map(read).collect()
    }

    /// Returns one record.
    pub(crate) async fn one<T: DeserializeOwned>(&self, kind: &str, key: &str) -> Result<Option<T>, Problem> {
        let found = self.all(kind).await?;
        Ok(found.into_iter().find(|(it, _)| it == key).map(|(_, record)| record))
    }
}

impl File {
    /// Returns the error of a statement, with the name of the file.
    fn failed(&self, error: sqlx::Error) -> LookupError {
        LookupError::new(format!("{}: {}", self.path.display(), described(error)))
    }
}
