//! The code of `docs/storage.md`.

use std::error::Error;

use tower_sso::{Connections, Directory, Sso};
use tower_sso_sqlx::SqliteStore;

#[allow(dead_code, reason = "only compiled")]
async fn build(app: impl Directory, connections: impl Connections) -> Result<Sso, Box<dyn Error>> {
    // [store]
    let store = SqliteStore::open("sso.db").await?;
    let sso = Sso::builder("https://hub.example", app, connections).store(store).build()?;
    // [/store]
    Ok(sso)
}
