//! What the benches have in common: futures that never wait, medians.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// The answer of a future that never waits.
pub fn finish<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("what does not wait was pending"),
    }
}

/// The middle one.
pub fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|one, other| one.partial_cmp(other).unwrap());
    values[values.len() / 2]
}
