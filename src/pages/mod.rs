//! The pages that visitors see: plain HTML that works without scripts, with a strict content security policy.
//!
//! An app can translate or reword the default pages ([`Words`]), or render pages itself ([`Pages`]). The headers are
//! not up to the renderer: they are added afterwards, and a page is never sent without a content security policy.
//!
//! | what | where |
//! |---|---|
//! | the trait that renders the pages | `renderer` |
//! | the values that each page shows | `page_values`, `banner`, `join`, `tokens` |
//! | all text of the default pages | `words`, with values inserted by `text` |
//! | the HTML of the default pages | `default`, `document`, `banner`, `join`, `tokens` |
//! | the pages as responses, with their headers | `page_set` |

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
