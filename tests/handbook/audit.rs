//! The code of `docs/audit.md`.

mod reload {
    // [reload]

    use tower_sso::{AccountId, FileConnections, Sso};

    async fn reload(
        sso: &Sso,
        connections: &FileConnections,
        admin: &AccountId,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let reloaded = connections.reload()?;
        sso.as_actor(admin).run(async { sso.connections_reloaded(&reloaded) }).await?;
        Ok(())
    }

    // [/reload]
}
