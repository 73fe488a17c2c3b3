//! The driver's host: what the package's TypeScript lends to Rust.
//!
//! A call's request and its answer are the caller's own objects, which only pass through; the few
//! requests that the driver makes by itself come as method, path and JSON.

use std::sync::Arc;

use guildhall_client::driver::{
    BoxFuture, Change, Heard, Host, Millis, Opened, Outcome, Request, SavedLogin, Socket, Sockets,
};
use js_sys::{Date, Math};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::said::{Said, whole};
use crate::tasks::{Question, Tasks};

#[wasm_bindgen(typescript_custom_section)]
const HOST: &str = "
/**
 * What the core asks of JavaScript. Each `question` is answered by `Core.settle`, once, unless it is
 * cancelled before; never from inside of these calls. None of them may throw.
 */
export interface Host {
    /**
     * Makes a request. `request` is what was given to `Core.call`, or, where the core asks by
     * itself, the JSON of a body or nothing; then `method` and `path` are given. The answer is a
     * reply: `status`, the parsed `body`, and `retryAfter` in seconds if the server says so.
     */
    send(question: number, request: unknown, method: string, path: string, token?: string): void;
    /** Opens a WebSocket at a path. The answer is the open socket. */
    connect(question: number, path: string): void;
    /** What the socket says next: a frame. Refused with its `code` and `reason` where it is closed. */
    hear(question: number, socket: unknown): void;
    /** Closes a socket. */
    close(socket: unknown): void;
    /** Waits. */
    sleep(question: number, milliseconds: number): void;
    /** A question is not asked any more. */
    cancel(question: number): void;
    /** A call is over, with a reply or with a fault. Without a reply: it did nothing. */
    done(request: unknown, outcome: unknown, isReply: boolean): void;
    /** A stream's next frame. The answer says that it may go on. */
    tell(question: number, stream: unknown, frame: unknown): void;
    /** How it stands with a stream: 0 connecting, 1 connected, 2 reconnecting, 3 closed, 4 signed out. */
    connection(stream: unknown, state: number): void;
    /** Whether there are WebSockets. */
    hasSockets(): boolean;
    /** The login that is kept, as `save` was given it. */
    load(): unknown;
    /** Keeps a login; without arguments, none. */
    save(accessToken?: string, refreshToken?: string, signedInAt?: number, obtainedAt?: number, lifetime?: number): void;
    /** What became of the sign-in: 0 signed in, 1 renewed, 2 signed out, 3 expired. */
    changed(change: number): void;
}";

#[wasm_bindgen]
extern "C" {
    /// What the core asks of JavaScript.
    #[wasm_bindgen(typescript_type = "Host")]
    pub type JsHost;

    #[wasm_bindgen(method)]
    fn send(
        this: &JsHost,
        question: u32,
        request: &JsValue,
        method: &str,
        path: &str,
        token: Option<&str>,
    );
    #[wasm_bindgen(method)]
    fn connect(this: &JsHost, question: u32, path: &str);
    #[wasm_bindgen(method)]
    fn hear(this: &JsHost, question: u32, socket: &JsValue);
    #[wasm_bindgen(method)]
    fn close(this: &JsHost, socket: &JsValue);
    #[wasm_bindgen(method)]
    fn sleep(this: &JsHost, question: u32, milliseconds: f64);
    #[wasm_bindgen(method)]
    pub(crate) fn cancel(this: &JsHost, question: u32);
    #[wasm_bindgen(method)]
    pub(crate) fn done(this: &JsHost, request: &JsValue, outcome: &JsValue, is_reply: bool);
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &JsHost, question: u32, stream: &JsValue, frame: &JsValue);
    #[wasm_bindgen(method)]
    pub(crate) fn connection(this: &JsHost, stream: &JsValue, state: u32);
    #[wasm_bindgen(method, js_name = hasSockets)]
    fn has_sockets(this: &JsHost) -> bool;
    #[wasm_bindgen(method)]
    fn load(this: &JsHost) -> JsValue;
    #[wasm_bindgen(method)]
    fn save(
        this: &JsHost,
        access_token: Option<&str>,
        refresh_token: Option<&str>,
        signed_in_at: f64,
        obtained_at: f64,
        lifetime: f64,
    );
    #[wasm_bindgen(method)]
    fn changed(this: &JsHost, change: u32);
}

/// One client's host.
pub(crate) struct WebHost(pub(crate) Arc<Tasks>);

impl Host for WebHost {
    type Payload = JsValue;
    type Reply = Said;
    type Fault = JsValue;

    fn send<'a>(
        &'a self,
        request: &'a Request<JsValue>,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Outcome<Self>> {
        Box::pin(self.0.ask(|js, question| {
            js.send(question, &request.payload, request.method, &request.path, access_token);
        }))
    }

    fn connect<'a>(
        &'a self,
        path: &'a str,
        _access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Opened<Self>> {
        Box::pin(async move {
            let socket = self.0.ask(|js, question| js.connect(question, path)).await?;
            let socket = WebSocket { socket: socket.0, tasks: Arc::clone(&self.0), next: None };
            Ok(Box::new(socket) as Box<dyn Socket<Said>>)
        })
    }

    fn sockets(&self) -> Sockets {
        if self.0.js.has_sockets() { Sockets::ByTicket } else { Sockets::None }
    }

    fn payload(&self, json: String) -> JsValue {
        JsValue::from_str(&json)
    }

    fn load(&self) -> Result<Option<SavedLogin>, JsValue> {
        Ok(Said(self.0.js.load()).saved_login())
    }

    fn save(&self, login: Option<&SavedLogin>) -> Result<(), JsValue> {
        let js = &self.0.js;
        match login {
            None => js.save(None, None, 0.0, 0.0, 0.0),
            Some(login) => js.save(
                Some(&login.access_token),
                Some(&login.refresh_token),
                login.signed_in_at as f64,
                login.obtained_at as f64,
                login.lifetime as f64,
            ),
        }
        Ok(())
    }

    fn changed(&self, change: Change) {
        self.0.js.changed(match change {
            Change::SignedIn => 0,
            Change::Renewed => 1,
            Change::SignedOut => 2,
            Change::Expired => 3,
        });
    }

    fn now(&self) -> Millis {
        whole(Date::now())
    }

    fn random(&self) -> u64 {
        whole(Math::random() * 4_294_967_296.0)
    }

    fn sleep(&self, wait: Millis) -> BoxFuture<'static, ()> {
        let question = self.0.ask(|js, question| js.sleep(question, wait as f64));
        Box::pin(async move {
            question.await.ok();
        })
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.spawn(task);
    }
}

/// An open WebSocket of JavaScript's.
struct WebSocket {
    socket: JsValue,
    tasks: Arc<Tasks>,
    /// What it was asked already, by someone who did not wait for the answer.
    next: Option<Question>,
}

impl Socket<Said> for WebSocket {
    fn hear(&mut self) -> BoxFuture<'_, Heard<Said>> {
        Box::pin(async move {
            let Self { socket, tasks, next } = self;
            let question =
                next.get_or_insert_with(|| tasks.ask(|js, question| js.hear(question, socket)));
            let said = question.await;
            *next = None;
            match said {
                Ok(frame) => frame.told().map_or(Heard::Alive, Heard::Told),
                Err(closed) => {
                    let closed = Said(closed);
                    let status = closed.small("code");
                    Heard::Closed(status, closed.text("reason").unwrap_or_default())
                }
            }
        })
    }
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        self.tasks.js.close(&self.socket);
    }
}
