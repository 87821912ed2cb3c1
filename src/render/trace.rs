//! Who wrote each value of a rendered object: which line of which template, and which values of
//! the spec it was made of.
//!
//! Tracing renders again, twice: once for the places of all expressions, once to look at what
//! each expression reads while it is filled in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::State;

use crate::draft::{Draft, Node, Origin};
use crate::render::context::{Context, View};
use crate::render::explain::{self, Sites};
use crate::render::fault::Place;
use crate::render::notes::{Note, Notes};
use crate::render::splice;
use crate::render::{Renderer, context, environment, limits, skeleton, slot};
use crate::source::Span;
use crate::value::Value;

type Dynamic = minijinja::Value;

/// One source of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Written by this part of a template: its text, or the expression without its braces.
    Template(Span),
    /// Made of this value of the spec.
    Spec(Span),
    /// Made of this default of the language.
    Default(&'static str),
    /// Computed from what the draft stands for: a service, an environment.
    Draft(Span),
}

/// The sources of everything in one rendered value.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The same as [`Renderer::render`] gives.
    pub value: Value,
    steps: BTreeMap<String, Vec<Step>>,
}

impl Trace {
    /// The sources of the value at a JSON pointer: first the place in a template that wrote it,
    /// then what its expression has read. Empty only where the value has no such pointer.
    pub fn origin(&self, pointer: &str) -> &[Step] {
        self.steps.get(pointer).map_or(&[], Vec::as_slice)
    }

    /// Every pointer with its sources, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Step])> {
        self.steps
            .iter()
            .map(|(pointer, steps)| (pointer.as_str(), steps.as_slice()))
    }
}

/// Traces a draft and its parts.
pub fn draft(renderer: &Renderer, draft: &Draft, depth: usize) -> Option<Trace> {
    let number = renderer.find(&draft.template)?;
    if depth > limits::PARTS || !renderer.templates[number].is_readable {
        return None;
    }
    let parts: Option<Vec<Trace>> = draft
        .parts
        .iter()
        .map(|(_, part)| self::draft(renderer, part, depth + 1))
        .collect();
    let parts = parts?;
    let values: Vec<Value> = parts.iter().map(|part| part.value.clone()).collect();
    let context = context(draft, &values);
    let sites = Sites::of(renderer, number, &context)?;
    let tracer = Tracer {
        renderer,
        draft,
        parts,
        reads: read_all(renderer, number, &context, &sites)?,
        sites,
    };
    tracer.run(number, &context)
}

struct Tracer<'a> {
    renderer: &'a Renderer,
    draft: &'a Draft,
    parts: Vec<Trace>,
    sites: Sites,
    /// By the number of the expression.
    reads: BTreeMap<usize, Vec<View>>,
}

impl Tracer<'_> {
    fn run(&self, number: usize, context: &Arc<Context>) -> Option<Trace> {
        let template = &self.renderer.templates[number];
        let rendered = environment::run(&self.renderer.env, &template.name, context).ok()?;
        let root = skeleton::read(&rendered.text, &template.argo).ok()?;
        let mut notes = Notes::on();
        let value = splice::splice(&root, &rendered.slots, &mut notes).ok()?;
        let mut steps: BTreeMap<String, Vec<Step>> = BTreeMap::new();
        for note in &notes.list {
            let place = self.sites.find(self.renderer, note.place);
            let place = place.unwrap_or(Span::new(template.file, 0, 0));
            let list = steps.entry(note.pointer.clone()).or_default();
            add(list, Step::Template(place));
            for step in self.sources(note) {
                add(list, step);
            }
        }
        Some(Trace { value, steps })
    }

    fn sources(&self, note: &Note) -> Vec<Step> {
        let Place::Slot(number) = note.place else {
            return Vec::new();
        };
        let mut steps = Vec::new();
        match (&note.part, note.origin) {
            (Some((part, pointer)), _) => {
                steps.extend_from_slice(self.parts[*part].origin(pointer))
            }
            (None, Some(origin)) => steps.extend(step(origin)),
            (None, None) => {
                for view in self.reads.get(&number).into_iter().flatten() {
                    match view.root.part {
                        Some(part) => {
                            steps.extend_from_slice(self.parts[part].origin(&view.pointer()))
                        }
                        None => steps.extend(step(view.value().origin)),
                    }
                }
            }
        }
        if let (true, Origin::Spec(span)) = (steps.is_empty(), self.draft.origin) {
            steps.push(Step::Draft(span));
        }
        steps
    }
}

fn add(list: &mut Vec<Step>, step: Step) {
    if !list.contains(&step) {
        list.push(step);
    }
}

fn step(origin: Origin) -> Option<Step> {
    match origin {
        Origin::Spec(span) => Some(Step::Spec(span)),
        Origin::Default(name) => Some(Step::Default(name)),
        Origin::Derived => None,
    }
}

/// What each expression reads.
fn read_all(
    renderer: &Renderer,
    number: usize,
    context: &Arc<Context>,
    sites: &Sites,
) -> Option<BTreeMap<usize, Vec<View>>> {
    let log: Arc<Mutex<BTreeMap<usize, Vec<View>>>> = Arc::default();
    let expressions = Arc::new(expressions(renderer, sites));
    let mut env = renderer.env.clone();
    let (write, all) = (log.clone(), context.clone());
    env.set_formatter(move |out, state, value| {
        let number = slot::write(out, state, value)?;
        if let Some(expression) = expressions.get(&number) {
            let views = expression
                .iter()
                .flat_map(|name| name.views(state, &all))
                .collect();
            write
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(number, views);
        }
        Ok(())
    });
    environment::run(&env, &renderer.templates[number].name, context).ok()?;
    let mut reads = log.lock().unwrap_or_else(PoisonError::into_inner);
    Some(std::mem::take(&mut *reads))
}

/// A name in an expression, with the statements that may have bound it.
#[derive(Debug)]
struct Name {
    /// `a.b`.
    path: String,
    binding: Option<Binding>,
}

/// `{% for <name> in <source> %}` or `{% set <name> = <source> %}`.
#[derive(Debug)]
struct Binding {
    is_loop: bool,
    names: Vec<Name>,
}

fn expressions(renderer: &Renderer, sites: &Sites) -> BTreeMap<usize, Vec<Name>> {
    let mut all = BTreeMap::new();
    for number in sites.numbers() {
        let Some(span) = sites.find(renderer, Place::Slot(number)) else {
            continue;
        };
        let template = renderer
            .templates
            .iter()
            .find(|template| template.file == span.file);
        let Some(template) = template else { continue };
        let names = bound_names(
            renderer,
            &template.text,
            renderer.slice(span),
            span.start as usize,
            0,
        );
        all.insert(number, names);
    }
    all
}

fn bound_names(
    renderer: &Renderer,
    text: &str,
    expression: &str,
    before: usize,
    depth: usize,
) -> Vec<Name> {
    let names = explain::names(renderer, expression);
    names
        .into_iter()
        .map(|path| {
            let first = path.split('.').next().unwrap_or("");
            let binding = match depth < limits::PARTS {
                true => find_binding(text, first, before),
                false => None,
            };
            let binding = binding.map(|(is_loop, source, at)| Binding {
                is_loop,
                names: bound_names(renderer, text, source, at, depth + 1),
            });
            Name { path, binding }
        })
        .collect()
}

/// The last statement before a place that binds a name: whether it is a loop, what it reads, and
/// where it stands.
fn find_binding<'a>(text: &'a str, name: &str, before: usize) -> Option<(bool, &'a str, usize)> {
    let mut end = before;
    while let Some(start) = text.get(..end)?.rfind("{%") {
        let inside = text[start + 2..].split("%}").next().unwrap_or("");
        let inside = inside.trim_matches(['-', '+']).trim();
        if let Some((targets, source)) = inside
            .strip_prefix("for ")
            .and_then(|rest| rest.split_once(" in "))
            && binds(targets, name)
        {
            let source = source.trim().trim_end_matches("recursive");
            return Some((true, source, start));
        }
        if let Some((targets, source)) = inside
            .strip_prefix("set ")
            .and_then(|rest| rest.split_once('='))
            && binds(targets, name)
        {
            return Some((false, source, start));
        }
        end = start;
    }
    None
}

fn binds(targets: &str, name: &str) -> bool {
    targets
        .split(',')
        .any(|target| target.trim().trim_matches(['(', ')']) == name)
}

impl Name {
    /// The places of the context that the name stands for at this moment.
    fn views(&self, state: &State<'_, '_>, context: &Context) -> Vec<View> {
        let mut steps = self.path.split('.');
        let first = steps.next().unwrap_or("");
        let value = state.lookup(first).unwrap_or_default();
        if let Some(view) = value.downcast_object_ref::<View>() {
            let view = steps.fold(view.clone(), |view, step| view.child(step).unwrap_or(view));
            return vec![view];
        }
        let Some(binding) = &self.binding else {
            return context.find(first).into_iter().collect();
        };
        let views = binding
            .names
            .iter()
            .flat_map(|name| name.views(state, context));
        match (binding.is_loop, turn(state)) {
            (true, Some(turn)) => views.map(|view| taken(view, turn, &value)).collect(),
            _ => views.collect(),
        }
    }
}

fn turn(state: &State<'_, '_>) -> Option<usize> {
    state.lookup("loop")?.get_attr("index0").ok()?.as_usize()
}

/// The part of a list or map that one turn of a loop has taken, if it is the value that is seen.
fn taken(view: View, turn: usize, value: &Dynamic) -> View {
    let part = match &view.value().node {
        Node::List(_) => view.item(turn),
        Node::Map(entries) => entries.get(turn).and_then(|(name, _)| view.child(name)),
        _ => None,
    };
    match part {
        Some(part) if part.clone().into_dynamic() == *value => part,
        Some(part) if matches!(view.value().node, Node::Map(_)) && value.as_str().is_some() => part,
        _ => view,
    }
}
