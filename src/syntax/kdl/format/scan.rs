//! Tokens of a text without errors to its layout. Recursion is as deep as blocks are, which the
//! reader has bounded.

use super::KeepBare;
use super::layout::{Between, Block, Item, Node, Piece};
use crate::syntax::kdl::edit;
use crate::syntax::kdl::lex::{Kind, Lexer, Token};

/// All of a text, as a block without braces.
pub fn document(text: &str, keep_bare: &KeepBare<'_>) -> Block {
    let mut lexer = Lexer::new(text);
    let mut tokens = vec![lexer.next_token()];
    while tokens.last().is_some_and(|token| token.kind != Kind::End) {
        tokens.push(lexer.next_token());
    }
    let mut scanner = Scanner {
        text,
        tokens,
        at: 0,
        path: Vec::new(),
        keep_bare,
    };
    scanner.block(false, true)
}

pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    tokens: Vec<Token>,
    pub(super) at: usize,
    /// The names of the nodes around this place.
    pub(super) path: Vec<String>,
    pub(super) keep_bare: &'a KeepBare<'a>,
}

impl Scanner<'_> {
    pub(super) fn token(&self) -> Token {
        let at = self.text.len();
        let end = Token {
            kind: Kind::End,
            start: at,
            end: at,
        };
        self.tokens.get(self.at).copied().unwrap_or(end)
    }

    pub(super) fn bump(&mut self) -> Token {
        let token = self.token();
        self.at += 1;
        token
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or("")
    }

    pub(super) fn written(&self, token: Token) -> &str {
        self.slice(token.start, token.end)
    }

    pub(super) fn comment(&self, token: Token) -> String {
        self.written(token).trim_end().replace("\r\n", "\n")
    }

    /// Reads items up to the closing brace, which stays, or to the end.
    pub(super) fn block(&mut self, dropped: bool, root: bool) -> Block {
        let begin = self.at;
        let mut block = Block {
            dropped,
            one_line: true,
            head: Vec::new(),
            items: Vec::new(),
        };
        let mut between = Between {
            new_line: root,
            ..Between::default()
        };
        loop {
            match self.token().kind {
                Kind::End | Kind::Close => break,
                Kind::Space => {
                    self.bump();
                }
                Kind::Newline => {
                    self.bump();
                    between.newlines += 1;
                    block.end_line(&mut between);
                }
                Kind::LineComment | Kind::BlockComment { .. } => {
                    let comment = self.bump();
                    between.push(self.comment(comment));
                }
                Kind::Backslash => {
                    let (comments, last) = self.continuation();
                    comments
                        .into_iter()
                        .chain(last)
                        .for_each(|comment| between.push(comment));
                    block.end_line(&mut between);
                }
                _ => {
                    let item = self.item(&mut block, between);
                    block.items.push(item);
                    between = Between::default();
                }
            }
        }
        block.end_line(&mut between);
        let inside = self.tokens.get(begin..self.at).unwrap_or_default();
        let breaks = |token: &Token| matches!(token.kind, Kind::Newline | Kind::LineComment);
        block.one_line = !root && !inside.iter().any(breaks);
        block
    }

    /// Passes a backslash and its newline; returns the comments before it, and the one that ends
    /// the line.
    pub(super) fn continuation(&mut self) -> (Vec<String>, Option<String>) {
        self.bump();
        let (mut comments, mut last) = (Vec::new(), None);
        loop {
            match self.token().kind {
                Kind::Space => {}
                Kind::BlockComment { .. } => comments.push(self.comment(self.token())),
                Kind::LineComment => last = Some(self.comment(self.token())),
                Kind::Newline => {
                    self.bump();
                    return (comments, last);
                }
                _ => return (comments, last),
            }
            self.bump();
        }
    }

    pub(super) fn item(&mut self, block: &mut Block, mut between: Between) -> Item {
        between.note_blank();
        let dropped = self.token().kind == Kind::Slashdash;
        if dropped {
            self.bump();
            for comment in self.line_space() {
                between.push(comment);
                between.attached = false;
                block.end_line(&mut between);
            }
        }
        let mut node = Node {
            dropped,
            pieces: Vec::new(),
        };
        let annotation = self.annotation();
        let name = self.bump();
        let name = self.value(name);
        node.pieces
            .push(Piece::Word(format!("{annotation}{}", edit::name(&name))));
        self.path.push(name);
        let trailing = self.pieces(&mut node.pieces);
        self.path.pop();
        Item {
            blank_before: between.blank_before,
            comments: between.comments,
            node: Some(node),
            trailing,
        }
    }

    /// Passes whitespace, newlines and comments; returns the comments.
    pub(super) fn line_space(&mut self) -> Vec<String> {
        let mut comments = Vec::new();
        loop {
            match self.token().kind {
                Kind::Space | Kind::Newline => {}
                Kind::LineComment | Kind::BlockComment { .. } => {
                    comments.push(self.comment(self.token()));
                }
                Kind::Backslash => {
                    let (more, last) = self.continuation();
                    comments.extend(more.into_iter().chain(last));
                    continue;
                }
                _ => return comments,
            }
            self.bump();
        }
    }

    /// Reads the rest of a node; returns the comments behind it that were on a continued line.
    pub(super) fn pieces(&mut self, pieces: &mut Vec<Piece>) -> Vec<String> {
        loop {
            match self.token().kind {
                Kind::Space => {
                    self.bump();
                }
                Kind::BlockComment { .. } => {
                    let comment = self.bump();
                    pieces.push(Piece::Word(self.comment(comment)));
                }
                Kind::Backslash => self.line_break(pieces),
                Kind::Semicolon => {
                    self.bump();
                    return end_of_node(pieces);
                }
                Kind::Newline | Kind::LineComment | Kind::Close | Kind::End => {
                    return end_of_node(pieces);
                }
                Kind::Open => self.open(false, pieces),
                Kind::Slashdash => self.slashdash(pieces),
                _ => {
                    let piece = self.entry("");
                    pieces.push(piece);
                }
            }
        }
    }

    pub(super) fn line_break(&mut self, pieces: &mut Vec<Piece>) {
        let (comments, last) = self.continuation();
        pieces.extend(comments.into_iter().map(Piece::Word));
        if last.is_some() || !matches!(pieces.last(), Some(Piece::Break(_))) {
            pieces.push(Piece::Break(last));
        }
    }

    pub(super) fn open(&mut self, dropped: bool, pieces: &mut Vec<Piece>) {
        if matches!(pieces.last(), Some(Piece::Break(None))) {
            pieces.pop();
        }
        self.bump();
        let block = self.block(dropped, false);
        self.bump();
        pieces.push(Piece::Block(block));
    }

    pub(super) fn slashdash(&mut self, pieces: &mut Vec<Piece>) {
        self.bump();
        for comment in self.line_space() {
            pieces.push(match comment.starts_with("//") {
                true => Piece::Break(Some(comment)),
                false => Piece::Word(comment),
            });
        }
        match self.token().kind {
            Kind::Open => self.open(true, pieces),
            _ => {
                let piece = self.entry("/-");
                pieces.push(piece);
            }
        }
    }
}

/// Takes trailing line breaks away; returns their comments.
fn end_of_node(pieces: &mut Vec<Piece>) -> Vec<String> {
    let mut comments = Vec::new();
    while let Some(Piece::Break(comment)) = pieces.last_mut() {
        comments.extend(comment.take());
        pieces.pop();
    }
    comments.reverse();
    comments
}
