//! Verifies a response: `cargo run --example verify -- METADATA.xml RESPONSE.xml REQUEST-ID [SECONDS-SINCE-1970]`.

use std::{
    env,
    error::Error,
    fs,
    io::{Write as _, stdout},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_saml::{IdpMetadata, ServiceProvider, Settings, SpAddresses};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [metadata, response, request_id, at @ ..] = &*arguments else {
        return Err("usage: verify METADATA.xml RESPONSE.xml REQUEST-ID [SECONDS-SINCE-1970]".into());
    };
    let now = match at.first() {
        Some(at) => UNIX_EPOCH + Duration::from_secs(at.parse()?),
        None => SystemTime::now(),
    };
    let idp = IdpMetadata::parse(&fs::read_to_string(metadata)?, None)?;
    let sp = ServiceProvider::new(Settings::default())?;
    let page = |name: &str| format!("https://hub.example/sso/1/saml/{name}");
    let addresses = SpAddresses { metadata: page("metadata"), acs: page("acs"), slo: page("slo") };
    let login = sp.login_of(request_id, &addresses, now);
    let decoded = sp.decode_response(Some(&login), &STANDARD.encode(fs::read(response)?))?;
    let assertion = sp.validate_response(&idp, &decoded, Some(&login), &addresses, now)?;
    writeln!(stdout(), "{:#?}", assertion.into_parts())?;
    Ok(())
}
