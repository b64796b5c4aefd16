//! The services, futures and responses that make up the layers.

pub use crate::enforce::SsoPassRejection;
pub use crate::{
    acting::Acting,
    builder::DangerousSsoBuilder,
    enforce::{
        decide::{ChallengeReason, OfferReason},
        future::ResponseFuture,
        namespace::NamespaceMatch,
        pending::{Pending, PendingOrganization},
        refusal::Refusal,
        service::SsoService,
        step_up_layer::{StepUpLayer, StepUpService},
    },
};
