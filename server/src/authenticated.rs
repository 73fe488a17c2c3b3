//! Guildhall's sign-in, for routes of the application that it is mounted in.

use guildhall_core::Caller;
use poem::{Error, FromRequest, Request, RequestBody, Result};

use crate::{edge, extract, negotiate};

/// Who is asking, by the access token in the request's `Authorization` header, as Guildhall's own calls take it: the
/// account and the login stand. Anyone else is refused with the problem document that those calls answer,
/// `not_authenticated` say, and the route is not called.
///
/// The application has to carry Guildhall:
///
/// ```
/// use guildhall_core::Guildhall;
/// use guildhall_server::Authenticated;
/// use poem::{Endpoint, EndpointExt, Route, get, handler};
///
/// #[handler]
/// fn hello(Authenticated(caller): Authenticated) -> String {
///     format!("Hello, {}!", &*caller.user().username)
/// }
///
/// fn app(guildhall: Guildhall) -> impl Endpoint {
///     Route::new()
///         .at("/hello", get(hello))
///         .nest("/community", guildhall_server::app(&guildhall))
///         .data(guildhall)
/// }
/// ```
pub struct Authenticated(pub Caller);

impl<'a> FromRequest<'a> for Authenticated {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        let caller = extract::caller(request).await;
        let caller = caller.and_then(|caller| caller.ok_or_else(extract::not_authenticated));
        // Guildhall's edge is not around this route, so the refusal is put into words here.
        caller.map(Self).map_err(|refusal| {
            let id = edge::request_id();
            let mut answer = edge::span(&id, request)
                .in_scope(|| refusal.answer(negotiate::language(request), &id));
            edge::name(&mut answer, &id);
            Error::from_response(answer)
        })
    }
}
