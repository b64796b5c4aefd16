//! The service: tells the namespace, asks for the facts, acts on the decision.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower_service::Service;

use super::{
    Challenge, Inquiry, ResponseFuture, Scope, Target, Unanswered,
    challenge::To,
    decide::{Decision, Pass},
    inquiry::Progress,
    namespace::Told,
};
use crate::{OrgId, RequestHead, Sso, Viewer, lookup::Split};

/// The service that [`SsoLayer`](super::SsoLayer) makes.
#[derive(Clone, Debug)]
pub struct SsoService<S> {
    sso: Sso,
    inner: S,
}

impl<S> SsoService<S> {
    pub(crate) fn new(sso: Sso, inner: S) -> Self {
        Self { sso, inner }
    }
}

impl<S, B, ResBody> Service<Request<B>> for SsoService<S>
where
    S: Service<Request<B>, Response = Response<ResBody>> + Clone,
    ResBody: From<Bytes>,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let core = self.sso.core();
        let told = core.namespace.tell(RequestHead::from(&request), &core.free);
        if let Told::Scope(Scope::Outside) = told {
            return ResponseFuture::inner(self.inner.call(request));
        }
        if let Told::Scope(scope @ (Scope::Misplaced(_) | Scope::Unclear(_))) = told {
            return ResponseFuture::answer(self.sso.refuse_scope((&request).into(), &scope).into_response());
        }
        // Who is asking comes first: for a visitor nothing more is read, and nothing allocated.
        let viewer = match core.directory.viewer((&request).into()).split() {
            Split::Now(Ok(Viewer::Anonymous)) => return ResponseFuture::inner(self.inner.call(request)),
            viewer @ (Split::Now(_) | Split::Later(_)) => viewer,
        };
        let scope = match told {
            Told::Scope(scope) => scope,
            #[cfg(feature = "axum")]
            Told::Captured => core.namespace.captured(request.extensions_mut()),
        };
        let mut inquiry = match scope {
            Scope::Organization(slug) => Inquiry::new(Target::Slug(slug)),
            scope @ (Scope::Outside | Scope::Unclear(_) | Scope::Misplaced(_)) => {
                return ResponseFuture::answer(
                    self.sso.refuse_scope((&request).into(), &scope).into_response(),
                );
            }
        };
        match inquiry.advance_from(viewer, core, (&request).into()) {
            Progress::Decided(decision) => match act(&self.sso, &inquiry, &mut request, Ok(decision)) {
                Ok(()) => ResponseFuture::inner(self.inner.call(request)),
                Err(answer) => ResponseFuture::answer(answer),
            },
            Progress::Failed(unanswered) => match act(&self.sso, &inquiry, &mut request, Err(unanswered)) {
                Ok(()) => {
                    ResponseFuture::answer(self.sso.refuse_not_established((&request).into()).into_response())
                }
                Err(answer) => ResponseFuture::answer(answer),
            },
            Progress::Waiting(waiting) => {
                // The service that was polled ready is the one that is called later; its clone takes its place.
                let clone = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, clone);
                ResponseFuture::looking(self.sso.clone(), inquiry, waiting, request, ready)
            }
        }
    }
}

/// Acts on what an inquiry came to: the request goes on, with its pass, or is answered here.
pub(super) fn act<B, ResBody: From<Bytes>>(
    sso: &Sso,
    inquiry: &Inquiry,
    request: &mut Request<B>,
    concluded: Result<Decision, Unanswered>,
) -> Result<(), Response<ResBody>> {
    let head = RequestHead::from(&*request);
    match concluded {
        Ok(Decision::Pass(Pass::Untouched)) => Ok(()),
        Ok(Decision::Pass(Pass::With(pass))) => {
            let extensions = request.extensions_mut();
            extensions.insert(pass);
            // One that another layer left must not stand beside this pass.
            match inquiry.organization() {
                Some(organization) => drop(extensions.insert(organization.clone())),
                None => drop(extensions.remove::<OrgId>()),
            }
            Ok(())
        }
        Ok(Decision::NotEstablished) => Err(sso.refuse_not_established(head).into_response()),
        Ok(Decision::Challenge(why)) => match (inquiry.slug(), inquiry.connection()) {
            (Some(slug), Some(connection)) => {
                let to = To { connection, credential: inquiry.credential() };
                Err(Challenge::new(sso, head, slug, to, why).into_response())
            }
            (_, _) => Err(sso.refuse_namespace(head, "a challenge without an organization").into_response()),
        },
        Err(Unanswered { verb, error }) => {
            Err(sso.refuse_lookup(head, inquiry.organization(), verb.as_str(), &error).into_response())
        }
    }
}
