//! Overrides of templates that loop, recurse, explode or look outside.

use super::Fleet;

const TEMPLATE: &str = "templates/service.yaml.j2";

#[test]
fn templates_are_bounded_and_see_nothing() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "an endless loop",
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
            &["template-limit"],
        ),
        (
            "a long range",
            "{% for a in range(1000000000000) %}{% endfor %}",
            &["template-value"],
        ),
        (
            "recursion",
            "{% macro a(n) %}${ a(n) }{% endmacro %}x: ${ a(1) }",
            &["template-limit"],
        ),
        (
            "recursion in a loop",
            "{% for a in [[[]]] recursive %}${ loop([[a]]) }{% endfor %}",
            &["template-limit"],
        ),
        (
            "growth",
            "{% set ns = namespace(a='aaaaaaaaaaaaaaaa') %}{% for a in range(64) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}x: ${ ns.a }",
            &["template-value"],
        ),
        (
            "growth by multiplication",
            "x: ${ 'aaaaaaaaaaaaaaaa' * 10000000000 }",
            &["template-limit"],
        ),
        (
            "output",
            "{% for a in range(9000) %}{% for b in range(9000) %}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n{% endfor %}{% endfor %}",
            &["template-limit"],
        ),
        (
            "include of a file",
            "{% include '/etc/passwd' %}",
            &["template-missing"],
        ),
        (
            "include of a path",
            "{% include '../secret.yaml' %}",
            &["template-missing"],
        ),
        (
            "include of itself",
            "{% include 'service' %}",
            &["template-limit"],
        ),
        (
            "import of a file",
            "{% import '../secret.yaml' as a %}",
            &["template-missing"],
        ),
        (
            "extends",
            "{% extends '/etc/passwd' %}",
            &["template-missing"],
        ),
        ("environment", "x: ${ env('HOME') }", &["template-syntax"]),
        ("now", "x: ${ now() }", &["template-syntax"]),
        ("undefined", "x: ${ nothing }", &["template-undefined"]),
        ("syntax", "x: ${ 'a' ", &["template-syntax"]),
        ("unclosed block", "{% for a in [] %}", &["template-syntax"]),
        ("no YAML", "a: b: c\n  - [", &["template-structure"]),
        ("a list", "- a\n- b\n", &["object-kind-unknown"]),
        ("nothing", "", &["template-structure"]),
        ("two objects", "a: 1\n---\nb: 2\n", &["template-structure"]),
        (
            "a key twice",
            "kind: a\nkind: b\n",
            &["template-duplicate-key"],
        ),
        ("a null", "a:\n", &["template-structure"]),
        ("an anchor", "a: &a 1\nb: *a\n", &["template-structure"]),
        (
            "another object",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
            &["object-duplicate"],
        ),
    ];
    let mut failures = String::new();
    for (what, text, codes) in cases {
        let fleet = Fleet::sound();
        fleet.write(TEMPLATE, text);
        let run = fleet.run(&["check"]);
        let errors = run.errors();
        if run.exit != 3 || errors != *codes {
            failures += &format!("{what}: exit {} {errors:?}, not {codes:?}\n", run.exit);
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn deep_expressions_do_not_overflow() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("not ", ""),
        ("-", ""),
        ("{'a':", "}"),
    ] {
        let fleet = Fleet::sound();
        let (open, close) = (open.repeat(20_000), close.repeat(20_000));
        fleet.write(TEMPLATE, format!("x: ${{ {open}1{close} }}\n"));
        let run = fleet.run(&["check"]);
        assert_eq!(run.exit, 3, "{}", run.text);
    }
    for (open, close) in [
        ("{% if a %}", "{% endif %}"),
        ("{% for a in [] %}", "{% endfor %}"),
    ] {
        let fleet = Fleet::sound();
        fleet.write(
            TEMPLATE,
            format!("{}{}", open.repeat(20_000), close.repeat(20_000)),
        );
        let run = fleet.run(&["check"]);
        assert_eq!(run.exit, 3, "{}", run.text);
    }
}
