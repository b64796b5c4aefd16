//! Builds the hub: its state, its layers and their order.

use std::{ops::Deref, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::FromRef,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use http::{HeaderName, HeaderValue, Request, StatusCode, header};
use tower_http::{
    compression::CompressionLayer, csrf::CsrfLayer, limit::RequestBodyLimitLayer,
    set_header::SetResponseHeaderLayer, trace::TraceLayer,
};
use tower_sso::{Sso, keys::KeyRing, pages::DefaultPages, store::Clock};
use tower_sso_sqlx::SqliteStore;

use crate::{
    activity::Activity, attempts::Attempts, auth::authenticate, connections::HubConnections,
    credentials::Credentials, directory::HubDirectory, keep::Keep, model::Model, problem::Problem, routes,
};

/// The maximum size of the body of a request to the hub's own routes, in bytes.
const BODY: usize = 256 * 1024;

/// The state that every handler gets. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hub(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) title: String,
    /// The origin, such as `http://127.0.0.1:8080`, without a slash at the end.
    pub(crate) origin: String,
    pub(crate) shows_accounts: bool,
    pub(crate) model: Arc<Model>,
    pub(crate) connections: Arc<HubConnections>,
    pub(crate) credentials: Arc<Credentials>,
    pub(crate) activity: Activity,
    pub(crate) attempts: Attempts,
    pub(crate) sso: Sso,
    pub(crate) clock: Clock,
}

/// The parts that a hub is built from.
pub(crate) struct Made {
    pub(crate) title: String,
    pub(crate) base_url: String,
    pub(crate) shows_accounts: bool,
    pub(crate) model: Model,
    pub(crate) connections: HubConnections,
    pub(crate) keep: Keep,
    /// tower-sso's own records, if they last.
    pub(crate) stores: Option<(SqliteStore, KeyRing)>,
}

impl Hub {
    /// Builds the hub, with what was kept.
    pub(crate) async fn new(mut made: Made) -> Result<Self, Problem> {
        made.model.read(&made.keep).await?;
        let (model, connections) = (Arc::new(made.model), Arc::new(made.connections));
        let (activity, clock) =
            (Activity::start(made.stores.as_ref().map(|(stores, _)| stores)), Clock::system());
        let credentials = Arc::new(Credentials::read(&made.keep).await?);
        let directory = HubDirectory { model: Arc::clone(&model), credentials: Arc::clone(&credentials) };
        let builder = Sso::builder(&made.base_url, directory.clone(), Arc::clone(&connections));
        let builder = match made.stores {
            Some((stores, keys)) => builder.store(stores).keys(keys),
            None => builder,
        };
        let sso = builder
            .tokens(directory.clone())
            .join(directory.clone())
            .on_logout(directory)
            // This route's handler finds out which organization the repository belongs to, and then requires SSO for
            // it.
            .without_organization("/api/repos/{id}")
            .audit_sink(activity.clone())
            .clock(clock.clone())
            .pages(DefaultPages::default().style_sheet("/assets/sso.css"))
            .build()
            .map_err(|error| Problem::new(error.field(), error.problem()))?;
        Ok(Self(Arc::new(Inner {
            title: made.title,
            origin: made.base_url.trim_end_matches('/').to_owned(),
            shows_accounts: made.shows_accounts,
            model,
            connections,
            credentials,
            activity,
            attempts: Attempts::default(),
            sso,
            clock,
        })))
    }

    pub(crate) fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Returns the whole service. Each layer that is added wraps what was added before.
    pub(crate) fn router(&self) -> Result<Router, Problem> {
        let csrf = CsrfLayer::new()
            .add_trusted_origin(&self.origin)
            .map_err(|error| Problem::new("base_url", error.to_string()))?;
        let router = Router::new()
            .merge(routes::pages())
            .merge(routes::api())
            // Does not apply to the SSO routes, which limit the size of a provider's response themselves.
            .layer(RequestBodyLimitLayer::new(BODY))
            .merge(routes::large_forms())
            // Applies to the hub's forms. Does not apply to the SSO routes: a provider's response comes from another
            // site, and the SSO routes check it.
            .layer(csrf)
            .layer(middleware::from_fn(refuse_forms_of_unknown_origin));
        // All routes are added. The following is outside the guard: the page for unknown addresses, and the hub's
        // authentication.
        let router = self
            .sso
            .guard(router)
            .fallback(routes::not_found)
            .layer(middleware::from_fn_with_state(self.clone(), authenticate))
            .layer(CompressionLayer::new());
        let router = HEADERS.into_iter().fold(router, |router, (name, value)| {
            // The SSO pages set their own headers.
            router.layer(SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value)))
        });
        Ok(router.layer(TraceLayer::new_for_http().make_span_with(span)).with_state(self.clone()))
    }
}

const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    // Each response depends on who is signed in.
    (header::CACHE_CONTROL, "no-store"),
];

/// Refuses what changes something and says by no header where it comes from. `CsrfLayer` lets it pass, since old browsers
/// send neither header. A program with a token is no browser.
async fn refuse_forms_of_unknown_origin(request: Request<Body>, next: Next) -> Response {
    let says = [header::ORIGIN, HeaderName::from_static("sec-fetch-site"), header::AUTHORIZATION];
    if request.method().is_safe() || says.iter().any(|name| request.headers().contains_key(name)) {
        return next.run(request).await;
    }
    let problem = "This form can be sent only by a browser that says which page it comes from.\n";
    (StatusCode::FORBIDDEN, problem).into_response()
}

/// Logs only the path: a query may contain a code, a state or a ticket.
fn span<B>(request: &Request<B>) -> tracing::Span {
    tracing::info_span!("request", method = %request.method(), path = request.uri().path())
}

impl Deref for Hub {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl FromRef<Hub> for Sso {
    fn from_ref(hub: &Hub) -> Self {
        hub.sso.clone()
    }
}
