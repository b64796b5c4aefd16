//! The services, futures and answers that the layers are made of.

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
