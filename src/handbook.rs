//! The handbook says how the layer works, how to use it in an app, and how to connect an organization to its provider.
//!
//! It is the directory `docs` of this package, as Markdown that reads well on the repository's page. It is also an
//! mdBook (`mdbook serve`). These are its pages; begin with `docs/README.md`.
//!
//! | page | file |
//! |---|---|
//! | *tower-sso* | [`docs/README.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/README.md) |
//! | *Ten minutes to a guarded app* | [`docs/start.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/start.md) |
//! | *For developers* | [`docs/guides/for-developers.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/guides/for-developers.md) |
//! | *Architecture* | [`docs/architecture.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/architecture.md) |
//! | *axum-login and tower-sessions* | [`docs/axum-login.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/axum-login.md) |
//! | *Layer order* | [`docs/layer-order.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/layer-order.md) |
//! | *Roles* | [`docs/roles.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/roles.md) |
//! | *Email addresses* | [`docs/emails.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/emails.md) |
//! | *Join links* | [`docs/joining.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/joining.md) |
//! | *Public content* | [`docs/public-content.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/public-content.md) |
//! | *Step-up* | [`docs/step-up.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/step-up.md) |
//! | *API tokens* | [`docs/tokens.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/tokens.md) |
//! | *JWT and API tokens* | [`docs/api-tokens-jwt.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/api-tokens-jwt.md) |
//! | *Single-page apps* | [`docs/single-page-apps.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/single-page-apps.md) |
//! | *htmx* | [`docs/htmx.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/htmx.md) |
//! | *Subdomains and paths* | [`docs/subdomains.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/subdomains.md) |
//! | *gRPC* | [`docs/grpc.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/grpc.md) |
//! | *OpenAPI: utoipa-axum and aide* | [`docs/openapi.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/openapi.md) |
//! | *SSO sessions and logout* | [`docs/sessions.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/sessions.md) |
//! | *Banner* | [`docs/banner.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/banner.md) |
//! | *Testing* | [`docs/testing.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/testing.md) |
//! | *Guides for administrators*, one for each provider | [`docs/guides/index.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/guides/index.md) |
//! | *Roll-out* | [`docs/roll-out.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/roll-out.md) |
//! | *Production checklist* | [`docs/production.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/production.md) |
//! | *Storage* | [`docs/storage.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/storage.md) |
//! | *Changing a connection* | [`docs/changing.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/changing.md) |
//! | *Audit log* | [`docs/audit.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/audit.md) |
//! | *Metrics* | [`docs/metrics.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/metrics.md) |
//! | *Bounds* | [`docs/bounds.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/bounds.md) |
//! | *Troubleshooting* | [`docs/troubleshooting.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/troubleshooting.md) |
//! | *What to do with each 500* | [`docs/errors.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/errors.md) |
//! | *FAQ* | [`docs/faq.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/faq.md) |
//! | *Threats* | [`docs/threats.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/threats.md) |
//! | *Other ways to enforce SSO* | [`docs/compared.md`](https://github.com/tower-sso/tower-sso/blob/main/docs/compared.md) |
