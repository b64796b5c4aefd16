//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use crate::problem::Problem;

pub(crate) const HELP: &str = "\
A small hub for repositories whose organizations ask for single sign-on.

usage: cargo run --example hub -- [options]

  --config FILE     Users, organizations, repositories and connections, from a TOML file.
                    Without it: a demonstration, with its own identity providers.
                    The form of the file is documented in examples/hub/main.rs.
  --listen ADDR     Address and port to listen on; 127.0.0.1:8080 by default. Port 0 is any free one.
  --store STORE     Where everything is kept: sqlite:FILE, or memory, which keeps nothing. sqlite:hub.db by default.
                    One hub uses a file at a time.
  --base-url URL    Where browsers find the hub; http://ADDR by default. Expected behind a TLS proxy.
  --help            This text.

Secrets are in the file, in environment variables or in separate files.
RUST_LOG sets what is logged, such as RUST_LOG=info,tower_sso=debug.
";

/// The parsed arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) help: bool,
    pub(crate) config: Option<PathBuf>,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) base_url: Option<String>,
    pub(crate) store: Option<Store>,
}

/// Where the hub keeps everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// Nothing is kept.
    Memory,
    /// In this SQLite file.
    Sqlite(PathBuf),
}

impl Default for Store {
    fn default() -> Self {
        Self::Sqlite("hub.db".into())
    }
}

impl Store {
    fn parse(text: &str) -> Result<Self, Problem> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", file)) if !file.is_empty() => Ok(Self::Sqlite(file.into())),
            _ => Err(Problem::new("--store", format!("expected memory or sqlite:FILE, found {text:?}"))),
        }
    }
}

impl Args {
    /// Parses the arguments, without the program's name. `--name value` and `--name=value` mean the same.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, Problem> {
        let mut args = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (name, mut inline) = match argument.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (argument, None),
            };
            let mut value = |expected: &str| {
                let value = inline.take().or_else(|| arguments.next());
                value.ok_or_else(|| Problem::new(&name, format!("expected {expected} after it")))
            };
            match name.as_str() {
                "--help" | "-h" => args.help = true,
                "--config" => args.config = Some(value("a file")?.into()),
                "--listen" => args.listen = Some(address("--listen", &value("an address")?)?),
                "--base-url" => args.base_url = Some(value("a URL")?),
                "--store" => args.store = Some(Store::parse(&value("memory or sqlite:FILE")?)?),
                unknown => {
                    let expected = "expected --config, --listen, --base-url, --store or --help";
                    return Err(Problem::new(unknown, format!("{expected}; see --help")));
                }
            }
        }
        Ok(args)
    }
}

/// Parses an address to listen on.
pub(crate) fn address(place: &str, text: &str) -> Result<SocketAddr, Problem> {
    text.parse().map_err(|_| {
        Problem::new(place, format!("expected an address and a port such as 127.0.0.1:8080, found {text:?}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, Problem> {
        Args::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_in_both_spellings() {
        let both = parse("--config hub.toml --listen 127.0.0.1:0 --base-url https://hub.example").unwrap();
        assert_eq!(
            both,
            parse("--config=hub.toml --listen=127.0.0.1:0 --base-url=https://hub.example").unwrap()
        );
        assert_eq!(both.config, Some("hub.toml".into()));
        assert_eq!(both.base_url.as_deref(), Some("https://hub.example"));
        assert_eq!(parse("").unwrap(), Args::default());
        assert!(parse("--help").unwrap().help);
        assert_eq!(parse("--store memory").unwrap().store, Some(Store::Memory));
        assert_eq!(parse("--store=sqlite:a/b.db").unwrap().store, Some(Store::Sqlite("a/b.db".into())));
    }

    #[test]
    fn a_bad_option_is_reported_with_the_expected_form() {
        for (line, says) in [
            ("--listen", "--listen: expected an address"),
            ("--listen 8080", "--listen: expected an address and a port"),
            ("--config", "--config: expected a file"),
            ("--store postgres:x", "--store: expected memory or sqlite:FILE, found \"postgres:x\""),
            ("--store sqlite:", "--store: expected memory or sqlite:FILE"),
            ("--port 1", "--port: expected --config"),
            ("hub.toml", "hub.toml: expected --config"),
        ] {
            let problem = parse(line).unwrap_err().to_string();
            assert!(problem.starts_with(says), "{problem}");
        }
    }
}
