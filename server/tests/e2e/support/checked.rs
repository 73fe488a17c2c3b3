//! A transport that holds all that comes back against the OpenAPI document.

use bytes::Bytes;
use guildhall_client::driver::{BoxFuture, Sockets};
use guildhall_client::transport::{Said, TextSocket};
use guildhall_client::{Transport, TransportError};
use guildhall_openapi::{Frame, Language, Operation, operations};
use http::{Request, Response};
use serde_json::json;

use super::{Document, Reply};

/// Another transport, each of whose answers and frames has to be one of the document's.
pub(crate) struct Checked<T>(pub(crate) T);

impl<T: Transport> Transport for Checked<T> {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let operation = operation(&request);
            let asked = format!("{} {}", request.method(), request.uri());
            let french = request.headers().get("accept-language").is_some_and(|tag| tag == "fr");
            let answer = self.0.send(request).await?;
            let reply = Reply {
                status: answer.status().as_u16(),
                headers: answer.headers().clone(),
                body: String::from_utf8(answer.body().to_vec()).unwrap(),
                asked,
            };
            reply.fits(operation, if french { Language::French } else { Language::English });
            Ok(answer)
        })
    }

    fn sockets(&self) -> Sockets {
        self.0.sockets()
    }

    fn connect<'a>(
        &'a self,
        path: &'a str,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Box<dyn TextSocket>, TransportError>> {
        Box::pin(async move {
            let socket = self.0.connect(path, access_token).await?;
            Ok(Box::new(CheckedSocket(socket)) as Box<dyn TextSocket>)
        })
    }
}

/// What a request asks for.
pub(crate) fn operation(request: &Request<Bytes>) -> &'static Operation {
    let path = request.uri().path().trim_end_matches('/');
    let fits = |template: &str| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template.zip(path).all(|(part, given)| part == given || part.starts_with('{'))
    };
    let of_method = || operations().filter(|o| o.method.as_str() == request.method().as_str());
    // A path that is written out goes before one with a parameter, as the routes do.
    let named = of_method().find(|o| o.path == path);
    let named = named.or_else(|| of_method().find(|o| fits(o.path)));
    named.unwrap_or_else(|| panic!("no operation: {} {path}", request.method()))
}

struct CheckedSocket(Box<dyn TextSocket>);

impl TextSocket for CheckedSocket {
    fn hear(&mut self) -> BoxFuture<'_, Said> {
        Box::pin(async {
            let said = self.0.hear().await;
            if let Said::Text(text) = &said {
                frame(text);
            }
            said
        })
    }
}

/// Reads a frame, which has to be one of the document's.
pub(crate) fn frame(text: &str) -> Frame {
    let json = serde_json::from_str(text).unwrap();
    let schema = json!({ "$ref": "#/components/schemas/Frame" });
    assert_eq!(Document::checked_in().misfit(&schema, &json), None, "{json}");
    serde_json::from_value(json).unwrap()
}
