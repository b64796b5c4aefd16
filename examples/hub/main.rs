//! A hub for repositories. Its organizations can require or offer single sign-on (SSO). One command runs everything:
//!
//! ```text
//! cargo run --example hub
//! ```
//!
//! The hub prints its address and the accounts that you can sign in with, and runs until ctrl-c. Everything is
//! embedded: accounts, organizations, repositories, and a test identity provider on its own port for each organization
//! that has one. Everything is kept in one SQLite file, `hub.db`: after a restart, everyone is still signed in. `--store
//! sqlite:FILE` puts it elsewhere, and `--store memory` keeps nothing.
//!
//! `--config FILE` reads all of that from a TOML file instead. With such a file you can connect the hub to any
//! provider. `--listen ADDR` and `--base-url URL` set the hub's address (see `--help`). The provider must know the
//! hub's addresses for the organization. For OpenID Connect this is the callback address
//! `{base_url}/sso/{organization's id}/oidc/callback`. For SAML it is the metadata address
//! `{base_url}/sso/{organization's id}/saml/metadata`, or the ACS address `…/saml/acs`.
//!
//! A complete example. You can omit every field that has a default. A field that is not listed here is an error.
//!
//! ```toml
//! title = "Our hub"                    # shown on the pages; "Hub" by default
//! listen = "127.0.0.1:8080"            # or --listen
//! base_url = "http://127.0.0.1:8080"   # or --base-url; the address for browsers. https, or http on loopback
//! # connections_file = "connections.toml"  # a separate file, relative to this one, for the [[connection]] tables.
//!                                      # A button on an organization's page reloads it. It cannot use test_idp:…
//! # metrics_listen = "127.0.0.1:9100"  # serves /metrics to Prometheus; do not expose it. Off by default
//! show_accounts = false                # true: the sign-in page shows all passwords. Allowed only on loopback
//!
//! # The users who can sign in to the hub itself. Write each secret in this file, in an environment variable, or in a
//! # separate file, relative to this one: password, password_env or password_file.
//! [[user]]
//! id = "ada"                           # lower-case letters, digits, - and _
//! name = "Ada Lovelace"                # the id by default
//! emails = ["ada@acme.example"]        # one of them must be the address that the provider sends
//! password_env = "ADA_PASSWORD"
//!
//! [[user.token]]                       # an API token; users create more, and revoke them, under "Settings"
//! name = "laptop"
//! secret_env = "ADA_TOKEN"             # or secret, secret_file; without one, a token is created and printed at start
//!
//! [[user]]
//! id = "carol"
//! emails = ["carol@freelance.example"]
//! password_file = "carol.password"
//!
//! [[user]]
//! id = "robot"
//! emails = ["robot@acme.example"]
//! password_env = "ROBOT_PASSWORD"
//!
//! [[organization]]
//! slug = "acme"                        # its namespace: /acme and below
//! id = "org-1"                         # the id that connections use; the slug by default
//! former_slugs = ["acme-inc"]          # old addresses, which still work
//! name = "Acme, Inc."                  # the slug by default
//! description = "We make everything."
//! service_accounts = ["robot"]         # programs: they have a member's access, without SSO
//! join_link = true                     # creates and prints a join link; administrators create more. false by default
//!
//! [[organization.member]]
//! user = "ada"
//! role = "admin"                       # member, maintainer, admin; a connection with roles can change it
//! binding = "default"                  # exempt: SSO is never required; required: SSO is required even if optional
//! pilot = false                        # true: a pilot user of a connection with enforcement_scope "pilot"
//!
//! [[organization.token]]               # an API token that belongs to the organization, such as for deployment. It has
//! name = "deploy"                      # a member's access to this organization only, and needs no SSO login
//! secret_env = "DEPLOY_TOKEN"          # or secret, secret_file; without one, a token is created and printed at start
//!
//! [[organization.invitation]]          # the user with this address gets this role, unless the provider sends another
//! email = "barbara@acme.example"
//! role = "maintainer"
//!
//! [organization.step_up]               # the SSO login that deleting a repository requires
//! within = "5m"                        # the user authenticated at the provider at most this long ago
//! context_classes = ["mfa"]            # with one of these authentication context classes; any by default
//!
//! [[organization.repository]]
//! name = "rocket"
//! description = "Goes up."
//! visibility = "private"               # private, public
//! readme = "One paragraph, or several."
//! git = "rocket.git"                   # a bare repository, for `git clone {repository's address}/git`. The path is
//!                                      # relative to this file. Run `git update-server-info` in it. Absent by default
//! collaborators = ["carol"]            # external collaborators, who do not need SSO
//!
//! [[connection]]                       # how members log in with SSO; at most one per organization
//! organization = "org-1"               # the id, not the slug
//! name = "Acme, Inc."                  # shown on SSO pages; the organization's name by default
//! enforcement = "enforced"             # off, optional, enforced
//! enforce_from = 2026-01-01T00:00:00Z  # before that time SSO is optional; no such time by default
//! enforcement_scope = "all_members"    # all_members, pilot
//! public_content = "strict"            # strict, open: members see public repositories without logging in with SSO
//! tokens = "authorized"                # authorized (by the owner, at /sso/org-1/tokens), owner_session, exempt
//! timeout = "7d"                       # how long an SSO session lasts
//! unmatched_groups = "remove"          # keep, remove: teams from an earlier SSO login that no longer match
//!
//! [connection.email]
//! domains = ["acme.example"]           # any by default
//! missing_email_verified = "refuse"    # refuse, accept: accept is for providers that never send `email_verified`
//!
//! [connection.join]                    # allows joining by a link; requires the list of domains above
//! lifetime = "30d"                     # how long a link lasts
//! dangerous_admin = false              # true: the roles below may make a new member an administrator
//! dangerous_any_domain = false         # true: users can join without the list of domains too
//!
//! [connection.required_claims]         # path = the allowed values; no claim is required by default
//! hd = ["acme.example"]
//!
//! [connection.roles]                   # set at each SSO login; by default, roles come from [[organization.member]]
//! attribute = "groups"                 # a claim, "a.b.c", or a JSONPath such as "$.apps[*].role"
//! default = "member"                   # for users without any of the values below
//!
//! [connection.roles.map]               # value = role: member, maintainer, admin
//! admins = "admin"
//! "Flight Control" = "maintainer"
//!
//! [[connection.groups]]                # one for each value that adds users to a team
//! attribute = "groups"
//! value = "guidance"
//! group = "avionics"                   # the team
//! role = "maintainer"
//!
//! [connection.oidc]
//! issuer = "test_idp:acme"             # or the issuer of your provider: "https://login.acme.example"
//! client_id = "hub"
//! client_secret_env = "ACME_SECRET"    # or client_secret, client_secret_file
//! client_authentication = "auto"       # client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, none
//! # private_key_file = "hub.pem"       # for private_key_jwt; or private_key, private_key_env
//! # private_key_algorithm = "RS256"
//! # private_key_id = "2026-01"
//! scopes = ["openid", "email", "profile"]
//! algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
//! # dangerous_hmac = "HS256"           # ID tokens signed with the client secret, and no others
//! prompt = "select_account"            # login, consent, select_account; not sent by default
//! max_age = "8h"                       # how long ago the user may have authenticated there; unlimited by default
//! acr_values = []
//! send_login_hint = true
//! leeway = "60s"                       # how far the provider's clock may differ
//! userinfo = "auto"                    # auto, always, signed, never
//! pushed_requests = "auto"             # auto, always
//! response_mode = "query"              # query, form_post
//! public_addresses_only = false        # true: never connects to a private address
//! authorize_parameters = { ui_locales = "en" }
//!
//! [[organization]]
//! slug = "globex"
//!
//! [[connection]]
//! organization = "globex"
//! enforcement = "optional"
//!
//! [connection.saml]                    # instead of [connection.oidc]. Describe the provider in one of three ways:
//! metadata_url = "test_idp:acme"       # or the provider's own: "https://login.globex.example/saml/metadata"
//! metadata_refresh = "24h"
//! # metadata_certificate_file = "federation.crt"  # the key that signs the metadata; or metadata_certificate
//! # metadata_file = "globex.xml"       # or metadata = "<EntityDescriptor …"
//! # entity_id = "https://login.globex.example/saml"    # or the three fields that an administrator copies
//! # sso_url = "https://login.globex.example/saml/sso"
//! # slo_url = "https://login.globex.example/saml/slo"    # the address for logout messages; optional
//! # certificate_files = ["globex.crt"] # or certificates = ["-----BEGIN CERTIFICATE-----…"]
//! # sp_entity_id = "https://hub.example"  # by default the address of the hub's metadata for this organization
//! name_id = "email_address"            # email_address, persistent, unspecified, none
//! # subject_attribute = "urn:oasis:names:tc:SAML:attribute:subject-id"  # in place of the NameID
//! email_attributes = []                # exact names; if empty: the well-known names, then an email NameID
//! request_binding = "redirect"         # redirect, post
//! engine = "default"                   # xmlsec: libxmlsec1 and OpenSSL, with the feature saml-xmlsec
//! force_authn = false
//! max_age = "8h"
//! authn_contexts = []
//! require_encryption = false
//! leeway = "60s"
//! response_limit = 196608              # bytes
//! public_addresses_only = false
//! # signing_key_file = "hub.key"       # signs requests; or signing_key_env, signing_key
//! # signing_certificate_file = "hub.crt"  # or signing_certificate
//! # next_signing_certificate_file = "next.crt"  # or next_signing_certificate
//! # sign_metadata = true
//! # decryption = [{ key_file = "hub.key", certificate_file = "hub.crt" }]
//! # dangerous_accept_unsolicited = true
//! # dangerous_accept_sha1 = true
//!
//! [[test_idp]]                         # an embedded test provider on loopback; optional
//! name = "acme"                        # the name that issuer = "test_idp:acme" refers to
//! title = "Acme Workforce"             # shown on its pages; the name by default
//! acr_values = ["mfa"]                 # authentication context classes that it returns if requested. Empty by default
//! listen = "127.0.0.1:0"               # a free port by default
//!
//! [[test_idp.client]]
//! id = "hub"
//! organization = "org-1"               # whose callback address is registered
//! secret_env = "ACME_SECRET"           # or secret, secret_file; without one, it is a public client
//! authentication = "client_secret_basic" # client_secret_basic, client_secret_post, client_secret_jwt; any by default
//!
//! [[test_idp.service_provider]]
//! organization = "globex"              # whose metadata and ACS addresses are registered
//! signed = "both"                      # both, response, assertion
//! starts_here = false                  # true: listed on the provider's front page
//! signed_requests = false              # true: a key is created at start, and requests must be signed with it
//! logout = "redirect"                  # redirect, post: how it sends logout messages. If omitted, logout is off
//!
//! [[test_idp.user]]
//! subject = "a-001"                    # the provider's own id of the user
//! email = "ada@acme.example"
//! password = "acme-ada"                # or password_env, password_file
//! claims = { name = "Ada Lovelace", groups = ["admins"] }
//! ```
//!
//! The code: `app.rs` contains the layers and their order, `directory.rs` what the hub tells tower-sso, and `routes/`
//! the handlers that use the layer's result.

mod activity;
mod announce;
mod app;
mod args;
mod attempts;
mod auth;
mod config;
mod connections;
mod credentials;
mod decision;
mod directory;
mod emails;
mod keep;
mod metrics;
mod model;
mod organization;
mod pages;
mod password;
mod problem;
mod providers;
mod routes;
mod start;
mod synchronized;
mod visit;

#[cfg(test)]
mod tests;

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    process::ExitCode,
};

use crate::{args::Args, problem::Problem};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = writeln!(io::stderr(), "hub: {problem}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<(), Problem> {
    let args = Args::parse(std::env::args().skip(1))?;
    if args.help {
        return say(args::HELP);
    }
    tracing_subscriber::fmt().with_env_filter(log_filter()).with_writer(io::stderr).init();
    let started = start::start(&args, &|name| std::env::var(name).ok()).await?;
    say(&announce::text(&started))?;
    // Open event streams would delay a graceful shutdown forever. Nothing in this example is worth waiting for.
    tokio::select! {
        served = axum::serve(started.listener, started.router.into_make_service_with_connect_info::<SocketAddr>()) =>
            served.map_err(|error| Problem::new("serving", error.to_string()))?,
        _ = tokio::signal::ctrl_c() => {}
    }
    started.hub.activity.flush().await;
    Ok(())
}

fn log_filter() -> tracing_subscriber::EnvFilter {
    let fallback = |_| "warn,tower_sso::audit=info".into();
    tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(fallback)
}

fn say(text: &str) -> Result<(), Problem> {
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| Problem::new("standard output", error.to_string()))
}
