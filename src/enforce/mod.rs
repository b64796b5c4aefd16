//! What a request meets: the namespace, the facts, the decision, the answer.

mod challenge;
mod decide;
mod effective;
mod form;
mod future;
mod inquiry;
mod layer;
mod namespace;
mod pending;
mod refusal;
mod service;

#[cfg(feature = "axum")]
mod extract;

#[cfg(feature = "axum")]
pub use self::extract::{Fresh, SsoPassRejection};
pub use self::{
    challenge::Challenge,
    decide::{NotRequired, Offer, SsoPass, Why},
    future::ResponseFuture,
    layer::SsoLayer,
    namespace::{Namespace, RequestHead, Scope},
    pending::{Pending, PendingOrganization},
    refusal::Refusal,
    service::SsoService,
};
pub(crate) use self::{
    decide::{Decision, Pass},
    inquiry::{Inquiry, Target, Unanswered},
    namespace::FreeMounts,
};
