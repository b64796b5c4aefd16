//! Builds the router of a case, and decides what its handlers serve.

use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
};

use axum::{
    Router,
    extract::{FromRequestParts as _, RawPathParams, Request},
    middleware::map_request,
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, any, any_service},
};
use http::{HeaderName, HeaderValue, StatusCode, Uri, request::Parts};
use percent_encoding::percent_decode_str;
use tower::{Layer as _, Service, ServiceBuilder, service_fn};
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, ConnectionSettings, Directory, Lookup, Membership, Namespace,
    OrgId, OrgSlug, RequestHead, Secret, Sso, SsoPass, Viewer,
    connection::{Enforcement, FixedConnections},
    oidc::{ClientAuthentication, ClientId, OidcSettings},
};

use crate::tree::{Between, Case, Entry, Layering, Leaf, Tree};

/// The organization whose content the response is.
pub const SERVED: HeaderName = HeaderName::from_static("x-served");
/// `yes` if the layer is around the handler, or if the handler takes the pass.
pub const HELD: HeaderName = HeaderName::from_static("x-held");

struct Host;

impl Directory for Host {
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        let account = request.headers.get("x-account").and_then(|account| account.to_str().ok());
        Lookup::now(account.map_or(Viewer::Anonymous, |account| Viewer::session(account.into(), "c".into())))
    }

    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        let known = [("acme", "1"), ("umbrella", "3")].into_iter().find(|(known, _)| *known == slug.as_str());
        Lookup::now(known.map(|(_, id)| OrgId::new(id)))
    }

    fn membership(&self, _: &OrgId, _: &AccountId) -> Lookup<Membership> {
        Lookup::now(Membership::member())
    }

    fn verified_emails(&self, _: &AccountId) -> Lookup<Vec<String>> {
        Lookup::now(Vec::new())
    }

    fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
        Lookup::now(ApplyOutcome::Done)
    }
}

fn sso(names: &[&str]) -> Sso {
    let secret = ClientAuthentication::SecretBasic(Secret::new("secret".into()));
    let provider = OidcSettings::new("https://idp.example", ClientId::new("client"), secret);
    let connection = ConnectionSettings::oidc("1", Enforcement::Enforced, provider);
    let connections = FixedConnections::build([connection]).unwrap();
    let namespace = Namespace::router_params(names.iter().copied()).unwrap();
    Sso::builder("https://hub.example", Host, connections).namespace(namespace).build().unwrap()
}

/// Returns the router of a case, or `None` if axum refuses two of its routes.
pub fn try_build(case: &Case) -> Option<Router> {
    let builder = Builder { sso: sso(case.names), names: case.names };
    catch_unwind(AssertUnwindSafe(|| builder.router(&case.tree, Cover::NOTHING))).ok()
}

/// What a layer is around.
#[derive(Clone, Copy)]
struct Cover {
    routes: bool,
    fallbacks: bool,
}

impl Cover {
    const NOTHING: Self = Self { routes: false, fallbacks: false };

    fn by(self, layer: Layering) -> Self {
        match layer {
            Layering::Nowhere => self,
            Layering::RouteLayer => Self { routes: true, ..self },
            Layering::Layer | Layering::Guard | Layering::AroundTheRouter => {
                Self { routes: true, fallbacks: true }
            }
        }
    }

    /// The cover of a router that is the service of a route or of a fallback.
    fn all(held: bool) -> Self {
        Self { routes: held, fallbacks: held }
    }
}

#[derive(Clone)]
struct Builder {
    sso: Sso,
    names: &'static [&'static str],
}

impl Builder {
    /// Builds a router. `cover` says what the outer layers are around.
    fn router(&self, tree: &Tree, cover: Cover) -> Router {
        let inside = cover.by(tree.layer);
        let mut router = Router::new();
        for entry in &tree.before {
            router = self.add(router, entry, inside);
        }
        if let Some(leaf) = tree.fallback_before {
            router = self.with_fallback(router, leaf, inside.fallbacks);
        }
        router = match tree.layer {
            Layering::Nowhere => router,
            Layering::Layer => router.layer(self.sso.layer()),
            Layering::RouteLayer if tree.before.is_empty() => router,
            Layering::RouteLayer => router.route_layer(self.sso.layer()),
            Layering::Guard => self.sso.guard(router),
            Layering::AroundTheRouter => Router::new().fallback_service(self.sso.layer().layer(router)),
        };
        for entry in &tree.after {
            router = self.add(router, entry, cover);
        }
        match tree.fallback_after {
            Some(leaf) => self.with_fallback(router, leaf, cover.fallbacks),
            None => router,
        }
    }

    fn add(&self, router: Router, entry: &Entry, cover: Cover) -> Router {
        let held = cover.routes;
        let inner = |tree| self.router(tree, Cover::all(held));
        match entry {
            Entry::Route(path, leaf) => router.route(path, self.handler(*leaf, held)),
            Entry::RouteService(path, leaf) => router.route_service(path, self.service(*leaf, held)),
            Entry::NestService(path, leaf) => router.nest_service(path, self.service(*leaf, held)),
            Entry::AnyService(path, between, tree) => {
                router.route(path, any_service(rewriting(inner(tree), *between, held)))
            }
            Entry::Nest(path, tree) => router.nest(path, self.router(tree, cover)),
            Entry::NestRouter(path, between, tree) => {
                router.nest_service(path, rewriting(inner(tree), *between, held))
            }
            Entry::Merge(tree) => router.merge(self.router(tree, cover)),
            Entry::FallbackService(between, tree) => {
                let inner = self.router(tree, Cover::all(cover.fallbacks));
                router.fallback_service(rewriting(inner, *between, cover.fallbacks))
            }
        }
    }

    fn handler(&self, leaf: Leaf, held: bool) -> MethodRouter {
        let builder = self.clone();
        any(move |request: Request| async move { builder.answer(leaf, held, request).await })
    }

    fn with_fallback(&self, router: Router, leaf: Leaf, held: bool) -> Router {
        let builder = self.clone();
        router.fallback(move |request: Request| async move { builder.answer(leaf, held, request).await })
    }

    fn service(
        &self,
        leaf: Leaf,
        held: bool,
    ) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
    + use<> {
        let builder = self.clone();
        service_fn(move |request: Request| {
            let builder = builder.clone();
            async move { Ok(builder.answer(leaf, held, request).await) }
        })
    }

    async fn answer(&self, leaf: Leaf, held: bool, request: Request) -> Response {
        let (mut parts, _) = request.into_parts();
        if leaf.takes_pass
            && let Err(refused) = SsoPass::from_request_parts(&mut parts, &self.sso).await
        {
            return refused.into_response();
        }
        let Some(organization) = served(&mut parts, self.names).await else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        let held = if held || leaf.takes_pass { "yes" } else { "no" };
        let served = HeaderValue::from_str(&organization).unwrap_or_else(|_| HeaderValue::from_static("-"));
        [(SERVED, served), (HELD, HeaderValue::from_static(held))].into_response()
    }
}

/// A middleware between two routers that changes the path. Inside the layer, the app itself makes this change: no path
/// says what a static route serves.
fn rewriting(router: Router, between: Between, held: bool) -> Router {
    match between {
        Between::Rewrite if !held => {
            let rewrite = map_request(async |mut request: Request| {
                *request.uri_mut() = Uri::from_static("/acme/plans");
                request
            });
            Router::new().fallback_service(ServiceBuilder::new().layer(rewrite).service(router))
        }
        Between::Rewrite | Between::Nothing => router,
    }
}

/// Returns the organization that a handler serves. The handler uses the parameter that the app names. If it has none,
/// it uses another parameter with that meaning, the first segment of its wildcard, or the first segment of its path.
/// Returns `None` if the parameter occurs twice, which a handler's extractor refuses, or if it is not UTF-8.
pub async fn served(parts: &mut Parts, names: &[&str]) -> Option<String> {
    let path = parts.uri.path().to_owned();
    let first = |path: &str| {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        percent_decode_str(first).decode_utf8_lossy().into_owned()
    };
    let params: Vec<(String, String)> = match RawPathParams::from_request_parts(parts, &()).await {
        Ok(params) => params.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        Err(axum::extract::rejection::RawPathParamsRejection::MissingPathParams(_)) => Vec::new(),
        Err(_) => return None,
    };
    let mut named = params.iter().filter(|(key, _)| names.contains(&key.as_str()));
    match (named.next(), named.next()) {
        (Some((_, organization)), None) => return Some(first(organization)),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    let last = |keys: &[&str]| params.iter().rev().find(|(key, _)| keys.contains(&key.as_str()));
    let other = last(&["org", "organization", "Org", "tenant"]).or_else(|| last(&["rest"]));
    Some(other.map_or_else(|| first(&path), |(_, value)| first(value)))
}
