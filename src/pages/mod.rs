//! The pages a visitor meets: plain HTML that works without script, a strict content security policy.

mod banner;
mod default;
mod join;
mod set;
mod shown;
mod tokens;
mod words;

#[cfg(feature = "axum")]
pub(crate) use self::join::Said as JoinSaid;
pub use self::{
    banner::{BannerOrganization, BannerPage},
    default::DefaultPages,
    join::JoinPage,
    shown::{ConfirmPage, ErrorPage, FramedPage, PostPage, ProceedPage, ProceedTo, StartPage},
    tokens::{TokenRow, TokensPage},
    words::Words,
};

#[cfg(feature = "saml")]
pub(crate) use self::set::Page;
pub(crate) use self::set::PageSet;
/// The style sheet of the [`DefaultPages`], served beside them.
#[cfg(feature = "axum")]
pub(crate) use self::{banner::STYLE as BANNER_STYLE, default::STYLE};

/// Renders the pages a visitor meets, each as a whole HTML document. [`DefaultPages`] does by default; an app that
/// wants its own look hands another to the builder. Every value must be escaped: names come from administrators.
pub trait Pages: Send + Sync + 'static {
    /// The start page: says that the organization wants an SSO login, and posts to `begin` by a button.
    fn start(&self, page: &StartPage<'_>) -> String;

    /// The page that leads on by itself, with a `<meta http-equiv="refresh">`, and by a link. It leads to the identity
    /// provider after a form, where a redirect might be blocked: a browser applies `form-action` of the page that held the
    /// form to redirects. Or it leads to a page of this site: the browser sent no login cookie after coming from another
    /// site, and does from this page. See [`ProceedPage::to`].
    fn proceed(&self, page: &ProceedPage<'_>) -> String;

    /// The page from which an SSO login or a logout goes on to the provider by a form: it submits itself by `script`, and
    /// without script by a button. The one page that has a script, exactly this one.
    fn post(&self, page: &PostPage<'_>) -> String;

    /// The page that asks whether an SSO login is to be finished that the provider started: the form posts the hidden field
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

    /// The pages' `Content-Security-Policy`. It may hold `form-action 'self'`: no form of these pages is answered with a
    /// redirect to another site, and from the page that posts to the provider the directive is left out. A page of the app
    /// that sends a person on to another site right after they confirmed an SSO login is blocked by it, though.
    fn content_security_policy(&self) -> &str {
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
    }
}
