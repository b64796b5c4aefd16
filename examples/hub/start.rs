//! From the command line to a hub that is ready to serve.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use tokio::net::TcpListener;
use tower_sso::{LookupError, test_idp::RunningIdp};

use crate::{
    app::{Hub, Made},
    args::{Args, address},
    config::{Config, Issuer},
    problem::Problem,
    providers,
};

/// A hub that is ready to serve, and what to say about it.
pub(crate) struct Started {
    pub(crate) hub: Hub,
    pub(crate) listener: TcpListener,
    pub(crate) router: Router,
    pub(crate) config: Config,
    /// The providers inside: they stop when they are dropped.
    pub(crate) providers: Vec<(Issuer, RunningIdp)>,
    /// Tokens that were made for want of a secret in the file.
    pub(crate) tokens: Vec<MadeToken>,
}

/// A token that is printed.
pub(crate) struct MadeToken {
    pub(crate) owner: String,
    pub(crate) secret: String,
}

/// Reads the file, binds, starts the providers inside, builds the hub.
pub(crate) async fn start(
    args: &Args,
    environment: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<Started, Problem> {
    let config = match &args.config {
        Some(path) => Config::open(path)?,
        None => Config::demo()?,
    };
    let model = config.model(environment)?;
    let listener = bind(args, &config).await?;
    let at = listener.local_addr().map_err(|error| Problem::new("--listen", error.to_string()))?;
    let base_url = base_url(args, &config, at)?;
    let providers = providers::start(&config, &base_url, environment).await?;
    let connections = config.connections(providers.iter().map(|(issuer, _)| issuer), environment)?;
    let hub = Hub::new(Made {
        title: config.title().to_owned(),
        shows_accounts: config.shows_accounts(),
        base_url,
        model,
        connections,
    })
    .map_err(|problem| config.named(problem))?;
    let tokens = tokens(&hub).map_err(|error| Problem::new("user.token", error.to_string()))?;
    let router = hub.router()?;
    Ok(Started { hub, listener, router, config, providers, tokens })
}

/// Binds what was asked for. Where nothing was: port 8080, or for the demonstration a free one if that is taken. A file
/// of somebody's has its callback address at a provider, which a free port would miss.
async fn bind(args: &Args, config: &Config) -> Result<TcpListener, Problem> {
    let (place, asked) = match (args.listen, config.listen()) {
        (Some(asked), _) => ("--listen", Some(asked)),
        (None, Some(text)) => {
            ("listen", Some(address("listen", text).map_err(|problem| config.named(problem))?))
        }
        (None, None) => ("--listen", None),
    };
    let at = asked.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 8080).into());
    let movable = *args == Args::default() && asked.is_none();
    match TcpListener::bind(at).await {
        Ok(listener) => Ok(listener),
        Err(_) if movable => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(|error| Problem::new(place, format!("expected a free port: {error}"))),
        Err(error) => Err(Problem::new(place, format!("expected a free address, found {at}: {error}"))),
    }
}

/// Where browsers find the hub, without a slash at the end.
fn base_url(args: &Args, config: &Config, at: SocketAddr) -> Result<String, Problem> {
    let told = args.base_url.as_deref().or(config.base_url());
    if told.is_none() && at.ip().is_unspecified() {
        let expected = format!("expected, since no browser finds {at}: such as https://hub.example");
        return Err(Problem::new("--base-url", expected));
    }
    let url = told.map_or_else(|| format!("http://{at}"), |url| url.trim_end_matches('/').to_owned());
    if config.shows_accounts() && !at.ip().is_loopback() {
        let expected = format!("expected false where others can reach the hub; it listens on {at}");
        return Err(config.named(Problem::new("show_accounts", expected)));
    }
    Ok(url)
}

/// Gives users the tokens of the file; answers with those that were made.
fn tokens(hub: &Hub) -> Result<Vec<MadeToken>, LookupError> {
    let mut made = Vec::new();
    for user in hub.model.users() {
        for token in &user.tokens {
            let now = hub.clock.now();
            let secret = hub.credentials.add_token(&user.id, &token.name, token.secret.as_ref(), now)?;
            if token.secret.is_none() {
                made.push(MadeToken { owner: user.name.clone(), secret });
            }
        }
    }
    Ok(made)
}
