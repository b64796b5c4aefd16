//! The HTML document around the content of a page: the head, the style sheets, and the element `main`.

use maud::{DOCTYPE, Markup, html};

use crate::pages::words::Words;

/// Renders a whole document. `style` is the address of the crate's style sheet, and `own_style` of the app's.
/// `refresh` is the address to which the browser continues without a click.
pub(crate) fn document(
    words: &Words,
    own_style: Option<&str>,
    style: &str,
    title: &str,
    refresh: Option<&str>,
    main: &Markup,
) -> String {
    html! {
        (DOCTYPE)
        html lang=(words.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                @if let Some(next) = refresh {
                    meta http-equiv="refresh" content=(format!("0; url={next}"));
                }
                title { (title) }
                link rel="stylesheet" href=(style);
                @if let Some(own) = own_style {
                    link rel="stylesheet" href=(own);
                }
            }
            body { main { (main) } }
        }
    }
    .into_string()
}
