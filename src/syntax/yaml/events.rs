//! Parser events to trees.
//!
//! It asks for one event at a time and keeps its own stack, so that neither depth nor size of a
//! text can harm, and it stops where going on would only repeat a finding.

use super::dialect::Dialect;
use super::findings;
use super::foreign::{self, EXPANDED, Reading, Size};
use super::lenient::{self, Blanks, Indented};
use super::scan::{self, Offsets};
use super::spans;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};
use crate::syntax::{Scalar, ScalarKind, Yaml, YamlKind};
use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks, Tag};
use std::ops::ControlFlow::{self, Break, Continue};

const DEEPEST: usize = 64;

/// More findings than a reader of them would want; the rest of the file stays unread.
const MOST: usize = 100;

/// All documents of a text. What is wrong is reported, and the trees may then be incomplete.
pub(super) fn documents(
    file: FileId,
    text: &str,
    dialect: Dialect,
    diags: &mut Diagnostics,
) -> Vec<Yaml> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    scan::characters(file, (body, text.len() - body.len()), dialect, diags);
    if !diags.is_empty() {
        return Vec::new();
    }
    let source = Source {
        file,
        text,
        body,
        dialect,
    };
    let (none, mut found) = (Blanks::default(), Diagnostics::new());
    let (documents, is_syntax) = source.parse(body, &none, &mut found);
    if is_syntax
        && dialect == Dialect::Foreign
        && let Some(indented) = Indented::new(body)
    {
        return source.parse(&indented.text, &indented.blanks, diags).0;
    }
    if dialect == Dialect::Foreign && found.is_empty() && lenient::is_doubtful(body) {
        found.extend(source.refusal());
    }
    diags.append(found);
    documents
}

#[derive(Clone, Copy)]
struct Source<'a> {
    file: FileId,
    text: &'a str,
    /// The text without its byte order mark.
    body: &'a str,
    dialect: Dialect,
}

impl<'a> Source<'a> {
    /// The documents, and whether the parser could not go on. It reads `body`, in which these
    /// blanks were put.
    fn parse(
        self,
        body: &'a str,
        blanks: &'a Blanks,
        diags: &'a mut Diagnostics,
    ) -> (Vec<Yaml>, bool) {
        let base = self.text.len() - self.body.len();
        let mut builder = Builder {
            file: self.file,
            text: self.text,
            dialect: self.dialect,
            diags,
            offsets: Offsets::new(body, base, blanks),
            stack: Vec::new(),
            documents: Vec::new(),
            starts: Vec::new(),
            found: 0,
            anchors: FxHashMap::default(),
            expanded: 0,
            n_values: 0,
        };
        let mut parser = Parser::new_from_str(body);
        while let Some(next) = parser.next_event() {
            let flow = match next {
                Ok((event, marks)) => builder.event(event, marks),
                Err(error) => {
                    builder.syntax(&error);
                    return (builder.documents, true);
                }
            };
            if flow.is_break() {
                break;
            }
        }
        (builder.documents, false)
    }

    /// What libyaml, and so Kubernetes, will not take although the strict parser does.
    fn refusal(self) -> Option<Diagnostic> {
        let (at, problem) = lenient::refusal(self.body)?;
        let start = (self.text.len() - self.body.len() + at).min(self.text.len());
        let width = self.text.get(start..).and_then(|rest| rest.chars().next());
        let end = start + width.map_or(0, char::len_utf8);
        let span = Span::new(self.file, start, end);
        Some(match spans::tab_in_line(self.text, span) {
            Some(tab) => findings::tab(tab),
            None => findings::syntax(&problem, span),
        })
    }
}

/// A null at `span`.
pub(super) fn null(span: Span) -> Yaml {
    let scalar = Scalar {
        kind: ScalarKind::Null,
        text: Default::default(),
        span,
    };
    Yaml {
        kind: YamlKind::Scalar(scalar),
        span,
    }
}

pub(super) fn is_block(style: ScalarStyle) -> bool {
    matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
}

fn quote(style: ScalarStyle) -> Option<char> {
    match style {
        ScalarStyle::DoubleQuoted => Some('"'),
        ScalarStyle::SingleQuoted => Some('\''),
        _ => None,
    }
}

/// A collection whose end is still to come.
struct Open {
    kind: Kind,
    start: Span,
    anchor: usize,
}

enum Kind {
    List(Vec<Yaml>),
    Map(Vec<(Scalar, Yaml)>, Option<Scalar>),
}

struct Builder<'a> {
    file: FileId,
    text: &'a str,
    dialect: Dialect,
    diags: &'a mut Diagnostics,
    offsets: Offsets<'a>,
    stack: Vec<Open>,
    documents: Vec<Yaml>,
    starts: Vec<Span>,
    found: usize,
    /// What aliases stand for, each with its size; of the dialect that allows them.
    anchors: FxHashMap<usize, (Yaml, Size)>,
    expanded: usize,
    /// Values of this document so far.
    n_values: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, marks: Marks) -> ControlFlow<()> {
        let span = self.span(marks);
        match event {
            Event::DocumentStart(_) => self.document(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::Scalar(text, style, anchor, tag) => {
                let reading = self.properties(anchor, tag.as_deref(), span)?;
                let style = match reading {
                    Reading::Plain => style,
                    Reading::Text => ScalarStyle::Literal,
                };
                let text = match self.is_cut(style, span) {
                    true => text.strip_suffix('\n').unwrap_or(&text),
                    false => &text,
                };
                self.scalar(text, style, anchor, span)
            }
            Event::SequenceStart(anchor, tag) => {
                self.properties(anchor, tag.as_deref(), span)?;
                self.open(Kind::List(Vec::new()), anchor, span)
            }
            Event::MappingStart(anchor, tag) => {
                self.properties(anchor, tag.as_deref(), span)?;
                self.open(Kind::Map(Vec::new(), None), anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {
                Continue(())
            }
        }
    }

    fn document(&mut self, span: Span) -> ControlFlow<()> {
        self.starts.push(span);
        self.anchors.clear();
        self.expanded = 0;
        self.n_values = 0;
        if self.dialect != Dialect::Spec || self.starts.len() == 1 {
            return Continue(());
        }
        self.diags
            .push(findings::second_document(span, self.starts[0]));
        Break(())
    }

    /// Does a block of text end with the file, which has no line's end there? Kubernetes then reads
    /// none, against YAML.
    fn is_cut(&self, style: ScalarStyle, span: Span) -> bool {
        self.dialect != Dialect::Spec
            && is_block(style)
            && span.end as usize >= self.text.len()
            && !self.text.ends_with('\n')
    }

    fn open(&mut self, kind: Kind, anchor: usize, start: Span) -> ControlFlow<()> {
        if self.stack.len() >= self.deepest() {
            return self.too_deep(start);
        }
        if self.awaits_key() {
            self.diags.push(findings::composite_key(start));
            return Break(());
        }
        self.stack.push(Open {
            kind,
            start,
            anchor,
        });
        Continue(())
    }

    fn deepest(&self) -> usize {
        match self.dialect {
            Dialect::Foreign => foreign::DEEPEST,
            _ => DEEPEST,
        }
    }

    fn too_deep(&mut self, span: Span) -> ControlFlow<()> {
        self.diags.push(findings::depth(self.deepest(), span));
        Break(())
    }

    fn close(&mut self, end: Span) -> ControlFlow<()> {
        let Some(open) = self.stack.pop() else {
            return Continue(());
        };
        let (kind, span) = match open.kind {
            Kind::List(items) => {
                let parts = items.first().zip(items.last()).map(|(first, last)| {
                    let dash = spans::dash(self.text, open.start, first.span);
                    (dash, last.span)
                });
                let span = spans::collection(self.text, open.start, end, parts);
                (YamlKind::List(items), span)
            }
            Kind::Map(mut entries, _) => {
                let merged = foreign::merged(&mut entries);
                self.refuse_duplicates(&entries)?;
                let parts = entries.first().zip(entries.last());
                let parts = parts.map(|((key, _), (_, last))| (key.span, last.span));
                let span = spans::collection(self.text, open.start, end, parts);
                for (key, from) in merged {
                    if !foreign::merge(&mut entries, from) {
                        self.report(findings::merge_of_no_map(key.span))?;
                    }
                }
                (YamlKind::Map(entries), span)
            }
        };
        let yaml = Yaml { kind, span };
        self.remember(open.anchor, &yaml);
        self.value(yaml)
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        span: Span,
    ) -> ControlFlow<()> {
        let is_plain = style == ScalarStyle::Plain;
        let kind = match is_plain {
            true => self.dialect.plain(text),
            false => Some(ScalarKind::String),
        };
        let Some(kind) = kind else {
            self.report(findings::number(text, span))?;
            return self.value(null(span));
        };
        if style == ScalarStyle::DoubleQuoted && self.dialect == Dialect::Spec {
            self.refuse_escaped(text, span)?;
        }
        let span = match is_plain && text.is_empty() {
            true => self.empty(span),
            false => spans::scalar(self.text, span, quote(style)),
        };
        let scalar = Scalar {
            kind,
            text: text.into(),
            span,
        };
        if self.awaits_key() && anchor == 0 {
            return self.key(scalar, is_plain);
        }
        let yaml = Yaml {
            kind: YamlKind::Scalar(scalar.clone()),
            span,
        };
        self.remember(anchor, &yaml);
        if self.awaits_key() {
            return self.key(scalar, is_plain);
        }
        self.value(yaml)
    }

    fn key(&mut self, mut key: Scalar, is_plain: bool) -> ControlFlow<()> {
        if is_plain && key.text == "<<" && self.dialect == Dialect::Foreign {
            key.kind = ScalarKind::Null;
        } else if is_plain && key.text == "<<" {
            self.report(findings::merge_key(key.span))?;
        } else if !self.dialect.is_key(key.kind, &key.text) {
            self.report(findings::key(&key))?;
        }
        if self.dialect != Dialect::Foreign
            && let Some(tab) = spans::tab_before(self.text, key.span)
        {
            self.report(findings::tab(tab))?;
        }
        if let Some(Open {
            kind: Kind::Map(_, slot),
            ..
        }) = self.stack.last_mut()
        {
            *slot = Some(key);
        }
        Continue(())
    }

    /// Puts a complete value where it belongs.
    fn value(&mut self, yaml: Yaml) -> ControlFlow<()> {
        self.n_values += 1;
        if self.n_values > foreign::MOST {
            self.diags
                .push(findings::too_many(foreign::MOST, yaml.span));
            return Break(());
        }
        match self.stack.last_mut().map(|open| &mut open.kind) {
            None => self.documents.push(yaml),
            Some(Kind::List(items)) => items.push(yaml),
            Some(Kind::Map(entries, slot)) => match slot.take() {
                Some(key) => entries.push((key, yaml)),
                // Only a refused alias gets here.
                None => return Break(()),
            },
        }
        Continue(())
    }

    fn awaits_key(&self) -> bool {
        matches!(
            self.stack.last(),
            Some(Open {
                kind: Kind::Map(_, None),
                ..
            })
        )
    }

    fn report(&mut self, diagnostic: Diagnostic) -> ControlFlow<()> {
        self.diags.push(diagnostic);
        self.found += 1;
        if self.found < MOST {
            Continue(())
        } else {
            Break(())
        }
    }

    fn span(&self, marks: Marks) -> Span {
        let start = self.offsets.byte(marks.start.index());
        let end = self.offsets.byte(marks.end.index());
        Span::new(self.file, start, end.max(start))
    }

    /// Of a value that is not written.
    fn empty(&self, span: Span) -> Span {
        match self.stack.last().map(|open| &open.kind) {
            Some(Kind::Map(_, Some(key))) => spans::behind_key(self.text, key.span),
            _ => Span {
                end: span.start,
                ..span
            },
        }
    }
}

impl Builder<'_> {
    /// Anchor and tag: what the tag makes of a scalar, or findings.
    fn properties(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> ControlFlow<(), Reading> {
        let is_foreign = self.dialect == Dialect::Foreign;
        if anchor > 0 && !is_foreign {
            self.report(findings::anchor(span))?;
        }
        match foreign::reading(tag) {
            Some(reading) if is_foreign => return Continue(reading),
            _ if tag.is_some() => self.report(findings::tag(span))?,
            _ => {}
        }
        Continue(Reading::Plain)
    }

    fn remember(&mut self, anchor: usize, yaml: &Yaml) {
        if anchor > 0 && self.dialect == Dialect::Foreign {
            let size = foreign::size(yaml);
            self.anchors.insert(anchor, (yaml.clone(), size));
        }
    }

    /// The value at the anchor, with the places where it was written.
    fn alias(&mut self, anchor: usize, span: Span) -> ControlFlow<()> {
        let Some((yaml, size)) = self.anchors.get(&anchor) else {
            self.report(self.unknown_alias(span))?;
            return self.value(null(span));
        };
        self.expanded += size.values;
        if self.expanded > EXPANDED {
            self.diags.push(findings::expansion(EXPANDED, span));
            return Break(());
        }
        if self.stack.len() + size.depth > self.deepest() {
            return self.too_deep(span);
        }
        let yaml = yaml.clone();
        self.value(yaml)
    }

    fn unknown_alias(&self, span: Span) -> Diagnostic {
        match self.dialect {
            Dialect::Foreign => findings::unknown_alias(span),
            _ => findings::alias(span),
        }
    }

    /// Escapes can spell what the text itself may not hold.
    fn refuse_escaped(&mut self, text: &str, span: Span) -> ControlFlow<()> {
        match text
            .chars()
            .find(|char| *char == '\0' || scan::is_private(*char))
        {
            Some(char) => self.report(scan::character(char, span)),
            None => Continue(()),
        }
    }

    fn refuse_duplicates(&mut self, entries: &[(Scalar, Yaml)]) -> ControlFlow<()> {
        if entries.is_sorted_by(|a, b| a.0.text < b.0.text) {
            return Continue(());
        }
        let mut keys: Vec<&Scalar> = entries.iter().map(|(key, _)| key).collect();
        keys.sort_by(|a, b| a.text.cmp(&b.text));
        for pair in keys.windows(2) {
            if pair[0].text == pair[1].text {
                self.report(findings::duplicate(pair[0], pair[1]))?;
            }
        }
        Continue(())
    }

    /// The parser cannot go on.
    fn syntax(&mut self, error: &ScanError) {
        let at = self.offsets.byte(error.marker().index());
        let width = self.text.get(at..).and_then(|rest| rest.chars().next());
        let span = Span::new(self.file, at, at + width.map_or(0, char::len_utf8));
        let tab = spans::tab_in_line(self.text, span);
        self.diags.push(match error.info() {
            info if info.contains("recursion limit") => findings::depth(self.deepest(), span),
            info if info.contains("unknown anchor") => self.unknown_alias(span),
            info if info.contains("handle wasn't declared") => findings::tag(span),
            info if info.contains("tab") || tab.is_some() => {
                let tab = tab.or_else(|| spans::tab_behind(self.text, span));
                findings::tab(tab.unwrap_or(span))
            }
            info => findings::syntax(info, span),
        });
    }
}
