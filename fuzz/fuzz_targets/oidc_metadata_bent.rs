#![no_main]
use std::sync::LazyLock;

use tower_sso_testing::corpus::BentText;

static SEEDS: LazyLock<BentText> =
    LazyLock::new(|| BentText::of(&tower_sso_oidc::fuzz::directory(), "oidc_metadata"));

libfuzzer_sys::fuzz_target!(|program: &[u8]| {
    let _verdict = tower_sso_oidc::fuzz::oidc_metadata(&SEEDS.by(program));
});
