//! The trait [`Pages`]: what renders the pages that visitors see.

use crate::pages::{
    banner::{self, BannerPage},
    join::{self, JoinPage},
    shown::{ConfirmPage, ErrorPage, FramedPage, PostPage, ProceedPage, StartPage},
    tokens::{self, TokensPage},
    words::Words,
};

/// Renders the pages that visitors see. Each page is a whole HTML document. [`DefaultPages`](crate::pages::DefaultPages) is the default; an app
/// that wants its own look passes its own implementation to the builder. An implementation must escape every value,
/// because names come from administrators.
pub trait Pages: Send + Sync + 'static {
    /// Renders the start page. It says that the organization wants an SSO login, and has a button that posts to
    /// `begin`.
    fn start(&self, page: &StartPage<'_>) -> String;

    /// Renders the page that leads on by itself, with a `<meta http-equiv="refresh">`, and with a link. It is used in
    /// two cases. After a form it leads to the identity provider, because a browser may block a redirect there: it
    /// applies the `form-action` of the page with the form to redirects. The page also leads to a page of this site,
    /// when the browser sent no login cookie because it came from another site. From this page the browser sends the
    /// cookie. See [`ProceedPage::to`].
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

    /// Renders the banner on the host's pages: a fragment, not a document. By default it is the banner of
    /// [`DefaultPages`](crate::pages::DefaultPages).
    fn banner(&self, page: &BannerPage<'_>) -> String {
        banner::render(&Words::default(), page)
    }

    /// Returns the pages' `Content-Security-Policy`. It may contain `form-action 'self'`: no form on these pages is
    /// answered with a redirect to another site, and the directive is removed on the page that posts to the provider.
    /// However, the directive blocks a page of the app that redirects a person to another site immediately after they
    /// have confirmed an SSO login.
    fn content_security_policy(&self) -> &str {
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
    }
}
