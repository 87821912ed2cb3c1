//! Why a value of the output is what it is: the line of the template that wrote it, the values
//! of the spec behind it with the layers below them, or the default that supplied it.
//!
//! Nothing is recorded while building: the one object that is asked about is planned, rendered
//! and traced once more.

mod layers;
mod lines;

use crate::compile::{Item, Options, Session, items, object};
use crate::diagnostic::Diagnostics;
use crate::emit;
use crate::manifest::ObjectId;
use crate::model::Fleet;
use crate::plan::{Content, Planned, also};
use crate::render::{Step, Trace};
use crate::source::{SourceTree, Span};
use crate::spec::shape::Layer;
use crate::syntax::{Yaml, YamlKind, yaml};
use crate::value::{Value, pointer_step};

pub use layers::Layers;

/// One source of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Written by this part of a template.
    Template(Span),
    /// Written by the user.
    Spec(Span),
    /// Computed from what the object stands for: a service, an environment.
    Subject(Span),
    /// A default of the language, by name.
    Default(&'static str),
    /// A default of the definition of the kind: `Deployment` of `apps/v1`.
    Schema { kind: String, api: String },
    /// Written in a file of `also/`.
    Manifest(Span),
    /// Filled in for a manifest of `also/`, which this entry names.
    Completed(Span),
}

/// One value with everything behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Below the output folder.
    pub path: String,
    /// From 1.
    pub line: usize,
    /// JSON pointer (RFC 6901).
    pub pointer: String,
    pub value: Value,
    pub sources: Vec<Source>,
}

/// What a layer says about a value: who, and where it or what it replaces is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub layer: Layer,
    /// Where lower layers set what this replaces, the lowest first.
    pub below: Vec<(Layer, Span)>,
}

/// One object of the output, as it is built, with the sources of all its values.
pub struct Object {
    pub path: String,
    pub value: Value,
    /// The file's content.
    pub text: String,
    origins: Origins,
}

enum Origins {
    Traced(Trace),
    Written {
        tree: Option<(Yaml, String)>,
        asked: Span,
    },
}

impl Object {
    /// `None` where the object cannot be rendered: then compiling says why.
    pub fn of(session: &Session, item: &Item, planned: &Planned) -> Option<Object> {
        let kubernetes = object::kubernetes(&item.scope());
        let target = object::target(&item.scope());
        let value = object::value(
            session,
            planned,
            &kubernetes,
            &target,
            &mut Diagnostics::new(),
        )?;
        let origins = match &planned.content {
            Content::Draft(draft) => Origins::Traced(session.renderer.trace(draft)?),
            Content::Manifest(manifest) => Origins::Written {
                tree: written(session.sources, manifest),
                asked: manifest.asked,
            },
        };
        Some(Object {
            path: planned.path.to_string(),
            text: emit::yaml::to_string(&value),
            value,
            origins,
        })
    }

    /// The pointer of what each line of the text writes, line 1 first.
    pub fn lines(&self) -> Vec<String> {
        lines::pointers(&self.text)
    }

    /// Everything behind the value at a pointer, the writer first; empty where nothing is there.
    pub fn sources(&self, pointer: &str) -> Vec<Source> {
        if self.value.pointer(pointer).is_none() {
            return Vec::new();
        }
        match &self.origins {
            Origins::Traced(trace) => self.traced(trace, pointer),
            Origins::Written { tree, asked } => self.written(tree.as_ref(), *asked, pointer),
        }
    }

    fn traced(&self, trace: &Trace, pointer: &str) -> Vec<Source> {
        let steps = trace.origin(pointer);
        if steps.is_empty() && trace.value.pointer(pointer).is_none() {
            return vec![self.schema()];
        }
        steps.iter().map(|step| source(*step)).collect()
    }

    fn written(&self, tree: Option<&(Yaml, String)>, asked: Span, pointer: &str) -> Vec<Source> {
        let Some((tree, prefix)) = tree else {
            return vec![Source::Completed(asked)];
        };
        let full = format!("{prefix}{pointer}");
        match yaml::to_value(tree).pointer(&full) {
            Some(_) => yaml::span_at(tree, &full)
                .map(Source::Manifest)
                .into_iter()
                .collect(),
            None if pointer.starts_with("/metadata/") => vec![Source::Completed(asked)],
            None => vec![self.schema()],
        }
    }

    fn schema(&self) -> Source {
        let text = |key| self.value.get(key).and_then(Value::as_str);
        Source::Schema {
            kind: text("kind").unwrap_or_default().to_string(),
            api: text("apiVersion").unwrap_or_default().to_string(),
        }
    }
}

fn source(step: Step) -> Source {
    match step {
        Step::Template(span) => Source::Template(span),
        Step::Spec(span) => Source::Spec(span),
        Step::Draft(span) => Source::Subject(span),
        Step::Default(name) => Source::Default(name),
    }
}

/// The tree of a manifest in its file, and the pointer of the object in it.
fn written(sources: &SourceTree, manifest: &also::Manifest) -> Option<(Yaml, String)> {
    let text = sources.text(manifest.file);
    let trees = yaml::read_manifests(manifest.file, text, &mut Diagnostics::new());
    let own = ObjectId::of(&manifest.value);
    let same = |value: &Value| {
        let id = ObjectId::of(value);
        (&id.group, &id.kind, &id.name) == (&own.group, &own.kind, &own.name)
    };
    for tree in trees {
        let value = yaml::to_value(&tree);
        if same(&value) {
            return Some((tree, String::new()));
        }
        let items = value.get("items").and_then(Value::as_list).unwrap_or(&[]);
        if let Some(at) = items.iter().position(same) {
            return Some((tree, format!("/items/{at}")));
        }
    }
    None
}

/// The objects that `item` plans, traced.
pub fn objects(session: &Session, item: &Item) -> Vec<Object> {
    let planned = item.planned(&mut Diagnostics::new());
    planned
        .iter()
        .filter_map(|planned| Object::of(session, item, planned))
        .collect()
}

/// The object that is written to `path`. The path may have any folders in front, such as
/// `generated/`.
pub fn by_path(session: &Session, fleet: &Fleet, path: &str) -> Option<Object> {
    let parts: Vec<_> = path.split(['/', '\\']).collect();
    (0..parts.len()).find_map(|from| {
        let environment = parts[from];
        let service = match parts.get(from + 1) {
            Some(&"services") => parts.get(from + 2).copied(),
            _ => None,
        };
        let wanted = parts[from..].join("/");
        found(session, fleet, environment, service, |path| path == wanted).pop()
    })
}

/// The objects of one service in one environment, or of the environment itself.
pub fn by_name(
    session: &Session,
    fleet: &Fleet,
    environment: &str,
    service: Option<&str>,
) -> Vec<Object> {
    found(session, fleet, environment, service, |_| true)
}

fn found(
    session: &Session,
    fleet: &Fleet,
    environment: &str,
    service: Option<&str>,
    is_wanted: impl Fn(&str) -> bool,
) -> Vec<Object> {
    if !fleet
        .environments
        .iter()
        .any(|one| one.name.text == environment)
    {
        return Vec::new();
    }
    let options = Options {
        environments: vec![environment.to_string()],
        services: service.map(str::to_string).into_iter().collect(),
        ..Options::default()
    };
    let mut objects = Vec::new();
    for item in items(session.sources, fleet, &options) {
        if service.is_none() && matches!(item, Item::Service(..)) {
            continue;
        }
        for planned in item.planned(&mut Diagnostics::new()) {
            if is_wanted(&planned.path) {
                objects.extend(Object::of(session, &item, &planned));
            }
        }
    }
    objects
}

/// The answer for one line of an object; `None` where the text has no such line.
pub fn line(object: &Object, line: usize) -> Option<Answer> {
    let pointer = object.lines().into_iter().nth(line.checked_sub(1)?)?;
    answer(object, &pointer, line)
}

/// The answer for a pointer; `None` where nothing is there.
pub fn pointer(object: &Object, pointer: &str) -> Option<Answer> {
    let lines = object.lines();
    let at = lines.iter().position(|line| is_at_or_below(line, pointer));
    answer(object, pointer, at.map_or(1, |at| at + 1))
}

fn is_at_or_below(pointer: &str, above: &str) -> bool {
    pointer
        .strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn answer(object: &Object, pointer: &str, line: usize) -> Option<Answer> {
    Some(Answer {
        path: object.path.clone(),
        line,
        pointer: pointer.to_string(),
        value: object.value.pointer(pointer)?.clone(),
        sources: object.sources(pointer),
    })
}

/// All pointers of a value, itself first, in document order.
pub fn pointers(value: &Value) -> Vec<String> {
    let mut all = vec![String::new()];
    collect(value, "", &mut all);
    all
}

fn collect(value: &Value, at: &str, all: &mut Vec<String>) {
    let mut add = |step: &str, part: &Value| {
        let below = format!("{at}/{}", pointer_step(step));
        all.push(below.clone());
        collect(part, &below, all);
    };
    match value {
        Value::Map(map) => map.iter().for_each(|(key, part)| add(key, part)),
        Value::List(list) => {
            let numbered = list.iter().enumerate();
            numbered.for_each(|(at, part)| add(&at.to_string(), part));
        }
        _ => {}
    }
}

/// Whether a tree is a collection with something in it.
fn is_open(tree: &Yaml) -> bool {
    match &tree.kind {
        YamlKind::Scalar(_) => false,
        YamlKind::List(list) => !list.is_empty(),
        YamlKind::Map(entries) => !entries.is_empty(),
    }
}
