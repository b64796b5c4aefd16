#![no_main]
use std::sync::LazyLock;

use tower_sso_testing::corpus::BentMarkup;

static SEEDS: LazyLock<BentMarkup> =
    LazyLock::new(|| BentMarkup::of(&tower_sso_saml::fuzz::directory(), "saml_metadata"));

libfuzzer_sys::fuzz_target!(|program: &[u8]| {
    let _verdict = tower_sso_saml::fuzz::saml_metadata(&SEEDS.by(program));
});
