//! The services, futures and responses that make up the layers.

pub use crate::{
    actor::ActingAs,
    builder::DangerousSsoBuilder,
    enforce::{
        decide::OfferReason,
        future::ResponseFuture,
        pending::{Pending, PendingOrganization},
        refusal::Refusal,
        service::SsoService,
        step_up_layer::{StepUpLayer, StepUpService},
    },
    extract::SsoPassRejection,
    fresh::reason::ChallengeReason,
    namespace::matching::NamespaceMatch,
};
