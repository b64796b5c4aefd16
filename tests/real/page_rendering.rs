//! The hub and the SSO pages as each kind of person sees them, in Chromium, in light and dark: a visitor, a member, a
//! non-member, an external collaborator and an administrator, with both protocols. Every page is photographed, and
//! every text on it must have enough contrast with its background (WCAG 2.2, 1.4.3).

use serde_json::Value;

use crate::{
    chromium::{Chromium, Step},
    hub::Hub,
    users::{DEMO_ORGANIZATIONS, PageTour},
};

/// Finds every text whose contrast is too low, as `text: ratio`. A canvas reads the colors in any notation.
const FAINT: &str = r#"(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
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
  const light = (color) => {
    const [r, g, b] = color.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
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

/// Visits pages, photographs them and checks their contrast.
pub struct PageCheck<'a> {
    pub chromium: &'a mut Chromium,
    pub scheme: &'static str,
}

impl PageCheck<'_> {
    /// Does some steps, then photographs the page and reads it.
    pub async fn at(&mut self, name: &str, steps: Vec<Step>) -> String {
        let picture = Step::Picture(format!("{name}-{}", self.scheme));
        let steps: Vec<_> = steps.into_iter().chain([picture, Step::Evaluate(FAINT.to_owned())]).collect();
        let outcome = self.chromium.run(&steps).await;
        let name = format!("{name}, {}", self.scheme);
        assert_eq!(outcome.values.last(), Some(&Value::Array(Vec::new())), "{name}: the contrast is too low");
        assert_eq!(outcome.errors, [""; 0], "{name}");
        outcome.text
    }

    /// Opens a page and checks that it does not scroll sideways.
    async fn fits(&mut self, name: &str, url: String) {
        self.at(name, vec![Step::Goto(url)]).await;
        let wide = "document.documentElement.scrollWidth".to_owned();
        let outcome = self.chromium.run(&[Step::Evaluate(wide)]).await;
        assert!(outcome.values[0].as_u64().unwrap() <= 360, "{name} scrolls sideways: {:?}", outcome.values);
    }

    /// Signs in to the hub as another person, in a browser without cookies.
    pub async fn sign_in(&mut self, hub: &Hub, button: &'static str, name: &'static str) {
        let sign_in = format!("{}/sign-in", hub.address);
        let steps =
            [Step::DeleteCookies(true), Step::Goto(sign_in), Step::Click(button), Step::WaitForText(name)];
        self.chromium.run(&steps).await;
    }

    /// Goes from the start page through the provider.
    pub async fn log_in(&mut self, email: &str, password: &str, lands: &str) {
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

/// Visits the pages of each kind of person.
async fn everybody(scheme: &'static str) {
    let hub = Hub::start_with(&[]).await;
    let at = |path: &str| format!("{}{path}", hub.address);
    let to = |path: &str| vec![Step::Goto(at(path))];
    let mut chromium = Chromium::start().await;
    chromium.run(&[Step::ColorScheme(scheme), Step::Viewport { width: 1200, height: 900 }]).await;
    let mut look = PageCheck { chromium: &mut chromium, scheme };

    // Nobody is signed in.
    look.at("visitor-home", to("/")).await;
    look.at("visitor-sign-in", to("/sign-in")).await;
    assert!(look.at("visitor-public", to("/acme/website")).await.contains("Row 2"));

    // Each kind of person at an organization, with OpenID Connect and with SAML.
    for place in &DEMO_ORGANIZATIONS {
        PageTour { look: &mut look, hub: &hub, place }.everybody().await;
    }

    // A roll-out from a date: members who are asked from that date, accounts that are never asked, and members who are
    // asked now.
    look.sign_in(&hub, "button[value=niels]", "Niels Abel").await;
    let banner = look.at("pilot-banner", to("/vandelay/latex")).await;
    assert!(banner.contains("Vandelay Industries requires single sign-on from 2099-01-01."), "{banner}");
    assert!(banner.contains("Row 7"), "{banner}");
    look.sign_in(&hub, "button[value=edsger]", "Edsger Dijkstra").await;
    let banner = look.at("optional-banner", to("/vandelay/latex")).await;
    assert!(banner.contains("Vandelay Industries offers single sign-on."), "{banner}");
    look.sign_in(&hub, "button[value=carol]", "Carol Shaw").await;
    let exempt = look.at("exempt", to("/vandelay/latex")).await;
    assert!(exempt.contains("Row 5") && !exempt.contains("Log in with SSO to Vandelay"), "{exempt}");
    look.sign_in(&hub, "button[value=hedy]", "Hedy Lamarr").await;
    look.at("required-start", to("/vandelay/latex")).await;
    look.log_in("hedy@vandelay.example", "vandelay-hedy", &at("/vandelay/latex")).await;

    // Removing an email address also ends the SSO session that depends on it.
    let settings = look.at("addresses", to("/settings")).await;
    assert!(settings.contains("Vandelay Industries a browser"), "{settings}");
    let removed = vec![
        Step::Click("form:has(input[value='hedy@vandelay.example']) button"),
        Step::WaitForText("Nowhere."),
    ];
    look.at("address-removed", removed).await;
    look.at("address-removed-start", to("/vandelay/latex")).await;
    chromium.close().await;
}

#[tokio::test]
async fn every_page_is_readable_in_the_light_color_scheme() {
    everybody("light").await;
}

#[tokio::test]
async fn every_page_is_readable_in_the_dark_color_scheme() {
    everybody("dark").await;
}

#[tokio::test]
async fn every_page_fits_a_telephone() {
    let hub = Hub::start_with(&[]).await;
    let at = |path: &str| format!("{}{path}", hub.address);
    let mut chromium = Chromium::start().await;
    chromium.run(&[Step::ColorScheme("light"), Step::Viewport { width: 360, height: 740 }]).await;
    let mut look = PageCheck { chromium: &mut chromium, scheme: "telephone" };
    look.sign_in(&hub, "button[value=ada]", "Ada Lovelace").await;
    for (name, path) in [("home", "/"), ("settings", "/settings"), ("start", "/acme/profile")] {
        look.fits(name, at(path)).await;
    }
    look.log_in("ada@acme.example", "acme-ada", "/acme/profile").await;
    for (name, path) in [
        ("organization", "/acme"),
        ("repository", "/acme/rocket"),
        ("join-links", "/acme/join-links"),
        ("profile", "/acme/profile"),
        ("activity", "/acme/activity"),
        ("sessions", "/acme/sessions"),
        ("tokens", "/sso/acme/tokens"),
    ] {
        look.fits(name, at(path)).await;
    }
    look.sign_in(&hub, "button[value=grace]", "Grace Hopper").await;
    look.fits("start-saml", at("/globex")).await;
    look.log_in("grace@globex.example", "globex-grace", &at("/globex")).await;
    look.fits("organization-saml", at("/globex")).await;
    look.sign_in(&hub, "button[value=niels]", "Niels Abel").await;
    look.fits("pilot-banner", at("/vandelay/latex")).await;
    chromium.close().await;
}
