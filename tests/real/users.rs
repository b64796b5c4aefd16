//! What each kind of person does at an organization: one list of steps for both protocols.

use crate::{chromium::Step, hub::Hub, page_rendering::PageCheck};

/// An organization of the demonstration, and who is who there.
pub struct DemoOrganization {
    pub slug: &'static str,
    pub name: &'static str,
    /// The protocol, for the names of pictures.
    pub protocol: &'static str,
    pub member: DemoUser,
    pub administrator: DemoUser,
    /// Repositories: for members, for collaborators too, and for everyone.
    private: &'static str,
    shared: &'static str,
    public: &'static str,
    /// What a member who has not logged in with SSO sees of public content.
    public_to_member: &'static str,
    /// A profile that makes a user an administrator.
    administrates: &'static str,
}

pub struct DemoUser {
    pub button: &'static str,
    pub name: &'static str,
    pub email: &'static str,
    pub password: &'static str,
}

pub const DEMO_ORGANIZATIONS: [DemoOrganization; 2] = [
    DemoOrganization {
        slug: "acme",
        name: "Acme Rockets",
        protocol: "oidc",
        member: DemoUser {
            button: "button[value=grace]",
            name: "Grace Hopper",
            email: "grace@acme.example",
            password: "acme-grace",
        },
        administrator: DemoUser {
            button: "button[value=ada]",
            name: "Ada Lovelace",
            email: "ada@acme.example",
            password: "acme-ada",
        },
        private: "rocket",
        shared: "telemetry",
        public: "website",
        public_to_member: "Single sign-on to Acme Rockets",
        administrates: r#"{"groups": ["admins"]}"#,
    },
    DemoOrganization {
        slug: "globex",
        name: "Globex",
        protocol: "saml",
        member: DemoUser {
            button: "button[value=hedy]",
            name: "Hedy Lamarr",
            email: "hedy@globex.example",
            password: "globex-hedy",
        },
        administrator: DemoUser {
            button: "button[value=grace]",
            name: "Grace Hopper",
            email: "grace@globex.example",
            password: "globex-grace",
        },
        private: "weather",
        shared: "forecasts",
        public: "handbook",
        public_to_member: "Row 8",
        administrates: r#"{"groups": ["owners"]}"#,
    },
];

const NOTHING: &str = "There is no such page, or it is not yours to see.";

/// A walk through an organization's pages.
pub struct PageTour<'a, 'b> {
    pub look: &'a mut PageCheck<'b>,
    pub hub: &'a Hub,
    pub place: &'a DemoOrganization,
}

impl PageTour<'_, '_> {
    /// Visits the pages of each kind of person, in an order in which the administrator sees what the member has done.
    pub async fn everybody(&mut self) {
        self.member().await;
        self.non_member().await;
        self.collaborator().await;
        self.administrator().await;
        self.step_up().await;
    }

    /// Returns a path below the organization's.
    fn at(&self, path: &str) -> String {
        format!("{}/{}{path}", self.hub.address, self.place.slug)
    }

    /// Returns the address of an SSO page.
    fn sso(&self, page: &str) -> String {
        format!("{}/sso/{}/{page}", self.hub.address, self.place.slug)
    }

    /// Opens a page, photographs it, and asserts that it contains this text.
    async fn sees(&mut self, name: &str, url: String, says: &str) -> String {
        self.does(name, vec![Step::Goto(url)], says).await
    }

    async fn does(&mut self, name: &str, steps: Vec<Step>, says: &str) -> String {
        let name = format!("{name}-{}", self.place.protocol);
        let text = self.look.at(&name, steps).await;
        assert!(text.contains(says), "{name}: {text}");
        text
    }

    async fn is_signed_in(&mut self, person: &DemoUser) {
        self.look.sign_in(self.hub, person.button, person.name).await;
    }

    async fn member(&mut self) {
        let place = self.place;
        self.is_signed_in(&place.member).await;
        self.sees("member-home", self.hub.address.clone(), "SSO login required").await;
        self.sees("member-public", self.at(&format!("/{}", place.public)), place.public_to_member).await;
        let private = self.at(&format!("/{}", place.private));
        let asked = format!("Single sign-on to {}", place.name);
        self.sees("member-start", private.clone(), &asked).await;
        self.look.log_in(place.member.email, place.member.password, &private).await;
        self.does("member-repository", vec![], "Row 6").await;
        // The member authorizes a token. Only this gives the token access.
        let settings = format!("{}/settings", self.hub.address);
        let made = vec![
            Step::Goto(settings),
            Step::Fill { selector: "#name", value: "laptop".to_owned() },
            Step::Click("#new-token button"),
            Step::WaitForText("Your new token"),
        ];
        self.does("member-token", made, place.name).await;
        let outcome = self.look.chromium.run(&[Step::Text("#token")]).await;
        let token = outcome.values[0].as_str().unwrap().to_owned();
        assert_eq!(self.status_with(&token).await, 401);
        let authorized = vec![
            Step::Goto(self.sso("tokens")),
            Step::Click("button[value=authorise]"),
            Step::WaitForText("Authorized until"),
        ];
        self.does("member-tokens", authorized, "laptop").await;
        assert_eq!(self.status_with(&token).await, 200);
        for page in
            ["/sessions", "/activity", "/join-links", "/profile", &format!("/{}/delete", place.private)]
        {
            let outcome = self.look.chromium.run(&[Step::Goto(self.at(page))]).await;
            assert!(outcome.text.contains(NOTHING), "{page}: {}", outcome.text);
        }
    }

    /// Returns the status of the API's answer about the organization's repositories.
    async fn status_with(&self, token: &str) -> u16 {
        let list = format!("{}/api/orgs/{}/repos", self.hub.address, self.place.slug);
        reqwest::Client::new().get(list).bearer_auth(token).send().await.unwrap().status().as_u16()
    }

    /// Public content, and pages that the account may not see.
    async fn non_member(&mut self) {
        let place = self.place;
        self.look.sign_in(self.hub, "button[value=niels]", "Niels Abel").await;
        self.sees("non-member-public", self.at(&format!("/{}", place.public)), "Row 4").await;
        self.sees("non-member-nothing", self.at(&format!("/{}", place.private)), NOTHING).await;
        self.sees("non-member-organization", self.at(""), "Row 4").await;
        self.sees("non-member-refused", self.sso("start"), "Reference").await;
    }

    async fn collaborator(&mut self) {
        let place = self.place;
        self.look.sign_in(self.hub, "button[value=carol]", "Carol Shaw").await;
        self.sees("collaborator-repository", self.at(&format!("/{}", place.shared)), "Row 5").await;
        self.sees("collaborator-nothing", self.at(&format!("/{}", place.private)), NOTHING).await;
        self.sees("collaborator-organization", self.at(""), "external collaborator of").await;
    }

    async fn administrator(&mut self) {
        let place = self.place;
        self.is_signed_in(&place.administrator).await;
        self.sees("administrator-start", self.at(""), place.name).await;
        self.look.log_in(place.administrator.email, place.administrator.password, &self.at("")).await;
        let repository = format!("{}/{}", place.slug, place.private);
        self.does("administrator-organization", vec![], &repository).await;
        let tried = |profile: &str, says: &'static str| {
            vec![
                Step::Fill { selector: "textarea[name=profile]", value: profile.to_owned() },
                Step::Click("#try button"),
                Step::WaitForText(says),
            ]
        };
        self.sees("administrator-profile", self.at("/profile"), "Try a profile").await;
        let problem = tried("groups: flight", "That is no JSON object");
        self.does("administrator-profile-problem", problem, "").await;
        let unknown = tried(r#"{"groups": {"a": 1}}"#, "unknown: the role does not change");
        self.does("administrator-profile-unknown", unknown, "").await;
        let came = tried(place.administrates, "What it comes to");
        self.does("administrator-profile-came", came, "admin, by the value").await;
        self.sees("administrator-sessions", self.at("/sessions"), place.member.name).await;
        // The newest session is the administrator's own. Below it are the token's and then the member's.
        let ended = vec![
            Step::Click("tbody tr:nth-child(2) form:nth-of-type(2) button"),
            Step::Goto(self.at("/activity")),
        ];
        let activity = self.does("administrator-activity", ended, "session.revoked").await;
        assert!(activity.contains("127.0.0.0/24"), "{activity}");
        let sessions = self.sees("administrator-sessions-ended", self.at("/sessions"), "Sessions").await;
        assert!(!sessions.contains(place.member.name), "{sessions}");
        let made = vec![
            Step::Goto(self.at("/join-links")),
            Step::Click("#make button"),
            Step::WaitForText("Your new join link"),
        ];
        self.does("administrator-join-links", made, place.administrator.name).await;
    }

    /// The administrator deletes a repository, which requires an SSO login with another context class.
    async fn step_up(&mut self) {
        let place = self.place;
        let delete = self.at(&format!("/{}/delete", place.private));
        let asked = vec![Step::Goto(delete.clone()), Step::WaitForUrl("acr_values=".to_owned())];
        self.does("administrator-step-up", asked, place.name).await;
        self.look.log_in(place.administrator.email, place.administrator.password, &delete).await;
        self.does("administrator-delete", vec![], "Row 6").await;
        let deleted = vec![Step::Click("#delete button"), Step::WaitForText("Repositories")];
        let left = self.does("administrator-deleted", deleted, place.shared).await;
        assert!(!left.contains(&format!("{}/{}", place.slug, place.private)), "{left}");
        self.sees("administrator-deleted-nothing", self.at(&format!("/{}", place.private)), NOTHING).await;
    }
}
