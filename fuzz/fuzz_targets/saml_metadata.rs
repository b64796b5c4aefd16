#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _verdict = tower_sso_saml::fuzz::saml_metadata(bytes);
});
