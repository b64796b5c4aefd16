//! The pages a visitor meets: plain HTML that works without script, a strict content security policy.

mod banner;
mod default;
mod join;
mod tokens;
mod words;

use std::{fmt, sync::Arc};

#[cfg(feature = "saml")]
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
#[cfg(feature = "saml")]
use sha2::{Digest as _, Sha256};

#[cfg(feature = "axum")]
pub(crate) use self::join::Said as JoinSaid;
pub use self::{
    banner::{BannerOrganization, BannerPage},
    default::DefaultPages,
    join::JoinPage,
    tokens::{TokenRow, TokensPage},
    words::Words,
};
use crate::{Advice, Connection, Reference, address::Addresses};

/// The style sheet of the [`DefaultPages`], served beside them.
#[cfg(feature = "axum")]
pub(crate) use self::{banner::STYLE as BANNER_STYLE, default::STYLE};

/// What submits the form of [`Pages::post`].
#[cfg(feature = "saml")]
const SUBMIT: &str = "document.forms[0].submit()";

/// Renders the pages a visitor meets, each as a whole HTML document. [`DefaultPages`] does by default; an app that
/// wants its own look hands another to the builder. Every value must be escaped: names come from administrators.
pub trait Pages: Send + Sync + 'static {
    /// The start page: says that the organization wants a sign-on, and posts to `begin` by a button.
    fn start(&self, page: &StartPage<'_>) -> String;

    /// The page on which a sign-on goes on by itself and by a link: the browser sent no login cookie after coming
    /// from another site, and does from this page.
    fn proceed(&self, page: &ProceedPage<'_>) -> String;

    /// The page on which a sign-on goes on to the provider by a form: it submits itself by `script`, and without script
    /// by a button. The one page that has a script, exactly this one.
    fn post(&self, page: &PostPage<'_>) -> String;

    /// The page that asks whether a sign-on is to be finished that the provider started: the form posts the hidden field
    /// `ticket` to `confirm` by a button.
    fn confirm(&self, page: &ConfirmPage<'_>) -> String;

    /// Inside a frame: a link that opens the start page at the top.
    fn framed(&self, page: &FramedPage<'_>) -> String;

    /// What went wrong, in a sentence, with a reference and no detail.
    fn error(&self, page: &ErrorPage<'_>) -> String;

    /// The page on which the owner of API tokens lets them into the organization. [`DefaultPages`]' own by default.
    fn tokens(&self, page: &TokensPage<'_>) -> String {
        DefaultPages::default().tokens(page)
    }

    /// The page of a join link: says which organization and which provider, and posts the hidden field `link` to `join`
    /// by a button. [`DefaultPages`]' own by default.
    fn join(&self, page: &JoinPage<'_>) -> String {
        DefaultPages::default().join(page)
    }

    /// The banner on pages of the host's: a fragment, not a document. [`DefaultPages`]' own by default.
    fn banner(&self, page: &BannerPage<'_>) -> String {
        DefaultPages::default().banner(page)
    }

    /// The pages' `Content-Security-Policy`. It must not hold `form-action`: browsers apply it to the redirect to the
    /// provider that answers the start page's form.
    fn content_security_policy(&self) -> &str {
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
    }
}

/// What the start page shows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StartPage<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// Where the form posts to.
    pub begin: &'a str,
    /// Where the sign-on comes back to: the form's hidden field `return_to`.
    pub return_to: &'a str,
    /// The names and values of the form's other hidden fields.
    pub fields: &'a [(&'static str, String)],
    /// The style sheet's address.
    pub style: &'a str,
}

/// What the page shows on which a sign-on goes on. Not the organization: nobody is signed in yet.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ProceedPage<'a> {
    /// Where it goes on.
    pub next: &'a str,
    /// The style sheet's address.
    pub style: &'a str,
}

/// What the page shows on which a sign-on goes on to the provider by a form.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PostPage<'a> {
    /// Where the form posts to.
    pub action: &'a str,
    /// The form's hidden fields: each a name and a value.
    pub fields: &'a [(&'static str, String)],
    /// What has to stand in the page's `script` element: its content security policy allows this and nothing else. It
    /// submits the page's first form.
    pub script: &'static str,
    /// The style sheet's address.
    pub style: &'a str,
}

/// What the page shows that asks whether a sign-on is to be finished that the provider started.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ConfirmPage<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// Who the visitor is at the provider: an email address, or what identifies them there.
    pub user: &'a str,
    /// Who the visitor is at the host: an email address, or the account's id.
    pub account: &'a str,
    /// Where the form posts to.
    pub confirm: &'a str,
    /// The form's hidden field `ticket`.
    pub ticket: &'a str,
    /// The style sheet's address.
    pub style: &'a str,
}

/// What the page inside a frame shows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FramedPage<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// The start page's address.
    pub start: &'a str,
    /// The style sheet's address.
    pub style: &'a str,
}

/// What an error page shows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ErrorPage<'a> {
    /// The organization's name, where the visitor is signed in and a member, or has a join link: nobody else is told.
    pub organization: Option<&'a str>,
    /// What the visitor is told to do.
    pub advice: Advice,
    /// The reference that leads to the audit event.
    pub reference: &'a Reference,
    /// Where the visitor can try again, if that may help; with [`Advice::EndedHere`] where they were going.
    pub again: Option<&'a str>,
    /// The style sheet's address.
    pub style: &'a str,
}

/// The pages of one [`Sso`](crate::Sso), with their headers.
#[derive(Clone)]
pub(crate) struct PageSet {
    pages: Arc<dyn Pages>,
    style: String,
    banner_style: String,
}

/// A page as it is sent.
pub(crate) struct Page {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Page {
    pub(crate) fn into_response<B: From<Bytes>>(self, status: StatusCode) -> Response<B> {
        let mut response = Response::new(B::from(self.body));
        *response.status_mut() = status;
        *response.headers_mut() = self.headers;
        response
    }
}

impl PageSet {
    pub(crate) fn new(pages: Arc<dyn Pages>, addresses: &Addresses) -> Self {
        Self { pages, style: addresses.style(), banner_style: addresses.banner_style() }
    }

    /// The banner's fragment, which stands on a page of the host's.
    pub(crate) fn banner(&self, organizations: &[BannerOrganization], return_to: &str) -> String {
        self.pages.banner(&BannerPage { organizations, return_to, style: &self.banner_style })
    }

    pub(crate) fn start(
        &self,
        organization: &str,
        begin: &str,
        return_to: &str,
        fields: &[(&'static str, String)],
    ) -> Page {
        let page = StartPage { organization, begin, return_to, fields, style: &self.style };
        let mut page = self.page(self.pages.start(&page));
        // Not `no-referrer`: with it a browser posts this page's form with `Origin: null`.
        page.headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        page
    }

    pub(crate) fn tokens(
        &self,
        connection: &Connection,
        tokens: &[TokenRow],
        action: &str,
        fields: &[(&'static str, String)],
    ) -> Page {
        let (organization, policy) = (connection.name(), connection.tokens);
        let page = TokensPage { organization, policy, tokens, action, fields, style: &self.style };
        let mut page = self.page(self.pages.tokens(&page));
        // It has forms, as the start page has.
        page.headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        page
    }

    #[cfg(feature = "axum")]
    pub(crate) fn join(&self, page: JoinSaid<'_>) -> Page {
        let mut page = self.page(self.pages.join(&page.with(&self.style)));
        // It has a form, as the start page has.
        page.headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        page
    }

    pub(crate) fn proceed(&self, next: &str) -> Page {
        let mut page = self.page(self.pages.proceed(&ProceedPage { next, style: &self.style }));
        // Its own address holds the ticket, and it has no form.
        page.headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        page
    }

    /// The one page with a script.
    #[cfg(feature = "saml")]
    pub(crate) fn post(&self, action: &str, fields: &[(&'static str, String)]) -> Page {
        let style = &self.style;
        let page = PostPage { action, fields, script: SUBMIT, style };
        let mut page = self.page(self.pages.post(&page));
        let hash = STANDARD.encode(Sha256::digest(SUBMIT));
        // No form-action: browsers apply it to the redirects that answer the form, too.
        let kept = |it: &&str| {
            !it.trim_start().starts_with("script-src") && !it.trim_start().starts_with("form-action")
        };
        let policy: Vec<_> = self.pages.content_security_policy().split(';').filter(kept).collect();
        if let Ok(policy) =
            HeaderValue::from_str(&format!("{}; script-src 'sha256-{hash}'", policy.join(";")))
        {
            page.headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        // With no referrer at all a browser posts `Origin: null`, which a provider may refuse.
        page.headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
        page
    }

    #[cfg(feature = "saml")]
    pub(crate) fn confirm(
        &self,
        organization: &str,
        user: &str,
        account: &str,
        confirm: &str,
        ticket: &str,
    ) -> Page {
        let page = ConfirmPage { organization, user, account, confirm, ticket, style: &self.style };
        let mut page = self.page(self.pages.confirm(&page));
        // The address holds a ticket, which is used up by now; and the form is to be posted with its `Origin`.
        page.headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        page
    }

    /// The one page that may stand in a frame of this site.
    pub(crate) fn framed(&self, organization: &str, start: &str) -> Page {
        let mut page = self.page(self.pages.framed(&FramedPage { organization, start, style: &self.style }));
        let policy =
            self.pages.content_security_policy().replace("frame-ancestors 'none'", "frame-ancestors 'self'");
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            page.headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        page
    }

    pub(crate) fn error(
        &self,
        organization: Option<&str>,
        advice: Advice,
        reference: &Reference,
        again: Option<&str>,
    ) -> Page {
        self.page(self.pages.error(&ErrorPage { organization, advice, reference, again, style: &self.style }))
    }

    fn page(&self, html: String) -> Page {
        let mut headers = HeaderMap::new();
        let fixed = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            // The address of a page may hold a ticket or a code.
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        // A policy that can't stand in a header must not leave the page without one.
        let policy = HeaderValue::from_str(self.pages.content_security_policy())
            .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        Page { headers, body: html.into() }
    }
}

impl fmt::Debug for PageSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageSet")
    }
}
