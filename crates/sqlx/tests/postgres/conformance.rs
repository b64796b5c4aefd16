//! The conformance suites.

use std::sync::Arc;

use tower_sso_sqlx::PostgresStore;

use crate::server::Server;

async fn new_store() -> Arc<PostgresStore> {
    Arc::new(Server::shared().store().await)
}

tower_sso_core::store_conformance! { new_store().await }
tower_sso_core::connection_store_conformance! { new_store().await }
tower_sso_core::audit_log_conformance! { new_store().await }
