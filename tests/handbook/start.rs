//! The code of `docs/start.md`.

pub mod directory {
    // [directory]

    use tower_sso::{
        AccountId, ApplyOutcome, CompletedLogin, Directory, Lookup, Membership, OrgId, OrgSlug, RequestHead,
        Viewer,
    };

    struct App; // whatever knows your users and organizations

    impl Directory for App {
        /// Who is asking? The app's own authentication left it in the request.
        fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
            Lookup::now(request.extensions.get::<Viewer>().cloned().unwrap_or(Viewer::NotEstablished))
        }
        /// Which organization does the slug in the path name? The id that you store, never the text of the path.
        fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
            Lookup::now((slug.as_str() == "acme").then(|| OrgId::new("1")))
        }
        /// Is the account a member?
        fn membership(&self, _: &OrgId, account: &AccountId) -> Lookup<Membership> {
            // From memory; or `Lookup::later(async move { … })` from a database.
            Lookup::now(if account.as_str() == "ada" { Membership::member() } else { Membership::NonMember })
        }
        /// Which addresses has the account proved to be its own?
        fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
            Lookup::now(vec![format!("{account}@acme.example")])
        }
        /// Store what an SSO login brought, such as a role.
        fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
            Lookup::now(ApplyOutcome::Done)
        }
    }

    // [/directory]

    /// This app, whose organization enforces SSO.
    pub fn sso() -> tower_sso::Sso {
        use tower_sso::{
            ConnectionSettings,
            connection::{Enforcement, FixedConnections},
            oidc::{ClientAuthentication, ClientId, OidcSettings},
        };
        let provider =
            OidcSettings::new("https://login.acme.example", ClientId::new("hub"), ClientAuthentication::None);
        let acme = ConnectionSettings::oidc("1", Enforcement::Enforced, provider);
        let connections = FixedConnections::build([acme]).unwrap();
        tower_sso::Sso::builder("https://hub.example", App, connections).build().unwrap()
    }

    async fn login<B>(request: axum::extract::Request<B>) -> axum::extract::Request<B> {
        super::viewer::login(request).await
    }

    mod guard {
        use super::{App, login};

        // [guard]

        use axum::{Router, middleware::map_request, routing::get};
        use tower_sso::{ConfigError, FileConnections, Sso, SsoPass};

        fn app() -> Result<Router, ConfigError> {
            let connections = FileConnections::open("connections.toml")?;
            let sso = Sso::builder("https://hub.example", App, connections).build()?;
            let routes = Router::new().route("/{org}/plans", get(plans));
            Ok(sso.guard(routes).layer(map_request(login)).with_state(sso))
        }

        async fn plans(_: SsoPass) -> &'static str {
            "the plans"
        }

        // [/guard]
    }
}

pub mod viewer {
    // [viewer]

    use axum::extract::Request;
    use tower_sso::Viewer;

    pub async fn login<B>(mut request: Request<B>) -> Request<B> {
        // Look up your own session cookie here. Nobody is signed in without one: `Viewer::Anonymous`.
        let viewer = Viewer::session("ada".into(), "the id of her login session".into());
        request.extensions_mut().insert(viewer);
        request
    }

    // [/viewer]
}
