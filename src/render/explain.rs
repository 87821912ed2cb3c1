//! What went wrong, in the user's words and with its place in the template and in the spec.
//!
//! Only here, and in `trace`, is it worked out which line of a template wrote what.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Arc;

use minijinja::{Error, ErrorKind, OutputSpan, OutputSpanKind};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::draft::{Draft, Origin};
use crate::render::context::{Context, View};
use crate::render::fault::{Fault, Place, Point};
use crate::render::notes::Notes;
use crate::render::{Failure, Renderer, Template, codes, environment, marker, skeleton, splice};
use crate::source::Span;

/// Which part of which template wrote each part of a skeleton.
pub struct Sites {
    text: String,
    /// Where each line of the text starts.
    lines: Vec<usize>,
    spans: Vec<OutputSpan>,
    /// The number of each expression that stands in the text itself, and its span.
    slots: BTreeMap<usize, usize>,
}

impl Sites {
    /// Renders once more, with the places.
    pub fn of(renderer: &Renderer, number: usize, context: &Arc<Context>) -> Option<Sites> {
        let template = renderer
            .env
            .get_template(&renderer.templates[number].name)
            .ok()?;
        let root = minijinja::Value::from_dyn_object(context.clone());
        let (text, spans) = template.render_with_spans(root).ok()?;
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let slots = spans
            .iter()
            .enumerate()
            .filter_map(|(at, span)| Some((marker::number(text.get(span.output_range())?)?, at)))
            .collect();
        Some(Sites {
            text,
            lines,
            spans,
            slots,
        })
    }

    /// The span of the template that wrote a place.
    pub fn find(&self, renderer: &Renderer, place: Place) -> Option<Span> {
        let (span, skip) = match place {
            Place::Slot(number) => (self.slot(number)?, 0),
            Place::Text(point) => self.text(point)?,
            Place::Whole => return None,
        };
        let file = renderer.templates[renderer.find(span.name())?].file;
        let range = span.source_range();
        if span.kind() == OutputSpanKind::Expression {
            return Some(Span::new(file, range.start, range.end));
        }
        let start = range.start + skip;
        let written = self
            .text
            .get(span.output_range())
            .and_then(|text| text.get(skip..));
        let line = written.and_then(|text| text.lines().next()).unwrap_or("");
        Some(Span::new(file, start, start + line.trim_end().len()))
    }

    /// The numbers of the expressions that stand in the text itself.
    pub fn numbers(&self) -> impl Iterator<Item = usize> {
        self.slots.keys().copied()
    }

    fn slot(&self, number: usize) -> Option<&OutputSpan> {
        self.spans.get(*self.slots.get(&number)?)
    }

    fn text(&self, point: Point) -> Option<(&OutputSpan, usize)> {
        let at = self.offset(point);
        let next = self
            .spans
            .partition_point(|span| span.output_range().end <= at);
        let span = self.spans.get(next).or(self.spans.last())?;
        Some((span, at.saturating_sub(span.output_range().start)))
    }

    fn offset(&self, point: Point) -> usize {
        let line = (point.line as usize).saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or(self.text.len());
        let rest = &self.text[start..];
        rest.char_indices()
            .nth(point.column as usize)
            .map_or(self.text.len(), |(at, _)| start + at)
    }
}

/// Reports a failed rendering.
pub fn failure(
    renderer: &Renderer,
    number: usize,
    context: &Arc<Context>,
    draft: &Draft,
    failure: Failure,
    diags: &mut Diagnostics,
) {
    let faults = match failure {
        Failure::Engine(error) => {
            diags.push(with_origin(
                engine(renderer, number, context, &error),
                draft.origin,
            ));
            return;
        }
        Failure::Faults(faults) => detailed(renderer, number, context).unwrap_or(faults),
    };
    let sites = Sites::of(renderer, number, context);
    for fault in faults {
        let span = sites
            .as_ref()
            .and_then(|sites| sites.find(renderer, fault.place));
        let diagnostic = place(renderer, number, context, &fault, span);
        diags.push(with_origin(diagnostic, draft.origin));
    }
}

/// The faults again, this time with pointers into the values.
fn detailed(renderer: &Renderer, number: usize, context: &Arc<Context>) -> Option<Vec<Fault>> {
    let template = &renderer.templates[number];
    let rendered = environment::run(&renderer.env, &template.name, context).ok()?;
    let root = skeleton::read(&rendered.text, &template.argo).ok()?;
    let mut notes = Notes::on();
    splice::splice(&root, &rendered.slots, &mut notes).err()
}

fn place(
    renderer: &Renderer,
    number: usize,
    context: &Context,
    fault: &Fault,
    span: Option<Span>,
) -> Diagnostic {
    let template = &renderer.templates[number];
    let span = span.unwrap_or(Span::new(template.file, 0, 0));
    if let Place::Slot(_) = fault.place {
        return expression(renderer, context, template, fault, span);
    }
    let message = format!("template `{}` {}", template.name, fault.message);
    helped(
        Diagnostic::error(fault.code, message).at(span, "written here"),
        fault,
    )
}

/// A fault of an expression, with the places of the values that it names.
fn expression(
    renderer: &Renderer,
    context: &Context,
    template: &Template,
    fault: &Fault,
    span: Span,
) -> Diagnostic {
    let source = renderer.slice(span);
    let message = format!(
        "`{source}` in template `{}` {}",
        template.name, fault.message
    );
    let mut diagnostic = Diagnostic::error(fault.code, message).at(span, "used here");
    for view in reads(renderer, context, source) {
        if let Origin::Spec(span) = view.value().origin {
            diagnostic = diagnostic.at(span, "the value comes from here");
        }
    }
    helped(diagnostic, fault)
}

fn helped(diagnostic: Diagnostic, fault: &Fault) -> Diagnostic {
    match &fault.help {
        Some(help) => diagnostic.help(help.clone()),
        None => diagnostic,
    }
}

/// The values of the context that an expression names.
fn reads(renderer: &Renderer, context: &Context, expression: &str) -> Vec<View> {
    names(renderer, expression)
        .iter()
        .filter_map(|name| {
            let mut steps = name.split('.');
            let first = context.find(steps.next()?)?;
            Some(steps.fold(first, |view, step| view.child(step).unwrap_or(view)))
        })
        .collect()
}

/// The variables of an expression, members as `a.b`, sorted.
pub fn names(renderer: &Renderer, expression: &str) -> Vec<String> {
    let Ok(compiled) = renderer.env.compile_expression_owned(expression.to_owned()) else {
        return Vec::new();
    };
    let mut names: Vec<String> = compiled.undeclared_variables(true).into_iter().collect();
    names.sort();
    names
}

/// A template that cannot be read.
pub fn syntax(template: &Template, error: &Error) -> Diagnostic {
    let detail = error.detail().unwrap_or("it is not a template");
    let message = format!("template `{}` cannot be read: {detail}", template.name);
    Diagnostic::error(codes::TEMPLATE_SYNTAX, message).at(error_span(template, error), "here")
}

fn engine(renderer: &Renderer, number: usize, context: &Context, error: &Error) -> Diagnostic {
    let error = innermost(error);
    let number = error
        .name()
        .and_then(|name| renderer.find(name))
        .unwrap_or(number);
    let template = &renderer.templates[number];
    let span = error_span(template, error);
    let fault = error
        .source()
        .and_then(|source| source.downcast_ref::<Fault>());
    if let Some(fault) = fault {
        let span = whole_expression(template, span);
        return expression(renderer, context, template, fault, span);
    }
    let (code, what, help) = words(error);
    if error.kind() == ErrorKind::UndefinedError && error.detail().is_none() {
        let span = whole_expression(template, span);
        let fault = Fault::new(code, Place::Whole, what).help(help);
        return expression(renderer, context, template, &fault, span);
    }
    Diagnostic::error(code, format!("template `{}` {what}", template.name))
        .at(span, "used here")
        .help(help)
}

/// Errors of included templates are wrapped by those of the templates that include them.
fn innermost(error: &Error) -> &Error {
    let mut inner = error;
    while let Some(next) = inner
        .source()
        .and_then(|source| source.downcast_ref::<Error>())
    {
        inner = next;
    }
    inner
}

fn words(error: &Error) -> (&'static Code, String, &'static str) {
    let detail = error.detail().unwrap_or("").to_owned();
    match error.kind() {
        ErrorKind::UndefinedError => (
            codes::TEMPLATE_UNDEFINED,
            match detail.is_empty() {
                true => "uses a value that is not provided".to_owned(),
                false => format!("uses a value that is not provided: {detail}"),
            },
            "correct the name; what may be missing is given as null and written with `| optional`",
        ),
        ErrorKind::OutOfFuel => (
            codes::TEMPLATE_LIMIT,
            "needs too many steps".to_owned(),
            "look for a loop over something large",
        ),
        ErrorKind::WriteFailure => (
            codes::TEMPLATE_LIMIT,
            "writes more than 1 MiB".to_owned(),
            "look for a loop that writes too often",
        ),
        ErrorKind::InvalidOperation if detail.contains("recursion") => (
            codes::TEMPLATE_LIMIT,
            "calls itself too often".to_owned(),
            "look for a template, macro or loop that includes itself",
        ),
        ErrorKind::TemplateNotFound => (
            codes::TEMPLATE_MISSING,
            format!("includes a template that does not exist: {detail}"),
            "name a file of `templates/` without `.yaml.j2`",
        ),
        ErrorKind::UnknownFilter
        | ErrorKind::UnknownTest
        | ErrorKind::UnknownFunction
        | ErrorKind::UnknownMethod
        | ErrorKind::SyntaxError => (
            codes::TEMPLATE_SYNTAX,
            format!("cannot be read: {detail}"),
            "look at the filters and functions that docs/templates.md lists",
        ),
        kind => (
            codes::TEMPLATE_VALUE,
            match detail.is_empty() {
                true => format!("cannot be filled in: {kind}"),
                false => format!("cannot be filled in: {detail}"),
            },
            "change the expression or the value that it reads",
        ),
    }
}

fn error_span(template: &Template, error: &Error) -> Span {
    match (error.range(), error.line()) {
        (Some(range), _) => Span::new(template.file, range.start, range.end),
        (None, Some(line)) => {
            let start = template
                .text
                .split_inclusive('\n')
                .take(line.saturating_sub(1))
                .map(str::len)
                .sum();
            let length = template.text[start..].lines().next().map_or(0, str::len);
            Span::new(template.file, start, start + length)
        }
        _ => Span::new(template.file, 0, 0),
    }
}

/// The expression between `${` and `}` around a span: filters do not know what they stand behind.
fn whole_expression(template: &Template, span: Span) -> Span {
    let text = template.text.as_str();
    let before = text
        .get(..span.start as usize)
        .and_then(|text| text.rfind("${"));
    let after = text
        .get(span.end as usize..)
        .and_then(|text| text.find('}'));
    let (Some(start), Some(length)) = (before, after) else {
        return span;
    };
    let (start, end) = (start + 2, span.end as usize + length);
    let inside = &text[start..end];
    if text[start..span.start as usize].contains('}') {
        return span;
    }
    let start = start + (inside.len() - inside.trim_start().len());
    Span::new(span.file, start, start + inside.trim().len())
}

/// Says which part of the spec a draft stands for.
pub fn with_origin(diagnostic: Diagnostic, origin: Origin) -> Diagnostic {
    match origin {
        Origin::Spec(span) => diagnostic.at(span, "while rendering this"),
        Origin::Derived | Origin::Default(_) => diagnostic,
    }
}

impl Renderer {
    /// The text of a span in a template.
    pub(super) fn slice(&self, span: Span) -> &str {
        let template = self
            .templates
            .iter()
            .find(|template| template.file == span.file);
        template
            .and_then(|template| template.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }
}
