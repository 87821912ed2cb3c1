//! `{{args.x}}` in metrics: what stands there when the run begins.
//!
//! Source: argo-rollouts `utils/template/template.go`: the whole metric is one text, read once;
//! what is between `{{` and the next `}}` must be an argument.

use crate::codes;
use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::object::shape::Findings;

codes! {
    /// Whatever stands between `{{` and `}}` in a metric must be an argument: `{{args.name}}`. The
    /// controller knows no escape, so templates of Go, Helm or Prometheus in a query or a job end
    /// the run with an error, and the rollout is aborted.
    ///
    /// Declare the argument, or move the other template out of the metric.
    PLACEHOLDER_UNKNOWN = "placeholder-unknown": "a placeholder in a metric that is no argument";

    /// The controller writes the value of an argument into a metric as Go quotes it, and reads the
    /// result as JSON, which has no such escapes for control characters: a bell, a vertical tab, a
    /// NUL. The run ends as `Error`, and the rollout is aborted.
    ///
    /// Take the character out of the value; tabs and line breaks are fine.
    ARGUMENT_UNWRITABLE = "argument-unwritable": "a value that cannot be put into a metric";
}

/// What a text says once arguments are filled in.
pub enum Filled {
    /// With the values that the arguments have.
    Text(String),
    /// An argument gets its value from elsewhere; `1` stands in for it here.
    Open(String),
}

/// Fills in what the object itself knows: `spec` has its arguments.
pub fn fill(text: &str, spec: &Cursor) -> Filled {
    fill_with(text, |name| value_of(name, spec))
}

/// Fills in values. `value` gives none for what is no argument, and none inside for what is only
/// known when the run begins.
pub fn fill_with<'v>(text: &str, value: impl Fn(&str) -> Option<Option<&'v str>>) -> Filled {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut open) = (text, false);
    while let Some((before, tag, after)) = next(rest) {
        out.push_str(before);
        let known = name_in(tag).and_then(&value).flatten();
        open |= known.is_none();
        out.push_str(known.unwrap_or("1"));
        rest = after;
    }
    out.push_str(rest);
    match open {
        true => Filled::Open(out),
        false => Filled::Text(out),
    }
}

/// The text before the next tag, the tag, and the text behind it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (tag, after) = rest.split_once("}}")?;
    Some((before, tag, after))
}

/// The name of the argument that stands between the braces.
fn name_in(tag: &str) -> Option<&str> {
    tag.trim().strip_prefix("args.")
}

/// The value of the argument; inside, none where it comes from elsewhere.
fn value_of<'v>(name: &str, spec: &Cursor<'v, '_>) -> Option<Option<&'v str>> {
    let arg = spec.list("args").find(|arg| arg.text("name") == name)?;
    Some(arg.str("value"))
}

/// The value of each argument that a metric uses must be one that JSON can hold as Go quotes it.
/// Source: Go `strconv.Quote`.
pub fn writable(spec: &Cursor, out: &mut Findings) {
    for arg in spec.list("args") {
        let bad = arg
            .text("value")
            .chars()
            .find(|letter| is_unwritable(*letter));
        let Some(bad) = bad.filter(|_| is_used(arg.text("name"), spec)) else {
            continue;
        };
        let message = format!("the value has the character {}", bad.escape_unicode());
        out.push(
            arg.error_at("value", ARGUMENT_UNWRITABLE, message)
                .help("take it out of the value"),
        );
    }
}

fn is_unwritable(letter: char) -> bool {
    let control = letter.is_ascii_control() && !"\u{8}\t\n\u{c}\r".contains(letter);
    // Tags and private letters, which nobody prints.
    let hidden = matches!(letter, '\u{e0000}'..='\u{10ffff}');
    control || (hidden && !('\u{e0100}'..='\u{e01ef}').contains(&letter))
}

fn is_used(name: &str, spec: &Cursor) -> bool {
    let mut used = false;
    for metric in spec.list("metrics") {
        walk(metric.value(), &mut String::new(), 64, &mut |text, _| {
            let mut rest = text;
            while let Some((_, tag, after)) = next(rest) {
                used |= name_in(tag) == Some(name);
                rest = after;
            }
        });
    }
    used
}

/// Every tag below `at` must name an argument of `spec`. Looks at 64 levels at most.
pub fn check(at: &Cursor, spec: &Cursor, out: &mut Findings) {
    walk(at.value(), &mut String::new(), 64, &mut |text, path| {
        let mut rest = text;
        while let Some((_, inner)) = rest.split_once("{{") {
            let Some((tag, after)) = inner.split_once("}}") else {
                let message = "`{{` without `}}`";
                out.push(finding(at, path, message.to_owned()));
                return;
            };
            if name_in(tag).and_then(|name| value_of(name, spec)).is_none() {
                let message = format!("`{{{{{tag}}}}}` is no argument of this template");
                out.push(finding(at, path, message));
            }
            rest = after;
        }
    });
}

fn finding(at: &Cursor, path: &str, message: String) -> crate::manifest::Finding {
    at.error_at(path, PLACEHOLDER_UNKNOWN, message)
        .help("declare it below `args`, or move the text out of the metric")
}

fn walk(value: &Value, path: &mut String, depth: usize, visit: &mut dyn FnMut(&str, &str)) {
    if depth == 0 {
        return;
    }
    let length = path.len();
    let separator = if path.is_empty() { "" } else { "/" };
    match value {
        Value::Str(text) if text.contains("{{") => visit(text, path),
        Value::List(list) => {
            for (index, item) in list.iter().enumerate() {
                path.push_str(&format!("{separator}{index}"));
                walk(item, path, depth - 1, visit);
                path.truncate(length);
            }
        }
        Value::Map(map) => {
            for (key, item) in map.iter() {
                path.push_str(separator);
                path.push_str(&crate::value::pointer_step(key));
                walk(item, path, depth - 1, visit);
                path.truncate(length);
            }
        }
        _ => {}
    }
}
