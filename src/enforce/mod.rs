//! Enforces SSO on requests: finds the organization, looks up the facts, decides, and answers.

mod banner;
mod challenge;
mod decide;
mod effective;
mod evaluation;
mod form;
mod future;
mod layer;
mod namespace;
mod pending;
mod placement;
mod refusal;
mod require;
mod service;
mod step_up;
mod step_up_layer;

#[cfg(feature = "axum")]
mod extract;

#[cfg(feature = "axum")]
pub use self::extract::{Fresh, SsoPassRejection};
pub(crate) use self::{
    banner::put_off,
    decide::{Decision, Pass},
    evaluation::{AuditContext, Evaluation, LookupFailure, Target},
    namespace::FreePaths,
    placement::Placement,
};
pub use self::{
    challenge::Challenge,
    decide::{ChallengeReason, NotRequired, OfferReason, SsoPass},
    future::ResponseFuture,
    layer::SsoLayer,
    namespace::{Namespace, NamespaceMatch},
    pending::{Pending, PendingOrganization},
    refusal::Refusal,
    require::RequireError,
    service::SsoService,
    step_up::StepUp,
    step_up_layer::{StepUpLayer, StepUpService},
};
