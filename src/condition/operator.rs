//! Operators on values, and the ways into lists, maps and texts.
//!
//! Source: expr-lang `vm/runtime/`.

use std::cmp::Ordering;

use super::eval::{Fuel, Result, Stop, failed};
use super::tree::Binary;
use super::value::{Answer, truncate};

pub(super) fn apply(
    fuel: &Fuel,
    operator: Binary,
    left: &Answer,
    right: &Answer,
) -> Result<Answer> {
    use Binary::{
        Add, AtLeast, AtMost, Contains, Divide, EndsWith, Equal, In, Less, Modulo, More, Multiply,
        Power, StartsWith, Subtract, Unequal,
    };
    fuel.spend_on(left)?;
    fuel.spend_on(right)?;
    match operator {
        Equal => Ok(Answer::Bool(equal(fuel, left, right)?)),
        Unequal => Ok(Answer::Bool(!equal(fuel, left, right)?)),
        In => Ok(Answer::Bool(is_in(fuel, left, right)?)),
        Less => compare(operator, left, right, |order| order == Ordering::Less),
        More => compare(operator, left, right, |order| order == Ordering::Greater),
        AtMost => compare(operator, left, right, |order| order != Ordering::Greater),
        AtLeast => compare(operator, left, right, |order| order != Ordering::Less),
        Add | Subtract | Multiply | Divide | Modulo | Power => compute(operator, left, right),
        Contains | StartsWith | EndsWith => match (left, right) {
            (Answer::Nil, _) | (_, Answer::Nil) => Ok(Answer::Bool(false)),
            (Answer::Text(left), Answer::Text(right)) => Ok(Answer::Bool(match operator {
                Contains => left.contains(right.as_str()),
                StartsWith => left.starts_with(right.as_str()),
                _ => left.ends_with(right.as_str()),
            })),
            _ => refuse(operator, left, right),
        },
        _ => Err(Stop::Unknown),
    }
}

fn refuse<T>(operator: Binary, left: &Answer, right: &Answer) -> Result<T> {
    if matches!(left, Answer::Opaque) || matches!(right, Answer::Opaque) {
        return Err(Stop::Unknown);
    }
    failed(format!(
        "`{}` cannot be used between {} and {}",
        operator.sign(),
        left.kind(),
        right.kind()
    ))
}

/// Two whole numbers are compared as such, others as floats: nothing holds of NaN.
pub(super) fn order(left: &Answer, right: &Answer) -> Option<Option<Ordering>> {
    match (left, right) {
        (Answer::Int(left), Answer::Int(right)) => Some(Some(left.cmp(right))),
        (Answer::Text(left), Answer::Text(right)) => Some(Some(left.cmp(right))),
        _ => Some(left.number()?.partial_cmp(&right.number()?)),
    }
}

fn compare(
    operator: Binary,
    left: &Answer,
    right: &Answer,
    holds: impl Fn(Ordering) -> bool,
) -> Result<Answer> {
    match order(left, right) {
        Some(order) => Ok(Answer::Bool(order.is_some_and(holds))),
        None => refuse(operator, left, right),
    }
}

pub(super) fn compute(operator: Binary, left: &Answer, right: &Answer) -> Result<Answer> {
    if let (Binary::Add, Answer::Text(left), Answer::Text(right)) = (operator, left, right) {
        return Ok(Answer::Text(format!("{left}{right}").into()));
    }
    if let (Answer::Int(left), Answer::Int(right)) = (left, right) {
        match operator {
            Binary::Add => return Ok(Answer::Int(left.wrapping_add(*right))),
            Binary::Subtract => return Ok(Answer::Int(left.wrapping_sub(*right))),
            Binary::Multiply => return Ok(Answer::Int(left.wrapping_mul(*right))),
            Binary::Modulo if *right == 0 => return failed("a division by zero"),
            Binary::Modulo => return Ok(Answer::Int(left.wrapping_rem(*right))),
            _ => {}
        }
    }
    let (Some(one), Some(two)) = (left.number(), right.number()) else {
        return refuse(operator, left, right);
    };
    Ok(Answer::Float(match operator {
        Binary::Add => one + two,
        Binary::Subtract => one - two,
        Binary::Multiply => one * two,
        Binary::Divide => one / two,
        Binary::Power => one.powf(two),
        _ => return refuse(operator, left, right),
    }))
}

pub(super) fn equal(fuel: &Fuel, left: &Answer, right: &Answer) -> Result<bool> {
    fuel.spend(1)?;
    Ok(match (left, right) {
        (Answer::Opaque, _) | (_, Answer::Opaque) => return Err(Stop::Unknown),
        (Answer::Int(left), Answer::Int(right)) => left == right,
        (Answer::Text(left), Answer::Text(right)) => left == right,
        (Answer::Bool(left), Answer::Bool(right)) => left == right,
        (Answer::Nil, Answer::Nil) => true,
        (Answer::List(one, left), Answer::List(two, right)) => {
            let comparable = one == two
                || *one == super::value::Elements::Any
                || *two == super::value::Elements::Any;
            if !comparable || left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                if !equal(fuel, left, right)? {
                    return Ok(false);
                }
            }
            true
        }
        (Answer::Map(left), Answer::Map(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for ((one, left), (two, right)) in left.iter().zip(right.iter()) {
                if one != two || !same(fuel, left, right)? {
                    return Ok(false);
                }
            }
            true
        }
        (Answer::Function(_), _) | (_, Answer::Function(_)) => false,
        _ => match (left.number(), right.number()) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        },
    })
}

/// Inside of maps types must be equal too. Source: Go's `reflect.DeepEqual`.
fn same(fuel: &Fuel, left: &Answer, right: &Answer) -> Result<bool> {
    fuel.spend(1)?;
    match (left, right) {
        (Answer::Int(_), Answer::Float(_)) | (Answer::Float(_), Answer::Int(_)) => Ok(false),
        (Answer::List(one, left), Answer::List(two, right)) => {
            if one != two || left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                if !same(fuel, left, right)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => equal(fuel, left, right),
    }
}

fn is_in(fuel: &Fuel, needle: &Answer, hay: &Answer) -> Result<bool> {
    match hay {
        Answer::Nil => Ok(false),
        Answer::List(_, items) => {
            for item in items.iter() {
                if equal(fuel, item, needle)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Answer::Map(map) => match needle {
            Answer::Text(key) => Ok(map.contains_key(key)),
            Answer::Nil => Ok(map.contains_key("")),
            Answer::Opaque => Err(Stop::Unknown),
            other => failed(format!("the key of a map is a text, not {}", other.kind())),
        },
        other => refuse(Binary::In, needle, other),
    }
}

/// An entry by key or index.
pub(super) fn fetch(base: &Answer, key: &Answer) -> Result<Answer> {
    if matches!(key, Answer::Opaque) {
        return Err(Stop::Unknown);
    }
    match base {
        Answer::List(_, items) => {
            let index = whole(key)?;
            match place(index, items.len()).and_then(|at| items.get(at)) {
                Some(item) => Ok(item.clone()),
                None => failed(format!(
                    "there is no entry {index} in a list of {}",
                    items.len()
                )),
            }
        }
        Answer::Text(text) => {
            let index = whole(key)?;
            match place(index, text.len()).and_then(|at| text.as_bytes().get(at)) {
                Some(byte) => Ok(Answer::Int(i64::from(*byte))),
                None => failed(format!("there is no letter {index}")),
            }
        }
        Answer::Map(map) => match key {
            Answer::Text(key) => Ok(map.get(key).cloned().unwrap_or(Answer::Nil)),
            Answer::Nil => Ok(map.get("").cloned().unwrap_or(Answer::Nil)),
            other => failed(format!("the key of a map is a text, not {}", other.kind())),
        },
        Answer::Opaque => Err(Stop::Unknown),
        other => failed(match key {
            Answer::Text(key) => format!("{} has no field `{}`", other.kind(), super::short(key)),
            _ => format!("{} has no entries", other.kind()),
        }),
    }
}

/// Counted from the end where it is negative.
fn place(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let index = if index < 0 { length + index } else { index };
    usize::try_from(index).ok()
}

pub(super) fn slice(
    fuel: &Fuel,
    base: &Answer,
    from: Option<&Answer>,
    to: Option<&Answer>,
) -> Result<Answer> {
    let length = match base {
        Answer::List(_, items) => items.len(),
        Answer::Text(text) => text.len(),
        Answer::Opaque => return Err(Stop::Unknown),
        other => return failed(format!("{} cannot be sliced", other.kind())),
    };
    fuel.spend(length)?;
    let bound = |bound: Option<&Answer>, otherwise: usize| -> Result<usize> {
        let Some(bound) = bound else {
            return Ok(otherwise);
        };
        let index = whole(bound)?;
        Ok(place(index, length).map_or(0, |at| at.min(length)))
    };
    let to = bound(to, length)?;
    let from = bound(from, 0)?.min(to);
    match base {
        Answer::List(elements, items) => {
            let part = items.get(from..to).unwrap_or_default().to_vec();
            Ok(Answer::List(*elements, std::sync::Arc::new(part)))
        }
        Answer::Text(text) => match text.get(from..to) {
            Some(part) => Ok(Answer::Text(part.into())),
            None => Err(Stop::Unknown),
        },
        _ => Err(Stop::Unknown),
    }
}

/// A number as an index. Source: `runtime.ToInt`.
pub(super) fn whole(value: &Answer) -> Result<i64> {
    match value {
        Answer::Int(value) => Ok(*value),
        Answer::Float(value) => Ok(truncate(*value)),
        Answer::Opaque => Err(Stop::Unknown),
        other => failed(format!(
            "a whole number is needed, and this is {}",
            other.kind()
        )),
    }
}

/// Source: Go's `strconv.ParseInt`, base 10.
pub(super) fn whole_text(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// Source: Go's `strconv.ParseFloat`. Hexadecimal floats are not read here.
pub(super) fn float_text(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let bare = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    if ["inf", "infinity"].contains(&bare) {
        return Some(if lower.starts_with('-') {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        });
    }
    if lower == "nan" {
        return Some(f64::NAN);
    }
    let is_plain = bare.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let value = lower.parse::<f64>().ok().filter(|_| is_plain)?;
    value.is_finite().then_some(value)
}
