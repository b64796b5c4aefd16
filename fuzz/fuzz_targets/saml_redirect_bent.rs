#![no_main]
use std::sync::LazyLock;

use tower_sso_testing::corpus::BentText;

static SEEDS: LazyLock<BentText> =
    LazyLock::new(|| BentText::of(&tower_sso_saml::fuzz::directory(), "saml_redirect"));

libfuzzer_sys::fuzz_target!(|program: &[u8]| {
    let _verdict = tower_sso_saml::fuzz::saml_redirect(&SEEDS.by(program));
});
