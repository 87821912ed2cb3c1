//! Tables of templates with what they make, or with what is wrong with them.

#![allow(clippy::too_many_lines, reason = "tables")]

mod attacks;
mod faults;
mod traces;
mod values;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::{Draft, Node, Origin, Traced};
use crate::render::Renderer;
use crate::source::{FileId, SourceFile, SourceTree, Span};
use crate::value::{Map, Str, Value};

/// The origin of everything in a context: a place in a file that is no template.
fn origin(at: usize) -> Origin {
    Origin::Spec(Span::new(FileId(0), at, at + 1))
}

fn text(value: &str) -> Value {
    Value::from(value)
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(
        entries
            .into_iter()
            .map(|(key, value)| (Str::from(key), value))
            .collect(),
    )
}

fn list<const N: usize>(items: [Value; N]) -> Value {
    Value::List(items.into())
}

/// A map whose members have origins 0, 1, 2 …, each with everything below it.
fn traced(entries: &[(&str, Value)]) -> Traced {
    let members = entries
        .iter()
        .enumerate()
        .map(|(at, (key, value))| (Str::from(*key), Traced::of(value, origin(at))));
    Traced::new(Node::Map(members.collect()), Origin::Derived)
}

fn sources(templates: &[(&str, &str)]) -> SourceTree {
    let spec = SourceFile {
        path: "environments/fleet.kdl".into(),
        text: "fleet \"shop\" {}\n".repeat(20),
    };
    let files = templates.iter().map(|(name, text)| SourceFile {
        path: format!("templates/{name}.yaml.j2"),
        text: (*text).to_owned(),
    });
    SourceTree::new(files.chain([spec]))
}

fn draft(template: &str, context: Traced) -> Draft {
    Draft {
        template: template.into(),
        context,
        parts: Vec::new(),
        origin: origin(100),
    }
}

/// Renders the template `t` of one text.
fn try_render(template: &str, entries: &[(&str, Value)]) -> Result<Value, Vec<Diagnostic>> {
    let mut diags = Diagnostics::new();
    let renderer = Renderer::new(&sources(&[("t", template)]), &mut diags);
    let value = renderer.render(&draft("t", traced(entries)), &mut diags);
    match (value, diags.is_empty()) {
        (Some(value), true) => Ok(value),
        (None, false) => Err(diags.into_sorted()),
        other => panic!("a value or findings, not {other:?}"),
    }
}

fn render(template: &str, entries: &[(&str, Value)]) -> Value {
    try_render(template, entries).unwrap_or_else(|diags| panic!("{template}\n{diags:#?}"))
}

/// Reads plain YAML by the reader of skeletons: what a table expects.
fn yaml(text: &str) -> Value {
    render(text, &[])
}

/// A context for the Rollout template whose strings come from `word`.
fn rollout_context(mut word: impl FnMut(&str) -> String) -> Traced {
    let mut word = |name: &str| Value::from(word(name));
    let probe = map([(
        "httpGet",
        map([("path", word("/ready")), ("port", Value::Int(8080))]),
    )]);
    let port = |name: Value, number: i64| map([("name", name), ("number", Value::Int(number))]);
    let amounts = |cpu: Value, memory: Value| map([("cpu", cpu), ("memory", memory)]);
    let resources = map([
        ("requests", amounts(word("500m"), word("512Mi"))),
        ("limits", map([("memory", word("512Mi"))])),
    ]);
    let entries = [
        ("name", word("checkout")),
        ("namespace", word("shop-production")),
        ("version", word("1.8.2")),
        (
            "team",
            map([
                ("name", word("payments")),
                ("oncall", word("payments-primary")),
            ]),
        ),
        ("replicas", Value::Int(6)),
        ("deadline", Value::Int(600)),
        ("weights", list([5, 25, 50, 75, 100].map(Value::Int))),
        ("observe", word("15m")),
        ("grace", Value::Int(50)),
        ("user", Value::Null),
        (
            "image",
            map([
                ("repository", word("registry.example.com/shop/checkout")),
                ("version", word("1.8.2")),
                (
                    "digest",
                    word("sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"),
                ),
            ]),
        ),
        (
            "ports",
            list([port(word("http"), 8080), port(word("metrics"), 9090)]),
        ),
        (
            "config",
            map([("LOG_LEVEL", word("info")), ("CART_ADDR", word("cart:80"))]),
        ),
        ("resources", resources),
        ("ready", probe.clone()),
        ("live", probe),
        ("drain", Value::Int(20)),
    ];
    traced(&entries)
}

const ROLLOUT: &str = include_str!("rollout.yaml.j2");

/// The value with every string replaced by nothing: its structure.
fn shape(value: &Value) -> Value {
    match value {
        Value::Str(_) => text(""),
        Value::List(items) => Value::List(items.iter().map(shape).collect()),
        Value::Map(entries) => Value::Map(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), shape(value)))
                .collect::<Map>(),
        ),
        other => other.clone(),
    }
}

/// Every pointer of a value.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::List(items) => {
            for (number, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{number}"), all);
            }
        }
        Value::Map(entries) => {
            for (key, item) in entries.iter() {
                let step = crate::value::pointer_step(key);
                pointers(item, &format!("{at}/{step}"), all);
            }
        }
        _ => {}
    }
}
