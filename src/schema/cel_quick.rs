//! A quick first look at a rule, without the CEL crate: most rules only say what must hold where a
//! field is there, and it is not there.
//!
//! It knows presence, comparisons and parts of plain scalars, sizes, and the loops of `all` and
//! `exists`, and looks at values where they are. Whatever it does not know has no answer, and the crate decides.

use std::collections::BTreeMap;
use std::sync::RwLock;

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SelectExpr, operators};
use cel::parser::Expression;
use regex::Regex;

use super::arena::*;
use super::cel_value;
use crate::value::Value;

/// Steps of one rule; loops inside of loops may need the square of a list's length.
const STEPS: usize = 20_000;

/// Whether the rule certainly holds of `value`, which stands at `id`. `false` says nothing.
pub fn holds<'a>(rule: &'a Expression, arena: &'a Arena, id: NodeId, value: &'a Value) -> bool {
    look(rule, arena, Some(id), value)
}

/// The same of a value without a schema.
pub fn holds_plainly(rule: &Expression, value: &Value) -> bool {
    look(rule, &Arena::default(), None, value)
}

fn look<'a>(rule: &'a Expression, arena: &'a Arena, id: Option<NodeId>, value: &'a Value) -> bool {
    let mut look = Look {
        arena,
        names: vec![("self", Seen::Place(id, value))],
        steps: STEPS,
    };
    matches!(look.at(rule), Some(Seen::Bool(true)))
}

#[derive(Clone, Copy)]
enum Seen<'a> {
    Bool(bool),
    Int(i64),
    Text(&'a str),
    /// A list or map, with its schema.
    Place(Option<NodeId>, &'a Value),
}

struct Look<'a> {
    arena: &'a Arena,
    /// The variables, the innermost last.
    names: Vec<(&'a str, Seen<'a>)>,
    steps: usize,
}

impl<'a> Look<'a> {
    fn at(&mut self, expression: &'a Expression) -> Option<Seen<'a>> {
        self.steps = self.steps.checked_sub(1)?;
        match &expression.expr {
            Expr::Literal(LiteralValue::Boolean(flag)) => Some(Seen::Bool(*flag.inner())),
            Expr::Literal(LiteralValue::Int(number)) => Some(Seen::Int(*number.inner())),
            Expr::Literal(LiteralValue::String(text)) => Some(Seen::Text(text.inner())),
            Expr::Ident(name) => {
                let mut names = self.names.iter().rev();
                names
                    .find(|(known, _)| known == name)
                    .map(|(_, seen)| *seen)
            }
            Expr::Select(select) => self.select(select),
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            _ => None,
        }
    }

    fn flag(&mut self, expression: &'a Expression) -> Option<bool> {
        match self.at(expression)? {
            Seen::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    fn select(&mut self, select: &'a SelectExpr) -> Option<Seen<'a>> {
        let Seen::Place(id, value) = self.at(&select.operand)? else {
            return None;
        };
        let node = id.map(|id| self.arena.node(id));
        let name = match select.field.contains("__") {
            // Such names stand for others.
            true => reserved(&select.field).filter(|name| has_field(node, name))?,
            false => select.field.as_str(),
        };
        match value.as_map()?.get(name) {
            Some(Value::Null) => None,
            found if select.test => Some(Seen::Bool(found.is_some())),
            found => {
                let below = node.and_then(|node| node.field(name).or(node.element));
                self.seen(below, found?)
            }
        }
    }

    /// A value as rules see it; none where its schema makes something else of it.
    fn seen(&self, id: Option<NodeId>, value: &'a Value) -> Option<Seen<'a>> {
        let node = id.map(|id| self.arena.node(id));
        let (shape, format) = node.map_or((Shape::Any, Format::None), |n| (n.shape, n.format));
        match value {
            Value::Bool(flag) => Some(Seen::Bool(*flag)),
            Value::Int(number) if shape != Shape::Number => Some(Seen::Int(*number)),
            Value::Str(text) if format == Format::None => Some(Seen::Text(text)),
            Value::List(_) | Value::Map(_) => Some(Seen::Place(id, value)),
            _ => None,
        }
    }

    fn call(&mut self, call: &'a CallExpr) -> Option<Seen<'a>> {
        let name = call.func_name.as_str();
        let target = call.target.as_deref();
        match (target, call.args.as_slice()) {
            (None, [condition, yes, no]) if name == operators::CONDITIONAL => {
                match self.flag(condition)? {
                    true => self.at(yes),
                    false => self.at(no),
                }
            }
            (None, [left, right]) => self.binary(name, left, right),
            (None, [one]) if name == operators::LOGICAL_NOT => Some(Seen::Bool(!self.flag(one)?)),
            (None, [one]) if name == operators::NOT_STRICTLY_FALSE => {
                self.flag(one).map(Seen::Bool)
            }
            (None, [one]) | (Some(one), []) if name == "size" => match self.at(one)? {
                Seen::Place(_, Value::List(list)) => Some(Seen::Int(list.len() as i64)),
                Seen::Place(_, Value::Map(map)) => Some(Seen::Int(map.len() as i64)),
                Seen::Text(text) => Some(Seen::Int(text.chars().count() as i64)),
                _ => None,
            },
            (Some(text), [part]) => self.part(name, text, part).map(Seen::Bool),
            _ => None,
        }
    }

    fn part(&mut self, name: &str, text: &'a Expression, part: &'a Expression) -> Option<bool> {
        let (Seen::Text(text), Seen::Text(part)) = (self.at(text)?, self.at(part)?) else {
            return None;
        };
        match name {
            "startsWith" => Some(text.starts_with(part)),
            "endsWith" => Some(text.ends_with(part)),
            "contains" => Some(text.contains(part)),
            "matches" => matches(text, part),
            _ => None,
        }
    }

    fn binary(
        &mut self,
        name: &str,
        left: &'a Expression,
        right: &'a Expression,
    ) -> Option<Seen<'a>> {
        let decides = name == operators::LOGICAL_OR;
        if decides || name == operators::LOGICAL_AND {
            // One side may decide alone, whatever the other one is, even an error.
            let first = self.flag(left);
            if first == Some(decides) {
                return Some(Seen::Bool(decides));
            }
            let second = self.flag(right)?;
            return (second == decides || first.is_some()).then_some(Seen::Bool(second));
        }
        if name == operators::IN {
            return self.is_in(left, right).map(Seen::Bool);
        }
        let (left, right) = (self.at(left)?, self.at(right)?);
        match name {
            operators::INDEX => return self.item(left, right),
            operators::EQUALS => return same(left, right).map(Seen::Bool),
            operators::NOT_EQUALS => return Some(Seen::Bool(!same(left, right)?)),
            _ => {}
        }
        let (Seen::Int(left), Seen::Int(right)) = (left, right) else {
            return None;
        };
        Some(match name {
            operators::LESS => Seen::Bool(left < right),
            operators::LESS_EQUALS => Seen::Bool(left <= right),
            operators::GREATER => Seen::Bool(left > right),
            operators::GREATER_EQUALS => Seen::Bool(left >= right),
            operators::ADD => Seen::Int(left.checked_add(right)?),
            _ => return None,
        })
    }

    fn item(&self, list: Seen<'a>, at: Seen<'a>) -> Option<Seen<'a>> {
        let (Seen::Place(id, Value::List(list)), Seen::Int(at)) = (list, at) else {
            return None;
        };
        let element = id.and_then(|id| self.arena.node(id).element);
        self.seen(element, list.get(usize::try_from(at).ok()?)?)
    }

    fn is_in(&mut self, item: &'a Expression, list: &'a Expression) -> Option<bool> {
        let item = self.at(item)?;
        let Expr::List(list) = &list.expr else {
            return None;
        };
        let mut found = false;
        for other in &list.elements {
            found |= same(item, self.at(other)?)?;
        }
        list.optional_indices.is_empty().then_some(found)
    }

    fn comprehension(&mut self, loops: &'a ComprehensionExpr) -> Option<Seen<'a>> {
        let Seen::Place(id, Value::List(list)) = self.at(&loops.iter_range)? else {
            return None;
        };
        if loops.iter_var2.is_some() {
            return None;
        }
        let element = id.and_then(|id| self.arena.node(id).element);
        let start = self.at(&loops.accu_init)?;
        let outside = self.names.len();
        self.names.push((&loops.accu_var, start));
        let result = self.iterate(loops, element, list);
        self.names.truncate(outside);
        result
    }

    /// The accumulator is the innermost variable, and then the item beside it.
    fn iterate(
        &mut self,
        loops: &'a ComprehensionExpr,
        element: Option<NodeId>,
        list: &'a [Value],
    ) -> Option<Seen<'a>> {
        let accumulator = self.names.len() - 1;
        for item in list {
            if !self.flag(&loops.loop_cond)? {
                break;
            }
            let item = self.seen(element, item)?;
            self.names.push((&loops.iter_var, item));
            let next = self.at(&loops.loop_step);
            self.names.truncate(accumulator + 1);
            self.names[accumulator].1 = next?;
        }
        self.at(&loops.result)
    }
}

/// Equality of two scalars of one type.
fn same(left: Seen, right: Seen) -> Option<bool> {
    match (left, right) {
        (Seen::Bool(left), Seen::Bool(right)) => Some(left == right),
        (Seen::Int(left), Seen::Int(right)) => Some(left == right),
        (Seen::Text(left), Seen::Text(right)) => Some(left == right),
        _ => None,
    }
}

/// The field that `__name__` stands for.
fn reserved(name: &str) -> Option<&str> {
    let name = name.strip_prefix("__")?.strip_suffix("__")?;
    cel_value::RESERVED.contains(&name).then_some(name)
}

fn has_field(node: Option<&Node>, name: &str) -> bool {
    node.is_some_and(|node| node.field(name).is_some())
}

/// Patterns that are remembered; the crate compiles its own at every call.
const PATTERNS: usize = 256;

/// Whether the pattern is found, by the engine that the crate uses and with its syntax.
fn matches(text: &str, pattern: &str) -> Option<bool> {
    static KNOWN: RwLock<BTreeMap<String, Option<Regex>>> = RwLock::new(BTreeMap::new());
    if let Some(regex) = KNOWN.read().ok()?.get(pattern) {
        return Some(regex.as_ref()?.is_match(text));
    }
    let regex = Regex::new(pattern).ok();
    let found = regex.as_ref().map(|regex| regex.is_match(text));
    let mut known = KNOWN.write().ok()?;
    if known.len() < PATTERNS {
        known.insert(pattern.to_owned(), regex);
    }
    found
}
