//! The words for what is wrong. Nothing here changes what is read.

use super::errors::*;
use super::lex::{Kind, Lexer, Quotes, is_newline, is_space};
use super::read::MAX_DEPTH;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::Scalar;

/// What a string is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Name,
    Key,
    Value,
}

/// The end of what a user may have meant as one value: up to whitespace, quotes, a brace or `;`.
pub fn loose_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or("");
    let ends = |c: char| is_space(c) || is_newline(c) || matches!(c, ';' | '{' | '}' | '"');
    start + rest.find(ends).unwrap_or(rest.len())
}

/// Whether a backslash before `at` looks like part of a path rather than of a continued line.
pub fn is_path(text: &str, at: usize) -> bool {
    let next = text.get(at..).and_then(|rest| rest.chars().next());
    next.is_some_and(|c| c != '/' && !is_space(c) && !is_newline(c))
}

pub fn unexpected(written: &str, span: Span) -> Diagnostic {
    let error = |message: String| Diagnostic::error(UNEXPECTED, message).at(span, "here");
    match written {
        "[" | "]" => error(format!(
            "`{written}` cannot stand here: KDL has no brackets"
        ))
        .help("write the items of a list one after the other: `steps 5 25 100`"),
        "(" | ")" => error(format!("`{written}` cannot stand here"))
            .help("remove it, or write the whole value in quotes"),
        "=" => error("`=` needs a name right before it".into())
            .help("write `name=\"value\"`; a name with special characters stands in quotes"),
        "" => error("a value is missing: the file ends here".into()).help("add the value"),
        _ if written.starts_with(is_newline) => {
            error("a value is missing: the line ends here".into()).help("add the value")
        }
        _ => error(format!("`{}` cannot stand here", excerpt(written))).help("remove it"),
    }
}

pub fn no_node(written: &str, span: Span) -> Diagnostic {
    let error = |message: &str| Diagnostic::error(UNEXPECTED, message).at(span, "here");
    match written {
        "{" => error("a block stands without a node before it")
            .help("put the `{` on the line of the node that it belongs to"),
        ";" => error("`;` ends a node, and none is here").help("remove it"),
        "/-" => error("`/-` stands behind another `/-`").help("remove one of them"),
        _ if written.is_empty() || written.starts_with(is_newline) => {
            error("the name of a node is missing").help("add it, or remove what stands before it")
        }
        _ => unexpected(written, span),
    }
}

pub fn nothing_dropped(span: Span) -> Diagnostic {
    Diagnostic::error(
        UNEXPECTED,
        "`/-` has nothing behind it that it could comment out",
    )
    .at(span, "here")
    .help("remove it")
}

pub fn backslash(span: Span) -> Diagnostic {
    Diagnostic::error(
        UNEXPECTED,
        "`\\` continues a line, but the line does not end behind it",
    )
    .at(span, "here")
    .help("remove it, or write the value that holds it in quotes, as `\\\\`")
}

pub fn equals_behind_name(name: &Scalar, span: Span) -> Diagnostic {
    let name = excerpt(&name.text);
    Diagnostic::error(
        UNEXPECTED,
        format!("`{name}` is a node, which takes its value without `=`"),
    )
    .at(span, "this `=`")
    .help(format!("write `{name} \"value\"`"))
}

pub fn no_value(key: &Scalar, span: Span) -> Diagnostic {
    let key_text = excerpt(&key.text);
    Diagnostic::error(
        UNEXPECTED,
        format!("the property `{key_text}` has no value"),
    )
    .at(key.span.to(span), "no value behind it")
    .help(format!(
        "write the value behind `=`: `{key_text}=\"value\"`"
    ))
}

pub fn unquoted(written: &str, span: Span) -> Diagnostic {
    let message = format!("`{}` must stand in quotes", excerpt(written));
    Diagnostic::error(UNQUOTED, message)
        .at(span, "not a bare word")
        .help(format!("write {}", in_quotes(written)))
}

pub fn not_a_number(written: &str, span: Span) -> Diagnostic {
    let shown = excerpt(written);
    let error = |message: String| Diagnostic::error(UNQUOTED, message).at(span, "not a number");
    let digits = written.trim_start_matches(['+', '-']);
    let (sign, _) = written.split_at(written.len() - digits.len());
    if let Some(number) = written.strip_suffix(',')
        && super::number::kind(number).is_some()
    {
        return error(format!("the comma of `{shown}` is no part of a number"))
            .help("write a space between values, without a comma");
    }
    if digits.starts_with('.') && super::number::kind(&format!("0{digits}")).is_some() {
        return error(format!("`{shown}` has no digit before its point"))
            .help(format!("write `{sign}0{}`", excerpt(digits)));
    }
    error(format!("`{shown}` begins like a number and is none"))
        .help(format!("write it in quotes: {}", in_quotes(written)))
}

/// A string in quotes and backticks, for a help.
fn in_quotes(written: &str) -> String {
    format!(
        "`\"{}\"`",
        excerpt(&written.replace('\\', "\\\\").replace('"', "\\\""))
    )
}

pub fn bare_keyword(word: &str, role: Role, span: Span) -> Diagnostic {
    let message = format!("`{word}` is a reserved word of KDL");
    let help = match (role, word) {
        (Role::Value, "true" | "false" | "null") => {
            format!("write `#{word}` for the value, or `\"{word}\"` for the text")
        }
        _ => format!("write it in quotes: `\"{word}\"`"),
    };
    Diagnostic::error(BARE_KEYWORD, message)
        .at(span, "neither value nor text")
        .help(help)
}

pub fn not_a_name(written: &str, role: Role, span: Span) -> Diagnostic {
    let what = if role == Role::Key {
        "a property"
    } else {
        "a node"
    };
    let message = format!(
        "`{}` cannot be the name of {what} as it stands",
        excerpt(written)
    );
    Diagnostic::error(UNQUOTED, message)
        .at(span, "not a name")
        .help(format!("write the name in quotes: {}", in_quotes(written)))
}

pub fn hash_comment(span: Span) -> Diagnostic {
    Diagnostic::error(UNQUOTED, "`#` does not begin a comment in KDL")
        .at(span, "this line")
        .help("write a comment as `// …`")
}

pub fn unknown_keyword(written: &str, span: Span) -> Diagnostic {
    let shown = excerpt(written);
    let message = format!("`{shown}` is none of `#true`, `#false` and `#null`");
    let word = written.trim_start_matches('#');
    let help = match word.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => "write `#true`".into(),
        "false" | "no" | "off" => "write `#false`".into(),
        "null" | "none" | "nil" => "write `#null`".into(),
        _ if written.starts_with("# ") || word.is_empty() => {
            "write a comment as `// …`, a raw string as `#\"…\"#`".into()
        }
        _ => format!(
            "write it in quotes: {}; a comment begins with `//`",
            in_quotes(written)
        ),
    };
    Diagnostic::error(UNKNOWN_KEYWORD, message)
        .at(span, "unknown")
        .help(help)
}

pub fn raw_string_of_version_one(span: Span) -> Diagnostic {
    Diagnostic::error(VERSION_ONE, "`r\"…\"` is a raw string of KDL 1")
        .at(span, "behind `r`")
        .help("write `#\"…\"#`")
}

pub fn version_one(span: Span) -> Diagnostic {
    Diagnostic::error(VERSION_ONE, "the file says that it is KDL 1")
        .at(span, "declared here")
        .help("write it in KDL 2 and remove this line, or write `/- kdl-version 2`")
}

pub fn type_annotation(written: &str, span: Span) -> Diagnostic {
    let message = format!(
        "the type annotation `{}` has no meaning here",
        excerpt(written)
    );
    Diagnostic::error(TYPE_ANNOTATION, message)
        .at(span, "this annotation")
        .help("remove it: the field decides how its value is read")
}

pub fn not_finite(written: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        NOT_FINITE,
        format!("`{written}` is not a number that a field can take"),
    )
    .at(span, "here")
    .help("write a finite number, or leave the field out")
}

pub fn late_argument(value: &Scalar, property: Span) -> Diagnostic {
    let message = format!(
        "the argument `{}` comes after a property",
        excerpt(&value.text)
    );
    Diagnostic::error(LATE_ARGUMENT, message)
        .at(value.span, "this argument")
        .at(property, "the first property")
        .help("move it before the properties")
}

pub fn property_twice(later: &Scalar, first: &Scalar) -> Diagnostic {
    Diagnostic::error(
        PROPERTY_TWICE,
        format!("the property `{}` is given twice", excerpt(&first.text)),
    )
    .at(later.span, "given again")
    .at(first.span, "first given here")
    .help("remove one of the two")
}

pub fn second_block(name: &Scalar, opener: Span, first: Span) -> Diagnostic {
    Diagnostic::error(
        AFTER_BLOCK,
        format!("the node `{}` has a second block", excerpt(&name.text)),
    )
    .at(opener, "the second block")
    .at(first, "the first one")
    .help("put everything into one block")
}

pub fn after_block(name: &Scalar, span: Span, block: Option<Span>) -> Diagnostic {
    let name = excerpt(&name.text);
    let message = format!("something stands behind the block of `{name}`");
    let error = Diagnostic::error(AFTER_BLOCK, message)
        .at(span, "here")
        .help("move it before the block, or to a line of its own");
    match block {
        Some(block) => error.at(block, "the block"),
        None => error,
    }
}

pub fn too_deep(opener: Span, outermost: Span) -> Diagnostic {
    Diagnostic::error(
        TOO_DEEP,
        format!("blocks are nested deeper than {MAX_DEPTH} levels"),
    )
    .at(opener, "this block is one too many")
    .at(outermost, "the outermost block")
    .note("the rest of the file was not read")
    .help("look for a `{` without its `}`, or make the structure flatter")
}

pub fn unclosed_string(opener: Span, quotes: Quotes) -> Diagnostic {
    let hashes = "#".repeat((quotes.hashes as usize).min(8));
    let (message, help) = match quotes.multi_line {
        true => (
            "the string that begins here has no end",
            format!("add `\"\"\"{hashes}`"),
        ),
        false => (
            "the string that begins here is not closed on its line",
            format!("add `\"{hashes}`; a text over several lines stands in `\"\"\"`"),
        ),
    };
    Diagnostic::error(UNCLOSED_STRING, message)
        .at(opener, "begins here")
        .help(help)
}

pub fn unclosed_comment(opener: Span) -> Diagnostic {
    Diagnostic::error(UNCLOSED_COMMENT, "the comment that begins here has no end")
        .at(opener, "begins here")
        .note("comments nest: each `/*` needs its own `*/`")
        .help("add `*/`; write a value that holds `/*` in quotes")
}

pub fn unclosed_block(opener: Span, open: usize) -> Diagnostic {
    let error = Diagnostic::error(UNCLOSED_BLOCK, "the block that begins here has no end")
        .at(opener, "begins here")
        .help("add `}`");
    match open {
        0 | 1 => error,
        _ => error.note(format!("at the end of the file {open} blocks are open")),
    }
}

pub fn unclosed_inside(opener: Span, brace: Span) -> Diagnostic {
    Diagnostic::error(UNCLOSED_BLOCK, "the block that begins here has no end")
        .at(opener, "begins here")
        .at(brace, "by its indentation, this closes a block further out")
        .help("add `}`")
}

pub fn stray_brace(span: Span) -> Diagnostic {
    Diagnostic::error(STRAY_BRACE, "this `}` closes nothing")
        .at(span, "no block is open here")
        .help("remove it, or look for a missing `{` before it")
}

pub fn missing_space(written: &str, last: Span, span: Span) -> Diagnostic {
    let error = |message: String| {
        Diagnostic::error(MISSING_SPACE, message)
            .at(span, "here")
            .at(last, "touches this")
    };
    match written {
        "," => error("a comma stands between two values".into())
            .help("write a space alone between values"),
        _ => error(format!("`{}` needs a space before it", excerpt(written)))
            .help("put a space between the two, or the whole in quotes if it is one value"),
    }
}

/// The `{` that lacks its `}` and the `}` that was taken for it, by indentation: the first `}` at
/// the start of a line that is indented less than the line of its `{`.
pub fn suspect(text: &str) -> Option<(usize, usize)> {
    let mut lexer = Lexer::new(text);
    let (mut open, mut indentation, mut first) = (Vec::new(), 0, true);
    loop {
        let token = lexer.next_token();
        match token.kind {
            Kind::End => return None,
            Kind::Newline => (indentation, first) = (0, true),
            Kind::Space if first => indentation = token.end - token.start,
            Kind::Open => open.push((token.start, indentation)),
            Kind::Close => match open.pop() {
                Some((opener, outer)) if first && indentation < outer => {
                    return Some((opener, token.start));
                }
                _ => {}
            },
            _ => {}
        }
        first &= matches!(token.kind, Kind::Newline | Kind::Space);
    }
}
