//! Runs the driver's futures, which wait for what JavaScript will say.
//!
//! Everything happens inside the calls of [`Core`](crate::Core): whatever wakes a future comes in
//! through one of them, and each of them ends when no future can go on. So there are no promises and
//! no closures at the border, and whoever calls notices a trap.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use guildhall_client::driver::BoxFuture;
use wasm_bindgen::JsValue;

use crate::host::JsHost;
use crate::said::Said;

/// What is under way in one client.
pub(crate) struct Tasks {
    pub(crate) js: JsHost,
    state: Mutex<State>,
    ready: Arc<Mutex<Vec<u32>>>,
}

#[derive(Default)]
struct State {
    /// Numbers tasks and questions; none comes twice.
    last: u32,
    tasks: Vec<(u32, BoxFuture<'static, ()>)>,
    questions: Vec<(u32, Answer)>,
}

/// How far a question is.
enum Answer {
    Open(Option<Waker>),
    Given(Result<Said, JsValue>),
}

impl State {
    fn number(&mut self) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.last
    }
}

/// Held for a few instructions only: what is dropped or called meanwhile could come back here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Out of a list in which nothing comes twice, and whose order says nothing.
fn take<T>(list: &mut Vec<(u32, T)>, number: u32) -> Option<T> {
    let place = list.iter().position(|(other, _)| *other == number)?;
    Some(list.swap_remove(place).1)
}

impl Tasks {
    pub(crate) fn new(js: JsHost) -> Arc<Self> {
        Arc::new(Self { js, state: Mutex::default(), ready: Arc::default() })
    }

    /// Adds a task, which starts with the next [`Tasks::run`].
    pub(crate) fn spawn(&self, task: BoxFuture<'static, ()>) -> u32 {
        let mut state = lock(&self.state);
        let number = state.number();
        state.tasks.push((number, task));
        drop(state);
        lock(&self.ready).push(number);
        number
    }

    /// Ends a task where it stands, and with it the questions that it waits for.
    pub(crate) fn cancel(&self, task: u32) {
        let task = take(&mut lock(&self.state).tasks, task);
        drop(task);
        self.run();
    }

    /// JavaScript's answer to a question.
    pub(crate) fn settle(&self, question: u32, answer: Result<Said, JsValue>) {
        let mut state = lock(&self.state);
        let Some((_, open)) = state.questions.iter_mut().find(|(number, _)| *number == question)
        else {
            return;
        };
        let waiting = std::mem::replace(open, Answer::Given(answer));
        drop(state);
        if let Answer::Open(Some(waker)) = waiting {
            waker.wake();
        }
        self.run();
    }

    /// Goes on until all tasks wait.
    pub(crate) fn run(&self) {
        loop {
            let Some(number) = lock(&self.ready).pop() else { return };
            let Some(mut task) = take(&mut lock(&self.state).tasks, number) else { continue };
            let waker = Waker::from(Arc::new(Woken { task: number, ready: self.ready.clone() }));
            if task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                lock(&self.state).tasks.push((number, task));
            }
        }
    }

    /// Asks JavaScript under a number, with which it answers.
    pub(crate) fn ask(self: &Arc<Self>, ask: impl FnOnce(&JsHost, u32)) -> Question {
        let mut state = lock(&self.state);
        let number = state.number();
        state.questions.push((number, Answer::Open(None)));
        drop(state);
        ask(&self.js, number);
        Question { number, tasks: Arc::clone(self) }
    }
}

struct Woken {
    task: u32,
    ready: Arc<Mutex<Vec<u32>>>,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        lock(&self.ready).push(self.task);
    }
}

/// What JavaScript was asked. Dropped before the answer, it is cancelled.
pub(crate) struct Question {
    number: u32,
    tasks: Arc<Tasks>,
}

impl Future for Question {
    type Output = Result<Said, JsValue>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = lock(&self.tasks.state);
        match take(&mut state.questions, self.number) {
            Some(Answer::Given(answer)) => Poll::Ready(answer),
            _ => {
                let open = Answer::Open(Some(context.waker().clone()));
                state.questions.push((self.number, open));
                Poll::Pending
            }
        }
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        let left = take(&mut lock(&self.tasks.state).questions, self.number);
        if let Some(Answer::Open(_)) = left {
            self.tasks.js.cancel(self.number);
        }
    }
}
