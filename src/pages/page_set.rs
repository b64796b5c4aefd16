//! [`PageSet`]: renders pages and adds their headers, so that a renderer can't forget them.
//!
//! Each page has a content security policy, is not stored by caches, and by default sends no referrer: its address may
//! contain a ticket. The methods say where a page deviates from this.

use std::{fmt, sync::Arc};

#[cfg(feature = "saml")]
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
#[cfg(feature = "saml")]
use sha2::{Digest as _, Sha256};

#[cfg(feature = "saml")]
use crate::pages::page_values::{ConfirmPage, PostPage};
use crate::{
    address::Addresses,
    audit::reference::Reference,
    connection::policy::TokenPolicy,
    error::kind::Advice,
    pages::{
        banner::{BannerOrganization, BannerPage},
        join::JoinPage,
        page_values::{ErrorPage, FramedPage, ProceedPage, ProceedTo, StartPage},
        renderer::Pages,
        tokens::{TokenRow, TokensPage},
    },
};

/// The script that submits the form of [`Pages::post`].
#[cfg(feature = "saml")]
const SUBMIT_SCRIPT: &str = "document.forms[0].submit()";

/// The pages of one [`Sso`](crate::Sso), with their headers.
#[derive(Clone)]
pub(crate) struct PageSet {
    pages: Arc<dyn Pages>,
    style: String,
    banner_style: String,
}

/// A page as it is sent: the body and the headers.
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

    /// Renders the banner, a fragment for a page of the app.
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
        // With `no-referrer`, a browser would post this page's form with `Origin: null`.
        page.headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        page
    }

    pub(crate) fn tokens(
        &self,
        organization: &str,
        policy: TokenPolicy,
        tokens: &[TokenRow],
        action: &str,
        fields: &[(&'static str, String)],
    ) -> Page {
        let page = TokensPage { organization, policy, tokens, action, fields, style: &self.style };
        let mut page = self.page(self.pages.tokens(&page));
        // This page has forms: see `start`.
        page.headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        page
    }

    /// Renders the page of a join link. The page's `style` is filled in here.
    pub(crate) fn join(&self, page: JoinPage<'_>) -> Page {
        let mut page = self.page(self.pages.join(&JoinPage { style: &self.style, ..page }));
        // This page has a form: see `start`.
        page.headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        page
    }

    pub(crate) fn proceed(&self, to: ProceedTo, next: &str) -> Page {
        let mut page = self.page(self.pages.proceed(&ProceedPage { next, to, style: &self.style }));
        // The page's own address may contain a ticket, and the page has no form.
        page.headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        page
    }

    /// Renders the only page with a script.
    #[cfg(feature = "saml")]
    pub(crate) fn post(&self, action: &str, fields: &[(&'static str, String)]) -> Page {
        let style = &self.style;
        let page = PostPage { action, fields, script: SUBMIT_SCRIPT, style };
        let mut page = self.page(self.pages.post(&page));
        let hash = STANDARD.encode(Sha256::digest(SUBMIT_SCRIPT));
        // Leave out `form-action`: browsers also apply it to the redirects that answer the form.
        let kept = |it: &&str| {
            !it.trim_start().starts_with("script-src") && !it.trim_start().starts_with("form-action")
        };
        let policy: Vec<_> = self.pages.content_security_policy().split(';').filter(kept).collect();
        if let Ok(policy) =
            HeaderValue::from_str(&format!("{}; script-src 'sha256-{hash}'", policy.join(";")))
        {
            page.headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        // Without any referrer, a browser posts `Origin: null`, which a provider may refuse.
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
        // The address contains a ticket, but the ticket is already used up. The form must be posted with its `Origin`:
        // see `start`.
        page.headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        page
    }

    /// Renders the only page that may be shown in a frame of this site.
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
            // The address of a page may contain a ticket or a code.
            (header::REFERRER_POLICY, "no-referrer"),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        // If the policy is not a valid header value, the page must not be sent without a policy.
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
