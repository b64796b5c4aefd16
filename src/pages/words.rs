//! [`Words`]: all text of the default pages, in one place. Which sentence an error page shows is decided by
//! [`LoginErrorKind`](crate::login::LoginErrorKind), which has an [`Advice`] for each kind.

use std::borrow::Cow;

use crate::error::kind::Advice;

/// The text of the [`DefaultPages`](super::DefaultPages), which an app can translate or reword.
///
/// `{organization}` is replaced by the organization's name in the words whose default contains it, and in the sentences
/// of an error page. On an error page the name is empty unless the visitor is known to be a member, or has a join link.
/// `{date}` is replaced by a day, such as `2027-03-01`, or on the page of tokens by a day and a time.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[allow(missing_docs)] // The name of each field says what it is, and its text is the default.
pub struct Words {
    pub language: Cow<'static, str>,
    pub start_title: Cow<'static, str>,
    pub start_text: Cow<'static, str>,
    pub start_button: Cow<'static, str>,
    pub start_leave: Cow<'static, str>,
    pub proceed_title: Cow<'static, str>,
    pub proceed_text: Cow<'static, str>,
    pub proceed_link: Cow<'static, str>,
    pub provider_title: Cow<'static, str>,
    pub post_text: Cow<'static, str>,
    pub confirm_text: Cow<'static, str>,
    pub confirm_user: Cow<'static, str>,
    pub confirm_account: Cow<'static, str>,
    pub confirm_button: Cow<'static, str>,
    pub join_title: Cow<'static, str>,
    pub join_text: Cow<'static, str>,
    pub join_account: Cow<'static, str>,
    pub join_visitor: Cow<'static, str>,
    pub join_button: Cow<'static, str>,
    pub join_sign_in: Cow<'static, str>,
    pub framed_text: Cow<'static, str>,
    pub framed_link: Cow<'static, str>,
    pub tokens_title: Cow<'static, str>,
    pub tokens_text: Cow<'static, str>,
    pub tokens_by_owner: Cow<'static, str>,
    pub tokens_exempt: Cow<'static, str>,
    pub tokens_none: Cow<'static, str>,
    pub tokens_until: Cow<'static, str>,
    pub tokens_not: Cow<'static, str>,
    pub tokens_too_little: Cow<'static, str>,
    pub tokens_authorize: Cow<'static, str>,
    pub tokens_revoke: Cow<'static, str>,
    pub banner_label: Cow<'static, str>,
    pub banner_required: Cow<'static, str>,
    pub banner_offered: Cow<'static, str>,
    pub banner_until: Cow<'static, str>,
    pub banner_link: Cow<'static, str>,
    pub banner_later: Cow<'static, str>,
    pub error_title: Cow<'static, str>,
    pub error_again: Cow<'static, str>,
    pub error_reference: Cow<'static, str>,
    pub start_again: Cow<'static, str>,
    pub try_later: Cow<'static, str>,
    pub ask_administrator: Cow<'static, str>,
    pub wrong_account: Cow<'static, str>,
    pub no_member: Cow<'static, str>,
    pub provider_refused: Cow<'static, str>,
    pub sign_in: Cow<'static, str>,
    pub not_found: Cow<'static, str>,
    pub ask_for_link: Cow<'static, str>,
    pub looped: Cow<'static, str>,
    pub ended_here: Cow<'static, str>,
    pub ended_here_link: Cow<'static, str>,
}

impl Words {
    /// Returns the sentence for an advice.
    #[must_use]
    pub fn advice(&self, advice: Advice) -> &str {
        match advice {
            Advice::StartAgain => &self.start_again,
            Advice::TryLater => &self.try_later,
            Advice::AskAdministrator => &self.ask_administrator,
            Advice::WrongAccount => &self.wrong_account,
            Advice::NoMember => &self.no_member,
            Advice::ProviderRefused => &self.provider_refused,
            Advice::SignIn => &self.sign_in,
            Advice::NotFound => &self.not_found,
            Advice::AskForLink => &self.ask_for_link,
            Advice::Loop => &self.looped,
            Advice::EndedHere => &self.ended_here,
        }
    }
}

impl Default for Words {
    fn default() -> Self {
        Self {
            language: "en".into(),
            start_title: "Single sign-on to {organization}".into(),
            start_text: "{organization} asks its members to log in with SSO at its identity provider. You stay signed in \
                         here; this proves that you belong to {organization}."
                .into(),
            start_button: "Continue".into(),
            start_leave: "Not now".into(),
            proceed_title: "Logging you in".into(),
            proceed_text: "One moment. If nothing happens, follow the link.".into(),
            proceed_link: "Continue".into(),
            provider_title: "Continuing to the identity provider".into(),
            post_text: "One moment. If nothing happens, press the button.".into(),
            confirm_text: "The identity provider of {organization} sent you here to log in with SSO. Go on only if you came \
                           from there and both of these are you."
                .into(),
            confirm_user: "At {organization}".into(),
            confirm_account: "Here".into(),
            confirm_button: "Yes, log me in".into(),
            join_title: "Join {organization}".into(),
            join_text: "You were given a link to join {organization}. Its identity provider has to vouch for you:".into(),
            join_account: "You join with this account:".into(),
            join_visitor: "You have no account here yet, or are not signed in to it. If the provider vouches for you, you \
                           get one."
                .into(),
            join_button: "Continue to the provider".into(),
            join_sign_in: "I have an account here".into(),
            framed_text: "{organization} requires single sign-on.".into(),
            framed_link: "Log in with SSO in the whole window".into(),
            tokens_title: "API tokens for {organization}".into(),
            tokens_text: "{organization} takes a token of yours once you have authorized it here, until the time \
                          shown, also if you sign out before."
                .into(),
            tokens_by_owner: "{organization} takes a token of yours as long as you are logged in with SSO there yourself.".into(),
            tokens_exempt: "{organization} takes a token of yours as it is.".into(),
            tokens_none: "You have no API tokens.".into(),
            tokens_until: "Authorized until {date}.".into(),
            tokens_not: "Not authorized.".into(),
            tokens_too_little: "Authorized, but not for what it was to do.".into(),
            tokens_authorize: "Authorize".into(),
            tokens_revoke: "Revoke".into(),
            banner_label: "Single sign-on".into(),
            banner_required: "{organization} requires single sign-on.".into(),
            banner_offered: "{organization} offers single sign-on. You can go on without it.".into(),
            banner_until: "{organization} requires single sign-on from {date}.".into(),
            banner_link: "Log in with SSO to {organization}".into(),
            banner_later: "Not now".into(),
            error_title: "That did not work".into(),
            error_again: "Try again".into(),
            error_reference: "Reference".into(),
            start_again: "The SSO login could not be completed. Please start it again.".into(),
            try_later: "Something did not answer in time. Please try again in a moment.".into(),
            ask_administrator: "The identity provider and this site do not agree. Please give your administrator the \
                                reference below."
                .into(),
            wrong_account: "The account at the identity provider does not belong to the account you are signed in \
                            with here."
                .into(),
            no_member: "The account that you are signed in with here is no member of this organization.".into(),
            provider_refused: "The identity provider did not log you in. If that is a mistake, please ask your \
                               administrator."
                .into(),
            sign_in: "Please sign in here first, then start the SSO login again.".into(),
            not_found: "There is no single sign-on here.".into(),
            ask_for_link: "This join link no longer works. Please ask the person who gave it to you for a new one.".into(),
            looped: "You had just logged in with SSO, and yet an SSO login was asked for again. If it happens again, please give \
                     your administrator the reference below."
                .into(),
            ended_here: "Your single sign-on has ended here. The identity provider has not confirmed that it signed you \
                         out, too: on a computer that others use, please sign out there as well."
                .into(),
            ended_here_link: "Go on".into(),
        }
    }
}
