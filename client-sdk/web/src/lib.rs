//! The client as the npm package `@guildhall/client` has it: the driver of `guildhall-client`, for
//! which the package's TypeScript is the host.
//!
//! Calls cost nothing here: an endpoint is a line of TypeScript, and its request and its answer pass
//! through as the browser's own objects. It compiles natively too, so that the lints of the workspace
//! see it, but runs on the web alone.

mod host;
mod said;
mod tasks;

use std::sync::Arc;

use guildhall_client::driver::{BoxFuture, Connection, Driver, End, Pump, Repeat, Request};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::host::{JsHost, WebHost};
use crate::said::Said;
use crate::tasks::Tasks;

/// Smaller than the standard library's. Neither this line nor `#[wasm_bindgen]` counts as unsafe code of ours: what
/// is unsafe is written by their macros.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// One client. None of its methods may be called from inside of the host's.
#[wasm_bindgen]
pub struct Core {
    driver: Arc<Driver<WebHost>>,
    tasks: Arc<Tasks>,
}

#[wasm_bindgen]
impl Core {
    /// A client that works through `host`, signed in as its store says.
    ///
    /// # Errors
    /// None: the host's store always has an answer.
    #[wasm_bindgen(constructor)]
    pub fn new(host: JsHost) -> Result<Self, JsValue> {
        let tasks = Tasks::new(host);
        let driver = Driver::new(WebHost(Arc::clone(&tasks)))?;
        Ok(Self { driver, tasks })
    }

    /// Makes a call, at whose end the host's `done` gets `request` and the outcome. `kind`: 0 an
    /// ordinary one, 1 one that signs in, 2 one that signs out, 3 a renewal of the tokens, which
    /// needs no request of its own. `repeatable`: whether it does no harm twice. Returns the task's
    /// number.
    pub fn call(&self, kind: u32, request: JsValue, repeatable: bool) -> u32 {
        let repeat = if repeatable { Repeat::Freely } else { Repeat::Never };
        let (driver, tasks) = (Arc::clone(&self.driver), Arc::clone(&self.tasks));
        let payload = request.clone();
        let call = Request { method: "", path: String::new(), payload, repeat };
        self.start(Box::pin(async move {
            let nothing = Said(JsValue::UNDEFINED);
            let outcome = match kind {
                0 => driver.call(call).await,
                1 => driver.sign_in(call).await,
                2 => driver.sign_out(call).await.map(|reply| reply.unwrap_or(nothing)),
                _ => driver.renew().await.map_or_else(|outcome| outcome, |_| Ok(nothing)),
            };
            match outcome {
                Ok(Said(reply)) => tasks.js.done(&request, &reply, true),
                Err(fault) => tasks.js.done(&request, &fault, false),
            }
        }))
    }

    /// Follows the stream, from now on or right after a cursor; the host's `tell` and `connection`
    /// get `stream`. Returns the task's number.
    pub fn stream(&self, stream: JsValue, cursor: Option<String>) -> u32 {
        let (tasks, observed) = (Arc::clone(&self.tasks), stream.clone());
        let observer = Box::new(move |connection| {
            tasks.js.connection(
                &observed,
                match connection {
                    Connection::Connecting => 0,
                    Connection::Connected => 1,
                    Connection::Reconnecting => 2,
                    Connection::Ended(End::Closed) => 3,
                    Connection::Ended(End::SignedOut) => 4,
                },
            );
        });
        let mut pump = Pump::new(Arc::clone(&self.driver), cursor, observer);
        let tasks = Arc::clone(&self.tasks);
        self.start(Box::pin(async move {
            while let Some(Said(frame)) = pump.next().await {
                let told = tasks.ask(|js, question| js.tell(question, &stream, &frame));
                told.await.ok();
            }
        }))
    }

    /// The host's answer to a question, or why there is none.
    pub fn settle(&self, question: u32, answer: JsValue, is_good: bool) {
        self.tasks.settle(question, if is_good { Ok(Said(answer)) } else { Err(answer) });
    }

    /// Ends a call, whose `done` does not come then, or a stream.
    pub fn cancel(&self, task: u32) {
        self.tasks.cancel(task);
    }

    /// The device woke up, has a network again, or the page is shown again.
    pub fn wake(&self) {
        self.driver.wake();
        self.tasks.run();
    }

    /// Another tab wrote the store.
    #[wasm_bindgen(js_name = storeChanged)]
    pub fn store_changed(&self) {
        self.driver.store_changed();
        self.tasks.run();
    }

    fn start(&self, task: BoxFuture<'static, ()>) -> u32 {
        let task = self.tasks.spawn(task);
        self.tasks.run();
        task
    }
}
