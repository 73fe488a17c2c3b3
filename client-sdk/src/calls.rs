//! Every call of the contract as a method, aggregate by aggregate.
//!
//! A method is a line of a table: what it is called, what goes in and comes out, and which endpoint
//! it is; the compiler holds the line against the contract. [`methods`] has the same lines as data,
//! from which the npm package's methods are made, so that both clients have the same ones.

use guildhall_openapi::Endpoint;
use guildhall_openapi::accounts::Register;
use guildhall_openapi::logins::{LogIn, LogOut, RefreshTokens};
use guildhall_openapi::sessions::{DeleteSessionDeprecated, StopSessionDeprecated};
use guildhall_openapi::stream::{OpenStream, OpenStreamByToken};

mod accounts;
mod audit;
mod events;
mod groups;
mod logins;
mod messages;
mod recovery;
mod sessions;
mod stream;

pub use accounts::Accounts;
pub use audit::Audit;
pub use events::Events;
pub use groups::Groups;
pub use logins::Logins;
pub use messages::Messages;
pub use recovery::Recovery;
pub use sessions::Sessions;

/// One method, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// The handle that has it; empty for the client itself.
    pub aggregate: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// The `operationId` of the call that it makes.
    pub operation: &'static str,
    /// How it answers.
    pub shape: Shape,
}

/// How a method answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// With the answer of the call.
    Answer,
    /// With a list that can be read page by page.
    List,
    /// In a way of its own: it does more than the call.
    Other,
}

/// All methods.
pub fn methods() -> impl Iterator<Item = &'static Method> {
    [
        accounts::METHODS,
        logins::METHODS,
        recovery::METHODS,
        groups::METHODS,
        sessions::METHODS,
        events::METHODS,
        messages::METHODS,
        audit::METHODS,
        stream::METHODS,
        OTHERS,
    ]
    .into_iter()
    .flatten()
}

/// What [`Auth`](crate::Auth) and [`Client::stream`](crate::Client::stream) call. A stream is opened
/// in either of two ways; ending and deleting a session have older addresses that do the same.
const OTHERS: &[Method] = &[
    other::<Register>("auth", "sign_up"),
    other::<LogIn>("auth", "sign_in"),
    other::<LogOut>("auth", "sign_out"),
    other::<RefreshTokens>("auth", "renew"),
    other::<OpenStream>("", "stream"),
    other::<OpenStreamByToken>("", "stream"),
    other::<StopSessionDeprecated>("sessions", "stop"),
    other::<DeleteSessionDeprecated>("sessions", "delete"),
];

const fn other<E: Endpoint>(aggregate: &'static str, name: &'static str) -> Method {
    Method { aggregate, name, operation: E::OPERATION.id, shape: Shape::Other }
}

/// The methods of one handle, and `METHODS`, which lists them.
macro_rules! calls {
    ($handle:ident of $aggregate:literal; $(
        $(#[$doc:meta])*
        $kind:ident $name:ident($($id:ident: $id_type:ty),*)
            $($with:ident($value:ident: $value_type:ty))? -> $answer:ty = $endpoint:ident;
    )*) => {
        impl $handle<'_> {
            $($crate::calls::call! {
                $(#[$doc])*
                $kind $name($($id: $id_type),*) $($with($value: $value_type))? -> $answer = $endpoint;
            })*
        }

        /// The methods of this module.
        pub(super) const METHODS: &[$crate::calls::Method] = &[$($crate::calls::Method {
            aggregate: $aggregate,
            name: stringify!($name),
            operation: <$endpoint as guildhall_openapi::Endpoint>::OPERATION.id,
            shape: $crate::calls::call!(@shape $kind),
        }),*];
    };
}

/// One method: `call` for an answer, `list` for a list.
macro_rules! call {
    ($(#[$doc:meta])* call $name:ident($($id:ident: $id_type:ty),*)
        $($with:ident($value:ident: $value_type:ty))? -> $answer:ty = $endpoint:ident;
    ) => {
        $(#[$doc])*
        pub async fn $name(
            self, $($id: $id_type,)* $($value: $value_type)?
        ) -> Result<$answer, $crate::Error> {
            self.0.send($crate::Call::<$endpoint>::to(&[$(&$id),*])$(.$with($value))?).await
        }
    };
    ($(#[$doc:meta])* list $name:ident($($id:ident: $id_type:ty),*)
        $with:ident($value:ident: $value_type:ty) -> $answer:ty = $endpoint:ident;
    ) => {
        $(#[$doc])*
        pub fn $name(self, $($id: $id_type,)* $value: $value_type) -> $crate::List<$answer, $endpoint> {
            $crate::List::new(self.0, $crate::Call::to(&[$(&$id),*]).$with($value))
        }
    };
    (@shape call) => { $crate::calls::Shape::Answer };
    (@shape list) => { $crate::calls::Shape::List };
}

use {call, calls};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use guildhall_openapi::operations;

    use super::*;

    #[test]
    fn every_call_of_the_contract_has_its_method() {
        let called: HashSet<_> = methods().map(|method| method.operation).collect();
        let missing: Vec<_> =
            operations().filter(|o| !called.contains(o.id)).map(|o| o.id).collect();
        assert_eq!(missing, [""; 0]);
        assert_eq!(called.len(), operations().count());
    }

    #[test]
    fn methods_of_one_handle_have_names_of_their_own() {
        let own: Vec<_> = methods().filter(|method| method.shape != Shape::Other).collect();
        let names: HashSet<_> = own.iter().map(|method| (method.aggregate, method.name)).collect();
        assert_eq!(names.len(), own.len());
    }
}
