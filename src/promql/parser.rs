//! Tokens into a query: one pass, which types as it reads.
//!
//! Source: Prometheus `promql/parser/generated_parser.y` and `parse.go` (`checkAST`).

use super::function::{aggregation, function};
use super::lexer::{self, Token};
use super::{Fault, Kind, MAX_DEPTH, Query, Selector, short};

pub(super) fn parse(text: &str) -> Result<Query, Fault> {
    let mut parser = Parser {
        tokens: lexer::tokens(text)?,
        at: 0,
        depth: 0,
        selectors: Vec::new(),
    };
    let found = parser.expression(0)?;
    if *parser.token() != Token::End {
        return parser.unexpected();
    }
    Ok(Query {
        kind: found.kind,
        never_empty: found.never_empty,
        selectors: parser.selectors,
    })
}

pub(super) struct Parser {
    tokens: Vec<(Token, usize)>,
    pub(super) at: usize,
    depth: usize,
    pub(super) selectors: Vec<Selector>,
}

/// A part of a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub kind: Kind,
    pub never_empty: bool,
    pub at: usize,
    /// Series by name and labels, to which a range can be given.
    pub is_selector: bool,
}

impl Part {
    pub fn new(kind: Kind, at: usize) -> Part {
        Part {
            kind,
            never_empty: kind == Kind::Scalar,
            at,
            is_selector: false,
        }
    }
}

/// How tightly an operator binds; right associative where the flag says so.
fn binds(token: &Token) -> Option<(u8, bool, Group)> {
    let sign = match token {
        Token::Sign(sign) => (*sign).to_owned(),
        Token::Name(name) => name.to_ascii_lowercase(),
        _ => return None,
    };
    Some(match sign.as_str() {
        "or" => (1, false, Group::Or),
        "and" | "unless" => (2, false, Group::Set),
        "==" | "!=" | "<=" | "<" | ">=" | ">" => (3, false, Group::Comparison),
        "+" | "-" => (4, false, Group::Arithmetic),
        "*" | "/" | "%" | "atan2" => (5, false, Group::Arithmetic),
        "^" => (6, true, Group::Arithmetic),
        _ => return None,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Or,
    Set,
    Comparison,
    Arithmetic,
}

/// What stands between an operator and its right side.
#[derive(Default)]
struct Modifiers {
    is_bool: bool,
    /// With labels.
    matching: bool,
    grouping: bool,
}

/// Words that cannot be the name of a metric.
const KEYWORDS: [&str; 6] = [
    "atan2",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "bool",
];

impl Parser {
    pub(super) fn token(&self) -> &Token {
        self.tokens
            .get(self.at)
            .map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn place(&self) -> usize {
        let last = self.tokens.last();
        self.tokens.get(self.at).or(last).map_or(0, |(_, at)| *at)
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.token().clone();
        self.at += usize::from(token != Token::End);
        token
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.token(), Token::Sign(found) if *found == sign)
    }

    pub(super) fn accept(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        self.at += usize::from(is);
        is
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.token(), Token::Name(name) if name.eq_ignore_ascii_case(word))
    }

    pub(super) fn accept_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        self.at += usize::from(is);
        is
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        if self.accept(sign) {
            return Ok(());
        }
        let message = format!("`{sign}` is expected, not {}", self.token().shown());
        Err(Fault::new(self.place(), message))
    }

    pub(super) fn unexpected<T>(&self) -> Result<T, Fault> {
        let message = format!("{} is not expected here", self.token().shown());
        Err(Fault::new(self.place(), message))
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= MAX_DEPTH {
            let message = format!("it is nested deeper than {MAX_DEPTH}");
            return Err(Fault::too_large(self.place(), message));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn expression(&mut self, least: u8) -> Result<Part, Fault> {
        self.deeper(|parser| {
            let mut left = parser.unary()?;
            while let Some((binds, is_right, group)) =
                binds(parser.token()).filter(|(binds, ..)| *binds >= least)
            {
                let at = parser.place();
                parser.next();
                let modifiers = parser.modifiers()?;
                let right = parser.expression(binds + u8::from(!is_right))?;
                left = combined(left, right, group, &modifiers, at)?;
            }
            Ok(left)
        })
    }

    fn modifiers(&mut self) -> Result<Modifiers, Fault> {
        let mut modifiers = Modifiers {
            is_bool: self.accept_word("bool"),
            ..Modifiers::default()
        };
        let is_matched = self.accept_word("on") || self.accept_word("ignoring");
        if is_matched {
            modifiers.matching = self.labels()? > 0;
        }
        if self.is_word("group_left") || self.is_word("group_right") {
            if !is_matched {
                return self.unexpected();
            }
            self.next();
            modifiers.grouping = true;
            if self.is("(") {
                self.labels()?;
            }
        }
        Ok(modifiers)
    }

    /// `(a, b)`, and how many.
    fn labels(&mut self) -> Result<usize, Fault> {
        self.expect("(")?;
        let mut count = 0;
        while !self.accept(")") {
            match self.next() {
                Token::Name(name) if !name.contains(':') => {}
                Token::Text(_) => {}
                _ => {
                    self.at = self.at.saturating_sub(1);
                    return self.unexpected();
                }
            }
            if !self.is(")") {
                self.expect(",")?;
            }
            count += 1;
        }
        Ok(count)
    }

    /// A sign binds like `*`: `-a ^ 2` is `-(a ^ 2)`.
    fn unary(&mut self) -> Result<Part, Fault> {
        let at = self.place();
        if !(self.accept("-") || self.accept("+")) {
            let part = self.primary()?;
            return self.postfix(part);
        }
        let of = self.expression(6)?;
        match of.kind {
            Kind::Scalar | Kind::Vector => Ok(Part {
                is_selector: false,
                at,
                ..of
            }),
            other => {
                let message = format!(
                    "a sign is for scalars and instant vectors, not {}",
                    other.shown()
                );
                Err(Fault::of_type(at, message))
            }
        }
    }

    fn primary(&mut self) -> Result<Part, Fault> {
        let at = self.place();
        match self.token().clone() {
            Token::Number(_) | Token::Duration(_) => {
                self.next();
                Ok(Part::new(Kind::Scalar, at))
            }
            Token::Text(_) => {
                self.next();
                Ok(Part::new(Kind::Text, at))
            }
            Token::Sign("(") => {
                self.next();
                let inside = self.expression(0)?;
                self.expect(")")?;
                Ok(Part {
                    is_selector: false,
                    ..inside
                })
            }
            Token::Sign("{") => self.selector(None, at),
            Token::Name(name) => self.named(&name, at),
            _ => self.unexpected(),
        }
    }

    fn named(&mut self, name: &str, at: usize) -> Result<Part, Fault> {
        let lower = name.to_ascii_lowercase();
        self.next();
        let is_called = self.is("(");
        if let Some(parameter) = aggregation(&lower)
            && (is_called || self.is_word("by") || self.is_word("without"))
        {
            return self.aggregation(name, parameter, at);
        }
        if lower == "inf" || lower == "nan" {
            return Ok(Part::new(Kind::Scalar, at));
        }
        if is_called {
            return self.call(name, at);
        }
        if KEYWORDS.contains(&lower.as_str()) {
            self.at = self.at.saturating_sub(1);
            return self.unexpected();
        }
        self.selector(Some(name), at)
    }

    fn aggregation(
        &mut self,
        name: &str,
        parameter: Option<Kind>,
        at: usize,
    ) -> Result<Part, Fault> {
        let grouped = self.grouping()?;
        let args = self.arguments()?;
        if !grouped {
            self.grouping()?;
        }
        let wanted = 1 + usize::from(parameter.is_some());
        if args.len() != wanted {
            let message = format!("`{name}` takes {wanted} arguments, not {}", args.len());
            return Err(Fault::of_type(at, message));
        }
        let kinds = parameter.into_iter().chain([Kind::Vector]);
        for (arg, kind) in args.iter().zip(kinds) {
            fits(name, arg, kind)?;
        }
        let never_empty = args.last().is_some_and(|part| part.never_empty);
        Ok(Part {
            never_empty,
            ..Part::new(Kind::Vector, at)
        })
    }

    fn grouping(&mut self) -> Result<bool, Fault> {
        let is_grouped = self.accept_word("by") || self.accept_word("without");
        if is_grouped {
            self.labels()?;
        }
        Ok(is_grouped)
    }

    fn arguments(&mut self) -> Result<Vec<Part>, Fault> {
        self.expect("(")?;
        let mut args = Vec::new();
        if self.accept(")") {
            return Ok(args);
        }
        loop {
            args.push(self.expression(0)?);
            if self.accept(")") {
                return Ok(args);
            }
            self.expect(",")?;
        }
    }

    fn call(&mut self, name: &str, at: usize) -> Result<Part, Fault> {
        let Some(function) = function(name) else {
            return Err(Fault::new(
                at,
                format!("there is no function `{}`", short(name)),
            ));
        };
        let args = self.arguments()?;
        if !(function.least..=function.most).contains(&args.len()) {
            let wanted = match (function.least, function.most) {
                (least, most) if least == most => least.to_string(),
                (least, usize::MAX) => format!("at least {least}"),
                (least, most) => format!("{least} to {most}"),
            };
            let message = format!("`{name}` takes {wanted} arguments, not {}", args.len());
            return Err(Fault::of_type(at, message));
        }
        for (number, arg) in args.iter().enumerate() {
            let kind = function.takes.get(number).or(function.takes.last());
            if let Some(kind) = kind {
                fits(name, arg, *kind)?;
            }
        }
        let keeps = function.keeps && args.first().is_some_and(|arg| arg.never_empty);
        let never_empty = keeps || name == "vector" || function.gives == Kind::Scalar;
        Ok(Part {
            never_empty,
            ..Part::new(function.gives, at)
        })
    }
}

fn fits(name: &str, arg: &Part, kind: Kind) -> Result<(), Fault> {
    if arg.kind == kind {
        return Ok(());
    }
    let hint = match (kind, arg.kind) {
        (Kind::Range, Kind::Vector) => ": add a range such as `[5m]`",
        _ => "",
    };
    let message = format!(
        "`{name}` takes {}, not {}{hint}",
        kind.shown(),
        arg.kind.shown()
    );
    Err(Fault::of_type(arg.at, message))
}

fn combined(
    left: Part,
    right: Part,
    group: Group,
    modifiers: &Modifiers,
    at: usize,
) -> Result<Part, Fault> {
    let wrong = |message: &str| Err(Fault::of_type(at, message));
    for part in [left, right] {
        if !matches!(part.kind, Kind::Scalar | Kind::Vector) {
            let message = format!(
                "operators are for scalars and instant vectors, not {}",
                part.kind.shown()
            );
            return Err(Fault::of_type(part.at, message));
        }
    }
    let vectors = left.kind == Kind::Vector && right.kind == Kind::Vector;
    let scalars = left.kind == Kind::Scalar && right.kind == Kind::Scalar;
    let is_set = matches!(group, Group::Or | Group::Set);
    if modifiers.is_bool && group != Group::Comparison {
        return wrong("`bool` is for comparisons");
    }
    if group == Group::Comparison && scalars && !modifiers.is_bool {
        return wrong("two scalars are compared with `bool`");
    }
    if is_set && !vectors {
        return wrong("`and`, `or` and `unless` are for instant vectors");
    }
    if modifiers.matching && !vectors {
        return wrong("`on` and `ignoring` are for instant vectors on both sides");
    }
    if modifiers.grouping && is_set {
        return wrong("`group_left` and `group_right` are not for `and`, `or` and `unless`");
    }
    let never_empty = match group {
        Group::Or => left.never_empty || right.never_empty,
        Group::Comparison if !modifiers.is_bool => false,
        // Two vectors may have no labels in common.
        _ => !vectors && left.never_empty && right.never_empty,
    };
    let kind = match scalars {
        true => Kind::Scalar,
        false => Kind::Vector,
    };
    Ok(Part {
        never_empty,
        ..Part::new(kind, left.at)
    })
}
