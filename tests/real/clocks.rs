//! The app's clock and the provider's clock always differ a little. Within the leeway the difference has no effect.
//! Beyond the leeway, each login is refused for the time in the token that is out of range.

use std::time::Duration;

use serde_json::json;
use tower_sso::{
    login::LoginErrorKind::{self, *},
    oidc::{JwsAlgorithm, OidcSettings, PushedRequests},
};

use crate::{
    organization::Organization,
    running_app::{RunningApp, account},
};

fn leeway(seconds: u64) -> impl Fn(OidcSettings) -> OidcSettings {
    move |settings| settings.leeway(Duration::from_secs(seconds))
}

#[tokio::test]
async fn a_clock_difference_matters_only_beyond_the_leeway() {
    let basic = || Organization::new("");
    let of = |seconds| basic().settings(leeway(seconds));
    let fresh = || basic().settings(|settings| settings.max_age(Duration::from_secs(10)));
    let pushed = |it: Organization| it.settings(|it| it.pushed_requests(PushedRequests::Always));
    // How far the app's clock is ahead, in seconds. ID tokens are valid for two minutes. A few seconds pass during each
    // login.
    let cases: Vec<(i64, Organization, Option<LoginErrorKind>)> = vec![
        (0, basic(), None),
        (5, basic(), None),
        (-5, basic(), None),
        (50, basic(), None),
        (-50, basic(), None),
        (-90, basic(), Some(IssuedAtWrong)),
        (150, basic(), None),
        (190, basic(), Some(TokenExpired)),
        (-30, of(0), Some(IssuedAtWrong)),
        (-30, of(10), Some(IssuedAtWrong)),
        (125, of(0), Some(TokenExpired)),
        (140, of(10), Some(TokenExpired)),
        (-250, of(300), None),
        (380, of(300), None),
        (430, of(300), Some(TokenExpired)),
        (-50, fresh(), None),
        (50, fresh(), None),
        (140, fresh(), Some(AuthTimeTooOld)),
        // What the app signs itself is valid within the same leeway.
        (-250, of(300).authenticates("client_secret_jwt"), None),
        (-250, of(300).signs_with(JwsAlgorithm::Es256), None),
        (-250, pushed(of(300).signs_with(JwsAlgorithm::EdDsa)), None),
        (50, pushed(basic().signs_with(JwsAlgorithm::Rs256)), None),
    ];
    let (mut organizations, mut expected) = (Vec::new(), Vec::new());
    for (at, (ahead, mut organization, refused)) in cases.into_iter().enumerate() {
        organization.name = format!("case-{at}");
        organizations.push(organization);
        expected.push((ahead, refused));
    }
    let settings = json!({ "ttl": { "IdToken": 120 } });
    let (app, _provider) = RunningApp::at(organizations, &[account("ada")], settings).await;
    for (at, (ahead, refused)) in expected.into_iter().enumerate() {
        app.clock.set(ahead);
        let organization = format!("case-{at}");
        match refused {
            None => drop(app.accepts("ada", &organization).await),
            Some(kind) => {
                app.refuses("ada", &organization, kind).await;
                app.clock.set(0);
                app.accepts("ada", &organization).await;
            }
        }
    }
}
