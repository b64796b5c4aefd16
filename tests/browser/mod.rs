//! The tests' HTTP client. It keeps cookies and describes its requests as a browser does, lets a test see every hop,
//! and reaches only loopback addresses. `tests/real` compares it with Chromium.
//!
//! It does not implement: scripts (except as `fetch` and `embed`), CORS checks on answers, preflights, caches, the
//! documents in frames, `Referer` (never sent), content security policies except for `form-action`, and blocking of
//! third-party cookies.
//!
//! A test that asks for something that is not on the page, or for an address that does not answer, panics with the
//! trail.
#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(unused_imports, reason = "likewise")]

mod attempt;
mod html;
mod jar;
mod load;
mod markup;
mod page;
mod policy;
pub mod probe;
mod site;

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use axum::http::{HeaderMap, Method};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Url, form_urlencoded};

pub use self::{
    html::{Document, Field, FieldKind, Form, Link},
    jar::{Jar, Refusal, SiteContext, StoredCookie},
    load::{Credentials, Hop, Kind},
    page::Page,
    probe::Seen,
    site::Relation,
};
use self::{
    load::{Load, Loaded, Unanswered, trail},
    policy::FormPolicy,
    site::{ReferrerPolicy, is_loopback},
};

/// One tab of a browser. [`Browser::tab`] opens another tab with the same cookies.
#[derive(Debug)]
pub struct Browser {
    shared: Arc<Shared>,
    page: Option<Page>,
    hops: Vec<Hop>,
    blocked: Option<Url>,
}

/// What the tabs of one browser share.
struct Shared {
    client: reqwest::Client,
    jar: Mutex<Jar>,
    ahead: Mutex<Duration>,
    whole_chain: bool,
}

impl Browser {
    /// Returns a browser without cookies, on a blank page.
    pub fn new() -> Self {
        Self::with(false)
    }

    /// Returns a browser that treats a request as same-site only if every hop of its redirect chain is, as RFC 6265bis
    /// first said. Chromium checks only the page that started the request.
    pub fn counting_every_hop() -> Self {
        Self::with(true)
    }

    fn with(whole_chain: bool) -> Self {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(Loopback))
            .no_proxy()
            .referer(false)
            .user_agent("Mozilla/5.0 (tests)")
            .timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        let (jar, ahead) = (Mutex::default(), Mutex::default());
        Self::on(Arc::new(Shared { client, jar, ahead, whole_chain }))
    }

    fn on(shared: Arc<Shared>) -> Self {
        Self { shared, page: None, hops: Vec::new(), blocked: None }
    }

    /// Returns another tab with the same cookies and its own page.
    pub fn tab(&self) -> Self {
        Self::on(Arc::clone(&self.shared))
    }

    /// Goes to an address as if the user had typed it.
    pub async fn navigate(&mut self, url: impl AsRef<str>) -> &Page {
        let load = self.typed(url.as_ref());
        self.open(load).await
    }

    /// Follows a link of the page: see [`Page::link`].
    pub async fn click(&mut self, link: &str) -> &Page {
        let url = self.resolve(&self.page().link(link).href);
        let load = self.load(Kind::Document, Method::GET, url);
        self.open(load).await
    }

    /// Fills in a form of the page and sends it with its first button: see [`Page::form`]. A form that the page's
    /// `form-action` forbids is not sent, and a forbidden redirect is not followed. In both cases the page stays, and
    /// [`Browser::blocked`] returns the forbidden address.
    pub async fn submit(&mut self, form: &str, values: &[(&str, &str)]) -> &Page {
        self.press(form, "", values).await
    }

    /// Fills in a form and presses the button with this label or value. An empty `button` means the first button.
    pub async fn press(&mut self, form: &str, button: &str, values: &[(&str, &str)]) -> &Page {
        let load = self.pressed(form, button, values);
        self.open(load).await
    }

    fn typed(&self, url: &str) -> Load {
        let url = Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        Load { initiator: None, ..self.load(Kind::Document, Method::GET, url) }
    }

    fn pressed(&self, form: &str, button: &str, values: &[(&str, &str)]) -> Load {
        let form = self.page().form(form);
        let pairs = filled(form, button, values);
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut url = self.resolve(&form.action);
        let load = if form.method == "post" {
            let kind = form.enctype.clone().unwrap_or_else(|| "application/x-www-form-urlencoded".to_owned());
            assert_eq!(
                kind, "application/x-www-form-urlencoded",
                "the test browser supports no other form encoding"
            );
            Load { body: Some((kind, encoded.into_bytes())), ..self.load(Kind::Document, Method::POST, url) }
        } else {
            url.set_query(Some(&encoded));
            self.load(Kind::Document, Method::GET, url)
        };
        Load { forms: Some(FormPolicy::of(self.page())), ..load }
    }

    /// Sends a form whose answer is a page that continues by itself, and follows it: see [`Browser::follow_refresh`]. A
    /// page that waits for another button stays open.
    pub async fn submit_through(&mut self, form: &str, values: &[(&str, &str)]) -> &Page {
        self.submit(form, values).await;
        if self.blocked.is_none() && self.page().refresh().is_some() {
            self.follow_refresh().await;
        }
        self.page()
    }

    /// Follows the page's `<meta http-equiv="refresh">` or `Refresh` header. No click starts this load.
    pub async fn follow_refresh(&mut self) -> &Page {
        let load = self.refreshed();
        self.open(load).await
    }

    fn refreshed(&self) -> Load {
        let page = self.page();
        let url = page.refresh().unwrap_or_else(|| panic!("no refresh at {}\n{}", page.url, page.body));
        Load { by_user: false, ..self.load(Kind::Document, Method::GET, url) }
    }

    /// Runs `fetch(url, { method, body })` as the page's script would. Relative addresses are relative to the page,
    /// which stays open.
    pub async fn fetch(&mut self, method: Method, url: &str, body: Option<&str>) -> Page {
        self.fetch_with(Credentials::SameOrigin, method, url, &[], body).await
    }

    /// The same with `credentials` and `headers`.
    pub async fn fetch_with(
        &mut self,
        credentials: Credentials,
        method: Method,
        url: &str,
        headers: &[(&'static str, &str)],
        body: Option<&str>,
    ) -> Page {
        let kind = "text/plain;charset=UTF-8".to_owned();
        let mut load = self.load(Kind::Fetch(credentials), method, self.resolve(url));
        load.body = body.map(|body| (kind, body.as_bytes().to_vec()));
        load.by_user = false;
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("content-type") {
                load.body = load.body.map(|(_, body)| ((*value).to_owned(), body));
            } else {
                load.headers.insert(*name, value.parse().unwrap());
            }
        }
        self.aside(load).await
    }

    /// Loads something that the page embeds: a frame, an image, a script or a prefetch. The page stays open.
    pub async fn embed(&mut self, kind: Kind, url: &str) -> Page {
        let load = Load { by_user: false, ..self.load(kind, Method::GET, self.resolve(url)) };
        self.aside(load).await
    }

    /// Returns the page that is open.
    pub fn page(&self) -> &Page {
        self.page.as_ref().unwrap_or_else(|| panic!("no page is open"))
    }

    /// Returns the hops of the last load of any kind.
    pub fn hops(&self) -> &[Hop] {
        &self.hops
    }

    /// Returns the address that the last form was not sent to because the `form-action` of its page forbids it.
    pub fn blocked(&self) -> Option<&Url> {
        self.blocked.as_ref()
    }

    /// Returns the hops as text, for messages.
    pub fn trail(&self) -> String {
        trail(&self.hops)
    }

    /// Returns the cookies that `url` may see, regardless of `SameSite`.
    pub fn cookies(&self, url: &str) -> Vec<StoredCookie> {
        let url = Url::parse(url).unwrap();
        self.shared.jar().of(&url, self.shared.now()).cloned().collect()
    }

    /// Returns the value of one of these cookies.
    pub fn cookie(&self, url: &str, name: &str) -> Option<String> {
        self.cookies(url).into_iter().find(|cookie| cookie.name == name).map(|cookie| cookie.value)
    }

    /// Keeps a `Set-Cookie` value as if `url` had answered with it.
    pub fn set_cookie(&self, url: &str, header: &str) {
        let stored = self.shared.jar().store(
            header,
            &Url::parse(url).unwrap(),
            SiteContext::SameSite,
            self.shared.now(),
        );
        assert_eq!(stored, Ok(()), "{header} from {url}");
    }

    /// Removes the cookies with this name.
    pub fn forget_cookie(&self, name: &str) {
        self.shared.jar().retain(|cookie| cookie.name != name);
    }

    /// Ends the browser session, which removes the cookies without a lifetime.
    pub fn restart(&mut self) {
        self.shared.jar().end_session();
        self.page = None;
    }

    /// Advances the browser's own clock in all its tabs.
    pub fn advance(&self, by: Duration) {
        *self.shared.ahead.lock().unwrap() += by;
    }

    fn resolve(&self, href: &str) -> Url {
        let base = self.page().url.clone();
        base.join(href).unwrap_or_else(|error| panic!("{href:?} at {base}: {error}"))
    }

    fn load(&self, kind: Kind, method: Method, url: Url) -> Load {
        let initiator = self.page.as_ref().map(|page| page.url.clone());
        let policy = self.page.as_ref().map_or(ReferrerPolicy::Other, Page::policy);
        let headers = HeaderMap::new();
        Load { kind, method, url, body: None, headers, initiator, by_user: true, policy, forms: None }
    }

    async fn open(&mut self, load: Load) -> &Page {
        if let Err(why) = self.try_open(load).await {
            panic!("{why}\n{}", self.trail());
        }
        self.page()
    }

    async fn try_open(&mut self, load: Load) -> Result<&Page, String> {
        if let Some(page) = self.run(load).await? {
            self.page = Some(page);
        }
        Ok(self.page())
    }

    async fn aside(&mut self, load: Load) -> Page {
        match self.run(load).await {
            Ok(Some(page)) => page,
            Ok(None) => panic!("blocked without a form:\n{}", self.trail()),
            Err(why) => panic!("{why}\n{}", self.trail()),
        }
    }

    /// Runs a load and returns the page on which it ends, unless it is blocked.
    async fn run(&mut self, load: Load) -> Result<Option<Page>, String> {
        let Loaded { hops, body, blocked } = match load.run(&self.shared).await {
            Ok(loaded) => loaded,
            Err(Unanswered { hops, why }) => {
                (self.hops, self.blocked) = (hops, None);
                return Err(why);
            }
        };
        (self.hops, self.blocked) = (hops, blocked);
        let Some(last) = self.hops.last().filter(|_| self.blocked.is_none()) else { return Ok(None) };
        Ok(Some(Page::new(last.url.clone(), last.status, last.response.clone(), &body)))
    }
}

impl Shared {
    fn jar(&self) -> MutexGuard<'_, Jar> {
        self.jar.lock().unwrap()
    }

    fn now(&self) -> SystemTime {
        SystemTime::now() + *self.ahead.lock().unwrap()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("jar", &self.jar).finish_non_exhaustive()
    }
}

/// Resolves loopback names to 127.0.0.1, regardless of the machine's settings, and resolves nothing else.
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, name: Name) -> Resolving {
        let known = Url::parse(&format!("http://{}/", name.as_str())).is_ok_and(|url| is_loopback(&url));
        Box::pin(async move {
            if known {
                let here: Addrs = Box::new([SocketAddr::from((Ipv4Addr::LOCALHOST, 0))].into_iter());
                return Ok(here);
            }
            Err(format!("tests stay on loopback: {}", name.as_str()).into())
        })
    }
}

/// Returns what the form sends: each control in order, with the given values in place of the written ones, and one
/// button.
fn filled(form: &Form, button: &str, values: &[(&str, &str)]) -> Vec<(String, String)> {
    for (name, _) in values {
        let known = form.fields.iter().any(|field| field.name.as_deref() == Some(name));
        assert!(known, "the form has no field {name:?}: {form:?}");
    }
    let pressed = form.buttons().find(|b| button.is_empty() || b.label.trim() == button || b.value == button);
    assert!(button.is_empty() || pressed.is_some(), "the form has no button {button:?}: {form:?}");
    let mut pairs = Vec::new();
    for field in &form.fields {
        let Some(name) = field.name.as_deref() else { continue };
        let given = values.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let value = match field.kind {
            FieldKind::Value => Some(given.unwrap_or(&field.value)),
            FieldKind::Choice { checked } => {
                given.map_or(checked, |given| given == field.value).then_some(&*field.value)
            }
            FieldKind::Button => {
                pressed.is_some_and(|pressed| std::ptr::eq(pressed, field)).then_some(&*field.value)
            }
        };
        pairs.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }
    pairs
}
