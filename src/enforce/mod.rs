//! Enforces SSO on requests: finds the organization, looks up the facts, decides, and answers.

pub(crate) mod apply;
pub(crate) mod banner;
pub(crate) mod came_from;
pub(crate) mod challenge;
pub(crate) mod decide;
pub(crate) mod dismissed;
mod effective;
pub(crate) mod evaluation;
mod form;
pub(crate) mod future;
pub(crate) mod layer;
pub(crate) mod pending;
pub(crate) mod refusal;
pub(crate) mod require;
mod route;
pub(crate) mod service;
pub(crate) mod step_up_layer;
