//! What each page shows.

use crate::{audit::Reference, login::Advice};

/// What the start page shows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StartPage<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// Where the form posts to.
    pub begin: &'a str,
    /// Where the SSO login comes back to: the form's hidden field `return_to`.
    pub return_to: &'a str,
    /// The names and values of the form's other hidden fields.
    pub fields: &'a [(&'static str, String)],
    /// The style sheet's address.
    pub style: &'a str,
}

/// What the page shows that leads on by itself and by a link. Not the organization: it may be that nobody is signed in.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ProceedPage<'a> {
    /// Where it leads.
    pub next: &'a str,
    /// Whose page that is.
    pub to: ProceedTo,
    /// The style sheet's address.
    pub style: &'a str,
}

/// Whose page a [`ProceedPage`] leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProceedTo {
    /// One of this site: the browser came from the identity provider, and sent no login cookie.
    Here,
    /// The organization's identity provider, for an SSO login or a logout.
    Provider,
}

/// What the page shows from which an SSO login or a logout goes on to the provider by a form.
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

/// What the page shows that asks whether an SSO login is to be finished that the provider started.
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
