//! The services, futures and responses that make up the layers.

#[cfg(feature = "axum")]
pub use crate::enforce::SsoPassRejection;
pub use crate::{
    acting::Acting,
    builder::DangerousSsoBuilder,
    enforce::{
        ChallengeReason, NamespaceMatch, OfferReason, Pending, PendingOrganization, Refusal, ResponseFuture,
        SsoService, StepUpLayer, StepUpService,
    },
};
