//! The words for what the reader refuses.

use super::codes::*;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::Scalar;

pub(super) fn anchor(span: Span) -> Diagnostic {
    Diagnostic::error(YAML_ANCHOR, "anchors are not expanded here")
        .at(span, "anchor")
        .help("remove `&…`, and write the value out where it is used")
}

pub(super) fn alias(span: Span) -> Diagnostic {
    Diagnostic::error(YAML_ALIAS, "aliases are not expanded here")
        .at(span, "alias")
        .help("write the value out, or put a string that starts with `*` in quotes")
}

pub(super) fn unknown_alias(span: Span) -> Diagnostic {
    Diagnostic::error(
        YAML_ALIAS,
        "no anchor of this name stands above it in its document",
    )
    .at(span, "alias")
    .help("define it with `&…` further up, or put a string that starts with `*` in quotes")
}

pub(super) fn tag(span: Span) -> Diagnostic {
    Diagnostic::error(YAML_TAG, "tags have no meaning here")
        .at(span, "tag")
        .help("remove the tag, or put a string that starts with `!` in quotes")
}

pub(super) fn tab(span: Span) -> Diagnostic {
    Diagnostic::error(YAML_TAB, "a tab stands in the indentation")
        .at(span, "this tab")
        .help("indent with spaces, two for each level")
}

pub(super) fn duplicate(first: &Scalar, second: &Scalar) -> Diagnostic {
    Diagnostic::error(
        YAML_DUPLICATE_KEY,
        format!("`{}` stands in this map twice", second.text),
    )
    .at(second.span, "again here")
    .at(first.span, "first here")
    .help("keep one of them, or merge what stands below both")
}

pub(super) fn merge_key(span: Span) -> Diagnostic {
    Diagnostic::error(YAML_MERGE_KEY, "`<<` merges maps in some programs only")
        .at(span, "merge key")
        .help("write the members of the other map out")
}

pub(super) fn merge_of_no_map(span: Span) -> Diagnostic {
    Diagnostic::error(YAML_MERGE_KEY, "`<<` merges maps, and this is none")
        .at(span, "merge key")
        .help("name an anchor at a map, or write the members out")
}

pub(super) fn expansion(most: usize, span: Span) -> Diagnostic {
    let message = format!("the aliases of this document stand for more than {most} values");
    Diagnostic::error(YAML_EXPANSION, message)
        .at(span, "one alias too many")
        .help("write out what is meant, without aliases inside of aliases")
}

pub(super) fn too_many(most: usize, span: Span) -> Diagnostic {
    let message = format!("this document has more than {most} values");
    Diagnostic::error(YAML_EXPANSION, message)
        .at(span, "one value too many")
        .help("write the objects as documents of their own")
}

pub(super) fn composite_key(span: Span) -> Diagnostic {
    Diagnostic::error(YAML_KEY, "a key must be a string, this is a list or a map")
        .at(span, "starts here")
        .help("write the key as a string, in quotes if it holds brackets or braces")
}

pub(super) fn key(key: &Scalar) -> Diagnostic {
    if key.text.is_empty() {
        return Diagnostic::error(YAML_KEY, "a key is missing before this colon")
            .at(key.span, "no key")
            .help("write the key, or remove the line");
    }
    let text = &key.text;
    let message = format!("the key `{text}` is read as something else than a string");
    Diagnostic::error(YAML_KEY, message)
        .at(key.span, "not a string")
        .help(format!("write `\"{text}\"`"))
}

pub(super) fn number(text: &str, span: Span) -> Diagnostic {
    let message = format!("Kubernetes cannot hold the number `{text}`");
    Diagnostic::error(YAML_NUMBER, message)
        .at(span, "not within 64 bits")
        .help(format!("write `\"{text}\"` if a string is meant"))
}

pub(super) fn second_document(span: Span, first: Span) -> Diagnostic {
    let message = "a spec file holds one document, here starts another";
    Diagnostic::error(YAML_DOCUMENTS, message)
        .at(span, "the second document")
        .at(first, "the first one")
        .help("remove `---`, or move what stands behind it to a file of its own")
}

pub(super) fn depth(deepest: usize, span: Span) -> Diagnostic {
    let message = format!("lists and maps stand more than {deepest} deep in one another");
    Diagnostic::error(YAML_DEPTH, message)
        .at(span, "one level too many")
        .help("flatten the structure, or look for brackets that were never closed")
}

/// What the parser stumbled over, by a part of its own words.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "mapping values are not allowed",
        "a second `: ` stands in this line, or the line is indented too far",
        "put the value in quotes, or indent the line as its neighbours are",
    ),
    (
        "simple key expect",
        "this line is neither `key: value` nor part of the value above",
        "add `: ` behind the key, or indent the line under the value that it continues",
    ),
    (
        "invalid indentation in quoted scalar",
        "a quoted string goes on at the start of a line",
        "close the quote, or indent the lines of the string",
    ),
    (
        "unexpected end of stream",
        "a quote is never closed",
        "close it",
    ),
    (
        "expected ',' or",
        "a `,` or a closing bracket is missing",
        "add the comma between two entries, or close the bracket",
    ),
    (
        "illegal placement of ':'",
        "a `,` or a closing bracket is missing before this colon",
        "close the bracket, or put the value in quotes",
    ),
    (
        "did not find expected key",
        "this line is indented differently from the map around it",
        "indent it as its neighbours are",
    ),
    (
        "expected '-' indicator",
        "this line is indented differently from the list around it",
        "start it with `- `, or indent it as its neighbours are",
    ),
    (
        "unexpected character",
        "a value cannot start with this character",
        "put the value in quotes",
    ),
    (
        "unknown escape character",
        "no such escape exists in double quotes",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    (
        "invalid indentation",
        "this line is not indented as the lines around it are",
        "indent it as its neighbours are",
    ),
    (
        "block sequence entries are not allowed",
        "a list item cannot start here",
        "start the list on a line of its own",
    ),
    (
        "misplaced bracket",
        "this bracket closes nothing",
        "remove it, or put the value in quotes",
    ),
    (
        "expected node content",
        "a value is expected here",
        "write a value, in quotes if it starts with a special character",
    ),
];

pub(super) fn syntax(info: &str, span: Span) -> Diagnostic {
    let known = MISTAKES.iter().find(|(part, _, _)| info.contains(part));
    match known {
        Some((_, message, help)) => Diagnostic::error(YAML_SYNTAX, *message)
            .at(span, "the reader stopped here")
            .help(*help),
        None => Diagnostic::error(YAML_SYNTAX, format!("this is not YAML: {info}"))
            .at(span, "the reader stopped here")
            .help("look at this line and the one above it"),
    }
}
