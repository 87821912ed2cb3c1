//! What can be wrong with a spec's words: the codes, and the sentences that both decoders share.

use super::scalar::{Accepts, ScalarShape, one_of};
use super::shape::{Shape, StructShape};
use super::suggest;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::syntax::kdl::edit::{name as kdl_name, quote};
use crate::syntax::{Scalar, ScalarKind};
use crate::value::Str;

crate::codes! {
    /// The language has no field of that name in this place. The help names the nearest field
    /// that it has, or the block that has one of that name: `replicas` stands in `size`. All fields
    /// are listed by `tiphys explain language service` and in `docs/reference/language.md`.
    UNKNOWN_FIELD = "unknown-field": "a field that the language does not have";
    /// A value has another type than its field. A string where a number is meant, a number with
    /// a fraction where a string is meant, a list where one value is meant. The message says what
    /// is expected and shows an example. In KDL, strings with units are quoted: `cpu="500m"`.
    WRONG_TYPE = "wrong-type": "a value of another type than its field takes";
    /// A text has the right type and the wrong form: a duration without unit, a name with capital
    /// letters, a percentage above 100. The message says which form is expected.
    WRONG_FORM = "wrong-form": "a text whose form its field does not take";
    /// A field, a key or a list entry is written twice, and only one of them could count. Both
    /// places are shown. Remove one of them.
    REPEATED = "repeated": "the same thing written twice";
    /// A node has more arguments than its fields take, or none where one is needed. In KDL the
    /// arguments of a node fill its positional fields in order; everything else is a property
    /// or stands in the block.
    WRONG_ARGUMENTS = "wrong-arguments": "too many or too few arguments";
    /// A list, a map or a block was written as a property. In KDL only single values may be
    /// properties (`name=value`); lists and blocks are nodes of their own: `calls "cart"`.
    NOT_A_PROPERTY = "not-a-property": "something that cannot be written as a property";
    /// A field must be there and is not. The language has few of them: what a thing cannot be
    /// without and what no default can guess.
    MISSING_FIELD = "missing-field": "a field that must be there";
    /// A file holds something else than its place says: one thing a file, named after the file.
    /// `environments/services/cart.kdl` holds `service "cart"` and nothing else.
    WRONG_FILE = "wrong-file": "a file that does not hold what its path says";
    /// A word is reserved for a later version of the language and means nothing yet.
    /// Remove it; nothing would be emitted for it.
    RESERVED = "reserved-word": "a word that is kept for a later version";
}

/// So many errors of a file get a help that compares names, which takes time.
pub const HELPED: usize = 100;

const RESERVED_WORDS: &[&str] = &[
    "job",
    "cron",
    "database",
    "access",
    "flag",
    "experiment",
    "journey",
    "measure",
    "budget",
];

/// The name among `names` that is nearest to `word`, if it is near at all.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    suggest::near(word, names).map(|(_, name)| name)
}

/// Edits (insert, remove, replace, swap neighbours) between two words.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = match (i, j) {
                (0, _) => j,
                (_, 0) => i,
                _ => {
                    let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let mut least = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(rows[i - 2][j - 2] + 1);
                    }
                    least
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

/// Reports a field that `within` does not have. Of the first ones it says what was meant.
pub fn unknown_field(name: &Scalar, within: &StructShape, owner: &str, diags: &mut Diagnostics) {
    let help = match diags.n_errors() < HELPED {
        true => suggest::field(&name.text, within, owner),
        false => "correct the first ones, and run it again".to_string(),
    };
    diags.push(unknown(&name.text, name.span, owner, help));
}

fn unknown(name: &str, span: Span, owner: &str, help: String) -> Diagnostic {
    if RESERVED_WORDS.contains(&name) {
        return Diagnostic::error(RESERVED, format!("`{name}` is kept for a later version"))
            .at(span, "means nothing yet")
            .help("remove it");
    }
    Diagnostic::error(UNKNOWN_FIELD, format!("{owner} has no field `{name}`"))
        .at(span, "not a field of the language")
        .help(help)
}

pub fn repeated(what: &str, first: Span, second: Span) -> Diagnostic {
    Diagnostic::error(REPEATED, format!("{what} is given twice"))
        .at(second, "given again here")
        .at(first, "first given here")
        .help("remove one of them")
}

/// How a field of this shape is written, for messages: `http 8080`, `calls "cart"`.
pub fn example(name: &str, shape: &Shape) -> String {
    match shape {
        Shape::Scalar(scalar) | Shape::Sequence(scalar) | Shape::Set(scalar) => {
            format!("{name} {}", one(scalar))
        }
        Shape::Flag => name.to_string(),
        Shape::Struct(shape) | Shape::List(shape) => match first_argument(shape) {
            Some(argument) => format!("{name} {}", one(argument)),
            None => format!("{name} {{ … }}"),
        },
        Shape::Remove => format!("{name} {{ … }}"),
        Shape::Map(_) | Shape::Group(_) => format!("{name} \"…\" {{ … }}"),
        Shape::Strings(key, text) => {
            format!("{name} {}={}", kdl_name(key.example), quote(text.example))
        }
        Shape::Calls(callee, _) => format!("{name} {}", one(callee)),
        Shape::Tagged(tags) => format!("{name} {}", tags[0].0),
    }
}

/// The example of a scalar as KDL has it.
fn one(scalar: &ScalarShape) -> String {
    match scalar.accepts {
        Accepts::Text if scalar.words.contains(&scalar.example) => scalar.example.to_string(),
        Accepts::Text => quote(scalar.example),
        _ => scalar.example.to_string(),
    }
}

fn first_argument(shape: &StructShape) -> Option<&'static ScalarShape> {
    let field = shape.fields.iter().find(|field| field.argument)?;
    match field.shape {
        Shape::Scalar(scalar) => Some(scalar),
        _ => None,
    }
}

/// The text of a scalar for a field that takes it, or what is wrong with it.
pub fn take(scalar: &Scalar, shape: &ScalarShape, field: &str) -> Result<Str, Box<Diagnostic>> {
    use ScalarKind::{Bool, Integer, String};
    let fits = match (shape.accepts, scalar.kind) {
        (Accepts::Text, String) | (Accepts::Integer, Integer) | (Accepts::Bool, Bool(_)) => true,
        (Accepts::Text, Integer) => super::scalar::plain_integer(&scalar.text).is_some(),
        _ => false,
    };
    if !fits {
        return Err(Box::new(wrong_type(scalar, shape, field)));
    }
    let text = match scalar.kind {
        Bool(flag) => Str::from(if flag { "true" } else { "false" }),
        _ => scalar.text.clone(),
    };
    match (shape.check)(&text) {
        Ok(()) => Ok(text),
        Err(why) => Err(Box::new(wrong_form(&text, scalar.span, shape, field, &why))),
    }
}

fn wrong_form(text: &str, span: Span, shape: &ScalarShape, field: &str, why: &str) -> Diagnostic {
    let shown: String = text.chars().take(60).collect();
    let message = format!("`{shown}` is not {} for `{field}`: {why}", shape.name);
    let finding = Diagnostic::error(WRONG_FORM, message).at(span, why);
    match nearest(text, shape.words.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None if !shape.words.is_empty() => finding.help(format!("use {}", one_of(shape.words))),
        None => finding.help(suggest::value(text, shape)),
    }
}

fn wrong_type(scalar: &Scalar, shape: &ScalarShape, field: &str) -> Diagnostic {
    let found = match scalar.kind {
        ScalarKind::String => "a string",
        ScalarKind::Integer => "a number",
        ScalarKind::Float => "a number with a fraction",
        ScalarKind::Bool(_) => "a boolean",
        ScalarKind::Null => "null",
    };
    let message = format!("`{field}` takes {}, not {found}", shape.name);
    let finding = Diagnostic::error(WRONG_TYPE, message).at(scalar.span, found);
    match (shape.accepts, scalar.kind) {
        (Accepts::Bool, _) => finding.help("write true or false (in KDL `#true` or `#false`)"),
        (_, ScalarKind::Null) => finding.help(suggest::value("", shape)),
        (Accepts::Text, ScalarKind::Bool(flag)) => {
            finding.help(suggest::value(if flag { "true" } else { "false" }, shape))
        }
        _ => finding.help(suggest::value(&scalar.text, shape)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["replicas", "memory", "cpu"];
        assert_eq!(nearest("replcias", names), Some("replicas"));
        assert_eq!(nearest("mem", names), None);
        assert_eq!(nearest("xyz", names), None);
    }
}
