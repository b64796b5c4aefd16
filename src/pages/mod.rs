//! The pages that visitors see: plain HTML that works without scripts, with a strict content security policy.
//!
//! `shown` has the values of each page, `words` has the text, `default` and its siblings render the default pages,
//! and `set` adds the headers.

pub(crate) mod banner;
pub(crate) mod default;
pub(crate) mod document;
pub(crate) mod join;
pub(crate) mod renderer;
pub(crate) mod set;
pub(crate) mod shown;
pub(crate) mod text;
pub(crate) mod tokens;
pub(crate) mod words;

pub use self::{
    banner::{BannerOrganization, BannerPage},
    default::DefaultPages,
    join::JoinPage,
    renderer::Pages,
    shown::{ConfirmPage, ErrorPage, FramedPage, PostPage, ProceedPage, ProceedTo, StartPage},
    tokens::{TokenRow, TokensPage},
    words::Words,
};
