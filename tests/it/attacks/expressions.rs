//! Conditions and queries that are made to hurt: an error at once, never a hang or a fall.

use tiphys::condition::{Answer, Condition, FaultKind, Outcome, Shape, probes};
use tiphys::promql::{self, Query};

fn condition(text: &str) -> Option<FaultKind> {
    Condition::parse(text).err().map(|fault| fault.kind)
}

#[test]
fn conditions_beyond_all_bounds_are_refused() {
    let n = 100_000;
    for text in [
        "(".repeat(n),
        "[".repeat(n),
        "{".repeat(n),
        "!".repeat(n) + "true",
        "-".repeat(n) + "1",
        format!("{}1{}", "(".repeat(n), ")".repeat(n)),
        format!("{}1", "1 + ".repeat(n)),
        format!("{}1", "1 ** ".repeat(n)),
        format!("{}1", "1 < ".repeat(n)),
        format!("{}1", "1 ? 2 : ".repeat(n)),
        format!("{}1", "let x = 1; ".repeat(n)),
        format!("result{}", ".a".repeat(n)),
        format!("result{}", "?.a".repeat(n)),
        format!("result{}", "[0]".repeat(n)),
        format!("1{}", " | len()".repeat(n)),
        format!("{}1{}", "all(result, ".repeat(n), ")".repeat(n)),
        format!("{}1", "if true { 1 } else ".repeat(n)),
        format!("\"{}\" == \"\"", "a".repeat(1 << 20)),
        "a".repeat(1 << 20),
    ] {
        let kind = condition(&text);
        assert_eq!(kind, Some(FaultKind::TooLarge), "{}…", &text[..20]);
    }
    // As long as is looked at, but deeper, or wider, than anybody writes.
    for text in [
        "(".repeat(60_000),
        format!("{}1", "1+".repeat(30_000)),
        format!("{}1", "1<".repeat(30_000)),
        format!("[{}1]", "1,".repeat(30_000)),
        format!("result{}", ".a".repeat(30_000)),
        format!("{}true", "not ".repeat(15_000)),
        format!("{}1", "let a=1;".repeat(8_000)),
    ] {
        let kind = condition(&text);
        assert_eq!(kind, Some(FaultKind::TooLarge), "{}…", &text[..20]);
    }
}

#[test]
fn conditions_that_would_run_for_ever_are_not_run_to_the_end() {
    let answer = Answer::floats((0..100).map(f64::from));
    for text in [
        "all(1..999999, all(1..999999, # > 0))",
        "all(1..900, all(1..900, all(1..900, true)))",
        "len(map(1..999, map(1..999, map(1..999, 1)))) > 0",
        "reduce(1..500000, #acc + #) > 0",
        "1 < (2 < (3 < (4 < (5 < (6 < (7 < (8 < 9) < 9) < 9) < 9) < 9) < 9) < 9) < 9",
        "repeat('a', 999999999) == ''",
        "any(result, any(result, any(result, any(result, # > 1000))))",
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' matches '^(a+)+$'",
        "result[0] matches '(a{1000}){1000}'",
        "9223372036854775807 + 9223372036854775807 > 0",
        "result[-9223372036854775807] > 0",
        "result[9223372036854775807:] == []",
        "1..9223372036854775807 == []",
        "-9223372036854775807 % -1 == 0",
        "abs(-9223372036854775807 - 1) > 0",
    ] {
        if let Ok(condition) = Condition::parse(text) {
            let outcome = condition.holds(&answer);
            assert!(
                !matches!(outcome, Outcome::Holds(true)) || !text.contains("999"),
                "{text}"
            );
            for shape in [Shape::Number, Shape::Numbers, Shape::Json] {
                assert!(probes(&[&condition], shape).answers.len() <= 4_000);
            }
        }
    }
}

/// The memory and the time of a test are bounded by who runs it: each of these would take all.
#[test]
fn values_that_grow_with_every_turn_are_given_up() {
    let doubled = (0..40).fold(String::new(), |text, n| {
        let from = if n == 0 {
            "'xxxxxxxxxx'".into()
        } else {
            format!("v{}", n - 1)
        };
        format!("{text}let v{n} = {from} + {from}; ")
    });
    let lists = (0..30).fold(String::from("let l0 = [1, 1]; "), |text, n| {
        let next = n + 1;
        format!("{text}let l{next} = [l{n}, l{n}, l{n}, l{n}]; ")
    });
    for text in [
        "let a = reduce(1..200, #acc + #acc, 'xx'); len(a) > 1".to_owned(),
        format!("{doubled}len(v39) > 1"),
        format!("{doubled}v39 contains 'y'"),
        "let a = reduce(1..200, [#acc, #acc], 1); a == a".to_owned(),
        "let a = reduce(1..200, ({'x': #acc, 'y': #acc}), 1); a == a".to_owned(),
        "let a = reduce(1..60000, [#acc], 1); a == a".to_owned(),
        "reduce(1..20, reduce(1..900, [#acc], #acc), 1) == 1".to_owned(),
        format!("{lists}l30 == l30"),
        format!("{lists}max(l30) > 1"),
        format!("{lists}1 in l30 || mean(l30) > 1"),
        format!("{lists}[l30] == [l30] && uniq([l30, l30]) != l30"),
        "len(map(1..9000, len(take(1..900000, 900000)))) > 1".to_owned(),
        "let a = 1..900000; any(1..9000, len(reverse(a)) < 1)".to_owned(),
        "let a = 1..900000; any(1..9000, len(a[1:]) < 1)".to_owned(),
        "let a = reduce(1..14, #acc + #acc, 'aaaa'); len(split(a, 'a')) > 1".to_owned(),
        "let a = reduce(1..14, #acc + #acc, 'aaaa'); replace('aaaaaaaa', 'a', a) > a".to_owned(),
        "let a = reduce(1..16, #acc + #acc, 'aaaa'); a matches '(a*)*(a*)*b'".to_owned(),
    ] {
        let condition = Condition::parse(&text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        for answer in [Answer::Float(1.0), Answer::Nil, Answer::floats([1.0])] {
            let outcome = condition.holds(&answer);
            assert!(!matches!(outcome, Outcome::Holds(_)), "{text}");
        }
    }
}

#[test]
fn a_condition_with_many_places_is_not_asked_about_all_of_their_values() {
    let parts: Vec<_> = (0..40).map(|n| format!("result.a{n} > {n}")).collect();
    let text = parts.join(" && ");
    let condition = Condition::parse(&text).unwrap();
    let probes = probes(&[&condition], Shape::Json);
    assert!(!probes.is_exhaustive && probes.answers.is_empty());
}

#[test]
fn queries_beyond_all_bounds_are_refused() {
    let n = 100_000;
    for text in [
        "(".repeat(n),
        "-".repeat(n) + "1",
        format!("{}x{}", "sum(".repeat(n), ")".repeat(n)),
        format!("{}1", "1 ^ ".repeat(n)),
        format!("x{{{}}}", "a=\"b\",".repeat(n)),
        format!("{{{}}}", "a".repeat(1 << 20)),
        "(".repeat(60_000),
        format!("{}1", "1^".repeat(30_000)),
        format!("{}x", "sum(".repeat(15_000)),
        "+".repeat(60_000) + "1",
    ] {
        let fault = Query::parse(&text).unwrap_err();
        assert_eq!(fault.kind, promql::FaultKind::TooLarge, "{}…", &text[..20]);
    }
    // Wide is not deep.
    assert!(Query::parse(&format!("{}1", "1+".repeat(30_000))).is_ok());
    assert!(Query::parse(&format!("x{}", "[5m:]".repeat(10_000))).is_err());
    assert!(Query::parse(r#"x{a=~"(((((a{1000}){1000}){1000}){1000}){1000})"}"#).is_err());
    assert!(Query::parse(r#"x{a=~"(a+)+(a+)+(a+)+$",a="aaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}"#).is_ok());
}
