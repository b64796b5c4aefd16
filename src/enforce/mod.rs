//! Enforces SSO on requests.
//!
//! For each request the layer does this, in this order:
//!
//! 1. It reads the organization from the request's head, with [`Namespace`](crate::Namespace). A request outside every
//!    organization's namespace continues unchanged. If the organization can't be read for certain, the response is 400
//!    or 500. If it matched no route, the response is 404.
//! 2. It asks the app who is signed in. If nobody is, the request continues unchanged, and the values that the router
//!    captured are not read. If the app's authentication has not run yet, the response is 500.
//! 3. It looks up the organization, its connection, the membership and the SSO session, in this order, and only until
//!    [`decide`](decide::decide) has what it needs. If a lookup fails or is late, the response is 503.
//! 4. It acts on the decision. A pass is added to the request, which continues to the handler. A challenge is the
//!    response. If the app hides unknown organizations, the response for one is 404.
//!
//! The handler is called only if the request continues. No failure counts as a pass, and no answer outlives the request.
//!
//! The layer must be inside the app's own authentication, and around every route that serves an organization's content.
//! Otherwise it can't see the viewer, or does not see the request at all. [`SsoPass`](crate::SsoPass) is an extractor
//! that fails in handlers that the layer does not cover. The [`middleware`](crate::middleware) docs have an example.
//!
//! | what | where |
//! |---|---|
//! | the decision: a pure function and its table of rows | `decide` |
//! | the enforcement for one member, credential and time | `effective` |
//! | the lookups that a decision asks for | `evaluation` |
//! | the Tower layer, its service and its future | `layer`, `service`, `future`, `layer_state` |
//! | what follows from a decision | `apply` |
//! | the response to a member who must log in with SSO, and its shape for each kind of client | `challenge`, `client_kind`, `grpc` |
//! | the body of a response of the layer, for any service | `response_body` |
//! | the page that an SSO login returns to | `return_path` |
//! | the response if no decision was possible | `refusal` |
//! | the same decision for handlers, and step-ups for whole routes | `require`, `step_up_layer` |
//! | the decision about several organizations, and the banner | `pending`, `banner`, `dismissed` |

pub(crate) mod apply;
pub(crate) mod banner;
pub(crate) mod challenge;
mod client_kind;
pub(crate) mod decide;
pub(crate) mod dismissed;
mod effective;
pub(crate) mod evaluation;
pub(crate) mod future;
mod grpc;
pub(crate) mod layer;
mod layer_state;
pub(crate) mod pending;
pub(crate) mod refusal;
pub(crate) mod require;
pub(crate) mod response_body;
mod return_path;
pub(crate) mod service;
pub(crate) mod step_up_layer;
