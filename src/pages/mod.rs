//! The pages that visitors see: plain HTML that works without scripts, with a strict content security policy.
//!
//! - An app can translate or reword the default pages ([`Words`]), add a style sheet ([`DefaultPages::style_sheet`]),
//!   or render pages itself ([`Pages`]).
//! - The headers are not up to the renderer: they are added afterwards, and a page is never sent without a content
//!   security policy.
//! - The default pages escape every value. A renderer of the app must do so too, because administrators choose the
//!   names.
//!
//! Change the words that differ, and keep the others. `{organization}` is replaced by the organization's name:
//!
//! ```
//! use tower_sso::{SsoBuilder, pages::{DefaultPages, Words}};
//!
//! fn german(builder: SsoBuilder) -> SsoBuilder {
//!     let mut words = Words::default();
//!     words.language = "de".into();
//!     words.start_title = "Anmeldung bei {organization}".into();
//!     words.start_button = "Weiter".into();
//!     builder.pages(DefaultPages::words(words).style_sheet("/sso.css"))
//! }
//! ```

// | what | where |
// |---|---|
// | the trait that renders the pages | `renderer` |
// | the values that each page shows | `page_values`, `banner`, `join`, `tokens` |
// | all text of the default pages | `words`, with values inserted by `text` |
// | the HTML of the default pages | `default`, `document`, `banner`, `join`, `tokens` |
// | the pages as responses, with their headers | `page_set` |

pub(crate) mod banner;
pub(crate) mod default;
pub(crate) mod document;
pub(crate) mod join;
pub(crate) mod page_set;
pub(crate) mod page_values;
pub(crate) mod renderer;
pub(crate) mod text;
pub(crate) mod tokens;
pub(crate) mod words;

pub use self::{
    banner::{BannerOrganization, BannerPage},
    default::DefaultPages,
    join::JoinPage,
    page_values::{ConfirmPage, ErrorPage, FramedPage, PostPage, ProceedPage, ProceedTo, StartPage},
    renderer::Pages,
    tokens::{TokenRow, TokensPage},
    words::Words,
};
