//! One exported type, laid out as Prettier would.

use std::fmt;

use ts_rs::{Config, TS};

use super::shape::{Field, Shape, docs};

/// What Prettier puts on a line at most.
const WIDTH: usize = 80;

/// An exported type. `Display` writes it as it stands in a module, with a line break at its end.
#[derive(Clone, Debug)]
pub struct Declaration {
    docs: String,
    /// With its parameters: `Page<Id>`.
    head: String,
    shape: Shape,
    /// What each member of a union means, where they say so.
    variants: Vec<String>,
}

impl Declaration {
    pub(super) fn of<T: TS + ?Sized>(config: &Config, variants: &[&str]) -> Self {
        let text = T::decl(config);
        let (head, shape) = text.split_once('=').unwrap_or_default();
        Self {
            docs: docs(&T::docs().unwrap_or_default()),
            head: head.trim().trim_start_matches("type ").to_owned(),
            shape: Shape::read(shape),
            variants: variants.iter().map(|text| docs(text)).collect(),
        }
    }

    /// Its name, without parameters.
    #[must_use]
    pub fn name(&self) -> &str {
        self.head.split('<').next().unwrap_or_default()
    }

    pub(super) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Lets every field be left out, which is another way to say that there is nothing.
    pub(super) fn make_optional(&mut self) {
        if let Shape::Object(fields) = &mut self.shape {
            for field in fields {
                field.is_optional = true;
                field.shape = field.shape.clone().without_null();
            }
        }
    }

    /// Itself, behind the members of the union that it is, where these are told apart by a field.
    pub(super) fn with_members(mut self) -> Vec<Self> {
        let Shape::Union(members) = &mut self.shape else { return vec![self] };
        let Some(names) = members.iter().map(tag).collect::<Option<Vec<_>>>() else {
            return vec![self];
        };
        let field = names.first().map_or_else(String::new, |(field, _)| field.clone());
        let heads = names.iter().map(|(_, tag)| pascal(tag) + &self.head).collect::<Vec<_>>();
        let plain = heads.iter().cloned().map(Shape::Plain).collect();
        let shapes = std::mem::replace(members, plain);
        let variants = std::mem::take(&mut self.variants).into_iter();
        let all_docs = variants.chain(std::iter::repeat(String::new()));
        let member = |((head, shape), docs)| Self { docs, head, shape, variants: Vec::new() };
        let tags = Self {
            docs: format!("What tells one `{}` from another.", self.head),
            head: format!("{}{}", self.head, pascal(&field)),
            shape: Shape::Plain(format!("{}[\"{field}\"]", self.head)),
            variants: Vec::new(),
        };
        let members = heads.into_iter().zip(shapes).zip(all_docs).map(member);
        members.chain([self, tags]).collect()
    }
}

/// The field by which an object is told apart, its first one, and what stands in it.
fn tag(member: &Shape) -> Option<(String, String)> {
    let Shape::Object(fields) = member else { return None };
    let Field { name, shape: Shape::Plain(text), .. } = fields.first()? else { return None };
    let tag = text.strip_prefix('"')?.strip_suffix('"')?;
    Some((name.clone(), tag.to_owned()))
}

/// `new_message` as `NewMessage`.
fn pascal(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    name.split('_').map(word).collect()
}

/// Text as a comment before what it tells of.
struct Comment<'a>(&'a str, &'static str);

impl fmt::Display for Comment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, indent) = self;
        if text.is_empty() {
            return Ok(());
        }
        if !text.contains('\n') {
            return writeln!(f, "{indent}/** {text} */");
        }
        writeln!(f, "{indent}/**")?;
        for line in text.lines() {
            writeln!(f, "{}", format!("{indent} * {line}").trim_end())?;
        }
        writeln!(f, "{indent} */")
    }
}

impl fmt::Display for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { docs, head, shape, variants } = self;
        write!(f, "{}", Comment(docs, ""))?;
        match shape {
            Shape::Object(fields) => {
                writeln!(f, "export interface {head} {{")?;
                for field in fields {
                    write!(f, "{}", Comment(&field.docs, "  "))?;
                    writeln!(f, "  {field}")?;
                }
                writeln!(f, "}}")
            }
            Shape::Union(members) => {
                let line = format!("export type {head} = {shape};");
                if variants.is_empty() && line.len() <= WIDTH {
                    return writeln!(f, "{line}");
                }
                write!(f, "export type {head} =")?;
                for (number, member) in members.iter().enumerate() {
                    let docs = variants.get(number).map_or("", String::as_str);
                    write!(f, "\n{}  | {member}", Comment(docs, "  "))?;
                }
                writeln!(f, ";")
            }
            Shape::Plain(text) => match variants.first() {
                Some(docs) => {
                    writeln!(f, "export type {head} =\n{}  {text};", Comment(docs, "  "))
                }
                None => writeln!(f, "export type {head} = {text};"),
            },
        }
    }
}
