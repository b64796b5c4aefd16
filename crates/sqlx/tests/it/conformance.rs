//! The conformance suite, with a file and with the pool of an app.

mod in_a_file {
    use crate::support::new_store;

    tower_sso_core::store_conformance! { new_store().await }
    tower_sso_core::connection_store_conformance! { new_store().await }
    tower_sso_core::audit_log_conformance! { new_store().await }
}

mod in_the_pool_of_an_app {
    use std::sync::Arc;

    use sqlx::{SqlitePool, sqlite::SqlitePoolOptions};
    use tower_sso_sqlx::SqliteStore;

    /// Returns a store in the database of an app, which is in memory and has one connection.
    async fn in_memory() -> Arc<SqliteStore> {
        let options = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool: SqlitePool = options.connect("sqlite::memory:").await.unwrap();
        sqlx::query("create table users (id integer primary key)").execute(&pool).await.unwrap();
        Arc::new(SqliteStore::with_pool(pool).await.unwrap())
    }

    tower_sso_core::store_conformance! { in_memory().await }
    tower_sso_core::connection_store_conformance! { in_memory().await }
    tower_sso_core::audit_log_conformance! { in_memory().await }
}
