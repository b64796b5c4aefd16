//! The code of `docs/subdomains.md`.

mod host {
    // [host]
    use axum::{Extension, Router, routing::get};
    use tower_sso::{ConfigError, Connections, Directory, Namespace, OrgId, Sso};

    async fn plans(organization: Option<Extension<OrgId>>) -> String {
        match organization {
            Some(Extension(organization)) => format!("the plans of {organization}"),
            None => "nobody is signed in".to_owned(),
        }
    }

    fn app(directory: impl Directory, connections: impl Connections) -> Result<Router, ConfigError> {
        let sso = Sso::builder("https://hub.example", directory, connections)
            .namespace(Namespace::host("{org}.hub.example")?)
            .without_organization("/assets")
            .without_organization("/logout")
            .build()?;
        // After this, add only the app's own authentication.
        Ok(sso.guard(Router::new().route("/plans", get(plans))))
    }
    // [/host]
}

mod path {
    // [path]
    use tower_sso::{ConfigError, Connections, Directory, Sso};

    fn sso(directory: impl Directory, connections: impl Connections) -> Result<Sso, ConfigError> {
        Sso::builder("https://example.com/app", directory, connections).build()
    }
    // [/path]
}
