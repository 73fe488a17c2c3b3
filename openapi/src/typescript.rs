//! The wire types as TypeScript declares them: what `JSON.parse` makes of an answer, and what
//! `JSON.stringify` may make a body of. The feature `typescript` turns it on.
//!
//! ts-rs knows what serde makes of a type. What it writes is read back here, because the contract
//! knows more: every field of a query may be left out, the variants of an enum have docs, and the
//! members of a tagged union have names of their own.

use std::any::{TypeId, type_name};
use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};

use crate::accounts::Role;
use crate::audit::{AuditAction, AuditActor};
use crate::change::Change;
use crate::endpoint::signature;
use crate::error::{ErrorCode, Problem};
use crate::logins::{PasswordGrant, TokenType};
use crate::recovery::MailKind;
use crate::sessions::SessionState;
use crate::stream::{CloseReason, Push};
use crate::text::Text;

mod declaration;
mod shape;

pub use declaration::Declaration;

use shape::Shape;

/// The modules in the order in which their types are declared.
const MODULES: [&str; 15] = [
    "accounts", "groups", "logins", "recovery", "keys", "sessions", "events", "messages", "stream",
    "audit", "export", "error", "page", "ids", "time",
];

/// What the variants of an enum mean, by its name. A [`Frame`](crate::Frame) is of the kinds of its
/// [`Push`].
const VARIANTS: [(&str, &[&str]); 9] = [
    ("Role", Role::DOCS),
    ("TokenType", TokenType::DOCS),
    ("MailKind", MailKind::DOCS),
    ("SessionState", SessionState::DOCS),
    ("Frame", Push::DOCS),
    ("CloseReason", CloseReason::DOCS),
    ("AuditAction", AuditAction::DOCS),
    ("AuditActor", AuditActor::DOCS),
    ("ErrorCode", ErrorCode::DOCS),
];

/// Every wire type, module by module in the order of the crate's page. In each, an endpoint's types
/// stand before the next one's, and a type before those that it is made of.
#[must_use]
pub fn declarations() -> Vec<Declaration> {
    let mut types = Types::default();
    signature::all(&mut types);
    types.add::<PasswordGrant>();
    types.add::<CloseReason>();
    types.add::<Problem>();
    types.in_order()
}

/// What a type is called where another one uses it; nothing for `()`.
pub(crate) fn name<T: TS + 'static>() -> Option<String> {
    let is_unit = TypeId::of::<T>() == TypeId::of::<()>();
    (!is_unit).then(|| Shape::read(&T::name(&config())).to_string())
}

/// Numbers of 64 bits are `number`: that is what `JSON.parse` makes of them.
fn config() -> Config {
    Config::new().with_large_int("number")
}

/// The types that were met so far.
#[derive(Default)]
pub(crate) struct Types {
    /// By name, with the place of their module.
    found: BTreeMap<String, (usize, Declaration)>,
    /// Those that were asked for, in that order.
    roots: Vec<Shape>,
}

impl Types {
    /// Adds a type and all that it is made of.
    pub(crate) fn add<T: TS + 'static>(&mut self) {
        self.roots.push(Shape::read(&T::name(&config())));
        self.visit::<T>();
        T::visit_generics(self);
    }

    /// Adds the type of a query, of which every field may be left out.
    pub(crate) fn add_query<T: TS + 'static>(&mut self) {
        self.add::<T>();
        if let Some((_, declaration)) = self.found.get_mut(&T::ident(&config())) {
            declaration.make_optional();
        }
    }

    fn in_order(mut self) -> Vec<Declaration> {
        // ts-rs visits in no order that lasts.
        let mut names = Vec::new();
        for root in &self.roots {
            self.follow(root, &mut names);
        }
        let mut found: Vec<_> = names.iter().filter_map(|name| self.found.remove(name)).collect();
        found.sort_by_key(|(module, _)| *module);
        found.into_iter().flat_map(|(_, declaration)| declaration.with_members()).collect()
    }

    /// Adds the names of the types that `shape` names, and of those that these name.
    fn follow(&self, shape: &Shape, names: &mut Vec<String>) {
        for name in shape.names() {
            if let Some((_, declaration)) = self.found.get(&name)
                && !names.contains(&name)
            {
                names.push(name);
                self.follow(declaration.shape(), names);
            }
        }
    }
}

impl TypeVisitor for Types {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        let name = T::ident(&config());
        // TypeScript's own types have no file to go to.
        if T::output_path().is_none() || self.found.contains_key(&name) {
            return;
        }
        let module = type_name::<T>().split("::").nth(1);
        let place = MODULES.iter().position(|known| Some(*known) == module);
        let known = VARIANTS.iter().find(|(of, _)| *of == name);
        let variants = known.map_or::<&[_], _>(&[], |(_, docs)| docs);
        let declaration = Declaration::of::<T>(&config(), variants);
        self.found.insert(name, (place.unwrap_or(MODULES.len()), declaration));
        T::visit_dependencies(self);
    }
}

impl<R> TS for Text<R> {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;

    fn name(_: &Config) -> String {
        "string".to_owned()
    }

    fn inline(config: &Config) -> String {
        Self::name(config)
    }
}

impl<T: TS> TS for Change<T> {
    type WithoutGenerics = Self;
    // A field of it may be left out, as may an `Option`; what is left of the type then has `null`.
    type OptionInnerType = Option<T>;
    const IS_OPTION: bool = true;

    fn name(config: &Config) -> String {
        Option::<T>::name(config)
    }

    fn inline(config: &Config) -> String {
        Option::<T>::inline(config)
    }

    fn visit_dependencies(visitor: &mut impl TypeVisitor)
    where
        Self: 'static,
    {
        Option::<T>::visit_dependencies(visitor);
    }

    fn visit_generics(visitor: &mut impl TypeVisitor)
    where
        Self: 'static,
    {
        Option::<T>::visit_generics(visitor);
    }
}

#[cfg(test)]
mod tests {
    use super::{Shape, Types, signature};

    #[test]
    fn answers_have_all_of_their_fields_and_queries_need_none() {
        let mut types = Types::default();
        let signatures = signature::all(&mut types);
        let fields = |name: &str| {
            let name = name.split('<').next().unwrap();
            match types.found.get(name).map(|(_, found)| found.shape()) {
                Some(Shape::Object(fields)) => fields.clone(),
                _ => Vec::new(),
            }
        };
        for signature in signatures {
            let mut names = Vec::new();
            types.follow(&Shape::read(&signature.response), &mut names);
            // A key has the members of its kind, and none that is null (RFC 7518, 6).
            let names = names.iter().filter(|name| *name != "Jwk");
            for field in names.flat_map(|name| fields(name)) {
                assert!(!field.is_optional, "{field} in {}", signature.response);
            }
            for field in signature.query.iter().flat_map(|name| fields(name)) {
                assert!(field.is_optional, "{field} in {:?}", signature.query);
            }
        }
    }
}
