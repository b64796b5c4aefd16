//! The default page of a join link: it names the organization, its provider and the account, and its button starts the
//! SSO login.

use maud::{Markup, html};

use crate::pages::{document::document, text::insert_organization, words::Words};

/// The values that the page of a join link shows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct JoinPage<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// The name by which the organization's provider is known.
    pub provider: &'a str,
    /// The visitor's email address in the app, or the account's id. `None` if the visitor is not signed in.
    pub account: Option<&'a str>,
    /// The address to which the form posts.
    pub join: &'a str,
    /// The form's hidden field `link`.
    pub link: &'a str,
    /// The address of the app's sign-in page, which returns to this page. It is for visitors who have an account but
    /// are not signed in.
    pub sign_in: Option<&'a str>,
    /// The address of the style sheet.
    pub style: &'a str,
}

/// Renders the page as a whole document.
pub(crate) fn page(words: &Words, own_style: Option<&str>, page: &JoinPage<'_>) -> String {
    let title = insert_organization(&words.join_title, page.organization);
    document(words, own_style, page.style, &title, None, &content(words, page))
}

fn content(words: &Words, page: &JoinPage<'_>) -> Markup {
    html! {
        h1 { (insert_organization(&words.join_title, page.organization)) }
        p { (insert_organization(&words.join_text, page.organization)) " " strong { (page.provider) } }
        @match page.account {
            Some(account) => p { (words.join_account) " " strong { (account) } },
            None => p { (words.join_visitor) },
        }
        form method="post" action=(page.join) {
            input type="hidden" name="link" value=(page.link);
            button type="submit" autofocus { (words.join_button) }
            @match page.sign_in {
                Some(sign_in) => a href=(sign_in) { (words.join_sign_in) },
                None => a href="/" { (words.start_leave) },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::{DefaultPages, renderer::Pages};

    #[test]
    fn names_and_addresses_on_the_page_of_a_join_link_are_escaped() {
        let evil = "<script>\"'&";
        for account in [Some(evil), None] {
            let page = JoinPage {
                organization: evil,
                provider: evil,
                account,
                join: evil,
                link: evil,
                sign_in: account,
                style: evil,
            };
            let html = DefaultPages::default().join(&page);
            assert!(html.contains("&lt;script&gt;&quot;") && !html.contains("<script"), "{html}");
        }
    }
}
