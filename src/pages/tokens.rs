//! The default page on which the owner of API tokens authorizes them for an organization. If the connection's policy
//! requires no authorization, the page only lists the tokens.

use std::time::SystemTime;

use maud::{Markup, html};
use tower_sso_core::internal::rfc3339;

use crate::{
    connection::policy::TokenPolicy,
    pages::{document::document, text::insert_organization, words::Words},
};

/// The values of the page on which the owner of API tokens authorizes them for an organization.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TokensPage<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// What the organization requires of an API token. Only [`TokenPolicy::Authorized`] requires the owner to
    /// authorize each token.
    pub policy: TokenPolicy,
    /// The owner's tokens.
    pub tokens: &'a [TokenRow],
    /// The address to which each token's form posts. The form has the token's id as the hidden field `token`, and the
    /// field `do` is `authorise` (in this spelling) or `revoke`.
    pub action: &'a str,
    /// The names and values of the forms' other hidden fields.
    pub fields: &'a [(&'static str, String)],
    /// The address of the style sheet.
    pub style: &'a str,
}

/// A token on the page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenRow {
    /// The id of the credential.
    pub id: String,
    /// The token's name.
    pub name: String,
    /// The time until which the token is authorized, if it is authorized.
    pub until: Option<SystemTime>,
    /// Whether the authorization also meets the step-up that a handler required. It is `true` if no step-up was
    /// required.
    pub enough: bool,
}

/// Renders the page as a whole document.
pub(crate) fn page(words: &Words, own_style: Option<&str>, page: &TokensPage<'_>) -> String {
    let title = insert_organization(&words.tokens_title, page.organization);
    document(words, own_style, page.style, &title, None, &content(words, page))
}

fn content(words: &Words, page: &TokensPage<'_>) -> Markup {
    let insert = |text: &str| insert_organization(text, page.organization);
    html! {
        h1 { (insert(&words.tokens_title)) }
        p {
            (insert(match page.policy {
                TokenPolicy::Authorized => &words.tokens_text,
                TokenPolicy::OwnerSession => &words.tokens_by_owner,
                TokenPolicy::Exempt => &words.tokens_exempt,
            }))
        }
        @if page.tokens.is_empty() { p { (words.tokens_none) } }
        ul.tokens {
            @for token in page.tokens {
                li {
                    @if page.policy == TokenPolicy::Authorized { (changeable(words, page, token)) }
                    @else { p { strong { (token.name) } } }
                }
            }
        }
    }
}

/// Renders a token with its state and the buttons that change it.
fn changeable(words: &Words, page: &TokensPage<'_>, token: &TokenRow) -> Markup {
    html! {
        p {
            strong { (token.name) } " "
            @match (token.until, token.enough) {
                (Some(until), true) => span.reference { (until_when(words, until)) },
                (Some(_), false) => span.reference { (words.tokens_too_little) },
                (None, _) => span.reference { (words.tokens_not) },
            }
        }
        form method="post" action=(page.action) {
            input type="hidden" name="token" value=(token.id);
            @for (name, value) in page.fields { input type="hidden" name=(name) value=(value); }
            (button("authorise", &words.tokens_authorize, &token.name))
            @if token.until.is_some() { (button("revoke", &words.tokens_revoke, &token.name)) }
        }
    }
}

/// Renders a button that sends the field `do`.
fn button(does: &str, text: &str, token: &str) -> Markup {
    html! { button type="submit" name="do" value=(does) aria-label={ (text) ", " (token) } { (text) } }
}

/// Renders until when a token is authorized.
fn until_when(words: &Words, until: SystemTime) -> Markup {
    let exact = rfc3339(until);
    let shown = exact.get(..16).unwrap_or(&exact).replace('T', " ");
    let (before, after) = words.tokens_until.split_once("{date}").unwrap_or((&words.tokens_until, ""));
    html! { (before) time datetime=(exact) { (shown) " UTC" } (after) }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::pages::{DefaultPages, renderer::Pages};

    #[test]
    fn names_and_addresses_of_tokens_are_escaped() {
        let evil = "<script>\"'&";
        let row = |until| TokenRow { id: evil.to_owned(), name: evil.to_owned(), until, enough: true };
        let tokens = [row(None), row(Some(UNIX_EPOCH + Duration::from_secs(1_803_859_200)))];
        let fields = [("max_age", evil.to_owned())];
        let page = TokensPage {
            organization: evil,
            policy: TokenPolicy::Authorized,
            tokens: &tokens,
            action: evil,
            fields: &fields,
            style: evil,
        };
        let html = DefaultPages::default().tokens(&page);
        assert!(html.contains("&lt;script&gt;&quot;") && !html.contains("<script"), "{html}");
        assert!(
            html.contains("<time datetime=\"2027-03-01T00:00:00Z\">2027-03-01 00:00 UTC</time>"),
            "{html}"
        );
        assert_eq!((html.matches("authorise\"").count(), html.matches("revoke\"").count()), (2, 1), "{html}");
        for policy in [TokenPolicy::OwnerSession, TokenPolicy::Exempt] {
            let html = DefaultPages::default().tokens(&TokensPage { policy, ..page });
            assert!(html.contains("&lt;script&gt;&quot;") && !html.contains("<script"), "{html}");
            assert!(!html.contains("<form") && !html.contains("uthorised"), "{html}");
        }
    }
}
