//! Answers to `why`, for people and for machines.

use serde_json::{Value as Json, json};

use super::text::{json_visible, visible, visible_line};
use crate::source::{SourceTree, Span};
use crate::spec::defaults;
use crate::spec::shape::Layer;
use crate::value::{Map, Value};
use crate::why::{Answer, Layers, Source};

/// `path:line:column`.
fn place(sources: &SourceTree, span: Span) -> String {
    let (line, column) = sources.position(span);
    format!("{}:{line}:{column}", sources.path(span.file))
}

/// The whole line that a span begins on, without what indents it.
fn line_of(sources: &SourceTree, span: Span) -> &str {
    let (line, _) = sources.position(span);
    let text = sources.text(span.file).lines().nth(line - 1);
    text.unwrap_or("").trim()
}

/// A paragraph for people: the value, then everything behind it.
pub fn human(answer: &Answer, sources: &SourceTree, layers: &Layers) -> String {
    let pointer = match answer.pointer.as_str() {
        "" => "the whole object",
        pointer => pointer,
    };
    let mut out = format!(
        "{}:{}\n{pointer}{}\n",
        answer.path,
        answer.line,
        is(&answer.value)
    );
    for source in &answer.sources {
        out.push_str(&paragraph(source, sources, layers));
    }
    visible(&out).into_owned()
}

fn is(value: &Value) -> String {
    match value {
        Value::Map(map) => format!(" has {}", counted(map.len(), "field")),
        Value::List(list) => format!(" has {}", counted(list.len(), "item")),
        Value::Str(text) if text.as_str().contains('\n') => {
            let lines = text.as_str().trim_end().lines();
            let lines: String = lines.map(|line| format!("\n    {line}")).collect();
            format!(" is{lines}")
        }
        value => format!(
            " is {}",
            visible_line(crate::emit::yaml::to_string(value).trim_end())
        ),
    }
}

fn counted(count: usize, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

fn paragraph(source: &Source, sources: &SourceTree, layers: &Layers) -> String {
    let shown = |what: &str, span: Span| {
        let (place, line) = (place(sources, span), line_of(sources, span));
        format!("\n{what} {place}\n    {line}\n")
    };
    match source {
        Source::Template(span) => shown("written by", *span),
        Source::Spec(span) => shown("from", *span) + &chain(*span, sources, layers),
        Source::Subject(span) => shown("computed for", *span),
        Source::Manifest(span) => shown("from", *span),
        Source::Completed(span) => shown("filled in for the manifest named at", *span),
        Source::Default(name) => {
            let doc = defaults::doc(name).unwrap_or("a default of the language");
            format!("\nfrom the default `{name}`\n    {doc}\n")
        }
        Source::Schema { kind, api } => format!(
            "\nfrom the definition of {kind} ({api})\n    \
             the API server would fill in this default, so it is written out\n"
        ),
    }
}

/// Who set it, and over whom.
fn chain(span: Span, sources: &SourceTree, layers: &Layers) -> String {
    let Some(said) = layers.find(span) else {
        return String::new();
    };
    let mut out = format!("    set here, in {}\n", said.layer.as_str());
    for (layer, span) in said.below.iter().rev() {
        let (place, line) = (place(sources, *span), line_of(sources, *span));
        out.push_str(&format!(
            "    over {place} ({})\n        {line}\n",
            layer.as_str()
        ));
    }
    out
}

/// One document of version 1, with a final newline.
pub fn json(answers: &[(Answer, Layers)], sources: &SourceTree) -> String {
    let values: Vec<_> = answers
        .iter()
        .map(|(answer, layers)| one(answer, sources, layers))
        .collect();
    let document = json!({"version": 1, "values": values});
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    json_visible(&(text + "\n"))
}

fn one(answer: &Answer, sources: &SourceTree, layers: &Layers) -> Json {
    let list: Vec<_> = answer
        .sources
        .iter()
        .map(|source| step(source, sources, layers))
        .collect();
    json!({
        "file": answer.path,
        "line": answer.line,
        "pointer": answer.pointer,
        "value": to_json(&answer.value),
        "sources": list,
    })
}

fn step(source: &Source, sources: &SourceTree, layers: &Layers) -> Json {
    let at = |kind: &str, span: Span| {
        let (line, column) = sources.position(span);
        json!({
            "kind": kind,
            "file": sources.path(span.file),
            "line": line,
            "column": column,
            "text": line_of(sources, span),
        })
    };
    match source {
        Source::Template(span) => at("template", *span),
        Source::Subject(span) => at("subject", *span),
        Source::Manifest(span) => at("manifest", *span),
        Source::Completed(span) => at("completed", *span),
        Source::Spec(span) => {
            let mut found = at("spec", *span);
            if let (Some(said), Some(object)) = (layers.find(*span), found.as_object_mut()) {
                let below = said.below.iter().rev();
                let below: Vec<_> = below
                    .map(|(layer, span)| {
                        let (line, column) = sources.position(*span);
                        json!({
                            "layer": name(*layer),
                            "file": sources.path(span.file),
                            "line": line,
                            "column": column,
                        })
                    })
                    .collect();
                object.insert("layer".into(), name(said.layer).into());
                object.insert("over".into(), below.into());
            }
            found
        }
        Source::Default(name) => {
            json!({"kind": "default", "name": name, "text": defaults::doc(name)})
        }
        Source::Schema { kind, api } => {
            json!({"kind": "schema", "object": kind, "api": api})
        }
    }
}

fn name(layer: Layer) -> &'static str {
    match layer {
        Layer::FleetDefaults => "fleet-defaults",
        Layer::EnvironmentDefaults => "environment-defaults",
        Layer::Own => "own",
        Layer::Everywhere => "everywhere",
        Layer::Deploy => "deploy",
    }
}

fn to_json(value: &Value) -> Json {
    let map = |map: &Map| {
        map.iter()
            .map(|(key, part)| (key.to_string(), to_json(part)))
            .collect()
    };
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Str(text) => json!(text.as_str()),
        Value::List(list) => list.iter().map(to_json).collect(),
        Value::Map(entries) => Json::Object(map(entries)),
    }
}
