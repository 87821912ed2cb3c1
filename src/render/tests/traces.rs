//! Who wrote each value.

use crate::render::{Step, Trace};

use super::*;

fn trace(tree: &SourceTree, draft: &Draft) -> Trace {
    let mut diags = Diagnostics::new();
    let renderer = Renderer::new(tree, &mut diags);
    let value = renderer.render(draft, &mut diags);
    let trace = renderer
        .trace(draft)
        .unwrap_or_else(|| panic!("{diags:#?}"));
    assert_eq!(
        value.as_ref(),
        Some(&trace.value),
        "tracing changes nothing"
    );
    trace
}

/// The steps as text: the template's own words, `spec@n`, a default's name, `draft`.
fn words(tree: &SourceTree, trace: &Trace, pointer: &str) -> Vec<String> {
    let word = |step: &Step| match step {
        Step::Template(span) => tree.slice(*span).to_owned(),
        Step::Spec(span) => format!("spec@{}", span.start),
        Step::Default(name) => format!("default {name}"),
        Step::Draft(_) => "draft".to_owned(),
    };
    trace.origin(pointer).iter().map(word).collect()
}

#[test]
fn every_value_knows_who_wrote_it() {
    let template = "\
a: fixed
b: ${ x }
c: ${ m }
d: one ${ x } two ${ y.z }
e:
  {% for item in l %}
  - ${ item }
  {% endfor %}
f:
  {% for p in ps %}
  - name: ${ p.name }
  {% endfor %}
{% set twice = x + x %}
g: ${ twice }
{% set captured %}${ x }!{% endset %}
h: ${ [x, 1] }
i:
  {% for k, v in m | items %}
  ${ k }: ${ v }
  {% endfor %}
j: ${ made }
k: ${ std }
l: ${ y.z if x else 1 }
${ name }: 1
";
    let mut context = traced(&[
        ("x", Value::Int(1)),
        ("m", map([("k", text("v"))])),
        ("y", map([("z", text("deep"))])),
        ("l", list([text("p"), text("q")])),
        ("ps", list([map([("name", text("one"))])])),
        ("name", text("key")),
    ]);
    let Node::Map(members) = &mut context.node else {
        unreachable!("a map");
    };
    members.push(("made".into(), Traced::of(&text("m"), Origin::Derived)));
    members.push((
        "std".into(),
        Traced::of(&text("s"), Origin::Default("grace")),
    ));
    let tree = sources(&[("t", template)]);
    let trace = trace(&tree, &draft("t", context));
    for (pointer, expected) in [
        ("", vec!["a: fixed"]),
        ("/a", vec!["fixed"]),
        ("/b", vec!["x", "spec@0"]),
        ("/c", vec!["m", "spec@1"]),
        ("/c/k", vec!["m", "spec@1"]),
        ("/d", vec!["one", "x", "spec@0", "y.z", "spec@2"]),
        ("/e", vec!["e:"]),
        ("/e/0", vec!["item", "spec@3"]),
        ("/e/1", vec!["item", "spec@3"]),
        ("/f/0", vec!["name:"]),
        ("/f/0/name", vec!["p.name", "spec@4"]),
        ("/g", vec!["twice", "spec@0"]),
        ("/h", vec!["[x, 1]", "spec@0"]),
        ("/h/1", vec!["[x, 1]", "spec@0"]),
        ("/i/k", vec!["k", "spec@1", "v"]),
        ("/j", vec!["made", "draft"]),
        ("/k", vec!["std", "default grace"]),
        ("/l", vec!["y.z if x else 1", "spec@0", "spec@2"]),
        ("/key", vec!["name", "spec@5", "1"]),
        ("/nowhere", vec![]),
    ] {
        assert_eq!(words(&tree, &trace, pointer), expected, "{pointer}");
    }
}

#[test]
fn parts_and_includes_keep_their_own_places() {
    let tree = sources(&[
        ("inner", "inner: ${ name }\n"),
        (
            "outer",
            "{% include \"inner\" %}\npod: ${ pod }\nname: ${ pod.spec.name }\n",
        ),
        ("pod", "spec:\n  name: ${ n }\n"),
    ]);
    let mut outer = draft("outer", traced(&[("name", text("a"))]));
    outer.parts.push((
        "pod".into(),
        draft("pod", traced(&[("m", text("")), ("n", text("b"))])),
    ));
    let trace = trace(&tree, &outer);
    for (pointer, expected) in [
        ("/inner", vec!["name", "spec@0"]),
        ("/pod/spec/name", vec!["pod", "n", "spec@1"]),
        ("/name", vec!["pod.spec.name", "n", "spec@1"]),
    ] {
        assert_eq!(words(&tree, &trace, pointer), expected, "{pointer}");
    }
    let Some(Step::Template(span)) = trace.origin("/inner").first() else {
        panic!("{trace:?}");
    };
    assert_eq!(tree.path(span.file), "templates/inner.yaml.j2");
}

#[test]
fn every_pointer_of_a_rollout_has_an_origin() {
    let tree = sources(&[("rollout", ROLLOUT)]);
    let trace = trace(&tree, &draft("rollout", rollout_context(str::to_owned)));
    let mut all = Vec::new();
    pointers(&trace.value, "", &mut all);
    for pointer in &all {
        assert!(!words(&tree, &trace, pointer).is_empty(), "{pointer}");
        assert!(!words(&tree, &trace, pointer)[0].is_empty(), "{pointer}");
    }
}
