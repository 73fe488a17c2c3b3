//! What a type is made of, read back from the one line that ts-rs writes.

use std::fmt;

/// What stands to the right of `type X =`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// An object with these fields.
    Object(Vec<Field>),
    /// One of these.
    Union(Vec<Shape>),
    /// Anything else, as TypeScript writes it: a name, a literal, an array of what has a name.
    Plain(String),
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// What it means; lines without the signs of a comment.
    pub(super) docs: String,
    /// Its name.
    pub(super) name: String,
    /// Whether it can be left out.
    pub(super) is_optional: bool,
    /// What it holds.
    pub(super) shape: Shape,
}

impl Shape {
    /// Reads what ts-rs writes. What it never writes makes a shape that TypeScript refuses.
    pub(super) fn read(text: &str) -> Self {
        Reader(text).union()
    }

    /// The words in it, among them the names of other types.
    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::Object(fields) => fields.iter().flat_map(|field| field.shape.names()).collect(),
            Self::Union(members) => members.iter().flat_map(Self::names).collect(),
            Self::Plain(text) => {
                let is_sign = |c: char| !c.is_alphanumeric();
                text.split(is_sign).map(str::to_owned).collect()
            }
        }
    }

    /// The same but for `null`.
    pub(super) fn without_null(self) -> Self {
        let Self::Union(mut members) = self else { return self };
        members.retain(|member| *member != Self::Plain("null".to_owned()));
        Self::of(members)
    }

    fn of(mut members: Vec<Self>) -> Self {
        if members.len() == 1 { members.remove(0) } else { Self::Union(members) }
    }

    /// What is both at once. Where one of them is a union, its fields come first.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Object(mut fields), Self::Object(more)) => {
                fields.extend(more);
                Self::Object(fields)
            }
            (Self::Union(members), other) | (other, Self::Union(members)) => {
                Self::Union(members.into_iter().map(|member| member.and(other.clone())).collect())
            }
            (one, other) => Self::Plain(format!("{one} & {other}")),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |parts: &[Self]| parts.iter().map(Self::to_string).collect::<Vec<_>>();
        match self {
            Self::Object(fields) => {
                let fields: Vec<_> = fields.iter().map(Field::to_string).collect();
                write!(f, "{{ {} }}", fields.join(" "))
            }
            Self::Union(members) => f.write_str(&join(members).join(" | ")),
            Self::Plain(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_optional { "?" } else { "" };
        write!(f, "{}{mark}: {};", self.name, self.shape)
    }
}

/// The text of a comment, or of a doc attribute, without white space and signs around its lines.
/// Links lead nowhere in TypeScript: `` [`A`] `` becomes `` `A` ``.
pub(super) fn docs(comment: &str) -> String {
    let lines = comment.lines().map(str::trim).filter(|line| !matches!(*line, "/**" | "*/"));
    let lines = lines.map(|line| line.strip_prefix('*').unwrap_or(line).trim());
    let text = lines.collect::<Vec<_>>().join("\n");
    text.trim().replace("[`", "`").replace("`]", "`")
}

/// The rest of the text. Every step takes something from it, whatever it is, or leaves nothing.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn union(&mut self) -> Shape {
        let mut members = vec![self.intersection()];
        while self.take('|') {
            members.push(self.intersection());
        }
        Shape::of(members)
    }

    fn intersection(&mut self) -> Shape {
        let mut shape = self.single();
        while self.take('&') {
            shape = shape.and(self.single());
        }
        shape
    }

    fn single(&mut self) -> Shape {
        if self.take('(') {
            let shape = self.union();
            self.take(')');
            return shape;
        }
        if self.take('{') {
            return self.object();
        }
        let word = self.until(&['|', '&', ',', ';', ')', '}']).trim();
        let element = word.strip_prefix("Array<").and_then(|rest| rest.strip_suffix('>'));
        Shape::Plain(element.map_or_else(|| word.to_owned(), |element| format!("{element}[]")))
    }

    fn object(&mut self) -> Shape {
        let mut fields = Vec::new();
        while !self.take('}') && !self.0.is_empty() {
            let comment = match self.0.split_once("*/") {
                Some((comment, rest)) if self.0.starts_with("/**") => {
                    self.0 = rest;
                    comment
                }
                _ => "",
            };
            let name = self.until(&[':']).trim().trim_matches('"');
            self.take(':');
            let (name, is_optional) =
                name.strip_suffix('?').map_or((name, false), |name| (name, true));
            let (docs, name) = (docs(comment), name.to_owned());
            fields.push(Field { docs, name, is_optional, shape: self.union() });
            self.take(',');
        }
        Shape::Object(fields)
    }

    /// Takes this sign, if it comes next.
    fn take(&mut self, sign: char) -> bool {
        self.0 = self.0.trim_start();
        let rest = self.0.strip_prefix(sign);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Takes what comes before these signs.
    fn until(&mut self, signs: &[char]) -> &'a str {
        let (text, rest) = self.0.split_at(self.0.find(signs).unwrap_or(self.0.len()));
        self.0 = rest;
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Shape, docs};

    fn read(text: &str) -> String {
        Shape::read(text).to_string()
    }

    #[test]
    fn what_ts_rs_writes_is_read() {
        assert_eq!(read("string"), "string");
        assert_eq!(read("Array<UserView>"), "UserView[]");
        assert_eq!(read("User | null"), "User | null");
        assert_eq!(read("{ id: UserId, q?: string, }"), "{ id: UserId; q?: string; }");
        assert_eq!(read("\"a\" | \"b\""), "\"a\" | \"b\"");
    }

    #[test]
    fn comments_stay_with_their_fields() {
        let field = Field {
            docs: "Its id,\nfrom 1 up: so.".into(),
            name: "id".into(),
            is_optional: false,
            shape: Shape::Plain("UserId".into()),
        };
        let text = "{ \n/**\n * Its id,\n * from 1 up: so.\n */\nid: UserId, }";
        assert_eq!(Shape::read(text), Shape::Object(vec![field]));
        assert_eq!(docs(" See [`User`].\n"), "See `User`.");
    }

    #[test]
    fn an_object_goes_into_every_member_of_a_union() {
        let text = "{ cursor: string, } & ({ \"type\": \"a\", } | { \"type\": \"b\", id: Id, })";
        let members = "{ type: \"a\"; cursor: string; } | { type: \"b\"; id: Id; cursor: string; }";
        assert_eq!(read(text), members);
    }
}
