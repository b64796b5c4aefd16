//! [`Pages`]: the trait that renders the pages that visitors see. An app implements it to replace the default pages.

use crate::pages::{
    banner::{self, BannerPage},
    join::{self, JoinPage},
    page_values::{ConfirmPage, ErrorPage, FramedPage, PostPage, ProceedPage, StartPage},
    tokens::{self, TokensPage},
    words::Words,
};

/// Renders the pages that visitors see. Each page is a whole HTML document, except the banner. The default is
/// [`DefaultPages`](crate::pages::DefaultPages). An app that wants other pages passes its implementation to the
/// builder. An implementation must escape every value, because administrators choose the names.
pub trait Pages: Send + Sync + 'static {
    /// Renders the start page. It says that the organization wants an SSO login, and has a button that posts to
    /// `begin`.
    fn start(&self, page: &StartPage<'_>) -> String;

    /// Renders the page from which the browser continues without a click, with a `<meta http-equiv="refresh">` and a
    /// link. [`ProceedPage::to`] says which of its two uses it is:
    ///
    /// - After a form, it leads to the identity provider. A redirect could be blocked there, because browsers apply the
    ///   `form-action` of the page with the form to redirects, too.
    /// - It leads to a page of this site if the browser came from another site and therefore sent no login cookie. From
    ///   this page, the browser sends the cookie.
    fn proceed(&self, page: &ProceedPage<'_>) -> String;

    /// Renders the page whose form sends an SSO login or a logout on to the provider. `script` submits the form;
    /// without scripts, a button does. This is the only page with a script, and it may contain only this script.
    fn post(&self, page: &PostPage<'_>) -> String;

    /// Renders the page that asks whether to finish an SSO login that the provider started. Its form has a button and
    /// posts the hidden field `ticket` to `confirm`.
    fn confirm(&self, page: &ConfirmPage<'_>) -> String;

    /// Renders the page inside a frame: a link that opens the start page in the whole window.
    fn framed(&self, page: &FramedPage<'_>) -> String;

    /// Renders the error page. It says in one sentence what went wrong, and shows a reference but no detail.
    fn error(&self, page: &ErrorPage<'_>) -> String;

    /// Renders the page on which the owner of API tokens authorizes them for the organization. By default it is the
    /// page of [`DefaultPages`](crate::pages::DefaultPages).
    fn tokens(&self, page: &TokensPage<'_>) -> String {
        tokens::page(&Words::default(), None, page)
    }

    /// Renders the page of a join link. It names the organization and the provider, and has a button that posts the
    /// hidden field `link` to `join`. By default it is the page of [`DefaultPages`](crate::pages::DefaultPages).
    fn join(&self, page: &JoinPage<'_>) -> String {
        join::page(&Words::default(), None, page)
    }

    /// Renders the banner on the app's pages: a fragment, not a document. By default it is the banner of
    /// [`DefaultPages`](crate::pages::DefaultPages).
    fn banner(&self, page: &BannerPage<'_>) -> String {
        banner::render(&Words::default(), page)
    }

    /// Returns the pages' `Content-Security-Policy`. It may contain `form-action 'self'`: the response to a form on
    /// these pages never redirects to another site, and the page that posts to the provider is sent without the
    /// directive. However, the app must then not redirect to another site from the page on which the user arrives after
    /// confirming an SSO login, because the directive also blocks that redirect.
    fn content_security_policy(&self) -> &str {
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
    }
}
