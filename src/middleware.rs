//! The services, futures and responses that make up the layers.

pub use crate::{
    actor::ActingAs,
    builder::DangerousSsoBuilder,
    challenge_reason::ChallengeReason,
    enforce::{
        decide::OfferReason,
        future::ResponseFuture,
        pending::{Pending, PendingOrganization},
        refusal::Refusal,
        service::SsoService,
        step_up_layer::{StepUpLayer, StepUpService},
    },
    extract::SsoPassRejection,
    namespace::matching::NamespaceMatch,
};
