//! Selectors, and what stands behind a part of a query: ranges, offsets, times.
//!
//! Source: Prometheus `promql/parser/generated_parser.y` and `parse.go`.

use super::lexer::Token;
use super::matcher::anchored;
use super::parser::{Parser, Part};
use super::{Fault, Kind, Matcher, Operator, Selector, short};

impl Parser {
    pub(super) fn selector(&mut self, name: Option<&str>, at: usize) -> Result<Part, Fault> {
        let mut selector = Selector::default();
        if let Some(name) = name {
            selector.matchers.push(Matcher {
                label: "__name__".to_owned(),
                operator: Operator::Is,
                value: name.to_owned(),
                at,
            });
        }
        if self.accept("{") {
            while !self.accept("}") {
                self.matcher(&mut selector)?;
                if !self.is("}") {
                    self.expect(",")?;
                }
            }
        }
        if !selector
            .matchers
            .iter()
            .any(|one| !one.takes("") || !one.is_known())
        {
            let message = "it selects every series: name a metric or a label with a value";
            return Err(Fault::new(at, message));
        }
        let names = selector
            .matchers
            .iter()
            .filter(|one| one.label == "__name__");
        if name.is_some() && names.count() > 1 {
            return Err(Fault::new(at, "it names its metric twice"));
        }
        self.selectors.push(selector);
        Ok(Part {
            is_selector: true,
            ..Part::new(Kind::Vector, at)
        })
    }

    fn matcher(&mut self, selector: &mut Selector) -> Result<(), Fault> {
        let at = self.place();
        let (label, is_quoted) = match self.next() {
            Token::Name(name) if !name.contains(':') => (name, false),
            Token::Text(name) => (name, true),
            _ => {
                self.at = self.at.saturating_sub(1);
                return self.unexpected();
            }
        };
        let operator = match self.token() {
            Token::Sign("=") => Operator::Is,
            Token::Sign("!=") => Operator::IsNot,
            Token::Sign("=~") => Operator::Matches,
            Token::Sign("!~") => Operator::MatchesNot,
            // A metric by its quoted name, as Prometheus 3 has it.
            _ if is_quoted => {
                selector.matchers.push(Matcher {
                    label: "__name__".to_owned(),
                    operator: Operator::Is,
                    value: label,
                    at,
                });
                return Ok(());
            }
            _ => return self.unexpected(),
        };
        self.next();
        let place = self.place();
        let Token::Text(value) = self.next() else {
            self.at = self.at.saturating_sub(1);
            return self.unexpected();
        };
        let matcher = Matcher {
            label,
            operator,
            value,
            at,
        };
        let is_pattern = matches!(operator, Operator::Matches | Operator::MatchesNot);
        if is_pattern && matcher.is_known() && anchored(&matcher.value).is_none() {
            let message = format!("`{}` is not a regular expression", short(&matcher.value));
            return Err(Fault::new(place, message));
        }
        selector.matchers.push(matcher);
        Ok(())
    }

    /// Ranges, offsets and times behind a part.
    pub(super) fn postfix(&mut self, mut part: Part) -> Result<Part, Fault> {
        let (mut has_offset, mut has_time) = (false, false);
        loop {
            let at = self.place();
            if self.accept("[") {
                part = self.range(part, has_offset || has_time, at)?;
                (has_offset, has_time) = (false, false);
            } else if self.accept_word("offset") {
                self.shifted(part, &mut has_offset, at)?;
                let _ = self.accept("-") || self.accept("+");
                match self.next() {
                    Token::Duration(_) | Token::Number(_) => {}
                    _ => {
                        self.at = self.at.saturating_sub(1);
                        return self.unexpected();
                    }
                }
            } else if self.accept("@") {
                self.shifted(part, &mut has_time, at)?;
                self.time()?;
            } else {
                return Ok(part);
            }
        }
    }

    fn shifted(&self, part: Part, is_set: &mut bool, at: usize) -> Result<(), Fault> {
        let can_be = part.is_selector || part.kind == Kind::Range;
        if !can_be {
            let message = "only selectors, ranges and subqueries are moved in time";
            return Err(Fault::new(at, message));
        }
        if std::mem::replace(is_set, true) {
            return Err(Fault::new(at, "it is moved in time twice"));
        }
        Ok(())
    }

    fn time(&mut self) -> Result<(), Fault> {
        if self.accept_word("start") || self.accept_word("end") {
            self.expect("(")?;
            return self.expect(")");
        }
        let _ = self.accept("-") || self.accept("+");
        let at = self.place();
        match self.next() {
            // In milliseconds it must fit 64 bits.
            Token::Number(seconds) if seconds.is_nan() || seconds >= 9.2e15 => {
                Err(Fault::new(at, "a time is seconds since 1970"))
            }
            Token::Number(_) | Token::Duration(_) => Ok(()),
            _ => {
                self.at = self.at.saturating_sub(1);
                self.unexpected()
            }
        }
    }

    fn range(&mut self, part: Part, is_moved: bool, at: usize) -> Result<Part, Fault> {
        self.length()?;
        let is_subquery = self.accept(":");
        if is_subquery && !self.is("]") {
            self.length()?;
        }
        self.expect("]")?;
        match (is_subquery, part.kind) {
            (true, Kind::Vector) => {}
            (true, other) => {
                let message = format!(
                    "a subquery is over an instant vector, not {}",
                    other.shown()
                );
                return Err(Fault::of_type(at, message));
            }
            (false, _) if !part.is_selector => {
                let message = "a range is given to series by name, not to what is computed: \
                               write `[5m:]` for a subquery";
                return Err(Fault::new(at, message));
            }
            (false, _) if is_moved => {
                return Err(Fault::new(at, "a range stands before `offset` and `@`"));
            }
            (false, _) => {}
        }
        Ok(Part::new(Kind::Range, part.at))
    }

    /// A duration above 0, or as Prometheus 3 has it, seconds.
    fn length(&mut self) -> Result<(), Fault> {
        let at = self.place();
        match self.next() {
            Token::Duration(seconds) if seconds > 0.0 => Ok(()),
            Token::Number(_) => Ok(()),
            Token::Duration(_) => Err(Fault::new(at, "a range is longer than 0")),
            _ => {
                self.at = self.at.saturating_sub(1);
                self.unexpected()
            }
        }
    }
}
