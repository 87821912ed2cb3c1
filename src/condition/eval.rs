//! Runs a condition over one answer, as the virtual machine of the expression language does.
//!
//! Source: expr-lang `compiler/compiler.go`, `vm/vm.go`, `vm/runtime/`. What folds before it runs
//! (`x && false`) folds here.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::tree::{Binary, Id, Node, Tree, Unary};
use super::types::Type;
use super::value::{Answer, Elements, truncate};
use super::{Fault, FaultKind, Outcome, builtin, list, operator, signature};
use crate::re2::Re2;
use crate::value::Str;

/// Most steps: nodes visited, entries compared, and letters by [`LETTERS`]. A condition of loops in
/// loops, or one that doubles a text again and again, is not worked out.
const MAX_STEPS: usize = 200_000;
/// Letters of a text that count as one step.
const LETTERS: usize = 100;
/// Most turns of `reduce` that leave a list or a map: each may put the former into the next.
const MAX_NESTED: usize = 16;
/// Longest text that is held against a regular expression.
const MAX_MATCHED: usize = 64 << 10;
/// Source: expr-lang `conf.DefaultMemoryBudget`.
const MAX_MEMORY: usize = 1_000_000;

/// Why there is no value.
pub(super) enum Stop {
    Error(Fault),
    /// Something optional is nil: the chain around it is.
    Nil,
    Unknown,
}

pub(super) type Result<T> = std::result::Result<T, Stop>;

/// An error of the machine. The place is set by whoever knows it.
pub(super) fn failed<T>(message: impl Into<String>) -> Result<T> {
    Err(Stop::Error(
        Fault::new(usize::MAX, message).with(FaultKind::Mismatch),
    ))
}

/// Steps that are left.
pub(super) struct Fuel(Cell<usize>);

impl Fuel {
    pub(super) fn spend(&self, steps: usize) -> Result<()> {
        let left = self.0.get().checked_sub(steps);
        self.0.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(Stop::Unknown)
    }

    /// For going through a value's letters.
    pub(super) fn spend_on(&self, value: &Answer) -> Result<()> {
        match value {
            Answer::Text(text) => self.spend(text.len() / LETTERS),
            _ => Ok(()),
        }
    }
}

pub(super) fn run(tree: &Tree, types: &[Option<Type>], answer: &Answer) -> Outcome {
    let mut machine = Machine {
        tree,
        types,
        answer,
        fuel: Fuel(Cell::new(MAX_STEPS)),
        nested: 0,
        memory: 0,
        variables: Vec::new(),
        scopes: Vec::new(),
    };
    match machine.value(tree.root) {
        Ok(Answer::Bool(holds)) => Outcome::Holds(holds),
        Ok(Answer::Opaque) | Err(Stop::Unknown) => Outcome::Unknown,
        Ok(other) => {
            let message = format!("it is {}, neither true nor false", other.kind());
            let fault = Fault::new(tree.at(tree.root), message);
            Outcome::Error(fault.with(FaultKind::NotBoolean))
        }
        Err(Stop::Error(fault)) => Outcome::Error(fault),
        Err(Stop::Nil) => Outcome::Unknown,
    }
}

pub(super) struct Machine<'t> {
    tree: &'t Tree,
    types: &'t [Option<Type>],
    answer: &'t Answer,
    pub(super) fuel: Fuel,
    nested: usize,
    memory: usize,
    variables: Vec<(Str, Answer)>,
    pub(super) scopes: Vec<Scope>,
}

/// A loop that is running.
pub(super) struct Scope {
    pub item: Answer,
    pub index: i64,
    pub accumulator: Answer,
}

impl Machine<'_> {
    pub(super) fn grow(&mut self, size: usize) -> Result<()> {
        self.memory = self.memory.saturating_add(size);
        match self.memory >= MAX_MEMORY {
            true => failed("it takes more memory than the controller gives it"),
            false => Ok(()),
        }
    }

    /// Another turn of `reduce` has left this.
    pub(super) fn accumulated(&mut self, value: &Answer) -> Result<()> {
        if matches!(value, Answer::List(..) | Answer::Map(_)) {
            self.nested += 1;
        }
        match self.nested > MAX_NESTED {
            true => Err(Stop::Unknown),
            false => Ok(()),
        }
    }

    pub(super) fn value(&mut self, id: Id) -> Result<Answer> {
        self.fuel.spend(1)?;
        match self.of_node(id) {
            Err(Stop::Error(fault)) if fault.at == usize::MAX => {
                let at = self.tree.at(id);
                Err(Stop::Error(Fault { at, ..fault }))
            }
            other => other,
        }
    }

    fn of_node(&mut self, id: Id) -> Result<Answer> {
        let tree = self.tree;
        match tree.node(id) {
            Node::Nil => Ok(Answer::Nil),
            Node::Bool(value) => Ok(Answer::Bool(*value)),
            Node::Int(value) => Ok(Answer::Int(*value)),
            Node::Float(value) => Ok(Answer::Float(*value)),
            Node::Text(value) => Ok(Answer::Text(value.clone())),
            Node::Bytes => Ok(Answer::Opaque),
            Node::Name(name) => self.name(name),
            Node::Unary(operator, of) => self.unary(*operator, *of),
            Node::Binary(operator, left, right) => self.binary(*operator, *left, *right),
            Node::Chain(of) => match self.value(*of) {
                Err(Stop::Nil) => Ok(Answer::Nil),
                other => other,
            },
            Node::Predicate(of) => self.value(*of),
            Node::Member {
                of,
                property,
                optional,
            } => self.member(*of, *property, *optional),
            Node::Slice { of, from, to } => self.slice(*of, *from, *to),
            Node::Call(callee, args) => self.call(*callee, args),
            Node::Builtin(name, args) => list::call(self, name, args),
            Node::Pointer(name) => self.pointer(name),
            Node::Let { name, value, body } => {
                let value = self.value(*value)?;
                self.variables.push((name.clone(), value));
                let body = self.value(*body);
                self.variables.pop();
                body
            }
            Node::Sequence(ids) => {
                let mut last = Answer::Nil;
                for id in ids {
                    last = self.value(*id)?;
                }
                Ok(last)
            }
            Node::Choice { question, yes, no } => match self.test(*question)? {
                true => self.value(*yes),
                false => self.value(*no),
            },
            Node::List(ids) => {
                let values = ids.iter().map(|id| self.value(*id));
                let values = values.collect::<Result<Vec<_>>>()?;
                self.grow(values.len())?;
                Ok(Answer::list(values))
            }
            Node::Map(pairs) => self.map(pairs),
        }
    }

    fn map(&mut self, pairs: &[(Id, Id)]) -> Result<Answer> {
        let mut map = BTreeMap::new();
        for (key, value) in pairs {
            let (key, value) = (self.value(*key)?, self.value(*value)?);
            match key {
                Answer::Text(key) => map.insert(key, value),
                Answer::Opaque => return Err(Stop::Unknown),
                other => {
                    return failed(format!("the key of a map is a text, not {}", other.kind()));
                }
            };
        }
        Ok(Answer::Map(Arc::new(map)))
    }

    fn name(&self, name: &str) -> Result<Answer> {
        let variable = self.variables.iter().rev().find(|(known, _)| known == name);
        Ok(match (variable, name) {
            (Some((_, value)), _) => value.clone(),
            (None, "result") => self.answer.clone(),
            (None, "$env") => Answer::Opaque,
            (None, name) if builtin::OWN.contains(&name) => Answer::Function(name.into()),
            // A function of the language is no value.
            (None, _) => Answer::Nil,
        })
    }

    fn pointer(&self, name: &str) -> Result<Answer> {
        let Some(scope) = self.scopes.last() else {
            return Err(Stop::Unknown);
        };
        Ok(match name {
            "index" => Answer::Int(scope.index),
            "acc" => scope.accumulator.clone(),
            _ => scope.item.clone(),
        })
    }

    /// A value that must be a boolean.
    pub(super) fn test(&mut self, id: Id) -> Result<bool> {
        match self.value(id)? {
            Answer::Bool(value) => Ok(value),
            Answer::Opaque => Err(Stop::Unknown),
            other => failed(format!("a boolean is needed, and this is {}", other.kind())),
        }
    }

    fn unary(&mut self, operator: Unary, of: Id) -> Result<Answer> {
        match operator {
            Unary::Not => Ok(Answer::Bool(!self.test(of)?)),
            Unary::Plus => self.value(of),
            Unary::Minus => match self.value(of)? {
                Answer::Int(value) => Ok(Answer::Int(value.wrapping_neg())),
                Answer::Float(value) => Ok(Answer::Float(-value)),
                Answer::Opaque => Err(Stop::Unknown),
                other => failed(format!(
                    "a sign needs a number, and this is {}",
                    other.kind()
                )),
            },
        }
    }

    fn binary(&mut self, operator: Binary, left: Id, right: Id) -> Result<Answer> {
        match operator {
            Binary::And | Binary::Or => self.both(operator == Binary::And, left, right),
            Binary::Coalesce => {
                let value = match self.tree.node(left) {
                    Node::Chain(of) => match self.value(*of) {
                        Err(Stop::Nil) => Ok(Answer::Nil),
                        other => other,
                    },
                    _ => self.value(left),
                }?;
                match value {
                    Answer::Nil => self.value(right),
                    Answer::Opaque => Err(Stop::Unknown),
                    value => Ok(value),
                }
            }
            Binary::In if signature::is_text_set(self.tree, right) => self.in_set(left, right),
            Binary::Range => {
                let (from, to) = (self.value(left)?, self.value(right)?);
                let (from, to) = (operator::whole(&from)?, operator::whole(&to)?);
                let size = to.checked_sub(from).map_or(usize::MAX, |size| {
                    usize::try_from(size.saturating_add(1)).unwrap_or(0)
                });
                self.grow(size)?;
                let values = (from..=to).map(Answer::Int).collect();
                Ok(Answer::List(Elements::Ints, Arc::new(values)))
            }
            Binary::Matches => {
                let (text, pattern) = (self.value(left)?, self.value(right)?);
                self.fuel.spend_on(&text)?;
                self.fuel.spend_on(&pattern)?;
                matches(&text, &pattern)
            }
            _ => {
                let (one, two) = (self.value(left)?, self.value(right)?);
                if matches!(operator, Binary::Equal | Binary::Unequal) {
                    self.are_what_they_seem(left, &one, right, &two)?;
                }
                operator::apply(&self.fuel, operator, &one, &two)
            }
        }
    }

    /// Two whole numbers, or two texts, by their types: then nothing else is compared. Source:
    /// `OpEqualInt` and `OpEqualString`.
    fn are_what_they_seem(&self, left: Id, one: &Answer, right: Id, two: &Answer) -> Result<()> {
        let known = |id: Id| self.types.get(id as usize).and_then(Option::as_ref);
        let fits: fn(&Answer) -> bool = match (known(left), known(right)) {
            (Some(Type::Int), Some(Type::Int)) => |value| matches!(value, Answer::Int(_)),
            (Some(Type::Text), Some(Type::Text)) => |value| matches!(value, Answer::Text(_)),
            _ => return Ok(()),
        };
        let is_known = |value: &&Answer| !matches!(value, Answer::Opaque);
        match [one, two]
            .into_iter()
            .filter(is_known)
            .find(|value| !fits(value))
        {
            None => Ok(()),
            Some(other) => failed(format!(
                "this is {}, which nothing is compared with",
                other.kind()
            )),
        }
    }

    /// `&&` and `||`: what is constant on either side is folded before anything runs.
    fn both(&mut self, is_and: bool, left: Id, right: Id) -> Result<Answer> {
        match (self.constant(left), self.constant(right)) {
            (Some(value), _) if value == is_and => return self.value(right),
            (_, Some(value)) if value == is_and => return self.value(left),
            (None, None) => {}
            _ => return Ok(Answer::Bool(!is_and)),
        }
        match self.test(left)? == is_and {
            true => self.value(right),
            false => Ok(Answer::Bool(!is_and)),
        }
    }

    /// What folds to a boolean. Source: expr-lang `optimizer/fold.go`.
    fn constant(&self, id: Id) -> Option<bool> {
        match self.tree.node(id) {
            Node::Bool(value) => Some(*value),
            Node::Unary(Unary::Not, of) => self.constant(*of).map(|value| !value),
            Node::Binary(operator @ (Binary::And | Binary::Or), left, right) => {
                let absorbing = *operator == Binary::Or;
                match (self.constant(*left), self.constant(*right)) {
                    (Some(value), other) | (other, Some(value)) if value != absorbing => other,
                    (None, None) => None,
                    _ => Some(absorbing),
                }
            }
            _ => None,
        }
    }

    fn in_set(&mut self, left: Id, right: Id) -> Result<Answer> {
        let needle = match self.value(left)? {
            Answer::Text(text) => text,
            Answer::Nil => Str::new(),
            Answer::Opaque => return Err(Stop::Unknown),
            other => {
                return failed(format!(
                    "`in` looks for a text, and this is {}",
                    other.kind()
                ));
            }
        };
        let Node::List(ids) = self.tree.node(right) else {
            return Err(Stop::Unknown);
        };
        let found = ids
            .iter()
            .any(|id| matches!(self.tree.node(*id), Node::Text(text) if *text == needle));
        Ok(Answer::Bool(found))
    }

    fn member(&mut self, of: Id, property: Id, optional: bool) -> Result<Answer> {
        if let (Node::Name(env), Node::Text(name)) = (self.tree.node(of), self.tree.node(property))
            && env == "$env"
        {
            return self.name(name);
        }
        let base = self.value(of)?;
        if optional && base.is_nil() {
            return Err(Stop::Nil);
        }
        let key = self.value(property)?;
        operator::fetch(&base, &key)
    }

    fn slice(&mut self, of: Id, from: Option<Id>, to: Option<Id>) -> Result<Answer> {
        let base = self.value(of)?;
        let to = to.map(|to| self.value(to)).transpose()?;
        let from = from.map(|from| self.value(from)).transpose()?;
        operator::slice(&self.fuel, &base, from.as_ref(), to.as_ref())
    }

    fn call(&mut self, callee: Id, args: &[Id]) -> Result<Answer> {
        let name = match self.tree.node(callee) {
            Node::Name(name) => name.clone(),
            _ => Str::new(),
        };
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(match signature::takes_floats(&name) {
                true => self.float(*arg)?,
                false => self.value(*arg)?,
            });
        }
        match self.value(callee)? {
            Answer::Function(name) => own(&name, &values, self.answer),
            Answer::Opaque => Err(Stop::Unknown),
            other => failed(format!("{} cannot be called", other.kind())),
        }
    }

    /// A whole number that is written out becomes a float where one is taken.
    fn float(&mut self, id: Id) -> Result<Answer> {
        match self.tree.node(id) {
            Node::Int(value) => Ok(Answer::Float(*value as f64)),
            Node::Unary(Unary::Minus, of) => match self.float(*of)? {
                Answer::Float(value) => Ok(Answer::Float(-value)),
                Answer::Int(value) => Ok(Answer::Int(value.wrapping_neg())),
                other => failed(format!(
                    "a sign needs a number, and this is {}",
                    other.kind()
                )),
            },
            Node::Unary(Unary::Plus, of) => self.float(*of),
            Node::Binary(
                operator @ (Binary::Add | Binary::Subtract | Binary::Multiply),
                left,
                right,
            ) => {
                let (left, right) = (self.float(*left)?, self.float(*right)?);
                operator::apply(&self.fuel, *operator, &left, &right)
            }
            _ => self.value(id),
        }
    }
}

fn matches(text: &Answer, pattern: &Answer) -> Result<Answer> {
    match (text, pattern) {
        (Answer::Nil, _) | (_, Answer::Nil) => Ok(Answer::Bool(false)),
        (Answer::Text(text), Answer::Text(_)) if text.len() > MAX_MATCHED => Err(Stop::Unknown),
        (Answer::Text(text), Answer::Text(pattern)) => match Re2::new(pattern) {
            Some(pattern) => Ok(Answer::Bool(pattern.matches(text))),
            None => failed("this is not a regular expression"),
        },
        (Answer::Opaque, _) | (_, Answer::Opaque) => Err(Stop::Unknown),
        _ => failed("`matches` needs two texts"),
    }
}

/// The functions that the controller adds.
fn own(name: &str, args: &[Answer], answer: &Answer) -> Result<Answer> {
    let first = args.first().unwrap_or(&Answer::Nil);
    if matches!(first, Answer::Opaque) && name != "isNil" && name != "default" {
        return Err(Stop::Unknown);
    }
    match (name, first) {
        ("isNil", _) => Ok(Answer::Bool(answer.is_nil())),
        ("default", _) if answer.is_nil() => Ok(args.get(1).cloned().unwrap_or(Answer::Nil)),
        ("default", _) => Ok(answer.clone()),
        ("isNaN", Answer::Float(value)) => Ok(Answer::Bool(value.is_nan())),
        ("isInf", Answer::Float(value)) => Ok(Answer::Bool(value.is_infinite())),
        ("asInt", Answer::Int(value)) => Ok(Answer::Int(*value)),
        ("asInt", Answer::Float(value)) => Ok(Answer::Int(truncate(*value))),
        ("asInt", Answer::Text(text)) => match operator::whole_text(text) {
            Some(value) => Ok(Answer::Int(value)),
            None => failed("`asInt` needs a whole number"),
        },
        ("asFloat", Answer::Int(_) | Answer::Float(_)) => {
            Ok(Answer::Float(first.number().unwrap_or(f64::NAN)))
        }
        ("asFloat", Answer::Text(text)) => match operator::float_text(text) {
            Some(value) => Ok(Answer::Float(value)),
            None => failed("`asFloat` needs a number"),
        },
        (name, other) => failed(format!("`{name}` does not take {}", other.kind())),
    }
}
