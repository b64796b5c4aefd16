//! The addresses of our own pages, and of the pages to which an SSO login may lead. They come only from the builder's
//! base URL, mount path and host pattern, never from a request: `Host` and `X-Forwarded-*` are not read.

use crate::{return_to::ReturnTo, step_up::StepUp};

use http::Uri;

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
    /// The path of the app, which is above all its pages: empty, or `/app`.
    app: String,
    /// `/sso`: absolute, without a slash at the end, below the path of the app.
    mount: String,
    /// The organizations' own hosts, if the app has a host pattern.
    hosts: Option<Hosts>,
}

/// The two parts of the origin of an organization's own host: `https://` and `.hub.example[:port]`.
#[derive(Clone, Debug)]
struct Hosts {
    before_label: String,
    after_label: String,
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
        // RFC 6761 §6.3: the names below `localhost` are on loopback, too.
        let on_loopback =
            names_loopback(&url) || url.domain().is_some_and(|name| name.ends_with(".localhost"));
        if url.scheme() != "https" && !(url.scheme() == "http" && on_loopback) {
            return Err(refused("expected https (http on loopback only)"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused("expected no query or fragment"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("expected no user name or password"));
        }
        // The text is compared too, because `Url` has resolved the dot segments of its path.
        let app = url.path().strip_suffix('/').unwrap_or(url.path());
        let written = base_url.strip_suffix('/').unwrap_or(base_url);
        let after_scheme = written.split_once("://").map_or(written, |(_, rest)| rest);
        let as_written = after_scheme.find('/').map_or("", |at| after_scheme.split_at(at).1);
        if as_written != app || !(app.is_empty() || is_plain_path(app)) {
            return Err(refused("expected no path, or a plain path such as \"/app\""));
        }
        if !is_plain_path(mount) {
            let problem = format!("expected a plain path such as \"/sso\", found {mount:?}");
            return Err(ConfigError::new("mount", problem));
        }
        let (app, origin) = (app.to_owned(), url.origin().ascii_serialization());
        Ok(Self { origin, app, mount: mount.to_owned(), hosts: None })
    }

    /// Lets SSO logins lead to the organizations' own hosts, which are one label below the base host.
    ///
    /// # Errors
    ///
    /// Returns an error that names `namespace` if the base URL does not have this base host.
    pub(crate) fn with_hosts(mut self, base: &str) -> Result<Self, ConfigError> {
        let parts = self.origin.split_once("://").and_then(|(scheme, host)| {
            let port = host.strip_prefix(base).filter(|port| port.is_empty() || port.starts_with(':'))?;
            Some(Hosts { before_label: format!("{scheme}://"), after_label: format!(".{base}{port}") })
        });
        if parts.is_none() {
            let problem = format!("expected a base_url with the host {base:?}, found {:?}", self.origin);
            return Err(ConfigError::new("namespace", problem));
        }
        self.hosts = parts;
        Ok(self)
    }

    /// Returns the origin, as a browser sends it in `Origin`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns whether the site uses `https`.
    pub(crate) fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// Returns the path below which our routes are in the app's router, without the path of the app.
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

    /// Returns the path of the app's front page.
    pub(crate) fn front_page(&self) -> ReturnPath {
        ReturnPath::parse(&format!("{}/", self.app)).unwrap_or_else(ReturnPath::root)
    }

    /// Parses a path of the app, as a browser sees it.
    pub(crate) fn parse_path(&self, path: &str) -> Option<ReturnPath> {
        let plain = path.split('?').next().unwrap_or_default();
        is_below(plain, &self.app).then(|| ReturnPath::parse(path)).flatten()
    }

    /// Parses a page to return to: a path of the app, or an address of it. With a host pattern, an address may also be of
    /// one label below the base host: whether that host belongs to the organization is still to be looked up.
    pub(crate) fn parse_return(&self, page: &str) -> Option<ReturnTo> {
        if page.starts_with('/') {
            return self.parse_path(page).map(ReturnTo::from);
        }
        // The whole address is compared as text, so that no two programs can see different hosts in it.
        if let Some(path) = page.strip_prefix(&self.origin).filter(|path| path.starts_with('/')) {
            return self.parse_path(path).map(ReturnTo::from);
        }
        let hosts = self.hosts.as_ref()?;
        let host = page.strip_prefix(&hosts.before_label)?;
        let (label, rest) = host.split_at_checked(host.find('.')?)?;
        let path = rest.strip_prefix(&hosts.after_label).filter(|path| path.starts_with('/'))?;
        ReturnTo::on_host(label, self.parse_path(path)?)
    }

    /// Returns the path of a request as a browser sees it. `original` is the URI that the app got, and `path` the path of
    /// the request now.
    ///
    /// A proxy in front of the app may have removed the path of the app from the original URI. A router at that path
    /// has removed it from the current path.
    pub(crate) fn path_of_request(&self, original: &Uri, path: &str) -> Option<ReturnPath> {
        let sent = original.path_and_query()?.as_str();
        if self.app.is_empty() || (original.path() != path && is_below(original.path(), &self.app)) {
            return ReturnPath::parse(sent);
        }
        ReturnPath::parse(&format!("{}{sent}", self.app))
    }

    /// Returns a page to return to as the parameter `return_to` names it.
    pub(crate) fn return_parameter(&self, page: &ReturnTo) -> String {
        match page.label() {
            Some(_) => self.of_page(page),
            None => page.path().to_string(),
        }
    }

    /// Returns the address of a page to return to.
    pub(crate) fn of_page(&self, page: &ReturnTo) -> String {
        match (page.label(), &self.hosts) {
            (Some(label), Some(Hosts { before_label, after_label })) => {
                format!("{before_label}{label}{after_label}{}", page.path())
            }
            (Some(_), None) | (None, _) => self.of_path(page.path()),
        }
    }

    /// Returns the path of one of an organization's pages, as a browser sees it.
    pub(crate) fn path(&self, organization: &OrgId, page: &str) -> String {
        format!("{}{}/{}/{page}", self.app, self.mount, Encoded(organization.as_str()))
    }

    /// Returns the address of one of an organization's pages.
    pub(crate) fn url(&self, organization: &OrgId, page: &str) -> String {
        format!("{}{}", self.origin, self.path(organization, page))
    }

    /// Returns the path of the pages' style sheet.
    pub(crate) fn style(&self) -> String {
        format!("{}{}/sso.css", self.app, self.mount)
    }

    /// Returns the path of the banner's style sheet.
    pub(crate) fn banner_style(&self) -> String {
        format!("{}{}/banner.css", self.app, self.mount)
    }

    /// Returns the address of the start page of an SSO login.
    pub(crate) fn start(&self, organization: &OrgId, back: Option<&ReturnTo>) -> String {
        let start = self.url(organization, "start");
        match back {
            Some(back) => format!("{start}?return_to={}", Encoded(&self.return_parameter(back))),
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
        back: Option<&ReturnTo>,
        step_up: &StepUp,
    ) -> String {
        with_query(self.start(organization, back), &step_up.query())
    }
}

/// Returns whether a path is this one, or below it. Every path is below the empty one.
fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| above.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

/// Returns whether a path is absolute, has no slash at the end, and is read by every program as it is written.
fn is_plain_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let segments = path.strip_prefix('/').map(|rest| rest.split('/'));
    path.bytes().all(plain)
        && segments.is_some_and(|mut segments| segments.all(|segment| !matches!(segment, "" | "." | "..")))
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
        let back = ReturnPath::parse("/acme?x=1&y").unwrap().into();
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
            "https://hub.example/a/../b",
            "https://hub.example/a/..",
            "https://hub.example/a//b",
            "https://hub.example/{org}",
            "https://hub.example/a%2fb",
            "http://hub.localhost.example",
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

    #[test]
    fn below_a_path_all_addresses_have_it() {
        for base in ["https://hub.example/app", "https://hub.example/app/"] {
            let addresses = Addresses::parse(base, "/sso").unwrap();
            let organization = OrgId::new("1");
            assert_eq!(addresses.origin(), "https://hub.example");
            assert_eq!(addresses.mount(), "/sso");
            assert_eq!(addresses.url(&organization, "finish"), "https://hub.example/app/sso/1/finish");
            assert_eq!(addresses.path(&organization, "begin"), "/app/sso/1/begin");
            assert_eq!(addresses.style(), "/app/sso/sso.css");
            assert_eq!(addresses.front_page().as_str(), "/app/");
        }
        assert_eq!(Addresses::parse("http://hub.localhost:8080", "/sso").unwrap().front_page().as_str(), "/");
    }

    #[test]
    fn the_path_of_a_request_is_the_one_that_a_browser_sees() {
        let addresses = Addresses::parse("https://hub.example/app", "/sso").unwrap();
        for (original, now, expected) in [
            ("/acme/x?a=1", "/acme/x", "/app/acme/x?a=1"), // a proxy has removed `/app`
            ("/v1/acme/x", "/acme/x", "/app/v1/acme/x"),
            ("/app/acme/x?a=1", "/acme/x", "/app/acme/x?a=1"), // a router has
            ("/app/v1/acme/x", "/acme/x", "/app/v1/acme/x"),
            ("/app", "/", "/app"),
            ("/app/x", "/app/x", "/app/app/x"), // an organization that is called `app`
            ("/application/x", "/x", "/app/application/x"),
            ("/", "/", "/app/"),
        ] {
            let path = addresses.path_of_request(&original.parse().unwrap(), now).unwrap();
            assert_eq!(path.as_str(), expected, "{original} {now}");
        }
    }

    fn with_hosts(base: &str) -> Addresses {
        Addresses::parse(base, "/sso").unwrap().with_hosts("hub.example").unwrap()
    }

    fn leads_to(addresses: &Addresses, text: &str) -> Option<String> {
        addresses.parse_return(text).map(|page| addresses.of_page(&page))
    }

    #[test]
    fn a_login_leads_to_the_app_or_to_a_host_below_the_base_host() {
        let (plain, hosted) =
            (Addresses::parse("https://hub.example", "/sso").unwrap(), with_hosts("https://hub.example"));
        for (text, expected) in [
            ("/acme?x=1", "https://hub.example/acme?x=1"),
            ("https://hub.example/acme", "https://hub.example/acme"),
        ] {
            assert_eq!(leads_to(&plain, text).as_deref(), Some(expected));
            assert_eq!(leads_to(&hosted, text).as_deref(), Some(expected));
        }
        for text in ["https://acme.hub.example/plans?x=//y", "https://acme.hub.example/"] {
            assert_eq!(leads_to(&hosted, text).as_deref(), Some(text));
            assert_eq!(leads_to(&plain, text), None, "without a host pattern: {text}");
        }
        let text = "https://acme.hub.example:8443/x";
        assert_eq!(leads_to(&with_hosts("https://hub.example:8443"), text).as_deref(), Some(text));
        assert_eq!(leads_to(&hosted, text), None);
    }

    #[test]
    fn an_address_of_another_host_port_or_scheme_is_refused() {
        let hosted = with_hosts("https://hub.example");
        assert!(leads_to(&hosted, "https://acme.hub.example/").is_some(), "the accepted counterpart");
        for text in [
            "",
            "acme",
            "https:",
            "https://",
            "https://acme",
            "https://hub.example",
            "https://acme.hub.example",
            "https://hub.example.evil.com/",
            "https://hub.example:8443/",
            "https://hub.example@evil.com/",
            "https://acme.hub.example.evil.com/",
            "https://acme.hub.example./",
            "https://acme.hub.example:443/",
            "https://acme.hub.example@evil.com/",
            "https://acme.hub.example?/",
            "https://acme.hub.example#/",
            "https://acme.hub.example\\@evil.com/",
            "https://evil.com/.hub.example/",
            "https://evil.com?.hub.example/",
            "https://x@acme.hub.example/",
            "https://a.acme.hub.example/",
            "https://.hub.example/",
            "https://-.hub.example/",
            "https://ACME.hub.example/",
            "https://acme.HUB.example/",
            "HTTPS://acme.hub.example/",
            "http://acme.hub.example/",
            "//acme.hub.example/",
            "/\\acme.hub.example/",
            "https:/acme.hub.example/",
            "https:///acme.hub.example/",
            "https://acme.hub.example//evil.com",
            "https://acme.hub.example/\\evil.com",
            "https://acme.hub.example/../x",
            "https://acme.hub.example/\r\nx",
            " https://acme.hub.example/",
            "https://b\u{fc}cher.hub.example/",
            "javascript://acme.hub.example/",
        ] {
            assert_eq!(leads_to(&hosted, text), None, "{text:?}");
        }
    }

    #[test]
    fn a_login_to_an_app_below_a_path_leads_below_it() {
        let below = with_hosts("https://hub.example/app");
        for (text, fits) in [
            ("/app", true),
            ("/app/acme", true),
            ("/app?x", true),
            ("https://hub.example/app/x", true),
            ("https://acme.hub.example/app/x", true),
            ("/", false),
            ("/other", false),
            ("/application", false),
            ("/app/../other", false),
            ("https://hub.example/other", false),
            ("https://acme.hub.example/x", false),
        ] {
            assert_eq!(leads_to(&below, text).is_some(), fits, "{text}");
        }
    }

    #[test]
    fn the_base_url_has_the_base_host_of_the_pattern() {
        for (base, fits) in [
            ("https://hub.example", true),
            ("https://hub.example:8443/app", true),
            ("https://login.hub.example", false),
            ("https://hub.example.evil.com", false),
            ("https://other.example", false),
        ] {
            let built = Addresses::parse(base, "/sso").unwrap().with_hosts("hub.example");
            assert_eq!(built.err().is_none_or(|error| error.field() != "namespace"), fits, "{base}");
        }
    }
}
