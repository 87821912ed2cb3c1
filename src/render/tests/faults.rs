//! What is wrong with templates and their values, with its code and place.

use super::*;

/// The code and the primary text of each finding.
fn findings(template: &str, entries: &[(&str, Value)]) -> Vec<(&'static str, String)> {
    let tree = sources(&[("t", template)]);
    match try_render(template, entries) {
        Ok(value) => panic!("{template} renders {value:?}"),
        Err(diags) => diags
            .iter()
            .map(|diag| {
                let at = diag
                    .labels
                    .first()
                    .map_or("", |label| tree.slice(label.span));
                (diag.code.name, at.to_owned())
            })
            .collect(),
    }
}

#[test]
fn faults_have_a_code_and_a_place() {
    let context = [
        ("nil", Value::Null),
        ("empty", list([])),
        ("l", list([text("a")])),
        ("m", map([("k", text("v")), ("nothing", Value::Null)])),
        ("s", text("word")),
        ("open", map([("spec", map([("podSelector", map([]))]))])),
        ("bad", text("a\u{10FFF8}0\u{10FFF9}")),
        ("badmap", map([("x\u{10FFF9}", text("v"))])),
        ("argo", text("{{args.x}}")),
        ("brace", text("{x")),
    ];
    let mut wrong = Vec::new();
    for (template, code, place) in [
        ("a: ${ nil }", "template-null", "nil"),
        ("a: x${ nil }", "template-null", "nil"),
        (
            "a: \"${ nil | optional }\"",
            "template-value",
            "nil | optional",
        ),
        ("a: ${ m }", "template-null", "m"),
        ("${ nil | optional }", "template-null", "nil | optional"),
        ("a: 1\nb: ${ missing }", "template-undefined", "missing"),
        ("a: ${ m.mising }", "template-undefined", "m.mising"),
        (
            "a: ${ m.mising | optional }",
            "template-undefined",
            "m.mising | optional",
        ),
        ("a: ${ 1 if nil }", "template-undefined", "1 if nil"),
        ("a: x${ l }", "template-value", "l"),
        ("${ l }: 1", "template-value", "l"),
        ("a: ${ any }", "template-value", "any"),
        (
            "a: 1\n${ s }: 1\nword: 2",
            "template-duplicate-key",
            "word: 2",
        ),
        ("a: 1\na: 2", "template-duplicate-key", "a: 2"),
        ("from: ${ empty }", "template-empty-peers", "empty"),
        ("from: []", "template-empty-peers", "from: []"),
        ("from: null", "template-empty-peers", "from: null"),
        (
            "x:\n  - podSelector: {}",
            "template-empty-peers",
            "podSelector: {}",
        ),
        ("spec: ${ open }", "template-empty-peers", "open"),
        (
            "to:\n  - ${ nil | optional }",
            "template-empty-peers",
            "to:",
        ),
        (
            "from: ${ l | select('eq', 'b') }",
            "template-empty-peers",
            "l | select('eq', 'b')",
        ),
        (
            "env:\n{% for x in empty %}\n- ${ x }\n{% endfor %}",
            "template-structure",
            "env:",
        ),
        ("a: ${ s", "template-syntax", "s"),
        ("{% if s %}a: 1", "template-syntax", "a: 1"),
        ("a: ${ s | safe }", "template-syntax", "safe"),
        ("a: ${ now() }", "template-syntax", "now()"),
        ("a: ${ namespace() }", "template-syntax", "namespace()"),
        ("a: [1", "template-structure", ""),
        ("a: &x 1", "template-structure", "&x 1"),
        ("a: !!str 1", "template-structure", "!!str 1"),
        ("<<: {a: 1}", "template-structure", "<<: {a: 1}"),
        ("a: 1\n---\nb: 2", "template-structure", "---"),
        ("", "template-structure", ""),
        ("a: .inf", "template-structure", ".inf"),
        ("a: ${ bad }", "template-marker", "bad"),
        ("a: ${ badmap }", "template-marker", "badmap"),
        ("a: \u{10FFF8}", "template-marker", "\u{10FFF8}"),
        (
            "a: ${ s | promql_duration }",
            "template-refused",
            "s | promql_duration",
        ),
        ("a: ${ l | url_host }", "template-refused", "l | url_host"),
        (
            "a: ${ argo | argo_text }",
            "template-refused",
            "argo | argo_text",
        ),
        (
            "{# argo: /spec #}\nspec:\n  x: ${ argo }",
            "template-argo",
            "argo",
        ),
        (
            "{# argo: /spec #}\nspec: ${ [argo] }",
            "template-argo",
            "[argo]",
        ),
        (
            "{# argo: /spec/x #}\nspec: ${ {'y': argo} }",
            "template-argo",
            "{'y': argo}",
        ),
        (
            "{# argo: /spec/*/x #}\nspec:\n- x: a${ argo }",
            "template-argo",
            "argo",
        ),
        (
            "{# argo: / #}\nx: \"{${ brace }\"",
            "template-argo",
            "brace",
        ),
        (
            "{# argo: / #}\nx: \"{${ s[0:0] }{\"",
            "template-argo",
            "s[0:0]",
        ),
        (
            "{% include 'missing' %}\na: 1",
            "template-missing",
            "include 'missing'",
        ),
        ("a: ${ s + 1 }", "template-value", "s + 1"),
    ] {
        let found = findings(template, &context);
        if found != [(code, place.to_owned())] {
            wrong.push(format!("{template}\n  {code} {place:?}\n  {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn argo_reads_what_the_template_itself_says() {
    let context = [("s", text("{x}")), ("n", text("name"))];
    let template = "{# argo: /spec #}\nspec:\n  a: \"{{args.${ n }}} ${ s }\"\nb: ${ '{{' }\n";
    let expected = map([
        ("spec", map([("a", text("{{args.name}} {x}"))])),
        ("b", text("{{")),
    ]);
    assert_eq!(render(template, &context), expected);
}

#[test]
fn all_faults_of_a_template_are_found_at_once() {
    let context = [("nil", Value::Null), ("l", list([]))];
    let found = findings(
        "a: ${ nil }\nb: x${ l }\nfrom: ${ l }\nc: ${ nil }",
        &context,
    );
    let codes: Vec<&str> = found.iter().map(|(code, _)| *code).collect();
    let expected = [
        "template-null",
        "template-value",
        "template-empty-peers",
        "template-null",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn a_fault_names_the_expression_the_value_and_the_draft() {
    let diags = try_render("a: ${ x.y }\n", &[("x", map([("y", Value::Null)]))]).unwrap_err();
    let [diag] = diags.as_slice() else {
        panic!("{diags:?}");
    };
    assert_eq!(diag.message, "`x.y` in template `t` is null");
    let spans: Vec<(FileId, u32)> = diag
        .labels
        .iter()
        .map(|label| (label.span.file, label.span.start))
        .collect();
    assert_eq!(spans, [(FileId(1), 6), (FileId(0), 0), (FileId(0), 100)]);
}

#[test]
fn faults_inside_of_included_templates_are_shown_there() {
    let mut diags = Diagnostics::new();
    let tree = sources(&[
        ("inner", "a: 1\nb: ${ gone }\n"),
        ("outer", "{% include \"inner\" %}\n"),
    ]);
    let renderer = Renderer::new(&tree, &mut diags);
    assert_eq!(
        renderer.render(&draft("outer", traced(&[])), &mut diags),
        None
    );
    let diag = diags.iter().next().unwrap();
    assert_eq!(diag.code.name, "template-undefined");
    assert_eq!(
        tree.path(diag.labels[0].span.file),
        "templates/inner.yaml.j2"
    );
    assert_eq!(tree.slice(diag.labels[0].span), "gone");
}

#[test]
fn a_template_that_does_not_exist_is_reported() {
    let mut diags = Diagnostics::new();
    let renderer = Renderer::new(&sources(&[("t", "a: 1")]), &mut diags);
    assert_eq!(renderer.render(&draft("u", traced(&[])), &mut diags), None);
    let diag = diags.iter().next().unwrap();
    assert_eq!(
        (diag.code.name, diag.message.as_str()),
        ("template-missing", "no template is named `u`")
    );
}

#[test]
fn endless_templates_end() {
    let long = Value::List((0..2000).map(Value::Int).collect());
    let deep = (0..100).fold(Value::Int(1), |value, _| list([value]));
    for template in [
        "{% for a in long %}{% for b in long %}{% for c in long %}{% endfor %}{% endfor %}{% endfor %}a: 1",
        "{% include 't' %}",
        "{% macro f(x) %}${ f(x) }{% endmacro %}\na: ${ f(1) }",
        "{% for x in [1] recursive %}${ loop([1]) }{% endfor %}",
        "{% for a in long %}{% for b in long %}# xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n{% endfor %}{% endfor %}",
        "{% for a in long %}{% for b in range(20) %}\n- ${ b }\n{% endfor %}{% endfor %}",
        "{% for a in range(1000) %}\n- ${ long }\n{% endfor %}",
        "a: ${ 'x' * 100000000 }",
        "a: ${ deep }",
        "{% for x in range(100) %}[{% endfor %}{% for x in range(100) %}]{% endfor %}",
        "{% set a = 'x' * 1000 %}{% set b = [a,a,a,a,a,a,a,a,a,a] %}{% set c = [b,b,b,b,b,b,b,b,b,b] %}{% set d = [c,c,c,c,c,c,c,c,c,c] %}{% set e = [d,d,d,d,d,d,d,d,d,d] %}\na: ${ e }",
    ] {
        let found = findings(template, &[("long", long.clone()), ("deep", deep.clone())]);
        let codes: Vec<&str> = found.iter().map(|(code, _)| *code).collect();
        let is_ended = codes == ["template-limit"] || codes == ["template-structure"];
        assert!(is_ended, "{template} {found:?}");
    }
}

#[test]
fn texts_that_double_each_time_end() {
    let mut template = String::from("{% set x0 %}${ s }{% endset %}\n");
    for at in 0..40 {
        let next = at + 1;
        template.push_str(&format!(
            "{{% set x{next} %}}${{ x{at} }}${{ x{at} }}{{% endset %}}\n"
        ));
    }
    template.push_str("a: ${ x40 }\n");
    let found = findings(&template, &[("s", text("0123456789"))]);
    assert_eq!(found[0].0, "template-limit");
}

#[test]
fn values_that_nest_once_more_each_time_end() {
    let set = "{% set a = [a] %}\n".repeat(255);
    let call = "{% macro f(a) %}".to_owned()
        + &"{% set a = [a] %}".repeat(240)
        + "${ f(a) }{% endmacro %}${ f(1) }";
    for template in [
        format!("{{% set a = 1 %}}\n{set}b: 1\nc: ${{ a }}\n"),
        format!("a: 1\n{}", set.repeat(100)),
        format!("a: ${{ {}1{} }}", "[".repeat(300), "]".repeat(300)),
        format!("a: ${{ 1{} }}", "+1".repeat(50_000)),
        format!("a: ${{ 1{} }}", "|abs".repeat(50_000)),
        call,
    ] {
        assert_eq!(findings(&template, &[])[0].0, "template-limit");
    }
}

#[test]
fn the_longest_expression_fits_a_small_stack() {
    let context = || [("m", map([]))];
    let sum = format!("a: ${{ 1{} }}", "+1".repeat(490));
    let filters = format!("a: ${{ 1{} }}", "|abs".repeat(240));
    let nots = format!("a: ${{ {}1 }}", "not ".repeat(240));
    let steps = format!("a: ${{ m{} }}", ".m".repeat(490));
    let render = move || {
        [sum, filters, nots, steps].map(|template| try_render(&template, &context()).is_ok())
    };
    let thread = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(render);
    assert_eq!(thread.unwrap().join().unwrap()[..2], [true, true]);
}
