#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _verdict = tower_sso::fuzz::oidc_id_token_bent(bytes);
});
