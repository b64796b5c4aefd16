//! The code of `docs/changing.md`.

mod end_all {
    // [end-all]

    use tower_sso::{AccountId, OrgId, Sso, session::RevocationScope};

    async fn everybody_anew(sso: &Sso, admin: &AccountId, here: &OrgId) -> Result<usize, tower_sso::Error> {
        sso.as_actor(admin).run(sso.revoke(RevocationScope::Organization(here.clone()))).await
    }

    // [/end-all]
}

mod reload {
    // [reload]

    use std::sync::Arc;

    use tower_sso::{AccountId, ConfigError, Directory, FileConnections, Sso};

    fn build(app: impl Directory) -> Result<(Sso, Arc<FileConnections>), ConfigError> {
        let connections = Arc::new(FileConnections::open("connections.toml")?);
        let sso = Sso::builder("https://hub.example", app, Arc::clone(&connections)).build()?;
        Ok((sso, connections))
    }

    /// The button. Answers with what to show.
    async fn reload(
        sso: &Sso,
        connections: &FileConnections,
        admin: &AccountId,
    ) -> Result<String, tower_sso::Error> {
        match connections.reload() {
            Ok(reloaded) => {
                sso.as_actor(admin).run(async { sso.connections_reloaded(&reloaded) }).await?; // for the audit log
                let ended: Vec<_> = reloaded.changed.iter().map(|it| it.name()).collect();
                Ok(format!("sessions ended of: {}", ended.join(", ")))
            }
            Err(error) => Ok(format!("as before: {error}")), // which organization, which field, what was expected
        }
    }

    // [/reload]
}
