//! The future of the service. The inner future is never boxed.

use std::sync::Arc;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tokio::time::Sleep;
use tower_service::Service;

use crate::{
    enforce::{
        apply::apply_decision,
        decide::Decision,
        evaluation::{Evaluation, LookupFailure, Progress, Waiting},
    },
    state::Core,
};

pin_project! {
    /// The future of [`SsoService`](crate::middleware::SsoService).
    pub struct ResponseFuture<S: Service<Request<B>>, B> {
        #[pin]
        pub(crate) state: State<S, S::Future, S::Response, B>,
    }
}

pin_project! {
    #[project = StateProj]
    pub(crate) enum State<S, F, R, B> {
        Inner { #[pin] future: F },
        Answer { response: Option<R> },
        Looking { looking: Option<Box<Looking<S, B>>> },
    }
}

/// A request that waits for a lookup.
pub(crate) struct Looking<S, B> {
    core: Arc<Core>,
    evaluation: Evaluation,
    waiting: Waiting,
    request: Request<B>,
    inner: S,
    deadline: Pin<Box<Sleep>>,
}

impl<S: Service<Request<B>>, B> ResponseFuture<S, B> {
    pub(crate) fn looking(
        core: Arc<Core>,
        evaluation: Evaluation,
        waiting: Waiting,
        request: Request<B>,
        inner: S,
    ) -> Self {
        let deadline = Box::pin(tokio::time::sleep(core.lookup_timeout));
        let looking = Looking { core, evaluation, waiting, request, inner, deadline };
        Self { state: State::Looking { looking: Some(Box::new(looking)) } }
    }
}

impl<S, B, ResBody> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    ResBody: From<Bytes>,
{
    type Output = Result<S::Response, S::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        if let StateProj::Inner { future } = state.as_mut().project() {
            return future.poll(cx);
        }
        defer(state, cx)
    }
}

/// Polls the states in which the inner service has not been called yet, or will not be called.
#[inline(never)]
fn defer<S, B, ResBody>(
    mut state: Pin<&mut State<S, S::Future, S::Response, B>>,
    cx: &mut Context<'_>,
) -> Poll<Result<S::Response, S::Error>>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    ResBody: From<Bytes>,
{
    loop {
        let next = match state.as_mut().project() {
            StateProj::Inner { future } => return future.poll(cx),
            StateProj::Answer { response } => match response.take() {
                Some(response) => return Poll::Ready(Ok(response)),
                // It was polled after it had completed: nothing more will come.
                None => return Poll::Pending,
            },
            StateProj::Looking { looking } => {
                let Some(waits) = looking.as_mut() else { return Poll::Pending };
                let concluded = ready!(waits.poll(cx));
                let Some(waits) = looking.take() else { return Poll::Pending };
                waits.resume(concluded)
            }
        };
        state.set(next);
    }
}

impl<S, B> Looking<S, B> {
    /// Waits for lookups until the request is decided or the lookup timeout has passed.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Decision, LookupFailure>> {
        loop {
            match self.waiting.poll(&mut self.evaluation.facts, cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(unanswered)) => return Poll::Ready(Err(unanswered)),
                Poll::Pending => {
                    ready!(self.deadline.as_mut().poll(cx));
                    return Poll::Ready(Err(LookupFailure::late(self.waiting.verb())));
                }
            }
            match self.evaluation.advance(&self.core, (&self.request).into()) {
                Progress::Decided(decision) => return Poll::Ready(Ok(decision)),
                Progress::Failed(unanswered) => return Poll::Ready(Err(unanswered)),
                Progress::Waiting(waiting) => self.waiting = waiting,
            }
        }
    }

    /// Acts on the decision: the request continues to the inner service, or is answered here.
    fn resume<ResBody>(
        mut self,
        concluded: Result<Decision, LookupFailure>,
    ) -> State<S, S::Future, S::Response, B>
    where
        S: Service<Request<B>, Response = Response<ResBody>>,
        ResBody: From<Bytes>,
    {
        match apply_decision(&self.core, &self.evaluation, &mut self.request, concluded) {
            Ok(()) => State::Inner { future: self.inner.call(self.request) },
            Err(response) => State::Answer { response: Some(response) },
        }
    }
}

impl<S: Service<Request<B>>, B> fmt::Debug for ResponseFuture<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseFuture")
    }
}
