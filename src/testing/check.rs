//! [`DirectoryCheck`]: checks an app's directory in one call.

use std::time::Duration;

use http::{Request, request::Parts};
use tower_sso_core::{AccountId, Lookup, LookupError, OrgId, OrgSlug, internal::random_token};

use crate::{
    directory::{app::Directory, membership::Membership, outcome::CompletedLogin, viewer::Viewer},
    identity::Profile,
    login::email::normalize,
    request_head::RequestHead,
    testing::{findings::DirectoryFindings, organization_ids::check_organization_ids},
};

/// How long a lookup may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Checks an app's [`Directory`] in one call. **For tests only.**
///
/// The check asks the directory what tower-sso would ask, and compares the answers with what the test knows about its
/// data:
///
/// 1. [`organization`](Directory::organization) answers the stored id, for each spelling of a slug
///    ([`check_organization_ids`]), and `None` for a slug that does not exist.
/// 2. [`verified_emails`](Directory::verified_emails) answers the verified addresses of an account, and no other.
///    [`membership`](Directory::membership) of an account that does not exist is never a member.
/// 3. [`viewer`](Directory::viewer) answers [`Viewer::NotEstablished`] for a request that the app's authentication has
///    not seen, and the right account for one that it has seen.
/// 4. If the directory can't look anything up, every verb answers `Err`, and never "no". For this, the test passes a
///    *failing twin*: the same type of directory over a database that is down, for example over a closed pool.
///
/// [`Directory::apply`] is called on the failing twin only.
///
/// ```
/// use std::collections::HashMap;
///
/// use tower_sso::{
///     AccountId, ApplyOutcome, CompletedLogin, Directory, Lookup, LookupError, Membership, OrgId, OrgSlug,
///     RequestHead, Viewer, testing::DirectoryCheck,
/// };
///
/// /// The app's directory. `tables` is `None` while the database is down.
/// struct App {
///     tables: Option<Tables>,
/// }
///
/// struct Tables {
///     organizations: HashMap<String, u64>,
///     members: Vec<(&'static str, &'static str)>,
///     emails: Vec<(&'static str, &'static str, bool)>,
/// }
///
/// impl App {
///     fn tables(&self) -> Result<&Tables, LookupError> {
///         self.tables.as_ref().ok_or_else(|| LookupError::new("the database is down"))
///     }
/// }
///
/// impl Directory for App {
///     fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
///         Lookup::now(request.extensions.get::<Viewer>().cloned().unwrap_or(Viewer::NotEstablished))
///     }
///     fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
///         let id = |tables: &Tables| tables.organizations.get(slug.as_str()).map(|id| OrgId::new(id.to_string()));
///         Lookup::ready(self.tables().map(id))
///     }
///     fn membership(&self, organization: &OrgId, account: &AccountId) -> Lookup<Membership> {
///         let is_member = |tables: &Tables| tables.members.contains(&(organization.as_str(), account.as_str()));
///         let membership = |is_member| if is_member { Membership::member() } else { Membership::NonMember };
///         Lookup::ready(self.tables().map(|tables| membership(is_member(tables))))
///     }
///     fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
///         let verified = |tables: &Tables| {
///             let of_account = tables.emails.iter().filter(|(of, _, verified)| *of == account.as_str() && *verified);
///             of_account.map(|(_, address, _)| (*address).to_owned()).collect()
///         };
///         Lookup::ready(self.tables().map(verified))
///     }
///     fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
///         Lookup::ready(self.tables().map(|_| ApplyOutcome::Done))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let tables = Tables {
///     organizations: HashMap::from([("acme".to_owned(), 1)]),
///     members: vec![("1", "ada")],
///     emails: vec![("ada", "ada@acme.example", true), ("ada", "ada@elsewhere.example", false)],
/// };
/// DirectoryCheck::new(&App { tables: Some(tables) })
///     .failing_twin(&App { tables: None })
///     .organization("acme".into(), "1".into())
///     .verified_email("ada".into(), "ada@acme.example")
///     .unverified_email("ada".into(), "ada@elsewhere.example")
///     .run()
///     .await
///     .unwrap();
/// # }
/// ```
#[must_use = "the check runs only if `run` is awaited"]
pub struct DirectoryCheck<'a> {
    directory: &'a dyn Directory,
    failing_twin: Option<&'a dyn Directory>,
    organizations: Vec<(OrgSlug, OrgId)>,
    emails: Vec<ExpectedEmail>,
    signed_in: Vec<(Parts, AccountId)>,
    has_auth_layer: bool,
    findings: Vec<String>,
}

/// An email address of an account, as the test has stored it.
struct ExpectedEmail {
    account: AccountId,
    address: String,
    is_verified: bool,
}

impl<'a> DirectoryCheck<'a> {
    /// Prepares the check of a directory whose lookups work.
    pub fn new(directory: &'a impl Directory) -> Self {
        Self {
            directory,
            failing_twin: None,
            organizations: Vec::new(),
            emails: Vec::new(),
            signed_in: Vec::new(),
            has_auth_layer: true,
            findings: Vec::new(),
        }
    }

    /// Sets the failing twin: a directory of the same type whose lookups all fail. It is needed.
    pub fn failing_twin(mut self, failing_twin: &'a impl Directory) -> Self {
        self.failing_twin = Some(failing_twin);
        self
    }

    /// Names an organization that exists: its slug, as it appears in URLs, and its stored id. At least one is needed.
    pub fn organization(mut self, slug: OrgSlug, id: OrgId) -> Self {
        self.organizations.push((slug, id));
        self
    }

    /// Names a verified email address of an account. At least one is needed.
    pub fn verified_email(mut self, account: AccountId, address: &str) -> Self {
        self.emails.push(ExpectedEmail { account, address: address.to_owned(), is_verified: true });
        self
    }

    /// Names an email address that an account has entered and not verified. At least one is needed: otherwise nothing
    /// shows that the directory leaves such addresses out.
    pub fn unverified_email(mut self, account: AccountId, address: &str) -> Self {
        self.emails.push(ExpectedEmail { account, address: address.to_owned(), is_verified: false });
        self
    }

    /// Adds a request as it is after the app's authentication has run, and the account that is signed in. Build it with
    /// the extensions that the authentication inserts, or with the headers that [`Directory::viewer`] reads.
    ///
    /// ```
    /// use http::Request;
    /// use tower_sso::{Viewer, testing::DirectoryCheck};
    ///
    /// # fn check(check: DirectoryCheck<'_>) -> DirectoryCheck<'_> {
    /// let mut request = Request::new(());
    /// request.extensions_mut().insert(Viewer::session("ada".into(), "7".into()));
    /// check.signed_in(request.into_parts().0, "ada".into())
    /// # }
    /// ```
    pub fn signed_in(mut self, request: Parts, account: AccountId) -> Self {
        self.signed_in.push((request, account));
        self
    }

    /// Says that no authentication layer runs before tower-sso: [`Directory::viewer`] itself reads the request's
    /// cookies and tokens. A request with neither is then [`Viewer::Anonymous`].
    pub fn without_auth_layer(mut self) -> Self {
        self.has_auth_layer = false;
        self
    }

    /// Runs the check.
    ///
    /// # Errors
    ///
    /// Returns a sentence for each answer that is not as expected, and for each part of the check for which the test
    /// named nothing.
    pub async fn run(mut self) -> Result<(), DirectoryFindings> {
        self.check_organizations().await;
        self.check_accounts().await;
        self.check_viewers().await;
        self.check_failing_twin().await;
        DirectoryFindings::result(self.findings)
    }

    async fn check_organizations(&mut self) {
        if self.organizations.is_empty() {
            self.find(
                "The test names no organization. Expected at least one call of `organization`.".to_owned(),
            );
        }
        for (slug, id) in &self.organizations {
            if let Err(problem) = check_organization_ids(self.directory, slug, id).await {
                self.findings.push(format!("`organization` for the slug {:?}: {problem}.", slug.as_str()));
            }
        }
        let unknown = OrgSlug::new(unknown("organization"));
        match answer(self.directory.organization(&unknown)).await {
            Answer::Value(None) => {}
            Answer::Value(Some(found)) => self.find(format!(
                "`organization` answered {:?} for the slug {:?}, which nobody has created. Expected `None`.",
                found.as_str(),
                unknown.as_str()
            )),
            Answer::Failed(error) => self.find(failed("organization", &error)),
            Answer::Late => self.find(late("organization")),
        }
    }

    async fn check_accounts(&mut self) {
        for (is_verified, kind) in [(true, "verified"), (false, "unverified")] {
            if !self.emails.iter().any(|it| it.is_verified == is_verified) {
                self.find(format!(
                    "The test names no {kind} email address. Expected at least one call of `{kind}_email`: otherwise \
                     nothing shows that the directory tells verified addresses from others."
                ));
            }
        }
        for ExpectedEmail { account, address, is_verified } in &self.emails {
            match answer(self.directory.verified_emails(account)).await {
                Answer::Value(found) => match (contains(&found, address), is_verified) {
                    (true, true) | (false, false) => {}
                    (false, true) => self.findings.push(format!(
                        "`verified_emails` of {account} lacks {address:?}, which is verified. Found {found:?}."
                    )),
                    (true, false) => self.findings.push(format!(
                        "`verified_emails` of {account} contains {address:?}, which is not verified. Expected only \
                         addresses that the app has verified: anyone can enter another person's address."
                    )),
                },
                Answer::Failed(error) => self.findings.push(failed("verified_emails", &error)),
                Answer::Late => self.findings.push(late("verified_emails")),
            }
        }
        self.check_unknown_account().await;
    }

    /// An account that does not exist may be an error, but it is no member and has no address.
    async fn check_unknown_account(&mut self) {
        let account = AccountId::new(unknown("account"));
        match answer(self.directory.verified_emails(&account)).await {
            Answer::Value(found) if found.is_empty() => {}
            Answer::Value(found) => self.find(format!(
                "`verified_emails` answered {found:?} for an account that does not exist. Expected none."
            )),
            Answer::Failed(_) => {}
            Answer::Late => self.find(late("verified_emails")),
        }
        for (_, organization) in self.organizations.clone() {
            match answer(self.directory.membership(&organization, &account)).await {
                Answer::Value(Membership::NonMember) | Answer::Failed(_) => {}
                Answer::Value(
                    found @ (Membership::Member(_)
                    | Membership::ExternalCollaborator
                    | Membership::ServiceAccount),
                ) => self.find(format!(
                    "`membership` in {organization} answered {found:?} for an account that does not exist. Expected \
                     `NonMember`."
                )),
                Answer::Late => self.find(late("membership")),
            }
        }
    }

    async fn check_viewers(&mut self) {
        let (untouched, ()) = Request::new(()).into_parts();
        let found = answer(self.directory.viewer(RequestHead::from(&untouched))).await;
        match (found, self.has_auth_layer) {
            (Answer::Value(Viewer::NotEstablished), true) | (Answer::Value(Viewer::Anonymous), false) => {}
            (Answer::Value(found), true) => self.find(format!(
                "`viewer` answered {found:?} for a request that the app's authentication has not seen. Expected \
                 `NotEstablished`: if the authentication runs inside tower-sso's layer, everybody would be anonymous. \
                 (If the app has no authentication layer, call `without_auth_layer`.)"
            )),
            (Answer::Value(found), false) => self.find(format!(
                "`viewer` answered {found:?} for a request without cookies and tokens. Expected `Anonymous`."
            )),
            (Answer::Failed(error), _) => self.find(failed("viewer", &error)),
            (Answer::Late, _) => self.find(late("viewer")),
        }
        for (request, account) in std::mem::take(&mut self.signed_in) {
            let head = RequestHead::from(&request);
            match answer(self.directory.viewer(head)).await {
                Answer::Value(found) if found.account() == Some(&account) => {}
                Answer::Value(found) => self.find(format!(
                    "`viewer` answered {found:?} for a request of {account}. Expected that this account is signed in."
                )),
                Answer::Failed(error) => self.find(failed("viewer", &error)),
                Answer::Late => self.find(late("viewer")),
            }
            // The authentication may already have answered. What must not happen is that a failure is nobody.
            let Some(twin) = self.failing_twin else { continue };
            match answer(twin.viewer(head)).await {
                Answer::Value(found) if found.account() == Some(&account) => {}
                Answer::Failed(_) => {}
                Answer::Value(found) => self.find(format!(
                    "`viewer` of the failing directory answered {found:?} for a request of {account}. {ERR}"
                )),
                Answer::Late => self.find(late("viewer")),
            }
        }
    }

    /// Every verb of the failing twin must answer `Err`. A verb with a default answer needs no lookup if the app has not
    /// replaced it: its answer must then be that of the directory.
    async fn check_failing_twin(&mut self) {
        let Some(twin) = self.failing_twin else {
            self.find(
                "The test sets no failing twin. Expected a call of `failing_twin`: otherwise nothing shows that a \
                 lookup that fails is an error."
                    .to_owned(),
            );
            return;
        };
        let directory = self.directory;
        let (slug, organization) = match self.organizations.first() {
            Some((slug, id)) => (slug.clone(), id.clone()),
            None => (OrgSlug::new(unknown("organization")), OrgId::new(unknown("organization"))),
        };
        let account = match self.emails.first() {
            Some(expected) => expected.account.clone(),
            None => AccountId::new(unknown("account")),
        };
        let login = CompletedLogin::new(
            organization.clone(),
            account.clone(),
            "nobody@tests.invalid",
            Profile::default(),
        );
        let (request, ()) = Request::new(()).into_parts();
        let head = RequestHead::from(&request);
        self.expect_failure("organization", answer(twin.organization(&slug)).await);
        self.expect_failure("membership", answer(twin.membership(&organization, &account)).await);
        self.expect_failure("verified_emails", answer(twin.verified_emails(&account)).await);
        self.expect_failure("apply", answer(twin.apply(&login)).await);
        let (fails, works) =
            (twin.invitation(&organization, &account), directory.invitation(&organization, &account));
        self.expect_failure_or_default("invitation", answer(fails).await, answer(works).await);
        let (fails, works) =
            (twin.public_content(head, &organization), directory.public_content(head, &organization));
        self.expect_failure_or_default("public_content", answer(fails).await, answer(works).await);
        let (fails, works) = (twin.slug(&organization), directory.slug(&organization));
        self.expect_failure_or_default("slug", answer(fails).await, answer(works).await);
    }

    fn expect_failure<T: std::fmt::Debug>(&mut self, verb: &str, found: Answer<T>) {
        match found {
            Answer::Failed(_) => {}
            Answer::Value(found) => {
                self.find(format!("`{verb}` of the failing directory answered {found:?}. {ERR}"))
            }
            Answer::Late => self.find(late(verb)),
        }
    }

    fn expect_failure_or_default<T: std::fmt::Debug + PartialEq>(
        &mut self,
        verb: &str,
        found: Answer<T>,
        works: Answer<T>,
    ) {
        match (found, works) {
            (Answer::Value(found), Answer::Value(works)) if found == works => {}
            (found, Answer::Value(_)) => self.expect_failure(verb, found),
            (_, Answer::Failed(error)) => self.find(failed(verb, &error)),
            (_, Answer::Late) => self.find(late(verb)),
        }
    }

    fn find(&mut self, sentence: String) {
        self.findings.push(sentence);
    }
}

impl std::fmt::Debug for DirectoryCheck<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectoryCheck").field("organizations", &self.organizations).finish_non_exhaustive()
    }
}

const ERR: &str = "Expected `Err`: a lookup that fails is never an answer. With `Err`, the request gets 503, and nobody \
                   is let in or kept out by mistake.";

/// What came of a lookup.
enum Answer<T> {
    Value(T),
    Failed(LookupError),
    Late,
}

async fn answer<T: 'static>(lookup: Lookup<T>) -> Answer<T> {
    match tokio::time::timeout(PATIENCE, lookup).await {
        Ok(Ok(value)) => Answer::Value(value),
        Ok(Err(error)) => Answer::Failed(error),
        Err(_) => Answer::Late,
    }
}

fn failed(verb: &str, error: &LookupError) -> String {
    format!("`{verb}` failed: {error}. Expected an answer, because this directory can look things up.")
}

fn late(verb: &str) -> String {
    format!("`{verb}` gave no answer within {} seconds. Expected an answer or `Err`.", PATIENCE.as_secs())
}

/// Returns whether the addresses contain this one, compared as an SSO login compares them.
fn contains(addresses: &[String], address: &str) -> bool {
    let normal = normalize(address);
    addresses.iter().any(|it| it == address || (normal.is_some() && normalize(it) == normal))
}

/// Returns a name that nobody has given to anything.
fn unknown(kind: &str) -> String {
    let random =
        random_token().map(|it| it.expose().chars().filter(char::is_ascii_alphanumeric).take(20).collect());
    format!("no-such-{kind}-{}", random.unwrap_or_else(|_| String::from("0")))
}
