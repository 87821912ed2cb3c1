//! Text into tokens, as the controller's expression language has them.
//!
//! Source: expr-lang `parser/lexer/`. Offsets are bytes into the text.

use super::Fault;
use crate::value::Str;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    Text,
    Bytes,
    Operator,
    Bracket,
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    /// What it says; of a text, what it means.
    pub text: Str,
    pub at: usize,
}

impl Token {
    pub fn is(&self, kind: Kind, text: &str) -> bool {
        self.kind == kind && self.text == text
    }

    pub fn shown(&self) -> String {
        match self.kind {
            Kind::End => "the end".to_owned(),
            Kind::Text => format!("the text \"{}\"", super::short(&self.text)),
            _ => format!("`{}`", super::short(&self.text)),
        }
    }
}

/// Every token of the text, an end last.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer {
        text,
        at: 0,
        start: 0,
        tokens: Vec::new(),
    };
    while lexer.step()? {}
    Ok(lexer.tokens)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    start: usize,
    tokens: Vec<Token>,
}

pub(super) fn is_letter(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphabetic()
}

fn is_word(c: char) -> bool {
    is_letter(c) || c.is_numeric()
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn accept(&mut self, wanted: &str) -> bool {
        let is_wanted = self.peek().is_some_and(|c| wanted.contains(c));
        if is_wanted {
            self.next();
        }
        is_wanted
    }

    fn accept_all(&mut self, wanted: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.next();
        }
    }

    fn fault<T>(&self, message: impl Into<String>) -> Result<T, Fault> {
        Err(Fault::new(self.start, message))
    }

    fn word(&self) -> &str {
        self.text.get(self.start..self.at).unwrap_or_default()
    }

    fn emit(&mut self, kind: Kind) {
        let text = self.word().into();
        self.emit_as(kind, text);
    }

    fn emit_as(&mut self, kind: Kind, text: Str) {
        let at = self.start;
        self.tokens.push(Token { kind, text, at });
        self.start = self.at;
    }

    /// Reads one token; false at the end.
    fn step(&mut self) -> Result<bool, Fault> {
        self.start = self.at;
        let Some(c) = self.next() else {
            self.emit(Kind::End);
            return Ok(false);
        };
        match c {
            c if c.is_whitespace() => {}
            '\'' | '"' => self.quoted(c, Kind::Text)?,
            'b' | 'B' if matches!(self.peek(), Some('\'' | '"')) => {
                let quote = self.next().unwrap_or('"');
                self.quoted(quote, Kind::Bytes)?;
            }
            '`' => self.raw()?,
            '0'..='9' => self.number(c)?,
            '.' if self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                self.at = self.start;
                self.number('.')?;
            }
            '/' => self.slash()?,
            '#' => self.pointer(),
            '(' | '[' | '{' | ')' | ']' | '}' => self.emit(Kind::Bracket),
            c if is_letter(c) => self.name(),
            c => self.operator(c)?,
        }
        Ok(true)
    }

    fn operator(&mut self, c: char) -> Result<(), Fault> {
        let second = match c {
            '?' => ".?",
            '|' => "|",
            ':' => ":",
            '.' => ".",
            ',' | ';' | '%' | '+' | '-' | '^' => "",
            '&' | '!' | '=' | '*' | '<' | '>' => "&=*",
            _ => return self.fault(format!("the character {c:?} has no meaning here")),
        };
        self.accept(second);
        self.emit(Kind::Operator);
        Ok(())
    }

    fn slash(&mut self) -> Result<(), Fault> {
        if self.accept("/") {
            self.accept_all(|c| c != '\n');
        } else if self.accept("*") {
            loop {
                match self.next() {
                    None => return self.fault("a comment that is not closed"),
                    Some('*') if self.accept("/") => return Ok(()),
                    Some(_) => {}
                }
            }
        } else {
            self.emit(Kind::Operator);
        }
        Ok(())
    }

    /// `#`, and the name behind it.
    fn pointer(&mut self) {
        self.accept("#");
        self.emit(Kind::Operator);
        self.accept_all(is_word);
        if !self.word().is_empty() {
            self.emit(Kind::Name);
        }
    }

    fn name(&mut self) {
        self.accept_all(is_word);
        match self.word() {
            "not" => self.not(),
            "in" | "or" | "and" | "matches" | "contains" | "startsWith" | "endsWith" | "let"
            | "if" | "else" => self.emit(Kind::Operator),
            _ => self.emit(Kind::Name),
        }
    }

    /// The word behind `not` is an operator even where it begins a longer name: it is taken as
    /// one only as a whole.
    fn not(&mut self) {
        self.emit(Kind::Operator);
        self.accept_all(|c| c == ' ');
        let here = self.at;
        self.start = here;
        self.accept_all(is_word);
        match self.word() {
            "in" | "matches" | "contains" | "startsWith" | "endsWith" => self.emit(Kind::Operator),
            _ => self.at = here,
        }
    }

    fn number(&mut self, first: char) -> Result<(), Fault> {
        let mut digits: fn(char) -> bool = |c| c.is_ascii_digit() || c == '_';
        if first == '0' {
            if self.accept("xX") {
                digits = |c| c.is_ascii_hexdigit() || c == '_';
            } else if self.accept("oO") {
                digits = |c| ('0'..='7').contains(&c) || c == '_';
            } else if self.accept("bB") {
                digits = |c| c == '0' || c == '1' || c == '_';
            }
        }
        self.accept_all(digits);
        let end = self.at;
        if self.accept(".") {
            // `1..2` is a range.
            if self.peek() == Some('.') {
                self.at = end;
                self.emit(Kind::Number);
                return Ok(());
            }
            self.accept_all(digits);
        }
        if self.accept("eE") {
            self.accept("+-");
            self.accept_all(digits);
        }
        if self.peek().is_some_and(is_word) {
            self.next();
            return self.fault(format!("`{}` is not a number", super::short(self.word())));
        }
        self.emit(Kind::Number);
        Ok(())
    }

    fn quoted(&mut self, quote: char, kind: Kind) -> Result<(), Fault> {
        let mut text = String::new();
        loop {
            match self.next() {
                None | Some('\n') => return self.fault("a text that is not closed"),
                Some(c) if c == quote => break,
                Some('\\') => text.push(self.escape(quote, kind)?),
                Some('\r') => text.push('\n'),
                Some(c) => text.push(c),
            }
        }
        self.emit_as(kind, text.into());
        Ok(())
    }

    fn escape(&mut self, quote: char, kind: Kind) -> Result<char, Fault> {
        let is_bytes = kind == Kind::Bytes;
        match self.next() {
            Some('a') => Ok('\u{7}'),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('v') => Ok('\u{b}'),
            Some('\\') => Ok('\\'),
            Some(c) if c == quote => Ok(c),
            Some(c @ '0'..='3') => self.code(8, 2, c.to_digit(8).unwrap_or(0)),
            Some('x') => self.code(16, 2, 0),
            Some('u') if !is_bytes && self.accept("{") => self.braced(),
            Some('u') if !is_bytes => self.code(16, 4, 0),
            Some('U') if !is_bytes => self.code(16, 8, 0),
            _ => self.fault("a text has an escape that is none"),
        }
    }

    /// Exactly `digits` more digits of a character's number.
    fn code(&mut self, base: u32, digits: usize, first: u32) -> Result<char, Fault> {
        let mut code = first;
        for _ in 0..digits {
            let digit = self.next().and_then(|c| c.to_digit(base));
            let Some(digit) = digit else {
                return self.fault("a text has an escape that is none");
            };
            code = code.saturating_mul(base).saturating_add(digit);
        }
        self.letter(code)
    }

    /// `\u{1F600}`, whose brace is open.
    fn braced(&mut self) -> Result<char, Fault> {
        let (mut code, mut digits) = (0_u32, 0);
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) {
            self.next();
            code = code.saturating_mul(16).saturating_add(digit);
            digits += 1;
        }
        if !(1..=6).contains(&digits) || !self.accept("}") {
            return self.fault("a text has an escape that is none");
        }
        self.letter(code)
    }

    fn letter(&self, code: u32) -> Result<char, Fault> {
        if code > 0x10_FFFF {
            return self.fault("a text has an escape that is none");
        }
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Between backticks; two of them stand for one.
    fn raw(&mut self) -> Result<(), Fault> {
        let mut text = String::new();
        loop {
            match self.next() {
                None => return self.fault("a text that is not closed"),
                Some('`') if self.accept("`") => text.push('`'),
                Some('`') => break,
                Some(c) => text.push(c),
            }
        }
        self.emit_as(Kind::Text, text.into());
        Ok(())
    }
}
