//! An OpenID authorization request that passed every check.

/// A request that passed every check.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client: String,
    pub(crate) target: ResponseTarget,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) prompt: Vec<String>,
    pub(crate) max_age: Option<u64>,
    pub(crate) login_hint: Option<String>,
    pub(crate) acr: Option<String>,
}

/// The address for the response, and how the response is sent.
#[derive(Clone, Debug)]
pub(crate) struct ResponseTarget {
    pub(crate) redirect_uri: String,
    pub(crate) mode: ResponseMode,
    pub(crate) state: Option<String>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum ResponseMode {
    Query,
    FormPost,
}
