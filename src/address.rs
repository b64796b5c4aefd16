//! The addresses of our own pages. They come only from the builder's base URL and mount path, never from a request:
//! `Host` and `X-Forwarded-*` are not read.

use crate::step_up::StepUp;

use tower_sso_core::{
    ConfigError, OrgId, ReturnPath,
    internal::{Encoded, names_loopback},
};
use url::Url;

/// The base address of this site and the mount path of our routes.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    /// `https://host[:port]`, without a path.
    origin: String,
    /// `/sso`: absolute, without a slash at the end.
    mount: String,
}

impl Addresses {
    /// Checks the base URL and the mount path.
    ///
    /// # Errors
    ///
    /// Returns an error that names `base_url` or `mount` if it cannot be used.
    pub(crate) fn parse(base_url: &str, mount: &str) -> Result<Self, ConfigError> {
        let refused = |problem: &str| ConfigError::new("base_url", format!("{problem}, found {base_url:?}"));
        let url =
            Url::parse(base_url).map_err(|_| refused("expected a URL such as \"https://hub.example\""))?;
        if url.scheme() != "https" && !(url.scheme() == "http" && names_loopback(&url)) {
            return Err(refused("expected https (http on loopback only)"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(refused("expected no path, query or fragment"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("expected no user name or password"));
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
        let segments = mount.strip_prefix('/').map(|rest| rest.split('/').collect::<Vec<_>>());
        let fits = segments
            .is_some_and(|segments| segments.iter().all(|segment| !matches!(*segment, "" | "." | "..")));
        if !fits || !mount.bytes().all(plain) {
            let problem = format!("expected a plain path such as \"/sso\", found {mount:?}");
            return Err(ConfigError::new("mount", problem));
        }
        Ok(Self { origin: url.origin().ascii_serialization(), mount: mount.to_owned() })
    }

    /// Returns the origin, as a browser sends it in `Origin`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns whether the site uses `https`.
    pub(crate) fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// Returns the path below which our routes are.
    pub(crate) fn mount(&self) -> &str {
        &self.mount
    }

    /// Returns the path of an address, if the address belongs to this site and is a valid return path.
    pub(crate) fn path_of(&self, address: &str) -> Option<ReturnPath> {
        address.strip_prefix(&self.origin).and_then(ReturnPath::parse)
    }

    /// Returns the address of a path of this site.
    pub(crate) fn of_path(&self, path: &ReturnPath) -> String {
        format!("{}{path}", self.origin)
    }

    /// Returns the path of one of an organization's pages.
    pub(crate) fn path(&self, organization: &OrgId, page: &str) -> String {
        format!("{}/{}/{page}", self.mount, Encoded(organization.as_str()))
    }

    /// Returns the address of one of an organization's pages.
    pub(crate) fn url(&self, organization: &OrgId, page: &str) -> String {
        format!("{}{}", self.origin, self.path(organization, page))
    }

    /// Returns the path of the pages' style sheet.
    pub(crate) fn style(&self) -> String {
        format!("{}/sso.css", self.mount)
    }

    /// Returns the path of the banner's style sheet.
    pub(crate) fn banner_style(&self) -> String {
        format!("{}/banner.css", self.mount)
    }

    /// Returns the address of the start page of an SSO login.
    pub(crate) fn start(&self, organization: &OrgId, back: Option<&ReturnPath>) -> String {
        let start = self.url(organization, "start");
        match back {
            Some(back) => format!("{start}?return_to={}", Encoded(back.as_str())),
            None => start,
        }
    }

    /// Returns the address of a join link.
    pub(crate) fn join(&self, organization: &OrgId, token: &str) -> String {
        format!("{}?link={}", self.url(organization, "join"), Encoded(token))
    }

    /// Returns the address of the page that takes a ticket.
    pub(crate) fn ticket(&self, organization: &OrgId, page: &str, ticket: &str) -> String {
        format!("{}?ticket={}", self.url(organization, page), Encoded(ticket))
    }

    /// Returns the address of the page where the owner of API tokens authorizes them.
    pub(crate) fn tokens(&self, organization: &OrgId, step_up: &StepUp) -> String {
        with_query(self.url(organization, "tokens"), &step_up.query())
    }

    /// Returns the address of the start page for a handler that demands a stronger or fresher SSO login.
    pub(crate) fn start_asking(
        &self,
        organization: &OrgId,
        back: Option<&ReturnPath>,
        step_up: &StepUp,
    ) -> String {
        with_query(self.start(organization, back), &step_up.query())
    }
}

/// Adds parameters to an address. `more` is empty, or has an `&` before each parameter.
fn with_query(address: String, more: &str) -> String {
    match more.strip_prefix('&') {
        Some(first) if !address.contains('?') => format!("{address}?{first}"),
        Some(_) | None => address + more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_use_the_base_url_and_mount_and_encode_the_organization() {
        let addresses = Addresses::parse("https://hub.example/", "/sso").unwrap();
        assert_eq!(addresses.url(&OrgId::new("a/b?"), "finish"), "https://hub.example/sso/a%2Fb%3F/finish");
        let back = ReturnPath::parse("/acme?x=1&y").unwrap();
        assert_eq!(
            addresses.start(&OrgId::new("1"), Some(&back)),
            "https://hub.example/sso/1/start?return_to=%2Facme%3Fx%3D1%26y"
        );
        assert_eq!(
            Addresses::parse("http://127.0.0.1:8080", "/a/b").unwrap().origin(),
            "http://127.0.0.1:8080"
        );
    }

    #[test]
    fn a_base_url_or_mount_that_cannot_be_used_is_refused() {
        for base in [
            "",
            "hub.example",
            "http://hub.example",
            "ftp://127.0.0.1",
            "https://hub.example/app",
            "https://hub.example?x",
            "https://hub.example#x",
            "https://u:p@hub.example",
            "http://localhost.example",
        ] {
            assert_eq!(Addresses::parse(base, "/sso").unwrap_err().field(), "base_url", "{base}");
        }
        for mount in ["", "/", "sso", "/sso/", "//sso", "/a/../b", "/{org}", "/s so", "/a%2f"] {
            assert_eq!(
                Addresses::parse("https://hub.example", mount).unwrap_err().field(),
                "mount",
                "{mount}"
            );
        }
    }
}
