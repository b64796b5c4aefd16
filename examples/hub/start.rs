//! Turns the command line into a hub that is ready to serve.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use axum::Router;
use sqlx::SqliteConnection;
use tokio::net::TcpListener;
use tower_sso::{LookupError, ReturnPath, Secret};
use tower_sso_test_idp::RunningIdp;
use url::Url;

use crate::{
    app::{Hub, Made},
    args::{Args, Store, address},
    config::{Config, Issuer},
    credentials::Owner,
    keep::{self, Keep, OpenFile},
    metrics,
    problem::Problem,
    providers,
};

/// A hub that is ready to serve, and what to print about it.
pub(crate) struct Started {
    pub(crate) hub: Hub,
    pub(crate) listener: TcpListener,
    pub(crate) router: Router,
    pub(crate) config: Config,
    /// The test identity providers. Each stops when it is dropped.
    pub(crate) providers: Vec<(Issuer, RunningIdp)>,
    /// The address of the metrics.
    pub(crate) metrics: Option<SocketAddr>,
    /// Tokens that were generated because the file has no secret for them.
    pub(crate) tokens: Vec<MadeToken>,
    /// The addresses of the join links, each with its organization's name.
    pub(crate) join_links: Vec<(String, Secret<String>)>,
    /// The file in which everything is kept.
    pub(crate) file: Option<PathBuf>,
    /// Keeps other hubs away from the file.
    _lock: Option<SqliteConnection>,
}

/// A token that is printed.
pub(crate) struct MadeToken {
    pub(crate) owner: String,
    /// The path that the token can request.
    pub(crate) opens: String,
    pub(crate) secret: String,
}

/// Reads the file, binds the listener, starts the test identity providers and builds the hub.
pub(crate) async fn start(
    args: &Args,
    environment: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<Started, Problem> {
    let config = match &args.config {
        Some(path) => Config::open(path)?,
        None => Config::demo()?,
    };
    let model = config.model(environment)?;
    let (file, keep, stores, lock) = match args.store.clone().unwrap_or_default() {
        Store::Memory => (None, Keep::default(), None, None),
        Store::Sqlite(path) => {
            let OpenFile { keep, stores, keys, lock } = keep::open(&path).await?;
            (Some(path), keep, Some((stores, keys)), Some(lock))
        }
    };
    let listener = bind(args, &config, &keep).await?;
    let at = listener.local_addr().map_err(|error| Problem::new("--listen", error.to_string()))?;
    let base_url = base_url(args, &config, at)?;
    let metrics = match config.metrics_listen() {
        Some(listen) => Some(metrics::serve(listen).await.map_err(|problem| config.named(problem))?),
        None => None,
    };
    let providers = providers::start(&config, &base_url, environment, &keep).await?;
    let connections = config.connections(providers.iter().map(|(issuer, _)| issuer), environment)?;
    let hub = Hub::new(Made {
        title: config.title().to_owned(),
        shows_accounts: config.shows_accounts(),
        base_url,
        model,
        connections,
        keep,
        stores,
    })
    .await
    .map_err(|problem| told_by(args, &config, problem))?;
    let tokens = tokens(&hub).await.map_err(|error| Problem::new("user.token", error.to_string()))?;
    let join_links = join_links(&hub, &config).await?;
    let router = hub.router()?;
    Ok(Started { hub, listener, router, config, providers, metrics, tokens, join_links, file, _lock: lock })
}

/// The kind of the record of the hub's own address.
const ADDRESS: &str = "address";

/// Binds the address from the arguments or the file, or else the one that the hub had before, or port 8080. Only the
/// demonstration falls back to a free port if it is in use: for any other file, a provider knows the callback address
/// with its port.
async fn bind(args: &Args, config: &Config, keep: &Keep) -> Result<TcpListener, Problem> {
    let (place, asked) = match (args.listen, config.listen()) {
        (Some(asked), _) => ("--listen", Some(asked)),
        (None, Some(text)) => {
            ("listen", Some(address("listen", text).map_err(|problem| config.named(problem))?))
        }
        (None, None) => ("--listen", None),
    };
    let movable = Args { store: None, ..args.clone() } == Args::default() && asked.is_none();
    let before = if movable { keep.one::<SocketAddr>(ADDRESS, "hub").await? } else { None };
    let at = asked.or(before).unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 8080).into());
    let listener = match TcpListener::bind(at).await {
        Ok(listener) => listener,
        Err(_) if movable => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(|error| Problem::new(place, format!("expected a free port: {error}")))?,
        Err(error) => {
            return Err(Problem::new(place, format!("expected a free address, found {at}: {error}")));
        }
    };
    if movable && let Ok(at) = listener.local_addr() {
        keep.put(ADDRESS, "hub", &at).await.map_err(|error| Problem::new("--store", error.to_string()))?;
    }
    Ok(listener)
}

/// Returns the base URL at which browsers reach the hub, without a slash at the end.
fn base_url(args: &Args, config: &Config, at: SocketAddr) -> Result<String, Problem> {
    let told = args.base_url.as_deref().or(config.base_url());
    if told.is_none() && at.ip().is_unspecified() {
        let expected = format!("expected, since no browser finds {at}: such as https://hub.example");
        return Err(Problem::new("--base-url", expected));
    }
    let url = told.map_or_else(|| format!("http://{at}"), |url| url.trim_end_matches('/').to_owned());
    let fits = Url::parse(&url).is_ok_and(|url| url.has_host() && url.path() == "/");
    if !fits {
        let expected =
            format!("expected an address such as https://hub.example, without a path, found {url:?}");
        return Err(told_by(args, config, Problem::new("base_url", expected)));
    }
    if config.shows_accounts() && !at.ip().is_loopback() {
        let expected = format!("expected false where others can reach the hub; it listens on {at}");
        return Err(config.named(Problem::new("show_accounts", expected)));
    }
    Ok(url)
}

/// Returns an error of building the hub. Unless it is about what was kept, it is about the base URL, which comes from the
/// command line or from the configuration.
fn told_by(args: &Args, config: &Config, problem: Problem) -> Problem {
    if problem.is_about_option() {
        problem
    } else if args.base_url.is_some() {
        problem.within("--base-url")
    } else {
        config.named(problem)
    }
}

/// Creates the join links that the file asks for, each in the name of the organization's first administrator.
async fn join_links(hub: &Hub, config: &Config) -> Result<Vec<(String, Secret<String>)>, Problem> {
    let mut made = Vec::new();
    for (id, place) in config.join_links() {
        let Some(organization) = hub.model.organization(&id) else { continue };
        let admin = organization.founders.keys().find(|account| organization.is_admin(account));
        let admin = admin.ok_or_else(|| {
            config.named(Problem::new(&place, "expected an administrator among the members"))
        })?;
        let before = hub.sso.join_links(&id).await;
        let before = before.map_err(|error| config.named(Problem::new(&place, error.to_string())))?;
        if !before.is_empty() {
            // Its address was printed when it was made.
            continue;
        }
        let here = ReturnPath::parse(&format!("/{}", organization.slug)).unwrap_or_else(ReturnPath::root);
        let link = hub.sso.create_join_link(&id, admin, &here).await;
        let link = link.map_err(|error| config.named(Problem::new(&place, error.to_string())))?;
        made.push((organization.name.clone(), link.address));
    }
    Ok(made)
}

/// Adds the tokens of the configuration to users and organizations, except for those that their owners have revoked.
/// Returns those that were generated now: the secret of one that was generated at an earlier start is not known any more.
async fn tokens(hub: &Hub) -> Result<Vec<MadeToken>, LookupError> {
    let people = hub.model.users().map(|user| {
        let opens = "/api/repos".to_owned();
        ((Owner::Person, &user.id), &user.name, opens, &user.tokens)
    });
    let organizations = hub.model.organizations().map(|it| {
        let opens = format!("/api/orgs/{}/repos", it.slug);
        ((Owner::Organization, &it.own_account), &it.name, opens, &it.tokens)
    });
    let mut made = Vec::new();
    for (of, name, opens, tokens) in people.chain(organizations) {
        for token in tokens {
            let before = hub.credentials.tokens_of(of.1);
            let is_there = token.secret.is_none() && before.iter().any(|it| it.name == token.name);
            if is_there || token.secret.as_ref().is_some_and(|secret| hub.credentials.was_revoked(secret)) {
                continue;
            }
            let now = hub.clock.now();
            let secret = hub.credentials.add_token(of, &token.name, token.secret.as_ref(), now).await?;
            if token.secret.is_none() {
                made.push(MadeToken { owner: name.clone(), opens: opens.clone(), secret });
            }
        }
    }
    Ok(made)
}
