//! The last word of a task that goes on by itself, for all who wait for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::{BoxFuture, Shareable};

/// What a task will have said when it is over: `T::default()` where it came to no end, as it
/// panicked or its runtime was shut down. Each clone can be waited for, and none has to be.
pub(super) struct Word<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    said: Option<T>,
    waiting: Vec<Waker>,
}

impl<T: Clone + Default + Shareable> Word<T> {
    /// The word of a task, and the task, which someone has to run.
    pub(super) fn of(task: BoxFuture<'static, T>) -> (Self, BoxFuture<'static, ()>) {
        let word = Self(Arc::new(Mutex::new(State { said: None, waiting: Vec::new() })));
        let mut end = End { word: word.clone(), said: T::default() };
        (word, Box::pin(async move { end.say(task.await) }))
    }
}

impl<T> Word<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Word<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Clone> Future for Word<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut state = self.state();
        if let Some(said) = &state.said {
            return Poll::Ready(said.clone());
        }
        if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            state.waiting.push(context.waker().clone());
        }
        Poll::Pending
    }
}

/// Says it, however the task ends.
struct End<T: Default> {
    word: Word<T>,
    said: T,
}

impl<T: Default> End<T> {
    fn say(&mut self, said: T) {
        self.said = said;
    }
}

impl<T: Default> Drop for End<T> {
    fn drop(&mut self) {
        let mut state = self.word.state();
        state.said = Some(std::mem::take(&mut self.said));
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;

    use super::*;

    fn waiting() -> (oneshot::Sender<u8>, Word<u8>, BoxFuture<'static, ()>) {
        let (say, said) = oneshot::channel();
        let (word, task) = Word::of(Box::pin(async { said.await.unwrap_or(1) }));
        (say, word, task)
    }

    #[tokio::test]
    async fn all_who_wait_hear_it_and_those_who_come_later() {
        let (say, word, task) = waiting();
        tokio::spawn(task);
        let others = futures_util::future::join_all([word.clone(), word.clone(), word.clone()]);
        let others = tokio::spawn(others);
        tokio::task::yield_now().await;
        say.send(7).unwrap();
        assert_eq!(others.await.unwrap(), [7; 3]);
        assert_eq!(word.clone().now_or_never(), Some(7));
        assert_eq!(word.now_or_never(), Some(7));
    }

    #[tokio::test]
    async fn whoever_gives_up_takes_nothing_along() {
        let (say, word, task) = waiting();
        tokio::spawn(task);
        assert_eq!(word.clone().now_or_never(), None);
        say.send(7).unwrap();
        assert_eq!(word.await, 7);
    }

    #[tokio::test]
    async fn a_task_that_comes_to_no_end_leaves_nobody_waiting() {
        let (_say, word, task) = waiting();
        let waits = tokio::spawn(word);
        tokio::task::yield_now().await;
        drop(task);
        assert_eq!(waits.await.unwrap(), 0);
    }
}
