//! What the hub has confirmed to one person.

/// Whether something holds. It is open from when a request about it is sent until the answer arrives: if the hub is
/// killed in between, both are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    Yes,
    No,
    Open,
}

impl Known {
    /// Compares it with what the hub shows, and takes that over.
    pub fn check(&mut self, is_so: bool, what: &str) {
        match (*self, is_so) {
            (Self::Yes, false) => panic!("lost: {what}"),
            (Self::No, true) => panic!("back: {what}"),
            (Self::Yes | Self::Open, true) => *self = Self::Yes,
            (Self::No | Self::Open, false) => *self = Self::No,
        }
    }
}

/// Which of the person's two users at the provider the account is linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    To(usize),
    None,
    Open,
}

/// The person's entries.
pub struct Ledger {
    pub is_signed_in: Known,
    /// Whether the SSO session opens the organization's pages.
    pub passes: Known,
    pub linked: Linked,
    pub tokens: Vec<Token>,
    /// The session cookies of which the hub has said that they are signed out.
    pub signed_out: Vec<String>,
}

/// An API token.
pub struct Token {
    pub secret: String,
    pub exists: Known,
    /// Whether the token opens the organization's pages.
    pub is_authorized: Known,
}

impl Ledger {
    pub fn new() -> Self {
        Self {
            is_signed_in: Known::No,
            passes: Known::No,
            linked: Linked::None,
            tokens: Vec::new(),
            signed_out: Vec::new(),
        }
    }

    /// Notes the same about every token that is not known to be without an authorization.
    pub fn all_tokens(&mut self, is_authorized: Known) {
        for token in self.tokens.iter_mut().filter(|token| token.is_authorized != Known::No) {
            token.is_authorized = is_authorized;
        }
    }
}

/// How often the hub has confirmed each kind of change.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub logins: u64,
    pub refused_logins: u64,
    pub overtaken_logins: u64,
    pub overtaken_across_kills: u64,
    pub sign_outs: u64,
    pub unlinks: u64,
    pub revocations: u64,
    pub made_tokens: u64,
    pub authorized_tokens: u64,
    pub removed_tokens: u64,
}

impl Figures {
    pub fn add(&mut self, other: &Self) {
        self.logins += other.logins;
        self.refused_logins += other.refused_logins;
        self.overtaken_logins += other.overtaken_logins;
        self.overtaken_across_kills += other.overtaken_across_kills;
        self.sign_outs += other.sign_outs;
        self.unlinks += other.unlinks;
        self.revocations += other.revocations;
        self.made_tokens += other.made_tokens;
        self.authorized_tokens += other.authorized_tokens;
        self.removed_tokens += other.removed_tokens;
    }
}
