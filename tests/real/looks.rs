//! The hub and the sign-on pages as everybody meets them, in Chromium, light and dark: a visitor, a member, somebody who
//! is none, an external collaborator, an administrator, by both protocols. Every page is photographed, and every text on
//! it stands out from what is behind it (WCAG 2.2, 1.4.3).

use serde_json::Value;

use crate::{
    chromium::{Chromium, Step},
    hub::Hub,
};

/// Every text whose contrast is too low, as `text: ratio`. Canvas reads the colours, whatever form they are written in.
const FAINT: &str = r#"(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map((part, at) => (at === 3 ? part / 255 : part));
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((part, at) => part * a + below[at] * (1 - a));
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), dark ? [18, 18, 18] : [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const style = getComputedStyle(element);
    if (!node.data.trim() || !element.checkVisibility() || ['SCRIPT', 'STYLE', 'OPTION'].includes(element.tagName)) continue;
    const size = parseFloat(style.fontSize);
    const enough = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const below = behind(element);
    const contrast = ratio(over(rgba(style.color), below), below);
    if (contrast < enough) found.push(`${node.data.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return found;
})()"#;

/// One page: where, and what it is called.
struct Look<'a> {
    chromium: &'a mut Chromium,
    scheme: &'static str,
}

impl Look<'_> {
    /// Does some steps, then photographs the page and reads it.
    async fn at(&mut self, name: &str, steps: Vec<Step>) -> String {
        let picture = Step::Picture(format!("{name}-{}", self.scheme));
        let steps: Vec<_> = steps.into_iter().chain([picture, Step::Evaluate(FAINT.to_owned())]).collect();
        let outcome = self.chromium.run(&steps).await;
        let name = format!("{name}, {}", self.scheme);
        assert_eq!(outcome.values.last(), Some(&Value::Array(Vec::new())), "{name}: too faint");
        assert_eq!(outcome.errors, [""; 0], "{name}");
        outcome.text
    }

    /// Signs in to the hub as another person, in a browser without cookies.
    async fn sign_in(&mut self, hub: &Hub, button: &'static str, name: &'static str) {
        let sign_in = format!("{}/sign-in", hub.address);
        let steps =
            [Step::DeleteCookies(true), Step::Goto(sign_in), Step::Click(button), Step::WaitForText(name)];
        self.chromium.run(&steps).await;
    }

    /// From the start page through the provider.
    async fn sign_on(&mut self, email: &str, password: &str, lands: &str) {
        let steps = [
            Step::Click("main button"),
            Step::WaitForUrl("http://localhost:".to_owned()),
            Step::Fill { selector: "input[name=email]", value: email.to_owned() },
            Step::Fill { selector: "input[name=password]", value: password.to_owned() },
            Step::Press("Enter"),
            Step::WaitForUrl(lands.to_owned()),
        ];
        self.chromium.run(&steps).await;
    }
}

/// Everybody, with their pages.
async fn everybody(scheme: &'static str) {
    let hub = Hub::start_with(&[]).await;
    let at = |path: &str| format!("{}{path}", hub.address);
    let to = |path: &str| vec![Step::Goto(at(path))];
    let mut chromium = Chromium::start().await;
    chromium.run(&[Step::ColorScheme(scheme), Step::Viewport { width: 1200, height: 900 }]).await;
    let mut look = Look { chromium: &mut chromium, scheme };

    // Nobody is signed in.
    look.at("visitor-home", to("/")).await;
    look.at("visitor-sign-in", to("/sign-in")).await;
    assert!(look.at("visitor-public", to("/acme/website")).await.contains("Row 2"));

    // A member, by OpenID Connect and by SAML.
    look.sign_in(&hub, "button[value=grace]", "Grace Hopper").await;
    look.at("member-home", to("/")).await;
    let start = look.at("member-start", to("/acme/rocket")).await;
    assert!(start.contains("Single sign-on to Acme Rockets"), "{start}");
    look.sign_on("grace@acme.example", "acme-grace", &at("/acme/rocket")).await;
    assert!(look.at("member-repository", vec![]).await.contains("Row 6"));
    look.at("member-tokens", to("/sso/acme/tokens")).await;
    look.at("member-settings", to("/settings")).await;
    assert!(look.at("member-offered", to("/globex/handbook")).await.contains("Row 8"));
    look.at("member-start-saml", to("/globex/weather")).await;
    look.sign_on("grace@globex.example", "globex-grace", &at("/globex/weather")).await;
    assert!(look.at("member-repository-saml", vec![]).await.contains("Row 6"));

    // An administrator, of an organization by SAML.
    let tried = |profile: &str| {
        vec![
            Step::Goto(at("/globex/profile")),
            Step::Fill { selector: "textarea[name=profile]", value: profile.to_owned() },
            Step::Click("#try button"),
            Step::WaitForText("What it comes to"),
        ]
    };
    let came = look.at("administrator-profile-saml", tried(r#"{"groups": ["owners"]}"#)).await;
    assert!(came.contains("admin, by the value"), "{came}");

    // Somebody who is no member: public content, and pages that are not theirs.
    look.sign_in(&hub, "button[value=niels]", "Niels Abel").await;
    assert!(look.at("non-member-public", to("/acme/website")).await.contains("Row 4"));
    look.at("non-member-nothing", to("/acme/rocket")).await;
    let refused = look.at("non-member-refused", to("/sso/acme/start")).await;
    assert!(refused.contains("Reference"), "{refused}");
    look.at("non-member-refused-saml", to("/sso/globex/start")).await;

    // An external collaborator.
    look.sign_in(&hub, "button[value=carol]", "Carol Shaw").await;
    assert!(look.at("collaborator-repository", to("/acme/telemetry")).await.contains("Row 5"));
    look.at("collaborator-nothing", to("/acme/rocket")).await;

    // An administrator, by OpenID Connect.
    look.sign_in(&hub, "button[value=ada]", "Ada Lovelace").await;
    look.at("administrator-start", to("/acme")).await;
    look.sign_on("ada@acme.example", "acme-ada", &at("/acme")).await;
    look.at("administrator-organization", vec![]).await;
    look.at("administrator-profile", to("/acme/profile")).await;
    let problem = vec![
        Step::Fill { selector: "textarea[name=profile]", value: "groups: flight".to_owned() },
        Step::Click("#try button"),
        Step::WaitForText("That is no JSON object"),
    ];
    look.at("administrator-profile-problem", problem).await;
    let unknown = vec![
        Step::Fill { selector: "textarea[name=profile]", value: r#"{"groups": {"a": 1}}"#.to_owned() },
        Step::Click("#try button"),
        Step::WaitForText("unknown: it stays as it is"),
    ];
    look.at("administrator-profile-unknown", unknown).await;
    look.at("administrator-sessions", to("/acme/sessions")).await;
    // The newest is Ada's own; the one below it is Grace's.
    let ended = vec![Step::Click("tbody tr:nth-child(2) button"), Step::Goto(at("/acme/activity"))];
    let activity = look.at("administrator-activity", ended).await;
    assert!(activity.contains("session.revoked") && activity.contains("127.0.0.0/24"), "{activity}");
    let authorised = vec![
        Step::Goto(at("/sso/acme/tokens")),
        Step::Click("button[value=authorise]"),
        Step::WaitForText("Authorised until"),
    ];
    look.at("administrator-tokens", authorised).await;
    look.at("administrator-banner", to("/initech/tps-reports")).await;
    chromium.close().await;
}

#[tokio::test]
async fn everybodys_pages_are_readable_in_the_light() {
    everybody("light").await;
}

#[tokio::test]
async fn everybodys_pages_are_readable_in_the_dark() {
    everybody("dark").await;
}

#[tokio::test]
async fn the_pages_fit_a_telephone() {
    let hub = Hub::start_with(&[]).await;
    let mut chromium = Chromium::start().await;
    chromium.run(&[Step::ColorScheme("light"), Step::Viewport { width: 360, height: 740 }]).await;
    let mut look = Look { chromium: &mut chromium, scheme: "telephone" };
    look.sign_in(&hub, "button[value=ada]", "Ada Lovelace").await;
    for (name, path) in [("home", "/"), ("settings", "/settings"), ("start", "/acme/profile")] {
        look.at(name, vec![Step::Goto(format!("{}{path}", hub.address))]).await;
    }
    look.sign_on("ada@acme.example", "acme-ada", "/acme/profile").await;
    for (name, path) in [
        ("organization", "/acme"),
        ("profile", "/acme/profile"),
        ("activity", "/acme/activity"),
        ("sessions", "/acme/sessions"),
        ("tokens", "/sso/acme/tokens"),
    ] {
        look.at(name, vec![Step::Goto(format!("{}{path}", hub.address))]).await;
        let wide = "document.documentElement.scrollWidth".to_owned();
        let outcome = look.chromium.run(&[Step::Evaluate(wide)]).await;
        assert!(outcome.values[0].as_u64().unwrap() <= 360, "{name} scrolls sideways: {:?}", outcome.values);
    }
    chromium.close().await;
}
