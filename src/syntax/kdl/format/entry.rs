//! Names, arguments and properties in their canonical spelling.

use super::layout::Piece;
use super::scan::Scanner;
use crate::source::FileId;
use crate::syntax::kdl::errors::Errors;
use crate::syntax::kdl::lex::{Kind, Quotes, Token};
use crate::syntax::kdl::{edit, text};

impl Scanner<'_> {
    /// `(type)` with what stands behind it, as it is: only in what is commented out.
    pub(super) fn annotation(&mut self) -> String {
        if self.token().kind != Kind::ParenOpen {
            return String::new();
        }
        let start = self.bump().start;
        while !matches!(self.token().kind, Kind::ParenClose | Kind::End) {
            self.bump();
        }
        self.bump();
        self.node_space();
        self.slice(start, self.token().start)
            .trim_end_matches([' ', '\t'])
            .to_owned()
    }

    /// Passes what may stand inside of a node; `true` if it was whitespace alone.
    pub(super) fn node_space(&mut self) -> bool {
        let mut plain = true;
        loop {
            match self.token().kind {
                Kind::Space => {
                    self.bump();
                }
                Kind::BlockComment { .. } => {
                    self.bump();
                    plain = false;
                }
                Kind::Backslash => {
                    self.continuation();
                    plain = false;
                }
                _ => return plain,
            }
        }
    }

    /// Reads an argument or a property.
    pub(super) fn entry(&mut self, before: &str) -> Piece {
        let start = self.token().start;
        let annotation = self.annotation();
        if !annotation.is_empty() {
            let value = self.bump();
            return Piece::Word(format!("{before}{annotation}{}", self.written(value)));
        }
        let first = self.bump();
        let behind = self.at;
        let mut plain = self.node_space();
        if self.token().kind != Kind::Equals {
            self.at = behind;
            return self.argument(before, first);
        }
        self.bump();
        plain &= self.node_space();
        plain &= self.annotation().is_empty();
        let value = self.bump();
        if !plain {
            return Piece::Word(format!("{before}{}", self.slice(start, value.end)));
        }
        let key = self.value(first);
        self.quoted(format!("{before}{}=", edit::name(&key)), value)
    }

    pub(super) fn argument(&self, before: &str, token: Token) -> Piece {
        let path: Vec<_> = self.path.iter().map(String::as_str).collect();
        let written = self.written(token);
        match token.kind == Kind::Word && (self.keep_bare)(&path, written) {
            true => Piece::Word(format!("{before}{written}")),
            false => self.quoted(before.to_owned(), token),
        }
    }

    /// A value, in quotes if it is a string.
    pub(super) fn quoted(&self, before: String, token: Token) -> Piece {
        let written = self.written(token);
        match token.kind {
            Kind::Text(Quotes {
                multi_line: true,
                hashes,
                ..
            }) if hashes > 0 || !written.contains('\\') => Piece::Lines {
                before,
                hashes: hashes as usize,
                value: self.value(token),
            },
            Kind::Word => Piece::Word(before + &edit::quote(written)),
            _ => Piece::Word(before + written),
        }
    }

    /// What a string says.
    pub(super) fn value(&self, token: Token) -> String {
        match token.kind {
            Kind::Text(quotes) => {
                let mut errors = Errors::new(FileId(0));
                text::value(self.text, token, quotes, &mut errors).to_string()
            }
            _ => self.written(token).to_owned(),
        }
    }
}
