//! The default banner on the app's pages: an HTML fragment. The decision which organizations it lists is in
//! `enforce::banner`.

use std::time::SystemTime;

use maud::{Markup, html};
use tower_sso_core::internal::rfc3339;

use crate::pages::{text::insert_organization, words::Words};

/// The banner's style sheet. It affects only the banner, and uses the custom properties `--sso-*` if the page sets
/// them.
pub(crate) const STYLE: &str = include_str!("banner.css");

/// The values that the banner shows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct BannerPage<'a> {
    /// The organizations. The ones that require an SSO login come first.
    pub organizations: &'a [BannerOrganization],
    /// The path of the page that the visitor is on: the hidden field `return_to` of the form that dismisses the banner.
    pub return_to: &'a str,
    /// The address of the banner's style sheet.
    pub style: &'a str,
}

/// An organization on the banner.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BannerOrganization {
    /// The organization's name.
    pub name: String,
    /// The address of the start page, with the return path.
    pub start: String,
    /// The date from which an SSO login is required. `None` if it is required already, or if there is no such date.
    pub until: Option<SystemTime>,
    /// The address to which the form that dismisses the banner posts. `None` if an SSO login is required.
    pub later: Option<String>,
}

/// Renders the banner.
pub(crate) fn render(words: &Words, page: &BannerPage<'_>) -> String {
    html! {
        section.sso-banner role="region" aria-label=(words.banner_label) lang=(words.language) {
            link rel="stylesheet" href=(page.style);
            @for organization in page.organizations {
                div.sso-banner-row {
                    p { (sentence(words, organization)) }
                    div.sso-banner-do {
                        a.sso-banner-button href=(organization.start) {
                            (insert_organization(&words.banner_link, &organization.name))
                        }
                        @if let Some(later) = &organization.later {
                            form method="post" action=(later) {
                                input type="hidden" name="return_to" value=(page.return_to);
                                button type="submit" aria-label={ (words.banner_later) ", " (organization.name) } {
                                    (words.banner_later)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    .into_string()
}

/// Returns what the banner says about one organization.
fn sentence(words: &Words, organization: &BannerOrganization) -> Markup {
    let insert = |text: &str| insert_organization(text, &organization.name);
    match (organization.until, &organization.later) {
        (_, None) => html! { (insert(&words.banner_required)) },
        (None, Some(_)) => html! { (insert(&words.banner_offered)) },
        (Some(until), Some(_)) => {
            let date = rfc3339(until);
            let day = date.split('T').next().unwrap_or_default();
            // Look for the date before inserting the name, because the name may contain any text.
            let (before, after) =
                words.banner_until.split_once("{date}").unwrap_or((&words.banner_until, ""));
            html! { (insert(before)) time datetime=(date) { (day) } (insert(after)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::pages::{DefaultPages, renderer::Pages};

    fn organization(name: &str, until: Option<SystemTime>, later: Option<&str>) -> BannerOrganization {
        let later = later.map(str::to_owned);
        BannerOrganization { name: name.to_owned(), start: "/start".to_owned(), until, later }
    }

    #[test]
    fn the_banner_has_a_sentence_and_links_for_each_organization() {
        let until = Some(UNIX_EPOCH + Duration::from_secs(1_803_859_200));
        let organizations = [
            organization("Acme", None, None),
            organization("Initech", None, Some("/sso/2/later")),
            organization("{date}", until, Some("/sso/3/later")),
        ];
        let page = BannerPage { organizations: &organizations, return_to: "/x", style: "/banner.css" };
        let html = DefaultPages::default().banner(&page);
        for part in [
            "role=\"region\" aria-label=\"Single sign-on\"",
            "<p>Acme requires single sign-on.</p>",
            "<p>Initech offers single sign-on. You can go on without it.</p>",
            "<p>{date} requires single sign-on from <time datetime=\"2027-03-01T00:00:00Z\">2027-03-01</time>.</p>",
            ">Log in with SSO to Acme</a>",
            "aria-label=\"Not now, Initech\">Not now</button>",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert_eq!(html.matches("<form").count(), 2, "{html}");
        for kept_out in ["<script", " style=", "<style", "onclick", "javascript:"] {
            assert!(!html.contains(kept_out), "{kept_out} in {html}");
        }
    }

    #[test]
    fn names_and_addresses_on_the_banner_are_escaped() {
        let evil = "<script>\"'&";
        let organizations = [BannerOrganization {
            name: evil.to_owned(),
            start: evil.to_owned(),
            until: None,
            later: Some(evil.to_owned()),
        }];
        let page = BannerPage { organizations: &organizations, return_to: evil, style: evil };
        let html = DefaultPages::default().banner(&page);
        assert!(html.contains("&lt;script&gt;&quot;") && !html.contains("<script"), "{html}");
    }

    #[test]
    fn the_words_of_the_banner_can_be_replaced() {
        let words = Words { banner_later: "Später".into(), language: "de".into(), ..Words::default() };
        let organizations = [organization("Acme", None, Some("/l"))];
        let page = BannerPage { organizations: &organizations, return_to: "/x", style: "/banner.css" };
        let html = DefaultPages::words(words).banner(&page);
        assert!(html.contains("lang=\"de\"") && html.contains(">Später</button>"), "{html}");
    }
}
