//! The functions of the expression language, run.
//!
//! Source: expr-lang `builtin/`, and `compiler/compiler.go` for those with a predicate. Those of
//! time, and what depends on how Go writes a value, are not worked out.

use std::cmp::Ordering;
use std::sync::Arc;

use super::eval::{Fuel, Machine, Result, Scope, Stop, failed};
use super::operator::{compute, equal, fetch, float_text, order, whole, whole_text};
use super::tree::{Binary, Id};
use super::value::{Answer, Elements, truncate};

/// Longest text whose parts are looked for and replaced.
const MAX_TEXT: usize = 4096;

pub(super) fn call(machine: &mut Machine, name: &str, args: &[Id]) -> Result<Answer> {
    let Some(first) = args.first() else {
        return Err(Stop::Unknown);
    };
    if super::builtin::predicate_shape(name).is_some() {
        let items = machine.value(*first)?;
        return match items {
            Answer::List(_, items) => looped(machine, name, &items, args),
            Answer::Opaque => Err(Stop::Unknown),
            other => failed(format!(
                "`{name}` takes a list, and this is {}",
                other.kind()
            )),
        };
    }
    let values = args.iter().map(|arg| machine.value(*arg));
    let values = values.collect::<Result<Vec<_>>>()?;
    if values.iter().any(|value| matches!(value, Answer::Opaque)) {
        return Err(Stop::Unknown);
    }
    for value in &values {
        machine.fuel.spend_on(value)?;
    }
    plain(machine, name, &values)
}

/// Runs the predicate for an item; without one the item itself.
fn ask(machine: &mut Machine, scope: Scope, predicate: Option<&Id>) -> Result<Answer> {
    machine.fuel.spend(1)?;
    let Some(predicate) = predicate else {
        return Ok(scope.item);
    };
    machine.scopes.push(scope);
    let found = machine.value(*predicate);
    machine.scopes.pop();
    found
}

fn is_true(value: &Answer) -> Result<bool> {
    match value {
        Answer::Bool(value) => Ok(*value),
        Answer::Opaque => Err(Stop::Unknown),
        other => failed(format!(
            "a predicate is a boolean, and this is {}",
            other.kind()
        )),
    }
}

fn looped(machine: &mut Machine, name: &str, items: &[Answer], args: &[Id]) -> Result<Answer> {
    let predicate = args.get(1);
    let scope = |index: usize, item: &Answer| Scope {
        item: item.clone(),
        index: i64::try_from(index).unwrap_or(i64::MAX),
        accumulator: Answer::Nil,
    };
    if name == "reduce" {
        return reduce(machine, items, args);
    }
    if name == "sortBy" || name == "groupBy" {
        return Err(Stop::Unknown);
    }
    let backwards = name.starts_with("findLast");
    let mut numbered: Vec<(usize, &Answer)> = items.iter().enumerate().collect();
    if backwards {
        numbered.reverse();
    }
    let (mut count, mut kept, mut sum) = (0_i64, Vec::new(), Answer::Int(0));
    for (index, item) in numbered {
        let found = ask(machine, scope(index, item), predicate)?;
        match name {
            "map" => kept.push(found),
            "sum" => sum = compute(Binary::Add, &found, &sum)?,
            _ => match (is_true(&found)?, name) {
                (false, "all") | (true, "none") => return Ok(Answer::Bool(false)),
                (true, "any") => return Ok(Answer::Bool(true)),
                (true, "find" | "findLast") => return Ok(item.clone()),
                (true, "findIndex" | "findLastIndex") => {
                    return Ok(Answer::Int(i64::try_from(index).unwrap_or(i64::MAX)));
                }
                (true, _) => {
                    count += 1;
                    kept.push(item.clone());
                }
                (false, _) => {}
            },
        }
    }
    Ok(match name {
        "all" | "none" => Answer::Bool(true),
        "any" => Answer::Bool(false),
        "one" => Answer::Bool(count == 1),
        "count" => Answer::Int(count),
        "sum" => sum,
        "filter" | "map" => {
            machine.grow(kept.len())?;
            Answer::list(kept)
        }
        _ => Answer::Nil,
    })
}

fn reduce(machine: &mut Machine, items: &[Answer], args: &[Id]) -> Result<Answer> {
    let (mut accumulator, skipped) = match args.get(2) {
        Some(start) => (machine.value(*start)?, 0),
        None => match items.first() {
            Some(first) => (first.clone(), 1),
            None => return failed("`reduce` has nothing to begin with"),
        },
    };
    for (index, item) in items.iter().enumerate().skip(skipped) {
        let scope = Scope {
            item: item.clone(),
            index: i64::try_from(index).unwrap_or(i64::MAX),
            accumulator,
        };
        accumulator = ask(machine, scope, args.get(1))?;
        machine.accumulated(&accumulator)?;
    }
    Ok(accumulator)
}

fn plain(machine: &mut Machine, name: &str, args: &[Answer]) -> Result<Answer> {
    let first = args.first().unwrap_or(&Answer::Nil);
    match name {
        "len" => length(first),
        "type" => type_of(first),
        "abs" => match first {
            Answer::Int(value) => Ok(Answer::Int(value.wrapping_abs())),
            Answer::Float(value) if *value < 0.0 => Ok(Answer::Float(-value)),
            Answer::Float(_) => Ok(first.clone()),
            other => refuse(name, other),
        },
        "ceil" | "floor" | "round" => match first.number() {
            None => refuse(name, first),
            Some(value) => Ok(Answer::Float(match name {
                "ceil" => value.ceil(),
                "floor" => value.floor(),
                _ => value.round(),
            })),
        },
        "int" => match first {
            Answer::Int(_) => Ok(first.clone()),
            Answer::Float(value) => Ok(Answer::Int(truncate(*value))),
            Answer::Text(text) => match whole_text(text) {
                Some(value) => Ok(Answer::Int(value)),
                None => failed("`int` needs a whole number"),
            },
            other => refuse(name, other),
        },
        "float" => match first {
            Answer::Text(text) => match float_text(text) {
                Some(value) => Ok(Answer::Float(value)),
                None => failed("`float` needs a number"),
            },
            other => match other.number() {
                Some(value) => Ok(Answer::Float(value)),
                None => refuse(name, other),
            },
        },
        "max" | "min" => extreme(machine, name, args),
        "mean" | "median" => average(machine, name, args),
        "first" => Ok(fetch(first, &Answer::Int(0)).unwrap_or(Answer::Nil)),
        "last" => Ok(fetch(first, &Answer::Int(-1)).unwrap_or(Answer::Nil)),
        "get" => get(first, args.get(1).unwrap_or(&Answer::Nil)),
        "take" | "reverse" | "uniq" | "concat" | "flatten" | "sort" | "keys" | "values" => {
            of_list(machine, name, first, args)
        }
        _ => text(name, args),
    }
}

fn refuse<T>(name: &str, found: &Answer) -> Result<T> {
    failed(format!("`{name}` does not take {}", found.kind()))
}

fn counted(length: usize) -> Answer {
    Answer::Int(i64::try_from(length).unwrap_or(i64::MAX))
}

fn length(value: &Answer) -> Result<Answer> {
    Ok(counted(match value {
        Answer::List(_, items) => items.len(),
        Answer::Map(map) => map.len(),
        Answer::Text(text) => text.chars().count(),
        other => return refuse("len", other),
    }))
}

fn type_of(value: &Answer) -> Result<Answer> {
    let name = match value {
        Answer::Nil => "nil",
        Answer::Bool(_) => "bool",
        Answer::Int(_) => "int",
        Answer::Float(_) => "float",
        Answer::Text(_) => "string",
        Answer::List(..) => "array",
        Answer::Map(_) => "map",
        Answer::Function(_) => "func",
        Answer::Opaque => return Err(Stop::Unknown),
    };
    Ok(Answer::Text(name.into()))
}

/// The numbers of the arguments, lists of them included, in order.
fn numbers(
    fuel: &Fuel,
    name: &str,
    (args, depth): (&[Answer], usize),
    out: &mut Vec<Answer>,
) -> Result<()> {
    if depth > super::MAX_DEPTH {
        return Err(Stop::Unknown);
    }
    for arg in args {
        fuel.spend(1)?;
        match arg {
            Answer::Int(_) | Answer::Float(_) => out.push(arg.clone()),
            Answer::List(_, items) => numbers(fuel, name, (items, depth + 1), out)?,
            other => return refuse(name, other),
        }
    }
    Ok(())
}

/// The first that no later one exceeds: with NaN among them that depends on the order.
fn extreme(machine: &Machine, name: &str, args: &[Answer]) -> Result<Answer> {
    if let [only] = args
        && !matches!(only, Answer::Int(_) | Answer::Float(_) | Answer::List(..))
    {
        return Ok(only.clone());
    }
    let wanted = match name {
        "max" => Ordering::Less,
        _ => Ordering::Greater,
    };
    let mut all = Vec::new();
    numbers(&machine.fuel, name, (args, 0), &mut all)?;
    let mut best: Option<Answer> = None;
    for value in all {
        let is_better = match &best {
            None => true,
            Some(best) => order(best, &value).flatten() == Some(wanted),
        };
        if is_better {
            best = Some(value);
        }
    }
    Ok(best.unwrap_or(Answer::Nil))
}

fn average(machine: &Machine, name: &str, args: &[Answer]) -> Result<Answer> {
    let mut all = Vec::new();
    numbers(&machine.fuel, name, (args, 0), &mut all)?;
    let mut floats: Vec<f64> = all.iter().filter_map(Answer::number).collect();
    if floats.is_empty() {
        return Ok(Answer::Float(0.0));
    }
    if name == "mean" {
        return Ok(Answer::Float(
            floats.iter().sum::<f64>() / floats.len() as f64,
        ));
    }
    // NaN is the least, as in Go's `sort.Float64s`.
    floats.sort_by(|a, b| match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        _ => a.partial_cmp(b).unwrap_or(Ordering::Equal),
    });
    let middle = floats.len() / 2;
    let at = |index: usize| floats.get(index).copied().unwrap_or(0.0);
    Ok(Answer::Float(match floats.len() % 2 {
        1 => at(middle),
        _ => f64::midpoint(at(middle.saturating_sub(1)), at(middle)),
    }))
}

/// Like an index, but nil where there is nothing.
fn get(base: &Answer, key: &Answer) -> Result<Answer> {
    match base {
        Answer::Nil => Ok(Answer::Nil),
        Answer::List(..) | Answer::Text(_) => {
            let index = whole(key)?;
            Ok(fetch(base, &Answer::Int(index)).unwrap_or(Answer::Nil))
        }
        Answer::Map(_) => fetch(base, key),
        _ => Ok(Answer::Nil),
    }
}

fn of_list(machine: &mut Machine, name: &str, first: &Answer, args: &[Answer]) -> Result<Answer> {
    if let Answer::Map(map) = first {
        let values = match name {
            "keys" => map.keys().map(|key| Answer::Text(key.clone())).collect(),
            "values" => map.values().cloned().collect(),
            _ => return refuse(name, first),
        };
        return match map.len() {
            // Go's order is random.
            0 | 1 => Ok(Answer::list(values)),
            _ => Err(Stop::Unknown),
        };
    }
    let Answer::List(elements, items) = first else {
        return refuse(name, first);
    };
    machine.fuel.spend(items.len())?;
    let mut items: Vec<Answer> = items.to_vec();
    match name {
        "take" => {
            let amount = whole(args.get(1).unwrap_or(&Answer::Nil))?;
            let Ok(amount) = usize::try_from(amount) else {
                return failed("`take` needs a positive number");
            };
            items.truncate(amount);
            return Ok(Answer::List(*elements, Arc::new(items)));
        }
        "reverse" => items.reverse(),
        "uniq" => {
            let mut kept: Vec<Answer> = Vec::new();
            for item in items {
                let mut is_new = true;
                for other in &kept {
                    is_new &= !equal(&machine.fuel, &item, other)?;
                }
                if is_new {
                    kept.push(item);
                }
            }
            items = kept;
        }
        "concat" => {
            for more in args.iter().skip(1) {
                match more {
                    Answer::List(_, more) => {
                        machine.fuel.spend(more.len())?;
                        items.extend(more.iter().cloned());
                    }
                    other => return refuse(name, other),
                }
            }
        }
        "sort" => items = sorted(items, args.get(1))?,
        _ => return Err(Stop::Unknown),
    }
    machine.grow(items.len())?;
    Ok(Answer::list(items))
}

fn sorted(mut items: Vec<Answer>, how: Option<&Answer>) -> Result<Vec<Answer>> {
    let ascending = match how {
        None => true,
        Some(Answer::Text(order)) if order == "asc" => true,
        Some(Answer::Text(order)) if order == "desc" => false,
        Some(_) => return failed("`sort` knows the orders `asc` and `desc`"),
    };
    let is_number = |item: &Answer| matches!(item, Answer::Float(value) if !value.is_nan());
    if !items.iter().all(is_number) {
        return Err(Stop::Unknown);
    }
    items.sort_by(|a, b| order(a, b).flatten().unwrap_or(Ordering::Equal));
    if !ascending {
        items.reverse();
    }
    Ok(items)
}

fn text(name: &str, args: &[Answer]) -> Result<Answer> {
    let mut texts = Vec::with_capacity(args.len());
    for arg in args {
        match arg {
            Answer::Text(text) => texts.push(text.as_str()),
            _ if matches!(
                name,
                "string" | "toJSON" | "repeat" | "split" | "splitAfter"
            ) || name.starts_with("bit")
                || matches!(name, "replace" | "join" | "toPairs" | "fromPairs" | "date") =>
            {
                return Err(Stop::Unknown);
            }
            other => return refuse(name, other),
        }
    }
    let plain = |text: &str| Ok(Answer::Text(text.into()));
    let split = |parts: Vec<&str>| {
        let parts = parts.into_iter().map(|part| Answer::Text(part.into()));
        Ok(Answer::List(Elements::Texts, Arc::new(parts.collect())))
    };
    match (name, texts.as_slice()) {
        ("string", [text]) => plain(text),
        ("trim", [text]) => plain(text.trim()),
        ("trim", [text, letters]) => plain(text.trim_matches(|c| letters.contains(c))),
        ("trimPrefix", [text]) => plain(text.strip_prefix(' ').unwrap_or(text)),
        ("trimPrefix", [text, prefix]) => plain(text.strip_prefix(prefix).unwrap_or(text)),
        ("trimSuffix", [text]) => plain(text.strip_suffix(' ').unwrap_or(text)),
        ("trimSuffix", [text, suffix]) => plain(text.strip_suffix(suffix).unwrap_or(text)),
        ("upper", [text]) if text.is_ascii() => plain(&text.to_ascii_uppercase()),
        ("lower", [text]) if text.is_ascii() => plain(&text.to_ascii_lowercase()),
        ("hasPrefix", [text, prefix]) => Ok(Answer::Bool(text.starts_with(prefix))),
        ("hasSuffix", [text, suffix]) => Ok(Answer::Bool(text.ends_with(suffix))),
        ("indexOf", [text, part]) => Ok(text.find(part).map_or(Answer::Int(-1), counted)),
        ("lastIndexOf", [text, part]) => Ok(text.rfind(part).map_or(Answer::Int(-1), counted)),
        ("split", [text, by]) if !by.is_empty() && text.len() < MAX_TEXT => {
            split(text.split(by).collect())
        }
        ("replace", [text, from, to])
            if !from.is_empty() && text.len().max(to.len()) < MAX_TEXT =>
        {
            plain(&text.replace(from, to))
        }
        _ => Err(Stop::Unknown),
    }
}
