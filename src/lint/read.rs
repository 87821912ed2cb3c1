//! From texts to objects: a file is cut into its documents, each is read by itself, and lists are
//! taken apart.

use std::borrow::Cow;

use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Span};
use crate::syntax::{Yaml, yaml};
use crate::value::{Map, Str, Value};

/// A part of a file that is read by itself: documents that nothing else refers into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub file: FileId,
    pub start: usize,
    pub end: usize,
}

/// An object within a chunk.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub value: Value,
    pub at: Within,
}

/// Where an object is in its chunk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Within {
    /// Number of the document, empty ones left out.
    pub document: usize,
    /// JSON pointer from the document to the object: empty, or through the items of lists.
    pub prefix: Str,
}

/// Lists in lists are opened so far.
const DEEPEST_LIST: usize = 8;

/// Cuts at lines that begin with `---`: nothing goes on over such a line in YAML. A file with
/// directives stays whole, and JSON is cut between its values.
pub fn chunks(file: FileId, text: &str) -> Vec<Chunk> {
    let whole = |start, end| Chunk { file, start, end };
    if is_json(text) {
        return json_values(text)
            .into_iter()
            .map(|(start, end)| whole(start, end))
            .collect();
    }
    if text.starts_with('%') || text.contains("\n%") {
        return vec![whole(0, text.len())];
    }
    let mut chunks = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices("\n---") {
        let behind = text.as_bytes().get(at + 4);
        if matches!(behind, None | Some(b' ' | b'\t' | b'\r' | b'\n')) {
            chunks.push(whole(start, at + 1));
            start = at + 1;
        }
    }
    chunks.push(whole(start, text.len()));
    chunks
}

/// The values of the documents, save empty ones; `None` where something has to be reported.
pub fn values(text: &str) -> Option<Vec<Value>> {
    match is_json(text) {
        true => yaml::read_values(&json_as_yaml(text, Escapes::Exact)),
        false => yaml::read_values(text),
    }
}

/// The same documents with their places in the file.
pub fn trees(chunk: Chunk, text: &str, diags: &mut Diagnostics) -> Vec<Yaml> {
    let mut found = Diagnostics::new();
    let text = match is_json(text) {
        true => json_as_yaml(text, Escapes::SameLength),
        false => Cow::Borrowed(text),
    };
    let trees = yaml::read_foreign(chunk.file, &text, &mut found);
    for mut one in found.into_sorted() {
        one.labels
            .iter_mut()
            .for_each(|label| label.span = shifted(label.span, chunk));
        diags.push(one);
    }
    trees
}

/// A span within a chunk as one of the file.
pub fn shifted(span: Span, chunk: Chunk) -> Span {
    let start = chunk.start + span.start as usize;
    let end = chunk.start + span.end as usize;
    Span::new(chunk.file, start, end)
}

/// Takes lists of objects apart, in their order.
pub fn objects(documents: Vec<Value>) -> Vec<Found> {
    let mut found = Vec::with_capacity(documents.len());
    for (document, value) in documents.into_iter().enumerate() {
        let at = Within {
            document,
            prefix: Str::new(),
        };
        open(value, at, 0, &mut found);
    }
    found
}

fn open(mut value: Value, at: Within, depth: usize, found: &mut Vec<Found>) {
    let items = match depth < DEEPEST_LIST && is_list(&value) {
        true => value.as_map_mut().and_then(|map| map.remove("items")),
        false => None,
    };
    let Some(Value::List(items)) = items else {
        return found.push(Found { value, at });
    };
    for (index, mut item) in items.into_iter().enumerate() {
        name_type(&value, &mut item);
        let prefix = crate::value::Str::from(format!("{}/items/{index}", at.prefix));
        let document = at.document;
        open(item, Within { document, prefix }, depth + 1, found);
    }
}

/// `List`, and the lists of one kind (`ConfigMapList`), with a list of items.
fn is_list(value: &Value) -> bool {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or("");
    kind.ends_with("List")
        && value
            .get("items")
            .is_some_and(|items| items.as_list().is_some())
}

/// The items of a list of one kind need not repeat what they are.
fn name_type(list: &Value, item: &mut Value) {
    let text = |key: &str| list.get(key).and_then(Value::as_str).unwrap_or("");
    let kind = text("kind").strip_suffix("List").unwrap_or("");
    if let (Value::Map(map), false) = (item, kind.is_empty()) {
        for (key, value) in [("apiVersion", text("apiVersion")), ("kind", kind)] {
            if map.get(key).is_none() {
                map.push(key.into(), value.into());
            }
        }
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// The values of a text of JSON values, one after the other: from bracket to bracket. What stands
/// between them belongs to the one before it.
fn json_values(text: &str) -> Vec<(usize, usize)> {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    let (mut values, mut start) = (Vec::new(), 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                if depth == 0 && values.last().is_some_and(|(_, end)| *end > start) {
                    start = at;
                }
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    values.push((start, at + 1));
                }
            }
            _ => {}
        }
    }
    match values.last_mut() {
        None => vec![(0, text.len())],
        Some(last) => {
            let rest = &text[last.1..];
            if !rest.trim().is_empty() {
                last.1 = text.len();
            }
            values
        }
    }
}

/// What becomes of characters that JSON writes as two escapes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Exact,
    /// Something else of the same length, for places alone.
    SameLength,
}

/// JSON is YAML save for tabs between values, and for pairs of escapes for one character.
fn json_as_yaml(text: &str, escapes: Escapes) -> Cow<'_, str> {
    let text = match text.contains('\t') {
        true => Cow::Owned(text.replace('\t', " ")),
        false => Cow::Borrowed(text),
    };
    let mut out = String::new();
    let mut done = 0;
    for (at, _) in text.match_indices("\\u") {
        let Some(char) = text.get(at..at + 12).and_then(pair).filter(|_| at >= done) else {
            continue;
        };
        out.push_str(&text[done..at]);
        match escapes {
            Escapes::Exact => out.push_str(&format!("\\U{:08x}", u32::from(char))),
            Escapes::SameLength => out.push_str("????????????"),
        }
        done = at + 12;
    }
    if done == 0 {
        return text;
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// The character of a pair such as `\ud83d\ude00`.
fn pair(text: &str) -> Option<char> {
    let unit = |part: &str| u16::from_str_radix(part.strip_prefix("\\u")?, 16).ok();
    let units = [unit(text.get(..6)?)?, unit(text.get(6..)?)?];
    char::decode_utf16(units).next()?.ok()
}

/// Takes members that are null out of maps: the API server takes them for absent.
pub fn without_nulls(value: &mut Value) {
    match value {
        Value::List(list) => list.iter_mut().for_each(without_nulls),
        Value::Map(map) => {
            if map.iter().any(|(_, part)| *part == Value::Null) {
                let kept = std::mem::take(map).into_iter();
                *map = kept
                    .filter(|(_, part)| *part != Value::Null)
                    .collect::<Map>();
            }
            map.iter_mut().for_each(|(_, part)| without_nulls(part));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        let chunks = chunks(FileId(0), text);
        chunks.iter().map(|one| &text[one.start..one.end]).collect()
    }

    #[test]
    fn files_are_cut_where_documents_end() {
        let cases: &[(&str, &[&str])] = &[
            ("a: 1\n", &["a: 1\n"]),
            ("a: 1\n---\nb: 2\n", &["a: 1\n", "---\nb: 2\n"]),
            (
                "---\na: 1\n--- # x\nb: 2",
                &["---\na: 1\n", "--- # x\nb: 2"],
            ),
            ("a: |\n  ---\nb: ---x\n", &["a: |\n  ---\nb: ---x\n"]),
            ("a: 1\n----\n", &["a: 1\n----\n"]),
            (
                "%YAML 1.1\n---\na: 1\n---\n",
                &["%YAML 1.1\n---\na: 1\n---\n"],
            ),
            (
                "{\"a\": \"}{\"}\n{\"b\": 1}\n",
                &["{\"a\": \"}{\"}", "{\"b\": 1}"],
            ),
            ("[{}, {}]", &["[{}, {}]"]),
            ("", &[""]),
        ];
        for (text, expected) in cases {
            assert_eq!(&cut(text), expected, "{text:?}");
        }
    }

    #[test]
    fn lists_are_taken_apart_with_the_way_to_each_object() {
        let text = "kind: List\nitems:\n- {kind: A, apiVersion: v1}\n- kind: BList\n  apiVersion: v1\n  items: [{}, {kind: C}]\n---\nkind: D\n";
        let found = objects(values(text).unwrap());
        let shown: Vec<_> = found
            .iter()
            .map(|one| {
                let kind = one.value.get("kind").and_then(Value::as_str).unwrap_or("");
                format!("{} {}{}", kind, one.at.document, one.at.prefix)
            })
            .collect();
        let expected = [
            "A 0/items/0",
            "B 0/items/1/items/0",
            "C 0/items/1/items/1",
            "D 1",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn json_is_read_with_tabs_and_escaped_pairs() {
        let text = "{\n\t\"a\": \"\\ud83d\\ude00\",\n\t\"b\": [1]\n}";
        let found = values(text).unwrap();
        assert_eq!(found[0].get("a").and_then(Value::as_str), Some("\u{1f600}"));
        let chunk = chunks(FileId(0), text)[0];
        let mut diags = Diagnostics::new();
        let trees = trees(chunk, text, &mut diags);
        let span = yaml::span_at(&trees[0], "/b/0").unwrap();
        assert_eq!(&text[span.start as usize..span.end as usize], "1");
    }

    #[test]
    fn nulls_in_maps_count_as_absent() {
        let mut value = values("a: {b: , c: [~, {d: null, e: 1}]}")
            .unwrap()
            .remove(0);
        without_nulls(&mut value);
        assert_eq!(value, values("a: {c: [~, {e: 1}]}").unwrap().remove(0));
    }
}
