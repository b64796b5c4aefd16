//! The answer of the app or of a store. It is either known now, or known later.

use std::{
    error::Error as StdError,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// Why a lookup failed. A failure never counts as "no": tower-sso refuses the request that needed the answer, with 503.
///
/// `?` converts any error into a `LookupError`, and [`LookupError::new`] makes one from a message. The message is for
/// operators and is never shown to visitors.
pub struct LookupError(Box<dyn StdError + Send + Sync>);

impl LookupError {
    /// Makes an error with a message that says what went wrong.
    pub fn new(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(error.into())
    }

    /// Returns the underlying error.
    #[must_use]
    pub fn source(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.0
    }
}

// Does not implement `std::error::Error`, so that every error converts into it with `?`.
impl<E: StdError + Send + Sync + 'static> From<E> for LookupError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The future of a [`Lookup`] that is not answered yet.
pub type Later<T> = Pin<Box<dyn Future<Output = Result<T, LookupError>> + Send>>;

/// An answer that is known now, without allocation or waiting, or a future that resolves to it.
///
/// ```
/// use tower_sso_core::Lookup;
///
/// # fn cached() -> Option<Vec<String>> { None }
/// # async fn query() -> Result<Vec<String>, std::io::Error> { Ok(Vec::new()) }
/// fn emails() -> Lookup<Vec<String>> {
///     match cached() {
///         Some(emails) => Lookup::now(emails),
///         None => Lookup::later(async { Ok(query().await?) }),
///     }
/// }
/// ```
#[must_use = "a lookup does nothing until it is awaited"]
pub struct Lookup<T>(State<T>);

enum State<T> {
    Now(Option<Result<T, LookupError>>),
    Later(Later<T>),
}

impl<T> Lookup<T> {
    /// Answers with `value`.
    pub fn now(value: T) -> Self {
        Self(State::Now(Some(Ok(value))))
    }

    /// Answers that the lookup failed.
    pub fn failed(error: impl Into<LookupError>) -> Self {
        Self(State::Now(Some(Err(error.into()))))
    }

    /// Answers with a value or an error that is known now.
    pub fn ready(answer: Result<T, LookupError>) -> Self {
        Self(State::Now(Some(answer)))
    }

    /// Answers with the result of a future. The future must own what it uses: clone a pool or an id into it. Both are
    /// cheap to clone.
    pub fn later(answer: impl Future<Output = Result<T, LookupError>> + Send + 'static) -> Self {
        Self(State::Later(Box::pin(answer)))
    }

    /// Returns a reference to the answer if it is known now and is not an error.
    #[doc(hidden)]
    pub fn known(&self) -> Option<&T> {
        match &self.0 {
            State::Now(Some(Ok(value))) => Some(value),
            State::Now(Some(Err(_)) | None) | State::Later(_) => None,
        }
    }

    /// Separates the two cases, so that a caller can continue without awaiting.
    #[doc(hidden)]
    #[inline]
    pub fn split(self) -> Split<T> {
        match self.0 {
            State::Now(Some(answer)) => Split::Now(answer),
            State::Now(None) => Split::Now(Err(polled_again())),
            State::Later(later) => Split::Later(later),
        }
    }
}

/// A [`Lookup`] split into its two cases.
pub enum Split<T> {
    /// The answer is known.
    Now(Result<T, LookupError>),
    /// The answer has to be awaited.
    Later(Later<T>),
}

impl<T> fmt::Debug for Split<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Now(_) => "Split(now)",
            Self::Later(_) => "Split(later)",
        })
    }
}

fn polled_again() -> LookupError {
    LookupError::new("a lookup was polled after it had answered")
}

impl<T> Unpin for Lookup<T> {}

impl<T> Future for Lookup<T> {
    type Output = Result<T, LookupError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Now(answer) => Poll::Ready(answer.take().unwrap_or_else(|| Err(polled_again()))),
            State::Later(later) => later.as_mut().poll(cx),
        }
    }
}

impl<T> fmt::Debug for Lookup<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Now(_) => "Lookup(now)",
            State::Later(_) => "Lookup(later)",
        })
    }
}
