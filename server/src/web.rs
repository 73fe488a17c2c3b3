//! A folder of files beside the API, such as a built web page: it then has the API at its own origin, where no
//! browser asks for permission.

use std::io;
use std::path::Path;

use poem::endpoint::StaticFilesEndpoint;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, Request, Response, Result, Route};

const INDEX: &str = "index.html";
/// Nobody else may lay something over a page (OWASP ASVS 5.0, 3.4.6).
const FRAMED_BY: HeaderValue = HeaderValue::from_static("frame-ancestors 'self'");
/// What browsers do by themselves.
const REFERRER: HeaderValue = HeaderValue::from_static("strict-origin-when-cross-origin");

/// A folder whose files are there for everyone to read, its `index.html` at `/`.
pub struct Web(StaticFilesEndpoint);

impl Web {
    /// This folder. Its files are read when they are asked for.
    ///
    /// # Errors
    /// Where it has no `index.html`.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let index = folder.join(INDEX);
        if !index.is_file() {
            let missing = format!("there is no {}", index.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, missing));
        }
        Ok(Self(StaticFilesEndpoint::new(folder).index_file(INDEX)))
    }

    /// These routes, and the files at all paths that are none of theirs.
    pub(crate) fn beside(self, routes: Route) -> Route {
        routes.nest("/", self)
    }
}

impl Endpoint for Web {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let method = request.method().clone();
        if method != Method::GET && method != Method::HEAD {
            return Err(StatusCode::NOT_FOUND.into());
        }
        request.set_method(Method::GET);
        let mut file = self.0.call(request).await.map_err(|error| match error.status() {
            // A path out of the folder, or that is none.
            StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST => StatusCode::NOT_FOUND.into(),
            _ => error,
        })?;
        // They may be others tomorrow, and belong together. Asking whether they are costs little: they have an ETag.
        let headers = file.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        // What a page may load and say of itself is for those to decide who wrote it.
        headers.insert(header::CONTENT_SECURITY_POLICY, FRAMED_BY);
        headers.insert(header::REFERRER_POLICY, REFERRER);
        if method == Method::HEAD {
            file.set_body(());
        }
        Ok(file)
    }
}
