//! The hub as a person uses it: started with its one command, in Chromium. Every page is photographed into
//! `screenshots/` under the target directory.

use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    chromium::{Chromium, Step},
    example::built,
};

/// A running hub. Dropping this value ends it.
pub struct Hub {
    pub address: String,
    /// The join links that the hub prints.
    join_links: Vec<String>,
    process: Child,
}

impl Hub {
    async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts it with more arguments.
    pub async fn start_with(arguments: &[&str]) -> Self {
        Self::start_in(arguments, &[]).await
    }

    /// Starts it with more environment variables, and without any exemption from a proxy.
    pub async fn start_in(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(built("hub").await);
        command
            .args(["--listen", "127.0.0.1:0", "--store", "memory"])
            // Of an option that is given twice, the last one counts.
            .args(arguments)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .envs(environment.iter().copied());
        Self::run(command).await
    }

    /// Runs a command that starts it.
    pub async fn run(command: Command) -> Self {
        Self::try_run(command).await.unwrap_or_else(|ended| panic!("the hub did not start: {ended}"))
    }

    /// Runs a command that starts it, or that ends because the hub refuses to run.
    pub async fn try_run(mut command: Command) -> Result<Self, ExitStatus> {
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (mut said, mut join_links) = (None, Vec::new());
        let address = timeout(Duration::from_secs(600), async {
            while let Some(line) = lines.next_line().await.unwrap() {
                let line = line.trim();
                said =
                    said.take().or(line.strip_prefix("Hub is at").map(|address| address.trim().to_owned()));
                join_links.extend(line.contains("/join?link=").then(|| line.to_owned()));
                if let Some(address) = said.take_if(|_| line.starts_with("Ctrl-C")) {
                    return Ok(address);
                }
            }
            Err(process.wait().await.unwrap())
        })
        .await
        .unwrap()?;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { address, join_links, process })
    }

    /// Kills it, without a warning, and waits until it is gone.
    pub async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    fn join_link(&self, organization: &str) -> String {
        let path = format!("/sso/{organization}/join?link=");
        self.join_links.iter().find(|link| link.contains(&path)).unwrap().clone()
    }
}

#[tokio::test]
async fn a_member_logs_in_with_chromium_and_stays_logged_in() {
    let hub = Hub::start().await;
    let at = |path: &str| format!("{}{path}", hub.address);
    let mut chromium = Chromium::start().await;
    let outcome = chromium
        .run(&[
            Step::Viewport { width: 1200, height: 900 },
            Step::Goto(at("/")),
            Step::Screenshot("hub-home-visitor"),
            Step::Goto(at("/sign-in")),
            Step::Screenshot("hub-sign-in"),
            Step::Click("button[value=grace]"),
            Step::WaitForText("Grace Hopper"),
            Step::Goto(at("/")),
            Step::Screenshot("hub-home-member"),
            // Public content of an organization that opened it, then a page that needs an SSO login.
            Step::Goto(at("/globex/handbook")),
            Step::Screenshot("hub-public-offered"),
            Step::Goto(at("/acme/rocket?tab=readme")),
            Step::WaitForUrl("/start?return_to=".to_owned()),
            Step::Screenshot("sso-start"),
            Step::Click("main button"),
            Step::WaitForUrl("http://localhost:".to_owned()),
            Step::Screenshot("provider-sign-in"),
            Step::Fill { selector: "input[name=email]", value: "grace@acme.example".to_owned() },
            Step::Fill { selector: "input[name=password]", value: "acme-grace".to_owned() },
            Step::Press("Enter"),
            Step::WaitForUrl(at("/acme/rocket?tab=readme")),
            Step::Screenshot("hub-repository"),
            Step::Goto(at("/acme/telemetry")),
            Step::Screenshot("hub-repository-after"),
        ])
        .await;
    assert_eq!(outcome.url, at("/acme/telemetry"), "{}", outcome.text);
    assert!(outcome.text.contains("telemetry"), "{}", outcome.text);
    assert_eq!(
        outcome.errors,
        Vec::<String>::new(),
        "there is no exception and no violation of a content security policy"
    );
    let finish = outcome.requests.iter().find(|it| it.url.contains("/finish?ticket=")).unwrap();
    assert!(finish.headers.contains_key("cookie"), "the finish request carries the hub's login cookie");

    // An SSO login at another organization does not count here, and signing out ends it.
    let outcome = chromium
        .run(&[
            Step::Goto(at("/globex/weather")),
            Step::WaitForUrl("/start?return_to=".to_owned()),
            Step::Goto(at("/sso/nobody/start")),
            Step::Screenshot("sso-error"),
            Step::Goto(at("/settings")),
            Step::Screenshot("hub-settings"),
            Step::Goto(at("/sso/acme/tokens")),
            Step::WaitForText("API tokens for Acme Rockets"),
            Step::Screenshot("sso-tokens"),
        ])
        .await;
    assert_eq!(outcome.errors, Vec::<String>::new());
    chromium.close().await;
}

#[tokio::test]
async fn the_hub_works_without_script() {
    let hub = Hub::start().await;
    let at = |path: &str| format!("{}{path}", hub.address);
    let mut chromium = Chromium::without_script().await;
    let outcome = chromium
        .run(&[
            Step::Goto(at("/sign-in")),
            Step::Click("button[value=ada]"),
            Step::WaitForText("Ada Lovelace"),
            Step::Goto(at("/acme/rocket")),
            Step::Click("main button"),
            Step::WaitForUrl("http://localhost:".to_owned()),
            Step::Fill { selector: "input[name=email]", value: "ada@acme.example".to_owned() },
            Step::Fill { selector: "input[name=password]", value: "acme-ada".to_owned() },
            Step::Press("Enter"),
            Step::WaitForUrl(at("/acme/rocket")),
            Step::Goto(at("/acme/sessions")),
            Step::Screenshot("hub-sessions"),
            Step::Goto(at("/sso/acme/tokens")),
            Step::Click("button[value=authorise]"),
            Step::WaitForText("Authorized until"),
            Step::Screenshot("sso-tokens-authorised"),
            Step::Goto(at("/acme/rocket")),
            Step::WaitForText("Initech offers single sign-on"),
            Step::Screenshot("hub-banner"),
        ])
        .await;
    assert!(outcome.text.contains("rocket"), "{}", outcome.text);
    assert_eq!(outcome.errors, Vec::<String>::new());
    // The visitor dismisses the banner, and the page that showed it is open again.
    let outcome = chromium
        .run(&[
            Step::Click(".sso-banner button"),
            Step::WaitForUrl(at("/acme/rocket")),
            Step::Goto(at("/initech")),
            Step::Screenshot("hub-banner-put-off"),
        ])
        .await;
    assert!(outcome.text.contains("Row 7"), "{}", outcome.text);
    assert!(!outcome.text.contains("offers single sign-on"), "{}", outcome.text);
    assert_eq!(outcome.errors, Vec::<String>::new());
    chromium.close().await;
}

/// Goes from a page of the hub through the provider. Without scripts, a posted response needs one more button.
fn by_provider(organization: &str, person: &str, script: bool) -> Vec<Step> {
    let (email, password) = (format!("{person}@{organization}.example"), format!("{organization}-{person}"));
    let mut steps = vec![
        Step::Click("main button"),
        Step::WaitForUrl("http://localhost:".to_owned()),
        Step::Fill { selector: "input[name=email]", value: email },
        Step::Fill { selector: "input[name=password]", value: password },
        Step::Press("Enter"),
    ];
    if organization == "globex" && !script {
        steps.push(Step::Click("form[action$='/saml/acs'] button"));
    }
    steps
}

/// The hub's pages have `form-action 'self'`, which Chromium applies to every redirect after a form.
#[tokio::test]
async fn a_logout_by_redirect_works_from_a_page_of_the_hub() {
    let hub = Hub::start().await;
    let at = |path: &str| format!("{}{path}", hub.address);
    for script in [true, false] {
        let mut chromium = if script { Chromium::start().await } else { Chromium::without_script().await };
        let comes = [
            Step::Goto(at("/sign-in")),
            Step::Click("button[value=grace]"),
            Step::WaitForText("Grace Hopper"),
            Step::Goto(at("/globex/weather")),
            Step::WaitForUrl("/start?return_to=".to_owned()),
        ];
        let leaves = [
            Step::WaitForUrl(at("/globex/weather")),
            Step::Goto(at("/globex")),
            Step::Click("#end-sso button"),
            Step::WaitForUrl("/sso/globex/start".to_owned()),
        ];
        let by = by_provider("globex", "grace", script);
        let steps: Vec<_> = comes.into_iter().chain(by).chain(leaves).collect();
        let outcome = chromium.run(&steps).await;
        assert_eq!(outcome.errors, Vec::<String>::new(), "script: {script}");
        let sent = |part: &str| outcome.requests.iter().find(|it| it.url.contains(part));
        let logout = sent("/sso/globex/saml/logout").unwrap();
        assert_eq!((logout.method.as_str(), logout.status), ("POST", Some(200)), "script: {script}");
        let asked = sent("/saml/slo?SAMLRequest=").unwrap();
        assert!(asked.url.starts_with("http://localhost:"), "{}", asked.url);
        assert!(sent("/sso/globex/saml/slo?SAMLResponse=").is_some(), "script: {script}");
        // The provider's session is over too: it asks who the user is.
        let again = [
            Step::Click("main button"),
            Step::WaitForUrl("http://localhost:".to_owned()),
            Step::Fill { selector: "input[name=password]", value: "globex-grace".to_owned() },
        ];
        chromium.run(&again).await;
        chromium.close().await;
    }
}

#[tokio::test]
async fn an_oidc_login_begins_from_a_form_on_a_page_of_the_hub() {
    let hub = Hub::start().await;
    let at = |path: &str| format!("{}{path}", hub.address);
    let mut chromium = Chromium::start().await;
    let form =
        "const form = document.createElement('form'); form.method = 'post'; form.action = '/sso/acme/begin';
        form.id = 'ours'; form.append(document.createElement('button')); document.body.append(form); 0";
    let outcome = chromium
        .run(&[
            Step::Goto(at("/sign-in")),
            Step::Click("button[value=grace]"),
            Step::WaitForText("Grace Hopper"),
            Step::Evaluate(form.to_owned()),
            Step::Evaluate("document.querySelector('#ours button').click()".to_owned()),
            Step::WaitForUrl("http://localhost:".to_owned()),
            Step::Fill { selector: "input[name=email]", value: "grace@acme.example".to_owned() },
        ])
        .await;
    assert_eq!(outcome.errors, Vec::<String>::new());
    chromium.close().await;
}

#[tokio::test]
async fn visitors_and_accounts_join_by_a_link_in_chromium_without_script() {
    let hub = Hub::start().await;
    for (organization, name, administrator) in
        [("acme", "Acme Rockets", "button[value=ada]"), ("globex", "Globex", "button[value=grace]")]
    {
        joins(&hub, organization, name, administrator).await;
    }
}

async fn joins(hub: &Hub, organization: &str, name: &str, administrator: &'static str) {
    let at = |path: &str| format!("{}{path}", hub.address);
    let pictured = |page: &str| Step::Picture(format!("{page}-{organization}"));
    let link = hub.join_link(organization);
    let home = format!("/{organization}");
    let mut chromium = Chromium::without_script().await;
    let visits = [
        Step::Viewport { width: 1200, height: 900 },
        Step::Goto(link.clone()),
        Step::WaitForText("I have an account here"),
        pictured("sso-join-visitor"),
    ];
    let registers = [
        Step::WaitForUrl(at("/register?ticket=")),
        pictured("hub-register"),
        Step::Fill { selector: "#password", value: "a good password".to_owned() },
        Step::Press("Enter"),
        Step::WaitForUrl(at(&home)),
        Step::WaitForText("Row 6"),
        pictured("hub-joined"),
    ];
    let by = by_provider(organization, "barbara", false);
    let steps: Vec<_> = visits.into_iter().chain(by).chain(registers).collect();
    let outcome = chromium.run(&steps).await;
    assert!(outcome.text.contains(&format!("member of {name}")), "{}", outcome.text);
    assert_eq!(outcome.errors, Vec::<String>::new());
    let sent = |part: &str| outcome.requests.iter().find(|it| it.url.contains(part)).unwrap();
    let cookie = |part: &str| sent(part).headers.get("cookie").cloned().unwrap_or_default();
    assert!(cookie("/join/finish?ticket=").contains("sso_join_"), "the finish is bound to the browser");
    assert!(cookie("/join/claim?ticket=").contains("sso_join_"));
    // The cookies of the login are gone, and from now on the link starts an ordinary SSO login.
    let outcome = chromium.run(&[Step::Cookies(at("/")), Step::Goto(link.clone())]).await;
    assert!(!outcome.values[0].to_string().contains("sso_join_"), "{}", outcome.values[0]);
    assert!(outcome.url.contains(&format!("/sso/{organization}/start")), "{}", outcome.url);
    chromium.close().await;

    let mut chromium = Chromium::start().await;
    let comes = [
        Step::Goto(at("/sign-in")),
        Step::Click("button[value=edsger]"),
        Step::WaitForText("Edsger Dijkstra"),
        Step::Goto(link),
        Step::WaitForText("edsger@"),
        pictured("sso-join-account"),
    ];
    let by = by_provider(organization, "edsger", true);
    let arrives = [Step::WaitForUrl(at(&home)), Step::WaitForText("Row 6")];
    let steps: Vec<_> = comes.into_iter().chain(by).chain(arrives).collect();
    let outcome = chromium.run(&steps).await;
    // At Acme the role comes from the provider. At Globex, whose provider says nothing, it comes from the invitation.
    assert!(outcome.text.contains(&format!("maintainer of {name}")), "{}", outcome.text);
    assert_eq!(outcome.errors, Vec::<String>::new());
    // An administrator sees the link and its uses.
    let comes = [
        Step::NewPage(true),
        Step::DeleteCookies(true),
        Step::Goto(at(&format!("/sign-in?return_to={home}/join-links"))),
        Step::Click(administrator),
    ];
    let who = if organization == "acme" { "ada" } else { "grace" };
    let makes = [
        Step::WaitForUrl(at(&format!("{home}/join-links"))),
        Step::Click("#make button"),
        Step::WaitForText("Your new join link"),
        pictured("hub-join-links"),
    ];
    let by = by_provider(organization, who, true);
    let steps: Vec<_> = comes.into_iter().chain(by).chain(makes).collect();
    let outcome = chromium.run(&steps).await;
    assert!(outcome.text.contains("used by 2"), "{}", outcome.text);
    assert_eq!(outcome.errors, Vec::<String>::new());
    chromium.close().await;
}
