//! What stands behind a value: fields, indexes, slices, calls.
//!
//! Source: expr-lang `parser/parser.go` (`parsePostfixExpression`).

use super::Fault;
use super::lexer::{self, Kind};
use super::parser::Parser;
use super::tree::{Id, Node};

impl Parser {
    pub(super) fn postfix(&mut self, mut node: Id) -> Result<Id, Fault> {
        loop {
            let token = self.current().clone();
            let optional = token.is(Kind::Operator, "?.");
            if optional || token.is(Kind::Operator, ".") {
                self.next();
                if optional && self.is(Kind::Bracket, "[") {
                    self.newer(token.at, "`?.[`");
                    node = self.index(node, true)?;
                } else {
                    node = self.member(node, optional)?;
                }
            } else if token.is(Kind::Bracket, "[") {
                node = self.index(node, false)?;
            } else {
                return Ok(node);
            }
        }
    }

    fn member(&mut self, node: Id, optional: bool) -> Result<Id, Fault> {
        let name = self.next();
        let is_name = match name.kind {
            Kind::Name => true,
            Kind::Operator => name.text.chars().next().is_some_and(lexer::is_letter),
            _ => false,
        };
        if !is_name {
            let message = format!("the name of a field is expected, not {}", name.shown());
            return Err(Fault::new(name.at, message));
        }
        let property = self.push(Node::Text(name.text.clone()), name.at)?;
        let (of, in_chain) = match self.tree.node(node) {
            Node::Chain(inner) => (*inner, true),
            _ => (node, false),
        };
        let member = Node::Member {
            of,
            property,
            optional,
        };
        let mut node = self.push(member, name.at)?;
        if self.is(Kind::Bracket, "(") {
            self.next();
            let mut args = Vec::new();
            while !self.is(Kind::Bracket, ")") {
                if !args.is_empty() {
                    self.expect(Kind::Operator, ",")?;
                    if self.is(Kind::Bracket, ")") {
                        break;
                    }
                }
                args.push(self.expression(0)?);
            }
            self.expect(Kind::Bracket, ")")?;
            node = self.push(Node::Call(node, args), name.at)?;
        }
        match in_chain || optional {
            true => self.push(Node::Chain(node), name.at),
            false => Ok(node),
        }
    }

    fn index(&mut self, of: Id, optional: bool) -> Result<Id, Fault> {
        let at = self.next().at;
        let from = match self.is(Kind::Operator, ":") {
            true => None,
            false => Some(self.expression(0)?),
        };
        if self.accept(Kind::Operator, ":") {
            let to = match self.is(Kind::Bracket, "]") {
                true => None,
                false => Some(self.expression(0)?),
            };
            self.expect(Kind::Bracket, "]")?;
            return self.push(Node::Slice { of, from, to }, at);
        }
        self.expect(Kind::Bracket, "]")?;
        let Some(property) = from else {
            return self.unexpected();
        };
        let member = Node::Member {
            of,
            property,
            optional,
        };
        let node = self.push(member, at)?;
        match optional {
            true => self.push(Node::Chain(node), at),
            false => Ok(node),
        }
    }
}
