//! Answers that are read while they are sent.

use std::sync::{Arc, OnceLock};

use futures_util::stream::try_unfold;
use guildhall_core::events::Calendar;
use guildhall_core::export::ExportPieces;
use guildhall_core::{Error, Result};
use guildhall_openapi::ErrorCode;
use poem::Body;

/// Under which id the log has a request, for what is found out after its answer has begun.
#[derive(Clone, Default)]
pub(crate) struct LogId(Arc<OnceLock<String>>);

impl LogId {
    /// Says which.
    pub(crate) fn set(&self, id: &str) {
        self.0.get_or_init(|| id.to_owned());
    }

    /// Which, once the answer has begun.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

/// What is read piece by piece while it is sent.
pub(super) trait Pieces: Send + 'static {
    fn next(&mut self) -> impl Future<Output = Result<Option<String>>> + Send;
}

impl Pieces for Calendar {
    fn next(&mut self) -> impl Future<Output = Result<Option<String>>> + Send {
        self.next()
    }
}

impl Pieces for ExportPieces {
    fn next(&mut self) -> impl Future<Output = Result<Option<String>>> + Send {
        self.next()
    }
}

/// The pieces as a body. What fails on the way breaks the answer off, so that nobody takes a part for the whole; the log
/// has why.
pub(super) fn in_pieces(pieces: impl Pieces) -> (Body, LogId) {
    let log = LogId::default();
    let start = (pieces, log.clone());
    let body = Body::from_bytes_stream(try_unfold(start, |(mut pieces, log)| async move {
        match pieces.next().await {
            Ok(piece) => Ok(piece.map(|piece| (piece, (pieces, log)))),
            Err(error) => {
                broken_off(&error, log.get());
                Err(std::io::Error::other(error))
            }
        }
    }));
    (body, log)
}

fn broken_off(error: &Error, request_id: Option<&str>) {
    // A login that ended meanwhile is no fault.
    if error.code() == ErrorCode::NotAuthenticated {
        tracing::debug!(request_id, %error, "an answer was broken off");
    } else {
        tracing::error!(request_id, %error, "an answer was broken off");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    /// One piece, and then a failure.
    struct Failing(Option<String>, ErrorCode);

    impl Pieces for Failing {
        async fn next(&mut self) -> Result<Option<String>> {
            let Self(first, code) = self;
            first.take().map(Some).ok_or_else(|| (*code).into())
        }
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Log {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[tokio::test]
    async fn why_an_answer_breaks_off_is_in_the_log() {
        for (code, level) in
            [(ErrorCode::Unavailable, "ERROR"), (ErrorCode::NotAuthenticated, "DEBUG")]
        {
            let log = Log::default();
            let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false);
            let subscriber = subscriber.with_max_level(tracing::Level::DEBUG).finish();
            let _guard = tracing::subscriber::set_default(subscriber);
            let (body, id) = in_pieces(Failing(Some("first".into()), code));
            id.set("the-id");
            assert!(body.into_vec().await.is_err());
            let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
            assert!(said.contains(level), "{said}");
            assert!(said.contains("the-id") && said.contains(code.as_str()), "{said}");
        }
    }
}
