//! Names, arguments and properties.

use super::complain::{self, Role};
use super::lex::{Kind, Token};
use super::read::{Draft, Reader};
use super::{number, text};
use crate::syntax::{Scalar, ScalarKind};

/// From how many properties on repeated ones are found by sorting.
const MANY: usize = 16;

/// An argument, or a property.
enum Entry {
    Argument(Scalar),
    Property(Scalar, Scalar),
    /// Something that was reported and passed over.
    Nothing,
}

impl Reader<'_> {
    /// Reads one argument or property into the draft.
    pub(super) fn entry(&mut self, draft: &mut Draft) {
        match self.any_entry(draft) {
            None => draft.broken = true,
            Some(Entry::Nothing) => {}
            Some(Entry::Argument(value)) => {
                if let Some(property) = draft.property.filter(|_| self.muted == 0) {
                    self.errors.push(complain::late_argument(&value, property));
                }
                self.extend(draft, value.span.end as usize);
                draft.node.args.push(value);
            }
            Some(Entry::Property(key, value)) => {
                draft.property = draft.property.or(Some(key.span.to(value.span)));
                self.extend(draft, value.span.end as usize);
                draft.node.props.push((key, value));
            }
        }
    }

    /// Reads one argument or property and forgets it.
    pub(super) fn dropped_entry(&mut self, draft: &mut Draft) {
        draft.broken |= self.any_entry(draft).is_none();
    }

    fn any_entry(&mut self, draft: &mut Draft) -> Option<Entry> {
        if draft.blocks_only {
            let error = complain::after_block(&draft.node.name, self.span(self.token), draft.block);
            self.fail(error);
            return None;
        }
        if !self.gap && self.touching(draft) {
            return Some(Entry::Nothing);
        }
        if self.token.kind == Kind::ParenOpen {
            return self.annotated_value().map(Entry::Argument);
        }
        let token = self.token;
        if !self.begins_value(draft) {
            return None;
        }
        draft.last = token;
        if token.kind == Kind::Stray {
            return Some(Entry::Argument(self.scalar(token)));
        }
        self.bump();
        let key = match self.loose_key(token) {
            Some(key) => key,
            None => {
                if let Some(value) = self.run_on(token) {
                    return Some(Entry::Argument(value));
                }
                self.node_space();
                if self.token.kind != Kind::Equals {
                    return Some(Entry::Argument(self.scalar(token)));
                }
                self.key_scalar(token)
            }
        };
        let value = self.property_value(&key)?;
        draft.last.start = value.span.start as usize;
        draft.last.end = value.span.end as usize;
        Some(Entry::Property(key, value))
    }

    /// Says so where the token begins no value.
    fn begins_value(&mut self, draft: &Draft) -> bool {
        let slice = self.slice(self.token);
        match self.token.kind {
            Kind::Word | Kind::Number | Kind::Keyword | Kind::Text(_) => return true,
            Kind::Stray if slice == "/" => return true,
            _ => {}
        }
        let span = self.span(self.token);
        let bare = draft.node.args.is_empty() && draft.node.props.is_empty();
        let error = match self.token.kind {
            Kind::Equals if bare => complain::equals_behind_name(&draft.node.name, span),
            _ => complain::unexpected(slice, span),
        };
        self.fail(error);
        false
    }

    fn property_value(&mut self, key: &Scalar) -> Option<Scalar> {
        let equals = self.bump();
        self.node_space();
        match self.token.kind {
            Kind::ParenOpen => self.annotated_value(),
            Kind::Word | Kind::Number | Kind::Keyword | Kind::Text(_) => {
                let token = self.bump();
                if self.token.kind == Kind::Equals && token.kind == Kind::Word && !self.gap {
                    return Some(self.loose(token.start));
                }
                Some(self.run_on(token).unwrap_or_else(|| self.scalar(token)))
            }
            Kind::Stray | Kind::Equals if self.slice(self.token) != "]" => {
                let token = self.token;
                if self.slice(token) == "[" {
                    self.fail(complain::unexpected("[", self.span(token)));
                    return None;
                }
                Some(self.loose(token.start))
            }
            _ => {
                self.fail(complain::no_value(key, self.span(equals)));
                None
            }
        }
    }

    /// Reads `(type)value`.
    fn annotated_value(&mut self) -> Option<Scalar> {
        if !self.annotation() {
            return None;
        }
        self.node_space();
        match self.token.kind {
            Kind::Word | Kind::Number | Kind::Keyword | Kind::Text(_) => {
                let token = self.bump();
                Some(self.run_on(token).unwrap_or_else(|| self.scalar(token)))
            }
            _ => {
                self.fail(complain::unexpected(
                    self.slice(self.token),
                    self.span(self.token),
                ));
                None
            }
        }
    }

    /// Reads `(type)`; `false` where it is not even that.
    pub(super) fn annotation(&mut self) -> bool {
        let open = self.bump();
        self.node_space();
        if !matches!(
            self.token.kind,
            Kind::Word | Kind::Text(_) | Kind::Number | Kind::Keyword
        ) {
            self.fail(complain::unexpected("(", self.span(open)));
            return false;
        }
        let token = self.bump();
        self.name_scalar(token);
        self.node_space();
        if self.token.kind != Kind::ParenClose {
            self.fail(complain::unexpected("(", self.span(open)));
            return false;
        }
        let close = self.bump();
        if self.muted == 0 {
            let span = self.span(open).to(self.span(close));
            let written = self.text.get(open.start..close.end).unwrap_or("");
            self.errors.push(complain::type_annotation(written, span));
        }
        true
    }

    /// Two values without a space between them: goes on as if it were there. `true` where the second
    /// one is passed over: a comma, or the string behind `r`.
    fn touching(&mut self, draft: &Draft) -> bool {
        let (last, span) = (draft.last, self.span(self.token));
        let slice = self.slice(self.token);
        let version_one = matches!(self.token.kind, Kind::Text(_)) && self.slice(last) == "r";
        let error = match self.token.kind {
            Kind::Equals => return false,
            Kind::Text(quotes) if !quotes.closed => return false,
            _ if version_one => complain::raw_string_of_version_one(span),
            _ => complain::missing_space(slice, self.span(last), span),
        };
        self.fail(error);
        let skipped = slice == "," || version_one;
        if skipped {
            self.bump();
        }
        skipped
    }

    /// Where a bare value runs on into characters that a word cannot hold: the whole of it, as the
    /// string that was meant.
    pub(super) fn run_on(&mut self, token: Token) -> Option<Scalar> {
        self.runs_on(token).then(|| self.loose(token.start))
    }

    /// The name of a property that runs on in the same way up to its `=`: `example.com/disk="ssd"`.
    /// A `?` or `:` before the `=` rather belongs to an address.
    fn loose_key(&mut self, token: Token) -> Option<Scalar> {
        if !self.runs_on(token) {
            return None;
        }
        let end = complain::loose_end(self.text, token.start);
        let written = self.text.get(token.start..end)?;
        let (key, _) = written.split_once('=')?;
        let is_key = !key.contains(['?', ':', '&', '#', '(', ')']);
        is_key.then(|| self.loose_to(token.start, token.start + key.len()))
    }

    fn runs_on(&self, token: Token) -> bool {
        if !matches!(token.kind, Kind::Word | Kind::Number) || self.gap {
            return false;
        }
        let written = self.slice(token);
        match self.token.kind {
            Kind::Stray | Kind::Keyword | Kind::ParenOpen | Kind::ParenClose => true,
            Kind::Slashdash => true,
            Kind::LineComment => written.ends_with(':'),
            Kind::Backslash => complain::is_path(self.text, self.token.end),
            _ => false,
        }
    }

    /// Takes everything up to the next space as one string, which should stand in quotes.
    fn loose(&mut self, start: usize) -> Scalar {
        self.loose_to(start, complain::loose_end(self.text, start))
    }

    fn loose_to(&mut self, start: usize, end: usize) -> Scalar {
        self.jump(end);
        let span = self.errors.span(start, end);
        let written = self.text.get(start..end).unwrap_or("");
        self.errors.push(complain::unquoted(written, span));
        Scalar {
            kind: ScalarKind::String,
            text: written.into(),
            span,
        }
    }

    /// The value of an argument or property.
    fn scalar(&mut self, token: Token) -> Scalar {
        let written = self.slice(token);
        let span = self.span(token);
        let kind = match token.kind {
            Kind::Stray => return self.loose(token.start),
            Kind::Number => number::kind(written).unwrap_or_else(|| {
                self.errors.push(complain::not_a_number(written, span));
                ScalarKind::String
            }),
            Kind::Keyword => self.keyword(token),
            _ => return self.string(token, Role::Value),
        };
        Scalar {
            kind,
            text: written.into(),
            span,
        }
    }

    fn keyword(&mut self, token: Token) -> ScalarKind {
        let (written, span) = (self.slice(token), self.span(token));
        match written {
            "#true" => ScalarKind::Bool(true),
            "#false" => ScalarKind::Bool(false),
            "#null" => ScalarKind::Null,
            "#inf" | "#-inf" | "#nan" => {
                if self.muted == 0 {
                    self.errors.push(complain::not_finite(written, span));
                }
                ScalarKind::Float
            }
            _ => {
                self.fail(complain::unknown_keyword(written, span));
                ScalarKind::String
            }
        }
    }

    /// The name of a node; the token may be anything that looks like a value.
    pub(super) fn name_scalar(&mut self, token: Token) -> Scalar {
        self.string(token, Role::Name)
    }

    fn key_scalar(&mut self, token: Token) -> Scalar {
        self.string(token, Role::Key)
    }

    fn string(&mut self, token: Token, role: Role) -> Scalar {
        let (written, span) = (self.slice(token), self.span(token));
        let text = match token.kind {
            Kind::Text(quotes) => {
                if !quotes.closed {
                    let error = complain::unclosed_string(self.opener(token), quotes);
                    self.fail(error);
                }
                text::value(self.text, token, quotes, &mut self.errors)
            }
            Kind::Word => {
                if matches!(written, "true" | "false" | "null" | "inf" | "-inf" | "nan") {
                    self.errors
                        .push(complain::bare_keyword(written, role, span));
                }
                written.into()
            }
            _ => {
                self.errors.push(complain::not_a_name(written, role, span));
                written.into()
            }
        };
        Scalar {
            kind: ScalarKind::String,
            text,
            span,
        }
    }
}

/// Takes out, and reports, what is given more than once; the first one stays.
pub(super) fn drop_repeated(
    props: &mut Vec<(Scalar, Scalar)>,
    report: &mut dyn FnMut(&Scalar, &Scalar),
) {
    let repeated = match props.len() {
        0 | 1 => return,
        2..MANY => repeated_among_few(props),
        _ => repeated_among_many(props),
    };
    for &(at, first) in &repeated {
        report(&props[at].0, &props[first].0);
    }
    let (mut at, mut next) = (0, 0);
    props.retain(|_| {
        let keep = repeated
            .get(next)
            .is_none_or(|(repeated, _)| *repeated != at);
        next += usize::from(!keep);
        at += 1;
        keep
    });
}

/// Places of later properties, each with the place of the first one of that name.
fn repeated_among_few(props: &[(Scalar, Scalar)]) -> Vec<(usize, usize)> {
    let first = |at: usize| {
        let name = &props[at].0.text;
        props[..at].iter().position(|(key, _)| key.text == *name)
    };
    (1..props.len())
        .filter_map(|at| Some((at, first(at)?)))
        .collect()
}

fn repeated_among_many(props: &[(Scalar, Scalar)]) -> Vec<(usize, usize)> {
    let mut firsts = std::collections::BTreeMap::new();
    let mut repeated = Vec::new();
    for (at, (key, _)) in props.iter().enumerate() {
        match firsts.get(key.text.as_str()) {
            Some(&first) => repeated.push((at, first)),
            None => {
                firsts.insert(key.text.as_str(), at);
            }
        }
    }
    repeated
}
