//! Tokens to nodes. Open blocks lie on a stack of its own, so that no input exhausts the thread's.

use super::complain;
use super::entry;
use super::errors::Errors;
use super::lex::{Kind, Lexer, Token, is_newline};
use crate::source::Span;
use crate::syntax::{Node, Scalar, ScalarKind};
use crate::value::Str;

/// Blocks inside of one another, at most.
pub const MAX_DEPTH: usize = 64;

/// A node that is being read.
pub(super) struct Draft {
    pub node: Node,
    /// It is commented out by `/-`.
    pub dropped: bool,
    /// The rest of its line is skipped, since something was wrong before.
    pub broken: bool,
    /// Its name, or the last thing that was read of it.
    pub last: Token,
    /// Where the first property stands.
    pub property: Option<Span>,
    /// The opening brace of its block.
    pub block: Option<Span>,
    /// A block was there, commented out or not: only blocks may follow.
    pub blocks_only: bool,
}

/// An open block.
struct Frame {
    owner: Draft,
    /// The nodes beside its owner.
    siblings: Vec<Node>,
    opener: Span,
    dropped: bool,
}

/// Where a node stops for now.
enum Stop {
    End,
    Block { dropped: bool },
}

pub(super) struct Reader<'a> {
    pub text: &'a str,
    pub lexer: Lexer<'a>,
    pub token: Token,
    /// The token before this one is whitespace or a comment.
    pub gap: bool,
    pub errors: Errors,
    /// Above zero inside of what `/-` comments out: it must be KDL, but need not be our language.
    pub muted: usize,
    stack: Vec<Frame>,
    siblings: Vec<Node>,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str, errors: Errors) -> Reader<'a> {
        let mut lexer = Lexer::new(text);
        let token = lexer.next_token();
        Reader {
            text,
            lexer,
            token,
            gap: true,
            errors,
            muted: 0,
            stack: Vec::new(),
            siblings: Vec::new(),
        }
    }

    /// Reads all of the text.
    pub fn document(mut self) -> (Vec<Node>, Errors) {
        while !self.errors.fatal {
            self.line_space();
            if self.hash_comment() {
                continue;
            }
            let draft = match self.token.kind {
                Kind::End => break,
                Kind::Close => self.close(),
                _ => Some(self.begin()),
            };
            let Some(mut draft) = draft else {
                continue;
            };
            match self.entries(&mut draft) {
                Stop::End => self.finish(draft),
                Stop::Block { dropped } => self.open(draft, dropped),
            }
        }
        self.blame_open_blocks();
        (self.siblings, self.errors)
    }

    /// Skips a line that begins with `#`, which other languages take for a comment.
    fn hash_comment(&mut self) -> bool {
        let start = self.token.start;
        let rest = self.text.get(start..).unwrap_or("");
        let behind = rest.trim_start_matches('#');
        if behind.len() == rest.len() || behind.starts_with('"') {
            return false;
        }
        let line = rest.split(is_newline).next().unwrap_or("");
        self.errors.push(complain::hash_comment(
            self.errors.span(start, start + line.len()),
        ));
        self.jump(start + line.len());
        true
    }

    pub fn bump(&mut self) -> Token {
        let token = self.token;
        self.gap = matches!(
            token.kind,
            Kind::Space | Kind::BlockComment { .. } | Kind::Newline | Kind::LineComment
        );
        self.token = self.lexer.next_token();
        token
    }

    /// Goes on behind `end`, in the middle of a token if need be.
    pub fn jump(&mut self, end: usize) {
        self.lexer.seek(end);
        self.gap = false;
        self.token = self.lexer.next_token();
    }

    pub fn span(&self, token: Token) -> Span {
        self.errors.span(token.start, token.end)
    }

    pub fn slice(&self, token: Token) -> &'a str {
        self.text.get(token.start..token.end).unwrap_or("")
    }

    /// Skips what may stand inside of a node: whitespace, comments, continued lines.
    pub fn node_space(&mut self) {
        loop {
            match self.token.kind {
                Kind::Space => {
                    self.bump();
                }
                Kind::BlockComment { closed } => {
                    let token = self.bump();
                    if !closed {
                        self.fail(complain::unclosed_comment(self.opener(token)));
                    }
                }
                Kind::Backslash => self.continuation(),
                _ => return,
            }
        }
    }

    /// Skips what may stand between nodes: newlines and line comments too.
    pub fn line_space(&mut self) {
        loop {
            self.node_space();
            match self.token.kind {
                Kind::Newline | Kind::LineComment => self.bump(),
                _ => return,
            };
        }
    }

    /// A backslash, and the newline that it takes away.
    fn continuation(&mut self) {
        let backslash = self.bump();
        while matches!(
            self.token.kind,
            Kind::Space | Kind::BlockComment { closed: true }
        ) {
            self.bump();
        }
        if self.token.kind == Kind::LineComment {
            self.bump();
        }
        match self.token.kind {
            Kind::Newline => {
                self.bump();
            }
            Kind::End => self.gap = true,
            _ => self.fail(complain::backslash(self.span(backslash))),
        }
    }

    /// Reports something after which the tree cannot be trusted.
    pub fn fail(&mut self, error: crate::diagnostic::Diagnostic) {
        self.errors.push(error);
        self.errors.misleading = true;
    }

    /// The first two bytes of a comment, or the delimiter of a string.
    pub fn opener(&self, token: Token) -> Span {
        let width = match token.kind {
            Kind::Text(quotes) => quotes.width(),
            _ => 2,
        };
        self.errors.span(token.start, token.start + width)
    }

    /// Reads `/-`, if it is there, and the name.
    fn begin(&mut self) -> Draft {
        let slashdash = (self.token.kind == Kind::Slashdash).then(|| self.bump());
        if slashdash.is_some() {
            self.line_space();
            self.muted += 1;
        }
        let sound = self.token.kind != Kind::ParenOpen || self.annotation();
        self.node_space();
        let token = self.token;
        let name = if sound { self.name(slashdash) } else { None };
        let broken = name.is_none();
        let span = name.as_ref().map_or(self.span(token), |name| name.span);
        Draft {
            node: Node {
                name: name.unwrap_or_else(|| empty(span)),
                args: Vec::new(),
                props: Vec::new(),
                children: None,
                span,
            },
            dropped: slashdash.is_some(),
            broken,
            last: token,
            property: None,
            block: None,
            blocks_only: false,
        }
    }

    fn name(&mut self, slashdash: Option<Token>) -> Option<Scalar> {
        match self.token.kind {
            Kind::Word | Kind::Number | Kind::Keyword | Kind::Text(_) => {
                let token = self.bump();
                Some(
                    self.run_on(token)
                        .unwrap_or_else(|| self.name_scalar(token)),
                )
            }
            _ => {
                let error = match slashdash {
                    Some(token) if self.ends_node() => complain::nothing_dropped(self.span(token)),
                    _ => complain::no_node(self.slice(self.token), self.span(self.token)),
                };
                self.fail(error);
                None
            }
        }
    }

    /// Whether this token ends a node, or comes behind its end.
    pub fn ends_node(&self) -> bool {
        matches!(
            self.token.kind,
            Kind::End | Kind::Close | Kind::Newline | Kind::Semicolon | Kind::LineComment
        )
    }

    /// Reads on to the end of the node, or to its next block.
    fn entries(&mut self, draft: &mut Draft) -> Stop {
        loop {
            self.node_space();
            match self.token.kind {
                Kind::End | Kind::Close | Kind::LineComment => return Stop::End,
                Kind::Newline | Kind::Semicolon => {
                    self.bump();
                    return Stop::End;
                }
                Kind::Open => return Stop::Block { dropped: false },
                Kind::Slashdash => {
                    if self.slashdash(draft) {
                        return Stop::Block { dropped: true };
                    }
                }
                _ if draft.broken => self.skip(),
                _ => self.entry(draft),
            }
        }
    }

    /// Passes over one token of a broken node.
    fn skip(&mut self) {
        let token = self.bump();
        if let Kind::Text(quotes) = token.kind
            && !quotes.closed
        {
            self.fail(complain::unclosed_string(self.opener(token), quotes));
        }
    }

    /// Reads `/-` and the entry behind it; `true` where a block is behind it.
    fn slashdash(&mut self, draft: &mut Draft) -> bool {
        let token = self.bump();
        self.line_space();
        match self.token.kind {
            Kind::Open => return true,
            _ if draft.broken => {}
            _ if self.ends_node() => {
                self.fail(complain::nothing_dropped(self.span(token)));
                draft.broken = true;
            }
            _ => {
                self.gap = true;
                self.muted += 1;
                self.dropped_entry(draft);
                self.muted -= 1;
            }
        }
        false
    }

    fn open(&mut self, mut owner: Draft, dropped: bool) {
        let opener = self.span(self.token);
        if self.stack.len() == MAX_DEPTH {
            let outermost = self.stack.first().map_or(opener, |frame| frame.opener);
            self.fail(complain::too_deep(opener, outermost));
            self.errors.fatal = true;
            return;
        }
        match owner.block {
            Some(first) if !dropped && !owner.broken => {
                self.fail(complain::second_block(&owner.node.name, opener, first));
            }
            None if !dropped => owner.block = Some(opener),
            _ => {}
        }
        owner.blocks_only = true;
        self.bump();
        self.muted += usize::from(dropped);
        self.stack.push(Frame {
            owner,
            siblings: std::mem::take(&mut self.siblings),
            opener,
            dropped,
        });
    }

    /// Ends the innermost block and goes back to the node that it belongs to.
    fn close(&mut self) -> Option<Draft> {
        let brace = self.bump();
        let Some(frame) = self.stack.pop() else {
            self.fail(complain::stray_brace(self.span(brace)));
            return None;
        };
        let children = std::mem::replace(&mut self.siblings, frame.siblings);
        let mut draft = frame.owner;
        draft.last = brace;
        match frame.dropped {
            true => self.muted -= 1,
            false => {
                draft.node.children = Some(children);
                self.extend(&mut draft, brace.end);
            }
        }
        Some(draft)
    }

    pub fn extend(&self, draft: &mut Draft, end: usize) {
        let behind = self.errors.span(end, end);
        draft.node.span = draft.node.span.to(behind);
    }

    fn finish(&mut self, mut draft: Draft) {
        if self.muted == 0 {
            let errors = &mut self.errors;
            entry::drop_repeated(&mut draft.node.props, &mut |later, first| {
                errors.push(complain::property_twice(later, first));
            });
        }
        self.muted -= usize::from(draft.dropped);
        let top = self.stack.is_empty() && self.siblings.is_empty();
        if draft.dropped && top && declares_version_one(&draft.node) {
            self.fail(complain::version_one(draft.node.span));
        }
        if !draft.dropped && !draft.broken {
            self.siblings.push(draft.node);
        }
    }

    fn blame_open_blocks(&mut self) {
        let Some(innermost) = self.stack.last().filter(|_| !self.errors.fatal) else {
            return;
        };
        let (opener, open) = (innermost.opener, self.stack.len());
        let error = match complain::suspect(self.text) {
            Some((start, end)) => complain::unclosed_inside(
                self.errors.span(start, start + 1),
                self.errors.span(end, end + 1),
            ),
            None => complain::unclosed_block(opener, open),
        };
        self.fail(error);
    }
}

fn declares_version_one(node: &Node) -> bool {
    node.name.text == "kdl-version" && node.args.first().is_some_and(|version| version.text == "1")
}

fn empty(span: Span) -> Scalar {
    Scalar {
        kind: ScalarKind::String,
        text: Str::new(),
        span,
    }
}
