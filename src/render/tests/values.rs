//! What templates make.

use super::*;

#[test]
fn values_keep_their_type() {
    let context = [
        ("n", Value::Int(8080)),
        ("f", Value::Float(0.5)),
        ("b", Value::Bool(true)),
        ("s", text("yes")),
        ("l", list([text("a"), Value::Int(1)])),
        ("m", map([("k", text("v")), ("empty", list([]))])),
        ("nil", Value::Null),
    ];
    for (template, expected) in [
        ("a: ${ n }", map([("a", Value::Int(8080))])),
        ("a: ${ f }", map([("a", Value::Float(0.5))])),
        ("a: ${ b }", map([("a", Value::Bool(true))])),
        ("a: ${ s }", map([("a", text("yes"))])),
        ("a: ${ l }", map([("a", list([text("a"), Value::Int(1)]))])),
        ("${ m }", map([("k", text("v")), ("empty", list([]))])),
        ("a: \"${ n }\"", map([("a", text("8080"))])),
        ("a: '${ n }'", map([("a", text("8080"))])),
        ("a: x${ n }-${ b }", map([("a", text("x8080-true"))])),
        (
            "a: |\n  one ${ n }\n  two\n",
            map([("a", text("one 8080\ntwo\n"))]),
        ),
        ("${ s }: 1", map([("yes", Value::Int(1))])),
        ("x-${ s }: 1", map([("x-yes", Value::Int(1))])),
        (
            "[${ n }, ${ l }]",
            list([Value::Int(8080), list([text("a"), Value::Int(1)])]),
        ),
        ("a: ${ nil | optional }\nb: 1", map([("b", Value::Int(1))])),
        (
            "- ${ nil | optional }\n- ${ n | optional }",
            list([Value::Int(8080)]),
        ),
        ("${ nil | optional }: 1\nb: 2", map([("b", Value::Int(2))])),
        (
            "a: ${ [n, nil | optional, m.k] }",
            map([("a", list([Value::Int(8080), text("v")]))]),
        ),
        (
            "a: ${ {'x': n} }",
            map([("a", map([("x", Value::Int(8080))]))]),
        ),
        ("a: ${ n + 1 }", map([("a", Value::Int(8081))])),
        ("a: ${ m.k | upper }", map([("a", text("V"))])),
        (
            "a: ${ m == {'k': 'v', 'empty': []} }",
            map([("a", Value::Bool(true))]),
        ),
        ("a: ${ nil | verbatim }", map([("a", Value::Null)])),
        ("a: null # ${ n }", map([("a", Value::Null)])),
        ("a: \"{{args.x}}\"", map([("a", text("{{args.x}}"))])),
        (
            "{% for x in l %}\n- ${ x }\n{% endfor %}\n",
            list([text("a"), Value::Int(1)]),
        ),
        (
            "{% for k, v in m | items %}\n${ k }: ${ v }\n{% endfor %}\n",
            map([("k", text("v")), ("empty", list([]))]),
        ),
        (
            "{% set both %}${ s }-${ n }{% endset %}\na: ${ both }",
            map([("a", text("yes-8080"))]),
        ),
        (
            "{% macro rate(m) %}rate(${ m }[5m]){% endmacro %}\na: ${ rate(s) } > 1",
            map([("a", text("rate(yes[5m]) > 1"))]),
        ),
    ] {
        assert_eq!(render(template, &context), expected, "{template}");
    }
}

#[test]
fn the_text_of_a_template_is_read_as_yaml_says() {
    for (template, expected) in [
        ("a: 1e3", map([("a", Value::Float(1000.0))])),
        ("a: no", map([("a", text("no"))])),
        ("a: 'no'", map([("a", text("no"))])),
        ("8080: x", map([("8080", text("x"))])),
        ("a: []\nb: {}", map([("a", list([])), ("b", map([]))])),
        ("a: \"\"", map([("a", text(""))])),
        ("---\na: 1\n", map([("a", Value::Int(1))])),
    ] {
        assert_eq!(yaml(template), expected, "{template}");
    }
}

#[test]
fn everyone_is_selected_only_where_any_is_written() {
    let context = [("nil", list([])), ("full", list([text("x")]))];
    for (template, expected) in [
        ("podSelector: ${ any }", map([("podSelector", map([]))])),
        ("matchLabels: ${ any }", map([("matchLabels", map([]))])),
        ("from: ${ any }\nports: []", map([("ports", list([]))])),
        ("from: ${ nil | any }", map([("from", list([]))])),
        ("from: ${ full }", map([("from", list([text("x")]))])),
        ("ingress: ${ nil }", map([("ingress", list([]))])),
        (
            "podSelector: ${ {} | any }",
            map([("podSelector", map([]))]),
        ),
    ] {
        assert_eq!(render(template, &context), expected, "{template}");
    }
}

#[test]
fn templates_include_each_other_and_take_parts_whole() {
    let mut diags = Diagnostics::new();
    let tree = sources(&[
        ("labels", "app: ${ name }\n"),
        ("pod", "spec:\n  name: ${ name }\n  podSelector: ${ any }\n"),
        (
            "whole",
            "labels:\n  x: 1\npod: ${ pod }\nname: ${ pod.spec.name }\n",
        ),
        ("top", "{% include \"labels\" %}\nb: 1\n"),
    ]);
    let renderer = Renderer::new(&tree, &mut diags);
    let context = traced(&[("name", text("cart"))]);
    let top = renderer.render(&draft("top", context.clone()), &mut diags);
    assert_eq!(
        top,
        Some(map([("app", text("cart")), ("b", Value::Int(1))])),
        "{diags:?}"
    );

    let mut whole = draft("whole", traced(&[]));
    whole.parts.push(("pod".into(), draft("pod", context)));
    let pod = map([(
        "spec",
        map([("name", text("cart")), ("podSelector", map([]))]),
    )]);
    let expected = map([
        ("labels", map([("x", Value::Int(1))])),
        ("pod", pod),
        ("name", text("cart")),
    ]);
    assert_eq!(
        renderer.render(&whole, &mut diags),
        Some(expected),
        "{diags:?}"
    );
}

#[test]
fn a_template_tells_what_it_reads() {
    let mut diags = Diagnostics::new();
    let renderer = Renderer::new(
        &sources(&[(
            "t",
            "a: ${ x.y }\n{% for p in ports %}\n${ p.name }: ${ any }\n{% endfor %}\n",
        )]),
        &mut diags,
    );
    let inputs = renderer.inputs("t").unwrap();
    assert_eq!(inputs.variables, ["ports", "x.y"]);
    assert!(inputs.text.starts_with("a: ${ x.y }"));
    assert_eq!(renderer.inputs("u"), None);
}

#[test]
fn the_builtin_templates_can_be_read_and_replaced() {
    let mut diags = Diagnostics::new();
    let own = SourceFile {
        path: "templates/object.yaml.j2".into(),
        text: "own: true\n".into(),
    };
    let builtin = Renderer::new(
        &SourceTree::new(crate::render::builtin::files()),
        &mut diags,
    );
    let files = std::iter::once(own).chain(crate::render::builtin::files());
    let replaced = Renderer::new(&SourceTree::new(files), &mut diags);
    let object = draft(
        "object",
        traced(&[(
            "object",
            map([("podSelector", map([])), ("x", Value::Null)]),
        )]),
    );
    let plain = map([("podSelector", map([])), ("x", Value::Null)]);
    assert_eq!(
        builtin.render(&object, &mut diags),
        Some(plain),
        "{diags:?}"
    );
    assert_eq!(
        replaced.render(&object, &mut diags),
        Some(map([("own", Value::Bool(true))]))
    );
    assert!(diags.is_empty(), "{diags:?}");
}

#[test]
fn a_rollout_renders_whole() {
    let mut diags = Diagnostics::new();
    let renderer = Renderer::new(&sources(&[("rollout", ROLLOUT)]), &mut diags);
    let context = rollout_context(str::to_owned);
    let value = renderer
        .render(&draft("rollout", context), &mut diags)
        .unwrap();
    for (pointer, expected) in [
        ("/metadata/name", text("checkout")),
        (
            "/metadata/annotations/oncall",
            text("team payments: payments-primary"),
        ),
        ("/spec/strategy/canary/steps/0/setWeight", Value::Int(5)),
        ("/spec/strategy/canary/steps/12/setWeight", Value::Int(100)),
        (
            "/spec/template/spec/containers/0/env/1/value",
            text("cart:80"),
        ),
        (
            "/spec/template/spec/containers/0/lifecycle/preStop/exec/command/1",
            text("20"),
        ),
    ] {
        assert_eq!(value.pointer(pointer), Some(&expected), "{pointer}");
    }
    assert_eq!(
        value.pointer("/spec/template/spec/securityContext/runAsUser"),
        None
    );
}
