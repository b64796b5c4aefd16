//! [`DefaultPages`]: plain, accessible pages, light and dark, which work without scripts. The templates escape every
//! value.

use maud::{Markup, PreEscaped, html};

use crate::{
    error::kind::Advice,
    pages::{
        banner::{self, BannerPage},
        document::document,
        join::{self, JoinPage},
        page_values::{ConfirmPage, ErrorPage, FramedPage, PostPage, ProceedPage, ProceedTo, StartPage},
        renderer::Pages,
        text::insert_organization,
        tokens::{self, TokensPage},
        words::Words,
    },
};

/// The style sheet. It begins with custom properties, so that the app's style sheet can change the look in a
/// few lines.
pub(crate) const STYLE: &str = include_str!("style.css");

/// Renders plain, accessible pages, light and dark, which work without scripts.
#[derive(Clone, Debug, Default)]
pub struct DefaultPages {
    words: Words,
    style_sheet: Option<String>,
}

impl DefaultPages {
    /// Returns the default pages with another text.
    #[must_use]
    pub fn words(words: Words) -> Self {
        Self { words, style_sheet: None }
    }

    /// Adds a style sheet of the app after the crate's style sheet. `path` is its path on this site. It can set the
    /// custom properties `--sso-*` or any other style.
    #[must_use]
    pub fn style_sheet(mut self, path: impl Into<String>) -> Self {
        self.style_sheet = Some(path.into());
        self
    }

    fn document(&self, style: &str, title: &str, refresh: Option<&str>, main: &Markup) -> String {
        document(&self.words, self.style_sheet.as_deref(), style, title, refresh, main)
    }
}

impl Pages for DefaultPages {
    fn start(&self, page: &StartPage<'_>) -> String {
        let words = &self.words;
        let title = insert_organization(&words.start_title, page.organization);
        let main = html! {
            h1 { (title) }
            p { (insert_organization(&words.start_text, page.organization)) }
            form method="post" action=(page.begin) {
                input type="hidden" name="return_to" value=(page.return_to);
                @for (name, value) in page.fields { input type="hidden" name=(name) value=(value); }
                button type="submit" autofocus { (insert_organization(&words.start_button, page.organization)) }
                a href="/" { (words.start_leave) }
            }
        };
        self.document(page.style, &title, None, &main)
    }

    fn proceed(&self, page: &ProceedPage<'_>) -> String {
        let words = &self.words;
        let title = match page.to {
            ProceedTo::Here => &words.proceed_title,
            ProceedTo::Provider => &words.provider_title,
        };
        let main = html! {
            h1 { (title) }
            p { (words.proceed_text) }
            p { a.button href=(page.next) { (words.proceed_link) } }
        };
        self.document(page.style, title, Some(page.next), &main)
    }

    fn post(&self, page: &PostPage<'_>) -> String {
        let words = &self.words;
        let main = html! {
            h1 { (words.provider_title) }
            p { (words.post_text) }
            form method="post" action=(page.action) {
                @for (name, value) in page.fields { input type="hidden" name=(name) value=(value); }
                button type="submit" { (words.proceed_link) }
            }
            // Not escaped: the script is a constant of this crate. The content security policy allows only this script.
            script { (PreEscaped(page.script)) }
        };
        self.document(page.style, &words.provider_title, None, &main)
    }

    fn confirm(&self, page: &ConfirmPage<'_>) -> String {
        let words = &self.words;
        let title = insert_organization(&words.start_title, page.organization);
        let text = insert_organization(&words.confirm_text, page.organization);
        let main = html! {
            h1 { (title) }
            p { (text) }
            dl {
                dt { (insert_organization(&words.confirm_user, page.organization)) } dd { (page.user) }
                dt { (words.confirm_account) } dd { (page.account) }
            }
            form method="post" action=(page.confirm) {
                input type="hidden" name="ticket" value=(page.ticket);
                button type="submit" { (words.confirm_button) }
                a href="/" { (words.start_leave) }
            }
        };
        self.document(page.style, &title, None, &main)
    }

    fn framed(&self, page: &FramedPage<'_>) -> String {
        let words = &self.words;
        let title = insert_organization(&words.framed_text, page.organization);
        let main = html! {
            p { (title) }
            p { a.button href=(page.start) target="_top" rel="noopener" { (words.framed_link) } }
        };
        self.document(page.style, &title, None, &main)
    }

    fn error(&self, page: &ErrorPage<'_>) -> String {
        let words = &self.words;
        let label = match page.advice {
            Advice::EndedHere => &words.ended_here_link,
            Advice::StartAgain
            | Advice::TryLater
            | Advice::AskAdministrator
            | Advice::AskForLink
            | Advice::WrongAccount
            | Advice::NoMember
            | Advice::ProviderRefused
            | Advice::SignIn
            | Advice::NotFound
            | Advice::Loop => &words.error_again,
        };
        let main = html! {
            h1 { (words.error_title) }
            p role="alert" { (insert_organization(words.advice(page.advice), page.organization.unwrap_or_default())) }
            @if let Some(again) = page.again {
                p { a.button href=(again) { (label) } }
            }
            p.reference { (words.error_reference) " " code { (page.reference) } }
        };
        self.document(page.style, &words.error_title, None, &main)
    }

    fn tokens(&self, page: &TokensPage<'_>) -> String {
        tokens::page(&self.words, self.style_sheet.as_deref(), page)
    }

    fn join(&self, page: &JoinPage<'_>) -> String {
        join::page(&self.words, self.style_sheet.as_deref(), page)
    }

    fn banner(&self, page: &BannerPage<'_>) -> String {
        banner::render(&self.words, page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::reference::Reference;

    #[test]
    fn names_and_addresses_are_escaped_on_every_page() {
        let evil = "<script>\"'&";
        let pages = DefaultPages::default();
        let reference = Reference::new().unwrap();
        let rendered = [
            pages.start(&StartPage {
                organization: evil,
                begin: evil,
                return_to: evil,
                fields: &[("a", evil.into())],
                style: evil,
            }),
            pages.proceed(&ProceedPage { next: evil, to: ProceedTo::Here, style: evil }),
            pages.proceed(&ProceedPage { next: evil, to: ProceedTo::Provider, style: evil }),
            pages.confirm(&ConfirmPage {
                organization: evil,
                user: evil,
                account: evil,
                confirm: evil,
                ticket: evil,
                style: evil,
            }),
            pages.framed(&FramedPage { organization: evil, start: evil, style: evil }),
            pages.error(&ErrorPage {
                organization: Some(evil),
                advice: Advice::SignIn,
                reference: &reference,
                again: Some(evil),
                style: evil,
            }),
        ];
        for html in rendered {
            assert!(html.contains("&lt;script&gt;&quot;"), "{html}");
            assert!(!html.contains("<script"), "{html}");
        }
        let fields = [("SAMLRequest", evil.to_owned())];
        let page = PostPage { action: evil, fields: &fields, script: "go()", style: evil };
        let html = pages.post(&page);
        assert_eq!(html.matches("<script").count(), 1, "{html}");
        assert!(html.contains("<script>go()</script>"), "{html}");
    }

    #[test]
    fn replaced_words_and_a_custom_style_sheet_take_effect() {
        let words = Words { start_button: "Weiter".into(), language: "de".into(), ..Words::default() };
        let html = DefaultPages::words(words).style_sheet("/own.css").start(&StartPage {
            organization: "Acme",
            begin: "/b",
            return_to: "/",
            fields: &[],
            style: "/s.css",
        });
        for part in ["Weiter", "lang=\"de\"", "href=\"/own.css\"", "Single sign-on to Acme"] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
