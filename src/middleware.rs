//! The services, futures and responses behind the layers.
//!
//! # What the layer does with a request
//!
//! The first rule that matches applies:
//!
//! 1. The request is in no organization's namespace: it continues unchanged.
//! 2. It matches no route: 404. Its organization can't be read for certain: 400 or 500 ([`Refusal`]).
//! 3. Nobody is signed in: it continues unchanged. The app's authentication has not run: 500 ([`Refusal`]).
//! 4. A lookup fails or is late: 503 ([`Refusal`]).
//! 5. The viewer does not have to log in with SSO first: the request continues, with an
//!    [`SsoPass`](crate::SsoPass) in its extensions and, if the app knows the organization, its
//!    [`OrgId`](crate::OrgId).
//! 6. Otherwise: a [`Challenge`](crate::Challenge). A browser is redirected to the start of the SSO login. Other
//!    clients get 401 or 403 with its URL.
//!
//! The [decision table](crate#the-rule) says exactly who needs an SSO login.
//!
//! # Where the layer belongs
//!
//! - Inside the app's own authentication, which must have run before. In axum, a layer that is added later is outside
//!   the layers that were added before.
//! - Around every route that serves an organization's content. [`Sso::guard`](crate::Sso::guard) does this for a
//!   finished router. A route that is added afterwards is outside the layer, and the layer can't detect it. Handlers
//!   that extract [`SsoPass`](crate::SsoPass) fail in this case.
//! - Around the routes and not around the whole service, because it reads what the router captured. If it never sees a
//!   matched path, it answers 500.
//!
//! # Example
//!
//! Ada is a member of Acme, which enforces SSO. Bob is not a member. The app decides what Bob may see; Ada must log in
//! with SSO first.
//!
#![cfg_attr(feature = "oidc", doc = "```")]
#![cfg_attr(not(feature = "oidc"), doc = "```ignore")]
//! use axum::{Router, body::Body, http::{Request, StatusCode}, routing::get};
//! use tower::ServiceExt as _;
//! use tower_sso::{
//!     ConnectionSettings, Sso, Viewer,
//!     connection::{Enforcement, FixedConnections},
//!     oidc::{ClientAuthentication, ClientId, OidcSettings},
//! };
//! # use tower_sso::{AccountId, ApplyOutcome, CompletedLogin, Directory, Lookup, Membership, OrgId, OrgSlug, RequestHead};
//! #
//! # struct App;
//! #
//! # impl Directory for App {
//! #     fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
//! #         Lookup::now(request.extensions.get::<Viewer>().cloned().unwrap_or(Viewer::NotEstablished))
//! #     }
//! #     fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
//! #         Lookup::now((slug.as_str() == "acme").then(|| OrgId::new("1")))
//! #     }
//! #     fn membership(&self, _: &OrgId, account: &AccountId) -> Lookup<Membership> {
//! #         Lookup::now(if account.as_str() == "ada" { Membership::member() } else { Membership::NonMember })
//! #     }
//! #     fn verified_emails(&self, _: &AccountId) -> Lookup<Vec<String>> {
//! #         Lookup::now(Vec::new())
//! #     }
//! #     fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
//! #         Lookup::now(ApplyOutcome::Done)
//! #     }
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let provider = OidcSettings::new("https://id.acme.example", ClientId::new("hub"), ClientAuthentication::None);
//! let acme = ConnectionSettings::oidc("1", Enforcement::Enforced, provider);
//! let sso = Sso::builder("https://hub.example", App, FixedConnections::build([acme])?).build()?;
//! let app = sso.guard(Router::new().route("/{org}/plans", get(|| async { "plans" })));
//!
//! // In a real app, the authentication layer inserts the viewer.
//! let request = |account: &str| {
//!     let viewer = Viewer::session(account.into(), "app-session".into());
//!     Request::get("/acme/plans").header("accept", "text/html").extension(viewer).body(Body::empty())
//! };
//! let bob = app.clone().oneshot(request("bob")?).await?;
//! assert_eq!(bob.status(), StatusCode::OK);
//!
//! let ada = app.oneshot(request("ada")?).await?;
//! assert_eq!(ada.status(), StatusCode::SEE_OTHER);
//! assert_eq!(ada.headers()["location"], "https://hub.example/sso/1/start?return_to=%2Facme%2Fplans");
//! # Ok(())
//! # }
//! ```

pub use crate::{
    actor::ActingAs,
    builder::DangerousSsoBuilder,
    challenge_reason::ChallengeReason,
    enforce::{
        decide::OfferReason,
        future::ResponseFuture,
        pending::{Pending, PendingOrganization},
        refusal::Refusal,
        response_body::{DefaultBody, MakeBody, ResponseBody},
        service::SsoService,
        step_up_layer::{StepUpLayer, StepUpService},
    },
    extract::SsoPassRejection,
    namespace::matching::NamespaceMatch,
};
