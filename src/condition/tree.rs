//! What a condition says: nodes in one list, which name each other by number, so that dropping
//! and copying them never descends.

use crate::value::Str;

pub(super) type Id = u32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Not,
    Minus,
    Plus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    More,
    AtLeast,
    AtMost,
    In,
    Matches,
    Contains,
    StartsWith,
    EndsWith,
    Range,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Coalesce,
}

impl Binary {
    pub fn is_comparison(self) -> bool {
        matches!(self, Self::Less | Self::More | Self::AtLeast | Self::AtMost)
    }

    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::In => "in",
            Self::Matches => "matches",
            Self::Contains => "contains",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Range => "..",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "**",
            Self::Coalesce => "??",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Str),
    Bytes,
    Name(Str),
    Unary(Unary, Id),
    Binary(Binary, Id, Id),
    /// Where an optional member of what is nil ends.
    Chain(Id),
    Member {
        of: Id,
        property: Id,
        optional: bool,
    },
    Slice {
        of: Id,
        from: Option<Id>,
        to: Option<Id>,
    },
    Call(Id, Vec<Id>),
    /// A function of the language, by name.
    Builtin(Str, Vec<Id>),
    Predicate(Id),
    /// `#`, `#index` or `#acc`.
    Pointer(Str),
    Let {
        name: Str,
        value: Id,
        body: Id,
    },
    Sequence(Vec<Id>),
    Choice {
        question: Id,
        yes: Id,
        no: Id,
    },
    List(Vec<Id>),
    Map(Vec<(Id, Id)>),
}

/// All nodes of a condition; children stand before their parents.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<(Node, u32)>,
    depths: Vec<u16>,
    pub root: Id,
}

impl Tree {
    pub fn node(&self, id: Id) -> &Node {
        static NIL: Node = Node::Nil;
        self.nodes.get(id as usize).map_or(&NIL, |(node, _)| node)
    }

    /// Where the node stands in the text, in bytes.
    pub fn at(&self, id: Id) -> usize {
        self.nodes
            .get(id as usize)
            .map_or(0, |(_, at)| *at as usize)
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn depth(&self, id: Id) -> u16 {
        self.depths.get(id as usize).copied().unwrap_or(0)
    }

    /// Every name that is used: `result`, and functions of the controller's.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().filter_map(|(node, _)| match node {
            Node::Name(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The texts that are written into calls of a function of the language.
    pub fn texts_given_to<'t>(&'t self, function: &'t str) -> impl Iterator<Item = &'t str> {
        let calls = self.nodes.iter().filter_map(move |(node, _)| match node {
            Node::Builtin(name, args) if name == function => args.first(),
            _ => None,
        });
        calls.filter_map(|arg| match self.node(*arg) {
            Node::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    pub fn push(&mut self, node: Node, at: usize) -> Id {
        let mut depth = 0;
        children(&node, |child| depth = depth.max(self.depth(child)));
        self.depths.push(depth.saturating_add(1));
        self.nodes
            .push((node, u32::try_from(at).unwrap_or(u32::MAX)));
        u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX)
    }
}

/// Calls `visit` for each node right below `node`.
pub(super) fn children(node: &Node, mut visit: impl FnMut(Id)) {
    match node {
        Node::Nil
        | Node::Bool(_)
        | Node::Int(_)
        | Node::Float(_)
        | Node::Text(_)
        | Node::Bytes
        | Node::Name(_)
        | Node::Pointer(_) => {}
        Node::Unary(_, of) | Node::Chain(of) | Node::Predicate(of) => visit(*of),
        Node::Binary(_, left, right) => [*left, *right].into_iter().for_each(visit),
        Node::Member { of, property, .. } => [*of, *property].into_iter().for_each(visit),
        Node::Slice { of, from, to } => {
            visit(*of);
            from.iter().chain(to).copied().for_each(visit);
        }
        Node::Call(callee, args) => {
            visit(*callee);
            args.iter().copied().for_each(visit);
        }
        Node::Builtin(_, ids) | Node::Sequence(ids) | Node::List(ids) => {
            ids.iter().copied().for_each(visit);
        }
        Node::Let { value, body, .. } => [*value, *body].into_iter().for_each(visit),
        Node::Choice { question, yes, no } => {
            [*question, *yes, *no].into_iter().for_each(visit);
        }
        Node::Map(pairs) => pairs.iter().for_each(|(key, value)| {
            visit(*key);
            visit(*value);
        }),
    }
}
