//! The canonical writer: one value has one text.
//!
//! Block style, two spaces, lists at the column of their key, identifying keys first and the
//! rest by bytes, strings quoted exactly where some reader would take them for something else
//! ([`text`]). It needs no recursion, so depth costs memory and never the stack.

mod number;
mod text;

use crate::value::{Str, Value};
use std::cmp::Ordering;

/// Implicit keys may have 1,024 characters (YAML 1.2, 7.4.2): longer ones are written with `? `.
const LONGEST_KEY: usize = 1000;

const SPACES: &str = "                                                                ";

/// Appends one document, with exactly one final newline and without `---`.
pub fn write(value: &Value, out: &mut String) {
    match value {
        Value::Map(map) if !map.is_empty() => Writer::new(out).tree(Items::Map(map.entries())),
        Value::List(list) if !list.is_empty() => Writer::new(out).tree(Items::List(list)),
        Value::Str(string) => {
            text::write_flat(string, out);
            out.push('\n');
        }
        _ => scalar(value, 0, out),
    }
}

/// The document of [`write`] as a new string.
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// Appends a stream of documents with `---` between them.
pub fn write_all<'a>(values: impl IntoIterator<Item = &'a Value>, out: &mut String) {
    for (at, value) in values.into_iter().enumerate() {
        if at > 0 {
            out.push_str("---\n");
        }
        write(value, out);
    }
}

#[derive(Clone, Copy)]
enum Items<'a> {
    Map(&'a [(Str, Value)]),
    List(&'a [Value]),
}

/// A collection that is being written.
struct Frame<'a> {
    items: Items<'a>,
    next: usize,
    column: usize,
    /// The next item continues the line of a `- `.
    inline: bool,
    /// Where the order of an unsorted map starts in [`Writer::order`].
    order: Option<usize>,
}

struct Writer<'a, 'out> {
    out: &'out mut String,
    frames: Vec<Frame<'a>>,
    /// Permutations of the unsorted maps among `frames`, one behind the other.
    order: Vec<u32>,
}

impl<'a, 'out> Writer<'a, 'out> {
    fn new(out: &'out mut String) -> Writer<'a, 'out> {
        Writer {
            out,
            frames: Vec::with_capacity(16),
            order: Vec::new(),
        }
    }

    fn tree(mut self, items: Items<'a>) {
        self.open(items, 0, false);
        while let Some(frame) = self.frames.last_mut() {
            let (items, at, column) = (frame.items, frame.next, frame.column);
            let (inline, order) = (std::mem::take(&mut frame.inline), frame.order);
            frame.next += 1;
            match items {
                Items::Map(entries) if at < entries.len() => {
                    let at = order.map_or(at, |start| self.order[start + at] as usize);
                    self.line(column, inline);
                    self.entry(&entries[at], column);
                }
                Items::List(list) if at < list.len() => {
                    self.line(column, inline);
                    self.item(&list[at], column);
                }
                _ => self.close(),
            }
        }
    }

    fn open(&mut self, items: Items<'a>, column: usize, inline: bool) {
        let order = match items {
            Items::Map(entries) => self.sort(entries),
            Items::List(_) => None,
        };
        self.frames.push(Frame {
            items,
            next: 0,
            column,
            inline,
            order,
        });
    }

    fn close(&mut self) {
        if let Some(start) = self.frames.pop().and_then(|frame| frame.order) {
            self.order.truncate(start);
        }
    }

    /// Puts the canonical order of the entries on the stack, unless they are in it already.
    fn sort(&mut self, entries: &[(Str, Value)]) -> Option<usize> {
        if entries.is_sorted_by(|a, b| key_order(&a.0, &b.0) != Ordering::Greater) {
            return None;
        }
        let start = self.order.len();
        self.order.extend(0..entries.len() as u32);
        self.order[start..]
            .sort_unstable_by(|a, b| key_order(&entries[*a as usize].0, &entries[*b as usize].0));
        Some(start)
    }

    fn line(&mut self, column: usize, inline: bool) {
        if !inline {
            indent(column, self.out);
        }
    }

    fn entry(&mut self, (key, value): &'a (Str, Value), column: usize) {
        if key.len() <= LONGEST_KEY {
            text::write_flat(key, self.out);
        } else {
            self.out.push_str("? ");
            text::write_flat(key, self.out);
            self.out.push('\n');
            indent(column, self.out);
        }
        self.out.push(':');
        match value {
            Value::Map(map) if !map.is_empty() => {
                self.out.push('\n');
                self.open(Items::Map(map.entries()), column + 2, false);
            }
            Value::List(list) if !list.is_empty() => {
                self.out.push('\n');
                self.open(Items::List(list), column, false);
            }
            _ => {
                self.out.push(' ');
                scalar(value, column + 2, self.out);
            }
        }
    }

    fn item(&mut self, value: &'a Value, column: usize) {
        self.out.push_str("- ");
        match value {
            Value::Map(map) if !map.is_empty() => {
                self.open(Items::Map(map.entries()), column + 2, true);
            }
            Value::List(list) if !list.is_empty() => {
                self.open(Items::List(list), column + 2, true);
            }
            _ => scalar(value, column + 2, self.out),
        }
    }
}

/// The place of a key among those of its map: identifying keys first, then by bytes.
fn key_order(a: &str, b: &str) -> Ordering {
    rank(a).cmp(&rank(b)).then_with(|| a.cmp(b))
}

fn rank(key: &str) -> u8 {
    match key {
        "apiVersion" => 0,
        "kind" => 1,
        "metadata" => 2,
        "name" => 3,
        "namespace" => 4,
        _ => 5,
    }
}

/// Writes what stands on the line of its key, and the newline. `column` is where the lines of a
/// block scalar start.
fn scalar(value: &Value, column: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(number) => number::integer(*number, out),
        Value::Float(number) => number::float(*number, out),
        Value::Str(string) => return text::write_line(string, column, out),
        Value::List(_) => out.push_str("[]"),
        Value::Map(_) => out.push_str("{}"),
    }
    out.push('\n');
}

fn indent(mut column: usize, out: &mut String) {
    while column > SPACES.len() {
        out.push_str(SPACES);
        column -= SPACES.len();
    }
    out.push_str(&SPACES[..column]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Map;

    fn map(entries: &[(&str, Value)]) -> Value {
        Value::Map(
            entries
                .iter()
                .map(|(key, value)| (Str::from(*key), value.clone()))
                .collect(),
        )
    }

    #[test]
    fn identifying_keys_stand_first_and_lists_at_the_column_of_their_key() {
        let port = map(&[("port", Value::Int(80)), ("name", "http".into())]);
        let value = map(&[
            (
                "spec",
                map(&[
                    ("ports", vec![port].into()),
                    ("none", Value::Map(Map::new())),
                ]),
            ),
            (
                "metadata",
                map(&[
                    ("labels", map(&[("b", "1".into()), ("a", "x".into())])),
                    ("name", "web".into()),
                ]),
            ),
            ("kind", "Service".into()),
            ("apiVersion", "v1".into()),
        ]);
        let expected = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  labels:\n    a: x\n    b: \"1\"\n\
            spec:\n  none: {}\n  ports:\n  - name: http\n    port: 80\n";
        assert_eq!(to_string(&value), expected);
    }

    #[test]
    fn lists_nest_on_one_line() {
        let inner = Value::List(vec![Value::Int(1), Value::List(vec![])]);
        let value = Value::List(vec![Value::List(vec![inner, "a\nb".into()]), Value::Null]);
        assert_eq!(
            to_string(&value),
            "- - - 1\n    - []\n  - |-\n    a\n    b\n- null\n"
        );
    }

    #[test]
    fn a_scalar_is_a_document_too() {
        assert_eq!(to_string(&"a\nb\n".into()), "\"a\\nb\\n\"\n");
        assert_eq!(to_string(&Value::Map(Map::new())), "{}\n");
        assert_eq!(to_string(&i64::MIN.into()), "-9223372036854775808\n");
    }

    #[test]
    fn long_keys_are_explicit() {
        let key = "k".repeat(2000);
        let value = map(&[(&key, map(&[("a", Value::Int(1))]))]);
        assert_eq!(to_string(&value), format!("? {key}\n:\n  a: 1\n"));
    }

    #[test]
    fn documents_of_a_stream_are_apart() {
        let mut out = String::new();
        write_all(&[Value::Int(1), Value::Int(2)], &mut out);
        assert_eq!(out, "1\n---\n2\n");
    }

    #[test]
    fn depth_needs_no_stack() {
        let mut value = Value::Null;
        for _ in 0..300 {
            value = Value::List(vec![Value::Map(Map::from_iter([("a".into(), value)]))]);
        }
        assert!(to_string(&value).ends_with("a: null\n"));
    }
}
