//! `methods.ts` of the npm package: the methods of the Rust client, with the types and words of the
//! contract.

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use guildhall_client::calls::{Method, Shape, methods};
use guildhall_openapi::ErrorCode;
use guildhall_openapi::endpoint::{Operation, Signature, operations, signatures};

const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../client-sdk/web/npm/src/methods.ts");

const INTRODUCTION: &str = "\
// Made by `cargo xtask typescript` from the endpoints in openapi/src and the methods in
// client-sdk/src/calls. Change them there.
";

/// The handles, and what each is for.
const AGGREGATES: [(&str, &str); 8] = [
    ("accounts", "The people of an application; to sign up or in is `auth`'s."),
    ("logins", "The devices on which whoever is signed in is signed in."),
    ("recovery", "Forgotten passwords, and addresses that are to be verified."),
    ("groups", "Groups; a person is in one at most."),
    ("sessions", "Live sessions, which people join and leave."),
    ("events", "Calendar events, and who attends."),
    ("messages", "Direct messages, and the conversations that come of them."),
    ("audit", "What was done, by whom and from where; for admins."),
];
/// The handle whose methods do more than a call, so that the package has their types by hand.
const AUTH: &str = "auth";
/// Of [`AUTH`], what is a call with a request of its own.
const AUTH_CALLS: [&str; 3] = ["sign_up", "sign_in", "sign_out"];

/// Writes the module.
///
/// # Errors
///
/// When it cannot be written.
pub(crate) fn write() -> Result<()> {
    std::fs::write(MODULE, module()).context("client-sdk/web/npm/src/methods.ts cannot be written")
}

/// The module as it should be.
fn module() -> String {
    let contract = Contract::default();
    let mut module = INTRODUCTION.to_owned();
    module += &contract.imports();
    for (aggregate, what) in AGGREGATES {
        let name = capitalized(aggregate);
        let _ = write!(module, "\n/** {what} */\nexport interface {name} {{");
        module += &contract.declarations(aggregate);
        module += "}\n";
    }
    module += "\n/** Every call of a server, but for those with which `Client.auth` signs in and out. */\n";
    module += "export interface Methods {";
    for (aggregate, what) in AGGREGATES {
        let _ = write!(module, "\n  /** {what} */\n  readonly {aggregate}: ");
        let _ = writeln!(module, "{};", capitalized(aggregate));
    }
    module += &contract.declarations("");
    module += "}\n";
    module += TABLE;
    for (aggregate, _) in AGGREGATES.into_iter().chain([("", "")]) {
        let key = if aggregate.is_empty() { "\"\"" } else { aggregate };
        let _ = write!(module, "  {key}: {{\n{}  }},\n", contract.lines(aggregate, "    "));
    }
    module += "};\n\n/** What `Client.auth` asks for. @internal */\nexport const AUTH = {\n";
    module += &contract.lines(AUTH, "  ");
    module += "};\n";
    module
}

const TABLE: &str = "
/**
 * The calls behind the methods, a line each: the HTTP method, the path with `{}` for each argument, and
 * marks. `body` and `query` say that one more argument is that, `key` that an `Idempotency-Key` goes
 * along, `list` that it is a list. @internal
 */
export const TABLE: Record<string, Record<string, string>> = {
";

/// What is known of each call, by its operation.
struct Contract {
    signatures: HashMap<&'static str, Signature>,
    /// The codes that every call can answer with.
    shared: Vec<ErrorCode>,
}

impl Default for Contract {
    fn default() -> Self {
        let is_shared = |code: &ErrorCode| {
            operations().all(|operation| operation.errors().any(|own| own == *code))
        };
        Self {
            signatures: signatures().map(|one| (one.operation.id, one)).collect(),
            shared: ErrorCode::ALL.iter().copied().filter(is_shared).collect(),
        }
    }
}

impl Contract {
    fn signature(&self, method: &Method) -> &Signature {
        &self.signatures[method.operation]
    }

    /// The types that the declarations name.
    fn imports(&self) -> String {
        let declared = AGGREGATES.into_iter().map(|(name, _)| name).chain([""]);
        let mut names: Vec<String> = declared
            .flat_map(of_handle)
            .flat_map(|method| {
                let Signature { parameters, request, query, response, .. } = self.signature(method);
                let parameters = parameters.iter().map(|(_, kind)| (*kind).to_owned());
                let types = request.iter().chain(query).chain([response]).cloned();
                parameters.chain(types).collect::<Vec<_>>()
            })
            // `Page<UserId>` is two names, `UserView[]` one.
            .flat_map(|kind| {
                kind.split(['<', '>', '[', ']']).map(str::to_owned).collect::<Vec<_>>()
            })
            .filter(|name| name.starts_with(char::is_uppercase))
            .collect();
        names.sort_unstable();
        names.dedup();
        let mut imports = String::from("\nimport type {\n");
        for name in names {
            let _ = writeln!(imports, "  {name},");
        }
        imports += "} from \"./contract.js\";\n";
        imports += "import type { List } from \"./list.js\";\n";
        imports += "import type { CallOptions } from \"./options.js\";\n";
        imports
    }

    /// The methods of a handle, as an interface has them.
    fn declarations(&self, aggregate: &str) -> String {
        of_handle(aggregate).map(|method| self.declaration(method)).collect()
    }

    fn declaration(&self, method: &Method) -> String {
        let Signature { operation, parameters, request, query, response } = self.signature(method);
        let mut arguments: Vec<String> =
            parameters.iter().map(|(name, kind)| format!("{}: {kind}", camel(name))).collect();
        arguments.extend(request.iter().map(|kind| format!("body: {kind}")));
        arguments.extend(query.iter().map(|kind| format!("query?: {kind}")));
        arguments.push("options?: CallOptions".to_owned());
        let answer = match method.shape {
            Shape::List => format!("List<{}>", response.trim_end_matches("[]")),
            Shape::Answer | Shape::Other => format!("Promise<{response}>"),
        };
        let name = camel(method.name);
        format!("{}  {name}({}): {answer};\n", self.docs(operation), arguments.join(", "))
    }

    fn docs(&self, operation: &Operation) -> String {
        let Operation { summary, method, path, .. } = operation;
        let mut docs = format!("\n  /**\n   * {summary} `{} {path}`\n", method.as_str());
        let own = operation.errors().filter(|code| !self.shared.contains(code));
        let own: Vec<_> = own.map(|code| format!("`{}`", code.as_str())).collect();
        if !own.is_empty() {
            docs += "   *\n";
            docs += &wrapped(&format!("@throws {{GuildhallError}} {}", own.join(", ")));
        }
        docs + "   */\n"
    }

    /// The methods of a handle, as the table has them.
    fn lines(&self, aggregate: &str, indent: &str) -> String {
        of_handle(aggregate)
            .map(|method| {
                let Signature { operation, parameters, request, query, .. } =
                    self.signature(method);
                let mut path = operation.path.to_owned();
                for (name, _) in parameters {
                    path = path.replace(&format!("{{{name}}}"), "{}");
                }
                let mut line = format!("{} {path}", operation.method.as_str());
                let marks = [
                    (request.is_some(), " body"),
                    (query.is_some(), " query"),
                    (operation.is_replayable(), " key"),
                    (method.shape == Shape::List, " list"),
                ];
                line.extend(marks.into_iter().filter(|(has, _)| *has).map(|(_, mark)| mark));
                format!("{indent}{}: \"{line}\",\n", camel(method.name))
            })
            .collect()
    }
}

/// The methods of a handle that are made of the table.
fn of_handle(aggregate: &str) -> impl Iterator<Item = &'static Method> {
    methods().filter(move |method| {
        let is_made = match method.aggregate {
            AUTH => AUTH_CALLS.contains(&method.name),
            _ => method.shape != Shape::Other,
        };
        method.aggregate == aggregate && is_made
    })
}

/// Breaks a comment's text into lines.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 100;
    let mut lines = vec![String::from("   *")];
    for word in text.split(' ') {
        if lines.last().is_some_and(|line| line.len() + 1 + word.len() > WIDTH) {
            lines.push(String::from("   *"));
        }
        if let Some(line) = lines.last_mut() {
            *line += " ";
            *line += word;
        }
    }
    lines.join("\n") + "\n"
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &capitalized(word))
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_checked_in_module_is_the_contracts() {
        let same = std::fs::read_to_string(MODULE).is_ok_and(|checked_in| checked_in == module());
        assert!(same, "methods.ts is stale: run `cargo xtask typescript`");
    }

    #[test]
    fn every_handle_has_its_words() {
        let known: HashSet<_> =
            AGGREGATES.into_iter().map(|(name, _)| name).chain([AUTH, ""]).collect();
        let found: HashSet<_> = methods().map(|method| method.aggregate).collect();
        assert_eq!(known, found);
    }

    #[test]
    fn a_line_says_what_goes_where() {
        let contract = Contract::default();
        assert!(contract.lines("messages", "").contains("send: \"POST /messages body key\",\n"));
        assert!(contract.lines("accounts", "").contains("list: \"GET /users query list\",\n"));
        let leave = "removeUser: \"DELETE /sessions/{}/users/{}\",\n";
        assert!(contract.lines("sessions", "").contains(leave));
    }
}
