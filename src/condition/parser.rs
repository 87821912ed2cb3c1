//! Tokens into a tree.
//!
//! Source: expr-lang `parser/parser.go` and `parser/operator/`; what the library of Argo Rollouts
//! before 1.10 (antonmedv/expr 1.15) cannot read is noted on the way.

use super::lexer::{self, Kind, Token};
use super::tree::{Binary, Id, Node, Tree, Unary};
use super::{Fault, MAX_DEPTH, MAX_NODES, Newer, builtin, short};
use crate::value::Str;

/// The tree, and what in it older controllers cannot read.
pub(super) fn parse(text: &str) -> Result<(Tree, Vec<Newer>), Fault> {
    let mut parser = Parser {
        tokens: lexer::tokens(text)?,
        at: 0,
        tree: Tree::default(),
        newer: Vec::new(),
        depth: 0,
        predicates: 0,
    };
    let root = parser.sequence()?;
    if parser.current().kind != Kind::End {
        return parser.unexpected();
    }
    parser.tree.root = root;
    Ok((parser.tree, parser.newer))
}

pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    pub(super) tree: Tree,
    newer: Vec<Newer>,
    depth: usize,
    /// How many predicates are open.
    predicates: usize,
}

fn binary(token: &Token) -> Option<(u16, Binary)> {
    if token.kind != Kind::Operator {
        return None;
    }
    Some(match token.text.as_str() {
        "or" | "||" => (10, Binary::Or),
        "and" | "&&" => (15, Binary::And),
        "==" => (20, Binary::Equal),
        "!=" => (20, Binary::Unequal),
        "<" => (20, Binary::Less),
        ">" => (20, Binary::More),
        ">=" => (20, Binary::AtLeast),
        "<=" => (20, Binary::AtMost),
        "in" => (20, Binary::In),
        "matches" => (20, Binary::Matches),
        "contains" => (20, Binary::Contains),
        "startsWith" => (20, Binary::StartsWith),
        "endsWith" => (20, Binary::EndsWith),
        ".." => (25, Binary::Range),
        "+" => (30, Binary::Add),
        "-" => (30, Binary::Subtract),
        "*" => (60, Binary::Multiply),
        "/" => (60, Binary::Divide),
        "%" => (60, Binary::Modulo),
        "**" | "^" => (100, Binary::Power),
        "??" => (500, Binary::Coalesce),
        _ => return None,
    })
}

fn may_be_negated(operator: Binary) -> bool {
    use Binary::{Contains, EndsWith, In, Matches, StartsWith};
    matches!(operator, In | Matches | Contains | StartsWith | EndsWith)
}

fn unary(token: &Token) -> Option<(u16, Unary)> {
    if token.kind != Kind::Operator {
        return None;
    }
    Some(match token.text.as_str() {
        "not" | "!" => (50, Unary::Not),
        "-" => (90, Unary::Minus),
        "+" => (90, Unary::Plus),
        _ => return None,
    })
}

impl Parser {
    pub(super) fn current(&self) -> &Token {
        static END: Token = Token {
            kind: Kind::End,
            text: Str::new(),
            at: 0,
        };
        self.tokens
            .get(self.at)
            .or(self.tokens.last())
            .unwrap_or(&END)
    }

    pub(super) fn is(&self, kind: Kind, text: &str) -> bool {
        self.current().is(kind, text)
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.current().clone();
        self.at = (self.at + 1).min(self.tokens.len());
        token
    }

    pub(super) fn accept(&mut self, kind: Kind, text: &str) -> bool {
        let is = self.is(kind, text);
        if is {
            self.next();
        }
        is
    }

    pub(super) fn expect(&mut self, kind: Kind, text: &str) -> Result<(), Fault> {
        if self.accept(kind, text) {
            return Ok(());
        }
        let found = self.current();
        Err(Fault::new(
            found.at,
            format!("`{text}` is expected, not {}", found.shown()),
        ))
    }

    fn expect_name(&mut self) -> Result<Token, Fault> {
        match self.current().kind {
            Kind::Name => Ok(self.next()),
            _ => self.unexpected(),
        }
    }

    pub(super) fn unexpected<T>(&self) -> Result<T, Fault> {
        let found = self.current();
        Err(Fault::new(
            found.at,
            format!("{} is not expected here", found.shown()),
        ))
    }

    pub(super) fn newer(&mut self, at: usize, what: impl Into<String>) {
        self.newer.push(Newer {
            at,
            what: what.into(),
        });
    }

    pub(super) fn push(&mut self, node: Node, at: usize) -> Result<Id, Fault> {
        if self.tree.len() >= MAX_NODES {
            return Err(Fault::too_large(
                at,
                format!("it has more than {MAX_NODES} parts"),
            ));
        }
        let id = self.tree.push(node, at);
        if usize::from(self.tree.depth(id)) > MAX_DEPTH {
            return Err(Fault::too_large(
                at,
                format!("it is nested deeper than {MAX_DEPTH}"),
            ));
        }
        Ok(id)
    }

    /// Runs `read` one level deeper: the guard of the stack.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= MAX_DEPTH {
            let at = self.current().at;
            return Err(Fault::too_large(
                at,
                format!("it is nested deeper than {MAX_DEPTH}"),
            ));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn sequence(&mut self) -> Result<Id, Fault> {
        let at = self.current().at;
        let mut nodes = vec![self.expression(0)?];
        while self.is(Kind::Operator, ";") {
            let at = self.next().at;
            self.newer(at, "several expressions in one");
            if self.current().kind == Kind::End {
                break;
            }
            nodes.push(self.expression(0)?);
        }
        match nodes.as_slice() {
            [only] => Ok(*only),
            _ => self.push(Node::Sequence(nodes), at),
        }
    }

    pub(super) fn expression(&mut self, least: u16) -> Result<Id, Fault> {
        self.deeper(|parser| parser.expression_here(least))
    }

    fn expression_here(&mut self, least: u16) -> Result<Id, Fault> {
        if least == 0 && self.is(Kind::Operator, "let") {
            return self.declaration();
        }
        if least == 0 && self.is(Kind::Operator, "if") {
            return self.branch();
        }
        let first = self.primary()?;
        let left = self.operators(first, least)?;
        match least {
            0 => self.choices(left),
            _ => Ok(left),
        }
    }

    /// `left` and the operators behind it that bind at least as tightly as `least`.
    fn operators(&mut self, mut left: Id, least: u16) -> Result<Id, Fault> {
        let mut after_coalesce = false;
        loop {
            if least == 0 && self.accept(Kind::Operator, "|") {
                let name = self.expect_name()?;
                left = self.call(&name, vec![left])?;
                after_coalesce = false;
                continue;
            }
            let negated = self.is(Kind::Operator, "not");
            let start = self.at;
            if negated {
                self.next();
                if !binary(self.current()).is_some_and(|(_, operator)| may_be_negated(operator)) {
                    return self.unexpected();
                }
            }
            let token = self.current().clone();
            let Some((binds, operator)) = binary(&token).filter(|(binds, _)| *binds >= least)
            else {
                self.at = start;
                return Ok(left);
            };
            self.next();
            if after_coalesce && operator != Binary::Coalesce {
                let message = format!("`??` and {} need parentheses between them", token.shown());
                return Err(Fault::new(token.at, message));
            }
            after_coalesce = operator == Binary::Coalesce;
            if operator.is_comparison() {
                left = self.comparison(left, operator, token.at, binds)?;
                continue;
            }
            let right = self.expression(binds + u16::from(operator != Binary::Power))?;
            left = self.push(Node::Binary(operator, left, right), token.at)?;
            if negated {
                left = self.push(Node::Unary(Unary::Not, left), token.at)?;
            }
        }
    }

    /// `a < b < c` means `a < b && b < c`.
    fn comparison(
        &mut self,
        left: Id,
        operator: Binary,
        at: usize,
        binds: u16,
    ) -> Result<Id, Fault> {
        let mut right = self.expression(binds + 1)?;
        let mut root = self.push(Node::Binary(operator, left, right), at)?;
        while let Some((_, operator)) = binary(self.current()).filter(|(_, o)| o.is_comparison()) {
            let at = self.next().at;
            self.newer(at, "a chain of comparisons");
            let next = self.expression(binds + 1)?;
            let link = self.push(Node::Binary(operator, right, next), at)?;
            root = self.push(Node::Binary(Binary::And, root, link), at)?;
            right = next;
        }
        Ok(root)
    }

    fn declaration(&mut self) -> Result<Id, Fault> {
        self.next();
        let name = self.expect_name()?;
        self.expect(Kind::Operator, "=")?;
        let value = self.expression(0)?;
        self.expect(Kind::Operator, ";")?;
        let body = self.sequence()?;
        let at = name.at;
        let name = name.text;
        self.push(Node::Let { name, value, body }, at)
    }

    fn branch(&mut self) -> Result<Id, Fault> {
        let at = self.next().at;
        self.newer(at, "`if`");
        let question = self.expression(0)?;
        let yes = self.block()?;
        self.expect(Kind::Operator, "else")?;
        let no = match self.is(Kind::Operator, "if") {
            true => self.deeper(Self::branch)?,
            false => self.block()?,
        };
        self.push(Node::Choice { question, yes, no }, at)
    }

    fn block(&mut self) -> Result<Id, Fault> {
        self.expect(Kind::Bracket, "{")?;
        let node = self.sequence()?;
        self.expect(Kind::Bracket, "}")?;
        Ok(node)
    }

    fn choices(&mut self, mut node: Id) -> Result<Id, Fault> {
        while self.is(Kind::Operator, "?") {
            let at = self.next().at;
            let question = node;
            let yes = match self.is(Kind::Operator, ":") {
                true => node,
                false => self.expression(0)?,
            };
            self.expect(Kind::Operator, ":")?;
            let no = self.expression(0)?;
            node = self.push(Node::Choice { question, yes, no }, at)?;
        }
        Ok(node)
    }

    fn primary(&mut self) -> Result<Id, Fault> {
        let token = self.current().clone();
        if let Some((binds, operator)) = unary(&token) {
            self.next();
            let of = self.expression(binds)?;
            let node = self.push(Node::Unary(operator, of), token.at)?;
            return self.postfix(node);
        }
        if self.accept(Kind::Bracket, "(") {
            let node = self.sequence()?;
            self.expect(Kind::Bracket, ")")?;
            return self.postfix(node);
        }
        if self.predicates > 0 && (self.is(Kind::Operator, "#") || self.is(Kind::Operator, ".")) {
            let mut name = Str::new();
            if self.accept(Kind::Operator, "#") && self.current().kind == Kind::Name {
                name = self.next().text;
            }
            let node = self.push(Node::Pointer(name), token.at)?;
            return self.postfix(node);
        }
        if self.accept(Kind::Operator, "::") {
            self.newer(token.at, "`::`");
            let name = self.expect_name()?;
            let node = self.call(&name, Vec::new())?;
            return self.postfix(node);
        }
        self.secondary()
    }

    fn secondary(&mut self) -> Result<Id, Fault> {
        let token = self.current().clone();
        let at = token.at;
        let node = match token.kind {
            Kind::Name => {
                self.next();
                match token.text.as_str() {
                    "true" => return self.push(Node::Bool(true), at),
                    "false" => return self.push(Node::Bool(false), at),
                    "nil" => return self.push(Node::Nil, at),
                    _ if self.is(Kind::Bracket, "(") => self.call(&token, Vec::new())?,
                    _ => self.push(Node::Name(token.text), at)?,
                }
            }
            Kind::Number => {
                self.next();
                let number = number(&token)?;
                return self.push(number, at);
            }
            Kind::Text => {
                self.next();
                self.push(Node::Text(token.text), at)?
            }
            Kind::Bytes => {
                self.next();
                self.newer(at, "bytes");
                self.push(Node::Bytes, at)?
            }
            _ if self.is(Kind::Bracket, "[") => self.list()?,
            _ if self.is(Kind::Bracket, "{") => self.map()?,
            _ => return self.unexpected(),
        };
        self.postfix(node)
    }

    /// The arguments of `name`, behind those that a pipe gave.
    fn call(&mut self, name: &Token, mut args: Vec<Id>) -> Result<Id, Fault> {
        let (text, at) = (name.text.clone(), name.at);
        if let Some(shape) = builtin::predicate_shape(&text) {
            self.predicate_call(&text, shape, &mut args)?;
            return self.push(Node::Builtin(text, args), at);
        }
        let offset = args.len();
        self.expect(Kind::Bracket, "(")?;
        while !self.is(Kind::Bracket, ")") {
            if args.len() > offset {
                self.expect(Kind::Operator, ",")?;
            }
            if self.is(Kind::Bracket, ")") {
                self.newer(at, "a comma behind the last argument");
                break;
            }
            args.push(self.expression(0)?);
        }
        self.expect(Kind::Bracket, ")")?;
        if builtin::is_builtin(&text) {
            if builtin::is_newer(&text) {
                self.newer(at, format!("`{text}`"));
            }
            if (text == "max" || text == "min") && self.is_list(&args) {
                self.newer(at, format!("`{text}` over a list"));
            }
            return self.push(Node::Builtin(text, args), at);
        }
        let callee = self.push(Node::Name(text), at)?;
        self.push(Node::Call(callee, args), at)
    }

    /// One argument that is a list, as far as it can be seen.
    fn is_list(&self, args: &[Id]) -> bool {
        let [only] = args else {
            return false;
        };
        matches!(
            self.tree.node(*only),
            Node::Name(_) | Node::List(_) | Node::Slice { .. }
        ) || matches!(self.tree.node(*only), Node::Builtin(name, _) if name == "map" || name == "filter")
    }

    fn predicate_call(
        &mut self,
        name: &Str,
        shape: builtin::PredicateShape,
        args: &mut Vec<Id>,
    ) -> Result<(), Fault> {
        let at = self.current().at;
        self.expect(Kind::Bracket, "(")?;
        let given = args.len();
        for number in given..shape.most {
            if self.is(Kind::Bracket, ")") {
                if number >= shape.least {
                    break;
                }
                let message = format!("`{name}` needs {} arguments", shape.least);
                return Err(Fault::new(self.current().at, message));
            }
            if number > given {
                self.expect(Kind::Operator, ",")?;
            }
            let arg = match number {
                1 => self.predicate()?,
                _ => self.expression(0)?,
            };
            args.push(arg);
        }
        if self.accept(Kind::Operator, ",") {
            self.newer(at, "a comma behind the last argument");
        }
        if (name == "count" && args.len() == 1) || (name == "sum" && args.len() == 2) {
            self.newer(at, format!("`{name}` with {} arguments", args.len()));
        }
        self.expect(Kind::Bracket, ")")
    }

    fn predicate(&mut self) -> Result<Id, Fault> {
        let at = self.current().at;
        let braced = self.accept(Kind::Bracket, "{");
        self.predicates += 1;
        let node = match braced {
            true => self.sequence(),
            false => self.expression(0),
        };
        self.predicates -= 1;
        let node = node?;
        if braced {
            self.expect(Kind::Bracket, "}")?;
        } else if self.is(Kind::Operator, ";") {
            let at = self.current().at;
            return Err(Fault::new(
                at,
                "a predicate of several expressions needs braces",
            ));
        }
        self.push(Node::Predicate(node), at)
    }

    fn list(&mut self) -> Result<Id, Fault> {
        let at = self.next().at;
        let mut nodes = Vec::new();
        while !self.is(Kind::Bracket, "]") {
            if !nodes.is_empty() {
                self.expect(Kind::Operator, ",")?;
                if self.is(Kind::Bracket, "]") {
                    break;
                }
            }
            nodes.push(self.expression(0)?);
        }
        self.expect(Kind::Bracket, "]")?;
        self.push(Node::List(nodes), at)
    }

    fn map(&mut self) -> Result<Id, Fault> {
        let at = self.next().at;
        let mut pairs = Vec::new();
        while !self.is(Kind::Bracket, "}") {
            if !pairs.is_empty() {
                self.expect(Kind::Operator, ",")?;
                if self.is(Kind::Bracket, "}") {
                    break;
                }
            }
            let key = match self.current().kind {
                Kind::Number | Kind::Text | Kind::Name => {
                    let key = self.next();
                    self.push(Node::Text(key.text), key.at)?
                }
                _ if self.is(Kind::Bracket, "(") => self.expression(0)?,
                _ => return self.unexpected(),
            };
            self.expect(Kind::Operator, ":")?;
            let value = self.expression(0)?;
            pairs.push((key, value));
        }
        self.expect(Kind::Bracket, "}")?;
        self.push(Node::Map(pairs), at)
    }
}

/// Source: `parseSecondary`, and Go's `strconv`.
fn number(token: &Token) -> Result<Node, Fault> {
    let text: String = token.text.chars().filter(|c| *c != '_').collect();
    let lower = text.to_ascii_lowercase();
    let integer = |digits: &str, base| i64::from_str_radix(digits, base).ok().map(Node::Int);
    let prefixed = [("0x", 16), ("0b", 2), ("0o", 8)]
        .into_iter()
        .find_map(|(prefix, base)| Some((lower.strip_prefix(prefix)?, base)));
    let node = match prefixed {
        Some((digits, 16)) => integer(digits, 16),
        _ if lower.contains(['.', 'e']) => {
            let float = text.parse::<f64>().ok();
            float.filter(|float| float.is_finite()).map(Node::Float)
        }
        Some((digits, base)) => integer(digits, base),
        None => integer(&text, 10),
    };
    node.ok_or_else(|| {
        let message = format!("`{}` is not a number that fits", short(&token.text));
        Fault::new(token.at, message)
    })
}
