//! [`SsoService`], the service that [`SsoLayer`](crate::SsoLayer) makes.
//!
//! `call` first decides as far as possible without awaiting anything. If every lookup is answered immediately, `call`
//! itself calls the inner service or builds the response. Otherwise the future in `future` awaits the lookups.

use crate::{
    directory::viewer::Viewer,
    enforce::{
        apply::{apply_decision, not_found},
        evaluation::{Evaluation, LookupInProgress, Progress, Target},
        future::{ResponseFuture, State},
        grpc::GrpcCode,
        layer_state::RouteState,
        refusal,
        response_body::{DefaultBody, MakeBody},
    },
    namespace::matching::{NamespaceMatch, Resolved},
    request_head::RequestHead,
    state::Core,
};
use std::{
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use tower_service::Service;

/// The service that [`SsoLayer`](crate::SsoLayer) creates.
#[derive(Clone, Debug)]
pub struct SsoService<S, M = DefaultBody> {
    route: Arc<RouteState>,
    inner: S,
    make_body: M,
}

impl<S, M> SsoService<S, M> {
    pub(crate) fn new(route: Arc<RouteState>, inner: S, make_body: M) -> Self {
        Self { route, inner, make_body }
    }
}

impl<S, M, B, ResBody> Service<Request<B>> for SsoService<S, M>
where
    S: Service<Request<B>, Response = Response<ResBody>> + Clone,
    M: MakeBody<ResBody> + Clone,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B, M>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match decide_without_waiting(&self.route, &mut request) {
            // The inner service's future is stored directly, without a box.
            None => ResponseFuture { state: State::Inner { future: self.inner.call(request) } },
            Some(next) => self.answer_or_look_up(next, request),
        }
    }
}

impl<S, M> SsoService<S, M> {
    /// Returns the future of a request that is answered here, or that waits for a lookup.
    #[inline(never)]
    fn answer_or_look_up<B, ResBody>(&mut self, next: Next, request: Request<B>) -> ResponseFuture<S, B, M>
    where
        S: Service<Request<B>, Response = Response<ResBody>> + Clone,
        M: MakeBody<ResBody> + Clone,
    {
        match next {
            Next::Answer(response) => {
                let response = response.map(|bytes| self.make_body.make_body(bytes));
                ResponseFuture { state: State::Answer { response: Some(response) } }
            }
            Next::LookUp(evaluation, waiting) => {
                // Keep the service that was polled ready for the call, and leave its clone here. The clone may not be
                // ready.
                let clone = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, clone);
                let make_body = self.make_body.clone();
                let core = self.route.core().clone();
                ResponseFuture::undecided(core, evaluation, waiting, request, ready, make_body)
            }
        }
    }
}

/// The next step for a request that does not continue to the inner service immediately.
enum Next {
    /// This layer answers it.
    Answer(Response<Bytes>),
    /// A lookup has to be awaited.
    LookUp(Evaluation, LookupInProgress),
}

/// Decides about a request without awaiting anything. Returns `None` if the request continues to the inner service. If
/// somebody is signed in, its pass has then been inserted.
#[inline(never)]
fn decide_without_waiting<B>(route: &RouteState, request: &mut Request<B>) -> Option<Next> {
    let (core, head) = (route.core(), RequestHead::from(&*request));
    route.note_matched_path(head);
    let resolved = core.namespace.resolve(head, &core.outside_paths);
    match &resolved {
        Resolved::Match(NamespaceMatch::Outside) => return None,
        Resolved::Static(matched) => {
            route.note_static_route(matched);
            return None;
        }
        Resolved::Match(refused @ (NamespaceMatch::Misplaced(_) | NamespaceMatch::Unclear(_))) => {
            return Some(refuse(core, head, refused));
        }
        Resolved::Match(NamespaceMatch::Organization(_)) => {}
        Resolved::NoRoute => return Some(no_route(route, head)),
        Resolved::OutsideFallback => {
            let fallback = core.namespace.resolve_fallback(request.extensions_mut());
            return match fallback {
                NamespaceMatch::Outside => None,
                refused @ (NamespaceMatch::Organization(_)
                | NamespaceMatch::Unclear(_)
                | NamespaceMatch::Misplaced(_)) => Some(refuse(core, RequestHead::from(&*request), &refused)),
            };
        }
        Resolved::Captured(_) => {}
    }
    // Look up the viewer first: for an anonymous visitor, nothing more is read and nothing is allocated.
    let viewer = core.directory.viewer(head);
    if matches!(viewer.known(), Some(Viewer::Anonymous)) {
        return None;
    }
    let organization = match resolved {
        Resolved::Match(organization) => organization,
        Resolved::Captured(params) => core.namespace.resolve_captured(request.extensions_mut(), params),
        Resolved::Static(_) => NamespaceMatch::Outside,
        Resolved::NoRoute | Resolved::OutsideFallback => NamespaceMatch::Misplaced(NO_MATCHED_PATH),
    };
    let head = RequestHead::from(&*request);
    let mut evaluation = match organization {
        NamespaceMatch::Organization(slug) => Evaluation::new(Target::Slug(slug)),
        refused @ (NamespaceMatch::Outside | NamespaceMatch::Unclear(_) | NamespaceMatch::Misplaced(_)) => {
            return Some(refuse(core, head, &refused));
        }
    };
    let concluded = match evaluation.advance_from(viewer, core, head) {
        Progress::Decided(decision) => Ok(decision),
        Progress::Failed(failure) => Err(failure),
        Progress::LookingUp(waiting) => return Some(Next::LookUp(evaluation, waiting)),
    };
    apply_decision(core, &evaluation, request, concluded).break_value().map(Next::Answer)
}

const NO_MATCHED_PATH: &str = "the request has no matched path: the layer is around a whole router, a fallback or a \
     nested service. Put it around the routes, with Sso::guard or Router::layer";

#[cold]
fn refuse(core: &Core, head: RequestHead<'_>, why: &NamespaceMatch) -> Next {
    Next::Answer(refusal::refuse_unresolved(core, head, why).into_response())
}

/// Answers a request that matched no route. It is never passed on, because a fallback or a nested service might serve
/// an organization's content.
#[cold]
fn no_route(route: &RouteState, head: RequestHead<'_>) -> Next {
    if !route.has_seen_match() {
        return refuse(route.core(), head, &NamespaceMatch::Misplaced(NO_MATCHED_PATH));
    }
    route.core().placement.warn_no_route(head.uri.path());
    crate::metrics::measures::misplaced("no_route");
    Next::Answer(not_found(head, GrpcCode::Unimplemented))
}
