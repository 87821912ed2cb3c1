//! The types of a condition, and whether they go together.
//!
//! Source: expr-lang `checker/checker.go`. Each node is typed once: in a chain of comparisons
//! two parents share one.

use super::tree::{Binary, Id, Node, Tree, Unary};
use super::types::Type;
use super::{Fault, FaultKind, builtin, signature};
use crate::value::Str;

/// The type of each node, by its number; the last one to ask for is the root's.
pub(super) fn check(tree: &Tree, answer: &Type) -> Result<Vec<Option<Type>>, Fault> {
    let mut checker = Checker {
        tree,
        answer,
        known: vec![None; tree.len()],
        scopes: Vec::new(),
        variables: Vec::new(),
    };
    checker.visit(tree.root)?;
    Ok(checker.known)
}

pub(super) struct Checker<'t> {
    pub tree: &'t Tree,
    answer: &'t Type,
    known: Vec<Option<Type>>,
    scopes: Vec<Scope>,
    variables: Vec<(Str, Type)>,
}

struct Scope {
    collection: Type,
    has_index: bool,
    has_accumulator: bool,
}

impl Checker<'_> {
    pub fn visit(&mut self, id: Id) -> Result<Type, Fault> {
        if let Some(Some(known)) = self.known.get(id as usize) {
            return Ok(known.clone());
        }
        let found = self.typed(id)?;
        if let Some(slot) = self.known.get_mut(id as usize) {
            *slot = Some(found.clone());
        }
        Ok(found)
    }

    pub fn mismatch<T>(&self, id: Id, message: impl Into<String>) -> Result<T, Fault> {
        Err(Fault::new(self.tree.at(id), message).with(FaultKind::Mismatch))
    }

    fn unknown<T>(&self, id: Id, message: impl Into<String>) -> Result<T, Fault> {
        Err(Fault::new(self.tree.at(id), message).with(FaultKind::Unknown))
    }

    fn typed(&mut self, id: Id) -> Result<Type, Fault> {
        let tree = self.tree;
        match tree.node(id) {
            Node::Nil => Ok(Type::Nil),
            Node::Bool(_) => Ok(Type::Bool),
            Node::Int(_) => Ok(Type::Int),
            Node::Float(_) => Ok(Type::Float),
            Node::Text(_) => Ok(Type::Text),
            Node::Bytes => Ok(Type::Bytes),
            Node::Name(name) => self.name(id, name),
            Node::Unary(operator, of) => self.unary(id, *operator, *of),
            Node::Binary(operator, left, right) => self.binary(id, *operator, *left, *right),
            Node::Chain(of) => self.visit(*of),
            Node::Predicate(of) => self.visit(*of),
            Node::Member {
                of,
                property,
                optional,
            } => self.member(id, *of, *property, *optional),
            Node::Slice { of, from, to } => self.slice(id, *of, from.as_ref(), to.as_ref()),
            Node::Call(callee, args) => self.call(id, *callee, args),
            Node::Builtin(name, args) => signature::builtin(self, id, name, args),
            Node::Pointer(name) => self.pointer(id, name),
            Node::Let { name, value, body } => self.declaration(id, name, *value, *body),
            Node::Sequence(ids) => {
                let mut last = Type::Unknown;
                for id in ids {
                    last = self.visit(*id)?;
                }
                Ok(last)
            }
            Node::Choice { question, yes, no } => self.choice(*question, *yes, *no),
            Node::List(ids) => self.list(ids),
            Node::Map(pairs) => {
                for (key, value) in pairs {
                    self.visit(*key)?;
                    self.visit(*value)?;
                }
                Ok(Type::Map)
            }
        }
    }

    fn name(&mut self, id: Id, name: &str) -> Result<Type, Fault> {
        if let Some((_, found)) = self.variables.iter().rev().find(|(known, _)| known == name) {
            return Ok(found.clone());
        }
        if name == "$env" {
            return Ok(Type::Unknown);
        }
        let is_function = builtin::names().any(|known| known == name);
        match self.of_environment(name) {
            Some(found) => Ok(found),
            None if is_function => Ok(Type::Function),
            None => self.unknown(id, unknown_name(name, "name")),
        }
    }

    fn of_environment(&self, name: &str) -> Option<Type> {
        match name {
            "result" => Some(self.answer.clone()),
            name if builtin::OWN.contains(&name) => Some(Type::Function),
            _ => None,
        }
    }

    fn unary(&mut self, id: Id, operator: Unary, of: Id) -> Result<Type, Fault> {
        let of = self.visit(of)?;
        match operator {
            Unary::Not if of == Type::Bool || of.is_unknown() => Ok(Type::Bool),
            Unary::Not => self.mismatch(
                id,
                format!("`!` needs a boolean, and this is {}", of.shown()),
            ),
            _ if of.is_number() => Ok(of),
            _ if of.is_unknown() => Ok(Type::Unknown),
            _ => self.mismatch(
                id,
                format!("a sign needs a number, and this is {}", of.shown()),
            ),
        }
    }

    fn binary(&mut self, id: Id, operator: Binary, left: Id, right: Id) -> Result<Type, Fault> {
        let (l, r) = (self.visit(left)?, self.visit(right)?);
        if let (Binary::Matches, Node::Text(pattern)) = (operator, self.tree.node(right))
            && crate::re2::Re2::new(pattern).is_none()
        {
            return self.mismatch(right, "this is not a regular expression");
        }
        if operator == Binary::In {
            return self.member_of(id, &l, &r);
        }
        signature::binary(operator, &l, &r).map_or_else(
            || {
                let message = format!(
                    "`{}` cannot be used between {} and {}",
                    operator.sign(),
                    l.shown(),
                    r.shown()
                );
                self.mismatch(id, message)
            },
            Ok,
        )
    }

    fn member_of(&self, id: Id, l: &Type, r: &Type) -> Result<Type, Fault> {
        let fits = match r {
            Type::Map => l.is_unknown() || l.is_assignable_to(&Type::Text),
            Type::AnyMap(_) => true,
            _ if r.is_list() => l.is_comparable_to(&r.element()),
            Type::Text => l.is_unknown(),
            _ => r.is_unknown(),
        };
        match fits {
            true => Ok(Type::Bool),
            false => {
                let message = format!("`in` cannot look for {} in {}", l.shown(), r.shown());
                self.mismatch(id, message)
            }
        }
    }

    fn member(&mut self, id: Id, of: Id, property: Id, optional: bool) -> Result<Type, Fault> {
        if let (Node::Name(env), Node::Text(name)) = (self.tree.node(of), self.tree.node(property))
            && env == "$env"
        {
            return match self.of_environment(name) {
                Some(found) => Ok(found),
                None if optional => Ok(Type::Unknown),
                None => self.unknown(id, unknown_name(name, "name")),
            };
        }
        let base = self.visit(of)?;
        let key = self.visit(property)?;
        let name = match self.tree.node(property) {
            Node::Text(name) => Some(name.clone()),
            _ => None,
        };
        match &base {
            base if base.is_unknown() => Ok(Type::Unknown),
            Type::Map if key == Type::Text || key.is_unknown() => Ok(Type::Any),
            Type::AnyMap(of) => Ok((**of).clone()),
            Type::Time | Type::Duration | Type::Zone => Ok(Type::Unknown),
            base if base.is_list() && (key.is_integer() || key.is_unknown()) => Ok(base.element()),
            base if base.is_list() => {
                let message = match name {
                    Some(name) => format!(
                        "a list has no field `{name}`: name an entry of it first, such as `[0]`"
                    ),
                    None => "an entry of a list is chosen by a whole number".to_owned(),
                };
                self.mismatch(id, message)
            }
            base => {
                let wanted = match name {
                    Some(name) => format!("field `{name}`"),
                    None => "entries to choose from".to_owned(),
                };
                self.mismatch(id, format!("{} has no {wanted}", base.shown()))
            }
        }
    }

    fn slice(&mut self, id: Id, of: Id, from: Option<&Id>, to: Option<&Id>) -> Result<Type, Fault> {
        let base = self.visit(of)?;
        if base.is_unknown() {
            return Ok(Type::Unknown);
        }
        if !base.is_list() && base != Type::Text {
            return self.mismatch(id, format!("{} cannot be sliced", base.shown()));
        }
        for bound in [from, to].into_iter().flatten() {
            let found = self.visit(*bound)?;
            if !found.is_integer() && !found.is_unknown() {
                return self.mismatch(*bound, "the bounds of a slice are whole numbers");
            }
        }
        Ok(base)
    }

    fn call(&mut self, id: Id, callee: Id, args: &[Id]) -> Result<Type, Fault> {
        if let Node::Name(name) = self.tree.node(callee)
            && self.of_environment(name).is_none()
            && !self.variables.iter().any(|(known, _)| known == name)
        {
            return self.unknown(id, unknown_name(name, "function"));
        }
        let found = self.visit(callee)?;
        match (found, self.tree.node(callee)) {
            (found, _) if found.is_unknown() => Ok(Type::Unknown),
            (Type::Function, Node::Name(name)) => signature::own(self, id, name, args),
            (found, _) => self.mismatch(id, format!("{} cannot be called", found.shown())),
        }
    }

    fn pointer(&self, id: Id, name: &str) -> Result<Type, Fault> {
        let Some(scope) = self.scopes.last() else {
            return self.mismatch(id, "`#` has a meaning in predicates alone");
        };
        match name {
            "" if scope.collection.is_unknown() => Ok(Type::Unknown),
            "" => Ok(scope.collection.element()),
            "index" if scope.has_index => Ok(Type::Int),
            "acc" if scope.has_accumulator => Ok(Type::Unknown),
            _ => self.unknown(id, format!("there is no `#{name}` here")),
        }
    }

    fn declaration(&mut self, id: Id, name: &Str, value: Id, body: Id) -> Result<Type, Fault> {
        let is_taken = self.of_environment(name).is_some()
            || builtin::names().any(|known| known == name)
            || self.variables.iter().any(|(known, _)| known == name);
        if is_taken {
            return self.mismatch(id, format!("`{name}` has a meaning already"));
        }
        let value = self.visit(value)?;
        self.variables.push((name.clone(), value));
        let body = self.visit(body);
        self.variables.pop();
        body
    }

    fn choice(&mut self, question: Id, yes: Id, no: Id) -> Result<Type, Fault> {
        let asked = self.visit(question)?;
        if asked != Type::Bool && !asked.is_unknown() {
            let message = format!("a question is a boolean, and this is {}", asked.shown());
            return self.mismatch(question, message);
        }
        let (yes, no) = (self.visit(yes)?, self.visit(no)?);
        Ok(match (yes, no) {
            (Type::Nil, no) => no,
            (yes, Type::Nil) => yes,
            (yes, no) if yes.is_assignable_to(&no) => {
                let (one, two) = (yes.element(), no.element());
                let same = one.is_assignable_to(&two) && two.is_assignable_to(&one);
                match yes.is_list() && no.is_list() && !same {
                    true => Type::list(super::value::Elements::Any),
                    false => yes,
                }
            }
            _ => Type::Unknown,
        })
    }

    fn list(&mut self, ids: &[Id]) -> Result<Type, Fault> {
        let mut all: Option<Type> = None;
        let mut same = true;
        for id in ids {
            let found = self.visit(*id)?;
            same &= all.as_ref().is_none_or(|last| kind(last) == kind(&found));
            all = Some(found);
        }
        let of = all.filter(|_| same);
        Ok(Type::list_of(of.unwrap_or(match same {
            true => Type::Unknown,
            false => Type::Any,
        })))
    }

    /// The type of a predicate over `collection`.
    pub fn predicate(
        &mut self,
        collection: Type,
        predicate: Id,
        has_index: bool,
        has_accumulator: bool,
    ) -> Result<Type, Fault> {
        self.scopes.push(Scope {
            collection,
            has_index,
            has_accumulator,
        });
        let found = self.visit(predicate);
        self.scopes.pop();
        match found? {
            Type::Nil => self.mismatch(predicate, "a predicate that is always nil"),
            found => Ok(found),
        }
    }
}

/// Go's kind of a type: what lists of one kind are made of.
fn kind(found: &Type) -> u8 {
    match found {
        Type::Nil | Type::Unknown => 0,
        Type::Any => 1,
        Type::Bool => 2,
        Type::Int => 3,
        Type::Int64 | Type::Duration => 4,
        Type::Float => 5,
        Type::Text => 6,
        Type::Bytes | Type::List(..) => 7,
        Type::Map | Type::AnyMap(_) => 8,
        Type::Function => 9,
        Type::Time => 10,
        Type::Zone => 11,
    }
}

fn unknown_name(name: &str, what: &str) -> String {
    let names = builtin::names().chain(["result", "true", "false", "nil"]);
    let near = names
        .filter(|known| is_near(known, name))
        .min_by_key(|known| known.len().abs_diff(name.len()));
    let shown = super::short(name);
    match near {
        Some(near) => format!("there is no {what} `{shown}`, but there is `{near}`"),
        None => format!("there is no {what} `{shown}`"),
    }
}

/// The same letters in another case, or one letter apart.
fn is_near(known: &str, name: &str) -> bool {
    let (one, two) = (known.to_ascii_lowercase(), name.to_ascii_lowercase());
    if one == two {
        return true;
    }
    let common = |a: &mut dyn Iterator<Item = (char, char)>| a.take_while(|(a, b)| a == b).count();
    let front = common(&mut one.chars().zip(two.chars()));
    let back = common(&mut one.chars().rev().zip(two.chars().rev()));
    let longest = one.chars().count().max(two.chars().count());
    longest > 3 && one.len().abs_diff(two.len()) <= 1 && front + back + 1 >= longest
}
