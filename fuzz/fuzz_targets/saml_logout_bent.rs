#![no_main]
use std::sync::LazyLock;

use tower_sso_testing::corpus::{BentMarkup, BentText};

static POSTED: LazyLock<BentMarkup> =
    LazyLock::new(|| BentMarkup::of(&tower_sso_saml::fuzz::directory(), "saml_logout"));
static QUERIES: LazyLock<BentText> =
    LazyLock::new(|| BentText::of(&tower_sso_saml::fuzz::directory(), "saml_logout"));

libfuzzer_sys::fuzz_target!(|program: &[u8]| {
    let (which, program) = program.split_first().unwrap_or((&0, &[]));
    let bytes = if which % 2 == 0 { POSTED.by(program) } else { QUERIES.by(program) };
    let _verdict = tower_sso_saml::fuzz::saml_logout(&bytes);
});
