//! What operators and functions take and give.
//!
//! Source: expr-lang `checker/checker.go` (`binaryNode`, `builtinNode`), `builtin/builtin.go`
//! (`Validate` and `Types`).

use super::Fault;
use super::check::Checker;
use super::tree::{Binary, Id, Node};
use super::types::Type;
use super::value::Elements;

/// `None` where the operator does not take the two. `in` is not here.
pub(super) fn binary(operator: Binary, l: &Type, r: &Type) -> Option<Type> {
    use Type::{Bool, Duration, Float, Int, Text, Time, Unknown};
    let both = |is: fn(&Type) -> bool| is(l) && is(r);
    let numbers = both(Type::is_number);
    let maybe = |is: &dyn Fn(&Type) -> bool| {
        (l.is_unknown() && r.is_unknown()) || (l.is_unknown() && is(r)) || (r.is_unknown() && is(l))
    };
    let promoted = || match *l == Float || *r == Float {
        true => Float,
        false => Int,
    };
    let texts = *l == Text && *r == Text;
    let is_time = |t: &Type| matches!(t, Time | Duration);
    match operator {
        Binary::Equal | Binary::Unequal => l.is_comparable_to(r).then_some(Bool),
        Binary::Or | Binary::And => {
            ((*l == Bool && *r == Bool) || maybe(&|t| *t == Bool)).then_some(Bool)
        }
        Binary::Less | Binary::More | Binary::AtLeast | Binary::AtMost => (numbers
            || texts
            || (l == r && is_time(l))
            || maybe(&|t| t.is_number() || *t == Text || is_time(t)))
        .then_some(Bool),
        Binary::Add => match (l, r) {
            _ if numbers => Some(promoted()),
            (Text, Text) => Some(Text),
            (Time, Duration) | (Duration, Time) => Some(Time),
            (Duration, Duration) => Some(Duration),
            _ => maybe(&|t| t.is_number() || *t == Text || is_time(t)).then_some(Unknown),
        },
        Binary::Subtract => match (l, r) {
            _ if numbers => Some(promoted()),
            (Time, Time) | (Duration, Duration) => Some(Duration),
            (Time, Duration) => Some(Time),
            _ => maybe(&|t| t.is_number() || is_time(t)).then_some(Unknown),
        },
        Binary::Multiply => match (l, r) {
            _ if numbers => Some(promoted()),
            (Duration, Duration) => Some(Duration),
            (Duration, other) | (other, Duration) if other.is_number() => Some(Duration),
            _ => maybe(&|t| t.is_number() || *t == Duration).then_some(Unknown),
        },
        Binary::Divide | Binary::Power => (numbers || maybe(&Type::is_number)).then_some(Float),
        Binary::Modulo => (both(Type::is_integer) || maybe(&Type::is_integer)).then_some(Int),
        Binary::Range => {
            (both(Type::is_integer) || maybe(&Type::is_integer)).then(|| Type::list_of(Int))
        }
        Binary::Matches => {
            ((texts || (*l == Type::Bytes && *r == Text)) || maybe(&|t| *t == Text)).then_some(Bool)
        }
        Binary::Contains | Binary::StartsWith | Binary::EndsWith => {
            (texts || maybe(&|t| *t == Text)).then_some(Bool)
        }
        Binary::Coalesce => Some(match (l, r) {
            (Type::Nil, r) => r.clone(),
            (l, Type::Nil) => l.clone(),
            (l, r) if r.is_assignable_to(l) => l.clone(),
            _ => Unknown,
        }),
        Binary::In => None,
    }
}

/// A function that the controller adds.
pub(super) fn own(checker: &mut Checker, id: Id, name: &str, args: &[Id]) -> Result<Type, Fault> {
    let (params, gives): (&[Type], Type) = match name {
        "asInt" => (&[Type::Any], Type::Int64),
        "asFloat" => (&[Type::Any], Type::Float),
        "isNaN" | "isInf" => (&[Type::Float], Type::Bool),
        "isNil" => (&[Type::Any], Type::Bool),
        "default" => (&[Type::Any, Type::Any], Type::Any),
        // A variable that holds a function of the language, which is nil when it runs.
        _ => return Ok(Type::Unknown),
    };
    count(checker, id, name, args, params.len(), params.len())?;
    for (arg, param) in args.iter().zip(params) {
        takes(checker, name, *arg, param)?;
    }
    Ok(gives)
}

fn count(
    checker: &mut Checker,
    id: Id,
    name: &str,
    args: &[Id],
    least: usize,
    most: usize,
) -> Result<(), Fault> {
    if (least..=most).contains(&args.len()) {
        return Ok(());
    }
    let wanted = match (least, most) {
        (one, two) if one == two => one.to_string(),
        (one, usize::MAX) => format!("at least {one}"),
        (one, two) => format!("{one} to {two}"),
    };
    let message = format!("`{name}` takes {wanted} arguments, not {}", args.len());
    checker.mismatch(id, message)
}

/// Does the function take this argument?
fn takes(checker: &mut Checker, name: &str, arg: Id, param: &Type) -> Result<(), Fault> {
    let found = checker.visit(arg)?;
    let fits = match (&found, param) {
        (Type::Nil, param) => *param == Type::Any,
        (found, Type::Float | Type::Int) if found.is_integer() => true,
        (found, param) => found.is_unknown() || found.is_assignable_to(param),
    };
    match fits {
        true => Ok(()),
        false => refuse(checker, name, arg, &found),
    }
}

fn refuse<T>(checker: &mut Checker, name: &str, arg: Id, found: &Type) -> Result<T, Fault> {
    let message = format!("`{name}` does not take {}", found.shown());
    checker.mismatch(arg, message)
}

/// A function of the language.
pub(super) fn builtin(
    checker: &mut Checker,
    id: Id,
    name: &str,
    args: &[Id],
) -> Result<Type, Fault> {
    if super::builtin::predicate_shape(name).is_some() {
        return with_predicate(checker, name, args);
    }
    let any = Type::Any;
    let (least, most) = arity(name);
    count(checker, id, name, args, least, most)?;
    let mut types = Vec::with_capacity(args.len());
    for arg in args {
        types.push(checker.visit(*arg)?);
    }
    let first = types.first().cloned().unwrap_or(Type::Unknown);
    let arg = args.first().copied().unwrap_or(id);
    let number = |t: &Type| t.is_number() || *t == Type::Duration || t.is_unknown();
    let list = |t: &Type| t.is_list() || t.is_unknown();
    let (fits, gives) = match name {
        "len" => (
            first.is_map() || first == Type::Text || list(&first),
            Type::Int,
        ),
        "abs" => (number(&first), first.clone()),
        "ceil" | "floor" | "round" => (number(&first), Type::Float),
        "int" => (number(&first) || first == Type::Text, Type::Int),
        "float" => (number(&first) || first == Type::Text, Type::Float),
        "max" | "min" | "mean" | "median" => return aggregate(checker, name, args, &types),
        "first" | "last" => match first.is_unknown() {
            true => (true, any),
            false => (first.is_list(), first.element()),
        },
        "get" => return get(checker, args, &types),
        "take" => {
            let amount = types.get(1).cloned().unwrap_or(Type::Unknown);
            let fits = amount.is_integer() || amount == Type::Duration || amount.is_unknown();
            (list(&first) && fits, first.clone())
        }
        "keys" | "values" | "toPairs" => (
            first.is_map() || first.is_unknown(),
            Type::list(Elements::Any),
        ),
        "fromPairs" => (list(&first), Type::AnyMap(Box::new(any))),
        "reverse" | "uniq" | "flatten" => (list(&first), Type::list(Elements::Any)),
        "concat" => (types.iter().all(list), Type::list(Elements::Any)),
        "now" => (types.iter().all(|t| *t == Type::Zone), Type::Time),
        "date" => (true, Type::Time),
        _ => return plain(checker, name, args),
    };
    match fits {
        true => Ok(gives),
        false => refuse(checker, name, arg, &first),
    }
}

/// The least and most arguments of a function without a predicate.
fn arity(name: &str) -> (usize, usize) {
    match name {
        "now" => (0, 1),
        "date" => (1, 4),
        "trim" | "trimPrefix" | "trimSuffix" | "join" | "sort" => (1, 2),
        "split" | "splitAfter" => (2, 3),
        "replace" => (3, 4),
        "max" | "min" | "mean" | "median" | "concat" => (1, usize::MAX),
        "repeat" | "indexOf" | "lastIndexOf" | "hasPrefix" | "hasSuffix" | "get" | "take"
        | "bitand" | "bitor" | "bitxor" | "bitnand" | "bitshl" | "bitshr" | "bitushr" => (2, 2),
        _ => (1, 1),
    }
}

/// Functions whose parameters have one type each.
fn plain(checker: &mut Checker, name: &str, args: &[Id]) -> Result<Type, Fault> {
    let text = &Type::Text;
    let int = &Type::Int;
    let any = &Type::Any;
    let texts = || Type::list(Elements::Texts);
    let (params, gives): (Vec<&Type>, Type) = match name {
        "type" | "string" | "toJSON" => (vec![any], Type::Text),
        "trim" | "trimPrefix" | "trimSuffix" => (vec![text, text], Type::Text),
        "upper" | "lower" | "toBase64" | "fromBase64" => (vec![text], Type::Text),
        "split" | "splitAfter" => (vec![text, text, int], texts()),
        "replace" => (vec![text, text, text, int], Type::Text),
        "repeat" => (vec![text, int], Type::Text),
        "indexOf" | "lastIndexOf" => (vec![text, text], Type::Int),
        "hasPrefix" | "hasSuffix" => (vec![text, text], Type::Bool),
        "fromJSON" => (vec![text], Type::Any),
        "duration" => (vec![text], Type::Duration),
        "timezone" => (vec![text], Type::Zone),
        "bitnot" => (vec![int], Type::Int),
        "join" | "sort" => return lists(checker, name, args),
        _ => (vec![int, int], Type::Int),
    };
    for (arg, param) in args.iter().zip(params) {
        takes(checker, name, *arg, param)?;
    }
    Ok(gives)
}

/// `join` and `sort` take lists of some types only.
fn lists(checker: &mut Checker, name: &str, args: &[Id]) -> Result<Type, Fault> {
    if let Some(glue) = args.get(1) {
        takes(checker, name, *glue, &Type::Text)?;
    }
    let Some(first) = args.first() else {
        return Ok(Type::Unknown);
    };
    let found = checker.visit(*first)?;
    let fits = match &found {
        Type::List(elements, _) if name == "join" => {
            matches!(elements, Elements::Any | Elements::Texts)
        }
        found => matches!(found, Type::List(..)) || found.is_unknown(),
    };
    match (fits, name) {
        (false, _) => refuse(checker, name, *first, &found),
        (true, "join") => Ok(Type::Text),
        (true, _) => Ok(Type::list(Elements::Any)),
    }
}

fn aggregate(
    checker: &mut Checker,
    name: &str,
    args: &[Id],
    types: &[Type],
) -> Result<Type, Fault> {
    for (arg, found) in args.iter().zip(types) {
        if found.is_unknown() || found.is_list() {
            return Ok(Type::Any);
        }
        if !found.is_number() && *found != Type::Duration {
            return refuse(checker, name, *arg, found);
        }
    }
    Ok(types.first().cloned().unwrap_or(Type::Any))
}

fn get(checker: &mut Checker, args: &[Id], types: &[Type]) -> Result<Type, Fault> {
    let (Some(arg), [base, key]) = (args.first(), types) else {
        return Ok(Type::Unknown);
    };
    match base {
        base if base.is_unknown() => Ok(Type::Unknown),
        base if base.is_list() && (key.is_integer() || key.is_unknown()) => Ok(base.element()),
        Type::Map if *key == Type::Text || key.is_unknown() => Ok(Type::Any),
        Type::AnyMap(of) => Ok((**of).clone()),
        base => refuse(checker, "get", *arg, base),
    }
}

fn with_predicate(checker: &mut Checker, name: &str, args: &[Id]) -> Result<Type, Fault> {
    let Some(first) = args.first().copied() else {
        return Ok(Type::Unknown);
    };
    let collection = checker.visit(first)?;
    if !collection.is_list() && !collection.is_unknown() {
        let message = format!("`{name}` takes a list, and this is {}", collection.shown());
        return checker.mismatch(first, message);
    }
    let element = collection.element();
    let predicate = match args.get(1) {
        None => None,
        Some(predicate) => {
            let (index, accumulator) = (name == "map" || name == "reduce", name == "reduce");
            let found = checker.predicate(collection.clone(), *predicate, index, accumulator)?;
            let is_test = !matches!(name, "map" | "sum" | "groupBy" | "sortBy" | "reduce");
            if is_test && found != Type::Bool && !found.is_unknown() {
                let message = format!("a predicate is a boolean, and this is {}", found.shown());
                return checker.mismatch(*predicate, message);
            }
            Some(found)
        }
    };
    if let Some(third) = args.get(2) {
        let found = checker.visit(*third)?;
        if name == "sortBy" && found != Type::Text && !found.is_unknown() {
            return refuse(checker, name, *third, &found);
        }
    }
    Ok(match name {
        "all" | "none" | "any" | "one" => Type::Bool,
        "filter" if collection.is_unknown() => Type::list(Elements::Any),
        "filter" => Type::list_of(element),
        "map" => Type::list_of(predicate.unwrap_or(Type::Unknown)),
        "count" | "findIndex" | "findLastIndex" => Type::Int,
        "sum" => match predicate {
            Some(found) if found.is_unknown() => Type::Any,
            Some(found) => found,
            None if collection.is_unknown() => Type::Unknown,
            None => element,
        },
        "find" | "findLast" if collection.is_unknown() => Type::Unknown,
        "find" | "findLast" => element,
        "groupBy" => Type::AnyMap(Box::new(Type::list_of(element))),
        "sortBy" => collection,
        _ => predicate.unwrap_or(Type::Unknown),
    })
}

/// Is this written as a whole number, or made of such by `+`, `-` and `*`? Then a function that
/// takes floats gets floats. Source: `traverseAndReplaceIntegerNodesWithFloatNodes`.
pub(super) fn takes_floats(name: &str) -> bool {
    matches!(name, "isNaN" | "isInf")
}

/// Whether a literal text list stands to the right of `in`: then it is looked up as a set.
pub(super) fn is_text_set(tree: &super::tree::Tree, id: Id) -> bool {
    match tree.node(id) {
        Node::List(ids) if !ids.is_empty() => {
            ids.iter().all(|id| matches!(tree.node(*id), Node::Text(_)))
        }
        _ => false,
    }
}
