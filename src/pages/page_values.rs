//! The values that each page shows. A page renders nothing else. The values are not escaped yet.

use crate::{audit::reference::Reference, error::kind::Advice};

/// The values that the start page shows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StartPage<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// The address to which the form posts.
    pub begin: &'a str,
    /// The return path of the SSO login: the form's hidden field `return_to`.
    pub return_to: &'a str,
    /// The names and values of the form's other hidden fields.
    pub fields: &'a [(&'static str, String)],
    /// The address of the style sheet.
    pub style: &'a str,
}

/// The values of the page from which the browser continues without a click, or by a link. It does not name the
/// organization, because the visitor may not be signed in.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ProceedPage<'a> {
    /// The address to which the browser continues.
    pub next: &'a str,
    /// The site to which that address belongs.
    pub to: ProceedTo,
    /// The address of the style sheet.
    pub style: &'a str,
}

/// The site to which the browser continues from a [`ProceedPage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProceedTo {
    /// A page of this site: the browser came from the identity provider and sent no login cookie.
    Here,
    /// The organization's identity provider, for an SSO login or a logout.
    Provider,
}

/// The values of the page whose form sends an SSO login or a logout on to the provider.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PostPage<'a> {
    /// The address to which the form posts.
    pub action: &'a str,
    /// The names and values of the form's hidden fields.
    pub fields: &'a [(&'static str, String)],
    /// The exact content of the page's `script` element. The content security policy allows this script and no other.
    /// It submits the page's first form.
    pub script: &'static str,
    /// The address of the style sheet.
    pub style: &'a str,
}

/// The values of the page that asks whether to finish an SSO login that the provider started.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ConfirmPage<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// The visitor's email address at the provider, or the identifier of the visitor there.
    pub user: &'a str,
    /// The visitor's email address in the app, or the account's id.
    pub account: &'a str,
    /// The address to which the form posts.
    pub confirm: &'a str,
    /// The form's hidden field `ticket`.
    pub ticket: &'a str,
    /// The address of the style sheet.
    pub style: &'a str,
}

/// The values of the page inside a frame.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FramedPage<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// The address of the start page.
    pub start: &'a str,
    /// The address of the style sheet.
    pub style: &'a str,
}

/// The values that an error page shows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ErrorPage<'a> {
    /// The organization's name, if the visitor is signed in and a member, or has a join link. Other visitors do not
    /// see the name.
    pub organization: Option<&'a str>,
    /// The advice for the visitor.
    pub advice: Advice,
    /// The reference by which the operator finds the audit event.
    pub reference: &'a Reference,
    /// The address where the visitor can try again, if that may help. With [`Advice::EndedHere`] it is the address to
    /// which the visitor was going.
    pub again: Option<&'a str>,
    /// The address of the style sheet.
    pub style: &'a str,
}
