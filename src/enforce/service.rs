//! The service: tells the namespace, asks for the facts, acts on the decision.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower_service::Service;

use super::{
    Challenge, Inquiry, ResponseFuture, Scope, Target, Unanswered,
    challenge::To,
    decide::{Decision, Pass},
    future::State,
    inquiry::{Progress, Waiting},
    namespace::Told,
};
use crate::{OrgId, RequestHead, Sso, Viewer};

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
        match meet(&self.sso, &mut request) {
            // One call of the inner service, straight into the future.
            None => ResponseFuture { state: State::Inner { future: self.inner.call(request) } },
            Some(next) => self.not_yet(next, request),
        }
    }
}

impl<S> SsoService<S> {
    /// The request does not go on, or not yet.
    #[inline(never)]
    fn not_yet<B, ResBody>(&mut self, next: Next<ResBody>, request: Request<B>) -> ResponseFuture<S, B>
    where
        S: Service<Request<B>, Response = Response<ResBody>> + Clone,
    {
        match next {
            Next::Answer(response) => ResponseFuture { state: State::Answer { response: Some(response) } },
            Next::Look(inquiry, waiting) => {
                // The service that was polled ready is the one that is called later; its clone takes its place.
                let clone = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, clone);
                ResponseFuture::looking(self.sso.clone(), inquiry, waiting, request, ready)
            }
        }
    }
}

/// What becomes of a request that does not go on to the inner service at once.
enum Next<ResBody> {
    /// It is answered here.
    Answer(Response<ResBody>),
    /// A lookup has to be awaited.
    Look(Inquiry, Waiting),
}

/// What becomes of a request, as far as it is known without awaiting anything; none where it goes on, with its pass if it
/// has one.
#[inline(never)]
fn meet<B, ResBody: From<Bytes>>(sso: &Sso, request: &mut Request<B>) -> Option<Next<ResBody>> {
    let (core, head) = (sso.core(), RequestHead::from(&*request));
    let told = core.namespace.tell(head, &core.free);
    match &told {
        Told::Scope(Scope::Outside) => return None,
        Told::Scope(scope @ (Scope::Misplaced(_) | Scope::Unclear(_))) => {
            return Some(refused(sso, head, scope));
        }
        Told::Scope(Scope::Organization(_)) => {}
        #[cfg(feature = "axum")]
        Told::Captured => {}
    }
    // Who is asking comes first: for a visitor nothing more is read, and nothing allocated.
    let viewer = core.directory.viewer(head);
    if matches!(viewer.known(), Some(Viewer::Anonymous)) {
        return None;
    }
    let scope = match told {
        Told::Scope(scope) => scope,
        #[cfg(feature = "axum")]
        Told::Captured => core.namespace.captured(request.extensions_mut()),
    };
    let head = RequestHead::from(&*request);
    let mut inquiry = match scope {
        Scope::Organization(slug) => Inquiry::new(Target::Slug(slug)),
        scope @ (Scope::Outside | Scope::Unclear(_) | Scope::Misplaced(_)) => {
            return Some(refused(sso, head, &scope));
        }
    };
    let concluded = match inquiry.advance_from(viewer, core, head) {
        Progress::Decided(decision) => Ok(decision),
        Progress::Failed(unanswered) => Err(unanswered),
        Progress::Waiting(waiting) => return Some(Next::Look(inquiry, waiting)),
    };
    act(sso, &inquiry, request, concluded).err().map(Next::Answer)
}

#[cold]
fn refused<ResBody: From<Bytes>>(sso: &Sso, head: RequestHead<'_>, scope: &Scope) -> Next<ResBody> {
    Next::Answer(sso.refuse_scope(head, scope).into_response())
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
            Err(sso.refuse_lookup(head, inquiry.about(), verb.as_str(), &error).into_response())
        }
    }
}
