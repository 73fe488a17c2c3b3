//! The little that is read from what JavaScript says; the rest goes through as it is.

use guildhall_client::driver::{Kind, Reply, SavedLogin, Told};
use js_sys::{Array, Reflect};
use wasm_bindgen::JsValue;

/// Something that came from JavaScript. As a reply: an object with the `status`, the parsed `body`,
/// and `retryAfter` in seconds.
#[derive(Clone)]
pub(crate) struct Said(pub(crate) JsValue);

/// A number of JavaScript's without its fraction. Once for all: the conversion is long.
#[inline(never)]
pub(crate) fn whole(number: f64) -> u64 {
    number as u64
}

impl Said {
    /// A member; nothing where this is no object or has none.
    fn get(&self, name: &str) -> Self {
        Self(Reflect::get(&self.0, &JsValue::from_str(name)).unwrap_or_default())
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).0.as_string()
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.get(name).0.as_f64().map(whole)
    }

    /// A status of HTTP's, or of a WebSocket's.
    pub(crate) fn small(&self, name: &str) -> Option<u16> {
        self.get(name).0.as_f64().map(|number| number as u16)
    }

    fn body(&self) -> Self {
        self.get("body")
    }

    /// The body of a success.
    fn answer(&self) -> Self {
        if self.status() < 300 { self.body() } else { Self(JsValue::UNDEFINED) }
    }

    /// A frame. Each is news to the package, which tells its users of the cursor of a `ready` too.
    pub(crate) fn told(self) -> Option<Told<Self>> {
        Some(Told { kind: Kind::News, cursor: self.text("cursor")?, frame: Some(self) })
    }

    /// A login as the store has it; nothing where something else stands there.
    pub(crate) fn saved_login(&self) -> Option<SavedLogin> {
        Some(SavedLogin {
            access_token: self.text("access_token")?,
            refresh_token: self.text("refresh_token")?,
            signed_in_at: self.number("signed_in_at")?,
            obtained_at: self.number("obtained_at")?,
            lifetime: self.number("lifetime")?,
        })
    }
}

impl Reply for Said {
    type Frame = Said;

    fn status(&self) -> u16 {
        self.small("status").unwrap_or_default()
    }

    fn has_code(&self, code: &str) -> bool {
        self.body().text("code").is_some_and(|own| own == code)
    }

    fn retry_after(&self) -> Option<u64> {
        self.number("retryAfter")
    }

    fn tokens(&self) -> Option<SavedLogin> {
        let tokens = self.answer();
        Some(SavedLogin {
            access_token: tokens.text("access_token")?,
            refresh_token: tokens.text("refresh_token")?,
            signed_in_at: 0,
            obtained_at: 0,
            lifetime: tokens.number("expires_in")?.saturating_mul(1000),
        })
    }

    fn ticket(&self) -> Option<String> {
        self.answer().text("ticket")
    }

    fn frames(&self) -> Option<(Vec<Told<Said>>, String)> {
        let answer = self.answer();
        let cursor = answer.text("cursor")?;
        let frames = answer.get("frames").0;
        let frames = Array::is_array(&frames).then(|| Array::from(&frames))?;
        Some((frames.iter().filter_map(|frame| Said(frame).told()).collect(), cursor))
    }

    fn place(&self) -> Option<Said> {
        Some(self.answer())
    }
}
