//! The functions of the expression language, and those that Argo Rollouts adds.
//!
//! Source: expr-lang `builtin/builtin.go` and `parser/parser.go` (`predicates`).

/// How many arguments a function with a predicate takes; the second is the predicate.
#[derive(Clone, Copy, Debug)]
pub(super) struct PredicateShape {
    pub least: usize,
    pub most: usize,
}

pub(super) fn predicate_shape(name: &str) -> Option<PredicateShape> {
    let (least, most) = match name {
        "all" | "none" | "any" | "one" | "filter" | "map" | "find" | "findIndex" | "findLast"
        | "findLastIndex" | "groupBy" => (2, 2),
        "count" | "sum" => (1, 2),
        "sortBy" | "reduce" => (2, 3),
        _ => return None,
    };
    Some(PredicateShape { least, most })
}

const BUILTINS: &[&str] = &[
    "abs",
    "bitand",
    "bitnand",
    "bitnot",
    "bitor",
    "bitshl",
    "bitshr",
    "bitushr",
    "bitxor",
    "ceil",
    "concat",
    "date",
    "duration",
    "first",
    "flatten",
    "float",
    "floor",
    "fromBase64",
    "fromJSON",
    "fromPairs",
    "get",
    "hasPrefix",
    "hasSuffix",
    "indexOf",
    "int",
    "join",
    "keys",
    "last",
    "lastIndexOf",
    "len",
    "lower",
    "max",
    "mean",
    "median",
    "min",
    "now",
    "repeat",
    "replace",
    "reverse",
    "round",
    "sort",
    "split",
    "splitAfter",
    "string",
    "take",
    "timezone",
    "toBase64",
    "toJSON",
    "toPairs",
    "trim",
    "trimPrefix",
    "trimSuffix",
    "type",
    "uniq",
    "upper",
    "values",
];

/// Unknown to antonmedv/expr 1.15, which Argo Rollouts uses before 1.10.
const NEWER: &[&str] = &["concat", "flatten", "reverse", "timezone", "uniq"];

/// What the controller adds to the language. Source: argo-rollouts `utils/evaluate/evaluate.go`.
pub(super) const OWN: &[&str] = &["asFloat", "asInt", "default", "isInf", "isNaN", "isNil"];

/// A function without a predicate.
pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.binary_search(&name).is_ok()
}

pub(super) fn is_newer(name: &str) -> bool {
    NEWER.contains(&name)
}

/// Every name that a condition may call.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    const PREDICATES: &[&str] = &[
        "all",
        "any",
        "count",
        "filter",
        "find",
        "findIndex",
        "findLast",
        "findLastIndex",
        "groupBy",
        "map",
        "none",
        "one",
        "reduce",
        "sortBy",
        "sum",
    ];
    BUILTINS.iter().chain(PREDICATES).chain(OWN).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtins_are_sorted_for_the_search() {
        assert!(BUILTINS.is_sorted());
    }
}
