//! [`ResponseFuture`], the future of [`SsoService`](crate::middleware::SsoService).
//!
//! It is in one of three states: the inner service's future, a response of this layer, or a request that is still
//! undecided because a lookup is in progress. The inner service's future is never boxed. All lookups of one request
//! share one deadline, and a late lookup counts as a failure.

use std::sync::Arc;
use std::{
    fmt,
    future::Future,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tokio::time::Sleep;
use tower_service::Service;

use crate::{
    enforce::{
        apply::apply_decision,
        decide::Decision,
        evaluation::{Evaluation, LookupFailure, LookupInProgress, Progress},
        response_body::{DefaultBody, MakeBody},
    },
    state::Core,
};

pin_project! {
    /// The future of [`SsoService`](crate::middleware::SsoService).
    pub struct ResponseFuture<S: Service<Request<B>>, B, M = DefaultBody> {
        #[pin]
        pub(crate) state: State<S, S::Future, S::Response, B, M>,
    }
}

pin_project! {
    #[project = StateProj]
    pub(crate) enum State<S, F, R, B, M> {
        Inner { #[pin] future: F },
        Answer { response: Option<R> },
        Undecided { undecided: Option<Box<Undecided<S, B, M>>> },
    }
}

/// The state of the future of a service.
type StateOf<S, B, M> =
    State<S, <S as Service<Request<B>>>::Future, <S as Service<Request<B>>>::Response, B, M>;

/// A request that waits for a lookup, and the service that gets it if it passes.
pub(crate) struct Undecided<S, B, M> {
    core: Arc<Core>,
    evaluation: Evaluation,
    waiting: LookupInProgress,
    request: Request<B>,
    inner: S,
    make_body: M,
    deadline: Pin<Box<Sleep>>,
}

impl<S: Service<Request<B>>, B, M> ResponseFuture<S, B, M> {
    pub(crate) fn undecided(
        core: Arc<Core>,
        evaluation: Evaluation,
        waiting: LookupInProgress,
        request: Request<B>,
        inner: S,
        make_body: M,
    ) -> Self {
        let deadline = Box::pin(tokio::time::sleep(core.lookup_timeout));
        let undecided = Undecided { core, evaluation, waiting, request, inner, make_body, deadline };
        Self { state: State::Undecided { undecided: Some(Box::new(undecided)) } }
    }
}

impl<S, B, M, ResBody> Future for ResponseFuture<S, B, M>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    M: MakeBody<ResBody>,
{
    type Output = Result<S::Response, S::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        if let StateProj::Inner { future } = state.as_mut().project() {
            return future.poll(cx);
        }
        poll_undecided(state, cx)
    }
}

/// Polls the states in which the inner service has not been called yet, or will not be called.
#[inline(never)]
fn poll_undecided<S, B, M, ResBody>(
    mut state: Pin<&mut StateOf<S, B, M>>,
    cx: &mut Context<'_>,
) -> Poll<Result<S::Response, S::Error>>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    M: MakeBody<ResBody>,
{
    loop {
        let next = match state.as_mut().project() {
            StateProj::Inner { future } => return future.poll(cx),
            StateProj::Answer { response } => match response.take() {
                Some(response) => return Poll::Ready(Ok(response)),
                // The future was polled after it had completed.
                None => return Poll::Pending,
            },
            StateProj::Undecided { undecided: slot } => {
                let Some(undecided) = slot.as_mut() else { return Poll::Pending };
                let concluded = ready!(undecided.poll(cx));
                let Some(undecided) = slot.take() else { return Poll::Pending };
                undecided.resume(concluded)
            }
        };
        state.set(next);
    }
}

impl<S, B, M> Undecided<S, B, M> {
    /// Polls lookups until the request is decided, a lookup fails, or the lookup timeout has passed.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Decision, LookupFailure>> {
        loop {
            match self.waiting.poll(&mut self.evaluation.facts, cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(failure)) => return Poll::Ready(Err(failure)),
                Poll::Pending => {
                    ready!(self.deadline.as_mut().poll(cx));
                    return Poll::Ready(Err(LookupFailure::late(self.waiting.fact())));
                }
            }
            match self.evaluation.advance(&self.core, (&self.request).into()) {
                Progress::Decided(decision) => return Poll::Ready(Ok(decision)),
                Progress::Failed(failure) => return Poll::Ready(Err(failure)),
                Progress::LookingUp(waiting) => self.waiting = waiting,
            }
        }
    }

    /// Acts on the decision: the request continues to the inner service, or is answered here.
    fn resume<ResBody>(mut self, concluded: Result<Decision, LookupFailure>) -> StateOf<S, B, M>
    where
        S: Service<Request<B>, Response = Response<ResBody>>,
        M: MakeBody<ResBody>,
    {
        match apply_decision(&self.core, &self.evaluation, &mut self.request, concluded) {
            ControlFlow::Continue(()) => State::Inner { future: self.inner.call(self.request) },
            ControlFlow::Break(response) => {
                State::Answer { response: Some(response.map(|bytes| self.make_body.make_body(bytes))) }
            }
        }
    }
}

impl<S: Service<Request<B>>, B, M> fmt::Debug for ResponseFuture<S, B, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseFuture")
    }
}
